// RUN: lowbit-opt %s --lowbit-integer-only --split-input-file --verify-diagnostics

!i8 = !lowbit.affine<8>
!t = !lowbit.ternary

// Floats before the first codes and after the last.
func.func @atTheEnds(%x: tensor<1x4xf32>, %s: tensor<1x1xf32>) -> tensor<1x2xf32> {
  %double = arith.addf %x, %x : tensor<1x4xf32>
  %a = lowbit.quantize %double scale %s : (tensor<1x4xf32>, tensor<1x1xf32>) -> tensor<1x4x!i8>
  %w = lowbit.constant dense<1> : tensor<2x4xi8> -> tensor<2x4x!t>
  %y = lowbit.scaled_matmul %a, %w activation_scale %s weight_scale %s
      : (tensor<1x4x!i8>, tensor<2x4x!t>, tensor<1x1xf32>, tensor<1x1xf32>) -> tensor<1x2xf32>
  %e = math.exp %y : tensor<1x2xf32>
  return %e : tensor<1x2xf32>
}

// -----

!i8 = !lowbit.affine<8>

// Integers at both ends.
func.func @integers(%x: tensor<1x4xi8>) -> tensor<1x4xi8> {
  %zero = arith.constant dense<0> : tensor<1x4xi8>
  %a = lowbit.from_storage %x : tensor<1x4xi8> -> tensor<1x4x!i8>
  %i = lowbit.to_storage %a : tensor<1x4x!i8> -> tensor<1x4xi8>
  %r = arith.maxsi %i, %zero : tensor<1x4xi8>
  %b = lowbit.from_storage %r : tensor<1x4xi8> -> tensor<1x4x!i8>
  %y = lowbit.to_storage %b : tensor<1x4x!i8> -> tensor<1x4xi8>
  return %y : tensor<1x4xi8>
}

// -----

!i8 = !lowbit.affine<8>

func.func @between(%x: tensor<1x4xi8>, %s: tensor<1x1xf32>) -> tensor<1x4x!i8> {
  %a = lowbit.from_storage %x : tensor<1x4xi8> -> tensor<1x4x!i8>
  // expected-error @below {{expected integer arithmetic alone between codes, but got lowbit.dequantize}}
  %y = lowbit.dequantize %a scale %s : (tensor<1x4x!i8>, tensor<1x1xf32>) -> tensor<1x4xf32>
  // expected-error @below {{expected integer arithmetic alone between codes, but got math.exp}}
  %e = math.exp %y : tensor<1x4xf32>
  %q = lowbit.quantize %e scale %s : (tensor<1x4xf32>, tensor<1x1xf32>) -> tensor<1x4x!i8>
  return %q : tensor<1x4x!i8>
}

// -----

!i8 = !lowbit.affine<8>

// A scale that is chosen at run time is float arithmetic, too.
func.func @dynamicScale(%a: tensor<1x4x!i8>, %s: tensor<1x1xf32>) -> tensor<1x4x!i8> {
  // expected-error @below {{expected integer arithmetic alone between codes, but got lowbit.dequantize}}
  %y = lowbit.dequantize %a scale %s : (tensor<1x4x!i8>, tensor<1x1xf32>) -> tensor<1x4xf32>
  // expected-error @below {{expected integer arithmetic alone between codes, but got lowbit.choose_params}}
  %t = lowbit.choose_params %y for !i8 : (tensor<1x4xf32>) -> tensor<1x1xf32>
  %q = lowbit.quantize %y scale %t : (tensor<1x4xf32>, tensor<1x1xf32>) -> tensor<1x4x!i8>
  return %q : tensor<1x4x!i8>
}

// -----

!i8 = !lowbit.affine<8>

// Inside a loop that codes go through.
func.func @inALoop(%a: tensor<1x4x!i8>, %s: tensor<1x1xf32>, %n: index) -> tensor<1x4x!i8> {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %r = scf.for %i = %c0 to %n step %c1 iter_args(%codes = %a) -> tensor<1x4x!i8> {
    // expected-error @below {{expected integer arithmetic alone between codes, but got lowbit.dequantize}}
    %y = lowbit.dequantize %codes scale %s : (tensor<1x4x!i8>, tensor<1x1xf32>) -> tensor<1x4xf32>
    %q = lowbit.quantize %y scale %s : (tensor<1x4xf32>, tensor<1x1xf32>) -> tensor<1x4x!i8>
    scf.yield %q : tensor<1x4x!i8>
  }
  return %r : tensor<1x4x!i8>
}

// -----

!i8 = !lowbit.affine<8>
!t = !lowbit.ternary

// Each is named, and what no pass can change is said.
func.func @blocks(%a: tensor<1x4x!i8>, %s: tensor<1x1xf32>, %b: tensor<1x2xf32>) -> tensor<1x2x!i8> {
  %w = lowbit.constant dense<1> : tensor<2x4xi8> -> tensor<2x4x!t>
  // expected-error @below {{expected integer arithmetic alone between codes, but got lowbit.scaled_matmul, whose block scales are combined in f32}}
  %y = lowbit.scaled_matmul %a, %w activation_scale %s weight_scale %b {block_sizes = array<i64: 0, 2>}
      : (tensor<1x4x!i8>, tensor<2x4x!t>, tensor<1x1xf32>, tensor<1x2xf32>) -> tensor<1x2xf32>
  // expected-error @below {{expected integer arithmetic alone between codes, but got math.exp}}
  %e = math.exp %y : tensor<1x2xf32>
  %q = lowbit.quantize %e scale %s : (tensor<1x2xf32>, tensor<1x1xf32>) -> tensor<1x2x!i8>
  return %q : tensor<1x2x!i8>
}

// -----

!i8 = !lowbit.affine<8>
!t = !lowbit.ternary

// Blocks of rows are a scale per row.
func.func @blocksOfRows(%a: tensor<1x4x!i8>, %s: tensor<1x1xf32>) -> tensor<1x2x!i8> {
  %w = lowbit.constant dense<1> : tensor<2x4xi8> -> tensor<2x4x!t>
  // expected-error @below {{expected integer arithmetic alone between codes, but got lowbit.scaled_matmul}}
  %y = lowbit.scaled_matmul %a, %w activation_scale %s weight_scale %s {block_sizes = array<i64: 2, 0>}
      : (tensor<1x4x!i8>, tensor<2x4x!t>, tensor<1x1xf32>, tensor<1x1xf32>) -> tensor<1x2xf32>
  %q = lowbit.quantize %y scale %s : (tensor<1x2xf32>, tensor<1x1xf32>) -> tensor<1x2x!i8>
  return %q : tensor<1x2x!i8>
}

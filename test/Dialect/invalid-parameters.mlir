// RUN: lowbit-opt %s --split-input-file --verify-diagnostics

// Diagnostics of constant scales and zero points, and of choose_params.

//===----------------------------------------------------------------------===//
// Scales
//===----------------------------------------------------------------------===//

func.func @scale_zero(%q: tensor<4x!lowbit.affine<8>>) {
  %s = arith.constant dense<0.0> : tensor<1xf32>
  // expected-error@+1 {{expected positive, normal scales, but got 0.0}}
  %0 = lowbit.dequantize %q scale %s : (tensor<4x!lowbit.affine<8>>, tensor<1xf32>) -> tensor<4xf32>
  return
}

// -----

func.func @blocks_beyond_the_extent(%x: tensor<4x3xf32>, %s: tensor<0x2xf32>) {
  // expected-error@+1 {{expected scale extent 1 in dimension 0, but got 0}}
  %0 = lowbit.quantize %x scale %s {block_sizes = array<i64: 9223372036854775807, 2>}
      : (tensor<4x3xf32>, tensor<0x2xf32>) -> tensor<4x3x!lowbit.affine<8>>
  return
}

// -----

func.func @scale_negative(%q: tensor<4x!lowbit.affine<8>>) {
  %s = arith.constant dense<-1.0> : tensor<1xf32>
  // expected-error@+1 {{expected positive, normal scales, but got -1.0}}
  %0 = lowbit.dequantize %q scale %s : (tensor<4x!lowbit.affine<8>>, tensor<1xf32>) -> tensor<4xf32>
  return
}

// -----

func.func @scale_nan(%q: tensor<4x!lowbit.affine<8>>) {
  %s = arith.constant dense<0x7FC00000> : tensor<1xf32>
  // expected-error@+1 {{expected positive, normal scales, but got nan}}
  %0 = lowbit.dequantize %q scale %s : (tensor<4x!lowbit.affine<8>>, tensor<1xf32>) -> tensor<4xf32>
  return
}

// -----

func.func @scale_infinite(%q: tensor<4x!lowbit.affine<8>>) {
  %s = arith.constant dense<0x7F800000> : tensor<1xf32>
  // expected-error@+1 {{expected positive, normal scales, but got INF}}
  %0 = lowbit.dequantize %q scale %s : (tensor<4x!lowbit.affine<8>>, tensor<1xf32>) -> tensor<4xf32>
  return
}

// -----

func.func @scale_denormal(%q: tensor<4x!lowbit.affine<8>>) {
  %s = arith.constant dense<0x00400000> : tensor<1xf32>
  // expected-error@+1 {{expected positive, normal scales, but got 5.877472e-39}}
  %0 = lowbit.dequantize %q scale %s : (tensor<4x!lowbit.affine<8>>, tensor<1xf32>) -> tensor<4xf32>
  return
}

// -----

func.func @half_scale_zero(%q: tensor<4x!lowbit.affine<8>>) {
  %s = arith.constant dense<0.0> : tensor<1xf16>
  // expected-error@+1 {{expected positive, normal scales, but got 0.0}}
  %0 = lowbit.dequantize %q scale %s : (tensor<4x!lowbit.affine<8>>, tensor<1xf16>) -> tensor<4xf32>
  return
}

// -----

func.func @scale_resource(%q: tensor<2x!lowbit.affine<8>>) {
  %s = arith.constant dense_resource<scales> : tensor<2xf32>
  // expected-error@+1 {{expected positive, normal scales, but got 0.0}}
  %0 = lowbit.dequantize %q scale %s : (tensor<2x!lowbit.affine<8>>, tensor<2xf32>) -> tensor<2xf32>
  return
}

{-#
  dialect_resources: { builtin: { scales: "0x040000000000803F00000000" } }
#-}

// -----

//===----------------------------------------------------------------------===//
// Zero points
//===----------------------------------------------------------------------===//

func.func @zero_point_300(%q: tensor<4x!lowbit.affine<8>>, %s: tensor<1xf32>) {
  %z = arith.constant dense<300> : tensor<1xi32>
  // expected-error@+1 {{expected zero point of -128 to 127, but got 300}}
  %0 = lowbit.dequantize %q scale %s zero_point %z
      : (tensor<4x!lowbit.affine<8>>, tensor<1xf32>, tensor<1xi32>) -> tensor<4xf32>
  return
}

// -----

func.func @zero_point_negative(%q: tensor<4x!lowbit.affine<4, unsigned>>, %s: tensor<1xf32>) {
  %z = arith.constant dense<-1> : tensor<1xi32>
  // expected-error@+1 {{expected zero point of 0 to 15, but got -1}}
  %0 = lowbit.dequantize %q scale %s zero_point %z
      : (tensor<4x!lowbit.affine<4, unsigned>>, tensor<1xf32>, tensor<1xi32>) -> tensor<4xf32>
  return
}

// -----

func.func @zero_point_nan(%q: tensor<4x!lowbit.affine<8>>, %s: tensor<1xf32>) {
  %z = arith.constant dense<0x7FC00000> : tensor<1xf32>
  // expected-error@+1 {{expected a finite zero point, but got nan}}
  %0 = lowbit.dequantize %q scale %s zero_point %z
      : (tensor<4x!lowbit.affine<8>>, tensor<1xf32>, tensor<1xf32>) -> tensor<4xf32>
  return
}

// -----

func.func @zero_point_infinite(%q: tensor<4x!lowbit.affine<8>>, %s: tensor<1xf32>) {
  %z = arith.constant dense<0xFF800000> : tensor<1xf32>
  // expected-error@+1 {{expected a finite zero point, but got -INF}}
  %0 = lowbit.dequantize %q scale %s zero_point %z
      : (tensor<4x!lowbit.affine<8>>, tensor<1xf32>, tensor<1xf32>) -> tensor<4xf32>
  return
}

// -----

//===----------------------------------------------------------------------===//
// choose_params
//===----------------------------------------------------------------------===//

func.func @choose_for_ternary(%x: tensor<4x64xf32>) {
  // expected-error@+1 {{expected an affine code type, but got '!lowbit.ternary'}}
  %s = lowbit.choose_params %x for !lowbit.ternary : (tensor<4x64xf32>) -> tensor<4x1xf32>
  return
}

// -----

func.func @choose_zero_point_of_narrow(%x: tensor<4x64xf32>) {
  // expected-error@+1 {{expected no zero point on '!lowbit.affine<8, narrow>'}}
  %s, %z = lowbit.choose_params %x for !lowbit.affine<8, narrow> : (tensor<4x64xf32>) -> (tensor<4x1xf32>, tensor<4x1xi32>)
  return
}

// -----

func.func @choose_for_1_bit(%x: tensor<4x64xf32>) {
  // expected-error@+1 {{expected at least 2 bits, but got '!lowbit.affine<1, unsigned>'}}
  %s = lowbit.choose_params %x for !lowbit.affine<1, unsigned> : (tensor<4x64xf32>) -> tensor<4x1xf32>
  return
}

// -----

func.func @choose_granularity(%x: tensor<4x64xf32>) {
  // expected-error@+1 {{expected scale extent 1 or 4 in dimension 0 without block_sizes, but got 2}}
  %s = lowbit.choose_params %x for !lowbit.affine<8> : (tensor<4x64xf32>) -> tensor<2x1xf32>
  return
}

// -----

func.func @choose_zero_point_shape(%x: tensor<4x64xf32>) {
  // expected-error@+1 {{expected shape 4x1, but got 'tensor<1x1xi32>'}}
  %s, %z = lowbit.choose_params %x for !lowbit.affine<8> : (tensor<4x64xf32>) -> (tensor<4x1xf32>, tensor<1x1xi32>)
  return
}

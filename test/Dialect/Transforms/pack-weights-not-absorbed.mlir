// RUN: lowbit-opt %s --lowbit-pack-weights --split-input-file | FileCheck %s

// A quantize op that lowbit.pack_activations cannot do stays, and the bytes of its
// codes are multiplied.

!a8 = !lowbit.affine<8>
!t = !lowbit.ternary

// CHECK-LABEL: func @f16_scale
// CHECK:         %[[A:.*]] = lowbit.quantize
// CHECK:         %[[BYTES:.*]] = lowbit.to_storage %[[A]]
// CHECK:         lowbit.packed_matmul {{.*}}> %[[BYTES]], %
func.func @f16_scale(%x: tensor<?x4xf32>, %s: tensor<1x1xf16>, %init: tensor<?x2xi32>) -> tensor<?x2xi32> {
  %w = lowbit.constant dense<1> : tensor<2x4xi8> -> tensor<2x4x!t>
  %a = lowbit.quantize %x scale %s : (tensor<?x4xf32>, tensor<1x1xf16>) -> tensor<?x4x!a8>
  %y = lowbit.matmul %a, %w init %init : (tensor<?x4x!a8>, tensor<2x4x!t>, tensor<?x2xi32>) -> tensor<?x2xi32>
  return %y : tensor<?x2xi32>
}

// -----

!a8 = !lowbit.affine<8>
!t = !lowbit.ternary

// CHECK-LABEL: func @scale_per_column
// CHECK:         %[[A:.*]] = lowbit.quantize
// CHECK:         %[[BYTES:.*]] = lowbit.to_storage %[[A]]
// CHECK:         lowbit.packed_matmul {{.*}}> %[[BYTES]], %
func.func @scale_per_column(%x: tensor<?x4xf32>, %s: tensor<1x4xf32>, %init: tensor<?x2xi32>) -> tensor<?x2xi32> {
  %w = lowbit.constant dense<1> : tensor<2x4xi8> -> tensor<2x4x!t>
  %a = lowbit.quantize %x scale %s : (tensor<?x4xf32>, tensor<1x4xf32>) -> tensor<?x4x!a8>
  %y = lowbit.matmul %a, %w init %init : (tensor<?x4x!a8>, tensor<2x4x!t>, tensor<?x2xi32>) -> tensor<?x2xi32>
  return %y : tensor<?x2xi32>
}

// -----

!a8 = !lowbit.affine<8>
!t = !lowbit.ternary

// CHECK-LABEL: func @scale_of_unknown_shape
// CHECK:         %[[A:.*]] = lowbit.quantize
// CHECK:         %[[BYTES:.*]] = lowbit.to_storage %[[A]]
// CHECK:         lowbit.packed_matmul {{.*}}> %[[BYTES]], %
func.func @scale_of_unknown_shape(%x: tensor<?x4xf32>, %s: tensor<?x?xf32>, %init: tensor<?x2xi32>) -> tensor<?x2xi32> {
  %w = lowbit.constant dense<1> : tensor<2x4xi8> -> tensor<2x4x!t>
  %a = lowbit.quantize %x scale %s : (tensor<?x4xf32>, tensor<?x?xf32>) -> tensor<?x4x!a8>
  %y = lowbit.matmul %a, %w init %init : (tensor<?x4x!a8>, tensor<2x4x!t>, tensor<?x2xi32>) -> tensor<?x2xi32>
  return %y : tensor<?x2xi32>
}

// -----

!a8 = !lowbit.affine<8>
!t = !lowbit.ternary

// CHECK-LABEL: func @scale_per_block
// CHECK:         %[[A:.*]] = lowbit.quantize
// CHECK:         %[[BYTES:.*]] = lowbit.to_storage %[[A]]
// CHECK:         lowbit.packed_matmul {{.*}}> %[[BYTES]], %
func.func @scale_per_block(%x: tensor<4x4xf32>, %s: tensor<2x1xf32>, %init: tensor<4x2xi32>) -> tensor<4x2xi32> {
  %w = lowbit.constant dense<1> : tensor<2x4xi8> -> tensor<2x4x!t>
  %a = lowbit.quantize %x scale %s {block_sizes = array<i64: 2, 4>} : (tensor<4x4xf32>, tensor<2x1xf32>) -> tensor<4x4x!a8>
  %y = lowbit.matmul %a, %w init %init : (tensor<4x4x!a8>, tensor<2x4x!t>, tensor<4x2xi32>) -> tensor<4x2xi32>
  return %y : tensor<4x2xi32>
}

// -----

!a8 = !lowbit.affine<8>
!t = !lowbit.ternary

// CHECK-LABEL: func @float_zero_point
// CHECK:         %[[A:.*]] = lowbit.quantize
// CHECK:         %[[BYTES:.*]] = lowbit.to_storage %[[A]]
// CHECK:         lowbit.packed_matmul {{.*}}> %[[BYTES]], %
func.func @float_zero_point(%x: tensor<?x4xf32>, %s: tensor<1x1xf32>, %z: tensor<1x1xf32>, %init: tensor<?x2xi32>) -> tensor<?x2xi32> {
  %w = lowbit.constant dense<1> : tensor<2x4xi8> -> tensor<2x4x!t>
  %a = lowbit.quantize %x scale %s zero_point %z : (tensor<?x4xf32>, tensor<1x1xf32>, tensor<1x1xf32>) -> tensor<?x4x!a8>
  %y = lowbit.matmul %a, %w init %init : (tensor<?x4x!a8>, tensor<2x4x!t>, tensor<?x2xi32>) -> tensor<?x2xi32>
  return %y : tensor<?x2xi32>
}

// -----

!a8 = !lowbit.affine<8>
!t = !lowbit.ternary

// CHECK-LABEL: func @ties_away
// CHECK:         %[[A:.*]] = lowbit.quantize
// CHECK:         %[[BYTES:.*]] = lowbit.to_storage %[[A]]
// CHECK:         lowbit.packed_matmul {{.*}}> %[[BYTES]], %
func.func @ties_away(%x: tensor<?x4xf32>, %s: tensor<1x1xf32>, %init: tensor<?x2xi32>) -> tensor<?x2xi32> {
  %w = lowbit.constant dense<1> : tensor<2x4xi8> -> tensor<2x4x!t>
  %a = lowbit.quantize %x scale %s {rounding = #lowbit.rounding<nearest_away>} : (tensor<?x4xf32>, tensor<1x1xf32>) -> tensor<?x4x!a8>
  %y = lowbit.matmul %a, %w init %init : (tensor<?x4x!a8>, tensor<2x4x!t>, tensor<?x2xi32>) -> tensor<?x2xi32>
  return %y : tensor<?x2xi32>
}

// -----

!a8 = !lowbit.affine<8>
!t = !lowbit.ternary

// CHECK-LABEL: func @stochastic
// CHECK:         %[[A:.*]] = lowbit.quantize
// CHECK:         %[[BYTES:.*]] = lowbit.to_storage %[[A]]
// CHECK:         lowbit.packed_matmul {{.*}}> %[[BYTES]], %
func.func @stochastic(%x: tensor<?x4xf32>, %s: tensor<1x1xf32>, %init: tensor<?x2xi32>) -> tensor<?x2xi32> {
  %w = lowbit.constant dense<1> : tensor<2x4xi8> -> tensor<2x4x!t>
  %a = lowbit.quantize %x scale %s {rounding = #lowbit.rounding<stochastic>, seed = 7 : i64} : (tensor<?x4xf32>, tensor<1x1xf32>) -> tensor<?x4x!a8>
  %y = lowbit.matmul %a, %w init %init : (tensor<?x4x!a8>, tensor<2x4x!t>, tensor<?x2xi32>) -> tensor<?x2xi32>
  return %y : tensor<?x2xi32>
}

// -----

!t = !lowbit.ternary
!a2 = !lowbit.affine<2>

// Times codes that are no bits.
// CHECK-LABEL: func @threshold
// CHECK:         %[[A:.*]] = lowbit.quantize
// CHECK:         %[[BYTES:.*]] = lowbit.to_storage %[[A]]
// CHECK:         lowbit.packed_matmul {{.*}}> %[[BYTES]], %
func.func @threshold(%x: tensor<?x4xf32>, %s: tensor<1x1xf32>, %t: tensor<1x1xf32>, %init: tensor<?x2xi32>) -> tensor<?x2xi32> {
  %w = lowbit.constant dense<1> : tensor<2x4xi8> -> tensor<2x4x!a2>
  %a = lowbit.quantize %x scale %s threshold %t : (tensor<?x4xf32>, tensor<1x1xf32>, tensor<1x1xf32>) -> tensor<?x4x!t>
  %y = lowbit.matmul %a, %w init %init : (tensor<?x4x!t>, tensor<2x4x!a2>, tensor<?x2xi32>) -> tensor<?x2xi32>
  return %y : tensor<?x2xi32>
}

// -----

!b = !lowbit.binary
!a2 = !lowbit.affine<2>

// CHECK-LABEL: func @binary
// CHECK:         %[[A:.*]] = lowbit.quantize
// CHECK:         %[[BYTES:.*]] = lowbit.to_storage %[[A]]
// CHECK:         lowbit.packed_matmul {{.*}}> %[[BYTES]], %
func.func @binary(%x: tensor<?x4xf32>, %s: tensor<1x1xf32>, %init: tensor<?x2xi32>) -> tensor<?x2xi32> {
  %w = lowbit.constant dense<1> : tensor<2x4xi8> -> tensor<2x4x!a2>
  %a = lowbit.quantize %x scale %s : (tensor<?x4xf32>, tensor<1x1xf32>) -> tensor<?x4x!b>
  %y = lowbit.matmul %a, %w init %init : (tensor<?x4x!b>, tensor<2x4x!a2>, tensor<?x2xi32>) -> tensor<?x2xi32>
  return %y : tensor<?x2xi32>
}

// RUN: lowbit-opt %s --lowbit-quantize="layers=layer=int4;/model/b=uint8:group=2" | FileCheck %s
// RUN: lowbit-opt %s --lowbit-quantize --remarks-filter=lowbit --remark-format=emitRemark 2>&1 >/dev/null | FileCheck %s --check-prefix=REMARK

// Each encoding as it is in the IR. Attributes win over `layers`, which wins
// over `weights`, here absent.

// CHECK-LABEL: func @absent
// CHECK:         linalg.matmul
func.func @absent(%x: tensor<?x4xf32>, %init: tensor<?x3xf32>) -> tensor<?x3xf32> {
  %w = arith.constant dense<1.0> : tensor<4x3xf32>
  %y = linalg.matmul ins(%x, %w : tensor<?x4xf32>, tensor<4x3xf32>) outs(%init : tensor<?x3xf32>) -> tensor<?x3xf32>
  return %y : tensor<?x3xf32>
}

// CHECK-LABEL: func @layer_option
// CHECK:         tensor<3x4x!lowbit.affine<4, narrow>>
func.func @layer_option(%x: tensor<?x4xf32>, %init: tensor<?x3xf32>) -> tensor<?x3xf32> {
  %w = arith.constant dense<1.0> : tensor<4x3xf32>
  %y = linalg.matmul ins(%x, %w : tensor<?x4xf32>, tensor<4x3xf32>) outs(%init : tensor<?x3xf32>) -> tensor<?x3xf32> loc("layer")
  return %y : tensor<?x3xf32>
}

// CHECK-LABEL: func @attribute_wins
// CHECK:         -> tensor<3x4x!lowbit.binary<unipolar>>
// CHECK-NOT:     lowbit.weights
func.func @attribute_wins(%x: tensor<?x4xf32>, %init: tensor<?x3xf32>) -> tensor<?x3xf32> {
  %w = arith.constant dense<1.0> : tensor<4x3xf32>
  %y = linalg.matmul {lowbit.weights = "binary:step"} ins(%x, %w : tensor<?x4xf32>, tensor<4x3xf32>)
      outs(%init : tensor<?x3xf32>) -> tensor<?x3xf32> loc("layer")
  return %y : tensor<?x3xf32>
}

// CHECK-LABEL: func @f32_attribute
// CHECK:         linalg.matmul
func.func @f32_attribute(%x: tensor<?x4xf32>, %init: tensor<?x3xf32>) -> tensor<?x3xf32> {
  %w = arith.constant dense<1.0> : tensor<4x3xf32>
  %y = linalg.matmul {lowbit.weights = "f32"} ins(%x, %w : tensor<?x4xf32>, tensor<4x3xf32>)
      outs(%init : tensor<?x3xf32>) -> tensor<?x3xf32> loc("layer")
  return %y : tensor<?x3xf32>
}

// A range of [-85, 170] in 8 unsigned bits: scale 1, zero point 85.
// CHECK-LABEL: func @group_of_channels
// CHECK-DAG:     %[[W:.*]] = lowbit.constant dense_resource<"/model/b.codes"> : tensor<3x4xi8> -> tensor<3x4x!lowbit.affine<8, unsigned>>
// CHECK-DAG:     %[[S:.*]] = arith.constant dense<1.000000e+00> : tensor<2x1xf32>
// CHECK-DAG:     %[[Z:.*]] = arith.constant dense<85> : tensor<2x1xi32>
// CHECK:         lowbit.scaled_matmul {{.*}}, %[[W]] activation_scale %{{.*}} weight_scale %[[S]] activation_zero_point %{{.*}} weight_zero_point %[[Z]]
// CHECK-SAME:        {block_sizes = array<i64: 2, 0>, layer = "/model/b"}
func.func @group_of_channels(%x: tensor<?x4xf32>, %init: tensor<?x3xf32>) -> tensor<?x3xf32> {
  %w = arith.constant dense<[[170.0, 170.0, -85.0], [-85.0, 0.0, 170.0], [170.0, 170.0, 170.0], [0.0, 0.0, 0.0]]> : tensor<4x3xf32>
  %y = linalg.matmul ins(%x, %w : tensor<?x4xf32>, tensor<4x3xf32>) outs(%init : tensor<?x3xf32>) -> tensor<?x3xf32> loc("/model/b")
  return %y : tensor<?x3xf32>
}

// CHECK-LABEL: func @layer_scale
// CHECK:         arith.constant dense<1.000000e+00> : tensor<1x1xf32>
// CHECK:         lowbit.scaled_matmul
// CHECK-NOT:     block_sizes
func.func @layer_scale(%x: tensor<?x4xf32>, %init: tensor<?x3xf32>) -> tensor<?x3xf32> {
  %w = arith.constant dense<127.0> : tensor<4x3xf32>
  %y = linalg.matmul {lowbit.weights = "int8:granularity=layer"} ins(%x, %w : tensor<?x4xf32>, tensor<4x3xf32>)
      outs(%init : tensor<?x3xf32>) -> tensor<?x3xf32>
  return %y : tensor<?x3xf32>
}

// CHECK-LABEL: func @short_block_in_f16
// CHECK:         arith.constant dense<1.000000e+00> : tensor<3x2xf16>
// CHECK:         lowbit.scaled_matmul {{.*}} {block_sizes = array<i64: 0, 3>}
func.func @short_block_in_f16(%x: tensor<?x4xf32>, %init: tensor<?x3xf32>) -> tensor<?x3xf32> {
  %w = arith.constant dense<7.0> : tensor<4x3xf32>
  %y = linalg.matmul {lowbit.weights = "int4:block=3,scale=f16"} ins(%x, %w : tensor<?x4xf32>, tensor<4x3xf32>)
      outs(%init : tensor<?x3xf32>) -> tensor<?x3xf32>
  return %y : tensor<?x3xf32>
}

// CHECK-LABEL: func @short_block_of_rows_in_bf16
// CHECK:         arith.constant dense<1.000000e+00> : tensor<2x2xbf16>
// CHECK:         lowbit.scaled_matmul {{.*}} {block_sizes = array<i64: 2, 3>}
func.func @short_block_of_rows_in_bf16(%x: tensor<?x4xf32>, %init: tensor<?x3xf32>) -> tensor<?x3xf32> {
  %w = arith.constant dense<7.0> : tensor<4x3xf32>
  %y = linalg.matmul {lowbit.weights = "int4:block=3,block-rows=2,scale=bf16"} ins(%x, %w : tensor<?x4xf32>, tensor<4x3xf32>)
      outs(%init : tensor<?x3xf32>) -> tensor<?x3xf32>
  return %y : tensor<?x3xf32>
}

// [-1.5, 1.5] in 2 bits has the levels -1.5, -0.5, 0.5, 1.5.
// CHECK-LABEL: func @float_zero_point
// CHECK-DAG:     %[[S:.*]] = arith.constant dense<1.000000e+00> : tensor<1x1xf32>
// CHECK-DAG:     %[[Z:.*]] = arith.constant dense<1.500000e+00> : tensor<1x1xf32>
// CHECK:         lowbit.scaled_matmul {{.*}} weight_scale %[[S]] {{.*}} weight_zero_point %[[Z]]
func.func @float_zero_point(%x: tensor<?x3xf32>, %init: tensor<?x1xf32>) -> tensor<?x1xf32> {
  %w = arith.constant dense<[[-1.5], [1.5], [1.1]]> : tensor<3x1xf32>
  %y = linalg.matmul {lowbit.weights = "uint2:zero-point=float"} ins(%x, %w : tensor<?x3xf32>, tensor<3x1xf32>)
      outs(%init : tensor<?x1xf32>) -> tensor<?x1xf32>
  return %y : tensor<?x1xf32>
}

// CHECK-LABEL: func @full_range
// CHECK:         -> tensor<1x3x!lowbit.affine<2>>
func.func @full_range(%x: tensor<?x3xf32>, %init: tensor<?x1xf32>) -> tensor<?x1xf32> {
  %w = arith.constant dense<[[-1.0], [1.0], [0.75]]> : tensor<3x1xf32>
  %y = linalg.matmul {lowbit.weights = "int2:codes=full"} ins(%x, %w : tensor<?x3xf32>, tensor<3x1xf32>)
      outs(%init : tensor<?x1xf32>) -> tensor<?x1xf32>
  return %y : tensor<?x1xf32>
}

// CHECK-LABEL: func @bipolar
// CHECK:         -> tensor<1x3x!lowbit.binary>
func.func @bipolar(%x: tensor<?x3xf32>, %init: tensor<?x1xf32>) -> tensor<?x1xf32> {
  %w = arith.constant dense<[[-1.0], [1.0], [0.75]]> : tensor<3x1xf32>
  %y = linalg.matmul {lowbit.weights = "binary"} ins(%x, %w : tensor<?x3xf32>, tensor<3x1xf32>)
      outs(%init : tensor<?x1xf32>) -> tensor<?x1xf32>
  return %y : tensor<?x1xf32>
}

// REMARK: [Missed] {{.*}} stays float: expected a weight encoding, but got none"
// CHECK-LABEL: func @activations_alone
// CHECK:         linalg.matmul
func.func @activations_alone(%x: tensor<?x3xf32>, %init: tensor<?x1xf32>) -> tensor<?x1xf32> {
  %w = arith.constant dense<[[-1.0], [1.0], [0.75]]> : tensor<3x1xf32>
  %y = linalg.matmul {lowbit.activations = "int8"} ins(%x, %w : tensor<?x3xf32>, tensor<3x1xf32>)
      outs(%init : tensor<?x1xf32>) -> tensor<?x1xf32>
  return %y : tensor<?x1xf32>
}

// CHECK:       "/model/b.codes": "0x40000000FF00FF55FF55FF5500FFFF55"
// CHECK:       weights.codes: "0x400000007F7F7F7F7F7F7F7F7F7F7F7F"
// CHECK:       weights.codes_3: "0x40000000000303"
// CHECK:       weights.codes_5: "0x40000000FF0101"

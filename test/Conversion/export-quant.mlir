// RUN: lowbit-opt %s --lowbit-export-quant | FileCheck %s
// RUN: lowbit-opt %s --lowbit-export-quant --lowbit-import-quant --canonicalize | FileCheck %s --check-prefix=ROUND

// CHECK-LABEL: func @per_tensor
// CHECK:         %[[Q:.*]] = quant.qcast %{{.*}} : tensor<2x4xf32> to tensor<2x4x!quant.uniform<i8<-8:7>:f32, 5.000000e-01>>
// CHECK:         quant.scast %[[Q]] : tensor<2x4x!quant.uniform<i8<-8:7>:f32, 5.000000e-01>> to tensor<2x4xi8>
// ROUND-LABEL: func @per_tensor
// ROUND:         lowbit.quantize {{.*}} -> tensor<2x4x!lowbit.affine<4>>
func.func @per_tensor(%x: tensor<2x4xf32>) -> tensor<2x4x!lowbit.affine<4>> {
  %s = arith.constant dense<0.5> : tensor<1x1xf32>
  %q = lowbit.quantize %x scale %s : (tensor<2x4xf32>, tensor<1x1xf32>) -> tensor<2x4x!lowbit.affine<4>>
  return %q : tensor<2x4x!lowbit.affine<4>>
}

// CHECK-LABEL: func @per_axis
// CHECK:         quant.dcast %{{.*}} : tensor<2x4x!quant.uniform<u8:f32:0, {5.000000e-01:1,2.500000e-01:255}>>
// ROUND-LABEL: func @per_axis
// ROUND:         lowbit.dequantize {{.*}} zero_point {{.*}} : (tensor<2x4x!lowbit.affine<8, unsigned>>, tensor<2x1xf32>, tensor<2x1xi32>)
func.func @per_axis(%q: tensor<2x4x!lowbit.affine<8, unsigned>>) -> tensor<2x4xf32> {
  %s = arith.constant dense<[[0.5], [0.25]]> : tensor<2x1xf16>
  %z = arith.constant dense<[[1], [255]]> : tensor<2x1xi32>
  %y = lowbit.dequantize %q scale %s zero_point %z : (tensor<2x4x!lowbit.affine<8, unsigned>>, tensor<2x1xf16>, tensor<2x1xi32>) -> tensor<2x4xf32>
  return %y : tensor<2x4xf32>
}

// CHECK-LABEL: func @sub_channel
// CHECK:         %[[C:.*]] = arith.constant dense<1> : tensor<2x4xi8>
// CHECK:         quant.scast %[[C]] : tensor<2x4xi8> to tensor<2x4x!quant.uniform<i8<-7:7>:f32:{0:1, 1:2}, {{\{\{}}1.000000e+00, 2.000000e+00}, {3.000000e+00, 4.000000e+00}}>>
// ROUND-LABEL: func @sub_channel
// ROUND:         lowbit.constant dense<1> : tensor<2x4xi8> -> tensor<2x4x!lowbit.affine<4, narrow>>
// ROUND:         lowbit.dequantize {{.*}} {block_sizes = array<i64: 1, 2>}
func.func @sub_channel() -> tensor<2x4xf32> {
  %q = lowbit.constant dense<1> : tensor<2x4xi8> -> tensor<2x4x!lowbit.affine<4, narrow>>
  %s = arith.constant dense<[[1.0, 2.0], [3.0, 4.0]]> : tensor<2x2xf32>
  %y = lowbit.dequantize %q scale %s {block_sizes = array<i64: 0, 2>} : (tensor<2x4x!lowbit.affine<4, narrow>>, tensor<2x2xf32>) -> tensor<2x4xf32>
  return %y : tensor<2x4xf32>
}

// CHECK-LABEL: func @storage
// CHECK-SAME:      (%[[X:.*]]: tensor<2xi8>) -> tensor<2xi8>
// CHECK-NEXT:    return %[[X]]
func.func @storage(%c: tensor<2xi8>) -> tensor<2x!lowbit.affine<8>> {
  %q = lowbit.from_storage %c : tensor<2xi8> -> tensor<2x!lowbit.affine<8>>
  return %q : tensor<2x!lowbit.affine<8>>
}

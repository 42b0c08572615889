// RUN: lowbit-opt %s --lowbit-import-quant --split-input-file | FileCheck %s

// CHECK-LABEL: func @per_tensor
// CHECK-SAME:      -> tensor<2x4x!lowbit.affine<8>>
// CHECK:         %[[S:.*]] = arith.constant dense<5.000000e-01> : tensor<1x1xf32>
// CHECK:         %[[Z:.*]] = arith.constant dense<-3> : tensor<1x1xi32>
// CHECK:         lowbit.quantize %{{.*}} scale %[[S]] zero_point %[[Z]]
func.func @per_tensor(%x: tensor<2x4xf32>) -> tensor<2x4x!quant.uniform<i8:f32, 0.5:-3>> {
  %q = quant.qcast %x : tensor<2x4xf32> to tensor<2x4x!quant.uniform<i8:f32, 0.5:-3>>
  return %q : tensor<2x4x!quant.uniform<i8:f32, 0.5:-3>>
}

// -----

// CHECK-LABEL: func @per_axis
// CHECK:         %[[S:.*]] = arith.constant dense<{{\[\[}}5.000000e-01], [2.500000e-01]]> : tensor<2x1xf32>
// CHECK:         %[[Z:.*]] = arith.constant dense<{{\[\[}}0], [3]]> : tensor<2x1xi32>
// CHECK:         lowbit.dequantize %{{.*}} scale %[[S]] zero_point %[[Z]]
// CHECK-SAME:        (tensor<2x4x!lowbit.affine<8, unsigned>>, tensor<2x1xf32>, tensor<2x1xi32>)
func.func @per_axis(%q: tensor<2x4x!quant.uniform<u8:f32:0, {0.5, 0.25:3}>>) -> tensor<2x4xf32> {
  %y = quant.dcast %q : tensor<2x4x!quant.uniform<u8:f32:0, {0.5, 0.25:3}>> to tensor<2x4xf32>
  return %y : tensor<2x4xf32>
}

// -----

// CHECK-LABEL: func @sub_channel
// CHECK:         arith.constant dense<{{\[\[}}1.000000e+00, 2.000000e+00], [3.000000e+00, 4.000000e+00]]> : tensor<2x2xf32>
// CHECK-NOT:     zero_point
// CHECK:         lowbit.quantize {{.*}} {block_sizes = array<i64: 1, 2>}
// CHECK-SAME:        -> tensor<2x4x!lowbit.affine<4>>
func.func @sub_channel(%x: tensor<2x4xf32>) -> tensor<2x4x!quant.uniform<i4:f32:{0:1, 1:2}, {{1.0, 2.0}, {3.0, 4.0}}>> {
  %q = quant.qcast %x : tensor<2x4xf32> to tensor<2x4x!quant.uniform<i4:f32:{0:1, 1:2}, {{1.0, 2.0}, {3.0, 4.0}}>>
  return %q : tensor<2x4x!quant.uniform<i4:f32:{0:1, 1:2}, {{1.0, 2.0}, {3.0, 4.0}}>>
}

// -----

// CHECK-LABEL: func @narrow_range
// CHECK-SAME:      tensor<2x!lowbit.affine<8, narrow>>
func.func @narrow_range(%q: tensor<2x!quant.uniform<i8<-127:127>:f32, 0.5>>) -> tensor<2xf32> {
  %y = quant.dcast %q : tensor<2x!quant.uniform<i8<-127:127>:f32, 0.5>> to tensor<2xf32>
  return %y : tensor<2xf32>
}

// -----

// Codes of four bits in bytes.
// CHECK-LABEL: func @codes_in_wider_storage
// CHECK-SAME:      tensor<2x!lowbit.affine<4>>
func.func @codes_in_wider_storage(%q: tensor<2x!quant.uniform<i8<-8:7>:f32, 0.5>>) -> tensor<2xf32> {
  %y = quant.dcast %q : tensor<2x!quant.uniform<i8<-8:7>:f32, 0.5>> to tensor<2xf32>
  return %y : tensor<2xf32>
}

// -----

// CHECK-LABEL: func @constant_codes
// CHECK:         lowbit.constant dense<{{\[\[}}1, -2], [3, 4]]> : tensor<2x2xi8> -> tensor<2x2x!lowbit.affine<8>>
// CHECK:         lowbit.dequantize
func.func @constant_codes() -> tensor<2x2xf32> {
  %c = arith.constant dense<[[1, -2], [3, 4]]> : tensor<2x2xi8>
  %q = quant.scast %c : tensor<2x2xi8> to tensor<2x2x!quant.uniform<i8:f32, 0.5>>
  %y = quant.dcast %q : tensor<2x2x!quant.uniform<i8:f32, 0.5>> to tensor<2x2xf32>
  return %y : tensor<2x2xf32>
}

// -----

// CHECK-LABEL: func @storage_of_four_bits
// CHECK:         %[[WIDE:.*]] = arith.extui %{{.*}} : tensor<2xi4> to tensor<2xi8>
// CHECK:         %[[CODES:.*]] = lowbit.from_storage %[[WIDE]] : tensor<2xi8> -> tensor<2x!lowbit.affine<4, unsigned>>
// CHECK:         %[[MOVED:.*]] = tensor.cast %[[CODES]]
// CHECK:         %[[BACK:.*]] = tensor.cast %[[MOVED]]
// CHECK-NEXT:    %[[BYTES:.*]] = lowbit.to_storage %[[BACK]]
// CHECK:         arith.trunci %[[BYTES]] : tensor<2xi8> to tensor<2xi4>
func.func @storage_of_four_bits(%c: tensor<2xi4>) -> tensor<2xi4> {
  %q = quant.scast %c : tensor<2xi4> to tensor<2x!quant.uniform<u4:f32, 0.5>>
  %r = tensor.cast %q : tensor<2x!quant.uniform<u4:f32, 0.5>> to tensor<?x!quant.uniform<u4:f32, 0.5>>
  %t = tensor.cast %r : tensor<?x!quant.uniform<u4:f32, 0.5>> to tensor<2x!quant.uniform<u4:f32, 0.5>>
  %d = quant.scast %t : tensor<2x!quant.uniform<u4:f32, 0.5>> to tensor<2xi4>
  return %d : tensor<2xi4>
}

// -----

// Fake quantization stays.
// CHECK-LABEL: func @there_and_back
// CHECK:         %[[Q:.*]] = lowbit.quantize
// CHECK:         %[[X:.*]] = lowbit.dequantize %[[Q]]
// CHECK:         return %[[X]]
func.func @there_and_back(%x: tensor<2xf32>) -> tensor<2xf32> {
  %q = quant.qcast %x : tensor<2xf32> to tensor<2x!quant.uniform<i8:f32, 0.5:-3>>
  %y = quant.dcast %q : tensor<2x!quant.uniform<i8:f32, 0.5:-3>> to tensor<2xf32>
  return %y : tensor<2xf32>
}

// -----

// CHECK-LABEL: func @nothing_to_import
// CHECK-NEXT:    return
func.func @nothing_to_import(%x: tensor<2xf32>) -> tensor<2xf32> {
  return %x : tensor<2xf32>
}

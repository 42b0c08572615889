// RUN: lowbit-opt %s --lowbit-pack-floats --split-input-file | FileCheck %s

// Constant weights are packed now: of 17 rows at depth 2, the second panel has
// one.
// CHECK-LABEL: @constant
// CHECK-SAME:      (%[[X:.*]]: tensor<?x2xf32>, %[[INIT:.*]]: tensor<?x17xf32>)
// CHECK:         %[[W:.*]] = arith.constant dense_resource<fc.packed> : tensor<2x32xf32>
// CHECK:         %[[Y:.*]] = lowbit.packed_float_matmul %[[X]], %[[W]] into %[[INIT]] {layer = "fc"} : (tensor<?x2xf32>, tensor<2x32xf32>, tensor<?x17xf32>) -> tensor<?x17xf32>
// CHECK:         return %[[Y]]
#row = affine_map<(m, n, k) -> (m, k)>
#column = affine_map<(m, n, k) -> (n, k)>
#out = affine_map<(m, n, k) -> (m, n)>
func.func @constant(%x: tensor<?x2xf32>, %init: tensor<?x17xf32>) -> tensor<?x17xf32> {
  %w = arith.constant dense<1.0> : tensor<17x2xf32>
  %y = linalg.matmul indexing_maps = [#row, #column, #out]
      ins(%x, %w : tensor<?x2xf32>, tensor<17x2xf32>) outs(%init : tensor<?x17xf32>) -> tensor<?x17xf32> loc("fc")
  return %y : tensor<?x17xf32>
}

// -----

// The elements of K x N and of its transpose lie at the same place: 1 and 2 are
// the columns at depth 0.
// CHECK-LABEL: @columns
// CHECK:         lowbit.packed_float_matmul {{.*}} : (tensor<3x2xf32>, tensor<1x32xbf16>, tensor<3x2xf32>)
// CHECK-LABEL: @transposed_constant
// CHECK-NOT:     linalg.transpose
// CHECK:         lowbit.packed_float_matmul {{.*}} : (tensor<3x2xf32>, tensor<1x32xbf16>, tensor<3x2xf32>)
// CHECK-DAG:     weights.packed: "0x40000000803F0040{{0*}}40408040{{0*}}"
// CHECK-DAG:     weights.packed_1: "0x40000000803F0040{{0*}}40408040{{0*}}"
func.func @columns(%x: tensor<3x2xf32>, %init: tensor<3x2xf32>) -> tensor<3x2xf32> {
  %w = arith.constant dense<[[1.0, 2.0], [3.0, 4.0]]> : tensor<2x2xbf16>
  %y = linalg.matmul ins(%x, %w : tensor<3x2xf32>, tensor<2x2xbf16>) outs(%init : tensor<3x2xf32>) -> tensor<3x2xf32>
  return %y : tensor<3x2xf32>
}
func.func @transposed_constant(%x: tensor<3x2xf32>, %init: tensor<3x2xf32>) -> tensor<3x2xf32> {
  %w = arith.constant dense<[[1.0, 3.0], [2.0, 4.0]]> : tensor<2x2xbf16>
  %e = tensor.empty() : tensor<2x2xbf16>
  %t = linalg.transpose ins(%w : tensor<2x2xbf16>) outs(%e : tensor<2x2xbf16>) permutation = [1, 0]
  %y = linalg.matmul ins(%x, %t : tensor<3x2xf32>, tensor<2x2xbf16>) outs(%init : tensor<3x2xf32>) -> tensor<3x2xf32>
  return %y : tensor<3x2xf32>
}

// -----

// Activations in bf16 are extended, the result is rounded once.
// CHECK-LABEL: @bf16
// CHECK-SAME:      (%[[X:.*]]: tensor<?x4xbf16>, %[[W:.*]]: tensor<4x5xbf16>, %[[INIT:.*]]: tensor<?x5xbf16>)
// CHECK-DAG:     %[[A:.*]] = arith.extf %[[X]]
// CHECK-DAG:     %[[I:.*]] = arith.extf %[[INIT]]
// CHECK:         %[[E:.*]] = tensor.empty() : tensor<1x64xbf16>
// CHECK:         %[[P:.*]] = lowbit.pack_floats %[[W]] into %[[E]] {transposed}
// CHECK:         %[[Y:.*]] = lowbit.packed_float_matmul %[[A]], %[[P]] into %[[I]]
// CHECK:         arith.truncf %[[Y]] : tensor<?x5xf32> to tensor<?x5xbf16>
func.func @bf16(%x: tensor<?x4xbf16>, %w: tensor<4x5xbf16>, %init: tensor<?x5xbf16>) -> tensor<?x5xbf16> {
  %y = linalg.matmul ins(%x, %w : tensor<?x4xbf16>, tensor<4x5xbf16>) outs(%init : tensor<?x5xbf16>) -> tensor<?x5xbf16>
  return %y : tensor<?x5xbf16>
}

// -----

// A batch is packed and multiplied in parallel.
// CHECK-LABEL: @batch
// CHECK-SAME:      (%[[X:.*]]: tensor<?x7x4xf32>, %[[W:.*]]: tensor<?x4x20xf32>, %[[INIT:.*]]: tensor<?x7x20xf32>)
// CHECK-DAG:     %[[BX:.*]] = tensor.dim %[[X]], %c0
// CHECK-DAG:     %[[BW:.*]] = tensor.dim %[[W]], %c0
// CHECK-DAG:     %[[BI:.*]] = tensor.dim %[[INIT]], %c0
// CHECK:         lowbit.require_equal %[[BX]], %[[BW]], %[[BI]] : index, index, index
// CHECK-NOT:     lowbit.require_equal
// CHECK:         %[[E:.*]] = tensor.empty(%{{.*}}) : tensor<?x2x64xf32>
// CHECK:         %[[P:.*]] = scf.forall (%[[I:.*]]) in (%{{.*}}) shared_outs(%[[OUT:.*]] = %[[E]])
// CHECK-DAG:       %[[TO:.*]] = tensor.extract_slice %[[OUT]][%[[I]], 0, 0] [1, 2, 64] [1, 1, 1] : tensor<?x2x64xf32> to tensor<2x64xf32>
// CHECK-DAG:       %[[FROM:.*]] = tensor.extract_slice %[[W]][%[[I]], 0, 0] [1, 4, 20] [1, 1, 1] : tensor<?x4x20xf32> to tensor<4x20xf32>
// CHECK:           lowbit.pack_floats %[[FROM]] into %[[TO]] {transposed}
// CHECK:         scf.forall (%[[I:.*]]) in (%{{.*}}) shared_outs(%[[OUT:.*]] = %[[INIT]])
// CHECK-DAG:       %[[TO:.*]] = tensor.extract_slice %[[OUT]][%[[I]], 0, 0] [1, 7, 20] [1, 1, 1]
// CHECK-DAG:       %[[A:.*]] = tensor.extract_slice %[[X]][%[[I]], 0, 0] [1, 7, 4] [1, 1, 1]
// CHECK-DAG:       %[[PANELS:.*]] = tensor.extract_slice %[[P]][%[[I]], 0, 0] [1, 2, 64] [1, 1, 1]
// CHECK:           lowbit.packed_float_matmul %[[A]], %[[PANELS]] into %[[TO]]
func.func @batch(%x: tensor<?x7x4xf32>, %w: tensor<?x4x20xf32>, %init: tensor<?x7x20xf32>) -> tensor<?x7x20xf32> {
  %y = linalg.batch_matmul ins(%x, %w : tensor<?x7x4xf32>, tensor<?x4x20xf32>) outs(%init : tensor<?x7x20xf32>) -> tensor<?x7x20xf32>
  return %y : tensor<?x7x20xf32>
}

// -----

// The rows of all images are the rows of one product.
// CHECK-LABEL: @rows_of_images
// CHECK-SAME:      (%[[X:.*]]: tensor<2x3x4xf32>, %[[INIT:.*]]: tensor<2x3x5xf32>)
// CHECK-DAG:     %[[A:.*]] = tensor.collapse_shape %[[X]] {{\[\[}}0, 1], [2]]
// CHECK-DAG:     %[[I:.*]] = tensor.collapse_shape %[[INIT]] {{\[\[}}0, 1], [2]]
// CHECK:         %[[Y:.*]] = lowbit.packed_float_matmul %[[A]], %{{.*}} into %[[I]]
// CHECK:         tensor.expand_shape %[[Y]] {{\[\[}}0, 1], [2]] output_shape [2, 3, 5]
func.func @rows_of_images(%x: tensor<2x3x4xf32>, %init: tensor<2x3x5xf32>) -> tensor<2x3x5xf32> {
  %w = arith.constant dense<1.0> : tensor<4x5xf32>
  %y = linalg.contract indexing_maps = [affine_map<(b, s, n, k) -> (b, s, k)>, affine_map<(b, s, n, k) -> (k, n)>, affine_map<(b, s, n, k) -> (b, s, n)>]
      ins(%x, %w : tensor<2x3x4xf32>, tensor<4x5xf32>) outs(%init : tensor<2x3x5xf32>) -> tensor<2x3x5xf32>
  return %y : tensor<2x3x5xf32>
}

// -----

// The constant operand is the weights, a vector one row.
// CHECK-LABEL: @matrix_by_vector
// CHECK-DAG:     tensor.expand_shape %{{.*}} {{\[\[}}0, 1]] output_shape [1, 4]
// CHECK-DAG:     tensor.expand_shape %{{.*}} {{\[\[}}0, 1]] output_shape [1, 5]
// CHECK:         lowbit.packed_float_matmul {{.*}} : (tensor<1x4xf32>, tensor<1x64xf32>, tensor<1x5xf32>) -> tensor<1x5xf32>
// CHECK:         tensor.collapse_shape {{.*}} : tensor<1x5xf32> into tensor<5xf32>
func.func @matrix_by_vector(%x: tensor<4xf32>, %init: tensor<5xf32>) -> tensor<5xf32> {
  %w = arith.constant dense<1.0> : tensor<5x4xf32>
  %y = linalg.matvec ins(%w, %x : tensor<5x4xf32>, tensor<4xf32>) outs(%init : tensor<5xf32>) -> tensor<5xf32>
  return %y : tensor<5xf32>
}

// -----

// A convolution is a product of its windows.
// CHECK-LABEL: @convolution
// CHECK-SAME:      (%[[X:.*]]: tensor<?x5x5x2xf32>, %[[INIT:.*]]: tensor<?x3x3x7xf32>)
// CHECK:         %[[W:.*]] = lowbit.im2col %[[X]] kernel [3, 3] : (tensor<?x5x5x2xf32>) -> tensor<?x18xf32>
// CHECK:         %[[P:.*]] = lowbit.packed_float_matmul %[[W]], %{{.*}} into %{{.*}} {layer = "conv"} : (tensor<?x18xf32>, tensor<1x288xf32>, tensor<?x7xf32>)
// CHECK:         %[[S:.*]] = tensor.expand_shape %[[P]]
// CHECK:         linalg.add ins(%[[S]], %[[INIT]]
func.func @convolution(%x: tensor<?x5x5x2xf32>, %init: tensor<?x3x3x7xf32>) -> tensor<?x3x3x7xf32> {
  %w = arith.constant dense<1.0> : tensor<3x3x2x7xf32>
  %y = linalg.conv_2d_nhwc_hwcf ins(%x, %w : tensor<?x5x5x2xf32>, tensor<3x3x2x7xf32>)
      outs(%init : tensor<?x3x3x7xf32>) -> tensor<?x3x3x7xf32> loc("conv")
  return %y : tensor<?x3x3x7xf32>
}

// -----

// CHECK-LABEL: @depthwise
// CHECK:         linalg.depthwise_conv_2d_nhwc_hwc
func.func @depthwise(%x: tensor<1x5x5x2xf32>, %init: tensor<1x3x3x2xf32>) -> tensor<1x3x3x2xf32> {
  %w = arith.constant dense<1.0> : tensor<3x3x2xf32>
  %y = linalg.depthwise_conv_2d_nhwc_hwc ins(%x, %w : tensor<1x5x5x2xf32>, tensor<3x3x2xf32>)
      outs(%init : tensor<1x3x3x2xf32>) -> tensor<1x3x3x2xf32>
  return %y : tensor<1x3x3x2xf32>
}

// -----

// CHECK-LABEL: @kernel_of_run_time
// CHECK:         linalg.conv_2d_nhwc_hwcf
func.func @kernel_of_run_time(%x: tensor<1x5x5x2xf32>, %w: tensor<3x3x2x7xf32>, %init: tensor<1x3x3x7xf32>) -> tensor<1x3x3x7xf32> {
  %y = linalg.conv_2d_nhwc_hwcf ins(%x, %w : tensor<1x5x5x2xf32>, tensor<3x3x2x7xf32>)
      outs(%init : tensor<1x3x3x7xf32>) -> tensor<1x3x3x7xf32>
  return %y : tensor<1x3x3x7xf32>
}

// -----

// CHECK-LABEL: @other_types
// CHECK:         linalg.matmul
func.func @other_types(%x: tensor<3x4xf64>, %w: tensor<4x5xf64>, %init: tensor<3x5xf64>) -> tensor<3x5xf64> {
  %y = linalg.matmul ins(%x, %w : tensor<3x4xf64>, tensor<4x5xf64>) outs(%init : tensor<3x5xf64>) -> tensor<3x5xf64>
  return %y : tensor<3x5xf64>
}

// -----

// Not every op between the factors is exact.
// CHECK-LABEL: @other_bodies
// CHECK:         linalg.generic
func.func @other_bodies(%x: tensor<3x4xf32>, %w: tensor<4x5xf32>, %init: tensor<3x5xf32>) -> tensor<3x5xf32> {
  %y = linalg.generic {indexing_maps = [affine_map<(m, n, k) -> (m, k)>, affine_map<(m, n, k) -> (k, n)>, affine_map<(m, n, k) -> (m, n)>],
                       iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%x, %w : tensor<3x4xf32>, tensor<4x5xf32>) outs(%init : tensor<3x5xf32>) {
  ^bb0(%a: f32, %b: f32, %c: f32):
    %e = math.exp %a : f32
    %p = arith.mulf %e, %b : f32
    %s = arith.addf %c, %p : f32
    linalg.yield %s : f32
  } -> tensor<3x5xf32>
  return %y : tensor<3x5xf32>
}

// -----

// CHECK-LABEL: @dot
// CHECK:         linalg.dot
// CHECK:         linalg.vecmat
func.func @dot(%x: tensor<4xf32>, %y: tensor<4xf32>, %w: tensor<4x5xf32>, %init: tensor<f32>, %row: tensor<5xf32>) -> (tensor<f32>, tensor<5xf32>) {
  %d = linalg.dot ins(%x, %y : tensor<4xf32>, tensor<4xf32>) outs(%init : tensor<f32>) -> tensor<f32>
  %r = linalg.vecmat ins(%x, %w : tensor<4xf32>, tensor<4x5xf32>) outs(%row : tensor<5xf32>) -> tensor<5xf32>
  return %d, %r : tensor<f32>, tensor<5xf32>
}

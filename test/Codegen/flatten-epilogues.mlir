// RUN: lowbit-opt %s --lowbit-flatten-epilogues --split-input-file | FileCheck %s
// RUN: lowbit-opt %s --lowbit-flatten-epilogues --split-input-file > %t.once
// RUN: lowbit-opt %s --lowbit-flatten-epilogues --lowbit-flatten-epilogues --split-input-file | diff - %t.once

#id = affine_map<(n, y, x, o) -> (n, y, x, o)>
#channel = affine_map<(n, y, x, o) -> (o)>

// A bias, then another op with a residual: both are on the matrix.
// CHECK-LABEL: func @two_ops
// CHECK-SAME:      %{{.*}}, %{{.*}}, %[[B:.*]]: tensor<128xf32>, %[[X:.*]]: tensor<1x5x6x128xf32>
// CHECK:         %[[Y:.*]] = lowbit.packed_weight_only_matmul
// CHECK:         %[[BIASED:.*]] = linalg.generic {{.*}} ins(%[[Y]], %[[B]] : tensor<30x128xf32>, tensor<128xf32>)
// CHECK:         %[[RESIDUAL:.*]] = tensor.collapse_shape %[[X]] {{\[\[}}0, 1, 2], [3]]
// CHECK:         %[[Z:.*]] = linalg.generic {{.*}} ins(%[[BIASED]], %[[RESIDUAL]] : tensor<30x128xf32>, tensor<30x128xf32>)
// CHECK:         %[[RESULT:.*]] = tensor.expand_shape %[[Z]] {{\[\[}}0, 1, 2], [3]]
// CHECK:         return %[[RESULT]]
func.func @two_ops(%a: tensor<30x256xf32>, %w: tensor<2x4352xi8>, %b: tensor<128xf32>, %x: tensor<1x5x6x128xf32>) -> tensor<1x5x6x128xf32> {
  %i = tensor.empty() : tensor<30x128xf32>
  %y = lowbit.packed_weight_only_matmul <field_bits = 2, code_offset = 1, scale = f32> %a, %w into %i
      : (tensor<30x256xf32>, tensor<2x4352xi8>, tensor<30x128xf32>) -> tensor<30x128xf32>
  %e = tensor.expand_shape %y [[0, 1, 2], [3]] output_shape [1, 5, 6, 128] : tensor<30x128xf32> into tensor<1x5x6x128xf32>
  %o = tensor.empty() : tensor<1x5x6x128xf32>
  %s = linalg.generic {indexing_maps = [#id, #channel, #id], iterator_types = ["parallel", "parallel", "parallel", "parallel"]}
      ins(%e, %b : tensor<1x5x6x128xf32>, tensor<128xf32>) outs(%o : tensor<1x5x6x128xf32>) {
  ^bb0(%p: f32, %q: f32, %out: f32):
    %t = arith.addf %p, %q : f32
    linalg.yield %t : f32
  } -> tensor<1x5x6x128xf32>
  %z = linalg.generic {indexing_maps = [#id, #id, #id], iterator_types = ["parallel", "parallel", "parallel", "parallel"]}
      ins(%s, %x : tensor<1x5x6x128xf32>, tensor<1x5x6x128xf32>) outs(%o : tensor<1x5x6x128xf32>) {
  ^bb0(%p: f32, %q: f32, %out: f32):
    %t = arith.addf %p, %q : f32
    linalg.yield %t : f32
  } -> tensor<1x5x6x128xf32>
  return %z : tensor<1x5x6x128xf32>
}

// -----

#id = affine_map<(n, y, x, o) -> (n, y, x, o)>

// Anything else keeps its shape.
// CHECK-LABEL: func @no_layer
// CHECK:         linalg.generic {{.*}} ins(%{{.*}} : tensor<1x5x6x128xf32>)
func.func @no_layer(%y: tensor<30x128xf32>) -> tensor<1x5x6x128xf32> {
  %e = tensor.expand_shape %y [[0, 1, 2], [3]] output_shape [1, 5, 6, 128] : tensor<30x128xf32> into tensor<1x5x6x128xf32>
  %o = tensor.empty() : tensor<1x5x6x128xf32>
  %z = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel", "parallel", "parallel"]}
      ins(%e : tensor<1x5x6x128xf32>) outs(%o : tensor<1x5x6x128xf32>) {
  ^bb0(%p: f32, %out: f32):
    %t = arith.addf %p, %p : f32
    linalg.yield %t : f32
  } -> tensor<1x5x6x128xf32>
  return %z : tensor<1x5x6x128xf32>
}

// -----

#id = affine_map<(n, y, x, o) -> (n, y, x, o)>
#image = affine_map<(n, y, x, o) -> (n, o)>

// A mean over windows needs all rows.
// CHECK-LABEL: func @reduction
// CHECK:         linalg.generic {{.*}} ins(%{{.*}} : tensor<1x5x6x128xf32>)
func.func @reduction(%a: tensor<30x256xf32>, %w: tensor<2x4352xi8>, %o: tensor<1x128xf32>) -> tensor<1x128xf32> {
  %i = tensor.empty() : tensor<30x128xf32>
  %y = lowbit.packed_weight_only_matmul <field_bits = 2, code_offset = 1, scale = f32> %a, %w into %i
      : (tensor<30x256xf32>, tensor<2x4352xi8>, tensor<30x128xf32>) -> tensor<30x128xf32>
  %e = tensor.expand_shape %y [[0, 1, 2], [3]] output_shape [1, 5, 6, 128] : tensor<30x128xf32> into tensor<1x5x6x128xf32>
  %z = linalg.generic {indexing_maps = [#id, #image], iterator_types = ["parallel", "reduction", "reduction", "parallel"]}
      ins(%e : tensor<1x5x6x128xf32>) outs(%o : tensor<1x128xf32>) {
  ^bb0(%p: f32, %out: f32):
    %t = arith.addf %p, %out : f32
    linalg.yield %t : f32
  } -> tensor<1x128xf32>
  return %z : tensor<1x128xf32>
}

// -----

// CHECK-LABEL: func @pad
// CHECK:         %[[E:.*]] = tensor.expand_shape
// CHECK:         tensor.pad %[[E]] low[0, 1, 1, 0] high[0, 1, 1, 0]
func.func @pad(%a: tensor<30x4xf32>, %w: tensor<1x64xf32>, %i: tensor<30x8xf32>) -> tensor<1x7x8x8xf32> {
  %zero = arith.constant 0.0 : f32
  %y = lowbit.packed_float_matmul %a, %w into %i : (tensor<30x4xf32>, tensor<1x64xf32>, tensor<30x8xf32>) -> tensor<30x8xf32>
  %e = tensor.expand_shape %y [[0, 1, 2], [3]] output_shape [1, 5, 6, 8] : tensor<30x8xf32> into tensor<1x5x6x8xf32>
  %p = tensor.pad %e low[0, 1, 1, 0] high[0, 1, 1, 0] {
  ^bb0(%n: index, %h: index, %v: index, %c: index):
    tensor.yield %zero : f32
  } : tensor<1x5x6x8xf32> to tensor<1x7x8x8xf32>
  return %p : tensor<1x7x8x8xf32>
}

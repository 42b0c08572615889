// RUN: lowbit-opt %s --lowbit-flatten-reductions | FileCheck %s
// RUN: lowbit-opt %s --lowbit-flatten-reductions --lowbit-flatten-reductions | FileCheck %s

// CHECK-DAG:   #[[ID:.*]] = affine_map<(d0, d1, d2) -> (d0, d1, d2)>
// CHECK-DAG:   #[[KEPT:.*]] = affine_map<(d0, d1, d2) -> (d0, d1)>
// CHECK-LABEL: func @planes
// CHECK-SAME:      %[[X:.*]]: tensor<2x8x56x56xf32>, %[[INIT:.*]]: tensor<2x8xf32>
// CHECK:         %[[A:.*]] = tensor.collapse_shape %[[X]] {{\[\[}}0], [1], [2, 3]] : tensor<2x8x56x56xf32> into tensor<2x8x3136xf32>
// CHECK:         %[[Y:.*]] = linalg.generic {indexing_maps = [#[[ID]], #[[KEPT]]], iterator_types = ["parallel", "parallel", "reduction"]} ins(%[[A]] : tensor<2x8x3136xf32>) outs(%[[INIT]] : tensor<2x8xf32>)
// CHECK:           arith.addf
// CHECK:         return %[[Y]]
func.func @planes(%x: tensor<2x8x56x56xf32>, %init: tensor<2x8xf32>) -> tensor<2x8xf32> {
  %y = linalg.reduce {arith.addf} ins(%x : tensor<2x8x56x56xf32>) outs(%init : tensor<2x8xf32>) dimensions = [2, 3]
  return %y : tensor<2x8xf32>
}

// CHECK-LABEL: func @unknown_extents
// CHECK:         tensor.collapse_shape %{{.*}} {{\[\[}}0], [1, 2, 3]] : tensor<4x?x5x?xf32> into tensor<4x?xf32>
func.func @unknown_extents(%x: tensor<4x?x5x?xf32>, %init: tensor<4xf32>) -> tensor<4xf32> {
  %y = linalg.reduce {arith.maximumf} ins(%x : tensor<4x?x5x?xf32>) outs(%init : tensor<4xf32>) dimensions = [1, 2, 3]
  return %y : tensor<4xf32>
}

// What a channel is multiplied by keeps its shape.
// CHECK-LABEL: func @two_operands
// CHECK-SAME:      %[[X:.*]]: tensor<8x7x7xf32>, %[[S:[^:]*]]: tensor<8xf32>
// CHECK:         %[[A:.*]] = tensor.collapse_shape %[[X]]
// CHECK:         linalg.generic {{.*}} iterator_types = ["parallel", "reduction"]} ins(%[[A]], %[[S]] : tensor<8x49xf32>, tensor<8xf32>)
func.func @two_operands(%x: tensor<8x7x7xf32>, %s: tensor<8xf32>, %init: tensor<8xf32>) -> tensor<8xf32> {
  %y = linalg.generic {indexing_maps = [affine_map<(c, h, w) -> (c, h, w)>, affine_map<(c, h, w) -> (c)>, affine_map<(c, h, w) -> (c)>],
      iterator_types = ["parallel", "reduction", "reduction"]}
      ins(%x, %s : tensor<8x7x7xf32>, tensor<8xf32>) outs(%init : tensor<8xf32>) {
  ^bb0(%a: f32, %b: f32, %out: f32):
    %p = arith.mulf %a, %b : f32
    %t = arith.addf %p, %out : f32
    linalg.yield %t : f32
  } -> tensor<8xf32>
  return %y : tensor<8xf32>
}

// Results keep their shape, too.
// CHECK-LABEL: func @kept
// CHECK-NOT:     tensor.collapse_shape
// CHECK:         linalg.reduce
func.func @kept(%x: tensor<4x8x56xf32>, %init: tensor<4x8xf32>) -> tensor<4x8xf32> {
  %y = linalg.reduce {arith.addf} ins(%x : tensor<4x8x56xf32>) outs(%init : tensor<4x8xf32>) dimensions = [2]
  return %y : tensor<4x8xf32>
}

// CHECK-LABEL: func @apart
// CHECK-NOT:     tensor.collapse_shape
// CHECK:         linalg.reduce
func.func @apart(%x: tensor<4x8x56xf32>, %init: tensor<8xf32>) -> tensor<8xf32> {
  %y = linalg.reduce {arith.addf} ins(%x : tensor<4x8x56xf32>) outs(%init : tensor<8xf32>) dimensions = [0, 2]
  return %y : tensor<8xf32>
}

// CHECK-LABEL: func @empty
// CHECK-NOT:     tensor.collapse_shape
// CHECK:         linalg.reduce
func.func @empty(%x: tensor<4x?x0xf32>, %init: tensor<4xf32>) -> tensor<4xf32> {
  %y = linalg.reduce {arith.addf} ins(%x : tensor<4x?x0xf32>) outs(%init : tensor<4xf32>) dimensions = [1, 2]
  return %y : tensor<4xf32>
}

// CHECK-LABEL: func @indices
// CHECK-NOT:     tensor.collapse_shape
// CHECK:         linalg.generic
func.func @indices(%x: tensor<8x8xi64>, %init: tensor<i64>) -> tensor<i64> {
  %y = linalg.generic {indexing_maps = [affine_map<(h, w) -> (h, w)>, affine_map<(h, w) -> ()>],
      iterator_types = ["reduction", "reduction"]} ins(%x : tensor<8x8xi64>) outs(%init : tensor<i64>) {
  ^bb0(%a: i64, %out: i64):
    %i = linalg.index 1 : index
    %e = arith.index_cast %i : index to i64
    %p = arith.muli %e, %a : i64
    %s = arith.addi %p, %out : i64
    linalg.yield %s : i64
  } -> tensor<i64>
  return %y : tensor<i64>
}

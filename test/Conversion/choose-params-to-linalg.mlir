// RUN: lowbit-opt %s --lowbit-choose-params-to-linalg --canonicalize --cse | FileCheck %s
// RUN: lowbit-opt %s --lowbit-choose-params-to-linalg > %t.once
// RUN: lowbit-opt %s --lowbit-choose-params-to-linalg --lowbit-choose-params-to-linalg | diff - %t.once

// CHECK-DAG: #[[ID:.*]] = affine_map<(d0, d1) -> (d0, d1)>
// CHECK-DAG: #[[ROW:.*]] = affine_map<(d0, d1) -> (d0)>
// CHECK-DAG: #[[ALL:.*]] = affine_map<(d0, d1) -> ()>

// CHECK-LABEL: func @rows
// CHECK-SAME:      %[[X:.*]]: tensor<?x512xf32>
// CHECK:         %[[ZEROS:.*]] = linalg.fill {{.*}} -> tensor<?xi32>
// CHECK:         %[[KEYS:.*]]:2 = linalg.generic {indexing_maps = [#[[ID]], #[[ROW]], #[[ROW]]], iterator_types = ["parallel", "reduction"]} ins(%[[X]] : {{.*}}) outs(%[[ZEROS]], %[[ZEROS]] :
// CHECK-DAG:       arith.maxsi
// CHECK-DAG:       arith.minsi
// CHECK:         %[[P:.*]]:2 = linalg.generic {indexing_maps = [#[[ROW]], #[[ROW]], #[[ID]], #[[ID]]], iterator_types = ["parallel", "parallel"]} ins(%[[KEYS]]#0, %[[KEYS]]#1 : {{.*}} outs(%{{.*}} : tensor<?x1xf32>, tensor<?x1xi32>)
// CHECK:         return %[[P]]#0, %[[P]]#1
func.func @rows(%x: tensor<?x512xf32>) -> (tensor<?x1xf32>, tensor<?x1xi32>) {
  %s, %z = lowbit.choose_params %x for !lowbit.affine<8> : (tensor<?x512xf32>) -> (tensor<?x1xf32>, tensor<?x1xi32>)
  return %s, %z : tensor<?x1xf32>, tensor<?x1xi32>
}

// CHECK-LABEL: func @magnitudes
// CHECK:         %[[KEYS:.*]] = linalg.generic {indexing_maps = [#[[ID]], #[[ROW]]], iterator_types = ["parallel", "reduction"]}
// CHECK-NOT:       arith.minsi
// CHECK:         linalg.generic {indexing_maps = [#[[ROW]], #[[ID]]], {{.*}} ins(%[[KEYS]] : {{.*}} outs(%{{.*}} : tensor<4x1xf32>)
func.func @magnitudes(%x: tensor<4x512xf32>) -> tensor<4x1xf32> {
  %s = lowbit.choose_params %x for !lowbit.affine<8> : (tensor<4x512xf32>) -> tensor<4x1xf32>
  return %s : tensor<4x1xf32>
}

// Rows first, then their keys.
// CHECK-LABEL: func @layer
// CHECK:         %[[ROWS:.*]]:2 = linalg.generic {indexing_maps = [#[[ID]], #[[ROW]], #[[ROW]]], iterator_types = ["parallel", "reduction"]}
// CHECK:         %[[KEYS:.*]]:2 = linalg.generic {{.*}} iterator_types = ["reduction"]} ins(%[[ROWS]]#0, %[[ROWS]]#1 : tensor<4xi32>, tensor<4xi32>)
// CHECK:         linalg.generic {indexing_maps = [#[[ALL]], #[[ALL]], #[[ID]], #[[ID]]], {{.*}} ins(%[[KEYS]]#0, %[[KEYS]]#1 : tensor<i32>, tensor<i32>)
func.func @layer(%x: tensor<4x512xf32>) -> (tensor<1x1xf32>, tensor<1x1xi32>) {
  %s, %z = lowbit.choose_params %x for !lowbit.affine<8> : (tensor<4x512xf32>) -> (tensor<1x1xf32>, tensor<1x1xi32>)
  return %s, %z : tensor<1x1xf32>, tensor<1x1xi32>
}

// One long row is cut in several.
// CHECK-LABEL: func @one_row
// CHECK:         %[[ROWS:.*]] = tensor.expand_shape %{{.*}} {{\[\[}}0], [1, 2]] output_shape [1, 3, 8200] : tensor<1x24600xf32> into tensor<1x3x8200xf32>
// CHECK:         linalg.generic {{.*}} iterator_types = ["reduction", "parallel", "reduction"]} ins(%[[ROWS]] : {{.*}} outs(%{{.*}} : tensor<3xi32>)
// CHECK:         linalg.generic {{.*}} iterator_types = ["reduction"]}
func.func @one_row(%x: tensor<1x24600xf32>) -> tensor<1x1xf32> {
  %s = lowbit.choose_params %x for !lowbit.affine<8> : (tensor<1x24600xf32>) -> tensor<1x1xf32>
  return %s : tensor<1x1xf32>
}

// A prime number of elements has no part.
// CHECK-LABEL: func @prime_row
// CHECK-NOT:     tensor.expand_shape
// CHECK:         lowbit.choose_params
func.func @prime_row(%x: tensor<1x24611xf32>) -> tensor<1x1xf32> {
  %s = lowbit.choose_params %x for !lowbit.affine<8> : (tensor<1x24611xf32>) -> tensor<1x1xf32>
  return %s : tensor<1x1xf32>
}

// CHECK-LABEL: func @blocks
// CHECK:         lowbit.choose_params
func.func @blocks(%x: tensor<4x512xf32>) -> tensor<4x2xf32> {
  %s = lowbit.choose_params %x for !lowbit.affine<8> {block_sizes = array<i64: 1, 256>} : (tensor<4x512xf32>) -> tensor<4x2xf32>
  return %s : tensor<4x2xf32>
}

// CHECK-LABEL: func @columns
// CHECK:         lowbit.choose_params
func.func @columns(%x: tensor<4x512xf32>) -> tensor<1x512xf32> {
  %s = lowbit.choose_params %x for !lowbit.affine<8> : (tensor<4x512xf32>) -> tensor<1x512xf32>
  return %s : tensor<1x512xf32>
}

// CHECK-LABEL: func @short_rows
// CHECK:         lowbit.choose_params
func.func @short_rows(%x: tensor<?x511xf32>) -> tensor<?x1xf32> {
  %s = lowbit.choose_params %x for !lowbit.affine<8> : (tensor<?x511xf32>) -> tensor<?x1xf32>
  return %s : tensor<?x1xf32>
}

// CHECK-LABEL: func @unknown_rows
// CHECK:         lowbit.choose_params
func.func @unknown_rows(%x: tensor<4x?xf32>) -> tensor<4x1xf32> {
  %s = lowbit.choose_params %x for !lowbit.affine<8> : (tensor<4x?xf32>) -> tensor<4x1xf32>
  return %s : tensor<4x1xf32>
}

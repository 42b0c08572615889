// RUN: lowbit-opt %s --lowbit-split-reductions --canonicalize | FileCheck %s
// RUN: lowbit-opt %s --lowbit-split-reductions --canonicalize --lowbit-split-reductions --canonicalize | FileCheck %s

#id = affine_map<(m, k) -> (m, k)>
#row = affine_map<(m, k) -> (m)>

// 96 elements in 32 parts, then the sums of these in 8, then the sum of these,
// then 4 elements.
// CHECK-DAG:   #[[ID:.*]] = affine_map<(d0, d1, d2) -> (d0, d1, d2)>
// CHECK-DAG:   #[[PARTS:.*]] = affine_map<(d0, d1, d2) -> (d0, d2)>
// CHECK-LABEL: func @rest
// CHECK-SAME:      %[[X:.*]]: tensor<8x100xf32>, %[[INIT:.*]]: tensor<8xf32>
// CHECK-DAG:     %[[ZERO:.*]] = arith.constant -0.000000e+00 : f32
// CHECK:         %[[ZEROS:.*]] = linalg.fill ins(%[[ZERO]] : f32) outs(%{{.*}} : tensor<8x32xf32>)
// CHECK:         %[[WHOLE:.*]] = tensor.extract_slice %[[X]][0, 0] [8, 96] [1, 1]
// CHECK:         %[[STEPS:.*]] = tensor.expand_shape %[[WHOLE]] {{\[\[}}0], [1, 2]] output_shape [8, 3, 32]
// CHECK:         %[[SUMS:.*]] = linalg.generic {indexing_maps = [#[[ID]], #[[PARTS]]], iterator_types = ["parallel", "reduction", "parallel"]} ins(%[[STEPS]] : tensor<8x3x32xf32>) outs(%[[ZEROS]] : tensor<8x32xf32>)
// CHECK:         %[[FOURS:.*]] = tensor.expand_shape %[[SUMS]] {{\[\[}}0], [1, 2]] output_shape [8, 4, 8] : tensor<8x32xf32>
// CHECK:         %[[EIGHT:.*]] = linalg.generic {indexing_maps = [#[[ID]], #[[PARTS]]], iterator_types = ["parallel", "reduction", "parallel"]} ins(%[[FOURS]] : tensor<8x4x8xf32>) outs(%{{.*}} : tensor<8x8xf32>)
// CHECK:         %[[SUM:.*]] = linalg.generic {{.*}} ins(%[[EIGHT]] : tensor<8x8xf32>) outs(%[[INIT]] : tensor<8xf32>)
// CHECK:         %[[REST:.*]] = tensor.extract_slice %[[X]][0, 96] [8, 4] [1, 1]
// CHECK:         %[[Y:.*]] = linalg.reduce {{.*}} ins(%[[REST]] : tensor<8x4xf32>) outs(%[[SUM]] : tensor<8xf32>)
// CHECK:         return %[[Y]]
func.func @rest(%x: tensor<8x100xf32>, %init: tensor<8xf32>) -> tensor<8xf32> {
  %y = linalg.reduce {arith.addf} ins(%x : tensor<8x100xf32>) outs(%init : tensor<8xf32>) dimensions = [1]
  return %y : tensor<8xf32>
}

// CHECK-LABEL: func @nothing
// CHECK:         linalg.reduce {{.*}} ins(%{{.*}} : tensor<0x17xf32>)
func.func @nothing(%x: tensor<0x17xf32>, %init: tensor<0xf32>) -> tensor<0xf32> {
  %y = linalg.reduce {arith.addf} ins(%x : tensor<0x17xf32>) outs(%init : tensor<0xf32>) dimensions = [1]
  return %y : tensor<0xf32>
}

// Parts hold what the op computes before it combines.
// CHECK-LABEL: func @mapped
// CHECK-SAME:      %[[X:.*]]: tensor<8x64xi8>, %[[S:.*]]: tensor<8xi32>, %[[INIT:.*]]: tensor<8xi32>
// CHECK:         %[[STEPS:.*]] = tensor.expand_shape %[[X]]
// CHECK:         linalg.generic {{.*}} ins(%[[STEPS]], %[[S]] : tensor<8x2x32xi8>, tensor<8xi32>) outs(%{{.*}} : tensor<8x32xi32>)
// CHECK:           arith.muli
// CHECK:           arith.maxsi
// CHECK:         %[[Y:.*]] = linalg.generic {{.*}} outs(%[[INIT]] : tensor<8xi32>)
// CHECK-NOT:       arith.muli
// CHECK:           arith.maxsi
// CHECK:         return %[[Y]]
func.func @mapped(%x: tensor<8x64xi8>, %s: tensor<8xi32>, %init: tensor<8xi32>) -> tensor<8xi32> {
  %y = linalg.generic {indexing_maps = [#id, #row, #row], iterator_types = ["parallel", "reduction"]}
      ins(%x, %s : tensor<8x64xi8>, tensor<8xi32>) outs(%init : tensor<8xi32>) {
  ^bb0(%a: i8, %b: i32, %out: i32):
    %e = arith.extsi %a : i8 to i32
    %p = arith.muli %e, %b : i32
    %m = arith.maxsi %p, %out : i32
    linalg.yield %m : i32
  } -> tensor<8xi32>
  return %y : tensor<8xi32>
}

// CHECK-LABEL: func @unknown_extent
// CHECK:         tensor.expand_shape {{.*}} tensor<?x?xf32> into tensor<?x?x32xf32>
// CHECK:         tensor.expand_shape {{.*}} tensor<?x32xf32> into tensor<?x4x8xf32>
// CHECK:         tensor.expand_shape {{.*}} tensor<?x?xf32> into tensor<?x?x8xf32>
// CHECK-NOT:     tensor.expand_shape
func.func @unknown_extent(%x: tensor<?x?xf32>, %init: tensor<?xf32>) -> tensor<?xf32> {
  %y = linalg.reduce {arith.maximumf} ins(%x : tensor<?x?xf32>) outs(%init : tensor<?xf32>) dimensions = [1]
  return %y : tensor<?xf32>
}

// CHECK-LABEL: func @vector_of_a_matrix
// CHECK:         tensor.expand_shape {{.*}} into tensor<8x2x32xf32>
// CHECK:         tensor.expand_shape {{.*}} into tensor<2x32xf32>
func.func @vector_of_a_matrix(%x: tensor<8x64xf32>, %v: tensor<64xf32>, %init: tensor<8xf32>) -> tensor<8xf32> {
  %y = linalg.matvec ins(%x, %v : tensor<8x64xf32>, tensor<64xf32>) outs(%init : tensor<8xf32>) -> tensor<8xf32>
  return %y : tensor<8xf32>
}

// CHECK-LABEL: func @outer
// CHECK-NOT:     expand_shape
// CHECK:         return
func.func @outer(%x: tensor<100x8xf32>, %init: tensor<8xf32>) -> tensor<8xf32> {
  %y = linalg.reduce {arith.addf} ins(%x : tensor<100x8xf32>) outs(%init : tensor<8xf32>) dimensions = [0]
  return %y : tensor<8xf32>
}

// What is left of 32 parts continues the 8.
// CHECK-LABEL: func @rest_of_parts
// CHECK-SAME:      %[[X:.*]]: tensor<8x119xf32>
// CHECK:         linalg.generic {{.*}} ins(%{{.*}} : tensor<8x3x32xf32>) outs(%{{.*}} : tensor<8x32xf32>)
// CHECK:         %[[EIGHT:.*]] = linalg.generic {{.*}} ins(%{{.*}} : tensor<8x4x8xf32>) outs(%{{.*}} : tensor<8x8xf32>)
// CHECK:         %[[MIDDLE:.*]] = tensor.extract_slice %[[X]][0, 96] [8, 16] [1, 1]
// CHECK:         %[[STEPS:.*]] = tensor.expand_shape %[[MIDDLE]] {{.*}} output_shape [8, 2, 8]
// CHECK:         %[[ALL:.*]] = linalg.generic {{.*}} ins(%[[STEPS]] : tensor<8x2x8xf32>) outs(%[[EIGHT]] : tensor<8x8xf32>)
// CHECK:         %[[SUM:.*]] = linalg.generic {{.*}} ins(%[[ALL]] : tensor<8x8xf32>)
// CHECK:         %[[REST:.*]] = tensor.extract_slice %[[X]][0, 112] [8, 7] [1, 1]
// CHECK:         linalg.reduce {{.*}} ins(%[[REST]] : tensor<8x7xf32>) outs(%[[SUM]] : tensor<8xf32>)
func.func @rest_of_parts(%x: tensor<8x119xf32>, %init: tensor<8xf32>) -> tensor<8xf32> {
  %y = linalg.reduce {arith.addf} ins(%x : tensor<8x119xf32>) outs(%init : tensor<8xf32>) dimensions = [1]
  return %y : tensor<8xf32>
}

// Less than two steps of 32 have 8 parts.
// CHECK-LABEL: func @few
// CHECK-SAME:      %[[X:.*]]: tensor<8x63xf32>, %[[INIT:.*]]: tensor<8xf32>
// CHECK:         %[[ZEROS:.*]] = linalg.fill {{.*}} outs(%{{.*}} : tensor<8x8xf32>)
// CHECK:         %[[WHOLE:.*]] = tensor.extract_slice %[[X]][0, 0] [8, 56] [1, 1]
// CHECK:         %[[STEPS:.*]] = tensor.expand_shape %[[WHOLE]] {{.*}} output_shape [8, 7, 8]
// CHECK:         %[[EIGHT:.*]] = linalg.generic {{.*}} ins(%[[STEPS]] : tensor<8x7x8xf32>) outs(%[[ZEROS]] : tensor<8x8xf32>)
// CHECK:         %[[SUM:.*]] = linalg.generic {{.*}} ins(%[[EIGHT]] : tensor<8x8xf32>) outs(%[[INIT]] : tensor<8xf32>)
// CHECK:         %[[REST:.*]] = tensor.extract_slice %[[X]][0, 56] [8, 7] [1, 1]
// CHECK:         linalg.reduce {{.*}} ins(%[[REST]] : tensor<8x7xf32>) outs(%[[SUM]] : tensor<8xf32>)
func.func @few(%x: tensor<8x63xf32>, %init: tensor<8xf32>) -> tensor<8xf32> {
  %y = linalg.reduce {arith.addf} ins(%x : tensor<8x63xf32>) outs(%init : tensor<8xf32>) dimensions = [1]
  return %y : tensor<8xf32>
}

// CHECK-LABEL: func @short
// CHECK-NOT:     expand_shape
// CHECK:         return
func.func @short(%x: tensor<8x15xf32>, %init: tensor<8xf32>) -> tensor<8xf32> {
  %y = linalg.reduce {arith.addf} ins(%x : tensor<8x15xf32>) outs(%init : tensor<8xf32>) dimensions = [1]
  return %y : tensor<8xf32>
}

// CHECK-LABEL: func @matmul
// CHECK-NOT:     expand_shape
// CHECK:         return
func.func @matmul(%x: tensor<8x64xf32>, %w: tensor<64x4xf32>, %init: tensor<8x4xf32>) -> tensor<8x4xf32> {
  %y = linalg.matmul ins(%x, %w : tensor<8x64xf32>, tensor<64x4xf32>) outs(%init : tensor<8x4xf32>) -> tensor<8x4xf32>
  return %y : tensor<8x4xf32>
}

// CHECK-LABEL: func @no_neutral_element
// CHECK-NOT:     expand_shape
// CHECK:         return
func.func @no_neutral_element(%x: tensor<8x64xi32>, %init: tensor<8xi32>) -> tensor<8xi32> {
  %y = linalg.reduce ins(%x : tensor<8x64xi32>) outs(%init : tensor<8xi32>) dimensions = [1]
    (%a: i32, %out: i32) {
      %d = arith.subi %out, %a : i32
      linalg.yield %d : i32
    }
  return %y : tensor<8xi32>
}

// CHECK-LABEL: func @indices
// CHECK-NOT:     expand_shape
// CHECK:         return
func.func @indices(%x: tensor<8x64xi32>, %init: tensor<8xi32>) -> tensor<8xi32> {
  %y = linalg.generic {indexing_maps = [#id, #row], iterator_types = ["parallel", "reduction"]}
      ins(%x : tensor<8x64xi32>) outs(%init : tensor<8xi32>) {
  ^bb0(%a: i32, %out: i32):
    %i = linalg.index 1 : index
    %e = arith.index_cast %i : index to i32
    %p = arith.muli %e, %a : i32
    %s = arith.addi %p, %out : i32
    linalg.yield %s : i32
  } -> tensor<8xi32>
  return %y : tensor<8xi32>
}

// Each of two results has its parts.
// CHECK-LABEL: func @two_results
// CHECK:         %[[PARTS:.*]]:2 = linalg.generic {{.*}} iterator_types = ["parallel", "reduction", "parallel"]} ins(%{{.*}} : tensor<8x3x32xi32>) outs(%{{.*}}, %{{.*}} : tensor<8x32xi32>, tensor<8x32xi32>)
// CHECK-DAG:     %[[LOW:.*]] = tensor.expand_shape %[[PARTS]]#0
// CHECK-DAG:     %[[HIGH:.*]] = tensor.expand_shape %[[PARTS]]#1
// CHECK:         %[[FEW:.*]]:2 = linalg.generic {{.*}} ins(%[[LOW]], %[[HIGH]] :
// CHECK:         %[[SUM:.*]]:2 = linalg.generic {{.*}} ins(%[[FEW]]#0, %[[FEW]]#1 : {{.*}} outs(%arg1, %arg2 :
// CHECK:         ^bb0(%[[A:.*]]: i32, %[[B:.*]]: i32, %[[L:.*]]: i32, %[[H:.*]]: i32):
// CHECK-NEXT:      arith.minsi %[[L]], %[[A]]
// CHECK-NEXT:      arith.maxsi %[[H]], %[[B]]
// CHECK:         %[[Y:.*]]:2 = linalg.generic {{.*}} ins(%{{.*}} : tensor<8x4xi32>) outs(%[[SUM]]#0, %[[SUM]]#1 :
// CHECK:         return %[[Y]]#0, %[[Y]]#1
func.func @two_results(%x: tensor<8x100xi32>, %low: tensor<8xi32>, %high: tensor<8xi32>) -> (tensor<8xi32>, tensor<8xi32>) {
  %y:2 = linalg.generic {indexing_maps = [affine_map<(m, k) -> (m, k)>, affine_map<(m, k) -> (m)>, affine_map<(m, k) -> (m)>],
      iterator_types = ["parallel", "reduction"]} ins(%x : tensor<8x100xi32>) outs(%low, %high : tensor<8xi32>, tensor<8xi32>) {
  ^bb0(%a: i32, %l: i32, %h: i32):
    %p = arith.minsi %l, %a : i32
    %q = arith.maxsi %h, %a : i32
    linalg.yield %p, %q : i32, i32
  } -> (tensor<8xi32>, tensor<8xi32>)
  return %y#0, %y#1 : tensor<8xi32>, tensor<8xi32>
}

// What starts from a number is never NaN: one comparison finds the larger number.
// CHECK-LABEL: func @numbers
// CHECK:         %[[LOWEST:.*]] = arith.constant 0xFF800000 : f32
// CHECK:         linalg.fill ins(%[[LOWEST]] : f32) outs(%{{.*}} : tensor<8x32xf32>)
// CHECK:         ^bb0(%[[X:.*]]: f32, %[[MOST:.*]]: f32):
// CHECK-NEXT:      %[[MORE:.*]] = arith.cmpf ogt, %[[X]], %[[MOST]] : f32
// CHECK-NEXT:      arith.select %[[MORE]], %[[X]], %[[MOST]] : f32
func.func @numbers(%x: tensor<8x64xf32>, %e: tensor<8xf32>) -> tensor<8xf32> {
  %zero = arith.constant 0.0 : f32
  %init = linalg.fill ins(%zero : f32) outs(%e : tensor<8xf32>) -> tensor<8xf32>
  %y = linalg.reduce {arith.maxnumf} ins(%x : tensor<8x64xf32>) outs(%init : tensor<8xf32>) dimensions = [1]
  return %y : tensor<8xf32>
}

// CHECK-LABEL: func @smallest_number
// CHECK:         %[[HIGHEST:.*]] = arith.constant 0x7F800000 : f32
// CHECK:         linalg.fill ins(%[[HIGHEST]] : f32) outs(%{{.*}} : tensor<8x32xf32>)
// CHECK:         arith.cmpf olt
func.func @smallest_number(%x: tensor<8x64xf32>, %e: tensor<8xf32>) -> tensor<8xf32> {
  %zero = arith.constant 0.0 : f32
  %init = linalg.fill ins(%zero : f32) outs(%e : tensor<8xf32>) -> tensor<8xf32>
  %y = linalg.reduce {arith.minnumf} ins(%x : tensor<8x64xf32>) outs(%init : tensor<8xf32>) dimensions = [1]
  return %y : tensor<8xf32>
}

// CHECK-LABEL: func @perhaps_no_number
// CHECK-NOT:     arith.cmpf
// CHECK:         arith.maxnumf
func.func @perhaps_no_number(%x: tensor<8x64xf32>, %init: tensor<8xf32>) -> tensor<8xf32> {
  %y = linalg.reduce {arith.maxnumf} ins(%x : tensor<8x64xf32>) outs(%init : tensor<8xf32>) dimensions = [1]
  return %y : tensor<8xf32>
}

// CHECK-LABEL: func @no_number
// CHECK-NOT:     arith.cmpf
// CHECK:         arith.maxnumf
func.func @no_number(%x: tensor<8x64xf32>, %e: tensor<8xf32>) -> tensor<8xf32> {
  %nan = arith.constant 0x7FC00000 : f32
  %init = linalg.fill ins(%nan : f32) outs(%e : tensor<8xf32>) -> tensor<8xf32>
  %y = linalg.reduce {arith.maxnumf} ins(%x : tensor<8x64xf32>) outs(%init : tensor<8xf32>) dimensions = [1]
  return %y : tensor<8xf32>
}

// RUN: lowbit-opt %s --lowbit-split-searches --canonicalize | FileCheck %s
// RUN: lowbit-opt %s --lowbit-split-searches --canonicalize --lowbit-split-searches --canonicalize | FileCheck %s

#id = affine_map<(m, k) -> (m, k)>
#row = affine_map<(m, k) -> (m)>

// Positions of parts and of the rest are those in the whole row; equal elements
// of parts are compared by them.
// CHECK-LABEL: func @first_largest
// CHECK-SAME:      %[[X:[^:]*]]: tensor<8x100xf32>
// CHECK-DAG:     %[[ZERO:.*]] = arith.constant 0 : i32
// CHECK-DAG:     %[[LOWEST:.*]] = arith.constant 0xFF800000 : f32
// CHECK:         %[[AT:.*]] = linalg.fill ins(%[[ZERO]] : i32) outs(%{{.*}} : tensor<8xi32>)
// CHECK:         %[[BEST:.*]] = linalg.fill ins(%[[LOWEST]] : f32) outs(%{{.*}} : tensor<8xf32>)
// CHECK-DAG:     linalg.fill ins(%[[ZERO]] : i32) outs(%{{.*}} : tensor<8x32xi32>)
// CHECK-DAG:     linalg.fill ins(%[[LOWEST]] : f32) outs(%{{.*}} : tensor<8x32xf32>)
// CHECK:         %[[STEPS:.*]] = tensor.expand_shape %{{.*}} {{\[\[}}0], [1, 2]] output_shape [8, 3, 32]
// CHECK:         linalg.generic {{.*}} iterator_types = ["parallel", "reduction", "parallel"]} ins(%[[STEPS]] : tensor<8x3x32xf32>) outs(%{{.*}} : tensor<8x32xi32>, tensor<8x32xf32>)
// CHECK:           %[[STEP:.*]] = linalg.index 1 : index
// CHECK:           %[[FIRST:.*]] = arith.muli %[[STEP]], %c32 : index
// CHECK:           %[[PART:.*]] = linalg.index 2 : index
// CHECK:           %[[K:.*]] = arith.addi %[[FIRST]], %[[PART]] : index
// CHECK:           arith.index_cast %[[K]] : index to i32
// CHECK:           arith.cmpf ogt
// CHECK:         linalg.generic {{.*}} ins(%{{.*}} : tensor<8x4x8xi32>, tensor<8x4x8xf32>) outs(%{{.*}} : tensor<8x8xi32>, tensor<8x8xf32>)
// CHECK:         %[[FOUND:.*]]:2 = linalg.generic {{.*}} ins(%{{.*}} : tensor<8x8xi32>, tensor<8x8xf32>) outs(%[[AT]], %[[BEST]] : tensor<8xi32>, tensor<8xf32>)
// CHECK:         ^bb0(%[[I:.*]]: i32, %[[A:.*]]: f32, %[[J:.*]]: i32, %[[B:.*]]: f32):
// CHECK-DAG:       %[[NEXT:.*]] = arith.cmpf ogt, %[[A]], %[[B]] : f32
// CHECK-DAG:       %[[LAST:.*]] = arith.cmpf ogt, %[[B]], %[[A]] : f32
// CHECK-DAG:       %[[FIRST:.*]] = arith.cmpi ult, %[[I]], %[[J]] : i32
// CHECK:           %[[EARLIER:.*]] = arith.select %[[LAST]], %false, %[[FIRST]] : i1
// CHECK:           %[[TAKEN:.*]] = arith.ori %[[NEXT]], %[[EARLIER]] : i1
// CHECK:           arith.select %[[TAKEN]], %[[I]], %[[J]] : i32
// CHECK:           arith.select %[[TAKEN]], %[[A]], %[[B]] : f32
// CHECK:         %[[REST:.*]] = tensor.extract_slice %[[X]][0, 96] [8, 4] [1, 1]
// CHECK:         linalg.generic {{.*}} ins(%[[REST]] : tensor<8x4xf32>) outs(%[[FOUND]]#0, %[[FOUND]]#1 :
// CHECK:           %[[K:.*]] = linalg.index 1 : index
// CHECK:           arith.addi %[[K]], %c96 : index
func.func @first_largest(%x: tensor<8x100xf32>, %i: tensor<8xi32>, %v: tensor<8xf32>) -> (tensor<8xi32>, tensor<8xf32>) {
  %zero = arith.constant 0 : i32
  %lowest = arith.constant 0xFF800000 : f32
  %at = linalg.fill ins(%zero : i32) outs(%i : tensor<8xi32>) -> tensor<8xi32>
  %best = linalg.fill ins(%lowest : f32) outs(%v : tensor<8xf32>) -> tensor<8xf32>
  %y:2 = linalg.generic {indexing_maps = [#id, #row, #row], iterator_types = ["parallel", "reduction"]}
      ins(%x : tensor<8x100xf32>) outs(%at, %best : tensor<8xi32>, tensor<8xf32>) {
  ^bb0(%a: f32, %j: i32, %b: f32):
    %k = linalg.index 1 : index
    %h = arith.index_cast %k : index to i32
    %c = arith.cmpf ogt, %a, %b : f32
    %n = arith.select %c, %a, %b : f32
    %p = arith.select %c, %h, %j : i32
    linalg.yield %p, %n : i32, f32
  } -> (tensor<8xi32>, tensor<8xf32>)
  return %y#0, %y#1 : tensor<8xi32>, tensor<8xf32>
}

// What is left of 32 parts continues the 8 that these leave.
// CHECK-LABEL: func @rest_of_parts
// CHECK:         linalg.generic {{.*}} ins(%{{.*}} : tensor<8x3x32xf32>)
// CHECK:         %[[EIGHT:.*]]:2 = linalg.generic {{.*}} ins(%{{.*}} : tensor<8x4x8xi32>, tensor<8x4x8xf32>)
// CHECK:         linalg.generic {{.*}} ins(%{{.*}} : tensor<8x2x8xf32>) outs(%[[EIGHT]]#0, %[[EIGHT]]#1 :
// CHECK:           %[[STEP:.*]] = linalg.index 1 : index
// CHECK:           %[[STEPS:.*]] = arith.muli %[[STEP]], %c8 : index
// CHECK:           %[[FIRST:.*]] = arith.addi %[[STEPS]], %c96 : index
// CHECK:           %[[PART:.*]] = linalg.index 2 : index
// CHECK:           arith.addi %[[FIRST]], %[[PART]] : index
// CHECK:         linalg.generic {{.*}} ins(%{{.*}} : tensor<8x7xf32>)
// CHECK:           arith.addi %{{.*}}, %c112 : index
func.func @rest_of_parts(%x: tensor<8x119xf32>, %i: tensor<8xi32>, %v: tensor<8xf32>) -> (tensor<8xi32>, tensor<8xf32>) {
  %zero = arith.constant 0 : i32
  %lowest = arith.constant 0xFF800000 : f32
  %at = linalg.fill ins(%zero : i32) outs(%i : tensor<8xi32>) -> tensor<8xi32>
  %best = linalg.fill ins(%lowest : f32) outs(%v : tensor<8xf32>) -> tensor<8xf32>
  %y:2 = linalg.generic {indexing_maps = [#id, #row, #row], iterator_types = ["parallel", "reduction"]}
      ins(%x : tensor<8x119xf32>) outs(%at, %best : tensor<8xi32>, tensor<8xf32>) {
  ^bb0(%a: f32, %j: i32, %b: f32):
    %k = linalg.index 1 : index
    %h = arith.index_cast %k : index to i32
    %c = arith.cmpf ogt, %a, %b : f32
    %n = arith.select %c, %a, %b : f32
    %p = arith.select %c, %h, %j : i32
    linalg.yield %p, %n : i32, f32
  } -> (tensor<8xi32>, tensor<8xf32>)
  return %y#0, %y#1 : tensor<8xi32>, tensor<8xf32>
}

// NaN is larger than all numbers.
// CHECK-LABEL: func @first_nan
// CHECK:         linalg.generic {{.*}} ins(%{{.*}} : tensor<8x2x32xf32>)
// CHECK:         ^bb0(%{{.*}}: i32, %[[A:.*]]: f32, %{{.*}}: i32, %[[B:.*]]: f32):
// CHECK-DAG:       arith.cmpf ugt, %[[A]], %[[B]] : f32
// CHECK-DAG:       arith.cmpf ord, %[[B]], %[[B]] : f32
// CHECK-DAG:       arith.cmpf ugt, %[[B]], %[[A]] : f32
// CHECK-DAG:       arith.cmpf ord, %[[A]], %[[A]] : f32
// CHECK:         return
func.func @first_nan(%x: tensor<8x64xf32>, %i: tensor<8xi32>, %v: tensor<8xf32>) -> (tensor<8xi32>, tensor<8xf32>) {
  %zero = arith.constant 0 : i32
  %lowest = arith.constant 0xFF800000 : f32
  %at = linalg.fill ins(%zero : i32) outs(%i : tensor<8xi32>) -> tensor<8xi32>
  %best = linalg.fill ins(%lowest : f32) outs(%v : tensor<8xf32>) -> tensor<8xf32>
  %y:2 = linalg.generic {indexing_maps = [#id, #row, #row], iterator_types = ["parallel", "reduction"]}
      ins(%x : tensor<8x64xf32>) outs(%at, %best : tensor<8xi32>, tensor<8xf32>) {
  ^bb0(%a: f32, %j: i32, %b: f32):
    %k = linalg.index 1 : index
    %h = arith.index_cast %k : index to i32
    %u = arith.cmpf ugt, %a, %b : f32
    %o = arith.cmpf ord, %b, %b : f32
    %c = arith.andi %u, %o : i1
    %n = arith.select %c, %a, %b : f32
    %p = arith.select %c, %h, %j : i32
    linalg.yield %p, %n : i32, f32
  } -> (tensor<8xi32>, tensor<8xf32>)
  return %y#0, %y#1 : tensor<8xi32>, tensor<8xf32>
}

// CHECK-LABEL: func @smallest_of_unknown_extent
// CHECK:         linalg.generic {{.*}} ins(%{{.*}} : tensor<8x?x32xi8>) outs(%{{.*}} : tensor<8x32xi8>, tensor<8x32xi64>)
// CHECK:         ^bb0(%[[A:.*]]: i8, %{{.*}}: i64, %[[B:.*]]: i8, %{{.*}}: i64):
// CHECK-DAG:       arith.cmpi sgt, %[[B]], %[[A]] : i8
// CHECK-DAG:       arith.cmpi sgt, %[[A]], %[[B]] : i8
func.func @smallest_of_unknown_extent(%x: tensor<8x?xi8>, %v: tensor<8xi8>, %i: tensor<8xi64>) -> (tensor<8xi8>, tensor<8xi64>) {
  %zero = arith.constant 0 : i64
  %lowest = arith.constant 127 : i8
  %at = linalg.fill ins(%zero : i64) outs(%i : tensor<8xi64>) -> tensor<8xi64>
  %best = linalg.fill ins(%lowest : i8) outs(%v : tensor<8xi8>) -> tensor<8xi8>
  %y:2 = linalg.generic {indexing_maps = [#id, #row, #row], iterator_types = ["parallel", "reduction"]}
      ins(%x : tensor<8x?xi8>) outs(%best, %at : tensor<8xi8>, tensor<8xi64>) {
  ^bb0(%a: i8, %b: i8, %j: i64):
    %k = linalg.index 1 : index
    %h = arith.index_cast %k : index to i64
    %c = arith.cmpi sgt, %b, %a : i8
    %n = arith.select %c, %a, %b : i8
    %p = arith.select %c, %h, %j : i64
    linalg.yield %n, %p : i8, i64
  } -> (tensor<8xi8>, tensor<8xi64>)
  return %y#0, %y#1 : tensor<8xi8>, tensor<8xi64>
}

// The last of equals.
// CHECK-LABEL: func @last_largest
// CHECK-NOT:     expand_shape
// CHECK:         return
func.func @last_largest(%x: tensor<8x100xf32>, %i: tensor<8xi32>, %v: tensor<8xf32>) -> (tensor<8xi32>, tensor<8xf32>) {
  %zero = arith.constant 0 : i32
  %lowest = arith.constant 0xFF800000 : f32
  %at = linalg.fill ins(%zero : i32) outs(%i : tensor<8xi32>) -> tensor<8xi32>
  %best = linalg.fill ins(%lowest : f32) outs(%v : tensor<8xf32>) -> tensor<8xf32>
  %y:2 = linalg.generic {indexing_maps = [#id, #row, #row], iterator_types = ["parallel", "reduction"]}
      ins(%x : tensor<8x100xf32>) outs(%at, %best : tensor<8xi32>, tensor<8xf32>) {
  ^bb0(%a: f32, %j: i32, %b: f32):
    %k = linalg.index 1 : index
    %h = arith.index_cast %k : index to i32
    %c = arith.cmpf oge, %a, %b : f32
    %n = arith.select %c, %a, %b : f32
    %p = arith.select %c, %h, %j : i32
    linalg.yield %p, %n : i32, f32
  } -> (tensor<8xi32>, tensor<8xf32>)
  return %y#0, %y#1 : tensor<8xi32>, tensor<8xf32>
}

// What NaN wins against, too.
// CHECK-LABEL: func @unordered
// CHECK-NOT:     expand_shape
// CHECK:         return
func.func @unordered(%x: tensor<8x100xf32>, %i: tensor<8xi32>, %v: tensor<8xf32>) -> (tensor<8xi32>, tensor<8xf32>) {
  %zero = arith.constant 0 : i32
  %lowest = arith.constant 0xFF800000 : f32
  %at = linalg.fill ins(%zero : i32) outs(%i : tensor<8xi32>) -> tensor<8xi32>
  %best = linalg.fill ins(%lowest : f32) outs(%v : tensor<8xf32>) -> tensor<8xf32>
  %y:2 = linalg.generic {indexing_maps = [#id, #row, #row], iterator_types = ["parallel", "reduction"]}
      ins(%x : tensor<8x100xf32>) outs(%at, %best : tensor<8xi32>, tensor<8xf32>) {
  ^bb0(%a: f32, %j: i32, %b: f32):
    %k = linalg.index 1 : index
    %h = arith.index_cast %k : index to i32
    %c = arith.cmpf ugt, %a, %b : f32
    %n = arith.select %c, %a, %b : f32
    %p = arith.select %c, %h, %j : i32
    linalg.yield %p, %n : i32, f32
  } -> (tensor<8xi32>, tensor<8xf32>)
  return %y#0, %y#1 : tensor<8xi32>, tensor<8xf32>
}

// NaN is the largest, but not found.
// CHECK-LABEL: func @maximum
// CHECK-NOT:     expand_shape
// CHECK:         return
func.func @maximum(%x: tensor<8x100xf32>, %i: tensor<8xi32>, %v: tensor<8xf32>) -> (tensor<8xi32>, tensor<8xf32>) {
  %zero = arith.constant 0 : i32
  %lowest = arith.constant 0xFF800000 : f32
  %at = linalg.fill ins(%zero : i32) outs(%i : tensor<8xi32>) -> tensor<8xi32>
  %best = linalg.fill ins(%lowest : f32) outs(%v : tensor<8xf32>) -> tensor<8xf32>
  %y:2 = linalg.generic {indexing_maps = [#id, #row, #row], iterator_types = ["parallel", "reduction"]}
      ins(%x : tensor<8x100xf32>) outs(%at, %best : tensor<8xi32>, tensor<8xf32>) {
  ^bb0(%a: f32, %j: i32, %b: f32):
    %k = linalg.index 1 : index
    %h = arith.index_cast %k : index to i32
    %c = arith.cmpf ogt, %a, %b : f32
    %n = arith.maximumf %a, %b : f32
    %p = arith.select %c, %h, %j : i32
    linalg.yield %p, %n : i32, f32
  } -> (tensor<8xi32>, tensor<8xf32>)
  return %y#0, %y#1 : tensor<8xi32>, tensor<8xf32>
}

// The position is that of the row.
// CHECK-LABEL: func @row_number
// CHECK-NOT:     expand_shape
// CHECK:         return
func.func @row_number(%x: tensor<8x100xf32>, %i: tensor<8xi32>, %v: tensor<8xf32>) -> (tensor<8xi32>, tensor<8xf32>) {
  %zero = arith.constant 0 : i32
  %lowest = arith.constant 0xFF800000 : f32
  %at = linalg.fill ins(%zero : i32) outs(%i : tensor<8xi32>) -> tensor<8xi32>
  %best = linalg.fill ins(%lowest : f32) outs(%v : tensor<8xf32>) -> tensor<8xf32>
  %y:2 = linalg.generic {indexing_maps = [#id, #row, #row], iterator_types = ["parallel", "reduction"]}
      ins(%x : tensor<8x100xf32>) outs(%at, %best : tensor<8xi32>, tensor<8xf32>) {
  ^bb0(%a: f32, %j: i32, %b: f32):
    %k = linalg.index 0 : index
    %h = arith.index_cast %k : index to i32
    %c = arith.cmpf ogt, %a, %b : f32
    %n = arith.select %c, %a, %b : f32
    %p = arith.select %c, %h, %j : i32
    linalg.yield %p, %n : i32, f32
  } -> (tensor<8xi32>, tensor<8xf32>)
  return %y#0, %y#1 : tensor<8xi32>, tensor<8xf32>
}

// Positions beyond 32767 are negative.
// CHECK-LABEL: func @narrow_positions
// CHECK-NOT:     expand_shape
// CHECK:         return
func.func @narrow_positions(%x: tensor<8x100xf32>, %i: tensor<8xi16>, %v: tensor<8xf32>) -> (tensor<8xi16>, tensor<8xf32>) {
  %zero = arith.constant 0 : i16
  %lowest = arith.constant 0xFF800000 : f32
  %at = linalg.fill ins(%zero : i16) outs(%i : tensor<8xi16>) -> tensor<8xi16>
  %best = linalg.fill ins(%lowest : f32) outs(%v : tensor<8xf32>) -> tensor<8xf32>
  %y:2 = linalg.generic {indexing_maps = [#id, #row, #row], iterator_types = ["parallel", "reduction"]}
      ins(%x : tensor<8x100xf32>) outs(%at, %best : tensor<8xi16>, tensor<8xf32>) {
  ^bb0(%a: f32, %j: i16, %b: f32):
    %k = linalg.index 1 : index
    %h = arith.index_cast %k : index to i16
    %c = arith.cmpf ogt, %a, %b : f32
    %n = arith.select %c, %a, %b : f32
    %p = arith.select %c, %h, %j : i16
    linalg.yield %p, %n : i16, f32
  } -> (tensor<8xi16>, tensor<8xf32>)
  return %y#0, %y#1 : tensor<8xi16>, tensor<8xf32>
}

// Parts hold what the op computes before it compares.
// CHECK-LABEL: func @computed
// CHECK:         linalg.generic {{.*}} ins(%{{.*}} : tensor<8x2x32xf32>)
// CHECK:           arith.mulf
// CHECK:         linalg.generic
// CHECK-NOT:       arith.mulf
// CHECK:         return
func.func @computed(%x: tensor<8x64xf32>, %i: tensor<8xi32>, %v: tensor<8xf32>) -> (tensor<8xi32>, tensor<8xf32>) {
  %zero = arith.constant 0 : i32
  %lowest = arith.constant 0xFF800000 : f32
  %at = linalg.fill ins(%zero : i32) outs(%i : tensor<8xi32>) -> tensor<8xi32>
  %best = linalg.fill ins(%lowest : f32) outs(%v : tensor<8xf32>) -> tensor<8xf32>
  %y:2 = linalg.generic {indexing_maps = [#id, #row, #row], iterator_types = ["parallel", "reduction"]}
      ins(%x : tensor<8x64xf32>) outs(%at, %best : tensor<8xi32>, tensor<8xf32>) {
  ^bb0(%a: f32, %j: i32, %b: f32):
    %k = linalg.index 1 : index
    %h = arith.index_cast %k : index to i32
    %e = arith.mulf %a, %a : f32
    %c = arith.cmpf olt, %e, %b : f32
    %n = arith.select %c, %e, %b : f32
    %p = arith.select %c, %h, %j : i32
    linalg.yield %p, %n : i32, f32
  } -> (tensor<8xi32>, tensor<8xf32>)
  return %y#0, %y#1 : tensor<8xi32>, tensor<8xf32>
}

// What follows depends on what is found so far.
// CHECK-LABEL: func @of_the_best
// CHECK-NOT:     expand_shape
// CHECK:         return
func.func @of_the_best(%x: tensor<8x64xf32>, %i: tensor<8xi32>, %v: tensor<8xf32>) -> (tensor<8xi32>, tensor<8xf32>) {
  %zero = arith.constant 0 : i32
  %lowest = arith.constant 0xFF800000 : f32
  %at = linalg.fill ins(%zero : i32) outs(%i : tensor<8xi32>) -> tensor<8xi32>
  %best = linalg.fill ins(%lowest : f32) outs(%v : tensor<8xf32>) -> tensor<8xf32>
  %y:2 = linalg.generic {indexing_maps = [#id, #row, #row], iterator_types = ["parallel", "reduction"]}
      ins(%x : tensor<8x64xf32>) outs(%at, %best : tensor<8xi32>, tensor<8xf32>) {
  ^bb0(%a: f32, %j: i32, %b: f32):
    %k = linalg.index 1 : index
    %h = arith.index_cast %k : index to i32
    %e = arith.mulf %a, %b : f32
    %c = arith.cmpf olt, %e, %b : f32
    %n = arith.select %c, %e, %b : f32
    %p = arith.select %c, %h, %j : i32
    linalg.yield %p, %n : i32, f32
  } -> (tensor<8xi32>, tensor<8xf32>)
  return %y#0, %y#1 : tensor<8xi32>, tensor<8xf32>
}

// The first of equals in a plane need not be the first in its row.
// CHECK-LABEL: func @planes
// CHECK-NOT:     expand_shape
// CHECK:         return
func.func @planes(%x: tensor<8x4x64xf32>, %i: tensor<8xi32>, %v: tensor<8xf32>) -> (tensor<8xi32>, tensor<8xf32>) {
  %zero = arith.constant 0 : i32
  %lowest = arith.constant 0xFF800000 : f32
  %at = linalg.fill ins(%zero : i32) outs(%i : tensor<8xi32>) -> tensor<8xi32>
  %best = linalg.fill ins(%lowest : f32) outs(%v : tensor<8xf32>) -> tensor<8xf32>
  %y:2 = linalg.generic {indexing_maps = [affine_map<(m, h, k) -> (m, h, k)>, affine_map<(m, h, k) -> (m)>, affine_map<(m, h, k) -> (m)>],
      iterator_types = ["parallel", "reduction", "reduction"]}
      ins(%x : tensor<8x4x64xf32>) outs(%at, %best : tensor<8xi32>, tensor<8xf32>) {
  ^bb0(%a: f32, %j: i32, %b: f32):
    %k = linalg.index 2 : index
    %h = arith.index_cast %k : index to i32
    %c = arith.cmpf ogt, %a, %b : f32
    %n = arith.select %c, %a, %b : f32
    %p = arith.select %c, %h, %j : i32
    linalg.yield %p, %n : i32, f32
  } -> (tensor<8xi32>, tensor<8xf32>)
  return %y#0, %y#1 : tensor<8xi32>, tensor<8xf32>
}

// CHECK-LABEL: func @unknown_start
// CHECK-NOT:     expand_shape
// CHECK:         return
func.func @unknown_start(%x: tensor<8x100xf32>, %i: tensor<8xi32>, %v: tensor<8xf32>) -> (tensor<8xi32>, tensor<8xf32>) {
  %y:2 = linalg.generic {indexing_maps = [#id, #row, #row], iterator_types = ["parallel", "reduction"]}
      ins(%x : tensor<8x100xf32>) outs(%i, %v : tensor<8xi32>, tensor<8xf32>) {
  ^bb0(%a: f32, %j: i32, %b: f32):
    %k = linalg.index 1 : index
    %h = arith.index_cast %k : index to i32
    %c = arith.cmpf ogt, %a, %b : f32
    %n = arith.select %c, %a, %b : f32
    %p = arith.select %c, %h, %j : i32
    linalg.yield %p, %n : i32, f32
  } -> (tensor<8xi32>, tensor<8xf32>)
  return %y#0, %y#1 : tensor<8xi32>, tensor<8xf32>
}

// CHECK-LABEL: func @short
// CHECK-NOT:     expand_shape
// CHECK:         return
func.func @short(%x: tensor<8x15xf32>, %i: tensor<8xi32>, %v: tensor<8xf32>) -> (tensor<8xi32>, tensor<8xf32>) {
  %zero = arith.constant 0 : i32
  %lowest = arith.constant 0xFF800000 : f32
  %at = linalg.fill ins(%zero : i32) outs(%i : tensor<8xi32>) -> tensor<8xi32>
  %best = linalg.fill ins(%lowest : f32) outs(%v : tensor<8xf32>) -> tensor<8xf32>
  %y:2 = linalg.generic {indexing_maps = [#id, #row, #row], iterator_types = ["parallel", "reduction"]}
      ins(%x : tensor<8x15xf32>) outs(%at, %best : tensor<8xi32>, tensor<8xf32>) {
  ^bb0(%a: f32, %j: i32, %b: f32):
    %k = linalg.index 1 : index
    %h = arith.index_cast %k : index to i32
    %c = arith.cmpf ogt, %a, %b : f32
    %n = arith.select %c, %a, %b : f32
    %p = arith.select %c, %h, %j : i32
    linalg.yield %p, %n : i32, f32
  } -> (tensor<8xi32>, tensor<8xf32>)
  return %y#0, %y#1 : tensor<8xi32>, tensor<8xf32>
}

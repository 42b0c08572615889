// RUN: lowbit-opt %s --lowbit-vectorize-linalg --canonicalize --cse | FileCheck %s

#id = affine_map<(m, n) -> (m, n)>
#row = affine_map<(m, n) -> (m)>

// What is the same along a vector is read before its loop.
// CHECK-LABEL: func @rows
// CHECK-SAME:      %[[X:.*]]: memref<?x?xf32>, %[[S:.*]]: memref<?xf32>, %[[Y:.*]]: memref<?x?xf32>
// CHECK-DAG:     %[[C0:.*]] = arith.constant 0 : index
// CHECK-DAG:     %[[C16:.*]] = arith.constant 16 : index
// CHECK-DAG:     %[[M:.*]] = memref.dim %[[X]], %[[C0]]
// CHECK:         scf.for %[[I:.*]] = %[[C0]] to %[[M]]
// CHECK:           %[[B:.*]] = memref.load %[[S]][%[[I]]]
// CHECK:           %[[WHOLE:.*]] = affine.apply
// CHECK:           scf.for %{{.*}} = %[[C0]] to %[[WHOLE]] step %[[C16]]
// CHECK:             %[[A:.*]] = vector.transfer_read {{.*}} vector<16xf32>
// CHECK:             %[[BS:.*]] = vector.broadcast %[[B]] : f32 to vector<16xf32>
// CHECK:             %[[C:.*]] = arith.mulf %[[A]], %[[BS]] : vector<16xf32>
// CHECK:             vector.transfer_write %[[C]]
// CHECK:           scf.for %{{.*}} = %[[WHOLE]] to %{{.*}} step
// CHECK:             linalg.generic
// CHECK-NEXT:        ^bb0
// CHECK-NEXT:          arith.mulf %{{.*}} : f32
// CHECK:           } {llvm.loop_annotation = #{{.*}}}
func.func @rows(%x: memref<?x?xf32>, %s: memref<?xf32>, %y: memref<?x?xf32>) {
  linalg.generic {indexing_maps = [#id, #row, #id], iterator_types = ["parallel", "parallel"]}
      ins(%x, %s : memref<?x?xf32>, memref<?xf32>) outs(%y : memref<?x?xf32>) {
  ^bb0(%a: f32, %b: f32, %out: f32):
    %c = arith.mulf %a, %b : f32
    linalg.yield %c : f32
  }
  return
}

// Whole vectors, then halves.
// CHECK-LABEL: func @halves
// CHECK:         scf.for %{{.*}} = %{{.*}} to %c48
// CHECK:           vector.transfer_read {{.*}} vector<16xf32>
// CHECK:         vector.transfer_read {{.*}} vector<8xf32>
// CHECK:         vector.transfer_read {{.*}} vector<4xf32>
// CHECK-NOT:     linalg
// CHECK:         return
func.func @halves(%x: memref<60xf32>, %y: memref<60xf32>) {
  linalg.exp ins(%x : memref<60xf32>) outs(%y : memref<60xf32>)
  return
}

// 64 bytes of the widest type.
// CHECK-LABEL: func @bytes
// CHECK:         vector.transfer_read {{.*}} vector<64xi8>
func.func @bytes(%x: memref<?xi8>, %y: memref<?xi8>) {
  linalg.copy ins(%x : memref<?xi8>) outs(%y : memref<?xi8>)
  return
}

// CHECK-LABEL: func @half
// CHECK:         vector.transfer_read {{.*}} vector<16xf16>
func.func @half(%x: memref<?xf16>, %y: memref<?xf16>) {
  linalg.exp ins(%x : memref<?xf16>) outs(%y : memref<?xf16>)
  return
}

// Indices are those of the whole op.
// CHECK-LABEL: func @indices
// CHECK:         scf.for %[[I:.*]] =
// CHECK:           %[[STEP:.*]] = vector.step : vector<8xindex>
// CHECK:           %[[FIRST:.*]] = vector.broadcast %[[I]] : index to vector<8xindex>
// CHECK:           arith.addi %[[FIRST]], %[[STEP]] : vector<8xindex>
func.func @indices(%y: memref<?xi64>) {
  linalg.generic {indexing_maps = [affine_map<(n) -> (n)>], iterator_types = ["parallel"]}
      outs(%y : memref<?xi64>) {
  ^bb0(%out: i64):
    %i = linalg.index 0 : index
    %v = arith.index_cast %i : index to i64
    linalg.yield %v : i64
  }
  return
}

// CHECK-LABEL: func @narrow_indices
// CHECK:         %[[K:.*]] = arith.addi %{{.*}}, %{{.*}} : vector<16xindex>
// CHECK:         arith.index_cast %[[K]] : vector<16xindex> to vector<16xi32>
func.func @narrow_indices(%y: memref<?xi32>) {
  linalg.generic {indexing_maps = [affine_map<(n) -> (n)>], iterator_types = ["parallel"]}
      outs(%y : memref<?xi32>) {
  ^bb0(%out: i32):
    %i = linalg.index 0 : index
    %v = arith.index_cast %i : index to i32
    linalg.yield %v : i32
  }
  return
}

// Sums of a short reduction stay in a register...
// CHECK-LABEL: func @window
// CHECK:         %[[SUMS:.*]] = memref.alloca() {alignment = 64 : i64} : memref<16xf32>
// CHECK:         scf.for %{{.*}} to %c48
// CHECK:           vector.store %{{.*}}, %[[SUMS]]
// CHECK:           scf.for %{{.*}} to %c3
// CHECK:             vector.transfer_write %{{.*}}, %[[SUMS]]
// CHECK:           vector.load %[[SUMS]]
func.func @window(%x: memref<1x3x3x48xf32>, %w: memref<3x3xf32>, %y: memref<1x1x1x48xf32>) {
  linalg.pooling_nhwc_max ins(%x, %w : memref<1x3x3x48xf32>, memref<3x3xf32>)
      outs(%y : memref<1x1x1x48xf32>)
  return
}

// ...for elements apart, of which two vectors hold one: the second ends where
// these do.
// CHECK-LABEL: func @strided_window
// CHECK-SAME:      %[[X:.*]]: memref<1x4x113x113xf32>
// CHECK:         scf.for %{{.*}} to %c48 step %c16
// CHECK:           scf.for %{{.*}} to %c3
// CHECK:             scf.for %{{.*}} to %c3
// CHECK:               %[[ROW:.*]] = memref.subview %[[X]]{{.*}} [1, 1, 1, 31] [1, 1, 1, 1]
// CHECK:               %[[A:.*]] = vector.load %[[ROW]][%c0] : {{.*}} vector<16xf32>
// CHECK:               %[[EVEN:.*]] = vector.shuffle %[[A]], %[[A]] [16, 18, 20, 22, 24, 26, 28, 30, -1, -1, -1, -1, -1, -1, -1, -1]
// CHECK:               %[[B:.*]] = vector.load %[[ROW]][%c15] : {{.*}} vector<16xf32>
// CHECK:               vector.shuffle %[[EVEN]], %[[B]] [0, 1, 2, 3, 4, 5, 6, 7, 17, 19, 21, 23, 25, 27, 29, 31] : vector<16xf32>, vector<16xf32>
// CHECK:               arith.maximumf {{.*}} vector<16xf32>
// CHECK:         memref.subview %[[X]]{{.*}} [1, 1, 1, 15] [1, 1, 1, 1]
// CHECK:         arith.maximumf {{.*}} vector<8xf32>
// CHECK-NOT:     linalg
// CHECK:         return
func.func @strided_window(%x: memref<1x4x113x113xf32>, %w: memref<3x3xf32>, %y: memref<1x4x56x56xf32>) {
  linalg.pooling_nchw_max {strides = dense<2> : tensor<2xi64>, dilations = dense<1> : tensor<2xi64>}
      ins(%x, %w : memref<1x4x113x113xf32>, memref<3x3xf32>) outs(%y : memref<1x4x56x56xf32>)
  return
}

// Elements that are farther apart than a vector is long are loaded one by one.
// CHECK-LABEL: func @far_apart
// CHECK-SAME:      %[[X:.*]]: memref<16xi64>
// CHECK:         vector.load %[[X]][%c0] : {{.*}} vector<4xi64>
// CHECK:         vector.load %[[X]][%c5] : {{.*}} vector<4xi64>
// CHECK:         vector.load %[[X]][%c10] : {{.*}} vector<4xi64>
// CHECK:         %[[LAST:.*]] = vector.load %[[X]][%c12] : {{.*}} vector<4xi64>
// CHECK:         vector.shuffle %{{.*}}, %[[LAST]] [0, 1, 2, 7]
func.func @far_apart(%x: memref<16xi64>, %y: memref<4xi64>) {
  linalg.generic {indexing_maps = [affine_map<(n) -> (5 * n)>, affine_map<(n) -> (n)>], iterator_types = ["parallel"]}
      ins(%x : memref<16xi64>) outs(%y : memref<4xi64>) {
  ^bb0(%a: i64, %out: i64):
    linalg.yield %a : i64
  }
  return
}

// Outputs apart are written one by one.
// CHECK-LABEL: func @written_apart
// CHECK-NOT:     vector
// CHECK:         linalg.generic
func.func @written_apart(%x: memref<?xf32>, %y: memref<?xf32>) {
  linalg.generic {indexing_maps = [affine_map<(n) -> (n)>, affine_map<(n) -> (2 * n)>], iterator_types = ["parallel"]}
      ins(%x : memref<?xf32>) outs(%y : memref<?xf32>) {
  ^bb0(%a: f32, %out: f32):
    linalg.yield %a : f32
  }
  return
}

// CHECK-LABEL: func @backwards
// CHECK-NOT:     vector
// CHECK:         linalg.generic
func.func @backwards(%x: memref<64xf32>, %y: memref<64xf32>) {
  linalg.generic {indexing_maps = [affine_map<(n) -> (63 - n)>, affine_map<(n) -> (n)>], iterator_types = ["parallel"]}
      ins(%x : memref<64xf32>) outs(%y : memref<64xf32>) {
  ^bb0(%a: f32, %out: f32):
    linalg.yield %a : f32
  }
  return
}

// ...so do two vectors of any reduction...
// CHECK-LABEL: func @parts
// CHECK:         %[[SUMS:.*]] = memref.alloca() {alignment = 64 : i64} : memref<32xf32>
// CHECK:         vector.store %{{.*}}, %[[SUMS]]
// CHECK:         scf.for
// CHECK:           vector.transfer_read {{.*}} vector<32xf32>
// CHECK:         vector.load %[[SUMS]]
func.func @parts(%x: memref<?x32xf32>, %y: memref<32xf32>) {
  linalg.reduce {arith.addf} ins(%x : memref<?x32xf32>) outs(%y : memref<32xf32>) dimensions = [0]
  return
}

// ...those of a long one in memory, which is walked through in its order.
// CHECK-LABEL: func @sums_of_columns
// CHECK-SAME:      %[[X:.*]]: memref<?x?xf32>, %[[Y:.*]]: memref<?xf32>
// CHECK-NOT:     memref.alloca
// CHECK:         %[[M:.*]] = memref.dim %[[X]], %c0
// CHECK:         scf.for %{{.*}} to %[[M]]
// CHECK:           scf.for %{{.*}} step %c16
// CHECK:             vector.transfer_write
func.func @sums_of_columns(%x: memref<?x?xf32>, %y: memref<?xf32>) {
  linalg.reduce {arith.addf} ins(%x : memref<?x?xf32>) outs(%y : memref<?xf32>) dimensions = [0]
  return
}

// Tiles of 16 x 16, then what is left of the rows, then of the columns.
// CHECK-LABEL: func @transposed
// CHECK-SAME:      %[[X:.*]]: memref<40x?xi8>, %[[Y:.*]]: memref<?x40xi8>
// CHECK:         scf.for %[[I:.*]] = %c0 to %[[WHOLE:.*]] step %c16
// CHECK:           scf.for %[[J:.*]] = %c0 to %c32 step %c16
// CHECK-COUNT-16:    vector.load %[[X]]{{.*}} vector<16xi8>
// CHECK:             vector.shuffle
// CHECK-NOT:         vector.to_elements
// CHECK-COUNT-16:    vector.store %{{.*}}, %[[Y]]
// CHECK:         %[[ROWS:.*]] = memref.subview %[[X]][32, 0] [8, %[[WHOLE]]] [1, 1]
// CHECK:         linalg.transpose ins(%[[ROWS]]
// CHECK:         %[[COLUMNS:.*]] = memref.subview %[[X]][0, %[[WHOLE]]] [40, %{{.*}}] [1, 1]
// CHECK:         linalg.transpose ins(%[[COLUMNS]]
func.func @transposed(%x: memref<40x?xi8>, %y: memref<?x40xi8>) {
  linalg.transpose ins(%x : memref<40x?xi8>) outs(%y : memref<?x40xi8>) permutation = [1, 0]
  return
}

// The last dimension stays.
// CHECK-LABEL: func @rows_change_places
// CHECK-NOT:     vector.transpose
// CHECK:         vector.transfer_read {{.*}} vector<16xf32>
func.func @rows_change_places(%x: memref<4x5x16xf32>, %y: memref<5x4x16xf32>) {
  linalg.transpose ins(%x : memref<4x5x16xf32>) outs(%y : memref<5x4x16xf32>) permutation = [1, 0, 2]
  return
}

// CHECK-LABEL: func @narrow
// CHECK-NOT:     vector
// CHECK:         linalg.transpose
func.func @narrow(%x: memref<15x64xf32>, %y: memref<64x15xf32>) {
  linalg.transpose ins(%x : memref<15x64xf32>) outs(%y : memref<64x15xf32>) permutation = [1, 0]
  return
}

// Elements do not lie side by side, and are not only copied.
// CHECK-LABEL: func @strided
// CHECK-NOT:     vector
// CHECK:         linalg.exp
func.func @strided(%x: memref<?xf32, strided<[2]>>, %y: memref<?xf32>) {
  linalg.exp ins(%x : memref<?xf32, strided<[2]>>) outs(%y : memref<?xf32>)
  return
}

// CHECK-LABEL: func @not_elementwise
// CHECK-NOT:     vector
// CHECK:         linalg.generic
func.func @not_elementwise(%x: memref<?xf32>, %y: memref<?xf32>) {
  linalg.generic {indexing_maps = [affine_map<(n) -> (n)>], iterator_types = ["parallel"]}
      outs(%y : memref<?xf32>) {
  ^bb0(%out: f32):
    %i = linalg.index 0 : index
    %v = memref.load %x[%i] : memref<?xf32>
    linalg.yield %v : f32
  }
  return
}

// A bit has a byte of memory, but not in a vector.
// CHECK-LABEL: func @bits
// CHECK-NOT:     vector
// CHECK:         linalg.copy
func.func @bits(%x: memref<?xi1>, %y: memref<?xi1>) {
  linalg.copy ins(%x : memref<?xi1>) outs(%y : memref<?xi1>)
  return
}

// CHECK-LABEL: func @too_short
// CHECK-NOT:     vector
// CHECK:         linalg.exp
func.func @too_short(%x: memref<3xf32>, %y: memref<3xf32>) {
  linalg.exp ins(%x : memref<3xf32>) outs(%y : memref<3xf32>)
  return
}

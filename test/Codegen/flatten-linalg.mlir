// RUN: lowbit-opt %s --lowbit-flatten-linalg | FileCheck %s
// RUN: lowbit-opt %s --lowbit-flatten-linalg --lowbit-flatten-linalg | FileCheck %s

// CHECK-LABEL: func @one_loop
// CHECK-SAME:      %[[X:[^:]*]]: memref<5x?x12xf32>
// CHECK:         %[[A:.*]] = memref.collapse_shape %[[X]] {{\[\[}}0, 1, 2]]
// CHECK:         linalg.generic {{.*}} iterator_types = ["parallel"]} ins(%[[A]] : memref<?xf32>)
func.func @one_loop(%x: memref<5x?x12xf32>, %y: memref<5x?x12xf32>) {
  linalg.exp ins(%x : memref<5x?x12xf32>) outs(%y : memref<5x?x12xf32>)
  return
}

// The last dimension is another loop for one operand.
// CHECK-LABEL: func @two_loops
// CHECK:         linalg.generic {{.*}} iterator_types = ["parallel", "parallel"]} ins(%{{.*}} : memref<12xf32>) outs(%{{.*}} : memref<20x12xf32>)
func.func @two_loops(%x: memref<12xf32>, %y: memref<4x5x12xf32>) {
  linalg.broadcast ins(%x : memref<12xf32>) outs(%y : memref<4x5x12xf32>) dimensions = [0, 1]
  return
}

// CHECK-LABEL: func @strided
// CHECK-NOT:     memref.collapse_shape
// CHECK:         linalg.exp
func.func @strided(%x: memref<5x12xf32, strided<[16, 1]>>, %y: memref<5x12xf32>) {
  linalg.exp ins(%x : memref<5x12xf32, strided<[16, 1]>>) outs(%y : memref<5x12xf32>)
  return
}

// CHECK-LABEL: func @windows
// CHECK-NOT:     memref.collapse_shape
// CHECK:         linalg.pooling_nhwc_max
func.func @windows(%x: memref<1x3x3x48xf32>, %w: memref<3x3xf32>, %y: memref<1x1x1x48xf32>) {
  linalg.pooling_nhwc_max ins(%x, %w : memref<1x3x3x48xf32>, memref<3x3xf32>)
      outs(%y : memref<1x1x1x48xf32>)
  return
}

// CHECK-LABEL: func @indices
// CHECK-NOT:     memref.collapse_shape
// CHECK:         linalg.index
func.func @indices(%y: memref<4x8xindex>) {
  linalg.generic {indexing_maps = [affine_map<(m, n) -> (m, n)>], iterator_types = ["parallel", "parallel"]}
      outs(%y : memref<4x8xindex>) {
  ^bb0(%out: index):
    %i = linalg.index 0 : index
    linalg.yield %i : index
  }
  return
}

// A copy is a loop; of less than bytes it stays one.
// CHECK-LABEL: func @copies
// CHECK-SAME:      %[[X:[^:]*]]: memref<5x12xi8>, %[[Y:[^:]*]]: memref<5x12xi8>
// CHECK:         %[[A:.*]] = memref.collapse_shape %[[X]]
// CHECK:         %[[B:.*]] = memref.collapse_shape %[[Y]]
// CHECK:         linalg.generic {{.*}} iterator_types = ["parallel"]} ins(%[[A]] : memref<60xi8>) outs(%[[B]] : memref<60xi8>)
// CHECK:         linalg.generic {{.*}} iterator_types = ["parallel", "parallel"]} ins(%{{.*}} : memref<5x12xi8, strided<[16, 1]>>)
// CHECK:         memref.copy %{{.*}}, %{{.*}} : memref<4xi1> to memref<4xi1>
// CHECK-NOT:     memref.copy
func.func @copies(%x: memref<5x12xi8>, %y: memref<5x12xi8>, %s: memref<5x12xi8, strided<[16, 1]>>, %a: memref<4xi1>, %b: memref<4xi1>) {
  memref.copy %x, %y : memref<5x12xi8> to memref<5x12xi8>
  memref.copy %s, %y : memref<5x12xi8, strided<[16, 1]>> to memref<5x12xi8>
  memref.copy %a, %b : memref<4xi1> to memref<4xi1>
  return
}

// CHECK-LABEL: func @empty
// CHECK-NOT:     memref.collapse_shape
// CHECK:         linalg.exp
func.func @empty(%x: memref<?x0x3xf32>, %y: memref<?x0x3xf32>) {
  linalg.exp ins(%x : memref<?x0x3xf32>) outs(%y : memref<?x0x3xf32>)
  return
}

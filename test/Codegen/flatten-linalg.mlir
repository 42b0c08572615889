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

// RUN: lowbit-opt %s --lowbit-plan-memory --canonicalize --cse --split-input-file | FileCheck %s

// The extents of results that are views of other buffers.
// CHECK-LABEL: func @reshaped_plan
// CHECK-SAME:      (%[[X:.*]]: memref<?x6xf32>, %[[SIZES:.*]]: memref<?xi64>)
// CHECK-DAG:     %[[C0:.*]] = arith.constant 0 : index
// CHECK-DAG:     %[[C1:.*]] = arith.constant 1 : index
// CHECK-DAG:     %[[C2:.*]] = arith.constant 2 : index
// CHECK-DAG:     %[[C3:.*]] = arith.constant 3 : index
// CHECK-DAG:     %[[C4:.*]] = arith.constant 4 : index
// CHECK-DAG:     %[[C6:.*]] = arith.constant 6 : index
// CHECK-DAG:     %[[TWO:.*]] = arith.constant 2 : i64
// CHECK-DAG:     %[[THREE:.*]] = arith.constant 3 : i64
// CHECK-DAG:     %[[M:.*]] = memref.dim %[[X]], %[[C0]]
// CHECK-DAG:     %[[M64:.*]] = arith.index_cast %[[M]]
// CHECK-DAG:     %[[ALL:.*]] = arith.muli %[[M]], %[[C6]]
// CHECK-DAG:     %[[ALL64:.*]] = arith.index_cast %[[ALL]]
// CHECK-DAG:     memref.store %[[M64]], %[[SIZES]][%[[C0]]]
// CHECK-DAG:     memref.store %[[TWO]], %[[SIZES]][%[[C1]]]
// CHECK-DAG:     memref.store %[[THREE]], %[[SIZES]][%[[C2]]]
// CHECK-DAG:     memref.store %[[ALL64]], %[[SIZES]][%[[C3]]]
// CHECK-DAG:     memref.store %[[M64]], %[[SIZES]][%[[C4]]]
// CHECK-LABEL: func @reshaped(
func.func @reshaped(%x: memref<?x6xf32>) -> (memref<?x2x3xf32>, memref<?xf32>, memref<?x6xf32>) {
  %c0 = arith.constant 0 : index
  %m = memref.dim %x, %c0 : memref<?x6xf32>
  %y = memref.alloc(%m) : memref<?x6xf32>
  linalg.exp ins(%x : memref<?x6xf32>) outs(%y : memref<?x6xf32>)
  %split = memref.expand_shape %y [[0], [1, 2]] output_shape [%m, 2, 3] : memref<?x6xf32> into memref<?x2x3xf32>
  %flat = memref.collapse_shape %y [[0, 1]] : memref<?x6xf32> into memref<?xf32>
  return %split, %flat, %y : memref<?x2x3xf32>, memref<?xf32>, memref<?x6xf32>
}

// -----

// CHECK-LABEL: func @sliced_plan
// CHECK-SAME:      (%[[X:.*]]: memref<?x6xf32>, %[[SIZES:.*]]: memref<?xi64>)
// CHECK-DAG:     %[[C1:.*]] = arith.constant 1 : index
// CHECK-DAG:     %[[M:.*]] = memref.dim %[[X]]
// CHECK-DAG:     %[[M64:.*]] = arith.index_cast %[[M]]
// CHECK-DAG:     memref.store %[[M64]], %[[SIZES]][%[[C1]]]
func.func @sliced(%x: memref<?x6xf32>) -> memref<1x?xf32> {
  %c0 = arith.constant 0 : index
  %zero = arith.constant 0.0 : f32
  %m = memref.dim %x, %c0 : memref<?x6xf32>
  %y = memref.alloc(%m) : memref<2x1x?xf32>
  linalg.fill ins(%zero : f32) outs(%y : memref<2x1x?xf32>)
  %row = memref.subview %y[0, 0, 0] [1, 1, %m] [1, 1, 1] : memref<2x1x?xf32> to memref<1x?xf32>
  return %row : memref<1x?xf32>
}

// -----

// Sizes that are computed, from the extents of results and of other buffers.
// CHECK-LABEL: func @computed_plan
// CHECK-SAME:      (%[[X:.*]]: memref<?xf32>, %[[SIZES:.*]]: memref<?xi64>)
// CHECK:         %[[N:.*]] = memref.dim %[[X]], %{{.*}}
// CHECK:         %[[N64:.*]] = arith.index_cast %[[N]]
// CHECK:         memref.store %[[N64]], %[[SIZES]]
// CHECK:         %[[H:.*]] = affine.apply {{.*}}()[%[[N]]]
// CHECK:         %[[BYTES:.*]] = arith.muli %[[H]], %{{.*}}
// CHECK:         arith.addi %[[BYTES]],
// CHECK-LABEL: func @computed(
// CHECK-SAME:      %[[X:.*]]: memref<?xf32>, %[[R:.*]]: memref<?xf32>, %{{.*}}, %[[WORKSPACE:[^:]*]]: memref<?xi8>,
// CHECK-DAG:     %[[N:.*]] = memref.dim %[[R]]
// CHECK-DAG:     %[[H:.*]] = affine.apply {{.*}}()[%[[N]]]
// CHECK-DAG:     memref.view %[[WORKSPACE]][%{{.*}}][%[[H]]] : memref<?xi8> to memref<?xf32>
func.func @computed(%x: memref<?xf32>) -> memref<?xf32> {
  %c0 = arith.constant 0 : index
  %zero = arith.constant 0.0 : f32
  %n = memref.dim %x, %c0 : memref<?xf32>
  %y = memref.alloc(%n) : memref<?xf32>
  linalg.fill ins(%zero : f32) outs(%y : memref<?xf32>)
  %same = memref.dim %y, %c0 : memref<?xf32>
  %half = affine.apply affine_map<()[n] -> (n ceildiv 2)>()[%same]
  %t = memref.alloc(%half) : memref<?xf32>
  linalg.fill ins(%zero : f32) outs(%t : memref<?xf32>)
  return %y : memref<?xf32>
}

// -----

// A buffer of a loop moves in front of it; it is alive as long as the loop.
// CHECK-LABEL: func @inside_loops(
// CHECK-DAG:     %[[C0:.*]] = arith.constant 0 : index
// CHECK-DAG:     %[[A:.*]] = memref.view %[[S:.*]][%[[C0]]][%{{.*}}] : memref<?xi8> to memref<?xf32>
// CHECK-DAG:     %[[B:.*]] = memref.view %[[S]][%{{.*}}][] : memref<?xi8> to memref<4xf32>
// CHECK:         scf.for
// CHECK-NEXT:      scf.for
// CHECK-NOT:         memref.view
// CHECK:             memref.store %{{.*}}, %[[A]]
// CHECK:             memref.store %{{.*}}, %[[B]]
func.func @inside_loops(%x: memref<?xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c4 = arith.constant 4 : index
  %zero = arith.constant 0.0 : f32
  %n = memref.dim %x, %c0 : memref<?xf32>
  scf.for %i = %c0 to %c4 step %c1 {
    scf.for %j = %c0 to %c4 step %c1 {
      %a = memref.alloc(%n) : memref<?xf32>
      memref.store %zero, %a[%c0] : memref<?xf32>
      %b = memref.alloc() : memref<4xf32>
      memref.store %zero, %b[%j] : memref<4xf32>
    }
  }
  return
}

// -----

// A buffer of a parallel loop is the thread's.
// CHECK-LABEL: func @inside_parallel_loops(
// CHECK:         scf.parallel
// CHECK-NEXT:      %[[A:.*]] = memref.alloca() {alignment = 64 : i64} : memref<4xf32>
// CHECK-NEXT:      scf.for
// CHECK-NEXT:        scf.parallel
// CHECK-NEXT:          linalg.exp {{.*}} outs(%[[A]] :
func.func @inside_parallel_loops(%n: index, %x: memref<4xf32>, %y: memref<?x4xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  scf.parallel (%i) = (%c0) to (%n) step (%c1) {
    scf.for %j = %c0 to %n step %c1 {
      scf.parallel (%k) = (%c0) to (%n) step (%c1) {
        %a = memref.alloc() : memref<4xf32>
        linalg.exp ins(%x : memref<4xf32>) outs(%a : memref<4xf32>)
        %v = memref.load %a[%j] : memref<4xf32>
        memref.store %v, %y[%i, %j] : memref<?x4xf32>
      }
    }
  }
  return
}

// -----

// One as large as a tile has room for the largest.
// CHECK-LABEL: func @tiles(
// CHECK:         scf.forall (%[[I:.*]]) =
// CHECK-NEXT:      %[[STACK:.*]] = memref.alloca() {alignment = 64 : i64} : memref<512xi8>
// CHECK:           %[[SIZE:.*]] = affine.min
// CHECK:           %[[A:.*]] = memref.view %[[STACK]][%{{.*}}][%[[SIZE]]] : memref<512xi8> to memref<?x4xf32>
// CHECK:           linalg.exp {{.*}} outs(%[[A]] :
func.func @tiles(%x: memref<?x4xf32>, %y: memref<?x4xf32>) {
  %c0 = arith.constant 0 : index
  %n = memref.dim %x, %c0 : memref<?x4xf32>
  scf.forall (%i) = (0) to (%n) step (32) {
    %size = affine.min affine_map<(d0)[s0] -> (-d0 + s0, 32)>(%i)[%n]
    %xt = memref.subview %x[%i, 0] [%size, 4] [1, 1] : memref<?x4xf32> to memref<?x4xf32, strided<[4, 1], offset: ?>>
    %yt = memref.subview %y[%i, 0] [%size, 4] [1, 1] : memref<?x4xf32> to memref<?x4xf32, strided<[4, 1], offset: ?>>
    %a = memref.alloc(%size) : memref<?x4xf32>
    linalg.exp ins(%xt : memref<?x4xf32, strided<[4, 1], offset: ?>>) outs(%a : memref<?x4xf32>)
    linalg.exp ins(%a : memref<?x4xf32>) outs(%yt : memref<?x4xf32, strided<[4, 1], offset: ?>>)
  }
  return
}

// -----

// A thread has 200 KiB of stack for buffers, the smallest first. Those that do not
// fit any more lie side by side, for each iteration.
// CHECK-LABEL: func @many_tiles_plan(
// CHECK-SAME:      %[[X:[^:]*]]: memref<?x128xf32>,
// CHECK-DAG:     %[[BYTES:.*]] = arith.constant 131072 : index
// CHECK-DAG:     %[[STEP:.*]] = arith.constant 128 : index
// CHECK-DAG:     %[[N:.*]] = memref.dim %[[X]]
// CHECK-DAG:     %[[COUNT:.*]] = arith.ceildivsi %[[N]], %[[STEP]]
// CHECK-DAG:     %[[ALL:.*]] = arith.muli %[[COUNT]], %[[BYTES]]
// CHECK:         arith.addi %[[ALL]],
// CHECK-LABEL: func @many_tiles(
// CHECK-DAG:     %[[TILE:.*]] = arith.constant 65536 : index
// CHECK-DAG:     %[[TILES:.*]] = arith.constant 131072 : index
// CHECK:         %[[SLOT:.*]] = memref.view %{{.*}} : memref<?xi8> to memref<?xi8>
// CHECK:         scf.forall (%[[I:.*]]) =
// CHECK:           %[[NUMBER:.*]] = arith.divsi %[[I]], %{{.*}}
// CHECK:           %[[FIRST:.*]] = arith.muli %[[NUMBER]], %[[TILES]]
// CHECK-COUNT-3:   memref.alloca() {alignment = 64 : i64} : memref<65536xi8>
// CHECK-NEXT:      %[[ROW:.*]] = memref.alloca() {alignment = 64 : i64} : memref<16xf32>
// CHECK-NOT:       memref.alloca
// CHECK:           linalg.fill {{.*}} outs(%[[ROW]] :
// CHECK:           %[[D:.*]] = memref.view %[[SLOT]][%[[FIRST]]][%{{.*}}] : memref<?xi8> to memref<?x128xf32>
// CHECK-NEXT:      linalg.fill {{.*}} outs(%[[D]] :
// CHECK:           %[[SECOND:.*]] = arith.addi %[[FIRST]], %[[TILE]]
// CHECK:           %[[E:.*]] = memref.view %[[SLOT]][%[[SECOND]]][%{{.*}}] : memref<?xi8> to memref<?x128xf32>
// CHECK-NEXT:      linalg.fill {{.*}} outs(%[[E]] :
func.func @many_tiles(%x: memref<?x128xf32>) {
  %c0 = arith.constant 0 : index
  %zero = arith.constant 0.0 : f32
  %n = memref.dim %x, %c0 : memref<?x128xf32>
  scf.forall (%i) = (0) to (%n) step (128) {
    %size = affine.min affine_map<(d0)[s0] -> (-d0 + s0, 128)>(%i)[%n]
    %a = memref.alloc(%size) : memref<?x128xf32>
    linalg.fill ins(%zero : f32) outs(%a : memref<?x128xf32>)
    %b = memref.alloc(%size) : memref<?x128xf32>
    linalg.fill ins(%zero : f32) outs(%b : memref<?x128xf32>)
    %c = memref.alloc(%size) : memref<?x128xf32>
    linalg.fill ins(%zero : f32) outs(%c : memref<?x128xf32>)
    %row = memref.alloc() : memref<16xf32>
    linalg.fill ins(%zero : f32) outs(%row : memref<16xf32>)
    %d = memref.alloc(%size) : memref<?x128xf32>
    linalg.fill ins(%zero : f32) outs(%d : memref<?x128xf32>)
    %e = memref.alloc(%size) : memref<?x128xf32>
    linalg.fill ins(%zero : f32) outs(%e : memref<?x128xf32>)
  }
  return
}

// -----

// Iterations of several dimensions are numbered row by row. The loop around
// them does not change the size.
// CHECK-LABEL: func @large_in_parallel(
// CHECK:         %[[SLOT:.*]] = memref.view %{{.*}} : memref<?xi8> to memref<?xi8>
// CHECK:         scf.for
// CHECK:           scf.parallel (%[[I:.*]], %[[J:.*]]) = (%[[C3:[^,]*]], %{{.*}}) to (%[[M:.*]], %{{.*}}) step
// CHECK-DAG:         %[[SHIFTED:.*]] = arith.subi %[[I]], %[[C3]]
// CHECK-DAG:         %[[ROWS:.*]] = arith.muli %[[SHIFTED]], %[[N:.*]]
// CHECK-DAG:         %[[COLUMN:.*]] = arith.divsi %[[J]],
// CHECK:             %[[NUMBER:.*]] = arith.addi %[[ROWS]], %[[COLUMN]]
// CHECK:             %[[OFFSET:.*]] = arith.muli %[[NUMBER]],
// CHECK:             memref.view %[[SLOT]][%[[OFFSET]]][] : memref<?xi8> to memref<65536xf32>
func.func @large_in_parallel(%x: memref<?x?xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c3 = arith.constant 3 : index
  %c4 = arith.constant 4 : index
  %zero = arith.constant 0.0 : f32
  %m = memref.dim %x, %c0 : memref<?x?xf32>
  %n = memref.dim %x, %c1 : memref<?x?xf32>
  scf.for %k = %c0 to %c4 step %c1 {
    scf.parallel (%i, %j) = (%c3, %c0) to (%m, %n) step (%c1, %c4) {
      %a = memref.alloc() : memref<65536xf32>
      memref.store %zero, %a[%k] : memref<65536xf32>
    }
  }
  return
}

// -----

// A buffer that is freed is a slot like any other.
// CHECK-LABEL: func @freed(
// CHECK:         %[[A:.*]] = memref.view
// CHECK:         linalg.exp {{.*}} outs(%[[A]] :
// CHECK-NOT:     memref.dealloc
func.func @freed(%x: memref<4xf32>) {
  %a = memref.alloc() : memref<4xf32>
  linalg.exp ins(%x : memref<4xf32>) outs(%a : memref<4xf32>)
  memref.dealloc %a : memref<4xf32>
  return
}

// RUN: lowbit-opt %s --lowbit-parallelize-linalg --canonicalize | FileCheck %s
// RUN: lowbit-opt %s --lowbit-parallelize-linalg --canonicalize --lowbit-parallelize-linalg --canonicalize | FileCheck %s


// CHECK-DAG:   #[[ROWS:.*]] = affine_map<(d0) -> (-d0 + 128, 7)>
// CHECK-LABEL: func @rows
// CHECK-SAME:      %[[X:.*]]: memref<128x2560xf32>
// CHECK:         scf.parallel (%[[I:.*]]) = (%c0) to (%c128) step (%c7)
// CHECK:           %[[SIZE:.*]] = affine.min #[[ROWS]](%[[I]])
// CHECK:           %[[SLICE:.*]] = memref.subview %[[X]][%[[I]], 0] [%[[SIZE]], 2560] [1, 1]
// CHECK:           linalg.reduce {{.*}} ins(%[[SLICE]]
func.func @rows(%x: memref<128x2560xf32>, %y: memref<128xf32>) {
  linalg.reduce {arith.addf} ins(%x : memref<128x2560xf32>) outs(%y : memref<128xf32>) dimensions = [1]
  return
}

// Tasks of whole vectors.
// CHECK-LABEL: func @columns
// CHECK:         scf.parallel {{.*}} to (%c2560) step (%c192)
func.func @columns(%x: memref<100x2560xf32>, %y: memref<2560xf32>) {
  linalg.reduce {arith.addf} ins(%x : memref<100x2560xf32>) outs(%y : memref<2560xf32>) dimensions = [0]
  return
}

// CHECK-LABEL: func @first_loop_of_one
// CHECK:         scf.parallel {{.*}} to (%c64) step (%c4)
func.func @first_loop_of_one(%x: memref<1x64x4096xf32>, %y: memref<1x64xf32>) {
  linalg.reduce {arith.addf} ins(%x : memref<1x64x4096xf32>) outs(%y : memref<1x64xf32>) dimensions = [2]
  return
}

// CHECK-LABEL: func @unknown_extent
// CHECK-SAME:      %[[X:.*]]: memref<?x1024xf32>
// CHECK:         %[[M:.*]] = memref.dim %[[X]], %c0
// CHECK:         scf.parallel {{.*}} to (%[[M]]) step (%c16)
func.func @unknown_extent(%x: memref<?x1024xf32>, %y: memref<?xf32>) {
  linalg.reduce {arith.addf} ins(%x : memref<?x1024xf32>) outs(%y : memref<?xf32>) dimensions = [1]
  return
}

// CHECK-LABEL: func @short_rows
// CHECK-NOT:     scf.parallel
// CHECK:         return
func.func @short_rows(%x: memref<?x1023xf32>, %y: memref<?xf32>) {
  linalg.reduce {arith.addf} ins(%x : memref<?x1023xf32>) outs(%y : memref<?xf32>) dimensions = [1]
  return
}

// CHECK-LABEL: func @small
// CHECK-NOT:     scf.parallel
// CHECK:         return
func.func @small(%x: memref<16x1024xf32>, %y: memref<16xf32>) {
  linalg.reduce {arith.addf} ins(%x : memref<16x1024xf32>) outs(%y : memref<16xf32>) dimensions = [1]
  return
}

// CHECK-LABEL: func @empty
// CHECK-NOT:     scf.parallel
// CHECK:         return
func.func @empty(%x: memref<?x0xf32>, %y: memref<?xf32>) {
  linalg.reduce {arith.addf} ins(%x : memref<?x0xf32>) outs(%y : memref<?xf32>) dimensions = [1]
  return
}

// CHECK-LABEL: func @one_sum
// CHECK-NOT:     scf.parallel
// CHECK:         return
func.func @one_sum(%x: memref<65536xf32>, %y: memref<f32>) {
  linalg.reduce {arith.addf} ins(%x : memref<65536xf32>) outs(%y : memref<f32>) dimensions = [0]
  return
}

// CHECK-LABEL: func @inside
// CHECK-COUNT-1: scf.parallel
// CHECK-NOT:     scf.parallel
// CHECK:         return
func.func @inside(%x: memref<8x128x2560xf32>, %y: memref<8x128x2560xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c8 = arith.constant 8 : index
  scf.parallel (%i) = (%c0) to (%c8) step (%c1) {
    linalg.exp ins(%x : memref<8x128x2560xf32>) outs(%y : memref<8x128x2560xf32>)
  }
  return
}

// The loop in the body counts: 512 iterations of 64.
// CHECK-LABEL: func @loop_in_body
// CHECK:         scf.parallel {{.*}} to (%c512) step (%c256)
// CHECK-LABEL: func @unknown_loop_in_body
// CHECK-NOT:     scf.parallel
func.func @loop_in_body(%x: memref<512x64xi32>, %y: memref<512xi32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c64 = arith.constant 64 : index
  %zero = arith.constant 0 : i32
  linalg.generic {indexing_maps = [affine_map<(m) -> (m)>], iterator_types = ["parallel"]} outs(%y : memref<512xi32>) {
  ^bb0(%out: i32):
    %m = linalg.index 0 : index
    %sum = scf.for %k = %c0 to %c64 step %c1 iter_args(%s = %zero) -> i32 {
      %a = memref.load %x[%m, %k] : memref<512x64xi32>
      %b = arith.addi %s, %a : i32
      scf.yield %b : i32
    }
    linalg.yield %sum : i32
  }
  return
}
func.func @unknown_loop_in_body(%x: memref<512x?xi32>, %y: memref<512xi32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %n = memref.dim %x, %c1 : memref<512x?xi32>
  %zero = arith.constant 0 : i32
  linalg.generic {indexing_maps = [affine_map<(m) -> (m)>], iterator_types = ["parallel"]} outs(%y : memref<512xi32>) {
  ^bb0(%out: i32):
    %m = linalg.index 0 : index
    %sum = scf.for %k = %c0 to %n step %c1 iter_args(%s = %zero) -> i32 {
      %a = memref.load %x[%m, %k] : memref<512x?xi32>
      %b = arith.addi %s, %a : i32
      scf.yield %b : i32
    }
    linalg.yield %sum : i32
  }
  return
}

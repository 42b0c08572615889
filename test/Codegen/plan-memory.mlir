// RUN: lowbit-opt %s --lowbit-plan-memory --canonicalize --cse --split-input-file | FileCheck %s
// RUN: lowbit-opt %s --lowbit-plan-memory --split-input-file > %t.once
// RUN: lowbit-opt %s --lowbit-plan-memory --lowbit-plan-memory --split-input-file | diff - %t.once
// RUN: FileCheck %s --check-prefix=ALL < %t.once
// ALL-NOT:       memref.alloc

// A buffer made for a result is the caller's; an input, a constant and a buffer
// that is returned twice are copied.
// CHECK-LABEL: func @results_plan
// CHECK-SAME:      (%[[X:.*]]: memref<?x4xf32>, %[[SIZES:.*]]: memref<?xi64>) attributes {llvm.emit_c_interface}
// CHECK-LABEL: func @results(
// CHECK-SAME:      %[[X:.*]]: memref<?x4xf32>, %[[R0:[^:]*]]: memref<?x4xf32>, %[[R1:[^:]*]]: memref<?x4xf32>, %[[R2:[^:]*]]: memref<2xf32>, %[[R3:[^:]*]]: memref<3xf32>, %[[R4:[^:]*]]: memref<3xf32>, %[[WEIGHTS:[^:]*]]: memref<?xi8>, %[[WORKSPACE:[^:]*]]: memref<?xi8>, %{{[^:]*}}: !llvm.ptr) attributes {llvm.emit_c_interface}
// CHECK:         linalg.exp ins(%[[X]] : {{.*}}) outs(%[[R0]] :
// CHECK:         %[[W:.*]] = memref.view %[[WEIGHTS]]
// CHECK:         %[[TWICE:.*]] = memref.view %[[WORKSPACE]]
// CHECK:         linalg.fill {{.*}} outs(%[[TWICE]] :
// CHECK-DAG:     memref.copy %[[X]], %[[R1]]
// CHECK-DAG:     memref.copy %[[W]], %[[R2]]
// CHECK-DAG:     memref.copy %[[TWICE]], %[[R3]]
// CHECK-DAG:     memref.copy %[[TWICE]], %[[R4]]
// CHECK:         return{{$}}
memref.global "private" constant @w : memref<2xf32> = dense<[1.0, 2.0]>
func.func @results(%x: memref<?x4xf32>) -> (memref<?x4xf32>, memref<?x4xf32>, memref<2xf32>, memref<3xf32>, memref<3xf32>) {
  %c0 = arith.constant 0 : index
  %zero = arith.constant 0.0 : f32
  %m = memref.dim %x, %c0 : memref<?x4xf32>
  %y = memref.alloc(%m) : memref<?x4xf32>
  linalg.exp ins(%x : memref<?x4xf32>) outs(%y : memref<?x4xf32>)
  %w = memref.get_global @w : memref<2xf32>
  %twice = memref.alloc() : memref<3xf32>
  linalg.fill ins(%zero : f32) outs(%twice : memref<3xf32>)
  return %y, %x, %w, %twice, %twice : memref<?x4xf32>, memref<?x4xf32>, memref<2xf32>, memref<3xf32>, memref<3xf32>
}

// -----

// So is one that is returned with another shape; one that is returned in two is
// copied.
// CHECK-LABEL: func @reshaped_plan
// CHECK-LABEL: func @reshaped(
// CHECK-SAME:      %[[X:[^:]*]]: memref<?x4xf32>, %[[R0:[^:]*]]: memref<?x2x2xf32>, %[[R1:[^:]*]]: memref<6xf32>, %[[R2:[^:]*]]: memref<?x4xf32>, %[[R3:[^:]*]]: memref<4xf32>, %[[R4:[^:]*]]: memref<2x2xf32>,
// CHECK-DAG:     %[[MATRIX:.*]] = memref.collapse_shape %[[R0]] {{\[\[}}0], [1, 2]] : memref<?x2x2xf32> into memref<?x4xf32>
// CHECK-DAG:     linalg.exp ins(%[[X]] : {{.*}}) outs(%[[MATRIX]] :
// CHECK-DAG:     %[[ROWS:.*]] = memref.expand_shape %[[R1]] {{\[\[}}0, 1]] output_shape [2, 3] : memref<6xf32> into memref<2x3xf32>
// CHECK-DAG:     linalg.fill {{.*}} outs(%[[ROWS]] :
// CHECK-DAG:     linalg.fill {{.*}} outs(%[[R2]] :
// CHECK-DAG:     memref.copy %{{.*}}, %[[R3]]
// CHECK-DAG:     memref.copy %{{.*}}, %[[R4]]
// CHECK-NOT:     memref.copy
// CHECK:         return{{$}}
func.func @reshaped(%x: memref<?x4xf32>) -> (memref<?x2x2xf32>, memref<6xf32>, memref<?x4xf32>, memref<4xf32>, memref<2x2xf32>) {
  %c0 = arith.constant 0 : index
  %zero = arith.constant 0.0 : f32
  %m = memref.dim %x, %c0 : memref<?x4xf32>
  %y = memref.alloc(%m) : memref<?x4xf32>
  linalg.exp ins(%x : memref<?x4xf32>) outs(%y : memref<?x4xf32>)
  %r0 = memref.expand_shape %y [[0], [1, 2]] output_shape [%m, 2, 2] : memref<?x4xf32> into memref<?x2x2xf32>
  %rows = memref.alloc() : memref<2x3xf32>
  linalg.fill ins(%zero : f32) outs(%rows : memref<2x3xf32>)
  %r1 = memref.collapse_shape %rows [[0, 1]] : memref<2x3xf32> into memref<6xf32>
  %static = memref.alloc() : memref<3x4xf32>
  linalg.fill ins(%zero : f32) outs(%static : memref<3x4xf32>)
  %r2 = memref.cast %static : memref<3x4xf32> to memref<?x4xf32>
  %twice = memref.alloc() : memref<4xf32>
  linalg.fill ins(%zero : f32) outs(%twice : memref<4xf32>)
  %r4 = memref.expand_shape %twice [[0, 1]] output_shape [2, 2] : memref<4xf32> into memref<2x2xf32>
  return %r0, %r1, %r2, %twice, %r4 : memref<?x2x2xf32>, memref<6xf32>, memref<?x4xf32>, memref<4xf32>, memref<2x2xf32>
}

// -----

// Extents of all results, then the bytes of the workspace: 12 * m and 4 * m,
// each rounded up to 64.
// CHECK-LABEL: func @dynamic_sizes_plan
// CHECK-SAME:      (%[[X:.*]]: memref<?x3xf32>, %[[SIZES:.*]]: memref<?xi64>)
// CHECK-DAG:     %[[C0:.*]] = arith.constant 0 : index
// CHECK-DAG:     %[[C1:.*]] = arith.constant 1 : index
// CHECK-DAG:     %[[C2:.*]] = arith.constant 2 : index
// CHECK-DAG:     %[[C12:.*]] = arith.constant 12 : index
// CHECK-DAG:     %[[C4:.*]] = arith.constant 4 : index
// CHECK-DAG:     %[[THREE:.*]] = arith.constant 3 : i64
// CHECK-DAG:     %[[LAST:.*]] = arith.constant 63 : index
// CHECK-DAG:     %[[MASK:.*]] = arith.constant -64 : index
// CHECK:         %[[M:.*]] = memref.dim %[[X]], %[[C0]]
// CHECK:         %[[M64:.*]] = arith.index_cast %[[M]] : index to i64
// CHECK:         memref.store %[[M64]], %[[SIZES]][%[[C0]]]
// CHECK:         memref.store %[[THREE]], %[[SIZES]][%[[C1]]]
// CHECK:         %[[FIRST:.*]] = arith.muli %[[M]], %[[C12]]
// CHECK:         %[[FIRST63:.*]] = arith.addi %[[FIRST]], %[[LAST]]
// CHECK:         %[[FIRST64:.*]] = arith.andi %[[FIRST63]], %[[MASK]]
// CHECK:         %[[SECOND:.*]] = arith.muli %[[M]], %[[C4]]
// CHECK:         %[[SECOND63:.*]] = arith.addi %[[SECOND]], %[[LAST]]
// CHECK:         %[[SECOND64:.*]] = arith.andi %[[SECOND63]], %[[MASK]]
// CHECK:         %[[END:.*]] = arith.addi %[[FIRST64]], %[[SECOND64]]
// CHECK:         %[[BYTES:.*]] = arith.select %{{.*}}, %[[END]], %{{.*}}
// CHECK:         %[[END64:.*]] = arith.index_cast %[[BYTES]]
// CHECK:         memref.store %[[END64]], %[[SIZES]][%[[C2]]]
// CHECK-NOT:     memref.store
// CHECK-LABEL: func @dynamic_sizes(
// CHECK-SAME:      %[[X:.*]]: memref<?x3xf32>, %{{.*}}, %{{.*}}, %[[WORKSPACE:[^:]*]]: memref<?xi8>,
// CHECK-DAG:     %[[C0:.*]] = arith.constant 0 : index
// CHECK-DAG:     %[[M:.*]] = memref.dim %[[X]], %[[C0]]
// CHECK-DAG:     memref.view %[[WORKSPACE]][%[[C0]]][%[[M]]] : memref<?xi8> to memref<?x3xf32>
// CHECK-DAG:     memref.view %[[WORKSPACE]][%{{.*}}][%[[M]]] : memref<?xi8> to memref<?xi32>
func.func @dynamic_sizes(%x: memref<?x3xf32>) -> memref<?x3xf32> {
  %c0 = arith.constant 0 : index
  %m = memref.dim %x, %c0 : memref<?x3xf32>
  %a = memref.alloc(%m) : memref<?x3xf32>
  linalg.exp ins(%x : memref<?x3xf32>) outs(%a : memref<?x3xf32>)
  %n = memref.dim %a, %c0 : memref<?x3xf32>
  %b = memref.alloc(%n) : memref<?xi32>
  %i = arith.constant 0 : i32
  linalg.fill ins(%i : i32) outs(%b : memref<?xi32>)
  %y = memref.alloc(%m) : memref<?x3xf32>
  linalg.exp ins(%a : memref<?x3xf32>) outs(%y : memref<?x3xf32>)
  memref.store %i, %b[%c0] : memref<?xi32>
  return %y : memref<?x3xf32>
}

// -----

// Each of the first and the last use lies after the other's: two slots. The
// third buffer comes when the first is not used any more. The slot has the size
// of the larger, 256 bytes; f16 have two bytes, i1 and i3 one, indices eight.
// CHECK-LABEL: func @slots_plan
// CHECK:         %[[BYTES:.*]] = arith.constant 640 : i64
// CHECK:         memref.store %[[BYTES]]
// CHECK-LABEL: func @slots(
// CHECK-DAG:     %[[C0:.*]] = arith.constant 0 : index
// CHECK-DAG:     %[[C256:.*]] = arith.constant 256 : index
// CHECK-DAG:     %[[C320:.*]] = arith.constant 320 : index
// CHECK-DAG:     %[[C384:.*]] = arith.constant 384 : index
// CHECK-DAG:     %[[C448:.*]] = arith.constant 448 : index
// CHECK-DAG:     memref.view %[[S:.*]][%[[C0]]][] : memref<?xi8> to memref<16xf32>
// CHECK-DAG:     memref.view %[[S]][%[[C256]]][] : memref<?xi8> to memref<16xf32>
// CHECK-DAG:     memref.view %[[S]][%[[C0]]][] : memref<?xi8> to memref<64xf32>
// CHECK-DAG:     memref.view %[[S]][%[[C320]]][] : memref<?xi8> to memref<32xf16>
// CHECK-DAG:     memref.view %[[S]][%[[C384]]][] : memref<?xi8> to memref<64xi1>
// CHECK-DAG:     memref.view %[[S]][%[[C448]]][] : memref<?xi8> to memref<24xindex>
// CHECK-DAG:     memref.view %[[S]][%[[C256]]][] : memref<?xi8> to memref<64xi3>
func.func @slots(%x: memref<16xf32>) {
  %c0 = arith.constant 0 : index
  %zero = arith.constant 0.0 : f32
  %a = memref.alloc() : memref<16xf32>
  %b = memref.alloc() : memref<16xf32>
  linalg.exp ins(%x : memref<16xf32>) outs(%a : memref<16xf32>)
  linalg.exp ins(%a : memref<16xf32>) outs(%b : memref<16xf32>)
  %c = memref.alloc() : memref<64xf32>
  linalg.fill ins(%zero : f32) outs(%c : memref<64xf32>)
  %h = memref.alloc() : memref<32xf16>
  %bits = memref.alloc() : memref<64xi1>
  %indices = memref.alloc() : memref<24xindex>
  linalg.exp ins(%b : memref<16xf32>) outs(%x : memref<16xf32>)
  %d = memref.alloc() : memref<64xi3>
  %i3 = arith.constant 0 : i3
  memref.store %i3, %d[%c0] : memref<64xi3>
  memref.store %zero, %c[%c0] : memref<64xf32>
  %true = arith.constant true
  memref.store %true, %bits[%c0] : memref<64xi1>
  %half = arith.constant 0.0 : f16
  memref.store %half, %h[%c0] : memref<32xf16>
  memref.store %c0, %indices[%c0] : memref<24xindex>
  return
}

// -----

// A view of a buffer, and a use inside a loop, keep it alive.
// CHECK-LABEL: func @views_keep_alive(
// CHECK-DAG:     %[[C0:.*]] = arith.constant 0 : index
// CHECK-DAG:     %[[C64:.*]] = arith.constant 64 : index
// CHECK-DAG:     memref.view %[[S:.*]][%[[C0]]][] : memref<?xi8> to memref<16xf32>
// CHECK-DAG:     memref.view %[[S]][%[[C64]]][] : memref<?xi8> to memref<8xf32>
// CHECK-DAG:     memref.view %[[S]][%[[C0]]][] : memref<?xi8> to memref<4xf32>
func.func @views_keep_alive(%x: memref<4x4xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c4 = arith.constant 4 : index
  %zero = arith.constant 0.0 : f32
  %a = memref.alloc() : memref<16xf32>
  %view = memref.expand_shape %a [[0, 1]] output_shape [4, 4] : memref<16xf32> into memref<4x4xf32>
  %b = memref.alloc() : memref<8xf32>
  memref.store %zero, %b[%c0] : memref<8xf32>
  scf.for %i = %c0 to %c4 step %c1 {
    memref.store %zero, %view[%i, %c0] : memref<4x4xf32>
  }
  memref.store %zero, %b[%c0] : memref<8xf32>
  %c = memref.alloc() : memref<4xf32>
  memref.store %zero, %c[%c0] : memref<4xf32>
  return
}

// -----

// Constants lie in the weights, 64 bytes apart, splats written out, each i1 a
// byte.
// CHECK:         lowbit.weights = dense_resource<lowbit.weights> : tensor<258xi8>
// CHECK-LABEL: func @constants(
// CHECK-DAG:     memref.view %[[W:.*]][%[[C0:.*]]][] : memref<?xi8> to memref<2xf32>
// CHECK-DAG:     memref.view %[[W]][%[[C64:.*]]][] : memref<?xi8> to memref<3xi8>
// CHECK-DAG:     memref.view %[[W]][%[[C128:.*]]][] : memref<?xi8> to memref<3xi1>
// CHECK-DAG:     memref.view %[[W]][%[[C192:.*]]][] : memref<?xi8> to memref<1xi64>
// CHECK-DAG:     memref.view %[[W]][%[[C256:.*]]][] : memref<?xi8> to memref<2xi8>
// CHECK-DAG:     %[[C0]] = arith.constant 0 : index
// CHECK-DAG:     %[[C64]] = arith.constant 64 : index
// CHECK-DAG:     %[[C128]] = arith.constant 128 : index
// CHECK-DAG:     %[[C192]] = arith.constant 192 : index
// CHECK-DAG:     %[[C256]] = arith.constant 256 : index
// CHECK:         lowbit.weights: "0x40000000{{0000803F00000040(00){56}070707(00){61}010001(00){61}FEFFFFFFFFFFFFFF(00){56}0A0B"$}}
memref.global "private" constant @floats : memref<2xf32> = dense<[1.0, 2.0]>
memref.global "private" constant @splat : memref<3xi8> = dense<7>
memref.global "private" constant @bits : memref<3xi1> = dense<[true, false, true]>
memref.global "private" constant @words : memref<1xi64> = dense<-2>
memref.global "private" constant @resource : memref<2xi8> = dense_resource<r>
func.func @constants(%b: memref<3xi1>, %w: memref<1xi64>, %r: memref<2xi8>, %f: memref<2xf32>, %s: memref<3xi8>) {
  %0 = memref.get_global @floats : memref<2xf32>
  memref.copy %0, %f : memref<2xf32> to memref<2xf32>
  %1 = memref.get_global @splat : memref<3xi8>
  memref.copy %1, %s : memref<3xi8> to memref<3xi8>
  %2 = memref.get_global @bits : memref<3xi1>
  memref.copy %2, %b : memref<3xi1> to memref<3xi1>
  %3 = memref.get_global @words : memref<1xi64>
  memref.copy %3, %w : memref<1xi64> to memref<1xi64>
  %4 = memref.get_global @resource : memref<2xi8>
  memref.copy %4, %r : memref<2xi8> to memref<2xi8>
  return
}

{-#
  dialect_resources: {
    builtin: {
      r: "0x010000000A0B"
    }
  }
#-}

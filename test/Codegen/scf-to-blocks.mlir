// RUN: lowbit-opt %s --lowbit-scf-to-blocks | FileCheck %s
// RUN: lowbit-opt %s --lowbit-scf-to-blocks --convert-to-llvm | FileCheck %s --check-prefix=LLVM

// The loops stay in order, whichever is lowered first.
// CHECK-LABEL: func @in_order
// CHECK-SAME:      %[[X:.*]]: memref<?xf32>, %[[N:.*]]: index
// CHECK:         cf.br ^[[FIRST:.*]](%{{.*}} : index)
// CHECK:       ^[[FIRST]](%[[I:.*]]: index):
// CHECK:         %[[MORE:.*]] = arith.cmpi slt, %[[I]], %[[N]]
// CHECK:         cf.cond_br %[[MORE]], ^[[BODY:.*]], ^[[END:.*]]
// CHECK:       ^[[BODY]]:
// CHECK:         memref.store %{{.*}}, %[[X]][%[[I]]]
// CHECK:         cf.br ^[[FIRST]](
// CHECK:       ^[[END]]:
// CHECK:         cf.br ^[[SECOND:.*]](%{{.*}} : index)
// CHECK:       ^[[SECOND]](%[[J:.*]]: index):
// CHECK:         memref.load %[[X]][%[[J]]]
// CHECK:         return
func.func @in_order(%x: memref<?xf32>, %n: index) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %one = arith.constant 1.0 : f32
  scf.for %i = %c0 to %n step %c1 {
    memref.store %one, %x[%i] : memref<?xf32>
  }
  scf.for %j = %c0 to %n step %c1 {
    %v = memref.load %x[%j] : memref<?xf32>
    %w = arith.addf %v, %v : f32
    memref.store %w, %x[%j] : memref<?xf32>
  }
  return
}

// CHECK-LABEL: func @nested
// CHECK-NOT:     scf.
// CHECK:         return
func.func @nested(%c: i1, %n: index) -> index {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %y = scf.if %c -> index {
    %s = scf.for %i = %c0 to %n step %c1 iter_args(%t = %c0) -> index {
      %u = arith.addi %t, %i : index
      scf.yield %u : index
    }
    scf.yield %s : index
  } else {
    scf.yield %n : index
  }
  return %y : index
}

// The yield of a while loop stays the last thing that it does.
// CHECK-LABEL: func @loop_in_a_while
// CHECK:         cf.br ^[[BEFORE:.*]](%{{.*}} : index)
// CHECK:       ^[[BEFORE]](%[[I:.*]]: index):
// CHECK:         cf.cond_br %{{.*}}, ^[[AFTER:.*]](%[[I]] : index), ^[[END:.*]]
// CHECK:       ^[[AFTER]](%[[J:.*]]: index):
// CHECK:         memref.store
// CHECK:         %[[NEXT:.*]] = arith.addi %[[J]], %{{.*}} : index
// CHECK:         cf.br ^[[BEFORE]](%[[NEXT]] : index)
// CHECK:       ^[[END]]:
// CHECK:         return
func.func @loop_in_a_while(%x: memref<?xf32>, %n: index) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %one = arith.constant 1.0 : f32
  %y = scf.while (%i = %c0) : (index) -> index {
    %c = arith.cmpi ult, %i, %n : index
    scf.condition(%c) %i : index
  } do {
  ^bb0(%i: index):
    scf.for %j = %c0 to %n step %c1 {
      memref.store %one, %x[%j] : memref<?xf32>
    }
    %k = arith.addi %i, %c1 : index
    scf.yield %k : index
  }
  return
}

// The last branch of the loop has its annotation, which LLVM IR takes from there.
// CHECK-LABEL: func @annotated
// CHECK:         cf.br ^{{.*}} {loop_annotation = #{{.*}}}
// LLVM-LABEL:  llvm.func @annotated
// LLVM:          llvm.br ^{{.*}} {loop_annotation = #{{.*}}}
#unroll = #llvm.loop_unroll<disable = true>
#annotation = #llvm.loop_annotation<unroll = #unroll>
func.func @annotated(%x: memref<?xf32>, %n: index) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %one = arith.constant 1.0 : f32
  scf.for %i = %c0 to %n step %c1 {
    memref.store %one, %x[%i] : memref<?xf32>
  } {llvm.loop_annotation = #annotation}
  return
}

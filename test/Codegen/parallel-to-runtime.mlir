// RUN: lowbit-opt %s --lowbit-parallel-to-runtime --split-input-file | FileCheck %s
// RUN: lowbit-opt %s --lowbit-parallel-to-runtime --split-input-file > %t.once
// RUN: lowbit-opt %s --lowbit-parallel-to-runtime --lowbit-parallel-to-runtime --split-input-file | diff - %t.once
// RUN: lowbit-opt %s --lowbit-parallel-to-runtime --convert-scf-to-cf --convert-to-llvm --reconcile-unrealized-casts --lowbit-verify-stage=stage=llvm --split-input-file -o /dev/null

// The body gets what it uses in a struct, constants excepted, and of a dense buffer
// where it lies and what is not known of its shape.
// CHECK-LABEL: func private @main_body
// CHECK-SAME:      (%[[DATA:.*]]: !llvm.ptr, %[[BEGIN:.*]]: i64, %[[END:.*]]: i64)
// CHECK-DAG:     %[[ONE:.*]] = arith.constant 1.000000e+00 : f32
// CHECK-DAG:     %[[STEP:.*]] = arith.constant 16 : index
// CHECK:         %[[STRUCT:.*]] = llvm.load %[[DATA]] : !llvm.ptr -> !llvm.struct<(ptr, i64, i64)>
// CHECK-DAG:     %[[POINTER:.*]] = llvm.extractvalue %[[STRUCT]][0]
// CHECK-DAG:     %[[SIZE:.*]] = llvm.extractvalue %[[STRUCT]][1]
// CHECK-DAG:     %[[FIELD2:.*]] = llvm.extractvalue %[[STRUCT]][2]
// CHECK:         llvm.insertvalue %[[POINTER]], %{{.*}}[1]
// CHECK:         llvm.insertvalue %[[SIZE]], %{{.*}}[3, 0]
// CHECK:         %[[X:.*]] = builtin.unrealized_conversion_cast %{{.*}} : {{.*}} to memref<?xf32>
// CHECK:         %[[LOWER:.*]] = builtin.unrealized_conversion_cast %[[FIELD2]] : i64 to index
// CHECK-DAG:     %[[FROM:.*]] = arith.index_cast %[[BEGIN]] : i64 to index
// CHECK-DAG:     %[[TO:.*]] = arith.index_cast %[[END]] : i64 to index
// CHECK:         scf.for %[[I:.*]] = %[[FROM]] to %[[TO]]
// CHECK:           %[[OFFSET:.*]] = arith.muli %[[I]], %[[STEP]]
// CHECK:           %[[AT:.*]] = arith.addi %[[LOWER]], %[[OFFSET]]
// CHECK:           memref.store %[[ONE]], %[[X]][%[[AT]]]
// CHECK:         return
//
// The struct is on the stack of the function, not of a loop in it, and shares its
// place with those of other loops.
// CHECK-LABEL: func @main
// CHECK-SAME:      (%[[X:.*]]: memref<?xf32>, %[[A:.*]]: index, %[[N:.*]]: index, %[[CONTEXT:.*]]: !llvm.ptr)
// CHECK:         %[[DATA:.*]] = llvm.alloca
// CHECK:         scf.for
// CHECK:           %[[SPAN:.*]] = arith.subi %[[N]], %[[A]]
// CHECK:           %[[QUOTIENT:.*]] = arith.ceildivsi %[[SPAN]], %{{.*}}
// CHECK-DAG:       %[[POINTER:.*]] = llvm.extractvalue %{{.*}}[1]
// CHECK-DAG:       %[[SIZE:.*]] = llvm.extractvalue %{{.*}}[3, 0]
// CHECK:           llvm.insertvalue %[[POINTER]], %{{.*}}[0]
// CHECK:           llvm.insertvalue %[[SIZE]], %{{.*}}[1]
// CHECK:           llvm.insertvalue %{{.*}}[2]
// CHECK:           llvm.intr.lifetime.start %[[DATA]]
// CHECK:           llvm.store %{{.*}}, %[[DATA]]
// CHECK:           %[[COUNT:.*]] = arith.index_cast %[[QUOTIENT]] : index to i64
// CHECK:           llvm.getelementptr %[[CONTEXT]][24]
// CHECK:           %[[HOOK:.*]] = llvm.load
// CHECK:           %[[SET:.*]] = llvm.icmp "ne" %[[HOOK]], %{{.*}}
// CHECK:           scf.if %[[SET]] {
// CHECK:             llvm.getelementptr %[[CONTEXT]][32]
// CHECK:             %[[POOL:.*]] = llvm.load
// CHECK:             func.constant @main_body
// CHECK:             llvm.call %[[HOOK]](%[[POOL]], %[[COUNT]], %{{.*}}, %[[DATA]])
// CHECK:           } else {
// CHECK:             %[[ZERO:.*]] = llvm.mlir.constant(0 : i64)
// CHECK:             func.call @main_body(%[[DATA]], %[[ZERO]], %[[COUNT]])
// CHECK:           }
// CHECK:           llvm.intr.lifetime.end %[[DATA]]
func.func @main(%x: memref<?xf32>, %a: index, %n: index, %context: !llvm.ptr) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c16 = arith.constant 16 : index
  %one = arith.constant 1.0 : f32
  scf.for %j = %c0 to %c16 step %c1 {
    scf.parallel (%i) = (%a) to (%n) step (%c16) {
      memref.store %one, %x[%i] : memref<?xf32>
    }
  }
  return
}

// -----

// CHECK:         func private @main_body(
// CHECK:         func private @main_body_0(
// CHECK-LABEL: func @main(
// CHECK:         call @main_body(
// CHECK:         call @main_body_0(
func.func @main(%x: memref<4xf32>, %context: !llvm.ptr) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c4 = arith.constant 4 : index
  %one = arith.constant 1.0 : f32
  scf.parallel (%i) = (%c0) to (%c4) step (%c1) {
    memref.store %one, %x[%i] : memref<4xf32>
  }
  scf.parallel (%i) = (%c0) to (%c4) step (%c1) {
    memref.store %one, %x[%i] : memref<4xf32>
  }
  return
}

// -----

// CHECK-LABEL: func private @nothing_used_body(
// CHECK:         llvm.load %{{.*}} : !llvm.ptr -> !llvm.struct<()>
// CHECK:         scf.for
// CHECK:           func.call @external()
func.func private @external()
func.func @nothing_used(%context: !llvm.ptr) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c4 = arith.constant 4 : index
  scf.parallel (%i) = (%c0) to (%c4) step (%c1) {
    func.call @external() : () -> ()
  }
  return
}

// -----

// One buffer for the whole range, and a sequential loop inside.
// CHECK-LABEL: func private @nested_body(
// CHECK:         %[[BUFFER:.*]] = memref.alloca() : memref<4xf32>
// CHECK:         scf.for %[[I:.*]] =
// CHECK:           %[[OUTER:.*]] = arith.addi
// CHECK:           scf.for %[[J:.*]] = %{{.*}} to %[[OUTER]]
// CHECK-NEXT:        memref.store %{{.*}}, %[[BUFFER]][%[[J]]]
// CHECK-LABEL: func @nested(
// CHECK-NOT:     scf.parallel
func.func @nested(%x: memref<4xf32>, %context: !llvm.ptr) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c4 = arith.constant 4 : index
  %one = arith.constant 1.0 : f32
  scf.parallel (%i) = (%c0) to (%c4) step (%c1) {
    %buffer = memref.alloca() : memref<4xf32>
    scf.parallel (%j) = (%c0) to (%i) step (%c1) {
      memref.store %one, %buffer[%j] : memref<4xf32>
    }
    %v = memref.load %buffer[%i] : memref<4xf32>
    memref.store %v, %x[%i] : memref<4xf32>
  }
  return
}

// -----

// The last dimension is the fastest.
// CHECK-LABEL: func private @two_dimensions_body(
// CHECK:         scf.for %[[I:.*]] =
// CHECK:           %[[AT:.*]] = arith.addi
// CHECK-DAG:       %[[COLUMN:.*]] = arith.remsi %[[AT]], %[[C5:.*]] :
// CHECK-DAG:       %[[ROW:.*]] = arith.divsi %[[AT]], %[[C5]] :
// CHECK:           memref.store %{{.*}}, %{{.*}}[%{{.*}}, %{{.*}}] : memref<4x5xf32>
// CHECK-LABEL: func @two_dimensions(
// CHECK-NOT:     scf.parallel
func.func @two_dimensions(%x: memref<4x5xf32>, %context: !llvm.ptr) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c4 = arith.constant 4 : index
  %c5 = arith.constant 5 : index
  %one = arith.constant 1.0 : f32
  scf.parallel (%i, %j) = (%c0, %c0) to (%c4, %c5) step (%c1, %c1) {
    memref.store %one, %x[%i, %j] : memref<4x5xf32>
  }
  return
}

// -----

// Of what is known of a shape nothing is passed; elements that do not lie side by
// side are passed as they are.
// CHECK-LABEL: func private @shapes_body(
// CHECK:         llvm.load %{{.*}} : !llvm.ptr -> !llvm.struct<(ptr, i64, i64, struct<(ptr, ptr, i64, array<1 x i64>, array<1 x i64>)>)>
// CHECK-DAG:     %[[ROW:.*]] = llvm.mlir.constant(5 : i64)
// CHECK:         %[[ROW_STRIDE:.*]] = llvm.mul %{{.*}}, %[[ROW]] : i64
// CHECK:         %[[PLANE_STRIDE:.*]] = llvm.mul %[[ROW_STRIDE]], %{{.*}} : i64
// CHECK:         llvm.insertvalue %[[PLANE_STRIDE]], %{{.*}}[4, 0]
func.func @shapes(%x: memref<?x?x5xf32>, %y: memref<4xf32, strided<[2], offset: ?>>, %context: !llvm.ptr) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c4 = arith.constant 4 : index
  scf.parallel (%i) = (%c0) to (%c4) step (%c1) {
    %v = memref.load %x[%i, %i, %i] : memref<?x?x5xf32>
    memref.store %v, %y[%i] : memref<4xf32, strided<[2], offset: ?>>
  }
  return
}

// RUN: lowbit-opt %s --lowbit-plan-memory --cse --split-input-file | FileCheck %s

#id = affine_map<(i) -> (i)>

// The plan of inputs that do not fit one another asks for -1 bytes.

// CHECK-LABEL: func.func @sum_plan
// CHECK-SAME:    %[[X:[a-z0-9]+]]: memref<?xf32>, %[[Y:[a-z0-9]+]]: memref<?xf32>, %[[SIZES:[a-z0-9]+]]: memref<?xi64>
// CHECK-DAG:     %[[M:.*]] = memref.dim %[[X]]
// CHECK-DAG:     %[[N:.*]] = memref.dim %[[Y]]
// CHECK:         %[[EQUAL:.*]] = arith.cmpi eq, %[[M]], %[[N]]
// CHECK-DAG:     %[[NONE:.*]] = arith.constant -1 : index
// CHECK:         %[[BYTES:.*]] = arith.select %{{.*}}, %{{.*}}, %[[NONE]]
// CHECK:         %[[WORD:.*]] = arith.index_cast %[[BYTES]]
// CHECK:         memref.store %[[WORD]], %[[SIZES]]
func.func @sum(%x: memref<?xf32>, %y: memref<?xf32>) -> memref<?xf32> {
  %c0 = arith.constant 0 : index
  %m = memref.dim %x, %c0 : memref<?xf32>
  %z = memref.alloc(%m) : memref<?xf32>
  linalg.generic {indexing_maps = [#id, #id, #id],
                  iterator_types = ["parallel"]}
      ins(%x, %y : memref<?xf32>, memref<?xf32>) outs(%z : memref<?xf32>) {
  ^bb0(%a: f32, %b: f32, %o: f32):
    %s = arith.addf %a, %b : f32
    linalg.yield %s : f32
  }
  return %z : memref<?xf32>
}

// -----

// The two sides of a copy, of which one is a slice.
// CHECK-LABEL: func.func @slice_plan
// CHECK-SAME:    %[[X:[a-z0-9]+]]: memref<?xf32>, %[[Y:[a-z0-9]+]]: memref<?x4xf32>,
// CHECK-DAG:     %[[M:.*]] = memref.dim %[[X]]
// CHECK-DAG:     %[[N:.*]] = memref.dim %[[Y]]
// CHECK:         arith.cmpi eq, %[[M]], %[[N]]
// CHECK:         arith.select
func.func @slice(%x: memref<?xf32>, %y: memref<?x4xf32>) {
  %c0 = arith.constant 0 : index
  %n = memref.dim %y, %c0 : memref<?x4xf32>
  %slice = memref.subview %y[0, 1] [%n, 1] [1, 1] : memref<?x4xf32> to memref<?xf32, strided<[4], offset: 1>>
  memref.copy %x, %slice : memref<?xf32> to memref<?xf32, strided<[4], offset: 1>>
  return
}

// -----

// What is known only when it runs cannot be checked before.
// CHECK-LABEL: func.func @chosen_plan
// CHECK-NOT:     arith.select
// CHECK-LABEL: func.func @chosen(
func.func @chosen(%x: memref<?xf32>, %y: memref<?xf32>, %c: i1) {
  %z = scf.if %c -> memref<?xf32> {
    scf.yield %x : memref<?xf32>
  } else {
    scf.yield %y : memref<?xf32>
  }
  linalg.exp ins(%z : memref<?xf32>) outs(%x : memref<?xf32>)
  return
}

// -----

// What a branch needs is checked where the branch is taken.
// CHECK-LABEL: func.func @branch_plan
// CHECK-SAME:    %[[X:[a-z0-9]+]]: memref<?xf32>, %[[Y:[a-z0-9]+]]: memref<?xf32>,
// CHECK-DAG:     %[[TRUE:.*]] = arith.constant true
// CHECK-DAG:     %[[M:.*]] = memref.dim %[[X]]
// CHECK-DAG:     %[[N:.*]] = memref.dim %[[Y]]
// CHECK-DAG:     %[[EQUAL:.*]] = arith.cmpi eq, %[[M]], %[[N]]
// CHECK-DAG:     %[[TAKEN:.*]] = arith.cmpi ugt, %[[M]], %{{.*}}
// CHECK:         %[[FITS:.*]] = arith.select %[[TAKEN]], %[[EQUAL]], %[[TRUE]]
// CHECK:         arith.select %[[FITS]]
func.func @branch(%x: memref<?xf32>, %y: memref<?xf32>) {
  %c0 = arith.constant 0 : index
  %m = memref.dim %x, %c0 : memref<?xf32>
  %taken = arith.cmpi ugt, %m, %c0 : index
  scf.if %taken {
    linalg.exp ins(%x : memref<?xf32>) outs(%y : memref<?xf32>)
  }
  return
}

// -----

// Packed ops in a loop: rows, bytes of the panels, blocks and panels.
// CHECK-LABEL: func.func @packed_plan
// CHECK-SAME:    %[[A:[a-z0-9]+]]: memref<?x?xi8>, %[[S:[a-z0-9]+]]: memref<?x?xi32>, %[[W:[a-z0-9]+]]: memref<1x?xi8>, %[[Y:[a-z0-9]+]]: memref<?x2xi32>,
// CHECK:         %[[MA:.*]] = memref.dim %[[A]], %c0
// CHECK:         %[[MS:.*]] = memref.dim %[[S]], %c0
// CHECK:         arith.cmpi eq, %[[MA]], %[[MS]]
// CHECK:         %[[MY:.*]] = memref.dim %[[Y]], %c0
// CHECK:         arith.cmpi eq, %[[MA]], %[[MY]]
// CHECK:         %[[BYTES:.*]] = memref.dim %[[W]], %c1
// CHECK:         arith.cmpi eq, %{{.*}}, %[[BYTES]]
// CHECK:         %[[G:.*]] = memref.dim %[[S]], %c1
// CHECK:         arith.cmpi eq, %{{.*}}, %[[G]]
// CHECK:         arith.select
func.func @packed(%a: memref<?x?xi8>, %s: memref<?x?xi32>, %w: memref<1x?xi8>, %y: memref<?x2xi32>, %n: index) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  scf.for %i = %c0 to %n step %c1 {
    lowbit.packed_matmul <field_bits = 2, code_offset = 1> %a, %s, %w into %y
        : (memref<?x?xi8>, memref<?x?xi32>, memref<1x?xi8>, memref<?x2xi32>) -> ()
  }
  return
}

// -----

// What loops over parts say of the whole; of a number that is known only when it
// runs, nothing is checked.
// CHECK-LABEL: func.func @required_plan
// CHECK-SAME:    %[[X:[a-z0-9]+]]: memref<?xf32>, %[[Y:[a-z0-9]+]]: memref<?x?xf32>, %[[I:[a-z0-9]+]]: memref<index>
// CHECK-DAG:     %[[M:.*]] = memref.dim %[[X]]
// CHECK-DAG:     %[[N:.*]] = memref.dim %[[Y]]
// CHECK:         %[[EQUAL:.*]] = arith.cmpi eq, %[[M]], %[[N]]
// CHECK-NOT:     arith.cmpi
// CHECK:         arith.select %[[EQUAL]]
// CHECK-LABEL: func.func @required(
// CHECK-NOT:     lowbit.require_equal
func.func @required(%x: memref<?xf32>, %y: memref<?x?xf32>, %i: memref<index>) {
  %c0 = arith.constant 0 : index
  %m = memref.dim %x, %c0 : memref<?xf32>
  %n = memref.dim %y, %c0 : memref<?x?xf32>
  %unknown = memref.load %i[] : memref<index>
  lowbit.require_equal %m, %n, %unknown : index, index, index
  return
}

// -----

// CHECK-LABEL: func.func @reals_plan
// CHECK-SAME:    %[[X:[a-z0-9]+]]: memref<?x?xf32>, %[[W:[a-z0-9]+]]: memref<?x?xf32>, %[[Y:[a-z0-9]+]]: memref<?x?xf32>
// CHECK-DAG:     %[[M:.*]] = memref.dim %[[X]], %c0
// CHECK-DAG:     %[[K:.*]] = memref.dim %[[X]], %c1
// CHECK-DAG:     %[[PANELS:.*]] = memref.dim %[[W]], %c0
// CHECK-DAG:     %[[REALS:.*]] = memref.dim %[[W]], %c1
// CHECK-DAG:     %[[ROWS:.*]] = memref.dim %[[Y]], %c0
// CHECK-DAG:     arith.cmpi eq, %[[M]], %[[ROWS]]
// CHECK-DAG:     %[[DEEP:.*]] = arith.muli %[[K]], %c16
// CHECK-DAG:     arith.cmpi eq, %[[DEEP]], %[[REALS]]
// CHECK-DAG:     arith.cmpi eq, %{{.*}}, %[[PANELS]]
// CHECK-LABEL: func.func @reals(
func.func @reals(%x: memref<?x?xf32>, %w: memref<?x?xf32>, %y: memref<?x?xf32>) {
  lowbit.packed_float_matmul %x, %w into %y : (memref<?x?xf32>, memref<?x?xf32>, memref<?x?xf32>) -> ()
  return
}

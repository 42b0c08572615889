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

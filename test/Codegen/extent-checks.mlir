// RUN: lowbit-opt %s --lowbit-plan-memory --cse | FileCheck %s

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

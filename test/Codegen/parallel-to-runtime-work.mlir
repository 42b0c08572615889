// RUN: lowbit-opt %s --lowbit-parallel-to-runtime --canonicalize --split-input-file | FileCheck %s

// A product of %m x 64 with 64 rows of weights; the smaller it is, the more of
// them are a task.
// CHECK-LABEL: func private @work_body(
// CHECK-DAG:     %[[COUNT:.*]] = builtin.unrealized_conversion_cast %{{.*}} : i64 to index
// CHECK-DAG:     %[[FROM:.*]] = arith.muli %{{.*}}, %[[PER:.*]] : index
// CHECK-DAG:     %[[LAST:.*]] = arith.muli %{{.*}}, %[[PER]] : index
// CHECK:         %[[TO:.*]] = arith.minsi %[[LAST]], %{{.*}} : index
// CHECK:         scf.for %{{.*}} = %[[FROM]] to %[[TO]]
// CHECK-LABEL: func @work(
// CHECK-SAME:      %[[A:.*]]: memref<?x64xi8>,
// CHECK:         %[[M:.*]] = memref.dim %[[A]], %c0

// CHECK:         %[[PER:.*]] = arith.ceildivui %c4194304, %{{.*}} : index
// CHECK:         %[[TASKS:.*]] = arith.ceildivsi %{{.*}}, %[[PER]] : index
// CHECK:         %[[NUMBER:.*]] = arith.index_cast %[[TASKS]] : index to i64
// CHECK:         llvm.call %{{.*}}(%{{.*}}, %[[NUMBER]], %{{.*}}, %{{.*}})
func.func @work(%a: memref<?x64xi8>, %sums: memref<?x1xi32>, %w: memref<8x1024xi8>, %y: memref<?x512xi32>, %context: !llvm.ptr) {
  %c0 = arith.constant 0 : index
  %c64 = arith.constant 64 : index
  %c512 = arith.constant 512 : index
  %m = memref.dim %a, %c0 : memref<?x64xi8>
  scf.parallel (%n) = (%c0) to (%c512) step (%c64) {
    %panel = affine.apply affine_map<(d0) -> (d0 floordiv 64)>(%n)
    %wt = memref.subview %w[%panel, 0] [1, 1024] [1, 1] : memref<8x1024xi8> to memref<1x1024xi8, strided<[1024, 1], offset: ?>>
    %yt = memref.subview %y[0, %n] [%m, 64] [1, 1] : memref<?x512xi32> to memref<?x64xi32, strided<[512, 1], offset: ?>>
    lowbit.packed_matmul <field_bits = 2, code_offset = 1> %a, %sums, %wt into %yt
        : (memref<?x64xi8>, memref<?x1xi32>, memref<1x1024xi8, strided<[1024, 1], offset: ?>>, memref<?x64xi32, strided<[512, 1], offset: ?>>) -> ()
  }
  return
}

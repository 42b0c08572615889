// RUN: lowbit-opt %s --lowbit-expand-shapes | FileCheck %s

// CHECK-DAG: #[[TIMES4:.*]] = affine_map<()[s0] -> (s0 * 4)>

// CHECK-LABEL: @several_unknown
// CHECK-SAME:      (%[[X:.*]]: memref<?x4xf32>, %[[M:.*]]: index, %[[N:.*]]: index)
// CHECK:         %[[STRIDE:.*]] = affine.apply #[[TIMES4]]()[%[[N]]]
// CHECK:         memref.reinterpret_cast %[[X]] to offset: [0], sizes: [%[[M]], %[[N]], 4], strides: [%[[STRIDE]], 4, 1] : memref<?x4xf32> to memref<?x?x4xf32>
func.func @several_unknown(%x: memref<?x4xf32>, %m: index, %n: index) -> memref<?x?x4xf32> {
  %y = memref.expand_shape %x [[0, 1], [2]] output_shape [%m, %n, 4] : memref<?x4xf32> into memref<?x?x4xf32>
  return %y : memref<?x?x4xf32>
}

// CHECK-LABEL: @one_unknown
// CHECK:         memref.expand_shape
func.func @one_unknown(%x: memref<?x4xf32>, %m: index) -> memref<?x3x4xf32> {
  %y = memref.expand_shape %x [[0, 1], [2]] output_shape [%m, 3, 4] : memref<?x4xf32> into memref<?x3x4xf32>
  return %y : memref<?x3x4xf32>
}

// CHECK-LABEL: @apart
// CHECK:         memref.expand_shape
func.func @apart(%x: memref<?x4xf32, strided<[8, 1]>>, %m: index, %n: index) -> memref<?x?x4xf32, strided<[?, 8, 1]>> {
  %y = memref.expand_shape %x [[0, 1], [2]] output_shape [%m, %n, 4]
      : memref<?x4xf32, strided<[8, 1]>> into memref<?x?x4xf32, strided<[?, 8, 1]>>
  return %y : memref<?x?x4xf32, strided<[?, 8, 1]>>
}

// RUN: lowbit-opt %s --lowbit-decompose-aggregated-ops | FileCheck %s
// RUN: lowbit-opt %s --lowbit-decompose-aggregated-ops --canonicalize --eliminate-empty-tensors \
// RUN:   --one-shot-bufferize=bufferize-function-boundaries --cse --canonicalize | FileCheck %s --check-prefix=BUFFER

// CHECK-LABEL: func @softmax
// CHECK-SAME:      %[[X:.*]]: tensor<?x4xf32>, %[[INIT:.*]]: tensor<?x4xf32>
// CHECK-NOT:     linalg.softmax
// CHECK:         %[[LOWEST:.*]] = arith.constant 0xFF800000 : f32
// CHECK:         linalg.fill ins(%[[LOWEST]] :
// CHECK:         %[[MAX:.*]] = linalg.generic {{.*}} ins(%[[X]] : {{.*}} outs(%{{.*}} : tensor<?xf32>)
// CHECK:           arith.maxnumf
// CHECK:         %[[EXP:.*]] = linalg.generic {{.*}} ins(%[[X]], %[[MAX]] :
// CHECK:           arith.subf
// CHECK:           math.exp
// CHECK:         %[[SUM:.*]] = linalg.generic {{.*}} ins(%[[EXP]] : {{.*}} outs(%{{.*}} : tensor<?xf32>)
// CHECK:           arith.addf
// CHECK:         %[[Y:.*]] = linalg.generic {{.*}} ins(%[[EXP]], %[[SUM]] : {{.*}} outs(%[[INIT]] :
// CHECK:           arith.divf
// CHECK:           arith.mulf
// CHECK:         return %[[Y]]
func.func @softmax(%x: tensor<?x4xf32>, %init: tensor<?x4xf32>) -> tensor<?x4xf32> {
  %y = linalg.softmax dimension(1) ins(%x : tensor<?x4xf32>) outs(%init : tensor<?x4xf32>) -> tensor<?x4xf32>
  return %y : tensor<?x4xf32>
}

// Rows above, then columns on both sides of the rows below.
// CHECK-LABEL: func @pad
// CHECK-SAME:      %[[X:.*]]: tensor<?x4xi8>, %[[V:.*]]: i8
// CHECK-DAG:     %[[ROWS:.*]] = tensor.dim %[[X]],
// CHECK-DAG:     %[[EMPTY:.*]] = tensor.empty(%{{.*}}) : tensor<?x6xi8>
// CHECK:         %[[F0:.*]] = linalg.fill ins(%[[V]] : i8) outs(%{{.*}} :
// CHECK:         %[[I0:.*]] = tensor.insert_slice %[[F0]] into %[[EMPTY]][0, 0] [2, 6] [1, 1]
// CHECK:         %[[F1:.*]] = linalg.fill ins(%[[V]] : i8) outs(%{{.*}} :
// CHECK:         %[[I1:.*]] = tensor.insert_slice %[[F1]] into %[[I0]][2, 0] [%[[ROWS]], 1] [1, 1]
// CHECK:         %[[F2:.*]] = linalg.fill ins(%[[V]] : i8) outs(%{{.*}} :
// CHECK:         %[[I2:.*]] = tensor.insert_slice %[[F2]] into %[[I1]][2, 5] [%[[ROWS]], 1] [1, 1]
// CHECK:         %[[Y:.*]] = tensor.insert_slice %[[X]] into %[[I2]][2, 1] [%[[ROWS]], 4] [1, 1]
// CHECK:         return %[[Y]]
func.func @pad(%x: tensor<?x4xi8>, %v: i8) -> tensor<?x6xi8> {
  %y = tensor.pad %x low[2, 1] high[0, 1] {
  ^bb0(%i: index, %j: index):
    tensor.yield %v : i8
  } : tensor<?x4xi8> to tensor<?x6xi8>
  return %y : tensor<?x6xi8>
}

// What depends on where it is is computed for the whole.
// CHECK-LABEL: func @pad_with_indices
// CHECK-NOT:     linalg.fill
// CHECK:         tensor.insert_slice %{{.*}} into %{{.*}}[1] [4] [1]
func.func @pad_with_indices(%x: tensor<4xindex>) -> tensor<5xindex> {
  %y = tensor.pad %x low[1] high[0] {
  ^bb0(%i: index):
    tensor.yield %i : index
  } : tensor<4xindex> to tensor<5xindex>
  return %y : tensor<5xindex>
}

// All parts of one buffer are written in place.
// BUFFER-LABEL: func @pad_of_result
// BUFFER:         %[[Y:.*]] = memref.alloc() {{.*}} : memref<6xf32>
// BUFFER-NOT:     memref.alloc
// BUFFER-NOT:     memref.copy
// BUFFER:         return %[[Y]]
func.func @pad_of_result(%x: tensor<4xf32>) -> tensor<6xf32> {
  %e = tensor.empty() : tensor<4xf32>
  %r = linalg.exp ins(%x : tensor<4xf32>) outs(%e : tensor<4xf32>) -> tensor<4xf32>
  %y = tensor.pad %r low[1] high[1] {
  ^bb0(%i: index):
    %zero = arith.constant 0.0 : f32
    tensor.yield %zero : f32
  } : tensor<4xf32> to tensor<6xf32>
  return %y : tensor<6xf32>
}

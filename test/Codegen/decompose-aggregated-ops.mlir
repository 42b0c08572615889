// RUN: lowbit-opt %s --lowbit-decompose-aggregated-ops | FileCheck %s

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

// CHECK-LABEL: func @pad
// CHECK-SAME:      %[[X:.*]]: tensor<?x4xi8>
// CHECK:         %[[EMPTY:.*]] = tensor.empty(%{{.*}}) : tensor<?x6xi8>
// CHECK:         %[[FILL:.*]] = linalg.fill ins(%{{.*}} : i8) outs(%[[EMPTY]] :
// CHECK:         %[[Y:.*]] = tensor.insert_slice %[[X]] into %[[FILL]][2, 1] [%{{.*}}, 4] [1, 1]
// CHECK:         return %[[Y]]
func.func @pad(%x: tensor<?x4xi8>, %v: i8) -> tensor<?x6xi8> {
  %y = tensor.pad %x low[2, 1] high[0, 1] {
  ^bb0(%i: index, %j: index):
    tensor.yield %v : i8
  } : tensor<?x4xi8> to tensor<?x6xi8>
  return %y : tensor<?x6xi8>
}

// RUN: lowbit-opt %s --lowbit-return-observed | FileCheck %s
// RUN: lowbit-opt %s --lowbit-return-observed --lowbit-return-observed | FileCheck %s

// CHECK:      func.func @model(%[[X:.*]]: tensor<?x4xf32>) -> (tensor<?x4xf32> {lowbit.name = "y"}, tensor<?x4xf32> {lowbit.name = "observed:fc1"}, tensor<?x4xf32> {lowbit.name = "observed:fc2"}) {
// CHECK-NEXT:   %[[Y:.*]] = arith.negf %[[X]]
// CHECK-NEXT:   %[[Z:.*]] = math.absf %[[Y]]
// CHECK-NEXT:   return %[[Z]], %[[X]], %[[Y]]
func.func @model(%x: tensor<?x4xf32>) -> (tensor<?x4xf32> {lowbit.name = "y"}) {
  %a = lowbit.observe %x "fc1" : tensor<?x4xf32>
  %y = arith.negf %a : tensor<?x4xf32>
  %b = lowbit.observe %y "fc2" : tensor<?x4xf32>
  %z = math.absf %b : tensor<?x4xf32>
  return %z : tensor<?x4xf32>
}

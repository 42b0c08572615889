// RUN: lowbit-opt %s --lowbit-carry-in-place | FileCheck %s
// RUN: lowbit-opt %s --lowbit-carry-in-place --canonicalize --lowbit-carry-in-place -o /dev/null

// CHECK-LABEL: func @for
// CHECK:         iter_args(%[[A:.*]] = %{{.*}}, %[[S:.*]] = %{{.*}}) -> (tensor<4xf32>, index)
// CHECK:           %[[B:.*]] = linalg.exp
// CHECK:           %[[C:.*]] = bufferization.materialize_in_destination %[[B]] in %[[A]]
// CHECK:           scf.yield %[[C]], %{{.*}}
func.func @for(%x: tensor<4xf32>, %n: index) -> (tensor<4xf32>, index) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %e = tensor.empty() : tensor<4xf32>
  %y:2 = scf.for %i = %c0 to %n step %c1 iter_args(%a = %x, %s = %c0) -> (tensor<4xf32>, index) {
    %b = linalg.exp ins(%a : tensor<4xf32>) outs(%e : tensor<4xf32>) -> tensor<4xf32>
    %t = arith.addi %s, %i : index
    scf.yield %b, %t : tensor<4xf32>, index
  }
  return %y#0, %y#1 : tensor<4xf32>, index
}

// What stays as it is needs nothing.
// CHECK-LABEL: func @not_changed
// CHECK-NOT:     bufferization
// CHECK:         return
func.func @not_changed(%x: tensor<4xf32>, %n: index) -> tensor<4xf32> {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %y = scf.for %i = %c0 to %n step %c1 iter_args(%a = %x) -> tensor<4xf32> {
    scf.yield %a : tensor<4xf32>
  }
  return %y : tensor<4xf32>
}

// Tensors that change places are copied before either is overwritten.
// CHECK-LABEL: func @swapped
// CHECK:         iter_args(%[[A:.*]] = %{{.*}}, %[[B:.*]] = %{{.*}}) -> (tensor<4xf32>, tensor<4xf32>)
// CHECK-DAG:       %[[OLD_B:.*]] = bufferization.alloc_tensor() copy(%[[B]])
// CHECK-DAG:       %[[OLD_A:.*]] = bufferization.alloc_tensor() copy(%[[A]])
// CHECK:           %[[C:.*]] = bufferization.materialize_in_destination %[[OLD_B]] in %[[A]]
// CHECK:           %[[D:.*]] = bufferization.materialize_in_destination %[[OLD_A]] in %[[B]]
// CHECK:           scf.yield %[[C]], %[[D]]
func.func @swapped(%x: tensor<4xf32>, %y: tensor<4xf32>, %n: index) -> (tensor<4xf32>, tensor<4xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %z:2 = scf.for %i = %c0 to %n step %c1 iter_args(%a = %x, %b = %y) -> (tensor<4xf32>, tensor<4xf32>) {
    scf.yield %b, %a : tensor<4xf32>, tensor<4xf32>
  }
  return %z#0, %z#1 : tensor<4xf32>, tensor<4xf32>
}

// Dynamic extents that stay the same.
// CHECK-LABEL: func @dynamic
// CHECK:         bufferization.materialize_in_destination
func.func @dynamic(%x: tensor<?xf32>, %n: index) -> tensor<?xf32> {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %y = scf.for %i = %c0 to %n step %c1 iter_args(%a = %x) -> tensor<?xf32> {
    %m = tensor.dim %a, %c0 : tensor<?xf32>
    %e = tensor.empty(%m) : tensor<?xf32>
    %b = linalg.exp ins(%a : tensor<?xf32>) outs(%e : tensor<?xf32>) -> tensor<?xf32>
    scf.yield %b : tensor<?xf32>
  }
  return %y : tensor<?xf32>
}

// Both ways of a while loop.
// CHECK-LABEL: func @while
// CHECK:         scf.while (%[[A:.*]] = %{{.*}}) : (tensor<4xf32>) -> tensor<4xf32>
// CHECK:           %[[T:.*]] = bufferization.materialize_in_destination %{{.*}} in %[[A]]
// CHECK:           scf.condition(%{{.*}}) %[[T]]
// CHECK:         ^bb0(%[[B:.*]]: tensor<4xf32>):
// CHECK:           %[[U:.*]] = bufferization.materialize_in_destination %{{.*}} in %[[B]]
// CHECK:           scf.yield %[[U]]
func.func @while(%x: tensor<4xf32>, %c: i1) -> tensor<4xf32> {
  %e = tensor.empty() : tensor<4xf32>
  %y = scf.while (%a = %x) : (tensor<4xf32>) -> tensor<4xf32> {
    %b = linalg.exp ins(%a : tensor<4xf32>) outs(%e : tensor<4xf32>) -> tensor<4xf32>
    scf.condition(%c) %b : tensor<4xf32>
  } do {
  ^bb0(%a: tensor<4xf32>):
    %b = linalg.abs ins(%a : tensor<4xf32>) outs(%e : tensor<4xf32>) -> tensor<4xf32>
    scf.yield %b : tensor<4xf32>
  }
  return %y : tensor<4xf32>
}

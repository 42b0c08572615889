// RUN: lowbit-opt %s --lowbit-carry-in-place --split-input-file --verify-diagnostics

func.func @grows(%x: tensor<?xf32>, %n: index) -> tensor<?xf32> {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %y = scf.for %i = %c0 to %n step %c1 iter_args(%a = %x) -> tensor<?xf32> {
    %b = tensor.concat dim(0) %a, %a : (tensor<?xf32>, tensor<?xf32>) -> tensor<?xf32>
    // expected-error@+1 {{expected tensors whose shape stays the same in the loop, but got 'tensor<?xf32>'}}
    scf.yield %b : tensor<?xf32>
  }
  return %y : tensor<?xf32>
}

// -----

func.func @unranked(%x: tensor<*xf32>, %z: tensor<*xf32>, %n: index) -> tensor<*xf32> {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %y = scf.for %i = %c0 to %n step %c1 iter_args(%a = %x) -> tensor<*xf32> {
    // expected-error@+1 {{expected tensors whose shape stays the same in the loop, but got 'tensor<*xf32>'}}
    scf.yield %z : tensor<*xf32>
  }
  return %y : tensor<*xf32>
}

// -----

func.func @while_in_another_order(%x: tensor<4xf32>, %n: index) -> tensor<4xf32> {
  %c1 = arith.constant 1 : index
  %y:2 = scf.while (%a = %x, %i = %n) : (tensor<4xf32>, index) -> (index, tensor<4xf32>) {
    %c = arith.cmpi ult, %i, %n : index
    // expected-error@+1 {{expected operand 1 to be carried at the same position, but got 'tensor<4xf32>'}}
    scf.condition(%c) %i, %a : index, tensor<4xf32>
  } do {
  ^bb0(%i: index, %a: tensor<4xf32>):
    %j = arith.addi %i, %c1 : index
    scf.yield %a, %j : tensor<4xf32>, index
  }
  return %y#1 : tensor<4xf32>
}

// RUN: %reference %s -o %t.before
// RUN: lowbit-opt %s --lowbit-pack-weights -o %t.packed
// RUN: %reference %t.packed -o %t.after
// RUN: lowbit-to-smt %t.before %t.after | %prove | FileCheck %s --check-prefix=PROVED

// The masks of the activations are not looked at.
// RUN: sed 's/activation_type = !lowbit.ternary/activation_type = !lowbit.binary<unipolar>/; s/as !lowbit.ternary/as !lowbit.binary<unipolar>/; s/tensor<1x8xi8>/tensor<1x4xi8>/g' %t.packed > %t.mutated
// RUN: not diff %t.packed %t.mutated
// RUN: %reference %t.mutated -o %t.wrong
// RUN: lowbit-to-smt %t.before %t.wrong | %prove | FileCheck %s --check-prefix=REFUTED

// PROVED: {{^unsat}}
// REFUTED: {{^sat}}

// Masks and signs on one side, signs alone on the other: any codes.
!t = !lowbit.ternary
!b = !lowbit.binary

func.func @ternary_times_binary(%any: tensor<1x5xi8>, %other: tensor<2x5xi8>, %init: tensor<1x2xi32>) -> tensor<1x2xi32> {
  %one = arith.constant dense<1> : tensor<1x5xi8>
  %two = arith.constant dense<2> : tensor<1x5xi8>
  %mask = arith.andi %any, %one : tensor<1x5xi8>
  %high = arith.andi %any, %two : tensor<1x5xi8>
  %sign = arith.muli %mask, %high : tensor<1x5xi8>
  %codes = arith.subi %mask, %sign : tensor<1x5xi8>
  %a = lowbit.from_storage %codes : tensor<1x5xi8> -> tensor<1x5x!t>
  %ones = arith.constant dense<1> : tensor<2x5xi8>
  %bit = arith.andi %other, %ones : tensor<2x5xi8>
  %twice = arith.addi %bit, %bit : tensor<2x5xi8>
  %signs = arith.subi %twice, %ones : tensor<2x5xi8>
  %w = lowbit.from_storage %signs : tensor<2x5xi8> -> tensor<2x5x!b>
  %y = lowbit.matmul %a, %w init %init : (tensor<1x5x!t>, tensor<2x5x!b>, tensor<1x2xi32>) -> tensor<1x2xi32>
  return %y : tensor<1x2xi32>
}

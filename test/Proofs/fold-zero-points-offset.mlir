// RUN: %reference %s -o %t.before
// RUN: lowbit-opt %s --lowbit-fold-zero-points --lowbit-verify-stage=stage=integer -o %t.folded
// RUN: %reference %t.folded -o %t.after
// RUN: lowbit-to-smt %t.before %t.after | %prove | FileCheck %s --check-prefix=PROVED

// The offset has the other sign.
// RUN: sed 's/arith.negf/math.absf/' %t.folded > %t.mutated
// RUN: not diff %t.folded %t.mutated
// RUN: %reference %t.mutated -o %t.wrong
// RUN: lowbit-to-smt %t.before %t.wrong | %prove | FileCheck %s --check-prefix=REFUTED

// PROVED: {{^unsat}}
// REFUTED: {{^sat}}

// Float zero points of the weights per block and integer ones of the
// activations, all of run time.
!i8 = !lowbit.affine<8>
!a2 = !lowbit.affine<2>

func.func @offset(%a: tensor<2x3x!i8>, %sa: tensor<2x1xf32>, %za: tensor<2x1xi32>, %sw: tensor<2x2xf32>, %zw: tensor<2x2xf32>) -> tensor<2x2xf32> {
  %w = lowbit.constant dense<[[-2, 1, 1], [0, 1, -1]]> : tensor<2x3xi8> -> tensor<2x3x!a2>
  %y = lowbit.scaled_matmul %a, %w activation_scale %sa weight_scale %sw activation_zero_point %za weight_zero_point %zw
      {block_sizes = array<i64: 0, 2>}
      : (tensor<2x3x!i8>, tensor<2x3x!a2>, tensor<2x1xf32>, tensor<2x2xf32>, tensor<2x1xi32>, tensor<2x2xf32>)
      -> tensor<2x2xf32>
  return %y : tensor<2x2xf32>
}

// RUN: %reference %s -o %t.before
// RUN: lowbit-opt %s --lowbit-fold-zero-points --lowbit-verify-stage=stage=integer -o %t.folded
// RUN: %reference %t.folded -o %t.after
// RUN: lowbit-to-smt %t.before %t.after | %prove | FileCheck %s --check-prefix=PROVED
// RUN: lowbit-opt %s --lowbit-fold-zero-points=rebias-unsigned | %reference -o %t.rebiased
// RUN: lowbit-to-smt %t.before %t.rebiased | %prove | FileCheck %s --check-prefix=PROVED

// One folded sum of weights is off by one.
// RUN: sed 's/\[\[-4\], \[-1\], \[-14\]\]/[[-4], [-1], [-13]]/' %t.folded > %t.mutated
// RUN: not diff %t.folded %t.mutated
// RUN: %reference %t.mutated -o %t.wrong
// RUN: lowbit-to-smt %t.before %t.wrong | %prove | FileCheck %s --check-prefix=REFUTED

// PROVED: {{^unsat}}
// REFUTED: {{^sat}}

// Zero points of run time on both sides, one per row: any codes, any integers.
!u8 = !lowbit.affine<8, unsigned>
!a4 = !lowbit.affine<4>

func.func @zeroPoints(%a: tensor<2x4x!u8>, %za: tensor<2x1xi32>, %init: tensor<2x3xi32>) -> tensor<2x3xi32> {
  %w = lowbit.constant dense<[[-8, 7, 1, 0], [7, 7, 7, -8], [0, -1, 2, -3]]> : tensor<3x4xi8> -> tensor<3x4x!a4>
  %zw = arith.constant dense<[[-1], [3], [-4]]> : tensor<3x1xi32>
  %y = lowbit.matmul %a, %w activation_zero_point %za weight_zero_point %zw init %init
      : (tensor<2x4x!u8>, tensor<3x4x!a4>, tensor<2x1xi32>, tensor<3x1xi32>, tensor<2x3xi32>) -> tensor<2x3xi32>
  return %y : tensor<2x3xi32>
}

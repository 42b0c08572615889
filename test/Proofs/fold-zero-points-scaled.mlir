// RUN: %reference %s -o %t.before
// RUN: lowbit-opt %s --lowbit-fold-zero-points --lowbit-verify-stage=stage=integer -o %t.folded
// RUN: %reference %t.folded -o %t.after
// RUN: lowbit-to-smt %t.before %t.after | %prove | FileCheck %s --check-prefix=PROVED

// One term of one block is off by one.
// RUN: sed 's/\[\[-1, 2\], \[-3, 5\]\]/[[-1, 2], [-3, 4]]/' %t.folded > %t.mutated
// RUN: not diff %t.folded %t.mutated
// RUN: %reference %t.mutated -o %t.wrong
// RUN: lowbit-to-smt %t.before %t.wrong | %prove | FileCheck %s --check-prefix=REFUTED

// PROVED: {{^unsat}}
// REFUTED: {{^sat}}

// Blocks of 2 and 1, each with a scale and a zero point; any codes, zero points
// of run time, scales. Floats are whatever they are.
!i8 = !lowbit.affine<8>
!a4 = !lowbit.affine<4>

func.func @blocks(%a: tensor<2x3x!i8>, %sa: tensor<2x1xf32>, %za: tensor<2x1xi32>, %sw: tensor<2x2xf16>) -> tensor<2x2xf32> {
  %w = lowbit.constant dense<[[-8, 7, 1], [0, 5, -7]]> : tensor<2x3xi8> -> tensor<2x3x!a4>
  %zw = arith.constant dense<[[-1, 3], [1, -2]]> : tensor<2x2xi32>
  %y = lowbit.scaled_matmul %a, %w activation_scale %sa weight_scale %sw activation_zero_point %za weight_zero_point %zw
      {block_sizes = array<i64: 0, 2>}
      : (tensor<2x3x!i8>, tensor<2x3x!a4>, tensor<2x1xf32>, tensor<2x2xf16>, tensor<2x1xi32>, tensor<2x2xi32>)
      -> tensor<2x2xf32>
  return %y : tensor<2x2xf32>
}

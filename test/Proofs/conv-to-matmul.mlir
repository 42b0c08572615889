// RUN: %reference %s -o %t.before
// RUN: lowbit-opt %s --lowbit-conv-to-matmul --lowbit-fold-zero-points --lowbit-verify-stage=stage=integer \
// RUN:   --lowbit-decompose-aggregated-ops -o %t.folded
// RUN: %reference %t.folded -o %t.after
// RUN: lowbit-to-smt %t.before %t.after | %prove | FileCheck %s --check-prefix=PROVED

// The padding is code 0 instead of the zero point.
// RUN: sed 's/ pad %[a-z0-9]*//' %t.folded | sed 's/\(lowbit.im2col .*\), tensor<1x1x1x1xi32>)/\1)/' > %t.mutated
// RUN: not diff %t.folded %t.mutated
// RUN: %reference %t.mutated -o %t.wrong
// RUN: lowbit-to-smt %t.before %t.wrong | %prove | FileCheck %s --check-prefix=REFUTED

// PROVED: {{^unsat}}
// REFUTED: {{^sat}}

// Two groups of two channels, dilated, padded at each side: any codes, any zero
// point of run time, zero points of the weights.
!u8 = !lowbit.affine<8, unsigned>
!a4 = !lowbit.affine<4>

func.func @groups(%a: tensor<1x3x2x4x!u8>, %code: tensor<1x1x1x1xi8>, %init: tensor<1x3x3x2xi32>) -> tensor<1x3x3x2xi32> {
  %za = arith.extui %code : tensor<1x1x1x1xi8> to tensor<1x1x1x1xi32>
  %w = lowbit.constant dense<[[[[1, -8], [2, 0]], [[7, 3], [-2, 5]]], [[[0, 2], [1, 1]], [[-1, 5], [-4, 6]]]]>
      : tensor<2x2x2x2xi8> -> tensor<2x2x2x2x!a4>
  %zw = arith.constant dense<[[[[2]]], [[[-1]]]]> : tensor<2x1x1x1xi32>
  %y = lowbit.conv_2d %a, %w activation_zero_point %za weight_zero_point %zw init %init
      groups 2 dilations [2, 1] padding [1, 1, 2, 0]
      : (tensor<1x3x2x4x!u8>, tensor<2x2x2x2x!a4>, tensor<1x1x1x1xi32>, tensor<2x1x1x1xi32>, tensor<1x3x3x2xi32>)
      -> tensor<1x3x3x2xi32>
  return %y : tensor<1x3x3x2xi32>
}

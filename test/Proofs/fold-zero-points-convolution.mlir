// RUN: %reference %s -o %t.before
// RUN: lowbit-opt %s --lowbit-fold-zero-points --lowbit-verify-stage=stage=integer -o %t.folded
// RUN: %reference %t.folded -o %t.after
// RUN: lowbit-to-smt %t.before %t.after | %prove | FileCheck %s --check-prefix=PROVED

// The padding is code 0 instead of the zero point.
// RUN: sed 's/tensor.yield %.* : i8/%wrong = arith.constant 0 : i8 tensor.yield %wrong : i8/' %t.folded > %t.mutated
// RUN: not diff %t.folded %t.mutated
// RUN: %reference %t.mutated -o %t.wrong
// RUN: lowbit-to-smt %t.before %t.wrong | %prove | FileCheck %s --check-prefix=REFUTED

// PROVED: {{^unsat}}
// REFUTED: {{^sat}}

// A depthwise convolution with two outputs per channel, padded at three sides
// and strided: any codes, a zero point of run time for each image, zero points
// of the weights.
!u8 = !lowbit.affine<8, unsigned>
!a4 = !lowbit.affine<4>

func.func @depthwise(%a: tensor<2x3x2x2x!u8>, %code: tensor<2x1x1x1xi8>, %init: tensor<2x2x3x4xi32>) -> tensor<2x2x3x4xi32> {
  %za = arith.extui %code : tensor<2x1x1x1xi8> to tensor<2x1x1x1xi32>
  %w = lowbit.constant dense<[[[[1], [-8]], [[7], [3]]], [[[0], [2]], [[-1], [5]]],
                              [[[-3], [-3]], [[4], [6]]], [[[7], [7]], [[7], [7]]]]> : tensor<4x2x2x1xi8> -> tensor<4x2x2x1x!a4>
  %zw = arith.constant dense<[[[[2]]], [[[-1]]], [[[0]]], [[[7]]]]> : tensor<4x1x1x1xi32>
  %y = lowbit.conv_2d %a, %w activation_zero_point %za weight_zero_point %zw init %init
      groups 2 strides [2, 1] padding [1, 0, 1, 1]
      : (tensor<2x3x2x2x!u8>, tensor<4x2x2x1x!a4>, tensor<2x1x1x1xi32>, tensor<4x1x1x1xi32>, tensor<2x2x3x4xi32>)
      -> tensor<2x2x3x4xi32>
  return %y : tensor<2x2x3x4xi32>
}

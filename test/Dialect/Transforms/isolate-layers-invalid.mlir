// RUN: lowbit-opt %s --lowbit-isolate-layers --verify-diagnostics

func.func private @helper(%x: tensor<?x4xf32>, %w: tensor<2x4x!lowbit.ternary>, %s: tensor<1x1xf32>) -> tensor<?x2xf32> {
  %sw = arith.constant dense<1.0> : tensor<2x1xf32>
  %q = lowbit.quantize %x scale %s : (tensor<?x4xf32>, tensor<1x1xf32>) -> tensor<?x4x!lowbit.affine<8>>
  // expected-error@unknown {{expected to be in the one block of a public function}}
  %a = lowbit.scaled_matmul %q, %w activation_scale %s weight_scale %sw {layer = "fc1"} : (tensor<?x4x!lowbit.affine<8>>, tensor<2x4x!lowbit.ternary>, tensor<1x1xf32>, tensor<2x1xf32>) -> tensor<?x2xf32> loc("fc1")
  return %a : tensor<?x2xf32>
}

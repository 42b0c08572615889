// RUN: lowbit-opt %s --lowbit-verify-stage="stage=imported" --verify-diagnostics

func.func @quantized_model(%x: tensor<?x2xf32>) -> (tensor<?x2xf32>, tensor<1x2xf32>) {
  %s = arith.constant dense<0.5> : tensor<1x1xf32>
  %a = lowbit.quantize %x scale %s : (tensor<?x2xf32>, tensor<1x1xf32>) -> tensor<?x2x!lowbit.affine<8>>
  %y = lowbit.dequantize %a scale %s : (tensor<?x2x!lowbit.affine<8>>, tensor<1x1xf32>) -> tensor<?x2xf32>
  %q = lowbit.constant dense<1> : tensor<1x2xi8> -> tensor<1x2x!lowbit.ternary>
  %w = lowbit.dequantize %q scale %s : (tensor<1x2x!lowbit.ternary>, tensor<1x1xf32>) -> tensor<1x2xf32>
  return %y, %w : tensor<?x2xf32>, tensor<1x2xf32>
}

func.func @arithmetic_on_codes(%a: tensor<?x2x!lowbit.affine<8>>) -> tensor<?x1xi32> {
  // expected-error@+1 {{expected no arithmetic on codes after the imported stage, but got lowbit.row_sums}}
  %y = lowbit.row_sums %a : tensor<?x2x!lowbit.affine<8>> -> tensor<?x1xi32>
  return %y : tensor<?x1xi32>
}

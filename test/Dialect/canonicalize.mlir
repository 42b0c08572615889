// RUN: lowbit-opt %s --canonicalize --split-input-file | FileCheck %s

// What folds, and what must not.

// CHECK-LABEL: @storage_of_codes
// CHECK-SAME: (%[[ARG:.*]]: tensor<4xi8>)
// CHECK-NEXT: return %[[ARG]]
func.func @storage_of_codes(%arg0: tensor<4xi8>) -> tensor<4xi8> {
  %0 = lowbit.from_storage %arg0 : tensor<4xi8> -> tensor<4x!lowbit.affine<8>>
  %1 = lowbit.to_storage %0 : tensor<4x!lowbit.affine<8>> -> tensor<4xi8>
  return %1 : tensor<4xi8>
}

// -----

// CHECK-LABEL: @codes_of_storage
// CHECK-SAME: (%[[ARG:.*]]: tensor<4x!lowbit.ternary>)
// CHECK-NEXT: return %[[ARG]]
func.func @codes_of_storage(%arg0: tensor<4x!lowbit.ternary>) -> tensor<4x!lowbit.ternary> {
  %0 = lowbit.to_storage %arg0 : tensor<4x!lowbit.ternary> -> tensor<4xi8>
  %1 = lowbit.from_storage %0 : tensor<4xi8> -> tensor<4x!lowbit.ternary>
  return %1 : tensor<4x!lowbit.ternary>
}

// -----

// CHECK-LABEL: @other_codes_of_storage
// CHECK: lowbit.to_storage
// CHECK: lowbit.from_storage
func.func @other_codes_of_storage(%arg0: tensor<4x!lowbit.ternary>) -> tensor<4x!lowbit.affine<2>> {
  %0 = lowbit.to_storage %arg0 : tensor<4x!lowbit.ternary> -> tensor<4xi8>
  %1 = lowbit.from_storage %0 : tensor<4xi8> -> tensor<4x!lowbit.affine<2>>
  return %1 : tensor<4x!lowbit.affine<2>>
}

// -----

// CHECK-LABEL: @storage_of_constant
// CHECK-NEXT: %[[C:.*]] = arith.constant dense<[-1, 0, 1]> : tensor<3xi8>
// CHECK-NEXT: return %[[C]]
func.func @storage_of_constant() -> tensor<3xi8> {
  %0 = lowbit.constant dense<[-1, 0, 1]> : tensor<3xi8> -> tensor<3x!lowbit.ternary>
  %1 = lowbit.to_storage %0 : tensor<3x!lowbit.ternary> -> tensor<3xi8>
  return %1 : tensor<3xi8>
}

// -----

// Upstream folds would make dense attributes of our types.
// CHECK-LABEL: @moves_of_splat
// CHECK: lowbit.constant dense<1> : tensor<4xi8>
// CHECK: tensor.extract_slice
// CHECK: tensor.expand_shape
func.func @moves_of_splat() -> tensor<1x2x!lowbit.ternary> {
  %0 = lowbit.constant dense<1> : tensor<4xi8> -> tensor<4x!lowbit.ternary>
  %1 = tensor.extract_slice %0[1] [2] [1] : tensor<4x!lowbit.ternary> to tensor<2x!lowbit.ternary>
  %2 = tensor.expand_shape %1 [[0, 1]] output_shape [1, 2]
      : tensor<2x!lowbit.ternary> into tensor<1x2x!lowbit.ternary>
  return %2 : tensor<1x2x!lowbit.ternary>
}

// -----

// Simulated quantization.
// CHECK-LABEL: @dequantize_of_quantize
// CHECK: lowbit.quantize
// CHECK: lowbit.dequantize
func.func @dequantize_of_quantize(%x: tensor<4xf32>) -> tensor<4xf32> {
  %s = arith.constant dense<0.5> : tensor<1xf32>
  %0 = lowbit.quantize %x scale %s : (tensor<4xf32>, tensor<1xf32>) -> tensor<4x!lowbit.affine<8>>
  %1 = lowbit.dequantize %0 scale %s : (tensor<4x!lowbit.affine<8>>, tensor<1xf32>) -> tensor<4xf32>
  return %1 : tensor<4xf32>
}

// -----

// Quantizing a constant is a pass.
// CHECK-LABEL: @quantize_of_constant
// CHECK: lowbit.quantize
func.func @quantize_of_constant() -> tensor<4x!lowbit.affine<8>> {
  %x = arith.constant dense<1.0> : tensor<4xf32>
  %s = arith.constant dense<0.5> : tensor<1xf32>
  %0 = lowbit.quantize %x scale %s : (tensor<4xf32>, tensor<1xf32>) -> tensor<4x!lowbit.affine<8>>
  return %0 : tensor<4x!lowbit.affine<8>>
}

// -----

// CHECK-LABEL: @quantize_of_dequantize
// CHECK-SAME: (%[[Q:[^:]*]]: tensor<4x!lowbit.affine<8>>, %[[Z:[^:]*]]: tensor<1xi32>)
// CHECK-NEXT: return %[[Q]]
func.func @quantize_of_dequantize(%q: tensor<4x!lowbit.affine<8>>, %z: tensor<1xi32>) -> tensor<4x!lowbit.affine<8>> {
  %s = arith.constant dense<0.3> : tensor<1xf16>
  %0 = lowbit.dequantize %q scale %s zero_point %z
      : (tensor<4x!lowbit.affine<8>>, tensor<1xf16>, tensor<1xi32>) -> tensor<4xf32>
  %1 = lowbit.quantize %0 scale %s zero_point %z {rounding = #lowbit.rounding<nearest_away>}
      : (tensor<4xf32>, tensor<1xf16>, tensor<1xi32>) -> tensor<4x!lowbit.affine<8>>
  return %1 : tensor<4x!lowbit.affine<8>>
}

// -----

// CHECK-LABEL: @quantize_of_dequantize_signs
// CHECK-SAME: (%[[Q:.*]]: tensor<4x!lowbit.binary>)
// CHECK-NEXT: return %[[Q]]
func.func @quantize_of_dequantize_signs(%q: tensor<4x!lowbit.binary>) -> tensor<4x!lowbit.binary> {
  %s = arith.constant dense<0.3> : tensor<1xf32>
  %0 = lowbit.dequantize %q scale %s : (tensor<4x!lowbit.binary>, tensor<1xf32>) -> tensor<4xf32>
  %1 = lowbit.quantize %0 scale %s : (tensor<4xf32>, tensor<1xf32>) -> tensor<4x!lowbit.binary>
  return %1 : tensor<4x!lowbit.binary>
}

// -----

// The step function takes the real of code 0 to 1.
// CHECK-LABEL: @quantize_of_dequantize_steps
// CHECK: lowbit.quantize
func.func @quantize_of_dequantize_steps(%q: tensor<4x!lowbit.binary<unipolar>>) -> tensor<4x!lowbit.binary<unipolar>> {
  %s = arith.constant dense<0.3> : tensor<1xf32>
  %0 = lowbit.dequantize %q scale %s : (tensor<4x!lowbit.binary<unipolar>>, tensor<1xf32>) -> tensor<4xf32>
  %1 = lowbit.quantize %0 scale %s : (tensor<4xf32>, tensor<1xf32>) -> tensor<4x!lowbit.binary<unipolar>>
  return %1 : tensor<4x!lowbit.binary<unipolar>>
}

// -----

// CHECK-LABEL: @quantize_of_dequantize_other_type
// CHECK: lowbit.quantize
func.func @quantize_of_dequantize_other_type(%q: tensor<4x!lowbit.affine<8>>) -> tensor<4x!lowbit.affine<8, narrow>> {
  %s = arith.constant dense<0.3> : tensor<1xf32>
  %0 = lowbit.dequantize %q scale %s : (tensor<4x!lowbit.affine<8>>, tensor<1xf32>) -> tensor<4xf32>
  %1 = lowbit.quantize %0 scale %s : (tensor<4xf32>, tensor<1xf32>) -> tensor<4x!lowbit.affine<8, narrow>>
  return %1 : tensor<4x!lowbit.affine<8, narrow>>
}

// -----

// CHECK-LABEL: @quantize_of_dequantize_other_scale
// CHECK: lowbit.quantize
func.func @quantize_of_dequantize_other_scale(%q: tensor<4x!lowbit.affine<8>>) -> tensor<4x!lowbit.affine<8>> {
  %s = arith.constant dense<0.3> : tensor<1xf32>
  %t = arith.constant dense<0.5> : tensor<1xf32>
  %0 = lowbit.dequantize %q scale %s : (tensor<4x!lowbit.affine<8>>, tensor<1xf32>) -> tensor<4xf32>
  %1 = lowbit.quantize %0 scale %t : (tensor<4xf32>, tensor<1xf32>) -> tensor<4x!lowbit.affine<8>>
  return %1 : tensor<4x!lowbit.affine<8>>
}

// -----

// The scale might be NaN.
// CHECK-LABEL: @quantize_of_dequantize_dynamic_scale
// CHECK: lowbit.quantize
func.func @quantize_of_dequantize_dynamic_scale(%q: tensor<4x!lowbit.affine<8>>, %s: tensor<1xf32>) -> tensor<4x!lowbit.affine<8>> {
  %0 = lowbit.dequantize %q scale %s : (tensor<4x!lowbit.affine<8>>, tensor<1xf32>) -> tensor<4xf32>
  %1 = lowbit.quantize %0 scale %s : (tensor<4xf32>, tensor<1xf32>) -> tensor<4x!lowbit.affine<8>>
  return %1 : tensor<4x!lowbit.affine<8>>
}

// -----

// 2^120 * 255 overflows.
// CHECK-LABEL: @quantize_of_dequantize_large_scale
// CHECK: lowbit.quantize
func.func @quantize_of_dequantize_large_scale(%q: tensor<4x!lowbit.affine<8>>) -> tensor<4x!lowbit.affine<8>> {
  %s = arith.constant dense<0x7B800000> : tensor<1xf32>
  %0 = lowbit.dequantize %q scale %s : (tensor<4x!lowbit.affine<8>>, tensor<1xf32>) -> tensor<4xf32>
  %1 = lowbit.quantize %0 scale %s : (tensor<4xf32>, tensor<1xf32>) -> tensor<4x!lowbit.affine<8>>
  return %1 : tensor<4x!lowbit.affine<8>>
}

// -----

// CHECK-LABEL: @quantize_of_dequantize_float_zero_point
// CHECK: lowbit.quantize
func.func @quantize_of_dequantize_float_zero_point(%q: tensor<4x!lowbit.affine<8>>, %z: tensor<1xf32>) -> tensor<4x!lowbit.affine<8>> {
  %s = arith.constant dense<0.3> : tensor<1xf32>
  %0 = lowbit.dequantize %q scale %s zero_point %z
      : (tensor<4x!lowbit.affine<8>>, tensor<1xf32>, tensor<1xf32>) -> tensor<4xf32>
  %1 = lowbit.quantize %0 scale %s zero_point %z
      : (tensor<4xf32>, tensor<1xf32>, tensor<1xf32>) -> tensor<4x!lowbit.affine<8>>
  return %1 : tensor<4x!lowbit.affine<8>>
}

// -----

// CHECK-LABEL: @quantize_of_dequantize_threshold
// CHECK: lowbit.quantize
func.func @quantize_of_dequantize_threshold(%q: tensor<4x!lowbit.ternary>, %t: tensor<1xf32>) -> tensor<4x!lowbit.ternary> {
  %s = arith.constant dense<0.3> : tensor<1xf32>
  %0 = lowbit.dequantize %q scale %s : (tensor<4x!lowbit.ternary>, tensor<1xf32>) -> tensor<4xf32>
  %1 = lowbit.quantize %0 scale %s threshold %t
      : (tensor<4xf32>, tensor<1xf32>, tensor<1xf32>) -> tensor<4x!lowbit.ternary>
  return %1 : tensor<4x!lowbit.ternary>
}

// -----

// CHECK-LABEL: @quantize_of_dequantize_stochastic
// CHECK: lowbit.quantize
func.func @quantize_of_dequantize_stochastic(%q: tensor<4x!lowbit.affine<8>>) -> tensor<4x!lowbit.affine<8>> {
  %s = arith.constant dense<0.3> : tensor<1xf32>
  %0 = lowbit.dequantize %q scale %s : (tensor<4x!lowbit.affine<8>>, tensor<1xf32>) -> tensor<4xf32>
  %1 = lowbit.quantize %0 scale %s {rounding = #lowbit.rounding<stochastic>}
      : (tensor<4xf32>, tensor<1xf32>) -> tensor<4x!lowbit.affine<8>>
  return %1 : tensor<4x!lowbit.affine<8>>
}

// -----

// CHECK-LABEL: @quantize_of_dequantize_16_bits
// CHECK: lowbit.quantize
func.func @quantize_of_dequantize_16_bits(%q: tensor<4x!lowbit.affine<16>>) -> tensor<4x!lowbit.affine<16>> {
  %s = arith.constant dense<0.3> : tensor<1xf32>
  %0 = lowbit.dequantize %q scale %s : (tensor<4x!lowbit.affine<16>>, tensor<1xf32>) -> tensor<4xf32>
  %1 = lowbit.quantize %0 scale %s : (tensor<4xf32>, tensor<1xf32>) -> tensor<4x!lowbit.affine<16>>
  return %1 : tensor<4x!lowbit.affine<16>>
}

// CHECK-LABEL: @convolution_without_windows
// CHECK-SAME: (%{{.*}}, %{{.*}}, %[[INIT:.*]]: tensor<?x0x5x3xi32>)
// CHECK-NEXT: return %[[INIT]]
func.func @convolution_without_windows(
    %a: tensor<?x2x7x2x!lowbit.affine<8>>, %w: tensor<3x3x3x2x!lowbit.ternary>, %init: tensor<?x0x5x3xi32>)
    -> tensor<?x0x5x3xi32> {
  %0 = lowbit.conv_2d %a, %w init %init
      : (tensor<?x2x7x2x!lowbit.affine<8>>, tensor<3x3x3x2x!lowbit.ternary>, tensor<?x0x5x3xi32>) -> tensor<?x0x5x3xi32>
  return %0 : tensor<?x0x5x3xi32>
}

// CHECK-LABEL: @convolution_stays
// CHECK: lowbit.conv_2d
func.func @convolution_stays(
    %a: tensor<?x3x7x2x!lowbit.affine<8>>, %w: tensor<3x3x3x2x!lowbit.ternary>, %init: tensor<?x1x5x3xi32>)
    -> tensor<?x1x5x3xi32> {
  %0 = lowbit.conv_2d %a, %w init %init
      : (tensor<?x3x7x2x!lowbit.affine<8>>, tensor<3x3x3x2x!lowbit.ternary>, tensor<?x1x5x3xi32>) -> tensor<?x1x5x3xi32>
  return %0 : tensor<?x1x5x3xi32>
}

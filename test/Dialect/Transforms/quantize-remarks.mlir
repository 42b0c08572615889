// RUN: lowbit-opt %s --lowbit-quantize="weights=ternary" --remarks-filter=lowbit --remark-format=emitRemark 2>&1 >/dev/null | FileCheck %s
// RUN: not lowbit-opt %s --lowbit-quantize="weights=ternary no-fallback" 2>&1 >/dev/null | FileCheck %s --check-prefix=ERROR

// What cannot have the encoding that was asked for stays float and says why.

#row = affine_map<(m, n, k) -> (m, k)>
#column = affine_map<(m, n, k) -> (n, k)>
#out = affine_map<(m, n, k) -> (m, n)>
#rowTransposed = affine_map<(m, n, k) -> (k, m)>

// CHECK: [Passed] quantize | Category:lowbit | Function=fits | Remark="layer 'fits': !lowbit.affine<8> activations by !lowbit.ternary weights"
// ERROR-NOT: fits
func.func @fits(%x: tensor<?x2xf32>, %init: tensor<?x2xf32>) -> tensor<?x2xf32> {
  %w = arith.constant dense<[[0.0, 1.0], [2.0, 3.0]]> : tensor<2x2xf32>
  %y = linalg.matmul ins(%x, %w : tensor<?x2xf32>, tensor<2x2xf32>)
      outs(%init : tensor<?x2xf32>) -> tensor<?x2xf32> loc("fits")
  return %y : tensor<?x2xf32>
}

// CHECK: [Missed] quantize | Category:lowbit | Function=weights | Remark="layer 'weights' stays float: expected constant weights, but got values of run time"
// ERROR: error: {{.*}}the layer stays float: expected constant weights, but got values of run time
func.func @weights_of_run_time(%x: tensor<?x2xf32>, %w: tensor<2x2xf32>, %init: tensor<?x2xf32>) -> tensor<?x2xf32> {
  %y = linalg.matmul ins(%x, %w : tensor<?x2xf32>, tensor<2x2xf32>) outs(%init : tensor<?x2xf32>) -> tensor<?x2xf32> loc("weights")
  return %y : tensor<?x2xf32>
}

// CHECK: [Missed] {{.*}} | Remark="unnamed layer stays float: expected constant weights, but got codes of run time"
// ERROR: error: the layer stays float: expected constant weights, but got codes of run time
func.func @codes_of_run_time(%x: tensor<?x2xf32>, %q: tensor<2x2x!lowbit.ternary>, %init: tensor<?x2xf32>) -> tensor<?x2xf32> {
  %s = arith.constant dense<1.0> : tensor<1x1xf32>
  %w = lowbit.dequantize %q scale %s : (tensor<2x2x!lowbit.ternary>, tensor<1x1xf32>) -> tensor<2x2xf32>
  %y = linalg.matmul ins(%x, %w : tensor<?x2xf32>, tensor<2x2xf32>) outs(%init : tensor<?x2xf32>) -> tensor<?x2xf32>
  return %y : tensor<?x2xf32>
}

// CHECK: [Missed] {{.*}} stays float: expected weight codes of at most 8 bits, but got 9"
// ERROR: stays float: expected weight codes of at most 8 bits, but got 9
func.func @codes_beyond_a_byte(%x: tensor<?x2xf32>, %init: tensor<?x2xf32>) -> tensor<?x2xf32> {
  %q = lowbit.constant dense<1> : tensor<2x2xi16> -> tensor<2x2x!lowbit.affine<9>>
  %s = arith.constant dense<1.0> : tensor<1x1xf32>
  %w = lowbit.dequantize %q scale %s : (tensor<2x2x!lowbit.affine<9>>, tensor<1x1xf32>) -> tensor<2x2xf32>
  %y = linalg.matmul ins(%x, %w : tensor<?x2xf32>, tensor<2x2xf32>) outs(%init : tensor<?x2xf32>) -> tensor<?x2xf32>
  return %y : tensor<?x2xf32>
}

// CHECK: [Missed] {{.*}} stays float: expected activations with a static K, but got a dynamic one"
// ERROR: stays float: expected activations with a static K, but got a dynamic one
func.func @dynamic_depth(%x: tensor<?x?xf32>, %init: tensor<?x2xf32>) -> tensor<?x2xf32> {
  %w = arith.constant dense<1.0> : tensor<2x2xf32>
  %y = linalg.matmul ins(%x, %w : tensor<?x?xf32>, tensor<2x2xf32>) outs(%init : tensor<?x2xf32>) -> tensor<?x2xf32>
  return %y : tensor<?x2xf32>
}

// CHECK: [Missed] {{.*}} stays float: expected a product of two matrices"
// ERROR: stays float: expected a product of two matrices
func.func @batch(%x: tensor<3x4x2xf32>, %init: tensor<3x4x2xf32>) -> tensor<3x4x2xf32> {
  %w = arith.constant dense<1.0> : tensor<3x2x2xf32>
  %y = linalg.batch_matmul ins(%x, %w : tensor<3x4x2xf32>, tensor<3x2x2xf32>) outs(%init : tensor<3x4x2xf32>) -> tensor<3x4x2xf32>
  return %y : tensor<3x4x2xf32>
}

// CHECK: [Missed] {{.*}} stays float: expected a product of two matrices"
// ERROR: stays float: expected a product of two matrices
func.func @vector(%x: tensor<2xf32>, %init: tensor<2xf32>) -> tensor<2xf32> {
  %w = arith.constant dense<1.0> : tensor<2x2xf32>
  %y = linalg.vecmat ins(%x, %w : tensor<2xf32>, tensor<2x2xf32>) outs(%init : tensor<2xf32>) -> tensor<2xf32>
  return %y : tensor<2xf32>
}

// CHECK: [Missed] {{.*}} stays float: expected activations M x K and a result M x N, but got a transpose of them"
// ERROR: stays float: expected activations M x K and a result M x N, but got a transpose of them
func.func @transposed_activations(%x: tensor<2x?xf32>, %init: tensor<?x2xf32>) -> tensor<?x2xf32> {
  %w = arith.constant dense<1.0> : tensor<2x2xf32>
  %y = linalg.matmul indexing_maps = [#rowTransposed, #column, #out]
      ins(%x, %w : tensor<2x?xf32>, tensor<2x2xf32>) outs(%init : tensor<?x2xf32>) -> tensor<?x2xf32>
  return %y : tensor<?x2xf32>
}

// CHECK: [Passed] {{.*}} | Remark="unnamed layer: f32 activations by !lowbit.ternary weights"
// ERROR-NOT: f32 activations
func.func @float_activations(%x: tensor<?x2xf32>, %init: tensor<?x2xf32>) -> tensor<?x2xf32> {
  %w = arith.constant dense<1.0> : tensor<2x2xf32>
  %y = linalg.matmul {lowbit.activations = "float"} ins(%x, %w : tensor<?x2xf32>, tensor<2x2xf32>)
      outs(%init : tensor<?x2xf32>) -> tensor<?x2xf32>
  return %y : tensor<?x2xf32>
}

// CHECK: [Analysis] {{.*}} | Remark="layer 'codes': weights stay the codes that they are, instead of ternary"
func.func @codes_stay(%x: tensor<?x2xf32>, %init: tensor<?x2xf32>) -> tensor<?x2xf32> {
  %q = lowbit.constant dense<1> : tensor<2x2xi8> -> tensor<2x2x!lowbit.affine<8>>
  %s = arith.constant dense<1.0> : tensor<1x1xf32>
  %w = lowbit.dequantize %q scale %s : (tensor<2x2x!lowbit.affine<8>>, tensor<1x1xf32>) -> tensor<2x2xf32>
  %y = linalg.matmul ins(%x, %w : tensor<?x2xf32>, tensor<2x2xf32>) outs(%init : tensor<?x2xf32>) -> tensor<?x2xf32> loc("codes")
  return %y : tensor<?x2xf32>
}

// CHECK: [Analysis] {{.*}} activations are quantized again: expected an activation scale per row or per tensor"
func.func @activation_scale_along_k(%a: tensor<?x2x!lowbit.affine<8>>, %init: tensor<?x2xf32>) -> tensor<?x2xf32> {
  %s = arith.constant dense<1.0> : tensor<1x2xf32>
  %x = lowbit.dequantize %a scale %s : (tensor<?x2x!lowbit.affine<8>>, tensor<1x2xf32>) -> tensor<?x2xf32>
  %w = arith.constant dense<[[0.0, 1.0], [2.0, 3.0]]> : tensor<2x2xf32>
  %y = linalg.matmul ins(%x, %w : tensor<?x2xf32>, tensor<2x2xf32>) outs(%init : tensor<?x2xf32>) -> tensor<?x2xf32>
  return %y : tensor<?x2xf32>
}

// CHECK: [Analysis] {{.*}} activations are quantized again: expected an activation scale per row or per tensor"
func.func @activation_scale_of_blocks(%a: tensor<4x2x!lowbit.affine<8>>, %init: tensor<4x2xf32>) -> tensor<4x2xf32> {
  %s = arith.constant dense<1.0> : tensor<2x1xf32>
  %x = lowbit.dequantize %a scale %s {block_sizes = array<i64: 2, 0>} : (tensor<4x2x!lowbit.affine<8>>, tensor<2x1xf32>) -> tensor<4x2xf32>
  %w = arith.constant dense<[[0.0, 1.0], [2.0, 3.0]]> : tensor<2x2xf32>
  %y = linalg.matmul ins(%x, %w : tensor<4x2xf32>, tensor<2x2xf32>) outs(%init : tensor<4x2xf32>) -> tensor<4x2xf32>
  return %y : tensor<4x2xf32>
}

// CHECK: [Analysis] {{.*}} activations are quantized again: expected an integer activation zero point"
func.func @float_activation_zero_point(%a: tensor<?x2x!lowbit.affine<8>>, %init: tensor<?x2xf32>) -> tensor<?x2xf32> {
  %s = arith.constant dense<1.0> : tensor<1x1xf32>
  %z = arith.constant dense<0.5> : tensor<1x1xf32>
  %x = lowbit.dequantize %a scale %s zero_point %z : (tensor<?x2x!lowbit.affine<8>>, tensor<1x1xf32>, tensor<1x1xf32>) -> tensor<?x2xf32>
  %w = arith.constant dense<[[0.0, 1.0], [2.0, 3.0]]> : tensor<2x2xf32>
  %y = linalg.matmul ins(%x, %w : tensor<?x2xf32>, tensor<2x2xf32>) outs(%init : tensor<?x2xf32>) -> tensor<?x2xf32>
  return %y : tensor<?x2xf32>
}

// CHECK: [Analysis] {{.*}} activations are quantized again: expected activation codes of at most 8 bits"
func.func @activation_codes_beyond_a_byte(%a: tensor<?x2x!lowbit.affine<16>>, %init: tensor<?x2xf32>) -> tensor<?x2xf32> {
  %s = arith.constant dense<1.0> : tensor<1x1xf32>
  %x = lowbit.dequantize %a scale %s : (tensor<?x2x!lowbit.affine<16>>, tensor<1x1xf32>) -> tensor<?x2xf32>
  %w = arith.constant dense<[[0.0, 1.0], [2.0, 3.0]]> : tensor<2x2xf32>
  %y = linalg.matmul ins(%x, %w : tensor<?x2xf32>, tensor<2x2xf32>) outs(%init : tensor<?x2xf32>) -> tensor<?x2xf32>
  return %y : tensor<?x2xf32>
}

// CHECK: [Analysis] {{.*}} activations are quantized again: expected an activation scale of f32"
func.func @f16_activation_scale_of_run_time(%a: tensor<?x2x!lowbit.affine<8>>, %s: tensor<1x1xf16>, %init: tensor<?x2xf32>) -> tensor<?x2xf32> {
  %x = lowbit.dequantize %a scale %s : (tensor<?x2x!lowbit.affine<8>>, tensor<1x1xf16>) -> tensor<?x2xf32>
  %w = arith.constant dense<[[0.0, 1.0], [2.0, 3.0]]> : tensor<2x2xf32>
  %y = linalg.matmul ins(%x, %w : tensor<?x2xf32>, tensor<2x2xf32>) outs(%init : tensor<?x2xf32>) -> tensor<?x2xf32>
  return %y : tensor<?x2xf32>
}

// CHECK: [Missed] {{.*}} | Remark="layer 'half' stays float: expected f32, but got f16"
// ERROR: error: {{.*}}"half"{{.*}} stays float: expected f32, but got f16
func.func @half(%x: tensor<?x2xf16>, %init: tensor<?x2xf16>) -> tensor<?x2xf16> {
  %w = arith.constant dense<1.0> : tensor<2x2xf16>
  %y = linalg.matmul ins(%x, %w : tensor<?x2xf16>, tensor<2x2xf16>) outs(%init : tensor<?x2xf16>) -> tensor<?x2xf16> loc("half")
  return %y : tensor<?x2xf16>
}

// CHECK: [Analysis] {{.*}} | Remark="layer 'unusual': {{.*}}alpha{{.*}}"
func.func @remark_of_the_arithmetic(%x: tensor<?x2xf32>, %init: tensor<?x2xf32>) -> tensor<?x2xf32> {
  %w = arith.constant dense<[[0.0, 1.0], [2.0, 3.0]]> : tensor<2x2xf32>
  %y = linalg.matmul {lowbit.weights = "ternary:alpha=3"} ins(%x, %w : tensor<?x2xf32>, tensor<2x2xf32>)
      outs(%init : tensor<?x2xf32>) -> tensor<?x2xf32> loc("unusual")
  return %y : tensor<?x2xf32>
}

// RUN: lowbit-opt %s --lowbit-normalization-ranges=activations=int8:sigmas=3 --remarks-filter=lowbit --remark-format=emitRemark 2>%t.remarks | FileCheck %s
// RUN: FileCheck %s --check-prefix=REMARK < %t.remarks
// RUN: lowbit-opt %s --lowbit-normalization-ranges=activations=int8:range=batch-norm | FileCheck %s --check-prefix=DEFAULT
// RUN: lowbit-opt %s --lowbit-normalization-ranges=activations=int8:static | FileCheck %s --check-prefix=STATIC
// RUN: lowbit-opt %s --lowbit-normalization-ranges=activations=int8:dynamic | FileCheck %s --check-prefix=STATIC
// RUN: lowbit-opt %s --lowbit-normalization-ranges=activations=float | FileCheck %s --check-prefix=STATIC
// RUN: not lowbit-opt %s --lowbit-normalization-ranges=activations=int9 2>&1 | FileCheck %s --check-prefix=INVALID
// RUN: lowbit-opt %s --lowbit-normalization-ranges=activations=int8:sigmas=3 --lowbit-quantize="weights=ternary activations=int8:sigmas=3" --lowbit-pack-weights | FileCheck %s --check-prefix=RECORD
// RUN: lowbit-opt %s --lowbit-normalization-ranges=activations=int8:sigmas=3 --lowbit-normalization-ranges=activations=int8:sigmas=3 | FileCheck %s

// INVALID: error: activations: unknown activation encoding 'int9'
// STATIC-NOT: lowbit.activation_range
// RECORD: name = "relu"{{.*}}range_source = "batch normalization"
// CHECK: module attributes {lowbit.range_sources = {pooled = "batch normalization", relu = "batch normalization"}}

#id = affine_map<(m, n) -> (m, n)>

// -3 * 1 and 1 + 3 * 2, above 0.
// REMARK: [Analysis] normalization-ranges | Category:lowbit {{.*}}Function=relu | Remark="layer 'relu': activations in [0, 7] from batch normalization"
// CHECK-LABEL: func @relu
// CHECK:         lowbit.activation_range = array<f32: 0.000000e+00, 7.000000e+00>
// DEFAULT-LABEL: func @relu
// DEFAULT:         lowbit.activation_range = array<f32: 0.000000e+00, 1.300000e+01>
func.func @relu(%x: tensor<?x2xf32>, %init: tensor<?x2xf32>) -> tensor<?x2xf32> {
  %zero = arith.constant 0.0 : f32
  %w = arith.constant dense<1.0> : tensor<2x2xf32>
  %y = linalg.matmul {lowbit.output_mean = array<f32: 0.0, 1.0>, lowbit.output_deviation = array<f32: 1.0, 2.0>, lowbit.weights = "f32"}
      ins(%x, %w : tensor<?x2xf32>, tensor<2x2xf32>) outs(%init : tensor<?x2xf32>) -> tensor<?x2xf32> loc("first")
  %r = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel"]}
      ins(%y : tensor<?x2xf32>) outs(%init : tensor<?x2xf32>) {
  ^bb0(%in: f32, %out: f32):
    %max = arith.maximumf %in, %zero : f32
    linalg.yield %max : f32
  } -> tensor<?x2xf32>
  %z = linalg.matmul ins(%r, %w : tensor<?x2xf32>, tensor<2x2xf32>) outs(%init : tensor<?x2xf32>) -> tensor<?x2xf32> loc("relu")
  return %z : tensor<?x2xf32>
}

// A clip alone is no statistics.
// CHECK-LABEL: func @no_statistics
// CHECK-NOT:     lowbit.activation_range
func.func @no_statistics(%x: tensor<?x2xf32>, %init: tensor<?x2xf32>) -> tensor<?x2xf32> {
  %zero = arith.constant 0.0 : f32
  %six = arith.constant 6.0 : f32
  %w = arith.constant dense<1.0> : tensor<2x2xf32>
  %r = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel"]}
      ins(%x : tensor<?x2xf32>) outs(%init : tensor<?x2xf32>) {
  ^bb0(%in: f32, %out: f32):
    %max = arith.maximumf %in, %zero : f32
    %min = arith.minimumf %max, %six : f32
    linalg.yield %min : f32
  } -> tensor<?x2xf32>
  %z = linalg.matmul ins(%r, %w : tensor<?x2xf32>, tensor<2x2xf32>) outs(%init : tensor<?x2xf32>) -> tensor<?x2xf32> loc("clip")
  return %z : tensor<?x2xf32>
}

// CHECK-LABEL: func @pooled
// CHECK:         lowbit.activation_range = array<f32: -3.000000e+00, 3.000000e+00>
func.func @pooled(%x: tensor<1x4x4x1xf32>, %init: tensor<1x4x4x1xf32>, %other: tensor<1x2x2x1xf32>) -> tensor<1x2x2x1xf32> {
  %lowest = arith.constant 0xFF800000 : f32
  %pool = linalg.fill ins(%lowest : f32) outs(%other : tensor<1x2x2x1xf32>) -> tensor<1x2x2x1xf32>
  %w = arith.constant dense<1.0> : tensor<1x1x1x1xf32>
  %y = linalg.conv_2d_nhwc_fhwc {lowbit.output_mean = array<f32: 0.0>, lowbit.output_deviation = array<f32: 1.0>, lowbit.weights = "f32"}
      ins(%x, %w : tensor<1x4x4x1xf32>, tensor<1x1x1x1xf32>) outs(%init : tensor<1x4x4x1xf32>) -> tensor<1x4x4x1xf32> loc("conv")
  %window = tensor.empty() : tensor<2x2xf32>
  %p = linalg.pooling_nhwc_max {strides = dense<2> : tensor<2xi64>}
      ins(%y, %window : tensor<1x4x4x1xf32>, tensor<2x2xf32>) outs(%pool : tensor<1x2x2x1xf32>) -> tensor<1x2x2x1xf32>
  %z = linalg.conv_2d_nhwc_fhwc ins(%p, %w : tensor<1x2x2x1xf32>, tensor<1x1x1x1xf32>) outs(%pool : tensor<1x2x2x1xf32>) -> tensor<1x2x2x1xf32> loc("pooled")
  return %z : tensor<1x2x2x1xf32>
}

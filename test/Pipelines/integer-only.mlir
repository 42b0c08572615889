// RUN: lowbit-opt %s --lowbit-quantize-pipeline="weights=ternary activations=int8:static bound-error integer-only" -o %t
// RUN: FileCheck %s --input-file=%t
// RUN: lowbit-opt %t --lowbit-quantize-pipeline=integer-only | diff %t -
// RUN: not lowbit-opt %s --lowbit-quantize-pipeline="weights=ternary activations=int8:dynamic integer-only" 2>&1 | FileCheck %s --check-prefix=DYNAMIC
// RUN: lowbit-opt %s --lowbit-quantize-pipeline="weights=ternary activations=int8:dynamic" -o /dev/null

// Scales that are chosen at run time need floats between the layers.
// Each op is named.
// DYNAMIC: loc("fc1"): expected integer arithmetic alone between codes, but got lowbit.scaled_matmul
// DYNAMIC-NEXT: loc("fc1"): expected integer arithmetic alone between codes, but got linalg.add
// DYNAMIC-NEXT: expected integer arithmetic alone between codes, but got linalg.generic
// DYNAMIC: loc("fc2"): expected integer arithmetic alone between codes, but got lowbit.choose_params

#row = affine_map<(m, n, k) -> (m, k)>
#col = affine_map<(m, n, k) -> (n, k)>
#out = affine_map<(m, n, k) -> (m, n)>
#id = affine_map<(m, n) -> (m, n)>

// CHECK: lowbit.error_bounds = {fc1 = {clipping = {{.*}}}, fc2 = {{.*}}}
// CHECK: lowbit.quantize
// CHECK: lowbit.matmul
// CHECK: lowbit.requantize
// CHECK-NOT: f32
// CHECK: lowbit.scaled_matmul
func.func @model(%x: tensor<?x4xf32>, %e1: tensor<?x3xf32>, %e2: tensor<?x2xf32>) -> tensor<?x2xf32> {
  %zero = arith.constant 0.0 : f32
  %w1 = arith.constant dense<[[0.5, -0.5, 0.0, 0.4], [0.1, -0.6, 0.6, 0.0], [1.0, 1.0, -1.0, 0.2]]> : tensor<3x4xf32>
  %w2 = arith.constant dense<[[0.5, -0.5, 0.1], [0.6, 0.0, 0.5]]> : tensor<2x3xf32>
  %b1 = arith.constant dense<[0.25, -0.5, 1.0]> : tensor<3xf32>
  %f = linalg.fill ins(%zero : f32) outs(%e2 : tensor<?x2xf32>) -> tensor<?x2xf32>
  %i1 = linalg.broadcast ins(%b1 : tensor<3xf32>) outs(%e1 : tensor<?x3xf32>) dimensions = [0]
  %y1 = linalg.matmul indexing_maps = [#row, #col, #out] {lowbit.activation_range = array<f32: -1.0, 1.0>}
      ins(%x, %w1 : tensor<?x4xf32>, tensor<3x4xf32>) outs(%i1 : tensor<?x3xf32>) -> tensor<?x3xf32> loc("fc1")
  %r1 = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel"]}
      ins(%y1 : tensor<?x3xf32>) outs(%e1 : tensor<?x3xf32>) {
  ^bb0(%in: f32, %unused: f32):
    %max = arith.maximumf %in, %zero : f32
    linalg.yield %max : f32
  } -> tensor<?x3xf32>
  %y2 = linalg.matmul indexing_maps = [#row, #col, #out] {lowbit.activation_range = array<f32: 0.0, 3.0>}
      ins(%r1, %w2 : tensor<?x3xf32>, tensor<2x3xf32>) outs(%f : tensor<?x2xf32>) -> tensor<?x2xf32> loc("fc2")
  return %y2 : tensor<?x2xf32>
}

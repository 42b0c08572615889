// RUN: lowbit-opt %s --lowbit-bound-error="weights=ternary:absmean,scale-rule=none activations=int8" | FileCheck %s
// RUN: lowbit-opt %s --lowbit-bound-error="weights=ternary:absmean,scale-rule=none" --remarks-filter="lowbit" --remark-format=emitRemark -o /dev/null 2>&1 | FileCheck %s --check-prefix=REMARK
// RUN: lowbit-opt %s --lowbit-bound-error="weights=ternary:absmean,scale-rule=none" --lowbit-quantize="weights=ternary:absmean,scale-rule=none" --lowbit-pack-weights | FileCheck %s --check-prefix=RECORD
// RUN: not lowbit-opt %s --lowbit-bound-error=weights=int9 2>&1 | FileCheck %s --check-prefix=INVALID
// INVALID: error: weights: unknown encoding 'int9'

// CHECK: lowbit.error_bounds = {
// CHECK-SAME: clipped = {clipping = 8.000000e+00 : f64, growth = 4.000000e+00 : f64, high = 4.000000e+00 : f64, low = 0.000000e+00 : f64, relative = false, rounding = 4.0078{{[0-9]*}} : f64}
// CHECK-SAME: dynamic = {clipping = 0.0078{{[0-9]*}} : f64, relative = true, rounding = 0.0078{{[0-9]*}} : f64}
// CHECK-SAME: static = {clipping = 0.000000e+00 : f64, growth = 2.000000e+00 : f64, high = 3.000000e+00 : f64, low = -1.000000e+00 : f64, relative = false, rounding = 0.0156{{[0-9]*}} : f64}

// RECORD: lowbit.layers = [
// RECORD-SAME: error_bound = {clipping = {{.*}}, relative = true, rounding = {{.*}}}{{.*}}name = "dynamic"

#row = affine_map<(m, n, k) -> (m, k)>
#col = affine_map<(m, n, k) -> (n, k)>
#out = affine_map<(m, n, k) -> (m, n)>

// Weights that are codes: two of them, off by half a step of at most 2/255.
// REMARK: layer 'dynamic': error at most 0.01569 times the largest activation (channel 1; rounding 0.007843, clipping 0.007843)
func.func @dynamic(%x: tensor<3x2xf32>, %init: tensor<3x2xf32>) -> tensor<3x2xf32> {
  %w = arith.constant dense<[[1.0, 0.0], [1.0, -1.0]]> : tensor<2x2xf32>
  %y = linalg.matmul indexing_maps = [#row, #col, #out]
      ins(%x, %w : tensor<3x2xf32>, tensor<2x2xf32>) outs(%init : tensor<3x2xf32>) -> tensor<3x2xf32> loc("dynamic")
  return %y : tensor<3x2xf32>
}

// The same with a step of 4/255: twice half of that.
// REMARK: layer 'static': error at most 0.01569 (channel 0; rounding 0.01569, clipping 0)
func.func @static(%x: tensor<3x2xf32>, %init: tensor<3x1xf32>) -> tensor<3x1xf32> {
  %w = arith.constant dense<[[1.0, -1.0]]> : tensor<1x2xf32>
  %y = linalg.matmul indexing_maps = [#row, #col, #out] {lowbit.activation_range = array<f32: -1.0, 3.0>}
      ins(%x, %w : tensor<3x2xf32>, tensor<1x2xf32>) outs(%init : tensor<3x1xf32>) -> tensor<3x1xf32> loc("static")
  return %y : tensor<3x1xf32>
}

// 3 and 1 become 1 and 0: half of each is rounding, 3/2 and 1/2 are clipping, by
// activations up to 4, whose rounding adds 2/255.
// REMARK: layer 'clipped': error at most 12.01 (channel 0; rounding 4.008, clipping 8)
func.func @clipped(%x: tensor<3x2xf32>, %init: tensor<3x1xf32>) -> tensor<3x1xf32> {
  %w = arith.constant dense<[[3.0, 1.0]]> : tensor<1x2xf32>
  %y = linalg.matmul indexing_maps = [#row, #col, #out] {lowbit.activation_range = array<f32: 0.0, 4.0>}
      ins(%x, %w : tensor<3x2xf32>, tensor<1x2xf32>) outs(%init : tensor<3x1xf32>) -> tensor<3x1xf32> loc("clipped")
  return %y : tensor<3x1xf32>
}

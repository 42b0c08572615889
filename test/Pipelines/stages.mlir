// RUN: lowbit-opt %s --lowbit-verify-stage=stage=imported \
// RUN:     --lowbit-quantize=weights=ternary --lowbit-verify-stage=stage=quantized \
// RUN:     --lowbit-fold-zero-points --lowbit-verify-stage=stage=integer \
// RUN:     --lowbit-pack-weights --lowbit-verify-stage=stage=packed -o /dev/null
// RUN: lowbit-opt %s --lowbit-verify-stage=stage=imported \
// RUN:     --lowbit-quantize-pipeline=weights=ternary --lowbit-verify-stage=stage=integer \
// RUN:     --lowbit-cpu-pipeline --lowbit-verify-stage=stage=llvm -o /dev/null
// RUN: lowbit-opt %s --lowbit-quantize-pipeline=weights=ternary \
// RUN:     --lowbit-cpu-pipeline=reference --lowbit-verify-stage=stage=llvm -o /dev/null
// RUN: lowbit-opt %s --lowbit-cpu-pipeline --lowbit-verify-stage=stage=llvm -o /dev/null

// What each stage promises holds after its passes, and after both pipelines.

#row = affine_map<(m, n, k) -> (m, k)>
#column = affine_map<(m, n, k) -> (n, k)>
#out = affine_map<(m, n, k) -> (m, n)>

func.func @main(%x: tensor<?x4xf32>, %bias: tensor<?x3xf32>) -> tensor<?x3xf32> {
  %w = arith.constant dense<[[0.8, -1.2, 0.1, -0.9], [0.7, -0.7, 0.0, 0.75], [1.0, 2.0, -3.0, 0.0]]> : tensor<3x4xf32>
  %y = linalg.matmul indexing_maps = [#row, #column, #out]
      ins(%x, %w : tensor<?x4xf32>, tensor<3x4xf32>) outs(%bias : tensor<?x3xf32>) -> tensor<?x3xf32> loc("fc")
  return %y : tensor<?x3xf32>
}

// REQUIRES: python-numpy
// RUN: %python %S/Inputs/moments.py %t.npz
// RUN: not lowbit-opt %s --lowbit-quantize=calibration=%t.npz 2>&1 | FileCheck %s

// CHECK: error: {{.*}}expected a name of the layer, by which to find second moments of inputs for int4:gptq
func.func @unnamed(%x: tensor<?x3xf32>, %init: tensor<?x1xf32>) -> tensor<?x1xf32> {
  %w = arith.constant dense<0.4> : tensor<3x1xf32>
  %y = linalg.matmul {lowbit.weights = "int4:gptq"}
      ins(%x, %w : tensor<?x3xf32>, tensor<3x1xf32>) outs(%init : tensor<?x1xf32>) -> tensor<?x1xf32>
  return %y : tensor<?x1xf32>
}

// CHECK: error: {{.*}}layer 'means': expected second moments of inputs for int4:gptq, but got none: lowbit-run --calibrate --moments=second records them
func.func @means(%x: tensor<?x3xf32>, %init: tensor<?x1xf32>) -> tensor<?x1xf32> {
  %w = arith.constant dense<0.4> : tensor<3x1xf32>
  %y = linalg.matmul {lowbit.weights = "int4:gptq"}
      ins(%x, %w : tensor<?x3xf32>, tensor<3x1xf32>) outs(%init : tensor<?x1xf32>) -> tensor<?x1xf32> loc("means")
  return %y : tensor<?x1xf32>
}

// CHECK: error: {{.*}}layer 'nothing': expected means of inputs for int4:bias-correction, but got none: lowbit-run --calibrate --moments=first records them
func.func @nothing(%x: tensor<?x3xf32>, %init: tensor<?x1xf32>) -> tensor<?x1xf32> {
  %w = arith.constant dense<0.4> : tensor<3x1xf32>
  %y = linalg.matmul {lowbit.weights = "int4:bias-correction"}
      ins(%x, %w : tensor<?x3xf32>, tensor<3x1xf32>) outs(%init : tensor<?x1xf32>) -> tensor<?x1xf32> loc("nothing")
  return %y : tensor<?x1xf32>
}

// CHECK: error: {{.*}}expected moments of 3 inputs of each output, but got 1 x 2
func.func @other(%x: tensor<?x3xf32>, %init: tensor<?x1xf32>) -> tensor<?x1xf32> {
  %w = arith.constant dense<0.4> : tensor<3x1xf32>
  %y = linalg.matmul {lowbit.weights = "int4:gptq"}
      ins(%x, %w : tensor<?x3xf32>, tensor<3x1xf32>) outs(%init : tensor<?x1xf32>) -> tensor<?x1xf32> loc("other")
  return %y : tensor<?x1xf32>
}

// CHECK: error: {{.*}}expected finite moments, but got NaN or infinity
func.func @nan(%x: tensor<?x3xf32>, %init: tensor<?x1xf32>) -> tensor<?x1xf32> {
  %w = arith.constant dense<0.4> : tensor<3x1xf32>
  %y = linalg.matmul {lowbit.weights = "int4:gptq"}
      ins(%x, %w : tensor<?x3xf32>, tensor<3x1xf32>) outs(%init : tensor<?x1xf32>) -> tensor<?x1xf32> loc("nan")
  return %y : tensor<?x1xf32>
}

// CHECK: error: {{.*}}expected finite moments, but got NaN or infinity
func.func @nan_means(%x: tensor<?x3xf32>, %init: tensor<?x1xf32>) -> tensor<?x1xf32> {
  %w = arith.constant dense<0.4> : tensor<3x1xf32>
  %y = linalg.matmul {lowbit.weights = "int4:bias-correction"}
      ins(%x, %w : tensor<?x3xf32>, tensor<3x1xf32>) outs(%init : tensor<?x1xf32>) -> tensor<?x1xf32> loc("nan")
  return %y : tensor<?x1xf32>
}

// CHECK: error: {{.*}}calibration: {{.*}}layer 'flat': expected input_means of groups x inputs, but got another shape
func.func @flat(%x: tensor<?x3xf32>, %init: tensor<?x1xf32>) -> tensor<?x1xf32> {
  %w = arith.constant dense<0.4> : tensor<3x1xf32>
  %y = linalg.matmul {lowbit.weights = "int4:gptq"}
      ins(%x, %w : tensor<?x3xf32>, tensor<3x1xf32>) outs(%init : tensor<?x1xf32>) -> tensor<?x1xf32> loc("flat")
  return %y : tensor<?x1xf32>
}

// CHECK: error: {{.*}}calibration: {{.*}}'truncated/input_products': expected 1x3x3xf32, but got 1x2x3xf32
func.func @truncated(%x: tensor<?x3xf32>, %init: tensor<?x1xf32>) -> tensor<?x1xf32> {
  %w = arith.constant dense<0.4> : tensor<3x1xf32>
  %y = linalg.matmul {lowbit.weights = "int4:gptq"}
      ins(%x, %w : tensor<?x3xf32>, tensor<3x1xf32>) outs(%init : tensor<?x1xf32>) -> tensor<?x1xf32> loc("truncated")
  return %y : tensor<?x1xf32>
}

// CHECK: error: {{.*}}expected positive definite second moments, give more damping
func.func @singular(%x: tensor<?x3xf32>, %init: tensor<?x1xf32>) -> tensor<?x1xf32> {
  %w = arith.constant dense<0.4> : tensor<3x1xf32>
  %y = linalg.matmul {lowbit.weights = "int4:damping=0"}
      ins(%x, %w : tensor<?x3xf32>, tensor<3x1xf32>) outs(%init : tensor<?x1xf32>) -> tensor<?x1xf32> loc("equal")
  return %y : tensor<?x1xf32>
}

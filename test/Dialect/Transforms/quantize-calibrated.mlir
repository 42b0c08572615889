// REQUIRES: python-numpy
// RUN: %python %S/Inputs/moments.py %t.npz
// RUN: lowbit-opt %s --lowbit-quantize="weights=int4:fixed-point=0 calibration=%t.npz" | FileCheck %s
// RUN: lowbit-opt %s --lowbit-quantize-pipeline="layers=equal=int4:fixed-point=0,gptq calibration=%t.npz" | FileCheck %s --check-prefix=PIPELINE
// RUN: not lowbit-opt %s --lowbit-quantize="weights=int4" 2>&1 | FileCheck %s --check-prefix=NO-FILE
// RUN: not lowbit-opt %s --lowbit-quantize="weights=int4 calibration=%s" 2>&1 | FileCheck %s --check-prefix=NO-ZIP
// RUN: lowbit-opt %s --lowbit-bound-error="weights=int4:fixed-point=0 activations=int8:range=[-1,1] calibration=%t.npz" | FileCheck %s --check-prefix=BOUND

// NO-FILE: layer 'equal': expected second moments of inputs for int4:fixed-point=0,damping=1e-06, but got no calibration: lowbit-run --calibrate --moments=second records them
// NO-ZIP: calibration: {{.*}}: expected an .npz file

// 0.4 by 1 for each of three weights and 2.4 of the bias.
// BOUND: bias = {clipping = 0.000000e+00 : f64, {{.*}}, relative = false, rounding = 3.6{{[0-9]*}} : f64}
// BOUND-SAME: equal = {clipping = 0.000000e+00 : f64, {{.*}}, relative = false, rounding = {{.*}} : f64}

// Of inputs that are all the same only the sum of the weights counts: 1.2.
// CHECK-LABEL: func @error_compensation
// CHECK:         lowbit.constant dense_resource<equal.codes>
// PIPELINE:      equal.codes: "0x40000000000100"
func.func @error_compensation(%x: tensor<?x3xf32>, %init: tensor<?x1xf32>) -> tensor<?x1xf32> {
  %w = arith.constant dense<0.4> : tensor<3x1xf32>
  %y = linalg.matmul {lowbit.weights = "int4:fixed-point=0,damping=1e-6"}
      ins(%x, %w : tensor<?x3xf32>, tensor<3x1xf32>) outs(%init : tensor<?x1xf32>) -> tensor<?x1xf32> loc("equal")
  return %y : tensor<?x1xf32>
}

// Each weight of 0.4 becomes 0: 3 * 0.4 by a mean of 2 is to be added, to 10.
// CHECK-LABEL: func @bias
// CHECK:         %[[P:.*]] = lowbit.scaled_matmul
// CHECK:         %[[B:.*]] = arith.constant dense<1.240000e+01> : tensor<1xf32>
// CHECK:         %[[R:.*]] = linalg.broadcast ins(%[[B]] : tensor<1xf32>)
// CHECK:         linalg.add ins(%[[P]], %[[R]] :
// CHECK-NOT:     linalg.add
// CHECK:         return
func.func @bias(%x: tensor<5x3xf32>) -> tensor<5x1xf32> {
  %w = arith.constant dense<0.4> : tensor<3x1xf32>
  %init = arith.constant dense<10.0> : tensor<1xf32>
  %e = tensor.empty() : tensor<5x1xf32>
  %b = linalg.broadcast ins(%init : tensor<1xf32>) outs(%e : tensor<5x1xf32>) dimensions = [0]
  %y = linalg.matmul {lowbit.weights = "int4:fixed-point=0,bias-correction"}
      ins(%x, %w : tensor<5x3xf32>, tensor<3x1xf32>) outs(%b : tensor<5x1xf32>) -> tensor<5x1xf32> loc("bias")
  return %y : tensor<5x1xf32>
}
// What is no constant stays, and the correction is added to it.
// CHECK-LABEL: func @bias_of_run_time
// CHECK-SAME:      %[[INIT:[^:]*]]: tensor<5x1xf32>)
// CHECK:         %[[S:.*]] = linalg.add ins(%{{.*}}, %[[INIT]] :
// CHECK:         %[[B:.*]] = arith.constant dense<2.4{{.*}}> : tensor<1xf32>
// CHECK:         %[[R:.*]] = linalg.broadcast ins(%[[B]] : tensor<1xf32>)
// CHECK:         linalg.add ins(%[[S]], %[[R]] :
func.func @bias_of_run_time(%x: tensor<5x3xf32>, %init: tensor<5x1xf32>) -> tensor<5x1xf32> {
  %w = arith.constant dense<0.4> : tensor<3x1xf32>
  %y = linalg.matmul {lowbit.weights = "int4:fixed-point=0,bias-correction"}
      ins(%x, %w : tensor<5x3xf32>, tensor<3x1xf32>) outs(%init : tensor<5x1xf32>) -> tensor<5x1xf32> loc("bias")
  return %y : tensor<5x1xf32>
}

// REQUIRES: python-numpy
// RUN: %python %S/Inputs/statistics.py %t.npz
// RUN: lowbit-opt %s --lowbit-import-calibration=calibration=%t.npz --remarks-filter=lowbit --remark-format=emitRemark 2>%t.remarks | FileCheck %s
// RUN: FileCheck %s --check-prefix=REMARK < %t.remarks
// RUN: lowbit-opt %s --lowbit-import-calibration=calibration=%t.npz --lowbit-import-calibration=calibration=%t.npz | FileCheck %s
// RUN: lowbit-opt %s --lowbit-import-calibration="calibration=%t.npz activations=int8:dynamic" | FileCheck %s --check-prefix=DYNAMIC
// RUN: lowbit-opt %s --lowbit-import-calibration="calibration=%t.npz activations=float" | FileCheck %s --check-prefix=DYNAMIC
// RUN: not lowbit-opt %s --lowbit-import-calibration="calibration=%t.npz activations=int9" 2>&1 | FileCheck %s --check-prefix=ENCODING
// RUN: not lowbit-opt %s --lowbit-import-calibration 2>&1 | FileCheck %s --check-prefix=NO-FILE
// RUN: not lowbit-opt %s --lowbit-import-calibration=calibration=%s 2>&1 | FileCheck %s --check-prefix=NO-ZIP
// RUN: %python %S/Inputs/statistics.py %t.npz nothing
// RUN: not lowbit-opt %s --lowbit-import-calibration=calibration=%t.npz 2>&1 | FileCheck %s --check-prefix=NOTHING

// ENCODING: error: activations: unknown activation encoding 'int9'
// NO-FILE: error: calibration: : expected a readable file, but got: No such file or directory
// NO-ZIP: error: calibration: {{.*}}import-calibration.mlir: expected an .npz file, but got: Not a zip archive
// NOTHING: error: {{.*}}layer 'nothing': expected finite activations, but got none among 2

// REMARK: [Analysis] calibrate | Category:lowbit {{.*}}Remark="statistics of 1 layers from data"
// CHECK-LABEL: func @calibrated
// CHECK:         linalg.matmul {lowbit.activation_range = array<f32: -1.500000e+00, 3.250000e+00>}
// DYNAMIC-LABEL: func @calibrated
// DYNAMIC-NOT:     lowbit.activation_range
// DYNAMIC:         return
func.func @calibrated(%x: tensor<?x4xf32>, %init: tensor<?x4xf32>) -> tensor<?x4xf32> {
  %w = arith.constant dense<1.0> : tensor<4x4xf32>
  %y = linalg.matmul ins(%x, %w : tensor<?x4xf32>, tensor<4x4xf32>) outs(%init : tensor<?x4xf32>) -> tensor<?x4xf32> loc("fc1")
  return %y : tensor<?x4xf32>
}

// CHECK-LABEL: func @by_its_own_rule
// CHECK:         lowbit.activation_range = array<f32: -7.500000e-01, 1.625000e+00>
func.func @by_its_own_rule(%x: tensor<?x4xf32>, %init: tensor<?x4xf32>) -> tensor<?x4xf32> {
  %w = arith.constant dense<1.0> : tensor<4x4xf32>
  %y = linalg.matmul {lowbit.activations = "int8:range=moving_average"}
      ins(%x, %w : tensor<?x4xf32>, tensor<4x4xf32>) outs(%init : tensor<?x4xf32>) -> tensor<?x4xf32> loc("fc1")
  return %y : tensor<?x4xf32>
}

// CHECK-LABEL: func @by_hand
// CHECK-NOT:     lowbit.activation_range
// CHECK:         return
func.func @by_hand(%x: tensor<?x4xf32>, %init: tensor<?x4xf32>) -> tensor<?x4xf32> {
  %w = arith.constant dense<1.0> : tensor<4x4xf32>
  %y = linalg.matmul {lowbit.activations = "int8:range=[0,1]"}
      ins(%x, %w : tensor<?x4xf32>, tensor<4x4xf32>) outs(%init : tensor<?x4xf32>) -> tensor<?x4xf32> loc("fc1")
  return %y : tensor<?x4xf32>
}

// REMARK: [Missed] calibrate | Category:lowbit | Function=nothing | Remark="layer 'nothing': expected statistics, but got none"
// CHECK-LABEL: func @without_statistics
// CHECK-NOT:     lowbit.activation_range
// CHECK:         return
func.func @without_statistics(%x: tensor<?x4xf32>, %init: tensor<?x4xf32>) -> tensor<?x4xf32> {
  %w = arith.constant dense<1.0> : tensor<4x4xf32>
  %y = linalg.matmul ins(%x, %w : tensor<?x4xf32>, tensor<4x4xf32>) outs(%init : tensor<?x4xf32>) -> tensor<?x4xf32> loc("nothing")
  return %y : tensor<?x4xf32>
}

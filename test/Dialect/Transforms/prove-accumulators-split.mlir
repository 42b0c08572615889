// RUN: lowbit-opt %s --lowbit-prove-accumulators=width=12 | FileCheck %s
// RUN: lowbit-opt %s --lowbit-prove-accumulators=width=12 -o %t
// RUN: lowbit-opt %t --lowbit-prove-accumulators=width=12 | diff %t -
// RUN: lowbit-opt %s --lowbit-prove-accumulators=width=12 --remarks-filter="lowbit" --remark-format=emitRemark -o /dev/null 2>&1 | FileCheck %s --check-prefix=REMARK

!i8 = !lowbit.affine<8>
!t = !lowbit.ternary

// 40 ternary weights reach 5120: in 12 bits 8 or 12 of them, K / 4 rounded up
// to 12, and 12 * 128 is below 2048.
// REMARK: layer 'long': sums from -1536 to 1524 (channel 0) fit in 12 bits
// CHECK-LABEL: func @splitMatmul(
// CHECK-SAME: %[[A:[^:]+]]: tensor<?x40x!lowbit.affine<8>>, %[[INIT:[^:]+]]: tensor
// CHECK: %[[A0:.+]] = tensor.extract_slice %[[A]][0, 0] [%{{.+}}, 12] [1, 1]
// CHECK: %[[W0:.+]] = lowbit.constant dense<1> : tensor<1x12xi8>
// CHECK: %[[Y0:.+]] = lowbit.matmul %[[A0]], %[[W0]] init %{{.+}} {layer = "long"}
// CHECK: %[[A1:.+]] = tensor.extract_slice %[[A]][0, 12]
// CHECK: %[[Y1:.+]] = lowbit.matmul %[[A1]], %{{.+}} init %[[Y0]]
// CHECK: %[[Y2:.+]] = lowbit.matmul %{{.+}}, %{{.+}} init %[[Y1]]
// CHECK: %[[A3:.+]] = tensor.extract_slice %[[A]][0, 36] [%{{.+}}, 4] [1, 1]
// CHECK: %[[Y3:.+]] = lowbit.matmul %[[A3]], %{{.+}} init %[[Y2]]
// CHECK: return %[[Y3]]
func.func @splitMatmul(%a: tensor<?x40x!i8>, %init: tensor<?x1xi32>) -> tensor<?x1xi32> {
  %w = lowbit.constant dense<1> : tensor<1x40xi8> -> tensor<1x40x!t>
  %zero = arith.constant 0 : i32
  %f = linalg.fill ins(%zero : i32) outs(%init : tensor<?x1xi32>) -> tensor<?x1xi32>
  %y = lowbit.matmul %a, %w init %f {layer = "long"}
      : (tensor<?x40x!i8>, tensor<1x40x!t>, tensor<?x1xi32>) -> tensor<?x1xi32>
  return %y : tensor<?x1xi32>
}

// CHECK-LABEL: func @splitScaledMatmul(
// CHECK-DAG: %[[S:.+]] = arith.constant dense<{{\[\[}}1.000000e+00, 1.000000e+00, 1.000000e+00, 1.000000e+00], [2.000000e+00, 2.000000e+00, 2.000000e+00, 2.000000e+00]]> : tensor<2x4xf16>
// CHECK-DAG: %[[Z:.+]] = arith.constant dense<0> : tensor<2x4xi32>
// CHECK: lowbit.scaled_matmul %{{.+}}, %{{.+}} activation_scale %{{.+}} weight_scale %[[S]] weight_zero_point %[[Z]] {block_sizes = array<i64: 0, 12>}
func.func @splitScaledMatmul(%a: tensor<?x40x!i8>, %sa: tensor<1x1xf32>) -> tensor<?x2xf32> {
  %w = lowbit.constant dense<1> : tensor<2x40xi8> -> tensor<2x40x!i8>
  %s = arith.constant dense<[[1.0], [2.0]]> : tensor<2x1xf16>
  %z = arith.constant dense<0> : tensor<2x1xi32>
  %y = lowbit.scaled_matmul %a, %w activation_scale %sa weight_scale %s weight_zero_point %z
      : (tensor<?x40x!i8>, tensor<2x40x!i8>, tensor<1x1xf32>, tensor<2x1xf16>, tensor<2x1xi32>) -> tensor<?x2xf32>
  return %y : tensor<?x2xf32>
}

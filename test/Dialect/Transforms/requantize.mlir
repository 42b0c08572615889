// RUN: lowbit-opt %s --lowbit-requantize | FileCheck %s
// RUN: lowbit-opt %s --lowbit-requantize -o %t
// RUN: lowbit-opt %t --lowbit-requantize | diff %t -

!i8 = !lowbit.affine<8>
!u8 = !lowbit.affine<8, unsigned>
!n8 = !lowbit.affine<8, narrow>
!t = !lowbit.ternary
#id = affine_map<(m, n) -> (m, n)>

// Scales of 1/2 * [1/4, 1/8], a bias of [3, -0.25] and an output scale of 1/4:
// integers of [24, -4], r of [1/2, 1/4].
// CHECK-LABEL: func @biasAndRelu(
// CHECK-SAME: %[[A:[^:]+]]: tensor<?x4x!lowbit.affine<8>>
// CHECK-DAG: %[[BIAS:.+]] = arith.constant dense<[24, -4]> : tensor<2xi32>
// CHECK-DAG: %[[M:.+]] = arith.constant dense<1073741824> : tensor<1x2xi32>
// CHECK-DAG: %[[S:.+]] = arith.constant dense<{{\[\[}}31, 32]]> : tensor<1x2xi32>
// CHECK-DAG: %[[ZA:.+]] = arith.constant dense<3> : tensor<1x1xi32>
// CHECK-DAG: %[[Z:.+]] = arith.constant dense<-20> : tensor<1x1xi32>
// CHECK: %[[INIT:.+]] = linalg.broadcast ins(%[[BIAS]] : tensor<2xi32>) {{.*}} dimensions = [0]
// CHECK: %[[SUMS:.+]] = lowbit.matmul %[[A]], %{{.+}} activation_zero_point %[[ZA]] init %[[INIT]] {layer = "fc"}
// CHECK: %[[Q:.+]] = lowbit.requantize %[[SUMS]] multiplier %[[M]] shift %[[S]] zero_point %[[Z]] {bound = 403 : i64, layer = "fc"}
// CHECK: %[[I:.+]] = lowbit.to_storage %[[Q]]
// CHECK: %[[R:.+]] = linalg.generic {{.*}} ins(%[[I]]
// CHECK: arith.maxsi %{{.+}}, %c-20_i8 : i8
// CHECK-NEXT: linalg.yield
// CHECK: lowbit.from_storage
// CHECK-NOT: f32
func.func @biasAndRelu(%a: tensor<?x4x!i8>) -> tensor<?x2x!i8> {
  %c0 = arith.constant 0 : index
  %zero = arith.constant 0.0 : f32
  %m = tensor.dim %a, %c0 : tensor<?x4x!i8>
  %w = lowbit.constant dense<[[1, 0, -1, 1], [-1, -1, 1, 0]]> : tensor<2x4xi8> -> tensor<2x4x!t>
  %sa = arith.constant dense<0.5> : tensor<1x1xf32>
  %za = arith.constant dense<3> : tensor<1x1xi32>
  %sw = arith.constant dense<[[0.25], [0.125]]> : tensor<2x1xf16>
  %so = arith.constant dense<0.25> : tensor<1x1xf32>
  %zo = arith.constant dense<-20> : tensor<1x1xi32>
  %bias = arith.constant dense<[3.0, -0.25]> : tensor<2xf32>
  %e = tensor.empty(%m) : tensor<?x2xf32>
  %b = linalg.broadcast ins(%bias : tensor<2xf32>) outs(%e : tensor<?x2xf32>) dimensions = [0]
  %y = lowbit.scaled_matmul %a, %w activation_scale %sa weight_scale %sw activation_zero_point %za {layer = "fc"}
      : (tensor<?x4x!i8>, tensor<2x4x!t>, tensor<1x1xf32>, tensor<2x1xf16>, tensor<1x1xi32>) -> tensor<?x2xf32>
  %s = linalg.add ins(%y, %b : tensor<?x2xf32>, tensor<?x2xf32>) outs(%e : tensor<?x2xf32>) -> tensor<?x2xf32>
  %r = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel"]}
      ins(%s : tensor<?x2xf32>) outs(%e : tensor<?x2xf32>) {
  ^bb0(%in: f32, %out: f32):
    %max = arith.maximumf %in, %zero : f32
    linalg.yield %max : f32
  } -> tensor<?x2xf32>
  %q = lowbit.quantize %r scale %so zero_point %zo
      : (tensor<?x2xf32>, tensor<1x1xf32>, tensor<1x1xi32>) -> tensor<?x2x!i8>
  return %q : tensor<?x2x!i8>
}

// relu6 is a clamp at the codes of 0 and 6.
// CHECK-LABEL: func @relu6(
// CHECK: lowbit.requantize {{.*}} {bound = 508 : i64}
// CHECK: arith.maxsi %{{.+}}, %c0_i8
// CHECK: arith.minsi %{{.+}}, %c12_i8
func.func @relu6(%a: tensor<3x4x!n8>) -> tensor<3x2x!n8> {
  %w = lowbit.constant dense<1> : tensor<2x4xi8> -> tensor<2x4x!t>
  %one = arith.constant dense<1.0> : tensor<1x1xf32>
  %so = arith.constant dense<0.5> : tensor<1x1xf32>
  %zero = arith.constant dense<0.0> : tensor<3x2xf32>
  %six = arith.constant dense<6.0> : tensor<3x2xf32>
  %y = lowbit.scaled_matmul %a, %w activation_scale %one weight_scale %one
      : (tensor<3x4x!n8>, tensor<2x4x!t>, tensor<1x1xf32>, tensor<1x1xf32>) -> tensor<3x2xf32>
  %r = arith.maximumf %y, %zero : tensor<3x2xf32>
  %c = arith.minimumf %r, %six : tensor<3x2xf32>
  %q = lowbit.quantize %c scale %so : (tensor<3x2xf32>, tensor<1x1xf32>) -> tensor<3x2x!n8>
  return %q : tensor<3x2x!n8>
}

// Unsigned codes whose zero point is the lowest code: relu is nothing.
// CHECK-LABEL: func @unsignedRelu(
// CHECK: %[[Q:.+]] = lowbit.requantize
// CHECK-NEXT: return %[[Q]]
func.func @unsignedRelu(%a: tensor<3x4x!u8>, %x: tensor<3x2xf32>) -> tensor<3x2x!u8> {
  %w = lowbit.constant dense<1> : tensor<2x4xi8> -> tensor<2x4x!t>
  %one = arith.constant dense<1.0> : tensor<1x1xf32>
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<3x2xf32>
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<3x2xf32>) -> tensor<3x2xf32>
  %y = lowbit.scaled_matmul %a, %w activation_scale %one weight_scale %one
      : (tensor<3x4x!u8>, tensor<2x4x!t>, tensor<1x1xf32>, tensor<1x1xf32>) -> tensor<3x2xf32>
  %r = linalg.max ins(%f, %y : tensor<3x2xf32>, tensor<3x2xf32>) outs(%e : tensor<3x2xf32>) -> tensor<3x2xf32>
  %q = lowbit.quantize %r scale %one : (tensor<3x2xf32>, tensor<1x1xf32>) -> tensor<3x2x!u8>
  return %q : tensor<3x2x!u8>
}

// A bias per channel of a convolution: [3, -0.25] over 1/2 * [1/4, 1/8].
// CHECK-LABEL: func @depthwise(
// CHECK-SAME: %[[A:[^:]+]]: tensor<?x?x4x2x!lowbit.affine<8>>
// CHECK-DAG: %[[BIAS:.+]] = arith.constant dense<[24, -4]> : tensor<2xi32>
// CHECK-DAG: %[[M:.+]] = arith.constant dense<1073741824> : tensor<1x1x1x2xi32>
// CHECK-DAG: %[[S:.+]] = arith.constant dense<{{\[\[\[\[}}31, 32]]]]> : tensor<1x1x1x2xi32>
// CHECK-DAG: %[[ZA:.+]] = arith.constant dense<3> : tensor<1x1x1x1xi32>
// CHECK: %[[INIT:.+]] = linalg.broadcast ins(%[[BIAS]] : tensor<2xi32>) {{.*}} dimensions = [0, 1, 2]
// CHECK: %[[SUMS:.+]] = lowbit.conv_2d %[[A]], %{{.+}} activation_zero_point %[[ZA]] init %[[INIT]] groups 2 padding [1, 0, 0, 0] {layer = "dw"}
// CHECK: lowbit.requantize %[[SUMS]] multiplier %[[M]] shift %[[S]] {bound = 272 : i64, layer = "dw"}
// CHECK-NOT: f32
func.func @depthwise(%a: tensor<?x?x4x2x!i8>) -> tensor<?x?x4x2x!i8> {
  %w = lowbit.constant dense<[[[[1]], [[1]]], [[[0]], [[-1]]]]> : tensor<2x2x1x1xi8> -> tensor<2x2x1x1x!t>
  %sa = arith.constant dense<0.5> : tensor<1x1x1x1xf32>
  %za = arith.constant dense<3> : tensor<1x1x1x1xi32>
  %sw = arith.constant dense<[[[[0.25]]], [[[0.125]]]]> : tensor<2x1x1x1xf16>
  %so = arith.constant dense<0.25> : tensor<1x1x1x1xf32>
  %bias = arith.constant dense<[3.0, -0.25]> : tensor<2xf32>
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %y = lowbit.scaled_conv_2d %a, %w activation_scale %sa weight_scale %sw activation_zero_point %za
      groups 2 padding [1, 0, 0, 0] {layer = "dw"}
      : (tensor<?x?x4x2x!i8>, tensor<2x2x1x1x!t>, tensor<1x1x1x1xf32>, tensor<2x1x1x1xf16>, tensor<1x1x1x1xi32>)
      -> tensor<?x?x4x2xf32>
  %n = tensor.dim %y, %c0 : tensor<?x?x4x2xf32>
  %h = tensor.dim %y, %c1 : tensor<?x?x4x2xf32>
  %e = tensor.empty(%n, %h) : tensor<?x?x4x2xf32>
  %b = linalg.broadcast ins(%bias : tensor<2xf32>) outs(%e : tensor<?x?x4x2xf32>) dimensions = [0, 1, 2]
  %s = linalg.add ins(%y, %b : tensor<?x?x4x2xf32>, tensor<?x?x4x2xf32>) outs(%e : tensor<?x?x4x2xf32>) -> tensor<?x?x4x2xf32>
  %q = lowbit.quantize %s scale %so : (tensor<?x?x4x2xf32>, tensor<1x1x1x1xf32>) -> tensor<?x?x4x2x!i8>
  return %q : tensor<?x?x4x2x!i8>
}

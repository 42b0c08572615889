// RUN: lowbit-opt %s --lowbit-isolate-layers --split-input-file | FileCheck %s
// RUN: lowbit-opt %s --lowbit-isolate-layers --lowbit-isolate-layers --split-input-file | FileCheck %s

// Layers of one input share the argument; its parameters follow it, float users
// do not.
// CHECK-LABEL: func @shared
// CHECK-SAME:      %[[X:[^:]*]]: tensor<?x4xf32>, %[[W:[^:]*]]: tensor<2x4x!lowbit.ternary>, %[[I:[^:]*]]: tensor<?x4xf32> {lowbit.name = "observed:fc1"})
// CHECK:         %[[Y:.*]] = math.absf %[[X]]
// CHECK:         %[[S:.*]], %{{.*}} = lowbit.choose_params %[[I]]
// CHECK:         %[[Q:.*]] = lowbit.quantize %[[I]] scale %[[S]]
// CHECK:         lowbit.scaled_matmul %[[Q]]
// CHECK:         lowbit.scaled_matmul %[[Q]]
// CHECK:         math.sqrt %[[Y]]
func.func @shared(%x: tensor<?x4xf32>, %w: tensor<2x4x!lowbit.ternary>) -> (tensor<?x2xf32>, tensor<?x2xf32>, tensor<?x4xf32>) {
  %sw = arith.constant dense<1.0> : tensor<2x1xf32>
  %y = math.absf %x : tensor<?x4xf32>
  %s, %z = lowbit.choose_params %y for !lowbit.affine<8> : (tensor<?x4xf32>) -> (tensor<?x1xf32>, tensor<?x1xi32>) loc("fc1")
  %q = lowbit.quantize %y scale %s zero_point %z : (tensor<?x4xf32>, tensor<?x1xf32>, tensor<?x1xi32>) -> tensor<?x4x!lowbit.affine<8>> loc("fc1")
  %a = lowbit.scaled_matmul %q, %w activation_scale %s weight_scale %sw activation_zero_point %z {layer = "fc1"} : (tensor<?x4x!lowbit.affine<8>>, tensor<2x4x!lowbit.ternary>, tensor<?x1xf32>, tensor<2x1xf32>, tensor<?x1xi32>) -> tensor<?x2xf32> loc("fc1")
  %b = lowbit.scaled_matmul %q, %w activation_scale %s weight_scale %sw activation_zero_point %z {layer = "fc2"} : (tensor<?x4x!lowbit.affine<8>>, tensor<2x4x!lowbit.ternary>, tensor<?x1xf32>, tensor<2x1xf32>, tensor<?x1xi32>) -> tensor<?x2xf32> loc("fc2")
  %r = math.sqrt %y : tensor<?x4xf32>
  return %a, %b, %r : tensor<?x2xf32>, tensor<?x2xf32>, tensor<?x4xf32>
}

// -----

// CHECK-LABEL: func @codes_of_another_layer
// CHECK-NOT:     observed
func.func @codes_of_another_layer(%q: tensor<?x4x!lowbit.affine<8>>, %w: tensor<2x4x!lowbit.ternary>, %s: tensor<1x1xf32>) -> tensor<?x2xf32> {
  %sw = arith.constant dense<1.0> : tensor<2x1xf32>
  %a = lowbit.scaled_matmul %q, %w activation_scale %s weight_scale %sw {layer = "fc1"} : (tensor<?x4x!lowbit.affine<8>>, tensor<2x4x!lowbit.ternary>, tensor<1x1xf32>, tensor<2x1xf32>) -> tensor<?x2xf32> loc("fc1")
  return %a : tensor<?x2xf32>
}

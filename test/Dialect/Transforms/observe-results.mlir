// RUN: lowbit-opt %s --lowbit-observe-results | FileCheck %s
// RUN: lowbit-opt %s --lowbit-observe-results --lowbit-observe-results | FileCheck %s

// CHECK-DAG: #[[$ROW:.*]] = affine_map<(d0, d1) -> (d0, 0)>

// The bias is a part of the result.
// CHECK-LABEL: func @quantized
// CHECK-SAME:      %[[X:[^:]*]]: tensor<?x4xf32>, %[[S:[^:]*]]: tensor<?x1xf32>
// CHECK:         %[[STEPS:.*]] = linalg.generic {indexing_maps = [#{{.*}}, #[[$ROW]], #{{.*}}]{{.*}} ins(%[[X]], %[[S]] :
// CHECK:           %[[LOW:.*]] = arith.constant -1.280000e+02
// CHECK:           %[[HIGH:.*]] = arith.constant 1.270000e+02
// CHECK:         lowbit.observe %[[STEPS]] "fc1" as "excess" : tensor<?x4xf32>
// CHECK:         lowbit.quantize %[[X]] scale %[[S]]
// CHECK:         lowbit.scaled_matmul
// CHECK:         %[[SUM:.*]] = linalg.add
// CHECK:         %[[RESULT:.*]] = lowbit.observe %[[SUM]] "fc1" as "result ternary" : tensor<?x2xf32>
// CHECK:         math.absf %[[RESULT]]
// CHECK-NOT:     lowbit.observe
// CHECK:         return
func.func @quantized(%x: tensor<?x4xf32>, %s: tensor<?x1xf32>, %w: tensor<2x4x!lowbit.ternary>, %b: tensor<?x2xf32>) -> tensor<?x2xf32> {
  %sw = arith.constant dense<1.0> : tensor<2x1xf32>
  %q = lowbit.quantize %x scale %s : (tensor<?x4xf32>, tensor<?x1xf32>) -> tensor<?x4x!lowbit.affine<8>> loc("fc1")
  %p = lowbit.scaled_matmul %q, %w activation_scale %s weight_scale %sw {layer = "fc1"} : (tensor<?x4x!lowbit.affine<8>>, tensor<2x4x!lowbit.ternary>, tensor<?x1xf32>, tensor<2x1xf32>) -> tensor<?x2xf32> loc("fc1")
  %y = linalg.add ins(%p, %b : tensor<?x2xf32>, tensor<?x2xf32>) outs(%b : tensor<?x2xf32>) -> tensor<?x2xf32> loc("fc1")
  %z = math.absf %y : tensor<?x2xf32>
  return %z : tensor<?x2xf32>
}

// CHECK-LABEL: func @float
// CHECK:         %[[Y:.*]] = linalg.matmul
// CHECK:         %[[RESULT:.*]] = lowbit.observe %[[Y]] "fc2" as "result f32" : tensor<?x4xf32>
// CHECK-NEXT:    return %[[RESULT]]
func.func @float(%x: tensor<?x4xf32>, %w: tensor<4x4xf32>, %init: tensor<?x4xf32>) -> tensor<?x4xf32> {
  %y = linalg.matmul ins(%x, %w : tensor<?x4xf32>, tensor<4x4xf32>) outs(%init : tensor<?x4xf32>) -> tensor<?x4xf32> loc("fc2")
  return %y : tensor<?x4xf32>
}

// CHECK-LABEL: func @integer_result
// CHECK-NOT:     lowbit.observe
// CHECK:         return
func.func @integer_result(%a: tensor<?x4x!lowbit.affine<8>>, %w: tensor<2x4x!lowbit.ternary>, %init: tensor<?x2xi32>) -> tensor<?x2xi32> {
  %y = lowbit.matmul %a, %w init %init {layer = "fc3"} : (tensor<?x4x!lowbit.affine<8>>, tensor<2x4x!lowbit.ternary>, tensor<?x2xi32>) -> tensor<?x2xi32> loc("fc3")
  return %y : tensor<?x2xi32>
}

// CHECK-LABEL: func @unnamed
// CHECK-NOT:     lowbit.observe
// CHECK:         return
func.func @unnamed(%x: tensor<?x4xf32>, %w: tensor<4x4xf32>, %init: tensor<?x4xf32>) -> tensor<?x4xf32> {
  %y = linalg.matmul ins(%x, %w : tensor<?x4xf32>, tensor<4x4xf32>) outs(%init : tensor<?x4xf32>) -> tensor<?x4xf32>
  return %y : tensor<?x4xf32>
}

// What lies beyond the codes, in steps, the zero point added.
// CHECK-LABEL: func @zero_point
// CHECK:         linalg.generic
// CHECK-NEXT:    ^bb0(%[[X:.*]]: f32, %[[S:.*]]: f16, %[[Z:.*]]: i32, %{{.*}}: f32):
// CHECK:           %[[SCALE:.*]] = arith.extf %[[S]] : f16 to f32
// CHECK:           %[[REAL:.*]] = arith.divf %[[X]], %[[SCALE]]
// CHECK:           %[[ZERO:.*]] = arith.sitofp %[[Z]] : i32 to f32
// CHECK:           %[[T:.*]] = arith.addf %[[REAL]], %[[ZERO]]
// CHECK:           %[[LOW:.*]] = arith.constant 0.0
// CHECK:           %[[MAX:.*]] = arith.maximumf %[[T]], %[[LOW]]
// CHECK:           %[[HIGH:.*]] = arith.constant 1.500000e+01
// CHECK:           %[[MIN:.*]] = arith.minimumf %[[MAX]], %[[HIGH]]
// CHECK:           arith.subf %[[T]], %[[MIN]]
// CHECK:         lowbit.observe %{{.*}} "fc4" as "excess"
// CHECK:         lowbit.observe %{{.*}} "fc4" as "result codebook<4>"
func.func @zero_point(%x: tensor<?x4xf32>, %s: tensor<1x1xf16>, %f: tensor<1x1xf32>, %z: tensor<1x1xi32>, %c: tensor<2x4x!lowbit.codebook<4>>, %table: tensor<16xi8>) -> tensor<?x2xf32> {
  %sw = arith.constant dense<1.0> : tensor<2x1xf32>
  %w = lowbit.lookup %c in %table : (tensor<2x4x!lowbit.codebook<4>>, tensor<16xi8>) -> tensor<2x4x!lowbit.affine<8>>
  %q = lowbit.quantize %x scale %s zero_point %z : (tensor<?x4xf32>, tensor<1x1xf16>, tensor<1x1xi32>) -> tensor<?x4x!lowbit.affine<4, unsigned>>
  %y = lowbit.scaled_matmul %q, %w activation_scale %f weight_scale %sw activation_zero_point %z {layer = "fc4"} : (tensor<?x4x!lowbit.affine<4, unsigned>>, tensor<2x4x!lowbit.affine<8>>, tensor<1x1xf32>, tensor<2x1xf32>, tensor<1x1xi32>) -> tensor<?x2xf32> loc("fc4")
  return %y : tensor<?x2xf32>
}

// A layer that reads codes says so. The sum of its planes is its result; what
// else has its name is not.
// CHECK-LABEL: func @codes
// CHECK:         %[[SUM:.*]] = linalg.add
// CHECK-NEXT:    lowbit.observe %[[SUM]] "fc5" as "result of codes binary"
// CHECK:         math.absf
// CHECK-NOT:     lowbit.observe
// CHECK:         return
func.func @codes(%q: tensor<?x4x!lowbit.affine<8>>, %w: tensor<2x4x!lowbit.binary>, %s: tensor<1x1xf32>, %b: tensor<?x2xf32>) -> (tensor<?x2xf32>, tensor<?x2xf32>) {
  %sw = arith.constant dense<1.0> : tensor<2x1xf32>
  %p0 = lowbit.scaled_matmul %q, %w activation_scale %s weight_scale %sw {layer = "fc5"} : (tensor<?x4x!lowbit.affine<8>>, tensor<2x4x!lowbit.binary>, tensor<1x1xf32>, tensor<2x1xf32>) -> tensor<?x2xf32> loc("fc5")
  %p1 = lowbit.scaled_matmul %q, %w activation_scale %s weight_scale %sw {layer = "fc5"} : (tensor<?x4x!lowbit.affine<8>>, tensor<2x4x!lowbit.binary>, tensor<1x1xf32>, tensor<2x1xf32>) -> tensor<?x2xf32> loc("fc5")
  %y = linalg.add ins(%p0, %p1 : tensor<?x2xf32>, tensor<?x2xf32>) outs(%b : tensor<?x2xf32>) -> tensor<?x2xf32> loc("fc5")
  %o = math.absf %b : tensor<?x2xf32> loc("fc5")
  return %y, %o : tensor<?x2xf32>, tensor<?x2xf32>
}

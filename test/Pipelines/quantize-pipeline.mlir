// RUN: lowbit-opt %s --lowbit-quantize-pipeline=weights=ternary:threshold=0.7,scale-rule=none | FileCheck %s
// RUN: lowbit-opt %s --lowbit-quantize-pipeline="weights=int8 layers=second=f32" | FileCheck %s --check-prefix=LAYERS
// RUN: lowbit-opt %s --lowbit-quantize-pipeline="weights=int8 layers=second=int4/float" | FileCheck %s --check-prefix=FLOAT
// RUN: not lowbit-opt %s --lowbit-quantize-pipeline="weights=int8 activations=binary:static no-fallback" -o /dev/null 2>&1 | FileCheck %s --check-prefix=FALLBACK
// RUN: lowbit-opt %s --lowbit-quantize-pipeline | FileCheck %s --check-prefix=NONE
// RUN: lowbit-opt %s --lowbit-quantize-pipeline=weights=int8 > %t.once
// RUN: lowbit-opt %s --lowbit-quantize-pipeline=weights=int8 --lowbit-quantize-pipeline=weights=int8 | diff - %t.once

// The helper is inlined, its layer and the other one quantize the input once,
// and the zero point of the input is a term.
// CHECK-LABEL: func @main
// CHECK-SAME:      %[[X:.*]]: tensor<?x2xf32>, %[[INIT:.*]]: tensor<?x2xf32>
// CHECK:         %[[W1:.*]] = lowbit.constant dense_resource<first.codes> : tensor<2x2xi8> -> tensor<2x2x!lowbit.ternary>
// CHECK:         %[[SA:.*]], %[[ZA:.*]] = lowbit.choose_params %[[X]]
// CHECK:         %[[A:.*]] = lowbit.quantize %[[X]] scale %[[SA]] zero_point %[[ZA]]
// CHECK-NOT:     lowbit.quantize
// CHECK:         lowbit.scaled_matmul %[[A]], %[[W1]] activation_scale %[[SA]] weight_scale %{{.*}} terms(%[[ZA]]) * (%{{.*}}) {layer = "first"}
// CHECK:         %[[W2:.*]] = lowbit.constant dense_resource<second.codes> : tensor<2x2xi8> -> tensor<2x2x!lowbit.ternary>
// CHECK:         lowbit.scaled_matmul %[[A]], %[[W2]] activation_scale %[[SA]] weight_scale %{{.*}} terms(%[[ZA]]) * (%{{.*}}) {layer = "second"}
// CHECK-NOT:     func private
//
// LAYERS-LABEL: func @main
// LAYERS:        lowbit.scaled_matmul {{.*}} {layer = "first"}
// LAYERS-NOT:    lowbit.scaled_matmul
// LAYERS:        linalg.matmul
//
// FLOAT-LABEL: func @main
// FLOAT-SAME:      %[[X:.*]]: tensor<?x2xf32>, %{{.*}}: tensor<?x2xf32>
// FLOAT:         lowbit.scaled_matmul {{.*}} {layer = "first"}
// FLOAT:         lowbit.weight_only_matmul %[[X]], %{{.*}} scale %{{.*}} {layer = "second"} : (tensor<?x2xf32>, tensor<2x2x!lowbit.affine<4, narrow>>, tensor<2x1xf32>)
//
// FALLBACK:    error: {{.*}}expected a range of activations binary:static, but got none
//
// NONE-LABEL:  func @main
// NONE:          linalg.matmul
// NONE:          linalg.matmul
// NONE-NOT:      lowbit.

func.func @main(%x: tensor<?x2xf32>, %init: tensor<?x2xf32>) -> (tensor<?x2xf32>, tensor<?x2xf32>) {
  %y = call @helper(%x, %init) : (tensor<?x2xf32>, tensor<?x2xf32>) -> tensor<?x2xf32>
  %w = arith.constant dense<[[1.0, -1.0], [0.0, 1.0]]> : tensor<2x2xf32>
  %z = linalg.matmul ins(%x, %w : tensor<?x2xf32>, tensor<2x2xf32>) outs(%init : tensor<?x2xf32>) -> tensor<?x2xf32> loc("second")
  return %y, %z : tensor<?x2xf32>, tensor<?x2xf32>
}

func.func private @helper(%x: tensor<?x2xf32>, %init: tensor<?x2xf32>) -> tensor<?x2xf32> {
  %w = arith.constant dense<[[1.0, 1.0], [0.0, 1.0]]> : tensor<2x2xf32>
  %y = linalg.matmul ins(%x, %w : tensor<?x2xf32>, tensor<2x2xf32>) outs(%init : tensor<?x2xf32>) -> tensor<?x2xf32> loc("first")
  return %y : tensor<?x2xf32>
}

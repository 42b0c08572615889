// RUN: lowbit-opt %s --lowbit-quantize="weights=ternary activations=int8:ema" | FileCheck %s
// RUN: lowbit-opt %s --lowbit-quantize="weights=ternary activations=int8:ema" --lowbit-quantize="weights=ternary activations=int8:ema" | FileCheck %s
// RUN: lowbit-opt %s --lowbit-quantize-pipeline="weights=ternary activations=int8:ema" --lowbit-verify-stage=stage=integer --lowbit-pack-weights --lowbit-verify-stage=stage=packed -o /dev/null
// RUN: lowbit-opt %s --lowbit-bound-error="weights=ternary activations=int8:ema" | FileCheck %s --check-prefix=BOUND

// BOUND-NOT: lowbit.error_bounds

#id = affine_map<(m, n) -> (m, n)>

// CHECK-LABEL: func @one
// CHECK-SAME:      %[[X:[^:]*]]: tensor<?x4xf32>, %{{[^:]*}}: tensor<?x2xf32>, %[[STATE:[^:]*]]: tensor<1x2xf32> {lowbit.name = "running_ranges"})
// CHECK-SAME:      -> (tensor<?x2xf32>, tensor<1x2xf32> {lowbit.name = "running_ranges"})
// CHECK-DAG:     %[[A:.*]] = tensor.extract %[[STATE]][%c0{{.*}}, %c0{{.*}}] : tensor<1x2xf32>
// CHECK-DAG:     %[[B:.*]] = tensor.extract %[[STATE]][%c0{{.*}}, %c1{{.*}}] : tensor<1x2xf32>
// CHECK:         %[[BOUNDS:.*]]:2 = linalg.generic {{.*}} iterator_types = ["reduction", "reduction"]} ins(%[[X]] : tensor<?x4xf32>)
// CHECK:         %[[NOW:.*]] = tensor.extract %[[BOUNDS]]#0[]
// CHECK:         %[[PAST:.*]] = arith.constant 0.899999976 : f32
// CHECK:         %[[PRESENT:.*]] = arith.constant 1.000000e-01 : f32
// CHECK:         arith.mulf %[[PAST]], %[[A]]
// CHECK:         arith.mulf %[[PRESENT]], %[[NOW]]
// CHECK:         %[[LOW:.*]] = arith.select
// CHECK:         arith.mulf %[[PAST]], %[[B]]
// CHECK:         %[[HIGH:.*]] = arith.select %{{.*}}, %{{.*}}, %{{.*}} : f32
// CHECK:         %[[RANGE:.*]] = tensor.from_elements
// CHECK:         %[[S:.*]], %[[Z:.*]] = lowbit.choose_params %[[RANGE]] for !lowbit.affine<8> : (tensor<1x2xf32>) -> (tensor<1x1xf32>, tensor<1x1xi32>)
// CHECK:         lowbit.quantize %[[X]] scale %[[S]] zero_point %[[Z]]
// CHECK:         %[[AFTER:.*]] = tensor.from_elements
// CHECK:         return %{{.*}}, %[[AFTER]] : tensor<?x2xf32>, tensor<1x2xf32>
func.func @one(%x: tensor<?x4xf32>, %init: tensor<?x2xf32>) -> tensor<?x2xf32> {
  %w = arith.constant dense<[[1.0, 0.0], [0.5, -1.0], [0.0, 1.0], [-1.0, 0.5]]> : tensor<4x2xf32>
  %y = linalg.matmul ins(%x, %w : tensor<?x4xf32>, tensor<4x2xf32>) outs(%init : tensor<?x2xf32>) -> tensor<?x2xf32> loc("fc1")
  return %y : tensor<?x2xf32>
}

// Two layers of one input share a range, another momentum is another one.
// CHECK-LABEL: func @shared
// CHECK-SAME:      tensor<2x2xf32> {lowbit.name = "running_ranges"})
// CHECK-COUNT-2: iterator_types = ["reduction", "reduction"]
// CHECK-NOT:     iterator_types = ["reduction", "reduction"]
// CHECK:         tensor.from_elements %{{.*}}, %{{.*}}, %{{.*}}, %{{.*}} : tensor<2x2xf32>
func.func @shared(%x: tensor<3x4xf32>, %init: tensor<3x2xf32>) -> (tensor<3x2xf32>, tensor<3x2xf32>, tensor<3x2xf32>) {
  %w = arith.constant dense<[[1.0, 0.0], [0.5, -1.0], [0.0, 1.0], [-1.0, 0.5]]> : tensor<4x2xf32>
  %q = linalg.matmul ins(%x, %w : tensor<3x4xf32>, tensor<4x2xf32>) outs(%init : tensor<3x2xf32>) -> tensor<3x2xf32> loc("q")
  %k = linalg.matmul ins(%x, %w : tensor<3x4xf32>, tensor<4x2xf32>) outs(%init : tensor<3x2xf32>) -> tensor<3x2xf32> loc("k")
  %v = linalg.matmul {lowbit.activations = "int8:momentum=0.5"}
      ins(%x, %w : tensor<3x4xf32>, tensor<4x2xf32>) outs(%init : tensor<3x2xf32>) -> tensor<3x2xf32> loc("v")
  return %q, %k, %v : tensor<3x2xf32>, tensor<3x2xf32>, tensor<3x2xf32>
}

// CHECK-LABEL: func @no_layers
// CHECK-NOT:     running_ranges
// CHECK:         return
func.func @no_layers(%x: tensor<3x4xf32>) -> tensor<3x4xf32> {
  return %x : tensor<3x4xf32>
}

// RUN: lowbit-opt %s --lowbit-quantize=weights=int8 --remarks-filter=lowbit \
// RUN:   --remark-format=emitRemark 2>&1 | FileCheck %s
// RUN: lowbit-opt %s --lowbit-quantize=weights=int8:block=32 \
// RUN:   | FileCheck %s --check-prefix=BLOCK
// RUN: not lowbit-opt %s --lowbit-quantize="weights=int8 no-fallback" 2>&1 \
// RUN:   | FileCheck %s --check-prefix=ERROR

// 66312 products of an activation in -255 .. 255 and a weight in -127 .. 127
// are the first that i32 may not hold.

// CHECK: expected sums of at most 66311 products, which i32 holds, but got 66312; give a block
// ERROR: error: {{.*}}expected sums of at most 66311 products

// CHECK-LABEL: func.func @too_long
// CHECK-NOT:     lowbit.
// CHECK:         linalg.matmul
// BLOCK-LABEL: func.func @too_long
// BLOCK:         lowbit.scaled_matmul
func.func @too_long(%x: tensor<?x66312xf32>, %y: tensor<?x1xf32>)
    -> tensor<?x1xf32> {
  %w = arith.constant dense<1.0> : tensor<66312x1xf32>
  %r = linalg.matmul ins(%x, %w : tensor<?x66312xf32>, tensor<66312x1xf32>)
                     outs(%y : tensor<?x1xf32>) -> tensor<?x1xf32>
  return %r : tensor<?x1xf32>
}

// CHECK-LABEL: func.func @longest
// CHECK:         lowbit.scaled_matmul
func.func @longest(%x: tensor<?x66311xf32>, %y: tensor<?x1xf32>)
    -> tensor<?x1xf32> {
  %w = arith.constant dense<1.0> : tensor<66311x1xf32>
  %r = linalg.matmul ins(%x, %w : tensor<?x66311xf32>, tensor<66311x1xf32>)
                     outs(%y : tensor<?x1xf32>) -> tensor<?x1xf32>
  return %r : tensor<?x1xf32>
}

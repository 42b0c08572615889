// RUN: lowbit-opt %s --inline | FileCheck %s

// CHECK-NOT: func.func private @codes
// CHECK-LABEL: func.func @caller
// CHECK-NEXT: lowbit.quantize
// CHECK-NEXT: return
func.func private @codes(%x: tensor<2x4xf32>, %s: tensor<1x1xf32>) -> tensor<2x4x!lowbit.affine<8>> {
  %q = lowbit.quantize %x scale %s : (tensor<2x4xf32>, tensor<1x1xf32>) -> tensor<2x4x!lowbit.affine<8>>
  return %q : tensor<2x4x!lowbit.affine<8>>
}

func.func @caller(%x: tensor<2x4xf32>, %s: tensor<1x1xf32>) -> tensor<2x4x!lowbit.affine<8>> {
  %q = call @codes(%x, %s) : (tensor<2x4xf32>, tensor<1x1xf32>) -> tensor<2x4x!lowbit.affine<8>>
  return %q : tensor<2x4x!lowbit.affine<8>>
}

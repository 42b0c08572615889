// RUN: lowbit-compile %s --target=x86-avx512vnni --emit=asm | FileCheck %s

// The end of a classifier: no window, no plane and no row is walked through element
// by element.
// CHECK-NOT: vmaxss
// CHECK:     vpermt2ps {{.*}}%zmm
// CHECK:     vmaxps %zmm
// CHECK-NOT: vmaxss
// CHECK:     vaddps {{.*}}%zmm
// CHECK:     vaddps {{.*}}%zmm
// CHECK-NOT: vmaxss
// CHECK:     vcmpnleps %zmm
// CHECK:     vmovdqa32 {{.*}}%zmm{{.*}} {%k
// CHECK-NOT: vmaxss
func.func @main(%x: tensor<1x128x33x33xf32>) -> tensor<1xi32> {
  %lowest = arith.constant 0xFF800000 : f32
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<1x128x16x16xf32>
  %f = tensor.empty() : tensor<1x128xf32>
  %k = tensor.empty() : tensor<3x3xf32>
  %m = linalg.fill ins(%lowest : f32) outs(%e : tensor<1x128x16x16xf32>) -> tensor<1x128x16x16xf32>
  %z = linalg.fill ins(%zero : f32) outs(%f : tensor<1x128xf32>) -> tensor<1x128xf32>
  %windows = linalg.pooling_nchw_max {strides = dense<2> : tensor<2xi64>, dilations = dense<1> : tensor<2xi64>}
      ins(%x, %k : tensor<1x128x33x33xf32>, tensor<3x3xf32>) outs(%m : tensor<1x128x16x16xf32>) -> tensor<1x128x16x16xf32>
  %planes = linalg.reduce {arith.addf} ins(%windows : tensor<1x128x16x16xf32>) outs(%z : tensor<1x128xf32>) dimensions = [2, 3]
  %class = tosa.argmax %planes {axis = 1 : i32} : (tensor<1x128xf32>) -> tensor<1xi32>
  return %class : tensor<1xi32>
}

// RUN: lowbit-compile %s --target=x86-avx512vnni --emit=asm | FileCheck %s

// The constants of erf fit into registers, with what is computed from them: none
// is moved or spilled.
// CHECK-NOT: {{vmovap[sd]|vmovdqa64|vmovdqa32}} {{.*}}%zmm{{[0-9]+}}, %zmm
// CHECK-NOT: %zmm{{[0-9]+}}, {{.*}}(%rsp)
// CHECK:     vpternlogd {{.*}}%zmm
// CHECK-NOT: {{vmovap[sd]|vmovdqa64|vmovdqa32}} {{.*}}%zmm{{[0-9]+}}, %zmm
// CHECK-NOT: %zmm{{[0-9]+}}, {{.*}}(%rsp)
func.func @main(%x: tensor<128x3072xf32>, %bias: tensor<3072xf32>) -> tensor<128x3072xf32> {
  %e = tensor.empty() : tensor<128x3072xf32>
  %y = linalg.generic {indexing_maps = [affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (j)>, affine_map<(i, j) -> (i, j)>],
      iterator_types = ["parallel", "parallel"]} ins(%x, %bias : tensor<128x3072xf32>, tensor<3072xf32>)
      outs(%e : tensor<128x3072xf32>) {
  ^bb0(%in: f32, %b: f32, %out: f32):
    %half = arith.constant 0.5 : f32
    %root = arith.constant 0.707106769 : f32
    %one = arith.constant 1.0 : f32
    %a = arith.addf %in, %b : f32
    %p = arith.mulf %a, %root : f32
    %q = math.erf %p : f32
    %r = arith.addf %q, %one : f32
    %s = arith.mulf %a, %r : f32
    %t = arith.mulf %s, %half : f32
    linalg.yield %t : f32
  } -> tensor<128x3072xf32>
  return %y : tensor<128x3072xf32>
}

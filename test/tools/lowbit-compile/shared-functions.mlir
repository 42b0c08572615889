// RUN: lowbit-compile %s --weights=ternary --target=generic --emit=llvm -o - | FileCheck %s

// Five layers call one kernel: none has a copy of it.
// CHECK-COUNT-5: call {{.*}} @lowbit_generic_b2_o1_s1_k0_f32_t1_m1(
// CHECK-NOT:     call {{.*}} @lowbit_generic_b2_o1_s1_k0_f32_t1_m1(
// CHECK:         define internal {{.*}} @lowbit_generic_b2_o1_s1_k0_f32_t1_m1(

#row = affine_map<(m, n, k) -> (m, k)>
#column = affine_map<(m, n, k) -> (n, k)>
#out = affine_map<(m, n, k) -> (m, n)>
func.func @main(%x0: tensor<1x16xf32>) -> tensor<1x16xf32> {
  %w = arith.constant dense<0.5> : tensor<16x16xf32>
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<1x16xf32>
  %i = linalg.fill ins(%zero : f32) outs(%e : tensor<1x16xf32>) -> tensor<1x16xf32>
  %x1 = linalg.matmul indexing_maps = [#row, #column, #out] ins(%x0, %w : tensor<1x16xf32>, tensor<16x16xf32>) outs(%i : tensor<1x16xf32>) -> tensor<1x16xf32>
  %x2 = linalg.matmul indexing_maps = [#row, #column, #out] ins(%x1, %w : tensor<1x16xf32>, tensor<16x16xf32>) outs(%i : tensor<1x16xf32>) -> tensor<1x16xf32>
  %x3 = linalg.matmul indexing_maps = [#row, #column, #out] ins(%x2, %w : tensor<1x16xf32>, tensor<16x16xf32>) outs(%i : tensor<1x16xf32>) -> tensor<1x16xf32>
  %x4 = linalg.matmul indexing_maps = [#row, #column, #out] ins(%x3, %w : tensor<1x16xf32>, tensor<16x16xf32>) outs(%i : tensor<1x16xf32>) -> tensor<1x16xf32>
  %x5 = linalg.matmul indexing_maps = [#row, #column, #out] ins(%x4, %w : tensor<1x16xf32>, tensor<16x16xf32>) outs(%i : tensor<1x16xf32>) -> tensor<1x16xf32>
  return %x5 : tensor<1x16xf32>
}

// RUN: lowbit-compile %s --weights=binary --activations=binary:range=[-1,1] --target=x86-avx2 --emit=asm -o %t.s && %python %S/Inputs/inner_loops.py vpshufb < %t.s | FileCheck %s --check-prefix=AVX2
// RUN: lowbit-compile %s --weights=binary --activations=binary:range=[-1,1] --target=x86-avx512vnni --emit=asm -o %t.s && %python %S/Inputs/inner_loops.py vpshufb < %t.s | FileCheck %s --check-prefix=AVX512

// For each half of 8 lines (4 lines of loads) seven full adders of five
// instructions and one count of bytes, after 8 xor; nothing on the stack.
// AVX2:      {{^}}2 inner loops{{$}}
// AVX2-NEXT: : 4 lines, 4 scalar, 0 stack, per line: 2 broadcast, 2 prefetch, 1/2 vpaddb, 4 vpand, 7/4 vpor, 1/2 vpshufb, 1/4 vpsrlw, 11/2 vpxor{{$}}
// AVX2-NEXT: : 4 lines, {{.*}} 0 stack, {{.*}} 1/2 vpaddb, 4 vpand, 7/4 vpor, 1/2 vpshufb, 1/4 vpsrlw, 11/2 vpxor{{$}}

// With functions of three bits an adder is two, and of what differs, three without
// xor.
// AVX512:      {{^}}1 inner loops{{$}}
// AVX512-NEXT: : 8 lines, {{.*}} 0 stack, {{.*}} 1/2 vmovdqa64, 1/4 vpaddb, 1/4 vpand, 1/4 vpshufb, 1/8 vpsrlw, 9/4 vpternlogd{{$}}

func.func @main(%x: tensor<1x1024xf32>) -> tensor<1x64xf32> {
  %w = arith.constant dense<0.5> : tensor<64x1024xf32>
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<1x64xf32>
  %init = linalg.fill ins(%zero : f32) outs(%e : tensor<1x64xf32>) -> tensor<1x64xf32>
  %y = linalg.matmul indexing_maps = [affine_map<(m, n, k) -> (m, k)>, affine_map<(m, n, k) -> (n, k)>, affine_map<(m, n, k) -> (m, n)>]
      ins(%x, %w : tensor<1x1024xf32>, tensor<64x1024xf32>) outs(%init : tensor<1x64xf32>) -> tensor<1x64xf32>
  return %y : tensor<1x64xf32>
}

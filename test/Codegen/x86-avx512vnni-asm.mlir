// RUN: lowbit-compile %s --weights=ternary --target=x86-avx512vnni --emit=asm -o %t.s && %python %S/Inputs/inner_loops.py < %t.s | FileCheck %s --check-prefix=TERNARY
// RUN: lowbit-compile %s --weights=int4 --target=x86-avx512vnni --emit=asm -o %t.s && %python %S/Inputs/inner_loops.py < %t.s | FileCheck %s --check-prefix=INT4
// RUN: lowbit-compile %s --weights=int8 --target=x86-avx512vnni --emit=asm -o %t.s && %python %S/Inputs/inner_loops.py < %t.s | FileCheck %s --check-prefix=INT8
// RUN: lowbit-compile %s --weights=binary --target=x86-avx512vnni --emit=asm -o %t.s && %python %S/Inputs/inner_loops.py < %t.s | FileCheck %s --check-prefix=BINARY
// RUN: lowbit-compile %s --weights=codebook4 --target=x86-avx512vnni --emit=asm -o %t.s && %python %S/Inputs/inner_loops.py < %t.s | FileCheck %s --check-prefix=CODEBOOK4

// The inner loops for one row of activations: for f fields per byte, f - 1 masks
// and f dot products per 64-byte line, and nothing else on vectors.

// TERNARY:     {{^}}1 inner loops{{$}}
// TERNARY-NEXT:: 2 lines, 4 scalar, 0 stack, per line: 1 broadcast, 1 prefetch, 3 vpand, 4 vpdpbusd{{$}}

// INT4:        {{^}}1 inner loops{{$}}
// INT4-NEXT:   : 4 lines, 4 scalar, 0 stack, per line: 1 broadcast, 1 prefetch, 1 vpand, 2 vpdpbusd{{$}}

// INT8:        {{^}}1 inner loops{{$}}
// INT8-NEXT:   : 8 lines, 4 scalar, 0 stack, per line: 1 broadcast, 1 prefetch, 1 vpdpbusd{{$}}

// BINARY:      {{^}}1 inner loops{{$}}
// BINARY-NEXT: : 1 lines, 4 scalar, 0 stack, per line: 1 broadcast, 1 prefetch, 7 vpand, 8 vpdpbusd{{$}}

// A look-up for each field and no loads but those of the weights.
// CODEBOOK4:     {{^}}1 inner loops{{$}}
// CODEBOOK4-NEXT:: 4 lines, 4 scalar, 0 stack, per line: 1 broadcast, 1 prefetch, 2 vpand, 2 vpdpbusd, 2 vpshufb, 1 vpsrlw{{$}}

func.func @main(%x: tensor<1x1024xf32>) -> tensor<1x64xf32> {
  %w = arith.constant dense<0.5> : tensor<64x1024xf32>
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<1x64xf32>
  %init = linalg.fill ins(%zero : f32) outs(%e : tensor<1x64xf32>) -> tensor<1x64xf32>
  %y = linalg.matmul indexing_maps = [affine_map<(m, n, k) -> (m, k)>, affine_map<(m, n, k) -> (n, k)>, affine_map<(m, n, k) -> (m, n)>]
      ins(%x, %w : tensor<1x1024xf32>, tensor<64x1024xf32>) outs(%init : tensor<1x64xf32>) -> tensor<1x64xf32>
  return %y : tensor<1x64xf32>
}

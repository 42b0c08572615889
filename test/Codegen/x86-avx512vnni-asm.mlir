// RUN: lowbit-compile %s --weights=ternary --target=x86-avx512vnni --emit=asm -o %t.s && %python %S/Inputs/inner_loops.py < %t.s | FileCheck %s --check-prefix=TERNARY
// RUN: lowbit-compile %s --weights=int4 --target=x86-avx512vnni --emit=asm -o %t.s && %python %S/Inputs/inner_loops.py < %t.s | FileCheck %s --check-prefix=INT4
// RUN: lowbit-compile %s --weights=int8 --target=x86-avx512vnni --emit=asm -o %t.s && %python %S/Inputs/inner_loops.py < %t.s | FileCheck %s --check-prefix=INT8
// RUN: lowbit-compile %s --weights=binary --target=x86-avx512vnni --emit=asm -o %t.s && %python %S/Inputs/inner_loops.py < %t.s | FileCheck %s --check-prefix=BINARY
// RUN: lowbit-compile %s --weights=codebook4 --target=x86-avx512vnni --emit=asm -o %t.s && %python %S/Inputs/inner_loops.py < %t.s | FileCheck %s --check-prefix=CODEBOOK4
// RUN: lowbit-compile %s --weights=ternary --ternary-layout=base3 --target=x86-avx512vnni --emit=asm -o %t.s && %python %S/Inputs/inner_loops.py < %t.s | FileCheck %s --check-prefix=BASE3
// RUN: lowbit-compile %s --weights=int3 --target=x86-avx512vnni --emit=asm -o %t.s && %python %S/Inputs/inner_loops.py < %t.s | FileCheck %s --check-prefix=INT3
// RUN: lowbit-compile %s --weights=int5 --target=x86-avx512vnni --emit=asm -o %t.s && %python %S/Inputs/inner_loops.py < %t.s | FileCheck %s --check-prefix=INT5
// RUN: lowbit-compile %s --weights=int6 --target=x86-avx512vnni --emit=asm -o %t.s && %python %S/Inputs/inner_loops.py < %t.s | FileCheck %s --check-prefix=INT6
// RUN: lowbit-compile %s --weights=int7 --target=x86-avx512vnni --emit=asm -o %t.s && %python %S/Inputs/inner_loops.py < %t.s | FileCheck %s --check-prefix=INT7

// The inner loops for one row of activations: for f fields per byte, f - 1 masks
// and f dot products per 64-byte line, and nothing else on vectors.

// TERNARY:     {{^}}1 inner loops{{$}}
// TERNARY-NEXT:: 2 lines, 4 scalar, 0 stack, per line: 1 broadcast, 2 prefetch, 3 vpand, 4 vpdpbusd{{$}}

// INT4:        {{^}}1 inner loops{{$}}
// INT4-NEXT:   : 4 lines, 4 scalar, 0 stack, per line: 1 broadcast, 2 prefetch, 1 vpand, 2 vpdpbusd{{$}}

// INT8:        {{^}}1 inner loops{{$}}
// INT8-NEXT:   : 8 lines, 4 scalar, 0 stack, per line: 1 broadcast, 2 prefetch, 1 vpdpbusd{{$}}

// BINARY:      {{^}}1 inner loops{{$}}
// BINARY-NEXT: : 1 lines, 4 scalar, 0 stack, per line: 1 broadcast, 2 prefetch, 7 vpand, 8 vpdpbusd{{$}}

// A look-up for each field and no loads but those of the weights.
// CODEBOOK4:     {{^}}1 inner loops{{$}}
// CODEBOOK4-NEXT:: 4 lines, 4 scalar, 0 stack, per line: 1 broadcast, 2 prefetch, 2 vpand, 2 vpdpbusd, 2 vpshufb, 1 vpsrlw{{$}}

// Five weights per byte: 10 additions and 6 dot products for 320 of them, and no
// multiplication.
// BASE3:       {{^}}1 inner loops{{$}}
// BASE3-NEXT:  : 2 lines, 4 scalar, 0 stack, per line: 1 broadcast, 2 prefetch, 10 vpaddb, 6 vpdpbusd{{$}}

// All planes of a line in one loop: 2 + 1, 4 + 1, 4 + 2 and 4 + 2 + 1 bits in 3, 5,
// 3 and 7 vectors, each with masks and dot products as above.
// INT3:        {{^}}1 inner loops{{$}}
// INT3-NEXT:   : 3 lines, 4 scalar, 0 stack, per line: 1/3 broadcast, 2 prefetch, 13/3 vpand, 16/3 vpdpbusd{{$}}
// INT5:        {{^}}1 inner loops{{$}}
// INT5-NEXT:   : 5 lines, 4 scalar, 0 stack, per line: 1/5 broadcast, 2 prefetch, 11/5 vpand, 16/5 vpdpbusd{{$}}
// INT6:        {{^}}1 inner loops{{$}}
// INT6-NEXT:   : 3 lines, 4 scalar, 0 stack, per line: 1/3 broadcast, 2 prefetch, 5/3 vpand, 8/3 vpdpbusd{{$}}
// INT7:        {{^}}1 inner loops{{$}}
// INT7-NEXT:   : 7 lines, 4 scalar, 0 stack, per line: {{.*}}17/7 vpand, 24/7 vpdpbusd{{$}}

func.func @main(%x: tensor<1x1024xf32>) -> tensor<1x64xf32> {
  %w = arith.constant dense<0.5> : tensor<64x1024xf32>
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<1x64xf32>
  %init = linalg.fill ins(%zero : f32) outs(%e : tensor<1x64xf32>) -> tensor<1x64xf32>
  %y = linalg.matmul indexing_maps = [affine_map<(m, n, k) -> (m, k)>, affine_map<(m, n, k) -> (n, k)>, affine_map<(m, n, k) -> (m, n)>]
      ins(%x, %w : tensor<1x1024xf32>, tensor<64x1024xf32>) outs(%init : tensor<1x64xf32>) -> tensor<1x64xf32>
  return %y : tensor<1x64xf32>
}

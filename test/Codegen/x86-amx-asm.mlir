// RUN: lowbit-compile %s --weights=ternary --target=x86-amx --emit=asm -o %t.s && %python %S/Inputs/inner_loops.py tdpbsud < %t.s | FileCheck %s --check-prefix=TERNARY
// RUN: lowbit-compile %s --weights=int4 --target=x86-amx --emit=asm -o %t.s && %python %S/Inputs/inner_loops.py tdpbsud < %t.s | FileCheck %s --check-prefix=INT4
// RUN: lowbit-compile %s --weights=int8 --target=x86-amx --emit=asm -o %t.s && %python %S/Inputs/inner_loops.py tdpbsud < %t.s | FileCheck %s --check-prefix=INT8
// RUN: lowbit-compile %s --weights=codebook4 --target=x86-amx --emit=asm -o %t.s && %python %S/Inputs/inner_loops.py tdpbsud < %t.s | FileCheck %s --check-prefix=CODEBOOK4
// RUN: lowbit-compile %s --weights=int3 --target=x86-amx --emit=asm -o %t.s && %python %S/Inputs/inner_loops.py tdpbsud < %t.s | FileCheck %s --check-prefix=INT3
// RUN: lowbit-compile %s --weights=ternary --ternary-layout=base3 --target=x86-amx --emit=asm -o %t.s && %python %S/Inputs/inner_loops.py tdpbsud < %t.s | FileCheck %s --check-prefix=BASE3
// RUN: lowbit-compile %s --weights=ternary --target=x86-amx --emit=asm -o - | FileCheck %s --check-prefix=CONFIGURED
// RUN: lowbit-compile %s --weights=int8 --target=x86-amx --observe=quantized --emit=asm -o - | FileCheck %s --check-prefix=QUICK

// Four products per step of 64 k. Few rows: one tile of activations and four of
// weights, which are decoded on the way, 16 lines at once. Many rows: two and
// two; the first rows decode, and all pass over ten steps, from which the sums
// are stored. Only they are: no tile is spilled.

// TERNARY:      {{^}}7 inner loops{{$}}
// TERNARY-NEXT: _m16: 16 lines, {{.*}}, per line: 1 prefetch, 4 store, 1/4 tdpbsud, 5/16 tileloadd, 4 vpand, 3 vpsrlw{{$}}
// TERNARY-NEXT: _m128: 16 lines, {{.*}}, per line: 1 prefetch, 2 store, 1/4 tdpbsud, 1/4 tileloadd, 2 vpand, 1 vpsrlw{{$}}
// TERNARY-NEXT: _m128: 0 lines, {{.*}}: 40 tdpbsud, 40 tileloadd, 4 tilestored, 4 tilezero{{$}}
// TERNARY-NEXT: _m128: 0 lines, {{.*}}: 40 tdpbsud, 44 tileloadd, 4 tilestored{{$}}
// TERNARY-NEXT: _m128: 16 lines, {{.*}}, per line: 1 prefetch, 2 store, 1/4 tdpbsud, 1/4 tileloadd, 2 vpand, 2 vpsrlw{{$}}
// TERNARY-NEXT: _m128: 0 lines, {{.*}}: 40 tdpbsud, 40 tileloadd, 4 tilestored, 4 tilezero{{$}}
// TERNARY-NEXT: _m128: 0 lines, {{.*}}: 40 tdpbsud, 44 tileloadd, 4 tilestored{{$}}

// Few rows are multiplied by two panels of two fields.
// INT4:      {{^}}4 inner loops{{$}}
// INT4-NEXT: _m16_p2: 32 lines, {{.*}}, per line: 1 prefetch, 2 store, 1/8 tdpbsud, 5/32 tileloadd, 2 vpand, 1 vpsrlw{{$}}
// INT4-NEXT: _m128: 16 lines, {{.*}}, per line: 1 prefetch, 2 store, 1/4 tdpbsud, 1/4 tileloadd, 2 vpand, 1 vpsrlw{{$}}

// Bytes are tiles as they are.
// INT8:      {{^}}4 inner loops{{$}}
// INT8-NEXT: _m16_p4: 0 lines, {{.*}}: 64 prefetch, 4 tdpbsud, 5 tileloadd{{$}}
// INT8-NEXT: _m128_p2: 0 lines, {{.*}}: 32 prefetch, 4 tdpbsud, 4 tileloadd{{$}}
// INT8-NEXT: _m128_p2: 0 lines, {{.*}}: 40 tdpbsud, 40 tileloadd, 4 tilestored, 4 tilezero{{$}}
// INT8-NEXT: _m128_p2: 0 lines, {{.*}}: 40 tdpbsud, 44 tileloadd, 4 tilestored{{$}}

// CODEBOOK4:      {{^}}4 inner loops{{$}}
// CODEBOOK4-NEXT: _m16_p2: 32 lines, {{.*}}, per line: 1 prefetch, 2 store, 1/8 tdpbsud, 5/32 tileloadd, 2 vpand, 2 vpshufb, 1 vpsrlw{{$}}

// Two of eight fields: a vector with two bits of each, another with one.
// INT3:      {{^}}14 inner loops{{$}}
// INT3:      _m128: 32 lines, {{.*}}, per line: 3/2 prefetch, 1 store, 1/8 tdpbsud, 1/8 tileloadd, 1/2 vpaddw, 1 vpand, 1/2 vpsllw, 1/2 vpsrlw, 1 vpternlogq{{$}}

// The first two of five digits.
// BASE3:     {{^}}10 inner loops{{$}}
// BASE3:     _m96_p2: 16 lines, {{.*}}, per line: 1 prefetch, 2 store, 1/4 tdpbsud, 1/4 tileloadd, 2 vmovdqu8, 2 vpaddb, 4 vpcmpnleub, 2 vpmovm2b, 2 vpsubb{{$}}

// Once per function: rows of few, rows of many.
// CONFIGURED-COUNT-2: ldtilecfg
// CONFIGURED-NOT:     ldtilecfg

// Code that is soon there, too, has tiles in registers.
// QUICK: tdpbsud

func.func @main(%x: tensor<?x2560xf32>) -> tensor<?x64xf32> {
  %w = arith.constant dense<0.5> : tensor<64x2560xf32>
  %zero = arith.constant 0.0 : f32
  %c0 = arith.constant 0 : index
  %m = tensor.dim %x, %c0 : tensor<?x2560xf32>
  %e = tensor.empty(%m) : tensor<?x64xf32>
  %init = linalg.fill ins(%zero : f32) outs(%e : tensor<?x64xf32>) -> tensor<?x64xf32>
  %y = linalg.matmul indexing_maps = [affine_map<(m, n, k) -> (m, k)>, affine_map<(m, n, k) -> (n, k)>, affine_map<(m, n, k) -> (m, n)>]
      ins(%x, %w : tensor<?x2560xf32>, tensor<64x2560xf32>) outs(%init : tensor<?x64xf32>) -> tensor<?x64xf32>
  return %y : tensor<?x64xf32>
}

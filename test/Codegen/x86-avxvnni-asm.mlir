// RUN: lowbit-compile %s --weights=ternary --target=x86-avxvnni --emit=asm -o %t.s && %python %S/Inputs/inner_loops.py < %t.s | FileCheck %s --check-prefix=TERNARY
// RUN: lowbit-compile %s --weights=int8 --target=x86-avxvnni --emit=asm -o %t.s && %python %S/Inputs/inner_loops.py < %t.s | FileCheck %s --check-prefix=INT8
// RUN: lowbit-compile %s --weights=ternary --ternary-layout=base3 --target=x86-avxvnni --emit=asm -o %t.s && %python %S/Inputs/inner_loops.py < %t.s | FileCheck %s --check-prefix=BASE3

// The inner loops for one row of activations: of f fields per byte, f - 1 masks
// and f dot products for each half of a line.

// TERNARY:     {{^}}1 inner loops{{$}}
// TERNARY-NEXT:: 1 lines, {{[0-9]+}} scalar, 0 stack, per line: 1 broadcast, 2 prefetch, 6 vpand, 8 vpdpbusd{{$}}

// INT8:        {{^}}1 inner loops{{$}}
// INT8-NEXT:   : 4 lines, {{[0-9]+}} scalar, 0 stack, per line: 1 broadcast, 2 prefetch, 2 vpdpbusd{{$}}

// The halves of a line have a loop each: 12 sums do not fit.
// BASE3:       {{^}}2 inner loops{{$}}
// BASE3-NEXT:  : 1 lines, {{[0-9]+}} scalar, 0 stack, per line: 2 broadcast, 4 prefetch, 20 vpaddb, 12 vpdpbusd{{$}}
// BASE3-NEXT:  : 1 lines, {{[0-9]+}} scalar, 0 stack, per line: 2 broadcast, 20 vpaddb, 12 vpdpbusd{{$}}

func.func @main(%x: tensor<1x1024xf32>) -> tensor<1x64xf32> {
  %w = arith.constant dense<0.5> : tensor<64x1024xf32>
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<1x64xf32>
  %init = linalg.fill ins(%zero : f32) outs(%e : tensor<1x64xf32>) -> tensor<1x64xf32>
  %y = linalg.matmul indexing_maps = [affine_map<(m, n, k) -> (m, k)>, affine_map<(m, n, k) -> (n, k)>, affine_map<(m, n, k) -> (m, n)>]
      ins(%x, %w : tensor<1x1024xf32>, tensor<64x1024xf32>) outs(%init : tensor<1x64xf32>) -> tensor<1x64xf32>
  return %y : tensor<1x64xf32>
}

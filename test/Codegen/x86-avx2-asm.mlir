// RUN: lowbit-compile %s --weights=ternary --target=x86-avx2 --emit=asm -o %t.s && %python %S/Inputs/inner_loops.py < %t.s | FileCheck %s --check-prefix=TERNARY
// RUN: lowbit-compile %s --weights=binary --target=x86-avx2 --emit=asm -o %t.s && %python %S/Inputs/inner_loops.py < %t.s | FileCheck %s --check-prefix=BINARY
// RUN: lowbit-compile %s --weights=int4 --target=x86-avx2 --emit=asm -o %t.s && %python %S/Inputs/inner_loops.py < %t.s | FileCheck %s --check-prefix=INT4
// RUN: lowbit-compile %s --weights=int4:block=32,scale=f16 --target=x86-avx2 --emit=asm -o %t.s && %python %S/Inputs/inner_loops.py < %t.s | FileCheck %s --check-prefix=BLOCK
// RUN: lowbit-compile %s --weights=int8 --target=x86-avx2 --emit=asm -o %t.s && %python %S/Inputs/inner_loops.py < %t.s | FileCheck %s --check-prefix=INT8
// RUN: lowbit-compile %s --weights=ternary --ternary-layout=base3 --target=x86-avx2 --emit=asm -o %t.s && %python %S/Inputs/inner_loops.py < %t.s | FileCheck %s --check-prefix=BASE3

// The inner loops for one row of activations. A loop for each half of a line, in
// which nothing spills: per field of a byte a mask, a product and an addition, and
// one shift.

// TERNARY:     {{^}}2 inner loops{{$}}
// TERNARY-NEXT:: 1/2 lines, 4 scalar, 0 stack, per line: 2 broadcast, 4 prefetch, 8 vpaddw, 8 vpand, 8 vpmaddubsw, 2 vpsrlw{{$}}
// TERNARY-NEXT:: 1/2 lines, 4 scalar, 0 stack, per line: 2 broadcast, 8 vpaddw, 8 vpand, 8 vpmaddubsw, 2 vpsrlw{{$}}

// BINARY:      {{^}}2 inner loops{{$}}
// BINARY-NEXT: : 1/2 lines, 4 scalar, 0 stack, per line: 2 broadcast, 4 prefetch, 16 vpaddw, 16 vpand, 16 vpmaddubsw, 2 vpsrlw{{$}}
// BINARY-NEXT: : 1/2 lines, 4 scalar, 0 stack, per line: 2 broadcast, 16 vpaddw, 16 vpand, 16 vpmaddubsw, 2 vpsrlw{{$}}

// Few enough products to be written without the inner loops: 8 lines, of which the
// first is not added.
// INT4:        {{^}}1 inner loops{{$}}
// INT4-NEXT:   : 8 lines, 4 scalar, 0 stack, per line: 2 broadcast, 2 prefetch, 1/2 vpaddd, 7/2 vpaddw, 4 vpand, 4 vpmaddubsw, 1/2 vpmaddwd, 2 vpsrlw{{$}}
// INT8:        {{^}}1 inner loops{{$}}
// INT8-NEXT:   : 8 lines, 4 scalar, 0 stack, per line: 2 broadcast, 2 prefetch, 1/2 vpaddd, 7/2 vpaddw, 4 vpand, 4 vpmaddubsw, 1/2 vpmaddwd, 2 vpsrlw{{$}}

// Products with the codes, and with ones, take a loop for each half of a line.
// BLOCK:       {{^}}2 inner loops{{$}}
// BLOCK-NEXT:  : 1/2 lines, 4 scalar, 0 stack, per line: 2 broadcast, 4 prefetch, 8 vpaddw, 4 vpand, 8 vpmaddubsw, 2 vpsrlw{{$}}
// BLOCK-NEXT:  : 1/2 lines, 4 scalar, 0 stack, per line: 2 broadcast, 8 vpaddw, 4 vpand, 8 vpmaddubsw, 2 vpsrlw{{$}}

// BASE3:       {{^}}2 inner loops{{$}}
// BASE3-NEXT:  : 1/2 lines, 4 scalar, 0 stack, per line: 2 broadcast, 4 prefetch, 16 vpaddb, 10 vpaddw, 10 vpand, 20 vpcmpgtb, 10 vpmaddubsw, 10 vpsubb, 2 vpxor{{$}}
// BASE3-NEXT:  : 1/2 lines, 4 scalar, 0 stack, per line: 2 broadcast, 16 vpaddb, 10 vpaddw, 10 vpand, 20 vpcmpgtb, 10 vpmaddubsw, 10 vpsubb, 2 vpxor{{$}}

func.func @main(%x: tensor<1x1024xf32>) -> tensor<1x64xf32> {
  %w = arith.constant dense<0.5> : tensor<64x1024xf32>
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<1x64xf32>
  %init = linalg.fill ins(%zero : f32) outs(%e : tensor<1x64xf32>) -> tensor<1x64xf32>
  %y = linalg.matmul indexing_maps = [affine_map<(m, n, k) -> (m, k)>, affine_map<(m, n, k) -> (n, k)>, affine_map<(m, n, k) -> (m, n)>]
      ins(%x, %w : tensor<1x1024xf32>, tensor<64x1024xf32>) outs(%init : tensor<1x64xf32>) -> tensor<1x64xf32>
  return %y : tensor<1x64xf32>
}

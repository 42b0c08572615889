// RUN: lowbit-compile %s --weights=ternary --target=x86-avx512vnni --emit=asm -o %t.s && %python %S/Inputs/inner_loops.py < %t.s | FileCheck %s --check-prefix=TERNARY
// RUN: lowbit-compile %s --weights=int4 --target=x86-avx512vnni --emit=asm -o %t.s && %python %S/Inputs/inner_loops.py < %t.s | FileCheck %s --check-prefix=INT4
// RUN: lowbit-compile %s --weights=int8 --target=x86-avx512vnni --emit=asm -o %t.s && %python %S/Inputs/inner_loops.py < %t.s | FileCheck %s --check-prefix=INT8
// RUN: lowbit-compile %s --weights=binary --target=x86-avx512vnni --emit=asm -o %t.s && %python %S/Inputs/inner_loops.py < %t.s | FileCheck %s --check-prefix=BINARY
// RUN: lowbit-compile %s --weights=int4:block=32,scale=f16 --target=x86-avx512vnni --emit=asm -o %t.s && %python %S/Inputs/inner_loops.py < %t.s | FileCheck %s --check-prefix=SHORT
// RUN: lowbit-compile %s --weights=ternary:block=128 --target=x86-avx512vnni --emit=asm -o %t.s && %python %S/Inputs/inner_loops.py < %t.s | FileCheck %s --check-prefix=BLOCK

// The inner loops for one row, for a tile of rows (and panels), and for those of
// the rows that are left: powers of four. All rows share each loaded and masked
// line, and the panels a broadcast. None of the loops spills.

// Of many rows, two views are added up at a time.
// TERNARY:      {{^}}5 inner loops{{$}}
// TERNARY-NEXT: : 2 lines, {{[0-9]+}} scalar, 0 stack, per line: 1 broadcast, 2 prefetch, 3 vpand, 4 vpdpbusd{{$}}
// TERNARY-NEXT: : 1 lines, {{[0-9]+}} scalar, 0 stack, per line: 8 broadcast, 2 prefetch, 2 vpand, 16 vpdpbusd{{$}}
// TERNARY-NEXT: : 1 lines, {{[0-9]+}} scalar, 0 stack, per line: 8 broadcast, 1 vpand, 16 vpdpbusd{{$}}
// TERNARY-NEXT: : 1 lines, {{[0-9]+}} scalar, 0 stack, per line: 4 broadcast, 2 prefetch, 3 vpand, 16 vpdpbusd{{$}}
// TERNARY-NEXT: : 2 lines, {{[0-9]+}} scalar, 0 stack, per line: 1 broadcast, 2 prefetch, 3 vpand, 4 vpdpbusd{{$}}

// INT4:        {{^}}{{[45]}} inner loops{{$}}
// INT4-DAG:    : 4 lines, {{[0-9]+}} scalar, 0 stack, per line: 1 broadcast, 2 prefetch, 1 vpand, 2 vpdpbusd{{$}}
// INT4-DAG:    : 1 lines, {{[0-9]+}} scalar, 0 stack, per line: 8 broadcast, 2 prefetch, 1 vpand, 16 vpdpbusd{{$}}
// INT4-DAG:    : 1 lines, {{[0-9]+}} scalar, 0 stack, per line: 4 broadcast, 2 prefetch, 1 vpand, 8 vpdpbusd{{$}}

// Of two panels, whose many loads leave room for one prefetch each.
// INT8:        {{^}}4 inner loops{{$}}
// INT8-NEXT:   : 8 lines, {{[0-9]+}} scalar, 0 stack, per line: 1 broadcast, 2 prefetch, 1 vpdpbusd{{$}}
// INT8-NEXT:   : 2 lines, {{[0-9]+}} scalar, 0 stack, per line: 4 broadcast, 1 prefetch, 8 vpdpbusd{{$}}
// INT8-NEXT:   : 2 lines, {{[0-9]+}} scalar, 0 stack, per line: 2 broadcast, 1 prefetch, 4 vpdpbusd{{$}}
// INT8-NEXT:   : 8 lines, {{[0-9]+}} scalar, 0 stack, per line: 1/2 broadcast, 1 prefetch, 1 vpdpbusd{{$}}

// One of the masks may be an operand in memory.
// BINARY:      {{^}}7 inner loops{{$}}
// BINARY-NEXT: : 1 lines, {{[0-9]+}} scalar, 0 stack, per line: 1 broadcast, 2 prefetch, 7 vpand, 8 vpdpbusd{{$}}
// BINARY-NEXT: : 1 lines, {{[0-9]+}} scalar, 0 stack, per line: 8 broadcast, 2 prefetch, 3 vpand, 24 vpdpbusd{{$}}
// BINARY-NEXT: : 1 lines, {{[0-9]+}} scalar, 0 stack, per line: 8 broadcast, 3 vpand, 24 vpdpbusd{{$}}
// BINARY-NEXT: : 1 lines, {{[0-9]+}} scalar, 0 stack, per line: 8 broadcast, 1 vpand, 16 vpdpbusd{{$}}
// BINARY-COUNT-3: {{[01]}} stack

// BLOCK:       {{^}}5 inner loops{{$}}
// BLOCK-COUNT-5: 0 stack, per line: {{.*}} vpdpbusd

// Short blocks of one row, and of four, are written without a loop: 8 lines of
// codes and the scales of two fields. Weights are added up, as a row of ones, for
// the zero point, which is multiplied at once with the row sum.
// SHORT:       {{^}}4 inner loops{{$}}
// SHORT-NOT:   vpmulld
// SHORT:       : 10 lines, {{[0-9]+}} scalar, 0 stack, per line: {{.*}} 16/5 vpdpbusd, 1/10 vpdpwssd, 1/10 vpmaddwd
// SHORT-NEXT:  : 1 lines, {{[0-9]+}} scalar, 0 stack, per line: 8 broadcast, 2 prefetch, 1 vpand, 18 vpdpbusd{{$}}
// SHORT-NEXT:  : 10 lines, {{[0-9]+}} scalar, 0 stack, per line: {{.*}} 8 vpdpbusd, 2/5 vpdpwssd, 2/5 vpmaddwd
// SHORT-NEXT:  : 10 lines, {{[0-9]+}} scalar, 0 stack, per line: {{.*}} 16/5 vpdpbusd, 1/10 vpdpwssd, 1/10 vpmaddwd
// SHORT-NOT:   vpmulld

func.func @main(%x: tensor<?x1024xf32>) -> tensor<?x128xf32> {
  %w = arith.constant dense<0.5> : tensor<128x1024xf32>
  %zero = arith.constant 0.0 : f32
  %c0 = arith.constant 0 : index
  %m = tensor.dim %x, %c0 : tensor<?x1024xf32>
  %e = tensor.empty(%m) : tensor<?x128xf32>
  %init = linalg.fill ins(%zero : f32) outs(%e : tensor<?x128xf32>) -> tensor<?x128xf32>
  %y = linalg.matmul indexing_maps = [affine_map<(m, n, k) -> (m, k)>, affine_map<(m, n, k) -> (n, k)>, affine_map<(m, n, k) -> (m, n)>]
      ins(%x, %w : tensor<?x1024xf32>, tensor<128x1024xf32>) outs(%init : tensor<?x128xf32>) -> tensor<?x128xf32>
  return %y : tensor<?x128xf32>
}

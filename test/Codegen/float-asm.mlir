// RUN: sed 's/TYPE/f32/g' %s > %t.f32.mlir
// RUN: sed 's/TYPE/bf16/g' %s > %t.bf16.mlir
// RUN: lowbit-compile %t.f32.mlir --target=x86-avx512vnni --emit=asm -o %t.s && %python %S/Inputs/inner_loops.py vfmadd < %t.s | FileCheck %s --check-prefix=AVX512
// RUN: lowbit-compile %t.bf16.mlir --target=x86-avx512vnni --emit=asm -o %t.s && %python %S/Inputs/inner_loops.py vfmadd < %t.s | FileCheck %s --check-prefix=BF16
// RUN: lowbit-compile %t.f32.mlir --target=x86-avx2 --emit=asm -o %t.s && %python %S/Inputs/inner_loops.py vfmadd < %t.s | FileCheck %s --check-prefix=AVX2
// RUN: lowbit-compile %t.f32.mlir --target=arm-dotprod --emit=asm -o %t.s && %python %S/Inputs/inner_loops.py fmla < %t.s | FileCheck %s --check-prefix=ARM

// The inner loops for reals. A full tile of 6 rows and 4 panels loads 4 vectors
// of weights and 6 activations for 24 products; nothing is spilt.

// AVX512-DAG: : 4 lines, {{[0-9]+}} scalar, 0 stack, per line: 3/2 broadcast, 6 vfmadd{{$}}
// One row streams 8 panels.
// AVX512-DAG: : 8 lines, {{[0-9]+}} scalar, 0 stack, per line: 1/8 broadcast, 1 prefetch, 1 vfmadd{{$}}

// The tile for many rows is the same in bf16: its weights were widened before.
// BF16-DAG:   : 4 lines, {{[0-9]+}} scalar, 0 stack, per line: 3/2 broadcast, 6 vfmadd{{$}}

// A panel is two registers of 32 bytes.
// AVX2-DAG:   : 1 lines, {{[0-9]+}} scalar, 0 stack, per line: 6 broadcast, 12 vfmadd{{$}}

// ...or four of 16.
// ARM-DAG:    : 1 lines, {{[0-9]+}} scalar, 0 stack, per line: {{.*}}24 fmla

func.func @main(%x: tensor<?x256xf32>, %init: tensor<?x128xf32>) -> tensor<?x128xf32> {
  %w = arith.constant dense<0.5> : tensor<256x128xTYPE>
  %y = linalg.matmul ins(%x, %w : tensor<?x256xf32>, tensor<256x128xTYPE>) outs(%init : tensor<?x128xf32>) -> tensor<?x128xf32>
  return %y : tensor<?x128xf32>
}

// RUN: lowbit-compile %s --weights=binary --activations=binary:range=[-1,1] --target=x86-avx512popcnt --emit=asm -o %t.s && %python %S/Inputs/inner_loops.py vpopcntd < %t.s | FileCheck %s --check-prefix=BINARY
// RUN: lowbit-compile %s --weights=binary --activations=ternary:range=[-1,1] --target=x86-avx512popcnt --emit=asm -o %t.s && %python %S/Inputs/inner_loops.py vpopcntd < %t.s | FileCheck %s --check-prefix=BINARY_TERNARY
// RUN: lowbit-compile %s --weights=ternary --activations=ternary:range=[-1,1] --target=x86-avx512popcnt --emit=asm -o %t.s && %python %S/Inputs/inner_loops.py vpopcntd < %t.s | FileCheck %s --check-prefix=TERNARY

// The inner loops for one row of activations, for eight, and for four and one of
// those that are left: three instructions on vectors per row and line, whose word is an
// operand of the first. For eight rows, five per row and two lines.

// BINARY:      {{^}}4 inner loops{{$}}
// BINARY-NEXT: : 8 lines, {{[0-9]+}} scalar, 0 stack, per line: 1 broadcast, 1 prefetch, 1 vpaddd, 1 vpopcntd, 1 vpxord{{$}}
// BINARY-NEXT: : 2 lines, {{[0-9]+}} scalar, 0 stack, per line: 8 broadcast, 1 prefetch, 4 vmovdqa64, 4 vpaddd, 4 vpopcntd, 12 vpternlogd{{$}}
// BINARY-NEXT: : 2 lines, {{[0-9]+}} scalar, 0 stack, per line: 4 broadcast, 1 prefetch, {{.*}}2 vpaddd, 2 vpopcntd, 6 vpternlogd{{$}}
// BINARY-NEXT: : 8 lines, {{[0-9]+}} scalar, 0 stack, per line: 1 broadcast, 1 prefetch, 1 vpaddd, 1 vpopcntd, 1 vpxord{{$}}

// A mask on one side goes into the first of these.
// BINARY_TERNARY:      {{^}}4 inner loops{{$}}
// BINARY_TERNARY-NEXT: : 8 lines, {{[0-9]+}} scalar, 0 stack, per line: 2 broadcast, 1 prefetch, 1 vpaddd, 1 vpopcntd, 1 vpternlogd{{$}}
// BINARY_TERNARY-NEXT: : 1 lines, {{[0-9]+}} scalar, 0 stack, per line: 16 broadcast, 1 prefetch, 8 vpaddd, 8 vpopcntd, 8 vpternlogd{{$}}
// BINARY_TERNARY-NEXT: : 2 lines, {{[0-9]+}} scalar, 0 stack, per line: 8 broadcast, 1 prefetch, 4 vpaddd, 4 vpopcntd, 4 vpternlogd{{$}}
// BINARY_TERNARY-NEXT: : 8 lines, {{[0-9]+}} scalar, 0 stack, per line: 2 broadcast, 1 prefetch, 1 vpaddd, 1 vpopcntd, 1 vpternlogd{{$}}

// Masks on both are counted, too; lines are 64 bytes of a mask or of a sign.
// TERNARY:      {{^}}4 inner loops{{$}}
// TERNARY-NEXT: : 16 lines, {{[0-9]+}} scalar, 0 stack, per line: 1 broadcast, 1 prefetch, 1 vpaddd, 1/2 vpand, 1 vpopcntd, 1/2 vpternlogd{{$}}
// TERNARY-NEXT: : 2 lines, {{[0-9]+}} scalar, 0 stack, per line: 8 broadcast, 1 prefetch, 8 vpaddd, 4 vpand, 8 vpopcntd, 4 vpternlogd{{$}}
// TERNARY-NEXT: : 4 lines, {{[0-9]+}} scalar, 0 stack, per line: 4 broadcast, 1 prefetch, 4 vpaddd, 2 vpand, 4 vpopcntd, 2 vpternlogd{{$}}
// TERNARY-NEXT: : 16 lines, {{[0-9]+}} scalar, 0 stack, per line: 1 broadcast, 1 prefetch, 1 vpaddd, 1/2 vpand, 1 vpopcntd, 1/2 vpternlogd{{$}}

func.func @main(%x: tensor<?x1024xf32>) -> tensor<?x64xf32> {
  %c0 = arith.constant 0 : index
  %m = tensor.dim %x, %c0 : tensor<?x1024xf32>
  %w = arith.constant dense<0.5> : tensor<64x1024xf32>
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty(%m) : tensor<?x64xf32>
  %init = linalg.fill ins(%zero : f32) outs(%e : tensor<?x64xf32>) -> tensor<?x64xf32>
  %y = linalg.matmul indexing_maps = [affine_map<(m, n, k) -> (m, k)>, affine_map<(m, n, k) -> (n, k)>, affine_map<(m, n, k) -> (m, n)>]
      ins(%x, %w : tensor<?x1024xf32>, tensor<64x1024xf32>) outs(%init : tensor<?x64xf32>) -> tensor<?x64xf32>
  return %y : tensor<?x64xf32>
}

// RUN: lowbit-compile %s --weights=int4:block=32 --activations=float --target=x86-avx512vnni --emit=asm -o %t.s && %python %S/Inputs/inner_loops.py vfmadd < %t.s | FileCheck %s --check-prefix=BLOCKS
// RUN: lowbit-compile %s --weights=codebook4 --activations=float --target=x86-avx512vnni --emit=asm -o %t.s && %python %S/Inputs/inner_loops.py vfmadd < %t.s | FileCheck %s --check-prefix=CODEBOOK4
// RUN: lowbit-compile %s --weights=ternary --activations=float --target=x86-avx512vnni --emit=asm -o %t.s && %python %S/Inputs/inner_loops.py vfmadd < %t.s | FileCheck %s --check-prefix=TERNARY
// RUN: lowbit-compile %s --weights=int8 --activations=float --target=x86-avx512vnni --emit=asm -o %t.s && %python %S/Inputs/inner_loops.py vfmadd < %t.s | FileCheck %s --check-prefix=INT8

// The inner loops for reals: one look-up and, but for the first, one shift for
// each field and k, shared by all rows, of which there are as many as sums fit
// in registers. Up to 4 bits the values are in a register. Nothing is spilt.

// BLOCKS-DAG:    : 1 lines, {{[0-9]+}} scalar, 0 stack, per line: 32 broadcast, 1 prefetch, 64 vfmadd, 8 vpermd, 7 vpsrld{{$}}
// BLOCKS-DAG:    : 1 lines, {{[0-9]+}} scalar, 0 stack, per line: 16 broadcast, 1 prefetch, 32 vfmadd, 8 vpermd, 7 vpsrld{{$}}

// One row reads two panels, so that the sums do not wait for each other.
// CODEBOOK4-DAG: : 2 lines, {{[0-9]+}} scalar, 0 stack, per line: 2 broadcast, 1 prefetch, 8 vfmadd, 8 vpermd, 7 vpsrld{{$}}
// CODEBOOK4-DAG: : 1 lines, {{[0-9]+}} scalar, 0 stack, per line: 32 broadcast, 1 prefetch, 64 vfmadd, 8 vpermd, 7 vpsrld{{$}}

// TERNARY-DAG:   : 1 lines, {{[0-9]+}} scalar, 0 stack, per line: 4 broadcast, 1 prefetch, 16 vfmadd, 16 vpermd, 15 vpsrld{{$}}
// TERNARY-DAG:   : 1 lines, {{[0-9]+}} scalar, 0 stack, per line: 16 broadcast, 1 prefetch, 64 vfmadd, 16 vpermd, 15 vpsrld{{$}}

// A byte becomes the mantissa of a float.
// INT8-DAG:      : 2 lines, {{[0-9]+}} scalar, 0 stack, per line: 2 broadcast, 1 prefetch, 4 vaddps, 4 vfmadd, {{.*}} 3 vpord, 2 vpshufb, 1 vpsrld, 1 vpternlogd{{$}}
// INT8-DAG:      : 2 lines, {{[0-9]+}} scalar, 0 stack, per line: 16 broadcast, 1 prefetch, 4 vaddps, 32 vfmadd, {{.*}} 3 vpord, 2 vpshufb, 1 vpsrld, 1 vpternlogd{{$}}

func.func @main(%x: tensor<?x1024xf32>) -> tensor<?x64xf32> {
  %w = arith.constant dense<0.5> : tensor<64x1024xf32>
  %zero = arith.constant 0.0 : f32
  %c0 = arith.constant 0 : index
  %m = tensor.dim %x, %c0 : tensor<?x1024xf32>
  %e = tensor.empty(%m) : tensor<?x64xf32>
  %init = linalg.fill ins(%zero : f32) outs(%e : tensor<?x64xf32>) -> tensor<?x64xf32>
  %y = linalg.matmul indexing_maps = [affine_map<(m, n, k) -> (m, k)>, affine_map<(m, n, k) -> (n, k)>, affine_map<(m, n, k) -> (m, n)>]
      ins(%x, %w : tensor<?x1024xf32>, tensor<64x1024xf32>) outs(%init : tensor<?x64xf32>) -> tensor<?x64xf32>
  return %y : tensor<?x64xf32>
}

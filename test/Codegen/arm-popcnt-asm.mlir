// RUN: lowbit-compile %s --weights=binary --activations=binary:range=[-1,1] --target=arm-dotprod --emit=asm -o %t.s && %python %S/Inputs/inner_loops.py cnt < %t.s | FileCheck %s

// The inner loops for one row of activations, over eight lines and over one of
// those that are left: three instructions per quarter of a line.

// CHECK:      {{^}}2 inner loops{{$}}
// CHECK-NEXT: : 8 lines, {{[0-9]+}} scalar, 0 stack, per line: 4 add, 1 broadcast, 4 cnt, 4 eor{{$}}
// CHECK-NEXT: : 1 lines, {{[0-9]+}} scalar, 0 stack, per line: 4 add, 1 broadcast, 4 cnt, 4 eor{{$}}

func.func @main(%x: tensor<1x1024xf32>) -> tensor<1x64xf32> {
  %w = arith.constant dense<0.5> : tensor<64x1024xf32>
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<1x64xf32>
  %init = linalg.fill ins(%zero : f32) outs(%e : tensor<1x64xf32>) -> tensor<1x64xf32>
  %y = linalg.matmul indexing_maps = [affine_map<(m, n, k) -> (m, k)>, affine_map<(m, n, k) -> (n, k)>, affine_map<(m, n, k) -> (m, n)>]
      ins(%x, %w : tensor<1x1024xf32>, tensor<64x1024xf32>) outs(%init : tensor<1x64xf32>) -> tensor<1x64xf32>
  return %y : tensor<1x64xf32>
}

// RUN: lowbit-compile %s --weights=ternary --target=arm-i8mm --emit=asm -o %t.s && %python %S/Inputs/inner_loops.py < %t.s | FileCheck %s --check-prefix=TERNARY
// RUN: lowbit-compile %s --weights=int4 --target=arm-i8mm --emit=asm -o %t.s && %python %S/Inputs/inner_loops.py < %t.s | FileCheck %s --check-prefix=INT4
// RUN: lowbit-compile %s --weights=int8 --target=arm-i8mm --emit=asm -o %t.s && %python %S/Inputs/inner_loops.py < %t.s | FileCheck %s --check-prefix=INT8
// RUN: lowbit-compile %s --weights=ternary --target=arm-dotprod --emit=asm -o %t.s && %python %S/Inputs/inner_loops.py < %t.s | FileCheck %s --check-prefix=TERNARY-SIGNED
// RUN: lowbit-compile %s --weights=int4 --target=arm-dotprod --emit=asm -o %t.s && %python %S/Inputs/inner_loops.py < %t.s | FileCheck %s --check-prefix=INT4-SIGNED
// RUN: lowbit-compile %s --weights=ternary --ternary-layout=base3 --target=arm-i8mm --emit=asm -o %t.s && %python %S/Inputs/inner_loops.py < %t.s | FileCheck %s --check-prefix=BASE3

// The inner loops for one row of activations. A line has four registers: of f
// fields per byte, 4 * (f - 1) masks and 4 * f dot products. Where weights are
// signed, four more turn whole bytes and one sums the activations.

// TERNARY:            {{^}}1 inner loops{{$}}
// TERNARY-NEXT:       : 1 lines, {{[0-9]+}} scalar, 0 stack, per line: 12 and, 1 broadcast, 16 usdot{{$}}

// INT4:               {{^}}1 inner loops{{$}}
// INT4-NEXT:          : 1 lines, {{[0-9]+}} scalar, 0 stack, per line: 4 and, 1 broadcast, 8 usdot{{$}}

// INT8:               {{^}}1 inner loops{{$}}
// INT8-NEXT:          : 2 lines, {{[0-9]+}} scalar, 0 stack, per line: 1 broadcast, 4 usdot{{$}}

// TERNARY-SIGNED:     {{^}}1 inner loops{{$}}
// TERNARY-SIGNED-NEXT:: 1 lines, {{[0-9]+}} scalar, 0 stack, per line: 12 and, 1 broadcast, 4 eor, 17 sdot{{$}}

// INT4-SIGNED:        {{^}}1 inner loops{{$}}
// INT4-SIGNED-NEXT:   : 1 lines, {{[0-9]+}} scalar, 0 stack, per line: 4 and, 1 broadcast, 4 eor, 9 sdot{{$}}

// Two registers of a line in each loop. Here is a multiplication of bytes.
// BASE3:              {{^}}2 inner loops{{$}}
// BASE3-NEXT:         : 1/2 lines, {{[0-9]+}} scalar, 0 stack, per line: 2 broadcast, 20 mul, 24 usdot{{$}}

func.func @main(%x: tensor<1x1024xf32>) -> tensor<1x64xf32> {
  %w = arith.constant dense<0.5> : tensor<64x1024xf32>
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<1x64xf32>
  %init = linalg.fill ins(%zero : f32) outs(%e : tensor<1x64xf32>) -> tensor<1x64xf32>
  %y = linalg.matmul indexing_maps = [affine_map<(m, n, k) -> (m, k)>, affine_map<(m, n, k) -> (n, k)>, affine_map<(m, n, k) -> (m, n)>]
      ins(%x, %w : tensor<1x1024xf32>, tensor<64x1024xf32>) outs(%init : tensor<1x64xf32>) -> tensor<1x64xf32>
  return %y : tensor<1x64xf32>
}

// RUN: lowbit-compile %s --weights=binary --activations=binary:range=[-1,1] --target=x86-amx --emit=asm -o %t.s
// RUN: %python %S/Inputs/inner_loops.py tdpbssd < %t.s | FileCheck %s --check-prefix=PRODUCTS
// RUN: %python %S/Inputs/inner_loops.py vpsrlw < %t.s | FileCheck %s --check-prefix=WEIGHTS
// RUN: %python %S/Inputs/inner_loops.py vptestnmb < %t.s | FileCheck %s --check-prefix=CODES
// RUN: FileCheck %s --check-prefix=CONFIGURED < %t.s
// RUN: lowbit-compile %s --weights=ternary --activations=ternary:range=[-1,1] --target=x86-amx --emit=asm -o %t.s
// RUN: %python %S/Inputs/inner_loops.py vpsrlw < %t.s | FileCheck %s --check-prefix=TERNARY
// RUN: %python %S/Inputs/inner_loops.py vptestnmb < %t.s | FileCheck %s --check-prefix=TERNARY_CODES

// Two tiles of rows by two of columns, twice; what is on the stack is expanded
// bits.
// PRODUCTS: _m128_p8: 0 lines, {{[0-9]+}} scalar, 8 stack, per line: 8 tdpbssd, 8 tileloadd{{$}}

// Two lines of two columns: eight rows of a tile from each.
// WEIGHTS:      {{^}}1 inner loops{{$}}
// WEIGHTS-NEXT: _m128_p8: 4 lines, {{[0-9]+}} scalar, 0 stack, per line: 8 store, 8 vpand, 7 vpsrlw{{$}}

// 64 codes of a row: 5/4 lines are a word of two, and bytes to choose from.
// CODES: _m128_p8: 5/4 lines, {{[0-9]+}} scalar, 0 stack, per line: 4/5 store, 4/5 vpblendmb, 4/5 vpermd, 4/5 vptestnmb{{$}}

// CONFIGURED-COUNT-1: ldtilecfg
// CONFIGURED-NOT:     ldtilecfg

// A line is 64 bytes of masks or of signs, of which two make eight rows.
// TERNARY: _m128_p8: 8 lines, {{.*}} per line: 4 store, 4 vpaddb, 8 vpand, 7 vpsrlw, 4 vpsubb{{$}}

// TERNARY_CODES: _m128_p8: 5/4 lines, {{.*}} per line: 4/5 store, 4/5 vmovdqu8, 4/5 vpblendmb, 8/5 vpermd, 4/5 vptestmb, 4/5 vptestnmb{{$}}

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

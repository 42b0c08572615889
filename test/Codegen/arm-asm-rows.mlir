// RUN: lowbit-compile %s --weights=ternary --target=arm-i8mm --emit=asm -o %t.s && %python %S/Inputs/inner_loops.py < %t.s | FileCheck %s --check-prefix=TERNARY --implicit-check-not="{{[1-9]}} stack" --implicit-check-not=movi
// RUN: lowbit-compile %s --weights=int4 --target=arm-i8mm --emit=asm -o %t.s && %python %S/Inputs/inner_loops.py < %t.s | FileCheck %s --check-prefix=INT4 --implicit-check-not="{{[1-9]}} stack" --implicit-check-not=movi
// RUN: lowbit-compile %s --weights=int8 --target=arm-i8mm --emit=asm -o %t.s && %python %S/Inputs/inner_loops.py < %t.s | FileCheck %s --check-prefix=INT8 --implicit-check-not="{{[1-9]}} stack" --implicit-check-not=movi
// RUN: lowbit-compile %s --weights=int3 --target=arm-i8mm --emit=asm -o %t.s && %python %S/Inputs/inner_loops.py < %t.s | FileCheck %s --check-prefix=INT3 --implicit-check-not="{{[1-9]}} stack" --implicit-check-not=movi
// RUN: lowbit-compile %s --weights=codebook4 --target=arm-i8mm --emit=asm -o %t.s && %python %S/Inputs/inner_loops.py < %t.s | FileCheck %s --check-prefix=CODEBOOK --implicit-check-not="{{[1-9]}} stack" --implicit-check-not=movi
// RUN: lowbit-compile %s --weights=ternary --ternary-layout=base3 --target=arm-i8mm --emit=asm -o %t.s && %python %S/Inputs/inner_loops.py < %t.s | FileCheck %s --check-prefix=BASE3 --implicit-check-not="{{[1-9]}} stack" --implicit-check-not=movi
// RUN: lowbit-compile %s --weights=ternary --target=arm-dotprod --emit=asm -o %t.s && %python %S/Inputs/inner_loops.py < %t.s | FileCheck %s --check-prefix=TERNARY-SIGNED --implicit-check-not="{{[1-9]}} stack" --implicit-check-not=movi
// RUN: lowbit-compile %s --weights=int4 --target=arm-dotprod --emit=asm -o %t.s && %python %S/Inputs/inner_loops.py < %t.s | FileCheck %s --check-prefix=INT4-SIGNED --implicit-check-not="{{[1-9]}} stack" --implicit-check-not=movi
// RUN: lowbit-compile %s --weights=int8 --target=arm-dotprod --emit=asm -o %t.s && %python %S/Inputs/inner_loops.py < %t.s | FileCheck %s --check-prefix=INT8-SIGNED --implicit-check-not="{{[1-9]}} stack" --implicit-check-not=movi
// RUN: lowbit-compile %s --weights=codebook4 --target=arm-dotprod --emit=asm -o %t.s && %python %S/Inputs/inner_loops.py < %t.s | FileCheck %s --check-prefix=CODEBOOK-SIGNED --implicit-check-not="{{[1-9]}} stack" --implicit-check-not=movi
// RUN: lowbit-compile %s --weights=ternary --ternary-layout=base3 --target=arm-dotprod --emit=asm -o %t.s && %python %S/Inputs/inner_loops.py < %t.s | FileCheck %s --check-prefix=BASE3-SIGNED --implicit-check-not="{{[1-9]}} stack" --implicit-check-not=movi

// The inner loops for one row, for a tile of rows, and for those of the rows that
// are left, which are powers of two where rows are multiplied in twos, else of four.
// Where the sums of a tile do not fit into registers, there are several loops, each
// for some of the views. None of them spills, or makes masks anew.

// A product of matrices is of two lines: a register of each, of which the halves
// are zipped. Its weights and codes are as many as those of two dot products.
// TERNARY:         {{^}}16 inner loops{{$}}
// TERNARY-NEXT:    : 1 lines, {{.*}} per line: 12 and, 1 broadcast, 16 usdot{{$}}
// TERNARY-COUNT-8: : 1/2 lines, {{.*}} per line: 6 and, 16 half, 8 mov, 32 usmmla, 2 zip{{[12]$}}
// TERNARY-COUNT-4: : 1/2 lines, {{.*}} per line: 12 and, 8 half, 4 mov, 32 usmmla, 2 zip1, 2 zip2{{$}}
// TERNARY-COUNT-2: : 1 lines, {{.*}} per line: 12 and, 2 half, 1 mov, 16 usmmla, 2 zip1, 2 zip2{{$}}
// TERNARY-NEXT:    : 1 lines, {{.*}} per line: 12 and, 1 broadcast, 16 usdot{{$}}

// INT4:         {{^}}9 inner loops{{$}}
// INT4-NEXT:    : 1 lines, {{.*}} per line: 4 and, 1 broadcast, 8 usdot{{$}}
// INT4-COUNT-4: : 1/2 lines, {{.*}} per line: 4 and, 16 half, 8 mov, 32 usmmla, 2 zip1, 2 zip2{{$}}
// INT4-COUNT-2: : 1 lines, {{.*}} per line: 4 and, 4 half, 2 mov, 16 usmmla, 2 zip1, 2 zip2{{$}}
// INT4-NEXT:    : 2 lines, {{.*}} per line: 4 and, 1 half, 1/2 mov, 8 usmmla, 2 zip1, 2 zip2{{$}}
// INT4-NEXT:    : 1 lines, {{.*}} per line: 4 and, 1 broadcast, 8 usdot{{$}}

// INT8:         {{^}}6 inner loops{{$}}
// INT8-NEXT:    : 2 lines, {{.*}} per line: 1 broadcast, 4 usdot{{$}}
// INT8-COUNT-2: : 1 lines, {{.*}} per line: 8 half, 4 mov, 16 usmmla, 2 zip1, 2 zip2{{$}}
// INT8-NEXT:    : 2 lines, {{.*}} per line: 2 half, 1 mov, 8 usmmla, 2 zip1, 2 zip2{{$}}
// INT8-NEXT:    : 2 lines, {{.*}} per line: 1 half, 1/2 mov, 4 usmmla, 2 zip1, 2 zip2{{$}}
// INT8-NEXT:    : 2 lines, {{.*}} per line: 1 broadcast, 4 usdot{{$}}

// The plane of two bits, then that of one.
// INT3:         {{^}}16 inner loops{{$}}
// INT3-COUNT-2: : 1 lines, {{.*}} per line: 12 and, 1 broadcast, 16 usdot{{$}}
// INT3-COUNT-2: : 1/2 lines, {{.*}} per line: 28 and, 2 broadcast, 32 usdot{{$}}
// INT3-COUNT-4: : 1 lines, {{.*}} per line: 12 and, 2 half, 1 mov, 16 usmmla, 2 zip1, 2 zip2{{$}}
// INT3-COUNT-4: : 1/2 lines, {{.*}} per line: 28 and, 4 half, 2 mov, 32 usmmla, 2 zip1, 2 zip2{{$}}
// INT3-COUNT-2: : 1 lines, {{.*}} per line: 12 and, 1 broadcast, 16 usdot{{$}}
// INT3-COUNT-2: : 1/2 lines, {{.*}} per line: 28 and, 2 broadcast, 32 usdot{{$}}

// CODEBOOK:         {{^}}9 inner loops{{$}}
// CODEBOOK-NEXT:    : 1 lines, {{.*}} per line: 8 and, 1 broadcast, 8 tbl, 8 usdot, 4 ushr{{$}}
// CODEBOOK-COUNT-4: : 1/2 lines, {{.*}} per line: 8 and, 16 half, 8 mov, 8 tbl, 4 ushr, 32 usmmla, 2 zip1, 2 zip2{{$}}
// CODEBOOK-COUNT-2: : 1 lines, {{.*}} per line: 8 and, 4 half, 2 mov, 8 tbl, 4 ushr, 16 usmmla, 2 zip1, 2 zip2{{$}}
// CODEBOOK-NEXT:    : 2 lines, {{.*}} per line: 8 and, 1 half, 1/2 mov, 8 tbl, 4 ushr, 8 usmmla, 2 zip1, 2 zip2{{$}}
// CODEBOOK-NEXT:    : 1 lines, {{.*}} per line: 8 and, 1 broadcast, 8 tbl, 8 usdot, 4 ushr{{$}}

// BASE3:         {{^}}15 inner loops{{$}}
// BASE3-COUNT-2: : 1/2 lines, {{.*}} per line: 2 broadcast, 20 mul, 24 usdot{{$}}
// BASE3-COUNT-8: : 1/2 lines, {{.*}} per line: 8 half, 4 mov, 10 mul, 24 usmmla, 2 zip{{[12]$}}
// BASE3-COUNT-2: : 1 lines, {{.*}} per line: 2 half, 1 mov, 15 mul, 18 usmmla, {{.*}}
// BASE3-NEXT:    : 1/2 lines, {{.*}} per line: 4 half, 2 mov, 20 mul, 24 usmmla, 2 zip1, 2 zip2{{$}}
// BASE3-COUNT-2: : 1/2 lines, {{.*}} per line: 2 broadcast, 20 mul, 24 usdot{{$}}

// Dot products of codes and ones are among those of the first loop of a tile.
// TERNARY-SIGNED:          {{^}}13 inner loops{{$}}
// TERNARY-SIGNED-NEXT:     : 1 lines, {{.*}} per line: 12 and, 1 broadcast, 4 eor, 17 sdot{{$}}
// TERNARY-SIGNED-NEXT:     : 1/4 lines, {{.*}} per line: 8 and, 28 broadcast, 84 sdot{{$}}
// TERNARY-SIGNED-COUNT-10: sdot{{$}}
// TERNARY-SIGNED-NEXT:     : 1 lines, {{.*}} per line: 12 and, 1 broadcast, 4 eor, 17 sdot{{$}}

// INT4-SIGNED:         {{^}}8 inner loops{{$}}
// INT4-SIGNED-NEXT:    : 1 lines, {{.*}} per line: 4 and, 1 broadcast, 4 eor, 9 sdot{{$}}
// INT4-SIGNED-NEXT:    : 1/4 lines, {{.*}} per line: 4 and, 28 broadcast, 4 eor, 84 sdot{{$}}
// INT4-SIGNED-NEXT:    : 1/2 lines, {{.*}} per line: 4 and, 14 broadcast, 2 eor, 42 sdot{{$}}
// INT4-SIGNED-NEXT:    : 1/2 lines, {{.*}} per line: 2 and, 14 broadcast, 4 eor, 42 sdot{{$}}
// INT4-SIGNED-COUNT-4: sdot{{$}}

// INT8-SIGNED:         {{^}}6 inner loops{{$}}
// INT8-SIGNED-NEXT:    : 2 lines, {{.*}} per line: 1 broadcast, 4 eor, 5 sdot{{$}}
// INT8-SIGNED-NEXT:    : 1/2 lines, {{.*}} per line: 14 broadcast, 4 eor, 42 sdot{{$}}
// INT8-SIGNED-NEXT:    : 1/2 lines, {{.*}} per line: 14 broadcast, 4 eor, 28 sdot{{$}}
// INT8-SIGNED-NEXT:    : 1/2 lines, {{.*}} per line: 8 broadcast, 4 eor, 24 sdot{{$}}
// INT8-SIGNED-NEXT:    : 1/2 lines, {{.*}} per line: 8 broadcast, 4 eor, 16 sdot{{$}}
// INT8-SIGNED-NEXT:    : 2 lines, {{.*}} per line: 1 broadcast, 4 eor, 5 sdot{{$}}

// The table has levels that are 128 lower.
// CODEBOOK-SIGNED:         {{^}}8 inner loops{{$}}
// CODEBOOK-SIGNED-NEXT:    : 1 lines, {{.*}} per line: 8 and, 1 broadcast, 9 sdot, 8 tbl, 4 ushr{{$}}
// CODEBOOK-SIGNED-NEXT:    : 1/4 lines, {{.*}} per line: 8 and, 28 broadcast, 84 sdot, 8 tbl, 4 ushr{{$}}
// CODEBOOK-SIGNED-COUNT-2: : 1/2 lines, {{.*}} per line: 6 and, 14 broadcast, 42 sdot, 6 tbl,{{.*}}
// CODEBOOK-SIGNED-COUNT-4: sdot, {{[0-9/]+}} tbl

// BASE3-SIGNED:          {{^}}18 inner loops{{$}}
// BASE3-SIGNED-NEXT:     : 1/2 lines, {{.*}} per line: 2 broadcast, 24 eor, 20 mul, 26 sdot{{$}}
// BASE3-SIGNED-NEXT:     : 1/2 lines, {{.*}} per line: 2 broadcast, 24 eor, 20 mul, 24 sdot{{$}}
// BASE3-SIGNED-COUNT-16: sdot{{$}}

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

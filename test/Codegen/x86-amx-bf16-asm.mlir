// RUN: lowbit-compile %s --target=x86-amx --emit=asm -o %t.s
// RUN: %python %S/Inputs/inner_loops.py tdpbf16ps < %t.s | FileCheck %s --check-prefix=PRODUCTS
// RUN: %python %S/Inputs/inner_loops.py vpermw < %t.s | FileCheck %s --check-prefix=PAIRS

// Four products per step of 32 k, two steps at once: few rows by four tiles of columns, many by two.
// PRODUCTS-DAG: lowbit_x86_amx_bf16_bf16_bf16_m16_p4: 0 lines, {{.*}} 8 tdpbf16ps, 10 tileloadd{{$}}
// PRODUCTS-DAG: lowbit_x86_amx_bf16_bf16_bf16_m32_p2: 0 lines, {{.*}} 8 tdpbf16ps, 8 tileloadd{{$}}

// A load, a permutation and a store put 64 bytes of weights in pairs.
// PAIRS-DAG: lowbit_x86_amx_bf16_bf16_bf16_m16_p4: 64 lines, {{.*}} per line: 1 store, 1 vpermw{{$}}
// PAIRS-DAG: lowbit_x86_amx_bf16_bf16_bf16_m32_p2: 32 lines, {{.*}} per line: 1 store, 1 vpermw{{$}}

func.func @main(%x: tensor<?x?xbf16>, %w: tensor<?x?xbf16>, %init: tensor<?x?xf32>) -> tensor<?x?xf32> {
  %y = linalg.matmul ins(%x, %w : tensor<?x?xbf16>, tensor<?x?xbf16>) outs(%init : tensor<?x?xf32>) -> tensor<?x?xf32>
  return %y : tensor<?x?xf32>
}

// RUN: lowbit-compile %s --target=x86-avx512vnni --emit=asm -o %t.narrow.s
// RUN: FileCheck %s --input-file=%t.narrow.s --check-prefix=NARROW
// RUN: sed 's/bound = 30000/bound = 200000/' %s > %t.mlir
// RUN: lowbit-compile %t.mlir --target=x86-avx512vnni --emit=asm -o %t.high.s
// RUN: FileCheck %s --input-file=%t.high.s --check-prefix=HIGH
// RUN: sed -e 's/ {bound = 30000 : i64}//' -e 's/dense<20>/dense<40>/' %s > %t.mlir
// RUN: lowbit-compile %t.mlir --target=x86-avx512vnni --emit=asm -o %t.long.s
// RUN: FileCheck %s --input-file=%t.long.s --check-prefix=HIGH
// RUN: sed 's/bound = 30000/bound = 300000/' %s > %t.mlir
// RUN: lowbit-compile %t.mlir --target=x86-avx512vnni --emit=asm -o %t.wide.s
// RUN: FileCheck %s --input-file=%t.wide.s --check-prefix=WIDE

// Requantization is vectorized: in 32 bits where the bound proves that they
// suffice, with the upper halves of products where these do, else in 64.
// NARROW-NOT: vpmuldq
// NARROW: vpmulld {{.*}}, %{{[yz]}}mm
// NARROW: vpmovsdb
// HIGH-NOT: vpsraq
// HIGH: vpmuldq {{.*}}, %{{[yz]}}mm
// HIGH: vpsra{{v?}}d
// HIGH: vpmovsdb
// WIDE-NOT: vpmulld
// WIDE: vpmuldq {{.*}}, %{{[yz]}}mm
// WIDE: vpmovsqb
func.func @model(%x: tensor<?x64xi32>) -> tensor<?x64xi8> {
  %m = arith.constant dense<33111> : tensor<1x64xi32>
  %s = arith.constant dense<20> : tensor<1x64xi32>
  %q = lowbit.requantize %x multiplier %m shift %s {bound = 30000 : i64}
      : (tensor<?x64xi32>, tensor<1x64xi32>, tensor<1x64xi32>) -> tensor<?x64x!lowbit.affine<8>>
  %i = lowbit.to_storage %q : tensor<?x64x!lowbit.affine<8>> -> tensor<?x64xi8>
  return %i : tensor<?x64xi8>
}

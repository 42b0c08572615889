// RUN: lowbit-compile %s --target=x86-avx512vnni --emit=asm -o %t.s && FileCheck %s --input-file=%t.s --check-prefix=INT4
// RUN: sed 's/affine<4>/binary/' %s > %t.mlir && lowbit-compile %t.mlir --target=x86-avx512vnni --emit=asm -o %t.s && FileCheck %s --input-file=%t.s --check-prefix=BINARY
// RUN: lowbit-compile %s --target=generic --emit=asm -o %t.s && FileCheck %s --input-file=%t.s --check-prefix=GENERIC

// Rows of packed codes become floats in vectors, 16 at a time.
// INT4: vpunpcklbw
// INT4: vpmovzxbd {{.*}}zmm
// INT4: vcvtdq2ps {{.*}}zmm
// INT4: vmulps {{.*}}zmm
// BINARY: vpmovzxbd {{.*}}zmm
// BINARY: vcvtdq2ps {{.*}}zmm
// BINARY: vmulps {{.*}}zmm
// GENERIC: punpcklwd
// GENERIC: cvtdq2ps
// GENERIC: mulps
func.func @model(%i: tensor<?xi64>) -> tensor<?x256xf32> {
  %t = lowbit.constant dense<1> : tensor<100x256xi8> -> tensor<100x256x!lowbit.affine<4>>
  %s = arith.constant dense<0.5> : tensor<100x1xf32>
  %y = lowbit.gather %t[%i] scale %s : (tensor<100x256x!lowbit.affine<4>>, tensor<?xi64>, tensor<100x1xf32>) -> tensor<?x256xf32>
  return %y : tensor<?x256xf32>
}

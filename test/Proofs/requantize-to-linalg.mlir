// RUN: %reference %s -o %t.before
// RUN: lowbit-opt %s --lowbit-requantize-to-linalg -o %t.narrow
// RUN: FileCheck %s --input-file=%t.narrow --check-prefix=NARROW
// RUN: %reference %t.narrow -o %t.after
// RUN: lowbit-to-smt %t.before %t.after | %prove | FileCheck %s --check-prefix=PROVED

// A bound that the inputs exceed lets a product overflow.
// RUN: sed 's/dense<32767>/dense<36000>/' %s | %reference -o %t.beyond
// RUN: sed 's/dense<32767>/dense<36000>/' %t.narrow | %reference -o %t.wrong
// RUN: lowbit-to-smt %t.beyond %t.wrong | %prove | FileCheck %s --check-prefix=REFUTED

// NARROW-NOT: i64
// NARROW: arith.muli
// PROVED: {{^unsat}}
// REFUTED: {{^sat}}

// All inputs up to the bound, in 32-bit arithmetic.
func.func @bounded(%any: tensor<1x2xi32>) -> tensor<1x2xi8> {
  %high = arith.constant dense<32767> : tensor<1x2xi32>
  %low = arith.constant dense<-32767> : tensor<1x2xi32>
  %above = arith.maxsi %any, %low : tensor<1x2xi32>
  %x = arith.minsi %above, %high : tensor<1x2xi32>
  %m = arith.constant dense<[[65251, 3]]> : tensor<1x2xi32>
  %s = arith.constant dense<[[23, 2]]> : tensor<1x2xi32>
  %z = arith.constant dense<-128> : tensor<1x1xi32>
  %q = lowbit.requantize %x multiplier %m shift %s zero_point %z {bound = 32767}
      : (tensor<1x2xi32>, tensor<1x2xi32>, tensor<1x2xi32>, tensor<1x1xi32>) -> tensor<1x2x!lowbit.affine<8>>
  %i = lowbit.to_storage %q : tensor<1x2x!lowbit.affine<8>> -> tensor<1x2xi8>
  return %i : tensor<1x2xi8>
}

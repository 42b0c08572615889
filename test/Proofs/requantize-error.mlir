// RUN: %reference %s -o %t.claim
// RUN: lowbit-to-smt %t.claim | %prove | FileCheck %s --check-prefix=PROVED

// Without the addend of the rounding the error is up to one code.
// RUN: sed '0,/arith.addi/s//arith.subi/' %t.claim > %t.wrong
// RUN: not diff %t.claim %t.wrong
// RUN: lowbit-to-smt %t.wrong | %prove | FileCheck %s --check-prefix=REFUTED

// PROVED: {{^unsat}}
// REFUTED: {{^sat}}

// A code that does not saturate is nearest to input * multiplier * 2^-shift:
// 2 |input * multiplier - code * 2^40| <= 2^40, for each of 2^32 inputs. A code
// that saturates lies on the side of the product.
func.func @nearest(%x: tensor<1x1xi32>) -> tensor<1x1xi1> {
  %m = arith.constant dense<1518500249> : tensor<1x1xi32>
  %s = arith.constant dense<40> : tensor<1x1xi32>
  %q = lowbit.requantize %x multiplier %m shift %s
      : (tensor<1x1xi32>, tensor<1x1xi32>, tensor<1x1xi32>) -> tensor<1x1x!lowbit.affine<8>>
  %i = lowbit.to_storage %q : tensor<1x1x!lowbit.affine<8>> -> tensor<1x1xi8>
  %code = arith.extsi %i : tensor<1x1xi8> to tensor<1x1xi64>
  %x64 = arith.extsi %x : tensor<1x1xi32> to tensor<1x1xi64>
  %m64 = arith.extsi %m : tensor<1x1xi32> to tensor<1x1xi64>
  %s64 = arith.extsi %s : tensor<1x1xi32> to tensor<1x1xi64>
  %exact = arith.muli %x64, %m64 : tensor<1x1xi64>
  %level = arith.shli %code, %s64 : tensor<1x1xi64>
  %error = arith.subi %exact, %level : tensor<1x1xi64>
  %half = arith.constant dense<0x8000000000> : tensor<1x1xi64>
  %minusHalf = arith.constant dense<-0x8000000000> : tensor<1x1xi64>
  %notAbove = arith.cmpi sle, %error, %half : tensor<1x1xi64>
  %notBelow = arith.cmpi sge, %error, %minusHalf : tensor<1x1xi64>
  %highest = arith.constant dense<127> : tensor<1x1xi8>
  %lowest = arith.constant dense<-128> : tensor<1x1xi8>
  %isHighest = arith.cmpi eq, %i, %highest : tensor<1x1xi8>
  %isLowest = arith.cmpi eq, %i, %lowest : tensor<1x1xi8>
  %upper = arith.ori %notAbove, %isHighest : tensor<1x1xi1>
  %lower = arith.ori %notBelow, %isLowest : tensor<1x1xi1>
  %holds = arith.andi %upper, %lower : tensor<1x1xi1>
  return %holds : tensor<1x1xi1>
}

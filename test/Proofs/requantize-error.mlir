// RUN: %reference %s -o %t.single
// RUN: lowbit-to-smt --opaque-products %t.single | %prove | FileCheck %s --check-prefix=PROVED
// RUN: sed 's/SINGLE_ROUND/INEXACT_ROUND/' %s | %reference -o %t.inexact
// RUN: lowbit-to-smt --opaque-products %t.inexact | %prove | FileCheck %s --check-prefix=PROVED

// Where DOUBLE_ROUND rounds twice, the error is up to 2^30 more.
// RUN: sed -e 's/SINGLE_ROUND/DOUBLE_ROUND/' -e 's/%extra = arith.constant 0 /%extra = arith.constant 0x40000000 /' %s | %reference -o %t.double
// RUN: lowbit-to-smt --opaque-products %t.double | %prove | FileCheck %s --check-prefix=PROVED

// That much it is.
// RUN: sed -e 's/SINGLE_ROUND/DOUBLE_ROUND/' -e 's/%extra = arith.constant 0 /%extra = arith.constant 0x3fffffff /' %s | %reference -o %t.less
// RUN: lowbit-to-smt --opaque-products %t.less | %prove | FileCheck %s --check-prefix=REFUTED

// Without the addend of the rounding the error is up to one code.
// RUN: sed '0,/arith.shli/s//arith.shrsi/' %t.single > %t.wrong
// RUN: not diff %t.single %t.wrong
// RUN: lowbit-to-smt --opaque-products %t.wrong | %prove | FileCheck %s --check-prefix=REFUTED

// PROVED: {{^unsat}}
// REFUTED: {{^sat}}

// A code that does not saturate is nearest to input * multiplier * 2^-shift,
// |input * multiplier - code * 2^shift| <= 2^(shift - 1), for every input,
// multiplier and shift. A code that saturates lies on the side of the product.
func.func @nearest(%x: tensor<1x1xi32>, %m: tensor<1x1xi32>, %s: tensor<1x1xi32>) -> i1 {
  %0 = arith.constant 0 : index
  %x32 = tensor.extract %x[%0, %0] : tensor<1x1xi32>
  %m32 = tensor.extract %m[%0, %0] : tensor<1x1xi32>
  %s32 = tensor.extract %s[%0, %0] : tensor<1x1xi32>
  %zero = arith.constant 0 : i32
  %two = arith.constant 2 : i32
  %sixtyTwo = arith.constant 62 : i32
  %isMultiplier = arith.cmpi sge, %m32, %zero : i32
  %isLong = arith.cmpi sge, %s32, %two : i32
  %isShort = arith.cmpi sle, %s32, %sixtyTwo : i32
  cf.assert %isMultiplier, "multiplier"
  cf.assert %isLong, "shift"
  cf.assert %isShort, "shift"

  %q = lowbit.requantize %x multiplier %m shift %s {rounding = #lowbit.rescale_rounding<SINGLE_ROUND>}
      : (tensor<1x1xi32>, tensor<1x1xi32>, tensor<1x1xi32>) -> tensor<1x1x!lowbit.affine<8>>

  %i = lowbit.to_storage %q : tensor<1x1x!lowbit.affine<8>> -> tensor<1x1xi8>
  %code = tensor.extract %i[%0, %0] : tensor<1x1xi8>
  %x64 = arith.extsi %x32 : i32 to i64
  %m64 = arith.extsi %m32 : i32 to i64
  %product = arith.muli %x64, %m64 : i64
  %exact = arith.extsi %product : i64 to i128
  %wide = arith.extsi %code : i8 to i128
  %s128 = arith.extui %s32 : i32 to i128
  %level = arith.shli %wide, %s128 : i128
  %error = arith.subi %exact, %level : i128
  %one = arith.constant 1 : i128
  %none = arith.constant 0 : i128
  %last = arith.subi %s128, %one : i128
  %half = arith.shli %one, %last : i128
  %extra = arith.constant 0 : i128
  %long = arith.constant 31 : i32
  %twice = arith.cmpi sgt, %s32, %long : i32
  %more = arith.select %twice, %extra, %none : i128
  %most = arith.addi %half, %more : i128
  %least = arith.subi %none, %most : i128
  %notAbove = arith.cmpi sle, %error, %most : i128
  %notBelow = arith.cmpi sge, %error, %least : i128
  %highest = arith.constant 127 : i8
  %lowest = arith.constant -128 : i8
  %isHighest = arith.cmpi eq, %code, %highest : i8
  %isLowest = arith.cmpi eq, %code, %lowest : i8
  %upper = arith.ori %notAbove, %isHighest : i1
  %lower = arith.ori %notBelow, %isLowest : i1
  %holds = arith.andi %upper, %lower : i1
  return %holds : i1
}

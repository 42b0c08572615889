// RUN: %any %s | %reference -o %t.before
// RUN: lowbit-opt %s --lowbit-requantize-to-linalg | %any | %reference -o %t.after
// RUN: FileCheck %s --input-file=%t.after --check-prefix=NARROW
// RUN: lowbit-to-smt --opaque-products %t.before %t.after | %prove | FileCheck %s --check-prefix=PROVED

// The same by TOSA's other modes, which do not differ where no shift exceeds 31.
// RUN: sed 's/SINGLE_ROUND/DOUBLE_ROUND/' %s | %any | %reference -o %t.double
// RUN: lowbit-to-smt --opaque-products %t.double %t.after | %prove | FileCheck %s --check-prefix=PROVED

// Larger products and addends do not fit.
// RUN: sed 's/arith.constant 2147418112 : i64/arith.constant 2147516416 : i64/' %t.before > %t.beyond
// RUN: not diff %t.before %t.beyond
// RUN: sed 's/arith.constant 2147418112 : i64/arith.constant 2147516416 : i64/' %t.after > %t.wrong
// RUN: lowbit-to-smt --opaque-products %t.beyond %t.wrong | %prove | FileCheck %s --check-prefix=REFUTED

// NARROW-NOT: arith.mulsi_extended
// NARROW: arith.muli {{.*}} : i32
// PROVED: {{^unsat}}
// REFUTED: {{^sat}}

// Any multiplier, shift and input for which |input * multiplier| + 2^(shift - 1)
// is below 2^31 - 2^16, as the pass makes sure by the bound of the input. The
// constants are only those for which it chooses this arithmetic.
func.func private @m() -> tensor<1x1xi32>
func.func private @s() -> tensor<1x1xi32>
func.func private @z() -> tensor<1x1xi32>

func.func @bounded(%x: tensor<1x1xi32>) -> tensor<1x1xi8> {
  %m = arith.constant {any = "m"} dense<65251> : tensor<1x1xi32>
  %s = arith.constant {any = "s"} dense<23> : tensor<1x1xi32>
  %z = arith.constant {any = "z"} dense<-128> : tensor<1x1xi32>
  %0 = arith.constant 0 : index
  %x32 = tensor.extract %x[%0, %0] : tensor<1x1xi32>
  %m32 = tensor.extract %m[%0, %0] : tensor<1x1xi32>
  %s32 = tensor.extract %s[%0, %0] : tensor<1x1xi32>
  %z32 = tensor.extract %z[%0, %0] : tensor<1x1xi32>
  %zero = arith.constant 0 : i32
  %two = arith.constant 2 : i32
  %longest = arith.constant 31 : i32
  %isMultiplier = arith.cmpi sge, %m32, %zero : i32
  %isLong = arith.cmpi sge, %s32, %two : i32
  %isShort = arith.cmpi sle, %s32, %longest : i32
  cf.assert %isMultiplier, "multiplier"
  cf.assert %isLong, "shift"
  cf.assert %isShort, "shift"
  %x64 = arith.extsi %x32 : i32 to i64
  %m64 = arith.extsi %m32 : i32 to i64
  %s64 = arith.extsi %s32 : i32 to i64
  %product = arith.muli %x64, %m64 : i64
  %none = arith.constant 0 : i64
  %one = arith.constant 1 : i64
  %last = arith.subi %s64, %one : i64
  %half = arith.shli %one, %last : i64
  %negative = arith.subi %none, %product : i64
  %magnitude = arith.maxsi %product, %negative : i64
  %largest = arith.addi %magnitude, %half : i64
  %limit = arith.constant 0x7fff0000 : i64
  %isBounded = arith.cmpi slt, %largest, %limit : i64
  cf.assert %isBounded, "bound"
  %lowest = arith.constant -32768 : i32
  %highest = arith.constant 32767 : i32
  %notBelow = arith.cmpi sge, %z32, %lowest : i32
  %notAbove = arith.cmpi sle, %z32, %highest : i32
  cf.assert %notBelow, "zero point"
  cf.assert %notAbove, "zero point"

  %q = lowbit.requantize %x multiplier %m shift %s zero_point %z
      {bound = 32767 : i64, rounding = #lowbit.rescale_rounding<SINGLE_ROUND>}
      : (tensor<1x1xi32>, tensor<1x1xi32>, tensor<1x1xi32>, tensor<1x1xi32>) -> tensor<1x1x!lowbit.affine<8>>
  %i = lowbit.to_storage %q : tensor<1x1x!lowbit.affine<8>> -> tensor<1x1xi8>
  return %i : tensor<1x1xi8>
}

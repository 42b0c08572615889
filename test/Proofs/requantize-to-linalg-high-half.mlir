// DEFINE: %{lift} = 0
// DEFINE: %{bound} = 2147483648
// DEFINE: %{channels} = 30
// DEFINE: %{shifts} = [[33, 34, 35, 36, 37, 38, 39, 40, 41, 42, 43, 44, 45, 46, 47, 48, 49, 50, 51, 52, 53, 54, 55, 56, 57, 58, 59, 60, 61, 62]]
// DEFINE: %{model} = %t.%{lift}.mlir
// DEFINE: %{before} = %t.%{lift}.before
// DEFINE: %{after} = %t.%{lift}.after
// DEFINE: %{prove} = sed -e 's/1x30x/1x%{channels}x/g' -e 's/SHIFTS/%{shifts}/' -e 's/BOUND/%{bound}/' %s > %{model} && \
// DEFINE:   %any %{model} | %reference -o %{before} && \
// DEFINE:   lowbit-opt %{model} --lowbit-requantize-to-linalg | %any | %reference -o %{after} && \
// DEFINE:   FileCheck %s --input-file=%{after} --check-prefix=HIGH && \
// DEFINE:   lowbit-to-smt --opaque-products %{before} %{after} | %prove | FileCheck %s --check-prefix=PROVED

// RUN: %{prove}

// The last shift is one too short.
// RUN: sed 's/arith.constant 32 : i32/arith.constant 33 : i32/' %{after} > %t.wrong
// RUN: not diff %{after} %t.wrong
// RUN: lowbit-to-smt --opaque-products %{before} %t.wrong | %prove | FileCheck %s --check-prefix=REFUTED

// Values that are shifted to the left first.
// REDEFINE: %{lift} = 1
// REDEFINE: %{bound} = 1073741823
// REDEFINE: %{channels} = 4
// REDEFINE: %{shifts} = [[32, 33, 45, 61]]
// RUN: %{prove}
// REDEFINE: %{lift} = 30
// REDEFINE: %{bound} = 1
// REDEFINE: %{shifts} = [[3, 17, 31, 32]]
// RUN: %{prove}
// REDEFINE: %{lift} = 13
// REDEFINE: %{bound} = 262143
// REDEFINE: %{shifts} = [[20, 33, 40, 49]]
// RUN: %{prove}

// A value beyond the bound does not keep its bits.
// RUN: sed 's/dense<262143>/dense<262144>/' %{before} > %t.beyond
// RUN: not diff %{before} %t.beyond
// RUN: sed 's/dense<262143>/dense<262144>/' %{after} > %t.wrong
// RUN: lowbit-to-smt --opaque-products %t.beyond %t.wrong | %prove | FileCheck %s --check-prefix=REFUTED

// HIGH-NOT: arith.muli
// HIGH: arith.mulsi_extended
// PROVED: {{^unsat}}
// REFUTED: {{^sat}}

// All shifts from 33 to 62, or some from 33 - lift to 62 - lift, any multipliers, and any inputs up to
// BOUND, which is 2^(31 - lift) - 1. The multipliers that the pass sees only
// have too many bits for the lower half.
func.func private @m() -> tensor<1x30xi32>

func.func @lifted(%x: tensor<1x30xi32>, %code: tensor<1x1xi8>) -> tensor<1x30xi8> {
  %z = arith.extsi %code : tensor<1x1xi8> to tensor<1x1xi32>
  %m = arith.constant {any = "m"} dense<2147483647> : tensor<1x30xi32>
  %s = arith.constant dense<SHIFTS> : tensor<1x30xi32>
  %zero = arith.constant dense<0> : tensor<1x30xi32>
  %bound = arith.constant dense<BOUND> : tensor<1x30xi64>
  %least = arith.constant dense<-BOUND> : tensor<1x30xi64>
  %x64 = arith.extsi %x : tensor<1x30xi32> to tensor<1x30xi64>
  %isMultiplier = arith.cmpi sge, %m, %zero : tensor<1x30xi32>
  %notAbove = arith.cmpi sle, %x64, %bound : tensor<1x30xi64>
  %notBelow = arith.cmpi sge, %x64, %least : tensor<1x30xi64>
  %isInput = arith.andi %notAbove, %notBelow : tensor<1x30xi1>
  %isValid = arith.andi %isMultiplier, %isInput : tensor<1x30xi1>
  %true = arith.constant dense<true> : tensor<i1>
  %all = linalg.reduce {arith.andi} ins(%isValid : tensor<1x30xi1>) outs(%true : tensor<i1>) dimensions = [0, 1]
  %holds = tensor.extract %all[] : tensor<i1>
  cf.assert %holds, "multipliers and inputs"

  %q = lowbit.requantize %x multiplier %m shift %s zero_point %z {bound = BOUND : i64}
      : (tensor<1x30xi32>, tensor<1x30xi32>, tensor<1x30xi32>, tensor<1x1xi32>) -> tensor<1x30x!lowbit.affine<8>>
  %i = lowbit.to_storage %q : tensor<1x30x!lowbit.affine<8>> -> tensor<1x30xi8>
  return %i : tensor<1x30xi8>
}

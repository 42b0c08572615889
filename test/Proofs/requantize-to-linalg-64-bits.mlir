// RUN: %reference %s -o %t.before
// RUN: lowbit-opt %s --lowbit-requantize-to-linalg | %reference -o %t.after
// RUN: lowbit-to-smt --opaque-products %t.before %t.after | %prove | FileCheck %s --check-prefix=PROVED
// RUN: sed 's/DOUBLE_ROUND/SINGLE_ROUND/' %s > %t.mlir
// RUN: %reference %t.mlir -o %t.single
// RUN: lowbit-opt %t.mlir --lowbit-requantize-to-linalg | %reference -o %t.after
// RUN: lowbit-to-smt --opaque-products %t.single %t.after | %prove | FileCheck %s --check-prefix=PROVED

// One mode instead of the other.
// RUN: lowbit-to-smt --opaque-products %t.before %t.after | %prove | FileCheck %s --check-prefix=REFUTED

// PROVED: {{^unsat}}
// REFUTED: {{^sat}}

// Any inputs, multipliers, shifts and zero points, each per channel.
func.func @runTime(%x: tensor<1x2xi32>, %m: tensor<1x2xi32>, %s: tensor<1x2xi32>, %z: tensor<1x2xi32>) -> tensor<1x2xi8> {
  %q = lowbit.requantize %x multiplier %m shift %s zero_point %z {rounding = #lowbit.rescale_rounding<DOUBLE_ROUND>}
      : (tensor<1x2xi32>, tensor<1x2xi32>, tensor<1x2xi32>, tensor<1x2xi32>) -> tensor<1x2x!lowbit.affine<8>>
  %i = lowbit.to_storage %q : tensor<1x2x!lowbit.affine<8>> -> tensor<1x2xi8>
  return %i : tensor<1x2xi8>
}

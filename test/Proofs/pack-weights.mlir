// RUN: %reference %s -o %t.before
// RUN: lowbit-opt %s --lowbit-fold-zero-points --lowbit-pack-weights -o %t.packed
// RUN: %reference %t.packed -o %t.after
// RUN: lowbit-to-smt %t.before %t.after | %prove | FileCheck %s --check-prefix=PROVED

// Fields are multiplied as they are, without their offset.
// RUN: sed 's/lowbit.packed_matmul <field_bits = 4, code_offset = 8/lowbit.packed_matmul <field_bits = 4, code_offset = 7/' %t.packed > %t.mutated
// RUN: not diff %t.packed %t.mutated
// RUN: %reference %t.mutated -o %t.wrong
// RUN: lowbit-to-smt %t.before %t.wrong | %prove | FileCheck %s --check-prefix=REFUTED

// PROVED: {{^unsat}}
// REFUTED: {{^sat}}

// Blocks of 4 and 1, with scales and terms between the codes: any activations,
// zero points, scales. Floats are whatever they are.
!i8 = !lowbit.affine<8>
!a4 = !lowbit.affine<4>

func.func @blocks(%x: tensor<1x5xi8>, %sa: tensor<1x1xf32>, %za: tensor<1x1xi32>, %sw: tensor<2x2xf16>) -> tensor<1x2xf32> {
  %a = lowbit.from_storage %x : tensor<1x5xi8> -> tensor<1x5x!i8>
  %w = lowbit.constant dense<[[-8, 7, 1, 3, -2], [0, 5, -7, 2, 6]]> : tensor<2x5xi8> -> tensor<2x5x!a4>
  %y = lowbit.scaled_matmul %a, %w activation_scale %sa weight_scale %sw activation_zero_point %za
      {block_sizes = array<i64: 0, 4>}
      : (tensor<1x5x!i8>, tensor<2x5x!a4>, tensor<1x1xf32>, tensor<2x2xf16>, tensor<1x1xi32>) -> tensor<1x2xf32>
  return %y : tensor<1x2xf32>
}

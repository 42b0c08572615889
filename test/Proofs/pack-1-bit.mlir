// RUN: %reference %s -o %t.claim
// RUN: lowbit-to-smt %t.claim | %prove | FileCheck %s --check-prefix=PROVED

// Fields are written one bit too high.
// RUN: sed 's/arith.shli %\([0-9]*\), %\([0-9]*\) : i32/arith.shli %\1, %\1 : i32/' %t.claim > %t.wrong
// RUN: not diff %t.claim %t.wrong
// RUN: lowbit-to-smt %t.wrong | %prove | FileCheck %s --check-prefix=REFUTED

// PROVED: {{^unsat}}
// REFUTED: {{^sat}}

// Codes of two views of a panel and of two lines are what they were before
// packing, whatever the others are.
!code = !lowbit.binary

func.func @roundTrip(%any: tensor<66x5xi8>) -> tensor<66x5xi1> {
  %one = arith.constant dense<1> : tensor<66x5xi8>
  %bit = arith.andi %any, %one : tensor<66x5xi8>
  %twice = arith.addi %bit, %bit : tensor<66x5xi8>
  %codes = arith.subi %twice, %one : tensor<66x5xi8>
  %q = lowbit.from_storage %codes : tensor<66x5xi8> -> tensor<66x5x!code>
  %p = lowbit.pack <field_bits = 1, code_offset = 1, code_step = 2> %q : (tensor<66x5x!code>) -> tensor<1x128xi8>
  %u = lowbit.unpack <field_bits = 1, code_offset = 1, code_step = 2> %p[] : tensor<1x128xi8> -> tensor<66x5x!code>
  %back = lowbit.to_storage %u : tensor<66x5x!code> -> tensor<66x5xi8>
  %same = arith.cmpi eq, %codes, %back : tensor<66x5xi8>
  return %same : tensor<66x5xi1>
}

// RUN: %reference %s -o %t.claim
// RUN: lowbit-to-smt %t.claim | %prove | FileCheck %s --check-prefix=PROVED

// A field is read one bit too narrow.
// RUN: sed 's/arith.constant 3 : i32/arith.constant 1 : i32/' %t.claim > %t.wrong
// RUN: not diff %t.claim %t.wrong
// RUN: lowbit-to-smt %t.wrong | %prove | FileCheck %s --check-prefix=REFUTED

// PROVED: {{^unsat}}
// REFUTED: {{^sat}}

// Codes of two views of a panel and of two lines are what they were before
// packing, whatever the others are.
!code = !lowbit.ternary

func.func @roundTrip(%any: tensor<34x5xi8>) -> tensor<34x5xi1> {
  %low = arith.constant dense<-1> : tensor<34x5xi8>
  %high = arith.constant dense<1> : tensor<34x5xi8>
  %above = arith.maxsi %any, %low : tensor<34x5xi8>
  %codes = arith.minsi %above, %high : tensor<34x5xi8>
  %q = lowbit.from_storage %codes : tensor<34x5xi8> -> tensor<34x5x!code>
  %p = lowbit.pack <field_bits = 2, code_offset = 1> %q : (tensor<34x5x!code>) -> tensor<1x128xi8>
  %u = lowbit.unpack <field_bits = 2, code_offset = 1> %p[] : tensor<1x128xi8> -> tensor<34x5x!code>
  %back = lowbit.to_storage %u : tensor<34x5x!code> -> tensor<34x5xi8>
  %same = arith.cmpi eq, %codes, %back : tensor<34x5xi8>
  return %same : tensor<34x5xi1>
}

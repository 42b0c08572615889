// RUN: %reference %s -o %t.claim
// RUN: lowbit-to-smt %t.claim | %prove | FileCheck %s --check-prefix=PROVED

// A field is read one bit too narrow.
// RUN: sed 's/arith.constant 15 : i32/arith.constant 7 : i32/' %t.claim > %t.wrong
// RUN: not diff %t.claim %t.wrong
// RUN: lowbit-to-smt %t.wrong | %prove | FileCheck %s --check-prefix=REFUTED

// PROVED: {{^unsat}}
// REFUTED: {{^sat}}

// Codes keep their values with any scales and terms between them, also in a
// short last block.
!code = !lowbit.affine<4>

func.func @roundTrip(%any: tensor<5x13xi8>, %scale: tensor<5x2xf16>, %terms: tensor<5x2xi32>) -> tensor<5x13xi1> {
  %low = arith.constant dense<-8> : tensor<5x13xi8>
  %high = arith.constant dense<7> : tensor<5x13xi8>
  %above = arith.maxsi %any, %low : tensor<5x13xi8>
  %codes = arith.minsi %above, %high : tensor<5x13xi8>
  %q = lowbit.from_storage %codes : tensor<5x13xi8> -> tensor<5x13x!code>
  %p = lowbit.pack <field_bits = 4, code_offset = 8, block = 8, scale = f16, terms = 1> %q scale %scale terms(%terms)
      {block_sizes = array<i64: 0, 8>} : (tensor<5x13x!code>, tensor<5x2xf16>, tensor<5x2xi32>) -> tensor<1x640xi8>
  %u = lowbit.unpack <field_bits = 4, code_offset = 8, block = 8, scale = f16, terms = 1> %p[]
      : tensor<1x640xi8> -> tensor<5x13x!code>
  %back = lowbit.to_storage %u : tensor<5x13x!code> -> tensor<5x13xi8>
  %same = arith.cmpi eq, %codes, %back : tensor<5x13xi8>
  return %same : tensor<5x13xi1>
}

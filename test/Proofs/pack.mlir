// Codes of 1 to 8 bits, in planes unless they are 1, 2, 4 or 8: of one panel and
// part of the next, of several lines and part of one.
//
// DEFINE: %{code} = affine<8>
// DEFINE: %{low} = -128
// DEFINE: %{high} = 127
// DEFINE: %{layout} = field_bits = 8, code_offset = 128
// DEFINE: %{n} = 18
// DEFINE: %{k} = 5
// DEFINE: %{packed} = 2x128
// DEFINE: %{claim} = %t.claim
// DEFINE: %{prove} = sed -e 's/CODE/%{code}/g' -e 's/LOW/%{low}/' -e 's/HIGH/%{high}/' -e 's/LAYOUT/%{layout}/' \
// DEFINE:     -e 's/NxK/%{n}x%{k}/g' -e 's/PACKED/%{packed}/' %s | %reference -o %{claim} && \
// DEFINE:   lowbit-to-smt %{claim} | %prove | FileCheck %s --check-prefix=PROVED

// RUN: %{prove}

// REDEFINE: %{code} = affine<8, unsigned>
// REDEFINE: %{low} = 0
// REDEFINE: %{high} = -1
// REDEFINE: %{layout} = field_bits = 8, code_offset = 0
// REDEFINE: %{k} = 9
// REDEFINE: %{packed} = 2x192
// RUN: sed -e 's/maxsi/maxui/' -e 's/minsi/minui/' %s > %t.unsigned
// RUN: sed -e 's/CODE/%{code}/g' -e 's/LOW/%{low}/' -e 's/HIGH/%{high}/' -e 's/LAYOUT/%{layout}/' \
// RUN:     -e 's/NxK/%{n}x%{k}/g' -e 's/PACKED/%{packed}/' %t.unsigned | %reference -o %{claim}
// RUN: lowbit-to-smt %{claim} | %prove | FileCheck %s --check-prefix=PROVED

// REDEFINE: %{code} = affine<8, narrow>
// REDEFINE: %{low} = -127
// REDEFINE: %{high} = 127
// REDEFINE: %{layout} = field_bits = 8, code_offset = 127
// REDEFINE: %{n} = 16
// REDEFINE: %{k} = 4
// REDEFINE: %{packed} = 1x64
// RUN: %{prove}

// REDEFINE: %{code} = affine<7>
// REDEFINE: %{low} = -64
// REDEFINE: %{high} = 63
// REDEFINE: %{layout} = field_bits = 7, code_offset = 64
// REDEFINE: %{n} = 130
// REDEFINE: %{k} = 1
// REDEFINE: %{packed} = 2x448
// RUN: %{prove}

// REDEFINE: %{code} = affine<6>
// REDEFINE: %{low} = -32
// REDEFINE: %{high} = 31
// REDEFINE: %{layout} = field_bits = 6, code_offset = 32
// REDEFINE: %{n} = 35
// REDEFINE: %{k} = 5
// REDEFINE: %{packed} = 1x384
// RUN: %{prove}

// A plane is written to where the next one lies.
// RUN: sed 's/arith.constant 4 : i32/arith.constant 3 : i32/' %{claim} > %t.wrong
// RUN: not diff %{claim} %t.wrong
// RUN: lowbit-to-smt %t.wrong | %prove | FileCheck %s --check-prefix=REFUTED

// REDEFINE: %{code} = affine<5>
// REDEFINE: %{low} = -16
// REDEFINE: %{high} = 15
// REDEFINE: %{layout} = field_bits = 5, code_offset = 16
// REDEFINE: %{n} = 17
// REDEFINE: %{k} = 7
// REDEFINE: %{packed} = 1x640
// RUN: %{prove}

// REDEFINE: %{code} = affine<4>
// REDEFINE: %{low} = -8
// REDEFINE: %{high} = 7
// REDEFINE: %{layout} = field_bits = 4, code_offset = 8
// REDEFINE: %{n} = 34
// REDEFINE: %{k} = 5
// REDEFINE: %{packed} = 2x128
// RUN: %{prove}

// A field is read one bit too narrow.
// RUN: sed 's/arith.constant 15 : i32/arith.constant 7 : i32/' %{claim} > %t.wrong
// RUN: not diff %{claim} %t.wrong
// RUN: lowbit-to-smt %t.wrong | %prove | FileCheck %s --check-prefix=REFUTED

// REDEFINE: %{code} = affine<3>
// REDEFINE: %{low} = -4
// REDEFINE: %{high} = 3
// REDEFINE: %{layout} = field_bits = 3, code_offset = 4
// REDEFINE: %{n} = 66
// REDEFINE: %{k} = 3
// REDEFINE: %{packed} = 1x192
// RUN: %{prove}

// REDEFINE: %{code} = affine<2>
// REDEFINE: %{low} = -2
// REDEFINE: %{high} = 1
// REDEFINE: %{layout} = field_bits = 2, code_offset = 2
// REDEFINE: %{n} = 65
// REDEFINE: %{packed} = 2x64
// RUN: %{prove}

// REDEFINE: %{code} = ternary
// REDEFINE: %{low} = -1
// REDEFINE: %{high} = 1
// REDEFINE: %{layout} = field_bits = 2, code_offset = 1
// REDEFINE: %{n} = 34
// REDEFINE: %{k} = 5
// REDEFINE: %{packed} = 1x128
// RUN: %{prove}

// Fields are written one bit too high.
// RUN: sed 's/arith.shli %\([0-9]*\), %\([0-9]*\) : i32/arith.shli %\1, %\1 : i32/' %{claim} > %t.wrong
// RUN: not diff %{claim} %t.wrong
// RUN: lowbit-to-smt %t.wrong | %prove | FileCheck %s --check-prefix=REFUTED

// REDEFINE: %{code} = binary<unipolar>
// REDEFINE: %{low} = 0
// REDEFINE: %{high} = 1
// REDEFINE: %{layout} = field_bits = 1, code_offset = 0
// REDEFINE: %{n} = 129
// REDEFINE: %{k} = 2
// REDEFINE: %{packed} = 2x64
// RUN: %{prove}

// PROVED: {{^unsat}}
// REFUTED: {{^sat}}

// Codes are what they were before packing, whatever the others are.
func.func @roundTrip(%any: tensor<NxKxi8>) -> tensor<NxKxi1> {
  %low = arith.constant dense<LOW> : tensor<NxKxi8>
  %high = arith.constant dense<HIGH> : tensor<NxKxi8>
  %above = arith.maxsi %any, %low : tensor<NxKxi8>
  %codes = arith.minsi %above, %high : tensor<NxKxi8>
  %q = lowbit.from_storage %codes : tensor<NxKxi8> -> tensor<NxKx!lowbit.CODE>
  %p = lowbit.pack <LAYOUT> %q : (tensor<NxKx!lowbit.CODE>) -> tensor<PACKEDxi8>
  %u = lowbit.unpack <LAYOUT> %p[] : tensor<PACKEDxi8> -> tensor<NxKx!lowbit.CODE>
  %back = lowbit.to_storage %u : tensor<NxKx!lowbit.CODE> -> tensor<NxKxi8>
  %same = arith.cmpi eq, %codes, %back : tensor<NxKxi8>
  return %same : tensor<NxKxi1>
}

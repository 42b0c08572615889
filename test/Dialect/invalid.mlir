// RUN: lowbit-opt %s --split-input-file --verify-diagnostics

// Diagnostics of types, attributes and ops between reals and codes.

//===----------------------------------------------------------------------===//
// Types
//===----------------------------------------------------------------------===//

// expected-error@+1 {{expected 1 to 16 bits, but got 0}}
func.func private @affine_of_0_bits(tensor<4x!lowbit.affine<0>>)

// -----

// expected-error@+1 {{expected 1 to 16 bits, but got 17}}
func.func private @affine_of_17_bits(tensor<4x!lowbit.affine<17>>)

// -----

// expected-error@+1 {{expected at least 2 bits with narrow, but got 1}}
func.func private @narrow_of_1_bit(tensor<4x!lowbit.affine<1, narrow>>)

// -----

// expected-error@+1 {{expected 1 to 8 bits, but got 9}}
func.func private @codebook_of_9_bits(tensor<4x!lowbit.codebook<9>>)

// -----

//===----------------------------------------------------------------------===//
// Layouts
//===----------------------------------------------------------------------===//

// expected-error@+1 {{expected 1 to 8 field_bits, but got 9}}
func.func private @fields_of_9_bits() attributes {test = #lowbit.layout<field_bits = 9>}

// -----

// expected-error@+1 {{expected radix 2 or 3, but got 4}}
func.func private @radix_4() attributes {test = #lowbit.layout<field_bits = 2, radix = 4>}

// -----

// expected-error@+1 {{expected radix 3 only with 2 field_bits and without levels}}
func.func private @radix_3_of_4_bits() attributes {test = #lowbit.layout<field_bits = 4, radix = 3>}

// -----

// expected-error@+1 {{expected radix 3 only with 2 field_bits and without levels}}
func.func private @radix_3_with_levels() attributes {test = #lowbit.layout<field_bits = 2, levels = [0, 1, 2, 3], radix = 3>}

// -----

// expected-error@+1 {{expected a code_offset of 0 to 255, but got -1}}
func.func private @negative_code_offset() attributes {test = #lowbit.layout<field_bits = 2, code_offset = -1>}

// -----

// expected-error@+1 {{expected code_step 1 or 2, but got 3}}
func.func private @code_step_3() attributes {test = #lowbit.layout<field_bits = 2, code_step = 3>}

// -----

// expected-error@+1 {{expected a block of 0 to 2^31, but got -32}}
func.func private @negative_block() attributes {test = #lowbit.layout<field_bits = 2, block = -32>}

// -----

// expected-error@+1 {{expected scale f32, f16 or bf16, but got}}
func.func private @scale_of_f64() attributes {test = #lowbit.layout<field_bits = 2, scale = f64>}

// -----

// expected-error@+1 {{expected 0 to 8 terms, but got 9}}
func.func private @nine_terms() attributes {test = #lowbit.layout<field_bits = 2, terms = 9>}

// -----

// expected-error@+1 {{expected an offset only with a scale}}
func.func private @offset_without_scale() attributes {test = #lowbit.layout<field_bits = 2, offset = true>}

// -----

//===----------------------------------------------------------------------===//
// Codes
//===----------------------------------------------------------------------===//

func.func @constant_of_dynamic_shape() {
  // expected-error@+1 {{'lowbit.constant' op expected a static shape, but got 'tensor<?x!lowbit.ternary>'}}
  %0 = lowbit.constant dense<0> : tensor<4xi8>
      -> tensor<?x!lowbit.ternary>
  return
}

// -----

func.func @constant_of_wide_storage() {
  // expected-error@+1 {{'lowbit.constant' op expected codes of type 'tensor<4xi8>', but got 'tensor<4xi16>'}}
  %0 = lowbit.constant dense<0> : tensor<4xi16>
      -> tensor<4x!lowbit.ternary>
  return
}

// -----

func.func @constant_of_other_shape() {
  // expected-error@+1 {{expected codes of type 'tensor<2x2xi8>', but got 'tensor<4xi8>'}}
  %0 = lowbit.constant dense<0> : tensor<4xi8>
      -> tensor<2x2x!lowbit.ternary>
  return
}

// -----

func.func @constant_beyond_narrow() {
  // expected-error@+1 {{expected codes of '!lowbit.affine<4, narrow>', but got -8}}
  %0 = lowbit.constant dense<[-8, 7]> : tensor<2xi8>
      -> tensor<2x!lowbit.affine<4, narrow>>
  return
}

// -----

func.func @constant_ternary_2() {
  // expected-error@+1 {{expected codes of '!lowbit.ternary', but got 2}}
  %0 = lowbit.constant dense<[0, 1, 2]> : tensor<3xi8>
      -> tensor<3x!lowbit.ternary>
  return
}

// -----

func.func @constant_bipolar_0() {
  // expected-error@+1 {{expected codes of '!lowbit.binary', but got 0}}
  %0 = lowbit.constant dense<0> : tensor<3xi8>
      -> tensor<3x!lowbit.binary>
  return
}

// -----

func.func @constant_unipolar_negative() {
  // expected-error@+1 {{expected codes of '!lowbit.binary<unipolar>', but got 255}}
  %0 = lowbit.constant dense<-1> : tensor<3xi8>
      -> tensor<3x!lowbit.binary<unipolar>>
  return
}

// -----

func.func @constant_beyond_12_bits() {
  // expected-error@+1 {{expected codes of '!lowbit.affine<12>', but got 2048}}
  %0 = lowbit.constant dense<2048> : tensor<3xi16>
      -> tensor<3x!lowbit.affine<12>>
  return
}

// -----

func.func @constant_of_short_resource() {
  // expected-error@+1 {{expected a resource of 3 bytes, but got 2}}
  %0 = lowbit.constant dense_resource<two> : tensor<3xi8>
      -> tensor<3x!lowbit.ternary>
  return
}

{-#
  dialect_resources: { builtin: { two: "0x010000000001" } }
#-}

// -----

func.func @constant_of_missing_resource() {
  // expected-error@+1 {{expected a resource of 3 bytes, but got 0}}
  %0 = lowbit.constant dense_resource<missing> : tensor<3xi8>
      -> tensor<3x!lowbit.ternary>
  return
}

// -----

func.func @constant_in_resource_ternary_2() {
  // expected-error@+1 {{expected codes of '!lowbit.ternary', but got 2}}
  %0 = lowbit.constant dense_resource<codes> : tensor<2xi8>
      -> tensor<2x!lowbit.ternary>
  return
}

{-#
  dialect_resources: { builtin: { codes: "0x010000000102" } }
#-}

// -----

func.func @sparse_constant() {
  // expected-error@+1 {{expected dense or dense_resource codes}}
  %0 = lowbit.constant sparse<0, 1> : tensor<3xi8>
      -> tensor<3x!lowbit.ternary>
  return
}

// -----

func.func @to_storage_too_wide(%q: tensor<4x!lowbit.ternary>) {
  // expected-error@+1 {{expected storage of type 'tensor<4xi8>', but got 'tensor<4xi16>'}}
  %0 = lowbit.to_storage %q : tensor<4x!lowbit.ternary> -> tensor<4xi16>
  return
}

// -----

func.func @from_storage_too_narrow(%q: tensor<4xi8>) {
  // expected-error@+1 {{expected storage of type 'tensor<4xi16>', but got 'tensor<4xi8>'}}
  %0 = lowbit.from_storage %q : tensor<4xi8> -> tensor<4x!lowbit.affine<9>>
  return
}

// -----

//===----------------------------------------------------------------------===//
// quantize, dequantize
//===----------------------------------------------------------------------===//

func.func @quantize_to_codebook(%x: tensor<4x64xf32>, %s: tensor<1x1xf32>) {
  // expected-error@+1 {{expected a uniform code type, but got '!lowbit.codebook<4>'}}
  %0 = lowbit.quantize %x scale %s
      : (tensor<4x64xf32>, tensor<1x1xf32>) -> tensor<4x64x!lowbit.codebook<4>>
  return
}

// -----

func.func @threshold_of_affine(%x: tensor<4x64xf32>, %s: tensor<1x1xf32>, %t: tensor<1x1xf32>) {
  // expected-error@+1 {{expected no threshold on '!lowbit.affine<8>'}}
  %0 = lowbit.quantize %x scale %s threshold %t
      : (tensor<4x64xf32>, tensor<1x1xf32>, tensor<1x1xf32>) -> tensor<4x64x!lowbit.affine<8>>
  return
}

// -----

func.func @stochastic_threshold(%x: tensor<4x64xf32>, %s: tensor<1x1xf32>, %t: tensor<1x1xf32>) {
  // expected-error@+1 {{expected no stochastic rounding of comparisons}}
  %0 = lowbit.quantize %x scale %s threshold %t {rounding = #lowbit.rounding<stochastic>}
      : (tensor<4x64xf32>, tensor<1x1xf32>, tensor<1x1xf32>) -> tensor<4x64x!lowbit.ternary>
  return
}

// -----

func.func @stochastic_sign(%x: tensor<4x64xf32>, %s: tensor<1x1xf32>) {
  // expected-error@+1 {{expected no stochastic rounding of comparisons}}
  %0 = lowbit.quantize %x scale %s {rounding = #lowbit.rounding<stochastic>}
      : (tensor<4x64xf32>, tensor<1x1xf32>) -> tensor<4x64x!lowbit.binary>
  return
}

// -----

func.func @quantize_to_other_shape(%x: tensor<4x64xf32>, %s: tensor<1x1xf32>) {
  // expected-error@+1 {{expected shape 4x64, but got 'tensor<4x32x!lowbit.affine<8>>'}}
  %0 = lowbit.quantize %x scale %s
      : (tensor<4x64xf32>, tensor<1x1xf32>) -> tensor<4x32x!lowbit.affine<8>>
  return
}

// -----

func.func @threshold_rank(%x: tensor<4x64xf32>, %s: tensor<1x1xf32>, %t: tensor<1xf32>) {
  // expected-error@+1 {{expected threshold of rank 2, but got 'tensor<1xf32>'}}
  %0 = lowbit.quantize %x scale %s threshold %t
      : (tensor<4x64xf32>, tensor<1x1xf32>, tensor<1xf32>) -> tensor<4x64x!lowbit.ternary>
  return
}

// -----

func.func @scale_rank(%x: tensor<4x64xf32>, %s: tensor<4xf32>) {
  // expected-error@+1 {{expected scale of rank 2, but got 'tensor<4xf32>'}}
  %0 = lowbit.quantize %x scale %s
      : (tensor<4x64xf32>, tensor<4xf32>) -> tensor<4x64x!lowbit.affine<8>>
  return
}

// -----

func.func @scale_extent(%x: tensor<4x64xf32>, %s: tensor<3x1xf32>) {
  // expected-error@+1 {{expected scale extent 1 or 4 in dimension 0 without block_sizes, but got 3}}
  %0 = lowbit.quantize %x scale %s
      : (tensor<4x64xf32>, tensor<3x1xf32>) -> tensor<4x64x!lowbit.affine<8>>
  return
}

// -----

func.func @scale_blocks(%x: tensor<4x100xf32>, %s: tensor<4x3xf32>) {
  // expected-error@+1 {{expected scale extent 4 in dimension 1, but got 3}}
  %0 = lowbit.quantize %x scale %s {block_sizes = array<i64: 0, 32>}
      : (tensor<4x100xf32>, tensor<4x3xf32>) -> tensor<4x100x!lowbit.affine<8>>
  return
}

// -----

func.func @block_sizes_rank(%x: tensor<4x64xf32>, %s: tensor<4x2xf32>) {
  // expected-error@+1 {{expected 2 block_sizes, but got 1}}
  %0 = lowbit.quantize %x scale %s {block_sizes = array<i64: 32>}
      : (tensor<4x64xf32>, tensor<4x2xf32>) -> tensor<4x64x!lowbit.affine<8>>
  return
}

// -----

func.func @negative_block_size(%x: tensor<4x64xf32>, %s: tensor<4x2xf32>) {
  // expected-error@+1 {{expected block_sizes of at least 0, but got -32}}
  %0 = lowbit.quantize %x scale %s {block_sizes = array<i64: 0, -32>}
      : (tensor<4x64xf32>, tensor<4x2xf32>) -> tensor<4x64x!lowbit.affine<8>>
  return
}

// -----

func.func @zero_point_of_narrow(%x: tensor<4x64xf32>, %s: tensor<1x1xf32>, %z: tensor<1x1xi32>) {
  // expected-error@+1 {{expected no zero point on '!lowbit.affine<8, narrow>'}}
  %0 = lowbit.quantize %x scale %s zero_point %z
      : (tensor<4x64xf32>, tensor<1x1xf32>, tensor<1x1xi32>) -> tensor<4x64x!lowbit.affine<8, narrow>>
  return
}

// -----

func.func @zero_point_of_ternary(%x: tensor<4x64xf32>, %s: tensor<1x1xf32>, %z: tensor<1x1xf32>) {
  // expected-error@+1 {{expected no zero point on '!lowbit.ternary'}}
  %0 = lowbit.quantize %x scale %s zero_point %z
      : (tensor<4x64xf32>, tensor<1x1xf32>, tensor<1x1xf32>) -> tensor<4x64x!lowbit.ternary>
  return
}

// -----

func.func @zero_point_rank(%x: tensor<4x64xf32>, %s: tensor<1x1xf32>, %z: tensor<1xi32>) {
  // expected-error@+1 {{expected zero point of rank 2, but got 'tensor<1xi32>'}}
  %0 = lowbit.quantize %x scale %s zero_point %z
      : (tensor<4x64xf32>, tensor<1x1xf32>, tensor<1xi32>) -> tensor<4x64x!lowbit.affine<8>>
  return
}

// -----

func.func @zero_point_of_other_granularity(
    %x: tensor<4x64xf32>, %s: tensor<4x1xf32>, %z: tensor<1x1xi32>) {
  // expected-error@+1 {{expected zero point of shape 4x1, but got 'tensor<1x1xi32>'}}
  %0 = lowbit.quantize %x scale %s zero_point %z
      : (tensor<4x64xf32>, tensor<4x1xf32>, tensor<1x1xi32>) -> tensor<4x64x!lowbit.affine<8>>
  return
}

// -----

func.func @dequantize_codebook(%q: tensor<4x64x!lowbit.codebook<4>>, %s: tensor<1x1xf32>) {
  // expected-error@+1 {{expected a uniform code type, but got '!lowbit.codebook<4>'}}
  %0 = lowbit.dequantize %q scale %s
      : (tensor<4x64x!lowbit.codebook<4>>, tensor<1x1xf32>) -> tensor<4x64xf32>
  return
}

// -----

func.func @dequantize_to_other_shape(%q: tensor<4x64x!lowbit.affine<8>>, %s: tensor<1x1xf32>) {
  // expected-error@+1 {{expected shape 4x64, but got 'tensor<64x4xf32>'}}
  %0 = lowbit.dequantize %q scale %s
      : (tensor<4x64x!lowbit.affine<8>>, tensor<1x1xf32>) -> tensor<64x4xf32>
  return
}

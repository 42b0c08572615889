// RUN: lowbit-opt %s --split-input-file --verify-diagnostics

// Diagnostics of pack, unpack and pack_activations.

//===----------------------------------------------------------------------===//
// pack, unpack
//===----------------------------------------------------------------------===//

func.func @pack_wide_codes(%w: tensor<16x64x!lowbit.affine<4>>) {
  // expected-error@+1 {{expected a matrix of codes that fit the layout, but got 'tensor<16x64x!lowbit.affine<4>>'}}
  %0 = lowbit.pack <field_bits = 2, code_offset = 2> %w
      : (tensor<16x64x!lowbit.affine<4>>) -> tensor<1x1088xi8>
  return
}

// -----

func.func @pack_negative_field(%w: tensor<16x64x!lowbit.affine<4>>) {
  // expected-error@+1 {{expected a matrix of codes that fit the layout, but got 'tensor<16x64x!lowbit.affine<4>>'}}
  %0 = lowbit.pack <field_bits = 4> %w
      : (tensor<16x64x!lowbit.affine<4>>) -> tensor<1x1088xi8>
  return
}

// -----

func.func @pack_zero_as_sign(%w: tensor<16x64x!lowbit.ternary>) {
  // expected-error@+1 {{expected a matrix of codes that fit the layout, but got 'tensor<16x64x!lowbit.ternary>'}}
  %0 = lowbit.pack <field_bits = 1, code_offset = 1, code_step = 2> %w
      : (tensor<16x64x!lowbit.ternary>) -> tensor<1x1088xi8>
  return
}

// -----

func.func @pack_four_codes_in_base_3(%w: tensor<16x4x!lowbit.affine<2>>) {
  // expected-error@+1 {{expected a matrix of codes that fit the layout, but got 'tensor<16x4x!lowbit.affine<2>>'}}
  %0 = lowbit.pack <field_bits = 2, code_offset = 2, radix = 3> %w
      : (tensor<16x4x!lowbit.affine<2>>) -> tensor<1x64xi8>
  return
}

// -----

func.func @pack_planes_in_one_vector(%w: tensor<16x4x!lowbit.affine<3>>) {
  // expected-error@+1 {{expected packed weights of shape 1x192, but got 'tensor<1x64xi8>'}}
  %0 = lowbit.pack <field_bits = 3, code_offset = 4> %w
      : (tensor<16x4x!lowbit.affine<3>>) -> tensor<1x64xi8>
  return
}

// -----

func.func @pack_vector(%w: tensor<64x!lowbit.affine<4>>) {
  // expected-error@+1 {{expected a matrix of codes that fit the layout, but got 'tensor<64x!lowbit.affine<4>>'}}
  %0 = lowbit.pack <field_bits = 4, code_offset = 8> %w
      : (tensor<64x!lowbit.affine<4>>) -> tensor<1x1088xi8>
  return
}

// -----

func.func @pack_without_scale(%w: tensor<16x64x!lowbit.affine<4>>) {
  // expected-error@+1 {{expected the scale of the layout, but got 'none'}}
  %0 = lowbit.pack <field_bits = 4, code_offset = 8, scale = f32> %w
      : (tensor<16x64x!lowbit.affine<4>>) -> tensor<1x1088xi8>
  return
}

// -----

func.func @pack_scale_type(%w: tensor<16x64x!lowbit.affine<4>>, %s: tensor<16x1xf32>) {
  // expected-error@+1 {{expected the scale of the layout, but got 'tensor<16x1xf32>'}}
  %0 = lowbit.pack <field_bits = 4, code_offset = 8, scale = f16> %w scale %s
      : (tensor<16x64x!lowbit.affine<4>>, tensor<16x1xf32>) -> tensor<1x1088xi8>
  return
}

// -----

func.func @pack_terms(%w: tensor<16x64x!lowbit.affine<4>>, %t0: tensor<16x1xi32>) {
  // expected-error@+1 {{expected 2 terms, but got 1}}
  %0 = lowbit.pack <field_bits = 4, code_offset = 8, terms = 2> %w terms(%t0)
      : (tensor<16x64x!lowbit.affine<4>>, tensor<16x1xi32>) -> tensor<1x1088xi8>
  return
}

// -----

func.func @pack_offset(%w: tensor<16x64x!lowbit.affine<4>>, %o: tensor<16x1xf32>) {
  // expected-error@+1 {{expected an offset exactly if the layout has one}}
  %0 = lowbit.pack <field_bits = 4, code_offset = 8> %w offset %o
      : (tensor<16x64x!lowbit.affine<4>>, tensor<16x1xf32>) -> tensor<1x1088xi8>
  return
}

// -----

func.func @pack_scale_granularity(%w: tensor<16x64x!lowbit.affine<4>>, %s: tensor<8x1xf32>) {
  // expected-error@+1 {{expected scale extent 1 or 16 in dimension 0 without block_sizes, but got 8}}
  %0 = lowbit.pack <field_bits = 4, code_offset = 8, scale = f32> %w scale %s
      : (tensor<16x64x!lowbit.affine<4>>, tensor<8x1xf32>) -> tensor<1x1088xi8>
  return
}

// -----

func.func @pack_scale_per_code(%w: tensor<16x64x!lowbit.affine<4>>, %s: tensor<16x64xf32>) {
  // expected-error@+1 {{expected one scale along K, as the layout has no blocks, but got 64}}
  %0 = lowbit.pack <field_bits = 4, code_offset = 8, scale = f32> %w scale %s
      : (tensor<16x64x!lowbit.affine<4>>, tensor<16x64xf32>) -> tensor<1x1088xi8>
  return
}

// -----

func.func @pack_scale_blocks(%w: tensor<16x64x!lowbit.affine<4>>, %s: tensor<16x2xf32>) {
  // expected-error@+1 {{expected scale blocks of 16 along K, but got 32}}
  %0 = lowbit.pack <field_bits = 4, code_offset = 8, block = 16, scale = f32> %w scale %s {block_sizes = array<i64: 0, 32>}
      : (tensor<16x64x!lowbit.affine<4>>, tensor<16x2xf32>) -> tensor<1x1088xi8>
  return
}

// -----

func.func @pack_term_blocks(%w: tensor<16x64x!lowbit.affine<4>>, %t0: tensor<16x64xi32>) {
  // expected-error@+1 {{expected term of shape 16x2 or with extents of 1, but got 'tensor<16x64xi32>'}}
  %0 = lowbit.pack <field_bits = 4, code_offset = 8, block = 32, terms = 1> %w terms(%t0)
      : (tensor<16x64x!lowbit.affine<4>>, tensor<16x64xi32>) -> tensor<1x1088xi8>
  return
}

// -----

func.func @pack_offset_granularity(
    %w: tensor<16x64x!lowbit.affine<4>>, %s: tensor<16x2xf32>, %o: tensor<16xf32>) {
  // expected-error@+1 {{expected offset of shape 16x2 or with extents of 1, but got 'tensor<16xf32>'}}
  %0 = lowbit.pack <field_bits = 4, code_offset = 8, block = 32, scale = f32, offset = true> %w scale %s offset %o {block_sizes = array<i64: 0, 32>}
      : (tensor<16x64x!lowbit.affine<4>>, tensor<16x2xf32>, tensor<16xf32>) -> tensor<1x1088xi8>
  return
}

// -----

func.func @pack_result(%w: tensor<16x64x!lowbit.affine<4>>) {
  // expected-error@+1 {{expected packed weights of shape 1x1024, but got 'tensor<1x1088xi8>'}}
  %0 = lowbit.pack <field_bits = 4, code_offset = 8> %w
      : (tensor<16x64x!lowbit.affine<4>>) -> tensor<1x1088xi8>
  return
}

// -----

func.func @pack_scale_zero(%w: tensor<16x64x!lowbit.affine<4>>) {
  %s = arith.constant dense<0.0> : tensor<1x1xf32>
  // expected-error@+1 {{expected positive, normal scales, but got 0.0}}
  %0 = lowbit.pack <field_bits = 4, code_offset = 8, scale = f32> %w scale %s
      : (tensor<16x64x!lowbit.affine<4>>, tensor<1x1xf32>) -> tensor<1x1152xi8>
  return
}

// -----

func.func @unpack_wide_codes(%p: tensor<1x1024xi8>) {
  // expected-error@+1 {{expected a matrix of codes that fit the layout, but got 'tensor<4x64x!lowbit.affine<8>>'}}
  %0 = lowbit.unpack <field_bits = 4, code_offset = 8> %p [] : tensor<1x1024xi8> -> tensor<4x64x!lowbit.affine<8>>
  return
}

// -----

func.func @unpack_sizes(%p: tensor<1x1024xi8>) {
  // expected-error@+1 {{expected 1 dynamic sizes, but got 0}}
  %0 = lowbit.unpack <field_bits = 4, code_offset = 8> %p []
      : tensor<1x1024xi8> -> tensor<?x64x!lowbit.affine<4>>
  return
}

// -----

func.func @unpack_panels(%p: tensor<2x1024xi8>) {
  // expected-error@+1 {{expected packed weights of shape 1x1024, but got 'tensor<2x1024xi8>'}}
  %0 = lowbit.unpack <field_bits = 4, code_offset = 8> %p []
      : tensor<2x1024xi8> -> tensor<16x64x!lowbit.affine<4>>
  return
}

// -----

//===----------------------------------------------------------------------===//
// pack_activations
//===----------------------------------------------------------------------===//

func.func @activations_of_vector(
    %x: tensor<70xf32>, %s: tensor<4x1xf32>, %c: tensor<4x72xi8>, %r: tensor<4x1xi32>) {
  // expected-error@+1 {{expected a matrix, but got 'tensor<70xf32>'}}
  %0:2 = lowbit.pack_activations %x scale %s into %c, %r as !lowbit.affine<8>
      : (tensor<70xf32>, tensor<4x1xf32>, tensor<4x72xi8>, tensor<4x1xi32>)
      -> (tensor<4x72xi8>, tensor<4x1xi32>)
  return
}

// -----

func.func @unsigned_byte_activations(
    %x: tensor<4x70xf32>, %s: tensor<4x1xf32>, %c: tensor<4x72xi8>, %r: tensor<4x1xi32>) {
  // expected-error@+1 {{expected codes that fit in a signed byte, but got '!lowbit.affine<8, unsigned>'}}
  %0:2 = lowbit.pack_activations %x scale %s into %c, %r as !lowbit.affine<8, unsigned>
      : (tensor<4x70xf32>, tensor<4x1xf32>, tensor<4x72xi8>, tensor<4x1xi32>)
      -> (tensor<4x72xi8>, tensor<4x1xi32>)
  return
}

// -----

func.func @activations_of_i32(
    %x: tensor<4x70xi32>, %s: tensor<4x1xf32>, %c: tensor<4x72xi8>, %r: tensor<4x1xi32>) {
  // expected-error@+1 {{expected a source of f32 or i8, but got 'tensor<4x70xi32>'}}
  %0:2 = lowbit.pack_activations %x scale %s into %c, %r as !lowbit.affine<8>
      : (tensor<4x70xi32>, tensor<4x1xf32>, tensor<4x72xi8>, tensor<4x1xi32>)
      -> (tensor<4x72xi8>, tensor<4x1xi32>)
  return
}

// -----

func.func @activations_without_scale(
    %x: tensor<4x70xf32>, %c: tensor<4x72xi8>, %r: tensor<4x1xi32>) {
  // expected-error@+1 {{expected a scale exactly if the source is f32}}
  %0:2 = lowbit.pack_activations %x into %c, %r as !lowbit.affine<8>
      : (tensor<4x70xf32>, tensor<4x72xi8>, tensor<4x1xi32>)
      -> (tensor<4x72xi8>, tensor<4x1xi32>)
  return
}

// -----

func.func @zero_point_without_scale(
    %x: tensor<4x70xi8>, %z: tensor<4x1xi32>, %c: tensor<4x72xi8>, %r: tensor<4x1xi32>) {
  // expected-error@+1 {{expected no zero point without a scale}}
  %0:2 = lowbit.pack_activations %x zero_point %z into %c, %r as !lowbit.affine<8>
      : (tensor<4x70xi8>, tensor<4x1xi32>, tensor<4x72xi8>, tensor<4x1xi32>)
      -> (tensor<4x72xi8>, tensor<4x1xi32>)
  return
}

// -----

func.func @activation_scale_of_i32(
    %x: tensor<4x70xf32>, %s: tensor<4x1xi32>, %c: tensor<4x72xi8>, %r: tensor<4x1xi32>) {
  // expected-error@+1 {{expected scale of 'f32', but got 'tensor<4x1xi32>'}}
  %0:2 = lowbit.pack_activations %x scale %s into %c, %r as !lowbit.affine<8>
      : (tensor<4x70xf32>, tensor<4x1xi32>, tensor<4x72xi8>, tensor<4x1xi32>)
      -> (tensor<4x72xi8>, tensor<4x1xi32>)
  return
}

// -----

func.func @activation_scale_shape(
    %x: tensor<4x70xf32>, %s: tensor<4x70xf32>, %c: tensor<4x72xi8>, %r: tensor<4x1xi32>) {
  // expected-error@+1 {{expected scale of shape 4x1 or with extents of 1, but got 'tensor<4x70xf32>'}}
  %0:2 = lowbit.pack_activations %x scale %s into %c, %r as !lowbit.affine<8>
      : (tensor<4x70xf32>, tensor<4x70xf32>, tensor<4x72xi8>, tensor<4x1xi32>)
      -> (tensor<4x72xi8>, tensor<4x1xi32>)
  return
}

// -----

func.func @activation_zero_point_of_f32(
    %x: tensor<4x70xf32>, %s: tensor<4x1xf32>, %z: tensor<4x1xf32>, %c: tensor<4x72xi8>, %r: tensor<4x1xi32>) {
  // expected-error@+1 {{expected zero point of 'i32', but got 'tensor<4x1xf32>'}}
  %0:2 = lowbit.pack_activations %x scale %s zero_point %z into %c, %r as !lowbit.affine<8>
      : (tensor<4x70xf32>, tensor<4x1xf32>, tensor<4x1xf32>, tensor<4x72xi8>, tensor<4x1xi32>)
      -> (tensor<4x72xi8>, tensor<4x1xi32>)
  return
}

// -----

func.func @activations_padding(
    %x: tensor<4x70xf32>, %s: tensor<4x1xf32>, %c: tensor<4x70xi8>, %r: tensor<4x1xi32>) {
  // expected-error@+1 {{expected packed codes of shape 4x72, but got 'tensor<4x70xi8>'}}
  %0:2 = lowbit.pack_activations %x scale %s into %c, %r as !lowbit.affine<8>
      : (tensor<4x70xf32>, tensor<4x1xf32>, tensor<4x70xi8>, tensor<4x1xi32>)
      -> (tensor<4x70xi8>, tensor<4x1xi32>)
  return
}

// -----

func.func @activations_padding_of_blocks(
    %x: tensor<4x70xf32>, %s: tensor<4x1xf32>, %c: tensor<4x72xi8>, %r: tensor<4x3xi32>) {
  // expected-error@+1 {{expected packed codes of shape 4x76, but got 'tensor<4x72xi8>'}}
  %0:2 = lowbit.pack_activations %x scale %s into %c, %r as !lowbit.affine<8> {block = 33}
      : (tensor<4x70xf32>, tensor<4x1xf32>, tensor<4x72xi8>, tensor<4x3xi32>)
      -> (tensor<4x72xi8>, tensor<4x3xi32>)
  return
}

// -----

func.func @activations_of_i32_codes(
    %x: tensor<4x70xf32>, %s: tensor<4x1xf32>, %c: tensor<4x72xi32>, %r: tensor<4x1xi32>) {
  // expected-error@+1 {{expected packed codes of 'i8', but got 'tensor<4x72xi32>'}}
  %0:2 = lowbit.pack_activations %x scale %s into %c, %r as !lowbit.affine<8>
      : (tensor<4x70xf32>, tensor<4x1xf32>, tensor<4x72xi32>, tensor<4x1xi32>)
      -> (tensor<4x72xi32>, tensor<4x1xi32>)
  return
}

// -----

func.func @activations_row_sums(
    %x: tensor<4x70xf32>, %s: tensor<4x1xf32>, %c: tensor<4x72xi8>, %r: tensor<4x1xi32>) {
  // expected-error@+1 {{expected row sums of shape 4x3, but got 'tensor<4x1xi32>'}}
  %0:2 = lowbit.pack_activations %x scale %s into %c, %r as !lowbit.affine<8> {block = 32}
      : (tensor<4x70xf32>, tensor<4x1xf32>, tensor<4x72xi8>, tensor<4x1xi32>)
      -> (tensor<4x72xi8>, tensor<4x1xi32>)
  return
}

// -----

func.func @activations_negative_block(
    %x: tensor<4x70xf32>, %s: tensor<4x1xf32>, %c: tensor<4x72xi8>, %r: tensor<4x1xi32>) {
  // expected-error@+1 {{expected a block of at least 0, but got -1}}
  %0:2 = lowbit.pack_activations %x scale %s into %c, %r as !lowbit.affine<8> {block = -1}
      : (tensor<4x70xf32>, tensor<4x1xf32>, tensor<4x72xi8>, tensor<4x1xi32>)
      -> (tensor<4x72xi8>, tensor<4x1xi32>)
  return
}

// -----

func.func @codes_with_scale(
    %x: tensor<4x70xi8>, %s: tensor<4x1xf32>, %c: tensor<4x72xi8>, %r: tensor<4x1xi32>) {
  // expected-error@+1 {{expected a scale exactly if the source is f32}}
  %0:2 = lowbit.pack_activations %x scale %s into %c, %r as !lowbit.affine<8>
      : (tensor<4x70xi8>, tensor<4x1xf32>, tensor<4x72xi8>, tensor<4x1xi32>)
      -> (tensor<4x72xi8>, tensor<4x1xi32>)
  return
}

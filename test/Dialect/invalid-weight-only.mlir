// RUN: lowbit-opt %s --split-input-file --verify-diagnostics

// Diagnostics of weight_only_matmul and packed_weight_only_matmul.

//===----------------------------------------------------------------------===//
// weight_only_matmul
//===----------------------------------------------------------------------===//

func.func @vector(%x: tensor<64xf32>, %w: tensor<16x64x!lowbit.affine<4>>, %s: tensor<16x1xf32>) {
  // expected-error@+1 {{expected matrices, but got 'tensor<64xf32>' and 'tensor<16x64x!lowbit.affine<4>>'}}
  %0 = lowbit.weight_only_matmul %x, %w scale %s
      : (tensor<64xf32>, tensor<16x64x!lowbit.affine<4>>, tensor<16x1xf32>) -> tensor<4x16xf32>
  return
}

// -----

func.func @half_precision(%x: tensor<4x64xf16>, %w: tensor<16x64x!lowbit.affine<4>>, %s: tensor<16x1xf32>) {
  // expected-error@+1 {{operand #0 must be ranked tensor of 32-bit float or bfloat16 type values, but got 'tensor<4x64xf16>'}}
  %0 = lowbit.weight_only_matmul %x, %w scale %s
      : (tensor<4x64xf16>, tensor<16x64x!lowbit.affine<4>>, tensor<16x1xf32>) -> tensor<4x16xf32>
  return
}

// -----

func.func @depth(%x: tensor<4x63xf32>, %w: tensor<16x64x!lowbit.affine<4>>, %s: tensor<16x1xf32>) {
  // expected-error@+1 {{expected equal K, but got 'tensor<4x63xf32>' and 'tensor<16x64x!lowbit.affine<4>>'}}
  %0 = lowbit.weight_only_matmul %x, %w scale %s
      : (tensor<4x63xf32>, tensor<16x64x!lowbit.affine<4>>, tensor<16x1xf32>) -> tensor<4x16xf32>
  return
}

// -----

func.func @result(%x: tensor<4x64xf32>, %w: tensor<16x64x!lowbit.affine<4>>, %s: tensor<16x1xf32>) {
  // expected-error@+1 {{expected a result of shape 4x16, but got 'tensor<16x4xf32>'}}
  %0 = lowbit.weight_only_matmul %x, %w scale %s
      : (tensor<4x64xf32>, tensor<16x64x!lowbit.affine<4>>, tensor<16x1xf32>) -> tensor<16x4xf32>
  return
}

// -----

func.func @wide_codes(%x: tensor<4x64xf32>, %w: tensor<16x64x!lowbit.affine<9>>, %s: tensor<16x1xf32>) {
  // expected-error@+1 {{expected uniform codes of at most 8 bits, but got '!lowbit.affine<9>'}}
  %0 = lowbit.weight_only_matmul %x, %w scale %s
      : (tensor<4x64xf32>, tensor<16x64x!lowbit.affine<9>>, tensor<16x1xf32>) -> tensor<4x16xf32>
  return
}

// -----

func.func @codebook_without_lookup(%x: tensor<4x64xf32>, %w: tensor<16x64x!lowbit.codebook<2>>, %s: tensor<16x1xf32>) {
  // expected-error@+1 {{expected uniform codes of at most 8 bits, but got '!lowbit.codebook<2>'}}
  %0 = lowbit.weight_only_matmul %x, %w scale %s
      : (tensor<4x64xf32>, tensor<16x64x!lowbit.codebook<2>>, tensor<16x1xf32>) -> tensor<4x16xf32>
  return
}

// -----

func.func @short_last_block(%x: tensor<4x70xf32>, %w: tensor<16x70x!lowbit.affine<4>>, %s: tensor<16x2xf32>) {
  // expected-error@+1 {{expected scale extent 3 in dimension 1, but got 2}}
  %0 = lowbit.weight_only_matmul %x, %w scale %s {block_sizes = array<i64: 0, 32>}
      : (tensor<4x70xf32>, tensor<16x70x!lowbit.affine<4>>, tensor<16x2xf32>) -> tensor<4x16xf32>
  return
}

// -----

func.func @without_block_sizes(%x: tensor<4x64xf32>, %w: tensor<16x64x!lowbit.affine<4>>, %s: tensor<16x64xf32>) {
  // expected-error@+1 {{expected block_sizes for a scale of type 'tensor<16x64xf32>'}}
  %0 = lowbit.weight_only_matmul %x, %w scale %s
      : (tensor<4x64xf32>, tensor<16x64x!lowbit.affine<4>>, tensor<16x64xf32>) -> tensor<4x16xf32>
  return
}

// -----

func.func @constant_scale(%x: tensor<4x64xf32>, %w: tensor<16x64x!lowbit.affine<4>>) {
  %s = arith.constant dense<-1.0> : tensor<1x1xf32>
  // expected-error@+1 {{expected positive, normal scales, but got -1}}
  %0 = lowbit.weight_only_matmul %x, %w scale %s
      : (tensor<4x64xf32>, tensor<16x64x!lowbit.affine<4>>, tensor<1x1xf32>) -> tensor<4x16xf32>
  return
}

// -----

func.func @zero_point_shape(%x: tensor<4x64xf32>, %w: tensor<16x64x!lowbit.affine<4>>, %s: tensor<16x1xf32>, %z: tensor<1x1xi32>) {
  // expected-error@+1 {{expected zero point of shape 16x1, but got 'tensor<1x1xi32>'}}
  %0 = lowbit.weight_only_matmul %x, %w scale %s zero_point %z
      : (tensor<4x64xf32>, tensor<16x64x!lowbit.affine<4>>, tensor<16x1xf32>, tensor<1x1xi32>) -> tensor<4x16xf32>
  return
}

// -----

func.func @zero_point_of_ternary(%x: tensor<4x64xf32>, %w: tensor<16x64x!lowbit.ternary>, %s: tensor<1x1xf32>, %z: tensor<1x1xi32>) {
  // expected-error@+1 {{expected no zero point on '!lowbit.ternary'}}
  %0 = lowbit.weight_only_matmul %x, %w scale %s zero_point %z
      : (tensor<4x64xf32>, tensor<16x64x!lowbit.ternary>, tensor<1x1xf32>, tensor<1x1xi32>) -> tensor<4x16xf32>
  return
}

// -----

//===----------------------------------------------------------------------===//
// packed_weight_only_matmul
//===----------------------------------------------------------------------===//

func.func @packed_vector(%x: tensor<70xf32>, %w: tensor<1x1344xi8>, %init: tensor<4x16xf32>) {
  // expected-error@+1 {{expected matrices, but got 'tensor<70xf32>'}}
  %0 = lowbit.packed_weight_only_matmul <field_bits = 4, code_offset = 8, block = 32, scale = f16> %x, %w into %init
      : (tensor<70xf32>, tensor<1x1344xi8>, tensor<4x16xf32>) -> tensor<4x16xf32>
  return
}

// -----

func.func @packed_without_scale(%x: tensor<4x70xf32>, %w: tensor<1x1152xi8>, %init: tensor<4x16xf32>) {
  // expected-error@+1 {{expected a layout with a scale and without terms and bits, but got #lowbit.layout<field_bits = 4, code_offset = 8>}}
  %0 = lowbit.packed_weight_only_matmul <field_bits = 4, code_offset = 8> %x, %w into %init
      : (tensor<4x70xf32>, tensor<1x1152xi8>, tensor<4x16xf32>) -> tensor<4x16xf32>
  return
}

// -----

func.func @packed_with_terms(%x: tensor<4x70xf32>, %w: tensor<1x1152xi8>, %init: tensor<4x16xf32>) {
  // expected-error@+1 {{expected a layout with a scale and without terms and bits, but got #lowbit.layout<field_bits = 4, code_offset = 8, scale = f32, terms = 1>}}
  %0 = lowbit.packed_weight_only_matmul <field_bits = 4, code_offset = 8, scale = f32, terms = 1> %x, %w into %init
      : (tensor<4x70xf32>, tensor<1x1152xi8>, tensor<4x16xf32>) -> tensor<4x16xf32>
  return
}

// -----

func.func @packed_codes(%x: tensor<4x70xi8>, %w: tensor<1x1344xi8>, %init: tensor<4x16xf32>) {
  // expected-error@+1 {{expected activations of 'f32', but got 'tensor<4x70xi8>'}}
  %0 = lowbit.packed_weight_only_matmul <field_bits = 4, code_offset = 8, block = 32, scale = f16> %x, %w into %init
      : (tensor<4x70xi8>, tensor<1x1344xi8>, tensor<4x16xf32>) -> tensor<4x16xf32>
  return
}

// -----

func.func @packed_weight_element(%x: tensor<4x70xf32>, %w: tensor<1x1344xi32>, %init: tensor<4x16xf32>) {
  // expected-error@+1 {{expected packed weights of 'i8', but got 'tensor<1x1344xi32>'}}
  %0 = lowbit.packed_weight_only_matmul <field_bits = 4, code_offset = 8, block = 32, scale = f16> %x, %w into %init
      : (tensor<4x70xf32>, tensor<1x1344xi32>, tensor<4x16xf32>) -> tensor<4x16xf32>
  return
}

// -----

func.func @packed_weight_bytes(%x: tensor<4x70xf32>, %w: tensor<1x1152xi8>, %init: tensor<4x16xf32>) {
  // expected-error@+1 {{expected packed weights of shape 1x1344, but got 'tensor<1x1152xi8>'}}
  %0 = lowbit.packed_weight_only_matmul <field_bits = 4, code_offset = 8, block = 32, scale = f16> %x, %w into %init
      : (tensor<4x70xf32>, tensor<1x1152xi8>, tensor<4x16xf32>) -> tensor<4x16xf32>
  return
}

// -----

func.func @packed_panels(%x: tensor<4x70xf32>, %w: tensor<1x1344xi8>, %init: tensor<4x33xf32>) {
  // expected-error@+1 {{expected packed weights of shape 2x1344, but got 'tensor<1x1344xi8>'}}
  %0 = lowbit.packed_weight_only_matmul <field_bits = 4, code_offset = 8, block = 32, scale = f16> %x, %w into %init
      : (tensor<4x70xf32>, tensor<1x1344xi8>, tensor<4x33xf32>) -> tensor<4x33xf32>
  return
}

// -----

func.func @packed_init(%x: tensor<4x70xf32>, %w: tensor<1x1344xi8>, %init: tensor<5x16xf32>) {
  // expected-error@+1 {{expected init of shape 4x16, but got 'tensor<5x16xf32>'}}
  %0 = lowbit.packed_weight_only_matmul <field_bits = 4, code_offset = 8, block = 32, scale = f16> %x, %w into %init
      : (tensor<4x70xf32>, tensor<1x1344xi8>, tensor<5x16xf32>) -> tensor<5x16xf32>
  return
}

// -----

func.func @packed_integers(%x: tensor<4x70xf32>, %w: tensor<1x1344xi8>, %init: tensor<4x16xi32>) {
  // expected-error@+1 {{expected init of 'f32', but got 'tensor<4x16xi32>'}}
  %0 = lowbit.packed_weight_only_matmul <field_bits = 4, code_offset = 8, block = 32, scale = f16> %x, %w into %init
      : (tensor<4x70xf32>, tensor<1x1344xi8>, tensor<4x16xi32>) -> tensor<4x16xi32>
  return
}

// RUN: lowbit-opt %s --split-input-file --verify-diagnostics

func.func @codes_in_base3(%w: tensor<16x4xi8>, %p: tensor<1x64xi8>) {
  // expected-error@+1 {{expected a layout of base 2, but got #lowbit.layout<field_bits = 2, code_offset = 1, radix = 3>}}
  %0 = lowbit.pack_codes <field_bits = 2, code_offset = 1, radix = 3> %w into %p : (tensor<16x4xi8>, tensor<1x64xi8>) -> tensor<1x64xi8>
  return
}

// -----

func.func @codes_rank(%w: tensor<64xi8>, %p: tensor<1x64xi8>) {
  // expected-error@+1 {{expected a matrix, but got 'tensor<64xi8>'}}
  %0 = lowbit.pack_codes <field_bits = 8> %w into %p : (tensor<64xi8>, tensor<1x64xi8>) -> tensor<1x64xi8>
  return
}

// -----

func.func @codes_without_scale(%w: tensor<16x4xi8>, %p: tensor<1x128xi8>) {
  // expected-error@+1 {{expected a scale exactly if the layout has one}}
  %0 = lowbit.pack_codes <field_bits = 8, scale = f32> %w into %p : (tensor<16x4xi8>, tensor<1x128xi8>) -> tensor<1x128xi8>
  return
}

// -----

func.func @codes_without_offset(%w: tensor<16x4xi8>, %s: tensor<16x1xf16>, %p: tensor<1x192xi8>) {
  // expected-error@+1 {{expected an offset exactly if the layout has one}}
  %0 = lowbit.pack_codes <field_bits = 8, scale = f16, offset = true> %w scale %s into %p : (tensor<16x4xi8>, tensor<16x1xf16>, tensor<1x192xi8>) -> tensor<1x192xi8>
  return
}

// -----

func.func @codes_scale_of_blocks(%w: tensor<16x8xi8>, %s: tensor<16x3xf32>, %p: tensor<1x256xi8>) {
  // expected-error@+1 {{expected scale of shape 16x2 or with extents of 1, but got 'tensor<16x3xf32>'}}
  %0 = lowbit.pack_codes <field_bits = 8, block = 4, scale = f32> %w scale %s into %p : (tensor<16x8xi8>, tensor<16x3xf32>, tensor<1x256xi8>) -> tensor<1x256xi8>
  return
}

// -----

func.func @codes_scale_type(%w: tensor<16x4xi8>, %s: tensor<16x1xf32>, %p: tensor<1x128xi8>) {
  // expected-error@+1 {{expected scale of 'f16', but got 'tensor<16x1xf32>'}}
  %0 = lowbit.pack_codes <field_bits = 8, scale = f16> %w scale %s into %p : (tensor<16x4xi8>, tensor<16x1xf32>, tensor<1x128xi8>) -> tensor<1x128xi8>
  return
}

// -----

func.func @codes_terms(%w: tensor<16x4xi8>, %t: tensor<16x1xi32>, %p: tensor<1x64xi8>) {
  // expected-error@+1 {{expected 0 terms, but got 1}}
  %0 = lowbit.pack_codes <field_bits = 8> %w terms(%t) into %p : (tensor<16x4xi8>, tensor<16x1xi32>, tensor<1x64xi8>) -> tensor<1x64xi8>
  return
}

// -----

func.func @codes_scale_shape(%w: tensor<16x4xi8>, %s: tensor<8x1xf32>, %p: tensor<1x128xi8>) {
  // expected-error@+1 {{expected scale of shape 16x1 or with extents of 1, but got 'tensor<8x1xf32>'}}
  %0 = lowbit.pack_codes <field_bits = 8, scale = f32> %w scale %s into %p : (tensor<16x4xi8>, tensor<8x1xf32>, tensor<1x128xi8>) -> tensor<1x128xi8>
  return
}

// -----

func.func @codes_type(%w: tensor<16x4xi32>, %p: tensor<1x64xi8>) {
  // expected-error@+1 {{expected codes of 'i8', but got 'tensor<16x4xi32>'}}
  %0 = lowbit.pack_codes <field_bits = 8> %w into %p : (tensor<16x4xi32>, tensor<1x64xi8>) -> tensor<1x64xi8>
  return
}

// -----

func.func @codes_panels(%w: tensor<17x4xi8>, %p: tensor<1x64xi8>) {
  // expected-error@+1 {{expected packed weights of shape 2x64, but got 'tensor<1x64xi8>'}}
  %0 = lowbit.pack_codes <field_bits = 8> %w into %p : (tensor<17x4xi8>, tensor<1x64xi8>) -> tensor<1x64xi8>
  return
}

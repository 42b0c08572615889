// RUN: lowbit-opt %s --split-input-file --verify-diagnostics

// Diagnostics of pack_floats and packed_float_matmul.

func.func @half_precision(%w: tensor<16x4xf16>, %p: tensor<1x64xf16>) {
  // expected-error@+1 {{operand #0 must be ranked tensor of bfloat16 type or 32-bit float values or memref of bfloat16 type or 32-bit float values, but got 'tensor<16x4xf16>'}}
  %0 = lowbit.pack_floats %w into %p : (tensor<16x4xf16>, tensor<1x64xf16>) -> tensor<1x64xf16>
  return
}

// -----

func.func @source_rank(%w: tensor<2x16x4xf32>, %p: tensor<1x64xf32>) {
  // expected-error@+1 {{expected source to be a matrix of f32 or bf16, but got 'tensor<2x16x4xf32>'}}
  %0 = lowbit.pack_floats %w into %p : (tensor<2x16x4xf32>, tensor<1x64xf32>) -> tensor<1x64xf32>
  return
}

// -----

func.func @other_elements(%w: tensor<16x4xf32>, %p: tensor<1x64xbf16>) {
  // expected-error@+1 {{expected init to be a matrix of 'f32', but got 'tensor<1x64xbf16>'}}
  %0 = lowbit.pack_floats %w into %p : (tensor<16x4xf32>, tensor<1x64xbf16>) -> tensor<1x64xbf16>
  return
}

// -----

func.func @panels(%w: tensor<17x4xf32>, %p: tensor<1x64xf32>) {
  // expected-error@+1 {{expected panels of shape 2x64, but got 'tensor<1x64xf32>'}}
  %0 = lowbit.pack_floats %w into %p : (tensor<17x4xf32>, tensor<1x64xf32>) -> tensor<1x64xf32>
  return
}

// -----

func.func @transposed_panels(%w: tensor<17x4xf32>, %p: tensor<2x64xf32>) {
  // expected-error@+1 {{expected panels of shape 1x272, but got 'tensor<2x64xf32>'}}
  %0 = lowbit.pack_floats %w into %p {transposed} : (tensor<17x4xf32>, tensor<2x64xf32>) -> tensor<2x64xf32>
  return
}

// -----

func.func @activations(%x: tensor<3x4x1xbf16>, %w: tensor<1x64xbf16>, %y: tensor<3x5xf32>) {
  // expected-error@+1 {{expected activations to be a matrix of f32 or bf16, but got 'tensor<3x4x1xbf16>'}}
  %0 = lowbit.packed_float_matmul %x, %w into %y : (tensor<3x4x1xbf16>, tensor<1x64xbf16>, tensor<3x5xf32>) -> tensor<3x5xf32>
  return
}

// -----

func.func @weights_rank(%x: tensor<3x4xf32>, %w: tensor<1x4x16xf32>, %y: tensor<3x5xf32>) {
  // expected-error@+1 {{expected weights to be a matrix of f32 or bf16, but got 'tensor<1x4x16xf32>'}}
  %0 = lowbit.packed_float_matmul %x, %w into %y : (tensor<3x4xf32>, tensor<1x4x16xf32>, tensor<3x5xf32>) -> tensor<3x5xf32>
  return
}

// -----

func.func @init_type(%x: tensor<3x4xf32>, %w: tensor<1x64xf32>, %y: tensor<3x5xbf16>) {
  // expected-error@+1 {{expected init to be a matrix of 'f32', but got 'tensor<3x5xbf16>'}}
  %0 = lowbit.packed_float_matmul %x, %w into %y : (tensor<3x4xf32>, tensor<1x64xf32>, tensor<3x5xbf16>) -> tensor<3x5xbf16>
  return
}

// -----

func.func @weights(%x: tensor<3x4xf32>, %w: tensor<1x64xf32>, %y: tensor<3x17xf32>) {
  // expected-error@+1 {{expected panels of shape 2x64, but got 'tensor<1x64xf32>'}}
  %0 = lowbit.packed_float_matmul %x, %w into %y : (tensor<3x4xf32>, tensor<1x64xf32>, tensor<3x17xf32>) -> tensor<3x17xf32>
  return
}

// -----

func.func @init_rows(%x: tensor<3x4xf32>, %w: tensor<1x64xf32>, %y: tensor<4x5xf32>) {
  // expected-error@+1 {{expected init of shape 3x5, but got 'tensor<4x5xf32>'}}
  %0 = lowbit.packed_float_matmul %x, %w into %y : (tensor<3x4xf32>, tensor<1x64xf32>, tensor<4x5xf32>) -> tensor<4x5xf32>
  return
}

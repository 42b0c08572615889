// RUN: lowbit-opt %s --split-input-file --verify-diagnostics

// Diagnostics of packed_matmul.

//===----------------------------------------------------------------------===//
// packed_matmul
//===----------------------------------------------------------------------===//

func.func @packed_vector(
    %a: tensor<72xi8>, %r: tensor<4x1xi32>, %w: tensor<1x1152xi8>, %init: tensor<4x60xi32>) {
  // expected-error@+1 {{expected matrices, but got 'tensor<72xi8>'}}
  %0 = lowbit.packed_matmul <field_bits = 2, code_offset = 1>
      %a, %r, %w into %init
      : (tensor<72xi8>, tensor<4x1xi32>, tensor<1x1152xi8>, tensor<4x60xi32>) -> tensor<4x60xi32>
  return
}

// -----

func.func @packed_integers_with_scale(
    %a: tensor<4x72xi8>, %r: tensor<4x1xi32>, %w: tensor<1x1152xi8>, %init: tensor<4x60xi32>) {
  // expected-error@+1 {{expected row scale and layout scale exactly if init is f32}}
  %0 = lowbit.packed_matmul <field_bits = 2, code_offset = 1, scale = f32>
      %a, %r, %w into %init
      : (tensor<4x72xi8>, tensor<4x1xi32>, tensor<1x1152xi8>, tensor<4x60xi32>) -> tensor<4x60xi32>
  return
}

// -----

func.func @packed_floats_without_row_scale(
    %a: tensor<4x72xi8>, %r: tensor<4x1xi32>, %w: tensor<1x1152xi8>, %init: tensor<4x60xf32>) {
  // expected-error@+1 {{expected row scale and layout scale exactly if init is f32}}
  %0 = lowbit.packed_matmul <field_bits = 2, code_offset = 1, scale = f32>
      %a, %r, %w into %init
      : (tensor<4x72xi8>, tensor<4x1xi32>, tensor<1x1152xi8>, tensor<4x60xf32>) -> tensor<4x60xf32>
  return
}

// -----

func.func @packed_row_terms(
    %a: tensor<4x72xi8>, %r: tensor<4x1xi32>, %w: tensor<1x1152xi8>, %init: tensor<4x60xi32>) {
  // expected-error@+1 {{expected 1 row terms, but got 0}}
  %0 = lowbit.packed_matmul <field_bits = 2, code_offset = 1, terms = 1>
      %a, %r, %w into %init
      : (tensor<4x72xi8>, tensor<4x1xi32>, tensor<1x1152xi8>, tensor<4x60xi32>) -> tensor<4x60xi32>
  return
}

// -----

func.func @packed_zero_point_of_a_long_block(
    %a: tensor<4x64xi8>, %r: tensor<4x1xi32>, %w: tensor<1x1088xi8>, %s: tensor<4x1xf32>, %z: tensor<4x1xi32>, %init: tensor<4x32xf32>) {
  // expected-error@+1 {{expected an activation zero point only with bytes and blocks of 4, 8, ..., 60 codes, but got #lowbit.layout<field_bits = 4, code_offset = 8, block = 64, scale = f16>}}
  %0 = lowbit.packed_matmul <field_bits = 4, code_offset = 8, block = 64, scale = f16>
      %a, %r, %w row_scale %s activation_zero_point %z into %init
      : (tensor<4x64xi8>, tensor<4x1xi32>, tensor<1x1088xi8>, tensor<4x1xf32>, tensor<4x1xi32>, tensor<4x32xf32>) -> tensor<4x32xf32>
  return
}

// -----

func.func @packed_zero_point_of_part_of_a_line(
    %a: tensor<4x32xi8>, %r: tensor<4x1xi32>, %w: tensor<1x576xi8>, %s: tensor<4x1xf32>, %z: tensor<4x1xi32>, %init: tensor<4x32xf32>) {
  // expected-error@+1 {{expected an activation zero point only with bytes and blocks of 4, 8, ..., 60 codes, but got #lowbit.layout<field_bits = 4, code_offset = 8, block = 30, scale = f16>}}
  %0 = lowbit.packed_matmul <field_bits = 4, code_offset = 8, block = 30, scale = f16>
      %a, %r, %w row_scale %s activation_zero_point %z into %init
      : (tensor<4x32xi8>, tensor<4x1xi32>, tensor<1x576xi8>, tensor<4x1xf32>, tensor<4x1xi32>, tensor<4x32xf32>) -> tensor<4x32xf32>
  return
}

// -----

func.func @packed_zero_point_shape(
    %a: tensor<4x64xi8>, %r: tensor<4x2xi32>, %w: tensor<1x1152xi8>, %s: tensor<4x1xf32>, %z: tensor<4x3xi32>, %init: tensor<4x32xf32>) {
  // expected-error@+1 {{expected activation zero point of shape 4x2 or with extents of 1, but got 'tensor<4x3xi32>'}}
  %0 = lowbit.packed_matmul <field_bits = 4, code_offset = 8, block = 32, scale = f16>
      %a, %r, %w row_scale %s activation_zero_point %z into %init
      : (tensor<4x64xi8>, tensor<4x2xi32>, tensor<1x1152xi8>, tensor<4x1xf32>, tensor<4x3xi32>, tensor<4x32xf32>) -> tensor<4x32xf32>
  return
}

// -----

func.func @packed_offset(
    %a: tensor<4x72xi8>, %r: tensor<4x1xi32>, %w: tensor<1x1152xi8>, %o: tensor<4x1xi32>, %init: tensor<4x60xi32>) {
  // expected-error@+1 {{expected offset rows exactly if the layout has an offset}}
  %0 = lowbit.packed_matmul <field_bits = 2, code_offset = 1>
      %a, %r, %w offset_rows %o into %init
      : (tensor<4x72xi8>, tensor<4x1xi32>, tensor<1x1152xi8>, tensor<4x1xi32>, tensor<4x60xi32>) -> tensor<4x60xi32>
  return
}

// -----

func.func @packed_row_scale_shape(
    %a: tensor<4x72xi8>, %r: tensor<4x1xi32>, %w: tensor<1x1152xi8>, %s: tensor<4x72xf32>, %init: tensor<4x60xf32>) {
  // expected-error@+1 {{expected row scale of shape 4x1 or with extents of 1, but got 'tensor<4x72xf32>'}}
  %0 = lowbit.packed_matmul <field_bits = 2, code_offset = 1, scale = f32>
      %a, %r, %w row_scale %s into %init
      : (tensor<4x72xi8>, tensor<4x1xi32>, tensor<1x1152xi8>, tensor<4x72xf32>, tensor<4x60xf32>) -> tensor<4x60xf32>
  return
}

// -----

func.func @packed_row_scale_of_i32(
    %a: tensor<4x72xi8>, %r: tensor<4x1xi32>, %w: tensor<1x1152xi8>, %s: tensor<4x1xi32>, %init: tensor<4x60xf32>) {
  // expected-error@+1 {{expected row scale of 'f32', but got 'tensor<4x1xi32>'}}
  %0 = lowbit.packed_matmul <field_bits = 2, code_offset = 1, scale = f32>
      %a, %r, %w row_scale %s into %init
      : (tensor<4x72xi8>, tensor<4x1xi32>, tensor<1x1152xi8>, tensor<4x1xi32>, tensor<4x60xf32>) -> tensor<4x60xf32>
  return
}

// -----

func.func @packed_row_term_of_f32(
    %a: tensor<4x72xi8>, %r: tensor<4x1xi32>, %w: tensor<1x1152xi8>, %t0: tensor<4x1xf32>, %init: tensor<4x60xi32>) {
  // expected-error@+1 {{expected row term of 'i32', but got 'tensor<4x1xf32>'}}
  %0 = lowbit.packed_matmul <field_bits = 2, terms = 1>
      %a, %r, %w row_terms(%t0) into %init
      : (tensor<4x72xi8>, tensor<4x1xi32>, tensor<1x1152xi8>, tensor<4x1xf32>, tensor<4x60xi32>) -> tensor<4x60xi32>
  return
}

// -----

func.func @packed_offset_rows_shape(
    %a: tensor<4x72xi8>, %r: tensor<4x1xi32>, %w: tensor<1x1152xi8>, %s: tensor<4x1xf32>, %o: tensor<4x2xi32>, %init: tensor<4x60xf32>) {
  // expected-error@+1 {{expected offset rows of shape 4x1 or with extents of 1, but got 'tensor<4x2xi32>'}}
  %0 = lowbit.packed_matmul <field_bits = 2, code_offset = 1, scale = f32, offset = true>
      %a, %r, %w row_scale %s offset_rows %o into %init
      : (tensor<4x72xi8>, tensor<4x1xi32>, tensor<1x1152xi8>, tensor<4x1xf32>, tensor<4x2xi32>, tensor<4x60xf32>) -> tensor<4x60xf32>
  return
}

// -----

func.func @packed_activations_of_i32(
    %a: tensor<4x72xi32>, %r: tensor<4x1xi32>, %w: tensor<1x1152xi8>, %init: tensor<4x60xi32>) {
  // expected-error@+1 {{expected packed activations of 'i8', but got 'tensor<4x72xi32>'}}
  %0 = lowbit.packed_matmul <field_bits = 2, code_offset = 1>
      %a, %r, %w into %init
      : (tensor<4x72xi32>, tensor<4x1xi32>, tensor<1x1152xi8>, tensor<4x60xi32>) -> tensor<4x60xi32>
  return
}

// -----

func.func @packed_activations_without_padding(
    %a: tensor<4x70xi8>, %r: tensor<4x1xi32>, %w: tensor<1x1152xi8>, %init: tensor<4x60xi32>) {
  // expected-error@+1 {{expected packed activations of shape 4x72, but got 'tensor<4x70xi8>'}}
  %0 = lowbit.packed_matmul <field_bits = 2, code_offset = 1>
      %a, %r, %w into %init
      : (tensor<4x70xi8>, tensor<4x1xi32>, tensor<1x1152xi8>, tensor<4x60xi32>) -> tensor<4x60xi32>
  return
}

// -----

func.func @packed_row_sums_shape(
    %a: tensor<4x72xi8>, %r: tensor<4x1xi32>, %w: tensor<1x1152xi8>, %init: tensor<4x60xi32>) {
  // expected-error@+1 {{expected row sums of shape 4x3, but got 'tensor<4x1xi32>'}}
  %0 = lowbit.packed_matmul <field_bits = 2, block = 32>
      %a, %r, %w into %init
      : (tensor<4x72xi8>, tensor<4x1xi32>, tensor<1x1152xi8>, tensor<4x60xi32>) -> tensor<4x60xi32>
  return
}

// -----

func.func @packed_row_sums_of_i8(
    %a: tensor<4x72xi8>, %r: tensor<4x1xi8>, %w: tensor<1x1152xi8>, %init: tensor<4x60xi32>) {
  // expected-error@+1 {{expected row sums of 'i32', but got 'tensor<4x1xi8>'}}
  %0 = lowbit.packed_matmul <field_bits = 2, code_offset = 1>
      %a, %r, %w into %init
      : (tensor<4x72xi8>, tensor<4x1xi8>, tensor<1x1152xi8>, tensor<4x60xi32>) -> tensor<4x60xi32>
  return
}

// -----

func.func @packed_weights_panels(
    %a: tensor<4x72xi8>, %r: tensor<4x1xi32>, %w: tensor<2x1152xi8>, %init: tensor<4x60xi32>) {
  // expected-error@+1 {{expected packed weights of shape 1x1152, but got 'tensor<2x1152xi8>'}}
  %0 = lowbit.packed_matmul <field_bits = 2, code_offset = 1>
      %a, %r, %w into %init
      : (tensor<4x72xi8>, tensor<4x1xi32>, tensor<2x1152xi8>, tensor<4x60xi32>) -> tensor<4x60xi32>
  return
}

// -----

func.func @packed_weights_of_other_layout(
    %a: tensor<4x72xi8>, %r: tensor<4x1xi32>, %w: tensor<1x1408xi8>, %init: tensor<4x60xi32>) {
  // expected-error@+1 {{expected packed weights of shape 1x1152, but got 'tensor<1x1408xi8>'}}
  %0 = lowbit.packed_matmul <field_bits = 2, code_offset = 1>
      %a, %r, %w into %init
      : (tensor<4x72xi8>, tensor<4x1xi32>, tensor<1x1408xi8>, tensor<4x60xi32>) -> tensor<4x60xi32>
  return
}

// -----

func.func @packed_weights_of_i32(
    %a: tensor<4x72xi8>, %r: tensor<4x1xi32>, %w: tensor<1x1152xi32>, %init: tensor<4x60xi32>) {
  // expected-error@+1 {{expected packed weights of 'i8', but got 'tensor<1x1152xi32>'}}
  %0 = lowbit.packed_matmul <field_bits = 2, code_offset = 1>
      %a, %r, %w into %init
      : (tensor<4x72xi8>, tensor<4x1xi32>, tensor<1x1152xi32>, tensor<4x60xi32>) -> tensor<4x60xi32>
  return
}

// -----

func.func @packed_init_rows(
    %a: tensor<4x72xi8>, %r: tensor<4x1xi32>, %w: tensor<1x1152xi8>, %init: tensor<5x60xi32>) {
  // expected-error@+1 {{expected init of shape 4x60, but got 'tensor<5x60xi32>'}}
  %0 = lowbit.packed_matmul <field_bits = 2, code_offset = 1>
      %a, %r, %w into %init
      : (tensor<4x72xi8>, tensor<4x1xi32>, tensor<1x1152xi8>, tensor<5x60xi32>) -> tensor<5x60xi32>
  return
}

// -----

func.func @packed_init_of_i8(
    %a: tensor<4x72xi8>, %r: tensor<4x1xi32>, %w: tensor<1x1152xi8>, %init: tensor<4x60xi8>) {
  // expected-error@+1 {{expected init of 'i32', but got 'tensor<4x60xi8>'}}
  %0 = lowbit.packed_matmul <field_bits = 2, code_offset = 1>
      %a, %r, %w into %init
      : (tensor<4x72xi8>, tensor<4x1xi32>, tensor<1x1152xi8>, tensor<4x60xi8>) -> tensor<4x60xi8>
  return
}

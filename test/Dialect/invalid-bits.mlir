// RUN: lowbit-opt %s --split-input-file --verify-diagnostics

// Diagnostics of layouts and ops of bits.

// expected-error@+1 {{expected mask and sign only with as many field_bits and without offset, step and radix of the codes}}
func.func private @number_of_bits() attributes {l = #lowbit.layout<field_bits = 2, sign = true>}

// -----

// expected-error@+1 {{expected mask and sign only with as many field_bits and without offset, step and radix of the codes}}
func.func private @bits_with_offset() attributes {l = #lowbit.layout<field_bits = 1, code_offset = 1, sign = true>}

// -----

// expected-error@+1 {{expected mask and sign only with as many field_bits and without offset, step and radix of the codes}}
func.func private @bits_with_step() attributes {l = #lowbit.layout<field_bits = 1, code_step = 2, sign = true>}

// -----

// expected-error@+1 {{expected mask and sign only with as many field_bits and without offset, step and radix of the codes}}
func.func private @bits_with_radix() attributes {l = #lowbit.layout<field_bits = 2, radix = 3, mask = true, sign = true>}

// -----

// expected-error@+1 {{expected levels only without mask and sign}}
func.func private @bits_with_levels() attributes {l = #lowbit.layout<field_bits = 1, levels = [0, 1], sign = true>}

// -----

func.func @pack_other_codes(%w: tensor<2x32x!lowbit.ternary>) {
  // expected-error@+1 {{expected a matrix of codes that fit the layout, but got 'tensor<2x32x!lowbit.ternary>'}}
  %0 = lowbit.pack <field_bits = 1, sign = true> %w : (tensor<2x32x!lowbit.ternary>) -> tensor<1x64xi8>
  return
}

// -----

func.func @pack_binary_with_mask(%w: tensor<2x32x!lowbit.binary>) {
  // expected-error@+1 {{expected a matrix of codes that fit the layout, but got 'tensor<2x32x!lowbit.binary>'}}
  %0 = lowbit.pack <field_bits = 2, mask = true, sign = true> %w : (tensor<2x32x!lowbit.binary>) -> tensor<1x128xi8>
  return
}

// -----

func.func @pack_other_bytes(%w: tensor<2x33x!lowbit.binary>) {
  // expected-error@+1 {{packed weights}}
  %0 = lowbit.pack <field_bits = 1, sign = true> %w : (tensor<2x33x!lowbit.binary>) -> tensor<1x64xi8>
  return
}

// -----

func.func @activations_of_more_bits(%x: tensor<2x32xf32>, %s: tensor<1x1xf32>, %c: tensor<2x8xi8>, %r: tensor<2x1xi32>) {
  // expected-error@+1 {{expected bits only of codes -1, 0 and 1, but got '!lowbit.affine<2>'}}
  %0:2 = lowbit.pack_activations %x scale %s into %c, %r as !lowbit.affine<2> {bits}
      : (tensor<2x32xf32>, tensor<1x1xf32>, tensor<2x8xi8>, tensor<2x1xi32>) -> (tensor<2x8xi8>, tensor<2x1xi32>)
  return
}

// -----

func.func @activations_with_zero_point(%x: tensor<2x32xf32>, %s: tensor<1x1xf32>, %z: tensor<1x1xi32>, %c: tensor<2x4xi8>, %r: tensor<2x1xi32>) {
  // expected-error@+1 {{expected no zero point with bits}}
  %0:2 = lowbit.pack_activations %x scale %s zero_point %z into %c, %r as !lowbit.affine<1, unsigned> {bits}
      : (tensor<2x32xf32>, tensor<1x1xf32>, tensor<1x1xi32>, tensor<2x4xi8>, tensor<2x1xi32>) -> (tensor<2x4xi8>, tensor<2x1xi32>)
  return
}

// -----

func.func @threshold_of_bytes(%x: tensor<2x32xf32>, %s: tensor<1x1xf32>, %c: tensor<2x32xi8>, %r: tensor<2x1xi32>) {
  // expected-error@+1 {{expected a threshold only with a scale and bits of three codes}}
  %0:2 = lowbit.pack_activations %x scale %s threshold %s into %c, %r as !lowbit.ternary
      : (tensor<2x32xf32>, tensor<1x1xf32>, tensor<1x1xf32>, tensor<2x32xi8>, tensor<2x1xi32>) -> (tensor<2x32xi8>, tensor<2x1xi32>)
  return
}

// -----

func.func @threshold_of_two_codes(%x: tensor<2x32xf32>, %s: tensor<1x1xf32>, %c: tensor<2x4xi8>, %r: tensor<2x1xi32>) {
  // expected-error@+1 {{expected a threshold only with a scale and bits of three codes}}
  %0:2 = lowbit.pack_activations %x scale %s threshold %s into %c, %r as !lowbit.binary {bits}
      : (tensor<2x32xf32>, tensor<1x1xf32>, tensor<1x1xf32>, tensor<2x4xi8>, tensor<2x1xi32>) -> (tensor<2x4xi8>, tensor<2x1xi32>)
  return
}

// -----

func.func @threshold_per_row(%x: tensor<2x32xf32>, %s: tensor<1x1xf32>, %t: tensor<2x1xf32>, %c: tensor<2x8xi8>, %r: tensor<2x1xi32>) {
  // expected-error@+1 {{threshold}}
  %0:2 = lowbit.pack_activations %x scale %s threshold %t into %c, %r as !lowbit.ternary {bits}
      : (tensor<2x32xf32>, tensor<1x1xf32>, tensor<2x1xf32>, tensor<2x8xi8>, tensor<2x1xi32>) -> (tensor<2x8xi8>, tensor<2x1xi32>)
  return
}

// -----

func.func @activation_bytes(%x: tensor<2x33xf32>, %s: tensor<1x1xf32>, %c: tensor<2x8xi8>, %r: tensor<2x1xi32>) {
  // expected-error@+1 {{packed codes}}
  %0:2 = lowbit.pack_activations %x scale %s into %c, %r as !lowbit.ternary {bits}
      : (tensor<2x33xf32>, tensor<1x1xf32>, tensor<2x8xi8>, tensor<2x1xi32>) -> (tensor<2x8xi8>, tensor<2x1xi32>)
  return
}

// -----

func.func @bits_times_bytes(%a: tensor<2x4xi8>, %r: tensor<2x1xi32>, %w: tensor<1x64xi8>, %y: tensor<2x2xi32>) {
  // expected-error@+1 {{expected an activation type of codes -1, 0 and 1 exactly if the layout has bits}}
  %0 = lowbit.packed_matmul <field_bits = 1, sign = true> %a, %r, %w into %y
      : (tensor<2x4xi8>, tensor<2x1xi32>, tensor<1x64xi8>, tensor<2x2xi32>) -> tensor<2x2xi32>
  return
}

// -----

func.func @bytes_times_bits(%a: tensor<2x4xi8>, %r: tensor<2x1xi32>, %w: tensor<1x64xi8>, %y: tensor<2x2xi32>) {
  // expected-error@+1 {{expected an activation type of codes -1, 0 and 1 exactly if the layout has bits}}
  %0 = lowbit.packed_matmul <field_bits = 2, code_offset = 1> %a, %r, %w into %y {activation_type = !lowbit.ternary}
      : (tensor<2x4xi8>, tensor<2x1xi32>, tensor<1x64xi8>, tensor<2x2xi32>) -> tensor<2x2xi32>
  return
}

// -----

func.func @broken_words(%a: tensor<2x12xi8>, %r: tensor<2x1xi32>, %w: tensor<1x128xi8>, %y: tensor<2x2xi32>) {
  // expected-error@+1 {{packed activations}}
  %0 = lowbit.packed_matmul <field_bits = 1, sign = true> %a, %r, %w into %y {activation_type = !lowbit.ternary}
      : (tensor<2x12xi8>, tensor<2x1xi32>, tensor<1x128xi8>, tensor<2x2xi32>) -> tensor<2x2xi32>
  return
}

// -----

func.func @float_times_bits(%a: tensor<2x32xf32>, %w: tensor<1x128xi8>, %y: tensor<2x2xf32>) {
  // expected-error@+1 {{expected a layout with a scale and without terms and bits, but got}}
  %0 = lowbit.packed_weight_only_matmul <field_bits = 1, scale = f32, sign = true> %a, %w into %y
      : (tensor<2x32xf32>, tensor<1x128xi8>, tensor<2x2xf32>) -> tensor<2x2xf32>
  return
}

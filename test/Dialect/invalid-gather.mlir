// RUN: lowbit-opt %s --split-input-file --verify-diagnostics

func.func @not_uniform(%t: tensor<7x4x!lowbit.codebook<2>>, %i: tensor<3xi64>, %s: tensor<7x1xf32>) {
  // expected-error@+1 {{expected a uniform code type, but got '!lowbit.codebook<2>'}}
  %0 = lowbit.gather %t[%i] scale %s : (tensor<7x4x!lowbit.codebook<2>>, tensor<3xi64>, tensor<7x1xf32>) -> tensor<3x4xf32>
  return
}

// -----

func.func @table_of_rank_3(%t: tensor<1x7x4x!lowbit.ternary>, %i: tensor<3xi64>, %s: tensor<1x7x1xf32>) {
  // expected-error@+1 {{expected a table of rank 2, but got 'tensor<1x7x4x!lowbit.ternary>'}}
  %0 = lowbit.gather %t[%i] scale %s : (tensor<1x7x4x!lowbit.ternary>, tensor<3xi64>, tensor<1x7x1xf32>) -> tensor<3x4xf32>
  return
}

// -----

func.func @granularity(%t: tensor<7x4x!lowbit.ternary>, %i: tensor<3xi64>, %s: tensor<2x1xf32>) {
  // expected-error@+1 {{expected scale extent 1 or 7 in dimension 0 without block_sizes, but got 2}}
  %0 = lowbit.gather %t[%i] scale %s : (tensor<7x4x!lowbit.ternary>, tensor<3xi64>, tensor<2x1xf32>) -> tensor<3x4xf32>
  return
}

// -----

func.func @zero_point_of_ternary(%t: tensor<7x4x!lowbit.ternary>, %i: tensor<3xi64>, %s: tensor<7x1xf32>, %z: tensor<7x1xi32>) {
  // expected-error@+1 {{expected no zero point on '!lowbit.ternary'}}
  %0 = lowbit.gather %t[%i] scale %s zero_point %z : (tensor<7x4x!lowbit.ternary>, tensor<3xi64>, tensor<7x1xf32>, tensor<7x1xi32>) -> tensor<3x4xf32>
  return
}

// -----

func.func @result_without_columns(%t: tensor<7x4x!lowbit.ternary>, %i: tensor<3xi64>, %s: tensor<7x1xf32>) {
  // expected-error@+1 {{expected a result of shape 3x4, but got 'tensor<3x5xf32>'}}
  %0 = lowbit.gather %t[%i] scale %s : (tensor<7x4x!lowbit.ternary>, tensor<3xi64>, tensor<7x1xf32>) -> tensor<3x5xf32>
  return
}

// -----

func.func @indices_of_8_bits(%t: tensor<7x4x!lowbit.ternary>, %i: tensor<3xi8>, %s: tensor<7x1xf32>) {
  // expected-error@+1 {{operand #1 must be ranked tensor of 32-bit signless integer or 64-bit signless integer values}}
  %0 = lowbit.gather %t[%i] scale %s : (tensor<7x4x!lowbit.ternary>, tensor<3xi8>, tensor<7x1xf32>) -> tensor<3x4xf32>
  return
}

// -----

func.func @packed_without_rows(%t: tensor<0x1xi8>, %i: tensor<3xi64>, %s: tensor<1x1xf32>, %y: tensor<3x4xf32>) {
  // expected-error@+1 {{expected a table of static shape with rows, but got 'tensor<0x1xi8>'}}
  %0 = lowbit.packed_gather <field_bits = 2> %t[%i] scale %s into %y : (tensor<0x1xi8>, tensor<3xi64>, tensor<1x1xf32>, tensor<3x4xf32>) -> tensor<3x4xf32>
  return
}

// -----

func.func @packed_of_dynamic_shape(%t: tensor<?x1xi8>, %i: tensor<3xi64>, %s: tensor<1x1xf32>, %y: tensor<3x4xf32>) {
  // expected-error@+1 {{expected a table of static shape with rows, but got 'tensor<?x1xi8>'}}
  %0 = lowbit.packed_gather <field_bits = 2> %t[%i] scale %s into %y : (tensor<?x1xi8>, tensor<3xi64>, tensor<1x1xf32>, tensor<3x4xf32>) -> tensor<3x4xf32>
  return
}

// -----

func.func @dynamic_columns(%t: tensor<7x1xi8>, %i: tensor<3xi64>, %s: tensor<1x1xf32>, %y: tensor<3x?xf32>) {
  // expected-error@+1 {{expected an init of M x D with a static D, but got 'tensor<3x?xf32>'}}
  %0 = lowbit.packed_gather <field_bits = 2> %t[%i] scale %s into %y : (tensor<7x1xi8>, tensor<3xi64>, tensor<1x1xf32>, tensor<3x?xf32>) -> tensor<3x?xf32>
  return
}

// -----

func.func @bytes_of_a_row(%t: tensor<7x1xi8>, %i: tensor<3xi64>, %s: tensor<1x1xf32>, %y: tensor<3x5xf32>) {
  // expected-error@+1 {{expected a table of shape 7x2, but got 'tensor<7x1xi8>'}}
  %0 = lowbit.packed_gather <field_bits = 2> %t[%i] scale %s into %y : (tensor<7x1xi8>, tensor<3xi64>, tensor<1x1xf32>, tensor<3x5xf32>) -> tensor<3x5xf32>
  return
}

// -----

func.func @indices_of_rank_2(%t: tensor<7x1xi8>, %i: tensor<3x1xi64>, %s: tensor<1x1xf32>, %y: tensor<3x4xf32>) {
  // expected-error@+1 {{expected indices of shape 3, but got 'tensor<3x1xi64>'}}
  %0 = lowbit.packed_gather <field_bits = 2> %t[%i] scale %s into %y : (tensor<7x1xi8>, tensor<3x1xi64>, tensor<1x1xf32>, tensor<3x4xf32>) -> tensor<3x4xf32>
  return
}

// -----

func.func @dynamic_scale(%t: tensor<7x1xi8>, %i: tensor<3xi64>, %s: tensor<?x1xf32>, %y: tensor<3x4xf32>) {
  // expected-error@+1 {{expected a scale of static shape, but got 'tensor<?x1xf32>'}}
  %0 = lowbit.packed_gather <field_bits = 2> %t[%i] scale %s into %y : (tensor<7x1xi8>, tensor<3xi64>, tensor<?x1xf32>, tensor<3x4xf32>) -> tensor<3x4xf32>
  return
}

// -----

func.func @packed_granularity(%t: tensor<7x1xi8>, %i: tensor<3xi64>, %s: tensor<7x3xf32>, %y: tensor<3x4xf32>) {
  // expected-error@+1 {{expected scale extent 2 in dimension 1, but got 3}}
  %0 = lowbit.packed_gather <field_bits = 2> %t[%i] scale %s into %y {block_sizes = array<i64: 0, 2>} : (tensor<7x1xi8>, tensor<3xi64>, tensor<7x3xf32>, tensor<3x4xf32>) -> tensor<3x4xf32>
  return
}

// -----

func.func @zero_point_of_another_shape(%t: tensor<7x1xi8>, %i: tensor<3xi64>, %s: tensor<7x1xf32>, %z: tensor<1x1xi32>, %y: tensor<3x4xf32>) {
  // expected-error@+1 {{expected zero point of shape 7x1, but got 'tensor<1x1xi32>'}}
  %0 = lowbit.packed_gather <field_bits = 2> %t[%i] scale %s zero_point %z into %y : (tensor<7x1xi8>, tensor<3xi64>, tensor<7x1xf32>, tensor<1x1xi32>, tensor<3x4xf32>) -> tensor<3x4xf32>
  return
}

// -----

func.func @number_of_levels(%t: tensor<7x1xi8>, %i: tensor<3xi64>, %s: tensor<1x1xf32>, %l: tensor<3xi32>, %y: tensor<3x4xf32>) {
  // expected-error@+1 {{expected levels of shape 4, but got 'tensor<3xi32>'}}
  %0 = lowbit.packed_gather <field_bits = 2> %t[%i] scale %s levels %l into %y : (tensor<7x1xi8>, tensor<3xi64>, tensor<1x1xf32>, tensor<3xi32>, tensor<3x4xf32>) -> tensor<3x4xf32>
  return
}

// -----

// expected-error@+1 {{expected 1 to 8 field_bits, but got 9}}
func.func private @field_bits() attributes {test = #lowbit.row_layout<field_bits = 9>}

// -----

// expected-error@+1 {{expected a code_offset of 0 to 255, but got 256}}
func.func private @code_offset() attributes {test = #lowbit.row_layout<field_bits = 8, code_offset = 256>}

// -----

// expected-error@+1 {{expected code_step 1 or 2, but got 3}}
func.func private @code_step() attributes {test = #lowbit.row_layout<field_bits = 8, code_step = 3>}

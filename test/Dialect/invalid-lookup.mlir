// RUN: lowbit-opt %s --split-input-file --verify-diagnostics

func.func @not_a_codebook(%q: tensor<4x!lowbit.affine<4>>, %t: tensor<16xi8>) {
  // expected-error@+1 {{expected codes of a codebook, but got '!lowbit.affine<4>'}}
  %0 = lowbit.lookup %q in %t : (tensor<4x!lowbit.affine<4>>, tensor<16xi8>) -> tensor<4x!lowbit.affine<8>>
  return
}

// -----

func.func @result_of_4_bits(%q: tensor<4x!lowbit.codebook<2>>, %t: tensor<4xi8>) {
  // expected-error@+1 {{expected a result of type 'tensor<4x!lowbit.affine<8>>', but got 'tensor<4x!lowbit.affine<4>>'}}
  %0 = lowbit.lookup %q in %t : (tensor<4x!lowbit.codebook<2>>, tensor<4xi8>) -> tensor<4x!lowbit.affine<4>>
  return
}

// -----

func.func @table_too_short(%q: tensor<4x!lowbit.codebook<2>>, %t: tensor<3xi8>) {
  // expected-error@+1 {{a table}}
  %0 = lowbit.lookup %q in %t : (tensor<4x!lowbit.codebook<2>>, tensor<3xi8>) -> tensor<4x!lowbit.affine<8>>
  return
}

// -----

// expected-error@+1 {{expected levels only with 1, 2 or 4 field_bits and code_step 1}}
func.func private @levels_of_8_bits() attributes {test = #lowbit.layout<field_bits = 8, levels = [0, 1]>}

// -----

// expected-error@+1 {{expected levels only with 1, 2 or 4 field_bits and code_step 1}}
func.func private @levels_with_a_step() attributes {test = #lowbit.layout<field_bits = 1, code_step = 2, levels = [0, 1]>}

// -----

// expected-error@+1 {{expected 4 levels, but got 3}}
func.func private @number_of_levels() attributes {test = #lowbit.layout<field_bits = 2, levels = [0, 1, 2]>}

// -----

// expected-error@+1 {{expected levels of 0 to 255, but got -1}}
func.func private @negative_level() attributes {test = #lowbit.layout<field_bits = 1, levels = [-1, 1]>}

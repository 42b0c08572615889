// RUN: lowbit-opt %s --split-input-file --verify-diagnostics

// Diagnostics of row_sums, matmul and scaled_matmul.

//===----------------------------------------------------------------------===//
// row_sums
//===----------------------------------------------------------------------===//

func.func @row_sums_of_vector(%q: tensor<64x!lowbit.affine<8>>) {
  // expected-error@+1 {{expected codes of rank 2, but got 'tensor<64x!lowbit.affine<8>>'}}
  %0 = lowbit.row_sums %q : tensor<64x!lowbit.affine<8>> -> tensor<1x1xi32>
  return
}

// -----

func.func @row_sums_negative_block(%q: tensor<4x64x!lowbit.affine<8>>) {
  // expected-error@+1 {{expected a block of at least 0, but got -1}}
  %0 = lowbit.row_sums %q {block = -1} : tensor<4x64x!lowbit.affine<8>> -> tensor<4x1xi32>
  return
}

// -----

func.func @row_sums_blocks(%q: tensor<4x64x!lowbit.affine<8>>) {
  // expected-error@+1 {{expected row sums of shape 4x2, but got 'tensor<4x1xi32>'}}
  %0 = lowbit.row_sums %q {block = 32} : tensor<4x64x!lowbit.affine<8>> -> tensor<4x1xi32>
  return
}

// -----

//===----------------------------------------------------------------------===//
// matmul
//===----------------------------------------------------------------------===//

func.func @matmul_of_vector(
    %a: tensor<64x!lowbit.affine<8>>, %w: tensor<16x64x!lowbit.affine<4>>, %init: tensor<4x16xi32>) {
  // expected-error@+1 {{expected matrices, but got 'tensor<64x!lowbit.affine<8>>' and}}
  %0 = lowbit.matmul %a, %w init %init
      : (tensor<64x!lowbit.affine<8>>, tensor<16x64x!lowbit.affine<4>>, tensor<4x16xi32>) -> tensor<4x16xi32>
  return
}

// -----

func.func @matmul_of_9_bits(
    %a: tensor<4x64x!lowbit.affine<9>>, %w: tensor<16x64x!lowbit.affine<4>>, %init: tensor<4x16xi32>) {
  // expected-error@+1 {{expected uniform codes of at most 8 bits, but got '!lowbit.affine<9>'}}
  %0 = lowbit.matmul %a, %w init %init
      : (tensor<4x64x!lowbit.affine<9>>, tensor<16x64x!lowbit.affine<4>>, tensor<4x16xi32>) -> tensor<4x16xi32>
  return
}

// -----

func.func @matmul_of_codebook(
    %a: tensor<4x64x!lowbit.affine<8>>, %w: tensor<16x64x!lowbit.codebook<4>>, %init: tensor<4x16xi32>) {
  // expected-error@+1 {{expected uniform codes of at most 8 bits, but got '!lowbit.codebook<4>'}}
  %0 = lowbit.matmul %a, %w init %init
      : (tensor<4x64x!lowbit.affine<8>>, tensor<16x64x!lowbit.codebook<4>>, tensor<4x16xi32>) -> tensor<4x16xi32>
  return
}

// -----

func.func @matmul_of_other_depth(
    %a: tensor<4x64x!lowbit.affine<8>>, %w: tensor<16x63x!lowbit.affine<8>>, %init: tensor<4x16xi32>) {
  // expected-error@+1 {{expected equal K, but got 'tensor<4x64x!lowbit.affine<8>>' and 'tensor<16x63x!lowbit.affine<8>>'}}
  %0 = lowbit.matmul %a, %w init %init
      : (tensor<4x64x!lowbit.affine<8>>, tensor<16x63x!lowbit.affine<8>>, tensor<4x16xi32>) -> tensor<4x16xi32>
  return
}

// -----

func.func @matmul_result_shape(
    %a: tensor<4x64x!lowbit.affine<8>>, %w: tensor<16x64x!lowbit.affine<4>>, %init: tensor<16x4xi32>) {
  // expected-error@+1 {{expected a result of shape 4x16, but got 'tensor<16x4xi32>'}}
  %0 = lowbit.matmul %a, %w init %init
      : (tensor<4x64x!lowbit.affine<8>>, tensor<16x64x!lowbit.affine<4>>, tensor<16x4xi32>) -> tensor<16x4xi32>
  return
}

// -----

func.func @matmul_init_type(
    %a: tensor<4x64x!lowbit.affine<8>>, %w: tensor<16x64x!lowbit.affine<4>>, %init: tensor<?x16xi32>) {
  // expected-error@+1 {{expected init of type 'tensor<4x16xi32>', but got 'tensor<?x16xi32>'}}
  %0 = lowbit.matmul %a, %w init %init
      : (tensor<4x64x!lowbit.affine<8>>, tensor<16x64x!lowbit.affine<4>>, tensor<?x16xi32>) -> tensor<4x16xi32>
  return
}

// -----

func.func @matmul_zero_point_of_ternary(
    %a: tensor<4x64x!lowbit.affine<8>>, %w: tensor<16x64x!lowbit.ternary>, %zw: tensor<16x1xi32>, %init: tensor<4x16xi32>) {
  // expected-error@+1 {{expected no weight zero point on '!lowbit.ternary'}}
  %0 = lowbit.matmul %a, %w weight_zero_point %zw init %init
      : (tensor<4x64x!lowbit.affine<8>>, tensor<16x64x!lowbit.ternary>, tensor<16x1xi32>, tensor<4x16xi32>) -> tensor<4x16xi32>
  return
}

// -----

func.func @matmul_activation_zero_point_per_code(
    %a: tensor<4x64x!lowbit.affine<8>>, %w: tensor<16x64x!lowbit.affine<4>>, %za: tensor<4x64xi32>, %init: tensor<4x16xi32>) {
  // expected-error@+1 {{expected activation zero point of shape 4x1 or with extents of 1, but got 'tensor<4x64xi32>'}}
  %0 = lowbit.matmul %a, %w activation_zero_point %za init %init
      : (tensor<4x64x!lowbit.affine<8>>, tensor<16x64x!lowbit.affine<4>>, tensor<4x64xi32>, tensor<4x16xi32>) -> tensor<4x16xi32>
  return
}

// -----

func.func @matmul_weight_zero_point_per_code(
    %a: tensor<4x64x!lowbit.affine<8>>, %w: tensor<16x64x!lowbit.affine<4>>, %zw: tensor<1x64xi32>, %init: tensor<4x16xi32>) {
  // expected-error@+1 {{expected weight zero point of shape 16x1 or with extents of 1, but got 'tensor<1x64xi32>'}}
  %0 = lowbit.matmul %a, %w weight_zero_point %zw init %init
      : (tensor<4x64x!lowbit.affine<8>>, tensor<16x64x!lowbit.affine<4>>, tensor<1x64xi32>, tensor<4x16xi32>) -> tensor<4x16xi32>
  return
}

// -----

func.func @matmul_zero_point_300(%a: tensor<4x64x!lowbit.affine<8>>, %w: tensor<16x64x!lowbit.affine<4>>,
    %init: tensor<4x16xi32>) {
  %za = arith.constant dense<300> : tensor<1x1xi32>
  // expected-error@+1 {{expected activation zero point of -128 to 127, but got 300}}
  %0 = lowbit.matmul %a, %w activation_zero_point %za init %init
      : (tensor<4x64x!lowbit.affine<8>>, tensor<16x64x!lowbit.affine<4>>, tensor<1x1xi32>, tensor<4x16xi32>) -> tensor<4x16xi32>
  return
}

// -----

//===----------------------------------------------------------------------===//
// scaled_matmul
//===----------------------------------------------------------------------===//

func.func @scaled_matmul_result(
    %a: tensor<4x64x!lowbit.affine<8>>, %w: tensor<16x64x!lowbit.affine<4>>, %sa: tensor<4x1xf32>, %sw: tensor<16x2xf32>) {
  // expected-error@+1 {{expected a result of shape 4x16, but got 'tensor<4x17xf32>'}}
  %0 = lowbit.scaled_matmul %a, %w activation_scale %sa weight_scale %sw
      {block_sizes = array<i64: 0, 32>}
      : (tensor<4x64x!lowbit.affine<8>>, tensor<16x64x!lowbit.affine<4>>, tensor<4x1xf32>, tensor<16x2xf32>)
      -> tensor<4x17xf32>
  return
}

// -----

func.func @scaled_matmul_weight_scale(
    %a: tensor<4x64x!lowbit.affine<8>>, %w: tensor<16x64x!lowbit.affine<4>>, %sa: tensor<4x1xf32>, %sw: tensor<16x3xf32>) {
  // expected-error@+1 {{expected scale extent 2 in dimension 1, but got 3}}
  %0 = lowbit.scaled_matmul %a, %w activation_scale %sa weight_scale %sw
      {block_sizes = array<i64: 0, 32>}
      : (tensor<4x64x!lowbit.affine<8>>, tensor<16x64x!lowbit.affine<4>>, tensor<4x1xf32>, tensor<16x3xf32>)
      -> tensor<4x16xf32>
  return
}

// -----

func.func @scaled_matmul_without_block_sizes(
    %a: tensor<4x64x!lowbit.affine<8>>, %w: tensor<16x64x!lowbit.affine<4>>, %sa: tensor<4x1xf32>, %sw: tensor<16x64xf32>) {
  // expected-error@+1 {{expected block_sizes for a scale of type 'tensor<16x64xf32>'}}
  %0 = lowbit.scaled_matmul %a, %w activation_scale %sa weight_scale %sw
      
      : (tensor<4x64x!lowbit.affine<8>>, tensor<16x64x!lowbit.affine<4>>, tensor<4x1xf32>, tensor<16x64xf32>)
      -> tensor<4x16xf32>
  return
}

// -----

func.func @scaled_matmul_activation_scale(
    %a: tensor<4x64x!lowbit.affine<8>>, %w: tensor<16x64x!lowbit.affine<4>>, %sa: tensor<4x2xf32>, %sw: tensor<16x2xf32>) {
  // expected-error@+1 {{expected activation scale of shape 4x1 or with extents of 1, but got 'tensor<4x2xf32>'}}
  %0 = lowbit.scaled_matmul %a, %w activation_scale %sa weight_scale %sw
      {block_sizes = array<i64: 0, 32>}
      : (tensor<4x64x!lowbit.affine<8>>, tensor<16x64x!lowbit.affine<4>>, tensor<4x2xf32>, tensor<16x2xf32>)
      -> tensor<4x16xf32>
  return
}

// -----

func.func @scaled_matmul_terms(
    %a: tensor<4x64x!lowbit.affine<8>>, %w: tensor<16x64x!lowbit.affine<4>>, %sa: tensor<4x1xf32>, %sw: tensor<16x2xf32>, %r0: tensor<4x2xi32>, %r1: tensor<4x2xi32>, %c0: tensor<16x2xi32>) {
  // expected-error@+1 {{expected as many row terms as column terms, but got 2 and 1}}
  %0 = lowbit.scaled_matmul %a, %w activation_scale %sa weight_scale %sw terms(%r0, %r1) * (%c0)
      {block_sizes = array<i64: 0, 32>}
      : (tensor<4x64x!lowbit.affine<8>>, tensor<16x64x!lowbit.affine<4>>, tensor<4x1xf32>, tensor<16x2xf32>, tensor<4x2xi32>, tensor<4x2xi32>, tensor<16x2xi32>)
      -> tensor<4x16xf32>
  return
}

// -----

func.func @scaled_matmul_row_term(
    %a: tensor<4x64x!lowbit.affine<8>>, %w: tensor<16x64x!lowbit.affine<4>>, %sa: tensor<4x1xf32>, %sw: tensor<16x2xf32>, %r0: tensor<16x2xi32>, %c0: tensor<16x2xi32>) {
  // expected-error@+1 {{expected row term of shape 4x2 or with extents of 1, but got 'tensor<16x2xi32>'}}
  %0 = lowbit.scaled_matmul %a, %w activation_scale %sa weight_scale %sw terms(%r0) * (%c0)
      {block_sizes = array<i64: 0, 32>}
      : (tensor<4x64x!lowbit.affine<8>>, tensor<16x64x!lowbit.affine<4>>, tensor<4x1xf32>, tensor<16x2xf32>, tensor<16x2xi32>, tensor<16x2xi32>)
      -> tensor<4x16xf32>
  return
}

// -----

func.func @scaled_matmul_column_term(
    %a: tensor<4x64x!lowbit.affine<8>>, %w: tensor<16x64x!lowbit.affine<4>>, %sa: tensor<4x1xf32>, %sw: tensor<16x2xf32>, %r0: tensor<4x2xi32>, %c0: tensor<16x64xi32>) {
  // expected-error@+1 {{expected column term of shape 16x2 or with extents of 1, but got 'tensor<16x64xi32>'}}
  %0 = lowbit.scaled_matmul %a, %w activation_scale %sa weight_scale %sw terms(%r0) * (%c0)
      {block_sizes = array<i64: 0, 32>}
      : (tensor<4x64x!lowbit.affine<8>>, tensor<16x64x!lowbit.affine<4>>, tensor<4x1xf32>, tensor<16x2xf32>, tensor<4x2xi32>, tensor<16x64xi32>)
      -> tensor<4x16xf32>
  return
}

// -----

func.func @scaled_matmul_offset_and_zero_point(
    %a: tensor<4x64x!lowbit.affine<8>>, %w: tensor<16x64x!lowbit.affine<4>>, %sa: tensor<4x1xf32>, %sw: tensor<16x2xf32>, %zw: tensor<16x2xf32>, %or: tensor<4x2xi32>, %oc: tensor<16x2xf32>) {
  // expected-error@+1 {{expected a weight zero point or an offset, not both}}
  %0 = lowbit.scaled_matmul %a, %w activation_scale %sa weight_scale %sw weight_zero_point %zw offset %or * %oc
      {block_sizes = array<i64: 0, 32>}
      : (tensor<4x64x!lowbit.affine<8>>, tensor<16x64x!lowbit.affine<4>>, tensor<4x1xf32>, tensor<16x2xf32>, tensor<16x2xf32>, tensor<4x2xi32>, tensor<16x2xf32>)
      -> tensor<4x16xf32>
  return
}

// -----

func.func @scaled_matmul_offset_rows(
    %a: tensor<4x64x!lowbit.affine<8>>, %w: tensor<16x64x!lowbit.affine<4>>, %sa: tensor<4x1xf32>, %sw: tensor<16x2xf32>, %or: tensor<4x1xi32>, %oc: tensor<16x2xf32>) {
  // expected-error@+1 {{expected offset rows of shape 4x2, but got 'tensor<4x1xi32>'}}
  %0 = lowbit.scaled_matmul %a, %w activation_scale %sa weight_scale %sw offset %or * %oc
      {block_sizes = array<i64: 0, 32>}
      : (tensor<4x64x!lowbit.affine<8>>, tensor<16x64x!lowbit.affine<4>>, tensor<4x1xf32>, tensor<16x2xf32>, tensor<4x1xi32>, tensor<16x2xf32>)
      -> tensor<4x16xf32>
  return
}

// -----

func.func @scaled_matmul_offset_columns(
    %a: tensor<4x64x!lowbit.affine<8>>, %w: tensor<16x64x!lowbit.affine<4>>, %sa: tensor<4x1xf32>, %sw: tensor<16x2xf32>, %or: tensor<4x2xi32>, %oc: tensor<1x2xf32>) {
  // expected-error@+1 {{expected offset columns of shape 16x2, but got 'tensor<1x2xf32>'}}
  %0 = lowbit.scaled_matmul %a, %w activation_scale %sa weight_scale %sw offset %or * %oc
      {block_sizes = array<i64: 0, 32>}
      : (tensor<4x64x!lowbit.affine<8>>, tensor<16x64x!lowbit.affine<4>>, tensor<4x1xf32>, tensor<16x2xf32>, tensor<4x2xi32>, tensor<1x2xf32>)
      -> tensor<4x16xf32>
  return
}

// -----

func.func @scaled_matmul_half_an_offset(%a: tensor<4x64x!lowbit.affine<8>>, %w: tensor<16x64x!lowbit.affine<4>>,
    %sa: tensor<4x1xf32>, %sw: tensor<16x1xf32>, %or: tensor<4x1xi32>) {
  // expected-error@+1 {{expected offset rows and columns, but got one of them}}
  %0 = "lowbit.scaled_matmul"(%a, %w, %sa, %sw, %or) <{operandSegmentSizes = array<i32: 1, 1, 1, 1, 0, 0, 0, 0, 1, 0>}>
      : (tensor<4x64x!lowbit.affine<8>>, tensor<16x64x!lowbit.affine<4>>, tensor<4x1xf32>, tensor<16x1xf32>, tensor<4x1xi32>)
      -> tensor<4x16xf32>
  return
}

// -----

func.func @scaled_matmul_activation_scale_zero(%a: tensor<4x64x!lowbit.affine<8>>, %w: tensor<16x64x!lowbit.affine<4>>,
    %sw: tensor<16x1xf32>) {
  %sa = arith.constant dense<0.0> : tensor<1x1xf32>
  // expected-error@+1 {{expected positive, normal scales, but got 0.0}}
  %0 = lowbit.scaled_matmul %a, %w activation_scale %sa weight_scale %sw
      : (tensor<4x64x!lowbit.affine<8>>, tensor<16x64x!lowbit.affine<4>>, tensor<1x1xf32>, tensor<16x1xf32>) -> tensor<4x16xf32>
  return
}

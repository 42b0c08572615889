// RUN: lowbit-opt %s --split-input-file --verify-diagnostics

// Diagnostics of conv_2d and im2col.

//===----------------------------------------------------------------------===//
// conv_2d
//===----------------------------------------------------------------------===//

func.func @strides_of_zero(
    %a: tensor<2x8x9x6x!lowbit.affine<8>>, %w: tensor<4x3x3x6x!lowbit.affine<4>>, %init: tensor<2x6x7x4xi32>) {
  // expected-error@+1 {{expected 2 strides of 1 to 2147483647, but got [0, 1]}}
  %0 = lowbit.conv_2d %a, %w init %init strides [0, 1]
      : (tensor<2x8x9x6x!lowbit.affine<8>>, tensor<4x3x3x6x!lowbit.affine<4>>, tensor<2x6x7x4xi32>)
      -> tensor<2x6x7x4xi32>
  return
}

// -----

func.func @one_dilation(
    %a: tensor<2x8x9x6x!lowbit.affine<8>>, %w: tensor<4x3x3x6x!lowbit.affine<4>>, %init: tensor<2x6x7x4xi32>) {
  // expected-error@+1 {{expected 2 dilations of 1 to 2147483647, but got [2]}}
  %0 = lowbit.conv_2d %a, %w init %init dilations [2]
      : (tensor<2x8x9x6x!lowbit.affine<8>>, tensor<4x3x3x6x!lowbit.affine<4>>, tensor<2x6x7x4xi32>)
      -> tensor<2x6x7x4xi32>
  return
}

// -----

func.func @negative_padding(
    %a: tensor<2x8x9x6x!lowbit.affine<8>>, %w: tensor<4x3x3x6x!lowbit.affine<4>>, %init: tensor<2x6x7x4xi32>) {
  // expected-error@+1 {{expected 4 extents of padding of 0 to 2147483647, but got [0, 0, -1, 0]}}
  %0 = lowbit.conv_2d %a, %w init %init padding [0, 0, -1, 0]
      : (tensor<2x8x9x6x!lowbit.affine<8>>, tensor<4x3x3x6x!lowbit.affine<4>>, tensor<2x6x7x4xi32>)
      -> tensor<2x6x7x4xi32>
  return
}

// -----

func.func @padding_beyond_all_images(
    %a: tensor<2x8x9x6x!lowbit.affine<8>>, %w: tensor<4x3x3x6x!lowbit.affine<4>>, %init: tensor<2x6x7x4xi32>) {
  // expected-error@+1 {{expected 4 extents of padding of 0 to 2147483647, but got [2147483648, 0, 0, 0]}}
  %0 = lowbit.conv_2d %a, %w init %init padding [2147483648, 0, 0, 0]
      : (tensor<2x8x9x6x!lowbit.affine<8>>, tensor<4x3x3x6x!lowbit.affine<4>>, tensor<2x6x7x4xi32>)
      -> tensor<2x6x7x4xi32>
  return
}

// -----

func.func @activations_of_rank_3(
    %a: tensor<8x9x6x!lowbit.affine<8>>, %w: tensor<4x3x3x6x!lowbit.affine<4>>, %init: tensor<2x6x7x4xi32>) {
  // expected-error@+1 {{expected activations of rank 4 with extents of at most 2147483647, but got 'tensor<8x9x6x!lowbit.affine<8>>'}}
  %0 = lowbit.conv_2d %a, %w init %init
      : (tensor<8x9x6x!lowbit.affine<8>>, tensor<4x3x3x6x!lowbit.affine<4>>, tensor<2x6x7x4xi32>)
      -> tensor<2x6x7x4xi32>
  return
}

// -----

func.func @weights_of_rank_2(
    %a: tensor<2x8x9x6x!lowbit.affine<8>>, %w: tensor<4x54x!lowbit.affine<4>>, %init: tensor<2x6x7x4xi32>) {
  // expected-error@+1 {{expected weights of rank 4 with extents of at most 2147483647, but got 'tensor<4x54x!lowbit.affine<4>>'}}
  %0 = lowbit.conv_2d %a, %w init %init
      : (tensor<2x8x9x6x!lowbit.affine<8>>, tensor<4x54x!lowbit.affine<4>>, tensor<2x6x7x4xi32>)
      -> tensor<2x6x7x4xi32>
  return
}

// -----

func.func @activations_of_9_bits(
    %a: tensor<2x8x9x6x!lowbit.affine<9>>, %w: tensor<4x3x3x6x!lowbit.affine<4>>, %init: tensor<2x6x7x4xi32>) {
  // expected-error@+1 {{expected uniform codes of at most 8 bits, but got '!lowbit.affine<9>'}}
  %0 = lowbit.conv_2d %a, %w init %init
      : (tensor<2x8x9x6x!lowbit.affine<9>>, tensor<4x3x3x6x!lowbit.affine<4>>, tensor<2x6x7x4xi32>)
      -> tensor<2x6x7x4xi32>
  return
}

// -----

func.func @weights_of_codebook(
    %a: tensor<2x8x9x6x!lowbit.affine<8>>, %w: tensor<4x3x3x6x!lowbit.codebook<4>>, %init: tensor<2x6x7x4xi32>) {
  // expected-error@+1 {{expected uniform codes of at most 8 bits, but got '!lowbit.codebook<4>'}}
  %0 = lowbit.conv_2d %a, %w init %init
      : (tensor<2x8x9x6x!lowbit.affine<8>>, tensor<4x3x3x6x!lowbit.codebook<4>>, tensor<2x6x7x4xi32>)
      -> tensor<2x6x7x4xi32>
  return
}

// -----

func.func @no_groups(
    %a: tensor<2x8x9x6x!lowbit.affine<8>>, %w: tensor<4x3x3x6x!lowbit.affine<4>>, %init: tensor<2x6x7x4xi32>) {
  // expected-error@+1 {{expected groups that divide the channels of 'tensor<2x8x9x6x!lowbit.affine<8>>' and 'tensor<4x3x3x6x!lowbit.affine<4>>', but got 0}}
  %0 = lowbit.conv_2d %a, %w init %init groups 0
      : (tensor<2x8x9x6x!lowbit.affine<8>>, tensor<4x3x3x6x!lowbit.affine<4>>, tensor<2x6x7x4xi32>)
      -> tensor<2x6x7x4xi32>
  return
}

// -----

func.func @groups_of_activations(
    %a: tensor<2x8x9x6x!lowbit.affine<8>>, %w: tensor<4x3x3x6x!lowbit.affine<4>>, %init: tensor<2x6x7x4xi32>) {
  // expected-error@+1 {{but got 4}}
  %0 = lowbit.conv_2d %a, %w init %init groups 4
      : (tensor<2x8x9x6x!lowbit.affine<8>>, tensor<4x3x3x6x!lowbit.affine<4>>, tensor<2x6x7x4xi32>)
      -> tensor<2x6x7x4xi32>
  return
}

// -----

func.func @groups_of_weights(
    %a: tensor<2x8x9x6x!lowbit.affine<8>>, %w: tensor<4x3x3x2x!lowbit.affine<4>>, %init: tensor<2x6x7x4xi32>) {
  // expected-error@+1 {{but got 3}}
  %0 = lowbit.conv_2d %a, %w init %init groups 3
      : (tensor<2x8x9x6x!lowbit.affine<8>>, tensor<4x3x3x2x!lowbit.affine<4>>, tensor<2x6x7x4xi32>)
      -> tensor<2x6x7x4xi32>
  return
}

// -----

func.func @channels_per_group(
    %a: tensor<2x8x9x6x!lowbit.affine<8>>, %w: tensor<4x3x3x6x!lowbit.affine<4>>, %init: tensor<2x6x7x4xi32>) {
  // expected-error@+1 {{expected weights of shape 4x?x?x3, but got 'tensor<4x3x3x6x!lowbit.affine<4>>'}}
  %0 = lowbit.conv_2d %a, %w init %init groups 2
      : (tensor<2x8x9x6x!lowbit.affine<8>>, tensor<4x3x3x6x!lowbit.affine<4>>, tensor<2x6x7x4xi32>)
      -> tensor<2x6x7x4xi32>
  return
}

// -----

func.func @kernel_of_nothing(
    %a: tensor<2x8x9x6x!lowbit.affine<8>>, %w: tensor<4x3x0x6x!lowbit.affine<4>>, %init: tensor<2x6x7x4xi32>) {
  // expected-error@+1 {{expected a kernel of at least 1 x 1, but got 'tensor<4x3x0x6x!lowbit.affine<4>>'}}
  %0 = lowbit.conv_2d %a, %w init %init
      : (tensor<2x8x9x6x!lowbit.affine<8>>, tensor<4x3x0x6x!lowbit.affine<4>>, tensor<2x6x7x4xi32>)
      -> tensor<2x6x7x4xi32>
  return
}

// -----

func.func @init_type(
    %a: tensor<2x8x9x6x!lowbit.affine<8>>, %w: tensor<4x3x3x6x!lowbit.affine<4>>, %init: tensor<2x6x?x4xi32>) {
  // expected-error@+1 {{expected init of type 'tensor<2x6x7x4xi32>', but got 'tensor<2x6x?x4xi32>'}}
  %0 = lowbit.conv_2d %a, %w init %init
      : (tensor<2x8x9x6x!lowbit.affine<8>>, tensor<4x3x3x6x!lowbit.affine<4>>, tensor<2x6x?x4xi32>)
      -> tensor<2x6x7x4xi32>
  return
}

// -----

func.func @result_shape(
    %a: tensor<2x8x9x6x!lowbit.affine<8>>, %w: tensor<4x3x3x6x!lowbit.affine<4>>, %init: tensor<2x3x4x4xi32>) {
  // expected-error@+1 {{expected a result of shape 2x3x3x4, but got 'tensor<2x3x4x4xi32>'}}
  %0 = lowbit.conv_2d %a, %w init %init strides [3, 3] dilations [1, 2] padding [1, 1, 0, 2]
      : (tensor<2x8x9x6x!lowbit.affine<8>>, tensor<4x3x3x6x!lowbit.affine<4>>, tensor<2x3x4x4xi32>)
      -> tensor<2x3x4x4xi32>
  return
}

// -----

func.func @kernel_larger_than_images(
    %a: tensor<2x8x9x6x!lowbit.affine<8>>, %w: tensor<4x9x3x6x!lowbit.affine<4>>, %init: tensor<2x1x7x4xi32>) {
  // expected-error@+1 {{expected a result of shape 2x0x7x4, but got 'tensor<2x1x7x4xi32>'}}
  %0 = lowbit.conv_2d %a, %w init %init
      : (tensor<2x8x9x6x!lowbit.affine<8>>, tensor<4x9x3x6x!lowbit.affine<4>>, tensor<2x1x7x4xi32>)
      -> tensor<2x1x7x4xi32>
  return
}

// -----

func.func @activation_zero_point_per_channel(
    %a: tensor<2x8x9x6x!lowbit.affine<8>>, %w: tensor<4x3x3x6x!lowbit.affine<4>>, %za: tensor<1x1x1x6xi32>, %init: tensor<2x6x7x4xi32>) {
  // expected-error@+1 {{expected activation zero point of shape 2x1x1x1 or with extents of 1, but got 'tensor<1x1x1x6xi32>'}}
  %0 = lowbit.conv_2d %a, %w activation_zero_point %za init %init
      : (tensor<2x8x9x6x!lowbit.affine<8>>, tensor<4x3x3x6x!lowbit.affine<4>>, tensor<1x1x1x6xi32>, tensor<2x6x7x4xi32>)
      -> tensor<2x6x7x4xi32>
  return
}

// -----

func.func @activation_zero_point_of_rank_2(
    %a: tensor<2x8x9x6x!lowbit.affine<8>>, %w: tensor<4x3x3x6x!lowbit.affine<4>>, %za: tensor<1x1xi32>, %init: tensor<2x6x7x4xi32>) {
  // expected-error@+1 {{expected activation zero point of rank 4, but got 'tensor<1x1xi32>'}}
  %0 = lowbit.conv_2d %a, %w activation_zero_point %za init %init
      : (tensor<2x8x9x6x!lowbit.affine<8>>, tensor<4x3x3x6x!lowbit.affine<4>>, tensor<1x1xi32>, tensor<2x6x7x4xi32>)
      -> tensor<2x6x7x4xi32>
  return
}

// -----

func.func @weight_zero_point_per_element(
    %a: tensor<2x8x9x6x!lowbit.affine<8>>, %w: tensor<4x3x3x6x!lowbit.affine<4>>, %zw: tensor<4x3x3x6xi32>, %init: tensor<2x6x7x4xi32>) {
  // expected-error@+1 {{expected weight zero point of shape 4x1x1x1 or with extents of 1, but got 'tensor<4x3x3x6xi32>'}}
  %0 = lowbit.conv_2d %a, %w weight_zero_point %zw init %init
      : (tensor<2x8x9x6x!lowbit.affine<8>>, tensor<4x3x3x6x!lowbit.affine<4>>, tensor<4x3x3x6xi32>, tensor<2x6x7x4xi32>)
      -> tensor<2x6x7x4xi32>
  return
}

// -----

func.func @zero_point_of_ternary(
    %a: tensor<2x8x9x6x!lowbit.affine<8>>, %w: tensor<4x3x3x6x!lowbit.ternary>, %zw: tensor<1x1x1x1xi32>, %init: tensor<2x6x7x4xi32>) {
  // expected-error@+1 {{expected no weight zero point on '!lowbit.ternary'}}
  %0 = lowbit.conv_2d %a, %w weight_zero_point %zw init %init
      : (tensor<2x8x9x6x!lowbit.affine<8>>, tensor<4x3x3x6x!lowbit.ternary>, tensor<1x1x1x1xi32>, tensor<2x6x7x4xi32>)
      -> tensor<2x6x7x4xi32>
  return
}

// -----

//===----------------------------------------------------------------------===//
// im2col
//===----------------------------------------------------------------------===//

func.func @kernel_of_one_extent(%x: tensor<2x8x9x6x!lowbit.affine<8>>) {
  // expected-error@+1 {{expected 2 kernel extents of 1 to 2147483647, but got [3]}}
  %0 = lowbit.im2col %x kernel [3]
      : (tensor<2x8x9x6x!lowbit.affine<8>>) -> tensor<84x54x!lowbit.affine<8>>
  return
}

// -----

func.func @kernel_extent_of_zero(%x: tensor<2x8x9x6x!lowbit.affine<8>>) {
  // expected-error@+1 {{expected 2 kernel extents of 1 to 2147483647, but got [3, 0]}}
  %0 = lowbit.im2col %x kernel [3, 0]
      : (tensor<2x8x9x6x!lowbit.affine<8>>) -> tensor<84x54x!lowbit.affine<8>>
  return
}

// -----

func.func @im2col_strides(%x: tensor<2x8x9x6x!lowbit.affine<8>>) {
  // expected-error@+1 {{expected 2 strides of 1 to 2147483647, but got [1, -1]}}
  %0 = lowbit.im2col %x kernel [3, 3] strides [1, -1]
      : (tensor<2x8x9x6x!lowbit.affine<8>>) -> tensor<84x54x!lowbit.affine<8>>
  return
}

// -----

func.func @images_of_rank_2(%x: tensor<8x9x!lowbit.affine<8>>) {
  // expected-error@+1 {{expected images of rank 4 with extents of at most 2147483647, but got 'tensor<8x9x!lowbit.affine<8>>'}}
  %0 = lowbit.im2col %x kernel [3, 3]
      : (tensor<8x9x!lowbit.affine<8>>) -> tensor<84x54x!lowbit.affine<8>>
  return
}

// -----

func.func @images_beyond_all_images(%x: tensor<1x2147483648x1x1x!lowbit.affine<8>>) {
  // expected-error@+1 {{expected images of rank 4 with extents of at most 2147483647, but got}}
  %0 = lowbit.im2col %x kernel [3, 3]
      : (tensor<1x2147483648x1x1x!lowbit.affine<8>>) -> tensor<84x54x!lowbit.affine<8>>
  return
}

// -----

func.func @other_codes(%x: tensor<2x8x9x6x!lowbit.affine<8>>) {
  // expected-error@+1 {{expected a result of '!lowbit.affine<8>', but got 'tensor<84x54x!lowbit.affine<4>>'}}
  %0 = lowbit.im2col %x kernel [3, 3]
      : (tensor<2x8x9x6x!lowbit.affine<8>>) -> tensor<84x54x!lowbit.affine<4>>
  return
}

// -----

func.func @rows(%x: tensor<2x8x9x6x!lowbit.affine<8>>) {
  // expected-error@+1 {{expected a result of shape 84x54, but got 'tensor<85x54x!lowbit.affine<8>>'}}
  %0 = lowbit.im2col %x kernel [3, 3]
      : (tensor<2x8x9x6x!lowbit.affine<8>>) -> tensor<85x54x!lowbit.affine<8>>
  return
}

// -----

func.func @columns(%x: tensor<2x8x9x6x!lowbit.affine<8>>) {
  // expected-error@+1 {{expected a result of shape 84x54, but got 'tensor<84x6x!lowbit.affine<8>>'}}
  %0 = lowbit.im2col %x kernel [3, 3]
      : (tensor<2x8x9x6x!lowbit.affine<8>>) -> tensor<84x6x!lowbit.affine<8>>
  return
}

// -----

func.func @rows_beyond_64_bits(%x: tensor<2147483647x2147483647x2147483647x1x!lowbit.affine<8>>) {
  // expected-error@+1 {{expected extents that 64 bits hold, but got more for}}
  %0 = lowbit.im2col %x kernel [3, 3]
      : (tensor<2147483647x2147483647x2147483647x1x!lowbit.affine<8>>) -> tensor<?x9x!lowbit.affine<8>>
  return
}

// -----

func.func @no_code_of_zero(%x: tensor<1x1x1x1x!lowbit.binary>) {
  // expected-error@+1 {{expected a pad, because 0 is no code of '!lowbit.binary'}}
  %0 = lowbit.im2col %x kernel [1, 1] padding [1, 1, 1, 1]
      : (tensor<1x1x1x1x!lowbit.binary>) -> tensor<9x1x!lowbit.binary>
  return
}

// -----

func.func @pad_per_channel(%x: tensor<2x8x9x6x!lowbit.affine<8>>, %pad: tensor<1x1x1x6xi32>) {
  // expected-error@+1 {{expected pad of shape 2x1x1x1 or with extents of 1, but got 'tensor<1x1x1x6xi32>'}}
  %0 = lowbit.im2col %x kernel [3, 3] pad %pad
      : (tensor<2x8x9x6x!lowbit.affine<8>>, tensor<1x1x1x6xi32>) -> tensor<84x54x!lowbit.affine<8>>
  return
}

// -----

func.func @pad_that_is_no_code(%x: tensor<2x8x9x6x!lowbit.affine<8>>) {
  %pad = arith.constant dense<128> : tensor<1x1x1x1xi32>
  // expected-error@+1 {{expected pad of -128 to 127, but got 128}}
  %0 = lowbit.im2col %x kernel [3, 3] pad %pad
      : (tensor<2x8x9x6x!lowbit.affine<8>>, tensor<1x1x1x1xi32>) -> tensor<84x54x!lowbit.affine<8>>
  return
}

// -----

func.func @pad_of_reals(%x: tensor<2x8x9x6xf32>, %pad: tensor<1x1x1x1xi32>) {
  // expected-error@+1 {{expected no pad of 'f32'}}
  %0 = lowbit.im2col %x kernel [3, 3] pad %pad : (tensor<2x8x9x6xf32>, tensor<1x1x1x1xi32>) -> tensor<84x54xf32>
  return
}

// -----

func.func @codes_out_of_reals(%x: tensor<2x8x9x6xf32>) {
  // expected-error@+1 {{expected a result of 'f32', but got 'tensor<84x54x!lowbit.affine<8>>'}}
  %0 = lowbit.im2col %x kernel [3, 3] : (tensor<2x8x9x6xf32>) -> tensor<84x54x!lowbit.affine<8>>
  return
}

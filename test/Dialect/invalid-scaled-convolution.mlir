// RUN: lowbit-opt %s --split-input-file --verify-diagnostics

func.func @scaled_groups(%a: tensor<1x8x8x4x!lowbit.affine<8>>, %w: tensor<4x3x3x1x!lowbit.affine<8>>, %s: tensor<1x1x1x1xf32>) {
  // expected-error@+1 {{expected groups that divide the channels of}}
  %0 = lowbit.scaled_conv_2d %a, %w activation_scale %s weight_scale %s groups 3
      : (tensor<1x8x8x4x!lowbit.affine<8>>, tensor<4x3x3x1x!lowbit.affine<8>>, tensor<1x1x1x1xf32>, tensor<1x1x1x1xf32>)
      -> tensor<1x6x6x4xf32>
  return
}

// -----

func.func @scale_per_channel_of_the_images(%a: tensor<1x8x8x4x!lowbit.affine<8>>, %w: tensor<4x3x3x1x!lowbit.affine<8>>,
                                           %sa: tensor<1x1x1x4xf32>, %sw: tensor<1x1x1x1xf32>) {
  // expected-error@+1 {{expected activation scale of shape 1x1x1x1 or with extents of 1, but got 'tensor<1x1x1x4xf32>'}}
  %0 = lowbit.scaled_conv_2d %a, %w activation_scale %sa weight_scale %sw groups 4
      : (tensor<1x8x8x4x!lowbit.affine<8>>, tensor<4x3x3x1x!lowbit.affine<8>>, tensor<1x1x1x4xf32>, tensor<1x1x1x1xf32>)
      -> tensor<1x6x6x4xf32>
  return
}

// -----

func.func @weight_scales(%a: tensor<1x8x8x4x!lowbit.affine<8>>, %w: tensor<4x3x3x1x!lowbit.affine<8>>,
                         %sa: tensor<1x1x1x1xf32>, %sw: tensor<3x1x1x1xf32>) {
  // expected-error@+1 {{expected weight scale of shape 4x1x1x1 or with extents of 1, but got 'tensor<3x1x1x1xf32>'}}
  %0 = lowbit.scaled_conv_2d %a, %w activation_scale %sa weight_scale %sw groups 4
      : (tensor<1x8x8x4x!lowbit.affine<8>>, tensor<4x3x3x1x!lowbit.affine<8>>, tensor<1x1x1x1xf32>, tensor<3x1x1x1xf32>)
      -> tensor<1x6x6x4xf32>
  return
}

// -----

func.func @activation_scale_of_zero(%a: tensor<1x8x8x4x!lowbit.affine<8>>, %w: tensor<4x3x3x1x!lowbit.affine<8>>, %sw: tensor<1x1x1x1xf32>) {
  %sa = arith.constant dense<0.0> : tensor<1x1x1x1xf32>
  // expected-error@+1 {{expected positive, normal scales, but got 0}}
  %0 = lowbit.scaled_conv_2d %a, %w activation_scale %sa weight_scale %sw groups 4
      : (tensor<1x8x8x4x!lowbit.affine<8>>, tensor<4x3x3x1x!lowbit.affine<8>>, tensor<1x1x1x1xf32>, tensor<1x1x1x1xf32>)
      -> tensor<1x6x6x4xf32>
  return
}

// -----

func.func @weight_scale_of_zero(%a: tensor<1x8x8x4x!lowbit.affine<8>>, %w: tensor<4x3x3x1x!lowbit.affine<8>>, %sa: tensor<1x1x1x1xf32>) {
  %sw = arith.constant dense<-1.0> : tensor<1x1x1x1xf32>
  // expected-error@+1 {{expected positive, normal scales, but got -1}}
  %0 = lowbit.scaled_conv_2d %a, %w activation_scale %sa weight_scale %sw groups 4
      : (tensor<1x8x8x4x!lowbit.affine<8>>, tensor<4x3x3x1x!lowbit.affine<8>>, tensor<1x1x1x1xf32>, tensor<1x1x1x1xf32>)
      -> tensor<1x6x6x4xf32>
  return
}

// RUN: lowbit-opt %s --lowbit-quantize="no-fallback" --split-input-file --verify-diagnostics

// Convolutions that stay float, and why.

func.func @one_dimension(%x: tensor<1x8x2xf32>, %w: tensor<3x2x4xf32>, %init: tensor<1x6x4xf32>) -> tensor<1x6x4xf32> {
  // expected-error@+1 {{the layer stays float: expected a convolution of images N, H, W and channels}}
  %y = linalg.conv_1d_nwc_wcf {lowbit.weights = "int8"} ins(%x, %w : tensor<1x8x2xf32>, tensor<3x2x4xf32>)
    outs(%init : tensor<1x6x4xf32>) -> tensor<1x6x4xf32>
  return %y : tensor<1x6x4xf32>
}

// -----

func.func @run_time_weights(%x: tensor<1x4x4x2xf32>, %w: tensor<3x3x2x4xf32>, %init: tensor<1x2x2x4xf32>)
    -> tensor<1x2x2x4xf32> {
  // expected-error@+1 {{stays float: expected constant weights, but got values of run time}}
  %y = linalg.conv_2d_nhwc_hwcf {lowbit.weights = "int8"} ins(%x, %w : tensor<1x4x4x2xf32>, tensor<3x3x2x4xf32>)
    outs(%init : tensor<1x2x2x4xf32>) -> tensor<1x2x2x4xf32>
  return %y : tensor<1x2x2x4xf32>
}

// -----

func.func @dynamic_channels(%x: tensor<1x4x4x?xf32>, %init: tensor<1x2x2x4xf32>) -> tensor<1x2x2x4xf32> {
  %w = arith.constant dense<1.0> : tensor<3x3x2x4xf32>
  // expected-error@+1 {{stays float: expected static channels and a static kernel}}
  %y = linalg.conv_2d_nhwc_hwcf {lowbit.weights = "int8"} ins(%x, %w : tensor<1x4x4x?xf32>, tensor<3x3x2x4xf32>)
    outs(%init : tensor<1x2x2x4xf32>) -> tensor<1x2x2x4xf32>
  return %y : tensor<1x2x2x4xf32>
}

// -----

func.func @no_weights(%x: tensor<1x4x4x2xf32>, %init: tensor<1x2x2x0xf32>) -> tensor<1x2x2x0xf32> {
  %w = arith.constant dense<1.0> : tensor<3x3x2x0xf32>
  // expected-error@+1 {{stays float: expected weights, but got none}}
  %y = linalg.conv_2d_nhwc_hwcf {lowbit.weights = "int8"} ins(%x, %w : tensor<1x4x4x2xf32>, tensor<3x3x2x0xf32>)
    outs(%init : tensor<1x2x2x0xf32>) -> tensor<1x2x2x0xf32>
  return %y : tensor<1x2x2x0xf32>
}

// -----

func.func @no_windows(%x: tensor<1x2x4x2xf32>, %init: tensor<1x0x2x4xf32>) -> tensor<1x0x2x4xf32> {
  %w = arith.constant dense<1.0> : tensor<3x3x2x4xf32>
  // expected-error@+1 {{stays float: expected windows, but got a kernel beyond the images}}
  %y = linalg.conv_2d_nhwc_hwcf {lowbit.weights = "int8"} ins(%x, %w : tensor<1x2x4x2xf32>, tensor<3x3x2x4xf32>)
    outs(%init : tensor<1x0x2x4xf32>) -> tensor<1x0x2x4xf32>
  return %y : tensor<1x0x2x4xf32>
}

// -----

func.func @not_every_window(%x: tensor<1x5x4x2xf32>, %init: tensor<1x2x2x4xf32>) -> tensor<1x2x2x4xf32> {
  %w = arith.constant dense<1.0> : tensor<3x3x2x4xf32>
  // expected-error@+1 {{stays float: expected a result for each window of the images}}
  %y = linalg.conv_2d_nhwc_hwcf {lowbit.weights = "int8"} ins(%x, %w : tensor<1x5x4x2xf32>, tensor<3x3x2x4xf32>)
    outs(%init : tensor<1x2x2x4xf32>) -> tensor<1x2x2x4xf32>
  return %y : tensor<1x2x2x4xf32>
}

// -----

#images = affine_map<(h, n, w, o, y, x, c) -> (h + y, n, w + x, c)>
#kernel = affine_map<(h, n, w, o, y, x, c) -> (y, x, c, o)>
#result = affine_map<(h, n, w, o, y, x, c) -> (h, n, w, o)>
func.func @images_not_first(%x: tensor<4x1x4x2xf32>, %init: tensor<2x1x2x4xf32>) -> tensor<2x1x2x4xf32> {
  %w = arith.constant dense<1.0> : tensor<3x3x2x4xf32>
  // expected-error@+1 {{stays float: expected the images along the first dimension}}
  %y = linalg.generic {indexing_maps = [#images, #kernel, #result],
      iterator_types = ["parallel", "parallel", "parallel", "parallel", "reduction", "reduction", "reduction"]}
      ins(%x, %w : tensor<4x1x4x2xf32>, tensor<3x3x2x4xf32>) outs(%init : tensor<2x1x2x4xf32>)
      attrs = {lowbit.weights = "int8"} {
  ^bb0(%a: f32, %b: f32, %s: f32):
    %m = arith.mulf %a, %b : f32
    %r = arith.addf %s, %m : f32
    linalg.yield %r : f32
  } -> tensor<2x1x2x4xf32>
  return %y : tensor<2x1x2x4xf32>
}

// -----

func.func @blocks_of_one_channel(%x: tensor<1x4x4x2xf32>, %init: tensor<1x2x2x2xf32>) -> tensor<1x2x2x2xf32> {
  %w = arith.constant dense<1.0> : tensor<3x3x2xf32>
  // expected-error@+1 {{stays float: expected no blocks along the kernel where each group is one channel}}
  %y = linalg.depthwise_conv_2d_nhwc_hwc {lowbit.weights = "int8:block=3"}
    ins(%x, %w : tensor<1x4x4x2xf32>, tensor<3x3x2xf32>) outs(%init : tensor<1x2x2x2xf32>) -> tensor<1x2x2x2xf32>
  return %y : tensor<1x2x2x2xf32>
}

// -----

func.func @float_zero_points_of_one_channel(%x: tensor<1x4x4x2xf32>, %init: tensor<1x2x2x2xf32>)
    -> tensor<1x2x2x2xf32> {
  %w = arith.constant dense<1.0> : tensor<3x3x2xf32>
  // expected-error@+1 {{stays float: expected integer zero points where each group is one channel}}
  %y = linalg.depthwise_conv_2d_nhwc_hwc {lowbit.weights = "uint4:zero-point=float"}
    ins(%x, %w : tensor<1x4x4x2xf32>, tensor<3x3x2xf32>) outs(%init : tensor<1x2x2x2xf32>) -> tensor<1x2x2x2xf32>
  return %y : tensor<1x2x2x2xf32>
}

// -----

func.func @signs_in_padding(%q: tensor<1x2x2x2x!lowbit.binary>, %init: tensor<1x2x2x4xf32>) -> tensor<1x2x2x4xf32> {
  %zero = arith.constant 0.0 : f32
  %s = arith.constant dense<1.0> : tensor<1x1x1x1xf32>
  %w = arith.constant dense<1.0> : tensor<3x3x2x4xf32>
  %x = lowbit.dequantize %q scale %s : (tensor<1x2x2x2x!lowbit.binary>, tensor<1x1x1x1xf32>) -> tensor<1x2x2x2xf32>
  %p = tensor.pad %x low[0, 1, 1, 0] high[0, 1, 1, 0] {
  ^bb0(%n: index, %h: index, %v: index, %c: index):
    tensor.yield %zero : f32
  } : tensor<1x2x2x2xf32> to tensor<1x4x4x2xf32>
  // expected-error@+1 {{stays float: expected activations with a code for the padding}}
  %y = linalg.conv_2d_nhwc_hwcf {lowbit.weights = "int8"} ins(%p, %w : tensor<1x4x4x2xf32>, tensor<3x3x2x4xf32>)
    outs(%init : tensor<1x2x2x4xf32>) -> tensor<1x2x2x4xf32>
  return %y : tensor<1x2x2x4xf32>
}

// -----

func.func @scale_per_channel(%x: tensor<1x4x4x2xf32>, %init: tensor<1x4x4x1xf32>) -> tensor<1x4x4x1xf32> {
  %q = lowbit.constant dense<1> : tensor<1x1x2x1xi8> -> tensor<1x1x2x1x!lowbit.affine<4>>
  %s = arith.constant dense<0.5> : tensor<1x1x2x1xf32>
  %w = lowbit.dequantize %q scale %s
      : (tensor<1x1x2x1x!lowbit.affine<4>>, tensor<1x1x2x1xf32>) -> tensor<1x1x2x1xf32>
  // expected-error@+1 {{stays float: expected a kernel of codes with one scale, or one per output}}
  %y = linalg.conv_2d_nhwc_hwcf {lowbit.weights = "int8"} ins(%x, %w : tensor<1x4x4x2xf32>, tensor<1x1x2x1xf32>)
    outs(%init : tensor<1x4x4x1xf32>) -> tensor<1x4x4x1xf32>
  return %y : tensor<1x4x4x1xf32>
}

// -----

func.func @scale_of_run_time(%x: tensor<1x4x4x2xf32>, %s: tensor<1x1x1x1xf32>, %init: tensor<1x4x4x1xf32>)
    -> tensor<1x4x4x1xf32> {
  %q = lowbit.constant dense<1> : tensor<1x1x2x1xi8> -> tensor<1x1x2x1x!lowbit.affine<4>>
  %w = lowbit.dequantize %q scale %s
      : (tensor<1x1x2x1x!lowbit.affine<4>>, tensor<1x1x1x1xf32>) -> tensor<1x1x2x1xf32>
  // expected-error@+1 {{stays float: expected a kernel of codes with constant parameters}}
  %y = linalg.conv_2d_nhwc_hwcf {lowbit.weights = "int8"} ins(%x, %w : tensor<1x4x4x2xf32>, tensor<1x1x2x1xf32>)
    outs(%init : tensor<1x4x4x1xf32>) -> tensor<1x4x4x1xf32>
  return %y : tensor<1x4x4x1xf32>
}

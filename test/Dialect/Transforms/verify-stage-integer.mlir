// RUN: lowbit-opt %s --lowbit-verify-stage="stage=integer" --split-input-file --verify-diagnostics
// RUN: lowbit-opt %s --split-input-file --lowbit-verify-stage="stage=quantized"
// RUN: lowbit-opt %s --split-input-file --lowbit-fold-zero-points --lowbit-verify-stage="stage=integer"

!a8 = !lowbit.affine<8>

func.func @matmul(%a: tensor<?x2x!a8>, %w: tensor<1x2x!a8>, %z: tensor<1x1xi32>, %init: tensor<?x1xi32>) -> tensor<?x1xi32> {
  // expected-error@+1 {{expected no zero points after the integer stage, but got an activation zero point}}
  %x = lowbit.matmul %a, %w activation_zero_point %z init %init
      : (tensor<?x2x!a8>, tensor<1x2x!a8>, tensor<1x1xi32>, tensor<?x1xi32>) -> tensor<?x1xi32>
  return %x : tensor<?x1xi32>
}

// -----

!a8 = !lowbit.affine<8>

func.func @matmul_weights(%a: tensor<?x2x!a8>, %w: tensor<1x2x!a8>, %z: tensor<1x1xi32>, %init: tensor<?x1xi32>) -> tensor<?x1xi32> {
  // expected-error@+1 {{expected no zero points after the integer stage, but got a weight zero point}}
  %y = lowbit.matmul %a, %w weight_zero_point %z init %init
      : (tensor<?x2x!a8>, tensor<1x2x!a8>, tensor<1x1xi32>, tensor<?x1xi32>) -> tensor<?x1xi32>
  return %y : tensor<?x1xi32>
}

// -----

!a8 = !lowbit.affine<8>

func.func @scaled_matmul(%a: tensor<?x2x!a8>, %w: tensor<1x2x!a8>, %s: tensor<1x1xf32>, %z: tensor<1x1xi32>) -> tensor<?x1xf32> {
  // expected-error@+1 {{expected no zero points after the integer stage, but got an activation zero point}}
  %x = lowbit.scaled_matmul %a, %w activation_scale %s weight_scale %s activation_zero_point %z
      : (tensor<?x2x!a8>, tensor<1x2x!a8>, tensor<1x1xf32>, tensor<1x1xf32>, tensor<1x1xi32>) -> tensor<?x1xf32>
  return %x : tensor<?x1xf32>
}

// -----

!a8 = !lowbit.affine<8>

func.func @scaled_matmul_weights(%a: tensor<?x2x!a8>, %w: tensor<1x2x!a8>, %s: tensor<1x1xf32>, %f: tensor<1x1xf32>) -> tensor<?x1xf32> {
  // expected-error@+1 {{expected no zero points after the integer stage, but got a weight zero point}}
  %y = lowbit.scaled_matmul %a, %w activation_scale %s weight_scale %s weight_zero_point %f
      : (tensor<?x2x!a8>, tensor<1x2x!a8>, tensor<1x1xf32>, tensor<1x1xf32>, tensor<1x1xf32>) -> tensor<?x1xf32>
  return %y : tensor<?x1xf32>
}

// -----

!a8 = !lowbit.affine<8>

func.func @conv_2d(%a: tensor<?x3x3x2x!a8>, %w: tensor<2x2x2x1x!a8>, %z: tensor<1x1x1x1xi32>, %init: tensor<?x3x2x2xi32>) -> tensor<?x3x2x2xi32> {
  // expected-error@+1 {{expected no zero points after the integer stage, but got an activation zero point}}
  %x = lowbit.conv_2d %a, %w activation_zero_point %z init %init groups 2 padding [1, 0, 0, 0]
      : (tensor<?x3x3x2x!a8>, tensor<2x2x2x1x!a8>, tensor<1x1x1x1xi32>, tensor<?x3x2x2xi32>) -> tensor<?x3x2x2xi32>
  return %x : tensor<?x3x2x2xi32>
}

// -----

!a8 = !lowbit.affine<8>

func.func @conv_2d_weights(%a: tensor<?x3x3x2x!a8>, %w: tensor<2x2x2x1x!a8>, %z: tensor<2x1x1x1xi32>, %init: tensor<?x2x2x2xi32>) -> tensor<?x2x2x2xi32> {
  // expected-error@+1 {{expected no zero points after the integer stage, but got a weight zero point}}
  %x = lowbit.conv_2d %a, %w weight_zero_point %z init %init groups 2
      : (tensor<?x3x3x2x!a8>, tensor<2x2x2x1x!a8>, tensor<2x1x1x1xi32>, tensor<?x2x2x2xi32>) -> tensor<?x2x2x2xi32>
  return %x : tensor<?x2x2x2xi32>
}

// -----

!a8 = !lowbit.affine<8>

func.func @scaled_conv_2d(%a: tensor<?x3x3x2x!a8>, %w: tensor<2x2x2x1x!a8>, %s: tensor<1x1x1x1xf32>, %z: tensor<1x1x1x1xi32>) -> tensor<?x2x2x2xf32> {
  // expected-error@+1 {{expected no zero points after the integer stage, but got an activation zero point}}
  %x = lowbit.scaled_conv_2d %a, %w activation_scale %s weight_scale %s activation_zero_point %z groups 2
      : (tensor<?x3x3x2x!a8>, tensor<2x2x2x1x!a8>, tensor<1x1x1x1xf32>, tensor<1x1x1x1xf32>, tensor<1x1x1x1xi32>)
      -> tensor<?x2x2x2xf32>
  return %x : tensor<?x2x2x2xf32>
}

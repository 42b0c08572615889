// RUN: lowbit-opt %s --lowbit-prove-accumulators --split-input-file --verify-diagnostics
// RUN: not lowbit-opt %s --lowbit-prove-accumulators=width=33 --split-input-file 2>&1 | FileCheck %s --check-prefix=WIDTH
// RUN: not lowbit-opt %s --lowbit-prove-accumulators=width=8 --split-input-file 2>&1 | FileCheck %s --check-prefix=NARROW
// WIDTH: error: expected a width of 8 to 32 bits, but got 33

!i8 = !lowbit.affine<8>

// i32 holds no more whatever is split.
// NARROW: error: layer 'fc': expected sums of at most 32 bits
func.func @matmul(%a: tensor<1x2x!i8>) -> tensor<1x1xi32> {
  %w = lowbit.constant dense<-128> : tensor<1x2xi8> -> tensor<1x2x!i8>
  %init = arith.constant dense<2147483647> : tensor<1x1xi32>
  // expected-error @below {{layer 'fc': expected sums of at most 32 bits, but got sums from 2147451135 to 2147516415 in channel 0}}
  %y = lowbit.matmul %a, %w init %init {layer = "fc"}
      : (tensor<1x2x!i8>, tensor<1x2x!i8>, tensor<1x1xi32>) -> tensor<1x1xi32>
  return %y : tensor<1x1xi32>
}

// -----

!i8 = !lowbit.affine<8>

// A term can overflow what the products do not.
// NARROW: error: unnamed layer: expected sums of at most 8 bits
func.func @term(%a: tensor<1x1x!i8>, %s: tensor<1x1xf32>) -> tensor<1x1xf32> {
  %w = lowbit.constant dense<1> : tensor<1x1xi8> -> tensor<1x1x!i8>
  %row = arith.constant dense<1073741824> : tensor<1x1xi32>
  %column = arith.constant dense<2> : tensor<1x1xi32>
  // expected-error @below {{unnamed layer: expected sums of at most 32 bits, but got sums from 2147483520 to 2147483775 in channel 0}}
  %y = lowbit.scaled_matmul %a, %w activation_scale %s weight_scale %s terms(%row) * (%column)
      : (tensor<1x1x!i8>, tensor<1x1x!i8>, tensor<1x1xf32>, tensor<1x1xf32>, tensor<1x1xi32>, tensor<1x1xi32>)
      -> tensor<1x1xf32>
  return %y : tensor<1x1xf32>
}

// -----

!i8 = !lowbit.affine<8>

// One product of 8 bits each is too long for 8 bits.
// NARROW: error: layer 'one': expected sums of at most 8 bits, but got sums from -16256 to 16384 in channel 0
func.func @oneProduct(%a: tensor<1x1x!i8>) -> tensor<1x1xi32> {
  %w = lowbit.constant dense<-128> : tensor<1x1xi8> -> tensor<1x1x!i8>
  %init = arith.constant dense<0> : tensor<1x1xi32>
  %y = lowbit.matmul %a, %w init %init {layer = "one"}
      : (tensor<1x1x!i8>, tensor<1x1x!i8>, tensor<1x1xi32>) -> tensor<1x1xi32>
  return %y : tensor<1x1xi32>
}

// -----

!i8 = !lowbit.affine<8>

// NARROW: error: layer 'windows': expected sums of at most 8 bits, but got sums from -127 to 128 in channel 0
func.func @convolution(%a: tensor<1x1x1x1x!i8>, %init: tensor<1x1x1x1xi32>) -> tensor<1x1x1x1xi32> {
  %w = lowbit.constant dense<-1> : tensor<1x1x1x1xi8> -> tensor<1x1x1x1x!i8>
  %y = lowbit.conv_2d %a, %w init %init {layer = "windows"}
      : (tensor<1x1x1x1x!i8>, tensor<1x1x1x1x!i8>, tensor<1x1x1x1xi32>) -> tensor<1x1x1x1xi32>
  return %y : tensor<1x1x1x1xi32>
}

// -----

!i8 = !lowbit.affine<8>

// NARROW: error: layer 'scaled': expected sums of at most 8 bits, but got sums from -127 to 128 in channel 0
func.func @scaledConvolution(%a: tensor<1x1x1x1x!i8>, %s: tensor<1x1x1x1xf32>) -> tensor<1x1x1x1xf32> {
  %w = lowbit.constant dense<-1> : tensor<1x1x1x1xi8> -> tensor<1x1x1x1x!i8>
  %y = lowbit.scaled_conv_2d %a, %w activation_scale %s weight_scale %s {layer = "scaled"}
      : (tensor<1x1x1x1x!i8>, tensor<1x1x1x1x!i8>, tensor<1x1x1x1xf32>, tensor<1x1x1x1xf32>) -> tensor<1x1x1x1xf32>
  return %y : tensor<1x1x1x1xf32>
}

// -----

!i8 = !lowbit.affine<8>

func.func @initOfAConvolution(%a: tensor<1x1x1x1x!i8>) -> tensor<1x1x1x1xi32> {
  %w = lowbit.constant dense<1> : tensor<1x1x1x1xi8> -> tensor<1x1x1x1x!i8>
  %init = arith.constant dense<2147483647> : tensor<1x1x1x1xi32>
  // expected-error @below {{unnamed layer: expected sums of at most 32 bits, but got sums from 2147483519 to 2147483774 in channel 0}}
  %y = lowbit.conv_2d %a, %w init %init
      : (tensor<1x1x1x1x!i8>, tensor<1x1x1x1x!i8>, tensor<1x1x1x1xi32>) -> tensor<1x1x1x1xi32>
  return %y : tensor<1x1x1x1xi32>
}

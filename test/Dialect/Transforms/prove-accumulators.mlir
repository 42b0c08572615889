// RUN: lowbit-opt %s --lowbit-prove-accumulators --remarks-filter="lowbit" --remark-format=emitRemark -o /dev/null 2>&1 | FileCheck %s --check-prefix=REMARK
// RUN: lowbit-opt %s -o %t.before
// RUN: lowbit-opt %s --lowbit-prove-accumulators | diff %t.before -

!i8 = !lowbit.affine<8>
!u8 = !lowbit.affine<8, unsigned>
!t = !lowbit.ternary

// The weights 1, -1, 1, 1 of channel 1 reach further than those of channel 0:
// -128 * 3 - 127 + 10 and 127 * 3 + 128 + 10.
// REMARK: layer 'matmul': sums from -501 to 519 (channel 1) fit in 32 bits
func.func @matmul(%a: tensor<1x4x!i8>) -> tensor<1x2xi32> {
  %w = lowbit.constant dense<[[0, 1, 0, 0], [1, -1, 1, 1]]> : tensor<2x4xi8> -> tensor<2x4x!t>
  %init = arith.constant dense<10> : tensor<1x2xi32>
  %y = lowbit.matmul %a, %w init %init {layer = "matmul"}
      : (tensor<1x4x!i8>, tensor<2x4x!t>, tensor<1x2xi32>) -> tensor<1x2xi32>
  return %y : tensor<1x2xi32>
}

// Zero points widen: activations are -3 .. 252, weights 4 and -4.
// REMARK: unnamed layer: sums from -1020 to 1020 (channel 0) fit in 32 bits
func.func @zeroPoints(%a: tensor<1x2x!u8>) -> tensor<1x1xi32> {
  %w = lowbit.constant dense<[[7, -1]]> : tensor<1x2xi8> -> tensor<1x2x!i8>
  %zw = arith.constant dense<3> : tensor<1x1xi32>
  %za = arith.constant dense<3> : tensor<1x1xi32>
  %init = arith.constant dense<0> : tensor<1x1xi32>
  %y = lowbit.matmul %a, %w activation_zero_point %za weight_zero_point %zw init %init
      : (tensor<1x2x!u8>, tensor<1x2x!i8>, tensor<1x1xi32>, tensor<1x1xi32>, tensor<1x1xi32>) -> tensor<1x1xi32>
  return %y : tensor<1x1xi32>
}

// Unsigned weights are stored in signed bytes; a scale beyond the sum does not
// matter.
// REMARK: layer 'unsigned': sums from -25600 to 25400 (channel 0) fit in 32 bits
func.func @unsignedWeights(%a: tensor<1x2x!i8>, %s: tensor<1x1xf32>) -> tensor<1x1xf32> {
  %w = lowbit.constant dense<[[-56, 0]]> : tensor<1x2xi8> -> tensor<1x2x!u8>
  %y = lowbit.scaled_matmul %a, %w activation_scale %s weight_scale %s {layer = "unsigned"}
      : (tensor<1x2x!i8>, tensor<1x2x!u8>, tensor<1x1xf32>, tensor<1x1xf32>) -> tensor<1x1xf32>
  return %y : tensor<1x1xf32>
}

// What run time brings is taken at its worst, or is a remark.
// REMARK: layer 'terms': sums from -768 to 764 (channel 0) fit in 32 bits
// REMARK: layer 'anyInit': no bound of the initial value is known
// REMARK: layer 'anyTerm': no bound of a term is known
// REMARK: layer 'anyDepth': no bound of the extent of K is known
func.func @runTime(%x: tensor<1x2xf32>, %s: tensor<1x1xf32>, %w: tensor<1x2x!t>, %any: tensor<1x1xi32>,
                   %deep: tensor<1x?x!i8>, %deepWeights: tensor<1x?x!t>)
    -> (tensor<1x1xf32>, tensor<1x1xi32>, tensor<1x1xf32>, tensor<1x1xf32>) {
  %sa, %za = lowbit.choose_params %x for !i8 : (tensor<1x2xf32>) -> (tensor<1x1xf32>, tensor<1x1xi32>)
  %a = lowbit.quantize %x scale %sa zero_point %za : (tensor<1x2xf32>, tensor<1x1xf32>, tensor<1x1xi32>) -> tensor<1x2x!i8>
  %sums = lowbit.row_sums %a : tensor<1x2x!i8> -> tensor<1x1xi32>
  %one = arith.constant dense<1> : tensor<1x1xi32>
  %two = arith.constant dense<2> : tensor<1x1xi32>
  %y0 = lowbit.scaled_matmul %a, %w activation_scale %sa weight_scale %s
      terms(%za, %sums) * (%two, %one) {layer = "terms"}
      : (tensor<1x2x!i8>, tensor<1x2x!t>, tensor<1x1xf32>, tensor<1x1xf32>, tensor<1x1xi32>, tensor<1x1xi32>,
         tensor<1x1xi32>, tensor<1x1xi32>) -> tensor<1x1xf32>
  %y1 = lowbit.matmul %a, %w init %any {layer = "anyInit"}
      : (tensor<1x2x!i8>, tensor<1x2x!t>, tensor<1x1xi32>) -> tensor<1x1xi32>
  %y2 = lowbit.scaled_matmul %a, %w activation_scale %sa weight_scale %s terms(%any) * (%one) {layer = "anyTerm"}
      : (tensor<1x2x!i8>, tensor<1x2x!t>, tensor<1x1xf32>, tensor<1x1xf32>, tensor<1x1xi32>, tensor<1x1xi32>)
      -> tensor<1x1xf32>
  %y3 = lowbit.scaled_matmul %deep, %deepWeights activation_scale %sa weight_scale %s {layer = "anyDepth"}
      : (tensor<1x?x!i8>, tensor<1x?x!t>, tensor<1x1xf32>, tensor<1x1xf32>) -> tensor<1x1xf32>
  return %y0, %y1, %y2, %y3 : tensor<1x1xf32>, tensor<1x1xi32>, tensor<1x1xf32>, tensor<1x1xf32>
}

// Windows of the weights 2, -3 and of 1, 1; codes of -128 .. 127 less 3 are
// -131 .. 124, and the padding is 0: -131 * 2 - 124 * 3 - 4 and 124 * 2 + 131 * 3 - 4.
// REMARK: layer 'depthwise': sums from -638 to 637 (channel 1) fit in 32 bits
// REMARK: layer 'scaled': sums from -634 to 641 (channel 1) fit in 32 bits
func.func @convolutions(%a: tensor<?x3x3x2x!i8>, %s: tensor<1x1x1x1xf32>, %e: tensor<?x4x3x2xi32>)
    -> (tensor<?x4x3x2xi32>, tensor<?x4x3x2xf32>) {
  %w = lowbit.constant dense<[[[[1]], [[1]]], [[[2]], [[-3]]]]> : tensor<2x2x1x1xi8> -> tensor<2x2x1x1x!i8>
  %za = arith.constant dense<3> : tensor<1x1x1x1xi32>
  %bias = arith.constant dense<[10, -4]> : tensor<2xi32>
  %init = linalg.broadcast ins(%bias : tensor<2xi32>) outs(%e : tensor<?x4x3x2xi32>) dimensions = [0, 1, 2]
  %y = lowbit.conv_2d %a, %w activation_zero_point %za init %init groups 2 padding [1, 1, 0, 0] {layer = "depthwise"}
      : (tensor<?x3x3x2x!i8>, tensor<2x2x1x1x!i8>, tensor<1x1x1x1xi32>, tensor<?x4x3x2xi32>) -> tensor<?x4x3x2xi32>
  %z = lowbit.scaled_conv_2d %a, %w activation_scale %s weight_scale %s activation_zero_point %za
      groups 2 padding [1, 1, 0, 0] {layer = "scaled"}
      : (tensor<?x3x3x2x!i8>, tensor<2x2x1x1x!i8>, tensor<1x1x1x1xf32>, tensor<1x1x1x1xf32>, tensor<1x1x1x1xi32>)
      -> tensor<?x4x3x2xf32>
  return %y, %z : tensor<?x4x3x2xi32>, tensor<?x4x3x2xf32>
}

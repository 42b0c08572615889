// RUN: lowbit-opt %s --lowbit-propagate | FileCheck %s
// RUN: lowbit-opt %s --lowbit-propagate -o %t
// RUN: lowbit-opt %t --lowbit-propagate | diff %t -

!i8 = !lowbit.affine<8>
!u8 = !lowbit.affine<8, unsigned>
#id = affine_map<(m, n) -> (m, n)>

// The same parameters on both sides: codes are moved, and that is all.
// CHECK-LABEL: func @moves(
// CHECK-SAME: %[[A:[^:]+]]: tensor<2x3x4x!lowbit.affine<8>>
// CHECK: %[[I:.+]] = lowbit.to_storage %[[A]]
// CHECK: %[[C:.+]] = tensor.collapse_shape %[[I]] {{.*}} : tensor<2x3x4xi8> into tensor<6x4xi8>
// CHECK: %[[T:.+]] = linalg.transpose ins(%[[C]] : tensor<6x4xi8>)
// CHECK: %[[S:.+]] = tensor.extract_slice %[[T]][1, 0] [2, 6] [1, 1] : tensor<4x6xi8> to tensor<2x6xi8>
// CHECK: %[[E:.+]] = tensor.expand_shape %[[S]]
// CHECK: %[[Q:.+]] = lowbit.from_storage %[[E]]
// CHECK-NEXT: return %[[Q]]
func.func @moves(%a: tensor<2x3x4x!i8>) -> tensor<2x2x3x!i8> {
  %s = arith.constant dense<0.5> : tensor<1x1x1xf32>
  %z = arith.constant dense<3> : tensor<1x1x1xi32>
  %x = lowbit.dequantize %a scale %s zero_point %z
      : (tensor<2x3x4x!i8>, tensor<1x1x1xf32>, tensor<1x1x1xi32>) -> tensor<2x3x4xf32>
  %c = tensor.collapse_shape %x [[0, 1], [2]] : tensor<2x3x4xf32> into tensor<6x4xf32>
  %e = tensor.empty() : tensor<4x6xf32>
  %t = linalg.transpose ins(%c : tensor<6x4xf32>) outs(%e : tensor<4x6xf32>) permutation = [1, 0]
  %l = tensor.extract_slice %t[1, 0] [2, 6] [1, 1] : tensor<4x6xf32> to tensor<2x6xf32>
  %r = tensor.expand_shape %l [[0], [1, 2]] output_shape [2, 2, 3] : tensor<2x6xf32> into tensor<2x2x3xf32>
  %q = lowbit.quantize %r scale %s zero_point %z
      : (tensor<2x2x3xf32>, tensor<1x1x1xf32>, tensor<1x1x1xi32>) -> tensor<2x2x3x!i8>
  return %q : tensor<2x2x3x!i8>
}

// Real zero is the code 7; -1.0 has a code when moved up, where it is rounded.
// CHECK-LABEL: func @pad(
// CHECK-DAG: %[[ZERO:.+]] = arith.constant 7 : i8
// CHECK: tensor.pad
// CHECK: tensor.yield %[[ZERO]] : i8
// CHECK-NOT: f32
// CHECK: return
func.func @pad(%a: tensor<2x3x!u8>) -> tensor<4x3x!u8> {
  %s = arith.constant dense<0.5> : tensor<1x1xf32>
  %z = arith.constant dense<7> : tensor<1x1xi32>
  %zero = arith.constant 0.0 : f32
  %x = lowbit.dequantize %a scale %s zero_point %z : (tensor<2x3x!u8>, tensor<1x1xf32>, tensor<1x1xi32>) -> tensor<2x3xf32>
  %p = tensor.pad %x low[1, 0] high[1, 0] {
  ^bb0(%i: index, %j: index):
    tensor.yield %zero : f32
  } : tensor<2x3xf32> to tensor<4x3xf32>
  %q = lowbit.quantize %p scale %s zero_point %z : (tensor<4x3xf32>, tensor<1x1xf32>, tensor<1x1xi32>) -> tensor<4x3x!u8>
  return %q : tensor<4x3x!u8>
}

// What no code stands for keeps the reals.
// CHECK-LABEL: func @padBetweenCodes(
// CHECK: tensor.pad {{.*}}
// CHECK: tensor.yield %{{.+}} : f32
func.func @padBetweenCodes(%a: tensor<2x3x!u8>) -> tensor<4x3xf32> {
  %s = arith.constant dense<0.5> : tensor<1x1xf32>
  %quarter = arith.constant 0.25 : f32
  %x = lowbit.dequantize %a scale %s : (tensor<2x3x!u8>, tensor<1x1xf32>) -> tensor<2x3xf32>
  %p = tensor.pad %x low[1, 0] high[1, 0] {
  ^bb0(%i: index, %j: index):
    tensor.yield %quarter : f32
  } : tensor<2x3xf32> to tensor<4x3xf32>
  return %p : tensor<4x3xf32>
}

// Each side of the concatenation keeps the parameters that it is asked for: the
// second is rescaled.
// CHECK-LABEL: func @concat(
// CHECK-SAME: %[[A:[^:]+]]: tensor<2x3x!lowbit.affine<8>>, %[[B:[^:]+]]: tensor<2x4x!lowbit.affine<8, unsigned>>
// CHECK-DAG: %[[IA:.+]] = lowbit.to_storage %[[A]]
// CHECK-DAG: %[[R:.+]] = lowbit.requantize
// CHECK-DAG: %[[IB:.+]] = lowbit.to_storage %[[R]]
// CHECK: tensor.concat dim(1) %[[IA]], %[[IB]] : (tensor<2x3xi8>, tensor<2x4xi8>) -> tensor<2x7xi8>
// CHECK-NOT: f32
// CHECK: return
func.func @concat(%a: tensor<2x3x!i8>, %b: tensor<2x4x!u8>) -> tensor<2x7x!i8> {
  %s = arith.constant dense<0.5> : tensor<1x1xf32>
  %t = arith.constant dense<0.25> : tensor<1x1xf32>
  %x = lowbit.dequantize %a scale %s : (tensor<2x3x!i8>, tensor<1x1xf32>) -> tensor<2x3xf32>
  %y = lowbit.dequantize %b scale %t : (tensor<2x4x!u8>, tensor<1x1xf32>) -> tensor<2x4xf32>
  %c = tensor.concat dim(1) %x, %y : (tensor<2x3xf32>, tensor<2x4xf32>) -> tensor<2x7xf32>
  %q = lowbit.quantize %c scale %s : (tensor<2x7xf32>, tensor<1x1xf32>) -> tensor<2x7x!i8>
  return %q : tensor<2x7x!i8>
}

// Codes go down to the results, where a float is asked for.
// CHECK-LABEL: func @downwards(
// CHECK: %[[I:.+]] = lowbit.to_storage
// CHECK: %[[C:.+]] = tensor.collapse_shape %[[I]]
// CHECK: %[[Q:.+]] = lowbit.from_storage %[[C]]
// CHECK: %[[D:.+]] = lowbit.dequantize %[[Q]] scale %{{.+}} : (tensor<6x!lowbit.affine<8>>, tensor<1xf16>) -> tensor<6xf32>
// CHECK: return %[[D]]
func.func @downwards(%a: tensor<2x3x!i8>) -> tensor<6xf32> {
  %s = arith.constant dense<0.5> : tensor<1x1xf16>
  %x = lowbit.dequantize %a scale %s : (tensor<2x3x!i8>, tensor<1x1xf16>) -> tensor<2x3xf32>
  %c = tensor.collapse_shape %x [[0, 1]] : tensor<2x3xf32> into tensor<6xf32>
  return %c : tensor<6xf32>
}

// CHECK-LABEL: func @maxPool(
// CHECK: %[[I:.+]] = lowbit.to_storage
// CHECK: %[[INIT:.+]] = linalg.fill ins(%c-128_i8 : i8)
// CHECK: linalg.pooling_nhwc_max {dilations = dense<1> : vector<2xi64>, strides = dense<2> : vector<2xi64>} ins(%[[I]], %{{.+}} : tensor<1x4x4x2xi8>, tensor<2x2xi8>) outs(%[[INIT]]
// CHECK-NOT: f32
// CHECK: return
func.func @maxPool(%a: tensor<1x4x4x2x!i8>) -> tensor<1x2x2x2x!i8> {
  %s = arith.constant dense<0.5> : tensor<1x1x1x1xf32>
  %lowest = arith.constant 0xFF800000 : f32
  %x = lowbit.dequantize %a scale %s : (tensor<1x4x4x2x!i8>, tensor<1x1x1x1xf32>) -> tensor<1x4x4x2xf32>
  %w = tensor.empty() : tensor<2x2xf32>
  %e = tensor.empty() : tensor<1x2x2x2xf32>
  %f = linalg.fill ins(%lowest : f32) outs(%e : tensor<1x2x2x2xf32>) -> tensor<1x2x2x2xf32>
  %p = linalg.pooling_nhwc_max {strides = dense<2> : vector<2xi64>, dilations = dense<1> : vector<2xi64>}
      ins(%x, %w : tensor<1x4x4x2xf32>, tensor<2x2xf32>) outs(%f : tensor<1x2x2x2xf32>) -> tensor<1x2x2x2xf32>
  %q = lowbit.quantize %p scale %s : (tensor<1x2x2x2xf32>, tensor<1x1x1x1xf32>) -> tensor<1x2x2x2x!i8>
  return %q : tensor<1x2x2x2x!i8>
}

// CHECK-LABEL: func @unsignedMaxPool(
// CHECK: linalg.fill ins(%c0_i8 : i8)
// CHECK: linalg.pooling_nhwc_max_unsigned
func.func @unsignedMaxPool(%x: tensor<1x4x4x2xf32>) -> tensor<1x2x2x2x!u8> {
  %s = arith.constant dense<0.5> : tensor<1x1x1x1xf32>
  %lowest = arith.constant 0xFF800000 : f32
  %w = tensor.empty() : tensor<2x2xf32>
  %e = tensor.empty() : tensor<1x2x2x2xf32>
  %f = linalg.fill ins(%lowest : f32) outs(%e : tensor<1x2x2x2xf32>) -> tensor<1x2x2x2xf32>
  %p = linalg.pooling_nhwc_max {strides = dense<2> : vector<2xi64>, dilations = dense<1> : vector<2xi64>}
      ins(%x, %w : tensor<1x4x4x2xf32>, tensor<2x2xf32>) outs(%f : tensor<1x2x2x2xf32>) -> tensor<1x2x2x2xf32>
  %q = lowbit.quantize %p scale %s : (tensor<1x2x2x2xf32>, tensor<1x1x1x1xf32>) -> tensor<1x2x2x2x!u8>
  return %q : tensor<1x2x2x2x!u8>
}

// There is no such op: the quantization stays below.
// CHECK-LABEL: func @unsignedChannelsFirst(
// CHECK: linalg.pooling_nchw_max {{.*}}xf32>
// CHECK: lowbit.quantize
func.func @unsignedChannelsFirst(%x: tensor<1x2x4x4xf32>) -> tensor<1x2x2x2x!u8> {
  %s = arith.constant dense<0.5> : tensor<1x1x1x1xf32>
  %lowest = arith.constant 0xFF800000 : f32
  %w = tensor.empty() : tensor<2x2xf32>
  %e = tensor.empty() : tensor<1x2x2x2xf32>
  %f = linalg.fill ins(%lowest : f32) outs(%e : tensor<1x2x2x2xf32>) -> tensor<1x2x2x2xf32>
  %p = linalg.pooling_nchw_max {strides = dense<2> : vector<2xi64>, dilations = dense<1> : vector<2xi64>}
      ins(%x, %w : tensor<1x2x4x4xf32>, tensor<2x2xf32>) outs(%f : tensor<1x2x2x2xf32>) -> tensor<1x2x2x2xf32>
  %q = lowbit.quantize %p scale %s : (tensor<1x2x2x2xf32>, tensor<1x1x1x1xf32>) -> tensor<1x2x2x2x!u8>
  return %q : tensor<1x2x2x2x!u8>
}

// A quarter of the sum, 1/2 by 1/4 of the scale: 2^30 * 2^-31 = 1/2.
// CHECK-LABEL: func @averagePool(
// CHECK-DAG: %[[M:.+]] = arith.constant dense<1073741824> : tensor<1x1x1x1xi32>
// CHECK-DAG: %[[S:.+]] = arith.constant dense<31> : tensor<1x1x1x1xi32>
// CHECK: arith.subi %{{.+}}, %c3_i32
// CHECK: %[[SUM:.+]] = linalg.pooling_nhwc_sum {{.*}} tensor<1x4x4x2xi32>
// CHECK: lowbit.requantize %[[SUM]] multiplier %[[M]] shift %[[S]] {bound = 524 : i64}
func.func @averagePool(%a: tensor<1x4x4x2x!i8>) -> tensor<1x2x2x2x!i8> {
  %s = arith.constant dense<0.5> : tensor<1x1x1x1xf32>
  %t = arith.constant dense<0.25> : tensor<1x1x1x1xf32>
  %z = arith.constant dense<3> : tensor<1x1x1x1xi32>
  %zero = arith.constant 0.0 : f32
  %four = arith.constant dense<4.0> : tensor<1x2x2x2xf32>
  %x = lowbit.dequantize %a scale %s zero_point %z : (tensor<1x4x4x2x!i8>, tensor<1x1x1x1xf32>, tensor<1x1x1x1xi32>) -> tensor<1x4x4x2xf32>
  %w = tensor.empty() : tensor<2x2xf32>
  %e = tensor.empty() : tensor<1x2x2x2xf32>
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<1x2x2x2xf32>) -> tensor<1x2x2x2xf32>
  %p = linalg.pooling_nhwc_sum {strides = dense<2> : vector<2xi64>, dilations = dense<1> : vector<2xi64>}
      ins(%x, %w : tensor<1x4x4x2xf32>, tensor<2x2xf32>) outs(%f : tensor<1x2x2x2xf32>) -> tensor<1x2x2x2xf32>
  %d = arith.divf %p, %four : tensor<1x2x2x2xf32>
  %q = lowbit.quantize %d scale %t : (tensor<1x2x2x2xf32>, tensor<1x1x1x1xf32>) -> tensor<1x2x2x2x!i8>
  return %q : tensor<1x2x2x2x!i8>
}

// Ratios of 1/2 and 1/4: 2^20 * 2^-21 and 2^19 * 2^-21.
// CHECK-LABEL: func @residual(
// CHECK-DAG: %[[ONE:.+]] = arith.constant dense<1> : tensor<1x1xi32>
// CHECK-DAG: %[[T:.+]] = arith.constant dense<21> : tensor<1x1xi32>
// CHECK-DAG: %[[Z:.+]] = arith.constant dense<-5> : tensor<1x1xi32>
// CHECK: %[[SUM:.+]] = linalg.generic
// CHECK: arith.extsi
// CHECK: arith.extui
// CHECK: arith.muli %{{.+}}, %c1048576_i32
// CHECK: arith.subi %{{.+}}, %c128_i32
// CHECK: arith.muli %{{.+}}, %c524288_i32
// CHECK: arith.addi
// CHECK: lowbit.requantize %[[SUM]] multiplier %[[ONE]] shift %[[T]] zero_point %[[Z]] {bound = 201326592 : i64}
func.func @residual(%a: tensor<?x3x!i8>, %b: tensor<?x3x!u8>) -> tensor<?x3x!i8> {
  %sa = arith.constant dense<0.5> : tensor<1x1xf32>
  %sb = arith.constant dense<0.25> : tensor<1x1xf32>
  %so = arith.constant dense<1.0> : tensor<1x1xf32>
  %zb = arith.constant dense<128> : tensor<1x1xi32>
  %zo = arith.constant dense<-5> : tensor<1x1xi32>
  %x = lowbit.dequantize %a scale %sa : (tensor<?x3x!i8>, tensor<1x1xf32>) -> tensor<?x3xf32>
  %y = lowbit.dequantize %b scale %sb zero_point %zb : (tensor<?x3x!u8>, tensor<1x1xf32>, tensor<1x1xi32>) -> tensor<?x3xf32>
  %r = arith.addf %x, %y : tensor<?x3xf32>
  %q = lowbit.quantize %r scale %so zero_point %zo : (tensor<?x3xf32>, tensor<1x1xf32>, tensor<1x1xi32>) -> tensor<?x3x!i8>
  return %q : tensor<?x3x!i8>
}

// Ratios beyond 256 stay float.
// CHECK-LABEL: func @largeRatio(
// CHECK: arith.addf
func.func @largeRatio(%a: tensor<2x3x!i8>) -> tensor<2x3x!i8> {
  %sa = arith.constant dense<257.0> : tensor<1x1xf32>
  %so = arith.constant dense<1.0> : tensor<1x1xf32>
  %x = lowbit.dequantize %a scale %sa : (tensor<2x3x!i8>, tensor<1x1xf32>) -> tensor<2x3xf32>
  %r = arith.addf %x, %x : tensor<2x3xf32>
  %q = lowbit.quantize %r scale %so : (tensor<2x3xf32>, tensor<1x1xf32>) -> tensor<2x3x!i8>
  return %q : tensor<2x3x!i8>
}

// Parameters per channel do not move.
// CHECK-LABEL: func @perChannel(
// CHECK: tensor.collapse_shape {{.*}}xf32>
// CHECK: lowbit.quantize
func.func @perChannel(%x: tensor<2x3x4xf32>, %s: tensor<1x4xf32>) -> tensor<6x4x!i8> {
  %c = tensor.collapse_shape %x [[0, 1], [2]] : tensor<2x3x4xf32> into tensor<6x4xf32>
  %q = lowbit.quantize %c scale %s : (tensor<6x4xf32>, tensor<1x4xf32>) -> tensor<6x4x!i8>
  return %q : tensor<6x4x!i8>
}

// The bias of a convolution whose result has channels first.
// CHECK-LABEL: func @bias(
// CHECK-SAME: %[[X:[^:]+]]: tensor<12x3xf32>
// CHECK: %[[B:.+]] = linalg.broadcast ins(%{{.+}} : tensor<3xf32>) outs(%{{.+}} : tensor<12x3xf32>) dimensions = [0]
// CHECK: %[[S:.+]] = linalg.add ins(%[[X]], %[[B]]
// CHECK: %[[Q:.+]] = lowbit.quantize %[[S]]
// CHECK: lowbit.to_storage %[[Q]]
// CHECK: tensor.expand_shape {{.*}} : tensor<12x3xi8> into tensor<1x3x4x3xi8>
// CHECK: linalg.transpose
func.func @bias(%x: tensor<12x3xf32>) -> tensor<1x3x3x4x!i8> {
  %s = arith.constant dense<0.5> : tensor<1x1x1x1xf32>
  %b = arith.constant dense<[1.0, 2.0, 3.0]> : tensor<3xf32>
  %e = tensor.empty() : tensor<1x3x3x4xf32>
  %i = tensor.expand_shape %x [[0, 1, 2], [3]] output_shape [1, 3, 4, 3] : tensor<12x3xf32> into tensor<1x3x4x3xf32>
  %t = linalg.transpose ins(%i : tensor<1x3x4x3xf32>) outs(%e : tensor<1x3x3x4xf32>) permutation = [0, 3, 1, 2]
  %r = linalg.broadcast ins(%b : tensor<3xf32>) outs(%e : tensor<1x3x3x4xf32>) dimensions = [0, 2, 3]
  %y = linalg.add ins(%t, %r : tensor<1x3x3x4xf32>, tensor<1x3x3x4xf32>) outs(%e : tensor<1x3x3x4xf32>) -> tensor<1x3x3x4xf32>
  %q = lowbit.quantize %y scale %s : (tensor<1x3x3x4xf32>, tensor<1x1x1x1xf32>) -> tensor<1x3x3x4x!i8>
  return %q : tensor<1x3x3x4x!i8>
}

// CHECK-LABEL: func @biases(
// CHECK-SAME: %[[X:[^:]+]]: tensor<12x3xf32>
// CHECK-DAG: %[[V:.+]] = arith.constant dense<[1.500000e+00, 1.000000e+00, 3.000000e+00]> : tensor<3xf32>
// CHECK: %[[B:.+]] = linalg.broadcast ins(%[[V]] : tensor<3xf32>)
// CHECK: %[[S:.+]] = linalg.add ins(%[[X]], %[[B]]
// CHECK: lowbit.quantize %[[S]]
func.func @biases(%x: tensor<12x3xf32>) -> tensor<12x3x!i8> {
  %s = arith.constant dense<0.5> : tensor<1x1xf32>
  %b = arith.constant dense<[1.0, 2.0, 3.0]> : tensor<3xf32>
  %c = arith.constant dense<[0.5, -1.0, 0.0]> : tensor<3xf32>
  %e = tensor.empty() : tensor<12x3xf32>
  %rb = linalg.broadcast ins(%b : tensor<3xf32>) outs(%e : tensor<12x3xf32>) dimensions = [0]
  %rc = linalg.broadcast ins(%c : tensor<3xf32>) outs(%e : tensor<12x3xf32>) dimensions = [0]
  %y = linalg.add ins(%x, %rb : tensor<12x3xf32>, tensor<12x3xf32>) outs(%e : tensor<12x3xf32>) -> tensor<12x3xf32>
  %z = linalg.add ins(%y, %rc : tensor<12x3xf32>, tensor<12x3xf32>) outs(%e : tensor<12x3xf32>) -> tensor<12x3xf32>
  %q = lowbit.quantize %z scale %s : (tensor<12x3xf32>, tensor<1x1xf32>) -> tensor<12x3x!i8>
  return %q : tensor<12x3x!i8>
}

// Codes are asked for sizes, so that these keep no reals alive.
// CHECK-LABEL: func @sizes(
// CHECK-SAME:    %[[A:.*]]: tensor<?x3x!lowbit.affine<8>>
// CHECK-NOT:     lowbit.dequantize
// CHECK:         %[[ROWS:.*]] = tensor.dim %[[A]]
// CHECK:         return %[[ROWS]]
func.func @sizes(%a: tensor<?x3x!i8>, %s: tensor<1x1xf32>) -> index {
  %c0 = arith.constant 0 : index
  %x = lowbit.dequantize %a scale %s : (tensor<?x3x!i8>, tensor<1x1xf32>) -> tensor<?x3xf32>
  %rows = tensor.dim %x, %c0 : tensor<?x3xf32>
  return %rows : index
}

// The bias of two groups: each gets its part before the results are joined.
// CHECK-LABEL: func @biasOfGroups(
// CHECK-SAME: %[[X:[^:]+]]: tensor<4x2xf32>, %[[Y:[^:]+]]: tensor<4x2xf32>
// CHECK-DAG: %[[B0:.+]] = arith.constant dense<[1.000000e+00, 2.000000e+00]> : tensor<2xf32>
// CHECK-DAG: %[[B1:.+]] = arith.constant dense<[3.000000e+00, 4.000000e+00]> : tensor<2xf32>
// CHECK: %[[R0:.+]] = linalg.broadcast ins(%[[B0]] : tensor<2xf32>) {{.*}} dimensions = [0]
// CHECK: %[[S0:.+]] = linalg.add ins(%[[X]], %[[R0]]
// CHECK: %[[R1:.+]] = linalg.broadcast ins(%[[B1]] : tensor<2xf32>) {{.*}} dimensions = [0]
// CHECK: %[[S1:.+]] = linalg.add ins(%[[Y]], %[[R1]]
// CHECK-DAG: lowbit.quantize %[[S0]]
// CHECK-DAG: lowbit.quantize %[[S1]]
// CHECK: tensor.concat dim(1) {{.*}} -> tensor<4x4xi8>
func.func @biasOfGroups(%x: tensor<4x2xf32>, %y: tensor<4x2xf32>) -> tensor<1x2x2x4x!i8> {
  %s = arith.constant dense<0.5> : tensor<1x1x1x1xf32>
  %b = arith.constant dense<[1.0, 2.0, 3.0, 4.0]> : tensor<4xf32>
  %e = tensor.empty() : tensor<1x2x2x4xf32>
  %c = tensor.concat dim(1) %x, %y : (tensor<4x2xf32>, tensor<4x2xf32>) -> tensor<4x4xf32>
  %i = tensor.expand_shape %c [[0, 1, 2], [3]] output_shape [1, 2, 2, 4] : tensor<4x4xf32> into tensor<1x2x2x4xf32>
  %r = linalg.broadcast ins(%b : tensor<4xf32>) outs(%e : tensor<1x2x2x4xf32>) dimensions = [0, 1, 2]
  %a = linalg.add ins(%i, %r : tensor<1x2x2x4xf32>, tensor<1x2x2x4xf32>) outs(%e : tensor<1x2x2x4xf32>) -> tensor<1x2x2x4xf32>
  %q = lowbit.quantize %a scale %s : (tensor<1x2x2x4xf32>, tensor<1x1x1x1xf32>) -> tensor<1x2x2x4x!i8>
  return %q : tensor<1x2x2x4x!i8>
}

// Groups and the channels in them as two dimensions, and as one.
// CHECK-LABEL: func @biasOfTwoDimensions(
// CHECK-SAME: %[[X:[^:]+]]: tensor<3x4xf32>
// CHECK: %[[B:.+]] = arith.constant dense<[1.000000e+00, 2.000000e+00, 3.000000e+00, 4.000000e+00]> : tensor<4xf32>
// CHECK: linalg.broadcast ins(%[[B]] : tensor<4xf32>) outs(%{{.+}} : tensor<3x4xf32>) dimensions = [0]
// CHECK: linalg.add ins(%[[X]],
// CHECK: lowbit.quantize
// CHECK: tensor.collapse_shape {{.*}}xi8>
func.func @biasOfTwoDimensions(%x: tensor<3x4xf32>) -> tensor<4x3x!i8> {
  %s = arith.constant dense<0.5> : tensor<1x1xf32>
  %b = arith.constant dense<[1.0, 2.0, 3.0, 4.0]> : tensor<4xf32>
  %e = tensor.empty() : tensor<2x2x3xf32>
  %f = tensor.empty() : tensor<4x3xf32>
  %i = tensor.expand_shape %x [[0], [1, 2]] output_shape [3, 2, 2] : tensor<3x4xf32> into tensor<3x2x2xf32>
  %t = linalg.transpose ins(%i : tensor<3x2x2xf32>) outs(%e : tensor<2x2x3xf32>) permutation = [1, 2, 0]
  %c = tensor.collapse_shape %t [[0, 1], [2]] : tensor<2x2x3xf32> into tensor<4x3xf32>
  %r = linalg.broadcast ins(%b : tensor<4xf32>) outs(%f : tensor<4x3xf32>) dimensions = [1]
  %a = linalg.add ins(%c, %r : tensor<4x3xf32>, tensor<4x3xf32>) outs(%f : tensor<4x3xf32>) -> tensor<4x3xf32>
  %q = lowbit.quantize %a scale %s : (tensor<4x3xf32>, tensor<1x1xf32>) -> tensor<4x3x!i8>
  return %q : tensor<4x3x!i8>
}

// A part of a dimension has no bias of its own.
// CHECK-LABEL: func @biasOfAPart(
// CHECK: tensor.expand_shape {{.*}}xf32>
// CHECK: linalg.add
// CHECK: lowbit.quantize
func.func @biasOfAPart(%x: tensor<3x4xf32>) -> tensor<3x2x2x!i8> {
  %s = arith.constant dense<0.5> : tensor<1x1x1xf32>
  %b = arith.constant dense<[1.0, 2.0]> : tensor<2xf32>
  %e = tensor.empty() : tensor<3x2x2xf32>
  %i = tensor.expand_shape %x [[0], [1, 2]] output_shape [3, 2, 2] : tensor<3x4xf32> into tensor<3x2x2xf32>
  %r = linalg.broadcast ins(%b : tensor<2xf32>) outs(%e : tensor<3x2x2xf32>) dimensions = [0, 1]
  %a = linalg.add ins(%i, %r : tensor<3x2x2xf32>, tensor<3x2x2xf32>) outs(%e : tensor<3x2x2xf32>) -> tensor<3x2x2xf32>
  %q = lowbit.quantize %a scale %s : (tensor<3x2x2xf32>, tensor<1x1x1xf32>) -> tensor<3x2x2x!i8>
  return %q : tensor<3x2x2x!i8>
}

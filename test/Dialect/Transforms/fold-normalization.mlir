// RUN: lowbit-opt %s --lowbit-fold-normalization --canonicalize --remarks-filter=lowbit --remark-format=emitRemark 2>%t.remarks | FileCheck %s
// RUN: FileCheck %s --check-prefix=REMARK < %t.remarks
// RUN: lowbit-opt %s --lowbit-fold-normalization --lowbit-fold-normalization --canonicalize | FileCheck %s

#id = affine_map<(m, n) -> (m, n)>
#channel = affine_map<(m, n) -> (n)>

// gamma / sqrt(var + 1/2) = 3 and -1/2; beta - a * mean = 7 and 21.
// REMARK: [Passed] fold-normalization | Category:lowbit {{.*}}Function=fc1 | Remark="layer 'fc1': its normalization is folded"
// CHECK-LABEL: func @one_loop
// CHECK-SAME:      %[[X:[^:]*]]: tensor<?x3xf32>
// CHECK-DAG:     %[[W:.*]] = arith.constant dense_resource<fc1.folded> : tensor<3x2xf32>
// CHECK-DAG:     %[[B:.*]] = arith.constant dense<[7.000000e+00, 2.100000e+01]> : tensor<2xf32>
// CHECK:         %[[I:.*]] = linalg.broadcast ins(%[[B]] : tensor<2xf32>) outs(%{{.*}} : tensor<?x2xf32>) dimensions = [0]
// CHECK:         %[[Y:.*]] = linalg.matmul {lowbit.output_deviation = array<f32: 6.000000e+00, 2.000000e+00>, lowbit.output_mean = array<f32: 1.000000e+01, 2.000000e+01>} ins(%[[X]], %[[W]] : {{.*}}) outs(%[[I]] :
// CHECK-NEXT:    return %[[Y]]
func.func @one_loop(%x: tensor<?x3xf32>) -> tensor<?x2xf32> {
  %c0 = arith.constant 0 : index
  %zero = arith.constant 0.0 : f32
  %eps = arith.constant 0.5 : f32
  %rows = tensor.dim %x, %c0 : tensor<?x3xf32>
  %w = arith.constant dense<[[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]> : tensor<3x2xf32>
  %mean = arith.constant dense<[1.0, 2.0]> : tensor<2xf32>
  %var = arith.constant dense<[3.5, 15.5]> : tensor<2xf32>
  %gamma = arith.constant dense<[6.0, -2.0]> : tensor<2xf32>
  %beta = arith.constant dense<[10.0, 20.0]> : tensor<2xf32>
  %e = tensor.empty(%rows) : tensor<?x2xf32>
  %i = linalg.fill ins(%zero : f32) outs(%e : tensor<?x2xf32>) -> tensor<?x2xf32>
  %y = linalg.matmul ins(%x, %w : tensor<?x3xf32>, tensor<3x2xf32>) outs(%i : tensor<?x2xf32>) -> tensor<?x2xf32> loc("fc1")
  %n = linalg.generic {indexing_maps = [#id, #channel, #channel, #channel, #channel, #id], iterator_types = ["parallel", "parallel"]}
      ins(%y, %mean, %var, %gamma, %beta : tensor<?x2xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>) outs(%e : tensor<?x2xf32>) {
  ^bb0(%in: f32, %m: f32, %v: f32, %g: f32, %b: f32, %out: f32):
    %d = arith.subf %in, %m : f32
    %s = arith.addf %v, %eps : f32
    %r = math.rsqrt %s : f32
    %t = arith.mulf %d, %r : f32
    %u = arith.mulf %t, %g : f32
    %z = arith.addf %u, %b : f32
    linalg.yield %z : f32
  } -> tensor<?x2xf32>
  return %n : tensor<?x2xf32>
}

// A division by the root, gamma first; the relu stays. The bias is multiplied, too: 3 * 4 + 7, -0.5 * 4 + 21;
// without it the outputs would have the mean that is subtracted.
// CHECK-LABEL: func @with_relu
// CHECK-DAG:     arith.constant dense<1.900000e+01> : tensor<2xf32>
// CHECK:         %[[Y:.*]] = linalg.matmul {lowbit.output_deviation = array<f32: 6.000000e+00, 2.000000e+00>, lowbit.output_mean = array<f32: 1.000000e+01, 2.000000e+01>}
// CHECK:         linalg.generic {{.*}} ins(%[[Y]] : tensor<?x2xf32>)
// CHECK-NEXT:    ^bb0(%[[IN:[^:]*]]: f32,
// CHECK-NEXT:      arith.maximumf %[[IN]], %
// CHECK-NEXT:      linalg.yield
func.func @with_relu(%x: tensor<?x3xf32>) -> tensor<?x2xf32> {
  %c0 = arith.constant 0 : index
  %zero = arith.constant 0.0 : f32
  %four = arith.constant 4.0 : f32
  %eps = arith.constant 0.5 : f32
  %rows = tensor.dim %x, %c0 : tensor<?x3xf32>
  %w = arith.constant dense<[[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]> : tensor<3x2xf32>
  %mean = arith.constant dense<[1.0, 2.0]> : tensor<2xf32>
  %var = arith.constant dense<[3.5, 15.5]> : tensor<2xf32>
  %gamma = arith.constant dense<[6.0, -2.0]> : tensor<2xf32>
  %beta = arith.constant dense<[10.0, 20.0]> : tensor<2xf32>
  %e = tensor.empty(%rows) : tensor<?x2xf32>
  %i = linalg.fill ins(%four : f32) outs(%e : tensor<?x2xf32>) -> tensor<?x2xf32>
  %y = linalg.matmul ins(%x, %w : tensor<?x3xf32>, tensor<3x2xf32>) outs(%i : tensor<?x2xf32>) -> tensor<?x2xf32> loc("fc1")
  %n = linalg.generic {indexing_maps = [#id, #channel, #channel, #channel, #channel, #id], iterator_types = ["parallel", "parallel"]}
      ins(%y, %mean, %var, %gamma, %beta : tensor<?x2xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>) outs(%e : tensor<?x2xf32>) {
  ^bb0(%in: f32, %m: f32, %v: f32, %g: f32, %b: f32, %out: f32):
    %d = arith.subf %in, %m : f32
    %s = arith.addf %eps, %v : f32
    %r = math.sqrt %s : f32
    %u = arith.mulf %g, %d : f32
    %t = arith.divf %u, %r : f32
    %z = arith.addf %b, %t : f32
    %p = arith.maximumf %z, %zero : f32
    linalg.yield %p : f32
  } -> tensor<?x2xf32>
  return %n : tensor<?x2xf32>
}

// Named ops, a factor made of constants, shapes with extents of 1, arith on tensors.
// CHECK-LABEL: func @named_ops
// CHECK-DAG:     arith.constant dense<[7.000000e+00, 2.100000e+01]> : tensor<2xf32>
// CHECK:         %[[Y:.*]] = linalg.matmul {lowbit.output_deviation = array<f32: 6.000000e+00, 2.000000e+00>, lowbit.output_mean = array<f32: 1.000000e+01, 2.000000e+01>}
// CHECK-NEXT:    return %[[Y]]
func.func @named_ops(%x: tensor<?x3xf32>) -> tensor<?x2xf32> {
  %c0 = arith.constant 0 : index
  %zero = arith.constant 0.0 : f32
  %eps = arith.constant 0.5 : f32
  %rows = tensor.dim %x, %c0 : tensor<?x3xf32>
  %w = arith.constant dense<[[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]> : tensor<3x2xf32>
  %mean = arith.constant dense<[1.0, 2.0]> : tensor<2xf32>
  %var = arith.constant dense<[3.5, 15.5]> : tensor<2xf32>
  %gamma = arith.constant dense<[6.0, -2.0]> : tensor<2xf32>
  %beta = arith.constant dense<[10.0, 20.0]> : tensor<2xf32>
  %e = tensor.empty(%rows) : tensor<?x2xf32>
  %i = linalg.fill ins(%zero : f32) outs(%e : tensor<?x2xf32>) -> tensor<?x2xf32>
  %y = linalg.matmul ins(%x, %w : tensor<?x3xf32>, tensor<3x2xf32>) outs(%i : tensor<?x2xf32>) -> tensor<?x2xf32> loc("fc1")
  %em = tensor.expand_shape %mean [[0, 1]] output_shape [1, 2] : tensor<2xf32> into tensor<1x2xf32>
  %cm = tensor.collapse_shape %em [[0, 1]] : tensor<1x2xf32> into tensor<2xf32>
  %bm = linalg.broadcast ins(%cm : tensor<2xf32>) outs(%e : tensor<?x2xf32>) dimensions = [0]
  %d = linalg.sub ins(%y, %bm : tensor<?x2xf32>, tensor<?x2xf32>) outs(%e : tensor<?x2xf32>) -> tensor<?x2xf32>
  %eps2 = arith.constant dense<0.5> : tensor<2xf32>
  %s = arith.addf %var, %eps2 : tensor<2xf32>
  %r = math.rsqrt %s : tensor<2xf32>
  %factor = arith.mulf %gamma, %r : tensor<2xf32>
  %bf = linalg.broadcast ins(%factor : tensor<2xf32>) outs(%e : tensor<?x2xf32>) dimensions = [0]
  %u = linalg.mul ins(%bf, %d : tensor<?x2xf32>, tensor<?x2xf32>) outs(%e : tensor<?x2xf32>) -> tensor<?x2xf32>
  %bb = linalg.broadcast ins(%beta : tensor<2xf32>) outs(%e : tensor<?x2xf32>) dimensions = [0]
  %n = arith.addf %bb, %u : tensor<?x2xf32>
  return %n : tensor<?x2xf32>
}

// A scale and an offset of each channel say nothing of means.
// CHECK-LABEL: func @scale_and_offset
// CHECK-DAG:     arith.constant dense<[1.000000e+01, 2.000000e+01]> : tensor<2xf32>
// CHECK:         %[[Y:.*]] = linalg.matmul ins(
// CHECK-NEXT:    return %[[Y]]
func.func @scale_and_offset(%x: tensor<?x3xf32>) -> tensor<?x2xf32> {
  %c0 = arith.constant 0 : index
  %zero = arith.constant 0.0 : f32
  %eps = arith.constant 0.5 : f32
  %rows = tensor.dim %x, %c0 : tensor<?x3xf32>
  %w = arith.constant dense<[[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]> : tensor<3x2xf32>
  %mean = arith.constant dense<[1.0, 2.0]> : tensor<2xf32>
  %var = arith.constant dense<[3.5, 15.5]> : tensor<2xf32>
  %gamma = arith.constant dense<[6.0, -2.0]> : tensor<2xf32>
  %beta = arith.constant dense<[10.0, 20.0]> : tensor<2xf32>
  %e = tensor.empty(%rows) : tensor<?x2xf32>
  %i = linalg.fill ins(%zero : f32) outs(%e : tensor<?x2xf32>) -> tensor<?x2xf32>
  %y = linalg.matmul ins(%x, %w : tensor<?x3xf32>, tensor<3x2xf32>) outs(%i : tensor<?x2xf32>) -> tensor<?x2xf32> loc("fc1")
  %n = linalg.generic {indexing_maps = [#id, #channel, #channel, #channel, #channel, #id], iterator_types = ["parallel", "parallel"]}
      ins(%y, %mean, %var, %gamma, %beta : tensor<?x2xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>) outs(%e : tensor<?x2xf32>) {
  ^bb0(%in: f32, %m: f32, %v: f32, %g: f32, %b: f32, %out: f32):
    %a = arith.mulf %in, %g : f32
    %z = arith.addf %a, %b : f32
    linalg.yield %z : f32
  } -> tensor<?x2xf32>
  return %n : tensor<?x2xf32>
}

// One scale for all is no normalization.
// CHECK-LABEL: func @one_scale
// CHECK:         linalg.matmul
// CHECK:         linalg.generic
func.func @one_scale(%x: tensor<?x3xf32>) -> tensor<?x2xf32> {
  %c0 = arith.constant 0 : index
  %zero = arith.constant 0.0 : f32
  %eps = arith.constant 0.5 : f32
  %rows = tensor.dim %x, %c0 : tensor<?x3xf32>
  %w = arith.constant dense<[[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]> : tensor<3x2xf32>
  %mean = arith.constant dense<[1.0, 2.0]> : tensor<2xf32>
  %var = arith.constant dense<[3.5, 15.5]> : tensor<2xf32>
  %gamma = arith.constant dense<[6.0, -2.0]> : tensor<2xf32>
  %beta = arith.constant dense<[10.0, 20.0]> : tensor<2xf32>
  %e = tensor.empty(%rows) : tensor<?x2xf32>
  %i = linalg.fill ins(%zero : f32) outs(%e : tensor<?x2xf32>) -> tensor<?x2xf32>
  %two = arith.constant 2.0 : f32
  %y = linalg.matmul ins(%x, %w : tensor<?x3xf32>, tensor<3x2xf32>) outs(%i : tensor<?x2xf32>) -> tensor<?x2xf32> loc("fc1")
  %n = linalg.generic {indexing_maps = [#id, #channel, #channel, #channel, #channel, #id], iterator_types = ["parallel", "parallel"]}
      ins(%y, %mean, %var, %gamma, %beta : tensor<?x2xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>) outs(%e : tensor<?x2xf32>) {
  ^bb0(%in: f32, %m: f32, %v: f32, %g: f32, %b: f32, %out: f32):
    %a = arith.mulf %in, %two : f32
    %z = arith.addf %a, %b : f32
    linalg.yield %z : f32
  } -> tensor<?x2xf32>
  return %n : tensor<?x2xf32>
}

// Something else reads the output.
// CHECK-LABEL: func @read_twice
// CHECK:         linalg.matmul ins
// CHECK:         linalg.generic
// CHECK:         math.rsqrt
func.func @read_twice(%x: tensor<?x3xf32>) -> (tensor<?x2xf32>, tensor<?x2xf32>) {
  %c0 = arith.constant 0 : index
  %zero = arith.constant 0.0 : f32
  %eps = arith.constant 0.5 : f32
  %rows = tensor.dim %x, %c0 : tensor<?x3xf32>
  %w = arith.constant dense<[[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]> : tensor<3x2xf32>
  %mean = arith.constant dense<[1.0, 2.0]> : tensor<2xf32>
  %var = arith.constant dense<[3.5, 15.5]> : tensor<2xf32>
  %gamma = arith.constant dense<[6.0, -2.0]> : tensor<2xf32>
  %beta = arith.constant dense<[10.0, 20.0]> : tensor<2xf32>
  %e = tensor.empty(%rows) : tensor<?x2xf32>
  %i = linalg.fill ins(%zero : f32) outs(%e : tensor<?x2xf32>) -> tensor<?x2xf32>
  %y = linalg.matmul ins(%x, %w : tensor<?x3xf32>, tensor<3x2xf32>) outs(%i : tensor<?x2xf32>) -> tensor<?x2xf32> loc("fc1")
  %n = linalg.generic {indexing_maps = [#id, #channel, #channel, #channel, #channel, #id], iterator_types = ["parallel", "parallel"]}
      ins(%y, %mean, %var, %gamma, %beta : tensor<?x2xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>) outs(%e : tensor<?x2xf32>) {
  ^bb0(%in: f32, %m: f32, %v: f32, %g: f32, %b: f32, %out: f32):
    %d = arith.subf %in, %m : f32
    %s = arith.addf %v, %eps : f32
    %r = math.rsqrt %s : f32
    %t = arith.mulf %d, %r : f32
    %u = arith.mulf %t, %g : f32
    %z = arith.addf %u, %b : f32
    linalg.yield %z : f32
  } -> tensor<?x2xf32>
  return %n, %y : tensor<?x2xf32>, tensor<?x2xf32>
}

// REMARK: [Missed] fold-normalization | Category:lowbit {{.*}}Remark="layer 'fc1': its normalization is not folded: expected a constant initial value"
// CHECK-LABEL: func @bias_of_run_time
// CHECK:         math.rsqrt
func.func @bias_of_run_time(%x: tensor<?x3xf32>, %init: tensor<?x2xf32>) -> tensor<?x2xf32> {
  %c0 = arith.constant 0 : index
  %zero = arith.constant 0.0 : f32
  %eps = arith.constant 0.5 : f32
  %rows = tensor.dim %x, %c0 : tensor<?x3xf32>
  %w = arith.constant dense<[[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]> : tensor<3x2xf32>
  %mean = arith.constant dense<[1.0, 2.0]> : tensor<2xf32>
  %var = arith.constant dense<[3.5, 15.5]> : tensor<2xf32>
  %gamma = arith.constant dense<[6.0, -2.0]> : tensor<2xf32>
  %beta = arith.constant dense<[10.0, 20.0]> : tensor<2xf32>
  %e = tensor.empty(%rows) : tensor<?x2xf32>
  %i = linalg.fill ins(%zero : f32) outs(%e : tensor<?x2xf32>) -> tensor<?x2xf32>
  %y = linalg.matmul ins(%x, %w : tensor<?x3xf32>, tensor<3x2xf32>) outs(%init : tensor<?x2xf32>) -> tensor<?x2xf32> loc("fc1")
  %n = linalg.generic {indexing_maps = [#id, #channel, #channel, #channel, #channel, #id], iterator_types = ["parallel", "parallel"]}
      ins(%y, %mean, %var, %gamma, %beta : tensor<?x2xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>) outs(%e : tensor<?x2xf32>) {
  ^bb0(%in: f32, %m: f32, %v: f32, %g: f32, %b: f32, %out: f32):
    %d = arith.subf %in, %m : f32
    %s = arith.addf %v, %eps : f32
    %r = math.rsqrt %s : f32
    %t = arith.mulf %d, %r : f32
    %u = arith.mulf %t, %g : f32
    %z = arith.addf %u, %b : f32
    linalg.yield %z : f32
  } -> tensor<?x2xf32>
  return %n : tensor<?x2xf32>
}

// REMARK: Remark="layer 'fc1': its normalization is not folded: expected finite factors"
// CHECK-LABEL: func @variance_of_zero
// CHECK:         math.rsqrt
func.func @variance_of_zero(%x: tensor<?x3xf32>) -> tensor<?x2xf32> {
  %c0 = arith.constant 0 : index
  %zero = arith.constant 0.0 : f32
  %eps = arith.constant 0.0 : f32
  %rows = tensor.dim %x, %c0 : tensor<?x3xf32>
  %w = arith.constant dense<[[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]> : tensor<3x2xf32>
  %mean = arith.constant dense<[1.0, 2.0]> : tensor<2xf32>
  %var = arith.constant dense<[0.0, 15.5]> : tensor<2xf32>
  %gamma = arith.constant dense<[6.0, -2.0]> : tensor<2xf32>
  %beta = arith.constant dense<[10.0, 20.0]> : tensor<2xf32>
  %e = tensor.empty(%rows) : tensor<?x2xf32>
  %i = linalg.fill ins(%zero : f32) outs(%e : tensor<?x2xf32>) -> tensor<?x2xf32>
  %y = linalg.matmul ins(%x, %w : tensor<?x3xf32>, tensor<3x2xf32>) outs(%i : tensor<?x2xf32>) -> tensor<?x2xf32> loc("fc1")
  %n = linalg.generic {indexing_maps = [#id, #channel, #channel, #channel, #channel, #id], iterator_types = ["parallel", "parallel"]}
      ins(%y, %mean, %var, %gamma, %beta : tensor<?x2xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>) outs(%e : tensor<?x2xf32>) {
  ^bb0(%in: f32, %m: f32, %v: f32, %g: f32, %b: f32, %out: f32):
    %d = arith.subf %in, %m : f32
    %s = arith.addf %v, %eps : f32
    %r = math.rsqrt %s : f32
    %t = arith.mulf %d, %r : f32
    %u = arith.mulf %t, %g : f32
    %z = arith.addf %u, %b : f32
    linalg.yield %z : f32
  } -> tensor<?x2xf32>
  return %n : tensor<?x2xf32>
}

// The variance of the input itself, as in a layer normalization.
// CHECK-LABEL: func @statistics_of_run_time
// CHECK:         math.rsqrt
func.func @statistics_of_run_time(%x: tensor<?x3xf32>, %live: tensor<2xf32>) -> tensor<?x2xf32> {
  %c0 = arith.constant 0 : index
  %zero = arith.constant 0.0 : f32
  %eps = arith.constant 0.5 : f32
  %rows = tensor.dim %x, %c0 : tensor<?x3xf32>
  %w = arith.constant dense<[[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]> : tensor<3x2xf32>
  %mean = arith.constant dense<[1.0, 2.0]> : tensor<2xf32>
  %var = arith.constant dense<[3.5, 15.5]> : tensor<2xf32>
  %gamma = arith.constant dense<[6.0, -2.0]> : tensor<2xf32>
  %beta = arith.constant dense<[10.0, 20.0]> : tensor<2xf32>
  %e = tensor.empty(%rows) : tensor<?x2xf32>
  %i = linalg.fill ins(%zero : f32) outs(%e : tensor<?x2xf32>) -> tensor<?x2xf32>
  %y = linalg.matmul ins(%x, %w : tensor<?x3xf32>, tensor<3x2xf32>) outs(%i : tensor<?x2xf32>) -> tensor<?x2xf32> loc("fc1")
  %n = linalg.generic {indexing_maps = [#id, #channel, #channel, #channel, #channel, #id], iterator_types = ["parallel", "parallel"]}
      ins(%y, %mean, %live, %gamma, %beta : tensor<?x2xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>) outs(%e : tensor<?x2xf32>) {
  ^bb0(%in: f32, %m: f32, %v: f32, %g: f32, %b: f32, %out: f32):
    %d = arith.subf %in, %m : f32
    %r = math.rsqrt %v : f32
    %t = arith.mulf %d, %r : f32
    linalg.yield %t : f32
  } -> tensor<?x2xf32>
  return %n : tensor<?x2xf32>
}

// Channels first, weights behind a transpose, and a part of each in other shapes.
// CHECK-LABEL: func @convolution
// CHECK-DAG:     %[[W:.*]] = arith.constant dense_resource<conv.folded> : tensor<1x1x1x2xf32>
// CHECK-DAG:     arith.constant dense<[7.000000e+00, 2.100000e+01]> : tensor<2xf32>
// CHECK:         %[[T:.*]] = linalg.transpose ins(%[[W]]
// CHECK:         linalg.broadcast {{.*}} dimensions = [0, 2, 3]
// CHECK:         %[[Y:.*]] = linalg.conv_2d_nchw_fchw {{{.*}}lowbit.output_mean = array<f32: 1.000000e+01, 2.000000e+01>{{.*}}} ins(%{{.*}}, %[[T]]
// CHECK-NEXT:    return %[[Y]]
#id4 = affine_map<(n, c, h, w) -> (n, c, h, w)>
#channel4 = affine_map<(n, c, h, w) -> (0, c, 0, 0)>
func.func @convolution(%x: tensor<1x1x4x4xf32>) -> tensor<1x2x4x4xf32> {
  %zero = arith.constant 0.0 : f32
  %w = arith.constant dense<[[[[1.0, 2.0]]]]> : tensor<1x1x1x2xf32>
  %e = tensor.empty() : tensor<1x2x4x4xf32>
  %ew = tensor.empty() : tensor<2x1x1x1xf32>
  %t = linalg.transpose ins(%w : tensor<1x1x1x2xf32>) outs(%ew : tensor<2x1x1x1xf32>) permutation = [3, 2, 0, 1]
  %i = linalg.fill ins(%zero : f32) outs(%e : tensor<1x2x4x4xf32>) -> tensor<1x2x4x4xf32>
  %y = linalg.conv_2d_nchw_fchw ins(%x, %t : tensor<1x1x4x4xf32>, tensor<2x1x1x1xf32>) outs(%i : tensor<1x2x4x4xf32>) -> tensor<1x2x4x4xf32> loc("conv")
  %mean = arith.constant dense<[[[[1.0]], [[2.0]]]]> : tensor<1x2x1x1xf32>
  %deviation = arith.constant dense<[[[[4.0]], [[16.0]]]]> : tensor<1x2x1x1xf32>
  %factor = arith.constant dense<[[[[6.0]], [[-2.0]]]]> : tensor<1x2x1x1xf32>
  %offset = arith.constant dense<[[[[10.0]], [[20.0]]]]> : tensor<1x2x1x1xf32>
  %root = math.sqrt %deviation : tensor<1x2x1x1xf32>
  %n = linalg.generic {indexing_maps = [#id4, #channel4, #channel4, #channel4, #channel4, #id4], iterator_types = ["parallel", "parallel", "parallel", "parallel"]}
      ins(%y, %mean, %root, %factor, %offset : tensor<1x2x4x4xf32>, tensor<1x2x1x1xf32>, tensor<1x2x1x1xf32>, tensor<1x2x1x1xf32>, tensor<1x2x1x1xf32>) outs(%e : tensor<1x2x4x4xf32>) {
  ^bb0(%in: f32, %m: f32, %v: f32, %g: f32, %b: f32, %out: f32):
    %d = arith.subf %in, %m : f32
    %s = arith.divf %d, %v : f32
    %u = arith.mulf %s, %g : f32
    %z = arith.addf %u, %b : f32
    linalg.yield %z : f32
  } -> tensor<1x2x4x4xf32>
  return %n : tensor<1x2x4x4xf32>
}

// Weights 1..6 by 3 and -1/2 in turn.
// CHECK:      fc1.folded: "0x4000000000004040000080BF00001041000000C000007041000040C0"

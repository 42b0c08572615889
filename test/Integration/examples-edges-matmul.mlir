// RUN: lowbit-opt %s %lower_reference | %run_main | FileCheck %s

// Matmuls at their edges: wrap-around, empty shapes, zero points, short blocks.

func.func private @printMemrefI32(tensor<*xi32>) attributes {llvm.emit_c_interface}
func.func private @printMemrefF32(tensor<*xf32>) attributes {llvm.emit_c_interface}

func.func @printIntegers(%matrix: tensor<?x?xi32>) {
  %any = tensor.cast %matrix : tensor<?x?xi32> to tensor<*xi32>
  call @printMemrefI32(%any) : (tensor<*xi32>) -> ()
  return
}

func.func @printReals(%matrix: tensor<?x?xf32>) {
  %any = tensor.cast %matrix : tensor<?x?xf32> to tensor<*xf32>
  call @printMemrefF32(%any) : (tensor<*xf32>) -> ()
  return
}

// -128 * -128 * 131072 = 2^31 wraps; one k less does not, and 255 * 255 neither.
func.func @extremes() {
  %a = lowbit.constant dense<-128> : tensor<1x131072xi8> -> tensor<1x131072x!lowbit.affine<8>>
  %w = lowbit.constant dense<-128> : tensor<1x131072xi8> -> tensor<1x131072x!lowbit.affine<8>>
  %u = lowbit.constant dense<-1> : tensor<1x131072xi8> -> tensor<1x131072x!lowbit.affine<8, unsigned>>
  %zero = arith.constant dense<0> : tensor<1x1xi32>
  // CHECK: data =
  // CHECK-NEXT: -2147483648
  %y0 = lowbit.matmul %a, %w init %zero
      : (tensor<1x131072x!lowbit.affine<8>>, tensor<1x131072x!lowbit.affine<8>>, tensor<1x1xi32>) -> tensor<1x1xi32>
  %p0 = tensor.cast %y0 : tensor<1x1xi32> to tensor<?x?xi32>
  call @printIntegers(%p0) : (tensor<?x?xi32>) -> ()
  // CHECK: data =
  // CHECK-NEXT: 2147467264
  %a1 = tensor.extract_slice %a[0, 0] [1, 131071] [1, 1]
      : tensor<1x131072x!lowbit.affine<8>> to tensor<1x131071x!lowbit.affine<8>>
  %w1 = tensor.extract_slice %w[0, 1] [1, 131071] [1, 1]
      : tensor<1x131072x!lowbit.affine<8>> to tensor<1x131071x!lowbit.affine<8>>
  %y1 = lowbit.matmul %a1, %w1 init %zero
      : (tensor<1x131071x!lowbit.affine<8>>, tensor<1x131071x!lowbit.affine<8>>, tensor<1x1xi32>) -> tensor<1x1xi32>
  %p1 = tensor.cast %y1 : tensor<1x1xi32> to tensor<?x?xi32>
  call @printIntegers(%p1) : (tensor<?x?xi32>) -> ()
  // 255 * 255 * 131072 - 2^33 = -66977792
  // CHECK: data =
  // CHECK-NEXT: -66977792
  %y2 = lowbit.matmul %u, %u init %zero
      : (tensor<1x131072x!lowbit.affine<8, unsigned>>, tensor<1x131072x!lowbit.affine<8, unsigned>>, tensor<1x1xi32>) -> tensor<1x1xi32>
  %p2 = tensor.cast %y2 : tensor<1x1xi32> to tensor<?x?xi32>
  call @printIntegers(%p2) : (tensor<?x?xi32>) -> ()
  // Zero points at the other end: 255 * 255 with signed codes, and an init.
  // CHECK: data =
  // CHECK-NEXT: -66977791
  %high = arith.constant dense<127> : tensor<1x1xi32>
  %one = arith.constant dense<1> : tensor<1x1xi32>
  %y3 = lowbit.matmul %a, %w activation_zero_point %high weight_zero_point %high init %one
      : (tensor<1x131072x!lowbit.affine<8>>, tensor<1x131072x!lowbit.affine<8>>, tensor<1x1xi32>, tensor<1x1xi32>, tensor<1x1xi32>) -> tensor<1x1xi32>
  %p3 = tensor.cast %y3 : tensor<1x1xi32> to tensor<?x?xi32>
  call @printIntegers(%p3) : (tensor<?x?xi32>) -> ()
  // CHECK: data =
  // CHECK-NEXT: -16777216
  %y4 = lowbit.row_sums %a : tensor<1x131072x!lowbit.affine<8>> -> tensor<1x1xi32>
  %p4 = tensor.cast %y4 : tensor<1x1xi32> to tensor<?x?xi32>
  call @printIntegers(%p4) : (tensor<?x?xi32>) -> ()
  return
}

// Zero points per row on both sides.
func.func @zero_points() {
  %a = lowbit.constant dense<[[1, 2, 3], [-4, 5, -6]]> : tensor<2x3xi8> -> tensor<2x3x!lowbit.affine<8>>
  %w = lowbit.constant dense<[[7, -8, 1], [0, 3, -2]]> : tensor<2x3xi8> -> tensor<2x3x!lowbit.affine<4>>
  %za = arith.constant dense<[[1], [-2]]> : tensor<2x1xi32>
  %zw = arith.constant dense<[[3], [-1]]> : tensor<2x1xi32>
  %init = arith.constant dense<[[100, 200], [300, 400]]> : tensor<2x2xi32>
  // Row 0: (0, 1, 2) by (4, -11, -2) and (1, 4, -1); row 1: (-2, 7, -4).
  // CHECK: data =
  // CHECK-NEXT: {{\[}}[85, 202],
  // CHECK-NEXT: [223, 430]]
  %y = lowbit.matmul %a, %w activation_zero_point %za weight_zero_point %zw init %init
      : (tensor<2x3x!lowbit.affine<8>>, tensor<2x3x!lowbit.affine<4>>, tensor<2x1xi32>, tensor<2x1xi32>, tensor<2x2xi32>) -> tensor<2x2xi32>
  %p = tensor.cast %y : tensor<2x2xi32> to tensor<?x?xi32>
  call @printIntegers(%p) : (tensor<?x?xi32>) -> ()
  return
}

// K = 0 leaves the init, M = 0 nothing; scaled, K = 0 is 0 without blocks and
// with blocks.
func.func @empty() {
  %c0 = arith.constant 0 : index
  %c2 = arith.constant 2 : index
  %a = tensor.empty(%c2, %c0) : tensor<?x?x!lowbit.affine<8>>
  %w = tensor.empty(%c0) : tensor<3x?x!lowbit.ternary>
  %init = arith.constant dense<[[1, 2, 3], [4, 5, 6]]> : tensor<2x3xi32>
  %d = tensor.cast %init : tensor<2x3xi32> to tensor<?x3xi32>
  // CHECK: data =
  // CHECK-NEXT: {{\[}}[1, 2, 3],
  // CHECK-NEXT: [4, 5, 6]]
  %y0 = lowbit.matmul %a, %w init %d
      : (tensor<?x?x!lowbit.affine<8>>, tensor<3x?x!lowbit.ternary>, tensor<?x3xi32>) -> tensor<?x3xi32>
  %p0 = tensor.cast %y0 : tensor<?x3xi32> to tensor<?x?xi32>
  call @printIntegers(%p0) : (tensor<?x?xi32>) -> ()
  // CHECK: rows 0
  %short = tensor.empty(%c0, %c2) : tensor<?x?x!lowbit.affine<8>>
  %none = tensor.empty(%c0) : tensor<?x3xi32>
  %y1 = lowbit.matmul %short, %w init %none
      : (tensor<?x?x!lowbit.affine<8>>, tensor<3x?x!lowbit.ternary>, tensor<?x3xi32>) -> tensor<?x3xi32>
  vector.print str "rows "
  %rows = tensor.dim %y1, %c0 : tensor<?x3xi32>
  vector.print %rows : index
  %one = arith.constant dense<2.0> : tensor<1x1xf32>
  // CHECK: data =
  // CHECK-NEXT: {{\[}}[0, 0, 0],
  // CHECK-NEXT: [0, 0, 0]]
  %y2 = lowbit.scaled_matmul %a, %w activation_scale %one weight_scale %one
      : (tensor<?x?x!lowbit.affine<8>>, tensor<3x?x!lowbit.ternary>, tensor<1x1xf32>, tensor<1x1xf32>) -> tensor<?x3xf32>
  %p2 = tensor.cast %y2 : tensor<?x3xf32> to tensor<?x?xf32>
  call @printReals(%p2) : (tensor<?x?xf32>) -> ()
  // CHECK: data =
  // CHECK-NEXT: {{\[}}[0, 0, 0],
  // CHECK-NEXT: [0, 0, 0]]
  %scales = tensor.empty(%c0) : tensor<3x?xf32>
  %y3 = lowbit.scaled_matmul %a, %w activation_scale %one weight_scale %scales {block_sizes = array<i64: 0, 32>}
      : (tensor<?x?x!lowbit.affine<8>>, tensor<3x?x!lowbit.ternary>, tensor<1x1xf32>, tensor<3x?xf32>) -> tensor<?x3xf32>
  %p3 = tensor.cast %y3 : tensor<?x3xf32> to tensor<?x?xf32>
  call @printReals(%p3) : (tensor<?x?xf32>) -> ()
  // CHECK: blocks 0
  %sums = lowbit.row_sums %a {block = 32} : tensor<?x?x!lowbit.affine<8>> -> tensor<?x?xi32>
  vector.print str "blocks "
  %c1 = arith.constant 1 : index
  %blocks = tensor.dim %sums, %c1 : tensor<?x?xi32>
  vector.print %blocks : index
  return
}

// K = 5 in blocks of 2: sums 1*1 + 2*1, 3*1 + 4*1 and 5*1 by the scales.
func.func @short_blocks() {
  %a = lowbit.constant dense<[[1, 2, 3, 4, 5]]> : tensor<1x5xi8> -> tensor<1x5x!lowbit.affine<8>>
  %w = lowbit.constant dense<1> : tensor<3x5xi8> -> tensor<3x5x!lowbit.affine<4>>
  %sa = arith.constant dense<0.5> : tensor<1x1xf32>
  // Rows are cut every 2, so that row 2 has scales of its own.
  %sw = arith.constant dense<[[1.0, 10.0, 100.0], [2.0, 20.0, 200.0]]> : tensor<2x3xf32>
  // CHECK: data =
  // CHECK-NEXT: [286.5, 286.5, 573]
  %y0 = lowbit.scaled_matmul %a, %w activation_scale %sa weight_scale %sw {block_sizes = array<i64: 2, 2>}
      : (tensor<1x5x!lowbit.affine<8>>, tensor<3x5x!lowbit.affine<4>>, tensor<1x1xf32>, tensor<2x3xf32>) -> tensor<1x3xf32>
  %p0 = tensor.cast %y0 : tensor<1x3xf32> to tensor<?x?xf32>
  call @printReals(%p0) : (tensor<?x?xf32>) -> ()
  // CHECK: data =
  // CHECK-NEXT: [3, 7, 5]
  %y1 = lowbit.row_sums %a {block = 2} : tensor<1x5x!lowbit.affine<8>> -> tensor<1x3xi32>
  %p1 = tensor.cast %y1 : tensor<1x3xi32> to tensor<?x?xi32>
  call @printIntegers(%p1) : (tensor<?x?xi32>) -> ()
  // Integer zero points per block: sums 3 - 3*1, 7 - 7*2, 5 - 5*3.
  // CHECK: data =
  // CHECK-NEXT: [-535, -535, -1070]
  %zw = arith.constant dense<[[1, 2, 3], [1, 2, 3]]> : tensor<2x3xi32>
  %y2 = lowbit.scaled_matmul %a, %w activation_scale %sa weight_scale %sw weight_zero_point %zw {block_sizes = array<i64: 2, 2>}
      : (tensor<1x5x!lowbit.affine<8>>, tensor<3x5x!lowbit.affine<4>>, tensor<1x1xf32>, tensor<2x3xf32>, tensor<2x3xi32>) -> tensor<1x3xf32>
  %p2 = tensor.cast %y2 : tensor<1x3xf32> to tensor<?x?xf32>
  call @printReals(%p2) : (tensor<?x?xf32>) -> ()
  // The same as floats, and as folded terms: row sums times -zw.
  // CHECK: data =
  // CHECK-NEXT: [-535, -535, -1070]
  %fz = arith.constant dense<[[1.0, 2.0, 3.0], [1.0, 2.0, 3.0]]> : tensor<2x3xf32>
  %y3 = lowbit.scaled_matmul %a, %w activation_scale %sa weight_scale %sw weight_zero_point %fz {block_sizes = array<i64: 2, 2>}
      : (tensor<1x5x!lowbit.affine<8>>, tensor<3x5x!lowbit.affine<4>>, tensor<1x1xf32>, tensor<2x3xf32>, tensor<2x3xf32>) -> tensor<1x3xf32>
  %p3 = tensor.cast %y3 : tensor<1x3xf32> to tensor<?x?xf32>
  call @printReals(%p3) : (tensor<?x?xf32>) -> ()
  // CHECK: data =
  // CHECK-NEXT: [-535, -535, -1070]
  %columns = arith.constant dense<[[-1, -2, -3]]> : tensor<1x3xi32>
  %y4 = lowbit.scaled_matmul %a, %w activation_scale %sa weight_scale %sw terms(%y1) * (%columns) {block_sizes = array<i64: 2, 2>}
      : (tensor<1x5x!lowbit.affine<8>>, tensor<3x5x!lowbit.affine<4>>, tensor<1x1xf32>, tensor<2x3xf32>, tensor<1x3xi32>, tensor<1x3xi32>) -> tensor<1x3xf32>
  %p4 = tensor.cast %y4 : tensor<1x3xf32> to tensor<?x?xf32>
  call @printReals(%p4) : (tensor<?x?xf32>) -> ()
  return
}

// The order is ascending and every step is fused: 2^24 + 1 rounds to 2^24, and
// 3 * (1/3) - 1 keeps what a rounded product would lose.
func.func @order() {
  %a = lowbit.constant dense<[[1, 1, -1]]> : tensor<1x3xi8> -> tensor<1x3x!lowbit.affine<8>>
  %w = lowbit.constant dense<1> : tensor<1x3xi8> -> tensor<1x3x!lowbit.affine<8>>
  %one = arith.constant dense<1.0> : tensor<1x1xf32>
  %sw = arith.constant dense<[[16777216.0, 1.0, 16777216.0]]> : tensor<1x3xf32>
  // CHECK: data =
  // CHECK-NEXT: [0]
  %y0 = lowbit.scaled_matmul %a, %w activation_scale %one weight_scale %sw {block_sizes = array<i64: 0, 1>}
      : (tensor<1x3x!lowbit.affine<8>>, tensor<1x3x!lowbit.affine<8>>, tensor<1x1xf32>, tensor<1x3xf32>) -> tensor<1x1xf32>
  %p0 = tensor.cast %y0 : tensor<1x1xf32> to tensor<?x?xf32>
  call @printReals(%p0) : (tensor<?x?xf32>) -> ()
  // CHECK: data =
  // CHECK-NEXT: [2.98023e-08]
  %a1 = lowbit.constant dense<[[-1, 3]]> : tensor<1x2xi8> -> tensor<1x2x!lowbit.affine<8>>
  %w1 = lowbit.constant dense<1> : tensor<1x2xi8> -> tensor<1x2x!lowbit.affine<8>>
  %sw1 = arith.constant dense<[[1.0, 0.333333343]]> : tensor<1x2xf32>
  %y1 = lowbit.scaled_matmul %a1, %w1 activation_scale %one weight_scale %sw1 {block_sizes = array<i64: 0, 1>}
      : (tensor<1x2x!lowbit.affine<8>>, tensor<1x2x!lowbit.affine<8>>, tensor<1x1xf32>, tensor<1x2xf32>) -> tensor<1x1xf32>
  %p1 = tensor.cast %y1 : tensor<1x1xf32> to tensor<?x?xf32>
  call @printReals(%p1) : (tensor<?x?xf32>) -> ()
  return
}

func.func @main() {
  call @extremes() : () -> ()
  call @zero_points() : () -> ()
  call @empty() : () -> ()
  call @short_blocks() : () -> ()
  call @order() : () -> ()
  return
}

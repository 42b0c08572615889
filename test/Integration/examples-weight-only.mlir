// RUN: lowbit-opt %s %lower_reference | %run_main | FileCheck %s
// RUN: lowbit-opt %s --lowbit-pack-weights %lower_reference | %run_main | FileCheck %s

// Products of reals with codes, as they are and packed.

func.func private @printMemrefF32(tensor<*xf32>) attributes {llvm.emit_c_interface}

func.func @printReals(%matrix: tensor<?x?xf32>) {
  %any = tensor.cast %matrix : tensor<?x?xf32> to tensor<*xf32>
  call @printMemrefF32(%any) : (tensor<*xf32>) -> ()
  return
}

// K = 5 in blocks of 2: 3 + 7 * 10 + 5 * 100; rows are cut every 2, so that row
// 2 has scales of its own.
func.func @short_blocks() {
  %a = arith.constant dense<[[1.0, 2.0, 3.0, 4.0, 5.0]]> : tensor<1x5xf32>
  %w = lowbit.constant dense<1> : tensor<3x5xi8> -> tensor<3x5x!lowbit.affine<4>>
  %s = arith.constant dense<[[1.0, 10.0, 100.0], [2.0, 20.0, 200.0]]> : tensor<2x3xf32>
  // CHECK: data =
  // CHECK-NEXT: [573, 573, 1146]
  %y = lowbit.weight_only_matmul %a, %w scale %s {block_sizes = array<i64: 2, 2>}
      : (tensor<1x5xf32>, tensor<3x5x!lowbit.affine<4>>, tensor<2x3xf32>) -> tensor<1x3xf32>
  %p = tensor.cast %y : tensor<1x3xf32> to tensor<?x?xf32>
  call @printReals(%p) : (tensor<?x?xf32>) -> ()
  return
}

// Values 0, -1 and -2: -7 * 10 - 10 * 100.
func.func @zero_points() {
  %a = arith.constant dense<[[1.0, 2.0, 3.0, 4.0, 5.0]]> : tensor<1x5xf32>
  %w = lowbit.constant dense<1> : tensor<3x5xi8> -> tensor<3x5x!lowbit.affine<4>>
  %s = arith.constant dense<[[1.0, 10.0, 100.0], [2.0, 20.0, 200.0]]> : tensor<2x3xf32>
  %z = arith.constant dense<[[1, 2, 3], [1, 2, 3]]> : tensor<2x3xi32>
  // CHECK: data =
  // CHECK-NEXT: [-1070, -1070, -2140]
  %y = lowbit.weight_only_matmul %a, %w scale %s zero_point %z {block_sizes = array<i64: 2, 2>}
      : (tensor<1x5xf32>, tensor<3x5x!lowbit.affine<4>>, tensor<2x3xf32>, tensor<2x3xi32>) -> tensor<1x3xf32>
  %p = tensor.cast %y : tensor<1x3xf32> to tensor<?x?xf32>
  call @printReals(%p) : (tensor<?x?xf32>) -> ()
  return
}

// Values 0.5, -0.5 and -1.5: 1.5 - 3.5 * 10 - 7.5 * 100.
func.func @float_zero_points() {
  %a = arith.constant dense<[[1.0, 2.0, 3.0, 4.0, 5.0]]> : tensor<1x5xf32>
  %w = lowbit.constant dense<1> : tensor<3x5xi8> -> tensor<3x5x!lowbit.affine<4>>
  %s = arith.constant dense<[[1.0, 10.0, 100.0], [2.0, 20.0, 200.0]]> : tensor<2x3xf32>
  %z = arith.constant dense<[[0.5, 1.5, 2.5], [0.5, 1.5, 2.5]]> : tensor<2x3xf32>
  // CHECK: data =
  // CHECK-NEXT: [-783.5, -783.5, -1567]
  %y = lowbit.weight_only_matmul %a, %w scale %s zero_point %z {block_sizes = array<i64: 2, 2>}
      : (tensor<1x5xf32>, tensor<3x5x!lowbit.affine<4>>, tensor<2x3xf32>, tensor<2x3xf32>) -> tensor<1x3xf32>
  %p = tensor.cast %y : tensor<1x3xf32> to tensor<?x?xf32>
  call @printReals(%p) : (tensor<?x?xf32>) -> ()
  return
}

// 1.5 + 2 and -2, doubled.
func.func @ternary() {
  %a = arith.constant dense<[[1.5, -2.0]]> : tensor<1x2xbf16>
  %w = lowbit.constant dense<[[1, -1], [0, 1]]> : tensor<2x2xi8> -> tensor<2x2x!lowbit.ternary>
  %s = arith.constant dense<2.0> : tensor<1x1xf16>
  // CHECK: data =
  // CHECK-NEXT: [7, -4]
  %y = lowbit.weight_only_matmul %a, %w scale %s
      : (tensor<1x2xbf16>, tensor<2x2x!lowbit.ternary>, tensor<1x1xf16>) -> tensor<1x2xf32>
  %p = tensor.cast %y : tensor<1x2xf32> to tensor<?x?xf32>
  call @printReals(%p) : (tensor<?x?xf32>) -> ()
  return
}

// 1 - 2 - 4
func.func @binary() {
  %a = arith.constant dense<[[1.0, 2.0, 4.0]]> : tensor<1x3xf32>
  %w = lowbit.constant dense<[[1, -1, -1]]> : tensor<1x3xi8> -> tensor<1x3x!lowbit.binary>
  %s = arith.constant dense<1.0> : tensor<1x1xf32>
  // CHECK: data =
  // CHECK-NEXT: [-5]
  %y = lowbit.weight_only_matmul %a, %w scale %s
      : (tensor<1x3xf32>, tensor<1x3x!lowbit.binary>, tensor<1x1xf32>) -> tensor<1x1xf32>
  %p = tensor.cast %y : tensor<1x1xf32> to tensor<?x?xf32>
  call @printReals(%p) : (tensor<?x?xf32>) -> ()
  return
}

// 127 - 3 * 5 + 4 * 7, halved.
func.func @codebook() {
  %a = arith.constant dense<[[1.0, 2.0, 3.0, 4.0]]> : tensor<1x4xf32>
  %codes = lowbit.constant dense<[[3, 1, 0, 2]]> : tensor<1x4xi8> -> tensor<1x4x!lowbit.codebook<2>>
  %table = arith.constant dense<[-5, 0, 7, 127]> : tensor<4xi8>
  %w = lowbit.lookup %codes in %table
      : (tensor<1x4x!lowbit.codebook<2>>, tensor<4xi8>) -> tensor<1x4x!lowbit.affine<8>>
  %s = arith.constant dense<0.5> : tensor<1x1xbf16>
  // CHECK: data =
  // CHECK-NEXT: [70]
  %y = lowbit.weight_only_matmul %a, %w scale %s
      : (tensor<1x4xf32>, tensor<1x4x!lowbit.affine<8>>, tensor<1x1xbf16>) -> tensor<1x1xf32>
  %p = tensor.cast %y : tensor<1x1xf32> to tensor<?x?xf32>
  call @printReals(%p) : (tensor<?x?xf32>) -> ()
  return
}

// 2^24 + 1 rounds to 2^24.
func.func @ascending() {
  %a = arith.constant dense<[[16777216.0, 1.0, -16777216.0]]> : tensor<1x3xf32>
  %w = lowbit.constant dense<1> : tensor<1x3xi8> -> tensor<1x3x!lowbit.affine<8>>
  %s = arith.constant dense<1.0> : tensor<1x1xf32>
  // CHECK: data =
  // CHECK-NEXT: [0]
  %y = lowbit.weight_only_matmul %a, %w scale %s
      : (tensor<1x3xf32>, tensor<1x3x!lowbit.affine<8>>, tensor<1x1xf32>) -> tensor<1x1xf32>
  %p = tensor.cast %y : tensor<1x1xf32> to tensor<?x?xf32>
  call @printReals(%p) : (tensor<?x?xf32>) -> ()
  return
}

// 3 * (1/3) - 1 keeps what a rounded product would lose.
func.func @fused() {
  %a = arith.constant dense<[[-1.0, 0.333333343]]> : tensor<1x2xf32>
  %w = lowbit.constant dense<[[1, 3]]> : tensor<1x2xi8> -> tensor<1x2x!lowbit.affine<8>>
  %s = arith.constant dense<1.0> : tensor<1x1xf32>
  // CHECK: data =
  // CHECK-NEXT: [2.98023e-08]
  %y = lowbit.weight_only_matmul %a, %w scale %s
      : (tensor<1x2xf32>, tensor<1x2x!lowbit.affine<8>>, tensor<1x1xf32>) -> tensor<1x1xf32>
  %p = tensor.cast %y : tensor<1x1xf32> to tensor<?x?xf32>
  call @printReals(%p) : (tensor<?x?xf32>) -> ()
  return
}

func.func @main() {
  call @short_blocks() : () -> ()
  call @zero_points() : () -> ()
  call @float_zero_points() : () -> ()
  call @ternary() : () -> ()
  call @binary() : () -> ()
  call @codebook() : () -> ()
  call @ascending() : () -> ()
  call @fused() : () -> ()
  return
}

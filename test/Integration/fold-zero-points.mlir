// RUN: lowbit-opt %s %lower_reference | %run_main | FileCheck %s
// RUN: lowbit-opt %s --lowbit-fold-zero-points --lowbit-verify-stage=stage=integer %lower_reference | %run_main | FileCheck %s
// RUN: lowbit-opt %s --lowbit-fold-zero-points=rebias-unsigned --lowbit-verify-stage=stage=integer %lower_reference | %run_main | FileCheck %s
// RUN: lowbit-opt %s --lowbit-fold-zero-points --lowbit-fold-zero-points=rebias-unsigned --canonicalize --cse %lower_reference | %run_main | FileCheck %s

// Folding zero points changes no bit: the same numbers before and after, with
// constants and with values and shapes of run time.

!u8 = !lowbit.affine<8, unsigned>
!a4 = !lowbit.affine<4>

func.func private @printMemrefI32(tensor<*xi32>) attributes {llvm.emit_c_interface}
func.func private @printMemrefF32(tensor<*xf32>) attributes {llvm.emit_c_interface}

func.func @printIntegers(%x: tensor<?x?xi32>) {
  %any = tensor.cast %x : tensor<?x?xi32> to tensor<*xi32>
  call @printMemrefI32(%any) : (tensor<*xi32>) -> ()
  return
}

func.func @printFloats(%x: tensor<?x?xf32>) {
  %any = tensor.cast %x : tensor<?x?xf32> to tensor<*xf32>
  call @printMemrefF32(%any) : (tensor<*xf32>) -> ()
  return
}

// Weights that two matmuls share, one with a zero point for all rows.
func.func @constantWeights(%a: tensor<?x5x!u8>, %za: tensor<?x1xi32>) {
  %c0 = arith.constant 0 : index
  %m = tensor.dim %a, %c0 : tensor<?x5x!u8>
  %w = lowbit.constant dense<[[-8, 7, 1, 0, -3], [7, 7, 7, 7, 7], [0, -1, 2, -3, 4]]> : tensor<3x5xi8> -> tensor<3x5x!a4>
  %zw = arith.constant dense<[[1], [-8], [0]]> : tensor<3x1xi32>
  %bias = arith.constant dense<[1000, 2147483647, -5]> : tensor<3xi32>
  %empty = tensor.empty(%m) : tensor<?x3xi32>
  %init = linalg.broadcast ins(%bias : tensor<3xi32>) outs(%empty : tensor<?x3xi32>) dimensions = [0]
  %x = lowbit.matmul %a, %w activation_zero_point %za weight_zero_point %zw init %init
      : (tensor<?x5x!u8>, tensor<3x5x!a4>, tensor<?x1xi32>, tensor<3x1xi32>, tensor<?x3xi32>) -> tensor<?x3xi32>
  %hundred = arith.constant dense<100> : tensor<1x1xi32>
  %y = lowbit.matmul %a, %w activation_zero_point %hundred init %init
      : (tensor<?x5x!u8>, tensor<3x5x!a4>, tensor<1x1xi32>, tensor<?x3xi32>) -> tensor<?x3xi32>
  %xs = tensor.cast %x : tensor<?x3xi32> to tensor<?x?xi32>
  %ys = tensor.cast %y : tensor<?x3xi32> to tensor<?x?xi32>
  call @printIntegers(%xs) : (tensor<?x?xi32>) -> ()
  call @printIntegers(%ys) : (tensor<?x?xi32>) -> ()
  return
}

// Blocks of two rows and two k, both short at the end.
func.func @blocks(%a: tensor<?x?x!u8>, %w: tensor<?x?x!a4>, %za: tensor<?x1xi32>, %sw: tensor<?x?xf32>, %zw: tensor<?x?xi32>, %zf: tensor<?x?xf32>) {
  %sa = arith.constant dense<0.5> : tensor<1x1xf32>
  %x = lowbit.scaled_matmul %a, %w activation_scale %sa weight_scale %sw activation_zero_point %za weight_zero_point %zw {block_sizes = array<i64: 2, 2>}
      : (tensor<?x?x!u8>, tensor<?x?x!a4>, tensor<1x1xf32>, tensor<?x?xf32>, tensor<?x1xi32>, tensor<?x?xi32>) -> tensor<?x?xf32>
  %y = lowbit.scaled_matmul %a, %w activation_scale %sa weight_scale %sw activation_zero_point %za weight_zero_point %zf {block_sizes = array<i64: 2, 2>}
      : (tensor<?x?x!u8>, tensor<?x?x!a4>, tensor<1x1xf32>, tensor<?x?xf32>, tensor<?x1xi32>, tensor<?x?xf32>) -> tensor<?x?xf32>
  call @printFloats(%x) : (tensor<?x?xf32>) -> ()
  call @printFloats(%y) : (tensor<?x?xf32>) -> ()
  return
}

func.func @main() {
  %a = lowbit.constant dense<[[0, -1, -128, 127, 3], [10, 20, 30, 40, 50]]> : tensor<2x5xi8> -> tensor<2x5x!u8>
  %za = arith.constant dense<[[7], [255]]> : tensor<2x1xi32>
  %as = tensor.cast %a : tensor<2x5x!u8> to tensor<?x5x!u8>
  %zas = tensor.cast %za : tensor<2x1xi32> to tensor<?x1xi32>

  // Row 0, column 0: [-7, 248, 121, 120, -4] by [-9, 6, 0, -1, -4], and 1000.
  // CHECK:      [2447, -2147476479, -387],
  // CHECK-NEXT: [2830, 2147466772, -395]
  // CHECK:      [3204, -2147483558, -573],
  // CHECK-NEXT: [1240, 2147481197, -85]
  call @constantWeights(%as, %zas) : (tensor<?x5x!u8>, tensor<?x1xi32>) -> ()

  %w = lowbit.constant dense<[[-8, 7, 1, 0, -3], [7, 7, 7, 7, 7], [0, -1, 2, -3, 4]]> : tensor<3x5xi8> -> tensor<3x5x!a4>
  %sw = arith.constant dense<[[0.5, 0.25, 2.0], [1.0, 0.125, 3.0]]> : tensor<2x3xf32>
  %zw = arith.constant dense<[[1, -2, 3], [-4, 5, -6]]> : tensor<2x3xi32>
  %zf = arith.constant dense<[[1.5, -2.5, 0.25], [0.5, 0.75, -1.5]]> : tensor<2x3xf32>
  %ad = tensor.cast %a : tensor<2x5x!u8> to tensor<?x?x!u8>
  %wd = tensor.cast %w : tensor<3x5x!a4> to tensor<?x?x!a4>
  %swd = tensor.cast %sw : tensor<2x3xf32> to tensor<?x?xf32>
  %zwd = tensor.cast %zw : tensor<2x3xi32> to tensor<?x?xi32>
  %zfd = tensor.cast %zf : tensor<2x3xf32> to tensor<?x?xf32>
  // (1551 * 0.5 + 603 * 0.25 + 24 * 2) * 0.5 = 487.125
  // CHECK:      [487.125, 616.625, 215.312],
  // CHECK-NEXT: [1290.62, -2035, -3767.81]
  // (1430.5 * 0.5 + 723.5 * 0.25 + 13 * 2) * 0.5 = 461.0625
  // CHECK:      [461.062, 590.562, -235.922],
  // CHECK-NEXT: [759.375, -2566.25, -1420.94]
  call @blocks(%ad, %wd, %zas, %swd, %zwd, %zfd)
      : (tensor<?x?x!u8>, tensor<?x?x!a4>, tensor<?x1xi32>, tensor<?x?xf32>, tensor<?x?xi32>, tensor<?x?xf32>) -> ()
  return
}

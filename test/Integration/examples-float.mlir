// RUN: lowbit-opt %s %lower_reference | %run_main | FileCheck %s
// RUN: lowbit-opt %s --lowbit-pack-floats %lower_reference | %run_main | FileCheck %s

// Products of reals, as they are and packed, of numbers that are exact.

func.func private @printMemrefF32(tensor<*xf32>) attributes {llvm.emit_c_interface}

func.func @printReals(%matrix: tensor<?x?xf32>) {
  %any = tensor.cast %matrix : tensor<?x?xf32> to tensor<*xf32>
  call @printMemrefF32(%any) : (tensor<*xf32>) -> ()
  return
}

// 10 + 1 * 1 + 2 * 3 and 20 + 1 * 2 + 2 * 4; 30 + 0.5 * 1 - 3 and 40 + 0.5 * 2 - 4.
func.func @constant_weights() {
  %a = arith.constant dense<[[1.0, 2.0], [0.5, -1.0]]> : tensor<2x2xf32>
  %w = arith.constant dense<[[1.0, 2.0], [3.0, 4.0]]> : tensor<2x2xbf16>
  %init = arith.constant dense<[[10.0, 20.0], [30.0, 40.0]]> : tensor<2x2xf32>
  // CHECK: data =
  // CHECK-NEXT: {{\[\[}}17, 30],
  // CHECK-NEXT: [27.5, 37]]
  %y = linalg.matmul ins(%a, %w : tensor<2x2xf32>, tensor<2x2xbf16>) outs(%init : tensor<2x2xf32>) -> tensor<2x2xf32>
  %p = tensor.cast %y : tensor<2x2xf32> to tensor<?x?xf32>
  call @printReals(%p) : (tensor<?x?xf32>) -> ()
  return
}

// 17 columns: row n of the weights is n and 1.
func.func @weights_of_run_time() {
  %a = arith.constant dense<[[2.0, 1.0], [0.0, 3.0]]> : tensor<2x2xf32>
  %e = tensor.empty() : tensor<17x2xf32>
  %w = linalg.generic {indexing_maps = [affine_map<(n, k) -> (n, k)>], iterator_types = ["parallel", "parallel"]} outs(%e : tensor<17x2xf32>) {
  ^bb0(%out: f32):
    %n = linalg.index 0 : index
    %k = linalg.index 1 : index
    %c0 = arith.constant 0 : index
    %one = arith.constant 1.0 : f32
    %first = arith.cmpi eq, %k, %c0 : index
    %i = arith.index_cast %n : index to i32
    %f = arith.sitofp %i : i32 to f32
    %r = arith.select %first, %f, %one : f32
    linalg.yield %r : f32
  } -> tensor<17x2xf32>
  %init = arith.constant dense<0.0> : tensor<2x17xf32>
  // CHECK: data =
  // CHECK-NEXT: {{\[\[}}1, 3, 5, 7, 9, 11, 13, 15, 17, 19, 21, 23, 25, 27, 29, 31, 33],
  // CHECK-NEXT: [3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3]]
  %y = linalg.matmul indexing_maps = [affine_map<(m, n, k) -> (m, k)>, affine_map<(m, n, k) -> (n, k)>, affine_map<(m, n, k) -> (m, n)>]
      ins(%a, %w : tensor<2x2xf32>, tensor<17x2xf32>) outs(%init : tensor<2x17xf32>) -> tensor<2x17xf32>
  %p = tensor.cast %y : tensor<2x17xf32> to tensor<?x?xf32>
  call @printReals(%p) : (tensor<?x?xf32>) -> ()
  return
}

func.func @main() attributes {llvm.emit_c_interface} {
  call @constant_weights() : () -> ()
  call @weights_of_run_time() : () -> ()
  return
}

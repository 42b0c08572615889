// RUN: lowbit-opt %s %lower_reference | %run_main | FileCheck %s
// RUN: lowbit-opt %s --lowbit-requantize-to-linalg %lower_reference | %run_main | FileCheck %s

// The same codes in the reference and in elementwise loops of 32 or 64 bits.

!i8 = !lowbit.affine<8>
!u8 = !lowbit.affine<8, unsigned>
!u4 = !lowbit.affine<4, unsigned>
!i16 = !lowbit.affine<16>

func.func private @printMemrefI32(tensor<*xi32>) attributes {llvm.emit_c_interface}

func.func @print(%x: tensor<?x?xi32>) {
  %any = tensor.cast %x : tensor<?x?xi32> to tensor<*xi32>
  call @printMemrefI32(%any) : (tensor<*xi32>) -> ()
  return
}

// Three halves and their neighbours: ties go up, and away from zero where the
// shift of DOUBLE_ROUND exceeds 31.
func.func @modes(%x: tensor<?x?xi32>) {
  %m = arith.constant dense<[[2, 1073741824]]> : tensor<1x2xi32>
  %s = arith.constant dense<[[2, 31]]> : tensor<1x2xi32>
  %t = arith.constant dense<[[2, 33]]> : tensor<1x2xi32>
  %y = tensor.cast %x : tensor<?x?xi32> to tensor<?x2xi32>
  %a = lowbit.requantize %y multiplier %m shift %s
      : (tensor<?x2xi32>, tensor<1x2xi32>, tensor<1x2xi32>) -> tensor<?x2x!i8>
  %b = lowbit.requantize %y multiplier %m shift %t {rounding = #lowbit.rescale_rounding<DOUBLE_ROUND>}
      : (tensor<?x2xi32>, tensor<1x2xi32>, tensor<1x2xi32>) -> tensor<?x2x!i8>
  %c = lowbit.requantize %y multiplier %m shift %t {rounding = #lowbit.rescale_rounding<INEXACT_ROUND>}
      : (tensor<?x2xi32>, tensor<1x2xi32>, tensor<1x2xi32>) -> tensor<?x2x!i8>
  %ia = lowbit.to_storage %a : tensor<?x2x!i8> -> tensor<?x2xi8>
  %ib = lowbit.to_storage %b : tensor<?x2x!i8> -> tensor<?x2xi8>
  %ic = lowbit.to_storage %c : tensor<?x2x!i8> -> tensor<?x2xi8>
  %wa = arith.extsi %ia : tensor<?x2xi8> to tensor<?x2xi32>
  %wb = arith.extsi %ib : tensor<?x2xi8> to tensor<?x2xi32>
  %wc = arith.extsi %ic : tensor<?x2xi8> to tensor<?x2xi32>
  %pa = tensor.cast %wa : tensor<?x2xi32> to tensor<?x?xi32>
  %pb = tensor.cast %wb : tensor<?x2xi32> to tensor<?x?xi32>
  %pc = tensor.cast %wc : tensor<?x2xi32> to tensor<?x?xi32>
  call @print(%pa) : (tensor<?x?xi32>) -> ()
  call @print(%pb) : (tensor<?x?xi32>) -> ()
  call @print(%pc) : (tensor<?x?xi32>) -> ()
  return
}

// Unsigned codes, per row, with a zero point; all rows proved to fit in 32 bits.
func.func @unsigned(%x: tensor<?x?xi32>) {
  %m = arith.constant dense<[[3], [100]]> : tensor<2x1xi32>
  %s = arith.constant dense<[[2], [8]]> : tensor<2x1xi32>
  %z = arith.constant dense<[[128], [255]]> : tensor<2x1xi32>
  %y = tensor.cast %x : tensor<?x?xi32> to tensor<2x?xi32>
  %a = lowbit.requantize %y multiplier %m shift %s zero_point %z {bound = 1000 : i64}
      : (tensor<2x?xi32>, tensor<2x1xi32>, tensor<2x1xi32>, tensor<2x1xi32>) -> tensor<2x?x!u8>
  %ia = lowbit.to_storage %a : tensor<2x?x!u8> -> tensor<2x?xi8>
  %wa = arith.extui %ia : tensor<2x?xi8> to tensor<2x?xi32>
  %pa = tensor.cast %wa : tensor<2x?xi32> to tensor<?x?xi32>
  call @print(%pa) : (tensor<?x?xi32>) -> ()
  return
}

// 16-bit codes, multiplier and shift of run time, the ends of both.
func.func @wide(%x: tensor<?x?xi32>, %m: tensor<1x1xi32>, %s: tensor<1x1xi32>) {
  %a = lowbit.requantize %x multiplier %m shift %s
      : (tensor<?x?xi32>, tensor<1x1xi32>, tensor<1x1xi32>) -> tensor<?x?x!i16>
  %ia = lowbit.to_storage %a : tensor<?x?x!i16> -> tensor<?x?xi16>
  %wa = arith.extsi %ia : tensor<?x?xi16> to tensor<?x?xi32>
  call @print(%wa) : (tensor<?x?xi32>) -> ()
  return
}

func.func @main() {
  // CHECK: data =
  // CHECK-NEXT: [3, 6]
  // CHECK-NEXT: [-1, -6]
  // CHECK-NEXT: [1, 2]
  // CHECK-NEXT: [127, 127]
  // CHECK-NEXT: [-128, -128]
  // CHECK: data =
  // CHECK-NEXT: [3, 2]
  // CHECK-NEXT: [-1, -2]
  // CHECK-NEXT: [1, 1]
  // CHECK-NEXT: [127, 127]
  // CHECK-NEXT: [-128, -128]
  // CHECK: data =
  // CHECK-NEXT: [3, 2]
  // CHECK-NEXT: [-1, -1]
  // CHECK-NEXT: [1, 1]
  // CHECK-NEXT: [127, 127]
  // CHECK-NEXT: [-128, -128]
  %x = arith.constant dense<[[5, 12], [-3, -12], [1, 4], [2147483647, 2147483647], [-2147483648, -2147483648]]> : tensor<5x2xi32>
  %anyX = tensor.cast %x : tensor<5x2xi32> to tensor<?x?xi32>
  call @modes(%anyX) : (tensor<?x?xi32>) -> ()

  // CHECK: data =
  // CHECK-NEXT: [0, 128, 255, 127, 130]
  // CHECK-NEXT: [0, 255, 255, 255, 255]
  %y = arith.constant dense<[[-1000, 0, 1000, -2, 2], [-1000, 0, 1000, -1, 1]]> : tensor<2x5xi32>
  %anyY = tensor.cast %y : tensor<2x5xi32> to tensor<?x?xi32>
  call @unsigned(%anyY) : (tensor<?x?xi32>) -> ()

  // CHECK: data =
  // CHECK-NEXT: [32767, -32768, 32767]
  // CHECK: data =
  // CHECK-NEXT: [1, -1, 0]
  // CHECK: data =
  // CHECK-NEXT: [0, 0, 0]
  %z = arith.constant dense<[[2147483647, -2147483648, 1]]> : tensor<1x3xi32>
  %anyZ = tensor.cast %z : tensor<1x3xi32> to tensor<?x?xi32>
  %zero = arith.constant dense<0> : tensor<1x1xi32>
  %largest = arith.constant dense<2147483647> : tensor<1x1xi32>
  %s2 = arith.constant dense<2> : tensor<1x1xi32>
  %s62 = arith.constant dense<62> : tensor<1x1xi32>
  call @wide(%anyZ, %largest, %s2) : (tensor<?x?xi32>, tensor<1x1xi32>, tensor<1x1xi32>) -> ()
  call @wide(%anyZ, %largest, %s62) : (tensor<?x?xi32>, tensor<1x1xi32>, tensor<1x1xi32>) -> ()
  call @wide(%anyZ, %zero, %s62) : (tensor<?x?xi32>, tensor<1x1xi32>, tensor<1x1xi32>) -> ()
  return
}

// RUN: lowbit-opt %s %lower_reference | %run_main | FileCheck %s

// Reals that quantize badly: NaN, infinities, ties, values just under a tie.

func.func private @printMemrefI32(tensor<*xi32>) attributes {llvm.emit_c_interface}

func.func @print(%codes: tensor<?x!lowbit.affine<8>>) {
  %bytes = lowbit.to_storage %codes : tensor<?x!lowbit.affine<8>> -> tensor<?xi8>
  %wide = arith.extsi %bytes : tensor<?xi8> to tensor<?xi32>
  %any = tensor.cast %wide : tensor<?xi32> to tensor<*xi32>
  call @printMemrefI32(%any) : (tensor<*xi32>) -> ()
  return
}

func.func @even(%x: tensor<?xf32>, %z: i32) {
  %s = arith.constant dense<1.0> : tensor<1xf32>
  %zero_point = tensor.from_elements %z : tensor<1xi32>
  %q = lowbit.quantize %x scale %s zero_point %zero_point
      : (tensor<?xf32>, tensor<1xf32>, tensor<1xi32>) -> tensor<?x!lowbit.affine<8>>
  call @print(%q) : (tensor<?x!lowbit.affine<8>>) -> ()
  return
}

func.func @away(%x: tensor<?xf32>, %z: i32) {
  %s = arith.constant dense<1.0> : tensor<1xf32>
  %zero_point = tensor.from_elements %z : tensor<1xi32>
  %q = lowbit.quantize %x scale %s zero_point %zero_point {rounding = #lowbit.rounding<nearest_away>}
      : (tensor<?xf32>, tensor<1xf32>, tensor<1xi32>) -> tensor<?x!lowbit.affine<8>>
  call @print(%q) : (tensor<?x!lowbit.affine<8>>) -> ()
  return
}

func.func @float(%x: tensor<?xf32>, %z: f32) {
  %s = arith.constant dense<1.0> : tensor<1xf32>
  %zero_point = tensor.from_elements %z : tensor<1xf32>
  %q = lowbit.quantize %x scale %s zero_point %zero_point
      : (tensor<?xf32>, tensor<1xf32>, tensor<1xf32>) -> tensor<?x!lowbit.affine<8>>
  call @print(%q) : (tensor<?x!lowbit.affine<8>>) -> ()
  return
}

// The zero point is added after rounding, so it does not move ties.
func.func @ties() {
  %static = arith.constant dense<[0.5, 1.5, 2.5, -0.5, -1.5, -2.5, 0.49999997, -0.49999997, 8388609.0]> : tensor<9xf32>
  %x = tensor.cast %static : tensor<9xf32> to tensor<?xf32>
  %z0 = arith.constant 0 : i32
  %z3 = arith.constant 3 : i32
  // CHECK: data =
  // CHECK-NEXT: [0, 2, 2, 0, -2, -2, 0, 0, 127]
  call @even(%x, %z0) : (tensor<?xf32>, i32) -> ()
  // CHECK: data =
  // CHECK-NEXT: [3, 5, 5, 3, 1, 1, 3, 3, 127]
  call @even(%x, %z3) : (tensor<?xf32>, i32) -> ()
  // CHECK: data =
  // CHECK-NEXT: [1, 2, 3, -1, -2, -3, 0, 0, 127]
  call @away(%x, %z0) : (tensor<?xf32>, i32) -> ()
  // CHECK: data =
  // CHECK-NEXT: [4, 5, 6, 2, 1, 0, 3, 3, 127]
  call @away(%x, %z3) : (tensor<?xf32>, i32) -> ()
  // A float zero point lies inside: round(x + 3), so ties at odd sums move. In
  // f32, 0.49999997 + 3 is 3.5 already.
  // CHECK: data =
  // CHECK-NEXT: [4, 4, 6, 2, 2, 0, 4, 2, 127]
  %f3 = arith.constant 3.0 : f32
  call @float(%x, %f3) : (tensor<?xf32>, f32) -> ()
  return
}

func.func @special() {
  // NaN, -NaN, inf, -inf, -0.0, the least denormal, +-largest
  %static = arith.constant dense<[0x7FC00000, 0xFFC00000, 0x7F800000, 0xFF800000, -0.0,
                                  0x00000001, 0x7F7FFFFF, 0xFF7FFFFF]> : tensor<8xf32>
  %x = tensor.cast %static : tensor<8xf32> to tensor<?xf32>
  %z0 = arith.constant 0 : i32
  %z3 = arith.constant 3 : i32
  // CHECK: data =
  // CHECK-NEXT: [0, 0, 127, -128, 0, 0, 127, -128]
  call @even(%x, %z0) : (tensor<?xf32>, i32) -> ()
  // CHECK: data =
  // CHECK-NEXT: [3, 3, 127, -128, 3, 3, 127, -128]
  call @away(%x, %z3) : (tensor<?xf32>, i32) -> ()
  // CHECK: data =
  // CHECK-NEXT: [2, 2, 127, -128, 2, 2, 127, -128]
  %half = arith.constant 2.5 : f32
  call @float(%x, %half) : (tensor<?xf32>, f32) -> ()
  // The code of 0.0 is -128 at the end of the range.
  // CHECK: data =
  // CHECK-NEXT: [-128, -128, 127, -128, -128, -128, 127, -128]
  %low = arith.constant -128 : i32
  call @even(%x, %low) : (tensor<?xf32>, i32) -> ()
  // Stochastic
  // CHECK: data =
  // CHECK-NEXT: [0, 0, 127, -128, 0, 0, 127, -128]
  %one = arith.constant dense<1.0> : tensor<1xf32>
  %q = lowbit.quantize %x scale %one {rounding = #lowbit.rounding<stochastic>}
      : (tensor<?xf32>, tensor<1xf32>) -> tensor<?x!lowbit.affine<8>>
  call @print(%q) : (tensor<?x!lowbit.affine<8>>) -> ()
  return
}

func.func @comparisons() {
  // NaN takes the code of 0.0: 0 by a threshold, +1 by sign.
  %x = arith.constant dense<[0x7FC00000, 0x7F800000, 0xFF800000, -0.0, 0x80000001]> : tensor<5xf32>
  %one = arith.constant dense<1.0> : tensor<1xf32>
  %t = arith.constant dense<0.0> : tensor<1xf32>
  // CHECK: data =
  // CHECK-NEXT: [0, 1, -1, 0, -1]
  %q0 = lowbit.quantize %x scale %one threshold %t
      : (tensor<5xf32>, tensor<1xf32>, tensor<1xf32>) -> tensor<5x!lowbit.ternary>
  %b0 = lowbit.to_storage %q0 : tensor<5x!lowbit.ternary> -> tensor<5xi8>
  %w0 = arith.extsi %b0 : tensor<5xi8> to tensor<5xi32>
  %a0 = tensor.cast %w0 : tensor<5xi32> to tensor<*xi32>
  call @printMemrefI32(%a0) : (tensor<*xi32>) -> ()
  // CHECK: data =
  // CHECK-NEXT: [1, 1, -1, 1, -1]
  %q1 = lowbit.quantize %x scale %one : (tensor<5xf32>, tensor<1xf32>) -> tensor<5x!lowbit.binary>
  %b1 = lowbit.to_storage %q1 : tensor<5x!lowbit.binary> -> tensor<5xi8>
  %w1 = arith.extsi %b1 : tensor<5xi8> to tensor<5xi32>
  %a1 = tensor.cast %w1 : tensor<5xi32> to tensor<*xi32>
  call @printMemrefI32(%a1) : (tensor<*xi32>) -> ()
  return
}

// Blocks of 2 x 3 on 3 x 5: the last ones are short. Scales in f16 and bf16.
func.func @blocks() {
  %x = arith.constant dense<12.0> : tensor<3x5xf32>
  %s = arith.constant dense<[[1.0, 2.0], [3.0, 4.0]]> : tensor<2x2xf16>
  // CHECK: data =
  // CHECK-NEXT: [12, 12, 12, 6, 6, 12, 12, 12, 6, 6, 4, 4, 4, 3, 3]
  %q = lowbit.quantize %x scale %s {block_sizes = array<i64: 2, 3>}
      : (tensor<3x5xf32>, tensor<2x2xf16>) -> tensor<3x5x!lowbit.affine<8>>
  %row = tensor.collapse_shape %q [[0, 1]] : tensor<3x5x!lowbit.affine<8>> into tensor<15x!lowbit.affine<8>>
  %d = tensor.cast %row : tensor<15x!lowbit.affine<8>> to tensor<?x!lowbit.affine<8>>
  call @print(%d) : (tensor<?x!lowbit.affine<8>>) -> ()
  return
}

// 16 bits: codes beyond a byte.
func.func @sixteen_bits() {
  %x = arith.constant dense<[40000.0, -40000.0, 12345.4, 65535.5]> : tensor<4xf32>
  %s = arith.constant dense<1.0> : tensor<1xbf16>
  // CHECK: data =
  // CHECK-NEXT: [32767, -32768, 12345, 32767]
  %q0 = lowbit.quantize %x scale %s : (tensor<4xf32>, tensor<1xbf16>) -> tensor<4x!lowbit.affine<16>>
  %b0 = lowbit.to_storage %q0 : tensor<4x!lowbit.affine<16>> -> tensor<4xi16>
  %w0 = arith.extsi %b0 : tensor<4xi16> to tensor<4xi32>
  %a0 = tensor.cast %w0 : tensor<4xi32> to tensor<*xi32>
  call @printMemrefI32(%a0) : (tensor<*xi32>) -> ()
  // CHECK: data =
  // CHECK-NEXT: [40000, 0, 12345, 65535]
  %q1 = lowbit.quantize %x scale %s : (tensor<4xf32>, tensor<1xbf16>) -> tensor<4x!lowbit.affine<16, unsigned>>
  %b1 = lowbit.to_storage %q1 : tensor<4x!lowbit.affine<16, unsigned>> -> tensor<4xi16>
  %w1 = arith.extui %b1 : tensor<4xi16> to tensor<4xi32>
  %a1 = tensor.cast %w1 : tensor<4xi32> to tensor<*xi32>
  call @printMemrefI32(%a1) : (tensor<*xi32>) -> ()
  return
}

func.func @main() {
  call @ties() : () -> ()
  call @special() : () -> ()
  call @comparisons() : () -> ()
  call @blocks() : () -> ()
  call @sixteen_bits() : () -> ()
  return
}

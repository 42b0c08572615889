// RUN: lowbit-opt %s %lower_reference | %run_main | FileCheck %s

// Where single bytes of packed ternary weights lie: 18 x 5 codes in blocks of 4,
// one panel of 64 rows. A block starts with 64 scales and 64 offsets of 4 bytes;
// its line follows at 512. The second block starts at 576.

func.func private @printMemrefI32(tensor<*xi32>) attributes {llvm.emit_c_interface}

// The bytes of the panel at `places`, as unsigned numbers.
func.func @print(%packed: tensor<1x1152xi8>, %places: tensor<?xindex>) {
  %c0 = arith.constant 0 : index
  %size = tensor.dim %places, %c0 : tensor<?xindex>
  %bytes = tensor.generate %size {
  ^bb0(%i: index):
    %place = tensor.extract %places[%i] : tensor<?xindex>
    %byte = tensor.extract %packed[%c0, %place] : tensor<1x1152xi8>
    %wide = arith.extui %byte : i8 to i32
    tensor.yield %wide : i32
  } : tensor<?xi32>
  %any = tensor.cast %bytes : tensor<?xi32> to tensor<*xi32>
  call @printMemrefI32(%any) : (tensor<*xi32>) -> ()
  return
}

func.func @main() {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c4 = arith.constant 4 : index
  %c17 = arith.constant 17 : index
  %plus = arith.constant 1 : i8
  %minus = arith.constant -1 : i8
  // w[0, 0] = 1, w[17, 0] = -1, w[17, 4] = 1, else 0.
  %zeros = arith.constant dense<0> : tensor<18x5xi8>
  %0 = tensor.insert %plus into %zeros[%c0, %c0] : tensor<18x5xi8>
  %1 = tensor.insert %minus into %0[%c17, %c0] : tensor<18x5xi8>
  %2 = tensor.insert %plus into %1[%c17, %c4] : tensor<18x5xi8>
  %w = lowbit.from_storage %2 : tensor<18x5xi8> -> tensor<18x5x!lowbit.ternary>
  %scales = arith.constant dense<1.0> : tensor<18x2xf32>
  %offsets = arith.constant dense<[[-2.0, 0.5]]> : tensor<1x2xf32>
  %packed = lowbit.pack <field_bits = 2, code_offset = 1, block = 4, scale = f32, offset = true>
      %w scale %scales offset %offsets {block_sizes = array<i64: 0, 4>}
      : (tensor<18x5x!lowbit.ternary>, tensor<18x2xf32>, tensor<1x2xf32>) -> tensor<1x1152xi8>

  // Fields are codes plus 1. Lane 0 holds the rows 0 and 16 (fields 2 and 1), lane
  // 1 the rows 1 and 17 (1 and 0), lane 2 row 2 and padding; then k = 1.
  // CHECK: data =
  // CHECK-NEXT: [6, 1, 1, 5]
  %fields = arith.constant dense<[512, 516, 520, 513]> : tensor<4xindex>
  %3 = tensor.cast %fields : tensor<4xindex> to tensor<?xindex>
  call @print(%packed, %3) : (tensor<1x1152xi8>, tensor<?xindex>) -> ()
  // k = 4 is the first of the second block: rows 0, 16; 1, 17; then padding.
  // CHECK: data =
  // CHECK-NEXT: [5, 9, 0, 0]
  %next = arith.constant dense<[1088, 1092, 1089, 1093]> : tensor<4xindex>
  %4 = tensor.cast %next : tensor<4xindex> to tensor<?xindex>
  call @print(%packed, %4) : (tensor<1x1152xi8>, tensor<?xindex>) -> ()
  // The scale of row 17 in both blocks, 1.0 = 0x3F800000, and that of row 18, 0.
  // CHECK: data =
  // CHECK-NEXT: [0, 0, 128, 63, 128, 63, 0, 0, 0, 0]
  %header = arith.constant dense<[68, 69, 70, 71, 646, 647, 72, 73, 74, 75]> : tensor<10xindex>
  %5 = tensor.cast %header : tensor<10xindex> to tensor<?xindex>
  call @print(%packed, %5) : (tensor<1x1152xi8>, tensor<?xindex>) -> ()
  // The offsets of row 17, -2.0 = 0xC0000000 and 0.5 = 0x3F000000, and of row 18.
  // CHECK: data =
  // CHECK-NEXT: [0, 192, 0, 63, 0]
  %column = arith.constant dense<[324, 327, 900, 903, 331]> : tensor<5xindex>
  %6 = tensor.cast %column : tensor<5xindex> to tensor<?xindex>
  call @print(%packed, %6) : (tensor<1x1152xi8>, tensor<?xindex>) -> ()
  // The codes of (0, 0), (1, 0), (17, 0) and (17, 4), read back.
  // CHECK: data =
  // CHECK-NEXT: [1, 0, 255, 1]
  %read = lowbit.unpack <field_bits = 2, code_offset = 1, block = 4, scale = f32, offset = true>
      %packed [] : tensor<1x1152xi8> -> tensor<18x5x!lowbit.ternary>
  %bytes = lowbit.to_storage %read : tensor<18x5x!lowbit.ternary> -> tensor<18x5xi8>
  %a = tensor.extract %bytes[%c0, %c0] : tensor<18x5xi8>
  %b = tensor.extract %bytes[%c1, %c0] : tensor<18x5xi8>
  %c = tensor.extract %bytes[%c17, %c0] : tensor<18x5xi8>
  %d = tensor.extract %bytes[%c17, %c4] : tensor<18x5xi8>
  %picked = tensor.from_elements %a, %b, %c, %d : tensor<4xi8>
  %wide = arith.extui %picked : tensor<4xi8> to tensor<4xi32>
  %any = tensor.cast %wide : tensor<4xi32> to tensor<*xi32>
  call @printMemrefI32(%any) : (tensor<*xi32>) -> ()
  return
}

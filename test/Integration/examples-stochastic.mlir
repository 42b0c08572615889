// RUN: lowbit-opt %s %lower_reference | %run_main | FileCheck %s

// Stochastic rounding: worked example 11, as far as it is about codes. The draws
// are those of Quantization/Rounding.h.

func.func private @printMemrefI32(tensor<*xi32>) attributes {llvm.emit_c_interface}

func.func @printCodes(%codes: tensor<16x!lowbit.affine<8>>) {
  %bytes = lowbit.to_storage %codes : tensor<16x!lowbit.affine<8>> -> tensor<16xi8>
  %wide = arith.extsi %bytes : tensor<16xi8> to tensor<16xi32>
  %any = tensor.cast %wide : tensor<16xi32> to tensor<*xi32>
  call @printMemrefI32(%any) : (tensor<*xi32>) -> ()
  return
}

func.func @sum(%codes: tensor<64x64x!lowbit.affine<8>>) -> i32 {
  %zero = arith.constant dense<0> : tensor<1x1xi32>
  %row = tensor.collapse_shape %codes [[0, 1]]
      : tensor<64x64x!lowbit.affine<8>> into tensor<4096x!lowbit.affine<8>>
  %matrix = tensor.expand_shape %row [[0, 1]] output_shape [1, 4096]
      : tensor<4096x!lowbit.affine<8>> into tensor<1x4096x!lowbit.affine<8>>
  %sums = lowbit.row_sums %matrix : tensor<1x4096x!lowbit.affine<8>> -> tensor<1x1xi32>
  %c0 = arith.constant 0 : index
  %sum = tensor.extract %sums[%c0, %c0] : tensor<1x1xi32>
  return %sum : i32
}

// The same draws as getStochasticDraw gives, for three seeds.
func.func @draws() {
  %x = arith.constant dense<3.7> : tensor<16xf32>
  %s = arith.constant dense<1.0> : tensor<1xf32>
  // CHECK: data =
  // CHECK-NEXT: [4, 4, 4, 4, 4, 4, 3, 4, 4, 4, 4, 4, 4, 4, 4, 4]
  %q0 = lowbit.quantize %x scale %s {rounding = #lowbit.rounding<stochastic>}
      : (tensor<16xf32>, tensor<1xf32>) -> tensor<16x!lowbit.affine<8>>
  call @printCodes(%q0) : (tensor<16x!lowbit.affine<8>>) -> ()
  // CHECK: data =
  // CHECK-NEXT: [4, 4, 4, 4, 4, 4, 3, 3, 4, 4, 4, 3, 3, 3, 3, 4]
  %q1 = lowbit.quantize %x scale %s {rounding = #lowbit.rounding<stochastic>, seed = 1}
      : (tensor<16xf32>, tensor<1xf32>) -> tensor<16x!lowbit.affine<8>>
  call @printCodes(%q1) : (tensor<16x!lowbit.affine<8>>) -> ()
  // CHECK: data =
  // CHECK-NEXT: [4, 3, 3, 3, 3, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4]
  %q2 = lowbit.quantize %x scale %s {rounding = #lowbit.rounding<stochastic>, seed = 4294967295}
      : (tensor<16xf32>, tensor<1xf32>) -> tensor<16x!lowbit.affine<8>>
  call @printCodes(%q2) : (tensor<16x!lowbit.affine<8>>) -> ()
  // A float zero point lies inside the rounding: floor(-2.25 + 0.5 + u).
  // CHECK: data =
  // CHECK-NEXT: [-2, -2, -1, -2, -1, -2, -2, -2, -2, -2, -2, -2, -2, -2, -1, -2]
  %y = arith.constant dense<-2.25> : tensor<16xf32>
  %z = arith.constant dense<0.5> : tensor<1xf32>
  %q3 = lowbit.quantize %y scale %s zero_point %z {rounding = #lowbit.rounding<stochastic>, seed = 5}
      : (tensor<16xf32>, tensor<1xf32>, tensor<1xf32>) -> tensor<16x!lowbit.affine<8>>
  call @printCodes(%q3) : (tensor<16x!lowbit.affine<8>>) -> ()
  return
}

// The index is row-major: the same sums of 64 x 64 elements as of 4096.
func.func @mean() {
  %x = arith.constant dense<3.7> : tensor<64x64xf32>
  %s = arith.constant dense<1.0> : tensor<1x1xf32>
  %q0 = lowbit.quantize %x scale %s {rounding = #lowbit.rounding<stochastic>, seed = 0}
      : (tensor<64x64xf32>, tensor<1x1xf32>) -> tensor<64x64x!lowbit.affine<8>>
  %q1 = lowbit.quantize %x scale %s {rounding = #lowbit.rounding<stochastic>, seed = 1}
      : (tensor<64x64xf32>, tensor<1x1xf32>) -> tensor<64x64x!lowbit.affine<8>>
  %q2 = lowbit.quantize %x scale %s {rounding = #lowbit.rounding<stochastic>, seed = 2}
      : (tensor<64x64xf32>, tensor<1x1xf32>) -> tensor<64x64x!lowbit.affine<8>>
  %q3 = lowbit.quantize %x scale %s {rounding = #lowbit.rounding<stochastic>, seed = 3}
      : (tensor<64x64xf32>, tensor<1x1xf32>) -> tensor<64x64x!lowbit.affine<8>>
  // CHECK: {{^}}15175{{$}}
  // CHECK: {{^}}15146{{$}}
  // CHECK: {{^}}15155{{$}}
  // CHECK: {{^}}15136{{$}}
  %n0 = call @sum(%q0) : (tensor<64x64x!lowbit.affine<8>>) -> i32
  vector.print %n0 : i32
  %n1 = call @sum(%q1) : (tensor<64x64x!lowbit.affine<8>>) -> i32
  vector.print %n1 : i32
  %n2 = call @sum(%q2) : (tensor<64x64x!lowbit.affine<8>>) -> i32
  vector.print %n2 : i32
  %n3 = call @sum(%q3) : (tensor<64x64x!lowbit.affine<8>>) -> i32
  vector.print %n3 : i32
  // The mean over elements and seeds; its standard error is 0.0036.
  // CHECK: {{^}}3.{{(69[4-9]|70[0-6])}}
  %n01 = arith.addi %n0, %n1 : i32
  %n23 = arith.addi %n2, %n3 : i32
  %n = arith.addi %n01, %n23 : i32
  %total = arith.sitofp %n : i32 to f32
  %count = arith.constant 16384.0 : f32
  %mean = arith.divf %total, %count : f32
  vector.print %mean : f32
  // 3.0 is always 3.
  // CHECK: {{^}}12288{{$}}
  %three = arith.constant dense<3.0> : tensor<64x64xf32>
  %q4 = lowbit.quantize %three scale %s {rounding = #lowbit.rounding<stochastic>, seed = 7}
      : (tensor<64x64xf32>, tensor<1x1xf32>) -> tensor<64x64x!lowbit.affine<8>>
  %n4 = call @sum(%q4) : (tensor<64x64x!lowbit.affine<8>>) -> i32
  vector.print %n4 : i32
  return
}

func.func @main() {
  call @draws() : () -> ()
  call @mean() : () -> ()
  return
}

// RUN: lowbit-opt %s %lower_reference | %run_main | FileCheck %s

// Signs and affine grids: worked examples 5 to 10.

func.func private @printMemrefI32(tensor<*xi32>) attributes {llvm.emit_c_interface}
func.func private @printMemrefF32(tensor<*xf32>) attributes {llvm.emit_c_interface}

func.func @printBytes(%bytes: tensor<?xi8>) {
  %wide = arith.extsi %bytes : tensor<?xi8> to tensor<?xi32>
  %any = tensor.cast %wide : tensor<?xi32> to tensor<*xi32>
  call @printMemrefI32(%any) : (tensor<*xi32>) -> ()
  return
}

func.func @printReals(%reals: tensor<?xf32>) {
  %any = tensor.cast %reals : tensor<?xf32> to tensor<*xf32>
  call @printMemrefF32(%any) : (tensor<*xf32>) -> ()
  return
}

// Prints codes and the reals that they mean.
func.func @print2(%codes: tensor<?x!lowbit.affine<2>>, %s: tensor<1xf32>) {
  %bytes = lowbit.to_storage %codes : tensor<?x!lowbit.affine<2>> -> tensor<?xi8>
  call @printBytes(%bytes) : (tensor<?xi8>) -> ()
  %reals = lowbit.dequantize %codes scale %s
      : (tensor<?x!lowbit.affine<2>>, tensor<1xf32>) -> tensor<?xf32>
  call @printReals(%reals) : (tensor<?xf32>) -> ()
  return
}

func.func @example5() {
  %one = arith.constant dense<1.0> : tensor<1xf32>
  %x = arith.constant dense<[0.75, 0.0, -0.0, -0.1]> : tensor<4xf32>
  // sign
  // CHECK: data =
  // CHECK-NEXT: [1, 1, 1, -1]
  %sign = lowbit.quantize %x scale %one : (tensor<4xf32>, tensor<1xf32>) -> tensor<4x!lowbit.binary>
  %b0 = lowbit.to_storage %sign : tensor<4x!lowbit.binary> -> tensor<4xi8>
  %d0 = tensor.cast %b0 : tensor<4xi8> to tensor<?xi8>
  call @printBytes(%d0) : (tensor<?xi8>) -> ()
  // step
  // CHECK: data =
  // CHECK-NEXT: [1, 1, 1, 0]
  %step = lowbit.quantize %x scale %one : (tensor<4xf32>, tensor<1xf32>) -> tensor<4x!lowbit.binary<unipolar>>
  %b1 = lowbit.to_storage %step : tensor<4x!lowbit.binary<unipolar>> -> tensor<4xi8>
  %d1 = tensor.cast %b1 : tensor<4xi8> to tensor<?xi8>
  call @printBytes(%d1) : (tensor<?xi8>) -> ()
  return
}

// Symmetric `full` over [-1, 1]: both ends saturate or overshoot.
func.func @example6() {
  %s = arith.constant dense<0.6666667> : tensor<1xf32>
  %x = arith.constant dense<[0.75, 1.0, -1.0]> : tensor<3xf32>
  // CHECK: data =
  // CHECK-NEXT: [1, 1, -2]
  // CHECK: data =
  // CHECK-NEXT: [0.666667, 0.666667, -1.33333]
  %q = lowbit.quantize %x scale %s : (tensor<3xf32>, tensor<1xf32>) -> tensor<3x!lowbit.affine<2>>
  %d = tensor.cast %q : tensor<3x!lowbit.affine<2>> to tensor<?x!lowbit.affine<2>>
  call @print2(%d, %s) : (tensor<?x!lowbit.affine<2>>, tensor<1xf32>) -> ()
  return
}

// The grids of all codes, with float and with integer zero points.
func.func @example7() {
  %all = lowbit.constant dense<[-2, -1, 0, 1]> : tensor<4xi8> -> tensor<4x!lowbit.affine<2>>
  %unsigned = lowbit.constant dense<[0, 1, 2, 3]> : tensor<4xi8> -> tensor<4x!lowbit.affine<2, unsigned>>
  // [-0.3, 1.0]: b = 0.1333333, the level of code -1; z = -1 - b / s.
  // CHECK: data =
  // CHECK-NEXT: [-0.3, 0.133333, 0.566667, 1]
  %s0 = arith.constant dense<0.4333333> : tensor<1xf32>
  %z0 = arith.constant dense<-1.3076923> : tensor<1xf32>
  %g0 = lowbit.dequantize %all scale %s0 zero_point %z0
      : (tensor<4x!lowbit.affine<2>>, tensor<1xf32>, tensor<1xf32>) -> tensor<4xf32>
  %d0 = tensor.cast %g0 : tensor<4xf32> to tensor<?xf32>
  call @printReals(%d0) : (tensor<?xf32>) -> ()
  // The integer zero point 1.
  // CHECK: data =
  // CHECK-NEXT: [-0.433333, 0, 0.433333, 0.866667]
  %z1 = arith.constant dense<1> : tensor<1xi32>
  %g1 = lowbit.dequantize %unsigned scale %s0 zero_point %z1
      : (tensor<4x!lowbit.affine<2, unsigned>>, tensor<1xf32>, tensor<1xi32>) -> tensor<4xf32>
  %d1 = tensor.cast %g1 : tensor<4xf32> to tensor<?xf32>
  call @printReals(%d1) : (tensor<?xf32>) -> ()
  // [-1, 1]: b = 1/3.
  // CHECK: data =
  // CHECK-NEXT: [-1, -0.333333, 0.333333, 1]
  %s2 = arith.constant dense<0.6666667> : tensor<1xf32>
  %z2 = arith.constant dense<-0.5> : tensor<1xf32>
  %g2 = lowbit.dequantize %all scale %s2 zero_point %z2
      : (tensor<4x!lowbit.affine<2>>, tensor<1xf32>, tensor<1xf32>) -> tensor<4xf32>
  %d2 = tensor.cast %g2 : tensor<4xf32> to tensor<?xf32>
  call @printReals(%d2) : (tensor<?xf32>) -> ()
  // 0.75 -> 1.0, and every level is itself.
  // CHECK: data =
  // CHECK-NEXT: [1, -1, -0.333333, 0.333333, 1]
  %x = arith.constant dense<[0.75, -1.0, -0.3333333, 0.3333333, 1.0]> : tensor<5xf32>
  %q = lowbit.quantize %x scale %s2 zero_point %z2
      : (tensor<5xf32>, tensor<1xf32>, tensor<1xf32>) -> tensor<5x!lowbit.affine<2>>
  %y = lowbit.dequantize %q scale %s2 zero_point %z2
      : (tensor<5x!lowbit.affine<2>>, tensor<1xf32>, tensor<1xf32>) -> tensor<5xf32>
  %d3 = tensor.cast %y : tensor<5xf32> to tensor<?xf32>
  call @printReals(%d3) : (tensor<?xf32>) -> ()
  return
}

// The f32 just below 64/15: with the one above, -32 / s is just above the tie.
func.func @example8() {
  %s = arith.constant dense<4.2666664> : tensor<1xf32>
  %x = arith.constant dense<[-32.0, 0.0, 4.27, 16.0, 32.0]> : tensor<5xf32>
  %q = lowbit.quantize %x scale %s : (tensor<5xf32>, tensor<1xf32>) -> tensor<5x!lowbit.affine<4>>
  // CHECK: data =
  // CHECK-NEXT: [-8, 0, 1, 4, 7]
  %b = lowbit.to_storage %q : tensor<5x!lowbit.affine<4>> -> tensor<5xi8>
  %d0 = tensor.cast %b : tensor<5xi8> to tensor<?xi8>
  call @printBytes(%d0) : (tensor<?xi8>) -> ()
  // CHECK: data =
  // CHECK-NEXT: [-34.1333, 0, 4.26667, 17.0667, 29.8667]
  %y = lowbit.dequantize %q scale %s : (tensor<5x!lowbit.affine<4>>, tensor<1xf32>) -> tensor<5xf32>
  %d1 = tensor.cast %y : tensor<5xf32> to tensor<?xf32>
  call @printReals(%d1) : (tensor<?xf32>) -> ()
  return
}

func.func @example9() {
  // Clip to [-3, 3], narrow: 3.5 -> code 127 -> 3.
  %s0 = arith.constant dense<0.023622047> : tensor<1xf32>
  %x0 = arith.constant dense<[3.5, -3.5]> : tensor<2xf32>
  %q0 = lowbit.quantize %x0 scale %s0 : (tensor<2xf32>, tensor<1xf32>) -> tensor<2x!lowbit.affine<8, narrow>>
  // CHECK: data =
  // CHECK-NEXT: [127, -127]
  %b0 = lowbit.to_storage %q0 : tensor<2x!lowbit.affine<8, narrow>> -> tensor<2xi8>
  %d0 = tensor.cast %b0 : tensor<2xi8> to tensor<?xi8>
  call @printBytes(%d0) : (tensor<?xi8>) -> ()
  // CHECK: data =
  // CHECK-NEXT: [3, -3]
  %y0 = lowbit.dequantize %q0 scale %s0 : (tensor<2x!lowbit.affine<8, narrow>>, tensor<1xf32>) -> tensor<2xf32>
  %r0 = tensor.cast %y0 : tensor<2xf32> to tensor<?xf32>
  call @printReals(%r0) : (tensor<?xf32>) -> ()
  // s = 1
  // CHECK: data =
  // CHECK-NEXT: [127, -128, 4]
  %s1 = arith.constant dense<1.0> : tensor<1xf32>
  %x1 = arith.constant dense<[160.0, -200.0, 3.7]> : tensor<3xf32>
  %q1 = lowbit.quantize %x1 scale %s1 : (tensor<3xf32>, tensor<1xf32>) -> tensor<3x!lowbit.affine<8>>
  %b1 = lowbit.to_storage %q1 : tensor<3x!lowbit.affine<8>> -> tensor<3xi8>
  %d1 = tensor.cast %b1 : tensor<3xi8> to tensor<?xi8>
  call @printBytes(%d1) : (tensor<?xi8>) -> ()
  // s = 160/127
  // CHECK: data =
  // CHECK-NEXT: [127, 3]
  %s2 = arith.constant dense<1.2598425> : tensor<1xf32>
  %x2 = arith.constant dense<[160.0, 3.7]> : tensor<2xf32>
  %q2 = lowbit.quantize %x2 scale %s2 : (tensor<2xf32>, tensor<1xf32>) -> tensor<2x!lowbit.affine<8>>
  %b2 = lowbit.to_storage %q2 : tensor<2x!lowbit.affine<8>> -> tensor<2xi8>
  %d2 = tensor.cast %b2 : tensor<2xi8> to tensor<?xi8>
  call @printBytes(%d2) : (tensor<?xi8>) -> ()
  return
}

func.func @example10() {
  %x = arith.constant dense<[-1.0, 3.0, 7.0, 6.0]> : tensor<4xf32>
  %zero = arith.constant dense<0.0> : tensor<4xf32>
  %six = arith.constant dense<6.0> : tensor<4xf32>
  %relu = arith.maximumf %x, %zero : tensor<4xf32>
  %relu6 = arith.minimumf %relu, %six : tensor<4xf32>
  // CHECK: data =
  // CHECK-NEXT: [0, 3, 6, 6]
  %d0 = tensor.cast %relu6 : tensor<4xf32> to tensor<?xf32>
  call @printReals(%d0) : (tensor<?xf32>) -> ()
  // The range of the data gives 6/255 and zero point 0.
  // CHECK: 0.0235294
  // CHECK-NEXT: {{^}}0{{$}}
  %s, %z = lowbit.choose_params %relu6 for !lowbit.affine<8, unsigned>
      : (tensor<4xf32>) -> (tensor<1xf32>, tensor<1xi32>)
  %c0 = arith.constant 0 : index
  %s0 = tensor.extract %s[%c0] : tensor<1xf32>
  vector.print %s0 : f32
  %z0 = tensor.extract %z[%c0] : tensor<1xi32>
  vector.print %z0 : i32
  // 6 -> 255, 3 -> 128 (a tie).
  // CHECK: data =
  // CHECK-NEXT: [0, 128, 255, 255]
  %q = lowbit.quantize %relu6 scale %s zero_point %z
      : (tensor<4xf32>, tensor<1xf32>, tensor<1xi32>) -> tensor<4x!lowbit.affine<8, unsigned>>
  %b = lowbit.to_storage %q : tensor<4x!lowbit.affine<8, unsigned>> -> tensor<4xi8>
  %wide = arith.extui %b : tensor<4xi8> to tensor<4xi32>
  %any = tensor.cast %wide : tensor<4xi32> to tensor<*xi32>
  call @printMemrefI32(%any) : (tensor<*xi32>) -> ()
  // Half the step of symmetric `full`, 2 * 6 / 255, exactly.
  // CHECK: {{^}}0.5{{$}}
  %twelve = arith.constant 12.0 : f32
  %steps = arith.constant 255.0 : f32
  %full = arith.divf %twelve, %steps : f32
  %half = arith.divf %s0, %full : f32
  vector.print %half : f32
  return
}

func.func @main() {
  call @example5() : () -> ()
  call @example6() : () -> ()
  call @example7() : () -> ()
  call @example8() : () -> ()
  call @example9() : () -> ()
  call @example10() : () -> ()
  return
}

// RUN: lowbit-opt %s %lower_reference | %run_main | FileCheck %s

// Ternary weights: worked examples 1 to 3. A threshold T gives +1 above T, -1
// below -T and 0 in between; without one the quotient is rounded.

func.func private @printMemrefI32(tensor<*xi32>) attributes {llvm.emit_c_interface}
func.func private @printMemrefF32(tensor<*xf32>) attributes {llvm.emit_c_interface}

func.func @printCodes(%codes: tensor<?x!lowbit.ternary>) {
  %storage = lowbit.to_storage %codes : tensor<?x!lowbit.ternary> -> tensor<?xi8>
  %wide = arith.extsi %storage : tensor<?xi8> to tensor<?xi32>
  %any = tensor.cast %wide : tensor<?xi32> to tensor<*xi32>
  call @printMemrefI32(%any) : (tensor<*xi32>) -> ()
  return
}

func.func @printReals(%reals: tensor<?xf32>) {
  %any = tensor.cast %reals : tensor<?xf32> to tensor<*xf32>
  call @printMemrefF32(%any) : (tensor<*xf32>) -> ()
  return
}

func.func @byThreshold(%w: tensor<?xf32>, %t: f32) -> tensor<?x!lowbit.ternary> {
  %one = arith.constant dense<1.0> : tensor<1xf32>
  %threshold = tensor.from_elements %t : tensor<1xf32>
  %codes = lowbit.quantize %w scale %one threshold %threshold
      : (tensor<?xf32>, tensor<1xf32>, tensor<1xf32>) -> tensor<?x!lowbit.ternary>
  return %codes : tensor<?x!lowbit.ternary>
}

func.func @byScale(%w: tensor<?xf32>, %s: f32) -> tensor<?x!lowbit.ternary> {
  %scale = tensor.from_elements %s : tensor<1xf32>
  %codes = lowbit.quantize %w scale %scale
      : (tensor<?xf32>, tensor<1xf32>) -> tensor<?x!lowbit.ternary>
  return %codes : tensor<?x!lowbit.ternary>
}

// The sum of (w - scale * code)^2.
func.func @printError(%w: tensor<?xf32>, %codes: tensor<?x!lowbit.ternary>, %s: f32) {
  %scale = tensor.from_elements %s : tensor<1xf32>
  %reals = lowbit.dequantize %codes scale %scale
      : (tensor<?x!lowbit.ternary>, tensor<1xf32>) -> tensor<?xf32>
  %zero = arith.constant dense<0.0> : tensor<f32>
  %sum = linalg.generic {
      indexing_maps = [affine_map<(i) -> (i)>, affine_map<(i) -> (i)>,
                       affine_map<(i) -> ()>],
      iterator_types = ["reduction"]}
      ins(%w, %reals : tensor<?xf32>, tensor<?xf32>) outs(%zero : tensor<f32>) {
  ^bb0(%a: f32, %b: f32, %acc: f32):
    %d = arith.subf %a, %b : f32
    %square = arith.mulf %d, %d : f32
    %next = arith.addf %acc, %square : f32
    linalg.yield %next : f32
  } -> tensor<f32>
  %error = tensor.extract %sum[] : tensor<f32>
  vector.print %error : f32
  return
}

func.func @example1() {
  %static = arith.constant dense<[0.7, -0.2, 1.8, -1.5, 0.1, -0.8, 2.0, -0.3]> : tensor<8xf32>
  %w = tensor.cast %static : tensor<8xf32> to tensor<?xf32>
  // sigma with alpha 1.2, and T = 1.32
  // CHECK: data =
  // CHECK-NEXT: [0, 0, 1, -1, 0, 0, 1, 0]
  %t0 = arith.constant 1.3652472 : f32
  %c0 = call @byThreshold(%w, %t0) : (tensor<?xf32>, f32) -> tensor<?x!lowbit.ternary>
  call @printCodes(%c0) : (tensor<?x!lowbit.ternary>) -> ()
  // CHECK: data =
  // CHECK-NEXT: [0, 0, 1, -1, 0, 0, 1, 0]
  %t1 = arith.constant 1.32 : f32
  %c1 = call @byThreshold(%w, %t1) : (tensor<?xf32>, f32) -> tensor<?x!lowbit.ternary>
  call @printCodes(%c1) : (tensor<?x!lowbit.ternary>) -> ()
  // alpha 1.5
  // CHECK: data =
  // CHECK-NEXT: [0, 0, 1, 0, 0, 0, 1, 0]
  %t2 = arith.constant 1.70656 : f32
  %c2 = call @byThreshold(%w, %t2) : (tensor<?xf32>, f32) -> tensor<?x!lowbit.ternary>
  call @printCodes(%c2) : (tensor<?x!lowbit.ternary>) -> ()
  // alpha 2
  // CHECK: data =
  // CHECK-NEXT: [0, 0, 0, 0, 0, 0, 0, 0]
  %t3 = arith.constant 2.27541 : f32
  %c3 = call @byThreshold(%w, %t3) : (tensor<?xf32>, f32) -> tensor<?x!lowbit.ternary>
  call @printCodes(%c3) : (tensor<?x!lowbit.ternary>) -> ()
  // twn
  // CHECK: data =
  // CHECK-NEXT: [1, 0, 1, -1, 0, -1, 1, 0]
  %t4 = arith.constant 0.6475 : f32
  %c4 = call @byThreshold(%w, %t4) : (tensor<?xf32>, f32) -> tensor<?x!lowbit.ternary>
  call @printCodes(%c4) : (tensor<?x!lowbit.ternary>) -> ()
  // absmean
  // CHECK: data =
  // CHECK-NEXT: [1, 0, 1, -1, 0, -1, 1, 0]
  %s5 = arith.constant 0.925 : f32
  %c5 = call @byScale(%w, %s5) : (tensor<?xf32>, f32) -> tensor<?x!lowbit.ternary>
  call @printCodes(%c5) : (tensor<?x!lowbit.ternary>) -> ()
  // The three codes that mse keeps, with the mean-selected scale.
  // CHECK: 1.39667
  %s6 = arith.constant 1.7666667 : f32
  call @printError(%w, %c0, %s6) : (tensor<?xf32>, tensor<?x!lowbit.ternary>, f32) -> ()
  return
}

func.func @example2() {
  %static = arith.constant dense<[0.89, -0.12, 2.11, -1.98, 0.05, -0.92]> : tensor<6xf32>
  %w = tensor.cast %static : tensor<6xf32> to tensor<?xf32>
  // twn
  // CHECK: data =
  // CHECK-NEXT: [1, 0, 1, -1, 0, -1]
  %t0 = arith.constant 0.7082 : f32
  %c0 = call @byThreshold(%w, %t0) : (tensor<?xf32>, f32) -> tensor<?x!lowbit.ternary>
  call @printCodes(%c0) : (tensor<?x!lowbit.ternary>) -> ()
  // absmean
  // CHECK: data =
  // CHECK-NEXT: [1, 0, 1, -1, 0, -1]
  %s1 = arith.constant 1.0116667 : f32
  %c1 = call @byScale(%w, %s1) : (tensor<?xf32>, f32) -> tensor<?x!lowbit.ternary>
  call @printCodes(%c1) : (tensor<?x!lowbit.ternary>) -> ()
  // sigma with alpha 1
  // CHECK: data =
  // CHECK-NEXT: [0, 0, 1, -1, 0, 0]
  %t2 = arith.constant 1.2928 : f32
  %c2 = call @byThreshold(%w, %t2) : (tensor<?xf32>, f32) -> tensor<?x!lowbit.ternary>
  call @printCodes(%c2) : (tensor<?x!lowbit.ternary>) -> ()
  return
}

func.func @dot(%w: tensor<?x!lowbit.ternary>, %s: f32) -> f32 {
  %x = lowbit.constant dense<[[2, 3, 1, 4]]> : tensor<1x4xi8> -> tensor<1x4x!lowbit.affine<8>>
  %one = arith.constant dense<1.0> : tensor<1x1xf32>
  %scale = tensor.from_elements %s : tensor<1x1xf32>
  %static = tensor.cast %w : tensor<?x!lowbit.ternary> to tensor<4x!lowbit.ternary>
  %row = tensor.expand_shape %static [[0, 1]] output_shape [1, 4]
      : tensor<4x!lowbit.ternary> into tensor<1x4x!lowbit.ternary>
  %y = lowbit.scaled_matmul %x, %row activation_scale %one weight_scale %scale
      : (tensor<1x4x!lowbit.affine<8>>, tensor<1x4x!lowbit.ternary>,
         tensor<1x1xf32>, tensor<1x1xf32>) -> tensor<1x1xf32>
  %zero = arith.constant 0 : index
  %dot = tensor.extract %y[%zero, %zero] : tensor<1x1xf32>
  return %dot : f32
}

func.func @example3() {
  %static = arith.constant dense<[0.8, -1.2, 0.1, -0.9]> : tensor<4xf32>
  %w = tensor.cast %static : tensor<4xf32> to tensor<?xf32>
  // CHECK: data =
  // CHECK-NEXT: [1, -1, 0, -1]
  %t0 = arith.constant 0.7 : f32
  %c0 = call @byThreshold(%w, %t0) : (tensor<?xf32>, f32) -> tensor<?x!lowbit.ternary>
  call @printCodes(%c0) : (tensor<?x!lowbit.ternary>) -> ()
  // Scale `none`: exactly -5, where the float dot product is -5.5.
  // CHECK: {{^}}-5{{$}}
  %none = arith.constant 1.0 : f32
  %y0 = call @dot(%c0, %none) : (tensor<?x!lowbit.ternary>, f32) -> f32
  vector.print %y0 : f32
  // CHECK-NEXT: -4.83333
  %selected = arith.constant 0.9666667 : f32
  %y1 = call @dot(%c0, %selected) : (tensor<?x!lowbit.ternary>, f32) -> f32
  vector.print %y1 : f32
  // The bound sum |x||dw| = 1.5 from dw.
  // CHECK: data =
  // CHECK-NEXT: [-0.2,  -0.2,  0.1,  0.1]
  %one = arith.constant dense<1.0> : tensor<1xf32>
  %reals = lowbit.dequantize %c0 scale %one
      : (tensor<?x!lowbit.ternary>, tensor<1xf32>) -> tensor<?xf32>
  %dw = arith.subf %w, %reals : tensor<?xf32>
  call @printReals(%dw) : (tensor<?xf32>) -> ()
  // CHECK: data =
  // CHECK-NEXT: [0, -1, 0, 0]
  %t1 = arith.constant 1.0 : f32
  %c1 = call @byThreshold(%w, %t1) : (tensor<?xf32>, f32) -> tensor<?x!lowbit.ternary>
  call @printCodes(%c1) : (tensor<?x!lowbit.ternary>) -> ()
  // Strict: w = T and w = -T give 0.
  // CHECK: data =
  // CHECK-NEXT: [0, 0, 1, -1]
  %edge = arith.constant dense<[0.7, -0.7, 0.70000005, -0.70000005]> : tensor<4xf32>
  %e = tensor.cast %edge : tensor<4xf32> to tensor<?xf32>
  %c2 = call @byThreshold(%e, %t0) : (tensor<?xf32>, f32) -> tensor<?x!lowbit.ternary>
  call @printCodes(%c2) : (tensor<?x!lowbit.ternary>) -> ()
  return
}

func.func @main() {
  call @example1() : () -> ()
  call @example2() : () -> ()
  call @example3() : () -> ()
  return
}

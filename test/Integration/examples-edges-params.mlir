// RUN: lowbit-opt %s %lower_reference | %run_main | FileCheck %s

// choose_params on rows that have no range, or too much of it. Scales are
// printed as bits; the numbers are those of chooseParams in Quantization.

func.func private @printMemrefI32(tensor<*xi32>) attributes {llvm.emit_c_interface}

func.func @printScales(%s: tensor<?x?xf32>) {
  %bits = arith.bitcast %s : tensor<?x?xf32> to tensor<?x?xi32>
  %row = tensor.collapse_shape %bits [[0, 1]] : tensor<?x?xi32> into tensor<?xi32>
  %any = tensor.cast %row : tensor<?xi32> to tensor<*xi32>
  call @printMemrefI32(%any) : (tensor<*xi32>) -> ()
  return
}

func.func @printZeroPoints(%z: tensor<?x?xi32>) {
  %row = tensor.collapse_shape %z [[0, 1]] : tensor<?x?xi32> into tensor<?xi32>
  %any = tensor.cast %row : tensor<?xi32> to tensor<*xi32>
  call @printMemrefI32(%any) : (tensor<*xi32>) -> ()
  return
}

// The rows: zeros, negative zeros, denormals, NaN, infinities among numbers, an
// outlier, positive, negative, the largest numbers, tiny, ordinary.
func.func @rows() -> tensor<11x6xf32> {
  %rows = arith.constant dense<[
      [0.0, 0.0, 0.0, 0.0, 0.0, 0.0],
      [-0.0, 0.0, -0.0, 0.0, 0.0, 0.0],
      [1.0e-40, -1.0e-40, 1.0e-40, 0.0, 0.0, 0.0],
      [0x7FC00000, 0x7FC00000, 0xFFC00000, 0x7FC00000, 0x7FC00001, 0x7F800001],
      [0x7F800000, 0xFF800000, 0x7FC00000, 1.0, -2.0, 0.5],
      [1.0e30, 1.0, 2.0, 3.0, -1.0, 0.0],
      [1.0, 2.0, 3.0, 4.0, 5.0, 6.0],
      [-1.0, -2.0, -3.0, -4.0, -5.0, -6.0],
      [0x7F7FFFFF, 0xFF7FFFFF, 0.0, 0.0, 1.0, 2.0],
      [1.0e-35, -1.0e-35, 0.0, 0.0, 0.0, 0.0],
      [0.3, -0.7, 0.11, 0.9, -0.2, 0.05]]> : tensor<11x6xf32>
  return %rows : tensor<11x6xf32>
}

func.func @symmetric(%x: tensor<11x6xf32>) {
  // CHECK: data =
  // CHECK-NEXT: [1065353216, 1065353216, 1065353216, 1065353216, 1015087620, 1842055646, 1027703558, 1027703558, 2080440836, 226492416, 1005074132]
  %s = lowbit.choose_params %x for !lowbit.affine<8, narrow> : (tensor<11x6xf32>) -> tensor<11x1xf32>
  %d = tensor.cast %s : tensor<11x1xf32> to tensor<?x?xf32>
  call @printScales(%d) : (tensor<?x?xf32>) -> ()
  return
}

func.func @asymmetric(%x: tensor<11x6xf32>) {
  // CHECK: data =
  // CHECK-NEXT: [1065353216, 1065353216, 1065353216, 1065353216, 1010876610, 1833614728, 1019265217, 1019265217, 2080407680, 226492416, 1003330151]
  // CHECK: data =
  // CHECK-NEXT: [0, 0, 0, 0, 42, -128, -128, 127, 0, -128, -16]
  %s, %z = lowbit.choose_params %x for !lowbit.affine<8> : (tensor<11x6xf32>) -> (tensor<11x1xf32>, tensor<11x1xi32>)
  %ds = tensor.cast %s : tensor<11x1xf32> to tensor<?x?xf32>
  call @printScales(%ds) : (tensor<?x?xf32>) -> ()
  %dz = tensor.cast %z : tensor<11x1xi32> to tensor<?x?xi32>
  call @printZeroPoints(%dz) : (tensor<?x?xi32>) -> ()
  // CHECK: data =
  // CHECK-NEXT: [0, 0, 0, 0, 170, 0, 0, 255, 128, 0, 112]
  %su, %zu = lowbit.choose_params %x for !lowbit.affine<8, unsigned> : (tensor<11x6xf32>) -> (tensor<11x1xf32>, tensor<11x1xi32>)
  %du = tensor.cast %zu : tensor<11x1xi32> to tensor<?x?xi32>
  call @printZeroPoints(%du) : (tensor<?x?xi32>) -> ()
  return
}

// Blocks of 4: the second one has 2 elements.
func.func @blocks(%x: tensor<11x6xf32>) {
  // CHECK: data =
  // CHECK-NEXT: [1065353216, 1065353216, 1065353216, 1065353216, 1065353216, 1065353216, 1065353216, 1065353216, 998277249, 1008771233, 1833614728, 998277249, 1015054465, 1019265217, 1015054465, 1019265217, 2080407680, 1006665857, 226492416, 1065353216, 1003330151, 981500032]
  // CHECK: data =
  // CHECK-NEXT: [0, 0, 0, 0, 0, 0, 0, 0, -128, 76, -128, 127, -128, -128, 127, 127, 0, -128, -128, 0, -16, 76]
  %s, %z = lowbit.choose_params %x for !lowbit.affine<8> {block_sizes = array<i64: 0, 4>}
      : (tensor<11x6xf32>) -> (tensor<11x2xf32>, tensor<11x2xi32>)
  %ds = tensor.cast %s : tensor<11x2xf32> to tensor<?x?xf32>
  call @printScales(%ds) : (tensor<?x?xf32>) -> ()
  %dz = tensor.cast %z : tensor<11x2xi32> to tensor<?x?xi32>
  call @printZeroPoints(%dz) : (tensor<?x?xi32>) -> ()
  return
}

// One scale for all, of dynamic shape.
func.func @tensor(%static: tensor<11x6xf32>) {
  // CHECK: data =
  // CHECK-NEXT: [2080407680]
  // CHECK: data =
  // CHECK-NEXT: [0]
  %x = tensor.cast %static : tensor<11x6xf32> to tensor<?x?xf32>
  %s, %z = lowbit.choose_params %x for !lowbit.affine<8> : (tensor<?x?xf32>) -> (tensor<1x1xf32>, tensor<1x1xi32>)
  %ds = tensor.cast %s : tensor<1x1xf32> to tensor<?x?xf32>
  call @printScales(%ds) : (tensor<?x?xf32>) -> ()
  %dz = tensor.cast %z : tensor<1x1xi32> to tensor<?x?xi32>
  call @printZeroPoints(%dz) : (tensor<?x?xi32>) -> ()
  return
}

// K = 0: a range of zero. M = 0: nothing.
func.func @empty() {
  %c0 = arith.constant 0 : index
  %c2 = arith.constant 2 : index
  // CHECK: data =
  // CHECK-NEXT: [1065353216, 1065353216]
  // CHECK: data =
  // CHECK-NEXT: [0, 0]
  %narrow = tensor.empty(%c2, %c0) : tensor<?x?xf32>
  %s, %z = lowbit.choose_params %narrow for !lowbit.affine<8> : (tensor<?x?xf32>) -> (tensor<?x1xf32>, tensor<?x1xi32>)
  %ds = tensor.cast %s : tensor<?x1xf32> to tensor<?x?xf32>
  call @printScales(%ds) : (tensor<?x?xf32>) -> ()
  %dz = tensor.cast %z : tensor<?x1xi32> to tensor<?x?xi32>
  call @printZeroPoints(%dz) : (tensor<?x?xi32>) -> ()
  // CHECK: rows 0
  %short = tensor.empty(%c0, %c2) : tensor<?x?xf32>
  %n = lowbit.choose_params %short for !lowbit.affine<8, narrow> : (tensor<?x?xf32>) -> tensor<?x1xf32>
  vector.print str "rows "
  %rows = tensor.dim %n, %c0 : tensor<?x1xf32>
  vector.print %rows : index
  return
}

func.func @main() {
  %x = call @rows() : () -> tensor<11x6xf32>
  call @symmetric(%x) : (tensor<11x6xf32>) -> ()
  call @asymmetric(%x) : (tensor<11x6xf32>) -> ()
  call @blocks(%x) : (tensor<11x6xf32>) -> ()
  call @tensor(%x) : (tensor<11x6xf32>) -> ()
  call @empty() : () -> ()
  return
}

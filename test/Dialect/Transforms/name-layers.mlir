// RUN: lowbit-opt %s --lowbit-name-layers --mlir-print-debuginfo --mlir-print-local-scope | FileCheck %s
// RUN: lowbit-opt %s --lowbit-name-layers --lowbit-name-layers --mlir-print-debuginfo --mlir-print-local-scope | FileCheck %s

// CHECK-LABEL: func @repeated
// CHECK:         linalg.matmul {{.*}} loc("fc")
// CHECK:         math.absf {{.*}} loc("fc")
// CHECK:         linalg.matmul {{.*}} loc("fc.2"
// CHECK:         math.absf {{.*}} loc("fc.2"
// CHECK:         linalg.matmul {{.*}} loc("fc.4"
func.func @repeated(%x: tensor<2x2xf32>, %w: tensor<2x2xf32>) -> tensor<2x2xf32> {
  %a = linalg.matmul ins(%x, %w : tensor<2x2xf32>, tensor<2x2xf32>) outs(%x : tensor<2x2xf32>) -> tensor<2x2xf32> loc("fc")
  %b = math.absf %a : tensor<2x2xf32> loc("fc")
  %c = linalg.matmul ins(%b, %w : tensor<2x2xf32>, tensor<2x2xf32>) outs(%x : tensor<2x2xf32>) -> tensor<2x2xf32> loc("fc")
  %d = math.absf %c : tensor<2x2xf32> loc("fc")
  // The name is taken: nothing is called so twice.
  %e = math.absf %d : tensor<2x2xf32> loc("fc.3")
  %f = linalg.matmul ins(%e, %w : tensor<2x2xf32>, tensor<2x2xf32>) outs(%x : tensor<2x2xf32>) -> tensor<2x2xf32> loc("fc")
  return %f : tensor<2x2xf32>
}

// Layers are counted in each function.
// CHECK-LABEL: func @unnamed
// CHECK:         linalg.matmul {{.*}} loc("layer1"
// CHECK:         math.absf
// CHECK-NOT:     layer
// CHECK-SAME:    loc("{{.*}}name-layers.mlir"
// CHECK:         linalg.matmul {{.*}} loc("layer3")
// CHECK:         linalg.matmul {{.*}} loc("layer4"
func.func @unnamed(%x: tensor<2x2xf32>, %w: tensor<2x2xf32>) -> tensor<2x2xf32> {
  %a = linalg.matmul ins(%x, %w : tensor<2x2xf32>, tensor<2x2xf32>) outs(%x : tensor<2x2xf32>) -> tensor<2x2xf32>
  %b = math.absf %a : tensor<2x2xf32>
  %c = linalg.matmul ins(%b, %w : tensor<2x2xf32>, tensor<2x2xf32>) outs(%x : tensor<2x2xf32>) -> tensor<2x2xf32> loc("layer3")
  %d = linalg.matmul ins(%c, %w : tensor<2x2xf32>, tensor<2x2xf32>) outs(%x : tensor<2x2xf32>) -> tensor<2x2xf32>
  return %d : tensor<2x2xf32>
}

// Quantized layers have their names, maybe several ops of one.
// CHECK-LABEL: func @quantized
// CHECK:         lowbit.matmul {{.*}} loc("planes")
// CHECK:         lowbit.matmul {{.*}} loc("planes")
// CHECK:         linalg.matmul {{.*}} loc("planes.2"
func.func @quantized(%x: tensor<2x2xf32>, %q: tensor<2x2x!lowbit.affine<8>>, %w: tensor<2x2x!lowbit.ternary>, %init: tensor<2x2xi32>) -> (tensor<2x2xi32>, tensor<2x2xf32>) {
  %a = lowbit.matmul %q, %w init %init {layer = "planes"} : (tensor<2x2x!lowbit.affine<8>>, tensor<2x2x!lowbit.ternary>, tensor<2x2xi32>) -> tensor<2x2xi32> loc("planes")
  %b = lowbit.matmul %q, %w init %a {layer = "planes"} : (tensor<2x2x!lowbit.affine<8>>, tensor<2x2x!lowbit.ternary>, tensor<2x2xi32>) -> tensor<2x2xi32> loc("planes")
  %c = linalg.matmul ins(%x, %x : tensor<2x2xf32>, tensor<2x2xf32>) outs(%x : tensor<2x2xf32>) -> tensor<2x2xf32> loc("planes")
  return %b, %c : tensor<2x2xi32>, tensor<2x2xf32>
}

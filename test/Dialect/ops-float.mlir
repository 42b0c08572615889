// RUN: lowbit-opt %s | lowbit-opt | FileCheck %s
// RUN: lowbit-opt %s --mlir-print-op-generic | lowbit-opt | FileCheck %s

// CHECK-LABEL: @pack_floats
// CHECK: lowbit.pack_floats %{{.*}} into %{{.*}} : (tensor<100x64xf32>, tensor<7x1024xf32>) -> tensor<7x1024xf32>
func.func @pack_floats(%w: tensor<100x64xf32>, %p: tensor<7x1024xf32>) -> tensor<7x1024xf32> {
  %0 = lowbit.pack_floats %w into %p : (tensor<100x64xf32>, tensor<7x1024xf32>) -> tensor<7x1024xf32>
  return %0 : tensor<7x1024xf32>
}

// CHECK-LABEL: @pack_columns
// CHECK: lowbit.pack_floats %{{.*}} into %{{.*}} {transposed} : (memref<?x100xbf16>, memref<7x?xbf16>) -> ()
func.func @pack_columns(%w: memref<?x100xbf16>, %p: memref<7x?xbf16>) {
  lowbit.pack_floats %w into %p {transposed} : (memref<?x100xbf16>, memref<7x?xbf16>) -> ()
  return
}

// CHECK-LABEL: @packed_float_matmul
// CHECK: lowbit.packed_float_matmul %{{.*}}, %{{.*}} into %{{.*}} {layer = "fc"} : (tensor<?x64xf32>, tensor<7x1024xbf16>, tensor<?x100xf32>) -> tensor<?x100xf32>
// CHECK: lowbit.packed_float_matmul %{{.*}}, %{{.*}} into %{{.*}} : (memref<?x?xf32>, memref<?x?xf32>, memref<?x?xf32>) -> ()
func.func @packed_float_matmul(%x: tensor<?x64xf32>, %w: tensor<7x1024xbf16>, %y: tensor<?x100xf32>,
                               %xb: memref<?x?xf32>, %wb: memref<?x?xf32>, %yb: memref<?x?xf32>) -> tensor<?x100xf32> {
  %0 = lowbit.packed_float_matmul %x, %w into %y {layer = "fc"}
      : (tensor<?x64xf32>, tensor<7x1024xbf16>, tensor<?x100xf32>) -> tensor<?x100xf32>
  lowbit.packed_float_matmul %xb, %wb into %yb : (memref<?x?xf32>, memref<?x?xf32>, memref<?x?xf32>) -> ()
  return %0 : tensor<?x100xf32>
}

// CHECK-LABEL: @require_equal
// CHECK: lowbit.require_equal %{{.*}}, %{{.*}} : index, index
func.func @require_equal(%m: index, %n: index) {
  lowbit.require_equal %m, %n : index, index
  return
}

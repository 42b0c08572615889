// RUN: lowbit-opt %s --lowbit-narrow-activations=target=x86-amx --canonicalize | FileCheck %s
// RUN: lowbit-opt %s --lowbit-narrow-activations=target=x86-avx512popcnt --canonicalize | FileCheck %s --check-prefix=VECTORS

// CHECK-LABEL: @extended
// CHECK-SAME: (%[[X:[^:]*]]: tensor<?x4xbf16>
// CHECK-NOT:   arith.extf
// CHECK:       lowbit.packed_float_matmul %[[X]]
// CHECK-SAME:      (tensor<?x4xbf16>, tensor<1x64xbf16>, tensor<?x5xf32>)
// VECTORS-LABEL: @extended
// VECTORS:       %[[WIDE:.*]] = arith.extf
// VECTORS:       lowbit.packed_float_matmul %[[WIDE]]
func.func @extended(%x: tensor<?x4xbf16>, %w: tensor<1x64xbf16>, %y: tensor<?x5xf32>) -> tensor<?x5xf32> {
  %wide = arith.extf %x : tensor<?x4xbf16> to tensor<?x4xf32>
  %0 = lowbit.packed_float_matmul %wide, %w into %y : (tensor<?x4xf32>, tensor<1x64xbf16>, tensor<?x5xf32>) -> tensor<?x5xf32>
  return %0 : tensor<?x5xf32>
}

// CHECK-LABEL: @slice
// CHECK-SAME: (%[[X:[^:]*]]: tensor<2x3x4xbf16>, %[[I:[^:]*]]: index
// CHECK:       %[[ROWS:.*]] = tensor.extract_slice %[[X]][%[[I]], 0, 0] [1, 3, 4] [1, 1, 1] : tensor<2x3x4xbf16> to tensor<3x4xbf16>
// CHECK:       lowbit.packed_float_matmul %[[ROWS]]
func.func @slice(%x: tensor<2x3x4xbf16>, %i: index, %w: tensor<1x64xbf16>, %y: tensor<3x5xf32>) -> tensor<3x5xf32> {
  %wide = arith.extf %x : tensor<2x3x4xbf16> to tensor<2x3x4xf32>
  %rows = tensor.extract_slice %wide[%i, 0, 0] [1, 3, 4] [1, 1, 1] : tensor<2x3x4xf32> to tensor<3x4xf32>
  %0 = lowbit.packed_float_matmul %rows, %w into %y : (tensor<3x4xf32>, tensor<1x64xbf16>, tensor<3x5xf32>) -> tensor<3x5xf32>
  return %0 : tensor<3x5xf32>
}

// Weights in f32, activations of another type.
// CHECK-LABEL: @wide_weights
// CHECK:       %[[WIDE:.*]] = arith.extf
// CHECK:       lowbit.packed_float_matmul %[[WIDE]]
func.func @wide_weights(%x: tensor<3x4xbf16>, %w: tensor<1x64xf32>, %y: tensor<3x5xf32>) -> tensor<3x5xf32> {
  %wide = arith.extf %x : tensor<3x4xbf16> to tensor<3x4xf32>
  %0 = lowbit.packed_float_matmul %wide, %w into %y : (tensor<3x4xf32>, tensor<1x64xf32>, tensor<3x5xf32>) -> tensor<3x5xf32>
  return %0 : tensor<3x5xf32>
}

// CHECK-LABEL: @halves
// CHECK:       %[[WIDE:.*]] = arith.extf
// CHECK:       lowbit.packed_float_matmul %[[WIDE]]
func.func @halves(%x: tensor<3x4xf16>, %w: tensor<1x64xbf16>, %y: tensor<3x5xf32>) -> tensor<3x5xf32> {
  %wide = arith.extf %x : tensor<3x4xf16> to tensor<3x4xf32>
  %0 = lowbit.packed_float_matmul %wide, %w into %y : (tensor<3x4xf32>, tensor<1x64xbf16>, tensor<3x5xf32>) -> tensor<3x5xf32>
  return %0 : tensor<3x5xf32>
}

// CHECK-LABEL: @never_narrow
// CHECK-SAME: (%[[X:[^:]*]]: tensor<3x4xf32>
// CHECK:       lowbit.packed_float_matmul %[[X]]
func.func @never_narrow(%x: tensor<3x4xf32>, %w: tensor<1x64xbf16>, %y: tensor<3x5xf32>) -> tensor<3x5xf32> {
  %0 = lowbit.packed_float_matmul %x, %w into %y : (tensor<3x4xf32>, tensor<1x64xbf16>, tensor<3x5xf32>) -> tensor<3x5xf32>
  return %0 : tensor<3x5xf32>
}

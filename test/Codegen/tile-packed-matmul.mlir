// RUN: lowbit-opt %s --lowbit-tile-packed-matmul --split-input-file | FileCheck %s
// RUN: lowbit-opt %s --lowbit-tile-packed-matmul --split-input-file > %t.once
// RUN: lowbit-opt %s --lowbit-tile-packed-matmul --lowbit-tile-packed-matmul --split-input-file | diff - %t.once

// Four panels of 16 rows are a line of cache in bytes, and 66 rows are 5 panels,
// the last with 2 rows. The weights of one tile go to one thread.
// CHECK-DAG:   #[[COLUMNSLEFT:.*]] = affine_map<(d0) -> (-d0 + 66, 64)>
// CHECK-DAG:   #[[ROWSLEFT:.*]] = affine_map<(d0)[s0] -> (-d0 + s0, 128)>
// CHECK-DAG:   #[[PANEL:.*]] = affine_map<(d0) -> (d0 floordiv 16)>
// CHECK-DAG:   #[[PANELS:.*]] = affine_map<(d0) -> (d0 ceildiv 16)>
// CHECK-LABEL: func @large_panels
// CHECK-SAME:      %[[A:.*]]: tensor<?x8192xi8>, %[[SUMS:.*]]: tensor<?x1xi32>, %[[W:.*]]: tensor<5x131072xi8>, %[[INIT:.*]]: tensor<?x66xi32>
// CHECK:         %[[ALLROWS:.*]] = tensor.dim %[[INIT]], %c0
// CHECK:         %[[Y:.*]] = scf.forall (%[[N:.*]], %[[M:.*]]) = (0, 0) to (66, %[[ALLROWS]]) step (64, 128) shared_outs(%[[OUT:.*]] = %[[INIT]])
// CHECK-DAG:       %[[COLUMNS:.*]] = affine.min #[[COLUMNSLEFT]](%[[N]])
// CHECK-DAG:       %[[ROWS:.*]] = affine.min #[[ROWSLEFT]](%[[M]])[%[[ALLROWS]]]
// CHECK-DAG:       %[[FIRST:.*]] = affine.apply #[[PANEL]](%[[N]])
// CHECK-DAG:       %[[COUNT:.*]] = affine.apply #[[PANELS]](%[[COLUMNS]])
// CHECK-DAG:       %[[TILE:.*]] = tensor.extract_slice %[[OUT]][%[[M]], %[[N]]] [%[[ROWS]], %[[COLUMNS]]] [1, 1]
// CHECK-DAG:       %[[ACTIVATIONS:.*]] = tensor.extract_slice %[[A]][%[[M]], 0] [%[[ROWS]], 8192] [1, 1]
// CHECK-DAG:       %[[ROWSUMS:.*]] = tensor.extract_slice %[[SUMS]][%[[M]], 0] [%[[ROWS]], 1] [1, 1]
// CHECK-DAG:       %[[WEIGHTS:.*]] = tensor.extract_slice %[[W]][%[[FIRST]], 0] [%[[COUNT]], 131072] [1, 1]
// CHECK:           %[[T:.*]] = lowbit.packed_matmul <field_bits = 8, code_offset = 128> %[[ACTIVATIONS]], %[[ROWSUMS]], %[[WEIGHTS]] into %[[TILE]] {layer = "fc"}
// CHECK:             tensor.parallel_insert_slice %[[T]] into %[[OUT]][%[[M]], %[[N]]] [%[[ROWS]], %[[COLUMNS]]] [1, 1]
// CHECK:         return %[[Y]]
func.func @large_panels(%a: tensor<?x8192xi8>, %sums: tensor<?x1xi32>, %w: tensor<5x131072xi8>, %init: tensor<?x66xi32>) -> tensor<?x66xi32> {
  %y = lowbit.packed_matmul <field_bits = 8, code_offset = 128> %a, %sums, %w into %init {layer = "fc"}
      : (tensor<?x8192xi8>, tensor<?x1xi32>, tensor<5x131072xi8>, tensor<?x66xi32>) -> tensor<?x66xi32>
  return %y : tensor<?x66xi32>
}

// -----

// Of two rows, a tile has the weights that take as long: two panels. The
// parameters of rows are not cut along N.
// CHECK-LABEL: func @two_panels
// CHECK:         scf.forall (%{{.*}}) = (0) to (256) step (128)
// CHECK:           lowbit.packed_matmul {{.*}} row_scale %{{.*}} row_terms(%{{.*}}) offset_rows %{{.*}} into
// CHECK-SAME:      (tensor<2x4032xi8>, tensor<2x1xi32>, tensor<2x65280xi8>, tensor<1x1xf32>, tensor<2x1xi32>, tensor<2x1xi32>, tensor<2x128xf32>) -> tensor<2x128xf32>
func.func @two_panels(%a: tensor<2x4032xi8>, %sums: tensor<2x1xi32>, %w: tensor<4x65280xi8>, %s: tensor<1x1xf32>, %t: tensor<2x1xi32>, %init: tensor<2x256xf32>) -> tensor<2x256xf32> {
  %y = lowbit.packed_matmul <field_bits = 2, code_offset = 1, scale = f32, terms = 1, offset = true> %a, %sums, %w
      row_scale %s row_terms(%t) offset_rows %t into %init
      : (tensor<2x4032xi8>, tensor<2x1xi32>, tensor<4x65280xi8>, tensor<1x1xf32>, tensor<2x1xi32>, tensor<2x1xi32>, tensor<2x256xf32>) -> tensor<2x256xf32>
  return %y : tensor<2x256xf32>
}

// -----

// CHECK-LABEL: func @unknown_sizes
// CHECK-SAME:      %{{.*}}, %{{.*}}, %{{.*}}, %[[INIT:.*]]: tensor<?x?xi32>
// CHECK-DAG:     %[[M:.*]] = tensor.dim %[[INIT]], %c0
// CHECK-DAG:     %[[N:.*]] = tensor.dim %[[INIT]], %c1
// CHECK:         scf.forall (%{{.*}}, %{{.*}}) = (0, 0) to (%[[N]], %[[M]]) step (128, 128)
func.func @unknown_sizes(%a: tensor<?x?xi8>, %sums: tensor<?x1xi32>, %w: tensor<?x?xi8>, %init: tensor<?x?xi32>) -> tensor<?x?xi32> {
  %y = lowbit.packed_matmul <field_bits = 2, code_offset = 1> %a, %sums, %w into %init
      : (tensor<?x?xi8>, tensor<?x1xi32>, tensor<?x?xi8>, tensor<?x?xi32>) -> tensor<?x?xi32>
  return %y : tensor<?x?xi32>
}

// -----

// CHECK-LABEL: func @few_products
// CHECK-NOT:     scf.forall
func.func @few_products(%a: tensor<128x4xi8>, %sums: tensor<128x1xi32>, %w: tensor<2x64xi8>, %init: tensor<128x80xi32>) -> tensor<128x80xi32> {
  %y = lowbit.packed_matmul <field_bits = 2, code_offset = 1> %a, %sums, %w into %init
      : (tensor<128x4xi8>, tensor<128x1xi32>, tensor<2x64xi8>, tensor<128x80xi32>) -> tensor<128x80xi32>
  return %y : tensor<128x80xi32>
}

// -----

// As a convolution has it: whole registers of rows, no more sums than the cache
// of a core holds.
// CHECK-LABEL: func @many_rows
// CHECK:         scf.forall (%{{.*}}) = (0) to (3136) step (192)
func.func @many_rows(%a: tensor<3136x4xi8>, %sums: tensor<3136x1xi32>, %w: tensor<2x64xi8>, %init: tensor<3136x80xi32>) -> tensor<3136x80xi32> {
  %y = lowbit.packed_matmul <field_bits = 2, code_offset = 1> %a, %sums, %w into %init
      : (tensor<3136x4xi8>, tensor<3136x1xi32>, tensor<2x64xi8>, tensor<3136x80xi32>) -> tensor<3136x80xi32>
  return %y : tensor<3136x80xi32>
}

// -----

// CHECK-LABEL: func @no_depth
// CHECK-NOT:     scf.forall
func.func @no_depth(%a: tensor<?x0xi8>, %sums: tensor<?x1xi32>, %w: tensor<2x0xi8>, %init: tensor<?x80xi32>) -> tensor<?x80xi32> {
  %y = lowbit.packed_matmul <field_bits = 2, code_offset = 1> %a, %sums, %w into %init
      : (tensor<?x0xi8>, tensor<?x1xi32>, tensor<2x0xi8>, tensor<?x80xi32>) -> tensor<?x80xi32>
  return %y : tensor<?x80xi32>
}

// -----

// CHECK-LABEL: func @no_rows
// CHECK-NOT:     scf.forall
func.func @no_rows(%a: tensor<0x8192xi8>, %sums: tensor<0x1xi32>, %w: tensor<5x131072xi8>, %init: tensor<0x66xi32>) -> tensor<0x66xi32> {
  %y = lowbit.packed_matmul <field_bits = 8, code_offset = 128> %a, %sums, %w into %init
      : (tensor<0x8192xi8>, tensor<0x1xi32>, tensor<5x131072xi8>, tensor<0x66xi32>) -> tensor<0x66xi32>
  return %y : tensor<0x66xi32>
}

// -----

// CHECK-LABEL: func @no_columns
// CHECK-NOT:     scf.forall
func.func @no_columns(%a: tensor<?x8192xi8>, %sums: tensor<?x1xi32>, %w: tensor<0x131072xi8>, %init: tensor<?x0xi32>) -> tensor<?x0xi32> {
  %y = lowbit.packed_matmul <field_bits = 8, code_offset = 128> %a, %sums, %w into %init
      : (tensor<?x8192xi8>, tensor<?x1xi32>, tensor<0x131072xi8>, tensor<?x0xi32>) -> tensor<?x0xi32>
  return %y : tensor<?x0xi32>
}

// -----

// CHECK-LABEL: func @buffers
// CHECK-NEXT:    lowbit.packed_matmul
// CHECK-NEXT:    return
func.func @buffers(%a: memref<?x8192xi8>, %sums: memref<?x1xi32>, %w: memref<4x131072xi8>, %init: memref<?x50xi32>) {
  lowbit.packed_matmul <field_bits = 8, code_offset = 128> %a, %sums, %w into %init
      : (memref<?x8192xi8>, memref<?x1xi32>, memref<4x131072xi8>, memref<?x50xi32>) -> ()
  return
}

// -----

// CHECK-LABEL: func @weight_only
// CHECK-SAME:      %[[A:.*]]: tensor<?x4096xf32>, %[[W:.*]]: tensor<4x65600xi8>, %[[INIT:.*]]: tensor<?x100xf32>
// CHECK:         scf.forall (%[[N:.*]], %[[M:.*]]) = (0, 0) to (100, %{{.*}}) step (64, 128) shared_outs(%[[OUT:.*]] = %[[INIT]])
// CHECK-DAG:       %[[TILE:.*]] = tensor.extract_slice %[[OUT]][%[[M]], %[[N]]]
// CHECK-DAG:       %[[ACTIVATIONS:.*]] = tensor.extract_slice %[[A]][%[[M]], 0] [%{{.*}}, 4096] [1, 1]
// CHECK-DAG:       %[[WEIGHTS:.*]] = tensor.extract_slice %[[W]][%{{.*}}, 0] [%{{.*}}, 65600] [1, 1]
// CHECK:           lowbit.packed_weight_only_matmul <field_bits = 4, code_offset = 8, scale = f16> %[[ACTIVATIONS]], %[[WEIGHTS]] into %[[TILE]] {layer = "fc"}
func.func @weight_only(%a: tensor<?x4096xf32>, %w: tensor<4x65600xi8>, %init: tensor<?x100xf32>) -> tensor<?x100xf32> {
  %y = lowbit.packed_weight_only_matmul <field_bits = 4, code_offset = 8, scale = f16> %a, %w into %init {layer = "fc"}
      : (tensor<?x4096xf32>, tensor<4x65600xi8>, tensor<?x100xf32>) -> tensor<?x100xf32>
  return %y : tensor<?x100xf32>
}

// -----

// Of reals there are kernels that read eight panels at once.
// CHECK-LABEL: func @reals
// CHECK-SAME:      %[[A:.*]]: tensor<?x4096xf32>, %[[W:.*]]: tensor<20x65536xbf16>, %[[INIT:.*]]: tensor<?x310xf32>
// CHECK:         scf.forall (%[[N:.*]], %[[M:.*]]) = (0, 0) to (310, %{{.*}}) step (128, 128) shared_outs(%[[OUT:.*]] = %[[INIT]])
// CHECK-DAG:       %[[TILE:.*]] = tensor.extract_slice %[[OUT]][%[[M]], %[[N]]]
// CHECK-DAG:       %[[ACTIVATIONS:.*]] = tensor.extract_slice %[[A]][%[[M]], 0] [%{{.*}}, 4096] [1, 1]
// CHECK-DAG:       %[[WEIGHTS:.*]] = tensor.extract_slice %[[W]][%{{.*}}, 0] [%{{.*}}, 65536] [1, 1]
// CHECK:           lowbit.packed_float_matmul %[[ACTIVATIONS]], %[[WEIGHTS]] into %[[TILE]]
func.func @reals(%a: tensor<?x4096xf32>, %w: tensor<20x65536xbf16>, %init: tensor<?x310xf32>) -> tensor<?x310xf32> {
  %y = lowbit.packed_float_matmul %a, %w into %init : (tensor<?x4096xf32>, tensor<20x65536xbf16>, tensor<?x310xf32>) -> tensor<?x310xf32>
  return %y : tensor<?x310xf32>
}

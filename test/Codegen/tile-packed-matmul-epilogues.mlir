// RUN: lowbit-opt %s --lowbit-tile-packed-matmul --split-input-file | FileCheck %s
// RUN: lowbit-opt %s --lowbit-tile-packed-matmul --split-input-file > %t.once
// RUN: lowbit-opt %s --lowbit-tile-packed-matmul --lowbit-tile-packed-matmul --split-input-file | diff - %t.once

#id = affine_map<(m, n) -> (m, n)>
#column = affine_map<(m, n) -> (n)>

// The initial value, the sums and what follows are tiles: nothing as large as the
// result is left but that.
// CHECK-LABEL: func @bias_requantize
// CHECK-SAME:      %[[A:.*]]: tensor<512x256xi8>, %{{.*}}, %{{.*}}, %[[BIAS:.*]]: tensor<128xi32>
// CHECK-NOT:     tensor.empty() : tensor<512x128xi32>
// CHECK:         %[[Y:.*]] = scf.forall (%[[M:.*]]) = (0) to (512) step (128) shared_outs(%[[OUT:.*]] = %{{.*}}) -> (tensor<512x128xi8>)
// CHECK:           %[[EMPTY:.*]] = tensor.empty() : tensor<128x128xi32>
// CHECK:           %[[INIT:.*]] = linalg.broadcast ins(%[[BIAS]] : {{.*}}) outs(%[[EMPTY]] : tensor<128x128xi32>)
// CHECK:           %[[SUMS:.*]] = lowbit.packed_matmul {{.*}} into %[[INIT]]
// CHECK:           %[[TILE:.*]] = tensor.extract_slice %[[OUT]][%[[M]], 0] [128, 128] [1, 1]
// CHECK:           %[[CODES:.*]] = linalg.generic {{.*}} ins(%[[SUMS]] : tensor<128x128xi32>) outs(%[[TILE]] : tensor<128x128xi8>)
// CHECK:             tensor.parallel_insert_slice %[[CODES]] into %[[OUT]][%[[M]], 0] [128, 128] [1, 1]
// CHECK-NOT:     lowbit.packed_matmul
// CHECK:         return %[[Y]]
func.func @bias_requantize(%a: tensor<512x256xi8>, %sums: tensor<512x1xi32>, %w: tensor<8x4096xi8>, %bias: tensor<128xi32>) -> tensor<512x128xi8> {
  %e = tensor.empty() : tensor<512x128xi32>
  %init = linalg.broadcast ins(%bias : tensor<128xi32>) outs(%e : tensor<512x128xi32>) dimensions = [0]
  %y = lowbit.packed_matmul <field_bits = 8, code_offset = 127> %a, %sums, %w into %init
      : (tensor<512x256xi8>, tensor<512x1xi32>, tensor<8x4096xi8>, tensor<512x128xi32>) -> tensor<512x128xi32>
  %o = tensor.empty() : tensor<512x128xi8>
  %z = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel"]}
      ins(%y : tensor<512x128xi32>) outs(%o : tensor<512x128xi8>) {
  ^bb0(%in: i32, %out: i8):
    %t = arith.trunci %in : i32 to i8
    linalg.yield %t : i8
  } -> tensor<512x128xi8>
  return %z : tensor<512x128xi8>
}

// -----

#id = affine_map<(m, n) -> (m, n)>
#column = affine_map<(m, n) -> (n)>

// Two ops that follow, a bias, a residual; both matmuls of a sum are in its tile.
// CHECK-LABEL: func @two_matmuls
// CHECK-SAME:      %{{.*}}, %{{.*}}, %{{.*}}, %[[BIAS:[a-z0-9]+]]: tensor<128xf32>, %[[X:[a-z0-9]+]]: tensor<?x128xf32>
// CHECK:         %[[Y:.*]] = scf.forall (%[[M:.*]]) =
// CHECK:           %[[FIRST:.*]] = lowbit.packed_weight_only_matmul
// CHECK:           %[[SECOND:.*]] = lowbit.packed_weight_only_matmul
// CHECK:           %[[SUM:.*]] = linalg.generic {{.*}} ins(%[[FIRST]], %[[SECOND]], %[[BIAS]] :
// CHECK:           %[[RESIDUAL:.*]] = tensor.extract_slice %[[X]][%[[M]], 0]
// CHECK:           linalg.generic {{.*}} ins(%[[SUM]], %[[RESIDUAL]] :
// CHECK:           scf.forall.in_parallel
// CHECK-NOT:     linalg.generic
// CHECK:         return %[[Y]]
func.func @two_matmuls(%a: tensor<?x256xf32>, %v: tensor<2x4352xi8>, %w: tensor<2x4352xi8>, %bias: tensor<128xf32>, %x: tensor<?x128xf32>, %e: tensor<?x128xf32>) -> tensor<?x128xf32> {
  %y0 = lowbit.packed_weight_only_matmul <field_bits = 2, code_offset = 1, scale = f32> %a, %v into %e
      : (tensor<?x256xf32>, tensor<2x4352xi8>, tensor<?x128xf32>) -> tensor<?x128xf32>
  %y1 = lowbit.packed_weight_only_matmul <field_bits = 2, code_offset = 1, scale = f32> %a, %w into %e
      : (tensor<?x256xf32>, tensor<2x4352xi8>, tensor<?x128xf32>) -> tensor<?x128xf32>
  %s = linalg.generic {indexing_maps = [#id, #id, #column, #id], iterator_types = ["parallel", "parallel"]}
      ins(%y0, %y1, %bias : tensor<?x128xf32>, tensor<?x128xf32>, tensor<128xf32>) outs(%e : tensor<?x128xf32>) {
  ^bb0(%p: f32, %q: f32, %b: f32, %out: f32):
    %t = arith.addf %p, %q : f32
    %u = arith.addf %t, %b : f32
    linalg.yield %u : f32
  } -> tensor<?x128xf32>
  %z = linalg.generic {indexing_maps = [#id, #id, #id], iterator_types = ["parallel", "parallel"]}
      ins(%s, %x : tensor<?x128xf32>, tensor<?x128xf32>) outs(%e : tensor<?x128xf32>) {
  ^bb0(%p: f32, %q: f32, %out: f32):
    %t = arith.addf %p, %q : f32
    linalg.yield %t : f32
  } -> tensor<?x128xf32>
  return %z : tensor<?x128xf32>
}

// -----

#id = affine_map<(m, n) -> (m, n)>
#row = affine_map<(m, n) -> (m, 0)>

// A sum of a row needs all its tiles, and stays behind the loop.
// CHECK-LABEL: func @row_sums
// CHECK:         %[[Y:.*]] = scf.forall
// CHECK-NOT:       linalg.generic
// CHECK:         linalg.generic {{.*}} ins(%[[Y]] :
func.func @row_sums(%a: tensor<?x256xf32>, %w: tensor<2x4352xi8>, %e: tensor<?x128xf32>, %o: tensor<?x1xf32>) -> tensor<?x1xf32> {
  %y = lowbit.packed_weight_only_matmul <field_bits = 2, code_offset = 1, scale = f32> %a, %w into %e
      : (tensor<?x256xf32>, tensor<2x4352xi8>, tensor<?x128xf32>) -> tensor<?x128xf32>
  %z = linalg.generic {indexing_maps = [#id, #row], iterator_types = ["parallel", "reduction"]}
      ins(%y : tensor<?x128xf32>) outs(%o : tensor<?x1xf32>) {
  ^bb0(%p: f32, %out: f32):
    %t = arith.addf %p, %out : f32
    linalg.yield %t : f32
  } -> tensor<?x1xf32>
  return %z : tensor<?x1xf32>
}

// -----

#id = affine_map<(m, n) -> (m, n)>

// The product is used twice, so it is there as a whole.
// CHECK-LABEL: func @two_users
// CHECK:         %[[Y:.*]] = scf.forall
// CHECK-NOT:       linalg.generic
// CHECK:         %[[Z:.*]] = linalg.generic {{.*}} ins(%[[Y]] :
// CHECK:         return %[[Y]], %[[Z]]
func.func @two_users(%a: tensor<?x256xf32>, %w: tensor<2x4352xi8>, %e: tensor<?x128xf32>) -> (tensor<?x128xf32>, tensor<?x128xf32>) {
  %y = lowbit.packed_weight_only_matmul <field_bits = 2, code_offset = 1, scale = f32> %a, %w into %e
      : (tensor<?x256xf32>, tensor<2x4352xi8>, tensor<?x128xf32>) -> tensor<?x128xf32>
  %z = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel"]}
      ins(%y : tensor<?x128xf32>) outs(%e : tensor<?x128xf32>) {
  ^bb0(%p: f32, %out: f32):
    %t = arith.addf %p, %p : f32
    linalg.yield %t : f32
  } -> tensor<?x128xf32>
  return %y, %z : tensor<?x128xf32>, tensor<?x128xf32>
}

// -----

#id = affine_map<(m, n) -> (m, n)>
#transposed = affine_map<(m, n) -> (n, m)>

// CHECK-LABEL: func @transposed
// CHECK:         %[[Y:.*]] = scf.forall
// CHECK-NOT:       linalg.generic
// CHECK:         linalg.generic {{.*}} ins(%[[Y]] :
func.func @transposed(%a: tensor<?x256xf32>, %w: tensor<2x4352xi8>, %e: tensor<?x128xf32>, %o: tensor<128x?xf32>) -> tensor<128x?xf32> {
  %y = lowbit.packed_weight_only_matmul <field_bits = 2, code_offset = 1, scale = f32> %a, %w into %e
      : (tensor<?x256xf32>, tensor<2x4352xi8>, tensor<?x128xf32>) -> tensor<?x128xf32>
  %z = linalg.generic {indexing_maps = [#transposed, #id], iterator_types = ["parallel", "parallel"]}
      ins(%y : tensor<?x128xf32>) outs(%o : tensor<128x?xf32>) {
  ^bb0(%p: f32, %out: f32):
    %t = arith.addf %p, %p : f32
    linalg.yield %t : f32
  } -> tensor<128x?xf32>
  return %z : tensor<128x?xf32>
}

// RUN: lowbit-opt %s --lowbit-lower-to-reference --canonicalize --cse | FileCheck %s
// RUN: lowbit-opt %s --lowbit-lower-to-reference --lowbit-lower-to-reference | FileCheck %s --check-prefix=NONE

// NONE-NOT: !lowbit

// CHECK-DAG: #[[BY32:.*]] = affine_map<()[s0] -> (s0 floordiv 32)>
// CHECK-DAG: #[[CEIL32:.*]] = affine_map<()[s0] -> (s0 ceildiv 32)>
// CHECK-DAG: #[[ADDRESS:.*]] = affine_map<(d0, d1) -> (d0 * 4 + d1 + (d1 floordiv 32) * 640 + ((d1 mod 32) floordiv 4) * 64 - (d0 floordiv 16) * 64 - (d1 floordiv 4) * 4 + 128)>
// CHECK-DAG: #[[PADDED33:.*]] = affine_map<(d0) -> (d0 + (d0 floordiv 33) * 3)>
// CHECK-DAG: #[[REST32:.*]] = affine_map<()[s0] -> (s0 * -32 + 70)>

// CHECK-LABEL: @constant_keeps_its_resource
// CHECK-SAME: () -> tensor<3xi8>
// CHECK: arith.constant dense_resource<codes> : tensor<3xi8>
func.func @constant_keeps_its_resource() -> tensor<3x!lowbit.affine<4>> {
  %0 = lowbit.constant dense_resource<codes> : tensor<3xi8> -> tensor<3x!lowbit.affine<4>>
  return %0 : tensor<3x!lowbit.affine<4>>
}

// CHECK-LABEL: @storage_is_the_same
// CHECK-SAME: (%[[ARG:.*]]: tensor<?xi16>)
// CHECK-NEXT: return %[[ARG]]
func.func @storage_is_the_same(%arg0: tensor<?xi16>) -> tensor<?xi16> {
  %0 = lowbit.from_storage %arg0 : tensor<?xi16> -> tensor<?x!lowbit.affine<9>>
  %1 = lowbit.to_storage %0 : tensor<?x!lowbit.affine<9>> -> tensor<?xi16>
  return %1 : tensor<?xi16>
}

// CHECK-LABEL: @observe_is_the_input
// CHECK-SAME: (%[[X:.*]]: tensor<?x4xf32>)
// CHECK-NEXT: return %[[X]]
func.func @observe_is_the_input(%x: tensor<?x4xf32>) -> tensor<?x4xf32> {
  %0 = lowbit.observe %x "fc" : tensor<?x4xf32>
  return %0 : tensor<?x4xf32>
}

// CHECK-LABEL: @quantize_with_integer_zero_point
// CHECK: linalg.generic {{.*}} iterator_types = ["parallel", "parallel"]
// CHECK: %[[M:.*]] = linalg.index 0
// CHECK: %[[K:.*]] = linalg.index 1
// CHECK: %[[X:.*]] = tensor.extract %{{.*}}[%[[M]], %[[K]]] : tensor<?x64xf32>
// CHECK: %[[G:.*]] = affine.apply #[[BY32]]()[%[[K]]]
// CHECK: %[[S:.*]] = tensor.extract %{{.*}}[%[[M]], %[[G]]] : tensor<?x2xf16>
// CHECK: %[[Z:.*]] = tensor.extract %{{.*}}[%[[M]], %[[G]]] : tensor<?x2xi32>
// CHECK: %[[SF:.*]] = arith.extf %[[S]]
// CHECK: %[[V:.*]] = arith.divf %[[X]], %[[SF]] : f32
// CHECK: %[[NAN:.*]] = arith.cmpf uno, %[[V]], %[[V]]
// CHECK: %[[V0:.*]] = arith.select %[[NAN]], %{{.*}}, %[[V]]
// CHECK: %[[R:.*]] = math.roundeven %[[V0]]
// CHECK: %[[ZF:.*]] = arith.sitofp %[[Z]]
// CHECK: %[[C:.*]] = arith.addf %[[R]], %[[ZF]]
// CHECK: %[[LOW:.*]] = arith.maximumf %[[C]]
// CHECK: %[[HIGH:.*]] = arith.minimumf %[[LOW]]
// CHECK: arith.fptosi %[[HIGH]]
// CHECK: linalg.yield %{{.*}} : i8
func.func @quantize_with_integer_zero_point(%x: tensor<?x64xf32>, %s: tensor<?x2xf16>, %z: tensor<?x2xi32>)
    -> tensor<?x64x!lowbit.affine<8>> {
  %0 = lowbit.quantize %x scale %s zero_point %z {block_sizes = array<i64: 0, 32>}
      : (tensor<?x64xf32>, tensor<?x2xf16>, tensor<?x2xi32>) -> tensor<?x64x!lowbit.affine<8>>
  return %0 : tensor<?x64x!lowbit.affine<8>>
}

// CHECK-LABEL: @quantize_with_float_zero_point
// CHECK: %[[V:.*]] = arith.addf
// CHECK-NEXT: math.round %[[V]]
func.func @quantize_with_float_zero_point(%x: tensor<4xf32>, %s: tensor<1xf32>, %z: tensor<1xf32>)
    -> tensor<4x!lowbit.affine<2>> {
  %0 = lowbit.quantize %x scale %s zero_point %z {rounding = #lowbit.rounding<nearest_away>}
      : (tensor<4xf32>, tensor<1xf32>, tensor<1xf32>) -> tensor<4x!lowbit.affine<2>>
  return %0 : tensor<4x!lowbit.affine<2>>
}

// CHECK-LABEL: @quantize_by_threshold
// CHECK: %[[T:.*]] = arith.negf %[[TP:.*]] : f32
// CHECK: arith.cmpf olt, %[[X:.*]], %[[T]]
// CHECK: arith.cmpf ogt, %[[X]], %[[TP]]
// CHECK-NOT: arith.divf
func.func @quantize_by_threshold(%x: tensor<4xf32>, %s: tensor<1xf32>, %t: tensor<1xf32>) -> tensor<4x!lowbit.ternary> {
  %0 = lowbit.quantize %x scale %s threshold %t
      : (tensor<4xf32>, tensor<1xf32>, tensor<1xf32>) -> tensor<4x!lowbit.ternary>
  return %0 : tensor<4x!lowbit.ternary>
}

// CHECK-LABEL: @quantize_to_signs
// CHECK: %[[NEGATIVE:.*]] = arith.cmpf olt, %{{.*}}, %{{.*}} : f32
// CHECK: arith.select %[[NEGATIVE]], %c-1_i32, %c1_i32
func.func @quantize_to_signs(%x: tensor<4xf32>, %s: tensor<1xf32>) -> tensor<4x!lowbit.binary> {
  %0 = lowbit.quantize %x scale %s : (tensor<4xf32>, tensor<1xf32>) -> tensor<4x!lowbit.binary>
  return %0 : tensor<4x!lowbit.binary>
}

// CHECK-LABEL: @quantize_stochastic
// CHECK: %[[COLUMNS:.*]] = tensor.dim %{{.*}}, %c1
// CHECK: %[[M:.*]] = linalg.index 0
// CHECK: %[[K:.*]] = linalg.index 1
// CHECK: math.floor
// CHECK: %[[ROW:.*]] = arith.muli %[[M]], %[[COLUMNS]] : index
// CHECK: %[[INDEX:.*]] = arith.addi %[[ROW]], %[[K]] : index
// CHECK: arith.index_cast %[[INDEX]] : index to i32
func.func @quantize_stochastic(%x: tensor<?x?xf32>, %s: tensor<1x1xf32>) -> tensor<?x?x!lowbit.affine<8>> {
  %0 = lowbit.quantize %x scale %s {rounding = #lowbit.rounding<stochastic>, seed = 7}
      : (tensor<?x?xf32>, tensor<1x1xf32>) -> tensor<?x?x!lowbit.affine<8>>
  return %0 : tensor<?x?x!lowbit.affine<8>>
}

// CHECK-LABEL: @dequantize_unsigned
// CHECK: %[[CODE:.*]] = arith.extui
// CHECK: arith.extf %{{.*}} : bf16 to f32
// CHECK: %[[D:.*]] = arith.subi %[[CODE]]
// CHECK: %[[F:.*]] = arith.sitofp %[[D]]
// CHECK: arith.mulf %{{.*}}, %[[F]]
func.func @dequantize_unsigned(%q: tensor<4x!lowbit.affine<8, unsigned>>, %s: tensor<1xbf16>, %z: tensor<1xi32>) -> tensor<4xf32> {
  %0 = lowbit.dequantize %q scale %s zero_point %z
      : (tensor<4x!lowbit.affine<8, unsigned>>, tensor<1xbf16>, tensor<1xi32>) -> tensor<4xf32>
  return %0 : tensor<4xf32>
}

// CHECK-LABEL: @dequantize_with_float_zero_point
// CHECK: %[[F:.*]] = arith.sitofp
// CHECK: %[[D:.*]] = arith.subf %[[F]]
// CHECK: arith.mulf %{{.*}}, %[[D]]
func.func @dequantize_with_float_zero_point(%q: tensor<4x!lowbit.affine<8>>, %s: tensor<1xf32>, %z: tensor<1xf32>) -> tensor<4xf32> {
  %0 = lowbit.dequantize %q scale %s zero_point %z
      : (tensor<4x!lowbit.affine<8>>, tensor<1xf32>, tensor<1xf32>) -> tensor<4xf32>
  return %0 : tensor<4xf32>
}

// CHECK-LABEL: @choose_params_symmetric
// One integer reduction, in registers, for LLVM to vectorize.
// CHECK: %[[KEY:.*]] = scf.for {{.*}} iter_args(%{{.*}} = %c0_i32) -> (i32)
// CHECK-NOT: scf.for
// CHECK: arith.maxsi
// CHECK-NEXT: scf.yield
// CHECK: arith.bitcast %[[KEY]] : i32 to f32
// CHECK-NOT: math.roundeven
func.func @choose_params_symmetric(%x: tensor<?x?xf32>) -> tensor<?x1xf32> {
  %0 = lowbit.choose_params %x for !lowbit.affine<8, narrow> : (tensor<?x?xf32>) -> tensor<?x1xf32>
  return %0 : tensor<?x1xf32>
}

// CHECK-LABEL: @choose_params_of_short_last_block
// CHECK: linalg.generic {{.*}} outs(%{{.*}}, %{{.*}} : tensor<4x3xf32>, tensor<4x3xi32>)
// CHECK: %[[G:.*]] = linalg.index 1
// CHECK: %[[REST:.*]] = affine.apply #[[REST32]]()[%[[G]]]
// CHECK: %[[LENGTH:.*]] = arith.minsi %[[REST]], %c32
// CHECK: scf.for {{.*}} to %[[LENGTH]] {{.*}} -> (i32, i32)
// CHECK: math.roundeven
// CHECK: linalg.yield %{{.*}}, %{{.*}} : f32, i32
func.func @choose_params_of_short_last_block(%x: tensor<4x70xf32>) -> (tensor<4x3xf32>, tensor<4x3xi32>) {
  %0, %1 = lowbit.choose_params %x for !lowbit.affine<8, unsigned> {block_sizes = array<i64: 0, 32>}
      : (tensor<4x70xf32>) -> (tensor<4x3xf32>, tensor<4x3xi32>)
  return %0, %1 : tensor<4x3xf32>, tensor<4x3xi32>
}

// CHECK-LABEL: @row_sums_of_blocks
// CHECK: %[[BLOCKS:.*]] = affine.apply #[[CEIL32]]()[%{{.*}}]
// CHECK: tensor.empty(%{{.*}}, %[[BLOCKS]]) : tensor<?x?xi32>
// CHECK: scf.for
// CHECK: arith.addi
func.func @row_sums_of_blocks(%a: tensor<?x?x!lowbit.affine<8>>) -> tensor<?x?xi32> {
  %0 = lowbit.row_sums %a {block = 32} : tensor<?x?x!lowbit.affine<8>> -> tensor<?x?xi32>
  return %0 : tensor<?x?xi32>
}

// CHECK-LABEL: @matmul_with_zero_points
// CHECK: %[[INIT:.*]] = tensor.extract %{{.*}} : tensor<?x16xi32>
// CHECK: scf.for %[[K:.*]] = {{.*}} iter_args(%[[SUM:.*]] = %[[INIT]]) -> (i32)
// CHECK: %[[A:.*]] = arith.subi
// CHECK: %[[W:.*]] = arith.subi
// CHECK: %[[P:.*]] = arith.muli %[[A]], %[[W]]
// CHECK: arith.addi %[[SUM]], %[[P]]
func.func @matmul_with_zero_points(%a: tensor<?x64x!lowbit.affine<8>>, %w: tensor<16x64x!lowbit.affine<4>>,
    %za: tensor<?x1xi32>, %zw: tensor<1x1xi32>, %init: tensor<?x16xi32>) -> tensor<?x16xi32> {
  %0 = lowbit.matmul %a, %w activation_zero_point %za weight_zero_point %zw init %init
      : (tensor<?x64x!lowbit.affine<8>>, tensor<16x64x!lowbit.affine<4>>, tensor<?x1xi32>, tensor<1x1xi32>, tensor<?x16xi32>) -> tensor<?x16xi32>
  return %0 : tensor<?x16xi32>
}

// CHECK-LABEL: @scaled_matmul_with_terms_and_offset
// CHECK: %[[SUM:.*]] = scf.for {{.*}} iter_args(%[[ACC:.*]] = %cst) -> (f32)
// CHECK: %[[ISUM:.*]] = scf.for {{.*}} -> (i32)
// CHECK: scf.yield
// CHECK: %[[TERM:.*]] = arith.muli
// CHECK: %[[TOTAL:.*]] = arith.addi %[[ISUM]], %[[TERM]]
// CHECK: %[[S:.*]] = arith.extf
// CHECK: %[[F:.*]] = arith.sitofp %[[TOTAL]]
// CHECK: %[[NEXT:.*]] = math.fma %[[F]], %[[S]], %[[ACC]]
// CHECK: %[[LAST:.*]] = math.fma %{{.*}}, %{{.*}}, %[[NEXT]]
// CHECK: scf.yield %[[LAST]]
// CHECK: arith.mulf %[[SUM]]
func.func @scaled_matmul_with_terms_and_offset(%a: tensor<?x64x!lowbit.affine<8>>, %w: tensor<16x64x!lowbit.affine<4>>,
    %sa: tensor<?x1xf32>, %sw: tensor<16x2xf16>, %rows: tensor<?x2xi32>, %column: tensor<16x1xi32>,
    %columns: tensor<16x2xf32>) -> tensor<?x16xf32> {
  %0 = lowbit.scaled_matmul %a, %w activation_scale %sa weight_scale %sw
      terms(%rows) * (%column) offset %rows * %columns {block_sizes = array<i64: 0, 32>}
      : (tensor<?x64x!lowbit.affine<8>>, tensor<16x64x!lowbit.affine<4>>, tensor<?x1xf32>, tensor<16x2xf16>, tensor<?x2xi32>, tensor<16x1xi32>, tensor<?x2xi32>, tensor<16x2xf32>) -> tensor<?x16xf32>
  return %0 : tensor<?x16xf32>
}

// CHECK-LABEL: @scaled_matmul_with_float_zero_point
// CHECK: %[[SUMS:.*]]:2 = scf.for {{.*}} -> (i32, i32)
// CHECK: %[[FIRST:.*]] = math.fma
// CHECK: %[[P:.*]] = arith.mulf
// CHECK: %[[C:.*]] = arith.negf %[[P]]
// CHECK: %[[R:.*]] = arith.sitofp %[[SUMS]]#1
// CHECK: math.fma %[[R]], %[[C]], %[[FIRST]]
func.func @scaled_matmul_with_float_zero_point(%a: tensor<?x64x!lowbit.affine<8>>, %w: tensor<16x64x!lowbit.affine<4>>,
    %sa: tensor<1x1xf32>, %sw: tensor<16x1xf32>, %zw: tensor<16x1xf32>) -> tensor<?x16xf32> {
  %0 = lowbit.scaled_matmul %a, %w activation_scale %sa weight_scale %sw weight_zero_point %zw
      : (tensor<?x64x!lowbit.affine<8>>, tensor<16x64x!lowbit.affine<4>>, tensor<1x1xf32>, tensor<16x1xf32>, tensor<16x1xf32>) -> tensor<?x16xf32>
  return %0 : tensor<?x16xf32>
}

// CHECK-LABEL: @pack_dynamic
// CHECK: linalg.fill
// CHECK: scf.for
// CHECK: scf.for
// CHECK: %[[BYTE:.*]] = affine.apply #[[ADDRESS]](%[[N:.*]], %[[K:.*]])
// CHECK: arith.ori
// CHECK: tensor.insert %{{.*}} into %{{.*}}[%{{.*}}, %[[BYTE]]]
// CHECK: %[[BLOCKS:.*]] = affine.apply #[[CEIL32]]()[%{{.*}}]
// CHECK: scf.for
// CHECK: scf.for {{.*}} to %[[BLOCKS]]
// CHECK: arith.bitcast %{{.*}} : f16 to i16
// CHECK-COUNT-2: tensor.insert
func.func @pack_dynamic(%w: tensor<?x?x!lowbit.ternary>, %s: tensor<?x1xf16>) -> tensor<?x?xi8> {
  %0 = lowbit.pack <field_bits = 2, code_offset = 1, block = 32, scale = f16> %w scale %s
      : (tensor<?x?x!lowbit.ternary>, tensor<?x1xf16>) -> tensor<?x?xi8>
  return %0 : tensor<?x?xi8>
}

// CHECK-LABEL: @unpack_signs
// CHECK-SAME: (%{{.*}}: tensor<1x64xi8>, %[[ROWS:.*]]: index)
// CHECK: tensor.empty(%[[ROWS]]) : tensor<?x4xi8>
// CHECK: %[[FIELD:.*]] = arith.andi %{{.*}}, %c1_i32
// CHECK: %[[STEP:.*]] = arith.muli %[[FIELD]], %c2_i32
// CHECK: arith.subi %[[STEP]], %c1_i32
func.func @unpack_signs(%p: tensor<1x64xi8>, %n: index) -> tensor<?x4x!lowbit.binary> {
  %0 = lowbit.unpack <field_bits = 1, code_offset = 1, code_step = 2> %p [%n] : tensor<1x64xi8> -> tensor<?x4x!lowbit.binary>
  return %0 : tensor<?x4x!lowbit.binary>
}

// CHECK-LABEL: @pack_activations_of_reals
// CHECK: %[[CODES:.*]] = scf.for
// CHECK: scf.for %[[K:.*]] = %c0
// CHECK: math.roundeven
// CHECK: %[[POSITION:.*]] = affine.apply #[[PADDED33]](%[[K]])
// CHECK: tensor.insert %{{.*}} into %{{.*}}[%{{.*}}, %[[POSITION]]]
// CHECK: linalg.generic
// CHECK: tensor.extract %[[CODES]]
// CHECK: return %[[CODES]]
func.func @pack_activations_of_reals(%x: tensor<?x70xf32>, %s: tensor<?x1xf32>, %c: tensor<?x76xi8>, %r: tensor<?x3xi32>) -> (tensor<?x76xi8>, tensor<?x3xi32>) {
  %0:2 = lowbit.pack_activations %x scale %s into %c, %r as !lowbit.affine<8> {block = 33}
      : (tensor<?x70xf32>, tensor<?x1xf32>, tensor<?x76xi8>, tensor<?x3xi32>) -> (tensor<?x76xi8>, tensor<?x3xi32>)
  return %0#0, %0#1 : tensor<?x76xi8>, tensor<?x3xi32>
}

// CHECK-LABEL: @packed_matmul_in_integers
// CHECK: %[[INIT:.*]] = tensor.extract %{{.*}} : tensor<?x60xi32>
// CHECK: %[[ROW:.*]] = tensor.extract %{{.*}} : tensor<?x1xi32>
// CHECK: %[[FIELDS:.*]] = scf.for
// CHECK: %[[SUM:.*]] = arith.subi %[[FIELDS]], %[[ROW]]
// CHECK: arith.addi %[[INIT]], %[[SUM]]
func.func @packed_matmul_in_integers(%a: tensor<?x72xi8>, %r: tensor<?x1xi32>, %w: tensor<1x1152xi8>, %init: tensor<?x60xi32>) -> tensor<?x60xi32> {
  %0 = lowbit.packed_matmul <field_bits = 2, code_offset = 1> %a, %r, %w into %init
      : (tensor<?x72xi8>, tensor<?x1xi32>, tensor<1x1152xi8>, tensor<?x60xi32>) -> tensor<?x60xi32>
  return %0 : tensor<?x60xi32>
}

// CHECK-LABEL: @packed_matmul_with_header
// CHECK: %[[SUM:.*]] = scf.for %{{.*}} = %c0 to %c3 {{.*}} -> (f32)
// CHECK: scf.for {{.*}} -> (i32)
// CHECK: arith.muli %{{.*}}, %c8_i32
// CHECK: arith.bitcast %{{.*}} : i16 to f16
// CHECK: math.fma
// CHECK: arith.bitcast %{{.*}} : i32 to f32
// CHECK: math.fma
// CHECK: arith.mulf %[[SUM]]
func.func @packed_matmul_with_header(%a: tensor<?x76xi8>, %r: tensor<?x3xi32>, %w: tensor<1x?xi8>, %s: tensor<1x1xf32>, %init: tensor<?x30xf32>) -> tensor<?x30xf32> {
  %0 = lowbit.packed_matmul <field_bits = 4, code_offset = 8, block = 33, scale = f16, terms = 1, offset = true>
      %a, %r, %w row_scale %s row_terms(%r) offset_rows %r into %init
      : (tensor<?x76xi8>, tensor<?x3xi32>, tensor<1x?xi8>, tensor<1x1xf32>, tensor<?x3xi32>, tensor<?x3xi32>, tensor<?x30xf32>) -> tensor<?x30xf32>
  return %0 : tensor<?x30xf32>
}

// The zero point times the sum of the weights of the block is subtracted.
// CHECK-LABEL: @packed_matmul_with_zero_point
// CHECK: %[[ZERO_POINT:.*]] = tensor.extract %{{.*}} : tensor<?x1xi32>
// CHECK: %[[WEIGHTS:.*]] = scf.for {{.*}} -> (i32)
// CHECK-NOT: arith.extsi
// CHECK: arith.subi %{{.*}}, %c8_i32
// CHECK: %[[TERM:.*]] = arith.muli %[[ZERO_POINT]], %[[WEIGHTS]]
// CHECK: arith.subi %{{.*}}, %[[TERM]]
func.func @packed_matmul_with_zero_point(%a: tensor<?x64xi8>, %r: tensor<?x2xi32>, %w: tensor<1x1152xi8>, %s: tensor<1x1xf32>, %z: tensor<?x1xi32>, %init: tensor<?x30xf32>) -> tensor<?x30xf32> {
  %0 = lowbit.packed_matmul <field_bits = 4, code_offset = 8, block = 32, scale = f16>
      %a, %r, %w row_scale %s activation_zero_point %z into %init
      : (tensor<?x64xi8>, tensor<?x2xi32>, tensor<1x1152xi8>, tensor<1x1xf32>, tensor<?x1xi32>, tensor<?x30xf32>) -> tensor<?x30xf32>
  return %0 : tensor<?x30xf32>
}

// CHECK-LABEL: @moves_of_codes
// CHECK-SAME: (%{{.*}}: tensor<4x64xi8>, %{{.*}}: i1) -> tensor<?x8x8xi8>
// CHECK: tensor.extract_slice %{{.*}} : tensor<4x64xi8> to tensor<2x64xi8>
// CHECK: scf.if %{{.*}} -> (tensor<2x64xi8>)
// CHECK: func.call @callee(%{{.*}}) : (tensor<2x64xi8>) -> tensor<2x64xi8>
// CHECK: tensor.expand_shape
// CHECK: linalg.transpose
// CHECK: tensor.cast
func.func @moves_of_codes(%q: tensor<4x64x!lowbit.ternary>, %c: i1) -> tensor<?x8x8x!lowbit.ternary> {
  %0 = tensor.extract_slice %q[1, 0] [2, 64] [1, 1] : tensor<4x64x!lowbit.ternary> to tensor<2x64x!lowbit.ternary>
  %1 = scf.if %c -> tensor<2x64x!lowbit.ternary> {
    %4 = func.call @callee(%0) : (tensor<2x64x!lowbit.ternary>) -> tensor<2x64x!lowbit.ternary>
    scf.yield %4 : tensor<2x64x!lowbit.ternary>
  } else {
    scf.yield %0 : tensor<2x64x!lowbit.ternary>
  }
  %2 = tensor.expand_shape %1 [[0], [1, 2]] output_shape [2, 8, 8] : tensor<2x64x!lowbit.ternary> into tensor<2x8x8x!lowbit.ternary>
  %e = tensor.empty() : tensor<2x8x8x!lowbit.ternary>
  %t = linalg.transpose ins(%2 : tensor<2x8x8x!lowbit.ternary>) outs(%e : tensor<2x8x8x!lowbit.ternary>) permutation = [0, 2, 1]
  %3 = tensor.cast %t : tensor<2x8x8x!lowbit.ternary> to tensor<?x8x8x!lowbit.ternary>
  return %3 : tensor<?x8x8x!lowbit.ternary>
}

func.func private @callee(tensor<2x64x!lowbit.ternary>) -> tensor<2x64x!lowbit.ternary>

{-#
  dialect_resources: {
    builtin: {
      codes: "0x01000000F80007"
    }
  }
#-}

// RUN: lowbit-opt %s | lowbit-opt | FileCheck %s
// RUN: lowbit-opt %s --mlir-print-op-generic | lowbit-opt | FileCheck %s

//===----------------------------------------------------------------------===//
// Types and attributes
//===----------------------------------------------------------------------===//

// CHECK-LABEL: @types
// CHECK-SAME: tensor<!lowbit.affine<1>>
// CHECK-SAME: tensor<?x!lowbit.affine<16>>
// CHECK-SAME: tensor<4x!lowbit.affine<4, unsigned>>
// CHECK-SAME: tensor<4x!lowbit.affine<8, narrow>>
// CHECK-SAME: tensor<4x!lowbit.ternary>
// CHECK-SAME: tensor<4x!lowbit.binary>
// CHECK-SAME: tensor<4x!lowbit.binary<unipolar>>
// CHECK-SAME: tensor<4x!lowbit.codebook<3>>
func.func private @types(
    tensor<!lowbit.affine<1>>, tensor<?x!lowbit.affine<16, signed>>,
    tensor<4x!lowbit.affine<4, unsigned>>, tensor<4x!lowbit.affine<8, narrow>>,
    tensor<4x!lowbit.ternary>, tensor<4x!lowbit.binary<bipolar>>,
    tensor<4x!lowbit.binary<unipolar>>, tensor<4x!lowbit.codebook<3>>)

// CHECK-LABEL: @attributes
// CHECK-SAME: #lowbit.layout<field_bits = 8>
// CHECK-SAME: #lowbit.layout<field_bits = 2, code_offset = 1, scale = f32>
// CHECK-SAME: #lowbit.layout<field_bits = 4, code_offset = 8, block = 32, scale = f16>
// CHECK-SAME: #lowbit.layout<field_bits = 1, code_offset = 1, code_step = 2, scale = bf16, terms = 2, offset = true>
// CHECK-SAME: #lowbit.layout<field_bits = 2, code_offset = 4, levels = [0, 3, 5, 255]>
// CHECK-SAME: #lowbit.rounding<nearest_even>
// CHECK-SAME: #lowbit.rounding<nearest_away>
// CHECK-SAME: #lowbit.rounding<stochastic>
func.func private @attributes() attributes {test = [
    #lowbit.layout<field_bits = 8, code_offset = 0, code_step = 1, block = 0,
                   terms = 0, offset = false>,
    #lowbit.layout<field_bits = 2, code_offset = 1, scale = f32>,
    #lowbit.layout<field_bits = 4, code_offset = 8, block = 32, scale = f16>,
    #lowbit.layout<field_bits = 1, code_offset = 1, code_step = 2, scale = bf16,
                   terms = 2, offset = true>,
    #lowbit.layout<field_bits = 2, code_offset = 4, levels = [0, 3, 5, 255]>,
    #lowbit.rounding<nearest_even>, #lowbit.rounding<nearest_away>,
    #lowbit.rounding<stochastic>]}

//===----------------------------------------------------------------------===//
// Codes
//===----------------------------------------------------------------------===//

// CHECK-LABEL: @constant
func.func @constant() -> (tensor<2x2x!lowbit.ternary>, tensor<2x!lowbit.affine<12>>,
                          tensor<4x!lowbit.affine<8, unsigned>>,
                          tensor<3x!lowbit.affine<4>>, tensor<0x!lowbit.ternary>) {
  // CHECK: lowbit.constant dense<{{\[}}[0, 1], [-1, 1]]> : tensor<2x2xi8> -> tensor<2x2x!lowbit.ternary>
  %0 = lowbit.constant dense<[[0, 1], [-1, 1]]> : tensor<2x2xi8>
      -> tensor<2x2x!lowbit.ternary>
  // CHECK: lowbit.constant dense<[-2048, 2047]> : tensor<2xi16> -> tensor<2x!lowbit.affine<12>>
  %1 = lowbit.constant dense<[-2048, 2047]> : tensor<2xi16> -> tensor<2x!lowbit.affine<12>>
  // 255 is stored as the byte -1.
  // CHECK: lowbit.constant dense<-1> : tensor<4xi8> -> tensor<4x!lowbit.affine<8, unsigned>>
  %2 = lowbit.constant dense<-1> : tensor<4xi8> -> tensor<4x!lowbit.affine<8, unsigned>>
  // CHECK: lowbit.constant dense_resource<codes> : tensor<3xi8> -> tensor<3x!lowbit.affine<4>>
  %3 = lowbit.constant dense_resource<codes> : tensor<3xi8> -> tensor<3x!lowbit.affine<4>>
  // CHECK: lowbit.constant dense<> : tensor<0xi8> -> tensor<0x!lowbit.ternary>
  %4 = lowbit.constant dense<> : tensor<0xi8> -> tensor<0x!lowbit.ternary>
  return %0, %1, %2, %3, %4 : tensor<2x2x!lowbit.ternary>, tensor<2x!lowbit.affine<12>>,
      tensor<4x!lowbit.affine<8, unsigned>>, tensor<3x!lowbit.affine<4>>,
      tensor<0x!lowbit.ternary>
}

// CHECK-LABEL: @storage
func.func @storage(%arg0: tensor<?x4x!lowbit.affine<9>>) -> tensor<?x4x!lowbit.affine<9>> {
  // CHECK: lowbit.to_storage %{{.*}} : tensor<?x4x!lowbit.affine<9>> -> tensor<?x4xi16>
  %0 = lowbit.to_storage %arg0 : tensor<?x4x!lowbit.affine<9>> -> tensor<?x4xi16>
  // CHECK: lowbit.from_storage %{{.*}} : tensor<?x4xi16> -> tensor<?x4x!lowbit.affine<9>>
  %1 = lowbit.from_storage %0 : tensor<?x4xi16> -> tensor<?x4x!lowbit.affine<9>>
  return %1 : tensor<?x4x!lowbit.affine<9>>
}

// CHECK-LABEL: @lookup
func.func @lookup(%q: tensor<?x4x!lowbit.codebook<2>>, %t: tensor<4xi8>) -> tensor<?x4x!lowbit.affine<8>> {
  // CHECK: lowbit.lookup %{{.*}} in %{{.*}} : (tensor<?x4x!lowbit.codebook<2>>, tensor<4xi8>) -> tensor<?x4x!lowbit.affine<8>>
  %0 = lowbit.lookup %q in %t : (tensor<?x4x!lowbit.codebook<2>>, tensor<4xi8>) -> tensor<?x4x!lowbit.affine<8>>
  return %0 : tensor<?x4x!lowbit.affine<8>>
}

// CHECK-LABEL: @quantize
func.func @quantize(%x: tensor<?x64xf32>, %s: tensor<?x1xf32>, %z: tensor<?x1xi32>,
                    %fz: tensor<?x1xf32>, %half: tensor<?x2xf16>, %t: tensor<1x1xf32>) {
  // CHECK: lowbit.quantize %{{.*}} scale %{{.*}} : (tensor<?x64xf32>, tensor<?x1xf32>) -> tensor<?x64x!lowbit.affine<8>>
  %0 = lowbit.quantize %x scale %s
      : (tensor<?x64xf32>, tensor<?x1xf32>) -> tensor<?x64x!lowbit.affine<8>>
  // CHECK: lowbit.quantize %{{.*}} scale %{{.*}} zero_point %{{.*}} {layer = "conv1", rounding = #lowbit.rounding<nearest_away>} : (tensor<?x64xf32>, tensor<?x1xf32>, tensor<?x1xi32>) -> tensor<?x64x!lowbit.affine<8>>
  %1 = lowbit.quantize %x scale %s zero_point %z
      {layer = "conv1", rounding = #lowbit.rounding<nearest_away>}
      : (tensor<?x64xf32>, tensor<?x1xf32>, tensor<?x1xi32>) -> tensor<?x64x!lowbit.affine<8>>
  // CHECK: lowbit.quantize %{{.*}} scale %{{.*}} zero_point %{{.*}} {rounding = #lowbit.rounding<stochastic>, seed = 3 : i64} : (tensor<?x64xf32>, tensor<?x1xf32>, tensor<?x1xf32>) -> tensor<?x64x!lowbit.affine<2>>
  %2 = lowbit.quantize %x scale %s zero_point %fz
      {rounding = #lowbit.rounding<stochastic>, seed = 3}
      : (tensor<?x64xf32>, tensor<?x1xf32>, tensor<?x1xf32>) -> tensor<?x64x!lowbit.affine<2>>
  // CHECK: lowbit.quantize %{{.*}} scale %{{.*}} {block_sizes = array<i64: 0, 32>} : (tensor<?x64xf32>, tensor<?x2xf16>) -> tensor<?x64x!lowbit.affine<4, narrow>>
  %3 = lowbit.quantize %x scale %half {block_sizes = array<i64: 0, 32>}
      : (tensor<?x64xf32>, tensor<?x2xf16>) -> tensor<?x64x!lowbit.affine<4, narrow>>
  // CHECK: lowbit.quantize %{{.*}} scale %{{.*}} threshold %{{.*}} : (tensor<?x64xf32>, tensor<?x1xf32>, tensor<1x1xf32>) -> tensor<?x64x!lowbit.ternary>
  %4 = lowbit.quantize %x scale %s threshold %t
      : (tensor<?x64xf32>, tensor<?x1xf32>, tensor<1x1xf32>) -> tensor<?x64x!lowbit.ternary>
  return
}

// CHECK-LABEL: @dequantize
func.func @dequantize(%q: tensor<5x7x!lowbit.affine<4>>, %s: tensor<2x3xbf16>,
                      %z: tensor<2x3xf32>) -> tensor<5x7xf32> {
  // CHECK: lowbit.dequantize %{{.*}} scale %{{.*}} zero_point %{{.*}} {block_sizes = array<i64: 4, 3>, layer = "fc"} : (tensor<5x7x!lowbit.affine<4>>, tensor<2x3xbf16>, tensor<2x3xf32>) -> tensor<5x7xf32>
  %0 = lowbit.dequantize %q scale %s zero_point %z
      {block_sizes = array<i64: 4, 3>, layer = "fc"}
      : (tensor<5x7x!lowbit.affine<4>>, tensor<2x3xbf16>, tensor<2x3xf32>) -> tensor<5x7xf32>
  return %0 : tensor<5x7xf32>
}

// CHECK-LABEL: @choose_params
func.func @choose_params(%x: tensor<?x64xf32>) -> (tensor<?x1xf32>, tensor<?x1xi32>, tensor<?x2xf32>) {
  // CHECK: lowbit.choose_params %{{.*}} for !lowbit.affine<8> : (tensor<?x64xf32>) -> (tensor<?x1xf32>, tensor<?x1xi32>)
  %s, %z = lowbit.choose_params %x for !lowbit.affine<8>
      : (tensor<?x64xf32>) -> (tensor<?x1xf32>, tensor<?x1xi32>)
  // CHECK: lowbit.choose_params %{{.*}} for !lowbit.affine<8, narrow> {block_sizes = array<i64: 0, 32>} : (tensor<?x64xf32>) -> tensor<?x2xf32>
  %n = lowbit.choose_params %x for !lowbit.affine<8, narrow> {block_sizes = array<i64: 0, 32>}
      : (tensor<?x64xf32>) -> tensor<?x2xf32>
  return %s, %z, %n : tensor<?x1xf32>, tensor<?x1xi32>, tensor<?x2xf32>
}

// CHECK-LABEL: @observe
func.func @observe(%x: tensor<?x64xf32>) -> tensor<?x64xf32> {
  // CHECK: lowbit.observe %{{.*}} "fc1" : tensor<?x64xf32>
  %0 = lowbit.observe %x "fc1" : tensor<?x64xf32>
  // CHECK: lowbit.observe %{{.*}} "fc1" as "result" : tensor<?x64xf32>
  %1 = lowbit.observe %x "fc1" as "result" : tensor<?x64xf32>
  return %0 : tensor<?x64xf32>
}

// CHECK-LABEL: @row_sums
func.func @row_sums(%a: tensor<?x100x!lowbit.affine<8>>) -> (tensor<?x1xi32>, tensor<?x4xi32>) {
  // CHECK: lowbit.row_sums %{{.*}} : tensor<?x100x!lowbit.affine<8>> -> tensor<?x1xi32>
  %0 = lowbit.row_sums %a : tensor<?x100x!lowbit.affine<8>> -> tensor<?x1xi32>
  // CHECK: lowbit.row_sums %{{.*}} {block = 32 : i64} : tensor<?x100x!lowbit.affine<8>> -> tensor<?x4xi32>
  %1 = lowbit.row_sums %a {block = 32} : tensor<?x100x!lowbit.affine<8>> -> tensor<?x4xi32>
  return %0, %1 : tensor<?x1xi32>, tensor<?x4xi32>
}

// CHECK-LABEL: @matmul
func.func @matmul(%a: tensor<?x64x!lowbit.affine<8>>, %w: tensor<16x64x!lowbit.affine<4>>,
                  %za: tensor<?x1xi32>, %zw: tensor<1x1xi32>, %init: tensor<?x16xi32>) -> tensor<?x16xi32> {
  // CHECK: lowbit.matmul %{{.*}}, %{{.*}} init %{{.*}} {layer = "fc"} : (tensor<?x64x!lowbit.affine<8>>, tensor<16x64x!lowbit.affine<4>>, tensor<?x16xi32>) -> tensor<?x16xi32>
  %0 = lowbit.matmul %a, %w init %init {layer = "fc"}
      : (tensor<?x64x!lowbit.affine<8>>, tensor<16x64x!lowbit.affine<4>>, tensor<?x16xi32>)
      -> tensor<?x16xi32>
  // CHECK: lowbit.matmul %{{.*}}, %{{.*}} activation_zero_point %{{.*}} weight_zero_point %{{.*}} init %{{.*}} : (tensor<?x64x!lowbit.affine<8>>, tensor<16x64x!lowbit.affine<4>>, tensor<?x1xi32>, tensor<1x1xi32>, tensor<?x16xi32>) -> tensor<?x16xi32>
  %1 = lowbit.matmul %a, %w activation_zero_point %za weight_zero_point %zw init %0
      : (tensor<?x64x!lowbit.affine<8>>, tensor<16x64x!lowbit.affine<4>>, tensor<?x1xi32>,
         tensor<1x1xi32>, tensor<?x16xi32>) -> tensor<?x16xi32>
  return %1 : tensor<?x16xi32>
}

// CHECK-LABEL: @weight_only_matmul
func.func @weight_only_matmul(%x: tensor<?x70xf32>, %half: tensor<?x70xbf16>, %w: tensor<16x70x!lowbit.affine<4>>,
                              %s: tensor<4x3xf16>, %z: tensor<4x3xi32>, %codes: tensor<16x70x!lowbit.codebook<2>>,
                              %table: tensor<4xi8>, %one: tensor<1x1xf32>) {
  // CHECK: lowbit.weight_only_matmul %{{.*}}, %{{.*}} scale %{{.*}} zero_point %{{.*}} {block_sizes = array<i64: 4, 32>, layer = "fc"} : (tensor<?x70xf32>, tensor<16x70x!lowbit.affine<4>>, tensor<4x3xf16>, tensor<4x3xi32>) -> tensor<?x16xf32>
  %0 = lowbit.weight_only_matmul %x, %w scale %s zero_point %z {block_sizes = array<i64: 4, 32>, layer = "fc"}
      : (tensor<?x70xf32>, tensor<16x70x!lowbit.affine<4>>, tensor<4x3xf16>, tensor<4x3xi32>) -> tensor<?x16xf32>
  %levels = lowbit.lookup %codes in %table
      : (tensor<16x70x!lowbit.codebook<2>>, tensor<4xi8>) -> tensor<16x70x!lowbit.affine<8>>
  // CHECK: lowbit.weight_only_matmul %{{.*}}, %{{.*}} scale %{{[^ ]*}} :
  %1 = lowbit.weight_only_matmul %half, %levels scale %one
      : (tensor<?x70xbf16>, tensor<16x70x!lowbit.affine<8>>, tensor<1x1xf32>) -> tensor<?x16xf32>
  return
}

// CHECK-LABEL: @packed_weight_only_matmul
func.func @packed_weight_only_matmul(%x: tensor<?x70xf32>, %w: tensor<1x1344xi8>, %y: tensor<?x16xf32>,
                                     %xb: memref<?x70xf32>, %wb: memref<1x1344xi8>, %yb: memref<?x16xf32>) {
  // CHECK: lowbit.packed_weight_only_matmul <field_bits = 4, code_offset = 8, block = 32, scale = f16> %{{.*}}, %{{.*}} into %{{.*}} {layer = "fc"} : (tensor<?x70xf32>, tensor<1x1344xi8>, tensor<?x16xf32>) -> tensor<?x16xf32>
  %0 = lowbit.packed_weight_only_matmul <field_bits = 4, code_offset = 8, block = 32, scale = f16> %x, %w into %y
      {layer = "fc"} : (tensor<?x70xf32>, tensor<1x1344xi8>, tensor<?x16xf32>) -> tensor<?x16xf32>
  // CHECK: lowbit.packed_weight_only_matmul {{.*}} : (memref<?x70xf32>, memref<1x1344xi8>, memref<?x16xf32>) -> ()
  lowbit.packed_weight_only_matmul <field_bits = 4, code_offset = 8, block = 32, scale = f16> %xb, %wb into %yb
      : (memref<?x70xf32>, memref<1x1344xi8>, memref<?x16xf32>) -> ()
  return
}

// CHECK-LABEL: @scaled_matmul
func.func @scaled_matmul(%a: tensor<?x64x!lowbit.affine<8>>, %w: tensor<16x64x!lowbit.affine<4>>,
                         %sa: tensor<?x1xf32>, %sw: tensor<16x2xf16>, %za: tensor<?x1xi32>,
                         %zw: tensor<16x2xi32>, %rows: tensor<?x2xi32>, %column: tensor<16x1xi32>,
                         %columns: tensor<16x2xf32>) {
  // CHECK: lowbit.scaled_matmul %{{.*}}, %{{.*}} activation_scale %{{.*}} weight_scale %{{.*}} activation_zero_point %{{.*}} weight_zero_point %{{.*}} {block_sizes = array<i64: 0, 32>, layer = "fc"} :
  %0 = lowbit.scaled_matmul %a, %w activation_scale %sa weight_scale %sw
      activation_zero_point %za weight_zero_point %zw {block_sizes = array<i64: 0, 32>, layer = "fc"}
      : (tensor<?x64x!lowbit.affine<8>>, tensor<16x64x!lowbit.affine<4>>, tensor<?x1xf32>,
         tensor<16x2xf16>, tensor<?x1xi32>, tensor<16x2xi32>) -> tensor<?x16xf32>
  // CHECK: lowbit.scaled_matmul %{{.*}}, %{{.*}} activation_scale %{{.*}} weight_scale %{{.*}} terms(%{{.*}}, %{{.*}}) * (%{{.*}}, %{{.*}}) offset %{{.*}} * %{{.*}} {block_sizes = array<i64: 0, 32>} :
  %1 = lowbit.scaled_matmul %a, %w activation_scale %sa weight_scale %sw
      terms(%rows, %za) * (%column, %zw) offset %rows * %columns {block_sizes = array<i64: 0, 32>}
      : (tensor<?x64x!lowbit.affine<8>>, tensor<16x64x!lowbit.affine<4>>, tensor<?x1xf32>,
         tensor<16x2xf16>, tensor<?x2xi32>, tensor<?x1xi32>, tensor<16x1xi32>, tensor<16x2xi32>,
         tensor<?x2xi32>, tensor<16x2xf32>) -> tensor<?x16xf32>
  return
}

//===----------------------------------------------------------------------===//
// Packed ops
//===----------------------------------------------------------------------===//

// CHECK-LABEL: @pack
func.func @pack(%w: tensor<17x70x!lowbit.affine<4>>, %s: tensor<17x3xf16>, %t: tensor<1x3xi32>,
                %o: tensor<17x3xf32>, %n: index) -> tensor<?x70x!lowbit.affine<4>> {
  // Two rows share a byte, so a panel has 32 rows: 32 * (2 + 4 + 4) = 5 * 64
  // bytes of header per block, and 8 + 8 + 2 lines.
  // CHECK: lowbit.pack <field_bits = 4, code_offset = 8, block = 32, scale = f16, terms = 1, offset = true> %{{.*}} scale %{{.*}} terms(%{{.*}}) offset %{{.*}} {block_sizes = array<i64: 0, 32>} :
  // CHECK-SAME: -> tensor<1x2112xi8>
  %0 = lowbit.pack <field_bits = 4, code_offset = 8, block = 32, scale = f16, terms = 1, offset = true>
      %w scale %s terms(%t) offset %o {block_sizes = array<i64: 0, 32>}
      : (tensor<17x70x!lowbit.affine<4>>, tensor<17x3xf16>, tensor<1x3xi32>, tensor<17x3xf32>)
      -> tensor<1x2112xi8>
  // CHECK: lowbit.unpack <{{.*}}> %{{.*}}[%{{.*}}] : tensor<1x2112xi8> -> tensor<?x70x!lowbit.affine<4>>
  %1 = lowbit.unpack <field_bits = 4, code_offset = 8, block = 32, scale = f16, terms = 1, offset = true>
      %0 [%n] : tensor<1x2112xi8> -> tensor<?x70x!lowbit.affine<4>>
  return %1 : tensor<?x70x!lowbit.affine<4>>
}

// CHECK-LABEL: @pack_codes
func.func @pack_codes(%w: tensor<17x70xi8>, %s: tensor<17x1xf32>, %t: tensor<1x1xi32>, %p: tensor<2x1280xi8>,
                      %sb: tensor<17x3xf16>, %o: tensor<1x3xf32>, %pp: tensor<1x1728xi8>,
                      %wb: memref<?x?xi8>, %pb: memref<?x?xi8>) -> tensor<2x1280xi8> {
  // CHECK: lowbit.pack_codes <field_bits = 8, code_offset = 127, scale = f32, terms = 1> %{{.*}} scale %{{.*}} terms(%{{.*}}) into %{{.*}} : (tensor<17x70xi8>, tensor<17x1xf32>, tensor<1x1xi32>, tensor<2x1280xi8>) -> tensor<2x1280xi8>
  %0 = lowbit.pack_codes <field_bits = 8, code_offset = 127, scale = f32, terms = 1> %w scale %s terms(%t) into %p
      : (tensor<17x70xi8>, tensor<17x1xf32>, tensor<1x1xi32>, tensor<2x1280xi8>) -> tensor<2x1280xi8>
  // CHECK: lowbit.pack_codes <field_bits = 2, code_offset = 1> %{{.*}} into %{{.*}} : (memref<?x?xi8>, memref<?x?xi8>) -> ()
  lowbit.pack_codes <field_bits = 2, code_offset = 1> %wb into %pb : (memref<?x?xi8>, memref<?x?xi8>) -> ()
  // CHECK: lowbit.pack_codes <field_bits = 4, code_offset = 8, block = 32, scale = f16, offset = true> %{{.*}} scale %{{.*}} offset %{{.*}} into %
  %1 = lowbit.pack_codes <field_bits = 4, code_offset = 8, block = 32, scale = f16, offset = true> %w scale %sb offset %o into %pp
      : (tensor<17x70xi8>, tensor<17x3xf16>, tensor<1x3xf32>, tensor<1x1728xi8>) -> tensor<1x1728xi8>
  // CHECK: lowbit.pack_codes <field_bits = 1, sign = true> %
  lowbit.pack_codes <field_bits = 1, sign = true> %wb into %pb : (memref<?x?xi8>, memref<?x?xi8>) -> ()
  return %0 : tensor<2x1280xi8>
}

// CHECK-LABEL: @pack_base3
func.func @pack_base3(%w: tensor<81x4x!lowbit.ternary>) -> tensor<2x64xi8> {
  // CHECK: lowbit.pack <field_bits = 2, code_offset = 1, radix = 3> %
  %0 = lowbit.pack <field_bits = 2, code_offset = 1, radix = 3> %w
      : (tensor<81x4x!lowbit.ternary>) -> tensor<2x64xi8>
  return %0 : tensor<2x64xi8>
}

// CHECK-LABEL: @pack_planes
func.func @pack_planes(%w: tensor<129x5x!lowbit.affine<7>>) -> tensor<2x896xi8> {
  // CHECK: lowbit.pack <field_bits = 7, code_offset = 64> %
  %0 = lowbit.pack <field_bits = 7, code_offset = 64> %w
      : (tensor<129x5x!lowbit.affine<7>>) -> tensor<2x896xi8>
  return %0 : tensor<2x896xi8>
}

// CHECK-LABEL: @pack_activations
func.func @pack_activations(%x: tensor<?x70xf32>, %s: tensor<?x1xf32>, %z: tensor<?x1xi32>,
                            %codes: tensor<?x72xi8>, %sums: tensor<?x3xi32>) -> (tensor<?x72xi8>, tensor<?x3xi32>) {
  // CHECK: lowbit.pack_activations %{{.*}} scale %{{.*}} zero_point %{{.*}} into %{{.*}}, %{{.*}} as !lowbit.affine<8> {block = 32 : i64} :
  %0:2 = lowbit.pack_activations %x scale %s zero_point %z into %codes, %sums as !lowbit.affine<8> {block = 32}
      : (tensor<?x70xf32>, tensor<?x1xf32>, tensor<?x1xi32>, tensor<?x72xi8>, tensor<?x3xi32>)
      -> (tensor<?x72xi8>, tensor<?x3xi32>)
  return %0#0, %0#1 : tensor<?x72xi8>, tensor<?x3xi32>
}

// CHECK-LABEL: @pack_activations_on_buffers
func.func @pack_activations_on_buffers(%x: memref<?x70xi8>, %codes: memref<?x72xi8>, %sums: memref<?x1xi32>) {
  // CHECK: lowbit.pack_activations %{{.*}} into %{{.*}}, %{{.*}} as !lowbit.affine<8> : (memref<?x70xi8>, memref<?x72xi8>, memref<?x1xi32>) -> ()
  lowbit.pack_activations %x into %codes, %sums as !lowbit.affine<8>
      : (memref<?x70xi8>, memref<?x72xi8>, memref<?x1xi32>) -> ()
  return
}

// CHECK-LABEL: @packed_matmul
func.func @packed_matmul(%a: tensor<?x72xi8>, %rs: tensor<?x3xi32>, %w: tensor<1x2112xi8>,
                         %sa: tensor<?x1xf32>, %init: tensor<?x17xf32>) -> tensor<?x17xf32> {
  // CHECK: lowbit.packed_matmul <{{.*}}> %{{.*}}, %{{.*}}, %{{.*}} row_scale %{{.*}} row_terms(%{{.*}}) offset_rows %{{.*}} into %{{.*}} {layer = "fc", narrow_terms} :
  %0 = lowbit.packed_matmul <field_bits = 4, code_offset = 8, block = 32, scale = f16, terms = 1, offset = true>
      %a, %rs, %w row_scale %sa row_terms(%rs) offset_rows %rs into %init {layer = "fc", narrow_terms}
      : (tensor<?x72xi8>, tensor<?x3xi32>, tensor<1x2112xi8>, tensor<?x1xf32>, tensor<?x3xi32>,
         tensor<?x3xi32>, tensor<?x17xf32>) -> tensor<?x17xf32>
  return %0 : tensor<?x17xf32>
}

// CHECK-LABEL: @packed_matmul_with_zero_point
func.func @packed_matmul_with_zero_point(%a: tensor<?x72xi8>, %rs: tensor<?x3xi32>, %w: tensor<1x1344xi8>, %sa: tensor<?x1xf32>,
                                         %za: tensor<?x1xi32>, %init: tensor<?x17xf32>) -> tensor<?x17xf32> {
  // CHECK: lowbit.packed_matmul <{{.*}}> %{{.*}}, %{{.*}}, %{{.*}} row_scale %{{.*}} activation_zero_point %{{.*}} into %{{.*}} :
  %0 = lowbit.packed_matmul <field_bits = 4, code_offset = 8, block = 32, scale = f16>
      %a, %rs, %w row_scale %sa activation_zero_point %za into %init
      : (tensor<?x72xi8>, tensor<?x3xi32>, tensor<1x1344xi8>, tensor<?x1xf32>, tensor<?x1xi32>, tensor<?x17xf32>) -> tensor<?x17xf32>
  return %0 : tensor<?x17xf32>
}

// CHECK-LABEL: @packed_matmul_on_buffers
func.func @packed_matmul_on_buffers(%a: memref<2x68xi8>, %rs: memref<2x1xi32>, %w: memref<1x1088xi8>,
                                    %init: memref<2x16xi32, strided<[32, 1], offset: ?>>) {
  // CHECK: lowbit.packed_matmul <field_bits = 2, code_offset = 1> %{{.*}}, %{{.*}}, %{{.*}} into %{{.*}} : (memref<2x68xi8>, memref<2x1xi32>, memref<1x1088xi8>, memref<2x16xi32, strided<[32, 1], offset: ?>>) -> ()
  lowbit.packed_matmul <field_bits = 2, code_offset = 1> %a, %rs, %w into %init
      : (memref<2x68xi8>, memref<2x1xi32>, memref<1x1088xi8>,
         memref<2x16xi32, strided<[32, 1], offset: ?>>) -> ()
  return
}

// CHECK-LABEL: @conv_2d
func.func @conv_2d(%a: tensor<?x56x?x8x!lowbit.affine<8>>, %w: tensor<4x3x3x2x!lowbit.affine<4>>,
                   %za: tensor<?x1x1x1xi32>, %zw: tensor<4x1x1x1xi32>, %init: tensor<?x27x?x4xi32>)
    -> tensor<?x27x?x4xi32> {
  // CHECK: lowbit.conv_2d %{{.*}}, %{{.*}} activation_zero_point %{{.*}} weight_zero_point %{{.*}} init %{{.*}} groups 4 strides [2, 1] dilations [2, 1] padding [1, 0, 1, 2] {layer = "conv1"} : (
  %0 = lowbit.conv_2d %a, %w activation_zero_point %za weight_zero_point %zw init %init
      groups 4 strides [2, 1] dilations [2, 1] padding [1, 0, 1, 2] {layer = "conv1"}
      : (tensor<?x56x?x8x!lowbit.affine<8>>, tensor<4x3x3x2x!lowbit.affine<4>>, tensor<?x1x1x1xi32>,
         tensor<4x1x1x1xi32>, tensor<?x27x?x4xi32>) -> tensor<?x27x?x4xi32>
  return %0 : tensor<?x27x?x4xi32>
}

// CHECK-LABEL: @conv_2d_without_attributes
func.func @conv_2d_without_attributes(%a: tensor<1x2x2x1x!lowbit.binary>, %w: tensor<1x3x3x1x!lowbit.ternary>,
                                      %init: tensor<1x0x0x1xi32>) -> tensor<1x0x0x1xi32> {
  // CHECK: lowbit.conv_2d %{{.*}}, %{{.*}} init %{{.*}} : (tensor
  %0 = lowbit.conv_2d %a, %w init %init groups 1 strides [1, 1] dilations [1, 1] padding [0, 0, 0, 0]
      : (tensor<1x2x2x1x!lowbit.binary>, tensor<1x3x3x1x!lowbit.ternary>, tensor<1x0x0x1xi32>) -> tensor<1x0x0x1xi32>
  return %0 : tensor<1x0x0x1xi32>
}

// CHECK-LABEL: @scaled_conv_2d
func.func @scaled_conv_2d(%a: tensor<?x8x8x4x!lowbit.affine<8>>, %w: tensor<4x3x3x1x!lowbit.affine<4>>,
                          %sa: tensor<?x1x1x1xf32>, %sw: tensor<4x1x1x1xf16>, %za: tensor<1x1x1x1xi32>,
                          %zw: tensor<4x1x1x1xi32>) -> tensor<?x4x8x4xf32> {
  // CHECK: lowbit.scaled_conv_2d %{{.*}}, %{{.*}} activation_scale %{{.*}} weight_scale %{{.*}} activation_zero_point %{{.*}} weight_zero_point %{{.*}} groups 4 strides [2, 1] padding [1, 1, 1, 1] {layer = "conv1"} : (
  %0 = lowbit.scaled_conv_2d %a, %w activation_scale %sa weight_scale %sw activation_zero_point %za
      weight_zero_point %zw groups 4 strides [2, 1] padding [1, 1, 1, 1] {layer = "conv1"}
      : (tensor<?x8x8x4x!lowbit.affine<8>>, tensor<4x3x3x1x!lowbit.affine<4>>, tensor<?x1x1x1xf32>,
         tensor<4x1x1x1xf16>, tensor<1x1x1x1xi32>, tensor<4x1x1x1xi32>) -> tensor<?x4x8x4xf32>
  return %0 : tensor<?x4x8x4xf32>
}

// CHECK-LABEL: @im2col
func.func @im2col(%x: tensor<2x8x9x6x!lowbit.affine<4, unsigned>>, %pad: tensor<1x1x1x1xi32>)
    -> tensor<56x?x!lowbit.affine<4, unsigned>> {
  // CHECK: lowbit.im2col %{{.*}} kernel [3, 3] strides [2, 1] dilations [2, 1] padding [1, 2, 0, 0] pad %{{.*}} : (
  %0 = lowbit.im2col %x kernel [3, 3] strides [2, 1] dilations [2, 1] padding [1, 2, 0, 0] pad %pad
      : (tensor<2x8x9x6x!lowbit.affine<4, unsigned>>, tensor<1x1x1x1xi32>) -> tensor<56x?x!lowbit.affine<4, unsigned>>
  return %0 : tensor<56x?x!lowbit.affine<4, unsigned>>
}

// CHECK-LABEL: @im2col_of_reals
func.func @im2col_of_reals(%x: tensor<?x8x9x6xf32>) -> tensor<?x54xf32> {
  // CHECK: lowbit.im2col %{{.*}} kernel [3, 3] padding [1, 1, 1, 1] : (
  %0 = lowbit.im2col %x kernel [3, 3] padding [1, 1, 1, 1] : (tensor<?x8x9x6xf32>) -> tensor<?x54xf32>
  return %0 : tensor<?x54xf32>
}

// CHECK-LABEL: @requantize_channels
func.func @requantize_channels(%x: tensor<?x2xi32>, %m: tensor<1x2xi32>, %s: tensor<1x2xi32>, %z: tensor<1x1xi32>)
    -> tensor<?x2x!lowbit.affine<8>> {
  // CHECK: lowbit.requantize %{{.*}} multiplier %{{.*}} shift %{{.*}} zero_point %{{.*}} {bound = 9 : i64, layer = "fc", rounding = #lowbit.rescale_rounding<DOUBLE_ROUND>} :
  %0 = lowbit.requantize %x multiplier %m shift %s zero_point %z
      {bound = 9 : i64, layer = "fc", rounding = #lowbit.rescale_rounding<DOUBLE_ROUND>}
      : (tensor<?x2xi32>, tensor<1x2xi32>, tensor<1x2xi32>, tensor<1x1xi32>) -> tensor<?x2x!lowbit.affine<8>>
  return %0 : tensor<?x2x!lowbit.affine<8>>
}

// CHECK-LABEL: @requantize_extremes
func.func @requantize_extremes(%x: tensor<?x2xi32>) -> tensor<?x2x!lowbit.ternary> {
  %m = arith.constant dense<[[0, 2147483647]]> : tensor<1x2xi32>
  %s = arith.constant dense<[[2, 62]]> : tensor<1x2xi32>
  // CHECK: lowbit.requantize %{{.*}} multiplier %{{.*}} shift %{{[^ ]*}} :
  %0 = lowbit.requantize %x multiplier %m shift %s
      : (tensor<?x2xi32>, tensor<1x2xi32>, tensor<1x2xi32>) -> tensor<?x2x!lowbit.ternary>
  return %0 : tensor<?x2x!lowbit.ternary>
}

{-#
  dialect_resources: {
    builtin: {
      codes: "0x01000000F80007"
    }
  }
#-}

// CHECK-LABEL: func @bits
// CHECK:         lowbit.pack <field_bits = 2, mask = true, sign = true> %{{.*}} : (tensor<2x33x!lowbit.ternary>) -> tensor<1x256xi8>
// CHECK:         lowbit.unpack <field_bits = 2, mask = true, sign = true> %{{.*}}[] : tensor<1x256xi8> -> tensor<2x33x!lowbit.ternary>
// CHECK:         lowbit.pack_activations %{{.*}} scale %{{.*}} threshold %{{.*}} into %{{.*}}, %{{.*}} as !lowbit.ternary {bits} : (tensor<4x33xf32>, tensor<1x1xf32>, tensor<1x1xf32>, tensor<4x16xi8>, tensor<4x1xi32>) -> (tensor<4x16xi8>, tensor<4x1xi32>)
// CHECK:         lowbit.packed_matmul <field_bits = 2, mask = true, sign = true> %{{.*}}, %{{.*}}, %{{.*}} into %{{.*}} {activation_type = !lowbit.ternary} : (tensor<4x16xi8>, tensor<4x1xi32>, tensor<1x256xi8>, tensor<4x2xi32>) -> tensor<4x2xi32>
func.func @bits(%w: tensor<2x33x!lowbit.ternary>, %x: tensor<4x33xf32>, %s: tensor<1x1xf32>, %c: tensor<4x16xi8>, %r: tensor<4x1xi32>, %init: tensor<4x2xi32>) -> (tensor<4x2xi32>, tensor<2x33x!lowbit.ternary>) {
  %p = lowbit.pack <field_bits = 2, mask = true, sign = true> %w : (tensor<2x33x!lowbit.ternary>) -> tensor<1x256xi8>
  %u = lowbit.unpack <field_bits = 2, mask = true, sign = true> %p[] : tensor<1x256xi8> -> tensor<2x33x!lowbit.ternary>
  %a:2 = lowbit.pack_activations %x scale %s threshold %s into %c, %r as !lowbit.ternary {bits}
      : (tensor<4x33xf32>, tensor<1x1xf32>, tensor<1x1xf32>, tensor<4x16xi8>, tensor<4x1xi32>) -> (tensor<4x16xi8>, tensor<4x1xi32>)
  %y = lowbit.packed_matmul <field_bits = 2, mask = true, sign = true> %a#0, %a#1, %p into %init {activation_type = !lowbit.ternary}
      : (tensor<4x16xi8>, tensor<4x1xi32>, tensor<1x256xi8>, tensor<4x2xi32>) -> tensor<4x2xi32>
  return %y, %u : tensor<4x2xi32>, tensor<2x33x!lowbit.ternary>
}

// RUN: lowbit-opt %s --lowbit-pack-weights=ternary-layout=base3 --mlir-elide-resource-strings-if-larger=8 | FileCheck %s --check-prefix=BASE3
// RUN: lowbit-opt %s --lowbit-pack-weights=ternary-layout="2bit;large=base3" --mlir-elide-resource-strings-if-larger=8 | FileCheck %s --check-prefix=LARGE
// RUN: lowbit-opt %s --lowbit-pack-weights=ternary-layout=auto --mlir-elide-resource-strings-if-larger=8 | FileCheck %s --check-prefix=LARGE
// RUN: lowbit-opt %s --lowbit-pack-weights=ternary-layout="auto;large=2bit" --mlir-elide-resource-strings-if-larger=8 | FileCheck %s --check-prefix=TWO
// RUN: lowbit-opt %s --lowbit-pack-weights --mlir-elide-resource-strings-if-larger=8 | FileCheck %s --check-prefix=TWO
// RUN: not lowbit-opt %s --lowbit-pack-weights=ternary-layout=dense 2>&1 | FileCheck %s --check-prefix=UNKNOWN
// RUN: not lowbit-opt %s --lowbit-pack-weights=ternary-layout="2bit;=base3" 2>&1 | FileCheck %s --check-prefix=NAME
// RUN: not lowbit-opt %s --lowbit-pack-weights=ternary-layout="large=base3;large=2bit" 2>&1 | FileCheck %s --check-prefix=TWICE
// RUN: not lowbit-opt %s --lowbit-pack-weights=ternary-layout="other=base3" 2>&1 | FileCheck %s --check-prefix=LAYER
// RUN: not lowbit-opt %s --lowbit-pack-weights=ternary-layout="base3;small=" 2>&1 | FileCheck %s --check-prefix=VALUE

// Nothing ternary is left for a second pass.
// RUN: lowbit-opt %s --lowbit-pack-weights=ternary-layout=base3 -o /dev/null 2>&1 | count 0
// RUN: lowbit-opt %s --lowbit-pack-weights --lowbit-pack-weights=ternary-layout=base3 -o /dev/null 2>&1 | FileCheck %s --check-prefix=NONE

// UNKNOWN: error: ternary-layout: expected 2bit, base3 or auto, but got 'dense'
// NAME: error: ternary-layout: expected name=layout, but got '=base3'
// TWICE: error: ternary-layout: expected each layer once, but got 'large' again
// VALUE: error: ternary-layout: expected 2bit, base3 or auto for 'small', but got ''
// NONE: warning: ternary-layout: expected a layer with ternary weights for 'base3', but got none
// LAYER: error: ternary-layout: expected the name of a layer with ternary weights, but got 'other'

// 4096 x 2052 weights are more than 2 MiB of 2 bits.
// BASE3: lowbit.layers = [
// BASE3-SAME: {encoding = "ternary", k = 2052 : i64, n = 4096 : i64, name = "large", overhead_bytes = 26265 : i64, payload_bytes = 1680999 : i64}
// BASE3-SAME: {encoding = "ternary", k = 4 : i64, n = 5 : i64, name = "small", overhead_bytes = 60 : i64, payload_bytes = 4 : i64}
// BASE3-SAME: {encoding = "affine<2>", k = 4 : i64, n = 5 : i64, name = "other", overhead_bytes = 59 : i64, payload_bytes = 5 : i64}
// BASE3: packed_matmul <field_bits = 2, code_offset = 1, radix = 3> {{.*}}tensor<52x32832xi8>
// BASE3: packed_matmul <field_bits = 2, code_offset = 1, radix = 3> {{.*}}tensor<1x64xi8>
// BASE3: packed_matmul <field_bits = 2, code_offset = 2> {{.*}}tensor<1x64xi8>

// LARGE: packed_matmul <field_bits = 2, code_offset = 1, radix = 3> {{.*}}tensor<52x32832xi8>
// LARGE: packed_matmul <field_bits = 2, code_offset = 1> {{.*}}tensor<1x64xi8>

// TWO: payload_bytes = 2101248
// TWO: packed_matmul <field_bits = 2, code_offset = 1> {{.*}}tensor<64x32832xi8>
// TWO: packed_matmul <field_bits = 2, code_offset = 1> {{.*}}tensor<1x64xi8>
func.func @layers(%a: tensor<1x2052x!lowbit.affine<8>>, %b: tensor<1x4x!lowbit.affine<8>>,
                  %init: tensor<1x4096xi32>, %small_init: tensor<1x5xi32>)
    -> (tensor<1x4096xi32>, tensor<1x5xi32>, tensor<1x5xi32>) {
  %w = lowbit.constant dense<1> : tensor<4096x2052xi8> -> tensor<4096x2052x!lowbit.ternary>
  %large = lowbit.matmul %a, %w init %init {layer = "large"}
      : (tensor<1x2052x!lowbit.affine<8>>, tensor<4096x2052x!lowbit.ternary>, tensor<1x4096xi32>) -> tensor<1x4096xi32>
  %v = lowbit.constant dense<-1> : tensor<5x4xi8> -> tensor<5x4x!lowbit.ternary>
  %small = lowbit.matmul %b, %v init %small_init {layer = "small"}
      : (tensor<1x4x!lowbit.affine<8>>, tensor<5x4x!lowbit.ternary>, tensor<1x5xi32>) -> tensor<1x5xi32>
  %u = lowbit.constant dense<-1> : tensor<5x4xi8> -> tensor<5x4x!lowbit.affine<2>>
  %other = lowbit.matmul %b, %u init %small_init {layer = "other"}
      : (tensor<1x4x!lowbit.affine<8>>, tensor<5x4x!lowbit.affine<2>>, tensor<1x5xi32>) -> tensor<1x5xi32>
  return %large, %small, %other : tensor<1x4096xi32>, tensor<1x5xi32>, tensor<1x5xi32>
}

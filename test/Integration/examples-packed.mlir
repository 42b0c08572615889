// DEFINE: %{code} =
// DEFINE: %{layout} =
// DEFINE: %{count} =
// DEFINE: %{low} =
// DEFINE: %{step} =
// DEFINE: %{scale} =
// DEFINE: %{run} = sed -e 's/CODE/%{code}/g' -e 's/LAYOUT/%{layout}/g' -e 's/COUNT/%{count}/g' \
// DEFINE:   -e 's/LOW/%{low}/g' -e 's/STEP/%{step}/g' -e 's/SCALE/%{scale}/g'
// DEFINE: %{whole} = -e 's/BLOCK/0/g' -e 's/CUT/1048576/g' -e 's/GROUPS/1/g'
// DEFINE: %{by3} = -e 's/BLOCK/3/g' -e 's/CUT/3/g' -e 's/GROUPS/?/g'
// DEFINE: %{by32} = -e 's/BLOCK/32/g' -e 's/CUT/32/g' -e 's/GROUPS/?/g'
// DEFINE: %{check} = %s | lowbit-opt %lower_reference | %run_main | FileCheck %s

// REDEFINE: %{code} = !lowbit.binary
// REDEFINE: %{layout} = field_bits = 1, code_offset = 1, code_step = 2
// REDEFINE: %{count} = 2
// REDEFINE: %{low} = -1
// REDEFINE: %{step} = 2
// REDEFINE: %{scale} = bf16
// RUN: %{run} %{whole} %{check}
// RUN: %{run} %{by3} %{check}
// RUN: %{run} %{by32} %{check}

// REDEFINE: %{code} = !lowbit.ternary
// REDEFINE: %{layout} = field_bits = 2, code_offset = 1
// REDEFINE: %{count} = 3
// REDEFINE: %{low} = -1
// REDEFINE: %{step} = 1
// REDEFINE: %{scale} = f16
// RUN: %{run} %{whole} %{check}
// RUN: %{run} %{by3} %{check}
// RUN: %{run} %{by32} %{check}

// REDEFINE: %{layout} = field_bits = 2, code_offset = 1, radix = 3
// RUN: %{run} %{by3} %{check}
// RUN: %{run} %{by32} %{check}

// REDEFINE: %{code} = !lowbit.affine<7>
// REDEFINE: %{layout} = field_bits = 7, code_offset = 64
// REDEFINE: %{count} = 128
// REDEFINE: %{low} = -64
// RUN: %{run} %{by3} %{check}
// RUN: %{run} %{by32} %{check}

// REDEFINE: %{code} = !lowbit.affine<4>
// REDEFINE: %{layout} = field_bits = 4, code_offset = 8
// REDEFINE: %{count} = 16
// REDEFINE: %{low} = -8
// REDEFINE: %{step} = 1
// REDEFINE: %{scale} = f16
// RUN: %{run} %{whole} %{check}
// RUN: %{run} %{by3} %{check}
// RUN: %{run} %{by32} %{check}

// REDEFINE: %{code} = !lowbit.affine<8>
// REDEFINE: %{layout} = field_bits = 8, code_offset = 128
// REDEFINE: %{count} = 256
// REDEFINE: %{low} = -128
// REDEFINE: %{step} = 1
// REDEFINE: %{scale} = bf16
// RUN: %{run} %{whole} %{check}
// RUN: %{run} %{by3} %{check}
// RUN: %{run} %{by32} %{check}

// For layouts of 1, 2, 4 and 8 bits, in blocks of BLOCK (0: one block), and many
// shapes: unpack(pack(w)) is w, packed_matmul is matmul, and with scales, a term
// and an offset it is scaled_matmul to the bit. CUT is a block that cuts alike.

// CHECK: unpack: 0 of 50657 codes differ
// CHECK: integers: 0 of 5943 sums differ
// CHECK: floats: 0 of 5943 sums differ
// CHECK: activations: 0 of {{[1-9][0-9]+}} codes differ

//===----------------------------------------------------------------------===//
// Data and comparison
//===----------------------------------------------------------------------===//

// Numbers from 0 to modulus - 1.
func.func @numbers(%rows: index, %columns: index, %modulus: i32, %salt: i32) -> tensor<?x?xi32> {
  %prime = arith.constant 7919 : i32
  %odd = arith.constant 0x9E3779B1 : i32
  %c13 = arith.constant 13 : i32
  %empty = tensor.empty(%rows, %columns) : tensor<?x?xi32>
  %numbers = linalg.generic {indexing_maps = [affine_map<(i, j) -> (i, j)>],
                             iterator_types = ["parallel", "parallel"]}
      outs(%empty : tensor<?x?xi32>) {
  ^bb0(%out: i32):
    %i = linalg.index 0 : index
    %j = linalg.index 1 : index
    %row = arith.index_cast %i : index to i32
    %column = arith.index_cast %j : index to i32
    %0 = arith.muli %row, %prime : i32
    %1 = arith.addi %0, %column : i32
    %2 = arith.addi %1, %salt : i32
    %3 = arith.muli %2, %odd : i32
    %4 = arith.shrui %3, %c13 : i32
    %5 = arith.xori %3, %4 : i32
    %6 = arith.muli %5, %odd : i32
    %7 = arith.shrui %6, %c13 : i32
    %8 = arith.remui %7, %modulus : i32
    linalg.yield %8 : i32
  } -> tensor<?x?xi32>
  return %numbers : tensor<?x?xi32>
}

// lowest + step * number, as bytes.
func.func @bytes(%rows: index, %columns: index, %count: i32, %lowest: i32, %step: i32) -> tensor<?x?xi8> {
  %salt = arith.constant 5 : i32
  %numbers = call @numbers(%rows, %columns, %count, %salt) : (index, index, i32, i32) -> tensor<?x?xi32>
  %steps = tensor.splat %step[%rows, %columns] : tensor<?x?xi32>
  %low = tensor.splat %lowest[%rows, %columns] : tensor<?x?xi32>
  %0 = arith.muli %numbers, %steps : tensor<?x?xi32>
  %1 = arith.addi %0, %low : tensor<?x?xi32>
  %2 = arith.trunci %1 : tensor<?x?xi32> to tensor<?x?xi8>
  return %2 : tensor<?x?xi8>
}

// (1 + number) / 10, of 2000 numbers.
func.func @reals(%rows: index, %columns: index, %salt: i32) -> tensor<?x?xf32> {
  %modulus = arith.constant 2000 : i32
  %numbers = call @numbers(%rows, %columns, %modulus, %salt) : (index, index, i32, i32) -> tensor<?x?xi32>
  %one = arith.constant 1.0 : f32
  %ten = arith.constant 10.0 : f32
  %ones = tensor.splat %one[%rows, %columns] : tensor<?x?xf32>
  %tens = tensor.splat %ten[%rows, %columns] : tensor<?x?xf32>
  %0 = arith.sitofp %numbers : tensor<?x?xi32> to tensor<?x?xf32>
  %1 = arith.addf %0, %ones : tensor<?x?xf32>
  %2 = arith.divf %1, %tens : tensor<?x?xf32>
  return %2 : tensor<?x?xf32>
}

// How many elements differ, and how many there are.
func.func @compare(%a: tensor<?x?xi32>, %b: tensor<?x?xi32>) -> (i32, i32) {
  %zero = arith.constant dense<0> : tensor<i32>
  %differ, %count = linalg.generic {
      indexing_maps = [affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (i, j)>,
                       affine_map<(i, j) -> ()>, affine_map<(i, j) -> ()>],
      iterator_types = ["reduction", "reduction"]}
      ins(%a, %b : tensor<?x?xi32>, tensor<?x?xi32>) outs(%zero, %zero : tensor<i32>, tensor<i32>) {
  ^bb0(%x: i32, %y: i32, %n: i32, %all: i32):
    %ne = arith.cmpi ne, %x, %y : i32
    %0 = arith.extui %ne : i1 to i32
    %1 = arith.addi %n, %0 : i32
    %one = arith.constant 1 : i32
    %2 = arith.addi %all, %one : i32
    linalg.yield %1, %2 : i32, i32
  } -> (tensor<i32>, tensor<i32>)
  %0 = tensor.extract %differ[] : tensor<i32>
  %1 = tensor.extract %count[] : tensor<i32>
  return %0, %1 : i32, i32
}

// Packed activations of bytes, and their row sums.
func.func @activations(%bytes: tensor<?x?xi8>) -> (tensor<?x?xi8>, tensor<?xGROUPSxi32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %m = tensor.dim %bytes, %c0 : tensor<?x?xi8>
  %k = tensor.dim %bytes, %c1 : tensor<?x?xi8>
  %depth = affine.apply affine_map<(k) -> ((k floordiv CUT) * ((CUT + 3) floordiv 4 * 4) + (k mod CUT + 3) floordiv 4 * 4)>(%k)
  %groups = affine.apply affine_map<(k) -> (k ceildiv CUT)>(%k)
  %codes_init = tensor.empty(%m, %depth) : tensor<?x?xi8>
  %dynamic = tensor.empty(%m, %groups) : tensor<?x?xi32>
  %sums_init = tensor.cast %dynamic : tensor<?x?xi32> to tensor<?xGROUPSxi32>
  %0:2 = lowbit.pack_activations %bytes into %codes_init, %sums_init as !lowbit.affine<8> {block = BLOCK}
      : (tensor<?x?xi8>, tensor<?x?xi8>, tensor<?xGROUPSxi32>) -> (tensor<?x?xi8>, tensor<?xGROUPSxi32>)
  return %0#0, %0#1 : tensor<?x?xi8>, tensor<?xGROUPSxi32>
}

//===----------------------------------------------------------------------===//
// Weights of any code
//===----------------------------------------------------------------------===//

func.func @weights(%m: index, %n: index, %k: index) -> tensor<6xi32> {
  %count = arith.constant COUNT : i32
  %lowest = arith.constant LOW : i32
  %step = arith.constant STEP : i32
  %bytes = call @bytes(%n, %k, %count, %lowest, %step) : (index, index, i32, i32, i32) -> tensor<?x?xi8>
  %w = lowbit.from_storage %bytes : tensor<?x?xi8> -> tensor<?x?xCODE>
  %all = arith.constant 256 : i32
  %first = arith.constant -128 : i32
  %one = arith.constant 1 : i32
  %a_bytes = call @bytes(%m, %k, %all, %first, %one) : (index, index, i32, i32, i32) -> tensor<?x?xi8>
  %a = lowbit.from_storage %a_bytes : tensor<?x?xi8> -> tensor<?x?x!lowbit.affine<8>>
  %codes, %sums = call @activations(%a_bytes) : (tensor<?x?xi8>) -> (tensor<?x?xi8>, tensor<?xGROUPSxi32>)

  %packed = lowbit.pack <LAYOUT, block = BLOCK> %w : (tensor<?x?xCODE>) -> tensor<?x?xi8>
  %read = lowbit.unpack <LAYOUT, block = BLOCK> %packed [%n, %k] : tensor<?x?xi8> -> tensor<?x?xCODE>
  %read_bytes = lowbit.to_storage %read : tensor<?x?xCODE> -> tensor<?x?xi8>
  %x0 = arith.extsi %bytes : tensor<?x?xi8> to tensor<?x?xi32>
  %y0 = arith.extsi %read_bytes : tensor<?x?xi8> to tensor<?x?xi32>
  %r0:2 = call @compare(%x0, %y0) : (tensor<?x?xi32>, tensor<?x?xi32>) -> (i32, i32)

  %init = call @numbers(%m, %n, %all, %one) : (index, index, i32, i32) -> tensor<?x?xi32>
  %x1 = lowbit.matmul %a, %w init %init
      : (tensor<?x?x!lowbit.affine<8>>, tensor<?x?xCODE>, tensor<?x?xi32>) -> tensor<?x?xi32>
  %y1 = lowbit.packed_matmul <LAYOUT, block = BLOCK> %codes, %sums, %packed into %init
      : (tensor<?x?xi8>, tensor<?xGROUPSxi32>, tensor<?x?xi8>, tensor<?x?xi32>) -> tensor<?x?xi32>
  %r1:2 = call @compare(%x1, %y1) : (tensor<?x?xi32>, tensor<?x?xi32>) -> (i32, i32)

  %g = affine.apply affine_map<(k) -> (k ceildiv CUT)>(%k)
  %c1 = arith.constant 1 : index
  %sa_any = call @reals(%m, %c1, %one) : (index, index, i32) -> tensor<?x?xf32>
  %sa = tensor.cast %sa_any : tensor<?x?xf32> to tensor<?x1xf32>
  %reals = call @reals(%n, %g, %count) : (index, index, i32) -> tensor<?x?xf32>
  %scale = arith.truncf %reals : tensor<?x?xf32> to tensor<?x?xSCALE>
  %sw = tensor.cast %scale : tensor<?x?xSCALE> to tensor<?xGROUPSxSCALE>
  %rows_any = call @numbers(%m, %g, %all, %count) : (index, index, i32, i32) -> tensor<?x?xi32>
  %rows = tensor.cast %rows_any : tensor<?x?xi32> to tensor<?xGROUPSxi32>
  %columns_any = call @numbers(%n, %g, %all, %first) : (index, index, i32, i32) -> tensor<?x?xi32>
  %columns = tensor.cast %columns_any : tensor<?x?xi32> to tensor<?xGROUPSxi32>
  %offsets_any = call @reals(%n, %g, %first) : (index, index, i32) -> tensor<?x?xf32>
  %offsets = tensor.cast %offsets_any : tensor<?x?xf32> to tensor<?xGROUPSxf32>
  %x2 = lowbit.scaled_matmul %a, %w activation_scale %sa weight_scale %sw
      terms(%rows) * (%columns) offset %sums * %offsets {block_sizes = array<i64: 0, BLOCK>}
      : (tensor<?x?x!lowbit.affine<8>>, tensor<?x?xCODE>, tensor<?x1xf32>, tensor<?xGROUPSxSCALE>, tensor<?xGROUPSxi32>,
         tensor<?xGROUPSxi32>, tensor<?xGROUPSxi32>, tensor<?xGROUPSxf32>) -> tensor<?x?xf32>
  %full = lowbit.pack <LAYOUT, block = BLOCK, scale = SCALE, terms = 1, offset = true>
      %w scale %sw terms(%columns) offset %offsets {block_sizes = array<i64: 0, BLOCK>}
      : (tensor<?x?xCODE>, tensor<?xGROUPSxSCALE>, tensor<?xGROUPSxi32>, tensor<?xGROUPSxf32>) -> tensor<?x?xi8>
  %out = tensor.empty(%m, %n) : tensor<?x?xf32>
  %y2 = lowbit.packed_matmul <LAYOUT, block = BLOCK, scale = SCALE, terms = 1, offset = true>
      %codes, %sums, %full row_scale %sa row_terms(%rows) offset_rows %sums into %out
      : (tensor<?x?xi8>, tensor<?xGROUPSxi32>, tensor<?x?xi8>, tensor<?x1xf32>, tensor<?xGROUPSxi32>,
         tensor<?xGROUPSxi32>, tensor<?x?xf32>) -> tensor<?x?xf32>
  %x2_bits = arith.bitcast %x2 : tensor<?x?xf32> to tensor<?x?xi32>
  %y2_bits = arith.bitcast %y2 : tensor<?x?xf32> to tensor<?x?xi32>
  %r2:2 = call @compare(%x2_bits, %y2_bits) : (tensor<?x?xi32>, tensor<?x?xi32>) -> (i32, i32)
  %all_counts = tensor.from_elements %r0#0, %r0#1, %r1#0, %r1#1, %r2#0, %r2#1 : tensor<6xi32>
  return %all_counts : tensor<6xi32>
}

//===----------------------------------------------------------------------===//
// pack_activations of reals, and all shapes
//===----------------------------------------------------------------------===//

// Quantizing while packing is packing what quantize gives.
func.func @quantized(%m: index, %k: index) -> tensor<2xi32> {
  %c1 = arith.constant 1 : index
  %salt = arith.constant 9 : i32
  %modulus = arith.constant 200 : i32
  %x = call @reals(%m, %k, %salt) : (index, index, i32) -> tensor<?x?xf32>
  %s_any = call @reals(%m, %c1, %salt) : (index, index, i32) -> tensor<?x?xf32>
  %s = tensor.cast %s_any : tensor<?x?xf32> to tensor<?x1xf32>
  %z_any = call @numbers(%m, %c1, %modulus, %salt) : (index, index, i32, i32) -> tensor<?x?xi32>
  %minus = arith.constant -128 : i32
  %low = tensor.splat %minus[%m] : tensor<?x1xi32>
  %z_cast = tensor.cast %z_any : tensor<?x?xi32> to tensor<?x1xi32>
  %z = arith.addi %z_cast, %low : tensor<?x1xi32>
  %q = lowbit.quantize %x scale %s zero_point %z
      : (tensor<?x?xf32>, tensor<?x1xf32>, tensor<?x1xi32>) -> tensor<?x?x!lowbit.affine<8>>
  %bytes = lowbit.to_storage %q : tensor<?x?x!lowbit.affine<8>> -> tensor<?x?xi8>
  %codes, %sums = call @activations(%bytes) : (tensor<?x?xi8>) -> (tensor<?x?xi8>, tensor<?xGROUPSxi32>)
  %0:2 = lowbit.pack_activations %x scale %s zero_point %z into %codes, %sums as !lowbit.affine<8> {block = BLOCK}
      : (tensor<?x?xf32>, tensor<?x1xf32>, tensor<?x1xi32>, tensor<?x?xi8>, tensor<?xGROUPSxi32>)
      -> (tensor<?x?xi8>, tensor<?xGROUPSxi32>)
  %r = lowbit.row_sums %q {block = BLOCK} : tensor<?x?x!lowbit.affine<8>> -> tensor<?xGROUPSxi32>
  %r_any = tensor.cast %r : tensor<?xGROUPSxi32> to tensor<?x?xi32>
  %sums_any = tensor.cast %0#1 : tensor<?xGROUPSxi32> to tensor<?x?xi32>
  %a = arith.extsi %codes : tensor<?x?xi8> to tensor<?x?xi32>
  %b = arith.extsi %0#0 : tensor<?x?xi8> to tensor<?x?xi32>
  %1:2 = call @compare(%a, %b) : (tensor<?x?xi32>, tensor<?x?xi32>) -> (i32, i32)
  %2:2 = call @compare(%r_any, %sums_any) : (tensor<?x?xi32>, tensor<?x?xi32>) -> (i32, i32)
  %differ = arith.addi %1#0, %2#0 : i32
  %counts = tensor.from_elements %differ, %1#1 : tensor<2xi32>
  return %counts : tensor<2xi32>
}

func.func @main() {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c2 = arith.constant 2 : index
  %c3 = arith.constant 3 : index
  %c4 = arith.constant 4 : index
  %c5 = arith.constant 5 : index
  %c6 = arith.constant 6 : index
  %c7 = arith.constant 7 : index
  %ns = arith.constant dense<[1, 3, 17, 64, 67, 131]> : tensor<6xindex>
  %ks = arith.constant dense<[1, 3, 5, 31, 32, 37, 70]> : tensor<7xindex>
  %zero6 = arith.constant dense<0> : tensor<6xi32>
  %zero2 = arith.constant dense<0> : tensor<2xi32>
  %sums:2 = scf.for %i = %c0 to %c6 step %c1 iter_args(%out6 = %zero6, %out2 = %zero2)
      -> (tensor<6xi32>, tensor<2xi32>) {
    %n = tensor.extract %ns[%i] : tensor<6xindex>
    %inner:2 = scf.for %j = %c0 to %c7 step %c1 iter_args(%in6 = %out6, %in2 = %out2)
        -> (tensor<6xi32>, tensor<2xi32>) {
      %k = tensor.extract %ks[%j] : tensor<7xindex>
      %0 = func.call @weights(%c3, %n, %k) : (index, index, index) -> tensor<6xi32>
      %next6 = arith.addi %in6, %0 : tensor<6xi32>
      %7 = func.call @quantized(%c3, %k) : (index, index) -> tensor<2xi32>
      %next2 = arith.addi %in2, %7 : tensor<2xi32>
      scf.yield %next6, %next2 : tensor<6xi32>, tensor<2xi32>
    }
    scf.yield %inner#0, %inner#1 : tensor<6xi32>, tensor<2xi32>
  }
  vector.print str "unpack: "
  %unpack_differ = tensor.extract %sums#0[%c0] : tensor<6xi32>
  %unpack_count = tensor.extract %sums#0[%c1] : tensor<6xi32>
  vector.print %unpack_differ : i32 punctuation <no_punctuation>
  vector.print str " of "
  vector.print %unpack_count : i32 punctuation <no_punctuation>
  vector.print str " codes differ\0A"
  vector.print str "integers: "
  %integers_differ = tensor.extract %sums#0[%c2] : tensor<6xi32>
  %integers_count = tensor.extract %sums#0[%c3] : tensor<6xi32>
  vector.print %integers_differ : i32 punctuation <no_punctuation>
  vector.print str " of "
  vector.print %integers_count : i32 punctuation <no_punctuation>
  vector.print str " sums differ\0A"
  vector.print str "floats: "
  %floats_differ = tensor.extract %sums#0[%c4] : tensor<6xi32>
  %floats_count = tensor.extract %sums#0[%c5] : tensor<6xi32>
  vector.print %floats_differ : i32 punctuation <no_punctuation>
  vector.print str " of "
  vector.print %floats_count : i32 punctuation <no_punctuation>
  vector.print str " sums differ\0A"
  vector.print str "activations: "
  %activations_differ = tensor.extract %sums#1[%c0] : tensor<2xi32>
  %activations_count = tensor.extract %sums#1[%c1] : tensor<2xi32>
  vector.print %activations_differ : i32 punctuation <no_punctuation>
  vector.print str " of "
  vector.print %activations_count : i32 punctuation <no_punctuation>
  vector.print str " codes differ\0A"
  return
}

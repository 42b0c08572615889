// RUN: lowbit-opt %s --lowbit-parallelize-rows --split-input-file | FileCheck %s
// RUN: lowbit-opt %s --lowbit-parallelize-rows --split-input-file > %t.once
// RUN: lowbit-opt %s --lowbit-parallelize-rows --lowbit-parallelize-rows --split-input-file | diff - %t.once

// Whole rows, with their parameters; a scale that stands for all is not cut.
// CHECK-LABEL: func @pack_activations
// CHECK-SAME:      %[[X:.*]]: tensor<?x4095xf32>, %[[S:.*]]: tensor<1x1xf32>, %[[Z:.*]]: tensor<?x1xi32>, %[[CODES:.*]]: tensor<?x4096xi8>, %[[SUMS:.*]]: tensor<?x1xi32>
// CHECK:         scf.forall (%[[M:.*]]) = (0) to (%{{.*}}) step (4) shared_outs(%[[C:.*]] = %[[CODES]], %[[R:.*]] = %[[SUMS]])
// CHECK-DAG:       %[[ROWS:.*]] = affine.min
// CHECK-DAG:       %[[XT:.*]] = tensor.extract_slice %[[X]][%[[M]], 0] [%[[ROWS]], 4095] [1, 1]
// CHECK-DAG:       %[[ZT:.*]] = tensor.extract_slice %[[Z]][%[[M]], 0] [%[[ROWS]], 1] [1, 1]
// CHECK-DAG:       %[[CT:.*]] = tensor.extract_slice %[[C]][%[[M]], 0] [%[[ROWS]], 4096] [1, 1]
// CHECK-DAG:       %[[RT:.*]] = tensor.extract_slice %[[R]][%[[M]], 0] [%[[ROWS]], 1] [1, 1]
// CHECK:           %[[T:.*]]:2 = lowbit.pack_activations %[[XT]] scale %[[S]] zero_point %[[ZT]] into %[[CT]], %[[RT]]
// CHECK-DAG:         tensor.parallel_insert_slice %[[T]]#0 into %[[C]][%[[M]], 0]
// CHECK-DAG:         tensor.parallel_insert_slice %[[T]]#1 into %[[R]][%[[M]], 0]
func.func @pack_activations(%x: tensor<?x4095xf32>, %s: tensor<1x1xf32>, %z: tensor<?x1xi32>, %c: tensor<?x4096xi8>, %r: tensor<?x1xi32>) -> (tensor<?x4096xi8>, tensor<?x1xi32>) {
  %y:2 = lowbit.pack_activations %x scale %s zero_point %z into %c, %r as !lowbit.affine<8>
      : (tensor<?x4095xf32>, tensor<1x1xf32>, tensor<?x1xi32>, tensor<?x4096xi8>, tensor<?x1xi32>) -> (tensor<?x4096xi8>, tensor<?x1xi32>)
  return %y#0, %y#1 : tensor<?x4096xi8>, tensor<?x1xi32>
}

// -----

// The table and its parameters are whole in every tile.
// CHECK-LABEL: func @gather
// CHECK-SAME:      %[[T:.*]]: tensor<100x1024xi8>, %[[I:.*]]: tensor<77xi64>, %[[S:.*]]: tensor<100x1xf32>, %[[E:.*]]: tensor<77x1024xf32>
// CHECK:         scf.forall (%[[M:.*]]) = (0) to (77) step (16) shared_outs(%[[OUT:.*]] = %[[E]])
// CHECK-DAG:       %[[ROWS:.*]] = affine.min
// CHECK-DAG:       %[[IT:.*]] = tensor.extract_slice %[[I]][%[[M]]] [%[[ROWS]]] [1]
// CHECK-DAG:       %[[OT:.*]] = tensor.extract_slice %[[OUT]][%[[M]], 0] [%[[ROWS]], 1024] [1, 1]
// CHECK:           lowbit.packed_gather <field_bits = 8, code_offset = 128> %[[T]][%[[IT]]] scale %[[S]] into %[[OT]]
func.func @gather(%t: tensor<100x1024xi8>, %i: tensor<77xi64>, %s: tensor<100x1xf32>, %e: tensor<77x1024xf32>) -> tensor<77x1024xf32> {
  %y = lowbit.packed_gather <field_bits = 8, code_offset = 128> %t[%i] scale %s into %e
      : (tensor<100x1024xi8>, tensor<77xi64>, tensor<100x1xf32>, tensor<77x1024xf32>) -> tensor<77x1024xf32>
  return %y : tensor<77x1024xf32>
}

// -----

// CHECK-LABEL: func @few_rows
// CHECK-NOT:     scf.forall
func.func @few_rows(%t: tensor<100x1024xi8>, %i: tensor<16xi64>, %s: tensor<100x1xf32>, %e: tensor<16x1024xf32>) -> tensor<16x1024xf32> {
  %y = lowbit.packed_gather <field_bits = 8, code_offset = 128> %t[%i] scale %s into %e
      : (tensor<100x1024xi8>, tensor<16xi64>, tensor<100x1xf32>, tensor<16x1024xf32>) -> tensor<16x1024xf32>
  return %y : tensor<16x1024xf32>
}

// -----

// CHECK-LABEL: func @no_columns
// CHECK-NOT:     scf.forall
func.func @no_columns(%x: tensor<?x0xi8>, %c: tensor<?x0xi8>, %r: tensor<?x1xi32>) -> tensor<?x1xi32> {
  %y:2 = lowbit.pack_activations %x into %c, %r as !lowbit.affine<8>
      : (tensor<?x0xi8>, tensor<?x0xi8>, tensor<?x1xi32>) -> (tensor<?x0xi8>, tensor<?x1xi32>)
  return %y#1 : tensor<?x1xi32>
}

// -----

#id = affine_map<(m, k) -> (m, k)>
#row = affine_map<(m, k) -> (m)>
#column = affine_map<(m, k) -> (k)>

// The scale of a row, and what it is the scale of, are computed where the row is
// packed; the scale is needed later, too.
// CHECK-LABEL: func @chain
// CHECK-SAME:      %[[X:[^:]*]]: tensor<?x2560xf32>, %[[G:[^:]*]]: tensor<2560xf32>
// CHECK:         %[[LOOP:.*]]:3 = scf.forall (%[[M:.*]]) in (%{{.*}}) shared_outs(%[[C:.*]] = %{{.*}}, %[[R:.*]] = %{{.*}}, %[[S:.*]] = %{{.*}})
// CHECK-DAG:       %[[XT:.*]] = tensor.extract_slice %[[X]][%[[M]], 0] [1, 2560] [1, 1]
// CHECK:           %[[Y:.*]] = linalg.generic {{.*}} ins(%[[XT]], %{{.*}} : tensor<1x2560xf32>, tensor<2560xf32>)
// CHECK:             arith.mulf
// CHECK:           linalg.fill
// CHECK:           %[[MOST:.*]] = linalg.generic {{.*}} ins(%[[Y]] : tensor<1x2560xf32>)
// CHECK:             arith.maxnumf
// CHECK:           %[[SCALE:.*]] = linalg.generic {{.*}} ins(%[[MOST]] : tensor<1xf32>)
// CHECK:           %[[P:.*]]:2 = lowbit.pack_activations %[[Y]] scale %[[SCALE]] into
// CHECK-DAG:         tensor.parallel_insert_slice %[[P]]#0 into %[[C]][%[[M]], 0] [1, 2560] [1, 1]
// CHECK-DAG:         tensor.parallel_insert_slice %[[P]]#1 into %[[R]][%[[M]], 0] [1, 1] [1, 1]
// CHECK-DAG:         tensor.parallel_insert_slice %[[SCALE]] into %[[S]][%[[M]], 0] [1, 1] [1, 1]
// CHECK:         return %[[LOOP]]#0, %[[LOOP]]#1, %[[LOOP]]#2
func.func @chain(%x: tensor<?x2560xf32>, %g: tensor<2560xf32>) -> (tensor<?x2560xi8>, tensor<?x1xi32>, tensor<?x1xf32>) {
  %c0 = arith.constant 0 : index
  %zero = arith.constant 0.0 : f32
  %steps = arith.constant 127.0 : f32
  %m = tensor.dim %x, %c0 : tensor<?x2560xf32>
  %e = tensor.empty(%m) : tensor<?x2560xf32>
  %y = linalg.generic {indexing_maps = [#id, #column, #id], iterator_types = ["parallel", "parallel"]}
      ins(%x, %g : tensor<?x2560xf32>, tensor<2560xf32>) outs(%e : tensor<?x2560xf32>) {
  ^bb0(%a: f32, %b: f32, %out: f32):
    %p = arith.mulf %a, %b : f32
    linalg.yield %p : f32
  } -> tensor<?x2560xf32>
  %er = tensor.empty(%m) : tensor<?xf32>
  %zeros = linalg.fill ins(%zero : f32) outs(%er : tensor<?xf32>) -> tensor<?xf32>
  %most = linalg.generic {indexing_maps = [#id, #row], iterator_types = ["parallel", "reduction"]}
      ins(%y : tensor<?x2560xf32>) outs(%zeros : tensor<?xf32>) {
  ^bb0(%a: f32, %out: f32):
    %p = arith.maxnumf %a, %out : f32
    linalg.yield %p : f32
  } -> tensor<?xf32>
  %es = tensor.empty(%m) : tensor<?x1xf32>
  %s = linalg.generic {indexing_maps = [#row, #id], iterator_types = ["parallel", "parallel"]}
      ins(%most : tensor<?xf32>) outs(%es : tensor<?x1xf32>) {
  ^bb0(%a: f32, %out: f32):
    %p = arith.divf %a, %steps : f32
    linalg.yield %p : f32
  } -> tensor<?x1xf32>
  %n = tensor.dim %y, %c0 : tensor<?x2560xf32>
  %c = tensor.empty(%n) : tensor<?x2560xi8>
  %r = tensor.empty(%n) : tensor<?x1xi32>
  %z:2 = lowbit.pack_activations %y scale %s into %c, %r as !lowbit.affine<8>
      : (tensor<?x2560xf32>, tensor<?x1xf32>, tensor<?x2560xi8>, tensor<?x1xi32>) -> (tensor<?x2560xi8>, tensor<?x1xi32>)
  return %z#0, %z#1, %s : tensor<?x2560xi8>, tensor<?x1xi32>, tensor<?x1xf32>
}

// -----

#id = affine_map<(m, k) -> (m, k)>
#row = affine_map<(m, k) -> (m)>

// The scales of eight rows of 256 elements are one vector.
// CHECK-LABEL: func @scales
// CHECK:         scf.forall (%[[M:.*]]) = (0) to (1000) step (8)
// CHECK:           %[[MOST:.*]] = linalg.generic {{.*}} ins(%{{.*}} : tensor<?x256xf32>)
// CHECK:           linalg.generic {{.*}} ins(%[[MOST]] : tensor<?xf32>)
// CHECK:           lowbit.pack_activations
func.func @scales(%x: tensor<1000x256xf32>, %zeros: tensor<1000xf32>, %c: tensor<1000x256xi8>, %r: tensor<1000x1xi32>) -> tensor<1000x256xi8> {
  %steps = arith.constant 127.0 : f32
  %most = linalg.generic {indexing_maps = [#id, #row], iterator_types = ["parallel", "reduction"]}
      ins(%x : tensor<1000x256xf32>) outs(%zeros : tensor<1000xf32>) {
  ^bb0(%a: f32, %out: f32):
    %p = arith.maxnumf %a, %out : f32
    linalg.yield %p : f32
  } -> tensor<1000xf32>
  %es = tensor.empty() : tensor<1000x1xf32>
  %s = linalg.generic {indexing_maps = [#row, #id], iterator_types = ["parallel", "parallel"]}
      ins(%most : tensor<1000xf32>) outs(%es : tensor<1000x1xf32>) {
  ^bb0(%a: f32, %out: f32):
    %p = arith.divf %a, %steps : f32
    linalg.yield %p : f32
  } -> tensor<1000x1xf32>
  %z:2 = lowbit.pack_activations %x scale %s into %c, %r as !lowbit.affine<8>
      : (tensor<1000x256xf32>, tensor<1000x1xf32>, tensor<1000x256xi8>, tensor<1000x1xi32>) -> (tensor<1000x256xi8>, tensor<1000x1xi32>)
  return %z#0 : tensor<1000x256xi8>
}

// -----

#id = affine_map<(m, k) -> (m, k)>

// So are those of ops that read the row in their body.
// CHECK-LABEL: func @ranges_in_bodies
// CHECK:         scf.forall (%{{.*}}) = (0) to (1000) step (8)
// CHECK:           linalg.generic
// CHECK:             tensor.extract
// CHECK:           lowbit.pack_activations
func.func @ranges_in_bodies(%x: tensor<1000x256xf32>, %c: tensor<1000x256xi8>, %r: tensor<1000x1xi32>) -> tensor<1000x256xi8> {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c256 = arith.constant 256 : index
  %zero = arith.constant 0.0 : f32
  %es = tensor.empty() : tensor<1000x1xf32>
  %s = linalg.generic {indexing_maps = [#id], iterator_types = ["parallel", "parallel"]}
      outs(%es : tensor<1000x1xf32>) {
  ^bb0(%out: f32):
    %m = linalg.index 0 : index
    %most = scf.for %k = %c0 to %c256 step %c1 iter_args(%so_far = %zero) -> f32 {
      %a = tensor.extract %x[%m, %k] : tensor<1000x256xf32>
      %p = arith.maxnumf %a, %so_far : f32
      scf.yield %p : f32
    }
    linalg.yield %most : f32
  } -> tensor<1000x1xf32>
  %z:2 = lowbit.pack_activations %x scale %s into %c, %r as !lowbit.affine<8>
      : (tensor<1000x256xf32>, tensor<1000x1xf32>, tensor<1000x256xi8>, tensor<1000x1xi32>) -> (tensor<1000x256xi8>, tensor<1000x1xi32>)
  return %z#0 : tensor<1000x256xi8>
}

// -----

#id = affine_map<(b, m, k) -> (b, m, k)>
#row = affine_map<(b, m, k) -> (b, m)>

// Rows of several dimensions, each by itself, of which nothing else is computed.
// CHECK-LABEL: func @sums
// CHECK:         scf.forall (%[[B:.*]], %[[M:.*]]) in (4, 100)
// CHECK:           %[[SUM:.*]] = linalg.generic {{.*}} iterator_types = ["parallel", "parallel", "reduction"]} ins(%{{.*}} : tensor<1x1x1024xf32>)
// CHECK:           linalg.generic {{.*}} iterator_types = ["parallel", "parallel", "parallel"]} ins(%{{.*}}, %[[SUM]] :
// CHECK:             tensor.parallel_insert_slice %{{.*}} into %{{.*}}[%[[B]], %[[M]], 0] [1, 1, 1024] [1, 1, 1]
func.func @sums(%x: tensor<4x100x1024xf32>) -> tensor<4x100x1024xf32> {
  %zero = arith.constant 0.0 : f32
  %er = tensor.empty() : tensor<4x100xf32>
  %zeros = linalg.fill ins(%zero : f32) outs(%er : tensor<4x100xf32>) -> tensor<4x100xf32>
  %s = linalg.generic {indexing_maps = [#id, #row], iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%x : tensor<4x100x1024xf32>) outs(%zeros : tensor<4x100xf32>) {
  ^bb0(%a: f32, %out: f32):
    %p = arith.addf %a, %out : f32
    linalg.yield %p : f32
  } -> tensor<4x100xf32>
  %e = tensor.empty() : tensor<4x100x1024xf32>
  %y = linalg.generic {indexing_maps = [#id, #row, #id], iterator_types = ["parallel", "parallel", "parallel"]}
      ins(%x, %s : tensor<4x100x1024xf32>, tensor<4x100xf32>) outs(%e : tensor<4x100x1024xf32>) {
  ^bb0(%a: f32, %b: f32, %out: f32):
    %p = arith.divf %a, %b : f32
    linalg.yield %p : f32
  } -> tensor<4x100x1024xf32>
  return %y : tensor<4x100x1024xf32>
}

// -----

#id = affine_map<(b, m, k) -> (b, m, k)>
#row = affine_map<(b, m, k) -> (b, m)>

// Short rows have tiles of 2 K elements, of the longest that is read.
// CHECK-LABEL: func @sums_of_short_rows
// CHECK:         scf.forall (%[[B:.*]], %[[M:.*]]) = (0, 0) to (4, 300) step (1, 64)
// CHECK:           %[[SIZE:.*]] = affine.min
// CHECK:           %[[SUM:.*]] = linalg.generic {{.*}} iterator_types = ["parallel", "parallel", "reduction"]} ins(%{{.*}} : tensor<1x?x32xf32>)
// CHECK:           linalg.generic {{.*}} iterator_types = ["parallel", "parallel", "parallel"]} ins(%{{.*}}, %[[SUM]] :
// CHECK:             tensor.parallel_insert_slice %{{.*}} into %{{.*}}[%[[B]], %[[M]], 0] [1, %[[SIZE]], 32] [1, 1, 1]
func.func @sums_of_short_rows(%x: tensor<4x300x32xf32>) -> tensor<4x300x32xf32> {
  %zero = arith.constant 0.0 : f32
  %er = tensor.empty() : tensor<4x300xf32>
  %zeros = linalg.fill ins(%zero : f32) outs(%er : tensor<4x300xf32>) -> tensor<4x300xf32>
  %s = linalg.generic {indexing_maps = [#id, #row], iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%x : tensor<4x300x32xf32>) outs(%zeros : tensor<4x300xf32>) {
  ^bb0(%a: f32, %out: f32):
    %p = arith.addf %a, %out : f32
    linalg.yield %p : f32
  } -> tensor<4x300xf32>
  %e = tensor.empty() : tensor<4x300x32xf32>
  %y = linalg.generic {indexing_maps = [#id, #row, #id], iterator_types = ["parallel", "parallel", "parallel"]}
      ins(%x, %s : tensor<4x300x32xf32>, tensor<4x300xf32>) outs(%e : tensor<4x300x32xf32>) {
  ^bb0(%a: f32, %b: f32, %out: f32):
    %p = arith.divf %a, %b : f32
    linalg.yield %p : f32
  } -> tensor<4x300x32xf32>
  return %y : tensor<4x300x32xf32>
}

// -----

#id = affine_map<(m, k) -> (m, k)>

// Elementwise ops reduce nothing: they are cut as they are, later.
// CHECK-LABEL: func @elementwise
// CHECK-NOT:     scf.forall
func.func @elementwise(%x: tensor<128x2560xf32>, %e: tensor<128x2560xf32>) -> tensor<128x2560xf32> {
  %y = linalg.exp ins(%x : tensor<128x2560xf32>) outs(%e : tensor<128x2560xf32>) -> tensor<128x2560xf32>
  %z = linalg.exp ins(%y : tensor<128x2560xf32>) outs(%e : tensor<128x2560xf32>) -> tensor<128x2560xf32>
  return %z : tensor<128x2560xf32>
}

// -----

#id = affine_map<(m, k) -> (m, k)>

// The rows of a product need all of its other operand.
// CHECK-LABEL: func @product
// CHECK:         linalg.matmul
// CHECK:         scf.forall
// CHECK-NOT:       linalg.matmul
// CHECK:           lowbit.pack_activations
func.func @product(%a: tensor<128x64xf32>, %b: tensor<64x2560xf32>, %e: tensor<128x2560xf32>, %s: tensor<1x1xf32>, %c: tensor<128x2560xi8>, %r: tensor<128x1xi32>) -> tensor<128x2560xi8> {
  %y = linalg.matmul ins(%a, %b : tensor<128x64xf32>, tensor<64x2560xf32>) outs(%e : tensor<128x2560xf32>) -> tensor<128x2560xf32>
  %z:2 = lowbit.pack_activations %y scale %s into %c, %r as !lowbit.affine<8>
      : (tensor<128x2560xf32>, tensor<1x1xf32>, tensor<128x2560xi8>, tensor<128x1xi32>) -> (tensor<128x2560xi8>, tensor<128x1xi32>)
  return %z#0 : tensor<128x2560xi8>
}

// -----

#id = affine_map<(m, k) -> (m, k)>
#columns = affine_map<(m, k) -> (k, m)>

// Neither a row that is read elsewhere, before, nor one that is a column.
// CHECK-LABEL: func @other_rows
// CHECK:         linalg.exp
// CHECK:         linalg.transpose
// CHECK:         linalg.exp
// CHECK:         scf.forall
// CHECK-NOT:       linalg
// CHECK:           lowbit.pack_activations
func.func @other_rows(%x: tensor<2560x2560xf32>, %e: tensor<2560x2560xf32>, %s: tensor<1x1xf32>, %c: tensor<2560x2560xi8>, %r: tensor<2560x1xi32>) -> (tensor<2560x2560xi8>, tensor<2560x2560xf32>) {
  %y = linalg.exp ins(%x : tensor<2560x2560xf32>) outs(%e : tensor<2560x2560xf32>) -> tensor<2560x2560xf32>
  %t = linalg.transpose ins(%y : tensor<2560x2560xf32>) outs(%e : tensor<2560x2560xf32>) permutation = [1, 0]
  %u = linalg.exp ins(%t : tensor<2560x2560xf32>) outs(%y : tensor<2560x2560xf32>) -> tensor<2560x2560xf32>
  %z:2 = lowbit.pack_activations %y scale %s into %c, %r as !lowbit.affine<8>
      : (tensor<2560x2560xf32>, tensor<1x1xf32>, tensor<2560x2560xi8>, tensor<2560x1xi32>) -> (tensor<2560x2560xi8>, tensor<2560x1xi32>)
  return %z#0, %u : tensor<2560x2560xi8>, tensor<2560x2560xf32>
}

// -----

// A row that is too long for the stack of a thread is not computed in the loop.
// CHECK-LABEL: func @long_rows
// CHECK:         linalg.exp
// CHECK:         scf.forall
// CHECK-NOT:       linalg.exp
// CHECK:           lowbit.pack_activations
func.func @long_rows(%x: tensor<8x16385xf32>, %e: tensor<8x16385xf32>, %s: tensor<1x1xf32>, %c: tensor<8x16388xi8>, %r: tensor<8x1xi32>) -> tensor<8x16388xi8> {
  %y = linalg.exp ins(%x : tensor<8x16385xf32>) outs(%e : tensor<8x16385xf32>) -> tensor<8x16385xf32>
  %z:2 = lowbit.pack_activations %y scale %s into %c, %r as !lowbit.affine<8>
      : (tensor<8x16385xf32>, tensor<1x1xf32>, tensor<8x16388xi8>, tensor<8x1xi32>) -> (tensor<8x16388xi8>, tensor<8x1xi32>)
  return %z#0 : tensor<8x16388xi8>
}

// -----

// CHECK-LABEL: func @unknown_rows
// CHECK:         linalg.exp
// CHECK:         scf.forall
// CHECK-NOT:       linalg.exp
// CHECK:           lowbit.pack_activations
func.func @unknown_rows(%x: tensor<128x?xf32>, %e: tensor<128x?xf32>, %s: tensor<1x1xf32>, %c: tensor<128x?xi8>, %r: tensor<128x1xi32>) -> tensor<128x?xi8> {
  %y = linalg.exp ins(%x : tensor<128x?xf32>) outs(%e : tensor<128x?xf32>) -> tensor<128x?xf32>
  %z:2 = lowbit.pack_activations %y scale %s into %c, %r as !lowbit.affine<8>
      : (tensor<128x?xf32>, tensor<1x1xf32>, tensor<128x?xi8>, tensor<128x1xi32>) -> (tensor<128x?xi8>, tensor<128x1xi32>)
  return %z#0 : tensor<128x?xi8>
}

// -----

// CHECK-LABEL: func @one_row
// CHECK-NOT:     scf.forall
func.func @one_row(%x: tensor<1x1024xf32>, %s: tensor<1x1xf32>, %c: tensor<1x1024xi8>, %r: tensor<1x1xi32>) -> tensor<1x1024xi8> {
  %z:2 = lowbit.pack_activations %x scale %s into %c, %r as !lowbit.affine<8>
      : (tensor<1x1024xf32>, tensor<1x1xf32>, tensor<1x1024xi8>, tensor<1x1xi32>) -> (tensor<1x1024xi8>, tensor<1x1xi32>)
  return %z#0 : tensor<1x1024xi8>
}

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

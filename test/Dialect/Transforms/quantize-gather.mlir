// RUN: lowbit-opt %s --lowbit-quantize="layers=embed=int8" | FileCheck %s
// RUN: lowbit-opt %s --lowbit-quantize="weights=int8" --remarks-filter=lowbit --remark-format=emitRemark 2>&1 >/dev/null | FileCheck %s --check-prefix=REMARK
// RUN: not lowbit-opt %s --lowbit-quantize="weights=int8 no-fallback" 2>&1 >/dev/null | FileCheck %s --check-prefix=ERROR

// A gather of the rows of a constant table is a layer, but has no activations.

#index = affine_map<(i, d) -> (i)>
#row = affine_map<(i, d) -> (i, d)>
#index2 = affine_map<(b, i, d) -> (b, i)>
#row2 = affine_map<(b, i, d) -> (b, i, d)>
#second = affine_map<(i, j, d) -> (j)>

// REMARK: [Passed] quantize | Category:lowbit | Function=embed | Remark="layer 'embed': rows of !lowbit.affine<8, narrow> weights"
// CHECK-LABEL: func @loops
// CHECK-DAG: %[[T:.*]] = lowbit.constant dense_resource<embed.codes> : tensor<3x2xi8> -> tensor<3x2x!lowbit.affine<8, narrow>>
// CHECK-DAG: %[[S:.*]] = arith.constant dense<{{.*}}> : tensor<3x1xf32>
// CHECK: %[[Y:.*]] = lowbit.gather %[[T]][%arg0] scale %[[S]] {layer = "embed"} : (tensor<3x2x!lowbit.affine<8, narrow>>, tensor<?xi64>, tensor<3x1xf32>) -> tensor<?x2xf32>
// CHECK-NEXT: return %[[Y]]
func.func @loops(%i: tensor<?xi64>, %e: tensor<?x2xf32>) -> tensor<?x2xf32> {
  %t = arith.constant dense<[[1.0, 2.0], [-3.0, 0.5], [0.25, 4.0]]> : tensor<3x2xf32>
  %y = linalg.generic {indexing_maps = [#index, #row], iterator_types = ["parallel", "parallel"]}
      ins(%i : tensor<?xi64>) outs(%e : tensor<?x2xf32>) {
  ^bb0(%index: i64, %out: f32):
    %r = arith.index_cast %index : i64 to index
    %d = linalg.index 1 : index
    %x = tensor.extract %t[%r, %d] : tensor<3x2xf32>
    linalg.yield %x : f32
  } -> tensor<?x2xf32> loc("embed")
  return %y : tensor<?x2xf32>
}

// What tosa.gather becomes: a batch of one.
// CHECK-LABEL: func @batch_of_one
// CHECK: lowbit.gather %{{.*}}[%arg0] scale %{{.*}} {layer = "embed"} : (tensor<3x2x!lowbit.affine<8, narrow>>, tensor<1x5xi32>, tensor<3x1xf32>) -> tensor<1x5x2xf32>
func.func @batch_of_one(%i: tensor<1x5xi32>, %e: tensor<1x5x2xf32>) -> tensor<1x5x2xf32> {
  %t = arith.constant dense<[[[1.0, 2.0], [-3.0, 0.5], [0.25, 4.0]]]> : tensor<1x3x2xf32>
  %y = linalg.generic {indexing_maps = [#index2, #row2], iterator_types = ["parallel", "parallel", "parallel"]}
      ins(%i : tensor<1x5xi32>) outs(%e : tensor<1x5x2xf32>) {
  ^bb0(%index: i32, %out: f32):
    %b = linalg.index 0 : index
    %r = arith.index_cast %index : i32 to index
    %d = linalg.index 2 : index
    %x = tensor.extract %t[%b, %r, %d] : tensor<1x3x2xf32>
    linalg.yield %x : f32
  } -> tensor<1x5x2xf32> loc("embed")
  return %y : tensor<1x5x2xf32>
}

// The shape of a constant does not matter, its rows do.
// CHECK-LABEL: func @reshaped_table
// CHECK: lowbit.gather %{{.*}} : (tensor<3x2x!lowbit.affine<8, narrow>>, tensor<1x5xi32>, tensor<3x1xf32>) -> tensor<1x5x2xf32>
func.func @reshaped_table(%i: tensor<1x5xi32>, %e: tensor<1x5x2xf32>) -> tensor<1x5x2xf32> {
  %c = arith.constant dense<[[1.0, 2.0], [-3.0, 0.5], [0.25, 4.0]]> : tensor<3x2xf32>
  %t = tensor.expand_shape %c [[0, 1], [2]] output_shape [1, 3, 2] : tensor<3x2xf32> into tensor<1x3x2xf32>
  %y = linalg.generic {indexing_maps = [#index2, #row2], iterator_types = ["parallel", "parallel", "parallel"]}
      ins(%i : tensor<1x5xi32>) outs(%e : tensor<1x5x2xf32>) {
  ^bb0(%index: i32, %out: f32):
    %b = linalg.index 0 : index
    %r = arith.index_cast %index : i32 to index
    %d = linalg.index 2 : index
    %x = tensor.extract %t[%b, %r, %d] : tensor<1x3x2xf32>
    linalg.yield %x : f32
  } -> tensor<1x5x2xf32> loc("embed")
  return %y : tensor<1x5x2xf32>
}

// CHECK-LABEL: func @tensor_gather
// CHECK: %[[I:.*]] = tensor.collapse_shape %arg0 {{\[\[}}0], [1, 2]] : tensor<4x?x1xi64> into tensor<4x?xi64>
// CHECK: %[[Y:.*]] = lowbit.gather %{{.*}}[%[[I]]] scale %{{.*}} -> tensor<4x?x2xf32>
// CHECK-NEXT: return %[[Y]]
func.func @tensor_gather(%i: tensor<4x?x1xi64>) -> tensor<4x?x2xf32> {
  %t = arith.constant dense<[[1.0, 2.0], [-3.0, 0.5], [0.25, 4.0]]> : tensor<3x2xf32>
  %y = tensor.gather %t[%i] gather_dims([0]) : (tensor<3x2xf32>, tensor<4x?x1xi64>) -> tensor<4x?x2xf32> loc("embed")
  return %y : tensor<4x?x2xf32>
}

// CHECK-LABEL: func @tensor_gather_keeps_the_dimension
// CHECK: %[[I:.*]] = tensor.collapse_shape %arg0 [] : tensor<1xi64> into tensor<i64>
// CHECK: %[[Y:.*]] = lowbit.gather %{{.*}}[%[[I]]] scale %{{.*}} -> tensor<2xf32>
// CHECK: tensor.expand_shape %[[Y]] {{\[\[}}0, 1]] output_shape [1, 2] : tensor<2xf32> into tensor<1x2xf32>
func.func @tensor_gather_keeps_the_dimension(%i: tensor<1xi64>) -> tensor<1x2xf32> {
  %t = arith.constant dense<[[1.0, 2.0], [-3.0, 0.5], [0.25, 4.0]]> : tensor<3x2xf32>
  %y = tensor.gather %t[%i] gather_dims([0]) : (tensor<3x2xf32>, tensor<1xi64>) -> tensor<1x2xf32> loc("embed")
  return %y : tensor<1x2xf32>
}

// CHECK-LABEL: func @planes
// CHECK-COUNT-2: lowbit.gather %{{.*}} {layer = "planes"} : (tensor<3x2x!lowbit.binary>
// CHECK: linalg.add
func.func @planes(%i: tensor<?x1xi64>) -> tensor<?x2xf32> {
  %t = arith.constant dense<[[1.0, 2.0], [-3.0, 0.5], [0.25, 4.0]]> : tensor<3x2xf32>
  %y = tensor.gather %t[%i] gather_dims([0]) {lowbit.weights = "binary:planes=2"} : (tensor<3x2xf32>, tensor<?x1xi64>) -> tensor<?x2xf32> loc("planes")
  return %y : tensor<?x2xf32>
}

// Codes stay the codes that they are, and need no option.
// REMARK: layer 'codes': weights stay the codes that they are, instead of int8
// CHECK-LABEL: func @codes
// CHECK-DAG: %[[T:.*]] = lowbit.constant dense<{{.*}}> : tensor<2x2xi8> -> tensor<2x2x!lowbit.ternary>
// CHECK-DAG: %[[S:.*]] = arith.constant dense<5.000000e-01> : tensor<1x1xf16>
// CHECK: lowbit.gather %[[T]][%{{.*}}] scale %[[S]] {layer = "codes"}
func.func @codes(%i: tensor<?x1xi32>) -> tensor<?x2xf32> {
  %c = lowbit.constant dense<[[1, 0], [-1, 1]]> : tensor<2x2xi8> -> tensor<2x2x!lowbit.ternary>
  %s = arith.constant dense<0.5> : tensor<1x1xf16>
  %t = lowbit.dequantize %c scale %s : (tensor<2x2x!lowbit.ternary>, tensor<1x1xf16>) -> tensor<2x2xf32>
  %y = tensor.gather %t[%i] gather_dims([0]) : (tensor<2x2xf32>, tensor<?x1xi32>) -> tensor<?x2xf32> loc("codes")
  return %y : tensor<?x2xf32>
}

// CHECK-LABEL: func @not_asked_for
// CHECK: tensor.gather
func.func @not_asked_for(%i: tensor<?x1xi64>) -> tensor<?x2xf32> {
  %t = arith.constant dense<[[1.0, 2.0], [-3.0, 0.5]]> : tensor<2x2xf32>
  %y = tensor.gather %t[%i] gather_dims([0]) : (tensor<2x2xf32>, tensor<?x1xi64>) -> tensor<?x2xf32> loc("other")
  return %y : tensor<?x2xf32>
}

// REMARK: [Missed] quantize | Category:lowbit | Function=half | Remark="layer 'half' stays float: expected f32, but got f16"
// ERROR: error: {{.*}}the layer stays float: expected f32, but got f16
func.func @table_of_f16(%i: tensor<?x1xi64>) -> tensor<?x2xf16> {
  %t = arith.constant dense<[[1.0, 2.0], [-3.0, 0.5]]> : tensor<2x2xf16>
  %y = tensor.gather %t[%i] gather_dims([0]) : (tensor<2x2xf16>, tensor<?x1xi64>) -> tensor<?x2xf16> loc("half")
  return %y : tensor<?x2xf16>
}

// REMARK: layer 'bytes' stays float: expected indices of i32 or i64, but got i8
// ERROR: error: {{.*}}the layer stays float: expected indices of i32 or i64, but got i8
func.func @indices_of_8_bits(%i: tensor<?x1xi8>) -> tensor<?x2xf32> {
  %t = arith.constant dense<[[1.0, 2.0], [-3.0, 0.5]]> : tensor<2x2xf32>
  %y = tensor.gather %t[%i] gather_dims([0]) : (tensor<2x2xf32>, tensor<?x1xi8>) -> tensor<?x2xf32> loc("bytes")
  return %y : tensor<?x2xf32>
}

// REMARK: layer 'codes3' stays float: expected codes of rank 2
// ERROR: error: {{.*}}the layer stays float: expected codes of rank 2
func.func @codes_of_rank_3(%i: tensor<1x5xi32>, %e: tensor<1x5x2xf32>) -> tensor<1x5x2xf32> {
  %c = lowbit.constant dense<1> : tensor<1x3x2xi8> -> tensor<1x3x2x!lowbit.ternary>
  %s = arith.constant dense<0.5> : tensor<1x1x1xf32>
  %t = lowbit.dequantize %c scale %s : (tensor<1x3x2x!lowbit.ternary>, tensor<1x1x1xf32>) -> tensor<1x3x2xf32>
  %y = linalg.generic {indexing_maps = [#index2, #row2], iterator_types = ["parallel", "parallel", "parallel"]}
      ins(%i : tensor<1x5xi32>) outs(%e : tensor<1x5x2xf32>) {
  ^bb0(%index: i32, %out: f32):
    %b = linalg.index 0 : index
    %r = arith.index_cast %index : i32 to index
    %d = linalg.index 2 : index
    %x = tensor.extract %t[%b, %r, %d] : tensor<1x3x2xf32>
    linalg.yield %x : f32
  } -> tensor<1x5x2xf32> loc("codes3")
  return %y : tensor<1x5x2xf32>
}

// REMARK: layer 'gptq' stays float: expected an encoding that needs no inputs, but got int4:gptq
// ERROR: error: {{.*}}the layer stays float: expected an encoding that needs no inputs, but got int4:gptq
func.func @compensated(%i: tensor<?x1xi64>) -> tensor<?x2xf32> {
  %t = arith.constant dense<[[1.0, 2.0], [-3.0, 0.5]]> : tensor<2x2xf32>
  %y = tensor.gather %t[%i] gather_dims([0]) {lowbit.weights = "int4:gptq"} : (tensor<2x2xf32>, tensor<?x1xi64>) -> tensor<?x2xf32> loc("gptq")
  return %y : tensor<?x2xf32>
}

// Tables of run time, columns, batches and other loops are no layers.
// REMARK-NOT: Function=
// ERROR-NOT: error:
// CHECK-LABEL: func @no_layers
// CHECK-NOT: lowbit.gather
func.func @no_layers(%t: tensor<3x2xf32>, %p: tensor<?x1xi64>, %i: tensor<2xi64>, %e: tensor<2x2xf32>, %e3: tensor<4x2x2xf32>)
    -> (tensor<?x2xf32>, tensor<?x3xf32>, tensor<2x2xf32>, tensor<4x2x2xf32>) {
  %c = arith.constant dense<[[1.0, 2.0], [-3.0, 0.5], [0.25, 4.0]]> : tensor<3x2xf32>
  %b = arith.constant dense<1.0> : tensor<4x3x2xf32>
  %0 = tensor.gather %t[%p] gather_dims([0]) : (tensor<3x2xf32>, tensor<?x1xi64>) -> tensor<?x2xf32> loc("run_time")
  %1 = tensor.gather %c[%p] gather_dims([1]) : (tensor<3x2xf32>, tensor<?x1xi64>) -> tensor<?x3xf32> loc("columns")
  %2 = linalg.generic {indexing_maps = [#index, #row], iterator_types = ["parallel", "parallel"]}
      ins(%i : tensor<2xi64>) outs(%e : tensor<2x2xf32>) {
  ^bb0(%index: i64, %out: f32):
    %r = arith.index_cast %index : i64 to index
    %d = linalg.index 0 : index
    %x = tensor.extract %c[%r, %d] : tensor<3x2xf32>
    linalg.yield %x : f32
  } -> tensor<2x2xf32> loc("diagonal")
  %3 = linalg.generic {indexing_maps = [#second, #row2], iterator_types = ["parallel", "parallel", "parallel"]}
      ins(%i : tensor<2xi64>) outs(%e3 : tensor<4x2x2xf32>) {
  ^bb0(%index: i64, %out: f32):
    %a = linalg.index 0 : index
    %r = arith.index_cast %index : i64 to index
    %d = linalg.index 2 : index
    %x = tensor.extract %b[%a, %r, %d] : tensor<4x3x2xf32>
    linalg.yield %x : f32
  } -> tensor<4x2x2xf32> loc("batches")
  return %0, %1, %2, %3 : tensor<?x2xf32>, tensor<?x3xf32>, tensor<2x2xf32>, tensor<4x2x2xf32>
}

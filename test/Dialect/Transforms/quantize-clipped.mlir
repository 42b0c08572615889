// RUN: lowbit-opt %s --lowbit-quantize="weights=ternary activations=uint8:static" --cse | FileCheck %s

// Clips before a layer are its range.

#id = affine_map<(d0, d1) -> (d0, d1)>
#row = affine_map<(d0, d1) -> (d0)>

// CHECK-LABEL: func @relu6
// CHECK:         %[[S:.*]] = arith.constant dense<0.0235294104> : tensor<1x1xf32>
// CHECK:         lowbit.quantize %{{.*}} scale %[[S]] : {{.*}} -> tensor<3x4x!lowbit.affine<8, unsigned>>
func.func @relu6(%x: tensor<3x4xf32>, %init: tensor<3x2xf32>) -> tensor<3x2xf32> {
  %zero = arith.constant 0.0 : f32
  %six = arith.constant 6.0 : f32
  %empty = tensor.empty() : tensor<3x4xf32>
  %clip = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel"]}
      ins(%x : tensor<3x4xf32>) outs(%empty : tensor<3x4xf32>) {
  ^bb0(%in: f32, %out: f32):
    %low = arith.maximumf %in, %zero : f32
    %both = arith.minimumf %low, %six : f32
    linalg.yield %both : f32
  } -> tensor<3x4xf32>
  %w = arith.constant dense<1.0> : tensor<4x2xf32>
  %y = linalg.matmul ins(%clip, %w : tensor<3x4xf32>, tensor<4x2xf32>) outs(%init : tensor<3x2xf32>) -> tensor<3x2xf32>
  return %y : tensor<3x2xf32>
}

// CHECK-LABEL: func @named
// CHECK-DAG:     arith.constant dense<0.00784313678> : tensor<1x1xf32>
// CHECK-DAG:     arith.constant dense<128> : tensor<1x1xi32>
func.func @named(%x: tensor<3x4xf32>, %init: tensor<3x2xf32>) -> tensor<3x2xf32> {
  %low = arith.constant dense<-1.0> : tensor<3x4xf32>
  %one = arith.constant 1.0 : f32
  %empty = tensor.empty() : tensor<3x4xf32>
  %high = linalg.fill ins(%one : f32) outs(%empty : tensor<3x4xf32>) -> tensor<3x4xf32>
  %a = linalg.max ins(%x, %low : tensor<3x4xf32>, tensor<3x4xf32>) outs(%empty : tensor<3x4xf32>) -> tensor<3x4xf32>
  %b = linalg.min ins(%high, %a : tensor<3x4xf32>, tensor<3x4xf32>) outs(%empty : tensor<3x4xf32>) -> tensor<3x4xf32>
  %w = arith.constant dense<1.0> : tensor<4x2xf32>
  %y = linalg.matmul ins(%b, %w : tensor<3x4xf32>, tensor<4x2xf32>) outs(%init : tensor<3x2xf32>) -> tensor<3x2xf32>
  return %y : tensor<3x2xf32>
}

// CHECK-LABEL: func @on_tensors_behind_a_reshape
// CHECK:         arith.constant dense<2.000000e+00> : tensor<1x1xf32>
// CHECK-NOT:     choose_params
// CHECK:         return
func.func @on_tensors_behind_a_reshape(%x: tensor<12xf32>, %init: tensor<3x2xf32>) -> tensor<3x2xf32> {
  %zero = arith.constant dense<0.0> : tensor<12xf32>
  %high = arith.constant dense<[1.0, 2.0, 3.0, 4.0, 510.0, 6.0, 7.0, 8.0, 9.0, 10.0, 11.0, 12.0]> : tensor<12xf32>
  %a = arith.maxnumf %x, %zero : tensor<12xf32>
  %b = arith.minnumf %a, %high : tensor<12xf32>
  %c = tensor.expand_shape %b [[0, 1]] output_shape [3, 4] : tensor<12xf32> into tensor<3x4xf32>
  %w = arith.constant dense<1.0> : tensor<4x2xf32>
  %y = linalg.matmul ins(%c, %w : tensor<3x4xf32>, tensor<4x2xf32>) outs(%init : tensor<3x2xf32>) -> tensor<3x2xf32>
  return %y : tensor<3x2xf32>
}

// A relu leaves the upper end open.
// CHECK-LABEL: func @relu
// CHECK:         choose_params
func.func @relu(%x: tensor<3x4xf32>, %init: tensor<3x2xf32>) -> tensor<3x2xf32> {
  %zero = arith.constant dense<0.0> : tensor<3x4xf32>
  %a = arith.maximumf %x, %zero : tensor<3x4xf32>
  %w = arith.constant dense<1.0> : tensor<4x2xf32>
  %y = linalg.matmul ins(%a, %w : tensor<3x4xf32>, tensor<4x2xf32>) outs(%init : tensor<3x2xf32>) -> tensor<3x2xf32>
  return %y : tensor<3x2xf32>
}

// What follows a clip may leave its range.
// CHECK-LABEL: func @clipped_then_doubled
// CHECK:         choose_params
func.func @clipped_then_doubled(%x: tensor<3x4xf32>, %init: tensor<3x2xf32>) -> tensor<3x2xf32> {
  %zero = arith.constant dense<0.0> : tensor<3x4xf32>
  %six = arith.constant dense<6.0> : tensor<3x4xf32>
  %a = arith.maximumf %x, %zero : tensor<3x4xf32>
  %b = arith.minimumf %a, %six : tensor<3x4xf32>
  %c = arith.addf %b, %b : tensor<3x4xf32>
  %w = arith.constant dense<1.0> : tensor<4x2xf32>
  %y = linalg.matmul ins(%c, %w : tensor<3x4xf32>, tensor<4x2xf32>) outs(%init : tensor<3x2xf32>) -> tensor<3x2xf32>
  return %y : tensor<3x2xf32>
}

// A generic op that sums is not a clip, and neither end of it is infinite.
// CHECK-LABEL: func @reduced
// CHECK:         choose_params
func.func @reduced(%x: tensor<3x4x5xf32>, %start: tensor<3x4xf32>, %init: tensor<3x2xf32>) -> tensor<3x2xf32> {
  %zero = arith.constant 0.0 : f32
  %six = arith.constant 6.0 : f32
  %m = linalg.generic {indexing_maps = [affine_map<(i, j, k) -> (i, j, k)>, affine_map<(i, j, k) -> (i, j)>],
                       iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%x : tensor<3x4x5xf32>) outs(%start : tensor<3x4xf32>) {
  ^bb0(%in: f32, %out: f32):
    %low = arith.maximumf %in, %zero : f32
    %both = arith.minimumf %low, %six : f32
    linalg.yield %both : f32
  } -> tensor<3x4xf32>
  %w = arith.constant dense<1.0> : tensor<4x2xf32>
  %y = linalg.matmul ins(%m, %w : tensor<3x4xf32>, tensor<4x2xf32>) outs(%init : tensor<3x2xf32>) -> tensor<3x2xf32>
  return %y : tensor<3x2xf32>
}

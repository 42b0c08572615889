// RUN: lowbit-opt %s --lowbit-recompute-elementwise --lowbit-fuse-elementwise --split-input-file | FileCheck %s

#id = affine_map<(m, k) -> (m, k)>
#row = affine_map<(m, k) -> (m)>

// The differences from the mean are not stored.
// CHECK-LABEL: func @layer_normalization
// CHECK-SAME:      %[[X:[^:]*]]: tensor<?x8xf32>
// CHECK:         %[[SUM:.*]] = linalg.generic {{.*}} ins(%[[X]] :
// CHECK:         %[[SQUARES:.*]] = linalg.generic {{.*}} iterator_types = ["parallel", "reduction"]} ins(%[[X]], %[[SUM]] :
// CHECK:           arith.subf
// CHECK:           arith.mulf
// CHECK:           arith.addf
// CHECK:         linalg.generic {{.*}} iterator_types = ["parallel", "parallel"]} ins(%[[X]], %[[SUM]], %[[SQUARES]] :
// CHECK:           arith.subf
// CHECK:           math.rsqrt
// CHECK-NOT:     linalg.generic
// CHECK:         return
func.func @layer_normalization(%x: tensor<?x8xf32>, %e: tensor<?x8xf32>, %zeros: tensor<?xf32>) -> tensor<?x8xf32> {
  %count = arith.constant 8.0 : f32
  %sum = linalg.generic {indexing_maps = [#id, #row], iterator_types = ["parallel", "reduction"]}
      ins(%x : tensor<?x8xf32>) outs(%zeros : tensor<?xf32>) {
  ^bb0(%a: f32, %out: f32):
    %b = arith.addf %a, %out : f32
    linalg.yield %b : f32
  } -> tensor<?xf32>
  %d = linalg.generic {indexing_maps = [#id, #row, #id], iterator_types = ["parallel", "parallel"]}
      ins(%x, %sum : tensor<?x8xf32>, tensor<?xf32>) outs(%e : tensor<?x8xf32>) {
  ^bb0(%a: f32, %s: f32, %out: f32):
    %mean = arith.divf %s, %count : f32
    %b = arith.subf %a, %mean : f32
    linalg.yield %b : f32
  } -> tensor<?x8xf32>
  %v = linalg.generic {indexing_maps = [#id, #row], iterator_types = ["parallel", "reduction"]}
      ins(%d : tensor<?x8xf32>) outs(%zeros : tensor<?xf32>) {
  ^bb0(%a: f32, %out: f32):
    %b = arith.mulf %a, %a : f32
    %c = arith.addf %b, %out : f32
    linalg.yield %c : f32
  } -> tensor<?xf32>
  %y = linalg.generic {indexing_maps = [#id, #row, #id], iterator_types = ["parallel", "parallel"]}
      ins(%d, %v : tensor<?x8xf32>, tensor<?xf32>) outs(%e : tensor<?x8xf32>) {
  ^bb0(%a: f32, %s: f32, %out: f32):
    %r = math.rsqrt %s : f32
    %b = arith.mulf %a, %r : f32
    linalg.yield %b : f32
  } -> tensor<?x8xf32>
  return %y : tensor<?x8xf32>
}

// -----

#id = affine_map<(m, k) -> (m, k)>
#row = affine_map<(m, k) -> (m)>

// CHECK-LABEL: func @exponential
// CHECK:         math.exp
// CHECK:         linalg.generic
// CHECK-NOT:       math.exp
// CHECK:         return
func.func @exponential(%x: tensor<?x8xf32>, %e: tensor<?x8xf32>, %zeros: tensor<?xf32>) -> (tensor<?x8xf32>, tensor<?xf32>, tensor<?x8xf32>) {
  %d = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel"]}
      ins(%x : tensor<?x8xf32>) outs(%e : tensor<?x8xf32>) {
  ^bb0(%a: f32, %out: f32):
    %b = math.exp %a : f32
    linalg.yield %b : f32
  } -> tensor<?x8xf32>
  %v = linalg.generic {indexing_maps = [#id, #row], iterator_types = ["parallel", "reduction"]}
      ins(%d : tensor<?x8xf32>) outs(%zeros : tensor<?xf32>) {
  ^bb0(%a: f32, %out: f32):
    %c = arith.addf %a, %out : f32
    linalg.yield %c : f32
  } -> tensor<?xf32>
  %y = linalg.generic {indexing_maps = [#id, #row, #id], iterator_types = ["parallel", "parallel"]}
      ins(%d, %v : tensor<?x8xf32>, tensor<?xf32>) outs(%e : tensor<?x8xf32>) {
  ^bb0(%a: f32, %s: f32, %out: f32):
    %b = arith.mulf %a, %s : f32
    linalg.yield %b : f32
  } -> tensor<?x8xf32>
  return %y, %v, %x : tensor<?x8xf32>, tensor<?xf32>, tensor<?x8xf32>
}

// -----

#id = affine_map<(m, k) -> (m, k)>
#row = affine_map<(m, k) -> (m)>

// What nothing else reads may stay in registers.
// CHECK-LABEL: func @read_once
// CHECK:         %[[D:.*]] = linalg.generic
// CHECK:           arith.mulf
// CHECK:         linalg.generic {{.*}} ins(%[[D]] :
// CHECK:         linalg.generic {{.*}} ins(%[[D]],
// CHECK:         return
func.func @read_once(%x: tensor<?x8xf32>, %e: tensor<?x8xf32>, %zeros: tensor<?xf32>) -> tensor<?x8xf32> {
  %half = arith.constant 0.5 : f32
  %d = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel"]}
      ins(%x : tensor<?x8xf32>) outs(%e : tensor<?x8xf32>) {
  ^bb0(%a: f32, %out: f32):
    %b = arith.mulf %a, %half : f32
    linalg.yield %b : f32
  } -> tensor<?x8xf32>
  %v = linalg.generic {indexing_maps = [#id, #row], iterator_types = ["parallel", "reduction"]}
      ins(%d : tensor<?x8xf32>) outs(%zeros : tensor<?xf32>) {
  ^bb0(%a: f32, %out: f32):
    %c = arith.addf %a, %out : f32
    linalg.yield %c : f32
  } -> tensor<?xf32>
  %y = linalg.generic {indexing_maps = [#id, #row, #id], iterator_types = ["parallel", "parallel"]}
      ins(%d, %v : tensor<?x8xf32>, tensor<?xf32>) outs(%e : tensor<?x8xf32>) {
  ^bb0(%a: f32, %s: f32, %out: f32):
    %b = arith.subf %a, %s : f32
    linalg.yield %b : f32
  } -> tensor<?x8xf32>
  return %y : tensor<?x8xf32>
}

// -----

#id = affine_map<(m, k) -> (m, k)>

// What is needed as a whole is computed once.
// CHECK-LABEL: func @result
// CHECK:         %[[D:.*]] = linalg.generic
// CHECK:         %[[Y:.*]] = linalg.generic {{.*}} ins(%[[D]], %{{.*}} :
// CHECK:         return %[[D]], %[[Y]]
func.func @result(%x: tensor<?x8xf32>, %e: tensor<?x8xf32>) -> (tensor<?x8xf32>, tensor<?x8xf32>) {
  %half = arith.constant 0.5 : f32
  %d = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel"]}
      ins(%x : tensor<?x8xf32>) outs(%e : tensor<?x8xf32>) {
  ^bb0(%a: f32, %out: f32):
    %b = arith.mulf %a, %half : f32
    linalg.yield %b : f32
  } -> tensor<?x8xf32>
  %y = linalg.generic {indexing_maps = [#id, #id, #id], iterator_types = ["parallel", "parallel"]}
      ins(%d, %x : tensor<?x8xf32>, tensor<?x8xf32>) outs(%e : tensor<?x8xf32>) {
  ^bb0(%a: f32, %b: f32, %out: f32):
    %c = arith.divf %a, %b : f32
    linalg.yield %c : f32
  } -> tensor<?x8xf32>
  return %d, %y : tensor<?x8xf32>, tensor<?x8xf32>
}

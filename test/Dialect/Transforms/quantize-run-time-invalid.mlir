// RUN: lowbit-opt %s --lowbit-quantize="no-fallback" --split-input-file --verify-diagnostics

func.func @ternary_by_threshold(%x: tensor<?x4xf32>, %w: tensor<4x?xf32>, %init: tensor<?x?xf32>) -> tensor<?x?xf32> {
  // expected-error@+1 {{stays float: expected binary, int2 to int8 or ternary for weights of run time, but got ternary:twn}}
  %y = linalg.matmul {lowbit.weights = "ternary:twn"} ins(%x, %w : tensor<?x4xf32>, tensor<4x?xf32>) outs(%init : tensor<?x?xf32>) -> tensor<?x?xf32>
  return %y : tensor<?x?xf32>
}

// -----

func.func @blocks(%x: tensor<?x4xf32>, %w: tensor<4x?xf32>, %init: tensor<?x?xf32>) -> tensor<?x?xf32> {
  // expected-error@+1 {{stays float: expected binary, int2 to int8 or ternary for weights of run time, but got int8:block=32}}
  %y = linalg.matmul {lowbit.weights = "int8:block=32"} ins(%x, %w : tensor<?x4xf32>, tensor<4x?xf32>) outs(%init : tensor<?x?xf32>) -> tensor<?x?xf32>
  return %y : tensor<?x?xf32>
}

// -----

func.func @dynamic_depth(%x: tensor<2x?xf32>, %w: tensor<?x4xf32>, %init: tensor<2x4xf32>) -> tensor<2x4xf32> {
  // expected-error@+1 {{stays float: expected a static K, but got a dynamic one}}
  %y = linalg.matmul {lowbit.weights = "int8"} ins(%x, %w : tensor<2x?xf32>, tensor<?x4xf32>) outs(%init : tensor<2x4xf32>) -> tensor<2x4xf32>
  return %y : tensor<2x4xf32>
}

// -----

func.func @half_precision(%x: tensor<2x4xbf16>, %w: tensor<4x4xbf16>, %init: tensor<2x4xf32>) -> tensor<2x4xf32> {
  // expected-error@+1 {{stays float: expected f32 where weights are of run time}}
  %y = linalg.matmul {lowbit.weights = "int8"} ins(%x, %w : tensor<2x4xbf16>, tensor<4x4xbf16>) outs(%init : tensor<2x4xf32>) -> tensor<2x4xf32>
  return %y : tensor<2x4xf32>
}

// -----

func.func @long_sums(%x: tensor<2x140000xf32>, %w: tensor<4x140000xf32>, %init: tensor<2x4xf32>) -> tensor<2x4xf32> {
  // expected-error@+1 {{expected sums of at most 66311 products, which i32 holds, but got 140000; give a block}}
  %y = linalg.matmul indexing_maps = [affine_map<(m, n, k) -> (m, k)>, affine_map<(m, n, k) -> (n, k)>, affine_map<(m, n, k) -> (m, n)>] {lowbit.weights = "int8"}
      ins(%x, %w : tensor<2x140000xf32>, tensor<4x140000xf32>) outs(%init : tensor<2x4xf32>) -> tensor<2x4xf32>
  return %y : tensor<2x4xf32>
}

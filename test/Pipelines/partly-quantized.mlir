// RUN: lowbit-opt %s --lowbit-quantize-pipeline=weights=int8 | FileCheck %s
// RUN: lowbit-opt %s --lowbit-quantize-pipeline=weights=int8 > %t.once
// RUN: lowbit-opt %t.once --lowbit-quantize-pipeline=weights=int8 | FileCheck %s
// RUN: lowbit-opt %s --lowbit-quantize-pipeline=weights=int8 --lowbit-cpu-pipeline --lowbit-verify-stage=stage=llvm -o /dev/null
// RUN: lowbit-opt %s --lowbit-quantize-pipeline=weights=int8 --lowbit-pack-weights --lowbit-quantize-pipeline=weights=int8 | FileCheck %s --check-prefix=PACKED

// A layer that has its codes keeps them, one that is packed stays packed, and
// what is quantized without being a layer is left alone.

// CHECK-LABEL: func @main
// CHECK-SAME:      %[[X:.*]]: tensor<?x2xf32>
// CHECK:         %[[Q:.*]] = lowbit.quantize %{{.*}} scale %{{.*}} : {{.*}} -> tensor<?x2x!lowbit.affine<4>>
// CHECK:         lowbit.dequantize %[[Q]]
// CHECK:         %[[W:.*]] = lowbit.constant dense<{{.*}}> : tensor<2x2xi8> -> tensor<2x2x!lowbit.ternary>
// CHECK:         lowbit.scaled_matmul %{{.*}}, %[[W]]
// CHECK:         lowbit.scaled_matmul {{.*}} tensor<2x2x!lowbit.affine<8, narrow>>
// PACKED:        lowbit.packed_matmul
// PACKED:        lowbit.packed_matmul
// PACKED-NOT:    lowbit.scaled_matmul

func.func @main(%x: tensor<?x2xf32>, %init: tensor<?x2xf32>) -> tensor<?x2xf32> {
  %s = arith.constant dense<0.5> : tensor<1x1xf32>
  %q = lowbit.quantize %x scale %s : (tensor<?x2xf32>, tensor<1x1xf32>) -> tensor<?x2x!lowbit.affine<4>>
  %fake = lowbit.dequantize %q scale %s : (tensor<?x2x!lowbit.affine<4>>, tensor<1x1xf32>) -> tensor<?x2xf32>
  %fakes = linalg.exp ins(%fake : tensor<?x2xf32>) outs(%init : tensor<?x2xf32>) -> tensor<?x2xf32>
  %codes = lowbit.constant dense<[[1, 0], [-1, 1]]> : tensor<2x2xi8> -> tensor<2x2x!lowbit.ternary>
  %w = lowbit.dequantize %codes scale %s : (tensor<2x2x!lowbit.ternary>, tensor<1x1xf32>) -> tensor<2x2xf32>
  %y = linalg.matmul indexing_maps = [affine_map<(m, n, k) -> (m, k)>, affine_map<(m, n, k) -> (n, k)>, affine_map<(m, n, k) -> (m, n)>]
      ins(%fakes, %w : tensor<?x2xf32>, tensor<2x2xf32>) outs(%init : tensor<?x2xf32>) -> tensor<?x2xf32> loc("codes")
  %v = arith.constant dense<[[1.0, -1.0], [0.0, 1.0]]> : tensor<2x2xf32>
  %z = linalg.matmul ins(%y, %v : tensor<?x2xf32>, tensor<2x2xf32>) outs(%init : tensor<?x2xf32>) -> tensor<?x2xf32> loc("float")
  return %z : tensor<?x2xf32>
}

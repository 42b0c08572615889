// RUN: lowbit-opt %s > %t.before
// RUN: lowbit-opt %s --lowbit-carry-in-place | diff - %t.before
// RUN: lowbit-opt %s --lowbit-decompose-aggregated-ops | diff - %t.before
// RUN: lowbit-opt %s --lowbit-emit-kernels | diff - %t.before
// RUN: lowbit-opt %s --lowbit-fold-zero-points | diff - %t.before
// RUN: lowbit-opt %s --lowbit-fold-zero-points=rebias-unsigned | diff - %t.before
// RUN: lowbit-opt %s --lowbit-insert-profile-points | diff - %t.before
// RUN: lowbit-opt %s --lowbit-lower-to-reference | diff - %t.before
// RUN: lowbit-opt %s --lowbit-pack-weights | diff - %t.before
// RUN: lowbit-opt %s --lowbit-parallel-to-runtime | diff - %t.before
// RUN: lowbit-opt %s --lowbit-parallelize-rows | diff - %t.before
// RUN: lowbit-opt %s --lowbit-quantize=weights=int8 | diff - %t.before
// RUN: lowbit-opt %s --lowbit-tile-packed-matmul | diff - %t.before
// RUN: lowbit-opt %s --lowbit-verify-stage=stage=imported | diff - %t.before
// RUN: lowbit-opt %s --lowbit-verify-stage=stage=integer | diff - %t.before
// RUN: lowbit-opt %s --lowbit-verify-stage=stage=packed | diff - %t.before
// RUN: lowbit-opt %s --lowbit-verify-stage=stage=quantized | diff - %t.before

// Ops, types and attributes that mean nothing to any pass: quantized elsewhere,
// of other ranks and element types, in blocks, loops and nested modules.

!q = !quant.uniform<i8:f32, 0.5:3>

module attributes {other.layers = 3 : i64} {
  func.func private @external(tensor<*xf32>)

  func.func @quantized_elsewhere(%x: tensor<4x!q>) -> tensor<4xf32> {
    %y = quant.dcast %x : tensor<4x!q> to tensor<4xf32>
    return %y : tensor<4xf32>
  }

  func.func @integers(%x: tensor<2x4xi8>, %w: tensor<4x3xi8>, %init: tensor<2x3xi32>) -> tensor<2x3xi32> {
    %c0 = arith.constant 0 : i32
    %y = linalg.quantized_matmul ins(%x, %w, %c0, %c0 : tensor<2x4xi8>, tensor<4x3xi8>, i32, i32)
        outs(%init : tensor<2x3xi32>) -> tensor<2x3xi32>
    return %y : tensor<2x3xi32>
  }

  func.func @control_flow(%c: i1, %n: index, %x: memref<?xf64>) -> f64 {
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    %zero = arith.constant 0.000000e+00 : f64
    %sum = scf.for %i = %c0 to %n step %c1 iter_args(%s = %zero) -> (f64) {
      %v = memref.load %x[%i] : memref<?xf64>
      %t = arith.addf %s, %v : f64
      scf.yield %t : f64
    }
    cf.cond_br %c, ^one, ^two(%sum : f64)
  ^one:
    cf.br ^two(%zero : f64)
  ^two(%r: f64):
    return %r : f64
  }

  module @nested {
    llvm.func @leaf(%x: i32) -> i32 {
      llvm.return %x : i32
    }
  }
}

// RUN: lowbit-opt %s --lowbit-cpu-pipeline > %t.once
// RUN: FileCheck %s < %t.once
// RUN: FileCheck %s --check-prefix=BYTES < %t.once
// RUN: lowbit-opt %s --lowbit-cpu-pipeline --lowbit-cpu-pipeline > %t.twice
// RUN: FileCheck %s --check-prefix=BYTES < %t.twice
// RUN: lowbit-opt %t.twice --lowbit-cpu-pipeline | diff - %t.twice
// RUN: lowbit-opt %s --lowbit-cpu-pipeline=target=x86-avx512vnni | FileCheck %s --check-prefix=VNNI
// RUN: lowbit-opt %s --lowbit-cpu-pipeline=reference | FileCheck %s --check-prefix=REFERENCE
// RUN: not lowbit-opt %s --lowbit-cpu-pipeline=target=none 2>&1 | FileCheck %s --check-prefix=TARGET

// The second time nothing is left to do but to fold and to inline.
//
// The inputs, the result, weights, workspace and context; then what plans them.
// CHECK:         module attributes {lowbit.layers = [{encoding = "ternary", k = 4 : i64, n = 2 : i64, name = "fc",
// CHECK-SAME:        lowbit.weights = dense_resource<lowbit.weights> : tensor<64xi8>
// CHECK-DAG:     llvm.func @main_plan(
// CHECK-DAG:     llvm.func @_mlir_ciface_main_plan(%{{[^,]*}}: !llvm.ptr, %{{[^,]*}}: !llvm.ptr, %{{[^,]*}}: !llvm.ptr)
// CHECK-DAG:     llvm.func @main(
// CHECK-DAG:     llvm.func @_mlir_ciface_main(%{{[^,]*}}: !llvm.ptr, %{{[^,]*}}: !llvm.ptr, %{{[^,]*}}: !llvm.ptr, %{{[^,]*}}: !llvm.ptr, %{{[^,]*}}: !llvm.ptr, %{{[^,]*}}: !llvm.ptr)
// CHECK-DAG:     llvm.func @lowbit_generic_b2_o1_s1_k0_m1({{.*}} attributes {sym_visibility = "private"}
// BYTES-NOT:     llvm.mlir.global
// BYTES-NOT:     @malloc
// BYTES:         lowbit.weights: "0x40000000{{020100020000020100(00)*}}"
//
// VNNI:          llvm.func @lowbit_x86_avx512vnni_b2_o1_s1_k0_m1(
// REFERENCE-NOT: lowbit_generic
// REFERENCE:     llvm.func @main(
// REFERENCE-NOT: lowbit_generic
// TARGET:        error: expected a target of x86-amx, x86-avx512popcnt, x86-avx512vnni, x86-avxvnni, x86-avx2, arm-i8mm, arm-dotprod, generic or host, but got 'none'

func.func @main(%x: tensor<?x4xi8>, %init: tensor<?x2xi32>) -> tensor<?x2xi32> {
  %a = lowbit.from_storage %x : tensor<?x4xi8> -> tensor<?x4x!lowbit.affine<8>>
  %w = lowbit.constant dense<[[1, 0, -1, 1], [-1, -1, 1, 0]]> : tensor<2x4xi8> -> tensor<2x4x!lowbit.ternary>
  %y = lowbit.matmul %a, %w init %init {layer = "fc"}
      : (tensor<?x4x!lowbit.affine<8>>, tensor<2x4x!lowbit.ternary>, tensor<?x2xi32>) -> tensor<?x2xi32> loc("fc")
  %z = call @negate(%y) : (tensor<?x2xi32>) -> tensor<?x2xi32>
  return %z : tensor<?x2xi32>
}

func.func private @negate(%x: tensor<?x2xi32>) -> tensor<?x2xi32> {
  %zero = arith.constant 0 : i32
  %y = linalg.generic {indexing_maps = [affine_map<(i, j) -> (i, j)>], iterator_types = ["parallel", "parallel"]} outs(%x : tensor<?x2xi32>) {
  ^bb0(%v: i32):
    %n = arith.subi %zero, %v : i32
    linalg.yield %n : i32
  } -> tensor<?x2xi32>
  return %y : tensor<?x2xi32>
}

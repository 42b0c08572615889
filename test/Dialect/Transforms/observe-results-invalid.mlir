// RUN: lowbit-opt %s --lowbit-observe-results --split-input-file --verify-diagnostics

func.func @lost_name(%a: tensor<?x4x!lowbit.affine<8>>, %w: tensor<2x4x!lowbit.ternary>, %init: tensor<?x2xi32>) -> tensor<?x2xi32> {
  // expected-error@+1 {{expected a location that names layer 'fc1', but got none (modules are printed with --mlir-print-debuginfo)}}
  %y = lowbit.matmul %a, %w init %init {layer = "fc1"} : (tensor<?x4x!lowbit.affine<8>>, tensor<2x4x!lowbit.ternary>, tensor<?x2xi32>) -> tensor<?x2xi32>
  return %y : tensor<?x2xi32>
}

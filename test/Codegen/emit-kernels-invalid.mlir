// RUN: lowbit-opt %s --lowbit-emit-kernels --split-input-file --verify-diagnostics
// RUN: not lowbit-opt %s --lowbit-emit-kernels=target=x86-amiga 2>&1 | FileCheck %s
// RUN: not lowbit-opt %s --lowbit-narrow-activations=target=x86-amiga 2>&1 | FileCheck %s

// CHECK: error: expected a target of x86-amx, x86-avx512popcnt, x86-avx512vnni, x86-avxvnni, x86-avx2, arm-i8mm, arm-dotprod, generic or host, but got 'x86-amiga'

func.func @tensors(%a: tensor<?x4xi8>, %sums: tensor<?x1xi32>, %w: tensor<1x64xi8>, %y: tensor<?x2xi32>) -> tensor<?x2xi32> {
  // expected-error@+1 {{expected buffers, but got tensors}}
  %z = lowbit.packed_matmul <field_bits = 2, code_offset = 1> %a, %sums, %w into %y
      : (tensor<?x4xi8>, tensor<?x1xi32>, tensor<1x64xi8>, tensor<?x2xi32>) -> tensor<?x2xi32>
  return %z : tensor<?x2xi32>
}

// -----

func.func @tensors_of_activations(%x: tensor<?x4xi8>, %a: tensor<?x4xi8>, %sums: tensor<?x1xi32>) -> (tensor<?x4xi8>, tensor<?x1xi32>) {
  // expected-error@+1 {{expected buffers, but got tensors}}
  %p:2 = lowbit.pack_activations %x into %a, %sums as !lowbit.affine<8>
      : (tensor<?x4xi8>, tensor<?x4xi8>, tensor<?x1xi32>) -> (tensor<?x4xi8>, tensor<?x1xi32>)
  return %p#0, %p#1 : tensor<?x4xi8>, tensor<?x1xi32>
}

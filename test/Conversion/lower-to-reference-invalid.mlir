// RUN: lowbit-opt %s --lowbit-lower-to-reference --split-input-file --verify-diagnostics

func.func @packed_matmul_on_buffers(%a: memref<2x68xi8>, %r: memref<2x1xi32>, %w: memref<1x1088xi8>,
                                    %init: memref<2x16xi32>) {
  // expected-error@+1 {{failed to legalize operation 'lowbit.packed_matmul' that was explicitly marked illegal}}
  lowbit.packed_matmul <field_bits = 2, code_offset = 1> %a, %r, %w into %init
      : (memref<2x68xi8>, memref<2x1xi32>, memref<1x1088xi8>, memref<2x16xi32>) -> ()
  return
}

// -----

func.func @pack_activations_on_buffers(%x: memref<2x70xi8>, %codes: memref<2x72xi8>, %sums: memref<2x1xi32>) {
  // expected-error@+1 {{failed to legalize operation 'lowbit.pack_activations' that was explicitly marked illegal}}
  lowbit.pack_activations %x into %codes, %sums as !lowbit.affine<8>
      : (memref<2x70xi8>, memref<2x72xi8>, memref<2x1xi32>) -> ()
  return
}

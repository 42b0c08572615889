// RUN: lowbit-opt %S/ops.mlir > %t.text
// RUN: lowbit-opt %S/ops.mlir --emit-bytecode -o %t.mlirbc
// RUN: lowbit-opt %t.mlirbc > %t.read
// RUN: diff %t.text %t.read
// RUN: FileCheck %s < %t.read
// RUN: lowbit-opt %S/../../examples/digits/models/float.mlir --lowbit-quantize-pipeline=weights=int8 -o %t.text
// RUN: lowbit-opt %t.text --emit-bytecode -o %t.mlirbc
// RUN: lowbit-opt %t.mlirbc | diff %t.text -
// RUN: lowbit-compile %t.mlirbc -o %t.so

// Bytecode loses nothing of what ops.mlir has: types, attributes, resources.

// CHECK: !lowbit.codebook<3>
// CHECK: #lowbit.layout<field_bits = 1, code_offset = 1, code_step = 2, scale = bf16, terms = 2, offset = true>
// CHECK: dense_resource<codes> : tensor<3xi8>
// CHECK: lowbit.packed_matmul
// CHECK: codes: "0x01000000F80007"

// RUN: lowbit-opt %s --lowbit-plan-memory --split-input-file --verify-diagnostics

func.func @first(%x: memref<4xf32>) {
  return
}
// expected-error@+1 {{expected one public function, but got 'first' and 'second'}}
func.func @second(%x: memref<4xf32>) {
  return
}

// -----

func.func @main(%x: memref<4xf32>) {
  call @helper(%x) : (memref<4xf32>) -> ()
  return
}
// expected-error@+1 {{expected functions to be inlined, but got 'helper'}}
func.func private @helper(%x: memref<4xf32>) {
  return
}

// -----

// expected-error@+1 {{expected a function of one block}}
func.func @blocks(%x: memref<4xf32>) {
  cf.br ^next
^next:
  return
}

// -----

func.func @scalar_result(%x: memref<4xf32>) -> (memref<4xf32>, index) {
  %c0 = arith.constant 0 : index
  // expected-error@+1 {{expected a dense tensor as result 1, but got 'index'}}
  return %x, %c0 : memref<4xf32>, index
}

// -----

func.func @strided_result(%x: memref<4xf32, strided<[2]>>) -> memref<4xf32, strided<[2]>> {
  // expected-error@+1 {{expected a dense tensor as result 0, but got 'memref<4xf32, strided<[2]>>'}}
  return %x : memref<4xf32, strided<[2]>>
}

// -----

func.func @size_from_data(%x: memref<4xindex>) {
  %c0 = arith.constant 0 : index
  // expected-error@+1 {{expected a size that depends only on the shapes of the inputs}}
  %n = memref.load %x[%c0] : memref<4xindex>
  %a = memref.alloc(%n) : memref<?xf32>
  memref.dealloc %a : memref<?xf32>
  return
}

// -----

func.func @result_size_from_data(%x: memref<4xindex>) -> memref<?xf32> {
  %c0 = arith.constant 0 : index
  // expected-error@+1 {{expected a size that depends only on the shapes of the inputs}}
  %n = memref.load %x[%c0] : memref<4xindex>
  %a = memref.alloc(%n) : memref<?xf32>
  return %a : memref<?xf32>
}

// -----

func.func @unknown_view(%x: memref<4xf32>, %shape: memref<1xindex>) -> memref<?xf32> {
  // expected-error@+1 {{expected a size that depends only on the shapes of the inputs}}
  %y = memref.reshape %x(%shape) : (memref<4xf32>, memref<1xindex>) -> memref<?xf32>
  return %y : memref<?xf32>
}

// -----

func.func @packed_rows_from_data(%x: memref<?x4xi8>, %z: memref<?x4xi8>, %s: memref<?x1xi32>, %w: memref<1x64xi8>, %y: memref<?x2xi32>, %c: i1) {
  // expected-error@+1 {{expected a size that depends only on the shapes of the inputs}}
  %a = arith.select %c, %x, %z : memref<?x4xi8>
  lowbit.packed_matmul <field_bits = 2, code_offset = 1> %a, %s, %w into %y
      : (memref<?x4xi8>, memref<?x1xi32>, memref<1x64xi8>, memref<?x2xi32>) -> ()
  return
}

// -----

func.func @size_from_loop(%n: index) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %zero = arith.constant 0.0 : f32
  scf.for %i = %c0 to %n step %c1 {
    // expected-error@+1 {{expected a size known before the loop, but got 'memref<?xf32>'}}
    %a = memref.alloc(%i) : memref<?xf32>
    memref.store %zero, %a[%c0] : memref<?xf32>
  }
  return
}

// -----

func.func @carried(%n: index, %x: memref<4xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  scf.for %i = %c0 to %n step %c1 iter_args(%last = %x) -> memref<4xf32> {
    // expected-error@+1 {{expected a buffer that is not carried to the next iteration}}
    %a = memref.alloc() : memref<4xf32>
    linalg.exp ins(%last : memref<4xf32>) outs(%a : memref<4xf32>)
    scf.yield %a : memref<4xf32>
  }
  return
}

// -----

func.func @dynamic_in_parallel(%n: index) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %zero = arith.constant 0.0 : f32
  scf.parallel (%i) = (%c0) to (%n) step (%c1) {
    // expected-error@+1 {{expected a buffer of bounded size inside a parallel loop, but got 'memref<?xf32>'}}
    %a = memref.alloc(%n) : memref<?xf32>
    memref.store %zero, %a[%c0] : memref<?xf32>
  }
  return
}

// -----

func.func @overflow_in_parallel(%n: index) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %zero = arith.constant 0.0 : f32
  scf.parallel (%i) = (%c0) to (%n) step (%c1) {
    // expected-error@+1 {{expected a buffer of bounded size inside a parallel loop, but got 'memref<4611686018427387904xf32>'}}
    %a = memref.alloc() : memref<4611686018427387904xf32>
    memref.store %zero, %a[%c0] : memref<4611686018427387904xf32>
  }
  return
}

// -----

func.func @elements() {
  // expected-error@+1 {{expected elements of integers or floats, but got 'memref<4xcomplex<f32>>'}}
  %a = memref.alloc() : memref<4xcomplex<f32>>
  memref.dealloc %a : memref<4xcomplex<f32>>
  return
}

// -----

// expected-error@+1 {{expected a constant, but got a variable}}
memref.global "private" @variable : memref<4xf32> = dense<1.0>
func.func @main() {
  return
}

// -----

// expected-error@+1 {{expected a constant, but got a variable}}
memref.global "private" @uninitialized : memref<4xf32> = uninitialized
func.func @main() {
  return
}

// -----

// expected-error@+1 {{expected a constant of 1, 2, 4 or 8 bytes per element, but got 'memref<4xi3>'}}
memref.global "private" constant @bits : memref<4xi3> = dense<1>
func.func @main() {
  return
}

// -----

// expected-error@+1 {{expected 16 bytes of constant data, but got 4}}
memref.global "private" constant @short : memref<4xf32> = dense_resource<r>
func.func @main() {
  return
}

{-#
  dialect_resources: {
    builtin: {
      r: "0x0400000000000000"
    }
  }
#-}

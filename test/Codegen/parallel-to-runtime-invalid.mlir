// RUN: lowbit-opt %s --lowbit-parallel-to-runtime --split-input-file --verify-diagnostics

func.func @reduction(%context: !llvm.ptr) -> f32 {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c4 = arith.constant 4 : index
  %zero = arith.constant 0.0 : f32
  // expected-error@+1 {{expected no reductions}}
  %sum = scf.parallel (%i) = (%c0) to (%c4) step (%c1) init (%zero) -> f32 {
    scf.reduce(%zero : f32) {
    ^bb0(%a: f32, %b: f32):
      %c = arith.addf %a, %b : f32
      scf.reduce.return %c : f32
    }
  }
  return %sum : f32
}

// -----

func.func @no_context(%x: memref<4xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c4 = arith.constant 4 : index
  // expected-error@+1 {{expected a function whose last argument is the context}}
  scf.parallel (%i) = (%c0) to (%c4) step (%c1) {
  }
  return
}

// -----

func.func @no_arguments() {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  // expected-error@+1 {{expected a function whose last argument is the context}}
  scf.parallel (%i) = (%c0) to (%c1) step (%c1) {
  }
  return
}

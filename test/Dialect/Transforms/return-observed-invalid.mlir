// RUN: lowbit-opt %s --lowbit-return-observed --split-input-file --verify-diagnostics

func.func private @callee(%x: tensor<?x4xf32>) -> tensor<?x4xf32> {
  // expected-error@+1 {{'lowbit.observe' op expected to be in the one block of a public function}}
  %a = lowbit.observe %x "fc1" : tensor<?x4xf32>
  return %a : tensor<?x4xf32>
}

// -----

func.func @nested(%x: tensor<?x4xf32>, %c: i1) -> tensor<?x4xf32> {
  %y = scf.if %c -> tensor<?x4xf32> {
    // expected-error@+1 {{'lowbit.observe' op expected to be in the one block of a public function}}
    %a = lowbit.observe %x "fc1" : tensor<?x4xf32>
    scf.yield %a : tensor<?x4xf32>
  } else {
    scf.yield %x : tensor<?x4xf32>
  }
  return %y : tensor<?x4xf32>
}

// RUN: lowbit-opt %s --lowbit-verify-bufferizable --split-input-file --verify-diagnostics

func.func @fine(%x: tensor<?xf32>, %c: i1, %n: index) -> tensor<?xf32> {
  %y = scf.if %c -> tensor<?xf32> {
    %e = tensor.empty(%n) : tensor<?xf32>
    %z = linalg.exp ins(%x : tensor<?xf32>) outs(%e : tensor<?xf32>) -> tensor<?xf32>
    scf.yield %z : tensor<?xf32>
  } else {
    scf.yield %x : tensor<?xf32>
  }
  return %y : tensor<?xf32>
}

// -----

func.func @other_dialect(%x: tensor<4xf32>) -> tensor<4xf32> {
  // expected-error@+1 {{expected an op that has a lowering, but got tosa.abs}}
  %y = tosa.abs %x : (tensor<4xf32>) -> tensor<4xf32>
  %z = tosa.exp %y : (tensor<4xf32>) -> tensor<4xf32>
  return %z : tensor<4xf32>
}

// -----

func.func @in_a_region(%x: tensor<4xf32>, %c: i1) -> tensor<4xf32> {
  %y = scf.if %c -> tensor<4xf32> {
    // expected-error@+1 {{expected an op that has a lowering, but got tosa.abs}}
    %z = tosa.abs %x : (tensor<4xf32>) -> tensor<4xf32>
    scf.yield %z : tensor<4xf32>
  } else {
    scf.yield %x : tensor<4xf32>
  }
  return %y : tensor<4xf32>
}

// -----

func.func @only_a_result() -> tensor<1xindex> {
  // expected-error@+1 {{expected an op that has a lowering, but got shape.const_shape}}
  %y = shape.const_shape [4] : tensor<1xindex>
  return %y : tensor<1xindex>
}

// -----

#compressed = #sparse_tensor.encoding<{map = (i) -> (i : compressed)}>
func.func @sparse(%x: tensor<4xf32>) -> tensor<4xf32, #compressed> {
  // expected-error@+1 {{expected dense tensors, but got 'tensor<4xf32, #sparse_tensor.encoding<{ map = (d0) -> (d0 : compressed) }>>'}}
  %y = sparse_tensor.convert %x : tensor<4xf32> to tensor<4xf32, #compressed>
  return %y : tensor<4xf32, #compressed>
}

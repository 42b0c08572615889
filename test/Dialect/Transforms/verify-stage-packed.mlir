// RUN: lowbit-opt %s --lowbit-verify-stage="stage=packed" --split-input-file --verify-diagnostics

// expected-error@+1 {{expected no code types after the packed stage, but got 'tensor<?x2x!lowbit.affine<8>>'}}
func.func @argument(%a: tensor<?x2x!lowbit.affine<8>>) {
  return
}

// -----

func.func @result() {
  // expected-error@+1 {{expected no code types after the packed stage, but got 'tensor<2x!lowbit.ternary>'}}
  %w = lowbit.constant dense<1> : tensor<2xi8> -> tensor<2x!lowbit.ternary>
  return
}

// -----

func.func @operand(%x: tensor<2xi8>) -> tensor<2xi8> {
  // expected-error@+1 {{expected no code types after the packed stage, but got 'tensor<2x!lowbit.ternary>'}}
  %w = lowbit.from_storage %x : tensor<2xi8> -> tensor<2x!lowbit.ternary>
  %y = lowbit.to_storage %w : tensor<2x!lowbit.ternary> -> tensor<2xi8>
  return %y : tensor<2xi8>
}

// -----

// A code type as an attribute says how bytes are to be read.
func.func @attribute(%x: tensor<?x4xi8>, %codes: tensor<?x4xi8>, %sums: tensor<?x1xi32>) -> tensor<?x4xi8> {
  %a:2 = lowbit.pack_activations %x into %codes, %sums as !lowbit.affine<8>
      : (tensor<?x4xi8>, tensor<?x4xi8>, tensor<?x1xi32>) -> (tensor<?x4xi8>, tensor<?x1xi32>)
  return %a#0 : tensor<?x4xi8>
}

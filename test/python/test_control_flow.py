"""Softmax and loops that carry tensors, compiled, against NumPy."""

from __future__ import annotations

import numpy as np
import pytest
from artifact import ERROR_SHAPE, Artifact, StatusError, compile_text

SOFTMAX = """
func.func @softmax(%x: tensor<?x7xf32>) -> tensor<?x7xf32> {
  %c0 = arith.constant 0 : index
  %m = tensor.dim %x, %c0 : tensor<?x7xf32>
  %e = tensor.empty(%m) : tensor<?x7xf32>
  %y = linalg.softmax dimension(1) ins(%x : tensor<?x7xf32>)
      outs(%e : tensor<?x7xf32>) -> tensor<?x7xf32>
  return %y : tensor<?x7xf32>
}
"""

CONSTANTS = """
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c3 = arith.constant 3 : index
  %zero = arith.constant 0.0 : f32
"""

MATMUL = """
    %e = tensor.empty() : tensor<4x4xf32>
    %f = linalg.fill ins(%zero : f32) outs(%e : tensor<4x4xf32>) -> tensor<4x4xf32>
    %b = linalg.matmul ins(%a, %x : tensor<4x4xf32>, tensor<4x4xf32>)
        outs(%f : tensor<4x4xf32>) -> tensor<4x4xf32>
"""

# a = a @ x, three times.
FOR = f"""
func.func @power(%x: tensor<4x4xf32>) -> tensor<4x4xf32> {{{CONSTANTS}
  %y = scf.for %i = %c0 to %c3 step %c1 iter_args(%a = %x) -> tensor<4x4xf32> {{{MATMUL}
    scf.yield %b : tensor<4x4xf32>
  }}
  return %y : tensor<4x4xf32>
}}
"""

WHILE = f"""
func.func @power(%x: tensor<4x4xf32>) -> tensor<4x4xf32> {{{CONSTANTS}
  %y:2 = scf.while (%a = %x, %i = %c0) : (tensor<4x4xf32>, index) -> (tensor<4x4xf32>, index) {{
    %c = arith.cmpi ult, %i, %c3 : index
    scf.condition(%c) %a, %i : tensor<4x4xf32>, index
  }} do {{
  ^bb0(%a: tensor<4x4xf32>, %i: index):{MATMUL}
    %j = arith.addi %i, %c1 : index
    scf.yield %b, %j : tensor<4x4xf32>, index
  }}
  return %y#0 : tensor<4x4xf32>
}}
"""

# a = a ** 2, b = b + a, three times, of any length.
TWO = f"""
func.func @two(%x: tensor<?xf32>, %y: tensor<?xf32>) -> tensor<?xf32> {{{CONSTANTS}
  %z:2 = scf.for %i = %c0 to %c3 step %c1 iter_args(%a = %x, %b = %y)
      -> (tensor<?xf32>, tensor<?xf32>) {{
    %n = tensor.dim %b, %c0 : tensor<?xf32>
    %e = tensor.empty(%n) : tensor<?xf32>
    %s = linalg.add ins(%a, %b : tensor<?xf32>, tensor<?xf32>) outs(%e : tensor<?xf32>)
        -> tensor<?xf32>
    %m = tensor.dim %a, %c0 : tensor<?xf32>
    %f = tensor.empty(%m) : tensor<?xf32>
    %t = linalg.square ins(%a : tensor<?xf32>) outs(%f : tensor<?xf32>) -> tensor<?xf32>
    scf.yield %t, %s : tensor<?xf32>, tensor<?xf32>
  }}
  return %z#1 : tensor<?xf32>
}}
"""
SWAP = f"""
func.func @swap(%x: tensor<3xf32>, %y: tensor<3xf32>) -> tensor<3xf32> {{{CONSTANTS}
  %z:2 = scf.for %i = %c0 to %c3 step %c1 iter_args(%a = %x, %b = %y)
      -> (tensor<3xf32>, tensor<3xf32>) {{
    scf.yield %b, %a : tensor<3xf32>, tensor<3xf32>
  }}
  return %z#0 : tensor<3xf32>
}}
"""


def compiled(text, tmp_path):
    return Artifact(compile_text(text, tmp_path / "model.so"))


@pytest.mark.parametrize("m", [0, 1, 5])
def test_softmax(m, tmp_path):
    x = np.random.default_rng(m).normal(0, 30, (m, 7)).astype(np.float32)
    (y,) = compiled(SOFTMAX, tmp_path).run([x])
    exps = np.exp(x.astype(np.float64) - x.max(1, initial=-np.inf, keepdims=True))
    np.testing.assert_allclose(y, exps / exps.sum(1, keepdims=True), rtol=1e-5, atol=1e-30)


@pytest.mark.parametrize("text", [FOR, WHILE], ids=["for", "while"])
def test_loop_carries_a_matrix(text, tmp_path):
    # Small integers, so that every order of the sums is exact.
    x = np.random.default_rng(0).integers(-3, 4, (4, 4)).astype(np.float32)
    (y,) = compiled(text, tmp_path).run([x])
    np.testing.assert_array_equal(y, x @ x @ x @ x)


@pytest.mark.parametrize("n", [0, 1, 9])
def test_loop_carries_two_of_any_length(n, tmp_path):
    x, y = np.arange(n, dtype=np.float32), np.arange(n, dtype=np.float32) ** 2
    (z,) = compiled(TWO, tmp_path).run([x, y])
    np.testing.assert_array_equal(z, y + x + x**2 + x**4)


def test_loop_of_two_lengths(tmp_path):
    with pytest.raises(StatusError) as status:
        compiled(TWO, tmp_path).run([np.zeros(3, np.float32), np.zeros(4, np.float32)])
    assert status.value.code == ERROR_SHAPE


def test_loop_swaps(tmp_path):
    x, y = np.float32([1, 2, 3]), np.float32([4, 5, 6])
    (z,) = compiled(SWAP, tmp_path).run([x, y])
    np.testing.assert_array_equal(z, y)

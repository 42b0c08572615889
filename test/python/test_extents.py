"""Extents of inputs that do not fit one another end with a status, wherever they meet."""

from __future__ import annotations

import numpy as np
import pytest
from artifact import ERROR_SHAPE, TARGETS, Artifact, StatusError, chain_text, compile_text
from targets import lacks

CODES = "!lowbit.affine<8>"
WEIGHTS = """
  %w = lowbit.constant dense<[[1, 0, -1, 1], [-1, -1, 1, 0]]> : tensor<2x4xi8>
      -> tensor<2x4x!lowbit.ternary>
"""
MATMUL = f"""
  %y = lowbit.matmul %a, %w init %init
      : (tensor<?x4x{CODES}>, tensor<2x4x!lowbit.ternary>, tensor<?x2xi32>) -> tensor<?x2xi32>
"""
HEAD = f"""
func.func @main(%x: tensor<?x4xi8>, %init: tensor<?x2xi32>) -> tensor<?x2xi32> {{{WEIGHTS}
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c2 = arith.constant 2 : index
  %a = lowbit.from_storage %x : tensor<?x4xi8> -> tensor<?x4x{CODES}>
"""
PLAIN = f"{HEAD}{MATMUL}  return %y : tensor<?x2xi32>\n}}"
# init + 2 * product
FOR = (
    f"{HEAD}  %z = scf.for %i = %c0 to %c2 step %c1 iter_args(%b = %init) -> tensor<?x2xi32> {{"
    f"{MATMUL.replace('%init', '%b')}    scf.yield %y : tensor<?x2xi32>\n  }}\n"
    "  return %z : tensor<?x2xi32>\n}"
)
FORALL = f"""{HEAD}
  %m = tensor.dim %init, %c0 : tensor<?x2xi32>
  %z = scf.forall (%i) in (1) shared_outs(%b = %init) -> tensor<?x2xi32> {{
{MATMUL.replace("%init", "%b")}
    scf.forall.in_parallel {{
      tensor.parallel_insert_slice %y into %b[0, 0] [%m, 2] [1, 1]
          : tensor<?x2xi32> into tensor<?x2xi32>
    }}
  }}
  return %z : tensor<?x2xi32>
}}"""
PRODUCTS = {"plain": (PLAIN, 1), "for": (FOR, 2), "forall": (FORALL, 1)}

SCALED = f"""
func.func @main(%x: tensor<?x4xi8>, %s: tensor<?x1xf32>, %t: tensor<?x1xi32>) -> tensor<?x2xf32> {{
{WEIGHTS}
  %a = lowbit.from_storage %x : tensor<?x4xi8> -> tensor<?x4x{CODES}>
  %one = arith.constant dense<1.0> : tensor<1x1xf32>
  %y = lowbit.scaled_matmul %a, %w activation_scale %s weight_scale %one
      activation_zero_point %t
      : (tensor<?x4x{CODES}>, tensor<2x4x!lowbit.ternary>, tensor<?x1xf32>, tensor<1x1xf32>,
         tensor<?x1xi32>) -> tensor<?x2xf32>
  return %y : tensor<?x2xf32>
}}
"""
DYNAMIC_K = f"""
func.func @main(%x: tensor<?x?xi8>, %v: tensor<2x?xi8>, %init: tensor<?x2xi32>)
    -> tensor<?x2xi32> {{
  %a = lowbit.from_storage %x : tensor<?x?xi8> -> tensor<?x?x{CODES}>
  %w = lowbit.from_storage %v : tensor<2x?xi8> -> tensor<2x?x{CODES}>
  %y = lowbit.matmul %a, %w init %init
      : (tensor<?x?x{CODES}>, tensor<2x?x{CODES}>, tensor<?x2xi32>) -> tensor<?x2xi32>
  return %y : tensor<?x2xi32>
}}
"""
W = np.array([[1, 0, -1, 1], [-1, -1, 1, 0]])

targets = pytest.mark.parametrize(
    "options", [[f"--target={target}"] for target in TARGETS], ids=" ".join
)


def compiled(text, options, tmp_path):
    reason = lacks(options[0].partition("=")[2] or "generic")
    if reason:
        pytest.skip(reason)
    return Artifact(compile_text(text, tmp_path / "model.so", *options))


def codes(m, k=4):
    return np.arange(m * k, dtype=np.int8).reshape(m, k)


def sums(m):
    return np.arange(m * 2, dtype=np.int32).reshape(m, 2)


def assert_rejected(model, arrays):
    with pytest.raises(StatusError) as status:
        model.run(arrays)
    assert status.value.code == ERROR_SHAPE


@targets
@pytest.mark.parametrize("text, times", PRODUCTS.values(), ids=PRODUCTS.keys())
def test_rows_of_init(text, times, options, tmp_path):
    model = compiled(text, options, tmp_path)
    for m in (0, 1, 3, 17):
        (y,) = model.run([codes(m), sums(m)])
        np.testing.assert_array_equal(y, sums(m) + times * (codes(m) @ W.T))
    for m, n in ((1, 3), (3, 1), (17, 16), (0, 1)):
        assert_rejected(model, [codes(m), sums(n)])


@targets
def test_rows_of_scales(options, tmp_path):
    model = compiled(SCALED, options, tmp_path)
    scale, zero = np.full((3, 1), 0.5, np.float32), np.full((3, 1), 2, np.int32)
    (y,) = model.run([codes(3), scale, zero])
    np.testing.assert_array_equal(y, (codes(3) - 2) @ W.T * np.float32(0.5))
    assert_rejected(model, [codes(3), scale[:2], zero])
    assert_rejected(model, [codes(3), scale, zero[:2]])
    assert_rejected(model, [codes(2), scale, zero])


@targets
def test_depth(options, tmp_path):
    model = compiled(DYNAMIC_K, options, tmp_path)
    for k in (1, 4, 7):
        v = np.ones((2, k), np.int8)
        (y,) = model.run([codes(3, k), v, sums(3)])
        np.testing.assert_array_equal(y, sums(3) + codes(3, k).astype(int) @ v.T)
    # What differs after padding to fours.
    for k, n in ((4, 5), (5, 4), (64, 1)):
        assert_rejected(model, [codes(3, k), np.ones((2, n), np.int8), sums(3)])


RESIDUAL = """
#id = affine_map<(m, n) -> (m, n)>
func.func @main(%x: tensor<?x8xf32>, %r: tensor<?x4xf32>) -> tensor<?x4xf32> {
  %c0 = arith.constant 0 : index
  %zero = arith.constant 0.0 : f32
  %w = arith.constant dense<1.0> : tensor<8x4xf32>
  %m = tensor.dim %x, %c0 : tensor<?x8xf32>
  %e = tensor.empty(%m) : tensor<?x4xf32>
  %i = linalg.fill ins(%zero : f32) outs(%e : tensor<?x4xf32>) -> tensor<?x4xf32>
  %y = linalg.matmul ins(%x, %w : tensor<?x8xf32>, tensor<8x4xf32>)
      outs(%i : tensor<?x4xf32>) -> tensor<?x4xf32> loc("fc")
  %z = linalg.generic {indexing_maps = [#id, #id, #id], iterator_types = ["parallel", "parallel"]}
      ins(%y, %r : tensor<?x4xf32>, tensor<?x4xf32>) outs(%e : tensor<?x4xf32>) {
  ^bb0(%a: f32, %b: f32, %out: f32):
    %s = arith.addf %a, %b : f32
    linalg.yield %s : f32
  } -> tensor<?x4xf32>
  return %z : tensor<?x4xf32>
}
"""


@targets
def test_rows_that_join_a_tile(options, tmp_path):
    """Of what is added to a layer, tile by tile."""
    model = compiled(RESIDUAL, [*options, "--weights=ternary"], tmp_path)
    for m in (0, 1, 300, 1000):
        x, r = np.ones((m, 8), np.float32), np.ones((m, 4), np.float32)
        (y,) = model.run([x, r])
        np.testing.assert_allclose(y, np.full((m, 4), 9), 1e-6)
    for m, n in ((1, 2), (2, 1), (300, 299), (1000, 1), (256, 0)):
        x, r = np.ones((m, 8), np.float32), np.ones((n, 4), np.float32)
        assert_rejected(model, [x, r])


def test_more_rows_than_32_bits_count(tmp_path):
    text = chain_text([3, 5, 4])
    model = Artifact(compile_text(text, tmp_path / "chain.so", "--weights=int4"))
    few, more = (model.plan((m, 3))[1] for m in (64, 128))
    for m in (2**31, 2**32, 2**40):
        shape, workspace_bytes = model.plan((m, 3))
        assert shape == (m, 4)
        assert workspace_bytes == few + (m // 64 - 1) * (more - few)
    for m in (2**60, 2**62, 2**63 - 1):  # of which 64 bits do not hold the bytes
        with pytest.raises(StatusError) as refused:
            model.plan((m, 3))
        assert refused.value.code == ERROR_SHAPE

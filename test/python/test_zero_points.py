"""Weights and a bias that layers with different zero points share: compiled = integers."""

from __future__ import annotations

import numpy as np
import pytest
from artifact import TARGETS, Artifact, compile_text, dense
from targets import lacks

N, K = 19, 37
CODES = {
    "!lowbit.affine<8>": (-128, 127),
    "!lowbit.affine<8, unsigned>": (0, 255),
    "!lowbit.affine<3, unsigned>": (0, 7),
}
A8, U8, U3 = CODES


def draw(rng: np.random.Generator, code: str, shape: tuple) -> np.ndarray:
    """Codes, most of them at both ends."""
    low, high = CODES[code]
    ends = np.where(rng.integers(2, size=shape) == 0, low, high)
    return np.where(rng.integers(4, size=shape) == 0, rng.integers(low, high + 1, shape), ends)


def write_module(weights: np.ndarray, zw: np.ndarray | None, bias: np.ndarray, code: str) -> str:
    """Four products of one weight: za none, constant, of run time per tensor and per row."""
    zero_points = {
        "none": "",
        "constant": "activation_zero_point %z",
        "tensor": "activation_zero_point %zt",
        "row": "activation_zero_point %zr",
    }
    types = {"none": "", "constant": "1x1", "tensor": "1x1", "row": "?x1"}
    result = f"tensor<?x{N}xi32>"
    zw_text, zw_type = (
        ("weight_zero_point %zw", f", tensor<{N}x1xi32>") if zw is not None else ("", "")
    )
    products = []
    for i, (kind, text) in enumerate(zero_points.items()):
        type = f", tensor<{types[kind]}xi32>" if types[kind] else ""
        products.append(
            f"  %y{i} = lowbit.matmul %a, %w {text} {zw_text} init %bias_rows"
            f" : (tensor<?x{K}x{code}>, tensor<{N}x{K}x{A8}>{type}{zw_type}, {result}) -> {result}"
        )
    low = CODES[code][0]
    return f"""
func.func @main(%storage: tensor<?x{K}xi8>, %zt: tensor<1x1xi32>, %zr: tensor<?x1xi32>)
    -> ({", ".join([result] * 4)}) {{
  %c0 = arith.constant 0 : index
  %m = tensor.dim %storage, %c0 : tensor<?x{K}xi8>
  %z = arith.constant dense<{low + 3}> : tensor<1x1xi32>
  {"" if zw is None else f"%zw = arith.constant {dense(zw, 'i32')}"}
  %bias = arith.constant {dense(bias, "i32")}
  %empty = tensor.empty(%m) : {result}
  %bias_rows = linalg.broadcast ins(%bias : tensor<{N}xi32>) outs(%empty : {result})
      dimensions = [0]
  %w = lowbit.constant {dense(weights.astype(np.int8), "i8")} -> tensor<{N}x{K}x{A8}>
  %a = lowbit.from_storage %storage : tensor<?x{K}xi8> -> tensor<?x{K}x{code}>
{chr(10).join(products)}
  return %y0, %y1, %y2, %y3 : {", ".join([result] * 4)}
}}
"""


@pytest.fixture(params=["reference", *TARGETS])
def options(request):
    if request.param == "reference":
        return ["--reference"]
    if missing := lacks(request.param):
        pytest.skip(f"expected a processor with {missing}")
    return [f"--target={request.param}"]


@pytest.mark.parametrize("has_weight_zero_point", [False, True])
@pytest.mark.parametrize("code", CODES)
def test_shared_weights(code, has_weight_zero_point, options, tmp_path):
    rng = np.random.default_rng(3)
    weights = draw(rng, A8, (N, K))
    zw = draw(rng, A8, (N, 1)).astype(np.int32) if has_weight_zero_point else None
    bias = rng.integers(-(2**31), 2**31, N, dtype=np.int64).astype(np.int32)
    text = write_module(weights, zw, bias, code)
    model = Artifact(compile_text(text, tmp_path / "model.so", *options))
    for m in (0, 1, 2, 7):
        a, zt, zr = (draw(rng, code, shape) for shape in ((m, K), (1, 1), (m, 1)))
        storage = a.astype(np.uint8).view(np.int8)
        results = model.run([storage, zt.astype(np.int32), zr.astype(np.int32)])
        for za, result in zip([0, CODES[code][0] + 3, zt, zr], results):
            exact = (a - za) @ (weights - (0 if zw is None else zw)).T + bias.astype(np.int64)
            expected = exact.astype(np.uint32).view(np.int32)
            np.testing.assert_array_equal(result, expected)

"""Attention whose products of run-time operands are reals, or codes."""

from __future__ import annotations

import numpy as np
import pytest
from artifact import ERROR_SHAPE, TARGETS, Artifact, StatusError, compile_text, lacks

pytestmark = pytest.mark.sampled

HEADS, TOKENS, DEPTH = 3, 21, 40


def attention_text(tokens: str = str(TOKENS)) -> str:
    """@main(q, k, v): softmax(q k^T) v for each head."""
    x, s = f"tensor<{HEADS}x{tokens}x{DEPTH}xf32>", f"tensor<{HEADS}x{tokens}x{tokens}xf32>"
    sizes = "%m, %n" if tokens == "?" else ""
    rows = "%m" if tokens == "?" else ""
    return f"""
func.func @main(%q: {x}, %k: {x}, %v: {x}) -> {x} {{
  %c1 = arith.constant 1 : index
  %zero = arith.constant 0.0 : f32
  %m = tensor.dim %q, %c1 : {x}
  %n = tensor.dim %k, %c1 : {x}
  %e = tensor.empty({sizes}) : {s}
  %i = linalg.fill ins(%zero : f32) outs(%e : {s}) -> {s}
  %s = linalg.batch_matmul indexing_maps = [affine_map<(b, m, n, k) -> (b, m, k)>,
      affine_map<(b, m, n, k) -> (b, n, k)>, affine_map<(b, m, n, k) -> (b, m, n)>]
    ins(%q, %k : {x}, {x}) outs(%i : {s}) -> {s} loc("scores")
  %p = linalg.softmax dimension(2) ins(%s : {s}) outs(%e : {s}) -> {s}
  %f = tensor.empty({rows}) : {x}
  %j = linalg.fill ins(%zero : f32) outs(%f : {x}) -> {x}
  %y = linalg.batch_matmul ins(%p, %v : {s}, {x}) outs(%j : {x}) -> {x} loc("values")
  return %y : {x}
}}
"""


def make_inputs(tokens: int = TOKENS) -> list[np.ndarray]:
    rng = np.random.default_rng(4)
    return [rng.standard_normal((HEADS, tokens, DEPTH)).astype(np.float32) for _ in range(3)]


def attend(inputs: list[np.ndarray]) -> np.ndarray:
    q, k, v = (array.astype(np.float64) for array in inputs)
    scores = np.exp(q @ k.swapaxes(1, 2))
    return scores / scores.sum(axis=2, keepdims=True) @ v


def build(folder, text: str, *options: str) -> Artifact:
    output = folder / f"model{len(list(folder.iterdir()))}.so"
    return Artifact(compile_text(text, output, "--no-fallback", *options))


@pytest.mark.parametrize("target", TARGETS)
def test_reals(tmp_path, target):
    if missing := lacks(target):
        pytest.skip(f"this processor lacks {missing}")
    inputs = make_inputs(33)
    (result,) = build(tmp_path, attention_text("?"), f"--target={target}").run(inputs)
    np.testing.assert_allclose(result, attend(inputs), rtol=1e-4, atol=1e-5)


PRODUCTS = """
#head = affine_map<(b, m, n, k) -> (b, m, k)>
func.func @main(%q: tensor<2x?x40xf32>, %k: tensor<2x?x40xf32>,
                %p: tensor<?x2x37xf32>, %v: tensor<2x37x18xf32>, %i: tensor<2x?x18xf32>)
    -> (tensor<2x?x?xf32>, tensor<2x?x18xf32>) {
  %c1 = arith.constant 1 : index
  %zero = arith.constant 0.0 : f32
  %m = tensor.dim %q, %c1 : tensor<2x?x40xf32>
  %n = tensor.dim %k, %c1 : tensor<2x?x40xf32>
  %e = tensor.empty(%m, %n) : tensor<2x?x?xf32>
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<2x?x?xf32>) -> tensor<2x?x?xf32>
  %s = linalg.batch_matmul indexing_maps = [#head,
      affine_map<(b, m, n, k) -> (b, n, k)>, affine_map<(b, m, n, k) -> (b, m, n)>]
    ins(%q, %k : tensor<2x?x40xf32>, tensor<2x?x40xf32>)
    outs(%f : tensor<2x?x?xf32>) -> tensor<2x?x?xf32> loc("scores")
  %y = linalg.contract indexing_maps = [affine_map<(b, m, n, k) -> (m, b, k)>,
      affine_map<(b, m, n, k) -> (b, k, n)>, affine_map<(b, m, n, k) -> (b, m, n)>]
    ins(%p, %v : tensor<?x2x37xf32>, tensor<2x37x18xf32>)
    outs(%i : tensor<2x?x18xf32>) -> tensor<2x?x18xf32> loc("values")
  return %s, %y : tensor<2x?x?xf32>, tensor<2x?x18xf32>
}
"""


@pytest.mark.parametrize(
    ("scores", "values"),
    [
        ("int8/int8", "int8/int8"),
        ("int4/int8:zero-point=none", "int2/uint8"),
        ("int8/float", "int7/int8:granularity=tensor"),
        ("binary/binary", "ternary/binary"),
        ("ternary/ternary:granularity=tensor", "binary/int8"),
        ("int3/int8", "int5/int8"),
    ],
)
def test_codes_give_the_bytes_of_the_reference(tmp_path, scores, values):
    rng = np.random.default_rng(9)
    layers = f"--layers=scores={scores};values={values}"
    shapes = [
        ((2, m, 40), (2, n, 40), (m, 2, 37), (2, 37, 18), (2, m, 18))
        for m, n in ((1, 1), (5, 16), (17, 33), (0, 3))
    ]
    calls = [[rng.standard_normal(s).astype(np.float32) for s in inputs] for inputs in shapes]
    reference = build(tmp_path, PRODUCTS, layers, "--reference")
    expected = [reference.run(call) for call in calls]
    assert not np.array_equal(expected[1][0], calls[1][0] @ calls[1][1].swapaxes(1, 2))
    for target in TARGETS:
        if lacks(target):
            continue
        model = build(tmp_path, PRODUCTS, layers, f"--target={target}")
        for call, right in zip(calls, expected):
            for result, array in zip(model.run(call), right):
                assert result.shape == array.shape
                assert result.tobytes() == array.tobytes(), (target, array.shape)


# Encodings, and the most that the products may be off, relatively.
ENCODINGS = {
    "scores=int8/int8": 0.03,
    "values=int8/int8": 0.02,
    "scores=int8/int8;values=int8/int8": 0.04,
    "scores=int4/int8:zero-point=none": 0.4,
    "scores=int8/float;values=int8/uint8": 0.03,
    "values=ternary/int8": 0.6,
    "values=binary/int8": 0.7,
}


@pytest.mark.parametrize("layers", ENCODINGS)
def test_codes_are_near_the_reals(tmp_path, layers):
    inputs = make_inputs()
    text = attention_text()
    (result,) = build(tmp_path, text, f"--layers={layers}").run(inputs)
    exact = attend(inputs)
    error = np.linalg.norm(result - exact) / np.linalg.norm(exact)
    assert 1e-5 < error < ENCODINGS[layers]


def test_extents_that_do_not_fit(tmp_path):
    model = build(tmp_path, attention_text("?"), "--layers=scores=int8/int8")
    q, k, v = make_inputs()
    with pytest.raises(StatusError) as error:
        model.run([q, k, v[:, 1:]])
    assert error.value.code == ERROR_SHAPE


SCORES = """
func.func @main(%q: tensor<?x?x37xf32>, %k: tensor<?x?x37xf32>, %i: tensor<?x?x?xf32>)
    -> tensor<?x?x?xf32> {
  %s = linalg.batch_matmul indexing_maps = [affine_map<(b, m, n, k) -> (b, m, k)>,
      affine_map<(b, m, n, k) -> (b, n, k)>, affine_map<(b, m, n, k) -> (b, m, n)>]
    ins(%q, %k : tensor<?x?x37xf32>, tensor<?x?x37xf32>)
    outs(%i : tensor<?x?x?xf32>) -> tensor<?x?x?xf32> loc("scores")
  return %s : tensor<?x?x?xf32>
}
"""


def test_none_or_one_of_everything(tmp_path):
    layers = "--layers=scores=int8/int8"
    models = [build(tmp_path, SCORES, layers, *more) for more in ((), ("--reference",))]
    rng = np.random.default_rng(6)
    for b, m, n in ((0, 3, 5), (3, 0, 5), (3, 4, 0), (0, 0, 0), (1, 3, 5), (3, 1, 5), (3, 4, 1)):
        shapes = ((b, m, 37), (b, n, 37), (b, m, n))
        inputs = [rng.standard_normal(shape).astype(np.float32) for shape in shapes]
        (result,), (expected,) = (model.run(inputs) for model in models)
        assert result.shape == expected.shape == (b, m, n)
        assert result.tobytes() == expected.tobytes()

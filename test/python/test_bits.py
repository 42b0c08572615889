"""Products of codes -1, 0 and 1 on both sides, against NumPy: they are bits on every target."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from artifact import Artifact, GuardedPages, compile_text
from targets import FLAGS, lacks

CODES = {
    "binary": ("!lowbit.binary", (-1, 1)),
    "ternary": ("!lowbit.ternary", (-1, 0, 1)),
    "unipolar": ("!lowbit.binary<unipolar>", (0, 1)),
    "negative": ("!lowbit.affine<1>", (-1, 0)),
}
PAIRS = list(itertools.product(CODES, CODES))
ROWS = [1, 2, 3, 7, 8, 16, 17]
DEPTHS = [0, 1, 31, 32, 33, 63, 64, 65, 511, 512, 513, 992, 993, 4097]
COLUMNS = [1, 7, 8, 9, 16, 65]

targets = pytest.mark.parametrize("target", FLAGS)


def matmul_text():
    """@main(init, activations of each type, weights of each type): all products."""
    storage, sums = "tensor<?x?xi8>", "tensor<?x?xi32>"
    arguments, body, results = [f"%init: {sums}"], [], []
    for side in ("a", "w"):
        for name, (code, _) in CODES.items():
            value = f"%{side}_{name}"
            arguments.append(f"{value}_codes: {storage}")
            body.append(
                f"{value} = lowbit.from_storage {value}_codes : {storage} -> tensor<?x?x{code}>"
            )
    for a, w in PAIRS:
        types = f"tensor<?x?x{CODES[a][0]}>, tensor<?x?x{CODES[w][0]}>, {sums}"
        results.append(f"%{a}_{w}")
        body.append(f"%{a}_{w} = lowbit.matmul %a_{a}, %w_{w} init %init : ({types}) -> {sums}")
    all_sums = ", ".join([sums] * len(PAIRS))
    body.append(f"return {', '.join(results)} : {all_sums}")
    lines = "\n  ".join(body)
    return f"func.func @main({', '.join(arguments)}) -> ({all_sums}) {{\n  {lines}\n}}\n"


def scaled_text(a: str, w: str, block: int) -> str:
    """@main(scale, weight scale, activations, weights) in blocks along K."""
    types = [f"tensor<?x?x{CODES[name][0]}>" for name in (a, w)]
    return f"""
func.func @main(%s: tensor<?x1xf32>, %sw: tensor<?x?xf32>, %x: tensor<?x?xi8>, %v: tensor<?x?xi8>)
    -> tensor<?x?xf32> {{
  %a = lowbit.from_storage %x : tensor<?x?xi8> -> {types[0]}
  %w = lowbit.from_storage %v : tensor<?x?xi8> -> {types[1]}
  %y = lowbit.scaled_matmul %a, %w activation_scale %s weight_scale %sw
      {{block_sizes = array<i64: 0, {block}>}}
      : ({types[0]}, {types[1]}, tensor<?x1xf32>, tensor<?x?xf32>) -> tensor<?x?xf32>
  return %y : tensor<?x?xf32>
}}
"""


def quantized_text(code: str, threshold: str = "") -> str:
    """@main(x, scale): the codes of x times the unit matrix, 100 x 100."""
    operand = " threshold %t" if threshold else ""
    type = ", tensor<1x1xf32>" if threshold else ""
    return f"""
func.func @main(%x: tensor<?x100xf32>, %s: tensor<?x1xf32>, %v: tensor<100x100xi8>,
                %init: tensor<?x100xi32>) -> tensor<?x100xi32> {{
  %t = arith.constant dense<{threshold or "1.0"}> : tensor<1x1xf32>
  %w = lowbit.from_storage %v : tensor<100x100xi8> -> tensor<100x100x!lowbit.ternary>
  %a = lowbit.quantize %x scale %s{operand}
      : (tensor<?x100xf32>, tensor<?x1xf32>{type}) -> tensor<?x100x{code}>
  %y = lowbit.matmul %a, %w init %init
      : (tensor<?x100x{code}>, tensor<100x100x!lowbit.ternary>, tensor<?x100xi32>)
      -> tensor<?x100xi32>
  return %y : tensor<?x100xi32>
}}
"""


def compiled(text, target, tmp_path) -> Artifact:
    if reason := lacks(target):
        pytest.skip(reason)
    return Artifact(compile_text(text, tmp_path / "model.so", f"--target={target}"))


def draw(rng, name: str, shape: tuple[int, int], kind: str) -> np.ndarray:
    codes = CODES[name][1]
    if kind == "random":
        return rng.choice(np.array(codes, np.int8), shape)
    return np.full(shape, codes[0 if kind == "lowest" else -1], np.int8)


def multiply(a: np.ndarray, w: np.ndarray) -> np.ndarray:
    return (a.astype(np.float64) @ w.T.astype(np.float64)).astype(np.int32)


def check_products(model, m, n, k, kinds=("random", "random"), memory=None):
    rng = np.random.default_rng([m, n, k])
    init = rng.integers(-9, 9, (m, n), dtype=np.int32)
    activations = {name: draw(rng, name, (m, k), kinds[0]) for name in CODES}
    weights = {name: draw(rng, name, (n, k), kinds[1]) for name in CODES}
    results = model.run([init, *activations.values(), *weights.values()], memory=memory)
    for (a, w), y in zip(PAIRS, results):
        expected = init + multiply(activations[a], weights[w])
        np.testing.assert_array_equal(y, expected, err_msg=f"{a} x {w}: {m}x{n}x{k} {kinds}")


@targets
def test_shapes_and_extremes(target, tmp_path):
    model = compiled(matmul_text(), target, tmp_path)
    for i, (m, k) in enumerate(itertools.product(ROWS, DEPTHS)):
        check_products(model, m, COLUMNS[i % len(COLUMNS)], k)
    for n in COLUMNS:
        check_products(model, 3, n, 100)
    # Every bit of every count.
    for kinds in itertools.product(["lowest", "highest"], repeat=2):
        for k in (992, 4097):
            check_products(model, 3, 17, k, kinds)
    for shape in ((0, 5, 7), (3, 0, 7), (0, 0, 0)):
        check_products(model, *shape)
    for at_end in (False, True):
        memory = GuardedPages(at_end)
        check_products(model, 3, 17, 65, memory=memory)
        memory.close()


def check_blocks(model, a, w, block, shapes):
    rng = np.random.default_rng(7)
    for m, n, k in shapes:
        x, v = draw(rng, a, (m, k), "random"), draw(rng, w, (n, k), "random")
        groups = -(-k // block)
        # Powers of two, so that every sum is exact in f32.
        s = rng.choice(np.array([0.5, 2], np.float32), (m, 1))
        sw = rng.choice(np.array([0.5, 1, 4], np.float32), (n, groups))
        (y,) = model.run([s, sw, x, v])
        expected = np.zeros((m, n))
        for g in range(groups):
            part = slice(block * g, block * (g + 1))
            expected += multiply(x[:, part], v[:, part]) * sw[:, g]
        np.testing.assert_array_equal(y, expected * s)


@targets
@pytest.mark.parametrize("a, w", [("binary", "binary"), ("ternary", "ternary")])
def test_blocks(a, w, target, tmp_path):
    model = compiled(scaled_text(a, w, 40), target, tmp_path)
    check_blocks(model, a, w, 40, [(1, 17, 100), (9, 3, 80), (2, 16, 39), (8, 33, 1281)])


def hard_reals(scale: np.ndarray, threshold: float) -> np.ndarray:
    """Rows of 100 values around all that decides, and those that are not finite."""
    rng = np.random.default_rng(3)
    rows = []
    for s in scale[:, 0]:
        edges = np.float32([0, s / 2, s, threshold, 1e-45, 1.2e-38, 3.4e38, np.inf])
        edges = np.concatenate([edges, -edges])
        near = [edges, np.nextafter(edges, np.inf), np.nextafter(edges, -np.inf), [np.nan]]
        near = np.concatenate(near).astype(np.float32)
        rest = rng.standard_normal(100 - len(near)).astype(np.float32)
        rows.append(np.concatenate([near, rest * (s / 4)]))
    return np.array(rows, np.float32)


SCALES = np.float32([[1], [0.3], [1.9999999], [1.1754944e-38], [1.1754945e-38], [2e-40], [3.4e38]])


@targets
@pytest.mark.parametrize("method", ["sign", "step", "round", "threshold"])
def test_quantized_rows(method, target, tmp_path):
    code = {"sign": "!lowbit.binary", "step": "!lowbit.binary<unipolar>"}
    threshold = "0.7" if method == "threshold" else ""
    text = quantized_text(code.get(method, "!lowbit.ternary"), threshold)
    model = compiled(text, target, tmp_path)
    t = np.float32(0.7)
    x = hard_reals(SCALES, t)
    identity = np.eye(100, dtype=np.int8)
    (y,) = model.run([x, SCALES, identity, np.zeros((len(x), 100), np.int32)])
    with np.errstate(all="ignore"):
        quotient = np.nan_to_num(np.rint(x / SCALES), nan=0, posinf=9, neginf=-9)
    expected = {
        "sign": np.where(x < 0, -1, 1),
        "step": np.where(x < 0, 0, 1),
        "round": np.clip(quotient, -1, 1),
        "threshold": np.where(x > t, 1, np.where(x < -t, -1, 0)),
    }[method]
    np.testing.assert_array_equal(y, expected)

"""Codes that are packed at run time: the bytes are those of the reference."""

from __future__ import annotations

import itertools

import lowbit
import numpy as np
import pytest
from artifact import TARGETS, Artifact, GuardedPages, compile_text, lacks

pytestmark = pytest.mark.sampled

# The element type of the codes, the lowest code, how many there are and their distance.
CODES = {
    "int8": ("!lowbit.affine<8>", -128, 256, 1),
    "uint8": ("!lowbit.affine<8, unsigned>", 0, 256, 1),
    "narrow4": ("!lowbit.affine<4, narrow>", -7, 15, 1),
    "uint4": ("!lowbit.affine<4, unsigned>", 0, 16, 1),
    "int3": ("!lowbit.affine<3>", -4, 8, 1),
    "int7": ("!lowbit.affine<7>", -64, 128, 1),
    "ternary": ("!lowbit.ternary", -1, 3, 1),
    "binary": ("!lowbit.binary", -1, 2, 2),
}
EXTENTS = [(0, 5), (5, 0), (1, 1), (16, 64), (17, 63), (33, 130), (129, 70), (128, 192)]


def write_module(code: str, is_scaled: bool) -> str:
    w = f"tensor<?x?x{code}>"
    if not is_scaled:
        return f"""
func.func @main(%a: tensor<?x?xi8>, %c: tensor<?x?xi8>, %i: tensor<?x?xi32>) -> tensor<?x?xi32> {{
  %x = lowbit.from_storage %a : tensor<?x?xi8> -> tensor<?x?x!lowbit.affine<8>>
  %w = lowbit.from_storage %c : tensor<?x?xi8> -> {w}
  %y = lowbit.matmul %x, %w init %i
      : (tensor<?x?x!lowbit.affine<8>>, {w}, tensor<?x?xi32>) -> tensor<?x?xi32>
  return %y : tensor<?x?xi32>
}}
"""
    return f"""
func.func @main(%a: tensor<?x?xi8>, %c: tensor<?x?xi8>, %sa: tensor<?x1xf32>, %za: tensor<?x1xi32>,
                %sw: tensor<?x1xf32>) -> tensor<?x?xf32> {{
  %x = lowbit.from_storage %a : tensor<?x?xi8> -> tensor<?x?x!lowbit.affine<8>>
  %w = lowbit.from_storage %c : tensor<?x?xi8> -> {w}
  %y = lowbit.scaled_matmul %x, %w activation_scale %sa weight_scale %sw
      activation_zero_point %za
      : (tensor<?x?x!lowbit.affine<8>>, {w}, tensor<?x1xf32>, tensor<?x1xf32>,
         tensor<?x1xi32>) -> tensor<?x?xf32>
  return %y : tensor<?x?xf32>
}}
"""


def make_inputs(name: str, is_scaled: bool, m: int, n: int, k: int) -> list[np.ndarray]:
    rng = np.random.default_rng([m, n, k])
    _, low, count, step = CODES[name]
    a = rng.integers(-128, 128, (m, k)).astype(np.int8)
    w = (low + step * rng.integers(count, size=(n, k))).astype(np.uint8).view(np.int8)
    if not is_scaled:
        return [a, w, rng.integers(-1000, 1000, (m, n)).astype(np.int32)]
    scales = [rng.uniform(0.1, 2, (extent, 1)).astype(np.float32) for extent in (m, n)]
    zero = rng.integers(-128, 128, (m, 1)).astype(np.int32)
    return [a, w, scales[0], zero, scales[1]]


@pytest.mark.parametrize("is_scaled", [False, True], ids=["sums", "scaled"])
@pytest.mark.parametrize("name", CODES)
def test_same_bytes_as_the_reference(tmp_path, name, is_scaled):
    text = write_module(CODES[name][0], is_scaled)
    reference = Artifact(compile_text(text, tmp_path / "reference.so", "--reference"))
    calls = [make_inputs(name, is_scaled, m, *e) for m, e in itertools.product([1, 5], EXTENTS)]
    expected = [reference.run(call)[0] for call in calls]
    if not is_scaled:
        a, w, i = calls[-1]
        values = w.view(np.uint8) if name.startswith("u") else w
        np.testing.assert_array_equal(expected[-1], i + a.astype(int) @ values.astype(int).T)
    for target in TARGETS:
        if lacks(target):
            continue
        output = tmp_path / f"{target}.so"
        model = Artifact(compile_text(text, output, f"--target={target}"))
        for call, right in zip(calls, expected):
            (result,) = model.run(call)
            assert result.shape == right.shape
            assert result.tobytes() == right.tobytes(), (target, call[1].shape)


def write_blocks(code: str) -> str:
    """@main(a, w, activation scale, weight scale, zero point, reals): blocks of 40 k."""
    w = f"tensor<?x?x{code}>"
    return f"""
func.func @main(%a: tensor<?x?xi8>, %c: tensor<?x?xi8>, %sa: tensor<?x1xf32>,
                %sw: tensor<?x?xf16>, %z: tensor<?x?xf32>, %r: tensor<?x?xf32>)
    -> (tensor<?x?xf32>, tensor<?x?xf32>) {{
  %x = lowbit.from_storage %a : tensor<?x?xi8> -> tensor<?x?x!lowbit.affine<8>>
  %w = lowbit.from_storage %c : tensor<?x?xi8> -> {w}
  %y = lowbit.scaled_matmul %x, %w activation_scale %sa weight_scale %sw
      {{block_sizes = array<i64: 0, 40>}}
      : (tensor<?x?x!lowbit.affine<8>>, {w}, tensor<?x1xf32>, tensor<?x?xf16>) -> tensor<?x?xf32>
  %v = lowbit.weight_only_matmul %r, %w scale %sw zero_point %z
      {{block_sizes = array<i64: 0, 40>}}
      : (tensor<?x?xf32>, {w}, tensor<?x?xf16>, tensor<?x?xf32>) -> tensor<?x?xf32>
  return %y, %v : tensor<?x?xf32>, tensor<?x?xf32>
}}
"""


def test_blocks(tmp_path):
    rng = np.random.default_rng(5)
    text = write_blocks(CODES["int3"][0])
    reference = Artifact(compile_text(text, tmp_path / "reference.so", "--reference"))
    models = [
        Artifact(compile_text(text, tmp_path / f"{target}.so", f"--target={target}"))
        for target in TARGETS
        if not lacks(target)
    ]
    for m, n, k in [(1, 1, 1), (3, 17, 80), (2, 33, 139), (5, 130, 41)]:
        a = rng.integers(-1, 2, (m, k)).astype(np.int8)
        w = rng.integers(-4, 4, (n, k)).astype(np.int8)
        blocks = -(-k // 40)
        # Powers of two and small integers, so that every sum is exact in f32.
        scale = rng.choice(np.array([0.5, 1, 2], np.float16), (n, blocks))
        zero = rng.integers(-4, 4, (n, blocks)).astype(np.float32)
        reals = rng.integers(-4, 4, (m, k)).astype(np.float32)
        call = [a, w, np.full((m, 1), 0.5, np.float32), scale, zero, reals]
        expected = reference.run(call)
        wide = scale.astype(np.float64).repeat(40, axis=1)[:, :k]
        np.testing.assert_array_equal(expected[0], 0.5 * a @ (w * wide).T)
        for model in models:
            for result, right in zip(model.run(call), expected):
                np.testing.assert_array_equal(result, right)


@pytest.mark.parametrize("at_end", [True, False])
def test_reads_nothing_beside_its_operands(tmp_path, at_end):
    for name in ("int8", "ternary", "int3"):
        text = write_module(CODES[name][0], is_scaled=True)
        model = Artifact(compile_text(text, tmp_path / f"{name}.so"))
        for extents in ((17, 63), (16, 64), (33, 130)):
            inputs = make_inputs(name, True, 3, *extents)
            memory = GuardedPages(at_end)
            guarded = model.run(inputs, memory)[0].tobytes()
            assert guarded == model.run(inputs)[0].tobytes()
            memory.close()


def test_more_codes_than_32_bits_count(tmp_path):
    """2 GiB of zeros that take no memory, but for some rows, the last of them beyond 2^31."""
    n, k = 65537, 32769
    text = write_module(CODES["ternary"][0], is_scaled=False)
    model = lowbit.load(compile_text(text, tmp_path / "model.so"))
    rng = np.random.default_rng(0)
    rows = [0, 32766, 65534, 65535, 65536]
    w = np.zeros((n, k), np.int8)
    w[rows] = rng.integers(-1, 2, (len(rows), k))
    a = rng.integers(-128, 128, (1, k)).astype(np.int8)
    i = rng.integers(-1000, 1000, (1, n), dtype=np.int32)
    expected = i.copy()
    expected[0, rows] += w[rows].astype(np.int32) @ a[0]
    np.testing.assert_array_equal(model(a, w, i), expected)

"""Ternary weights at five per byte: every byte, and sums at the edge of what is exact."""

from __future__ import annotations

import numpy as np
import pytest
from artifact import TARGETS, Artifact, compile_text, lacks

LAYOUT = "<field_bits = 2, code_offset = 1, radix = 3>"


def kernel_text(panels: int, depth: int) -> str:
    """@main(activations, row sums, bytes, init): the product with the bytes."""
    a, sums = f"tensor<?x{depth}xi8>", "tensor<?x1xi32>"
    w, y = f"tensor<{panels}x{16 * depth}xi8>", f"tensor<?x{80 * panels}xi32>"
    return f"""
func.func @main(%a: {a}, %sums: {sums}, %w: {w}, %init: {y}) -> {y} {{
  %y = lowbit.packed_matmul {LAYOUT} %a, %sums, %w into %init : ({a}, {sums}, {w}, {y}) -> {y}
  return %y : {y}
}}
"""


UNPACK = f"""
func.func @main(%w: tensor<4x64xi8>) -> tensor<320x4xi8> {{
  %codes = lowbit.unpack {LAYOUT} %w[] : tensor<4x64xi8> -> tensor<320x4x!lowbit.ternary>
  %y = lowbit.to_storage %codes : tensor<320x4x!lowbit.ternary> -> tensor<320x4xi8>
  return %y : tensor<320x4xi8>
}}
"""


def digits(packed: np.ndarray) -> np.ndarray:
    """N x K codes of panels of bytes: the first five digits of byte / 256 in base 3."""
    rest = packed.view(np.uint8).astype(np.int64)
    rows = []
    for _ in range(5):
        rows.append(rest * 3 // 256 - 1)
        rest = rest * 3 % 256
    # row of a lane, panel, line, lane, depth -> panel, row of a lane, lane, line, depth
    split = np.stack(rows).reshape(5, len(packed), -1, 16, 4).transpose(1, 0, 3, 2, 4)
    return split.reshape(80 * len(packed), -1)


# 13 of them stand for no number of five digits.
EVERY_BYTE = np.arange(256, dtype=np.uint8).view(np.int8).reshape(4, 64)


def test_every_byte_has_digits(tmp_path):
    (codes,) = Artifact(compile_text(UNPACK, tmp_path / "unpack.so")).run([EVERY_BYTE])
    np.testing.assert_array_equal(codes, digits(EVERY_BYTE))


@pytest.mark.parametrize("target", TARGETS)
def test_every_byte_is_multiplied_as_its_digits(tmp_path, target):
    if missing := lacks(target):
        pytest.skip(missing)
    text = kernel_text(4, 4)
    model = Artifact(compile_text(text, tmp_path / "kernel.so", f"--target={target}"))
    rng = np.random.default_rng(3)
    for m in (1, 2, 3, 5, 17):
        a = rng.integers(-128, 128, (m, 4)).astype(np.int8)
        init = rng.integers(-9, 9, (m, 320), dtype=np.int32)
        (y,) = model.run([a, a.sum(1, dtype=np.int32, keepdims=True), EVERY_BYTE, init])
        np.testing.assert_array_equal(y, init + a.astype(np.int32) @ digits(EVERY_BYTE).T)


@pytest.mark.parametrize("target", TARGETS)
def test_sums_beyond_what_one_loop_holds(tmp_path, target):
    if missing := lacks(target):
        pytest.skip(missing)
    depth = 2 * 32764 + 8
    text = kernel_text(1, depth)
    model = Artifact(compile_text(text, tmp_path / "kernel.so", f"--target={target}"))
    for byte in (0, -1):  # all -1 and all +1
        packed = np.full((1, 16 * depth), byte, np.int8)
        for m in (1, 4):
            for value in (-128, 127):
                a = np.full((m, depth), value, np.int8)
                init = np.zeros((m, 80), np.int32)
                (y,) = model.run([a, np.full((m, 1), value * depth, np.int32), packed, init])
                np.testing.assert_array_equal(y, value * depth * (1 if byte else -1))

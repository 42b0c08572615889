"""Requantization in the lower half, the upper half and all of its products, at its edges."""

import numpy as np
import pytest
from artifact import TARGETS, Artifact, compile_text, dense
from targets import lacks

LARGEST = 2**31 - 1
ODD_AND_EVEN = [-128, -3, -2, 0, 1, 127]
MODULE = """
func.func @main(%x: tensor<?x{n}xi32>) -> tensor<?x{n}xi8> {{
  %m = arith.constant {m}
  %s = arith.constant {s}
  %z = arith.constant {z}
  %q = lowbit.requantize %x multiplier %m shift %s zero_point %z
      {{rounding = #lowbit.rescale_rounding<{mode}>{bound}}}
      : (tensor<?x{n}xi32>, tensor<1x{n}xi32>, tensor<1x{n}xi32>, tensor<1x{n}xi32>)
      -> tensor<?x{n}x!lowbit.affine<8>>
  %i = lowbit.to_storage %q : tensor<?x{n}x!lowbit.affine<8>> -> tensor<?x{n}xi8>
  return %i : tensor<?x{n}xi8>
}}
"""
# Multipliers and shifts of each channel, and the largest magnitude of an input.
FORMS = {
    "lower": ([1, 0, 3, 2, 7, 1], [2, 31, 4, 3, 6, 2], 1000),
    "upper": ([LARGEST, 2**30, 0, 1, LARGEST, 2**30], [33, 34, 62, 33, 62, 40], None),
    "lifted": ([2**30, 2**30 + 1, 0, LARGEST, 3, 2**30], [31, 32, 60, 31, 33, 40], 2**29 - 1),
    "whole": ([2**30, 1, 0, LARGEST, 3, LARGEST], [31, 2, 2, 31, 32, 62], None),
}


def rescale(value, multiplier, shift, mode):
    half = 0
    if mode == "DOUBLE_ROUND" and shift > 31:
        half = 2**30 if value >= 0 else -(2**30)
    return (value * multiplier + half + 2 ** (shift - 1)) >> shift


def inputs(multiplier, shift, bound):
    """Halves and their neighbours, and both ends."""
    values = {-bound, 1 - bound, -1, 0, 1, bound - 1, bound}
    for level in (-130, -129, -3, -2, -1, 0, 1, 2, 128):
        tie = (2 * level + 1) * 2 ** (shift - 1) // max(multiplier, 1)
        values |= {tie - 1, tie, tie + 1}
    return sorted(v for v in values if -bound <= v <= bound)


@pytest.mark.parametrize("target", ["reference", *TARGETS])
@pytest.mark.parametrize("mode", ["SINGLE_ROUND", "INEXACT_ROUND", "DOUBLE_ROUND"])
@pytest.mark.parametrize("form", FORMS)
def test_edges(form, mode, target, tmp_path):
    if missing := lacks(target):
        pytest.skip(f"{target}: this processor lacks {missing}")
    multipliers, shifts, bound = FORMS[form]
    scales = list(zip(multipliers, shifts))
    columns = [inputs(m, s, bound or 2**31) for m, s in scales]
    rows = max(map(len, columns))
    # -2^31 is an i32, 2^31 is none.
    columns = [[min(v, LARGEST) for v in c] + [0] * (rows - len(c)) for c in columns]
    x = np.array(columns, dtype=np.int32).T.copy()
    row = lambda values: dense(np.array([values], dtype=np.int32), "i32")  # noqa: E731
    text = MODULE.format(
        n=len(scales), m=row(multipliers), s=row(shifts), z=row(ODD_AND_EVEN), mode=mode,
        bound=f", bound = {bound} : i64" if bound else "",
    )  # fmt: skip
    options = ["--reference"] if target == "reference" else [f"--target={target}"]
    (result,) = Artifact(compile_text(text, tmp_path / "model.so", *options)).run([x])
    expected = [
        [
            min(max(rescale(int(v), m, s, mode) + z, -128), 127)
            for v, (m, s), z in zip(values, scales, ODD_AND_EVEN)
        ]
        for values in x
    ]
    np.testing.assert_array_equal(result, np.array(expected))

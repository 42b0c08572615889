"""Products of bf16 by bf16 in tiles, against NumPy in f64."""

from __future__ import annotations

import itertools

import amx
import numpy as np
import pytest
from artifact import Artifact, GuardedPages, compile_text, lacks
from test_float_products import from_bf16, to_bf16

TEXT = """
func.func @main(%x: tensor<?x?xbf16>, %w: tensor<?x?xbf16>, %init: tensor<?x?xf32>)
    -> tensor<?x?xf32> {
  %y = linalg.matmul ins(%x, %w : tensor<?x?xbf16>, tensor<?x?xbf16>)
    outs(%init : tensor<?x?xf32>) -> tensor<?x?xf32>
  return %y : tensor<?x?xf32>
}
"""


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    if missing := lacks("x86-avx512vnni"):
        pytest.skip(f"this processor lacks {missing}")
    folder = tmp_path_factory.mktemp("amx_bf16")
    if not lacks("x86-amx"):
        return Artifact(compile_text(TEXT, folder / "model.so", "--target=x86-amx"))
    return Artifact(amx.Emulator(folder).compile(TEXT, folder / "model.so"))


def make_operands(m: int, n: int, k: int) -> list[np.ndarray]:
    draw = np.random.default_rng([m, n, k]).standard_normal
    return [to_bf16(draw((m, k))), to_bf16(draw((k, n))), np.float32(draw((m, n)))]


def check(model: Artifact, operands: list[np.ndarray], memory=None) -> None:
    """The bound that lowbit.packed_float_matmul states."""
    x, w = (from_bf16(bits).astype(np.float64) for bits in operands[:2])
    init = operands[2].astype(np.float64)
    (y,) = model.run(operands, memory=memory)
    k = x.shape[1]
    bound = 2 * k * 2.0**-24 * (np.abs(init) + np.abs(x) @ np.abs(w))
    sizes = np.abs(x).sum(1)[:, None] + np.abs(w).sum(0) + 2 * k
    error = np.abs(y - (init + x @ w))
    assert y.shape == init.shape
    assert np.all(error <= bound + 2.0**-126 * sizes), (init.shape, k)


def test_shapes(model):
    """Around tiles of 16 rows and columns, pairs, steps of 32 and panels of 320 and 640."""
    for m, k in itertools.product([0, 1, 2, 16, 17, 33, 40], [0, 1, 2, 31, 32, 33, 65, 321, 641]):
        check(model, make_operands(m, 17, k))
    for n in (0, 1, 15, 16, 32, 33, 64, 65):
        check(model, make_operands(3, n, 37))
        check(model, make_operands(35, n, 37))


def test_nothing_beyond_buffers(model):
    for at_end, m in itertools.product((False, True), (3, 18)):
        memory = GuardedPages(at_end)
        check(model, make_operands(m, 17, 67), memory=memory)
        memory.close()


def test_a_row_does_not_depend_on_others(model):
    x, w, init = make_operands(40, 33, 331)
    (whole,) = model.run([x, w, init])
    for rows in (1, 7, 17):
        for i in range(0, 40, rows):
            (part,) = model.run([x[i : i + rows], w, init[i : i + rows]])
            assert part.tobytes() == whole[i : i + rows].tobytes(), (rows, i)


def test_denormals(model):
    """They may be 0, but no more is lost."""
    x, w, init = make_operands(18, 17, 33)
    check(model, [x % 0x80, w, init * 0])
    check(model, [x, w % 0x80, init * 0])
    check(model, [to_bf16(from_bf16(x) * 2.0**-70), to_bf16(from_bf16(w) * 2.0**-60), init * 0])


def test_infinities_stay_alone(model):
    x, w, init = make_operands(33, 17, 45)
    plain = from_bf16(x).copy()
    plain[5, 44], plain[20, 3] = np.inf, np.nan
    (y,) = model.run([to_bf16(plain), w, init])
    signs = np.sign(from_bf16(w)[44])
    np.testing.assert_array_equal(y[5], np.inf * signs)
    assert np.all(np.isnan(y[20]))
    assert np.all(np.isfinite(np.delete(y, [5, 20], axis=0)))

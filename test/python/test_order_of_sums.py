"""Sums of elements that lie side by side: one order, on every target and in the reference."""

import numpy as np
import pytest
from artifact import TARGETS, Artifact, compile_text, lacks

pytestmark = pytest.mark.sampled

# Around vectors of 4, 8, 16, 32 and 64 elements.
EXTENTS = [0, 1, 3, 4, 7, 16, 17, 31, 32, 64, 65, 100]
NAN = np.float32(np.nan)

REDUCTION = """
func.func @main(%x: tensor<{m}x{n}xf32>) -> tensor<{r}xf32> {{
  %at = arith.constant {kept} : index
  %zero = arith.constant 0.5 : f32
  %k = tensor.dim %x, %at : tensor<{m}x{n}xf32>
  %e0 = tensor.empty(%k) : tensor<?xf32>
  %e = tensor.cast %e0 : tensor<?xf32> to tensor<{r}xf32>
  %z = linalg.fill ins(%zero : f32) outs(%e : tensor<{r}xf32>) -> tensor<{r}xf32>
  %y = linalg.reduce {{arith.addf}} ins(%x : tensor<{m}x{n}xf32>) outs(%z : tensor<{r}xf32>)
      dimensions = [{reduced}]
  return %y : tensor<{r}xf32>
}}
"""

# Planes divided by their sums, each of which is read twice.
NORMALIZATION = """
#id = affine_map<(m, h, w) -> (m, h, w)>
#row = affine_map<(m, h, w) -> (m)>
func.func @main(%x: tensor<{m}x{h}x{w}xf32>) -> tensor<{m}x{h}x{w}xf32> {{
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c2 = arith.constant 2 : index
  %init = arith.constant 0.5 : f32
  %m = tensor.dim %x, %c0 : tensor<{m}x{h}x{w}xf32>
  %h = tensor.dim %x, %c1 : tensor<{m}x{h}x{w}xf32>
  %w = tensor.dim %x, %c2 : tensor<{m}x{h}x{w}xf32>
  %d = tensor.empty(%m) : tensor<?xf32>
  %e = tensor.cast %d : tensor<?xf32> to tensor<{m}xf32>
  %z = linalg.fill ins(%init : f32) outs(%e : tensor<{m}xf32>) -> tensor<{m}xf32>
  %s = linalg.reduce {{arith.addf}} ins(%x : tensor<{m}x{h}x{w}xf32>) outs(%z : tensor<{m}xf32>)
      dimensions = [1, 2]
  %f = tensor.empty(%m, %h, %w) : tensor<?x?x?xf32>
  %g = tensor.cast %f : tensor<?x?x?xf32> to tensor<{m}x{h}x{w}xf32>
  %y = linalg.generic {{indexing_maps = [#id, #row, #id],
      iterator_types = ["parallel", "parallel", "parallel"]}}
      ins(%x, %s : tensor<{m}x{h}x{w}xf32>, tensor<{m}xf32>) outs(%g : tensor<{m}x{h}x{w}xf32>) {{
  ^bb0(%a: f32, %b: f32, %out: f32):
    %c = arith.divf %a, %b : f32
    linalg.yield %c : f32
  }} -> tensor<{m}x{h}x{w}xf32>
  return %y : tensor<{m}x{h}x{w}xf32>
}}
"""


def add_up(init: np.float32, columns: np.ndarray) -> np.ndarray:
    """The sums of all rows, from left to right."""
    total = np.full(len(columns), init, np.float32)
    for column in columns.T:
        total += column
    return total


def add_steps(sums: np.ndarray, x: np.ndarray) -> np.ndarray:
    """Sums of as many parts of all rows, from the first step on."""
    for step in range(0, x.shape[1], sums.shape[1]):
        sums = sums + x[:, step : step + sums.shape[1]]
    return sums


def add_up_parts(init: np.float32, x: np.ndarray) -> np.ndarray:
    """The sums of all rows of `x` in the order of --lowbit-split-reductions."""
    m, n = x.shape
    of_parts, of_few = n // 32 * 32, n // 8 * 8
    parts = add_steps(np.zeros((m, 32), np.float32), x[:, :of_parts])
    few = add_steps(add_steps(np.zeros((m, 8), np.float32), parts), x[:, of_parts:of_few])
    return add_up(init, np.hstack([few, x[:, of_few:]]))


@pytest.fixture(params=["reference", *TARGETS])
def option(request):
    """The option of the compiler: a target, or the reference."""
    if request.param == "reference":
        return "--reference"
    if missing := lacks(request.param):
        pytest.skip(f"needs {missing}")
    return f"--target={request.param}"


@pytest.mark.parametrize("n", [15, 40, 63, 119])
def test_rows_of_known_length(n, option, tmp_path):
    text = REDUCTION.format(m="?", n=n, r="?", kept=0, reduced=1)
    x = np.random.default_rng(0).standard_normal((70, n)).astype(np.float32)
    [got] = Artifact(compile_text(text, tmp_path / "model.so", option)).run([x])
    assert got.tobytes() == add_up_parts(np.float32(0.5), x).tobytes()


@pytest.mark.parametrize("reduced", [0, 1])
def test_rows_and_columns(reduced, option, tmp_path):
    text = REDUCTION.format(m="?", n="?", r="?", kept=1 - reduced, reduced=reduced)
    model = Artifact(compile_text(text, tmp_path / "model.so", option))
    rng = np.random.default_rng(0)
    for m in (0, 1, 5, 70):
        for n in EXTENTS:
            x = rng.standard_normal((m, n)).astype(np.float32)
            in_order, sequence = (add_up, x.T) if reduced == 0 else (add_up_parts, x)
            expected = in_order(np.float32(0.5), sequence)
            [got] = model.run([x])
            assert got.tobytes() == expected.tobytes(), (m, n)


def test_sums_of_negative_zeros(option, tmp_path):
    text = REDUCTION.format(m="?", n="?", r="?", kept=0, reduced=1).replace("0.5 :", "-0.0 :")
    model = Artifact(compile_text(text, tmp_path / "model.so", option))
    for n in EXTENTS:
        [got] = model.run([np.full((3, n), -0.0, np.float32)])
        assert got.tobytes() == np.full(3, -0.0, np.float32).tobytes(), n


PLANE_SHAPES = [(1, 1, 1), (3, 1, 64), (3, 7, 7), (5, 9, 7), (4, 8, 8), (2, 13, 0), (2, 5, 113)]


@pytest.mark.parametrize("shape", ["?", (48, 27, 23)])
def test_planes(shape, option, tmp_path):
    """Two dimensions are one row, whatever each is, and however rows are cut in tasks."""
    m, h, w = "???" if shape == "?" else shape
    text = NORMALIZATION.format(m=m, h=h, w=w)
    model = Artifact(compile_text(text, tmp_path / "model.so", option))
    rng = np.random.default_rng(0)
    for extents in [*PLANE_SHAPES, (48, 27, 23)] if shape == "?" else [shape]:
        x = rng.standard_normal(extents).astype(np.float32)
        x.flat[: x.size // 2 : 700] = NAN
        x.flat[x.size // 2 :: 900] = 1e30
        sums = add_up_parts(np.float32(0.5), x.reshape(extents[0], -1 if x.size else 0))
        [got] = model.run([x])
        assert got.tobytes() == (x / sums[:, None, None]).tobytes(), extents

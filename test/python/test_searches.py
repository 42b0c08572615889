"""The best element of rows: parts that vectors hold against one walk, to the bit."""

import numpy as np
import pytest
from artifact import TARGETS, Artifact, compile_text, lacks

pytestmark = pytest.mark.sampled

NAN = np.float32(np.nan)

# The first of the best elements of each row, and what it is.
SEARCH = """
#id = affine_map<(m, n) -> (m, n)>
#row = affine_map<(m, n) -> (m)>
func.func @main(%x: tensor<?x{n}x{t}>) -> (tensor<?x{p}>, tensor<?x{t}>) {{
  %c0 = arith.constant 0 : index
  %none = arith.constant -1 : {p}
  %worst = arith.constant {init} : {t}
  %m = tensor.dim %x, %c0 : tensor<?x{n}x{t}>
  %e = tensor.empty(%m) : tensor<?x{p}>
  %f = tensor.empty(%m) : tensor<?x{t}>
  %i = linalg.fill ins(%none : {p}) outs(%e : tensor<?x{p}>) -> tensor<?x{p}>
  %v = linalg.fill ins(%worst : {t}) outs(%f : tensor<?x{t}>) -> tensor<?x{t}>
  %y:2 = linalg.generic {{indexing_maps = [#id, #row, #row],
      iterator_types = ["parallel", "reduction"]}}
      ins(%x : tensor<?x{n}x{t}>) outs(%i, %v : tensor<?x{p}>, tensor<?x{t}>) {{
  ^bb0(%next: {t}, %at: {p}, %best: {t}):
    %k = linalg.index 1 : index
    %here = arith.index_cast %k : index to {p}
{condition}
    %s = arith.select %better, %next, %best : {t}
    %r = arith.select %better, %here, %at : {p}
    linalg.yield %r, %s : {p}, {t}
  }} -> (tensor<?x{p}>, tensor<?x{t}>)
  return %y#0, %y#1 : tensor<?x{p}>, tensor<?x{t}>
}}
"""
LARGEST = "    %better = arith.cmpf ogt, %next, %best : {t}"
LARGEST_OR_NAN = """
    %above = arith.cmpf ugt, %next, %best : {t}
    %number = arith.cmpf ord, %best, %best : {t}
    %better = arith.andi %above, %number : i1"""
SMALLEST = "    %better = arith.cmpi slt, %next, %best : {t}"


@pytest.fixture(params=TARGETS)
def target(request):
    if missing := lacks(request.param):
        pytest.skip(f"needs {missing}")
    return request.param


SEARCHES = {
    "largest": (LARGEST, "f32", "i32", -1.5),
    "largest_or_nan": (LARGEST_OR_NAN, "f32", "i32", -1.5),
    "half": (LARGEST_OR_NAN, "f16", "i64", -1.5),
    "smallest": (SMALLEST, "i8", "i32", 100),
}


def rows_to_search(dtype, columns: int) -> np.ndarray:
    """Rows of equal elements, with the best one anywhere, with NaN, and with nothing found."""
    rng = np.random.default_rng(columns)
    rows = rng.integers(-4, 4, (13, columns)).astype(dtype)
    rows[0] = 101 if dtype is np.int8 else -2
    for row, place in enumerate([0, 1, 31, 32, columns // 2, columns - 1], start=1):
        rows[row, place % columns] = -5 if dtype is np.int8 else 5
    if dtype is not np.int8:
        rows[7:10, [0, columns // 2, columns - 1]] = [-0.0, np.inf, np.inf]
        rows[8:10, [columns // 3, columns - 1]] = [NAN, -NAN]
        rows[10] = -NAN
        rows[11] = -np.inf
        rows[12] = [-0.0, *[0.0] * (columns - 1)]
    return rows


@pytest.mark.parametrize("search", SEARCHES)
@pytest.mark.parametrize("n", ["?", 211])
def test_searches(n, search, target, tmp_path):
    """The same element as one finds it who looks at all of them in turn."""
    condition, element, position, init = SEARCHES[search]
    text = SEARCH.format(
        n=n, t=element, p=position, init=init, condition=condition.format(t=element)
    )
    dtype = {"f32": np.float32, "f16": np.float16, "i8": np.int8}[element]
    options = ["--reference", f"--target={target}"]
    models = [Artifact(compile_text(text, tmp_path / f"{o}.so", o)) for o in options]
    for columns in [1, 15, 31, 63, 64, 65, 96, 119, 1000] if n == "?" else [n]:
        x = rows_to_search(dtype, columns)
        expected, got = ([result.tobytes() for result in model.run([x])] for model in models)
        assert got == expected, columns
        y = np.full((len(x), columns + 1), init, np.float32)
        y[:, 1:] = np.where(np.isnan(x) & (search == "largest"), -np.inf, x)
        best = y.argmin(1) if search == "smallest" else y.argmax(1)
        np.testing.assert_array_equal(models[1].run([x])[0], best - 1)

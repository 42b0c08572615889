"""Layer and RMS normalization, whose rows and columns are known at run time."""

from __future__ import annotations

import numpy as np
import pytest
from artifact import TARGETS, Artifact, compile_text
from targets import lacks

EPSILON = 1e-5
HEAD = """
#all = affine_map<(i, j) -> (i, j)>
#rows = affine_map<(i, j) -> (i)>
#columns = affine_map<(i, j) -> (j)>
func.func @main(%x: tensor<?x?xf32>, %g: tensor<?xf32>) -> tensor<?x?xf32> {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %zero = arith.constant 0.0 : f32
  %epsilon = arith.constant 1.0e-5 : f32
  %m = tensor.dim %x, %c0 : tensor<?x?xf32>
  %n = tensor.dim %x, %c1 : tensor<?x?xf32>
  %i32 = arith.index_cast %n : index to i32
  %count = arith.sitofp %i32 : i32 to f32
  %e = tensor.empty(%m, %n) : tensor<?x?xf32>
  %r = tensor.empty(%m) : tensor<?xf32>
  %none = linalg.fill ins(%zero : f32) outs(%r : tensor<?xf32>) -> tensor<?xf32>
"""
CENTRE = """  %sum = linalg.reduce {arith.addf} ins(%x : tensor<?x?xf32>)
    outs(%none : tensor<?xf32>) dimensions = [1]
  %d = linalg.generic {indexing_maps = [#all, #rows, #all],
      iterator_types = ["parallel", "parallel"]}
      ins(%x, %sum : tensor<?x?xf32>, tensor<?xf32>) outs(%e : tensor<?x?xf32>) {
  ^bb0(%a: f32, %s: f32, %out: f32):
    %mean = arith.divf %s, %count : f32
    %centred = arith.subf %a, %mean : f32
    linalg.yield %centred : f32
  } -> tensor<?x?xf32>
"""
SCALE = """  %squares = linalg.generic {{indexing_maps = [#all, #rows],
      iterator_types = ["parallel", "reduction"]}}
      ins(%{d} : tensor<?x?xf32>) outs(%none : tensor<?xf32>) {{
  ^bb0(%a: f32, %out: f32):
    %square = arith.mulf %a, %a : f32
    %next = arith.addf %out, %square : f32
    linalg.yield %next : f32
  }} -> tensor<?xf32>
  %y = linalg.generic {{indexing_maps = [#all, #rows, #columns, #all],
      iterator_types = ["parallel", "parallel"]}}
      ins(%{d}, %squares, %g : tensor<?x?xf32>, tensor<?xf32>, tensor<?xf32>)
      outs(%e : tensor<?x?xf32>) {{
  ^bb0(%a: f32, %s: f32, %b: f32, %out: f32):
    %mean = arith.divf %s, %count : f32
    %moved = arith.addf %mean, %epsilon : f32
    %root = math.rsqrt %moved : f32
    %normal = arith.mulf %a, %root : f32
    %scaled = arith.mulf %normal, %b : f32
    linalg.yield %scaled : f32
  }} -> tensor<?x?xf32>
  return %y : tensor<?x?xf32>
}}
"""
TEXTS = {
    "layer": HEAD + CENTRE + SCALE.format(d="d"),
    "rms": HEAD + SCALE.format(d="x"),
}
# Around a vector, and more than one step of what sums rows.
SHAPES = [(0, 5), (5, 0), (1, 1), (3, 31), (3, 33), (2, 100), (17, 1025)]


def normalize(name: str, x: np.ndarray, g: np.ndarray) -> np.ndarray:
    """In f64, with the parameters of the model."""
    d = x.astype(np.float64)
    if name == "layer":
        d = d - d.mean(axis=1, keepdims=True)
    root = np.sqrt(np.square(d).mean(axis=1, keepdims=True) + np.float32(EPSILON))
    return d / root * g


@pytest.fixture(scope="module", params=TEXTS)
def name(request):
    return request.param


@pytest.fixture(scope="module")
def reference(name, tmp_path_factory):
    path = tmp_path_factory.mktemp(name) / "reference.so"
    return Artifact(compile_text(TEXTS[name], path, "--reference"))


@pytest.mark.parametrize("target", TARGETS)
def test_normalization(tmp_path, name, reference, target):
    if missing := lacks(target):
        pytest.skip(f"expected a processor with {missing}")
    model = Artifact(compile_text(TEXTS[name], tmp_path / "model.so", f"--target={target}"))
    rng = np.random.default_rng(5)
    for shape in SHAPES:
        x = (3 + rng.standard_normal(shape)).astype(np.float32)
        g = rng.uniform(-2, 2, shape[1]).astype(np.float32)
        for run in (model.run, reference.run):
            [y] = run([x, g])
            assert y.shape == shape
            if x.size:
                expected = normalize(name, x, g)
                np.testing.assert_allclose(y, expected, 2e-6, 2e-6, err_msg=str(shape))


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_rows_are_their_own(tmp_path, name, value):
    """What is no number stays in its row."""
    model = Artifact(compile_text(TEXTS[name], tmp_path / "model.so"))
    x = np.random.default_rng(6).standard_normal((5, 67)).astype(np.float32)
    g = np.ones(67, np.float32)
    [clean] = model.run([x, g])
    x[2, 40] = value
    [y] = model.run([x, g])
    assert np.isnan(y[2]).any()
    np.testing.assert_array_equal(np.delete(y, 2, axis=0), np.delete(clean, 2, axis=0))

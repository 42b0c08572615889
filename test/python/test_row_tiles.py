"""Tiles of rows that are computed by themselves: whole ones, and what is left, to the bit."""

import numpy as np
import pytest
from artifact import Artifact, GuardedPages, compile_text

SOFTMAX = """
func.func @main(%x: tensor<?x{n}xf32>) -> tensor<?x{n}xf32> {{
  %c0 = arith.constant 0 : index
  %m = tensor.dim %x, %c0 : tensor<?x{n}xf32>
  %e = tensor.empty(%m) : tensor<?x{n}xf32>
  %y = linalg.softmax dimension(1) ins(%x : tensor<?x{n}xf32>) outs(%e : tensor<?x{n}xf32>)
      -> tensor<?x{n}xf32>
  return %y : tensor<?x{n}xf32>
}}
"""
LAYER = """
func.func @main(%x: tensor<?x{n}xf32>) -> tensor<?x3xf32> {{
  %c0 = arith.constant 0 : index
  %zero = arith.constant 0.0 : f32
  %m = tensor.dim %x, %c0 : tensor<?x{n}xf32>
  %w = arith.constant dense<0.25> : tensor<3x{n}xf32>
  %e = tensor.empty(%m) : tensor<?x3xf32>
  %z = linalg.fill ins(%zero : f32) outs(%e : tensor<?x3xf32>) -> tensor<?x3xf32>
  %y = linalg.matmul
      indexing_maps = [affine_map<(m, n, k) -> (m, k)>, affine_map<(m, n, k) -> (n, k)>,
                       affine_map<(m, n, k) -> (m, n)>]
      ins(%x, %w : tensor<?x{n}xf32>, tensor<3x{n}xf32>) outs(%z : tensor<?x3xf32>)
      -> tensor<?x3xf32>
  return %y : tensor<?x3xf32>
}}
"""
NORMALIZATION = """
#id = affine_map<(m, k) -> (m, k)>
#row = affine_map<(m, k) -> (m)>
func.func @main(%x: tensor<?x{n}xf32>) -> tensor<?x{n}xf32> {{
  %c0 = arith.constant 0 : index
  %zero = arith.constant 0.0 : f32
  %count = arith.constant {n}.0 : f32
  %m = tensor.dim %x, %c0 : tensor<?x{n}xf32>
  %e = tensor.empty(%m) : tensor<?x{n}xf32>
  %r = tensor.empty(%m) : tensor<?xf32>
  %zeros = linalg.fill ins(%zero : f32) outs(%r : tensor<?xf32>) -> tensor<?xf32>
  %sum = linalg.reduce {{arith.addf}} ins(%x : tensor<?x{n}xf32>) outs(%zeros : tensor<?xf32>)
      dimensions = [1]
  %d = linalg.generic {{indexing_maps = [#id, #row, #id],
                       iterator_types = ["parallel", "parallel"]}}
      ins(%x, %sum : tensor<?x{n}xf32>, tensor<?xf32>) outs(%e : tensor<?x{n}xf32>) {{
  ^bb0(%a: f32, %s: f32, %out: f32):
    %mean = arith.divf %s, %count : f32
    %b = arith.subf %a, %mean : f32
    linalg.yield %b : f32
  }} -> tensor<?x{n}xf32>
  %v = linalg.generic {{indexing_maps = [#id, #row], iterator_types = ["parallel", "reduction"]}}
      ins(%d : tensor<?x{n}xf32>) outs(%zeros : tensor<?xf32>) {{
  ^bb0(%a: f32, %out: f32):
    %b = arith.mulf %a, %a : f32
    %c = arith.addf %b, %out : f32
    linalg.yield %c : f32
  }} -> tensor<?xf32>
  %y = linalg.generic {{indexing_maps = [#id, #row, #id],
                       iterator_types = ["parallel", "parallel"]}}
      ins(%d, %v : tensor<?x{n}xf32>, tensor<?xf32>) outs(%e : tensor<?x{n}xf32>) {{
  ^bb0(%a: f32, %s: f32, %out: f32):
    %root = math.sqrt %s : f32
    %b = arith.divf %a, %root : f32
    linalg.yield %b : f32
  }} -> tensor<?x{n}xf32>
  return %y : tensor<?x{n}xf32>
}}
"""
MODELS = {
    "softmax": (SOFTMAX, []),
    "normalization": (NORMALIZATION, []),
    "layer": (LAYER, ["--weights=int8"]),
}


# Many rows per tile, several, and one.
@pytest.mark.parametrize("n", [17, 63, 100, 256, 700])
@pytest.mark.parametrize("name", MODELS)
def test_rows(name, n, tmp_path):
    text, options = MODELS[name]
    text = text.format(n=n)
    model = Artifact(compile_text(text, tmp_path / "model.so", *options))
    reference = Artifact(compile_text(text, tmp_path / "reference.so", "--reference", *options))
    rng = np.random.default_rng(n)
    for m in (0, 1, 7, 8, 9, 33, 130):
        x = rng.standard_normal((m, n)).astype(np.float32)
        memory = GuardedPages(at_end=True)
        [got] = model.run([x], memory)
        [expected] = reference.run([x])
        assert got.tobytes() == expected.tobytes(), m
        memory.close()

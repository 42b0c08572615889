"""Softmax with a temperature, compiled."""

import numpy as np
import pytest
from artifact import Artifact, compile_text

MODULE = """
#id = affine_map<(m, n) -> (m, n)>
func.func @main(%z: tensor<?x3xf32>, %t: tensor<1xf32>) -> tensor<?x3xf32> {
  %c0 = arith.constant 0 : index
  %m = tensor.dim %z, %c0 : tensor<?x3xf32>
  %empty = tensor.empty(%m) : tensor<?x3xf32>
  %temperature = tensor.extract %t[%c0] : tensor<1xf32>
  %scaled = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel"]}
      ins(%z : tensor<?x3xf32>) outs(%empty : tensor<?x3xf32>) {
  ^bb0(%in: f32, %out: f32):
    %quotient = arith.divf %in, %temperature : f32
    linalg.yield %quotient : f32
  } -> tensor<?x3xf32>
  %y = linalg.softmax dimension(1) ins(%scaled : tensor<?x3xf32>) outs(%empty : tensor<?x3xf32>)
      -> tensor<?x3xf32>
  return %y : tensor<?x3xf32>
}
"""


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    return Artifact(compile_text(MODULE, tmp_path_factory.mktemp("softmax") / "model.so"))


@pytest.mark.parametrize(
    ("temperature", "expected"),
    [
        (1, [0.66524, 0.24473, 0.09003]),
        (2, [0.50648, 0.30720, 0.18632]),
        (0.5, [0.86681, 0.11731, 0.01588]),
    ],
)
def test_temperature(model, temperature, expected):
    z = np.float32([[2, 1, 0], [1002, 1001, 1000]])
    [probabilities] = model.run([z, np.float32([temperature])])
    np.testing.assert_allclose(probabilities, [expected, expected], atol=6e-6)

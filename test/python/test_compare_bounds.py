"""lowbit-run --compare-layers: no error exceeds its guaranteed bound, which is not far off."""

import json

import numpy as np
import pytest
from comparison import FLOAT, compare

# The bound is of exact sums.
SLACK = 1 + 1e-4


def run(tmp_path, x, *options, model=FLOAT):
    np.savez(tmp_path / "data.npz", x=x.astype(np.float32))
    arguments = ("--input", tmp_path / "data.npz", "--json", "--", *options)
    return json.loads(compare(model, *arguments))["layers"]


@pytest.mark.parametrize(
    ("weights", "activations", "data"),
    [
        ("int8", "int8", "uniform"),
        ("uint4:block=32", "int8:zero-point=none", "normal"),
        ("int3:granularity=layer", "uint4:granularity=tensor", "normal"),
        ("int4:mse", "int8:range=[-1,3]", "normal"),
        ("uint4:zero-point=float", "uint8:range=[0,0.5]", "uniform"),
        ("ternary:twn", "int8", "normal"),
        ("ternary", "ternary:range=[-1,1]", "normal"),
        ("binary", "binary:range=[-1,1]", "normal"),
        ("binary:planes=2", "uint8:range=[0,0.5]", "normal"),
        ("codebook3", "int4:range=[-1,3]", "normal"),
    ],
)
def test_bounds(weights, activations, data, tmp_path):
    random = np.random.default_rng(7)
    x = random.random((16, 64)) if data == "uniform" else random.normal(size=(16, 64), scale=2)
    for layer in run(tmp_path, x, f"--weights={weights}", f"--activations={activations}"):
        bound, error = layer["bound"], layer["alone"]["max_error"]
        total = bound["rounding"] + bound["clipping"]
        assert min(bound.values()) >= 0
        assert error <= total * SLACK, layer
        assert total < 60 * error, layer


def test_bound_is_reached(tmp_path):
    """All activations half a step off, with the signs of weights that are exact."""
    model = tmp_path / "sum.mlir"
    model.write_text("""
func.func @sum(%x: tensor<1x8xf32>) -> tensor<1x1xf32> {
  %init = arith.constant dense<0.0> : tensor<1x1xf32>
  %w = arith.constant dense<1.0> : tensor<8x1xf32>
  %y = linalg.matmul ins(%x, %w : tensor<1x8xf32>, tensor<8x1xf32>)
      outs(%init : tensor<1x1xf32>) -> tensor<1x1xf32> loc("sum")
  return %y : tensor<1x1xf32>
}
""")
    options = ("--weights=binary", "--activations=uint8:range=[0,255]")
    (layer,) = run(tmp_path, np.full((1, 8), 100.5), *options, model=model)
    assert layer["alone"]["max_error"] == pytest.approx(4)
    assert layer["bound"] == {"rounding": pytest.approx(4, rel=1e-4), "clipping": 0}
    # Beyond the range by 10, what is clipped comes on top.
    (layer,) = run(tmp_path, np.full((1, 8), 265), *options, model=model)
    assert layer["alone"]["max_error"] == pytest.approx(80)
    assert layer["bound"]["clipping"] == pytest.approx(80)


def test_no_bound(tmp_path):
    """Layers that stay float, and models that are quantized already, have none."""
    first, second, third = run(tmp_path, np.ones((2, 64)), "--layers=fc2=int8")
    assert (first["bound"], third["bound"]) == (None, None)
    assert second["bound"]["rounding"] > 0

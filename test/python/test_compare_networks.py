"""lowbit-run --compare-layers: every kind of layer has a row, however many there are."""

import json
import subprocess

import numpy as np
import pytest
from comparison import TOOL, compare

KINDS = """
func.func @kinds(%x: tensor<?x4x4x4xf32>) -> tensor<?x2x2xf32> {{
  %zero = arith.constant 0.0 : f32
  %c0 = arith.constant 0 : index
  %m = tensor.dim %x, %c0 : tensor<?x4x4x4xf32>
  %e0 = tensor.empty(%m) : tensor<?x2x2x4xf32>
  %i0 = linalg.fill ins(%zero : f32) outs(%e0 : tensor<?x2x2x4xf32>) -> tensor<?x2x2x4xf32>
  %w0 = arith.constant dense<{w0}> : tensor<3x3x4xf32>
  %y0 = linalg.depthwise_conv_2d_nhwc_hwc
      ins(%x, %w0 : tensor<?x4x4x4xf32>, tensor<3x3x4xf32>)
      outs(%i0 : tensor<?x2x2x4xf32>) -> tensor<?x2x2x4xf32> loc("depthwise")
  %g = tensor.expand_shape %y0 [[0], [1], [2], [3, 4]] output_shape [%m, 2, 2, 2, 2]
      : tensor<?x2x2x4xf32> into tensor<?x2x2x2x2xf32>
  %e1 = tensor.empty(%m) : tensor<?x2x1x2x3xf32>
  %i1 = linalg.fill ins(%zero : f32) outs(%e1 : tensor<?x2x1x2x3xf32>) -> tensor<?x2x1x2x3xf32>
  %w1 = arith.constant dense<{w1}> : tensor<2x3x1x2x2xf32>
  %y1 = linalg.conv_2d_nhwgc_gfhwc
      ins(%g, %w1 : tensor<?x2x2x2x2xf32>, tensor<2x3x1x2x2xf32>)
      outs(%i1 : tensor<?x2x1x2x3xf32>) -> tensor<?x2x1x2x3xf32> loc("grouped")
  %f = tensor.collapse_shape %y1 [[0], [1, 2, 3, 4]]
      : tensor<?x2x1x2x3xf32> into tensor<?x12xf32>
  %e2 = tensor.empty(%m) : tensor<?x12xf32>
  %i2 = linalg.fill ins(%zero : f32) outs(%e2 : tensor<?x12xf32>) -> tensor<?x12xf32>
  %w2 = arith.constant dense<{w2}> : tensor<12x12xf32>
  %y2 = linalg.matmul ins(%f, %w2 : tensor<?x12xf32>, tensor<12x12xf32>)
      outs(%i2 : tensor<?x12xf32>) -> tensor<?x12xf32> loc("fc")
  %y3 = linalg.matmul ins(%y2, %w2 : tensor<?x12xf32>, tensor<12x12xf32>)
      outs(%i2 : tensor<?x12xf32>) -> tensor<?x12xf32> loc("fc")
  %y4 = linalg.matmul ins(%y3, %w2 : tensor<?x12xf32>, tensor<12x12xf32>)
      outs(%i2 : tensor<?x12xf32>) -> tensor<?x12xf32>
  %a = tensor.expand_shape %y4 [[0], [1, 2]] output_shape [%m, 2, 6]
      : tensor<?x12xf32> into tensor<?x2x6xf32>
  %b = tensor.expand_shape %y3 [[0], [1, 2]] output_shape [%m, 6, 2]
      : tensor<?x12xf32> into tensor<?x6x2xf32>
  %e5 = tensor.empty(%m) : tensor<?x2x2xf32>
  %i5 = linalg.fill ins(%zero : f32) outs(%e5 : tensor<?x2x2xf32>) -> tensor<?x2x2xf32>
  %y5 = linalg.batch_matmul ins(%a, %b : tensor<?x2x6xf32>, tensor<?x6x2xf32>)
      outs(%i5 : tensor<?x2x2xf32>) -> tensor<?x2x2xf32> loc("attention")
  return %y5 : tensor<?x2x2xf32>
}}
"""


@pytest.mark.parametrize(
    ("options", "encoding", "least"),
    [
        (["--weights=int8"], "affine<8, narrow>", 30),
        (["--weights=int8", "--activations=int8:range=[-8,8]"], "affine<8, narrow>", 20),
        (["--weights=binary:planes=3"], "binary", 8),
        (["--weights=codebook4"], "codebook<4>", 12),
    ],
)
def test_kinds_of_layers(options, encoding, least, tmp_path):
    """A row for each layer, whatever it becomes: planes, groups, look-ups, windows."""
    random = np.random.default_rng(2)
    shapes = {"w0": (3, 3, 4), "w1": (2, 3, 1, 2, 2), "w2": (12, 12)}
    constants = {
        name: random.normal(size=shape, scale=0.3).tolist() for name, shape in shapes.items()
    }
    model = tmp_path / "kinds.mlir"
    model.write_text(KINDS.format(**constants))
    np.savez(tmp_path / "x.npz", x=random.normal(size=(20, 4, 4, 4)).astype(np.float32))
    report = json.loads(compare(model, "--input", tmp_path / "x.npz", "--json", "--", *options))
    assert (report["not_compared"], report["accumulated_only"]) == ([], [])
    *quantized, attention = report["layers"]
    names = ["depthwise", "grouped", "fc", "fc.2", "layer5"]
    assert [layer["name"] for layer in quantized] == names
    for layer in quantized:
        assert layer["encoding"] == encoding
        assert layer["alone"]["sqnr_db"] > least, layer
        assert layer["accumulated"]["sqnr_db"] < layer["alone"]["sqnr_db"] + 6
    assert quantized[0]["alone"] == quantized[0]["accumulated"]
    assert quantized[3]["alone"] != quantized[3]["accumulated"]
    assert (attention["name"], attention["encoding"]) == ("attention", "f32")
    assert (attention["alone"]["max_error"], attention["alone"]["cosine"]) == (0, 1)
    assert attention["accumulated"]["max_error"] > 0


def deep_model(layers):
    """Matmuls by rotated unit matrices, relu between them."""
    text = [
        "#id = affine_map<(m, n) -> (m, n)>",
        "func.func @deep(%x0: tensor<4x3xf32>) -> tensor<4x3xf32> {",
        "  %zero = arith.constant 0.0 : f32",
        "  %e = tensor.empty() : tensor<4x3xf32>",
        "  %i = arith.constant dense<0.0> : tensor<4x3xf32>",
        "  %w = arith.constant dense<[[0.0,1.0,0.0],[0.0,0.0,1.0],[1.0,0.0,0.0]]>"
        " : tensor<3x3xf32>",
    ]
    for i in range(layers):
        text.append(
            f"  %y{i} = linalg.matmul ins(%x{i}, %w : tensor<4x3xf32>, tensor<3x3xf32>)"
            f' outs(%i : tensor<4x3xf32>) -> tensor<4x3xf32> loc("fc{i}")\n'
            f"  %x{i + 1} = linalg.generic {{indexing_maps = [#id, #id],"
            ' iterator_types = ["parallel", "parallel"]}'
            f" ins(%y{i} : tensor<4x3xf32>) outs(%e : tensor<4x3xf32>) {{\n"
            "  ^bb0(%in: f32, %out: f32):\n"
            "    %max = arith.maximumf %in, %zero : f32\n"
            "    linalg.yield %max : f32\n  } -> tensor<4x3xf32>"
        )
    return "\n".join([*text, f"  return %x{layers} : tensor<4x3xf32>", "}", ""])


def test_a_hundred_layers(tmp_path):
    """As inputs and outputs they are many more than a usual model has."""
    model, data = tmp_path / "deep.mlir", tmp_path / "x.npz"
    model.write_text(deep_model(100))
    np.savez(data, x=np.random.default_rng(3).random((8, 3), dtype=np.float32))
    command = [TOOL, model, "--calibrate", data, "-o", tmp_path / "stats.npz"]
    subprocess.run(list(map(str, command)), check=True, capture_output=True, timeout=120)
    with np.load(tmp_path / "stats.npz") as stats:
        assert all(stats[f"fc{i}/count"] == 24 for i in range(100))
    options = ("--weights=int8", f"--calibration={tmp_path}/stats.npz", "--integer-only")
    report = json.loads(compare(model, "--input", data, "--json", "--", *options))
    assert [layer["name"] for layer in report["layers"]] == [f"fc{i}" for i in range(100)]
    for layer in report["layers"]:
        assert 40 < layer["alone"]["sqnr_db"] < 70 and layer["alone"]["clipped"] == 0

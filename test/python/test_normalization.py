"""Batch normalization: folded into the convolution before it, and ranges without data from it."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import numpy as np
import pytest
from artifact import Artifact, compile_text, dense

ROOT = Path(__file__).resolve().parents[2]
BUILD = Path(os.environ.get("LOWBIT_BUILD", ROOT / "build"))
SIZE, EPSILON = 6, 1e-3
F32 = np.float32
# Convolution, normalization, relu6 and convolution, channels last.
MODEL = """
#id = affine_map<(n, h, w, c) -> (n, h, w, c)>
#channel = affine_map<(n, h, w, c) -> (c)>
func.func @main(%x: tensor<?x6x6x3xf32>) -> tensor<?x2x2x4xf32> {{
  %c0 = arith.constant 0 : index
  %zero = arith.constant 0.0 : f32
  %six = arith.constant 6.0 : f32
  %epsilon = arith.constant {epsilon} : f32
  %n = tensor.dim %x, %c0 : tensor<?x6x6x3xf32>
  %w1 = arith.constant {w1}
  %b1 = arith.constant {b1}
  %e1 = tensor.empty(%n) : tensor<?x4x4x5xf32>
  %i1 = linalg.broadcast ins(%b1 : tensor<5xf32>) outs(%e1 : tensor<?x4x4x5xf32>)
    dimensions = [0, 1, 2]
  %y1 = linalg.conv_2d_nhwc_fhwc ins(%x, %w1 : tensor<?x6x6x3xf32>, tensor<5x3x3x3xf32>)
    outs(%i1 : tensor<?x4x4x5xf32>) -> tensor<?x4x4x5xf32> loc("conv1")
  %mean = arith.constant {mean}
  %var = arith.constant {var}
  %gamma = arith.constant {gamma}
  %beta = arith.constant {beta}
  %r = linalg.generic {{indexing_maps = [#id, #channel, #channel, #channel, #channel, #id],
      iterator_types = ["parallel", "parallel", "parallel", "parallel"]}}
      ins(%y1, %mean, %var, %gamma, %beta : tensor<?x4x4x5xf32>, tensor<5xf32>, tensor<5xf32>,
          tensor<5xf32>, tensor<5xf32>) outs(%e1 : tensor<?x4x4x5xf32>) {{
  ^bb0(%in: f32, %m: f32, %v: f32, %g: f32, %b: f32, %out: f32):
    %centred = arith.subf %in, %m : f32
    %sum = arith.addf %v, %epsilon : f32
    %root = math.rsqrt %sum : f32
    %normal = arith.mulf %centred, %root : f32
    %scaled = arith.mulf %normal, %g : f32
    %moved = arith.addf %scaled, %b : f32
    %low = arith.maximumf %moved, %zero : f32
    %clip = arith.minimumf %low, %six : f32
    linalg.yield %clip : f32
  }} -> tensor<?x4x4x5xf32>
  %w2 = arith.constant {w2}
  %e2 = tensor.empty(%n) : tensor<?x2x2x4xf32>
  %i2 = linalg.fill ins(%zero : f32) outs(%e2 : tensor<?x2x2x4xf32>) -> tensor<?x2x2x4xf32>
  %y2 = linalg.conv_2d_nhwc_fhwc ins(%r, %w2 : tensor<?x4x4x5xf32>, tensor<4x3x3x5xf32>)
    outs(%i2 : tensor<?x2x2x4xf32>) -> tensor<?x2x2x4xf32> loc("conv2")
  return %y2 : tensor<?x2x2x4xf32>
}}
"""


def parameters() -> dict[str, np.ndarray]:
    rng = np.random.default_rng(8)
    return {
        "w1": rng.standard_normal((5, 3, 3, 3)),
        "b1": rng.standard_normal(5),
        "mean": rng.standard_normal(5),
        "var": rng.uniform(10, 40, 5),
        "gamma": np.array([0.5, -1.0, 0.25, 2.0, 0.75]),
        "beta": np.array([0.5, 1.0, -0.25, 1.5, 0.0]),
        "w2": rng.standard_normal((4, 3, 3, 5)),
    }


P = {name: value.astype(F32) for name, value in parameters().items()}
TEXT = MODEL.format(epsilon=EPSILON, **{name: dense(value, "f32") for name, value in P.items()})


def convolve(x: np.ndarray, w: np.ndarray) -> np.ndarray:
    windows = np.lib.stride_tricks.sliding_window_view(x, w.shape[1:3], axis=(1, 2))
    return np.einsum("nhwcyx,fyxc->nhwf", windows.astype(np.float64), w.astype(np.float64))


def hidden(x: np.ndarray) -> np.ndarray:
    """What the second convolution gets, unfolded, in f64."""
    p = {name: value.astype(np.float64) for name, value in P.items()}
    normal = (convolve(x, P["w1"]) + p["b1"] - p["mean"]) / np.sqrt(p["var"] + F32(EPSILON))
    return np.clip(normal * p["gamma"] + p["beta"], 0, 6)


@pytest.fixture(scope="module")
def x():
    return np.random.default_rng(9).standard_normal((20, SIZE, SIZE, 3)).astype(F32)


@pytest.mark.parametrize("option", ["--reference", "--target=host"])
def test_folded_is_unfolded(tmp_path, x, option):
    """Each weight and each bias is rounded once more: 1e-5 of the largest output."""
    [y] = Artifact(compile_text(TEXT, tmp_path / "m.so", option)).run([x])
    expected = convolve(hidden(x), P["w2"])
    assert np.abs(y - expected).max() < 1e-5 * np.abs(expected).max()


def observe(tmp_path, x, *options: str) -> np.ndarray:
    path = compile_text(TEXT, tmp_path / "observed.so", "--observe", *options)
    return Artifact(path).run([x])[2]


def test_observed_inputs_are_those_of_the_unfolded_model(tmp_path, x):
    np.testing.assert_allclose(observe(tmp_path, x), hidden(x), atol=1e-5)


def record(path: Path, layer: str) -> dict[str, object]:
    layers = json.loads(path.with_suffix(".json").read_text())["layers"]
    return next(entry for entry in layers if entry["name"] == layer)


def test_ranges_without_data(tmp_path, x):
    """The first layer's range is from normal inputs, the second one's from the normalization."""
    source = tmp_path / "m.mlir"
    source.write_text(TEXT)
    stats = tmp_path / "normal.npz"
    command = [BUILD / "bin" / "lowbit-run", source, "--calibrate=normal", "-o", stats]
    subprocess.run(list(map(str, command)), check=True, capture_output=True, timeout=60)
    flags = ["--weights=int8", f"--calibration={stats}", "--no-fallback"]
    sigmas = 2.0
    path = tmp_path / "static.so"
    compile_text(TEXT, path, *flags, f"--activations=uint8:sigmas={sigmas}", "--integer-only")
    assert record(path, "conv1")["range_source"] == "normal inputs"
    assert record(path, "conv2")["range_source"] == "batch normalization"
    static = Artifact(path).run([x])[0]

    # The same with ranges by hand.
    statistics = np.load(stats)
    high = max(P["beta"] + sigmas * np.abs(P["gamma"]))
    ranges = {
        "conv1": (float(statistics["conv1/min"]), float(statistics["conv1/max"])),
        "conv2": (0.0, float(min(F32(high), 6))),
    }
    text = TEXT
    for layer, (a, b) in ranges.items():
        op = "linalg.conv_2d_nhwc_fhwc"
        before, after = text.split(f"%y{layer[-1]} = {op}")
        attribute = f'{{lowbit.activations = "uint8:range=[{a},{b}]"}}'
        text = f"{before}%y{layer[-1]} = {op} {attribute}{after}"
    by_hand = Artifact(compile_text(text, tmp_path / "hand.so", "--weights=int8")).run([x])[0]
    np.testing.assert_array_equal(static, by_hand)
    expected = convolve(hidden(x), P["w2"])
    noise = np.square(static - expected).mean() / np.square(expected).mean()
    assert noise < 0.01

    # Data for all layers, where the encoding does not ask for the normalization.
    path = tmp_path / "data.so"
    compile_text(TEXT, path, *flags, "--activations=uint8:range=minmax")
    assert record(path, "conv2")["range_source"] == "normal inputs"

"""Layers with static activations: compiled = reference = NumPy, bit for bit."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "python"))

import lowbit
from artifact import BUILD

os.environ["LOWBIT_RUNTIME_LIBRARY"] = str(BUILD / "lib" / "liblowbit-runtime.so")

K, N, M = 19, 5, 7
# Lowest and highest code.
ENCODINGS = {
    "int8:static": (-128, 127),
    "uint8:static": (0, 255),
    "int8:static,zero-point=none": (-127, 127),
    "int4:static": (-8, 7),
    "uint5:static": (0, 31),
    "int2:static": (-2, 1),
    "ternary": (-1, 1),
    "ternary:threshold=0.6": (-1, 1),
    "binary": (-1, 1),
}
RANGE = (np.float32(-1.5), np.float32(2.75))
MODULE = """
func.func @model(%x: tensor<?x{k}xf32>) -> tensor<?x{n}xf32> {{
  %w = arith.constant dense<{weights}> : tensor<{k}x{n}xf32>
  %zero = arith.constant 0.0 : f32
  %c0 = arith.constant 0 : index
  %m = tensor.dim %x, %c0 : tensor<?x{k}xf32>
  %empty = tensor.empty(%m) : tensor<?x{n}xf32>
  %init = linalg.fill ins(%zero : f32) outs(%empty : tensor<?x{n}xf32>) -> tensor<?x{n}xf32>
  %y = linalg.matmul {{lowbit.activation_range = array<f32: {low}, {high}>}}
      ins(%x, %w : tensor<?x{k}xf32>, tensor<{k}x{n}xf32>)
      outs(%init : tensor<?x{n}xf32>) -> tensor<?x{n}xf32> loc("fc")
  return %y : tensor<?x{n}xf32>
}}
"""


@pytest.fixture(scope="module")
def module(tmp_path_factory):
    """A layer with weights of -1, 0 and 1, whose ternary codes they are, with scale 1."""
    weights = np.random.default_rng(1).integers(-1, 2, (K, N)).astype(np.float32)
    path = tmp_path_factory.mktemp("static") / "layer.mlir"
    low, high = (f"{float(end):e}" for end in RANGE)
    text = str(weights.tolist())
    path.write_text(MODULE.format(k=K, n=N, weights=text, low=low, high=high))
    return path, weights


@pytest.fixture(scope="module")
def x():
    """Values in and beyond the range, and what is not finite."""
    values = np.random.default_rng(2).normal(0, 1.5, (M, K)).astype(np.float32)
    values[0, :8] = [0.0, -0.0, np.inf, -np.inf, np.nan, 1e30, 0.6, -0.6]
    return values


def choose_params(encoding, low, high):
    """Scale and zero point of RANGE in f64, scales rounded as Affine.h says."""
    largest = max(abs(float(end)) for end in RANGE)
    if encoding.startswith(("ternary", "binary")):
        return np.float32(largest), 0
    if "zero-point=none" in encoding:
        return np.float32(largest / high), 0
    exact = (float(RANGE[1]) - float(RANGE[0])) / (high - low)
    scale = np.float32(exact)
    if float(scale) > exact:
        scale = np.nextafter(scale, np.float32(0))
    return scale, int(np.clip(np.rint(low - float(RANGE[0]) / float(scale)), low, high))


def quantize(encoding, x, scale, zero, low, high):
    if encoding.startswith("binary"):
        return np.where(x < 0, -1, 1)
    if "threshold" in encoding:
        return (x > np.float32(0.6)).astype(int) - (x < np.float32(-0.6)).astype(int)
    codes = np.clip(np.rint(x / scale) + np.float32(zero), low, high)
    return np.where(np.isnan(x), zero, codes).astype(np.int64)


def run(path, folder, encoding, name, *options):
    output = folder / f"{name}.so"
    command = [BUILD / "bin" / "lowbit-compile", path, "--weights=ternary:absmean,scale-rule=none"]
    command += [f"--activations={encoding}", "--no-fallback", *options, "-o", output]
    subprocess.run(list(map(str, command)), check=True, timeout=60)
    return lowbit.load(output)


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_compiled_is_reference_is_numpy(encoding, module, x, tmp_path):
    path, weights = module
    low, high = ENCODINGS[encoding]
    scale, zero = choose_params(encoding, low, high)
    codes = quantize(encoding, x, scale, zero, low, high)
    expected = ((codes - zero) @ weights.astype(np.int64)).astype(np.float32) * scale
    reference = run(path, tmp_path, encoding, "reference", "--reference")(x)
    np.testing.assert_array_equal(reference, expected)
    for target in ("generic", "host"):
        compiled = run(path, tmp_path, encoding, target, f"--target={target}")(x)
        assert compiled.tobytes() == reference.tobytes()

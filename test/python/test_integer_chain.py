"""Two layers with integers at both ends: no floats, compiled = reference = exact integers."""

import math
import os
import re
import subprocess
import sys
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from artifact import BUILD

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "python"))

import lowbit

os.environ["LOWBIT_RUNTIME_LIBRARY"] = str(BUILD / "lib" / "liblowbit-runtime.so")

K, HIDDEN, N = 37, 21, 10
# Scale and zero point of input, hidden layer and result.
INPUT = (np.float32(0.02), -5)
HIDDEN_RANGE = (np.float32(0.0), np.float32(6.0))
OUTPUT = (np.float32(0.11), 17)
MODULE = """
!i8 = !lowbit.affine<8>
#id = affine_map<(m, n) -> (m, n)>
func.func @model(%codes: tensor<?x{k}xi8>) -> tensor<?x{n}xi8> {{
  %c0 = arith.constant 0 : index
  %zero = arith.constant 0.0 : f32
  %m = tensor.dim %codes, %c0 : tensor<?x{k}xi8>
  %si = arith.constant dense<{si}> : tensor<1x1xf32>
  %zi = arith.constant dense<{zi}> : tensor<1x1xi32>
  %so = arith.constant dense<{so}> : tensor<1x1xf32>
  %zo = arith.constant dense<{zo}> : tensor<1x1xi32>
  %a = lowbit.from_storage %codes : tensor<?x{k}xi8> -> tensor<?x{k}x!i8>
  %x = lowbit.dequantize %a scale %si zero_point %zi
      : (tensor<?x{k}x!i8>, tensor<1x1xf32>, tensor<1x1xi32>) -> tensor<?x{k}xf32>
  %w1 = arith.constant dense<{w1}> : tensor<{k}x{h}xf32>
  %b1 = arith.constant dense<{b1}> : tensor<{h}xf32>
  %e1 = tensor.empty(%m) : tensor<?x{h}xf32>
  %i1 = linalg.broadcast ins(%b1 : tensor<{h}xf32>) outs(%e1 : tensor<?x{h}xf32>) dimensions = [0]
  %y1 = linalg.matmul ins(%x, %w1 : tensor<?x{k}xf32>, tensor<{k}x{h}xf32>)
      outs(%i1 : tensor<?x{h}xf32>) -> tensor<?x{h}xf32> loc("fc1")
  %r1 = linalg.generic {{indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel"]}}
      ins(%y1 : tensor<?x{h}xf32>) outs(%e1 : tensor<?x{h}xf32>) {{
  ^bb0(%in: f32, %out: f32):
    %max = arith.maximumf %in, %zero : f32
    linalg.yield %max : f32
  }} -> tensor<?x{h}xf32>
  %w2 = arith.constant dense<{w2}> : tensor<{h}x{n}xf32>
  %b2 = arith.constant dense<{b2}> : tensor<{n}xf32>
  %e2 = tensor.empty(%m) : tensor<?x{n}xf32>
  %i2 = linalg.broadcast ins(%b2 : tensor<{n}xf32>) outs(%e2 : tensor<?x{n}xf32>) dimensions = [0]
  %y2 = linalg.matmul {{lowbit.activation_range = array<f32: {low}, {high}>}}
      ins(%r1, %w2 : tensor<?x{h}xf32>, tensor<{h}x{n}xf32>)
      outs(%i2 : tensor<?x{n}xf32>) -> tensor<?x{n}xf32> loc("fc2")
  %q = lowbit.quantize %y2 scale %so zero_point %zo
      : (tensor<?x{n}xf32>, tensor<1x1xf32>, tensor<1x1xi32>) -> tensor<?x{n}x!i8>
  %i = lowbit.to_storage %q : tensor<?x{n}x!i8> -> tensor<?x{n}xi8>
  return %i : tensor<?x{n}xi8>
}}
"""


def text(array):
    return str(array.tolist())


@pytest.fixture(scope="module")
def network():
    """Weights that are codes times powers of two, one scale for each output."""
    random = np.random.default_rng(3)
    layers = []
    for k, n in ((K, HIDDEN), (HIDDEN, N)):
        codes = random.integers(-127, 128, (k, n))
        codes[0] = 127  # so that the scale of each output is what we say
        scales = np.float32(2.0) ** random.integers(-10, -7, n).astype(np.float32)
        bias = random.normal(0, 1, n).astype(np.float32)
        layers.append((codes, scales, bias))
    return layers


def quantize_model(network, folder, weights, activations="int8:static"):
    """The module after the quantize pipeline, which proves it free of floats."""
    (c1, s1, b1), (c2, s2, b2) = network
    source = folder / "float.mlir"
    source.write_text(
        MODULE.format(
            k=K, h=HIDDEN, n=N, w1=text(c1 * s1), b1=text(b1), w2=text(c2 * s2), b2=text(b2),
            si=f"{INPUT[0]:.9e}", zi=INPUT[1], so=f"{OUTPUT[0]:.9e}", zo=OUTPUT[1],
            low=f"{HIDDEN_RANGE[0]:e}", high=f"{HIDDEN_RANGE[1]:e}",
        )
    )  # fmt: skip
    output = folder / "integer.mlir"
    options = f"{weights} activations={activations} no-fallback integer-only"
    command = [BUILD / "bin" / "lowbit-opt", source, f"--lowbit-quantize-pipeline={options}"]
    subprocess.run([*map(str, command), "-o", str(output)], check=True, timeout=60)
    return output


@pytest.fixture(scope="module")
def integers(network, tmp_path_factory):
    return quantize_model(network, tmp_path_factory.mktemp("chain"), "weights=int8")


@pytest.fixture(scope="module")
def codes():
    values = np.random.default_rng(4).integers(-128, 128, (501, K)).astype(np.int8)
    values[0], values[1], values[2] = -128, 127, INPUT[1]
    return values


def hidden_params():
    """Scale, rounded down, and zero point of HIDDEN_RANGE in 8 bits."""
    exact = Fraction(float(HIDDEN_RANGE[1])) / 255
    scale = np.float32(float(exact))
    if Fraction(float(scale)) > exact:
        scale = np.nextafter(scale, np.float32(0))
    return scale, -128


def dyadic(scale):
    """Multiplier of 31 bits and shift."""
    exponent = math.frexp(float(scale))[1]
    multiplier = round(scale * 2 ** (31 - exponent))
    return (multiplier, 31 - exponent) if multiplier < 2**31 else (2**30, 30 - exponent)


def run_layer(codes, zero, scale, layer, output, exact):
    """One layer in Python's integers, or rounded once from exact rationals."""
    weights, weight_scales, bias = layer
    sums = (codes.astype(np.int64) - zero) @ weights
    result = np.empty_like(sums)
    for n in range(sums.shape[1]):
        unit = Fraction(float(scale)) * Fraction(float(weight_scales[n]))
        term = Fraction(float(bias[n])) / unit
        ratio = unit / Fraction(float(output[0]))
        multiplier, shift = dyadic(ratio)
        for m in range(sums.shape[0]):
            total = int(sums[m, n])
            if exact:
                result[m, n] = round(ratio * (total + term)) + output[1]
            else:
                product = (total + round(term)) * multiplier
                result[m, n] = ((product + 2 ** (shift - 1)) >> shift) + output[1]
    return np.clip(result, -128, 127)


def compile_model(source, folder, name, *options):
    output = folder / f"{name}.so"
    command = [BUILD / "bin" / "lowbit-compile", source, *options, "-o", output]
    subprocess.run(list(map(str, command)), check=True, timeout=60)
    return lowbit.load(output)


def test_no_float_is_left(integers):
    module = integers.read_text()
    assert "f32" not in module
    assert module.count("lowbit.requantize") == 2


def test_compiled_is_reference_is_exact(integers, network, codes, tmp_path):
    hidden = run_layer(codes, INPUT[1], INPUT[0], network[0], hidden_params(), exact=False)
    hidden = np.maximum(hidden, hidden_params()[1])
    expected = run_layer(
        hidden, hidden_params()[1], hidden_params()[0], network[1], OUTPUT, exact=False
    )
    assert len(np.unique(expected)) > 100
    reference = compile_model(integers, tmp_path, "reference", "--reference")(codes)
    np.testing.assert_array_equal(reference, expected)
    for target in ("generic", "host"):
        compiled = compile_model(integers, tmp_path, target, f"--target={target}")(codes)
        assert compiled.dtype == np.int8
        assert compiled.tobytes() == reference.tobytes()


@pytest.mark.parametrize(
    "weights", ["layers=fc1=ternary;fc2=int4", "layers=fc1=uint4;fc2=binary", "weights=int2"]
)
def test_mixed_weights(weights, network, codes, tmp_path):
    """Layers of any encodings in one chain."""
    source = quantize_model(network, tmp_path, weights)
    reference = compile_model(source, tmp_path, "reference", "--reference")(codes)
    assert len(np.unique(reference)) > 10
    for target in ("generic", "host"):
        compiled = compile_model(source, tmp_path, target, f"--target={target}")(codes)
        assert compiled.tobytes() == reference.tobytes()


@pytest.mark.parametrize("weights", ["weights=int8", "layers=fc1=ternary;fc2=int4"])
@pytest.mark.parametrize("activations", ["uint8:static", "uint4:static", "int4:static"])
def test_mixed_activations(activations, weights, network, codes, tmp_path):
    """Signed codes at both ends, others between the layers."""
    source = quantize_model(network, tmp_path, weights, activations)
    code = f"!lowbit.affine<{activations[-8]}{', unsigned' if activations[0] == 'u' else ''}>"
    assert re.search(rf"lowbit.requantize .*{code}>\n", source.read_text())
    reference = compile_model(source, tmp_path, "reference", "--reference")(codes)
    assert len(np.unique(reference)) > 10
    for target in ("generic", "host"):
        compiled = compile_model(source, tmp_path, target, f"--target={target}")(codes)
        assert compiled.tobytes() == reference.tobytes()


@pytest.mark.parametrize("layer", [0, 1])
def test_each_layer_is_at_most_one_code_off(layer, network):
    """The bound of the pass, reached where the result is nearly as fine as the sum."""
    scale = [INPUT, hidden_params()][layer][0]
    weights, weight_scales, bias = network[layer]
    small = weights, weight_scales, 40 * bias * scale * weight_scales
    output = (np.float32(1.3 * scale * weight_scales.max()), 0)
    k = [K, HIDDEN][layer]
    inputs = np.vstack([np.eye(k), -np.eye(k), np.zeros((1, k))]).astype(np.int8)
    integer = run_layer(inputs, 0, scale, small, output, exact=False)
    exact = run_layer(inputs, 0, scale, small, output, exact=True)
    assert np.abs(integer - exact).max() == 1

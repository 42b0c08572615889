"""Convolutions of all kinds in integers, from the first codes on."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from artifact import BUILD

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "python"))

import lowbit

os.environ["LOWBIT_RUNTIME_LIBRARY"] = str(BUILD / "lib" / "liblowbit-runtime.so")

MODULE = """
!i8 = !lowbit.affine<8>
#id = affine_map<(n, y, x, c) -> (n, y, x, c)>
func.func @model(%x: tensor<?x8x8x2xf32>) -> tensor<?x2x2x5xi8> {{
  %c0 = arith.constant 0 : index
  %zero = arith.constant 0.0 : f32
  %lowest = arith.constant 0xFF800000 : f32
  %n = tensor.dim %x, %c0 : tensor<?x8x8x2xf32>
  %so = arith.constant dense<0.05> : tensor<1x1x1x1xf32>
  %zo = arith.constant dense<-11> : tensor<1x1x1x1xi32>
  %w1 = arith.constant dense<{w1}> : tensor<3x3x2x7xf32>
  %b1 = arith.constant dense<{b1}> : tensor<7xf32>
  %w2 = arith.constant dense<{w2}> : tensor<3x3x7x5xf32>
  %b2 = arith.constant dense<{b2}> : tensor<5xf32>
  %p = tensor.pad %x low[0, 1, 1, 0] high[0, 1, 1, 0] {{
  ^bb0(%i0: index, %i1: index, %i2: index, %i3: index):
    tensor.yield %zero : f32
  }} : tensor<?x8x8x2xf32> to tensor<?x10x10x2xf32>
  %e1 = tensor.empty(%n) : tensor<?x8x8x7xf32>
  %i1 = linalg.broadcast ins(%b1 : tensor<7xf32>)
      outs(%e1 : tensor<?x8x8x7xf32>) dimensions = [0, 1, 2]
  %y1 = linalg.conv_2d_nhwc_hwcf
      {{strides = dense<1> : tensor<2xi64>, dilations = dense<1> : tensor<2xi64>,
        lowbit.activation_range = array<f32: -1.0, 1.0>}}
      ins(%p, %w1 : tensor<?x10x10x2xf32>, tensor<3x3x2x7xf32>)
      outs(%i1 : tensor<?x8x8x7xf32>) -> tensor<?x8x8x7xf32> loc("conv1")
  %r1 = linalg.generic
      {{indexing_maps = [#id, #id],
       iterator_types = ["parallel", "parallel", "parallel", "parallel"]}}
      ins(%y1 : tensor<?x8x8x7xf32>) outs(%e1 : tensor<?x8x8x7xf32>) {{
  ^bb0(%in: f32, %out: f32):
    %max = arith.maximumf %in, %zero : f32
    linalg.yield %max : f32
  }} -> tensor<?x8x8x7xf32>
  %w = tensor.empty() : tensor<2x2xf32>
  %em = tensor.empty(%n) : tensor<?x4x4x7xf32>
  %fm = linalg.fill ins(%lowest : f32) outs(%em : tensor<?x4x4x7xf32>) -> tensor<?x4x4x7xf32>
  %m1 = linalg.pooling_nhwc_max
      {{strides = dense<2> : vector<2xi64>, dilations = dense<1> : vector<2xi64>}}
      ins(%r1, %w : tensor<?x8x8x7xf32>, tensor<2x2xf32>)
      outs(%fm : tensor<?x4x4x7xf32>) -> tensor<?x4x4x7xf32>
  %e2 = tensor.empty(%n) : tensor<?x2x2x5xf32>
  %i2 = linalg.broadcast ins(%b2 : tensor<5xf32>)
      outs(%e2 : tensor<?x2x2x5xf32>) dimensions = [0, 1, 2]
  %y2 = linalg.conv_2d_nhwc_hwcf
      {{strides = dense<1> : tensor<2xi64>, dilations = dense<1> : tensor<2xi64>,
        lowbit.activation_range = array<f32: 0.0, 2.0>}}
      ins(%m1, %w2 : tensor<?x4x4x7xf32>, tensor<3x3x7x5xf32>)
      outs(%i2 : tensor<?x2x2x5xf32>) -> tensor<?x2x2x5xf32> loc("conv2")
  %q = lowbit.quantize %y2 scale %so zero_point %zo
      : (tensor<?x2x2x5xf32>, tensor<1x1x1x1xf32>, tensor<1x1x1x1xi32>) -> tensor<?x2x2x5x!i8>
  %i = lowbit.to_storage %q : tensor<?x2x2x5x!i8> -> tensor<?x2x2x5xi8>
  return %i : tensor<?x2x2x5xi8>
}}
"""


# A dense layer, one per channel and one in groups, each with a bias, a clip, and padding.
GROUPS = """
!i8 = !lowbit.affine<8>
#id = affine_map<(n, y, x, c) -> (n, y, x, c)>
func.func @model(%x: tensor<?x7x6x4xf32>) -> tensor<?x4x3x8xi8> {{
  %c0 = arith.constant 0 : index
  %zero = arith.constant 0.0 : f32
  %six = arith.constant 6.0 : f32
  %n = tensor.dim %x, %c0 : tensor<?x7x6x4xf32>
  %so = arith.constant dense<0.05> : tensor<1x1x1x1xf32>
  %zo = arith.constant dense<9> : tensor<1x1x1x1xi32>
  %w1 = arith.constant dense<{w1}> : tensor<3x3x6xf32>
  %b1 = arith.constant dense<{b1}> : tensor<6xf32>
  %w0 = arith.constant dense<{w0}> : tensor<1x1x4x6xf32>
  %b0 = arith.constant dense<{b0}> : tensor<6xf32>
  %w2 = arith.constant dense<{w2}> : tensor<2x4x3x3x3xf32>
  %b2 = arith.constant dense<{b2}> : tensor<8xf32>
  %e0 = tensor.empty(%n) : tensor<?x7x6x6xf32>
  %i0 = linalg.broadcast ins(%b0 : tensor<6xf32>)
      outs(%e0 : tensor<?x7x6x6xf32>) dimensions = [0, 1, 2]
  %y0 = linalg.conv_2d_nhwc_hwcf
      {{strides = dense<1> : tensor<2xi64>, dilations = dense<1> : tensor<2xi64>,
        lowbit.activation_range = array<f32: -0.7, 1.0>}}
      ins(%x, %w0 : tensor<?x7x6x4xf32>, tensor<1x1x4x6xf32>)
      outs(%i0 : tensor<?x7x6x6xf32>) -> tensor<?x7x6x6xf32> loc("dense")
  %r0 = linalg.generic
      {{indexing_maps = [#id, #id],
       iterator_types = ["parallel", "parallel", "parallel", "parallel"]}}
      ins(%y0 : tensor<?x7x6x6xf32>) outs(%e0 : tensor<?x7x6x6xf32>) {{
  ^bb0(%in: f32, %out: f32):
    %max = arith.maximumf %in, %zero : f32
    linalg.yield %max : f32
  }} -> tensor<?x7x6x6xf32>
  %p0 = tensor.pad %r0 low[0, 1, 1, 0] high[0, 1, 1, 0] {{
  ^bb0(%j0: index, %j1: index, %j2: index, %j3: index):
    tensor.yield %zero : f32
  }} : tensor<?x7x6x6xf32> to tensor<?x9x8x6xf32>
  %e1 = tensor.empty(%n) : tensor<?x7x6x6xf32>
  %i1 = linalg.broadcast ins(%b1 : tensor<6xf32>)
      outs(%e1 : tensor<?x7x6x6xf32>) dimensions = [0, 1, 2]
  %y1 = linalg.depthwise_conv_2d_nhwc_hwc
      {{strides = dense<1> : tensor<2xi64>, dilations = dense<1> : tensor<2xi64>,
        lowbit.activation_range = array<f32: -0.1, 3.0>}}
      ins(%p0, %w1 : tensor<?x9x8x6xf32>, tensor<3x3x6xf32>)
      outs(%i1 : tensor<?x7x6x6xf32>) -> tensor<?x7x6x6xf32> loc("depthwise")
  %r1 = linalg.generic
      {{indexing_maps = [#id, #id],
       iterator_types = ["parallel", "parallel", "parallel", "parallel"]}}
      ins(%y1 : tensor<?x7x6x6xf32>) outs(%e1 : tensor<?x7x6x6xf32>) {{
  ^bb0(%in: f32, %out: f32):
    %max = arith.maximumf %in, %zero : f32
    %min = arith.minimumf %max, %six : f32
    linalg.yield %min : f32
  }} -> tensor<?x7x6x6xf32>
  %p1 = tensor.pad %r1 low[0, 2, 0, 0] high[0, 0, 1, 0] {{
  ^bb0(%j0: index, %j1: index, %j2: index, %j3: index):
    tensor.yield %zero : f32
  }} : tensor<?x7x6x6xf32> to tensor<?x9x7x6xf32>
  %g1 = tensor.expand_shape %p1 [[0], [1], [2], [3, 4]] output_shape [%n, 9, 7, 2, 3]
      : tensor<?x9x7x6xf32> into tensor<?x9x7x2x3xf32>
  %e2 = tensor.empty(%n) : tensor<?x4x3x2x4xf32>
  %i2 = linalg.fill ins(%zero : f32) outs(%e2 : tensor<?x4x3x2x4xf32>) -> tensor<?x4x3x2x4xf32>
  %y2 = linalg.conv_2d_nhwgc_gfhwc
      {{strides = dense<2> : tensor<2xi64>, dilations = dense<1> : tensor<2xi64>,
        lowbit.activation_range = array<f32: 0.0, 6.0>}}
      ins(%g1, %w2 : tensor<?x9x7x2x3xf32>, tensor<2x4x3x3x3xf32>)
      outs(%i2 : tensor<?x4x3x2x4xf32>) -> tensor<?x4x3x2x4xf32> loc("groups")
  %f2 = tensor.collapse_shape %y2 [[0], [1], [2], [3, 4]]
      : tensor<?x4x3x2x4xf32> into tensor<?x4x3x8xf32>
  %e3 = tensor.empty(%n) : tensor<?x4x3x8xf32>
  %i3 = linalg.broadcast ins(%b2 : tensor<8xf32>)
      outs(%e3 : tensor<?x4x3x8xf32>) dimensions = [0, 1, 2]
  %s2 = linalg.add ins(%f2, %i3 : tensor<?x4x3x8xf32>, tensor<?x4x3x8xf32>)
      outs(%e3 : tensor<?x4x3x8xf32>) -> tensor<?x4x3x8xf32>
  %q = lowbit.quantize %s2 scale %so zero_point %zo
      : (tensor<?x4x3x8xf32>, tensor<1x1x1x1xf32>, tensor<1x1x1x1xi32>) -> tensor<?x4x3x8x!i8>
  %i = lowbit.to_storage %q : tensor<?x4x3x8x!i8> -> tensor<?x4x3x8xi8>
  return %i : tensor<?x4x3x8xi8>
}}
"""


def run(*command):
    subprocess.run(list(map(str, command)), check=True, timeout=60)


def compile_model(source, folder, name, *options):
    output = folder / f"{name}.so"
    run(BUILD / "bin" / "lowbit-compile", source, *options, "-o", output)
    return lowbit.load(output)


def quantize(text, parameters, weights, folder):
    """The module before and after the quantize pipeline, which proves it free of floats."""
    source, integers = folder / "float.mlir", folder / "integer.mlir"
    source.write_text(text.format(**{k: str(v.tolist()) for k, v in parameters.items()}))
    options = f"weights={weights} activations=int8:static no-fallback integer-only"
    pipeline = f"--lowbit-quantize-pipeline={options}"
    run(BUILD / "bin" / "lowbit-opt", source, pipeline, "-o", integers)
    return source, integers


def check_compiled(source, integers, x, folder, tolerance):
    """Compiled is reference, bit for bit, and off by at most `tolerance` codes from float."""
    reference = compile_model(integers, folder, "reference", "--reference")(x)
    assert len(np.unique(reference)) > 20
    for target in ("generic", "host"):
        compiled = compile_model(integers, folder, target, f"--target={target}")(x)
        assert compiled.tobytes() == reference.tobytes()
    if tolerance is not None:
        exact = compile_model(source, folder, "float", "--reference")(x)
        assert np.abs(reference.astype(int) - exact.astype(int)).max() <= tolerance


@pytest.mark.parametrize("weights", ["int8", "ternary"])
def test_convolutions_stay_integers(weights, tmp_path):
    random = np.random.default_rng(6)
    parameters = {
        "w1": random.normal(0, 0.3, (3, 3, 2, 7)).round(3),
        "b1": random.normal(0, 0.2, 7).round(3),
        "w2": random.normal(0, 0.3, (3, 3, 7, 5)).round(3),
        "b2": random.normal(0, 0.2, 5).round(3),
    }
    source, integers = quantize(MODULE, parameters, weights, tmp_path)
    module = integers.read_text()
    assert module.count("lowbit.requantize") == 2
    assert module.count("lowbit.im2col") == 2
    x = random.uniform(-1, 1, (3, 8, 8, 2)).astype(np.float32)
    check_compiled(source, integers, x, tmp_path, 3 if weights == "int8" else None)


@pytest.mark.parametrize("weights", ["int8", "int4", "ternary", "uint8"])
def test_channels_and_groups_stay_integers(weights, tmp_path):
    random = np.random.default_rng(8)
    parameters = {
        "w0": random.normal(0, 0.6, (1, 1, 4, 6)).round(3),
        "b0": random.normal(0.3, 0.2, 6).round(3),
        "w1": random.normal(0, 0.6, (3, 3, 6)).round(3),
        "b1": random.normal(0.3, 0.5, 6).round(3),
        "w2": random.normal(0, 0.3, (2, 4, 3, 3, 3)).round(3),
        "b2": random.normal(0, 0.5, 8).round(3),
    }
    source, integers = quantize(GROUPS, parameters, weights, tmp_path)
    module = integers.read_text()
    # One for the pixels, one for the channels, and one for each of two groups.
    assert module.count("lowbit.requantize") == 4
    # Unsigned weights have a zero point, for which the codes of the windows are added up.
    assert module.count("= lowbit.conv_2d") == (2 if weights == "uint8" else 1)
    x = random.uniform(-0.7, 1, (3, 7, 6, 4)).astype(np.float32)
    tolerance = {"int8": 4, "uint8": 4}.get(weights)
    check_compiled(source, integers, x, tmp_path, tolerance)

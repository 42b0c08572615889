"""Ops between quantized tensors on codes: the results that exact arithmetic rounds to."""

import os
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

HEADER = """
!i8 = !lowbit.affine<8>
!u8 = !lowbit.affine<8, unsigned>
"""
RESIDUAL = """
func.func @model(%a: tensor<256x256xi8>, %b: tensor<256x256xi8>) -> tensor<256x256xi8> {{
  %sa = arith.constant dense<{sa}> : tensor<1x1xf32>
  %sb = arith.constant dense<{sb}> : tensor<1x1xf32>
  %so = arith.constant dense<{so}> : tensor<1x1xf32>
  %zb = arith.constant dense<{zb}> : tensor<1x1xi32>
  %zo = arith.constant dense<{zo}> : tensor<1x1xi32>
  %ca = lowbit.from_storage %a : tensor<256x256xi8> -> tensor<256x256x!i8>
  %cb = lowbit.from_storage %b : tensor<256x256xi8> -> tensor<256x256x!u8>
  %x = lowbit.dequantize %ca scale %sa
      : (tensor<256x256x!i8>, tensor<1x1xf32>) -> tensor<256x256xf32>
  %y = lowbit.dequantize %cb scale %sb zero_point %zb
      : (tensor<256x256x!u8>, tensor<1x1xf32>, tensor<1x1xi32>) -> tensor<256x256xf32>
  %s = arith.addf %x, %y : tensor<256x256xf32>
  %q = lowbit.quantize %s scale %so zero_point %zo
      : (tensor<256x256xf32>, tensor<1x1xf32>, tensor<1x1xi32>) -> tensor<256x256x!i8>
  %i = lowbit.to_storage %q : tensor<256x256x!i8> -> tensor<256x256xi8>
  return %i : tensor<256x256xi8>
}}
"""
RESCALE = """
func.func @model(%a: tensor<1x256xi8>) -> tensor<1x256xi8> {{
  %sa = arith.constant dense<{sa}> : tensor<1x1xf32>
  %so = arith.constant dense<{so}> : tensor<1x1xf32>
  %za = arith.constant dense<{za}> : tensor<1x1xi32>
  %zo = arith.constant dense<{zo}> : tensor<1x1xi32>
  %ca = lowbit.from_storage %a : tensor<1x256xi8> -> tensor<1x256x!u8>
  %x = lowbit.dequantize %ca scale %sa zero_point %za
      : (tensor<1x256x!u8>, tensor<1x1xf32>, tensor<1x1xi32>) -> tensor<1x256xf32>
  %q = lowbit.quantize %x scale %so zero_point %zo
      : (tensor<1x256xf32>, tensor<1x1xf32>, tensor<1x1xi32>) -> tensor<1x256x!i8>
  %i = lowbit.to_storage %q : tensor<1x256x!i8> -> tensor<1x256xi8>
  return %i : tensor<1x256xi8>
}}
"""
POOL = """
func.func @model(%a: tensor<5x8x8x3xi8>) -> tensor<5x4x4x3xi8> {{
  %s = arith.constant dense<{sa}> : tensor<1x1x1x1xf32>
  %z = arith.constant dense<{za}> : tensor<1x1x1x1xi32>
  %so = arith.constant dense<{so}> : tensor<1x1x1x1xf32>
  %start = arith.constant {start} : f32
  %factor = arith.constant dense<0.25> : tensor<5x4x4x3xf32>
  %c = lowbit.from_storage %a : tensor<5x8x8x3xi8> -> tensor<5x8x8x3x!{code}>
  %x = lowbit.dequantize %c scale %s zero_point %z
      : (tensor<5x8x8x3x!{code}>, tensor<1x1x1x1xf32>, tensor<1x1x1x1xi32>) -> tensor<5x8x8x3xf32>
  %w = tensor.empty() : tensor<2x2xf32>
  %e = tensor.empty() : tensor<5x4x4x3xf32>
  %f = linalg.fill ins(%start : f32) outs(%e : tensor<5x4x4x3xf32>) -> tensor<5x4x4x3xf32>
  %p = linalg.pooling_nhwc_{kind}
      {{strides = dense<2> : vector<2xi64>, dilations = dense<1> : vector<2xi64>}}
      ins(%x, %w : tensor<5x8x8x3xf32>, tensor<2x2xf32>)
      outs(%f : tensor<5x4x4x3xf32>) -> tensor<5x4x4x3xf32>
  {mean}
  %q = lowbit.quantize %y scale %so zero_point %z
      : (tensor<5x4x4x3xf32>, tensor<1x1x1x1xf32>, tensor<1x1x1x1xi32>) -> tensor<5x4x4x3x!{code}>
  %i = lowbit.to_storage %q : tensor<5x4x4x3x!{code}> -> tensor<5x4x4x3xi8>
  return %i : tensor<5x4x4x3xi8>
}}
"""


def compile_model(text, folder):
    """The model without a float: by the passes, then by the compiler."""
    source, integers, output = (folder / name for name in ("float.mlir", "int.mlir", "model.so"))
    source.write_text(HEADER + text)
    command = [BUILD / "bin" / "lowbit-opt", source, "--lowbit-propagate", "--canonicalize"]
    command += ["--lowbit-integer-only", "-o", integers]
    subprocess.run(list(map(str, command)), check=True, timeout=60)
    assert "f32" not in integers.read_text()
    command = [BUILD / "bin" / "lowbit-compile", integers, "-o", output]
    subprocess.run(list(map(str, command)), check=True, timeout=60)
    return lowbit.load(output)


def exact(value):
    return Fraction(float(np.float32(value)))


def real(value):
    return f"{np.float32(value):.9e}"


@pytest.mark.parametrize(
    ("sa", "sb", "so", "zb", "zo"),
    [
        (0.05, 0.03, 0.1, 128, 3),
        (0.5, 0.25, 0.75, 0, -128),
        (1.0, 1e-4, 2.0, 255, 0),
        (0.1, 0.1, 0.1, 100, 127),
        (25.5, 3.1, 0.1, 128, 0),
        (1e-3, 2e-3, 40.0, 7, 0),
    ],
)
def test_residual_is_at_most_one_code_off(sa, sb, so, zb, zo, tmp_path):
    """All pairs of codes."""
    model = compile_model(
        RESIDUAL.format(sa=real(sa), sb=real(sb), so=real(so), zb=zb, zo=zo), tmp_path
    )
    a = np.repeat(np.arange(-128, 128)[:, None], 256, axis=1)
    b = np.repeat(np.arange(256)[None, :], 256, axis=0)
    result = model(a.astype(np.int8), b.astype(np.uint8).view(np.int8)).astype(int)
    left = [round(exact(sa) * i / exact(so) * 2**60) for i in range(-128, 128)]
    right = [round(exact(sb) * (i - zb) / exact(so) * 2**60) for i in range(256)]
    sums = np.add.outer(np.array(left, dtype=object), np.array(right, dtype=object))
    rounded = np.array((sums + 2**59) // 2**60 + zo, dtype=int)
    difference = np.abs(result - np.clip(rounded, -128, 127))
    assert difference.max() <= 1
    # The bound of the pass before rounding.
    distances = np.abs(np.array((sums % 2**60 - 2**59) / 2**60, dtype=float))
    assert distances[difference > 0].max(initial=0) <= max(sa, sb) / so * 2**-12


@pytest.mark.parametrize(
    ("sa", "so", "za", "zo"), [(0.1, 0.1, 128, 0), (0.3, 0.1, 5, 7), (0.01, 0.7, 255, -128)]
)
def test_rescale_is_exact_but_for_ties(sa, so, za, zo, tmp_path):
    model = compile_model(RESCALE.format(sa=real(sa), so=real(so), za=za, zo=zo), tmp_path)
    codes = np.arange(256, dtype=np.uint8)[None, :]
    result = model(codes.view(np.int8)).astype(int)[0]
    ratio = exact(sa) / exact(so)
    half = Fraction(1, 2)
    expected = [(ratio * (int(c) - za) + half).__floor__() + zo for c in range(256)]
    np.testing.assert_array_equal(result, np.clip(expected, -128, 127))


@pytest.mark.parametrize("code", ["i8", "u8"])
@pytest.mark.parametrize("kind", ["max", "sum"])
def test_pools(code, kind, tmp_path):
    zero, scale, output = (17, 0.3, 0.3) if kind == "max" else (17, 0.3, 0.2)
    mean = "%y = arith.mulf %p, %factor : tensor<5x4x4x3xf32>"
    text = POOL.format(
        sa=real(scale), so=real(output), za=zero, code=code, kind=kind,
        start="0xFF800000" if kind == "max" else "0.0",
        mean=mean if kind == "sum" else "",
    )  # fmt: skip
    if kind == "max":
        text = text.replace("quantize %y", "quantize %p")
    model = compile_model(text, tmp_path)
    dtype = np.int8 if code == "i8" else np.uint8
    codes = np.random.default_rng(5).integers(0, 256, (5, 8, 8, 3)).astype(np.uint8).view(dtype)
    result = model(codes.view(np.int8)).view(dtype).astype(int)
    windows = codes.astype(int).reshape(5, 4, 2, 4, 2, 3)
    if kind == "max":
        np.testing.assert_array_equal(result, windows.max(axis=(2, 4)))
        return
    ratio = exact(scale) / exact(output) / 4
    sums = (windows - zero).sum(axis=(2, 4))
    expected = np.vectorize(lambda s: (ratio * int(s) + Fraction(1, 2)).__floor__() + zero)(sums)
    limits = np.iinfo(dtype)
    np.testing.assert_array_equal(result, np.clip(expected, limits.min, limits.max))

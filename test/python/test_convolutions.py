"""Convolutions of codes, compiled, against a direct convolution in NumPy."""

from __future__ import annotations

import itertools
from typing import NamedTuple

import numpy as np
import pytest
from artifact import TARGETS, Artifact, compile_text, dense
from targets import lacks

pytestmark = pytest.mark.sampled

CODES = {
    "!lowbit.affine<8>": (-128, 127, 1),
    "!lowbit.affine<8, unsigned>": (0, 255, 1),
    "!lowbit.affine<4>": (-8, 7, 1),
    "!lowbit.affine<4, unsigned>": (0, 15, 1),
    "!lowbit.affine<3, narrow>": (-3, 3, 1),
    "!lowbit.ternary": (-1, 1, 1),
    "!lowbit.binary": (-1, 1, 2),
    "!lowbit.binary<unipolar>": (0, 1, 1),
}
INT8, UINT8, INT4 = list(CODES)[:3]
BINARY, TERNARY = "!lowbit.binary", "!lowbit.ternary"


class Convolution(NamedTuple):
    """`pads` are top, bottom, left, right; zero points are none, all, or each."""

    height: int
    width: int
    channels: int
    outputs: int
    kernel: tuple[int, int]
    groups: int = 1
    strides: tuple[int, int] = (1, 1)
    dilations: tuple[int, int] = (1, 1)
    pads: tuple[int, int, int, int] = (0, 0, 0, 0)
    weights: str = INT8
    activations: str = INT8
    za: str = "each"
    zw: str = "none"

    def extents(self) -> tuple[int, int]:
        """OH and OW."""
        sizes = (self.height, self.width)
        result = []
        for d in range(2):
            reach = (self.kernel[d] - 1) * self.dilations[d] + 1
            free = sizes[d] + self.pads[2 * d] + self.pads[2 * d + 1] - reach
            result.append(max(0, free // self.strides[d] + 1))
        return tuple(result)


CASES = {
    "plain": Convolution(7, 6, 5, 9, (3, 3)),
    "pixel": Convolution(5, 4, 7, 17, (1, 1), weights="!lowbit.ternary"),
    "strided_pixel": Convolution(5, 4, 7, 3, (1, 1), strides=(2, 3)),
    "padded_pixel": Convolution(3, 4, 5, 3, (1, 1), pads=(1, 0, 0, 2), za="all"),
    "padded": Convolution(6, 7, 4, 18, (3, 3), pads=(1, 1, 1, 1), weights=INT4, zw="each"),
    "asymmetric": Convolution(6, 5, 3, 4, (3, 2), strides=(2, 2), pads=(0, 2, 3, 0), zw="all"),
    "dilated_rows": Convolution(9, 6, 3, 5, (3, 2), dilations=(3, 1), pads=(2, 1, 0, 1)),
    "dilated": Convolution(9, 8, 3, 5, (3, 3), strides=(1, 2), dilations=(2, 3), pads=(1, 4, 2, 2)),
    "larger_than_image": Convolution(2, 3, 4, 5, (5, 6), pads=(2, 1, 3, 0)),
    "only_padding": Convolution(1, 1, 2, 3, (2, 2), strides=(3, 3), pads=(4, 3, 3, 4)),
    "no_windows": Convolution(2, 7, 2, 3, (3, 3), strides=(2, 1)),
    "one_by_n": Convolution(4, 9, 2, 3, (1, 7), pads=(0, 0, 3, 3)),
    "groups": Convolution(5, 6, 6, 9, (3, 3), groups=3, pads=(1, 1, 1, 1), zw="each", weights=INT4),
    "pixel_groups": Convolution(3, 3, 8, 4, (1, 1), groups=2, za="all", zw="all", weights=INT4),
    "depthwise": Convolution(6, 7, 19, 19, (3, 3), groups=19, pads=(1, 1, 1, 1), zw="each"),
    "depthwise_strided": Convolution(
        9, 8, 4, 4, (3, 5), groups=4, strides=(2, 3), dilations=(2, 1), pads=(0, 3, 2, 1)
    ),
    "depthwise_multiplied": Convolution(
        5, 5, 3, 6, (2, 3), groups=3, pads=(1, 0, 1, 1), za="all", zw="all", weights=UINT8
    ),
    "depthwise_larger_than_image": Convolution(2, 2, 3, 3, (3, 3), groups=3),
    "unsigned": Convolution(5, 6, 3, 4, (3, 3), pads=(1, 1, 1, 1), activations=UINT8),
    "unsigned_depthwise": Convolution(
        5, 6, 5, 5, (3, 3), groups=5, pads=(1, 1, 1, 1), activations=UINT8, weights=UINT8, zw="all"
    ),
    "without_zero_points": Convolution(4, 5, 3, 4, (3, 3), pads=(1, 1, 1, 1), za="none"),
    "signs": Convolution(
        4, 5, 3, 4, (3, 3), pads=(1, 1, 1, 1), za="none", activations="!lowbit.binary"
    ),
    # Codes that are bits: made of windows, or of pixels where these are whole words.
    "bits_ternary": Convolution(
        5, 6, 3, 17, (3, 3), pads=(1, 0, 1, 2), za="none", weights=TERNARY, activations=TERNARY
    ),
    "bits_pixels": Convolution(
        6, 5, 64, 17, (3, 2), pads=(1, 0, 1, 2), za="none", weights=TERNARY, activations=TERNARY
    ),
    "bits_pixels_groups": Convolution(
        5, 5, 64, 6, (2, 3), groups=2, strides=(2, 1), za="none", weights=BINARY, activations=BINARY
    ),
    "bits_pixels_padded": Convolution(
        4, 5, 32, 3, (3, 3), pads=(1, 1, 1, 1), za="none", weights=BINARY, activations=TERNARY
    ),
    **{
        f"weights_{i}": Convolution(5, 6, 3, 20, (3, 3), pads=(1, 0, 1, 2), weights=code)
        for i, code in enumerate(CODES)
    },
}


def codes(rng: np.random.Generator, code: str, shape: tuple) -> np.ndarray:
    low, high, step = CODES[code]
    return low + step * rng.integers((high - low) // step + 1, size=shape)


def storage(values: np.ndarray) -> np.ndarray:
    return values.astype(np.uint8).view(np.int8)


def weights_of(c: Convolution) -> tuple[np.ndarray, np.ndarray | None]:
    rng = np.random.default_rng(1)
    weights = codes(rng, c.weights, (c.outputs, *c.kernel, c.channels // c.groups))
    rows = {"none": None, "all": 1, "each": c.outputs}[c.zw]
    return weights, rows and codes(rng, c.weights, (rows, 1, 1, 1)).astype(np.int32)


def write_module(c: Convolution) -> str:
    """@main(codes, init[, activation zero points]), with any number of images."""
    weights, zw = weights_of(c)
    oh, ow = c.extents()
    images, result = f"?x{c.height}x{c.width}x{c.channels}", f"tensor<?x{oh}x{ow}x{c.outputs}xi32>"
    kernel = "x".join(map(str, weights.shape))
    arguments = [f"%storage: tensor<{images}xi8>", f"%init: {result}"]
    types = [f"tensor<{images}x{c.activations}>", f"tensor<{kernel}x{c.weights}>"]
    text, body = "", ""
    if c.za != "none":
        za = f"tensor<{'?' if c.za == 'each' else '1'}x1x1x1xi32>"
        arguments.append(f"%za: {za}")
        types.append(za)
        text += " activation_zero_point %za"
    if zw is not None:
        body = f"  %zw = arith.constant {dense(zw, 'i32')}\n"
        types.append(f"tensor<{len(zw)}x1x1x1xi32>")
        text += " weight_zero_point %zw"
    types.append(result)
    return f"""
func.func @main({", ".join(arguments)}) -> {result} {{
{body}  %w = lowbit.constant {dense(storage(weights), "i8")} -> {types[1]}
  %a = lowbit.from_storage %storage : tensor<{images}xi8> -> {types[0]}
  %y = lowbit.conv_2d %a, %w{text} init %init groups {c.groups} strides {list(c.strides)}
      dilations {list(c.dilations)} padding {list(c.pads)}
      : ({", ".join(types)}) -> {result}
  return %y : {result}
}}
"""


def convolve(c: Convolution, a: np.ndarray, init: np.ndarray, za: np.ndarray) -> np.ndarray:
    """The definition, window by window."""
    weights, zw = weights_of(c)
    w = weights - (0 if zw is None else zw)
    a, result = a - za, init.astype(np.int64)
    inputs, outputs = c.channels // c.groups, c.outputs // c.groups
    oh, ow = c.extents()
    for y, x, i, j in itertools.product(range(oh), range(ow), *map(range, c.kernel)):
        h = y * c.strides[0] + i * c.dilations[0] - c.pads[0]
        v = x * c.strides[1] + j * c.dilations[1] - c.pads[2]
        if not (0 <= h < c.height and 0 <= v < c.width):
            continue
        for g in range(c.groups):
            rows = slice(g * outputs, (g + 1) * outputs)
            pixel = a[:, h, v, g * inputs : (g + 1) * inputs]
            result[:, y, x, rows] += pixel @ w[rows, i, j].T
    return result.astype(np.uint32).view(np.int32)


@pytest.fixture(params=["reference", *TARGETS])
def options(request):
    if request.param == "reference":
        return ["--reference"]
    if missing := lacks(request.param):
        pytest.skip(f"expected a processor with {missing}")
    return [f"--target={request.param}"]


@pytest.mark.parametrize("name", CASES)
def test_compiled_is_direct(tmp_path, name, options):
    c = CASES[name]
    model = Artifact(compile_text(write_module(c), tmp_path / "model.so", *options))
    rng = np.random.default_rng(2)
    for images in (0, 1, 3):
        a = codes(rng, c.activations, (images, c.height, c.width, c.channels))
        init = rng.integers(-(2**31), 2**31, (images, *c.extents(), c.outputs), dtype=np.int32)
        inputs, za = [storage(a), init], np.zeros((1, 1, 1, 1), np.int32)
        if c.za != "none":
            count = images if c.za == "each" else 1
            za = codes(rng, c.activations, (count, 1, 1, 1)).astype(np.int32)
            inputs.append(za)
        [result] = model.run(inputs)
        np.testing.assert_array_equal(result, convolve(c, a, init, za))

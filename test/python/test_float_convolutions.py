"""Float convolutions, quantized and compiled, against matmuls of windows made by NumPy.

With one scale for all activations, a convolution and the matmul of its windows have the
same codes, and so the same result, to the bit.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pytest
from artifact import Artifact, compile_text, dense
from targets import runnable

pytestmark = pytest.mark.sampled

HEIGHT, WIDTH = 6, 7


class Layout(NamedTuple):
    """Letters of dimensions: n h w, g group, c channel, y x kernel, f output of a group."""

    images: str
    kernel: str
    result: str


LAYOUTS = {
    "conv_2d_nhwc_hwcf": Layout("nhwc", "yxcf", "nhwf"),
    "conv_2d_nhwc_fhwc": Layout("nhwc", "fyxc", "nhwf"),
    "conv_2d_nchw_fchw": Layout("nchw", "fcyx", "nfhw"),
    "conv_2d_ngchw_fgchw": Layout("ngchw", "fgcyx", "ngfhw"),
    "conv_2d_ngchw_gfchw": Layout("ngchw", "gfcyx", "ngfhw"),
    "conv_2d_nhwgc_gfhwc": Layout("nhwgc", "gfyxc", "nhwgf"),
    "depthwise_conv_2d_nhwc_hwc": Layout("nhwg", "yxg", "nhwg"),
    "depthwise_conv_2d_nhwc_hwcm": Layout("nhwg", "yxgf", "nhwgf"),
    "depthwise_conv_2d_nchw_chw": Layout("nghw", "gyx", "nghw"),
}
ENCODINGS = [
    "int8",
    "int8:granularity=layer",
    "int4:block=32,scale=f16",
    "uint4:block=7,zero-point=int",
    "uint4:zero-point=float",
    "int3:granularity=group,group=4",
    "int4:block=5,block-rows=4",
    "ternary:absmean",
    "ternary:sigma,alpha=1.2",
    "binary",
    "binary:step",
]


class Convolution(NamedTuple):
    op: str
    sizes: dict[str, int]  # of g, c, f, y, x
    strides: tuple[int, int] = (1, 1)
    dilations: tuple[int, int] = (1, 1)
    pads: tuple[int, int, int, int] = (0, 0, 0, 0)  # top, bottom, left, right

    @property
    def layout(self) -> Layout:
        return LAYOUTS[self.op]

    def extents(self) -> dict[str, int]:
        """Every extent but that of the batch, h and w being those of the result."""
        result = dict(self.sizes)
        for d, (letter, kernel, size) in enumerate([("h", "y", HEIGHT), ("w", "x", WIDTH)]):
            reach = (self.sizes[kernel] - 1) * self.dilations[d] + 1
            free = size + self.pads[2 * d] + self.pads[2 * d + 1] - reach
            result[letter] = free // self.strides[d] + 1
        return result


GROUPED = {"g": 3, "c": 2, "f": 5, "y": 3, "x": 2}
PLAIN = {**GROUPED, "g": 1, "c": 5, "f": 18}
DEPTHWISE = {**GROUPED, "c": 1, "f": 1}
CASES = {
    "nhwc_hwcf": Convolution("conv_2d_nhwc_hwcf", PLAIN, pads=(1, 0, 2, 1)),
    "nhwc_fhwc": Convolution("conv_2d_nhwc_fhwc", PLAIN, (2, 1), (1, 2), (0, 1, 0, 3)),
    "nchw_fchw": Convolution("conv_2d_nchw_fchw", PLAIN, (2, 3), (2, 1), (1, 2, 1, 1)),
    "pixel": Convolution("conv_2d_nhwc_hwcf", {**PLAIN, "y": 1, "x": 1}),
    "pixel_nchw": Convolution("conv_2d_nchw_fchw", {**PLAIN, "y": 1, "x": 1}, (2, 2)),
    "whole_image": Convolution("conv_2d_nhwc_hwcf", {**PLAIN, "y": HEIGHT, "x": WIDTH}),
    "larger_than_image": Convolution(
        "conv_2d_nchw_fchw", {**PLAIN, "y": 8, "x": 9}, pads=(2, 1, 3, 0)
    ),
    "ngchw_fgchw": Convolution("conv_2d_ngchw_fgchw", GROUPED, pads=(1, 1, 1, 0)),
    "ngchw_gfchw": Convolution("conv_2d_ngchw_gfchw", GROUPED, (1, 2)),
    "nhwgc_gfhwc": Convolution("conv_2d_nhwgc_gfhwc", GROUPED, pads=(0, 2, 1, 1)),
    "nhwc_hwc": Convolution("depthwise_conv_2d_nhwc_hwc", DEPTHWISE, (2, 1), pads=(1, 1, 1, 0)),
    "nhwc_hwcm": Convolution("depthwise_conv_2d_nhwc_hwcm", {**DEPTHWISE, "f": 2}, (1, 1), (2, 2)),
    "nchw_chw": Convolution("depthwise_conv_2d_nchw_chw", DEPTHWISE, pads=(2, 0, 0, 1)),
}


def shape_of(letters: str, extents: dict[str, int]) -> str:
    return "x".join("?" if letter == "n" else str(extents[letter]) for letter in letters)


def weights_of(c: Convolution) -> np.ndarray:
    """g, f, y, x, c"""
    shape = [c.sizes[letter] for letter in "gfyxc"]
    return np.random.default_rng(1).standard_normal(shape).astype(np.float32)


def bias_of(c: Convolution) -> np.ndarray:
    """g, f"""
    shape = (c.sizes["g"], c.sizes["f"])
    return np.random.default_rng(2).standard_normal(shape).astype(np.float32)


def arrange(array: np.ndarray, source: str, target: str) -> np.ndarray:
    """From one order of letters to another; letters that are not in it have extent 1."""
    letters = "".join(letter for letter in source if letter in target)
    squeezed = array.squeeze(tuple(i for i, letter in enumerate(source) if letter not in target))
    return np.ascontiguousarray(np.einsum(f"{letters}->{target}", squeezed))


def write_convolution(c: Convolution) -> str:
    layout, extents = c.layout, c.extents()
    image_sizes = {**extents, "h": HEIGHT, "w": WIDTH}
    images = f"tensor<{shape_of(layout.images, image_sizes)}xf32>"
    low = [{"h": c.pads[0], "w": c.pads[2]}.get(letter, 0) for letter in layout.images]
    high = [{"h": c.pads[1], "w": c.pads[3]}.get(letter, 0) for letter in layout.images]
    padded_sizes = {
        **image_sizes,
        "h": HEIGHT + c.pads[0] + c.pads[1],
        "w": WIDTH + c.pads[2] + c.pads[3],
    }
    padded = f"tensor<{shape_of(layout.images, padded_sizes)}xf32>"
    kernel = f"tensor<{shape_of(layout.kernel, extents)}xf32>"
    result = f"tensor<{shape_of(layout.result, extents)}xf32>"
    outputs = "".join(letter for letter in layout.result if letter in "gf")
    bias = arrange(bias_of(c), "gf", outputs)
    missing = [i for i, letter in enumerate(layout.result) if letter not in "gf"]
    indices = ", ".join(f"%i{d}: index" for d in range(len(layout.images)))
    return f"""
func.func @main(%x: {images}) -> {result} {{
  %c0 = arith.constant 0 : index
  %zero = arith.constant 0.0 : f32
  %n = tensor.dim %x, %c0 : {images}
  %p = tensor.pad %x low{low} high{high} {{
  ^bb0({indices}):
    tensor.yield %zero : f32
  }} : {images} to {padded}
  %w = arith.constant {dense(arrange(weights_of(c), "gfyxc", layout.kernel), "f32")}
  %b = arith.constant {dense(bias, "f32")}
  %e = tensor.empty(%n) : {result}
  %i = linalg.broadcast ins(%b : tensor<{"x".join(map(str, bias.shape))}xf32>)
    outs(%e : {result}) dimensions = {missing}
  %y = linalg.{c.op} {{strides = dense<{list(c.strides)}> : tensor<2xi64>,
    dilations = dense<{list(c.dilations)}> : tensor<2xi64>}}
    ins(%p, %w : {padded}, {kernel}) outs(%i : {result}) -> {result} loc("conv")
  return %y : {result}
}}
"""


def write_matmul(weights: np.ndarray, bias: np.ndarray) -> str:
    """A product of any number of rows, and a bias."""
    n, k = weights.shape
    return f"""
#row = affine_map<(m, n, k) -> (m, k)>
#col = affine_map<(m, n, k) -> (n, k)>
#out = affine_map<(m, n, k) -> (m, n)>
func.func @main(%x: tensor<?x{k}xf32>) -> tensor<?x{n}xf32> {{
  %c0 = arith.constant 0 : index
  %m = tensor.dim %x, %c0 : tensor<?x{k}xf32>
  %w = arith.constant {dense(weights, "f32")}
  %b = arith.constant {dense(bias, "f32")}
  %e = tensor.empty(%m) : tensor<?x{n}xf32>
  %i = linalg.broadcast ins(%b : tensor<{n}xf32>) outs(%e : tensor<?x{n}xf32>) dimensions = [0]
  %y = linalg.matmul indexing_maps = [#row, #col, #out]
    ins(%x, %w : tensor<?x{k}xf32>, tensor<{n}x{k}xf32>) outs(%i : tensor<?x{n}xf32>)
    -> tensor<?x{n}xf32> loc("fc")
  return %y : tensor<?x{n}xf32>
}}
"""


def windows_of(c: Convolution, x: np.ndarray) -> np.ndarray:
    """n, h, w, g, and a row of y, x, c; of images n, h, w, g, c."""
    extents = c.extents()
    top, bottom, left, right = c.pads
    x = np.pad(x, ((0, 0), (top, bottom), (left, right), (0, 0), (0, 0)))
    rows = np.empty((len(x), *[extents[letter] for letter in "hwgyxc"]), np.float32)
    for y in range(c.sizes["y"]):
        for v in range(c.sizes["x"]):
            h, w = y * c.dilations[0], v * c.dilations[1]
            rows[:, :, :, :, y, v] = x[
                :,
                h : h + (extents["h"] - 1) * c.strides[0] + 1 : c.strides[0],
                w : w + (extents["w"] - 1) * c.strides[1] + 1 : c.strides[1],
            ]
    return rows.reshape(*rows.shape[:4], -1)


def images_of(c: Convolution, count: int) -> np.ndarray:
    """n, h, w, g, c, off centre, the extremes where the first window is."""
    rng = np.random.default_rng(3)
    x = rng.standard_normal((count, HEIGHT, WIDTH, c.sizes["g"], c.sizes["c"])) + 0.7
    for group in range(c.sizes["g"]):
        x[:, 0, 0, group, 0] = 7.5
        x[:, max(0, c.dilations[0] * (c.sizes["y"] - 1) - c.pads[0]), 0, group, -1] = -3.25
    return x.astype(np.float32)


@pytest.fixture(params=["reference", runnable()[-1]])
def options(request):
    if request.param == "reference":
        return ["--reference"]
    return [f"--target={request.param}"]


def compile_convolution(c, path, weights, activations, *options):
    flags = [f"--weights={weights}", f"--activations={activations}", "--no-fallback"]
    return Artifact(compile_text(write_convolution(c), path, *flags, *options))


def check_against_matmul(c: Convolution, folder, weights: str, options: list[str]) -> None:
    activations = "int8:granularity=tensor"
    model = compile_convolution(c, folder / "conv.so", weights, activations, *options)
    kernel = weights_of(c).reshape(c.sizes["g"], c.sizes["f"], -1)
    x = images_of(c, 3)
    inputs = arrange(x, "nhwgc", c.layout.images)
    [result] = model.run([inputs])
    rows = windows_of(c, x)
    for group in range(c.sizes["g"]):
        text = write_matmul(kernel[group], bias_of(c)[group])
        flags = [f"--weights={weights}", f"--activations={activations}", "--reference"]
        matmul = Artifact(compile_text(text, folder / f"matmul{group}.so", *flags))
        own = rows[:, :, :, group]
        # The range of the activations is that of all groups.
        ends = np.zeros((2, own.shape[-1]), np.float32)
        ends[:, 0] = x.min(), x.max()
        [expected] = matmul.run([np.concatenate([own.reshape(-1, own.shape[-1]), ends])])
        expected = expected[:-2].reshape(*own.shape[:3], -1)
        actual = spread(result, c.layout.result, "nhwgf")[:, :, :, group]
        np.testing.assert_array_equal(actual, expected)


def spread(array: np.ndarray, source: str, target: str) -> np.ndarray:
    """From one order of letters to one with more of them, whose extents are 1."""
    order = [source.index(letter) for letter in target if letter in source]
    moved = array.transpose(order)
    return np.expand_dims(moved, tuple(i for i, d in enumerate(target) if d not in source))


@pytest.mark.parametrize("name", CASES)
def test_reals(tmp_path, name, options):
    c = CASES[name]
    model = Artifact(compile_text(write_convolution(c), tmp_path / "conv.so", *options))
    x = images_of(c, 3)
    [result] = model.run([arrange(x, "nhwgc", c.layout.images)])
    kernel = weights_of(c).reshape(c.sizes["g"], c.sizes["f"], -1).astype(np.float64)
    rows, bias = windows_of(c, x).astype(np.float64), bias_of(c).astype(np.float64)
    expected = np.einsum("nhwgk,gfk->nhwgf", rows, kernel) + bias
    magnitude = np.einsum("nhwgk,gfk->nhwgf", np.abs(rows), np.abs(kernel)) + np.abs(bias)
    actual = spread(result, c.layout.result, "nhwgf")
    assert np.all(np.abs(actual - expected) <= 2 * 36 * 2.0**-24 * magnitude)


@pytest.mark.parametrize("name", CASES)
def test_layouts(tmp_path, name, options):
    check_against_matmul(CASES[name], tmp_path, "int8", options)


@pytest.mark.parametrize("weights", ENCODINGS)
def test_encodings(tmp_path, weights):
    check_against_matmul(CASES["nhwc_hwcf"], tmp_path, weights, [])


@pytest.mark.parametrize("weights", ["int4:block=5", "uint4:zero-point=float", "binary"])
def test_encodings_of_groups(tmp_path, weights):
    check_against_matmul(CASES["ngchw_fgchw"], tmp_path, weights, [])


@pytest.mark.parametrize("weights", ["uint4:zero-point=int", "int3:scale=bf16", "binary:step"])
def test_encodings_of_channels(tmp_path, weights):
    check_against_matmul(CASES["nhwc_hwcm"], tmp_path, weights, [])


@pytest.mark.parametrize("name", ["nhwc_hwcf", "nchw_fchw", "ngchw_fgchw", "nhwc_hwcm"])
def test_images_do_not_see_each_other(tmp_path, name):
    c = CASES[name]
    model = compile_convolution(c, tmp_path / "conv.so", "int8", "int8")
    x = images_of(c, 3) * np.float32([1, 100, 0.01]).reshape(3, 1, 1, 1, 1)
    inputs = arrange(x, "nhwgc", c.layout.images)
    [together] = model.run([inputs])
    for i in range(3):
        [alone] = model.run([inputs[i : i + 1]])
        np.testing.assert_array_equal(together[i : i + 1], alone)
    [nothing] = model.run([inputs[:0]])
    assert nothing.shape == (0, *together.shape[1:])


@pytest.mark.parametrize("name", CASES)
def test_close_to_float(tmp_path, name):
    """int8 per output and image loses little: nothing is multiplied with a wrong partner."""
    c = CASES[name]
    x = images_of(c, 2)
    inputs = arrange(x, "nhwgc", c.layout.images)
    [result] = compile_convolution(c, tmp_path / "conv.so", "int8", "int8").run([inputs])
    kernel = weights_of(c).reshape(c.sizes["g"], c.sizes["f"], -1).astype(np.float64)
    exact = np.einsum("nhwgk,gfk->nhwgf", windows_of(c, x), kernel) + bias_of(c)
    error = spread(result, c.layout.result, "nhwgf") - exact
    assert np.square(error).mean() < 2e-3 * np.square(exact).mean()

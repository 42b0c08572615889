"""Codes and parameters of every method to quantize weights, against NumPy and brute force.

The definitions are written down once more here, in f64; what `lowbit-opt` chose is read
from the module that it writes.
"""

from __future__ import annotations

import itertools
import re
import subprocess
from typing import NamedTuple

import numpy as np
import pytest
from artifact import BUILD, dense

N, K = 6, 37


def make_weights(n: int = N, k: int = K) -> np.ndarray:
    """Rows of several magnitudes: with an outlier, of few levels, of one sign."""
    w = np.random.default_rng(n * 1000 + k).standard_normal((n, k))
    w *= np.exp2(np.arange(n) - n / 2)[:, None]
    w[0, 0] *= 9
    if n > 2:
        w[1] = np.rint(w[1] * 8) / 8
        w[2] = np.abs(w[2]) + 0.25
    return w.astype(np.float32)


class Quantized(NamedTuple):
    """One plane, a row per scale: `table` holds the level of each code, if any."""

    codes: np.ndarray
    scale: np.ndarray
    zero_point: np.ndarray
    table: np.ndarray | None

    @property
    def reals(self) -> np.ndarray:
        levels = self.codes if self.table is None else self.table[self.codes]
        return self.scale.astype(np.float64) * (levels - self.zero_point.astype(np.float64))


def quantize(w: np.ndarray, encoding: str) -> list[Quantized]:
    """The planes that a layer with these weights gets, with a scale per row."""
    n, k = w.shape
    text = f"""
#row = affine_map<(m, n, k) -> (m, k)>
#col = affine_map<(m, n, k) -> (n, k)>
#out = affine_map<(m, n, k) -> (m, n)>
func.func @main(%x: tensor<1x{k}xf32>, %init: tensor<1x{n}xf32>) -> tensor<1x{n}xf32> {{
  %w = arith.constant {dense(w, "f32")}
  %y = linalg.matmul indexing_maps = [#row, #col, #out]
    ins(%x, %w : tensor<1x{k}xf32>, tensor<{n}x{k}xf32>) outs(%init : tensor<1x{n}xf32>)
    -> tensor<1x{n}xf32> loc("fc")
  return %y : tensor<1x{n}xf32>
}}
"""
    options = ["--mlir-print-elementsattrs-with-hex-if-larger=0", "-"]
    command = [str(BUILD / "bin" / "lowbit-opt"), f"--lowbit-quantize=weights={encoding}", *options]
    done = subprocess.run(command, input=text, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return read_planes(done.stdout, n, k)


def read_planes(module: str, n: int, k: int) -> list[Quantized]:
    constants = {
        name: read_dense(value, shape, element)
        for name, value, shape, element in re.findall(
            r"(%\w+) = arith.constant dense<(.*?)> : tensor<([\dx]+)x(\w+)>", module
        )
    }
    resources = dict(re.findall(r'(fc\.codes\w*): "0x\w{8}(\w*)"', module))
    codes, lookups = {}, {}
    for name, resource, type in re.findall(
        r"(%\w+) = lowbit.constant dense_resource<(.*?)> .* -> tensor<\w+x!lowbit\.(.*)>", module
    ):
        is_unsigned = "unsigned" in type or "codebook" in type or "unipolar" in type
        data = np.frombuffer(bytes.fromhex(resources[resource]), np.uint8)
        data = data if is_unsigned else data.view(np.int8)
        codes[name] = data.reshape(n, k).astype(np.int64)
    for name, source, table in re.findall(r"(%\w+) = lowbit.lookup (%\w+) in (%\w+)", module):
        codes[name], lookups[name] = codes[source], constants[table]
    planes = []
    for operands in re.findall(r"lowbit.scaled_matmul (.*?) [{:]", module):
        weights = re.search(r", (%\w+)", operands)[1]
        named = dict(re.findall(r"(\w+) (%\w+)", operands))
        zero_point = constants.get(named.get("weight_zero_point"), np.zeros((1, 1)))
        scale = constants[named["weight_scale"]]
        planes.append(Quantized(codes[weights], scale, zero_point, lookups.get(weights)))
    return planes


def read_dense(value: str, shape: str, element: str) -> np.ndarray:
    dtype = {"f32": np.float32, "i32": np.int32, "i8": np.int8}.get(element, np.float32)
    extents = tuple(map(int, shape.split("x")))
    if value.startswith('"0x'):
        return np.frombuffer(bytes.fromhex(value[3:-1]), dtype).reshape(extents)
    return np.broadcast_to(dtype(float(value)), extents)


def to_codes(w, scale, zero_point, low, high):
    """Round to nearest even, then add the zero point."""
    quotient = w / scale.astype(np.float32)
    if zero_point.dtype == np.float32:
        return np.clip(np.rint(quotient + zero_point), low, high)
    return np.clip(np.rint(quotient) + zero_point, low, high)


def codes_of(text: str) -> tuple[int, int]:
    """Lowest and highest code of intB, uintB."""
    bits = int(re.search(r"\d+", text)[0])
    if text.startswith("u"):
        return 0, 2**bits - 1
    is_narrow = "full" not in text and "zero-point" not in text and bits > 1
    return -(2 ** (bits - 1)) + is_narrow, 2 ** (bits - 1) - 1


def range_scale(low_real, high_real, text):
    """The scale of a range in f64, and the zero point."""
    low, high = codes_of(text)
    low_real, high_real = np.minimum(low_real, 0), np.maximum(high_real, 0)
    if text.startswith("int") and "zero-point" not in text:
        largest = np.maximum(-low_real, high_real)
        return largest / high if "full" not in text else 2 * largest / (high - low)
    return (high_real - low_real) / (high - low)


def check_affine(w, text, scale):
    """The scale but for rounding, and the codes that follow from what was chosen."""
    [plane] = quantize(w, text)
    np.testing.assert_allclose(plane.scale, scale, rtol=2e-7)
    low, high = codes_of(text)
    np.testing.assert_array_equal(
        plane.codes, to_codes(w, plane.scale, plane.zero_point, low, high)
    )
    if "zero-point=float" not in text:
        assert ((plane.zero_point >= low) & (plane.zero_point <= high)).all()
    return plane


MINMAX = [
    *(f"int{bits}" for bits in range(2, 9)),
    *(f"uint{bits}" for bits in range(1, 9)),
    *("int3:codes=full", "int8:codes=full", "int4:zero-point=int", "int8:zero-point=int"),
]


@pytest.mark.parametrize("text", MINMAX)
def test_minmax(text):
    w = make_weights()
    ends = w.min(axis=1, keepdims=True), w.max(axis=1, keepdims=True)
    plane = check_affine(w, text, range_scale(*map(np.float64, ends), text))
    # Nothing is clipped by more than half a step where the range is that of the weights.
    if "full" not in text:
        assert (np.abs(plane.reals - w) <= 0.5001 * plane.scale).all()


@pytest.mark.parametrize("text", ["uint2:zero-point=float", "int4:zero-point=float"])
def test_float_zero_point(text):
    """The ends of the range are levels, although they are none of an integer zero point."""
    w = make_weights()
    low, high = w.min(axis=1, keepdims=True), w.max(axis=1, keepdims=True)
    count = np.subtract(*reversed(codes_of(text)))
    plane = check_affine(w, text, (np.float64(high) - low) / count)
    step = plane.scale * 1e-5
    assert (np.abs(plane.reals - w).max(axis=1, keepdims=True) <= plane.scale / 2 + step).all()
    assert (np.abs(plane.reals.min(axis=1, keepdims=True) - low) <= step * count).all()
    assert (np.abs(plane.reals.max(axis=1, keepdims=True) - high) <= step * count).all()


@pytest.mark.parametrize("percent", [50, 90, 95, 99.99])
@pytest.mark.parametrize("scheme", ["int4", "uint4"])
def test_percentile(scheme, percent):
    """The tightest range of weights that leaves out what it may: of both ends, half each."""
    w = make_weights().astype(np.float64)
    text = f"{scheme}:percentile,p={percent}"
    allowed = (1 - percent / 100) * K
    if scheme == "int4":
        kept = int(np.floor(allowed + 1e-9))
        largest = np.sort(np.abs(w), axis=1)[:, K - 1 - kept : K - kept]
        check_affine(w.astype(np.float32), text, range_scale(-largest, largest, text))
        return
    kept = int(np.floor(allowed / 2 + 1e-9))
    ordered = np.sort(w, axis=1)
    low, high = ordered[:, kept : kept + 1], ordered[:, K - 1 - kept : K - kept]
    check_affine(w.astype(np.float32), text, range_scale(low, high, text))


@pytest.mark.parametrize("text", ["int4:range=[-1,1]", "uint4:range=[-0.5,2]", "int8:range=[-3,3]"])
def test_range(text):
    low, high = map(float, text.split("=")[1].strip("[]").split(","))
    check_affine(make_weights(), text, np.full((N, 1), range_scale(low, high, text)))


@pytest.mark.parametrize("bits", [-1, 0, 5])
def test_fixed_point(bits):
    [plane] = quantize(make_weights(), f"int8:fixed-point={bits}")
    assert (plane.scale == 2.0**-bits).all()
    check_affine(make_weights(), f"int8:fixed-point={bits}", np.full((N, 1), 2.0**-bits))


def squared_error(w, plane):
    return np.square(plane.reals - w.astype(np.float64)).sum(axis=1)


@pytest.mark.parametrize("scheme", ["int3", "int4", "int8"])
def test_power_of_two(scheme):
    """Of the two around the scale of minmax the one of less squared error."""
    w = make_weights()
    [free], [plane] = quantize(w, scheme), quantize(w, f"{scheme}:scale-values=power-of-two")
    low, high = codes_of(scheme)
    below = np.exp2(np.floor(np.log2(free.scale.astype(np.float64))))
    errors = []
    for scale in (below, 2 * below):
        codes = to_codes(w, scale, np.zeros(1, np.int32), low, high)
        errors.append(np.square(scale * codes - w).sum(axis=1))
    expected = np.where(errors[0] <= errors[1], below[:, 0], 2 * below[:, 0])
    np.testing.assert_array_equal(plane.scale[:, 0], expected)


@pytest.mark.parametrize("text", ["int2:mse", "int4:mse", "uint3:mse"])
def test_mse(text):
    """No scale of a fine grid, and no zero point, has less squared error."""
    w = make_weights().astype(np.float64)
    [plane] = quantize(w.astype(np.float32), text)
    low, high = codes_of(text)
    largest = np.abs(w).max(axis=1, keepdims=True)
    least = np.full(N, np.inf)
    zero_points = range(low, high + 1) if text.startswith("u") else [0]
    for fraction, zero_point in itertools.product(np.arange(1, 1500) / 1000, zero_points):
        scale = largest * fraction / max(1, (high - low) // 2)
        codes = np.clip(np.rint(w / scale) + zero_point, low, high) - zero_point
        least = np.minimum(least, np.square(scale * codes - w).sum(axis=1))
    assert (squared_error(w, plane) <= least * (1 + 1e-6)).all()


def to_ternary(w, threshold):
    return (w > threshold).astype(int) - (w < -threshold).astype(int)


def mean_selected(w, codes):
    """The mean |w| where the code is not 0; 1 where all are."""
    counts = np.abs(codes).sum(axis=1, keepdims=True)
    sums = (np.abs(w) * np.abs(codes)).sum(axis=1, keepdims=True)
    return np.where(counts == 0, 1, sums / np.maximum(counts, 1))


TERNARY = {
    "ternary": lambda w: 1.2 * w.std(),
    "ternary:sigma,alpha=1.5": lambda w: 1.5 * w.std(),
    "ternary:twn": lambda w: 0.7 * np.abs(w).mean(),
    "ternary:twn,scale-rule=least-squares": lambda w: 0.7 * np.abs(w).mean(),
    "ternary:threshold=0.5": lambda w: 0.5,
}


@pytest.mark.parametrize("text", TERNARY)
def test_ternary(text):
    w = make_weights().astype(np.float64)
    [plane] = quantize(w.astype(np.float32), text)
    codes = to_ternary(w, TERNARY[text](w))
    np.testing.assert_array_equal(plane.codes, codes)
    np.testing.assert_allclose(plane.scale, mean_selected(w, codes), rtol=1e-6)


@pytest.mark.parametrize(
    ("rule", "scale"),
    [
        ("none", lambda w, codes: np.ones((N, 1))),
        ("mean-abs", lambda w, codes: np.abs(w).mean(axis=1, keepdims=True)),
        ("mean-selected", mean_selected),
    ],
)
def test_ternary_scale_rules(rule, scale):
    w = make_weights().astype(np.float64)
    [plane] = quantize(w.astype(np.float32), f"ternary:threshold=0.3,scale-rule={rule}")
    np.testing.assert_allclose(plane.scale, scale(w, to_ternary(w, 0.3)), rtol=1e-6)


def test_absmean():
    w = make_weights().astype(np.float64)
    [plane] = quantize(w.astype(np.float32), "ternary:absmean")
    scale = np.abs(w).mean(axis=1, keepdims=True)
    np.testing.assert_allclose(plane.scale, scale, rtol=1e-6)
    np.testing.assert_array_equal(plane.codes, np.clip(np.rint(w / scale), -1, 1))


def test_ternary_mse():
    """Of all numbers of weights that are kept, the largest first, the best."""
    w = make_weights().astype(np.float64)
    [plane] = quantize(w.astype(np.float32), "ternary:mse")
    ordered = -np.sort(-np.abs(w), axis=1)
    counts = np.arange(1, K + 1)
    kept = np.cumsum(ordered, axis=1)
    least = np.square(w).sum(axis=1) - (kept**2 / counts).max(axis=1)
    np.testing.assert_allclose(squared_error(w, plane), least, rtol=1e-5, atol=1e-9)


@pytest.mark.parametrize("step", [False, True])
def test_binary(step):
    w = make_weights().astype(np.float64)
    w[3, 4], w[3, 5] = 0.0, -0.0
    [plane] = quantize(w.astype(np.float32), "binary:step" if step else "binary")
    np.testing.assert_array_equal(plane.codes, np.where(w >= 0, 1, 0 if step else -1))
    np.testing.assert_allclose(plane.scale, np.abs(w).mean(axis=1, keepdims=True), rtol=1e-6)


@pytest.mark.parametrize("count", [2, 3])
def test_planes(count):
    """Each plane is the sign of what is left; then all scales are fitted again."""
    w = make_weights().astype(np.float64)
    planes = quantize(w.astype(np.float32), f"binary:planes={count}")
    assert len(planes) == count
    for row in range(N):
        signs, rest = [], w[row]
        for _ in range(count):
            signs.append(np.where(rest >= 0, 1.0, -1.0))
            basis = np.stack(signs, axis=1)
            scales = np.linalg.lstsq(basis, w[row], rcond=None)[0]
            rest = w[row] - basis @ scales
        got = sum(plane.reals[row] for plane in planes)
        np.testing.assert_allclose(got, basis @ scales, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("bits", [1, 2])
def test_kmeans(bits):
    """The best of all tables of integers, for rows of several scales."""
    w = np.random.default_rng(9).integers(-4, 5, (2, 12)) + 0.0
    w[:, 0] = 4.0  # the largest: levels are multiples of it / 127
    w = (w * 127 / 4 * [[1], [2]]).astype(np.float32)
    [plane] = quantize(w, f"codebook{bits}")
    np.testing.assert_array_equal(plane.scale, [[1], [2]])
    assert len(plane.table) == 2**bits
    x = np.concatenate([w[0], w[1] / 2]).astype(np.float64)
    weights = np.repeat([1.0, 4.0], 12)
    best = np.inf
    for table in itertools.combinations(np.unique(np.rint(x)), 2**bits):
        levels = np.array(table)
        # Lloyd's steps from each choice, rounded to integers: brute force for so few weights.
        for _ in range(20):
            nearest = np.abs(x[:, None] - levels).argmin(axis=1)
            for i in range(len(levels)):
                if (nearest == i).any():
                    mean = np.average(x[nearest == i], weights=weights[nearest == i])
                    levels[i] = np.clip(np.rint(mean), -127, 127)
        distances = np.square(x[:, None] - levels).min(axis=1)
        best = min(best, (weights * distances).sum())
    error = (weights * np.square(x[:, None] - plane.table).min(axis=1)).sum()
    assert error <= best * (1 + 1e-9)
    nearest = np.square(x[:, None] - plane.table).min(axis=1)
    np.testing.assert_allclose(
        np.square(plane.reals / plane.scale - w / plane.scale).ravel(), nearest, atol=1e-9
    )


@pytest.mark.parametrize("bits", [2, 3, 4])
def test_log_levels(bits):
    """0 and powers of two, the largest being the one nearest to the largest weight."""
    w = make_weights().astype(np.float64)
    [plane] = quantize(w.astype(np.float32), f"codebook{bits}:log")
    largest = np.exp2(np.rint(np.log2(np.abs(w).max(axis=1))))
    assert (np.abs(plane.reals).max(axis=1) == largest).all()
    count = 2 ** (bits - 1) - 1
    for row in range(N):
        levels = [0.0, *(sign * largest[row] / 2**e for e in range(count) for sign in (1, -1))]
        best = np.abs(w[row][:, None] - levels).min(axis=1)
        np.testing.assert_allclose(np.abs(plane.reals[row] - w[row]), best, rtol=1e-6)


def test_stochastic_rounding_is_unbiased():
    """The mean of what weights become, over seeds, is the weights."""
    w = np.linspace(-1, 1, 41, dtype=np.float32).reshape(1, 41)
    count = 60
    mean = np.zeros_like(w, np.float64)
    for seed in range(count):
        text = f"int4:range=[-1,1],rounding=stochastic,seed={seed}"
        [plane] = quantize(w, text)
        assert (np.abs(plane.reals - w) < plane.scale).all()
        mean += plane.reals / count
    # A step is 1/7; the mean of 60 draws is off by at most 1/14 / sqrt(60) on the average.
    assert np.abs(mean - w).max() < 5 / 14 / np.sqrt(count)
    assert abs((mean - w).mean()) < 4 / 14 / np.sqrt(count * w.size)


def test_stochastic_signs_have_the_mean_of_tanh():
    w = np.repeat(np.linspace(-3, 3, 7), 400).astype(np.float32).reshape(1, -1)
    means = np.zeros(7)
    for seed in range(5):
        [plane] = quantize(w, f"binary:stochastic,scale-rule=none,seed={seed}")
        means += plane.reals.reshape(7, 400).mean(axis=1) / 5
    assert np.abs(means - np.tanh(np.linspace(-3, 3, 7) / 2)).max() < 4.5 / np.sqrt(2000)

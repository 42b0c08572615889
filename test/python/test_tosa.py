"""Quantized TOSA, compiled: against the specification's arithmetic and the upstream lowering."""

from __future__ import annotations

import json
import subprocess
from typing import NamedTuple

import numpy as np
import pytest
from artifact import BUILD, TARGETS, Artifact, compile_text, dense
from targets import lacks

OPTIONS = ["--reference", *(f"--target={t}" for t in TARGETS if not lacks(t))]
UPSTREAM = (
    "builtin.module(func.func(tosa-to-linalg-named,tosa-to-linalg,"
    "tosa-to-arith{include-apply-rescale=true},tosa-to-tensor),canonicalize)"
)


def const(name: str, array: np.ndarray, element: str | None = None) -> str:
    """A constant of TOSA."""
    element = element or f"i{8 * array.itemsize}"
    type = f"tensor<{'x'.join(map(str, [*array.shape, element]))}>"
    values = f"dense<{array.tolist()}> : {type}" if element == "i4" else dense(array, element)
    return f'  %{name} = "tosa.const"() <{{values = {values}}}> : () -> {type}\n'


def lower_upstream(text: str, folder) -> str:
    """The module after the upstream passes alone."""
    source = folder / "upstream-in.mlir"
    source.write_text(text, encoding="utf-8")
    command = [str(BUILD / "bin" / "lowbit-opt"), str(source), f"--pass-pipeline={UPSTREAM}"]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


# ---------------------------------------------------------------- the specification's arithmetic


def apply_scale_32(value, multiplier, shift, double_round):
    round = np.int64(1) << (shift - 1)
    if double_round:
        half = np.where(value >= 0, np.int64(1) << 30, -(np.int64(1) << 30))
        round = round + np.where(shift > 31, half, 0)
    return (value * multiplier + round) >> shift


def apply_scale_16(value, multiplier, shift):
    return (value * multiplier + (np.int64(1) << (shift - 1))) >> shift


def rescale(x, multiplier, shift, zeros, limits, scale32, mode):
    """RESCALE: x in int64, the two zero points, and lowest and highest result."""
    value = x.astype(np.int64) - zeros[0]
    multiplier, shift = multiplier.astype(np.int64), shift.astype(np.int64)
    limit = np.int64(1) << (shift - 1)
    assert ((value >= -limit) & (value < limit)).all()
    if scale32:
        result = apply_scale_32(value, multiplier, shift, mode == "DOUBLE_ROUND")
    else:
        result = apply_scale_16(value, multiplier, shift)
    assert (np.abs(result) < 2**31).all()
    return np.clip(result + zeros[1], *limits)


def windows_of(x, zero, kernel, pad, stride, dilation):
    """values[n, y, x, i, j, c] of the windows, with zero points taken off."""
    top, bottom, left, right = pad
    values = np.pad(x.astype(np.int64) - zero, [(0, 0), (top, bottom), (left, right), (0, 0)])
    extents = [
        (size - (k - 1) * d - 1) // s + 1
        for size, k, d, s in zip(values.shape[1:3], kernel, dilation, stride)
    ]
    rows, columns = (
        np.arange(n)[:, None] * s + np.arange(k) * d
        for n, s, k, d in zip(extents, stride, kernel, dilation)
    )
    return values[:, rows[:, None, :, None], columns[None, :, None, :]]


def conv2d(x, w, bias, zeros, pad, stride, dilation):
    windows = windows_of(x, zeros[0], w.shape[1:3], pad, stride, dilation)
    return np.einsum("nyxijc,oijc->nyxo", windows, w.astype(np.int64) - zeros[1]) + bias


def depthwise_conv2d(x, w, bias, zeros, pad, stride, dilation):
    windows = windows_of(x, zeros[0], w.shape[:2], pad, stride, dilation)
    sums = np.einsum("nyxijc,ijcm->nyxcm", windows, w.astype(np.int64) - zeros[1])
    return sums.reshape(*sums.shape[:3], -1) + bias


# ---------------------------------------------------------------- rescale


class Integer(NamedTuple):
    """A type of TOSA, and a zero point that it may have."""

    bits: int
    unsigned: bool
    zero: int

    @property
    def limits(self) -> tuple[int, int]:
        low = 0 if self.unsigned else -(1 << (self.bits - 1))
        return low, low + (1 << self.bits) - 1


TYPES = {
    "i8": Integer(8, False, -3),
    "u8": Integer(8, True, 200),
    "i16": Integer(16, False, 0),
    "u16": Integer(16, True, 32768),
    "i32": Integer(32, False, 0),
}
PAIRS = [
    pair.split()
    for pair in (
        "i8 i8",
        "u8 i8",
        "i8 u8",
        "i8 i16",
        "i16 i8",
        "i16 i16",
        "u16 i16",
        "i16 u16",
        "i32 i8",
        "i32 u8",
        "i32 i16",
        "i32 u16",
    )
]
MODES = [
    (True, "SINGLE_ROUND"),
    (True, "DOUBLE_ROUND"),
    (True, "INEXACT_ROUND"),
    (False, "SINGLE_ROUND"),
]
# The least shift that every value of so many bits, freed of its zero point, allows.
LEAST_SHIFT = {8: 10, 16: 17, 32: 31}


def draw_scales(rng, bits: int, scale32: bool, count: int):
    """Multipliers and shifts, of which the first give ties."""
    largest = 31 if scale32 else 15
    least = LEAST_SHIFT[bits]
    multipliers = rng.integers(1, 1 << largest, count)
    shifts = least + rng.integers(0, 8, count)
    # x / 2, x / 4, and nothing.
    multipliers[:3] = [1 << (largest - 1)] * 2 + [0]
    shifts[:3] = [max(least, largest), max(least, largest) + 1, 62]
    return multipliers.astype(np.int32 if scale32 else np.int16), shifts.astype(np.int8)


def draw_inputs(rng) -> dict[int, np.ndarray]:
    """Values of 8, 16 and 32 bits, these within -2^30 .. 2^30 - 1, in rows of 5."""
    edges = {8: [-128, 127, -1, 0, 1], 16: [-32768, 32767, -1, 0, 1], 32: [-(2**30), 2**30 - 1]}
    inputs = {}
    for bits, extremes in edges.items():
        limit = 1 << min(30, bits - 1)
        values = np.concatenate([extremes, range(-9, 10), rng.integers(-limit, limit, 200)])
        inputs[bits] = values[: len(values) // 5 * 5].reshape(-1, 5).astype(f"int{bits}")
    return inputs


def wrap(value: int, bits: int) -> np.ndarray:
    """The bits of a zero point."""
    return np.array([value]).astype(f"int{bits}")


def rescale_model(modes):
    """A module of all pairs by `modes`, and what its outputs are to be."""
    rng = np.random.default_rng(11)
    inputs = draw_inputs(rng)
    body, results, types, expected = "", [], [], []
    for number, (source, target, scale32, mode) in enumerate(
        (*pair, *mode) for pair in PAIRS for mode in modes
    ):
        from_type, to_type = TYPES[source], TYPES[target]
        per_channel = number % 3 != 0
        multiplier, shift = draw_scales(rng, from_type.bits, scale32, 5)
        if not per_channel:
            at = number % 5
            multiplier, shift = multiplier[at : at + 1], shift[at : at + 1]
        x = inputs[from_type.bits]
        shape = "x".join(map(str, x.shape))
        xt, yt = (f"tensor<{shape}xi{t.bits}>" for t in (from_type, to_type))
        n, s = len(multiplier), number
        body += const(f"m{s}", multiplier) + const(f"s{s}", shift)
        body += const(f"xz{s}", wrap(from_type.zero, from_type.bits))
        body += const(f"yz{s}", wrap(to_type.zero, to_type.bits))
        body += (
            f"  %y{s} = tosa.rescale %x{from_type.bits}, %m{s}, %s{s}, %xz{s}, %yz{s}"
            f" {{scale32 = {str(scale32).lower()}, rounding_mode = {mode},"
            f" per_channel = {str(per_channel).lower()},"
            f" input_unsigned = {str(from_type.unsigned).lower()},"
            f" output_unsigned = {str(to_type.unsigned).lower()}}}"
            f" : ({xt}, tensor<{n}xi{32 if scale32 else 16}>, tensor<{n}xi8>,"
            f" tensor<1xi{from_type.bits}>, tensor<1xi{to_type.bits}>) -> {yt}\n"
        )
        results.append(f"%y{s}")
        types.append(yt)
        zeros = (from_type.zero, to_type.zero)
        value = x.view(f"uint{from_type.bits}") if from_type.unsigned else x
        result = rescale(value, multiplier, shift, zeros, to_type.limits, scale32, mode)
        expected.append(result.astype(f"int{to_type.bits}"))
    arguments = ", ".join(
        f"%x{bits}: tensor<{x.shape[0]}x{x.shape[1]}xi{bits}>" for bits, x in inputs.items()
    )
    text = (
        f"func.func @main({arguments}) -> ({', '.join(types)}) {{\n{body}"
        f"  return {', '.join(results)} : {', '.join(types)}\n}}\n"
    )
    return text, list(inputs.values()), expected


def check(text, inputs, expected, path, options=()):
    outputs = Artifact(compile_text(text, path / "model.so", *options)).run(inputs)
    assert len(outputs) == len(expected)
    for number, (output, array) in enumerate(zip(outputs, expected)):
        np.testing.assert_array_equal(output, array, err_msg=f"output {number}")


@pytest.mark.parametrize("options", OPTIONS)
def test_rescale_is_that_of_the_specification(tmp_path, options):
    text, inputs, expected = rescale_model(MODES)
    assert any((array == array.max()).sum() > 20 for array in expected)  # saturates
    check(text, inputs, expected, tmp_path, (options,))


def test_rescale_is_that_of_upstream(tmp_path):
    modes = [(wide, mode) for wide, mode in MODES if mode != "INEXACT_ROUND"]
    text, inputs, expected = rescale_model(modes)
    check(lower_upstream(text, tmp_path), inputs, expected, tmp_path)


# ---------------------------------------------------------------- sums


def layer_model(small=True):
    """Convolutions, with `small` of 4 bits too, and products; and what they are to be."""
    rng = np.random.default_rng(12)

    def integers(*shape, bits=8):
        return rng.integers(-(1 << (bits - 1)), 1 << (bits - 1), shape)

    x = integers(2, 9, 7, 3).astype(np.int8)
    a, b = integers(1, 5, 37).astype(np.int8), integers(1, 37, 6).astype(np.int8)
    body, types, expected = "", [], []

    def convolve(op, w, bias, zeros, pad, stride, dilation, bits=8):
        nonlocal body
        twin = conv2d if op == "conv2d" else depthwise_conv2d
        result = twin(x, w, bias, zeros, pad, stride, dilation).astype(np.int32)
        s = len(types)
        body += const(f"w{s}", w.astype(np.int8), f"i{bits}") + const(f"b{s}", bias)
        body += const(f"xz{s}", wrap(zeros[0], 8))
        body += const(f"wz{s}", wrap(zeros[1], 8), f"i{bits}")
        type = f"tensor<{'x'.join(map(str, result.shape))}xi32>"
        attributes = ", ".join(
            f"{name} = array<i64: {', '.join(map(str, values))}>"
            for name, values in (("dilation", dilation), ("pad", pad), ("stride", stride))
        )
        body += (
            f"  %y{s} = tosa.{op} %x, %w{s}, %b{s}, %xz{s}, %wz{s} {{acc_type = i32, {attributes}}}"
            f" : (tensor<2x9x7x3xi8>, tensor<{'x'.join(map(str, w.shape))}xi{bits}>,"
            f" tensor<{len(bias)}xi32>, tensor<1xi8>, tensor<1xi{bits}>) -> {type}\n"
        )
        types.append(type)
        expected.append(result)

    def multiply(weights, zeros):
        nonlocal body
        s = len(types)
        if weights == "%c":
            body += const("c", b)
        body += const(f"az{s}", wrap(zeros[0], 8)) + const(f"bz{s}", wrap(zeros[1], 8))
        body += (
            f"  %y{s} = tosa.matmul %a, {weights}, %az{s}, %bz{s} : (tensor<1x5x37xi8>,"
            f" tensor<1x37x6xi8>, tensor<1xi8>, tensor<1xi8>) -> tensor<1x5x6xi32>\n"
        )
        types.append("tensor<1x5x6xi32>")
        sums = (a.astype(np.int64) - zeros[0]) @ (b.astype(np.int64) - zeros[1])
        expected.append(sums.astype(np.int32))

    bias = rng.integers(-(2**20), 2**20, 6).astype(np.int32)
    convolve("conv2d", integers(4, 3, 3, 3), bias[:4], (-5, 0), [1, 1, 1, 1], [2, 2], [1, 1])
    convolve("conv2d", integers(4, 3, 2, 3), bias[:1], (7, 9), [2, 0, 0, 1], [1, 1], [2, 3])
    convolve("conv2d", integers(2, 1, 1, 3), bias[:2], (0, 0), [0, 0, 0, 0], [1, 1], [1, 1])
    if small:
        of_4_bits = integers(2, 3, 3, 3, bits=4)
        convolve("conv2d", of_4_bits, bias[:2], (-128, 0), [1] * 4, [1, 1], [1, 1], 4)
    depthwise = integers(3, 3, 3, 2)
    convolve("depthwise_conv2d", depthwise, bias, (127, 0), [1] * 4, [2, 2], [1, 1])
    convolve("depthwise_conv2d", depthwise, bias[:1], (3, -4), [0] * 4, [1, 1], [2, 2])
    multiply("%c", (3, 0))
    multiply("%b", (-7, 11))
    values = ", ".join(f"%y{i}" for i in range(len(types)))
    text = (
        "func.func @main(%x: tensor<2x9x7x3xi8>, %a: tensor<1x5x37xi8>, %b: tensor<1x37x6xi8>)"
        f" -> ({', '.join(types)}) {{\n{body}  return {values} : {', '.join(types)}\n}}\n"
    )
    return text, [x, a, b], expected


@pytest.mark.parametrize("options", OPTIONS)
def test_sums_are_those_of_the_specification(tmp_path, options):
    check(*layer_model(), tmp_path, (options,))


def test_sums_are_those_of_upstream(tmp_path):
    # Constants of 4 bits have no place in a model that upstream lowered.
    text, inputs, expected = layer_model(small=False)
    check(lower_upstream(text, tmp_path), inputs, expected, tmp_path)


# ---------------------------------------------------------------- whole models


def chain_model():
    """conv2d, rescale, clamp, reshape, matmul, rescale; and its result."""
    rng = np.random.default_rng(13)
    x = rng.integers(-128, 128, (2, 6, 6, 3)).astype(np.int8)
    w = rng.integers(-127, 128, (4, 3, 3, 3)).astype(np.int8)
    fc = rng.integers(-127, 128, (1, 144, 5)).astype(np.int8)
    bias = rng.integers(-5000, 5000, 4).astype(np.int32)
    m0 = rng.integers(2**30, 2**31, 4).astype(np.int32)
    s0, m1, s1 = np.array([39, 40, 40, 41], np.int8), np.array([2**30 + 7], np.int32), wrap(42, 8)
    sums = conv2d(x, w, bias, (-3, 0), [1, 1, 1, 1], [1, 1], [1, 1])
    hidden = rescale(sums, m0, s0, (0, 5), (-128, 127), True, "DOUBLE_ROUND")
    hidden = np.clip(hidden, 5, 127).reshape(1, 2, 144)
    sums = (hidden - 5) @ fc.astype(np.int64)
    y = rescale(sums, m1, s1, (0, -1), (-128, 127), True, "SINGLE_ROUND").astype(np.int8)
    constants = {"w": w, "b": bias, "m0": m0, "s0": s0, "fc": fc, "m1": m1, "s1": s1}
    constants |= {"xz": wrap(-3, 8), "hz": wrap(5, 8), "yz": wrap(-1, 8)}
    constants |= {"z8": wrap(0, 8), "z32": wrap(0, 32)}
    body = "".join(const(name, array) for name, array in constants.items())
    scale = "input_unsigned = false, output_unsigned = false, scale32 = true"
    text = f"""func.func @main(%x: tensor<2x6x6x3xi8>) -> tensor<1x2x5xi8> {{
{body}  %0 = tosa.conv2d %x, %w, %b, %xz, %z8 {{acc_type = i32, dilation = array<i64: 1, 1>,
      pad = array<i64: 1, 1, 1, 1>, stride = array<i64: 1, 1>}} : (tensor<2x6x6x3xi8>,
      tensor<4x3x3x3xi8>, tensor<4xi32>, tensor<1xi8>, tensor<1xi8>)
      -> tensor<2x6x6x4xi32> loc("conv")
  %1 = tosa.rescale %0, %m0, %s0, %z32, %hz {{rounding_mode = DOUBLE_ROUND, per_channel = true,
      {scale}}} : (tensor<2x6x6x4xi32>, tensor<4xi32>, tensor<4xi8>, tensor<1xi32>, tensor<1xi8>)
      -> tensor<2x6x6x4xi8>
  %2 = tosa.clamp %1 {{min_val = 5 : i8, max_val = 127 : i8}}
      : (tensor<2x6x6x4xi8>) -> tensor<2x6x6x4xi8>
  %shape = tosa.const_shape {{values = dense<[1, 2, 144]> : tensor<3xindex>}} : () -> !tosa.shape<3>
  %3 = tosa.reshape %2, %shape : (tensor<2x6x6x4xi8>, !tosa.shape<3>) -> tensor<1x2x144xi8>
  %4 = tosa.matmul %3, %fc, %hz, %z8 : (tensor<1x2x144xi8>, tensor<1x144x5xi8>, tensor<1xi8>,
      tensor<1xi8>) -> tensor<1x2x5xi32> loc("fc")
  %5 = tosa.rescale %4, %m1, %s1, %z32, %yz {{rounding_mode = SINGLE_ROUND, per_channel = false,
      {scale}}} : (tensor<1x2x5xi32>, tensor<1xi32>, tensor<1xi8>, tensor<1xi32>, tensor<1xi8>)
      -> tensor<1x2x5xi8>
  return %5 : tensor<1x2x5xi8>
}}
"""
    return text, [x], [y]


@pytest.mark.parametrize("options", OPTIONS)
def test_a_chain_compiles(tmp_path, options):
    text, inputs, expected = chain_model()
    assert len(np.unique(expected[0])) > 3
    check(text, inputs, expected, tmp_path, (options, "--integer-only"))
    if options != "--reference":
        layers = json.loads((tmp_path / "model.json").read_text())["layers"]
        assert [(layer["name"], layer["encoding"]) for layer in layers] == [
            ("conv", "affine<8>"),
            ("fc", "affine<8>"),
        ]


def test_the_chain_is_that_of_upstream(tmp_path):
    text, inputs, expected = chain_model()
    check(lower_upstream(text, tmp_path), inputs, expected, tmp_path)


def test_float_tosa_is_quantized_as_any_model(tmp_path):
    table = np.random.default_rng(14).standard_normal((1, 11, 16)).astype(np.float32)
    text = f"""func.func @main(%i: tensor<1x5xi32>) -> tensor<1x5x16xf32> {{
{const("t", table, "f32")}  %y = tosa.gather %t, %i
      : (tensor<1x11x16xf32>, tensor<1x5xi32>) -> tensor<1x5x16xf32> loc("embed")
  return %y : tensor<1x5x16xf32>
}}
"""
    indices = np.array([[10, 0, 3, 3, 7]], np.int32)
    model = Artifact(compile_text(text, tmp_path / "model.so", "--layers=embed=int8"))
    np.testing.assert_allclose(model.run([indices])[0], table[:, indices[0]], atol=0.02)
    layers = json.loads((tmp_path / "model.json").read_text())["layers"]
    assert [layer["payload_bytes"] for layer in layers] == [176]

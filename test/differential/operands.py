"""What modules are run on: operands from a seed."""

from __future__ import annotations

import zlib
from typing import NamedTuple

import numpy as np
from configurations import GROUP, Code, Configuration
from module_text import inputs

# lowest, highest: all activations, weights and zero points at that end of their
# range; opposite: activations at the lowest, all else at the highest, the largest
# fields; edges: each at one of its ends.
KINDS = ["random", "lowest", "highest", "opposite", "edges"]


class Shape(NamedTuple):
    m: int
    n: int
    k: int

    def __str__(self) -> str:
        return "x".join(map(str, self))


def _codes(rng: np.random.Generator, code: Code, shape: tuple, kind: str) -> np.ndarray:
    """Codes in their storage integers, as i8."""
    levels = (code.high - code.low) // code.step + 1
    if kind == "random":
        values = code.low + code.step * rng.integers(levels, size=shape)
    else:
        values = _ends(rng, code.low, code.high, shape, kind)
    return values.astype(np.uint8).view(np.int8)


def _ends(rng: np.random.Generator, low, high, shape: tuple, kind: str) -> np.ndarray:
    if kind == "edges":
        return np.where(rng.integers(2, size=shape, dtype=np.int8) == 0, low, high)
    return np.broadcast_to(high if kind == "highest" else low, shape)


def _zero_point(rng: np.random.Generator, code: Code, shape: tuple, kind: str) -> np.ndarray:
    if kind == "random":
        return rng.integers(code.low, code.high, size=shape, endpoint=True, dtype=np.int32)
    return _ends(rng, code.low, code.high, shape, kind).astype(np.int32)


def _scale(rng: np.random.Generator, element: str, shape: tuple, kind: str) -> np.ndarray:
    """Positive normal values with random mantissas: products round, sums stay finite."""
    smallest = -14 if element == "f16" else -40
    exponent = rng.integers(-10, 6, size=shape)
    if kind == "edges":
        exponent = np.where(rng.integers(2, size=shape) == 0, smallest, 14)
    values = np.ldexp(1 + rng.random(shape), exponent).astype(np.float32)
    if element == "f16":
        return values.astype(np.float16)
    if element == "bf16":
        return (values.view(np.uint32) >> 16).astype(np.uint16).view(np.int16)
    return values


def _reals(rng: np.random.Generator, c: Configuration, shape: tuple, kind: str) -> np.ndarray:
    """Rows for dynamic quantization, each hard in a way of its own."""
    values = rng.standard_normal(shape).astype(np.float32)
    if kind == "lowest":
        return -np.abs(values)
    if kind == "highest":
        values[2::3] = 3.5
        return np.abs(values)
    if kind == "opposite":
        return _near_ties(rng, c, shape)
    if kind == "random":
        return np.ldexp(values, rng.integers(-20, 20, size=(shape[0], 1))).astype(np.float32)
    hard = [np.nan, np.inf, -np.inf, 1e30, -3e38, 1e-41, -1e-45, 0.0, -0.0]
    for m in range(shape[0]):
        if m % 5 == 2:
            values[m] = hard[m % len(hard)]
        elif shape[1]:
            values[m, rng.integers(shape[1], size=1 + shape[1] // 16)] = hard[m % len(hard)]
    return values


def _near_ties(rng: np.random.Generator, c: Configuration, shape: tuple) -> np.ndarray:
    """Values whose quotient by the scale they lead to is a half, but for rounding."""
    code = c.activation_code
    rows = shape[0] if c.activation_rows == "row" else 1
    largest = rng.uniform(1, 100, size=(rows, 1)).astype(np.float32)
    steps = np.float32(code.high - code.low)
    is_symmetric = not c.has_activation_zero_point
    scale = largest / np.float32(code.high) if is_symmetric else largest / steps + largest / steps
    halves = rng.integers(-(code.high - code.low) // 2, code.high, size=shape) + 0.5
    values = (halves * scale).astype(np.float32)
    towards = values + rng.integers(-1, 2, size=shape).astype(np.float32)
    values = np.nextafter(values, towards)
    values = np.clip(values, -largest, largest)
    if shape[1] > 1:
        values[:, :1], values[:, -1:] = largest, -largest
    return values.astype(np.float32)


def make_operands(c: Configuration, shape: Shape, kind: str, seed: int) -> dict[str, np.ndarray]:
    """The operands by key, in the order of the inputs of the module."""
    rng = np.random.default_rng([seed, zlib.crc32(f"{c.name} {shape} {kind}".encode())])
    m, n, k = shape
    activation_kind = "lowest" if kind == "opposite" else kind
    other_kind = "highest" if kind == "opposite" else kind
    rows = (m if c.activation_rows == "row" else 1, 1)
    scale_rows = {"channel": n, "layer": 1, "group": -(-n // GROUP)}[c.weight_rows]
    groups = (scale_rows, -(-k // c.block) if c.block else 1)
    makers = {
        "activations": lambda: _codes(rng, c.activation_code, (m, k), activation_kind),
        "activation_scale": lambda: _scale(rng, "f32", rows, kind),
        "activation_zero_point": lambda: _zero_point(rng, c.activation_code, rows, other_kind),
        "init": lambda: _init(rng, (m, n), kind),
        "reals": lambda: _reals(rng, c, (m, k), kind),
        "weight_scale": lambda: _scale(rng, c.scale, groups, kind),
        "weight_zero_point": lambda: _weight_zero_point(rng, c, groups, other_kind),
        "weights": lambda: _codes(rng, c.weight_code, (n, k), other_kind),
    }
    return {item.key: makers[item.key]() for item in inputs(c)}


def _init(rng: np.random.Generator, shape: tuple, kind: str) -> np.ndarray:
    """Any i32, or its ends, from where the next sum wraps."""
    i32 = np.iinfo(np.int32)
    if kind == "random":
        return rng.integers(i32.min, i32.max, size=shape, endpoint=True, dtype=np.int32)
    return _ends(rng, i32.min, i32.max, shape, "edges").astype(np.int32)


def _weight_zero_point(
    rng: np.random.Generator, c: Configuration, shape: tuple, kind: str
) -> np.ndarray:
    if c.weight_zero_point == "i32":
        return _zero_point(rng, c.weight_code, shape, kind)
    code = c.weight_code
    if kind == "random":
        return rng.uniform(code.low - 1, code.high + 1, size=shape).astype(np.float32)
    return _ends(rng, code.low - 0.3, code.high + 1 / 3, shape, kind).astype(np.float32)

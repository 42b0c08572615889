"""What layers are made of and run on, from a seed."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import numpy as np
from layer_cases import Layer

# Of layers that take any M.
MS = [0, 1, 2, 3, 4, 5, 7, 8, 9, 16, 17, 31]
# extreme: far beyond any range, of random sign; ties: halves of the steps of a range;
# special: rows with what is not finite, or denormal; flat: the same number everywhere.
KINDS = ["normal", "extreme", "ties", "special", "flat"]
RUNS = range(len(KINDS))
SPECIAL = [np.nan, np.inf, -np.inf, 1e30, -3e38, 1e-41, -1e-45, 0.0, -0.0]


class Weights(NamedTuple):
    kernel: np.ndarray  # N x K
    bias: np.ndarray | None


def make_weights(layer: Layer, part: str = "") -> Weights:
    """Of a layer, or of the `first` one of a chain."""
    rng, shape = layer.rng(f"weights {part}"), layer.shape
    n, k = (shape.k, int(rng.choice([1, 5, 16, 33]))) if part == "first" else (shape.n, shape.k)
    if part == "first" and shape.columns:
        k = shape.columns + 1
    values = rng.standard_normal((n, k))
    kind = rng.integers(5)
    if kind == 1:  # the codes at both ends
        values = np.sign(values)
    elif kind == 2:  # some weights are zero, and some rows; these may have scales so small
        # that a bias is no integer of 32 bits, which chains refuse
        values *= rng.integers(0, 2, (n, k))
        values *= 1 if layer.kind == "chain" else rng.integers(0, 3, (n, 1))
    elif kind == 3:  # few levels
        values = np.rint(2 * values) / 2
    elif kind == 4:  # rows far apart
        values *= np.exp2(rng.integers(-4, 5, (n, 1)))
    bias = rng.standard_normal(n).astype(np.float32) if shape.has_bias else None
    return Weights(values.astype(np.float32), bias)


def make_input(layer: Layer, run: int) -> np.ndarray:
    """Of a run; the first dimension takes any number."""
    rng, shape = layer.rng(f"input {run}"), layer.shape
    m = shape.m or int(rng.choice(MS))
    if layer.kind == "chain":
        k = make_weights(layer, "first").kernel.shape[1]
        codes = rng.integers(-128, 128, (m, k))
        if run % 2:
            codes = np.where(codes < 0, -128, 127)
        return codes.astype(np.int8)
    window = shape.window
    if window:
        channels = [shape.n] if layer.kind == "depthwise" else [window.channels]
        if layer.kind == "conv_groups":
            channels = [window.groups, window.channels]
        extents = (m, window.height, window.width, *channels)
    else:
        extents = (m, shape.k)
    return _make_reals(rng, extents, KINDS[run % len(KINDS)])


def _make_reals(rng: np.random.Generator, extents: tuple, kind: str) -> np.ndarray:
    values = 1.5 * rng.standard_normal(extents)
    rows = (extents[0], *(1 for _ in extents[1:]))
    if kind == "extreme":
        values = np.copysign(10.0 ** rng.integers(1, 30, rows), values)
    elif kind == "ties":
        values = rng.integers(-9, 10, extents) / 2 * (4.25 / 255)
        values[..., :1], values[..., -1:] = 2.75, -1.5
    elif kind == "flat":
        values = np.broadcast_to(rng.choice([0.0, -0.0, 1.0, -1.5], rows), extents)
    elif kind == "special":
        where = rng.integers(4, size=extents) == 0
        values = np.where(where, rng.choice(SPECIAL, rows), values)
    else:
        values *= np.exp2(rng.integers(-12, 12, rows) * rng.integers(0, 2, rows))
    return np.array(values, np.float32)


def write_statistics(layers: list[Layer], path: Path) -> None:
    """Statistics of the activations of those layers whose range comes from data."""
    arrays = {"calibration/source": np.frombuffer(b"data", np.uint8)}
    for index, layer in enumerate(layers):
        if not layer.has_statistics:
            continue
        values = layer.rng("statistics").standard_normal(500).astype(np.float32)
        values = np.clip(values + np.float32(0.5), -4, 3.99)
        bins = np.floor(values * 2.0**9).astype(int) + 2048  # of 2^-9
        fields = {
            "count": np.int64(values.size),
            "histogram": np.bincount(bins, minlength=4096).astype(np.int64),
            "histogram_exponent": np.int32(-9),
            "ignored": np.int64(0),
            "max": values.max(),
            "mean": values.mean(),
            "mean_square": np.square(values).mean(),
            "min": values.min(),
            "moving_max": values.max() / 2,
            "moving_min": values.min() / 2,
        }
        arrays |= {f"l{index}/{key}": value for key, value in fields.items()}
    np.savez(path, **arrays)

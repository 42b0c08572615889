"""Ranges that follow the data from call to call, against the formula in NumPy, to the bit."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np
import pytest
from artifact import Artifact, chain_text, compile_text
from targets import runnable

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "python"))

import lowbit

EXTENTS = [9, 17, 4]
NOTHING = np.zeros((len(EXTENTS) - 1, 2), np.float32)
F32 = np.float32


def follow(before: np.ndarray, values: np.ndarray, momentum: float) -> np.ndarray:
    """The twin of ActivationEncoding.h: the range after `values`."""
    finite = values[np.isfinite(values)]
    low, high = before
    is_known = np.isfinite(before).all() and low <= high and before.any()
    if finite.size == 0:
        return before if is_known else np.zeros(2, F32)
    now = np.array([finite.min(), finite.max()], F32)
    if not is_known:
        return now
    return F32(momentum) * before + F32(1 - momentum) * now


def calls(seed: int) -> list[np.ndarray]:
    """Batches of several sizes, whose range moves."""
    rng = np.random.default_rng(seed)
    batches = [
        rng.standard_normal((m, EXTENTS[0])) * scale + shift
        for m, scale, shift in [(3, 1, 0), (1, 4, 1), (5, 0.1, -2), (1, 0, 0), (7, 1, 100)]
    ]
    batches[2][1, 3] = np.nan
    batches[4][0, 0] = np.inf
    return [batch.astype(F32) for batch in [*batches, np.full((2, EXTENTS[0]), np.nan)]]


def run_all(model, batches: list[np.ndarray]) -> list[list[np.ndarray]]:
    """The outputs of calls that hand the ranges on."""
    results, state = [], NOTHING
    for batch in batches:
        results.append(model.run([batch, state]))
        state = results[-1][-1]
    return results


@pytest.mark.parametrize("scheme", ["int8", "uint8", "int4", "int8:zero-point=none"])
@pytest.mark.parametrize("momentum", [0.9, 0.25, 0.0, 1.0])
def test_reference_is_compiled(tmp_path, scheme, momentum):
    separator = "," if ":" in scheme else ":"
    flags = ["--weights=int4", f"--activations={scheme}{separator}momentum={momentum}"]
    text = chain_text(EXTENTS, name="main")
    reference = Artifact(compile_text(text, tmp_path / "r.so", *flags, "--reference"))
    expected = run_all(reference, calls(1))
    ranges = NOTHING[0]
    for batch, outputs in zip(calls(1), expected):
        ranges = follow(ranges, batch, momentum)
        np.testing.assert_array_equal(outputs[-1][0], ranges)
    target = runnable()[-1]
    model = Artifact(compile_text(text, tmp_path / "m.so", *flags, f"--target={target}"))
    for outputs, wanted in zip(run_all(model, calls(1)), expected):
        assert [y.tobytes() for y in outputs] == [y.tobytes() for y in wanted]


def quantize(x: np.ndarray, ends: np.ndarray) -> tuple[np.ndarray, np.float32, int]:
    """The twin of chooseParams of DynamicParams.h for int8, and of quantizeValue."""
    a, b = min(F32(0), ends[0]), max(F32(0), ends[1])
    scale = b / F32(255) - a / F32(255)
    zero = int(np.clip(np.rint(F32(-128) - a / scale), -128, 127))
    return np.clip(np.rint(x / scale).astype(np.int64) + zero, -128, 127), scale, zero


def test_quantization_uses_the_updated_range(tmp_path):
    """Update, then quantize: whole weights and one layer leave one rounding per output."""
    text = chain_text([9, 6], seed=4, name="main")
    flags = ["--weights=int8:fixed-point=0", "--activations=int8:ema"]
    model = Artifact(compile_text(text, tmp_path / "m.so", *flags))
    unquantized = Artifact(
        compile_text(text, tmp_path / "w.so", flags[0], "--activations=int8:range=[-128,127]")
    )
    # Outputs of unit vectors are the weights and the bias.
    units = np.concatenate([np.zeros((1, 9), F32), np.eye(9, dtype=F32)])
    [columns] = unquantized.run([units])
    bias, weights = columns[0], np.rint(columns[1:] - columns[0])
    state = before = np.zeros((1, 2), F32)
    for batch in calls(2)[:2]:
        result, state = model.run([batch, before])
        codes, scale, zero = quantize(batch, follow(before[0], batch, 0.9))
        expected = ((codes - zero) @ weights).astype(F32) * scale + bias
        np.testing.assert_allclose(result, expected, rtol=1e-6, atol=1e-6)
        before = state


@pytest.mark.parametrize(
    "state", [[np.nan, np.nan], [1, -1], [-np.inf, 1], [0, np.inf], [np.nan, 1], [0, -0.0]]
)
def test_no_range_yet(tmp_path, state):
    text = chain_text([9, 6], name="main")
    flags = ["--weights=ternary", "--activations=int8:ema", "--reference"]
    model = Artifact(compile_text(text, tmp_path / "m.so", *flags))
    x = calls(3)[0]
    expected = model.run([x, np.zeros((1, 2), F32)])
    actual = model.run([x, np.array([state], F32)])
    assert [y.tobytes() for y in actual] == [y.tobytes() for y in expected]


def test_a_known_range_on_one_side_of_zero(tmp_path):
    text = chain_text([9, 6], name="main")
    flags = ["--weights=ternary", "--activations=int8:ema"]
    model = Artifact(compile_text(text, tmp_path / "m.so", *flags))
    before = np.array([[0, 2]], F32)
    x = np.abs(calls(3)[0]) + 1
    np.testing.assert_array_equal(model.run([x, before])[1][0], follow(before[0], x, 0.9))


def test_descriptions(tmp_path):
    path = compile_text(
        chain_text(EXTENTS, name="main"),
        tmp_path / "m.so",
        "--weights=ternary",
        "--activations=int8:ema",
    )
    description = json.loads(path.with_suffix(".json").read_text())
    state = {"name": "running_ranges", "dtype": "f32", "shape": [2, 2]}
    assert description["inputs"][-1] == state
    assert description["outputs"][-1] == state
    assert "running_ranges" in path.with_suffix(".h").read_text()
    model = lowbit.load(path)
    x = calls(1)[0]
    y, ranges = model(x, NOTHING)
    np.testing.assert_array_equal(ranges[0], follow(NOTHING[0], x, 0.9))
    assert y.shape == (3, 4)

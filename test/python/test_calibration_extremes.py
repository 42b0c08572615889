"""Ranges of constants, zeros, outliers and what is not finite, by every rule."""

from __future__ import annotations

import re
import subprocess

import numpy as np
import pytest
from artifact import BUILD
from test_calibration_files import MODEL
from test_static_activations import lowbit

RULES = ["kl", "minmax", "moving_average", "mse", "percentile"]
# Codes on both sides of zero: how many steps the scale divides the range of a constant in.
ENCODINGS = {"int8": 255, "int8:zero-point=none": 127, "ternary": 1, "binary": 1}
NORMAL = np.random.default_rng(0).normal(size=(40, 6)).astype(np.float32)


def full(value):
    return np.full((40, 6), value, np.float32)


def with_outlier(value):
    x = NORMAL.copy()
    x[3, 2] = value
    return x


def execute(tool, *arguments):
    command = [str(BUILD / "bin" / tool), *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


def calibrate(x, folder):
    (folder / "model.mlir").write_text(MODEL)
    np.savez(folder / "x.npz", x=x.astype(np.float32))
    arguments = (f"--calibrate={folder}/x.npz", "--batch=1", "-o", folder / "stats.npz")
    execute("lowbit-run", folder / "model.mlir", *arguments)


def params(encoding, rule, folder):
    """Scale and zero point of the activations."""
    activations = f"{encoding}{',' if ':' in encoding else ':'}range={rule}"
    text = execute(
        "lowbit-opt",
        folder / "model.mlir",
        f"--lowbit-import-calibration=calibration={folder}/stats.npz activations={activations}",
        f"--lowbit-quantize=weights=int8 activations={activations} no-fallback",
    )
    line = re.search(r"lowbit\.quantize %\w+ scale (%\w+)(?: zero_point (%\w+))? :", text)
    values = dict(re.findall(r"(%\w+) = arith\.constant dense<(.*)> : tensor<1x1x", text))
    return float(values[line[1]]), int(values[line[2]]) if line[2] else 0


def choices():
    for encoding in ENCODINGS:
        for rule in RULES:
            if rule != "kl" or encoding.startswith("int"):
                yield encoding, rule


@pytest.mark.parametrize("zero", [0.0, -0.0])
def test_zeros(zero, tmp_path):
    calibrate(full(zero), tmp_path)
    for encoding, rule in choices():
        assert params(encoding, rule, tmp_path) == (1.0, 0), (encoding, rule)


@pytest.mark.parametrize("value", [3.0, -2.5, 3.4e38, -1e-20])
def test_constant(value, tmp_path):
    """Every rule keeps the whole range from zero to the constant."""
    calibrate(full(value), tmp_path)
    for encoding, rule in choices():
        scale, zero_point = params(encoding, rule, tmp_path)
        np.testing.assert_allclose(scale, abs(value) / ENCODINGS[encoding], 1e-6)
        expected = 0 if encoding != "int8" else -128 if value > 0 else 127
        assert zero_point == expected, (encoding, rule)


def test_denormal_constant(tmp_path):
    """The scale is the least there is, not 0."""
    calibrate(full(1e-45), tmp_path)
    for encoding, rule in choices():
        assert np.float32(params(encoding, rule, tmp_path)[0]) == np.float32(2.0**-100)


@pytest.mark.parametrize("value", [1e30, -1e30])
def test_outlier(value, tmp_path):
    calibrate(with_outlier(value), tmp_path)
    for encoding, rule in choices():
        scale, zero_point = params(encoding, rule, tmp_path)
        largest = 1e30 / ENCODINGS[encoding] * (1 + 1e-6)
        assert 0 < scale <= largest, (encoding, rule)
        if rule == "minmax":
            assert scale >= largest * (1 - 1e-5)
        assert zero_point == (0 if encoding != "int8" else -128 if value > 0 else 127)


def test_whole_range_of_f32(tmp_path):
    largest = float(np.finfo(np.float32).max)
    calibrate(np.where(NORMAL > 0, largest, -largest), tmp_path)
    for encoding, rule in choices():
        scale, _ = params(encoding, rule, tmp_path)
        extent = 2 * largest if encoding == "int8" else largest
        assert 0 < scale <= extent / ENCODINGS[encoding] * (1 + 1e-6), (encoding, rule)


def test_not_finite(tmp_path):
    """Runs without finite values change nothing."""
    more = np.array([[np.nan] * 6, [np.inf] * 6, [-np.inf] * 6], np.float32)
    for name, x in (("without", NORMAL), ("with", np.insert(NORMAL, [0, 7, 40], more, axis=0))):
        (tmp_path / name).mkdir()
        calibrate(x, tmp_path / name)
    for encoding, rule in choices():
        without = params(encoding, rule, tmp_path / "without")
        assert params(encoding, rule, tmp_path / "with") == without, (encoding, rule)


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("value", [0.0, 3.0, 1e30])
def test_compiled_is_reference(value, rule, tmp_path):
    x = with_outlier(value) if value == 1e30 else full(value)
    calibrate(x, tmp_path)
    x = np.concatenate([x, [[np.nan, np.inf, -np.inf, 1e30, -1e30, 1e-45]]]).astype(np.float32)
    results = []
    for name, option in (("compiled", "--target=host"), ("reference", "--reference")):
        output = tmp_path / f"{name}.so"
        options = [f"--calibration={tmp_path}/stats.npz", f"--activations=int8:range={rule}"]
        options += ["--weights=int8", "--no-fallback", option, "-o", output]
        execute("lowbit-compile", tmp_path / "model.mlir", *options)
        results.append(lowbit.load(output)(x))
    assert results[0].tobytes() == results[1].tobytes()
    assert np.isfinite(results[0]).all()
    if value == 0:
        assert not results[0][:-1].any()

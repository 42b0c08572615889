"""Moments of inputs that calibration records, and weights that are quantized with them."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

import numpy as np
import pytest
from artifact import Artifact, compile_text
from test_float_convolutions import (
    CASES,
    arrange,
    images_of,
    windows_of,
    write_convolution,
    write_matmul,
)

ROOT = Path(__file__).resolve().parents[2]
BUILD = Path(os.environ.get("LOWBIT_BUILD", ROOT / "build"))
TOOL = BUILD / "bin" / "lowbit-run"
DIGITS = ROOT / "examples" / "digits" / "models" / "float.mlir"
STATIC = "--activations=int8:range=[-16,16]"  # what is left is the weights'


def calibrate(model: Path, data: Path, moments: str, output: Path) -> dict[str, np.ndarray]:
    command = [TOOL, model, f"--calibrate={data}", f"--moments={moments}", "-o", output]
    done = subprocess.run(list(map(str, command)), capture_output=True, text=True, timeout=120)
    assert (done.returncode, done.stderr) == (0, "")
    return dict(np.load(output))


def correlated(rows: int, k: int, seed: int = 5) -> np.ndarray:
    """Inputs that know of each other, half of them zeros, as after a relu."""
    rng = np.random.default_rng(seed)
    mixed = rng.standard_normal((rows, k)) @ rng.standard_normal((k, k)) / np.sqrt(k)
    return np.maximum(mixed + 0.5 * rng.standard_normal((rows, 1)), 0).astype(np.float32)


def moments_of(rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Means and products of rows m, g, k, as f32."""
    rows = rows.astype(np.float64)
    means = rows.mean(axis=0)
    return means, np.einsum("mgi,mgj->gij", rows, rows) / len(rows)


def calibrate_convolution(name: str, folder: Path) -> dict[str, np.ndarray]:
    """The statistics of `folder / "x.npz"`, as in `folder / "stats.npz"`."""
    c = CASES[name]
    (folder / "conv.mlir").write_text(write_convolution(c))
    np.savez(folder / "x.npz", x=arrange(images_of(c, 5), "nhwgc", c.layout.images))
    return calibrate(folder / "conv.mlir", folder / "x.npz", "second", folder / "stats.npz")


@pytest.mark.parametrize("name", CASES)
def test_windows(tmp_path, name):
    stats = calibrate_convolution(name, tmp_path)
    x = images_of(CASES[name], 5)
    rows = windows_of(CASES[name], x)
    rows = rows.reshape(-1, *rows.shape[3:])
    means, products = moments_of(rows)
    assert stats["conv/input_rows"] == len(rows)
    np.testing.assert_allclose(stats["conv/input_means"], means, rtol=1e-6, atol=1e-6)
    np.testing.assert_allclose(stats["conv/input_products"], products, rtol=1e-6, atol=1e-6)
    assert stats["conv/count"] == x.size  # ranges are those of the images


@pytest.mark.parametrize("name", ["nchw_fchw", "ngchw_fgchw", "nhwc_hwcm"])
def test_convolutions(tmp_path, name):
    c = CASES[name]
    calibrate_convolution(name, tmp_path)
    inputs = [arrange(images_of(c, 5), "nhwgc", c.layout.images)]

    def run(weights: str) -> np.ndarray:
        flags = [f"--weights={weights}", f"--calibration={tmp_path / 'stats.npz'}", STATIC]
        path = tmp_path / (re.sub(r"\W", "-", weights) + ".so")
        return Artifact(compile_text(write_convolution(c), path, *flags)).run(inputs)[0]

    expected = run("f32")
    nearest, compensated, corrected = (
        run(weights) - expected for weights in ("int3", "int3:gptq", "int3:gptq,bias-correction")
    )
    assert np.square(compensated).sum() < 0.9 * np.square(nearest).sum()
    # The mean of each output is that of the float model, but for how activations are rounded.
    axes = tuple(i for i, d in enumerate(c.layout.result) if d not in "gf")
    assert np.abs(corrected.mean(axes)).max() < 0.2 * np.abs(nearest.mean(axes)).max()


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (
            ["m.mlir", "--calibrate=x.npz", "--moments=third", "-o", "s.npz"],
            "expected first or second as value of --moments, but got 'third'",
        ),
        (
            ["m.mlir", "--moments=first"],
            "expected --calibrate with --batch, --momentum, --moments and --samples, but got none",
        ),
        (
            ["m.so", "--calibrate=normal", "--moments=first", "-o", "s.npz"],
            'layer "conv": expected its windows for --moments, but got none: '
            "compile the model with --observe=windows",
        ),
    ],
)
def test_errors(tmp_path, arguments, expected):
    compile_text(write_convolution(CASES["pixel"]), tmp_path / "m.so", "--observe")
    command = [str(TOOL), *arguments]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, cwd=tmp_path)
    assert (done.returncode, done.stderr) == (1, f"error: {expected}\n")


def test_batches_do_not_matter(tmp_path):
    w = np.zeros((3, 8), np.float32)
    (tmp_path / "fc.mlir").write_text(write_matmul(w, w[:, 0]))
    x = np.round(8 * correlated(100, 8)) / 8
    x[7, 3] = np.nan
    x[8, 3] = np.inf
    np.savez(tmp_path / "x.npz", x=x)
    stats = calibrate(tmp_path / "fc.mlir", tmp_path / "x.npz", "second", tmp_path / "s.npz")
    means, products = moments_of(np.delete(x, [7, 8], axis=0)[:, None])
    assert stats["fc/input_rows"] == 98
    np.testing.assert_array_equal(stats["fc/input_means"], means.astype(np.float32))
    np.testing.assert_array_equal(stats["fc/input_products"], products.astype(np.float32))
    first = calibrate(tmp_path / "fc.mlir", tmp_path / "x.npz", "first", tmp_path / "s.npz")
    assert "fc/input_products" not in first
    np.testing.assert_array_equal(first["fc/input_means"], stats["fc/input_means"])


def test_bias_is_corrected(tmp_path):
    """What is added is (W - Wq) E[x], and W - Wq shows in the outputs of unit vectors."""
    rng = np.random.default_rng(2)
    w = rng.standard_normal((5, 12)).astype(np.float32)
    b = rng.standard_normal(5).astype(np.float32)
    (tmp_path / "fc.mlir").write_text(write_matmul(w, b))
    x = correlated(40, 12)
    np.savez(tmp_path / "x.npz", x=x)
    calibrate(tmp_path / "fc.mlir", tmp_path / "x.npz", "first", tmp_path / "s.npz")
    run = {}
    for encoding in ("binary:planes=2", "binary:planes=2,bias-correction"):
        flags = [f"--weights={encoding}", f"--calibration={tmp_path / 's.npz'}"]
        range_ = "--activations=int8:range=[-127,127],zero-point=none"  # whole numbers are exact
        path = tmp_path / f"{len(run)}.so"
        run[encoding] = Artifact(compile_text(write_matmul(w, b), path, *flags, range_)).run
    plain, corrected = run.values()
    units = np.eye(12, dtype=np.float32)
    quantized = plain([units])[0] - b
    correction = (w - quantized.T) @ x.astype(np.float64).mean(axis=0)
    difference = corrected([units])[0] - plain([units])[0]
    np.testing.assert_allclose(difference, np.tile(correction, (12, 1)), atol=2e-6)
    assert np.abs(correction).min() > 1e-3


ENCODINGS = ["int4", "int3", "int4:block=32,scale=f16", "ternary", "binary"]


def with_gptq(encoding: str) -> str:
    return encoding + (",gptq" if ":" in encoding else ":gptq")


def digits_layers() -> list[tuple[str, np.ndarray]]:
    """The weights of the dense digits model, layer by layer."""
    blobs = {
        name: np.frombuffer(bytes.fromhex(data)[4:], "<f4")
        for name, data in re.findall(r'"?([\w.]+)"?: "0x([0-9A-Fa-f]+)"', DIGITS.read_text())
    }
    weights = [(name, blob) for name, blob in blobs.items() if "weight" in name]
    shapes = [(256, 64), (128, 256), (10, 128)]
    return [
        (f"fc{i + 1}", blob.reshape(shape))
        for i, ((_, blob), shape) in enumerate(zip(sorted(weights), shapes))
    ]


@pytest.fixture(scope="module")
def digits(tmp_path_factory):
    """What the layers of the digits model get and hold: inputs, weights; and the statistics."""
    folder = tmp_path_factory.mktemp("digits")
    table = np.loadtxt(ROOT / "examples/digits/data/digits.csv.gz", delimiter=",", dtype=np.float32)
    np.savez(folder / "x.npz", x=table[:400, :64] / 16)
    command = [BUILD / "bin" / "lowbit-compile", "--observe", DIGITS, "-o", folder / "o.so"]
    subprocess.run(list(map(str, command)), check=True, timeout=60)
    outputs = Artifact(folder / "o.so").run([table[:400, :64] / 16])
    inputs = dict(zip(("fc1", "fc2", "fc3"), outputs[1:]))
    calibrate(DIGITS, folder / "x.npz", "second", folder / "stats.npz")
    return inputs, dict(digits_layers()), folder / "stats.npz"


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_digits(tmp_path, digits, encoding):
    """Each layer of the digits model has a smaller output error with error compensation."""
    inputs, weights, stats = digits
    for layer, w in weights.items():
        text = write_matmul(w, np.zeros(len(w), np.float32)).replace('"fc"', f'"{layer}"')
        x = inputs[layer]
        expected = x.astype(np.float64) @ w.T
        errors = []
        for tried in (encoding, with_gptq(encoding)):
            flags = [f"--weights={tried}", f"--calibration={stats}", "--activations=int8:dynamic"]
            path = tmp_path / f"{layer}-{len(errors)}.so"
            model = Artifact(compile_text(text, path, *flags, "--no-fallback"))
            errors.append(np.square(model.run([x])[0] - expected).mean())
        assert errors[1] < 0.9 * errors[0], layer

"""Tests of the digits example: data, training, model text, metrics and the demo's bookkeeping."""

from __future__ import annotations

import json
import math
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

FOLDER = Path(__file__).resolve().parent
sys.path.insert(0, str(FOLDER))

import demo  # noqa: E402
import train  # noqa: E402
from dataset import NUM_FOLDS, held_out, load_digits, split  # noqa: E402
from metrics import accuracy, agreement, sqnr_db  # noqa: E402
from model_text import layer_names, model_name, model_text, read_encodings, read_model  # noqa: E402
from network import ARCHITECTURES, Network, binary_codes, ternary_codes  # noqa: E402
from training import _gradients, initial_network  # noqa: E402

BUILD = Path(os.environ.get("LOWBIT_BUILD", FOLDER.parents[1] / "build"))
MODELS = [
    (architecture, name)
    for architecture in ARCHITECTURES
    for name in ("float", "ternary", "binary")
]
INT4 = "int4:block=32,scale=f16"


@pytest.fixture(scope="module")
def trained() -> tuple[dict[str, Network], dict[str, float]]:
    """The dense networks of the committed models, trained anew."""
    return train.train_all("dense", fold=0, seed=0)


def committed(architecture: str, name: str) -> str:
    return (FOLDER / "models" / f"{model_name(architecture, name)}.mlir").read_text()


@pytest.mark.parametrize("contiguous", [False, True])
def test_folds_partition_the_images(contiguous: bool) -> None:
    images, labels = load_digits()
    assert images.shape == (1797, 64) and images.min() == 0 and images.max() == 1
    tests = [split(labels, fold, contiguous)[1] for fold in range(NUM_FOLDS)]
    assert np.array_equal(np.sort(np.concatenate(tests)), np.arange(1797))
    for fold, test in enumerate(tests):
        train_part, _ = split(labels, fold, contiguous)
        assert len(np.intersect1d(train_part, test)) == 0 and len(train_part) + len(test) == 1797
        if not contiguous:
            counts = np.bincount(labels[test]) - np.bincount(labels) / NUM_FOLDS
            assert np.abs(counts).max() < 1
    with pytest.raises(ValueError, match="expected a fold from 0 to 4, but got 5"):
        split(labels, 5)


def test_ternary_codes_of_the_twn_example() -> None:
    codes, scale = ternary_codes(np.array([[0.7, -0.2, 1.8, -1.5, 0.1, -0.8, 2.0, -0.3]], "f4"))
    assert codes.tolist() == [[1, 0, 1, -1, 0, -1, 1, 0]]
    assert scale[0, 0] == pytest.approx(1.36)


def test_codes_of_zero() -> None:
    codes, scale = ternary_codes(np.zeros((2, 3), np.float32))
    assert not codes.any() and scale.tolist() == [[1], [1]]
    codes, scale = binary_codes(np.array([[0.0, -0.0, -2.0, 4.0]], np.float32))
    assert codes.tolist() == [[1, 1, -1, 1]] and scale.tolist() == [[1.5]]


def test_metrics() -> None:
    reference = np.array([[3, 0], [0, 4], [1, 0], [0, 1]], np.float32)
    other = np.array([[3, 0], [0, 4], [1, 0], [1, 0]], np.float32)
    assert accuracy(reference, np.array([0, 1, 1, 1])) == 75
    assert agreement(other, reference) == 75
    # The signal is 9 + 16 + 1 + 1, the noise 1 + 1.
    assert sqnr_db(other, reference) == pytest.approx(10 * math.log10(27 / 2))
    assert sqnr_db(1.1 * reference, reference) == pytest.approx(20, abs=1e-4)
    assert sqnr_db(reference, reference) == math.inf


@pytest.mark.parametrize("architecture", ARCHITECTURES)
@pytest.mark.parametrize("encoding", [None, "ternary", "binary"])
def test_text_holds_the_network(architecture: str, encoding: str | None) -> None:
    layers = ARCHITECTURES[architecture]
    network = replace(initial_network(layers, np.random.default_rng(0)), encoding=encoding)
    images, _ = held_out()
    text = model_text(network)
    assert read_encodings(text) == {encoding or "f32"}
    assert np.array_equal(read_model(text, layers).logits(images), network.logits(images))


@pytest.mark.parametrize(("architecture", "name"), MODELS)
def test_committed_model_keeps_its_promises(architecture: str, name: str) -> None:
    text = committed(architecture, name)
    assert read_encodings(text) == {"f32" if name == "float" else name}
    images, labels = held_out()
    score = accuracy(read_model(text, ARCHITECTURES[architecture]).logits(images), labels)
    allowed = train.ALLOWED_LOSS[architecture].get(name, 3.0 if name == "binary" else 0.0)
    assert score >= train.FLOAT_FLOOR[architecture] - allowed


@pytest.mark.parametrize("name", ["float", "ternary", "binary"])
def test_committed_model_is_the_trained_one(
    name: str, trained: tuple[dict[str, Network], dict[str, float]]
) -> None:
    images, labels = held_out()
    score = accuracy(
        read_model(committed("dense", name), ARCHITECTURES["dense"]).logits(images), labels
    )
    # Another CPU may order the sums of a matrix product otherwise: not byte for byte.
    assert abs(score - trained[1][name]) <= 1.0


def test_gradients_of_a_convolutional_network_are_those_of_the_loss() -> None:
    rng = np.random.default_rng(0)
    start = initial_network(ARCHITECTURES["conv"], rng)
    # In f64, away from the kinks of relu: all-zero windows lie on one without biases.
    network = replace(
        start,
        weights=tuple(weight.astype(np.float64) for weight in start.weights),
        biases=tuple(0.3 * rng.standard_normal(bias.shape) for bias in start.biases),
    )
    images, labels = rng.random((4, 64)), np.eye(10)[[3, 1, 4, 1]]

    def loss(weights: tuple[np.ndarray, ...]) -> float:
        logits = replace(network, weights=weights).logits(images)
        return float((np.log(np.exp(logits).sum(axis=1)) - (logits * labels).sum(axis=1)).mean())

    gradients = _gradients(network, images, labels)
    for index, weight in enumerate(network.weights):
        step = 1e-6 * rng.standard_normal(weight.shape)
        above, below = list(network.weights), list(network.weights)
        above[index], below[index] = weight + step, weight - step
        slope = loss(tuple(above)) - loss(tuple(below))
        assert slope == pytest.approx(2 * (gradients[index] * step).sum(), rel=1e-4)


@pytest.mark.parametrize("encoding", ["ternary", "binary"])
def test_training_is_straight_through(encoding: str) -> None:
    """The gradient passes the quantizer as if it were the identity."""
    rng = np.random.default_rng(1)
    network = replace(initial_network(ARCHITECTURES["dense"], rng), encoding=encoding)
    images, targets = rng.random((8, 64)), np.eye(10)[rng.integers(10, size=8)]
    quantized = replace(network, weights=network.effective_weights(), encoding=None)
    assert not np.array_equal(quantized.weights[0], network.weights[0])
    pairs = zip(_gradients(network, images, targets), _gradients(quantized, images, targets))
    for gradient, expected in pairs:
        np.testing.assert_array_equal(gradient, expected)


def test_reader_refuses_a_short_resource() -> None:
    text, layers = committed("dense", "float"), ARCHITECTURES["dense"]
    start = text.index('fc3.bias: "0x') + len('fc3.bias: "0x')
    with pytest.raises(ValueError, match=r"expected 10 numbers in 'fc3.bias', but got 9"):
        read_model(text[: start + 8] + text[start + 16 :], layers)
    with pytest.raises(ValueError, match=r"expected a resource 'fc3.bias', but got none"):
        read_model(text.replace("fc3.bias: ", "fc4.bias: "), layers)


@pytest.mark.parametrize(("architecture", "name"), MODELS)
def test_model_parses_verifies_and_round_trips(architecture: str, name: str) -> None:
    def opt(text: str) -> str:
        done = subprocess.run(
            [BUILD / "bin" / "lowbit-opt", "--mlir-print-debuginfo"],
            input=text,
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    once = opt(committed(architecture, name))
    assert opt(once) == once
    names = layer_names(ARCHITECTURES[architecture])
    assert [layer for layer in names if f'loc("{layer}")' in once] == names
    assert "func.func @digits(%arg0: tensor<?x64xf32>" in once


@pytest.fixture
def build(tmp_path: Path) -> Path:
    """A folder for the demo's output, with the tools of the build."""
    (tmp_path / "bin").symlink_to(BUILD / "bin", target_is_directory=True)
    return tmp_path


def run_demo(build: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(FOLDER / "demo.py"), "--build", str(build)]
    return subprocess.run(command, capture_output=True, text=True)


def test_demo_end_to_end(build: Path) -> None:
    done = run_demo(build)
    assert done.returncode == 0, done.stderr
    rows = json.loads((build / "demo.json").read_text())
    assert [(row["model"], row["encoding"]) for row in rows] == [
        (case.model, case.label) for case in demo.CASES
    ]
    for row in rows:
        assert list(row) == [
            "model",
            "encoding",
            "accuracy",
            "agreement",
            "sqnr_db",
            "payload_bytes",
            "overhead_bytes",
            "us_per_image",
            "compile_s",
        ]
    assert rows[0]["sqnr_db"] is None and rows[0]["agreement"] == 100
    lines = done.stdout.splitlines()[1 : len(rows) + 2]
    assert len({len(line) for line in lines}) == 1, "the table is not aligned"


def test_demo_names_a_missing_tool_in_one_line(tmp_path: Path) -> None:
    done = run_demo(tmp_path)
    assert done.returncode == 1 and done.stdout == ""
    assert done.stderr.count("\n") == 1 and "lowbit-compile" in done.stderr


def test_demo_reports_each_broken_promise() -> None:
    good = [
        {
            "accuracy": 98.0 if case.is_reference else 98.0 - (case.loss or 0.0),
            "agreement": case.agreement or 0.0,
            "sqnr_db": case.sqnr,
        }
        for case in demo.CASES
    ]
    assert demo.broken_promises(good) == []
    kept = [("accuracy", "accuracy"), ("agreement", "agreement"), ("sqnr", "sqnr_db")]
    kept.append(("loss", "accuracy"))
    for index, case in enumerate(demo.CASES):
        for promise, key in kept:
            if getattr(case, promise) is None:
                continue
            rows = [dict(row) for row in good]
            if case.is_reference:
                rows[index][key] = getattr(case, promise)
                assert demo.broken_promises(rows) == []
            rows[index][key] -= 2.0 if case.is_reference else 0.1
            broken = demo.broken_promises(rows)
            assert any(text.startswith(f"{case.model} {case.label}:") for text in broken)


def test_accuracy_summary_and_its_failures() -> None:
    runs = [{"float": 98.0, "ternary": 97.0}, {"float": 99.0, "ternary": 96.0}]
    float_row, ternary_row = train.summarize(runs)
    assert (float_row["mean"], float_row["spread"]) == (98.5, 0.707)
    assert (ternary_row["mean"], ternary_row["loss"]) == (96.5, 2.0)
    assert train.failures("dense", [float_row, ternary_row]) == []
    broken = [{**float_row, "mean": 96.9}, {**ternary_row, "loss": 2.1}]
    assert len(train.failures("dense", broken)) == 2
    assert len(train.failures("conv", [{**float_row, "mean": 97.9}])) == 1

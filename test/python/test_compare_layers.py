"""lowbit-run --compare-layers: each number as NumPy has it, alone and accumulated."""

import csv
import json
import re
import subprocess

import numpy as np
import pytest
from comparison import BUILD, FLOAT, MODELS, compare

LAYERS = ("fc1", "fc2", "fc3")
MEASURES = ("sqnr_db", "cosine", "max_error", "clipped")


@pytest.fixture(scope="module")
def x():
    return np.random.default_rng(5).random((40, 64), dtype=np.float32)


@pytest.fixture(scope="module")
def data(x, tmp_path_factory):
    path = tmp_path_factory.mktemp("compare") / "data.npz"
    np.savez(path, x=x)
    return path


# The twin


def load():
    """Weights [N, K] and bias of each layer."""
    text = FLOAT.read_text()
    constants = {}
    for name, data in re.findall(r'(fc\d\.\w+): "0x([0-9A-F]+)"', text):
        constants[name] = np.frombuffer(bytes.fromhex(data)[4:], np.float32)
    layers = {}
    for name in LAYERS:
        bias = constants[f"{name}.bias"]
        layers[name] = constants[f"{name}.weight"].reshape(len(bias), -1), bias
    return layers


def per_row(w, levels):
    scale = np.abs(w).max(axis=1, keepdims=True) / np.float32(levels)
    return np.rint(w / scale) * scale


def absmean(w):
    scale = np.abs(w).mean(axis=1, keepdims=True)
    return np.clip(np.rint(w / scale), -1, 1) * scale


def blocks(w, levels):
    return per_row(w.reshape(-1, 32), levels).reshape(w.shape)


def dynamic(x):
    """The reals of int8 codes with parameters of each row, and the share clipped."""
    f = np.float32
    a = np.minimum(x.min(axis=1, keepdims=True), f(0))
    b = np.maximum(x.max(axis=1, keepdims=True), f(0))
    scale = b / f(255) - a / f(255)
    zero = np.clip(np.rint(f(-128) - a / scale), -128, 127)
    return rounded(x, scale, zero, -128, 127)


def rounded(x, scale, zero, low, high):
    steps = x / scale
    codes = np.clip(np.rint(steps) + zero, low, high)
    return (codes - zero) * scale, np.mean(np.abs(steps - (codes - zero)) > 0.5)


def measure(expected, actual, clipped):
    expected, actual = expected.astype(np.float64), actual.astype(np.float64)
    noise = np.square(expected - actual).sum()
    return {
        "sqnr_db": 10 * np.log10(np.square(expected).sum() / noise),
        "cosine": (expected * actual).sum() / np.linalg.norm(expected) / np.linalg.norm(actual),
        "max_error": np.abs(expected - actual).max(),
        "clipped": clipped,
    }


def twin(x, quantize_weights):
    """Both measures of each layer."""
    result, exact, lossy = {}, x, x
    for name, (w, bias) in load().items():
        weights = quantize_weights(w).astype(np.float32)
        expected = exact @ w.T + bias
        measures = {}
        for how, activations in (("alone", exact), ("accumulated", lossy)):
            reals, clipped = dynamic(activations)
            actual = reals @ weights.T + bias
            measures[how] = measure(expected, actual, clipped)
        result[name] = measures
        exact, lossy = np.maximum(expected, 0), np.maximum(actual, 0)
    return result


def assert_close(actual, expected):
    assert actual["sqnr_db"] == pytest.approx(expected["sqnr_db"], abs=0.02)
    assert actual["cosine"] == pytest.approx(expected["cosine"], abs=1e-5)
    assert actual["max_error"] == pytest.approx(expected["max_error"], rel=0.02)
    assert actual["clipped"] == pytest.approx(expected["clipped"], abs=1e-4)


@pytest.mark.parametrize(
    ("encoding", "name", "quantize_weights"),
    [
        ("int8", "affine<8, narrow>", lambda w: per_row(w, 127)),
        ("int4:block=32", "affine<4, narrow>", lambda w: blocks(w, 7)),
        ("ternary:absmean", "ternary", absmean),
    ],
)
def test_twin(encoding, name, quantize_weights, x, data):
    options = ("--input", data, "--batch=7", "--json", "--", f"--weights={encoding}")
    report = json.loads(compare(FLOAT, *options))
    assert (report["samples"], report["not_compared"]) == (40, [])
    assert [layer["name"] for layer in report["layers"]] == list(LAYERS)
    expected = twin(x, quantize_weights)
    for layer in report["layers"]:
        assert layer["encoding"] == name
        for how in ("alone", "accumulated"):
            assert layer[how]["count"] == 40 * {"fc1": 256, "fc2": 128, "fc3": 10}[layer["name"]]
            assert layer[how]["ignored"] == 0
            assert_close(layer[how], expected[layer["name"]][how])
    below = [layer["name"] for layer in report["layers"] if layer["alone"]["sqnr_db"] < 10]
    assert sorted(report["below_10_db"]) == below


def test_clipped_share(x, data):
    """A range that holds half of the values."""
    encoding = ("--layers=fc1=int8", "--activations=uint8:range=[0,0.5]")
    report = json.loads(compare(FLOAT, "--input", data, "--json", "--", *encoding))
    w, bias = load()["fc1"]
    reals, clipped = rounded(x, np.float32(0.5) / np.float32(255), 0, 0, 255)
    assert 0.4 < clipped < 0.6
    expected = measure(x @ w.T + bias, reals @ per_row(w, 127).T + bias, clipped)
    fc1, fc2, fc3 = report["layers"]
    assert_close(fc1["alone"], expected)
    assert fc1["alone"] == fc1["accumulated"]
    for layer in (fc2, fc3):
        # It is not quantized itself.
        alone = layer["alone"]
        assert (layer["encoding"], alone["sqnr_db"], alone["max_error"]) == ("f32", None, 0)
        assert (alone["cosine"], alone["clipped"]) == (1, None)
        assert layer["accumulated"]["clipped"] is None
        assert layer["accumulated"]["sqnr_db"] > 3


def test_no_error_is_no_number(data):
    """Float layers before the first quantized one are exact."""
    report = json.loads(compare(FLOAT, "--input", data, "--json", "--", "--layers=fc3=int8"))
    exact = report["layers"][0]["accumulated"]
    assert (exact["sqnr_db"], exact["cosine"], exact["max_error"]) == (None, 1, 0)
    assert report["layers"][2]["alone"] == report["layers"][2]["accumulated"]


def test_destroyed_layers_are_named(data):
    text = compare(FLOAT, "--input", data, "--", "--weights=ternary:absmean")
    report = json.loads(
        compare(FLOAT, "--input", data, "--json", "--", "--weights=ternary:absmean")
    )
    worst = min(report["layers"], key=lambda layer: layer["alone"]["sqnr_db"])
    names = ", ".join(report["below_10_db"])
    assert text.splitlines()[-1] == (
        f"ternary keeps {worst['alone']['sqnr_db']:.1f} dB of {worst['name']}; "
        f"layers below 10 dB: {names}"
    )
    assert "below" not in compare(FLOAT, "--input", data, "--", "--weights=int8")


def test_weights_alone(x, data):
    """Float activations: nothing is clipped."""
    options = ("--input", data, "--json", "--", "--weights=int8", "--activations=float")
    report = json.loads(compare(FLOAT, *options))
    exact = x
    for layer, (w, bias) in zip(report["layers"], load().values(), strict=True):
        assert layer["encoding"] == "affine<8, narrow>"
        expected = exact @ w.T + bias
        measures = measure(expected, exact @ per_row(w, 127).T + bias, None)
        for what in ("sqnr_db", "cosine", "max_error"):
            assert layer["alone"][what] == pytest.approx(measures[what], rel=2e-2)
        assert layer["alone"]["clipped"] is None
        assert (layer["alone"] == layer["accumulated"]) == (layer["name"] == "fc1")
        exact = np.maximum(expected, 0)


def test_files_and_second_model(data, tmp_path):
    """A model that is quantized already gives the same, in all three forms."""
    quantized = tmp_path / "quantized.mlir"
    command = [BUILD / "bin" / "lowbit-opt", FLOAT]
    command += [f"--lowbit-{step}=weights=int4" for step in ("bound-error", "quantize")]
    command += ["--mlir-print-debuginfo", "-o", quantized]
    subprocess.run(list(map(str, command)), check=True, timeout=60)
    files = (f"--json={tmp_path}/a.json", f"--csv={tmp_path}/a.csv")
    text = compare(FLOAT, quantized, "--input", data, *files)
    assert text == compare(FLOAT, "--input", data, "--", "--weights=int4")
    report = json.loads((tmp_path / "a.json").read_text())
    with (tmp_path / "a.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert [row["layer"] for row in rows] == list(LAYERS)
    for row, layer in zip(rows, report["layers"], strict=True):
        assert row["encoding"] == layer["encoding"]
        for how in ("alone", "accumulated"):
            for what in MEASURES:
                assert float(row[f"{how}_{what}"]) == layer[how][what]


def test_convolutions(data):
    """Padding and flattening lie between what is observed and what is quantized."""
    model = MODELS / "conv-float.mlir"
    options = ("--input", data, "--json", "--", "--weights=int8")
    layers = json.loads(compare(model, *options))["layers"]
    assert [layer["name"] for layer in layers] == ["conv1", "conv2", "conv3", "fc1"]
    assert layers[0]["alone"] == layers[0]["accumulated"]
    for layer in layers:
        assert layer["alone"]["sqnr_db"] > 35 and layer["alone"]["clipped"] == 0
        assert layer["accumulated"]["sqnr_db"] <= layer["alone"]["sqnr_db"]


def test_integer_chains(x, data):
    """Layers that hand codes to each other are compared before these are made."""
    options = ("--weights=int8", "--activations=uint8:range=[0,1]", "--integer-only")
    report = json.loads(compare(FLOAT, "--input", data, "--json", "--", *options))
    assert (report["not_compared"], report["accumulated_only"]) == ([], [])
    scale = np.float32(1) / np.float32(255)
    exact, lossy = x, x
    for layer, (w, bias) in zip(report["layers"], load().values(), strict=True):
        weights = per_row(w, 127).astype(np.float32)
        expected = exact @ w.T + bias
        reals, clipped = rounded(exact, scale, 0, 0, 255)
        assert_close(layer["alone"], measure(expected, reals @ weights.T + bias, clipped))
        reals, clipped = rounded(lossy, scale, 0, 0, 255)
        actual = reals @ weights.T + bias
        accumulated = measure(expected, actual, clipped)
        # Requantization rounds as well, to a code that is at most one off.
        assert layer["accumulated"]["sqnr_db"] == pytest.approx(accumulated["sqnr_db"], abs=0.2)
        assert layer["accumulated"]["clipped"] == pytest.approx(clipped, abs=1e-3)
        # What relu makes of it is the input of the next layer.
        exact, lossy = np.maximum(expected, 0), np.maximum(actual, 0)
    assert report["layers"][1]["alone"]["clipped"] > 0


def test_already_integer_model(data, tmp_path):
    """Of integers whose scale is gone, what is left is compared and the rest is named."""
    quantized = tmp_path / "quantized.mlir"
    pipeline = "--lowbit-quantize-pipeline=weights=int8 activations=uint8:range=[0,2]"
    command = [BUILD / "bin" / "lowbit-opt", FLOAT, pipeline, "--mlir-print-debuginfo"]
    subprocess.run([*map(str, command), "-o", str(quantized)], check=True, timeout=60)
    text = compare(FLOAT, quantized, "--input", data)
    assert "accumulated only, their inputs being codes: fc3" in text
    assert f"having no float result of this name in {quantized}: fc1, fc2" in text
    report = json.loads(compare(FLOAT, quantized, "--input", data, "--json"))
    assert (report["not_compared"], report["accumulated_only"]) == (["fc1", "fc2"], ["fc3"])
    assert report["layers"][0]["alone"] is None
    assert report["layers"][0]["accumulated"]["sqnr_db"] > 3

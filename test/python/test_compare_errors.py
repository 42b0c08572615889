"""lowbit-run --compare-layers: what is no number, and wrong models, data and options."""

import json
import re
import subprocess

import numpy as np
import pytest
from comparison import BUILD, FLOAT, MODELS, SMALL, TOOL, compare, fail


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    path = tmp_path_factory.mktemp("compare") / "data.npz"
    np.savez(path, x=np.random.default_rng(5).random((40, 64), dtype=np.float32))
    return path


def test_no_numbers(tmp_path):
    """NaN among the data does not count; without a signal there is no noise."""
    model, data = tmp_path / "small.mlir", tmp_path / "x.npz"
    model.write_text(SMALL.replace("dense<1.0>", "dense<0.0>"))
    x = np.ones((6, 6), np.float32)
    x[4] = np.nan
    np.savez(data, x=x)
    options = ("--input", data, "--", "--weights=int8")
    text = compare(model, *options)
    assert text.endswith("results that are not finite, and do not count: fc1 (2)\n")
    np.savez(data, x=np.full_like(x, np.nan))
    row = compare(model, *options).splitlines()[2].split()
    assert row[:1] + row[3:5] == ["fc1", "-", "-"]
    (layer,) = json.loads(compare(model, "--json", *options))["layers"]
    assert (layer["alone"]["count"], layer["alone"]["ignored"]) == (0, 12)
    assert (layer["alone"]["sqnr_db"], layer["alone"]["cosine"]) == (None, None)
    np.savez(data, x=np.zeros_like(x))
    (layer,) = json.loads(compare(model, "--json", *options))["layers"]
    assert (layer["alone"]["sqnr_db"], layer["alone"]["cosine"]) == (None, 1)
    row = compare(model, *options).splitlines()[2].split()
    assert row[:1] + row[3:6] == ["fc1", "inf", "1.000000", "0"]


def test_wrong_models(data, tmp_path):
    other = tmp_path / "other.mlir"
    text = FLOAT.read_text()
    options = ("--input", data)

    other.write_text(text.replace('loc("fc2")', 'loc("fd2")'))
    message = fail(FLOAT, other, *options, "--", "--weights=int8")
    assert message.endswith(f"expected the layers of {FLOAT}, but got 'fd2', too")

    other.write_text(re.sub(r"linalg.matmul", "linalg.elementwise", SMALL))
    other.write_text(
        re.sub(r"  %y = [^)]*\)[^)]*\)[^)]*\)", "  %y = math.absf %init : tensor<3x2xf32>", SMALL)
    )
    assert fail(other, *options).endswith("other.mlir: expected float layers, but got none")

    swapped = text.replace('loc("fc1")', "X").replace('loc("fc2")', 'loc("fc1")')
    other.write_text(swapped.replace("X\n", 'loc("fc2")\n'))
    message = fail(FLOAT, other, *options, "--", "--weights=int8")
    expected = f"expected a result ?x256xf32 of layer 'fc1' as in {FLOAT}, but got ?x128xf32"
    assert message.endswith(expected)

    other.write_text(SMALL)
    message = fail(FLOAT, other, *options, "--", "--weights=int8")
    assert message.endswith(f"expected input 0 of ?x64xf32 as in {FLOAT}, but got 3x6xf32")

    conv = MODELS / "conv-float.mlir"
    message = fail(FLOAT, conv, *options, "--", "--weights=int8")
    assert message.endswith(f"expected the layers of {FLOAT}, but got 'conv1', too")


def test_wrong_data(tmp_path):
    path = tmp_path / "data.npz"
    model = tmp_path / "small.mlir"
    model.write_text(SMALL)
    for arrays, expected in (
        ({"y": np.zeros((3, 6), np.float32), "z": np.zeros(1)}, "'input0': expected an array"),
        ({"x": np.zeros((3, 5), np.float32)}, "expected ?x6xf32, but got 3x5xf32"),
        ({"x": np.zeros((3, 6), np.float64)}, "expected little-endian f4"),
        ({"x": np.zeros((0, 6), np.float32)}, "expected at least one sample, but got none"),
        ({"x": np.zeros((4, 6), np.float32)}, "expected a multiple of 3 samples"),
    ):
        np.savez(path, **arrays)
        message = fail(model, "--input", path, "--", "--weights=int8")
        assert expected in message and "data.npz" in message
    message = fail(model, "--input", tmp_path / "none.npz", "--", "--weights=int8")
    assert "No such file" in message


def test_other_numbers_of_inputs(tmp_path):
    one, two = tmp_path / "one.mlir", tmp_path / "two.mlir"
    one.write_text(SMALL)
    two.write_text(SMALL.replace("%x: tensor<3x6xf32>", "%x: tensor<3x6xf32>, %u: tensor<1xf32>"))
    np.savez(tmp_path / "data.npz", x=np.zeros((3, 6), np.float32))
    message = fail(one, two, "--input", tmp_path / "data.npz", "--", "--weights=int8")
    assert message.endswith(f"two.mlir: expected 1 inputs as in {one}, but got 2")


def test_running_ranges(data):
    message = fail(FLOAT, "--input", data, "--", "--weights=int8", "--activations=int8:ema")
    expected = "expected activations of static ranges or dynamic ones, but got running ranges"
    assert message.endswith(expected)


@pytest.mark.parametrize("option", ["-o", "--emit=mlir", "-emit=obj", "--observe"])
def test_options_that_no_compiled_model_is_run_with(data, option):
    message = fail(FLOAT, "--input", data, "--", option)
    assert message == f"error: expected encodings and targets after --, but got '{option}'"


def test_lost_names(data, tmp_path):
    quantized = tmp_path / "quantized.mlir"
    command = [BUILD / "bin" / "lowbit-opt", FLOAT, "--lowbit-quantize=weights=int4"]
    subprocess.run([*map(str, command), "-o", str(quantized)], check=True, timeout=60)
    message = fail(FLOAT, quantized, "--input", data)
    assert "expected a location that names layer 'fc1', but got none" in message


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["a.mlir"], "expected --input once with --compare-layers, but got it 0 times"),
        (["a.so", "--input=x"], "expected .mlir models with --compare-layers, but got 'a.so'"),
        (["a.mlir", "b.mlir", "c.mlir"], "expected at most two models, but got 'c.mlir'"),
        (
            ["a.mlir", "--input=x", "--seed=1"],
            "expected --compare-layers with --input, --batch, --target, --json and --csv, but "
            "got another option",
        ),
    ],
)
def test_wrong_options(options, message):
    assert fail(*options) == f"error: {message}"


def test_options_of_a_comparison_alone():
    for options, message in (
        (["a.mlir", "b.mlir"], "expected one model, but got 'b.mlir'"),
        (["a.mlir", "--csv=f"], "expected --compare-layers with --csv, but got 'f'"),
        (["a.mlir", "--json=f"], "expected no value of --json, but got 'f'"),
    ):
        done = subprocess.run([TOOL, *options], capture_output=True, text=True, timeout=60)
        assert (done.returncode, done.stderr) == (1, f"error: {message}\n")

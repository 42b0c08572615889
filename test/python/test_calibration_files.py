"""Statistics that are broken or hostile: one line, exit code 1, nothing written."""

from __future__ import annotations

import io
import os
import subprocess
import warnings
import zipfile
from pathlib import Path

import numpy as np
import pytest

ROOT = Path(__file__).resolve().parents[2]
BUILD = Path(os.environ.get("LOWBIT_BUILD", ROOT / "build"))
COMPILER = BUILD / "bin" / "lowbit-compile"
TOOL = BUILD / "bin" / "lowbit-run"
MODEL = """
func.func @model(%x: tensor<?x6xf32>) -> tensor<?x4xf32> {
  %c0 = arith.constant 0 : index
  %zero = arith.constant 0.0 : f32
  %m = tensor.dim %x, %c0 : tensor<?x6xf32>
  %e = tensor.empty(%m) : tensor<?x4xf32>
  %i = linalg.fill ins(%zero : f32) outs(%e : tensor<?x4xf32>) -> tensor<?x4xf32>
  %w = arith.constant dense<[[1.0, 0.5, 0.25, -1.0], [0.1, 0.2, 0.3, 0.4], [0.0, -0.5, 0.7, 0.9],
                             [0.3, 0.3, -0.8, 0.2], [0.6, 0.1, 0.0, 0.1], [0.0, 1.0, 0.9, -0.2]]>
      : tensor<6x4xf32>
  %y = linalg.matmul ins(%x, %w : tensor<?x6xf32>, tensor<6x4xf32>)
      outs(%i : tensor<?x4xf32>) -> tensor<?x4xf32> loc("fc")
  return %y : tensor<?x4xf32>
}
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A model and its statistics."""
    folder = tmp_path_factory.mktemp("files")
    (folder / "model.mlir").write_text(MODEL)
    command = [TOOL, folder / "model.mlir", "--calibrate=normal", "--moments=second"]
    command += ["-o", folder / "stats.npz"]
    subprocess.run(list(map(str, command)), check=True, capture_output=True, timeout=60)
    return folder


@pytest.fixture
def stats(folder):
    return dict(np.load(folder / "stats.npz"))


def execute(folder, path, *options):
    command = [COMPILER, folder / "model.mlir", f"--calibration={path}", "--emit=mlir", *options]
    if not any(str(option).startswith("--weights") for option in options):
        command.append("--weights=int4:gptq,bias-correction")
    return subprocess.run(list(map(str, command)), capture_output=True, timeout=60)


def fail(folder, path, *options):
    """What comes after the path in the one line of error."""
    done = execute(folder, path, *options)
    assert (done.returncode, done.stdout) == (1, b""), done.stderr
    lines = done.stderr.decode().splitlines()
    assert len(lines) == 1 and len(lines[0]) < 1000, lines
    assert "error: " in lines[0], lines
    return lines[0].split("error: ", 1)[1].split(f"{path}: ")[-1]


def test_right_file(folder):
    assert execute(folder, folder / "stats.npz").returncode == 0


# Files


def test_truncated(folder, tmp_path):
    whole = (folder / "stats.npz").read_bytes()
    path = tmp_path / "stats.npz"
    for size in [0, 1, 21, 22, 100, len(whole) // 3, len(whole) - 23, len(whole) - 1]:
        path.write_bytes(whole[:size])
        assert fail(folder, path).startswith("expected an .npz file, but got: ")


def test_flipped_bits(folder, tmp_path):
    """They are errors, or do not matter."""
    whole = (folder / "stats.npz").read_bytes()
    path = tmp_path / "stats.npz"
    random = np.random.default_rng(7)
    failed = 0
    for at in random.integers(0, len(whole), 40):
        broken = bytearray(whole)
        broken[at] ^= 1 << random.integers(8)
        path.write_bytes(bytes(broken))
        failed += execute(folder, path).returncode != 0 and bool(fail(folder, path))
    assert failed >= 20


def test_not_a_file(folder, tmp_path):
    os.mkfifo(tmp_path / "fifo")
    for name in ("fifo", "."):
        message = fail(folder, tmp_path / name)
        assert message == "expected a file, but got something else"
    message = fail(folder, tmp_path / "nothing")
    assert message == "expected a readable file, but got: No such file or directory"


# Arrays


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("count", np.int32(1), "'fc/count': expected i64, but got i32"),
        ("count", np.zeros(1, np.int64), "'fc/count': expected i64, but got 1xi64"),
        ("count", np.int64(-1), "expected count and ignored of at least 0, but got less"),
        ("count", np.int64(2**63 - 1), "elements, but got fewer"),
        ("count", np.int64(0), "expected histogram to count 0 elements, but got others"),
        ("ignored", np.int64(-(2**63)), "expected count and ignored of at least 0, but got less"),
        ("histogram", np.zeros(4095, np.int64), "expected 4096xi64, but got 4095xi64"),
        ("histogram", np.zeros((64, 64), np.int64), "expected 4096xi64, but got 64x64xi64"),
        ("histogram", np.zeros((1,) * 32, np.int64), "expected "),
        ("histogram", np.full(4096, 2**62), "elements, but got others"),
        ("histogram", np.full(4096, -1), "elements, but got others"),
        ("histogram", np.array(["a", None]), "expected "),
        ("histogram_exponent", np.int32(-161), "in -160..117, but got -161"),
        ("histogram_exponent", np.int32(-160), "expected histogram to reach from min to max"),
        ("max", np.float64(4), "'fc/max': expected little-endian f4, f2, i1"),
        ("max", np.float32(np.nan), "expected max to be a number, but got NaN"),
        ("max", np.float32(np.inf), "expected min and max to be finite and in order"),
        ("max", np.float32(3e38), "expected histogram to reach from min to max"),
        ("min", np.float32(100), "expected min and max to be finite and in order"),
        ("min", np.float32(-3e38), "expected histogram to reach from min to max"),
        ("mean", np.float32(-np.inf), "expected mean to be finite"),
        ("mean_square", np.float32(-1), "mean_square to be at least 0, but got others"),
        ("mean_square", np.float32(np.nan), "expected mean_square to be a number, but got NaN"),
        ("moving_max", np.float32(np.nan), "expected moving_max to be a number, but got NaN"),
        ("moving_max", np.float32(-9), "expected moving_min and moving_max to be finite and in"),
        ("moving_min", np.float32(-np.inf), "expected moving_min and moving_max to be finite"),
        ("input_rows", np.int64(0), "expected input_rows of at least 1, but got 0"),
        ("input_rows", np.int64(-7), "expected input_rows of at least 1, but got -7"),
        ("input_rows", np.float32(3), "'fc/input_rows': expected i64, but got f32"),
        ("input_means", np.zeros(6, np.float32), "expected input_means of groups x inputs"),
        ("input_means", np.zeros((0, 6), np.float32), "expected input_means of groups x inputs"),
        ("input_means", np.zeros((1, 6), np.int32), "expected 1x6xf32, but got 1x6xi32"),
        ("input_means", np.zeros((1, 5), np.float32), "expected 1x5x5xf32, but got 1x6x6xf32"),
        ("input_means", np.full((1, 6), np.nan, np.float32), "expected finite moments, but got"),
        ("input_products", np.zeros((1, 6, 5), np.float32), "expected 1x6x6xf32, but got 1x6x5"),
        ("input_products", np.full((1, 6, 6), np.inf, np.float32), "expected finite moments"),
        ("input_products", -np.eye(6, dtype=np.float32)[None], "positive definite"),
    ],
)
def test_wrong_arrays(name, value, message, folder, stats, tmp_path):
    path = tmp_path / "stats.npz"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of arrays of objects
        np.savez(path, **{**stats, f"fc/{name}": value})
    assert message in fail(folder, path)


@pytest.mark.parametrize("rule", ["kl", "minmax", "moving_average", "mse", "percentile"])
def test_values_of_another_layer(rule, folder, stats, tmp_path):
    """Of a histogram with bins far narrower or wider than the bounds."""
    options = ("--weights=int8", f"--activations=int8:range={rule}")
    path = tmp_path / "stats.npz"
    for exponent in (-160, -100, 0, 117):
        np.savez(path, **{**stats, "fc/histogram_exponent": np.int32(exponent)})
        if exponent < 0:
            assert "expected histogram to reach" in fail(folder, path, *options)
        else:
            assert execute(folder, path, *options).returncode == 0


@pytest.mark.parametrize("missing", ["calibration/source", "fc/max", "fc/input_rows"])
def test_missing_array(missing, folder, stats, tmp_path):
    path = tmp_path / "stats.npz"
    np.savez(path, **{n: a for n, a in stats.items() if n != missing})
    assert f"'{missing}': expected an array, but got none" in fail(folder, path)


def test_moments_of_another_layer(folder, stats, tmp_path):
    path = tmp_path / "stats.npz"
    for groups, depth in ((1, 5), (3, 6)):
        moments = {
            "fc/input_means": np.zeros((groups, depth), np.float32),
            "fc/input_products": np.zeros((groups, depth, depth), np.float32),
        }
        np.savez(path, **{**stats, **moments})
        message = fail(folder, path)
        right = f"expected moments of 6 inputs of each output, but got {groups} x {depth}"
        assert message.endswith(right)


# Names


def test_duplicate_names(folder, stats, tmp_path):
    path = tmp_path / "stats.npz"
    path.write_bytes((folder / "stats.npz").read_bytes())
    data = io.BytesIO()
    np.save(data, np.float32(1))
    with warnings.catch_warnings(), zipfile.ZipFile(path, "a") as archive:
        warnings.simplefilter("ignore")
        archive.writestr("fc/max.npy", data.getvalue())
    assert fail(folder, path) == "expected an .npz file, but got: two files of one name"


HOSTILE = ["'", '"', "a\nb", "\r\x1b[2J\x7f", "\xff\u2028", "$(id)", "../fc", "%s%n", "x" * 60000]


@pytest.mark.parametrize("layer", HOSTILE, ids=range(len(HOSTILE)))
def test_names(layer, folder, stats, tmp_path):
    """Of layers that the model does not have: they are read, and said in a line."""
    path = tmp_path / "stats.npz"
    arrays = {n.replace("fc/", f"{layer}/"): a for n, a in stats.items()}
    np.savez(path, **stats, **{n: a for n, a in arrays.items() if n not in stats})
    assert execute(folder, path).returncode == 0
    arrays[f"{layer}/min"] = np.float32(np.nan)
    np.savez(path, **arrays)
    message = fail(folder, path)
    assert message.startswith("layer '") and message.endswith("min to be a number, but got NaN")
    assert message.isprintable() and message.isascii() and len(message) < 200


@pytest.mark.parametrize("layer", ["a'b", 'a\\"b', "a\\0Ab", "n" * (1 << 20)], ids=range(4))
def test_names_of_the_model(layer, folder, tmp_path):
    """Layers that the file does not have."""
    (tmp_path / "model.mlir").write_text(MODEL.replace('"fc"', f'"{layer}"'))
    command = [COMPILER, tmp_path / "model.mlir", f"--calibration={folder}/stats.npz"]
    command += ["--weights=int4:gptq", "--emit=mlir"]
    done = subprocess.run(list(map(str, command)), capture_output=True, timeout=60)
    assert (done.returncode, done.stdout) == (1, b"")
    assert done.stderr.count(b"\n") == 1
    assert b"expected second moments of inputs for int4:gptq, but got none" in done.stderr


def test_sources(folder, stats, tmp_path):
    path = tmp_path / "stats.npz"
    hostile = np.frombuffer(b"\n\x1b'\"</script>" * 100000, np.uint8)
    for source, message in (
        (hostile, ""),
        (np.zeros(0, np.uint8), ""),
        (np.float32(1), "'calibration/source': expected u8, but got f32"),
    ):
        np.savez(path, **{**stats, "calibration/source": source})
        if message:
            assert fail(folder, path) == message
        else:
            done = execute(folder, path)
            assert (done.returncode, done.stderr) == (0, b"")

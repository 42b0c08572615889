"""lowbit-run --calibrate: statistics as NumPy has them, streamed, from hostile files too."""

import json
import os
import pty
import re
import resource
import subprocess
import zipfile
from pathlib import Path

import numpy as np
import pytest

ROOT = Path(__file__).resolve().parents[2]
BUILD = Path(os.environ.get("LOWBIT_BUILD", ROOT / "build"))
TOOL = BUILD / "bin" / "lowbit-run"
COMPILER = BUILD / "bin" / "lowbit-compile"
# relu between two layers; the rows of %x are samples.
MODEL = """
#id = affine_map<(m, n) -> (m, n)>
func.func @model(%x: tensor<{m}x6xf32>) -> tensor<{m}x3xf32> {{
  %zero = arith.constant 0.0 : f32
  %c0 = arith.constant 0 : index
  %e = tensor.empty({dim}) : tensor<{m}x5xf32>
  %i = linalg.fill ins(%zero : f32) outs(%e : tensor<{m}x5xf32>) -> tensor<{m}x5xf32>
  %w = arith.constant dense<{first}> : tensor<6x5xf32>
  %y = linalg.matmul ins(%x, %w : tensor<{m}x6xf32>, tensor<6x5xf32>)
      outs(%i : tensor<{m}x5xf32>) -> tensor<{m}x5xf32> loc("fc1")
  %r = linalg.generic {{indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel"]}}
      ins(%y : tensor<{m}x5xf32>) outs(%e : tensor<{m}x5xf32>) {{
  ^bb0(%in: f32, %out: f32):
    %max = arith.maximumf %in, %zero : f32
    linalg.yield %max : f32
  }} -> tensor<{m}x5xf32>
  %f = tensor.empty({dim}) : tensor<{m}x3xf32>
  %j = linalg.fill ins(%zero : f32) outs(%f : tensor<{m}x3xf32>) -> tensor<{m}x3xf32>
  %v = arith.constant dense<{second}> : tensor<5x3xf32>
  %z = linalg.matmul ins(%r, %v : tensor<{m}x5xf32>, tensor<5x3xf32>)
      outs(%j : tensor<{m}x3xf32>) -> tensor<{m}x3xf32> loc("block/fc2")
  return %z : tensor<{m}x3xf32>
}}
"""
# Whole numbers, so that sums are exact in any order.
FIRST = np.random.default_rng(1).integers(-3, 4, (6, 5)).astype(np.float32)
SECOND = np.random.default_rng(2).integers(-3, 4, (5, 3)).astype(np.float32)


def model_text(m="?"):
    dim = "%m" if m == "?" else ""
    text = MODEL.format(m=m, dim=dim, first=FIRST.tolist(), second=SECOND.tolist())
    return text.replace("%e =", f"%m = tensor.dim %x, %c0 : tensor<{m}x6xf32>\n  %e =", 1)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Observed models: `model.so`, any number of samples, and `four.so`, four of them."""
    folder = tmp_path_factory.mktemp("calibrate")
    for name, m in (("model", "?"), ("four", 4)):
        source = folder / f"{name}.mlir"
        source.write_text(model_text(m))
        command = [COMPILER, "--observe", source, "-o", folder / f"{name}.so"]
        subprocess.run(list(map(str, command)), check=True, timeout=60)
    return folder


@pytest.fixture
def x():
    return np.random.default_rng(3).integers(-8, 9, (50, 6)).astype(np.float32) / 4


def execute(*arguments, **options):
    command = [str(TOOL), *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, **options)


def fail(*arguments, **options):
    """The one line of error."""
    done = execute(*arguments, **options)
    assert (done.returncode, done.stdout) == (1, "")
    lines = done.stderr.splitlines()
    assert len(lines) == 1 and lines[0].startswith("error: "), done.stderr
    return lines[0][len("error: ") :]


def calibrate(model, data, output, *options):
    done = execute(model, f"--calibrate={data}", "-o", output, *options)
    assert (done.returncode, done.stderr) == (0, "")
    return dict(np.load(output)), done.stdout


def observed(x):
    return {"fc1": x, "block/fc2": np.maximum(x @ FIRST, 0)}


def histogram(values):
    """The twin of Histogram.h: the exponent of the least width, and the counts."""
    exponent = -30
    while values.min() < -2048 * 2.0**exponent or values.max() >= 2048 * 2.0**exponent:
        exponent += 1
    bins = np.floor(values.astype(np.float64) / 2.0**exponent).astype(int) + 2048
    return exponent, np.bincount(bins.ravel(), minlength=4096)


def moving_average(bounds, momentum):
    average = float(bounds[0])
    for bound in bounds[1:]:
        average = momentum * average + (1 - momentum) * float(bound)
    return np.float32(average)


@pytest.mark.parametrize("save", [np.savez, np.savez_compressed])
def test_statistics(save, folder, x, tmp_path):
    save(tmp_path / "data.npz", x=x)
    options = ("--batch=7", "--momentum=0.75")
    stats, _ = calibrate(folder / "model.so", tmp_path / "data.npz", tmp_path / "s.npz", *options)
    assert bytes(stats.pop("calibration/source")) == b"data"
    assert len(stats) == 20
    for layer, values in observed(x).items():
        batches = [values[i : i + 7] for i in range(0, len(values), 7)]
        exponent, counts = histogram(values)
        expected = {
            "count": values.size,
            "histogram": counts,
            "histogram_exponent": exponent,
            "ignored": 0,
            "max": values.max(),
            "mean": values.mean(dtype=np.float64).astype(np.float32),
            "mean_square": np.square(values, dtype=np.float64).mean().astype(np.float32),
            "min": values.min(),
            "moving_max": moving_average([b.max() for b in batches], 0.75),
            "moving_min": moving_average([b.min() for b in batches], 0.75),
        }
        for name, value in expected.items():
            np.testing.assert_array_equal(stats[f"{layer}/{name}"], value, err_msg=name)


def test_batches_change_the_moving_average_alone(folder, x, tmp_path):
    np.savez(tmp_path / "data.npz", x=x)
    model, data = folder / "model.so", tmp_path / "data.npz"
    one, _ = calibrate(model, data, tmp_path / "a.npz", "--batch=1")
    all_, _ = calibrate(model, data, tmp_path / "b.npz", "--batch=1000")
    different = {name for name in one if (one[name] != all_[name]).any()}
    assert {name.rsplit("/", 1)[1] for name in different} == {"moving_min", "moving_max"}


def test_source_is_compiled(folder, x, tmp_path):
    np.savez(tmp_path / "data.npz", input0=x, unused=x)
    arguments = (tmp_path / "data.npz", tmp_path / "s.npz")
    stats, text = calibrate(folder / "model.mlir", *arguments)
    assert stats["fc1/count"] == x.size
    assert text.splitlines()[0] == "calibrated with 50 samples of data"
    _, text = calibrate(folder / "model.so", *arguments, "--json")
    report = json.loads(text)
    assert (report["source"], report["samples"]) == ("data", 50)
    first = {"name": "fc1", "min": -2, "max": 2, "count": 300, "ignored": 0}
    assert first in report["layers"]


def test_batch_of_the_model(folder, x, tmp_path):
    np.savez(tmp_path / "data.npz", x=x[:48])
    stats, _ = calibrate(folder / "four.so", tmp_path / "data.npz", tmp_path / "s.npz")
    assert stats["fc1/count"] == 48 * 6
    np.savez(tmp_path / "data.npz", x=x)
    arguments = (f"--calibrate={tmp_path}/data.npz", "-o", tmp_path / "t.npz")
    assert "expected a multiple of 4 samples" in fail(folder / "four.so", *arguments)
    message = fail(folder / "four.so", *arguments, "--batch=5")
    assert message == "expected batches of 5 samples, but got input 'input0' of 4x6xf32"
    assert not (tmp_path / "t.npz").exists()


def test_not_finite(folder, x, tmp_path):
    x[3, 2:] = [np.nan, np.inf, -np.inf, 1e30]
    np.savez(tmp_path / "data.npz", x=x)
    stats, text = calibrate(folder / "model.so", tmp_path / "data.npz", tmp_path / "s.npz")
    assert (stats["fc1/count"], stats["fc1/ignored"]) == (x.size - 3, 3)
    assert stats["fc1/max"] == np.float32(1e30)
    assert 'layer "fc1": [-2, 1e+30], 297 values, 3 not finite' in text
    np.savez(tmp_path / "data.npz", x=np.full_like(x, np.nan))
    message = fail(folder / "model.so", f"--calibrate={tmp_path}/data.npz", "-o", "t.npz")
    assert message.endswith("expected finite activations, but got none among 250")


def test_normal_inputs(folder, tmp_path):
    model = folder / "model.so"
    stats, text = calibrate(model, "normal", tmp_path / "a.npz", "--samples=2000")
    assert bytes(stats["calibration/source"]) == b"normal inputs"
    assert "2000 samples of normal inputs" in text
    assert stats["fc1/count"] == 12000
    assert abs(stats["fc1/mean"]) < 0.04 and abs(stats["fc1/mean_square"] - 1) < 0.05
    # A normal distribution leaves 4.55 % outside of two deviations.
    edges = np.arange(-2048, 2048) * 2.0 ** stats["fc1/histogram_exponent"]
    outside = stats["fc1/histogram"][(edges < -2) | (edges >= 2)].sum() / 12000
    assert 0.038 < outside < 0.053
    calibrate(model, "normal", tmp_path / "b.npz", "--samples=2000", "--seed=0")
    assert (tmp_path / "a.npz").read_bytes() == (tmp_path / "b.npz").read_bytes()
    calibrate(model, "normal", tmp_path / "c.npz", "--samples=2000", "--seed=1")
    assert (tmp_path / "a.npz").read_bytes() != (tmp_path / "c.npz").read_bytes()


def test_memory_does_not_grow_with_the_data(folder, tmp_path):
    """240 MB of samples pass through less than that of address space."""
    header = {"descr": "<f4", "fortran_order": False, "shape": (10_000_000, 6)}
    with (
        zipfile.ZipFile(tmp_path / "data.npz", "w", zipfile.ZIP_DEFLATED) as archive,
        archive.open("x.npy", "w", force_zip64=True) as member,
    ):
        np.lib.format.write_array_header_1_0(member, header)
        for _ in range(100):
            member.write(bytes(2_400_000))

    def limit():
        resource.setrlimit(resource.RLIMIT_AS, (180 << 20, 180 << 20))

    arguments = (f"--calibrate={tmp_path}/data.npz", "--batch=50000", "-o", tmp_path / "s.npz")
    done = execute(folder / "model.so", *arguments, preexec_fn=limit)
    assert (done.returncode, done.stderr) == (0, "")
    assert np.load(tmp_path / "s.npz")["fc1/count"] == 60_000_000


def test_progress_on_a_terminal(folder, x, tmp_path):
    np.savez(tmp_path / "data.npz", x=x)
    leader, terminal = pty.openpty()
    command = [TOOL, folder / "model.so", "--calibrate", tmp_path / "data.npz", "--batch=1"]
    command += ["-o", tmp_path / "s.npz"]
    subprocess.run(list(map(str, command)), stderr=terminal, stdout=subprocess.DEVNULL, check=True)
    os.close(terminal)
    text = os.read(leader, 4096).decode()
    os.close(leader)
    assert "[" in text and "/50, 0:00 left" in text
    assert text.endswith("\r\x1b[K")


# Wrong and hostile files


def write(path, data):
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("x.npy", data)


@pytest.mark.parametrize(
    ("arrays", "message"),
    [
        ({"y": 0, "z": 0}, "'input0': expected an array, but got none"),
        ({"x": np.zeros((5, 7), np.float32)}, "expected ?x6xf32, but got 5x7xf32"),
        ({"x": np.zeros((5, 6))}, "expected little-endian f4"),
        ({"x": np.zeros((5, 6), np.int8)}, "expected ?x6xf32, but got 5x6xi8"),
        ({"x": np.float32(1)}, "expected ?x6xf32, but got f32"),
        ({"x": np.zeros((0, 6), np.float32)}, "expected at least one sample, but got none"),
        (
            {"x": np.zeros((6, 5), np.float32).T},
            "expected data in C order, but got Fortran order",
        ),
        ({}, "expected an array, but got none"),
    ],
)
def test_wrong_arrays(arrays, message, folder, tmp_path):
    np.savez(tmp_path / "data.npz", **arrays)
    error = fail(folder / "model.so", f"--calibrate={tmp_path}/data.npz", "-o", tmp_path / "s.npz")
    assert message in error and "data.npz" in error
    assert not (tmp_path / "s.npz").exists()


def test_hostile_files(folder, x, tmp_path):
    """Every truncation and many flipped bytes end in one line or in statistics."""
    path, output = tmp_path / "data.npz", tmp_path / "s.npz"
    arguments = (folder / "model.so", f"--calibrate={path}", "-o", output)
    np.savez_compressed(path, x=x)
    whole = path.read_bytes()
    for size in [0, 1, 30, 60, len(whole) // 2, len(whole) - 1]:
        path.write_bytes(whole[:size])
        assert "data.npz: expected an .npz file, but got: " in fail(*arguments)
    random = np.random.default_rng(4)
    for at in random.integers(0, len(whole), 60):
        broken = bytearray(whole)
        broken[at] ^= 1 << random.integers(8)
        path.write_bytes(bytes(broken))
        done = execute(*arguments)
        assert done.returncode in (0, 1) and len(done.stderr.splitlines()) == done.returncode


def test_claims_more_than_there_is(folder, tmp_path):
    path = tmp_path / "data.npz"
    header = b"{'descr': '<f4', 'fortran_order': False, 'shape': (%d, 6), }\n"
    for samples in (10, 1 << 40, 1 << 62):
        text = header % samples
        write(path, b"\x93NUMPY\x01\x00" + bytes([len(text), 0]) + text + bytes(24))
        assert "expected " in fail(folder / "model.so", f"--calibrate={path}", "-o", "s.npz")


def test_changed_data_fail_their_checksum(folder, x, tmp_path):
    path = tmp_path / "data.npz"
    np.savez(path, x=x)
    whole = bytearray(path.read_bytes())
    whole[300] ^= 1
    path.write_bytes(bytes(whole))
    message = fail(folder / "model.so", f"--calibrate={path}", "-o", tmp_path / "s.npz")
    assert "'x': expected" in message and "CRC" in message


def test_not_a_file(folder, tmp_path):
    os.mkfifo(tmp_path / "fifo")
    for name in ("fifo", "."):
        message = fail(folder / "model.so", f"--calibrate={tmp_path / name}", "-o", "s.npz")
        assert message.endswith("expected a file, but got something else")
    assert "No such file" in fail(folder / "model.so", "--calibrate=nothing.npz", "-o", "s.npz")


def test_not_observed(tmp_path):
    model = BUILD / "test" / "Unit" / "models" / "AddRow.so"
    message = fail(model, "--calibrate=normal", "-o", tmp_path / "s.npz")
    assert message == "expected a model with named layers to observe, but got none"


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--calibrate=a.npz"], "expected --output once with --calibrate, but got it 0 times"),
        (
            ["--calibrate=a.npz", "-o", "s.npz", "--input=x.npy"],
            "expected --calibrate without --input, --shape, --benchmark and --profile, but got "
            "one of them",
        ),
        (
            ["--calibrate=a.npz", "-o", "s.npz", "--seed=1"],
            "expected --calibrate=normal with --seed or --samples, but got 'a.npz'",
        ),
        (
            ["--batch=3"],
            "expected --calibrate with --batch, --momentum, --moments and --samples, but got none",
        ),
        (["--batch=0"], "expected at least 1 as value of --batch, but got '0'"),
        (["--momentum=1.5"], "expected a number in 0..1 as value of --momentum, but got '1.5'"),
        (["--momentum=nan"], "expected a number in 0..1 as value of --momentum, but got 'nan'"),
    ],
)
def test_wrong_options(options, message):
    assert fail("model.so", *options) == message


# There and back


def test_static_layers_from_calibration(folder, x, tmp_path):
    """Ranges of the data quantize like ranges by hand."""
    np.savez(tmp_path / "data.npz", x=x)
    calibrate(folder / "model.so", tmp_path / "data.npz", tmp_path / "s.npz")
    texts = []
    for options in (
        ["--activations=int8:static", f"--calibration={tmp_path}/s.npz"],
        ["--activations=int8", f"--calibration={tmp_path}/s.npz"],
        ["--activations=int8"],
    ):
        source = (folder / "model.mlir").read_text()
        if len(options) == 1:
            for layer, values in observed(x).items():
                low, high = float(values.min()), float(values.max())
                at = source.index(f'loc("{layer}")')
                begin = source.rindex("linalg.matmul", 0, at) + len("linalg.matmul")
                text = f" {{lowbit.activation_range = array<f32: {low:e}, {high:e}>}}"
                source = source[:begin] + text + source[begin:]
        path = tmp_path / "model.mlir"
        path.write_text(source)
        command = [COMPILER, path, "--weights=int8", "--emit=mlir", "--no-fallback", *options]
        done = subprocess.run(list(map(str, command)), capture_output=True, check=True, timeout=60)
        # Only what comes of data says so.
        sources = rb', (range_source = "data"|lowbit.range_sources = {[^}]*})'
        text, count = re.subn(sources, b"", done.stdout)
        assert (count == 0) == (len(options) == 1)
        texts.append(text)
    assert texts[0] == texts[1] == texts[2]
    assert b"fc2" in texts[0]

"""lowbit-run on models that test/Unit/Runtime makes: y = x + n / 4 in column n."""

import json
import os
import re
import shutil
import signal
import stat
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

ROOT = Path(__file__).resolve().parents[2]
BUILD = Path(os.environ.get("LOWBIT_BUILD", ROOT / "build"))
MODELS = BUILD / "test" / "Unit" / "models"
MODEL = MODELS / "AddRow.so"
TOOL = BUILD / "bin" / "lowbit-run"
N = 16


def execute(*arguments, tool=TOOL, **options):
    command = [str(tool), *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, **options)


def succeed(*arguments, **options):
    done = execute(*arguments, **options)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


def fail(*arguments, code=1, **options):
    """The one line of error."""
    done = execute(*arguments, **options)
    assert done.returncode == code
    assert done.stdout == ""
    lines = done.stderr.splitlines()
    assert len(lines) == 1 and lines[0].startswith("error: "), done.stderr
    return lines[0][len("error: ") :]


def expected(x):
    return x + np.arange(N, dtype=np.float32) / 4


@pytest.fixture
def x(tmp_path):
    """The path of an input of 5 rows."""
    path = tmp_path / "x.npy"
    np.save(path, np.arange(5 * N, dtype=np.float32).reshape(5, N))
    return path


# Runs


def test_output(x, tmp_path):
    y = tmp_path / "y.npy"
    assert succeed(MODEL, "--input", x, f"--output={y}") == 'output "y": 5x16xf32\n'
    np.testing.assert_array_equal(np.load(y), expected(np.load(x)))
    assert sorted(os.listdir(tmp_path)) == ["x.npy", "y.npy"]


@pytest.mark.parametrize("m", [0, 1, 1000])
def test_any_number_of_rows(m, tmp_path):
    x, y = tmp_path / "x.npy", tmp_path / "y.npy"
    np.save(x, np.ones((m, N), dtype=np.float32))
    succeed(MODEL, "--input", x, "--output", y)
    np.testing.assert_array_equal(np.load(y), expected(np.load(x)))


def test_fortran_order(x, tmp_path):
    y = tmp_path / "y.npy"
    values = np.load(x)
    np.save(x, np.asfortranarray(values))
    assert b"'fortran_order': True" in x.read_bytes()
    succeed(MODEL, "--input", x, "--output", y)
    np.testing.assert_array_equal(np.load(y), expected(values))


@pytest.mark.parametrize("version", [(1, 0), (2, 0), (3, 0)])
def test_versions_of_numpy(x, tmp_path, version):
    y = tmp_path / "y.npy"
    values = np.load(x)
    with open(x, "wb") as file:
        np.lib.format.write_array(file, values, version=version)
    succeed(MODEL, "--input", x, "--output", y)
    np.testing.assert_array_equal(np.load(y), expected(values))


def test_random_inputs(tmp_path):
    def run(name, seed):
        y = tmp_path / name
        succeed(MODEL, f"--seed={seed}", "--shape=9x16", "--output", y)
        return np.load(y)

    first, same, other = run("a.npy", 1), run("b.npy", 1), run("c.npy", 2)
    assert first.shape == (9, N)
    np.testing.assert_array_equal(first, same)
    assert not np.array_equal(first, other)
    x = first - expected(np.zeros(N))
    assert np.all((x >= -1) & (x < 1))
    assert np.unique(x).size > 100


def test_weights(x, tmp_path):
    weights, y = tmp_path / "w", tmp_path / "y.npy"
    (np.arange(N, dtype="<f4") / 4).tofile(weights)
    succeed(MODELS / "AddRowBeside.so", "--weights", weights, "--input", x, "-o", y)
    np.testing.assert_array_equal(np.load(y), expected(np.load(x)))


# Timing


def test_benchmark_text(x):
    text = succeed(MODEL, "--input", x, "--benchmark=20")
    number = r"\d+\.\d\d us"
    pattern = f"median {number}, min {number}, max {number} over 20 runs"
    assert re.search(pattern, text), text


def test_benchmark_takes_half_a_second():
    report = json.loads(succeed(MODEL, "--benchmark", "--json"))
    times = report["benchmark"]
    assert times["runs"] >= 10
    assert 0 < times["min_us"] <= times["median_us"] <= times["max_us"]
    assert report["outputs"] == [{"name": "y", "type": "1x16xf32"}]
    assert report["target"] == "generic"


def test_profile():
    report = json.loads(succeed(MODEL, "--shape=20000x16", "--profile", "--json"))
    layers = report["profile"]["layers"]
    assert [layer["name"] for layer in layers] == ["copy", "add"]
    assert all(layer["us"] > 0 for layer in layers)
    assert sum(layer["us"] for layer in layers) <= 1.5 * report["profile"]["total_us"]
    text = succeed(MODEL, "--shape=20000x16", "--profile", "--benchmark=3")
    names = [line.split()[0] for line in text.splitlines()]
    assert names == ["output", "target:", "median", "layer", "copy", "add", "other", "total"]


def test_help():
    text = succeed("--help")
    for option in ["--input", "--output", "--benchmark", "--profile", "--seed"]:
        assert f"  {option}" in text
    assert max(map(len, text.splitlines())) <= 80


# Refusals


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "expected a model, but got none (try --help)"),
        (["a.so", "b.so"], "expected one model, but got 'b.so'"),
        (
            ["a.so", "--nothing"],
            "expected one of --input, --output, --weights, --target, --threads, --seed, --shape, "
            "--calibrate, --batch, --samples, --momentum, --moments, --compare-layers, --json, "
            "--csv, --benchmark, --profile, --help, but got '--nothing'",
        ),
        (["a.so", "--input"], "expected a value of --input, but got none"),
        (["a.so", "--input="], "expected a value of --input, but got ''"),
        (["a.so", "--seed=-1"], "expected a number as value of --seed, but got '-1'"),
        (["a.so", "--benchmark=0"], "expected at least 1 run, but got '0'"),
        (["a.so", "--json=1"], "expected no value of --json, but got '1'"),
        (["a.so", "--shape=3x"], "expected a shape such as 3x64, but got '3x'"),
        (["a.so", "--target=a"], "expected a .mlir model with --target, but got 'a.so'"),
        (["a.so", "--", "-x"], "expected a .mlir model with options after --, but got 'a.so'"),
        (
            ["a.so", "--seed=1", "--input=x"],
            "expected --input or random inputs, but got both",
        ),
    ],
)
def test_wrong_usage(arguments, message):
    assert fail(*arguments) == message


def test_number_of_arrays(x):
    assert fail(MODEL) == "expected 1 times --input (or --seed), but got 0"
    assert fail(MODEL, "--input", x, "--input", x).endswith("but got 2")
    message = fail(MODEL, "--seed=1", "--output=a", "--output=b")
    assert message == "expected 1 times --output, but got 2"


@pytest.mark.parametrize("shape", ["3x15", "3", "3x16x1", ""])
def test_random_shape(shape):
    message = fail(MODEL, f"--shape={shape}")
    actual = f"{shape}xf32" if shape else "f32"
    assert message == f"--shape: expected ?x16xf32, but got {actual}"


def test_random_size():
    message = fail(MODEL, "--shape=9000000000000000000x16")
    assert message.startswith("--shape: expected a size that fits into memory, but got ")


@pytest.mark.parametrize(
    ("array", "message"),
    [
        (np.zeros((2, 15), np.float32), "expected ?x16xf32, but got 2x15xf32"),
        (np.zeros(16, np.float32), "expected ?x16xf32, but got 16xf32"),
        (np.zeros((2, 16), np.int8), "expected ?x16xf32, but got 2x16xi8"),
        (np.zeros((2, 16)), "expected little-endian f4, f2, i1, u1, i2, i4 or i8, but got '<f8'"),
        (np.zeros((1,) * 9, np.int8), "expected a rank of at most 8, but got 9"),
    ],
)
def test_wrong_arrays(tmp_path, array, message):
    path = tmp_path / "x.npy"
    np.save(path, array)
    assert fail(MODEL, "--input", path) == f"{path}: {message}"


def test_every_truncation(x):
    whole = x.read_bytes()
    for length in [0, 5, 9, 50, 127, 128, 200, len(whole) - 1]:
        x.write_bytes(whole[:length])
        assert fail(MODEL, "--input", x).startswith(f"{x}: expected ")


def test_absent_files(x, tmp_path):
    absent = tmp_path / "absent"
    message = "expected a readable file, but got: No such file or directory"
    assert fail(absent) == f"{absent}: {message}"
    assert fail(MODEL, "--input", absent) == f"{absent}: {message}"
    assert "No such file" in fail(MODEL, "--input", x, "--output", absent / "y.npy")


def test_output_is_whole_or_untouched(tmp_path):
    y = tmp_path / "y.npy"
    y.write_text("before")
    message = fail(
        MODEL, "--shape=1000x16", "--output", y, preexec_fn=_limit_file_size, cwd=tmp_path
    )
    assert message == f"{y}: expected a writable file, but got: File too large"
    assert y.read_text() == "before"
    assert os.listdir(tmp_path) == ["y.npy"]


def _limit_file_size():
    import resource

    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))


def test_refused_model():
    message = fail(MODELS / "AddRowMissing.so", "--seed=1")
    assert message.endswith("(target 'generic'), but got one without")


def test_name_with_newline(tmp_path):
    assert "a b.so: expected a readable file" in fail(tmp_path / "a\nb.so")


# Models in MLIR

COMPILER = f"""#!{sys.executable}
import json, os, shutil, signal, sys, time
arguments = sys.argv[1:]
with open(os.environ["RECORD"], "w") as file:
    json.dump(arguments, file)
print("remark: on the compiler's stdout")
if "--fail" in arguments:
    sys.exit(1)
if "--crash" in arguments:
    os.kill(os.getpid(), signal.SIGKILL)
if "--hang" in arguments:
    time.sleep(60)
shutil.copy({str(MODEL)!r}, arguments[arguments.index("-o") + 1])
"""


@pytest.fixture
def compiler(tmp_path, monkeypatch):
    """A lowbit-run beside a compiler that always makes MODEL."""
    folder = tmp_path / "bin"
    folder.mkdir()
    tool = Path(shutil.copy(TOOL, folder))
    script = folder / "lowbit-compile"
    script.write_text(COMPILER)
    script.chmod(script.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("RECORD", str(tmp_path / "record"))
    monkeypatch.setenv("TMPDIR", str(tmp_path / "tmp"))
    (tmp_path / "tmp").mkdir()
    return tool


def left_behind(tmp_path):
    return os.listdir(tmp_path / "tmp")


def test_compile(compiler, x, tmp_path):
    y = tmp_path / "y.npy"
    name = tmp_path / "a $(touch b);.mlir"
    options = ["--input", x, "--output", y, "--json", "--target=x86-avx2"]
    done = execute(name, *options, "--", "--threads=2", "a b", tool=compiler)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["model"] == str(name)
    assert done.stderr == "remark: on the compiler's stdout\n"
    np.testing.assert_array_equal(np.load(y), expected(np.load(x)))
    arguments = json.loads((tmp_path / "record").read_text())
    assert arguments[:2] == ["--emit=so", "-o"]
    assert arguments[3:] == ["--target=x86-avx2", "--threads=2", "a b", str(name)]
    assert left_behind(tmp_path) == []


def test_compile_name_with_dash(compiler, tmp_path):
    execute("./-a.mlir", "--seed=1", tool=compiler)
    assert json.loads((tmp_path / "record").read_text())[-1] == "./-a.mlir"


def test_compile_fails(compiler, tmp_path):
    done = execute("a.mlir", "--seed=1", "--", "--fail", tool=compiler)
    assert done.returncode == 1
    assert left_behind(tmp_path) == []


def test_compiler_crashes(compiler, tmp_path):
    done = execute("a.mlir", "--seed=1", "--", "--crash", tool=compiler)
    assert done.returncode == 3
    assert "error: " in done.stderr and "Killed" in done.stderr
    assert left_behind(tmp_path) == []


def test_no_compiler(compiler, tmp_path):
    (compiler.parent / "lowbit-compile").unlink()
    message = fail("a.mlir", "--seed=1", tool=compiler, code=3)
    assert "lowbit-compile: expected it to compile the model" in message
    assert left_behind(tmp_path) == []


def test_interrupted_compiler(compiler, tmp_path):
    command = [compiler, "a.mlir", "--seed=1", "--", "--hang"]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as run:
        deadline = time.monotonic() + 30
        while not (tmp_path / "record").exists() and time.monotonic() < deadline:
            time.sleep(0.01)
        assert left_behind(tmp_path) != []
        run.send_signal(signal.SIGINT)
        assert run.wait(timeout=30) == 128 + signal.SIGINT
    assert left_behind(tmp_path) == []

"""Every file that lowbit-run writes is there whole or not at all."""

import os
import resource
import signal
import subprocess
import time

import numpy as np
import pytest
from comparison import SMALL, TOOL

KINDS = ("output", "statistics", "json", "csv")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A model and samples."""
    folder = tmp_path_factory.mktemp("outputs")
    (folder / "model.mlir").write_text(SMALL)
    np.savez(folder / "data.npz", x=np.ones((3, 6), np.float32))
    return folder


def get_command(kind, folder, output):
    model, data = folder / "model.mlir", folder / "data.npz"
    options = {
        "output": ["--seed=1", f"--output={output}"],
        "statistics": [f"--calibrate={data}", f"--output={output}"],
        "json": ["--compare-layers", f"--input={data}", f"--json={output}"],
        "csv": ["--compare-layers", f"--input={data}", f"--csv={output}"],
    }
    return [str(TOOL), str(model), *options[kind]]


def fail(kind, folder, output, **options):
    command = get_command(kind, folder, output)
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, **options)
    assert (done.returncode, done.stdout) == (1, ""), done
    (line,) = done.stderr.splitlines()
    assert line.startswith(f"error: {output}: expected "), line
    return line


@pytest.mark.parametrize("kind", KINDS)
def test_full_device(kind, folder):
    assert "No space left on device" in fail(kind, folder, "/dev/full")
    assert os.path.exists("/dev/full") and not os.path.isfile("/dev/full")


@pytest.mark.parametrize("kind", KINDS)
def test_no_folder(kind, folder, tmp_path):
    assert "No such file or directory" in fail(kind, folder, tmp_path / "none" / "x")


@pytest.mark.parametrize("kind", KINDS)
def test_folder_in_the_way(kind, folder, tmp_path):
    (tmp_path / "x").mkdir()
    fail(kind, folder, tmp_path / "x")
    assert os.listdir(tmp_path) == ["x"] and os.listdir(tmp_path / "x") == []


# A comparison compiles its models, which needs place, too.
@pytest.mark.parametrize("kind", ["output", "statistics"])
def test_old_file_survives(kind, folder, tmp_path):
    """Where the rest of a file finds no place, nothing is left of it."""
    command = get_command(kind, folder, tmp_path / "x")
    model = tmp_path / "model.so"
    observe = ["--observe"] if kind == "statistics" else []
    compiler = [TOOL.parent / "lowbit-compile", folder / "model.mlir", "-o", model, *observe]
    subprocess.run(list(map(str, compiler)), check=True, timeout=120)
    command[1] = str(model)
    (tmp_path / "x").write_bytes(b"old")
    before = sorted(os.listdir(tmp_path))

    def limit():
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (64, 64))

    done = subprocess.run(command, capture_output=True, text=True, timeout=120, preexec_fn=limit)
    assert done.returncode == 1 and "File too large" in done.stderr
    assert (tmp_path / "x").read_bytes() == b"old"
    assert sorted(os.listdir(tmp_path)) == before


@pytest.mark.parametrize("kind", KINDS)
def test_interrupted(kind, folder, tmp_path):
    """At some moments of a run there is all of the file or none of it."""
    output = tmp_path / "x"
    command = get_command(kind, folder, output)
    start = time.monotonic()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, timeout=120)
    whole, expected = time.monotonic() - start, output.read_bytes()
    for moment in (0.3, 0.8, 0.95, 1.0):
        output.unlink(missing_ok=True)
        with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as run:
            time.sleep(whole * moment)
            run.send_signal(signal.SIGINT)
            run.wait(timeout=120)
        assert os.listdir(tmp_path) in ([], ["x"])
        assert not output.exists() or output.read_bytes() == expected

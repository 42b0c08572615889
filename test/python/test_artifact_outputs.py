"""lowbit-compile leaves whole artifacts or none, and what it links into them is right."""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import subprocess
import time

import numpy as np
import pytest
from artifact import BUILD, TARGETS, Artifact, chain_text, compile_text
from targets import lacks

TOOL = str(BUILD / "bin" / "lowbit-compile")
KINDS = ["mlir", "llvm", "asm", "obj", "so"]


def execute(*arguments, **options):
    command = [TOOL, *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, timeout=120, **options)


@pytest.fixture(scope="module")
def source(tmp_path_factory):
    path = tmp_path_factory.mktemp("source") / "chain.mlir"
    path.write_text(chain_text([64, 512, 256, 10]), encoding="utf-8")
    return path


@pytest.fixture
def small_disk(tmp_path):
    """A folder with space for 64 KiB."""
    command = ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(tmp_path)]
    try:
        mounted = subprocess.run(command, capture_output=True, text=True)
    except FileNotFoundError:
        pytest.skip("expected the tool mount, but got none")
    if mounted.returncode:
        pytest.skip(f"expected the right to mount, but got: {mounted.stderr.strip()}")
    yield tmp_path
    subprocess.run(["umount", str(tmp_path)], check=True)


@pytest.mark.parametrize("kind", KINDS)
def test_full_disk(source, small_disk, kind):
    output = small_disk / f"model.{kind}"
    done = execute(source, "--weights=int8", f"--emit={kind}", "-o", output)
    assert done.returncode == 1
    assert done.stderr == f"error: cannot write '{output}': No space left on device\n"
    assert os.listdir(small_disk) == []


@pytest.mark.parametrize("kind", ["asm", "obj", "so"])
def test_full_disk_for_temporary_files(source, small_disk, tmp_path_factory, kind):
    folder = tmp_path_factory.mktemp("outputs")
    output = folder / f"model.{kind}"
    environment = {**os.environ, "TMPDIR": str(small_disk)}
    done = execute(source, "--weights=int8", f"--emit={kind}", "-o", output, env=environment)
    assert done.returncode == 1
    assert done.stderr.startswith("error: ")
    assert len(done.stderr.splitlines()) == 1
    assert os.listdir(folder) == []
    assert os.listdir(small_disk) == []


def test_old_artifact_survives(source, small_disk):
    output = small_disk / "model.so"
    output.write_bytes(b"old")
    assert execute(source, "--weights=int8", "-o", output).returncode == 1
    assert output.read_bytes() == b"old"
    assert os.listdir(small_disk) == ["model.so"]


@pytest.mark.skipif(os.geteuid() == 0, reason="expected a user without all rights, but got root")
def test_folder_without_rights(source, tmp_path):
    os.chmod(tmp_path, 0o500)
    done = execute(source, "-o", tmp_path / "model.so")
    assert done.returncode == 1
    assert "Permission denied" in done.stderr


@pytest.mark.parametrize("kind", ["llvm", "so"])
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_signals(source, tmp_path, kind, number):
    """At ten moments of a run, to the whole process group as a terminal does."""
    outputs, temporary = tmp_path / "outputs", tmp_path / "temporary"
    outputs.mkdir()
    temporary.mkdir()
    command = [TOOL, str(source), "--weights=int8", f"--emit={kind}"]
    command += ["-o", str(outputs / "model.so")]
    environment = {**os.environ, "TMPDIR": str(temporary)}
    start = time.monotonic()
    subprocess.run(command, env=environment, check=True)
    whole = time.monotonic() - start
    complete = sorted(os.listdir(outputs))
    assert complete == (["model.h", "model.json", "model.so"] if kind == "so" else ["model.so"])
    stopped = 0
    for moment in range(1, 11):
        for name in os.listdir(outputs):
            os.remove(outputs / name)
        child = subprocess.Popen(
            command,
            env=environment,
            start_new_session=True,
            stderr=subprocess.DEVNULL,
            # Whoever runs the tests may ignore it, as shells do for background jobs.
            preexec_fn=lambda: signal.signal(number, signal.SIG_DFL),
        )
        time.sleep(whole * moment / 10)
        with contextlib.suppress(ProcessLookupError):  # it has ended
            os.killpg(child.pid, number)
        stopped += child.wait(60) == -number
        left = sorted(os.listdir(outputs))
        assert set(left) <= set(complete), left
        assert left == complete or "model.so" not in left
        assert os.listdir(temporary) == []
    assert stopped


# What stands in for instructions


def elementwise(body: str, source: str, result: str) -> str:
    return f"""
#id = affine_map<(m) -> (m)>
func.func @f(%x: tensor<?x{source}>) -> tensor<?x{result}> {{
  %c0 = arith.constant 0 : index
  %m = tensor.dim %x, %c0 : tensor<?x{source}>
  %e = tensor.empty(%m) : tensor<?x{result}>
  %y = linalg.generic {{indexing_maps = [#id, #id], iterator_types = ["parallel"]}}
    ins(%x : tensor<?x{source}>) outs(%e : tensor<?x{result}>) {{
  ^bb0(%in: {source}, %unused: {result}):
    {body}
    linalg.yield %r : {result}
  }} -> tensor<?x{result}>
  return %y : tensor<?x{result}>
}}
"""


@pytest.fixture(params=TARGETS)
def target(request):
    if missing := lacks(request.param):
        pytest.skip(f"expected a processor with {missing}")
    return request.param


@pytest.fixture(params=[0x1F80, 0x9FC0], ids=["", "flushed"])
def float_mode(request):
    """The calling thread's, with denormals as they are or flushed to zero."""
    if os.uname().machine != "x86_64":
        pytest.skip("expected an x86-64 processor")
    libm = ctypes.CDLL("libm.so.6")
    saved = (ctypes.c_uint32 * 8)()
    assert libm.fegetenv(saved) == 0
    changed = (ctypes.c_uint32 * 8)(*saved)
    changed[7] = request.param  # fenv_t ends with MXCSR
    yield lambda: libm.fesetenv(changed)
    libm.fesetenv(saved)


def hard_floats() -> np.ndarray:
    """Every exponent with fractions at, below and above the ties of 16-bit floats."""
    tops = np.arange(0, 1 << 16, dtype=np.uint32) << 16
    fractions = [0, 1, 0x0FFF, 0x1000, 0x1001, 0x2000, 0x3000, 0x7FFF, 0x8000, 0x8001, 0xFFFF]
    return np.concatenate([tops | np.uint32(f) for f in fractions]).view(np.float32)


def test_f32_to_f16(tmp_path, target, float_mode):
    text = elementwise("%r = arith.truncf %in : f32 to f16", "f32", "f16")
    model = Artifact(compile_text(text, tmp_path / "f16.so", f"--target={target}"))
    x = hard_floats()
    with np.errstate(over="ignore"):
        expected = x.astype(np.float16)
    float_mode()
    [result] = model.run([x])
    nan = np.isnan(x)
    assert np.isnan(result[nan]).all()
    np.testing.assert_array_equal(result[~nan].view(np.uint16), expected[~nan].view(np.uint16))


def test_f32_to_bf16(tmp_path, target, float_mode):
    text = elementwise("%r = arith.truncf %in : f32 to bf16", "f32", "bf16")
    model = Artifact(compile_text(text, tmp_path / "bf16.so", f"--target={target}"))
    x = hard_floats()
    float_mode()
    [result] = model.run([x])
    bits = x.view(np.uint32)
    expected = (bits + 0x7FFF + (bits >> 16 & 1)) >> 16  # ties to even
    nan = np.isnan(x)
    np.testing.assert_array_equal(result[~nan], expected[~nan].astype(np.uint16))
    assert ((result[nan] & 0x7FFF) > 0x7F80).all()


def test_f16_to_f32(tmp_path, target, float_mode):
    text = elementwise("%r = arith.extf %in : f16 to f32", "f16", "f32")
    model = Artifact(compile_text(text, tmp_path / "f32.so", f"--target={target}"))
    x = np.arange(1 << 16, dtype=np.uint16).view(np.float16)
    expected = x.astype(np.float32)
    float_mode()
    [result] = model.run([x])
    nan = np.isnan(x)
    assert np.isnan(result[nan]).all()
    np.testing.assert_array_equal(result[~nan].view(np.uint32), expected[~nan].view(np.uint32))


def test_strided_copy(tmp_path, target):
    text = """
func.func @copy(%x: tensor<?x?xi16>) -> tensor<?x?xi16> {
  %part = tensor.extract_slice %x[1, 0] [2, 3] [2, 2] : tensor<?x?xi16> to tensor<2x3xi16>
  %y = tensor.insert_slice %part into %x[0, 1] [2, 3] [1, 1]
    : tensor<2x3xi16> into tensor<?x?xi16>
  return %y : tensor<?x?xi16>
}
"""
    model = Artifact(compile_text(text, tmp_path / "copy.so", f"--target={target}"))
    x = np.arange(42, dtype=np.int16).reshape(6, 7)
    expected = x.copy()
    expected[0:2, 1:4] = x[1:5:2, 0:6:2]
    [result] = model.run([x])
    np.testing.assert_array_equal(result, expected)


@pytest.mark.parametrize("weights", ["int8", "ternary:twn", "int4:block=32,scale=f16", "f32"])
def test_float_mode_of_the_caller_does_not_matter(tmp_path, target, float_mode, weights):
    path = tmp_path / "model.so"
    compile_text(chain_text([17, 65, 3]), path, f"--weights={weights}", f"--target={target}")
    model = Artifact(path)
    rng = np.random.default_rng(0)
    x = rng.standard_normal((4, 17)).astype(np.float32)
    x[0] *= np.float32(1e-40)  # denormal
    x[1] *= np.float32(1e-38)
    [expected] = model.run([x])
    float_mode()
    [result] = model.run([x])
    assert result.tobytes() == expected.tobytes()

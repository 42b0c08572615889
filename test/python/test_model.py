"""lowbit.load on models that test/Unit/Runtime makes: y = x + n / 4 in column n."""

import gc
import os
import sys
import threading
from pathlib import Path

import numpy as np
import pytest

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "python"))

import lowbit

BUILD = Path(os.environ.get("LOWBIT_BUILD", ROOT / "build"))
MODELS = BUILD / "test" / "Unit" / "models"
N = 16

os.environ["LOWBIT_RUNTIME_LIBRARY"] = str(BUILD / "lib" / "liblowbit-runtime.so")


@pytest.fixture
def model():
    return lowbit.load(MODELS / "AddRow.so")


def expected(x):
    return np.asarray(x) + np.arange(N, dtype=np.float32) / 4


def rows(m):
    return np.arange(m * N, dtype=np.float32).reshape(m, N)


def test_description(model):
    assert model.name == "add_row"
    assert model.target == "generic"
    assert model.layers == ("copy", "add")
    assert model.inputs == (lowbit.TensorType("x", np.dtype(np.float32), (None, N)),)
    assert [type.name for type in model.outputs] == ["y"]
    assert repr(model) == (
        "<lowbit.Model add_row(x: float32 of shape (?, 16)) -> y: float32 of shape (?, 16)>"
    )


@pytest.mark.parametrize("m", [0, 1, 2, 7, 1000])
def test_any_number_of_rows(model, m):
    y = model(rows(m))
    assert y.dtype == np.float32
    assert y.shape == (m, N)
    np.testing.assert_array_equal(y, expected(rows(m)))


def test_results_are_independent(model):
    first = model(rows(3))
    copy = first.copy()
    model(rows(3) + 1)
    np.testing.assert_array_equal(first, copy)


STRANGE = {
    "fortran order": lambda x: np.asfortranarray(x),
    "negative strides": lambda x: x[::-1, ::-1],
    "every other row": lambda x: np.repeat(x, 2, axis=0)[::2],
    "zero strides": lambda x: np.broadcast_to(x[0], x.shape),
    "transposed": lambda x: np.ascontiguousarray(x.T).T,
    "matrix": lambda x: np.asmatrix(x),
}


@pytest.mark.filterwarnings("ignore::PendingDeprecationWarning")
@pytest.mark.parametrize("make", STRANGE.values(), ids=STRANGE.keys())
def test_strange_memory(model, make):
    x = make(rows(5))
    before = np.array(x)
    y = model(x)
    assert type(y) is np.ndarray
    np.testing.assert_array_equal(y, expected(before))
    np.testing.assert_array_equal(x, before)


def test_read_only(model):
    x = rows(2)
    x.flags.writeable = False
    np.testing.assert_array_equal(model(x), expected(x))


def test_unaligned(model):
    memory = np.zeros(2 * N * 4 + 1, dtype=np.uint8)
    x = memory[1:].view(np.float32).reshape(2, N)
    assert not x.flags.aligned
    x[:] = rows(2)
    np.testing.assert_array_equal(model(x), expected(rows(2)))


@pytest.mark.parametrize("dtype", ["f8", "f2", "i4", ">f4", "?", "c8", "O", "U1"])
def test_wrong_dtype(model, dtype):
    x = np.zeros((2, N), dtype=dtype)
    message = rf"input 0 'x': expected float32 of shape \(\?, 16\), but got {x.dtype}"
    with pytest.raises(TypeError, match=message):
        model(x)


@pytest.mark.parametrize("shape", [(), (N,), (2, N, 1), (2, N - 1), (N, 2), (2, 0)])
def test_wrong_shape(model, shape):
    with pytest.raises(ValueError, match=r"expected float32 of shape .*, but got"):
        model(np.zeros(shape, dtype=np.float32))


def test_wrong_number_of_arrays(model):
    with pytest.raises(TypeError, match="expected 1 arrays, but got 0"):
        model()
    with pytest.raises(TypeError, match="expected 1 arrays, but got 2"):
        model(rows(1), rows(1))


def test_masks_are_not_dropped(model):
    with pytest.raises(TypeError, match="but got a masked array"):
        model(np.ma.masked_less(rows(1), 0))


def test_lists_are_not_guessed(model):
    with pytest.raises(TypeError, match="but got float64"):
        model([[0.0] * N])


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("absent", "No such file"),
        ("NoModel", "without 'lowbit_model_main'"),
        ("AddRowVersion", "expected a model of interface version 2, but got"),
        ("AddRowMissing", "expected a CPU with 'nosuchfeature'"),
        ("AddRowBadHash", "expected the weights that the model was compiled with"),
        ("AddRowBeside", r"AddRowBeside\.weights: "),
    ],
)
def test_refused_models(name, message):
    with pytest.raises(lowbit.Error, match=message):
        lowbit.load(MODELS / f"{name}.so")


def test_null_characters():
    message = "expected a path without null characters, but got"
    with pytest.raises(lowbit.Error, match=message):
        lowbit.load("a\0b")
    with pytest.raises(lowbit.Error, match=message):
        lowbit.load(MODELS / "AddRow.so", weights=b"a\0b")


def test_weights_in_a_file(tmp_path):
    path = tmp_path / "weights"
    (np.arange(N, dtype="<f4") / 4).tofile(path)
    model = lowbit.load(str(MODELS / "AddRowBeside.so"), weights=path)
    np.testing.assert_array_equal(model(rows(3)), expected(rows(3)))


def test_hostile_name():
    assert lowbit.load(MODELS / "AddRowHostile.so").name == 'a"\n\N{REPLACEMENT CHARACTER}'


def test_two_models_at_once(model):
    twice = lowbit.load(MODELS / "AddRowTwice.so")
    np.testing.assert_array_equal(twice(rows(2)), 2 * expected(rows(2)))
    np.testing.assert_array_equal(model(rows(2)), expected(rows(2)))
    del twice
    gc.collect()
    np.testing.assert_array_equal(model(rows(2)), expected(rows(2)))


def test_many_threads(model):
    wrong = []

    def work(seed):
        for i in range(50):
            x = rows(1 + (37 * i + seed) % 50) + seed
            if not np.array_equal(model(x), expected(x)):
                wrong.append((seed, i))

    threads = [threading.Thread(target=work, args=(seed,)) for seed in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong


@pytest.mark.parametrize("threads", [1, 2, 256, np.int64(2)])
def test_threads(threads):
    model = lowbit.load(MODELS / "AddRow.so", threads=threads)
    np.testing.assert_array_equal(model(rows(300)), expected(rows(300)))


@pytest.mark.parametrize("threads", [-1, 0, 257, "2", 2.0, True])
def test_wrong_threads(threads):
    with pytest.raises(ValueError, match=f"expected 1 to 256 threads, but got {threads!r}$"):
        lowbit.load(MODELS / "AddRow.so", threads=threads)


def test_threads_of_the_environment(monkeypatch):
    monkeypatch.setenv("LOWBIT_THREADS", "many")
    with pytest.raises(lowbit.Error, match="expected LOWBIT_THREADS of 1 to 256, but got 'many'"):
        lowbit.load(MODELS / "AddRow.so")
    monkeypatch.setenv("LOWBIT_THREADS", "")
    np.testing.assert_array_equal(lowbit.load(MODELS / "AddRow.so")(rows(3)), expected(rows(3)))


def test_library_path(monkeypatch):
    from lowbit import runtime

    monkeypatch.setenv("LOWBIT_RUNTIME_LIBRARY", "/somewhere/lib.so")
    assert runtime.library_path() == "/somewhere/lib.so"
    monkeypatch.delenv("LOWBIT_RUNTIME_LIBRARY")
    monkeypatch.setattr(runtime, "NAME", "absent.so")
    with pytest.raises(ImportError, match=r"expected .*absent\.so, but got neither"):
        runtime.library_path()

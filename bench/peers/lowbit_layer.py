"""Layers that `lowbit-bench --keep` has compiled, called as a peer's: `<encoding>-<scope>`."""

import ctypes
import os
import sys
from pathlib import Path
from typing import Callable

import numpy as np
from problem import MissingError, Prepared, Problem

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "python"))
from lowbit import runtime

MESSAGE_SIZE = 1000


def check(call: Callable[..., int], *arguments) -> None:
    message = ctypes.create_string_buffer(MESSAGE_SIZE)
    if call(*arguments, message, MESSAGE_SIZE) != runtime.OK:
        raise RuntimeError(message.value.decode())


def make_tensor(array: np.ndarray) -> runtime.Tensor:
    name = {"f": "f32", "i": f"i{8 * array.itemsize}"}[array.dtype.kind]
    extents = (ctypes.c_int64 * runtime.MAX_RANK)(*array.shape)
    address = array.ctypes.data
    return runtime.Tensor(address, array.nbytes, runtime.DTYPES.index(name), 2, extents)


class LowbitLayer:
    version = ""

    def __init__(self) -> None:
        self._folder = Path(os.environ["LOWBIT_BENCH_LAYERS"])
        self._library = runtime.library()
        self._model = ctypes.c_void_p()

    def _open(self, path: Path) -> None:
        self._library.lowbit_runtime_close(self._model)
        self._model = ctypes.c_void_p()
        name = os.fsencode(path)
        check(self._library.lowbit_runtime_open, name, None, ctypes.byref(self._model))

    def prepare(self, problem: Problem) -> Prepared:
        """Of random activations: lowbit-bench has compared the layer's results."""
        encoding, scope = problem.variant.rsplit("-", 1)
        path = self._folder / f"{encoding}-{problem.n}x{problem.k}-{scope}.so"
        if not path.exists():
            raise MissingError(path.name)
        self._open(path)
        random = np.random.default_rng(problem.k)
        shape = (problem.m, problem.k)
        if scope == "kernel":
            x, y_dtype = random.integers(-128, 127, shape, np.int8, endpoint=True), np.int32
        else:
            x, y_dtype = random.standard_normal(shape, np.float32), np.float32
        y = np.zeros((problem.m, problem.n), y_dtype)
        source, target = make_tensor(x), make_tensor(y)
        options = runtime.Options(threads=1)
        message = ctypes.create_string_buffer(MESSAGE_SIZE)
        pointers = [ctypes.byref(struct) for struct in (options, source, target)]
        operands = (self._model, *pointers, message, MESSAGE_SIZE)
        call = self._library.lowbit_runtime_run

        def run(keep: np.ndarray = x) -> None:
            if call(*operands) != runtime.OK:
                raise RuntimeError(message.value.decode())

        run()
        return Prepared(run, lambda: y)

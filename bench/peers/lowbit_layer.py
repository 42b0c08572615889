"""Layers that `lowbit-bench --keep` has compiled, called as a peer's: `<encoding>-<scope>`."""

import ctypes
import os
from pathlib import Path
from typing import Callable

import numpy as np
from problem import MissingError, Prepared, Problem

MAX_RANK = 8
F32, I8 = 0, 3
ALIGNMENT = 64


class Tensor(ctypes.Structure):
    """lowbit_tensor of lowbit-c/Model.h, as the next two."""

    _fields_ = [
        ("data", ctypes.c_void_p),
        ("capacity", ctypes.c_uint64),
        ("dtype", ctypes.c_int),
        ("rank", ctypes.c_int32),
        ("shape", ctypes.c_int64 * MAX_RANK),
    ]


class Context(ctypes.Structure):
    _fields_ = [
        ("weights", ctypes.c_void_p),
        ("workspace", ctypes.c_void_p),
        ("workspace_bytes", ctypes.c_uint64),
        ("parallel_for", ctypes.c_void_p),
        ("pool", ctypes.c_void_p),
        ("profile", ctypes.c_void_p),
        ("profile_user", ctypes.c_void_p),
    ]


class Model(ctypes.Structure):
    _fields_ = [
        ("abi_version", ctypes.c_uint32),
        ("name", ctypes.c_char_p),
        ("target", ctypes.c_char_p),
        ("cpu_features", ctypes.c_char_p),
        ("num_inputs", ctypes.c_int32),
        ("num_outputs", ctypes.c_int32),
        ("inputs", ctypes.c_void_p),
        ("outputs", ctypes.c_void_p),
        ("num_layers", ctypes.c_int32),
        ("layers", ctypes.c_void_p),
        ("weights", ctypes.c_void_p),
        ("weights_bytes", ctypes.c_uint64),
        ("weights_hash", ctypes.c_uint64),
    ]


def allocate(size: int) -> np.ndarray:
    """Zeros at an aligned address."""
    whole = np.zeros(size + ALIGNMENT, np.uint8)
    begin = -whole.ctypes.data % ALIGNMENT
    return whole[begin : begin + size]


def make_tensor(array: np.ndarray, dtype: int) -> Tensor:
    return Tensor(array.ctypes.data, array.nbytes, dtype, 2, (ctypes.c_int64 * 8)(*array.shape))


class LowbitLayer:
    version = ""

    def __init__(self) -> None:
        self._folder = Path(os.environ["LOWBIT_BENCH_LAYERS"])

    def prepare(self, problem: Problem) -> Prepared:
        """Of random activations: lowbit-bench has compared the layer's results."""
        encoding, scope = problem.variant.rsplit("-", 1)
        path = self._folder / f"{encoding}-{problem.n}x{problem.k}-{scope}.so"
        if not path.exists():
            raise MissingError(path.name)
        library = ctypes.CDLL(str(path))
        random = np.random.default_rng(problem.k)
        shape = (problem.m, problem.k)
        if scope == "kernel":
            x, y_dtype = random.integers(-128, 127, shape, np.int8, endpoint=True), np.int32
        else:
            x, y_dtype = random.standard_normal(shape, np.float32), np.float32
        y = np.zeros((problem.m, problem.n), y_dtype)
        return Prepared(make_run(library, x, y), lambda: y)


def make_run(library: ctypes.CDLL, x: np.ndarray, y: np.ndarray) -> Callable[[], None]:
    """A call of the library's model, with its weights in the large pages that arrays have."""
    model = Model.in_dll(library, "lowbit_model_main")
    weights = allocate(model.weights_bytes)
    ctypes.memmove(weights.ctypes.data, model.weights, model.weights_bytes)
    source = make_tensor(x, I8 if x.dtype == np.int8 else F32)
    target = make_tensor(y, F32)
    needed = ctypes.c_uint64()
    arguments = [ctypes.byref(struct) for struct in (model, source, target, needed)]
    if status := library.lowbit_model_plan(*arguments):
        raise RuntimeError(f"expected a plan, but got status {status}")
    target.capacity = y.nbytes
    workspace = allocate(needed.value)
    context = Context(weights.ctypes.data, workspace.ctypes.data, workspace.size)
    operands = [ctypes.byref(struct) for struct in (model, context, source, target)]
    # What the structures point to lives as long as the call.
    kept = (library, x, y, weights, workspace)

    def run(keep=kept) -> None:
        if status := library.lowbit_model_run(*operands):
            raise RuntimeError(f"expected the model to run, but got status {status}")

    run()
    return run

"""Compiled models as functions of NumPy arrays."""

from __future__ import annotations

import ctypes
import json
import operator
import os
import weakref
from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from . import runtime


class Error(RuntimeError):
    """A model that cannot be loaded or run on this machine."""


class TensorType(NamedTuple):
    """What a model declares of an input or an output."""

    name: str
    dtype: np.dtype
    shape: tuple[int | None, ...]
    """None is an extent that is known only when the model is run."""

    def __str__(self) -> str:
        extents = ", ".join("?" if n is None else str(n) for n in self.shape)
        return f"{self.dtype} of shape ({extents})"


def _numpy_dtype(name: str) -> np.dtype:
    """The NumPy dtype of an element type. Raises Error where NumPy has none."""
    if name == "bf16":
        try:
            import ml_dtypes
        except ImportError as error:
            raise Error("expected the package ml_dtypes for bf16, but got none") from error
        return np.dtype(ml_dtypes.bfloat16)
    return np.dtype(f"{name[0]}{int(name[1:]) // 8}")


def _check(call: Callable[..., int], *arguments, exception: type = ValueError) -> None:
    """Calls a function whose last parameters are a buffer for its error."""
    error = ctypes.create_string_buffer(4096)
    if call(*arguments, error, len(error)) != runtime.OK:
        raise exception(error.value.decode("utf-8", "replace"))


def _encode(path: str | os.PathLike) -> bytes:
    """The bytes of a path, which C reads up to a null character."""
    name = os.fsencode(path)
    if b"\0" in name:
        raise Error(f"expected a path without null characters, but got {path!r}")
    return name


def _count_threads(threads: int | None) -> int:
    """`threads` as of the C interface, where 0 is for None."""
    if threads is None:
        return 0
    try:
        count = 0 if isinstance(threads, bool) else operator.index(threads)
    except TypeError:
        count = 0
    if not 1 <= count <= runtime.MAX_THREADS:
        raise ValueError(f"expected 1 to {runtime.MAX_THREADS} threads, but got {threads!r}")
    return count


class Model:
    """A compiled model: ``model(x, ...)`` runs it.

    Many threads may call one model at once.

    name: text of the compiler.
    target: the instruction set whose variant runs here; LOWBIT_TARGET overrides the choice.
    targets: those of all variants, the best one first.
    inputs, outputs: a TensorType each.
    layers: names of the layers.
    """

    def __init__(
        self,
        path: str | os.PathLike,
        weights: str | os.PathLike | None = None,
        threads: int | None = None,
    ):
        self._options = runtime.Options(threads=_count_threads(threads))
        self._library = runtime.library()
        handle = ctypes.c_void_p()
        _check(
            self._library.lowbit_runtime_open,
            _encode(path),
            None if weights is None else _encode(weights),
            ctypes.byref(handle),
            exception=Error,
        )
        self._handle = handle
        self._finalizer = weakref.finalize(self, self._library.lowbit_runtime_close, handle)
        text = self._library.lowbit_runtime_describe(handle)
        description = json.loads(text.decode("utf-8"))
        self.name: str = description["name"]
        self.target: str = description["target"]
        self.targets: tuple[str, ...] = tuple(description["targets"])
        self.layers: tuple[str, ...] = tuple(description["layers"])
        self.inputs = self._read_types(description["inputs"])
        self.outputs = self._read_types(description["outputs"])

    @staticmethod
    def _read_types(types: list[dict]) -> tuple[TensorType, ...]:
        return tuple(
            TensorType(t["name"], _numpy_dtype(t["dtype"]), tuple(t["shape"])) for t in types
        )

    def __repr__(self) -> str:
        inputs = ", ".join(f"{t.name}: {t}" for t in self.inputs)
        outputs = ", ".join(f"{t.name}: {t}" for t in self.outputs)
        return f"<lowbit.Model {self.name}({inputs}) -> {outputs}>"

    def __call__(self, *arrays: np.ndarray) -> np.ndarray | tuple[np.ndarray, ...]:
        """Runs the model on one array per input.

        Returns a new array, or a tuple of them if the model has several outputs.
        Raises TypeError for a wrong number of arrays or a wrong dtype, ValueError for
        a wrong shape. Arrays that are not C-contiguous and aligned are copied.
        """
        if len(arrays) != len(self.inputs):
            raise TypeError(f"expected {len(self.inputs)} arrays, but got {len(arrays)}")
        # These also keep copies alive while the model runs.
        inputs = [
            self._convert_input(*pair, index) for index, pair in enumerate(zip(arrays, self.inputs))
        ]
        input_tensors = (runtime.Tensor * len(inputs))(*map(_view, inputs))
        output_tensors = (runtime.Tensor * len(self.outputs))()
        workspace = ctypes.c_uint64()
        _check(
            self._library.lowbit_runtime_plan,
            self._handle,
            input_tensors,
            output_tensors,
            ctypes.byref(workspace),
        )
        outputs = [
            np.empty(tensor.shape[: tensor.rank], type.dtype)
            for tensor, type in zip(output_tensors, self.outputs)
        ]
        for tensor, array in zip(output_tensors, outputs):
            tensor.data, tensor.capacity = array.ctypes.data, array.nbytes
        _check(
            self._library.lowbit_runtime_run,
            self._handle,
            ctypes.byref(self._options),
            input_tensors,
            output_tensors,
        )
        return outputs[0] if len(outputs) == 1 else tuple(outputs)

    @staticmethod
    def _convert_input(value, type: TensorType, index: int) -> np.ndarray:
        """`value` as a C-contiguous, aligned array of this type."""
        where = f"input {index} {type.name!r}: expected {type}, but got"
        if np.ma.isMaskedArray(value):
            raise TypeError(f"{where} a masked array")
        array = np.asarray(value)
        if array.dtype != type.dtype:
            raise TypeError(f"{where} {array.dtype} of shape {array.shape}")
        if len(array.shape) != len(type.shape) or any(
            expected not in (None, actual) for expected, actual in zip(type.shape, array.shape)
        ):
            raise ValueError(f"{where} {array.dtype} of shape {array.shape}")
        return np.require(array, requirements=["C_CONTIGUOUS", "ALIGNED"])


def _view(array: np.ndarray) -> runtime.Tensor:
    """The C structure that refers to `array`."""
    tensor = runtime.Tensor()
    tensor.data, tensor.capacity = array.ctypes.data, array.nbytes
    tensor.dtype = runtime.DTYPES.index(_element_type(array.dtype))
    tensor.rank = array.ndim
    tensor.shape[: array.ndim] = array.shape
    return tensor


def _element_type(dtype: np.dtype) -> str:
    """The inverse of `_numpy_dtype`."""
    return "bf16" if dtype.name == "bfloat16" else f"{dtype.kind}{dtype.itemsize * 8}"


def load(
    path: str | os.PathLike,
    weights: str | os.PathLike | None = None,
    threads: int | None = None,
) -> Model:
    """Loads a compiled model.

    path: the shared object, whose code is executed.
    weights: the file with its weights, where they are neither inside it nor in the
        file beside it whose name ends in .weights.
    threads: how many run the model, the caller's being one of them; None: as many
        as LOWBIT_THREADS says, or, if it is unset or empty, as there are processors
        that the process may run on. Models share them: calls at the same time do not make
        more.

    Raises Error if it is no model, or none that this machine can run.
    """
    return Model(path, weights, threads)

"""The C interface of the runtime library: include/lowbit-c/Runtime.h in ctypes."""

from __future__ import annotations

import ctypes
import functools
import os
from pathlib import Path

MAX_RANK = 8
MAX_THREADS = 256
OK = 0
NAME = "liblowbit-runtime.so"

# lowbit_dtype, in its order.
DTYPES = ("f32", "f16", "bf16", "i8", "u8", "i16", "i32", "i64")


class Tensor(ctypes.Structure):
    """lowbit_tensor"""

    _fields_ = [
        ("data", ctypes.c_void_p),
        ("capacity", ctypes.c_uint64),
        ("dtype", ctypes.c_int),
        ("rank", ctypes.c_int32),
        ("shape", ctypes.c_int64 * MAX_RANK),
    ]


class Options(ctypes.Structure):
    """lowbit_runtime_options"""

    _fields_ = [
        ("parallel_for", ctypes.c_void_p),
        ("pool", ctypes.c_void_p),
        ("profile", ctypes.c_void_p),
        ("profile_user", ctypes.c_void_p),
        ("threads", ctypes.c_int32),
    ]


def library_path() -> str:
    """Where the runtime library lies.

    That is $LOWBIT_RUNTIME_LIBRARY if it is set, else beside this package's files,
    else in the build folder of the source tree. Raises ImportError if there is none.
    """
    if path := os.environ.get("LOWBIT_RUNTIME_LIBRARY"):
        return path
    package = Path(__file__).resolve().parent
    candidates = [package / NAME, package.parent.parent / "build" / "lib" / NAME]
    for candidate in candidates:
        if candidate.is_file():
            return str(candidate)
    places = " or ".join(map(str, candidates))
    raise ImportError(f"expected {places}, but got neither (LOWBIT_RUNTIME_LIBRARY names another)")


@functools.cache
def _load_library(path: str) -> ctypes.CDLL:
    library = ctypes.CDLL(path)
    handle, text = ctypes.c_void_p, ctypes.c_char_p
    tensors, size = ctypes.POINTER(Tensor), ctypes.c_size_t
    signatures = {
        "lowbit_runtime_open": (
            ctypes.c_int,
            [text, text, ctypes.POINTER(handle), text, size],
        ),
        "lowbit_runtime_close": (None, [handle]),
        "lowbit_runtime_describe": (text, [handle]),
        "lowbit_runtime_plan": (
            ctypes.c_int,
            [handle, tensors, tensors, ctypes.POINTER(ctypes.c_uint64), text, size],
        ),
        "lowbit_runtime_run": (
            ctypes.c_int,
            [handle, ctypes.c_void_p, tensors, tensors, text, size],
        ),
    }
    for name, (result, arguments) in signatures.items():
        function = getattr(library, name)
        function.restype, function.argtypes = result, arguments
    return library


def library() -> ctypes.CDLL:
    """The runtime library, loaded once. Its calls let other threads run."""
    return _load_library(library_path())

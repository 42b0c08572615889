"""Compiled models through the C interface that they export: lowbit-c/Model.h in ctypes.

The caller owns all memory here, so tests decide where each buffer lies.
"""

from __future__ import annotations

import ctypes
import mmap
import os
import subprocess
import sys
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "python"), str(ROOT / "test")]

from lowbit.runtime import DTYPES, MAX_RANK, Tensor
from targets import FLAGS
from targets import lacks as lacks

BUILD = Path(os.environ.get("LOWBIT_BUILD", ROOT / "build"))
# Those that every test runs on, as far as they are here.
TARGETS = list(FLAGS)
ERROR_SHAPE = 4

Task = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_int64, ctypes.c_int64)
# The hook gets the task as a plain address, so that it may be called from any thread.
ParallelFor = ctypes.CFUNCTYPE(
    None, ctypes.c_void_p, ctypes.c_int64, ctypes.c_void_p, ctypes.c_void_p
)
Profile = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_int32, ctypes.c_int32)


class TensorType(ctypes.Structure):
    """lowbit_tensor_type"""

    _fields_ = (
        ("name", ctypes.c_char_p),
        ("dtype", ctypes.c_int),
        ("rank", ctypes.c_int32),
        ("shape", ctypes.c_int64 * MAX_RANK),
    )


class Variant(ctypes.Structure):
    """lowbit_variant"""

    _fields_ = (
        ("target", ctypes.c_char_p),
        ("cpu_features", ctypes.c_char_p),
        ("plan", ctypes.c_void_p),
        ("run", ctypes.c_void_p),
    )


class Description(ctypes.Structure):
    """lowbit_model"""

    _fields_ = (
        ("abi_version", ctypes.c_uint32),
        ("name", ctypes.c_char_p),
        ("num_inputs", ctypes.c_int32),
        ("num_outputs", ctypes.c_int32),
        ("inputs", ctypes.POINTER(TensorType)),
        ("outputs", ctypes.POINTER(TensorType)),
        ("num_layers", ctypes.c_int32),
        ("layers", ctypes.POINTER(ctypes.c_char_p)),
        ("weights", ctypes.c_void_p),
        ("weights_bytes", ctypes.c_uint64),
        ("weights_hash", ctypes.c_uint64),
        ("num_variants", ctypes.c_int32),
        ("variants", ctypes.POINTER(Variant)),
        ("self_test", ctypes.c_void_p),
        ("reference", ctypes.c_void_p),
        ("choice", ctypes.POINTER(ctypes.c_int32)),
    )


class Context(ctypes.Structure):
    """lowbit_context"""

    _fields_ = (
        ("weights", ctypes.c_void_p),
        ("workspace", ctypes.c_void_p),
        ("workspace_bytes", ctypes.c_uint64),
        ("parallel_for", ParallelFor),
        ("pool", ctypes.c_void_p),
        ("profile", Profile),
        ("profile_user", ctypes.c_void_p),
    )


def compile_text(text: str, output: Path, *options: str) -> Path:
    """Compiles the module `text` to `output`. Raises AssertionError if that fails."""
    source = output.with_suffix(".mlir")
    source.write_text(text, encoding="utf-8")
    command = [str(BUILD / "bin" / "lowbit-compile"), str(source), "-o", str(output), *options]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return output


def dense(array: np.ndarray, element: str) -> str:
    """A constant tensor in MLIR."""
    shape = "x".join(map(str, array.shape))
    data = np.ascontiguousarray(array).tobytes().hex().upper()
    return f'dense<"0x{data}"> : tensor<{shape}x{element}>'


def chain_text(extents: list[int], seed: int = 0, name: str = "chain") -> str:
    """A model of layers fc1, fc2, ...: from ?x`extents[0]` to ?x`extents[-1]`, all f32."""
    rng = np.random.default_rng(seed)
    first = f"tensor<?x{extents[0]}xf32>"
    last = f"tensor<?x{extents[-1]}xf32>"
    lines = [
        "#row = affine_map<(m, n, k) -> (m, k)>",
        "#col = affine_map<(m, n, k) -> (n, k)>",
        "#out = affine_map<(m, n, k) -> (m, n)>",
        f"func.func @{name}(%x0: {first}) -> {last} {{",
        "  %c0 = arith.constant 0 : index",
        f"  %m = tensor.dim %x0, %c0 : {first}",
    ]
    for i, (k, n) in enumerate(zip(extents, extents[1:])):
        source, result = f"tensor<?x{k}xf32>", f"tensor<?x{n}xf32>"
        weights = rng.standard_normal((n, k)).astype(np.float32)
        bias = rng.standard_normal(n).astype(np.float32)
        lines += [
            f"  %w{i} = arith.constant {dense(weights, 'f32')}",
            f"  %b{i} = arith.constant {dense(bias, 'f32')}",
            f"  %e{i} = tensor.empty(%m) : {result}",
            f"  %i{i} = linalg.broadcast ins(%b{i} : tensor<{n}xf32>)"
            f" outs(%e{i} : {result}) dimensions = [0]",
            f"  %x{i + 1} = linalg.matmul indexing_maps = [#row, #col, #out]"
            f" ins(%x{i}, %w{i} : {source}, tensor<{n}x{k}xf32>)"
            f' outs(%i{i} : {result}) -> {result} loc("fc{i + 1}")',
        ]
    return "\n".join([*lines, f"  return %x{len(extents) - 1} : {last}", "}", ""])


class Placed:
    """`size` bytes of memory somewhere."""

    def __init__(self, address: int, size: int):
        self.address, self.size = address, size

    def read(self) -> bytes:
        return ctypes.string_at(self.address, self.size) if self.size else b""

    def fill(self, data: bytes) -> None:
        assert len(data) == self.size
        ctypes.memmove(self.address, data, len(data))


class Heap:
    """Memory from NumPy, 64-byte aligned."""

    def __init__(self):
        self._arrays = []

    def place(self, size: int, alignment: int) -> Placed:
        array = np.zeros(size + 64, np.uint8)
        self._arrays.append(array)
        return Placed(array.ctypes.data + -array.ctypes.data % 64, size)

    def close(self) -> None:
        self._arrays.clear()


class GuardedPages:
    """Memory that ends at a page without access, or begins after one.

    A buffer whose size is no multiple of its alignment cannot end there; `gap` is the
    largest number of bytes that were left.
    """

    _libc = ctypes.CDLL(None, use_errno=True)

    def __init__(self, at_end: bool):
        self._at_end = at_end
        self._mappings = []
        self.gap = 0
        self._libc.mmap.restype = ctypes.c_void_p
        pointer, size, number = ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int
        self._libc.mmap.argtypes = [pointer, size, number, number, number, ctypes.c_int64]
        self._libc.mprotect.argtypes = [pointer, size, number]
        self._libc.munmap.argtypes = [pointer, size]

    def place(self, size: int, alignment: int) -> Placed:
        page = mmap.PAGESIZE
        inner = max(1, -(-size // page)) * page
        whole = inner + 2 * page
        access = mmap.PROT_READ | mmap.PROT_WRITE
        begin = self._libc.mmap(None, whole, access, mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS, -1, 0)
        assert begin not in (None, ctypes.c_void_p(-1).value)
        self._mappings.append((begin, whole))
        for guard in (begin, begin + page + inner):
            assert self._libc.mprotect(guard, page, 0) == 0
        if not self._at_end:
            return Placed(begin + page, size)
        gap = -size % alignment
        self.gap = max(self.gap, gap)
        return Placed(begin + page + inner - size - gap, size)

    def close(self) -> None:
        for mapping in self._mappings:
            self._libc.munmap(*mapping)
        self._mappings.clear()


class StatusError(Exception):
    """What a model ends with instead of outputs: `code` is a lowbit_status."""

    def __init__(self, code: int):
        super().__init__(f"status {code}")
        self.code = code


def check_status(code: int) -> None:
    if code:
        raise StatusError(code)


class Artifact:
    """A compiled model, called without the runtime library."""

    def __init__(self, path: str | os.PathLike):
        self._library = ctypes.CDLL(str(path))
        self.description = Description.in_dll(self._library, "lowbit_model_main")
        pointer = ctypes.c_void_p
        self._library.lowbit_model_plan.argtypes = [pointer] * 4
        self._library.lowbit_model_run.argtypes = [pointer] * 4

    @property
    def weights(self) -> bytes:
        d = self.description
        return ctypes.string_at(d.weights, d.weights_bytes) if d.weights_bytes else b""

    def workspace_bytes(self, arrays: list[np.ndarray]) -> int:
        return self._plan(self._place(arrays, Heap()))[1]

    def plan(self, shape: tuple[int, ...]) -> tuple[tuple[int, ...], int]:
        """Of a model of one input that has this shape: the output's, and the workspace's bytes."""
        inputs = (Tensor * 1)()
        inputs[0].dtype, inputs[0].rank = self.description.inputs[0].dtype, len(shape)
        inputs[0].shape[: len(shape)] = shape
        outputs, workspace_bytes = self._plan(inputs)
        return tuple(outputs[0].shape[: outputs[0].rank]), workspace_bytes

    def _place(self, arrays: list[np.ndarray], memory):
        d = self.description
        assert len(arrays) == d.num_inputs
        inputs = (Tensor * max(1, d.num_inputs))()
        for tensor, array, type in zip(inputs, arrays, d.inputs[: d.num_inputs]):
            placed = memory.place(array.nbytes, array.itemsize)
            placed.fill(np.ascontiguousarray(array).tobytes())
            tensor.data, tensor.capacity, tensor.dtype = placed.address, placed.size, type.dtype
            tensor.rank = array.ndim
            tensor.shape[: array.ndim] = array.shape
        return inputs

    def _plan(self, inputs):
        """The outputs with their shapes, and the bytes of the workspace."""
        outputs = (Tensor * max(1, self.description.num_outputs))()
        workspace_bytes = ctypes.c_uint64()
        model, size = ctypes.addressof(self.description), ctypes.addressof(workspace_bytes)
        check_status(self._library.lowbit_model_plan(model, inputs, outputs, size))
        return outputs, workspace_bytes.value

    def run(
        self, arrays: list[np.ndarray], memory=None, parallel_for=None, profile=None
    ) -> list[np.ndarray]:
        """The outputs for `arrays`, with every buffer placed by `memory`, or StatusError."""
        memory = memory or Heap()
        d = self.description
        model = ctypes.addressof(d)
        inputs = self._place(arrays, memory)
        outputs, workspace_bytes = self._plan(inputs)
        results = []
        for tensor in outputs[: d.num_outputs]:
            dtype = np.dtype(_numpy_name(DTYPES[tensor.dtype]))
            shape = tuple(tensor.shape[: tensor.rank])
            placed = memory.place(int(np.prod(shape)) * dtype.itemsize, dtype.itemsize)
            placed.fill(b"\xa5" * placed.size)
            tensor.data, tensor.capacity = placed.address, placed.size
            results.append((placed, dtype, shape))
        context = Context()
        workspace = memory.place(workspace_bytes, 64)
        # What an earlier run left must not matter.
        workspace.fill(b"\xa5" * workspace.size)
        context.workspace, context.workspace_bytes = workspace.address, workspace.size
        if d.weights_bytes:
            weights = memory.place(d.weights_bytes, 64)
            weights.fill(self.weights)
            context.weights = weights.address
        if parallel_for:
            context.parallel_for = parallel_for
        if profile:
            context.profile = profile
        check_status(
            self._library.lowbit_model_run(model, ctypes.addressof(context), inputs, outputs)
        )
        return [np.frombuffer(p.read(), dtype).reshape(shape) for p, dtype, shape in results]


def _numpy_name(dtype: str) -> str:
    return "uint16" if dtype == "bf16" else f"{dtype[0]}{int(dtype[1:]) // 8}"

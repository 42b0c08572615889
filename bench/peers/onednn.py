"""oneDNN through its C interface: `int8`, `uint8` (codes in, i32 sums out) and `f32`.

Weights of both are signed; the activations are of the type that is named.

The library chooses the layout of the weights; they are brought into it before the
timing. Versions 2 and 3 differ in how they describe a tensor and a product.
"""

import ctypes
import glob
import os
import sys

import numpy as np
from problem import (
    MissingError,
    Prepared,
    Problem,
    check_exact,
    check_parallel,
    draw_codes,
    multiply,
)

# Of dnnl_types.h.
CPU, IN_ORDER, ANY, ROW_MAJOR = 1, 1, 1, 3
TYPES = {"float32": 3, "int32": 4, "int8": 5, "uint8": 6}
WEIGHTS_MD = 131
SOURCE, TARGET, WEIGHTS = 1, 17, 33
ALLOCATE = ctypes.c_void_p(-1)
SIZE_OF_DESCRIPTIONS = 16384  # of version 2: more than the structures take


class Version(ctypes.Structure):
    _fields_ = [(name, ctypes.c_int) for name in ("major", "minor", "patch")]


class Argument(ctypes.Structure):
    _fields_ = [("index", ctypes.c_int), ("memory", ctypes.c_void_p)]


def find_library(source: str) -> str:
    """Of the folder that Debian's packages were unpacked in, or of this environment."""
    folder = os.environ.get("LOWBIT_BENCH_DEBIAN", "")
    pattern = {
        "debian": os.path.join(folder, "usr/lib/*/libdnnl.so.2"),
        "pypi": os.path.join(sys.prefix, "lib", "libdnnl.so.3"),
    }[source]
    for path in glob.glob(pattern):
        return path
    raise MissingError({"debian": "libdnnl2", "pypi": "onednn"}[source])


class OneDnn:
    def __init__(self, source: str) -> None:
        path = find_library(source)
        if source == "pypi":  # its threads are SYCL's, on a driver of OpenCL
            driver = os.path.join(sys.prefix, "lib", "libintelocl.so")
            os.environ.setdefault("OCL_ICD_FILENAMES", driver)
        try:
            self._library = ctypes.CDLL(path)
        except OSError as error:
            raise MissingError(str(error)) from error
        self._library.dnnl_version.restype = ctypes.POINTER(Version)
        version = self._library.dnnl_version().contents
        self._major = version.major
        self.version = f"{version.major}.{version.minor}.{version.patch}"
        self._library.dnnl_memory_desc_get_size.restype = ctypes.c_size_t
        self._library.dnnl_primitive_desc_query_md.restype = ctypes.c_void_p
        self._engine = self._create("dnnl_engine_create", CPU, ctypes.c_size_t(0))
        self._stream = self._create("dnnl_stream_create", self._engine, IN_ORDER)

    def _call(self, name: str, *arguments) -> None:
        if status := getattr(self._library, name)(*arguments):
            raise RuntimeError(f"expected {name} to succeed, but got status {status}")

    def _create(self, name: str, *arguments) -> ctypes.c_void_p:
        """Calls a function whose first argument receives what it makes."""
        made = ctypes.c_void_p()
        self._call(name, ctypes.byref(made), *arguments)
        return made

    def _describe(self, shape: tuple[int, int], dtype: int, tag: int):
        extents = (ctypes.c_int64 * 12)(*shape)
        if self._major >= 3:
            return self._create("dnnl_memory_desc_create_with_tag", 2, extents, dtype, tag)
        descriptor = ctypes.create_string_buffer(SIZE_OF_DESCRIPTIONS)
        self._call("dnnl_memory_desc_init_by_tag", descriptor, 2, extents, dtype, tag)
        return descriptor

    def _describe_product(self, source, weights, target) -> ctypes.c_void_p:
        if self._major >= 3:
            operands = (self._engine, source, weights, None, target, None)
            return self._create("dnnl_matmul_primitive_desc_create", *operands)
        product = ctypes.create_string_buffer(SIZE_OF_DESCRIPTIONS)
        self._call("dnnl_matmul_desc_init", product, source, weights, None, target)
        return self._create("dnnl_primitive_desc_create", product, None, self._engine, None)

    def _allocate(self, descriptor) -> ctypes.c_void_p:
        return self._create("dnnl_memory_create", descriptor, self._engine, ALLOCATE)

    def _view(self, memory, shape: tuple[int, int], dtype) -> np.ndarray:
        """The memory as an array: of a CPU, mapping it moves nothing."""
        address = self._create_mapping(memory)
        count = int(np.prod(shape)) * np.dtype(dtype).itemsize
        data = (ctypes.c_uint8 * count).from_address(address)
        return np.frombuffer(data, dtype).reshape(shape)

    def _create_mapping(self, memory) -> int:
        address = ctypes.c_void_p()
        self._call("dnnl_memory_map_data", memory, ctypes.byref(address))
        return address.value

    def _make_run(self, primitive, operands: dict):
        arguments = (Argument * len(operands))(
            *(Argument(index, memory.value) for index, memory in operands.items())
        )
        execute, wait = self._library.dnnl_primitive_execute, self._library.dnnl_stream_wait
        stream, count = self._stream, len(operands)

        def run() -> None:
            if execute(primitive, stream, count, arguments) or wait(stream):
                raise RuntimeError("expected the primitive to run")

        return run

    def _pack(self, w: np.ndarray, dtype: int, wanted) -> ctypes.c_void_p:
        """K x N weights in the layout that the product wants."""
        plain_descriptor = self._describe(w.shape, dtype, ROW_MAJOR)
        plain, packed = self._allocate(plain_descriptor), self._allocate(wanted)
        self._view(plain, w.shape, w.dtype)[...] = w
        engine = self._engine
        reorder = self._create(
            "dnnl_reorder_primitive_desc_create", plain_descriptor, engine, wanted, engine, None
        )
        primitive = self._create("dnnl_primitive_create", reorder)
        self._make_run(primitive, {SOURCE: plain, TARGET: packed})()
        return packed

    def prepare(self, problem: Problem) -> Prepared:
        x, w = draw_codes(problem, -128, 127)
        if problem.variant == "f32":
            x, w = x.astype(np.float32), w.astype(np.float32)
        elif problem.variant == "uint8":
            x = (x.astype(np.int16) + 128).astype(np.uint8)
        y_dtype = np.dtype(np.float32 if problem.variant == "f32" else np.int32)
        m, n, k = problem.m, problem.n, problem.k
        x_type, w_type, y_type = (TYPES[dtype.name] for dtype in (x.dtype, w.dtype, y_dtype))
        source = self._describe((m, k), x_type, ROW_MAJOR)
        target = self._describe((m, n), y_type, ROW_MAJOR)
        product = self._describe_product(source, self._describe((k, n), w_type, ANY), target)
        wanted = self._library.dnnl_primitive_desc_query_md(product, WEIGHTS_MD, 0)
        packed = self._pack(np.ascontiguousarray(w.T), w_type, ctypes.c_void_p(wanted))
        inputs, outputs = self._allocate(source), self._allocate(target)
        self._view(inputs, (m, k), x.dtype)[...] = x
        primitive = self._create("dnnl_primitive_create", product)
        run = self._make_run(primitive, {SOURCE: inputs, WEIGHTS: packed, TARGET: outputs})
        y = self._view(outputs, (m, n), y_dtype)
        run()
        if problem.variant == "f32":
            check_parallel(y, multiply(x, w), 0.99999)
        else:
            check_exact(y, multiply(x, w))
        return Prepared(run, lambda: y)

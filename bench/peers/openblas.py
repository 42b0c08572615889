"""OpenBLAS: `f32`, sgemm as the package scipy-openblas64 has it."""

import ctypes

import numpy as np
from problem import MissingError, Prepared, Problem, check_parallel, draw_codes, multiply

ROW_MAJOR, NO_TRANSPOSE, TRANSPOSE = 101, 111, 112


class OpenBlas:
    def __init__(self) -> None:
        try:
            import scipy_openblas64
        except ImportError as error:
            raise MissingError("scipy-openblas64") from error
        folder = scipy_openblas64.get_lib_dir()
        self._library = ctypes.CDLL(f"{folder}/libscipy_openblas64_.so")
        self._library.scipy_openblas_set_num_threads64_(1)
        config = self._library.scipy_openblas_get_config64_
        config.restype = ctypes.c_char_p
        self.version = " ".join(config().decode().split()[1:2])

    def prepare(self, problem: Problem) -> Prepared:
        m, n, k = problem.m, problem.n, problem.k
        x, w = (codes.astype(np.float32) for codes in draw_codes(problem, -128, 127))
        y = np.zeros((m, n), np.float32)
        sizes = [ctypes.c_int64(size) for size in (m, n, k)]
        one, zero = ctypes.c_float(1), ctypes.c_float(0)
        floats = ctypes.POINTER(ctypes.c_float)
        # These keep their arrays alive.
        x_data, w_data, y_data = (array.ctypes.data_as(floats) for array in (x, w, y))
        ld_k, ld_n = ctypes.c_int64(k), ctypes.c_int64(n)
        order = (ROW_MAJOR, NO_TRANSPOSE, TRANSPOSE)
        operands = (*sizes, one, x_data, ld_k, w_data, ld_k, zero, y_data, ld_n)
        sgemm = self._library.scipy_cblas_sgemm64_

        def run() -> None:
            sgemm(*order, *operands)

        run()
        check_parallel(y, multiply(x, w), 0.99999)
        return Prepared(run, lambda: y)

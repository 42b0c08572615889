"""What a peer is asked to multiply, and how its answer is judged."""

from typing import Callable, NamedTuple

import numpy as np


class MissingError(Exception):
    """A library, or something that it needs, is not installed."""


class WrongResultError(Exception):
    """A product differs from NumPy's."""


class Problem(NamedTuple):
    """y = x w^T with x: M x K, w: N x K, as one variant of a peer computes it."""

    variant: str
    m: int
    n: int
    k: int


class Prepared(NamedTuple):
    """A product that is ready: `run` computes it once, `result` reads the last one."""

    run: Callable[[], None]
    result: Callable[[], np.ndarray]


def draw_codes(problem: Problem, lowest: int, highest: int) -> tuple[np.ndarray, np.ndarray]:
    """M x K activations of 8 bits and N x K weights, the same in every process."""
    random = np.random.default_rng(problem.n * problem.k + problem.m)
    x = random.integers(-128, 127, (problem.m, problem.k), np.int8, endpoint=True)
    w = random.integers(lowest, highest, (problem.n, problem.k), np.int8, endpoint=True)
    return x, w


def multiply(x: np.ndarray, w: np.ndarray) -> np.ndarray:
    """x w^T of the first and the last row, in float64: exact for codes."""
    rows = [0, -1]
    return x[rows].astype(np.float64) @ w.astype(np.float64).T


def check_exact(result: np.ndarray, expected: np.ndarray) -> None:
    """Of the first and the last row of `result`."""
    if not np.array_equal(result[[0, -1]], expected):
        raise WrongResultError("expected the sums that NumPy has, but got others")


def check_parallel(result: np.ndarray, expected: np.ndarray, least_cosine: float) -> None:
    """Of the first and the last row of `result`, where something is rounded."""
    for got, row in zip(result[[0, -1]].astype(np.float64), expected):
        cosine = got @ row / np.sqrt((got @ got) * (row @ row))
        scale = np.sqrt((got @ got) / (row @ row))
        if not (cosine >= least_cosine and abs(scale - 1) < 0.05):
            raise WrongResultError(
                f"expected a cosine of at least {least_cosine} and the scale of NumPy's "
                f"product, but got {cosine:.5f} and {scale:.3f} of it"
            )

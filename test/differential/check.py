"""Comparing what a configuration computes on the targets with the oracle."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import NamedTuple

import meaning
import numpy as np
from cases import Case
from configurations import Configuration
from models import ORACLE, REFERENCE, CompileError, Compiler, guard
from module_text import write_module
from operands import make_operands

# Products of at most this many terms are also computed in NumPy, and their inputs
# lie on guard pages.
SMALL = 200_000


class Result(NamedTuple):
    """One comparison; `outcome` is passed, failed or skipped."""

    job: str
    target: str
    outcome: str
    text: str = ""


Report = Callable[[Result], None]
Models = dict[str, Callable[..., np.ndarray]]


def difference(expected: np.ndarray, got: np.ndarray) -> str:
    """Where two arrays differ as bytes, as text; empty if they do not."""
    if (expected.shape, expected.dtype) != (got.shape, got.dtype):
        return (
            f"expected {expected.dtype} of shape {expected.shape}, "
            f"but got {got.dtype} of shape {got.shape}"
        )
    if expected.tobytes() == got.tobytes():
        return ""
    width = expected.dtype.itemsize
    rows = [np.ascontiguousarray(a).view(np.uint8).reshape(-1, width) for a in (expected, got)]
    places = np.flatnonzero((rows[0] != rows[1]).any(axis=1))
    first = np.unravel_index(places[0], expected.shape)
    return (
        f"{len(places)} of {expected.size} elements differ, first at {list(map(int, first))}: "
        f"expected {expected[first]!s} (0x{_hex(expected[first])}), "
        f"but got {got[first]!s} (0x{_hex(got[first])})"
    )


def _hex(value: np.generic) -> str:
    return value.tobytes()[::-1].hex()


def load_models(
    compiler: Compiler, texts: dict[str, str], stem: str, job: str, report: Report
) -> Models:
    """A model for each text by target; reports those that do not compile or load."""
    models = {}
    for target, text in texts.items():
        try:
            models[target] = compiler.load(compiler.compile(text, target, stem))
        except (CompileError, RuntimeError) as error:
            report(Result(job, target, "failed", f"{error}"))
    return models


def _guard_all(operands: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    return {key: guard(array, array.size % 2 == 0) for key, array in operands.items()}


def compare(
    models: Models,
    inputs: dict[str, dict[str, np.ndarray]],
    is_small: bool,
    emit: Callable[[str, str, str], None],
) -> np.ndarray | None:
    """Runs all models, and emits target, outcome and text of each but the oracle.

    inputs: the operands of each target, first those of the oracle.
    Returns what the oracle computes.
    """
    expected, guarded = None, {}
    for target, operands in inputs.items():
        if target not in models:
            continue
        if is_small:
            if id(operands) not in guarded:
                guarded[id(operands)] = _guard_all(operands)
            operands = guarded[id(operands)]
        result = models[target](*operands.values())
        problem = ""
        for key in operands if is_small else ():
            if operands[key].tobytes() != inputs[target][key].tobytes():
                problem = f"input {key!r} was changed"
                operands[key][...] = inputs[target][key]
        if target == ORACLE:
            expected = result
            if problem:
                emit(target, "failed", problem)
            continue
        if expected is None:
            problem = problem or "expected a result of the oracle, but got none"
        problem = problem or difference(expected, result)
        emit(target, "failed" if problem else "passed", problem)
    return expected


def check_configuration(
    c: Configuration,
    cases: Iterable[Case],
    compiler: Compiler,
    seed: int,
    report: Report,
    begin: Callable[[str], None] = lambda text: None,
) -> None:
    """Compiles a configuration, runs it on all cases and reports each comparison.

    begin: called with the text of each step before it is taken.
    """
    text = write_module(c)
    begin("compiling")
    texts = dict.fromkeys([ORACLE, REFERENCE, c.target], text)
    models = load_models(compiler, texts, c.name.replace("/", "-"), c.name, report)
    for case in cases:
        begin(str(case))
        check_case(c, case, models, seed, report)


def check_case(c: Configuration, case: Case, models: Models, seed: int, report: Report) -> None:
    """One case of a configuration on all models."""

    def emit(target: str, outcome: str, text: str) -> None:
        how = f"{case}: {text}" if text else ""
        report(Result(c.name, target, outcome, how))

    operands = make_operands(c, case.shape, case.kind, seed)
    is_small = case.shape.m * case.shape.n * case.shape.k <= SMALL
    inputs = dict.fromkeys([ORACLE, REFERENCE, c.target], operands)
    oracle = compare(models, inputs, is_small, emit)
    if is_small and oracle is not None:
        problem = difference(meaning.run(c, operands), oracle)
        emit(ORACLE, "failed" if problem else "passed", problem and f"NumPy: {problem}")

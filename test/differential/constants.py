"""Weights as constants: packed at compile time, with the result of run-time packing."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from check import SMALL, Report, Result, compare, load_models
from configurations import Configuration
from models import ORACLE, REFERENCE, Compiler
from module_text import inputs, write_module
from operands import KINDS, Shape, make_operands

MS = [1, 2, 7, 64]
# N and K, which are static then.
SIZES = [(65, 127), (17, 64), (64, 65), (1, 3), (127, 16), (3, 2560), (16, 1), (130, 100)]
# Inputs with a row for each row of activations; all else can be constant.
PER_ROW = {"activations", "activation_scale", "activation_zero_point", "init", "reals"}


class ConstantCase(NamedTuple):
    """A configuration with constant weights of one size."""

    configuration: Configuration
    n: int
    k: int
    kind: str

    @property
    def name(self) -> str:
        return f"constants/{self.configuration.name}/{self.n}x{self.k}/{self.kind}"

    @staticmethod
    def parse(name: str) -> ConstantCase:
        """The inverse of `name`."""
        middle, size, kind = name.split("/", 1)[1].rsplit("/", 2)
        n, k = map(int, size.split("x"))
        return ConstantCase(Configuration.parse(middle), n, k, kind)


def constant_cases(configurations: list[Configuration]) -> list[ConstantCase]:
    """Configurations for each kind of zero point and granularity, at sizes that rotate."""
    chosen = {}
    for c in configurations:
        chosen.setdefault((c.zero_points, c.is_scaled, c.weight_rows == "group"), c)
    return [
        ConstantCase(c, *SIZES[i % len(SIZES)], KINDS[i % len(KINDS)])
        for i, c in enumerate(chosen.values())
    ]


def check_constants(
    case: ConstantCase,
    compiler: Compiler,
    seed: int,
    report: Report,
    begin: Callable[[str], None] = lambda text: None,
) -> None:
    """Runs a module with constants against the oracle with inputs."""
    c = case.configuration
    operands = make_operands(c, Shape(max(MS), case.n, case.k), case.kind, seed)
    is_constant = {
        key: key not in PER_ROW or (c.activation_rows == "tensor" and a.shape == (1, 1))
        for key, a in operands.items()
    }
    constants = {key: a for key, a in operands.items() if is_constant[key]}
    begin("compiling")
    targets = [REFERENCE, c.target]
    texts = {ORACLE: write_module(c), **dict.fromkeys(targets, write_module(c, constants))}
    stem = case.name.replace("/", "-")
    models = load_models(compiler, texts, stem, case.name, report)
    keys = [item.key for item in inputs(c)]
    for m in MS:
        begin(f"{m} rows")

        def emit(target: str, outcome: str, text: str, m: int = m) -> None:
            report(Result(case.name, target, outcome, f"{m} rows: {text}" if text else ""))

        some = {key: _first_rows(key, operands[key], m) for key in keys}
        free = {key: a for key, a in some.items() if not is_constant[key]}
        inputs_by_target = {ORACLE: some, **dict.fromkeys(targets, free)}
        compare(models, inputs_by_target, m * case.n * case.k <= SMALL, emit)


def _first_rows(key: str, array: np.ndarray, m: int) -> np.ndarray:
    return array[:m] if key in PER_ROW and array.shape[0] != 1 else array

"""Comparing compiled layers with the meaning of the ops that they were quantized to."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import numpy as np
from check import Report, Result, difference
from jobs import Job
from layer_cases import KINDS, Layer
from layer_operands import RUNS, make_input, write_statistics
from layer_text import write_layers
from models import ORACLE, TARGETS, CompileError, Compiler, guard, run_tool

# A model has at most 64 inputs and outputs.
BATCH = 32

Model = Callable[..., tuple[np.ndarray, ...]]


def make_jobs(layers: Iterable[Layer], stem: str, compiler: Compiler) -> Iterator[Job]:
    """The jobs that compare all layers; results have the names of layers, crashes of jobs."""
    layers = list(layers)
    if any(layer.refusal for layer in layers):
        name = f"{stem}-refused"
        yield Job(name, functools.partial(_run_refusals, layers, name, compiler))
    for index, batch in enumerate(make_batches(layers)):
        name = f"{stem}-batch-{index}"
        yield Job(
            name, functools.partial(check_batch, batch, name, choose_targets(index), compiler)
        )


def choose_targets(index: int) -> list[str]:
    """The targets of a batch: one of them, another than that of the next one."""
    return [TARGETS[index % len(TARGETS)]]


def make_batches(layers: list[Layer]) -> Iterator[list[Layer]]:
    """Layers that are compiled together: none that is refused, chains apart."""
    for is_chain in (True, False):
        chosen = [x for x in layers if (x.kind == "chain") == is_chain and not x.refusal]
        for first in range(0, len(chosen), BATCH):
            yield chosen[first : first + BATCH]


def quantize(batch: list[Layer], stem: str, compiler: Compiler) -> str:
    """The layers on codes, in MLIR. Raises CompileError."""
    source = compiler.folder / f"{stem}.float.mlir"
    source.write_text(write_layers(batch), encoding="utf-8")
    return run_tool(compiler.build / "bin" / "lowbit-opt", *_get_passes(batch, source), source)


def _get_passes(batch: list[Layer], source: Path) -> list[str]:
    statistics = source.with_suffix(".npz")
    write_statistics(batch, statistics)
    if batch[0].kind == "chain":
        options = f"calibration={statistics} no-fallback integer-only"
        return [f"--lowbit-quantize-pipeline={options}"]
    calibrate = f"--lowbit-import-calibration=calibration={statistics}"
    return [calibrate, "--lowbit-quantize=no-fallback"]


def check_batch(
    batch: list[Layer],
    stem: str,
    targets: list[str],
    compiler: Compiler,
    report: Report,
    begin: Callable[[str], None] = lambda text: None,
) -> None:
    """Compiles and runs a batch; layer by layer if that does not work."""
    begin("compiling")
    models: dict[str, Model] = {}
    try:
        text = quantize(batch, stem, compiler)
        for target in (ORACLE, *targets):
            models[target] = compiler.load(compiler.compile(text, target, stem))
    except (CompileError, RuntimeError) as error:
        if len(batch) == 1:
            report(Result(batch[0].name, "", "failed", str(error)))
            return
        for layer in batch:
            check_batch([layer], stem, targets, compiler, report, begin)
        return
    for run in RUNS:
        begin(f"run {run}")
        compare_run(batch, models, run, report)


def compare_run(batch: list[Layer], models: dict[str, Model], run: int, report: Report) -> None:
    """Runs all models on the same inputs, which lie on guard pages."""
    inputs = [make_input(layer, run) for layer in batch]
    guarded = [guard(array, (index + run) % 2 == 0) for index, array in enumerate(inputs)]
    results = {}
    for target, model in models.items():
        outputs = model(*guarded)
        results[target] = outputs if isinstance(outputs, tuple) else (outputs,)
        for layer, array, original in zip(batch, guarded, inputs):
            if array.tobytes() != original.tobytes():
                report(Result(layer.name, target, "failed", f"run {run}: the input was changed"))
                array[...] = original
    expected = results.pop(ORACLE)
    for target, outputs in results.items():
        for layer, right, got in zip(batch, expected, outputs):
            problem = difference(right, got)
            report(describe(layer, target, f"run {run}: {problem}" if problem else ""))


def describe(layer: Layer, target: str, problem: str) -> Result:
    """The result of a comparison, in which nothing is no problem."""
    return Result(layer.name, target, "failed" if problem else "passed", problem)


def _run_refusals(
    layers: list[Layer],
    stem: str,
    compiler: Compiler,
    report: Report,
    begin: Callable[[str], None],
) -> None:
    """Quantizes each layer that is to be refused, and looks for its diagnostic."""
    for kind in KINDS:
        refused = [layer for layer in layers if layer.kind == kind and layer.refusal]
        if refused:
            begin(f"refusing {kind}")
            check_refusals(refused, stem, compiler, report)


def check_refusals(layers: list[Layer], stem: str, compiler: Compiler, report: Report) -> None:
    """The diagnostics of layers of one kind."""
    source = compiler.folder / f"{stem}.refused.mlir"
    texts = [write_layers([layer], index) for index, layer in enumerate(layers)]
    source.write_text("\n// -----\n".join(texts), "utf-8")
    opt = compiler.build / "bin" / "lowbit-opt"
    passes = _get_passes(layers, source)
    errors = run_tool(opt, "--split-input-file", *passes, source, exit_code=1)
    found = {int(i): text for i, text in re.findall(r'error: loc\("l(\d+)\w*"\): (.*)', errors)}
    for index, layer in enumerate(layers):
        text = found.get(index, "none")
        problem = f"expected the error '{layer.refusal}', but got {text}"
        report(describe(layer, "", "" if layer.refusal in text else problem))

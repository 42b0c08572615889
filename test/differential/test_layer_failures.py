"""What is wrong with layers is found: codes, arithmetic, inputs, diagnostics."""

import itertools
import os
from collections import Counter

import layer_check
import layer_fuzz
import numpy as np
import pytest
from layer_cases import Layer, draw_layers
from layer_check import (
    check_batch,
    check_refusals,
    choose_targets,
    compare_run,
    make_batches,
    quantize,
)
from layer_operands import RUNS
from models import ORACLE, ROOT, TARGETS, CompileError, Compiler, run_tool

BUILD = os.environ.get("LOWBIT_BUILD", str(ROOT / "build"))
LAYER = Layer("matmul", "int4", "channel", "f32", "int8:range=[-1.5,2.75]", 0)
OTHER = LAYER._replace(kind="conv", weights="ternary:twn", seed=1)
REFUSED = LAYER._replace(kind="vecmat")


@pytest.fixture
def compiler(tmp_path):
    return Compiler(BUILD, tmp_path)


def compare(batch, models):
    """The outcomes of all runs."""
    results = []
    for run in RUNS:
        compare_run(batch, models, run, results.append)
    return Counter((result.job, result.target, result.outcome) for result in results)


def copy_input(*arrays):
    """A model that is what it is."""
    return tuple(array.astype(np.float32) for array in arrays)


def test_wrong_bit():
    def flip(*arrays):
        first, second = (array.copy() for array in copy_input(*arrays))
        second.view(np.uint8).reshape(-1)[-1:] ^= 1
        return first, second

    right = dict.fromkeys((ORACLE, *TARGETS), copy_input)
    counts = compare([LAYER, OTHER], right)
    assert {outcome for _, _, outcome in counts} == {"passed"}
    assert counts.total() == 2 * len(TARGETS) * len(RUNS)
    for wrong in TARGETS:
        counts = compare([LAYER, OTHER], {**right, wrong: flip})
        assert counts[OTHER.name, wrong, "failed"] == len(RUNS)
        assert sum(n for (_, _, outcome), n in counts.items() if outcome == "failed") == len(RUNS)


def test_changed_input():
    def change(*arrays):
        result = copy_input(*arrays)
        arrays[0][...] = 5
        return result

    right = dict.fromkeys((ORACLE, *TARGETS), copy_input)
    counts = compare([LAYER], {**right, "generic": change})
    assert counts[LAYER.name, "generic", "failed"] == len(RUNS)


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("layer", [LAYER, OTHER], ids=["matmul", "conv"])
def test_wrong_code(compiler, target, layer):
    """One code of the weights differs by its lowest bits."""
    text = quantize([layer], "layer", compiler)
    head, codes = text.split('l0.codes: "0x40000000')
    wrong = f'{head}l0.codes: "0x40000000{"00" if codes[:2] == "01" else "01"}{codes[2:]}'

    def load(module, name):
        return compiler.load(compiler.compile(module, name, "layer"))

    oracle = load(text, ORACLE)
    counts = compare([layer], {ORACLE: oracle, target: load(text, target)})
    assert counts[layer.name, target, "failed"] == 0
    counts = compare([layer], {ORACLE: oracle, target: load(wrong, target)})
    assert counts[layer.name, target, "failed"] > 0


@pytest.mark.parametrize(
    ("right", "wrong"), [("arith.muli", "arith.addi"), ("math.roundeven", "math.floor")]
)
def test_wrong_reference(compiler, right, wrong):
    """One op in the meaning of the layer is another one."""
    text = quantize([LAYER], "layer", compiler)
    source = compiler.folder / "layer.mlir"
    source.write_text(text, encoding="utf-8")
    opt = compiler.build / "bin" / "lowbit-opt"
    lowered = run_tool(opt, "--lowbit-lower-to-reference", source)
    assert right in lowered
    models = {
        ORACLE: compiler.load(
            compiler.compile(lowered.replace(right, wrong), "reference", "wrong")
        ),
        "generic": compiler.load(compiler.compile(text, "generic", "layer")),
    }
    assert compare([LAYER], models)[LAYER.name, "generic", "failed"] > 0


def test_one_layer_does_not_compile(compiler, monkeypatch):
    """The others of its batch are compared without it."""

    def quantize_others(batch, *arguments):
        if OTHER in batch:
            raise CompileError("broken")
        return quantize(batch, *arguments)

    monkeypatch.setattr(layer_check, "quantize", quantize_others)
    results = []
    check_batch([LAYER, OTHER], "layers", ["generic"], compiler, results.append)
    failed = [(result.job, result.text) for result in results if result.outcome == "failed"]
    assert failed == [(OTHER.name, "broken")]
    assert {result.job for result in results if result.outcome == "passed"} == {LAYER.name}


def test_refusal_that_is_another(compiler, monkeypatch):
    def check(layer):
        results = []
        check_refusals([layer], "refused", compiler, results.append)
        return [(result.outcome, result.text) for result in results]

    assert check(REFUSED) == [("passed", "")]
    monkeypatch.setattr(Layer, "refusal", "expected nonsense")
    [(outcome, text)] = check(REFUSED)
    assert outcome == "failed"
    assert "'expected nonsense', but got the layer stays float: expected a product of" in text


def test_refusal_that_is_none(compiler):
    with pytest.raises(CompileError, match="lowbit-opt ended with 0"):
        check_refusals([LAYER], "refused", compiler, [].append)


def test_batches():
    layers = list(draw_layers(1))
    batches = list(make_batches(layers))
    assert sorted(itertools.chain(*batches)) == sorted(
        layer for layer in layers if not layer.refusal
    )
    assert all(len({layer.kind == "chain" for layer in batch}) == 1 for batch in batches)


def test_command(capsys):
    assert layer_fuzz.main(["--build", BUILD, "--only", LAYER.name]) == 0
    [*_, counts] = capsys.readouterr().out.splitlines()
    passed = len(choose_targets(0)) * len(RUNS)
    assert counts == f"{passed} passed, 0 failed, 0 skipped"


def test_command_fails(capsys, monkeypatch):
    monkeypatch.setattr(layer_check, "difference", lambda expected, got: "nothing is right")
    assert layer_fuzz.main(["--build", BUILD, "--only", LAYER.name]) == 1
    first, *_, counts = capsys.readouterr().out.splitlines()
    assert first.startswith(f"failed: {LAYER.name} generic: run 0: nothing is right; again: ")
    assert first.endswith(f" --only '{LAYER.name}'")
    assert counts.startswith("0 passed, ")


def test_command_ends(capsys):
    """Nothing begins when the time is up, and nothing is no success."""
    assert layer_fuzz.main(["--build", BUILD, "--seconds", "0"]) == 1
    assert capsys.readouterr().out.splitlines()[-1] == "0 passed, 0 failed, 0 skipped"


@pytest.mark.parametrize("name", ["nonsense", LAYER.name.replace("int4", "int9")])
def test_command_refuses(capsys, name):
    with pytest.raises(SystemExit):
        layer_fuzz.main(["--build", BUILD, "--only", name])
    assert "invalid" in capsys.readouterr().err

"""Quantized layers against the meaning of their ops: a test per layer and target."""

import itertools
import os
from collections import defaultdict

import pytest
from jobs import run_jobs
from layer_cases import (
    ACTIVATIONS,
    CODE_KINDS,
    GRANULARITIES,
    KINDS,
    SCALES,
    WEIGHTS,
    Layer,
    draw_layers,
)
from layer_check import choose_targets, make_jobs
from layer_operands import RUNS
from models import ROOT, Compiler
from targets import FLAGS, lacks

SEED = 0
LAYERS = list(draw_layers(SEED))
COMPILED = [layer for layer in LAYERS if not layer.refusal]
REFUSED = [layer for layer in LAYERS if layer.refusal]


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    """All results by layer; those of a crash have another name."""
    build = os.environ.get("LOWBIT_BUILD", ROOT / "build")
    compiler = Compiler(build, tmp_path_factory.mktemp("layers"))
    collected = defaultdict(list)
    run_jobs(
        make_jobs(LAYERS, f"seed-{SEED}", compiler),
        min(2, os.cpu_count() or 1),
        lambda result: collected[result.job].append(result),
    )
    return collected


def get_crashes(results):
    """What is said of no layer."""
    names = {layer.name for layer in LAYERS}
    return [result for job, found in results.items() if job not in names for result in found]


@pytest.mark.parametrize("name", [layer.name for layer in COMPILED])
def test_same_bytes(results, name):
    found = results[name]
    assert [result.text for result in found if result.outcome == "failed"] == []
    assert len(found) == len(choose_targets(0)) * len(RUNS), get_crashes(results)
    assert {result.outcome for result in found} == {"passed"}


@pytest.mark.parametrize("target", FLAGS)
def test_every_target(results, target):
    if missing := lacks(target):
        pytest.skip(f"{target}: this processor lacks {missing}")
    assert target in {result.target for name in results for result in results[name]}


@pytest.mark.parametrize("name", [layer.name for layer in REFUSED])
def test_refusal(results, name):
    [result] = results[name]
    assert (result.outcome, result.text) == ("passed", "")


def test_no_crash(results):
    assert get_crashes(results) == []


def test_every_triple():
    methods = {text: method for method, texts in WEIGHTS.items() for text in texts}
    triples = {(layer.kind, methods[layer.weights], layer.granularity) for layer in LAYERS}
    assert triples == set(itertools.product(KINDS, WEIGHTS, GRANULARITIES))
    assert {layer.weights for layer in COMPILED} == set(methods)
    assert {layer.activations for layer in COMPILED} == set(ACTIVATIONS)
    for kind in CODE_KINDS:
        layers = [layer for layer in COMPILED if layer.kind == kind]
        assert {layer.scale for layer in layers} == set(SCALES)
        assert {layer.shape.has_bias for layer in layers} == {False, True}
        assert 0 in {layer.shape.m for layer in layers}
    # Each is compared on all inputs and targets.
    assert len(COMPILED) * len(RUNS) > 2000


@pytest.mark.parametrize("layer", LAYERS[:50])
def test_names(layer):
    assert Layer.parse(layer.name) == layer
    assert Layer.parse(layer.name).shape == layer.shape

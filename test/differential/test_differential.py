"""Compiled kernels against the meaning of the ops: a test per module and target."""

import os
from collections import defaultdict

import pytest
from configurations import WEIGHTS, pairwise_configurations
from constants import constant_cases
from differential import make_jobs
from jobs import run_jobs
from models import ORACLE, REFERENCE, ROOT, Compiler
from packing import pack_cases
from targets import FLAGS, lacks

SEED = 0

CONFIGURATIONS = pairwise_configurations(SEED)
TESTS = [(c.name, target) for c in CONFIGURATIONS for target in (ORACLE, REFERENCE, c.target)]
TESTS += [
    (case.name, target)
    for case in constant_cases(CONFIGURATIONS)
    for target in (REFERENCE, case.configuration.target)
]
TESTS += [(case.name, "generic") for case in pack_cases(SEED)]


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    """All results by job and target; those of a job that crashed have no target."""
    build = os.environ.get("LOWBIT_BUILD", ROOT / "build")
    compiler = Compiler(build, tmp_path_factory.mktemp("modules"))
    collected = defaultdict(list)

    def add(result):
        collected[result.job, result.target].append(result)

    run_jobs(make_jobs(compiler, SEED), min(2, os.cpu_count() or 1), add)
    return collected


@pytest.mark.parametrize(("name", "target"), TESTS)
def test_same_bytes(results, name, target):
    found = results[name, target] + results[name, ""]
    assert [result.text for result in found if result.outcome == "failed"] == []
    assert "passed" in {result.outcome for result in found}


@pytest.mark.parametrize("target", FLAGS)
def test_every_encoding_on_every_target(target):
    if missing := lacks(target):
        pytest.skip(f"{target}: this processor lacks {missing}")
    assert {c.weights for c in CONFIGURATIONS if c.target == target} == set(WEIGHTS)


def test_every_job_is_a_test(tmp_path):
    compiler = Compiler(os.environ.get("LOWBIT_BUILD", ROOT / "build"), tmp_path)
    assert {job.name for job in make_jobs(compiler, SEED)} == {name for name, _ in TESTS}

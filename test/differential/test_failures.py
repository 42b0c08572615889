"""What is wrong is found: one bit of a result, of an input, of packed weights."""

import faulthandler
import os
import signal
import time
from collections import Counter
from fractions import Fraction

import differential
import meaning
import numpy as np
import pytest
from cases import Case
from check import Result, check_case, compare, difference, load_models
from configurations import Configuration
from jobs import Job, run_jobs
from journal import Journal
from models import ORACLE, REFERENCE, ROOT, CompileError, Compiler
from module_text import inputs, write_module
from operands import Shape, make_operands
from packing import SIZES, PackCase, pack
from pairwise import all_rows, cover_pairs
from targets import FLAGS

BUILD = os.environ.get("LOWBIT_BUILD", str(ROOT / "build"))
NAME = "int4/none/0/none/int8/row/channel/generic"
CONFIGURATION = Configuration.parse(NAME)
MODELS = [ORACLE, REFERENCE, "generic"]
CASE = Case(Shape(2, 3, 5), "random")


def run_meaning(*arrays):
    """A model that is right."""
    keys = [item.key for item in inputs(CONFIGURATION)]
    return meaning.run(CONFIGURATION, dict(zip(keys, arrays)))


def flip(array, byte):
    """A copy with one other bit."""
    copy = array.copy()
    copy.view(np.uint8).reshape(-1)[byte] ^= 1
    return copy


@pytest.mark.parametrize("byte", range(24))
def test_difference_of_one_bit(byte):
    expected = np.arange(6, dtype=np.float32).reshape(2, 3)
    assert difference(expected, expected.copy()) == ""
    place = [byte // 4 // 3, byte // 4 % 3]
    assert f"1 of 6 elements differ, first at {place}" in difference(expected, flip(expected, byte))


@pytest.mark.parametrize("got", [np.float32([-0.0]), np.float32([[0.0]]), np.int32([0])])
def test_difference_of_equal_values(got):
    assert difference(np.float32([0.0]), got)


def test_difference_of_nans():
    expected = np.float32([np.nan])
    assert difference(expected, expected.copy()) == ""
    assert difference(expected, -expected)


def check_models(found):
    """The results of CASE by target and outcome."""
    results = []
    check_case(CONFIGURATION, CASE, found, 0, results.append)
    return Counter((result.target, result.outcome) for result in results)


@pytest.mark.parametrize("wrong", [REFERENCE, "generic"])
def test_wrong_result(wrong):
    found = dict.fromkeys(MODELS, run_meaning)
    assert set(check_models(found)) == {(target, "passed") for target in found}
    found[wrong] = lambda *arrays: flip(run_meaning(*arrays), 7)
    counts = check_models(found)
    assert counts[wrong, "failed"] == 1
    assert counts.total() == 3 and sum(counts[t, "passed"] for t in found) == 2


def test_wrong_oracle():
    wrong = dict.fromkeys(MODELS, lambda *arrays: flip(run_meaning(*arrays), 7))
    assert check_models(wrong)[ORACLE, "failed"] == 1


def test_changed_input():
    def change(*arrays):
        result = run_meaning(*arrays)
        arrays[0].reshape(-1)[4] ^= 1
        return result

    found = dict.fromkeys(MODELS, run_meaning)
    found["generic"] = change
    assert check_models(found)["generic", "failed"] == 1


@pytest.mark.parametrize("target", ["reference", "generic"])
@pytest.mark.parametrize("place", [(0, 0), (64, 126)])
def test_packed_byte(tmp_path, target, place):
    compiler = Compiler(BUILD, tmp_path)
    operands = make_operands(CONFIGURATION, Shape(3, *SIZES[0]), "random", 0)
    free = {key: array for key, array in operands.items() if key != "weights"}
    case = PackCase("int4", "none", 0, "channel", 0, False, 0)

    def run(weights):
        """The packed bytes, the artifact and how it compares."""
        packed = pack(case, {"weights": ("i8", weights)}).tobytes()
        text = write_module(CONFIGURATION, {"weights": weights})
        path = compiler.compile(text, target, "model")
        found = {ORACLE: run_meaning, target: compiler.load(path)}
        outcomes = []
        operands_of = {ORACLE: operands, target: free}
        compare(found, operands_of, False, lambda *what: outcomes.append(what[1]))
        return packed, path.read_bytes(), outcomes

    right, artifact, outcomes = run(operands["weights"])
    assert outcomes == ["passed"]
    weights = operands["weights"].copy()
    weights[place] ^= 1
    wrong, wrong_artifact, outcomes = run(weights)
    assert outcomes == ["failed"]
    if target == "generic":
        assert sum(a != b for a, b in zip(right, wrong)) == 1
        assert artifact.count(right) == wrong_artifact.count(wrong) == 1


def run_one(run, max_seconds=60):
    """All results of a job."""
    results, ended = [], []
    run_jobs([Job("a", run)], 1, results.append, ended.append, max_seconds)
    assert len(ended) == 1
    return results


def test_results_of_a_process():
    expected = Result("a", "generic", "passed")
    assert run_one(lambda report, begin: report(expected)) == [expected]


def test_crash():
    def crash(report, begin):
        begin("step 1")
        faulthandler.disable()
        os.kill(os.getpid(), signal.SIGSEGV)

    assert run_one(crash) == [Result("a", "", "failed", "step 1: ended by SIGSEGV")]


def test_exit():
    [result] = run_one(lambda report, begin: os._exit(3))
    assert (result.outcome, result.text) == ("failed", "starting: ended with 3")


def test_exception():
    [result] = run_one(lambda report, begin: [][0])
    assert result.outcome == "failed" and "IndexError" in result.text


def test_hang():
    [result] = run_one(lambda report, begin: time.sleep(60), max_seconds=0.2)
    assert result.text == "starting: expected an end within 0.2 s, but got none"


def test_compile_error(tmp_path):
    compiler, results = Compiler(BUILD, tmp_path), []
    with pytest.raises(CompileError, match=r"lowbit-compile ended with 1: .*error:"):
        compiler.compile("func.func @main(", "generic", "broken")
    assert load_models(compiler, {"generic": "nonsense"}, "broken", "a", results.append) == {}
    assert [result.outcome for result in results] == ["failed"]


def test_missing_tools(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"expected .*lowbit-compile, but got none"):
        Compiler(tmp_path, tmp_path)


ONE_CASE = ["--build", BUILD, "--only", NAME, "--shape", "2x3x5", "--operands", "random"]


def test_command(capsys):
    assert differential.main(ONE_CASE) == 0
    assert capsys.readouterr().out.splitlines()[-1] == "3 passed, 0 failed, 0 skipped"


def test_command_fails(capsys, monkeypatch):
    run = meaning.run
    monkeypatch.setattr(meaning, "run", lambda *arguments: flip(run(*arguments), 5))
    assert differential.main(ONE_CASE) == 1
    first, *_, counts = capsys.readouterr().out.splitlines()
    assert first.startswith(
        f"failed: {NAME} meaning: --shape 2x3x5 --operands random: NumPy: 1 of 6"
    )
    assert first.endswith(f" --seed 0 --only {NAME} --shape 2x3x5 --operands random")
    assert ", 1 failed, " in counts


@pytest.mark.parametrize("name", ["nonsense", "ternary/f32/0/weights/int8/row/channel/generic"])
def test_command_refuses(capsys, name):
    assert differential.main(["--build", BUILD, "--only", name]) == 1
    assert "error: expected " in capsys.readouterr().err


def test_missing_processor(capsys, monkeypatch):
    monkeypatch.setattr(differential, "lacks", lambda target: "amx" if "x86" in target else "")
    tally = differential.Tally(ROOT, 0)
    tally.add(Result("a", "generic", "passed"))
    differential.report_targets(tally)
    assert str(tally) == "1 passed, 0 failed, 0 skipped"
    assert "SKIPPED: x86-avx512vnni: this processor lacks amx" in capsys.readouterr().out


def test_target_that_did_not_run(monkeypatch):
    monkeypatch.setattr(differential, "lacks", lambda target: "")
    tally = differential.Tally(ROOT, 0)
    tally.add(Result("a", "generic", "passed"))
    differential.report_targets(tally)
    assert str(tally) == f"1 passed, {len(FLAGS) - 1} failed, 0 skipped"


def test_journal(tmp_path):
    path, key = tmp_path / "journal", {"seed": 0}
    assert Journal(path, key, restart=False).done == {}
    Journal(path, key, restart=False).add("a", Counter(passed=2, failed=1), ["why"])
    with open(path, "a", encoding="utf-8") as file:
        file.write('{"job": "b", "cou')
    journal = Journal(path, key, restart=False)
    assert journal.done == {"a": (Counter(passed=2, failed=1), ["why"])}
    journal.add("b", Counter(passed=1), [])
    assert set(Journal(path, key, restart=False).done) == {"a", "b"}
    assert Journal(path, {"seed": 1}, restart=False).done == {}
    assert Journal(path, key, restart=True).done == {}


def exact_fma(a, b, c):
    """f32 a * b + c by fractions: the nearest, and the even one of two."""
    exact = Fraction(float(a)) * Fraction(float(b)) + Fraction(float(c))
    near = np.float32(float(exact))
    around = [np.nextafter(near, np.float32(-np.inf)), near, np.nextafter(near, np.float32(np.inf))]
    return min(around, key=lambda x: (abs(Fraction(float(x)) - exact), int(x.view(np.uint32)) & 1))


def test_fma():
    rng = np.random.default_rng(0)
    # Few bits, far apart: many ties that only the smaller addend breaks.
    a = np.ldexp(rng.integers(1, 1 << 20, 2000), rng.integers(-4, 40, 2000)).astype(np.float32)
    b = rng.integers(-32, 32, 2000).astype(np.float32) + np.float32(1) / 2
    c = np.ldexp(rng.integers(-9, 9, 2000) + 0.5, rng.integers(-60, 60, 2000)).astype(np.float32)
    expected = np.array([exact_fma(*values) for values in zip(a, b, c)])
    np.testing.assert_array_equal(meaning.fma(a, b, c), expected)


def pairs(row):
    return {(i, row[i], j, row[j]) for j in range(len(row)) for i in range(j)}


def test_all_pairs():
    values = [range(4), "abc", [False, True], range(3)]

    def is_valid(row):
        return row[0] != 2 or (row[1] == "a" and row[3])

    rows = cover_pairs(values, is_valid)
    assert all(map(is_valid, rows))
    every = set().union(*map(pairs, all_rows(values, is_valid)))
    assert set().union(*map(pairs, rows)) == every
    assert len(rows) < len(all_rows(values, is_valid)) / 2
    assert cover_pairs(values, is_valid) == rows != cover_pairs(values, is_valid, seed=1)

import re
from pathlib import Path

import claims

import bench
from bench import Run, match_exactly

CASE = "int8/56x56x64-3x3/m3136/hot/op/t1"


def test_exact_names():
    pattern = match_exactly([CASE, "f32:ternary/2560x2560/m1/hot/op/t1"])
    assert re.search(pattern, CASE)
    assert not re.search(pattern, CASE + "2")
    assert not re.search(pattern, "x" + CASE)
    assert not re.search(match_exactly([]), CASE)


def test_claims_are_what_is_measured(monkeypatch, tmp_path):
    table = {
        "limits": {},
        "claims": [
            {"case": "a/t2", "beside": "a/t1", "at_least_ratio": 1.8},
            {"case": "b/t1", "peer": "onednn", "at_least_ratio": 1.1},
            {"case": "c/t1", "at_least_share": 0.5},
        ],
    }
    runs = []

    def measure(run, table):
        runs.append(run)
        return 0, {"rows": [], "pairs": []}

    monkeypatch.setattr(bench, "measure", measure)
    assert bench.measure_claims(Run(tmp_path, False, "a|b", ""), table) == 0
    assert len(runs) == bench.RUNS_OF_CLAIMS
    selected = [case for case in claims.list_cases(table) if runs[0].selects(case)]
    assert selected == ["a/t1", "a/t2", "b/t1"]
    assert [case for case in selected if runs[0].compares(case)] == ["b/t1"]
    assert (tmp_path / "claims.json").exists()


def test_run_that_fails(monkeypatch):
    monkeypatch.setattr(bench, "measure", lambda run, table: (1, {}))
    assert bench.measure_all(Run(Path("absent"), False, "", ""), claims.read_table()) == 1

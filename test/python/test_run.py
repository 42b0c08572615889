"""The counts of `make test` are those of the runners."""

import json
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent.parent))

import run
from run import Result, read_lint, read_lit, read_pytest, report, run_step


def test_lint_counts_checks():
    results = read_lint('{"arrows": [], "sorted": ["a:1: b", "a:2: c"]}')
    expected = [Result("lint arrows", "passed"), Result("lint sorted", "failed")]
    assert results == expected


@pytest.mark.parametrize(
    ("code", "outcome"),
    [
        ("PASS", "passed"),
        ("FLAKYPASS", "passed"),
        ("XFAIL", "passed"),
        ("FAIL", "failed"),
        ("TIMEOUT", "failed"),
        ("UNRESOLVED", "failed"),
        ("XPASS", "failed"),
        ("SKIPPED", "skipped"),
        ("UNSUPPORTED", "skipped"),
    ],
)
def test_lit_codes(code, outcome):
    text = json.dumps({"tests": [{"name": "a", "code": code, "output": "\nwhy\n"}]})
    [result] = read_lit(text)
    assert result.outcome == outcome
    assert result.reason == ("why" if outcome == "skipped" else code)


def test_targets_without_their_processor(capsys, monkeypatch):
    monkeypatch.setattr(run, "lacks", lambda target: "tiles" if target == "x86-amx" else "")
    run.report_stand_ins()
    assert capsys.readouterr().out == (
        "emulated: x86-amx: by a signal handler that runs its tile instructions, "
        "as this machine lacks tiles\n"
    )


def test_pytest_outcomes():
    text = """<testsuites><testsuite>
      <testcase classname="m" name="a"/>
      <testcase classname="m" name="b"><failure message="x"/></testcase>
      <testcase classname="m" name="c"><error message="x"/></testcase>
      <testcase classname="m" name="d"><skipped message="no AMX"/></testcase>
    </testsuite></testsuites>"""
    assert read_pytest(text) == [
        Result("m.a", "passed"),
        Result("m.b", "failed"),
        Result("m.c", "failed"),
        Result("m.d", "skipped", "no AMX"),
    ]


def write(path, text, code=0):
    """A command that writes `text` to `path` and exits with `code`."""
    script = "import sys; open(sys.argv[1], 'w').write(sys.argv[2]); sys.exit(int(sys.argv[3]))"
    return [sys.executable, "-c", script, str(path), text, str(code)]


@pytest.mark.parametrize(
    ("text", "code", "outcomes"),
    [
        ('{"a": []}', 0, ["passed"]),
        ('{"a": ["x"]}', 1, ["failed"]),
        ('{"a": []}', 1, ["passed", "failed"]),
        ("{}", 0, ["failed"]),
        ("{", 0, ["failed"]),
    ],
)
def test_step(tmp_path, text, code, outcomes):
    path = tmp_path / "results"
    results = run_step("step", write(path, text, code), str(path), read_lint)
    assert [result.outcome for result in results] == outcomes


def test_step_does_not_read_old_results(tmp_path):
    path = tmp_path / "results"
    path.write_text('{"a": []}')
    [result] = run_step("step", [sys.executable, "-c", ""], str(path), read_lint)
    assert result.outcome == "failed"


def test_report_lists_skipped_and_failed(capsys):
    results = [
        Result("a", "passed"),
        Result("b", "skipped", "no AMX"),
        Result("c", "failed", "FAIL"),
        Result("d", "passed"),
    ]
    assert report(results) == "2 passed, 1 failed, 1 skipped"
    assert capsys.readouterr().out == "skipped: b: no AMX\nfailed: c: FAIL\n"

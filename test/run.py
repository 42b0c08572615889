"""Lints, builds and runs all tests, and counts them: `make test`.

usage: run.py --build=FOLDER

The last line is `N passed, N failed, N skipped`: the checks of the lint, the lit
and unit tests, and the Python tests. A step that does not come to its results
counts as one failure. The exit code is 1 if anything failed or nothing ran. The
line is also written to FOLDER/test/counts.
"""

import argparse
import json
import os
import subprocess
import sys
import time
import xml.etree.ElementTree as ElementTree
from typing import NamedTuple

from targets import STAND_INS, lacks

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
LIT_PASSED = {"FLAKYPASS", "PASS", "XFAIL"}
# Of the cases of tests that are many; `pytest` alone runs all.
SAMPLED = 8
LIT_SKIPPED = {"EXCLUDED", "SKIPPED", "UNSUPPORTED"}


class Result(NamedTuple):
    """One test: `outcome` is passed, failed or skipped."""

    name: str
    outcome: str
    reason: str = ""


def read_lint(text: str) -> list[Result]:
    """The results in the JSON of tools/lint/lint.py and tidy.py."""
    return [
        Result(f"lint {check}", "failed" if findings else "passed")
        for check, findings in json.loads(text).items()
    ]


def read_lit(text: str) -> list[Result]:
    """The results in the JSON of lit."""
    results = []
    for test in json.loads(text)["tests"]:
        code = test["code"]
        if code in LIT_SKIPPED:
            reason = (test["output"] or code).strip().splitlines()[-1]
            results.append(Result(test["name"], "skipped", reason))
        else:
            outcome = "passed" if code in LIT_PASSED else "failed"
            results.append(Result(test["name"], outcome, code))
    return results


def read_pytest(text: str) -> list[Result]:
    """The results in the JUnit XML of pytest."""
    results = []
    for case in ElementTree.fromstring(text).iter("testcase"):
        name = f"{case.get('classname')}.{case.get('name')}"
        problems = [case.find(tag) for tag in ("failure", "error")]
        if any(problem is not None for problem in problems):
            results.append(Result(name, "failed"))
        elif (skipped := case.find("skipped")) is not None:
            results.append(Result(name, "skipped", skipped.get("message", "")))
        else:
            results.append(Result(name, "passed"))
    return results


def run_step(name: str, command: list[str], path: str, read) -> list[Result]:
    """Runs `command`, which writes `path`, and reads the results from there."""
    print(f"== {name}: {' '.join(command)}", flush=True)
    if os.path.exists(path):
        os.remove(path)
    start = time.monotonic()
    code = subprocess.run(command, cwd=ROOT, stdin=subprocess.DEVNULL).returncode
    print(f"== {name}: {time.monotonic() - start:.0f} s", flush=True)
    try:
        with open(path, encoding="utf-8") as file:
            results = read(file.read())
    except (OSError, ValueError, KeyError, ElementTree.ParseError) as error:
        return [Result(name, "failed", f"no results: {error}")]
    if not results:
        return [Result(name, "failed", "no tests")]
    if code and not any(result.outcome == "failed" for result in results):
        results.append(Result(name, "failed", f"exit code {code}"))
    return results


def run_steps(build: str) -> list[Result]:
    """Runs everything; the tests only if the build succeeds."""
    out = os.path.join(build, "test")
    os.makedirs(out, exist_ok=True)
    os.environ["LOWBIT_BUILD"] = build
    os.environ["PATH"] = os.pathsep.join([os.path.join(build, "bin"), os.environ["PATH"]])

    path = os.path.join(out, "lint.json")
    command = [sys.executable, "tools/lint/lint.py", f"--json={path}"]
    results = run_step("lint", command, path, read_lint)

    print("== build", flush=True)
    if subprocess.run(["ninja", "-C", build], cwd=ROOT).returncode:
        return [*results, Result("build", "failed")]

    path = os.path.join(out, "tidy.json")
    command = [sys.executable, "tools/lint/tidy.py", f"--build={build}", f"--json={path}"]
    results += run_step("clang-tidy", command, path, read_lint)

    path = os.path.join(out, "lit.json")
    command = ["ninja", "-C", build, "check-lowbit"]
    results += run_step("lit", command, path, read_lit)

    path = os.path.join(out, "pytest.xml")
    options = [
        "-q",
        "-rs",
        f"--every={SAMPLED}",
        "-o",
        f"cache_dir={out}/pytest_cache",
        f"--junitxml={path}",
    ]
    parallel = [f"--numprocesses={os.cpu_count()}", "--dist=loadfile"]
    command = [sys.executable, "-m", "pytest", *options, *parallel, "."]
    results += run_step("pytest", command, path, read_pytest)
    return results


def report_stand_ins() -> None:
    """Says which targets ran on no processor."""
    for target, stand_in in STAND_INS.items():
        if missing := lacks(target):
            print(f"emulated: {target}: by {stand_in}, as this machine lacks {missing}")


def report(results: list[Result]) -> str:
    """Prints what was skipped and what failed; returns the line of counts."""
    counts = dict.fromkeys(["passed", "failed", "skipped"], 0)
    for result in results:
        counts[result.outcome] += 1
    for outcome in ("skipped", "failed"):
        for result in results:
            if result.outcome == outcome:
                print(": ".join(filter(None, [outcome, result.name, result.reason])))
    return ", ".join(f"{count} {outcome}" for outcome, count in counts.items())


def main() -> int:
    parser = argparse.ArgumentParser(description="Lint, build, test and count.")
    parser.add_argument("--build", default=os.path.join(ROOT, "build"))
    build = os.path.abspath(parser.parse_args().build)
    results = run_steps(build)
    report_stand_ins()
    counts = report(results)
    with open(os.path.join(build, "test", "counts"), "w", encoding="utf-8") as file:
        file.write(counts + "\n")
    print(counts)
    outcomes = {result.outcome for result in results}
    return 1 if "failed" in outcomes or "passed" not in outcomes else 0


if __name__ == "__main__":
    sys.exit(main())

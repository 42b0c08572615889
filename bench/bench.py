"""Times Lowbit's layers, other libraries and models: `make bench`, `make claims`.

usage: bench.py [--build=FOLDER] [--claims] [--quick] [--filter=REGEX] [--no-peers]

Prints tables and writes BUILD/bench.json and BUILD/roofline.svg; with --claims, it
measures five times what claims.json is about, and writes BUILD/claims.json. README.md
explains all. The exit code is 1 if a case failed or a library gave wrong results.
"""

import argparse
import json
import re
import subprocess
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import NamedTuple

import claims
import compare_peers
import roofline
import time_models

SECONDS_PER_TURN, SECONDS_PER_QUICK_TURN = 0.1, 0.02
RUNS_OF_CLAIMS = 5


class Run(NamedTuple):
    """What a run measures: cases that match `pattern`, empty for those of lowbit-bench.

    Those that match `peer_pattern` are timed beside other libraries.
    """

    build: Path
    quick: bool
    pattern: str
    peer_pattern: str

    def selects(self, case: str) -> bool:
        return re.search(self.pattern, case) is not None

    def compares(self, case: str) -> bool:
        return re.search(self.peer_pattern, case) is not None


def match_exactly(cases: Iterable[str]) -> str:
    return f"^({'|'.join(map(re.escape, cases))})$"


def run_tool(run: Run, options: list[str]) -> tuple[int, dict]:
    """The exit code of lowbit-bench, and what it has measured."""
    path = run.build / "bench-run.json"
    path.unlink(missing_ok=True)
    options = [f"--json={path}", *options, *(["--quick"] if run.quick else [])]
    code = subprocess.run([str(run.build / "bin" / "lowbit-bench"), *options]).returncode
    if not path.exists():
        return code or 1, {}
    document = json.loads(path.read_text(encoding="utf-8"))
    path.unlink()
    return code, document


def run_other_targets(run: Run, table: dict) -> tuple[int, list[dict]]:
    """An exit code, and the rows of claims about other targets than the host's."""
    code, rows = 0, []
    for target, cases in claims.list_targets(table).items():
        wanted = list(filter(run.selects, cases))
        if wanted:
            options = [f"--target={target}", f"--filter={match_exactly(wanted)}"]
            failed, document = run_tool(run._replace(quick=True), options)
            code = code or failed
            rows += document.get("rows", [])
    return code, rows


def measure(run: Run, table: dict) -> tuple[int, dict]:
    """An exit code, and one run's part of bench.json, empty if there is none."""
    options = [f"--keep={run.build / 'bench-layers'}"]
    options += [f"--filter={run.pattern}"] if run.pattern else []
    code, document = run_tool(run, options)
    if not document:
        return code, document
    failed, document["rows_of_other_targets"] = run_other_targets(run, table)
    code = code or failed
    seconds = SECONDS_PER_QUICK_TURN if run.quick else SECONDS_PER_TURN
    peers = compare_peers.compare_all(run.build, seconds, run.compares)
    document.update(peers)
    compare_peers.print_peers(peers)
    return code or int(bool(peers["peers_failed"])), document


def judge(documents: list[dict], table: dict, selects: Callable[[str], bool]) -> list[dict]:
    verdicts = claims.judge(documents, table, selects)
    claims.print_claims(verdicts)
    return [verdict._asdict() for verdict in verdicts]


def write_json(path: Path, document: dict) -> None:
    path.write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")


def measure_claims(run: Run, table: dict) -> int:
    """Five runs of the cases of `table` that the run selects."""
    cases = filter(run.selects, claims.list_cases(table))
    beside_peers = [claim["case"] for claim in table["claims"] if "peer" in claim]
    run = run._replace(
        pattern=match_exactly(cases),
        peer_pattern=match_exactly(filter(run.compares, beside_peers)),
    )
    code, documents = 0, []
    for number in range(1, RUNS_OF_CLAIMS + 1):
        print(f"\nrun {number} of {RUNS_OF_CLAIMS}")
        failed, document = measure(run, table)
        code = code or failed
        if document:
            documents.append(document)
    path = run.build / "claims.json"
    write_json(path, {"claims": judge(documents, table, run.selects), "runs": documents})
    print(f"\nwritten: {path}")
    return code


def measure_all(run: Run, table: dict) -> int:
    code, document = measure(run, table)
    if not document:
        return code
    document["models"] = time_models.time_all(run.build, run.quick, run.pattern)
    document["claims"] = judge([document], table, run.selects)
    path, drawing = run.build / "bench.json", run.build / "roofline.svg"
    write_json(path, document)
    drawing.write_text(roofline.draw(document), encoding="utf-8")
    print(f"\nwritten: {path}, {drawing}")
    return code


def main() -> int:
    parser = argparse.ArgumentParser(description="Time Lowbit and other libraries.")
    root = Path(__file__).resolve().parent.parent
    parser.add_argument("--build", type=Path, default=root / "build")
    parser.add_argument("--claims", action="store_true", help="what claims.json is about")
    parser.add_argument("--quick", action="store_true", help="measure for a shorter time")
    parser.add_argument(
        "--filter", default="", metavar="REGEX", help="cases and pairs, as of lowbit-bench"
    )
    parser.add_argument("--no-peers", action="store_true", help="time Lowbit alone")
    arguments = parser.parse_args()
    sys.stdout.reconfigure(line_buffering=True)  # in order with what the tool prints
    build = arguments.build.resolve()
    peer_pattern = match_exactly([]) if arguments.no_peers else arguments.filter
    run = Run(build, arguments.quick, arguments.filter, peer_pattern)
    table = claims.read_table()
    return measure_claims(run, table) if arguments.claims else measure_all(run, table)


if __name__ == "__main__":
    sys.exit(main())

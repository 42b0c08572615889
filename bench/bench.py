"""Times Lowbit's layers, then other libraries beside them: `make bench`.

usage: bench.py [--build=FOLDER] [--quick] [--filter=REGEX] [--no-peers]

Prints tables and writes BUILD/bench.json and BUILD/roofline.svg; README.md explains
both. The exit code is 1 if a case failed or a library gave wrong results.
"""

import argparse
import json
import re
import subprocess
import sys
from pathlib import Path

import claims
import compare_peers
import roofline

SECONDS_PER_TURN, SECONDS_PER_QUICK_TURN = 0.1, 0.02


def run_tool(build: Path, options: list[str]) -> tuple[int, dict]:
    """The exit code of lowbit-bench, and what it has measured."""
    path = build / "bench.json"
    path.unlink(missing_ok=True)
    command = [str(build / "bin" / "lowbit-bench"), f"--json={path}", *options]
    code = subprocess.run(command).returncode
    return code, json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}


def run_other_targets(build: Path, table: dict, selects) -> list[dict]:
    """Rows of claims about other targets than the host's."""
    rows = []
    for target, cases in claims.list_targets(table).items():
        names = "|".join(f"^{re.escape(case)}$" for case in cases if selects(case))
        if names:
            _, more = run_tool(build, ["--quick", f"--target={target}", f"--filter={names}"])
            rows += more.get("rows", [])
    return rows


def main() -> int:
    parser = argparse.ArgumentParser(description="Time Lowbit and other libraries.")
    root = Path(__file__).resolve().parent.parent
    parser.add_argument("--build", type=Path, default=root / "build")
    parser.add_argument("--quick", action="store_true", help="measure for a shorter time")
    parser.add_argument("--filter", metavar="REGEX", help="cases and pairs, as of lowbit-bench")
    parser.add_argument("--no-peers", action="store_true", help="time Lowbit alone")
    arguments = parser.parse_args()
    build = arguments.build.resolve()

    options = [f"--keep={build / 'bench-layers'}"]
    options += ["--quick"] if arguments.quick else []
    options += [f"--filter={arguments.filter}"] if arguments.filter else []
    code, document = run_tool(build, options)
    if not document:
        return code or 1

    def selects(case: str) -> bool:
        return re.search(arguments.filter or ".", case) is not None

    table = claims.read_table()
    document["rows_of_other_targets"] = run_other_targets(build, table, selects)
    if not arguments.no_peers:
        seconds = SECONDS_PER_QUICK_TURN if arguments.quick else SECONDS_PER_TURN
        peers = compare_peers.compare_all(build, seconds, selects)
        document.update(peers)
        compare_peers.print_peers(peers)
        code = code or bool(peers["peers_failed"])
    verdicts = claims.judge(document, table, selects)
    claims.print_claims(verdicts)
    document["claims"] = [verdict._asdict() for verdict in verdicts]

    (build / "bench.json").write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")
    (build / "roofline.svg").write_text(roofline.draw(document), encoding="utf-8")
    print(f"\nwritten: {build / 'bench.json'}, {build / 'roofline.svg'}")
    return int(code)


if __name__ == "__main__":
    sys.exit(main())

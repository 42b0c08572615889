"""Checks the style of the tree: `make lint`.

usage: lint.py [--json=FILE] [--root=FOLDER]

Prints each finding as `path:line: message` and a count per check. The exit code
is 1 if there is a finding. FILE receives {"check": ["finding", ...]}.
"""

import argparse
import json
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from arrows import check_arrows
from formatters import check_clang_format, check_ruff, check_ruff_format
from rules import (
    check_banner,
    check_filecheck,
    check_length,
    check_sorted,
    check_todo,
)
from tree import Tree

CHECKS = {
    "arrows": check_arrows,
    "banner": check_banner,
    "clang-format": check_clang_format,
    "filecheck": check_filecheck,
    "length": check_length,
    "ruff": check_ruff,
    "ruff-format": check_ruff_format,
    "sorted": check_sorted,
    "todo": check_todo,
}


def main() -> int:
    here = os.path.dirname(os.path.abspath(__file__))
    parser = argparse.ArgumentParser(description="Check the style of the tree.")
    parser.add_argument("--json", metavar="FILE", help="write the findings here")
    parser.add_argument("--root", default=os.path.join(here, "..", ".."))
    arguments = parser.parse_args()

    tree = Tree(os.path.abspath(arguments.root))
    results = {
        name: sorted({str(finding) for finding in check(tree)}) for name, check in CHECKS.items()
    }
    for findings in results.values():
        for finding in findings:
            print(finding)
    for name, findings in results.items():
        print(f"{name}: {len(findings)} findings")
    if arguments.json:
        with open(arguments.json, "w", encoding="utf-8") as file:
            json.dump(results, file, indent=1)
    return 1 if any(results.values()) else 0


if __name__ == "__main__":
    sys.exit(main())

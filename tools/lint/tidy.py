"""Runs clang-tidy 22 over the C++ files of the build.

usage: tidy.py [--build=FOLDER] [--json=FILE] [--root=FOLDER] [--slow]

`make lint` leaves out the checks that are slow in MLIR's headers (6 s a file, where
all others together take 1 s); `make tidy` runs them too, by --slow. A file that was
clean is not checked again until it, one of the project's headers that it includes, or
the settings change. Prints what clang-tidy finds and a count; the exit code is 1 if it
finds anything.
"""

import argparse
import concurrent.futures
import hashlib
import json
import os
import re
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from formatters import find_tool
from tree import Tree

# Each walks through all headers as soon as the file gives it a reason to.
SLOW = [
    "bugprone-bool-pointer-implicit-conversion",
    "bugprone-forward-declaration-namespace",
    "bugprone-inc-dec-in-conditions",
    "bugprone-infinite-loop",
    "bugprone-integer-division",
    "bugprone-reserved-identifier",
    "bugprone-return-const-ref-from-parameter",
    "bugprone-sizeof-container",
    "bugprone-standalone-empty",
    "bugprone-std-namespace-modification",
    "bugprone-swapped-arguments",
    "bugprone-terminating-continue",
    "bugprone-throw-keyword-missing",
    "bugprone-unhandled-exception-at-new",
    "bugprone-unused-raii",
    "bugprone-unused-return-value",
    "bugprone-use-after-move",
    "llvm-qualified-auto",
    "misc-redundant-expression",
    "performance-move-const-arg",
    "performance-unnecessary-copy-initialization",
    "readability-identifier-naming",
]


def read_commands(build: str) -> dict[str, str]:
    """The compile command of each source file in the build."""
    with open(os.path.join(build, "compile_commands.json"), encoding="utf-8") as file:
        return {entry["file"]: entry["command"] for entry in json.load(file)}


def included_files(path: str, folders: list[str], seen: set[str]) -> set[str]:
    """`path` and all files below `folders` that it includes, however deep."""
    if path in seen:
        return seen
    seen.add(path)
    with open(path, encoding="utf-8", errors="replace") as file:
        names = re.findall(r'^\s*#\s*include\s*"([^"]+)"', file.read(), re.MULTILINE)
    for name in names:
        for folder in [os.path.dirname(path), *folders]:
            candidate = os.path.join(folder, name)
            if os.path.isfile(candidate):
                included_files(os.path.normpath(candidate), folders, seen)
                break
    return seen


def fingerprint(path: str, words: list[str], root: str, build: str) -> str:
    """A hash of all that a finding in `path` could depend on."""
    folders = [os.path.join(place, "include") for place in (root, build)]
    digest = hashlib.sha256("\n".join(words).encode())
    files = sorted(included_files(path, folders, set()))
    for name in [os.path.join(root, ".clang-tidy"), *files]:
        with open(name, "rb") as file:
            digest.update(hashlib.sha256(file.read()).digest())
    return digest.hexdigest()


def run_tidy(path: str, tidy: list[str], root: str) -> list[str]:
    """What clang-tidy finds in `path` and the headers of the project."""
    done = subprocess.run([*tidy, path], cwd=root, capture_output=True, text=True)
    pattern = r"^(/[^:\n]+):(\d+):\d+: (?:error|warning): (.*)$"
    findings = {
        f"{os.path.relpath(match[1], root)}:{match[2]}: {match[3]}"
        for match in re.finditer(pattern, done.stdout, re.MULTILINE)
    }
    if done.returncode and not findings:
        findings.add(f"{os.path.relpath(path, root)}:1: {done.stderr.strip()}")
    return sorted(findings)


def check_tidy(root: str, build: str, slow: bool) -> tuple[list[str], int]:
    """All findings, and how many files had to be checked."""
    tidy = [find_tool("clang-tidy"), "--quiet", "-p", build]
    if not slow:
        tidy.append("--checks=" + ",".join("-" + check for check in SLOW))
    known = {os.path.join(root, path) for path in Tree(root).select(".cpp")}
    commands = {path: text for path, text in read_commands(build).items() if path in known}
    clean = os.path.join(build, "tidy")
    os.makedirs(clean, exist_ok=True)

    def check(path: str) -> tuple[list[str], bool]:
        words = [commands[path], *tidy, str(os.stat(tidy[0]).st_mtime_ns)]
        stamp = os.path.join(clean, fingerprint(path, words, root, build))
        if os.path.exists(stamp):
            return [], False
        findings = run_tidy(path, tidy, root)
        if not findings:
            with open(stamp, "w", encoding="utf-8") as file:
                file.write(path)
        return findings, True

    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        results = list(pool.map(check, sorted(commands)))
    findings = sorted({finding for found, _ in results for finding in found})
    return findings, sum(checked for _, checked in results)


def main() -> int:
    here = os.path.dirname(os.path.abspath(__file__))
    parser = argparse.ArgumentParser(description="Run clang-tidy over the C++ files.")
    parser.add_argument("--build", default=os.path.join(here, "..", "..", "build"))
    parser.add_argument("--json", metavar="FILE", help="write the findings here")
    parser.add_argument("--root", default=os.path.join(here, "..", ".."))
    parser.add_argument("--slow", action="store_true", help="run all checks")
    arguments = parser.parse_args()
    root, build = os.path.abspath(arguments.root), os.path.abspath(arguments.build)
    findings, checked = check_tidy(root, build, arguments.slow)
    print("".join(f"{finding}\n" for finding in findings), end="")
    print(f"clang-tidy: {len(findings)} findings, {checked} files checked")
    if arguments.json:
        with open(arguments.json, "w", encoding="utf-8") as file:
            json.dump({"clang-tidy": findings}, file, indent=1)
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main())

"""Runs clang-tidy 22 over the C++ files of the build: part of `make lint`.

usage: tidy.py [--build=FOLDER] [--json=FILE] [--root=FOLDER]

A file that was clean is not checked again until it, one of the project's headers
that it includes, or .clang-tidy changes. Prints what clang-tidy finds and a
count; the exit code is 1 if it finds anything.
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


def fingerprint(path: str, command: str, tidy: str, root: str, build: str) -> str:
    """A hash of all that a finding in `path` could depend on."""
    folders = [os.path.join(place, "include") for place in (root, build)]
    digest = hashlib.sha256(f"{command}\n{os.stat(tidy).st_mtime_ns}\n".encode())
    files = sorted(included_files(path, folders, set()))
    for name in [os.path.join(root, ".clang-tidy"), *files]:
        with open(name, "rb") as file:
            digest.update(hashlib.sha256(file.read()).digest())
    return digest.hexdigest()


def run_tidy(path: str, tidy: str, root: str, build: str) -> list[str]:
    """What clang-tidy finds in `path` and the headers of the project."""
    command = [tidy, "--quiet", "-p", build, path]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True)
    pattern = r"^(/[^:\n]+):(\d+):\d+: (?:error|warning): (.*)$"
    findings = {
        f"{os.path.relpath(match[1], root)}:{match[2]}: {match[3]}"
        for match in re.finditer(pattern, done.stdout, re.MULTILINE)
    }
    if done.returncode and not findings:
        findings.add(f"{os.path.relpath(path, root)}:1: {done.stderr.strip()}")
    return sorted(findings)


def check_tidy(root: str, build: str) -> tuple[list[str], int]:
    """All findings, and how many files had to be checked."""
    tidy = find_tool("clang-tidy")
    known = {os.path.join(root, path) for path in Tree(root).select(".cpp")}
    commands = {path: text for path, text in read_commands(build).items() if path in known}
    clean = os.path.join(build, "tidy")
    os.makedirs(clean, exist_ok=True)

    def check(path: str) -> tuple[list[str], bool]:
        stamp = os.path.join(clean, fingerprint(path, commands[path], tidy, root, build))
        if os.path.exists(stamp):
            return [], False
        findings = run_tidy(path, tidy, root, build)
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
    arguments = parser.parse_args()
    findings, checked = check_tidy(
        os.path.abspath(arguments.root), os.path.abspath(arguments.build)
    )
    print("".join(f"{finding}\n" for finding in findings), end="")
    print(f"clang-tidy: {len(findings)} findings, {checked} files checked")
    if arguments.json:
        with open(arguments.json, "w", encoding="utf-8") as file:
            json.dump({"clang-tidy": findings}, file, indent=1)
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main())

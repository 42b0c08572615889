"""The rules that are kept by a tool: clang-format and ruff."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator

from tree import CPP, Finding, Tree

LLVM_BIN = "/usr/lib/llvm-22/bin"


def find_tool(name: str) -> str:
    """The tool beside this Python, in LLVM 22, or in PATH."""
    places = [os.path.dirname(sys.executable), LLVM_BIN, os.environ.get("PATH", "")]
    tool = shutil.which(name, path=os.pathsep.join(places))
    if not tool:
        raise FileNotFoundError(f"expected {name} to be installed; run: make setup")
    return tool


def run_tool(tree: Tree, command: list[str], pattern: str) -> Iterator[Finding]:
    """Findings from the lines of the tool's output that match `pattern`.

    A tool that fails without such a line is a finding itself.
    """
    done = subprocess.run(command, cwd=tree.root, capture_output=True, text=True)
    found = 0
    for match in re.finditer(pattern, done.stdout + done.stderr, re.MULTILINE):
        found += 1
        parts = match.groupdict()
        path = os.path.relpath(os.path.join(tree.root, parts["path"]), tree.root)
        yield Finding(path, int(parts.get("line") or 1), parts["message"])
    if done.returncode and not found:
        output = (done.stderr or done.stdout).strip().splitlines()
        message = output[-1] if output else f"exit code {done.returncode}"
        yield Finding(os.path.basename(command[0]), 1, message)


def check_clang_format(tree: Tree) -> Iterator[Finding]:
    """C and C++ are as clang-format 22 writes them."""
    paths = tree.select(*CPP)
    if paths:
        command = [find_tool("clang-format"), "--dry-run", "-Werror", *paths]
        pattern = r"^(?P<path>[^:\n]+):(?P<line>\d+):\d+: error: (?P<message>.*)$"
        yield from run_tool(tree, command, pattern)


def check_ruff(tree: Tree) -> Iterator[Finding]:
    """Python has none of the faults that ruff.toml names."""
    paths = tree.select(".py")
    if paths:
        options = ["--no-cache", "--quiet", "--output-format=concise"]
        command = [find_tool("ruff"), "check", *options, *paths]
        pattern = r"^(?P<path>[^:\n]+):(?P<line>\d+):\d+: (?P<message>.*)$"
        yield from run_tool(tree, command, pattern)


def check_ruff_format(tree: Tree) -> Iterator[Finding]:
    """Python is as ruff writes it."""
    paths = tree.select(".py")
    if paths:
        command = [find_tool("ruff"), "format", "--no-cache", "--check", *paths]
        pattern = r"^(?P<message>Would reformat): (?P<path>.*)$"
        yield from run_tool(tree, command, pattern)

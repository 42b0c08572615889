"""The rules that need no tool but a reader of lines."""

import os
import re
from collections.abc import Iterator

from tree import CPP, SCRIPTS, TABLEGEN, TESTS, Finding, Tree

MAX_LINES = 400
CMAKE = ("CMakeLists.txt", ".cmake")


def check_filecheck(tree: Tree) -> Iterator[Finding]:
    """A directive of lit or FileCheck that lost its colon, or is unknown."""
    for path in tree.select(*TESTS):
        lines = tree.lines(path)
        prefixes = {"CHECK"}
        for line in lines:
            for names in re.findall(r"--?check-prefix(?:es)?[= ]([\w,-]+)", line):
                prefixes.update(names.split(","))
        any_prefix = "|".join(sorted(map(re.escape, prefixes), key=len, reverse=True))
        suffix = r"COUNT-\d+|DAG|EMPTY|LABEL|NEXT|NOT|SAME"
        comment = r"^\s*(?://|#|;)\s*"
        directive = rf"(?:{any_prefix})(?:-(?:{suffix}))?(?:\{{\w+\}})?"
        lit = r"RUN|REQUIRES|UNSUPPORTED|XFAIL"
        lost = re.compile(rf"{comment}({directive}|{lit})(?![\w:{{-])")
        unknown = re.compile(rf"{comment}((?:{any_prefix})-[\w-]+)(?:\{{\w+\}})?:")
        known = re.compile(directive)
        for number, line in enumerate(lines, 1):
            if match := lost.match(line):
                message = f"expected a colon after {match[1]}"
                yield Finding(path, number, message)
            elif (match := unknown.match(line)) and not known.fullmatch(match[1]):
                message = f"expected a directive of FileCheck, but got {match[1]}"
                yield Finding(path, number, message)


def check_banner(tree: Tree) -> Iterator[Finding]:
    """The first lines name the file and the license, but for inputs of tests."""
    for path in tree.select(*CPP, *TABLEGEN):
        if "/Inputs/" in path:
            continue
        lines = tree.lines(path)
        head = "\n".join(lines[:8])
        name = os.path.basename(path)
        first = lines[0] if lines else ""
        if not (first.startswith(f"//===- {name} - ") and first.endswith("===//")):
            yield Finding(path, 1, f"expected a banner that starts '//===- {name} - '")
        if "// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception" not in head:
            yield Finding(path, 1, "expected the license in the first 8 lines")


def check_length(tree: Tree) -> Iterator[Finding]:
    """A file that holds more than one thing."""
    for path in tree.select(*CPP, *TABLEGEN, *SCRIPTS, *CMAKE, ".test", ".mlir"):
        if path.endswith(".mlir") and not path.startswith("test/"):
            continue
        count = len(tree.lines(path))
        if count > MAX_LINES:
            message = f"expected at most {MAX_LINES} lines, but got {count}"
            yield Finding(path, MAX_LINES + 1, message)


def check_todo(tree: Tree) -> Iterator[Finding]:
    """A task without the issue that holds it."""
    pattern = re.compile(r"\bFIXME\b|\bXXX\b|\bTODO\b(?!\(#\d+\): \S)")
    for path in tree.select(*CPP, *TABLEGEN, *SCRIPTS, *CMAKE, *TESTS, "Makefile"):
        for number, line in enumerate(tree.lines(path), 1):
            if pattern.search(line):
                yield Finding(path, number, "expected a task as 'TO" + "DO(#n): sentence'")


def _tokens(lines: list[str]):
    """Words, parentheses and their line numbers, without comments."""
    for number, line in enumerate(lines, 1):
        for word in re.findall(r'#.*|[()]|(?:"[^"]*"|[^\s()"])+', line):
            if word.startswith("#"):
                break
            yield word, number


def _is_listed(command: str, keyword: str, word: str) -> bool:
    """Whether the order of `word` under `keyword` says nothing to CMake."""
    if word.startswith("$"):
        return False
    if keyword in ("INTERFACE", "PRIVATE", "PUBLIC"):
        return command == "target_link_libraries" or word.endswith(CPP)
    listed = keyword in ("DEPENDS", "ITEMS", "SOURCES") or keyword.startswith("LINK")
    return listed or word.endswith((*CPP, *TABLEGEN))


def _cmake_lists(lines: list[str]):
    """Each list of names in a CMake file: [(name, line)]."""
    folders, run = [], []
    command, keyword, previous, depth, last = "", "", "", 0, 0
    for word, number in _tokens(lines):
        if word == "(":
            depth += 1
            if depth == 1:
                command, keyword = previous.lower(), ""
                if command != "add_subdirectory" or number > last + 1:
                    yield folders
                    folders = []
        elif word == ")":
            depth -= 1
            if depth == 0:
                yield run
                run, last = [], number
        elif depth == 1 and command == "add_subdirectory":
            folders.append((word, number))
        elif depth == 1 and re.fullmatch(r"(?!MLIR$)[A-Z][A-Z0-9_]+", word):
            yield run
            run, keyword = [], word
        elif depth == 1 and _is_listed(command, keyword, word):
            run.append((word, number))
        previous = word
    yield folders


def check_sorted(tree: Tree) -> Iterator[Finding]:
    """Lists of files, folders and libraries in CMake are alphabetical.

    Capital letters may come first or count as small ones.
    """
    for path in tree.select(*CMAKE):
        for names in _cmake_lists(tree.lines(path)):
            if names == sorted(names, key=lambda name: name[0]):
                continue
            for (before, _), (after, number) in zip(names, names[1:]):
                if after.lower() < before.lower():
                    message = f"expected '{after}' before '{before}'"
                    yield Finding(path, number, message)

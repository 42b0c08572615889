"""Each rule of the lint finds its fault, and only that."""

import subprocess
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from lint import CHECKS
from tree import Tree

BANNER = """\
//===- {name} - A file of a test -----------------------------------===//
//
// Part of the Lowbit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
"""
TASK = "TO" + "DO"


@pytest.fixture
def findings(tmp_path):
    """A function: writes files into a fresh repository and runs one check."""
    subprocess.run(["git", "init", "-q", tmp_path], check=True)

    def run(check, files):
        for name, text in files.items():
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        return [str(finding) for finding in CHECKS[check](Tree(str(tmp_path)))]

    return run


GOOD_TEST = """\
// RUN: lowbit-opt %s | FileCheck %s --check-prefixes=CHECK,AVX
// A check in prose.
// CHECK-LABEL: func
// CHECK-COUNT-2: add
// CHECK-NEXT{LITERAL}: [[
// CHECK:
// AVX-NOT: sub
"""


def test_filecheck_accepts_directives(findings):
    assert findings("filecheck", {"test/a.mlir": GOOD_TEST}) == []


@pytest.mark.parametrize(
    "line",
    [
        "// CHECK func",
        "// CHECK",
        "// CHECK = func",
        "//CHECK-NEXT func",
        "// CHECK-NEXT : func",
        "// AVX add",
        "// AVX-COUNT-2 add",
        "// RUN lowbit-opt %s",
        "// REQUIRES x86-amx",
    ],
)
def test_filecheck_lost_colon(findings, line):
    found = findings("filecheck", {"test/a.mlir": GOOD_TEST + line + "\n"})
    assert len(found) == 1
    assert found[0].startswith("test/a.mlir:8: expected a colon after ")


def test_filecheck_unknown_directive(findings):
    found = findings("filecheck", {"test/a.mlir": GOOD_TEST + "// CHECK-NXT: x\n"})
    message = "expected a directive of FileCheck, but got CHECK-NXT"
    assert found == [f"test/a.mlir:8: {message}"]


@pytest.mark.parametrize(
    ("path", "include"),
    [
        ("lib/Quantization/A.cpp", "lowbit/Dialect/IR/Lowbit.h"),
        ("include/lowbit/Quantization/A.h", "llvm/ADT/ArrayRef.h"),
        ("lib/Runtime/A.cpp", "mlir/IR/Builders.h"),
        ("lib/Runtime/A.cpp", "lowbit/Quantization/Rounding.h"),
        ("lib/Dialect/IR/A.cpp", "lowbit/Dialect/Transforms/Passes.h"),
        ("lib/Dialect/Transforms/A.cpp", "lowbit/Pipelines/Pipelines.h"),
        ("lib/Conversion/A.cpp", "lowbit/Compiler/Compiler.h"),
        ("lib/Pipelines/A.cpp", "lowbit/InitAll.h"),
        ("lib/Compiler/A.cpp", "../Pipelines/A.h"),
    ],
)
def test_arrows_refuse(findings, path, include):
    assert len(findings("arrows", {path: f'#include "{include}"\n'})) == 1


@pytest.mark.parametrize(
    ("path", "include"),
    [
        ("lib/Quantization/A.cpp", "lowbit/Quantization/Rounding.h"),
        ("lib/Quantization/A.cpp", "vector"),
        ("lib/Runtime/A.cpp", "lowbit-c/Model.h"),
        ("lib/Dialect/IR/A.cpp", "mlir/IR/Builders.h"),
        ("lib/Dialect/Transforms/A.cpp", "lowbit/Dialect/IR/Lowbit.h"),
        ("tools/lowbit-opt/A.cpp", "lowbit/InitAll.h"),
        ("test/Unit/Runtime/A.cpp", "lowbit/Quantization/Rounding.h"),
    ],
)
def test_arrows_accept(findings, path, include):
    assert findings("arrows", {path: f'#include "{include}"\n'}) == []


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("add_library(A\n  b.cpp\n  a.cpp)\n", ":3: expected 'a.cpp' before 'b.cpp'"),
        (
            "lowbit_add_library(A SOURCES a.cpp LINK C B)\n",
            ":1: expected 'B' before 'C'",
        ),
        (
            "add_subdirectory(B)\nadd_subdirectory(A)\n",
            ":2: expected 'A' before 'B'",
        ),
        ("foreach(x IN ITEMS\n  b\n  a)\n", ":3: expected 'a' before 'b'"),
    ],
)
def test_sorted_refuses(findings, text, message):
    assert findings("sorted", {"CMakeLists.txt": text}) == [f"CMakeLists.txt{message}"]


def test_sorted_accepts(findings):
    text = """\
add_subdirectory(B) # before A
# Another list.

add_subdirectory(A)
add_library(Z STATIC a.cpp B.cpp c.cpp)
target_link_libraries(Z PRIVATE b ${X} c PUBLIC a)
add_executable(x C.cpp D.cpp a.cpp)
target_compile_definitions(Z PRIVATE B="${X}/b" A=1)
set(X b a)
add_custom_command(OUTPUT b a COMMAND z y DEPENDS a b)
"""
    assert findings("sorted", {"CMakeLists.txt": text}) == []


def test_banner_accepts(findings):
    files = {"lib/A.cpp": BANNER.format(name="A.cpp"), "test/Inputs/a.c": "int a;\n"}
    assert findings("banner", files) == []


@pytest.mark.parametrize(
    "text",
    [
        "",
        "int a;\n",
        BANNER.format(name="Other.cpp"),
        BANNER.format(name="A.cpp").replace("SPDX", "XDPS"),
        BANNER.format(name="A.cpp").replace("===//", "", 1),
    ],
)
def test_banner_refuses(findings, text):
    assert findings("banner", {"lib/A.cpp": text})


def test_length(findings):
    files = {"a.py": "\n" * 400, "b.py": "\n" * 401, "c.md": "\n" * 401}
    message = "expected at most 400 lines, but got 401"
    assert findings("length", files) == [f"b.py:401: {message}"]


def test_todo(findings):
    good = f"# {TASK}(#12): split\n"
    bad = [f"# {TASK}: split\n", f"# {TASK}(me): split\n", "# FIX" + "ME\n"]
    found = findings("todo", {"a.py": good + "".join(bad)})
    assert [text.split(" ")[0] for text in found] == ["a.py:2:", "a.py:3:", "a.py:4:"]


def test_clang_format(findings):
    files = {"good.cpp": "int a;\n", "bad.cpp": "int  a;\n"}
    found = findings("clang-format", files)
    assert [text.split(" ")[0] for text in found] == ["bad.cpp:1:"]


def test_ruff(findings):
    files = {"good.py": "a = 1\n", "bad.py": "import os\n"}
    found = findings("ruff", files)
    assert len(found) == 1
    assert found[0].startswith("bad.py:1: F401")


def test_ruff_format(findings):
    files = {"good.py": "a = 1\n", "bad.py": "a=1\n"}
    assert findings("ruff-format", files) == ["bad.py:1: Would reformat"]


def test_deleted_and_ignored_files_are_not_read(findings, tmp_path):
    assert findings("length", {".gitignore": "/b.py\n", "b.py": "\n" * 401}) == []
    (tmp_path / "a.py").write_text("\n" * 401)
    subprocess.run(["git", "add", "a.py"], cwd=tmp_path, check=True)
    (tmp_path / "a.py").unlink()
    assert findings("length", {}) == []


def test_without_git(tmp_path):
    for name in ["a.py", "b/c.py", "build/d.py", ".git/e.py"]:
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("")
    assert Tree(str(tmp_path)).paths == ["a.py", "b/c.py"]


def test_main_prints_counts_and_fails(tmp_path):
    subprocess.run(["git", "init", "-q", tmp_path], check=True)
    (tmp_path / "a.py").write_text("a=1\n")
    script = str(Path(__file__).parent / "lint.py")
    command = [sys.executable, script, f"--root={tmp_path}"]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 1
    assert "a.py:1: Would reformat\n" in done.stdout
    assert "ruff-format: 1 findings\n" in done.stdout
    (tmp_path / "a.py").write_text("a = 1\n")
    assert subprocess.run(command, capture_output=True).returncode == 0

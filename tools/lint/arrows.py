"""The rule that includes point one way.

Quantization <- Dialect/IR <- {Dialect/Transforms, Conversion, Codegen}
<- Pipelines <- Compiler <- {InitAll, tools}. The runtime stands apart: it and
the arithmetic know nothing of LLVM, nor does Calibration, which needs both.
"""

import re
from collections.abc import Iterator
from typing import Optional

from tree import CPP, TABLEGEN, Finding, Tree

_IR = {"Quantization", "Dialect/IR"}
_PASSES = {"Dialect/Transforms", "Conversion", "Codegen"}
_COMPILER = _IR | _PASSES | {"Pipelines", "Compiler", "lowbit-c"}

# What each part may include, besides itself.
ALLOWED = {
    "lowbit-c": set(),
    "Quantization": set(),
    "Runtime": {"lowbit-c"},
    "Calibration": {"Quantization", "Runtime"},
    "Dialect/IR": {"Quantization"},
    "Dialect/Transforms": _IR | {"Calibration"},
    "Conversion": _IR,
    "Codegen": _IR | {"lowbit-c"},
    "Pipelines": _IR | _PASSES,
    "Compiler": _COMPILER,
    "CAPI": _COMPILER | {"InitAll"},
    "InitAll": _COMPILER,
    "tools": _COMPILER | {"Calibration", "InitAll", "Runtime"},
}
WITHOUT_LLVM = {"Calibration", "lowbit-c", "Quantization", "Runtime"}


def part_of(path: str) -> Optional[str]:
    """The part that a file, or an included name, belongs to."""
    path = re.sub(r"^include/", "", path)
    if path.startswith("lowbit-c/"):
        return "lowbit-c"
    if path.startswith("tools/"):
        return "tools"
    match = re.match(r"(?:lowbit|lib)/((?:Dialect/)?\w+)", path)
    return match[1] if match else None


def check_arrows(tree: Tree) -> Iterator[Finding]:
    """An include that points against the arrows, or upwards by a path."""
    include = re.compile(r'\s*#?\s*include\s*[<"]([^>"]+)[>"]')
    for path in tree.select(*CPP, *TABLEGEN):
        part = part_of(path)
        if part not in ALLOWED:
            continue
        for number, line in enumerate(tree.lines(path), 1):
            if not (match := include.match(line)):
                continue
            name = match[1]
            used = part_of(name)
            if re.match(r"(mlir|llvm)(-c)?/", name) and part in WITHOUT_LLVM:
                message = f"expected no LLVM in {part}, but got '{name}'"
                yield Finding(path, number, message)
            elif name.startswith("../"):
                message = f"expected an include from the root, but got '{name}'"
                yield Finding(path, number, message)
            elif used and used != part and used not in ALLOWED[part]:
                message = f"expected no include of {used} in {part}"
                yield Finding(path, number, message)

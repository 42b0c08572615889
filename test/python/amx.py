"""Models for x86-amx on processors without it: C functions stand for the tile instructions."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

from artifact import ROOT, compile_text

LLVM = Path("/usr/lib/llvm-22/bin")
ARCHIVE = ["Copy", "Explain", "Half", "Model", "Run", "SelfTest"]
SOURCES = [  # the archive in each model, but for what asks the processor
    *(ROOT / "lib" / "Runtime" / f"{name}.c" for name in ARCHIVE),
    ROOT / "test" / "python" / "Inputs" / "amx_tiles.c",
]
FEATURES = ["-mavx512f", "-mavx512bw", "-mavx512cd", "-mavx512dq", "-mavx512vl", "-mavx512vnni"]
FEATURES += ["-mbmi2", "-mf16c", "-mfma"]
TILE = "<256 x i32>"
# Tiles are values in LLVM, and in memory in C.
WRAPPER = """
declare {result} @lowbit_{name}({types})
define internal {value} @tile.{name}({arguments}) {{
{before}  call {result} @lowbit_{name}({operands})
{after}
}}
"""
SIGNATURES = {
    "tilezero": ("tile", ["i16", "i16"]),
    "tileloadd64": ("tile", ["i16", "i16", "ptr", "i64"]),
    "tilestored64": ("void", ["i16", "i16", "ptr", "i64", "tile"]),
    "tdpbf16ps": ("tile", ["i16", "i16", "i16", "tile", "tile", "tile"]),
    "tdpbssd": ("tile", ["i16", "i16", "i16", "tile", "tile", "tile"]),
    "tdpbsud": ("tile", ["i16", "i16", "i16", "tile", "tile", "tile"]),
}


def _run(command: list[str | Path]) -> None:
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def _wrap(name: str) -> str:
    """The LLVM function @tile.`name`, which calls the one in C."""
    result, types = SIGNATURES[name]
    before, operands = "", []
    if result == "tile":
        before += f"  %r = alloca {TILE}\n"
        operands.append("ptr %r")
    for i, type in enumerate(types):
        if type == "tile":
            before += f"  %t{i} = alloca {TILE}\n  store {TILE} %a{i}, ptr %t{i}\n"
        operands.append(f"ptr %t{i}" if type == "tile" else f"{type} %a{i}")
    after = "  ret void"
    if result == "tile":
        after = f"  %v = load {TILE}, ptr %r\n  ret {TILE} %v"
    value = TILE if result == "tile" else "void"
    arguments = [f"{TILE if type == 'tile' else type} %a{i}" for i, type in enumerate(types)]
    return WRAPPER.format(
        name=name,
        result="void",
        types=", ".join(operand.split()[0] for operand in operands),
        value=value,
        arguments=", ".join(arguments),
        before=before,
        operands=", ".join(operands),
        after=after,
    )


def replace_tiles(text: str) -> str:
    """The LLVM module `text` with calls of functions in place of tile instructions."""
    text = re.sub(r"^declare .*@llvm\.x86\.t\w+\.internal\(.*$", "", text, flags=re.MULTILINE)
    text = re.sub(r"@llvm\.x86\.(t\w+)\.internal", r"@tile.\1", text)
    text = re.sub(r"\bx86_amx\b", TILE, text)
    return text + "".join(map(_wrap, SIGNATURES))


class Emulator:
    """Compiles models; `folder` holds the files."""

    def __init__(self, folder: Path):
        self._objects = []
        for source in SOURCES:
            self._objects.append(folder / f"{source.stem}.o")
            options = ["-O2", "-std=c11", "-D_GNU_SOURCE", "-fPIC", "-I", ROOT / "include"]
            _run([LLVM / "clang", *options, "-c", source, "-o", self._objects[-1]])

    def compile(self, text: str, output: Path, *options: str) -> Path:
        """Compiles the module `text` to the shared library `output`."""
        options = ("--target=x86-amx", *options)
        source = compile_text(text, output.with_suffix(".ll"), *options, "--emit=llvm")
        module = source.read_text(encoding="utf-8")
        source.write_text(replace_tiles(module), encoding="utf-8")
        model = re.search(r"@(\w+)_model = ", module)[1]
        code = [source.with_suffix(".o"), *self._objects]
        if f"@{model}_weights" in module:
            code.append(self._extract_weights(text, output, f"{model}_weights", *options))
        _run([LLVM / "clang", "-x", "ir", *FEATURES, "-O1", "-fPIC", "-c", source, "-o", code[0]])
        alias = f"-Wl,-Bsymbolic,--defsym=lowbit_model_main={model}_model"
        _run([LLVM / "clang", "-shared", "-fuse-ld=lld", *code, alias, "-lm", "-o", output])
        return output

    @staticmethod
    def _extract_weights(text: str, output: Path, symbol: str, *options: str) -> Path:
        """Assembly with the weights of the model, which are not in its LLVM module."""
        data, source = output.with_suffix(".weights"), output.with_suffix(".s")
        whole = compile_text(text, output.with_suffix(".o"), *options, "--emit=obj")
        _run([LLVM / "llvm-objcopy", f"--dump-section=.lowbit.weights={data}", whole])
        head = f'.section .lowbit.weights,"a"\n.p2align 12\n.globl {symbol}\n.hidden {symbol}\n'
        source.write_text(f'{head}{symbol}: .incbin "{data}"\n', encoding="utf-8")
        return source

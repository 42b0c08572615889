"""Models for x86-amx on processors without it: a signal handler runs the tile instructions."""

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


def _run(command: list[str | Path]) -> None:
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


class Emulator:
    """Compiles models; `folder` holds the files."""

    def __init__(self, folder: Path):
        self._objects = []
        for source in SOURCES:
            self._objects.append(folder / f"{source.stem}.o")
            options = ["-O2", "-std=c11", "-D_GNU_SOURCE", "-fPIC", "-I", ROOT / "include"]
            _run([LLVM / "clang", *options, "-c", source, "-o", self._objects[-1]])

    def compile(self, text: str, output: Path, *options: str) -> Path:
        """Compiles the module `text` of one function to the shared library `output`."""
        function = re.search(r"func\.func @(\w+)", text)[1]
        code = compile_text(
            text, output.with_suffix(".o"), "--target=x86-amx", *options, "--emit=obj"
        )
        options = ["-shared", "-fuse-ld=lld", "-Wl,-Bsymbolic,-z,nodelete"]
        options += [f"-Wl,--defsym=lowbit_model_main={function}_model", "-lm", "-o", output]
        _run([LLVM / "clang", code, *self._objects, *options])
        return output

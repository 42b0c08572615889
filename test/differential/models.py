"""Compiling modules for the targets and for the oracle, and running them."""

from __future__ import annotations

import ctypes
import mmap
import os
import subprocess
import sys
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parents[2]

sys.path.insert(0, str(ROOT / "test"))

from targets import runnable

# The oracle is the meaning of every op, lowered before any other pass.
ORACLE = "meaning"
# Differs from it by the folded zero points.
REFERENCE = "reference"
# Those of this machine. Each module is compiled for some of them, and all modules
# together for all.
TARGETS = runnable()

PAGE = mmap.PAGESIZE


class CompileError(RuntimeError):
    """A tool that failed; its text is one line."""


def run_tool(*command: str | os.PathLike, exit_code: int = 0) -> str:
    """What a tool writes, to stderr if it is to fail. Raises CompileError."""
    result = subprocess.run(
        command, stdin=subprocess.DEVNULL, capture_output=True, encoding="utf-8", errors="replace"
    )
    if result.returncode != exit_code:
        lines = result.stderr.strip().splitlines() or ["no message"]
        tool = os.path.basename(command[0])
        raise CompileError(f"{tool} ended with {result.returncode}: {lines[0]}")
    return result.stderr if exit_code else result.stdout


class Compiler:
    """The tools of one build folder, writing to `folder`."""

    def __init__(self, build: str | os.PathLike, folder: str | os.PathLike):
        self.build, self.folder = Path(build).resolve(), Path(folder)
        for tool in ("lowbit-compile", "lowbit-opt"):
            if not (self.build / "bin" / tool).is_file():
                raise FileNotFoundError(f"expected {self.build / 'bin' / tool}, but got none")

    def compile(self, text: str, target: str, stem: str) -> Path:
        """The shared library of a module for a target, REFERENCE or ORACLE."""
        source = self.folder / f"{stem}.{target}.mlir"
        source.write_text(text, encoding="utf-8")
        if target == ORACLE:
            lowered = source.with_suffix(".lowered.mlir")
            opt = self.build / "bin" / "lowbit-opt"
            run_tool(opt, "--lowbit-lower-to-reference", source, "-o", lowered)
            source = lowered
        output = self.folder / f"{stem}.{target}.so"
        is_scalar = target in (ORACLE, REFERENCE)
        option = "--reference" if is_scalar else f"--target={target}"
        run_tool(self.build / "bin" / "lowbit-compile", option, source, "-o", output)
        return output

    def load(self, path: Path):
        """The compiled model as a function of NumPy arrays."""
        os.environ["LOWBIT_RUNTIME_LIBRARY"] = str(self.build / "lib" / "liblowbit-runtime.so")
        package = str(ROOT / "python")
        if package not in sys.path:
            sys.path.insert(0, package)
        import lowbit

        return lowbit.load(path)


def guard(array: np.ndarray, at_end: bool) -> np.ndarray:
    """A copy that begins or ends where the process may not read or write."""
    size = -(-max(array.nbytes, 1) // PAGE) * PAGE
    region = mmap.mmap(-1, size + 2 * PAGE)
    address = ctypes.addressof(ctypes.c_char.from_buffer(region))
    protect = ctypes.CDLL(None, use_errno=True).mprotect
    protect.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int]
    for page in (address, address + PAGE + size):
        if protect(page, PAGE, 0):
            raise OSError(ctypes.get_errno(), "mprotect")
    offset = PAGE + (size - array.nbytes if at_end else 0)
    copy = np.frombuffer(region, array.dtype, array.size, offset).reshape(array.shape)
    copy[...] = array
    return copy

"""Models for AArch64: objects linked into a program that qemu-aarch64 runs."""

from __future__ import annotations

import shutil
import struct
import subprocess
from pathlib import Path

import numpy as np
from artifact import ROOT

LLVM = Path("/usr/lib/llvm-22/bin")
SYSROOT = Path("/usr/aarch64-linux-gnu")
PACKAGES = {
    "libc6-dev-arm64-cross": (SYSROOT / "include" / "stdio.h").exists(),
    "qemu-user": shutil.which("qemu-aarch64") is not None,
}
ARCHIVE = ["Copy", "Cpu", "Explain", "Half", "Model", "Run", "SelfTest"]
SOURCES = [  # the archive in each model, and the program around it
    *(ROOT / "lib" / "Runtime" / f"{name}.c" for name in ARCHIVE),
    ROOT / "test" / "python" / "Inputs" / "run_model.c",
]
# By the number of the C interface.
DTYPES = [np.dtype(name) for name in ("f4", "f2", "u2", "i1", "u1", "i2", "i4", "i8")]


def lacks() -> str:
    """What is missing on this machine, as text; empty if programs run."""
    return ", ".join(package for package, is_here in PACKAGES.items() if not is_here)


def _run(command: list[str | Path]) -> str:
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout


def _read_elements(data: bytes) -> bytes:
    elements, at = b"", 0
    while at < len(data):
        dtype, rank = struct.unpack_from("<ii", data, at)
        shape = struct.unpack_from(f"<{rank}q", data, at + 8)
        at += 8 + 8 * rank
        size = int(np.prod(shape)) * DTYPES[dtype].itemsize
        elements += data[at : at + size]
        at += size
    return elements


class Emulator:
    """Links and runs models; `folder` holds the files, `target` is what ran last."""

    def __init__(self, folder: Path):
        self._folder = folder
        self._objects = []
        self.target = ""
        options = ["--target=aarch64-linux-gnu", "-O1", "-std=c11", "-D_GNU_SOURCE"]
        options += ["-isystem", SYSROOT / "include", "-I", ROOT / "include"]
        for source in SOURCES:
            self._objects.append(folder / f"{source.stem}.o")
            _run([LLVM / "clang", *options, "-c", source, "-o", self._objects[-1]])

    def link(self, model: Path, function: str) -> Path:
        """A program around the object `model` of the public function `function`."""
        program = model.with_suffix(".exe")
        lib = SYSROOT / "lib"
        options = ["-pie", "-dynamic-linker", "/lib/ld-linux-aarch64.so.1", "-L", lib]
        options += [f"--defsym=lowbit_model_main={function}_model", "-o", program]
        parts = [lib / "Scrt1.o", lib / "crti.o", *self._objects, model]
        _run([LLVM / "ld.lld", *options, *parts, "-lc", "-lm", lib / "crtn.o"])
        return program

    def run(
        self, program: Path, calls: list[np.ndarray], cpu: str = "max", float_mode: int = 0
    ) -> bytes:
        """The elements of all outputs; `calls` are the inputs of one call after another.

        The calling threads have `float_mode` in FPCR, and must have it afterwards.
        """
        source, target = self._folder / "inputs", self._folder / "outputs"
        with open(source, "wb") as file:
            for array in calls:
                head = struct.pack("<ii", DTYPES.index(array.dtype), array.ndim)
                file.write(head + struct.pack(f"<{array.ndim}q", *array.shape) + array.tobytes())
        command = ["qemu-aarch64", "-cpu", cpu, "-L", SYSROOT]
        command += [program, source, target, hex(float_mode)]
        self.target = _run(command).strip()
        return _read_elements(target.read_bytes())

"""Models compiled for each instruction set: the bytes are those of the generic one."""

from __future__ import annotations

import itertools
import subprocess

import aarch64
import numpy as np
import pytest
from artifact import BUILD, TARGETS, Artifact, chain_text, compile_text
from targets import ARM, lacks

pytestmark = pytest.mark.sampled

ENCODINGS = [
    "binary",
    "binary:planes=2",
    "codebook2:log",
    "codebook4",
    "int2",
    "int3",
    "int3:block=20",
    "int4",
    "int4:block=32,scale=f16",
    "int5",
    "int6:block=32",
    "int7",
    "int8",
    "int8:block=16,block-rows=4,scale=bf16",
    "ternary",
    "ternary --ternary-layout=base3",
    "ternary:block=64",
    "ternary:block=64 --ternary-layout=base3",
    "uint3",
    "uint4:zero-point=float",
    "uint8",
    # With activations that are no bytes, but bits.
    "binary/binary:range=[-1,1]",
    "ternary:block=64/ternary:range=[-2,2]",
]
EXTENTS = [135, 67, 18]
ROWS = [1, 2, 3, 5, 8, 17, 23]


@pytest.fixture(scope="module")
def inputs():
    rng = np.random.default_rng(8)
    return [rng.standard_normal((m, EXTENTS[0])).astype(np.float32) for m in ROWS]


@pytest.fixture(scope="module")
def compile_chain(tmp_path_factory):
    """Compiles the layers with an encoding, and options behind it, for a target."""
    folder = tmp_path_factory.mktemp("targets")
    numbers = itertools.count()

    def compile_chain(encoding: str, target: str, *options: str):
        path = folder / f"model{next(numbers)}.{'o' if options else 'so'}"
        weights, _, activations = encoding.partition("/")
        if activations:
            options = (f"--activations={activations}", *options)
        options = (*f"--weights={weights}".split(), f"--target={target}", *options)
        return compile_text(chain_text(EXTENTS, name="main"), path, *options)

    return compile_chain


@pytest.fixture(scope="module")
def expect(compile_chain, inputs):
    """What the generic target computes with an encoding."""
    known: dict[str, bytes] = {}

    def expect(encoding: str) -> bytes:
        if encoding not in known:
            model = Artifact(compile_chain(encoding, "generic"))
            known[encoding] = b"".join(model.run([x])[0].tobytes() for x in inputs)
        return known[encoding]

    return expect


@pytest.fixture(scope="module")
def emulator(tmp_path_factory):
    if missing := aarch64.lacks():
        pytest.skip(f"this machine lacks {missing}")
    return aarch64.Emulator(tmp_path_factory.mktemp("aarch64"))


@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize("target", [target for target in TARGETS if target != "generic"])
def test_same_bytes_here(compile_chain, expect, inputs, encoding, target):
    if missing := lacks(target):
        pytest.skip(f"this processor lacks {missing}")
    model = Artifact(compile_chain(encoding, target))
    assert b"".join(model.run([x])[0].tobytes() for x in inputs) == expect(encoding)


@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize("target", ARM)
def test_same_bytes_on_arm(compile_chain, expect, inputs, emulator, encoding, target):
    program = emulator.link(compile_chain(encoding, target, "--emit=obj"), "main")
    assert emulator.run(program, inputs) == expect(encoding)


def test_arm_without_the_instructions(compile_chain, inputs, emulator):
    program = emulator.link(compile_chain("int8", "arm-i8mm", "--emit=obj"), "main")
    with pytest.raises(AssertionError, match=r"expected a CPU with 'dotprod', 'i8mm' \("):
        emulator.run(program, inputs, cpu="cortex-a72")


def test_the_table_names_every_target():
    command = [str(BUILD / "bin" / "lowbit-compile"), "--target=nosuchtarget"]
    error = subprocess.run(command, capture_output=True, text=True).stderr
    names = error.partition("--target=")[2].partition(", arm, x86 or host")[0]
    assert sorted(names.split(", ")) == sorted([*TARGETS, *ARM])

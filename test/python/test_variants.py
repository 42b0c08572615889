"""Models for several targets: one copy of the weights, the same bytes by each variant."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys

import aarch64
import numpy as np
import pytest
from artifact import BUILD, ROOT, TARGETS, Artifact, chain_text, compile_text
from targets import ARM, FLAGS, lacks, runnable

EXTENTS = [135, 67, 18]
ENCODINGS = ["binary", "int4:block=32,scale=f16", "int8", "ternary:twn", "uint4:zero-point=float"]
# Prints the target, then what the model computes.
RUN = """
import sys, numpy, lowbit
model = lowbit.load(sys.argv[1])
print(model.target, *model.targets, sep=",")
for m in (1, 3, 19):
    rng = numpy.random.default_rng(m)
    x = rng.standard_normal((m, int(sys.argv[2]))).astype(numpy.float32)
    print(model(x).tobytes().hex())
"""


def run(path, target: str = "") -> tuple[list[str], str]:
    """What a process of its own chooses from what, and computes."""
    environment = {
        **os.environ,
        "LOWBIT_TARGET": target,
        "LOWBIT_RUNTIME_LIBRARY": str(BUILD / "lib" / "liblowbit-runtime.so"),
        "PYTHONPATH": str(ROOT / "python"),
    }
    command = [sys.executable, "-c", RUN, str(path), str(EXTENTS[0])]
    done = subprocess.run(command, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    head, _, outputs = done.stdout.partition("\n")
    return head.split(","), outputs


def weights_section(path) -> tuple[int, int]:
    """How many sections of weights there are, and their bytes."""
    command = ["/usr/lib/llvm-22/bin/llvm-readelf", "-SW", str(path)]
    text = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    sizes = re.findall(r"\.lowbit\.weights\s+PROGBITS\s+\w+ \w+ (\w+)", text)
    return len(sizes), sum(int(size, 16) for size in sizes)


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_every_variant_computes_the_same(tmp_path, encoding):
    text = chain_text(EXTENTS, name="main")
    option = f"--weights={encoding}"
    path = compile_text(text, tmp_path / "all.so", option, "--target=x86")
    alone = compile_text(text, tmp_path / "generic.so", option, "--target=generic")
    _, expected = run(alone)
    outputs = {target: run(path, target) for target in runnable()}
    assert {target: found[0][0] for target, found in outputs.items()} == {t: t for t in outputs}
    assert {found for _, found in outputs.values()} == {expected}
    # Without a name it is the first of the artifact that this processor runs.
    (chosen, *targets), found = run(path)
    assert sorted(targets) == sorted(TARGETS)
    assert chosen == next(target for target in targets if not lacks(target))
    assert found == expected


def test_weights_are_there_once(tmp_path):
    text = chain_text(EXTENTS, name="main")
    sizes = {}
    for kind, ending in (("so", "so"), ("obj", "o")):
        for targets in ("generic", "x86"):
            path = tmp_path / f"{targets}.{ending}"
            compile_text(text, path, "--weights=int8", f"--target={targets}", f"--emit={kind}")
            sizes[kind, targets] = weights_section(path)
    assert set(sizes.values()) == {sizes["so", "generic"]}
    assert sizes["so", "generic"][0] == 1
    weights = Artifact(tmp_path / "generic.so").weights
    assert weights == Artifact(tmp_path / "x86.so").weights
    assert (tmp_path / "x86.so").read_bytes().count(weights) == 1


def test_the_same_artifact_twice(tmp_path):
    text = chain_text(EXTENTS, name="main")
    paths = [tmp_path / name for name in ("a.so", "b.so")]
    for path in paths:
        compile_text(text, path, "--weights=ternary", "--target=x86")
    assert len({path.read_bytes() for path in paths}) == 1
    assert len({path.with_suffix(".json").read_text() for path in paths}) == 1


def test_float_models_need_no_self_test(tmp_path):
    path = compile_text(chain_text([8, 8]), tmp_path / "f32.so", "--target=x86-avx2,generic")
    assert not Artifact(path).description.self_test


def test_the_runtime_knows_every_feature(tmp_path):
    """The features of the targets have a row in the runtime's table."""
    source = (ROOT / "lib" / "Runtime" / "Cpu.c").read_text(encoding="utf-8")
    known = set(re.findall(r'\{"([^"]+)", (?:\w+, )+\w+\}', source))
    described = {}
    for group in ("x86", "arm"):
        path = tmp_path / f"{group}.o"
        compile_text(chain_text([4, 4]), path, f"--target={group}", "--emit=obj")
        for target in json.loads(path.with_suffix(".json").read_text())["targets"]:
            described[target["name"]] = set(target["cpu_features"])
    assert set(described) == {*FLAGS, *ARM}
    assert {feature for features in described.values() for feature in features} <= known


def test_arm(tmp_path):
    """The best variant of each processor, under emulation."""
    if missing := aarch64.lacks():
        pytest.skip(f"this machine lacks {missing}")
    text = chain_text(EXTENTS, name="main")
    inputs = [np.random.default_rng(m).standard_normal((m, EXTENTS[0])) for m in (1, 3, 19)]
    inputs = [x.astype(np.float32) for x in inputs]
    alone = Artifact(compile_text(text, tmp_path / "alone.so", "--weights=int8"))
    expected = b"".join(alone.run([x])[0].tobytes() for x in inputs)
    model = compile_text(text, tmp_path / "arm.o", "--weights=int8", "--target=arm", "--emit=obj")
    emulator = aarch64.Emulator(tmp_path)
    program = emulator.link(model, "main")
    chosen = {"cortex-a72": "generic", "neoverse-n1": "arm-dotprod", "max": "arm-i8mm"}
    for cpu, target in chosen.items():
        assert emulator.run(program, inputs, cpu) == expected
        assert emulator.target == target

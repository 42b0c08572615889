"""Compiled kernels touch no byte outside their buffers.

Every buffer of a run ends at a page without access, and in a second run begins after
one. The runs are those of a child process, which names its case before a run that may
end it:

    python test_artifact_guard.py kernel NAME PACK.so KERNEL.so
    python test_artifact_guard.py model MODEL.so
    python test_artifact_guard.py beyond MODEL.so
"""

from __future__ import annotations

import itertools
import signal
import subprocess
import sys

import numpy as np
import pytest
from artifact import TARGETS, Artifact, GuardedPages, chain_text, compile_text
from packed_kernels import ALL_KERNELS, KERNELS, Kernel, kernel_text, make_operands, pack_text
from targets import lacks, runnable

pytestmark = pytest.mark.sampled

M = [1, 2, 7, 17]
N = [1, 3, 17, 65, 127]
K = [1, 3, 17, 65, 127]
EMPTY = [(0, 17, 3), (2, 0, 3), (2, 17, 0), (0, 0, 0)]


# In the child


def run_kernel(kernel: Kernel, pack: Artifact, packed_matmul: Artifact, m: int, n: int, k: int):
    operands = make_operands(kernel, m, n, k)
    # The constants of @pack are aligned to 64 bytes.
    allowed = -pack.description.weights_bytes % 64
    for at_end in (True, False):
        print(f"{m}x{n}x{k}, guard {'behind' if at_end else 'before'}", file=sys.stderr)
        memory = GuardedPages(at_end)
        [packed] = pack.run(operands.packing, memory)
        [result] = packed_matmul.run([*operands.activations, packed, *operands.others], memory)
        assert memory.gap in (0, allowed)
        memory.close()
        np.testing.assert_array_equal(result, operands.expected)


def run_model(model: Artifact):
    # Weights are aligned to 64 bytes; packed ones end there, too.
    allowed = -model.description.weights_bytes % 64
    rng = np.random.default_rng(0)
    k = model.description.inputs[0].shape[1]
    for m in M:
        x = rng.standard_normal((m, k)).astype(np.float32)
        [expected] = model.run([x])
        for at_end in (True, False):
            print(f"{m} rows, guard {'behind' if at_end else 'before'}", file=sys.stderr)
            memory = GuardedPages(at_end)
            [result] = model.run([x], memory)
            assert memory.gap in (0, allowed), f"{memory.gap} bytes before a guard"
            memory.close()
            assert result.tobytes() == expected.tobytes()
            print(result.tobytes().hex())


class LyingMemory(GuardedPages):
    """Half as many bytes as asked for."""

    def place(self, size: int, alignment: int):
        placed = super().place(size // 2, alignment)
        placed.size, placed.fill = size, lambda data: None
        return placed


def main(mode: str, *arguments: str):
    if mode == "kernel":
        kernel = ALL_KERNELS[arguments[0]]
        pack, packed_matmul = map(Artifact, arguments[1:])
        for m, n, k in [*itertools.product(M, N, K), *EMPTY]:
            run_kernel(kernel, pack, packed_matmul, m, n, k)
    elif mode == "model":
        run_model(Artifact(arguments[0]))
    elif mode == "beyond":
        Artifact(arguments[0]).run([np.zeros((4096, 1), np.float32)], LyingMemory(True))


# The tests


def execute(*arguments) -> str:
    """The output of a child that succeeds."""
    done = subprocess.run(
        [sys.executable, __file__, *map(str, arguments)], capture_output=True, text=True
    )
    last = done.stderr.strip().splitlines()[-1:] or [""]
    assert done.returncode == 0, (
        f"ended with {done.returncode} at: {last[0]}\n{done.stderr[-2000:]}"
    )
    return done.stdout


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("guard")


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("name", KERNELS)
def test_kernel(folder, name, target):
    kernel = KERNELS[name]
    options = [f"--target={target}"]
    pack = compile_text(pack_text(kernel), folder / f"pack-{name}-{target}.so", *options)
    text = kernel_text(kernel)
    packed_matmul = compile_text(text, folder / f"kernel-{name}-{target}.so", *options)
    if missing := lacks(target):
        pytest.skip(f"expected a processor with {missing}")
    execute("kernel", name, pack, packed_matmul)


CHAIN = [1, 127, 65, 17, 3, 1]
WEIGHTS = ["binary", "f32", "int2", "int4:block=32,scale=f16", "int8", "ternary:twn"]


@pytest.mark.parametrize("weights", WEIGHTS)
def test_model(folder, weights):
    """Quantization at run time, weights and workspace, too."""
    outputs = {}
    for target in runnable():
        path = folder / f"model-{WEIGHTS.index(weights)}-{target}.so"
        compile_text(chain_text(CHAIN), path, f"--weights={weights}", f"--target={target}")
        outputs[target] = execute("model", path)
    if weights != "f32":
        assert len(set(outputs.values())) == 1


def test_the_guard_works(folder):
    path = compile_text(chain_text([1, 1]), folder / "beyond.so", "--target=generic")
    done = subprocess.run([sys.executable, __file__, "beyond", path], capture_output=True)
    assert done.returncode == -signal.SIGSEGV


if __name__ == "__main__":
    main(*sys.argv[1:])

"""The stack that compiled models need is bounded, whatever they compute."""

import re
import resource
import subprocess

import numpy as np
import pytest
from artifact import BUILD, ROOT, Artifact, compile_text
from pools import Pool

HEADER = (ROOT / "include" / "lowbit-c" / "Model.h").read_text(encoding="utf-8")
MAX_STACK = 1024 * int(re.search(r"LOWBIT_MAX_STACK \((\d+) \* 1024\)", HEADER)[1])
# What lowbit-run itself has on the stack, the environment included.
TOOL_STACK = 128 * 1024
K, N = 128, 1024


def sum_text(layers: int) -> str:
    """Layers of one input, x0 to ?xN, whose tiles are summed: all are computed together."""
    x, y = f"tensor<?x{K}xf32>", f"tensor<?x{N}xf32>"
    lines = [
        "#row = affine_map<(m, n, k) -> (m, k)>",
        "#col = affine_map<(m, n, k) -> (n, k)>",
        "#out = affine_map<(m, n, k) -> (m, n)>",
        f"func.func @main(%x: {x}) -> {y} {{",
        "  %c0 = arith.constant 0 : index",
        "  %zero = arith.constant 0.0 : f32",
        f"  %m = tensor.dim %x, %c0 : {x}",
        f"  %e = tensor.empty(%m) : {y}",
        f"  %i = linalg.fill ins(%zero : f32) outs(%e : {y}) -> {y}",
    ]
    total = ""
    for i in range(layers):
        lines += [
            f"  %w{i} = arith.constant dense<{(i + 1) / 4}> : tensor<{N}x{K}xf32>",
            f"  %a{i} = linalg.matmul indexing_maps = [#row, #col, #out]"
            f" ins(%x, %w{i} : {x}, tensor<{N}x{K}xf32>) outs(%i : {y}) -> {y}",
        ]
        if total:
            sources = f"{total}, %a{i} : {y}, {y}"
            lines.append(f"  %s{i} = linalg.add ins({sources}) outs(%e : {y}) -> {y}")
        total = f"%s{i}" if total else "%a0"
    return "\n".join([*lines, f"  return {total} : {y}", "}", ""])


def compile_sum(layers: int, path, *options: str):
    return compile_text(sum_text(layers), path, "--weights=ternary", *options)


def largest_frame(assembly: str) -> int:
    """The most bytes that a function for x86 takes of the stack."""
    return max(map(int, re.findall(r"\bsubq\s+\$(\d+), %rsp", assembly)))


# Of four tiles one does not fit; without a bound, those of 16 have a megabyte.
@pytest.mark.parametrize("layers", [2, 4, 16])
def test_tiles_that_are_computed_together(layers, tmp_path):
    model = compile_sum(layers, tmp_path / "model.so")
    reference = compile_sum(layers, tmp_path / "reference.so", "--reference")
    x = np.random.default_rng(layers).standard_normal((300, K)).astype(np.float32)
    [expected] = Artifact(reference).run([x])
    [result] = Artifact(model).run([x], parallel_for=Pool(3).hook)
    assert result.tobytes() == expected.tobytes()

    np.save(tmp_path / "x.npy", x)
    files = ["--input=x.npy", "--output=y.npy"]
    limit = MAX_STACK + TOOL_STACK
    for threads in (1, 2):
        done = subprocess.run(
            [BUILD / "bin" / "lowbit-run", model, *files, f"--threads={threads}"],
            cwd=tmp_path,
            preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_STACK, (limit, limit)),
        )
        assert done.returncode == 0
        assert np.load(tmp_path / "y.npy").tobytes() == expected.tobytes()


# The layouts whose leaf functions need the most, beside a loop with full tiles.
@pytest.mark.parametrize(
    ("weights", "activations"),
    [("binary:block=128", "int8"), ("binary:block=128", "binary"), ("ternary", "ternary")],
)
def test_frames(weights, activations, tmp_path):
    options = f"--weights={weights}", f"--activations={activations}", "--target=x86-amx"
    path = compile_text(sum_text(1), tmp_path / "model.s", "--emit=asm", *options)
    assert 128 * 1024 <= largest_frame(path.read_text(encoding="utf-8")) <= 192 * 1024

"""Weights are quantized and packed where they lie: without a second copy in float."""

from __future__ import annotations

import os
import subprocess
import sys

import numpy as np
import pytest
from artifact import BUILD

N, K = 4096, 2048
FLOATS = N * K * 4
OPT = str(BUILD / "bin" / "lowbit-opt")
# A private function that nothing calls: in the end it goes, so that nothing is printed.
MODULE = """
#row = affine_map<(m, n, k) -> (m, k)>
#col = affine_map<(m, n, k) -> (n, k)>
#out = affine_map<(m, n, k) -> (m, n)>
func.func private @layer(%x: tensor<1x{k}xf32>, %init: tensor<1x{n}xf32>) -> tensor<1x{n}xf32> {{
  %w = arith.constant dense_resource<w> : tensor<{n}x{k}xf32>
  %y = linalg.matmul indexing_maps = [#row, #col, #out]
    ins(%x, %w : tensor<1x{k}xf32>, tensor<{n}x{k}xf32>) outs(%init : tensor<1x{n}xf32>)
    -> tensor<1x{n}xf32> loc("fc")
  return %y : tensor<1x{n}xf32>
}}
{{-# dialect_resources: {{ builtin: {{ w: "0x40000000{data}" }} }} #-}}
"""


@pytest.fixture(scope="module")
def module(tmp_path_factory):
    """The layer as bytecode, which is read without a copy as text."""
    folder = tmp_path_factory.mktemp("large")
    w = np.random.default_rng(0).standard_normal((N, K)).astype(np.float32)
    text, bytecode = folder / "layer.mlir", folder / "layer.mlirbc"
    text.write_text(MODULE.format(n=N, k=K, data=w.tobytes().hex()))
    subprocess.run([OPT, str(text), "--emit-bytecode", "-o", str(bytecode)], check=True)
    text.unlink()
    return bytecode


# A process counts what it was forked from, so it is forked from a small one.
MEASURE = """
import resource, subprocess, sys
subprocess.run(sys.argv[1:], check=True)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
"""


def get_peak(module, *passes: str) -> int:
    """The most bytes that lowbit-opt held."""
    command = [OPT, str(module), *passes, "--symbol-dce", "-o", os.devnull]
    measure = [sys.executable, "-c", MEASURE, *command]
    return 1024 * int(subprocess.run(measure, check=True, capture_output=True).stdout)


@pytest.mark.parametrize(
    "encoding",
    [
        *("ternary:absmean", "ternary:twn", "ternary:mse", "binary", "codebook4"),
        *("int4", "int8", "int4:mse", "uint4:zero-point=float"),
    ],
)
def test_no_second_copy(module, encoding):
    """What is new are codes: a byte for each weight, twice on their way into the module."""
    before = get_peak(module)
    extra = get_peak(module, f"--lowbit-quantize=weights={encoding}", "--lowbit-pack-weights")
    assert N * K < extra - before < FLOATS


def test_a_copy_is_seen(module):
    """Keys of all weights at once, which a threshold for the whole tensor needs."""
    before = get_peak(module)
    extra = get_peak(module, "--lowbit-quantize=weights=ternary:mse,granularity=layer")
    assert extra - before > FLOATS

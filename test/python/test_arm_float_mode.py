"""Results on AArch64 do not depend on the float mode of the threads that compute them."""

from __future__ import annotations

import aarch64
import numpy as np
import pytest
from artifact import compile_text

# The bits of FPCR that the instructions of the model below obey.
MODES = {
    "alternative-f16": 1 << 26,
    "default-nan": 1 << 25,
    "flush-to-zero": 1 << 24,
    "round-down": 2 << 22,
    "round-up": 1 << 22,
}
TEXT = """
#id = affine_map<(m) -> (m)>
func.func @main(%x: tensor<LENGTHxf32>) -> (tensor<LENGTHxf32>, tensor<LENGTHxf16>) {
  %third = arith.constant 0.333333343 : f32
  %e = tensor.empty() : tensor<LENGTHxf32>
  %h = tensor.empty() : tensor<LENGTHxf16>
  %y:2 = linalg.generic {indexing_maps = [#id, #id, #id], iterator_types = ["parallel"]}
    ins(%x : tensor<LENGTHxf32>) outs(%e, %h : tensor<LENGTHxf32>, tensor<LENGTHxf16>) {
  ^bb0(%in: f32, %unused: f32, %unused2: f16):
    %single = arith.mulf %in, %third : f32
    %half = arith.truncf %single : f32 to f16
    linalg.yield %single, %half : f32, f16
  } -> (tensor<LENGTHxf32>, tensor<LENGTHxf16>)
  return %y#0, %y#1 : tensor<LENGTHxf32>, tensor<LENGTHxf16>
}
"""


@pytest.fixture(scope="module")
def emulator(tmp_path_factory):
    if missing := aarch64.lacks():
        pytest.skip(f"this machine lacks {missing}")
    return aarch64.Emulator(tmp_path_factory.mktemp("aarch64"))


# Too short for tasks that run in parallel, and long enough.
@pytest.fixture(scope="module", params=[503, 65536], ids=["caller", "tasks"])
def run(request, emulator, tmp_path_factory):
    text = TEXT.replace("LENGTH", str(request.param))
    path = tmp_path_factory.mktemp("model") / "main.o"
    model = compile_text(text, path, "--target=arm-dotprod", "--emit=obj")
    program = emulator.link(model, "main")
    x = np.linspace(0, 2**32 - 1, request.param).astype(np.uint32).view(np.float32)
    return lambda float_mode: emulator.run(program, [x], float_mode=float_mode)


@pytest.mark.parametrize("mode", MODES)
def test_of_threads(run, mode):
    assert run(MODES[mode]) == run(0)

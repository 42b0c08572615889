"""Sums of the largest products, at and beyond the K up to which a kernel adds exactly.

Kernels that add up in 16 bits extend their sums after so many lines that no codes
overflow, and kernels that add up the parts of a byte join them in the end. With all
operands at one end of their range, one line too many gives a wrong sum.
"""

from __future__ import annotations

import numpy as np
import pytest
from artifact import TARGETS, Artifact, compile_text
from packed_kernels import KERNELS, kernel_text, make_operands, pack_text
from targets import lacks

# Up to 18 lines of 4 one by one, then where unrolled loops end.
K = [*range(1, 73), 127, 128, 129, 255, 256, 257, 511, 513]
M = [1, 2, 17]


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("name", KERNELS)
def test_largest_products(tmp_path, name, target):
    if missing := lacks(target):
        pytest.skip(f"expected a processor with {missing}")
    kernel = KERNELS[name]
    option = f"--target={target}"
    pack = Artifact(compile_text(pack_text(kernel), tmp_path / "pack.so", option))
    product = Artifact(compile_text(kernel_text(kernel), tmp_path / "kernel.so", option))
    for k in K:
        m = M[k % len(M)]
        operands = make_operands(kernel, m, 17, k, extreme=True)
        [packed] = pack.run(operands.packing)
        [result] = product.run([*operands.activations, packed, *operands.others])
        np.testing.assert_array_equal(result, operands.expected, f"{m}x17x{k}")

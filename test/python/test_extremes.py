"""Sums of the largest products, at and beyond the K up to which a kernel adds exactly.

Kernels that add up in 16 bits extend their sums after so many lines that no codes
overflow, and kernels that add up the parts of a byte join them in the end. With all
operands at one end of their range, one line too many gives a wrong sum.
"""

from __future__ import annotations

import itertools

import aarch64
import numpy as np
import pytest
from artifact import TARGETS, Artifact, compile_text
from packed_kernels import ALL_KERNELS, Kernel, Operands, kernel_text, make_operands, pack_text
from targets import ARM, lacks

pytestmark = pytest.mark.sampled

# Up to 18 lines of 4 one by one, then where unrolled loops end.
K = [*range(1, 73), 127, 128, 129, 255, 256, 257, 511, 513]
M = [1, 2, 17]
# Beyond what any kernel adds up at once, for tiles of rows. Some of 127 columns are in
# the highest bits, where 131,072 is the bound of ternary weights.
LONG = 140_000
LONG_M = [5, 17]
LONG_N = 127
LONG_KERNELS = ["binary", "int7_i32", "int8_i32", "ternary", "ternary_base3"]
ARM_KERNELS = [
    "binary",
    "int3",
    "int4_block32_zero_point",
    "int8_i32",
    "ternary",
    "ternary_base3",
]
ARM_M = [1, 2, 3, 5, 8, 17]


def find_long(kernel: Kernel) -> int:
    """The K of LONG, or the last one at which the sum with its terms is an i32."""
    return min(LONG, (2**31 - 2**14) // (128 * max(-kernel.low, kernel.high)))


class Product:
    """What a kernel is to compute: operands of extreme codes, packed."""

    def __init__(self, kernel: Kernel, folder, *options: str):
        self.pack = Artifact(compile_text(pack_text(kernel), folder / "pack.so", *options))
        self.kernel = kernel

    def make(self, shape: tuple[int, int, int]) -> tuple[list[np.ndarray], np.ndarray]:
        """The inputs, and their product."""
        operands: Operands = make_operands(self.kernel, *shape, extreme=True)
        [packed] = self.pack.run(operands.packing)
        element = np.float32 if self.kernel.scale else np.int32
        # Scales are powers of two: f32 rounds once.
        return [*operands.activations, packed, *operands.others], operands.expected.astype(element)


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("name", ALL_KERNELS)
def test_largest_products(tmp_path, name, target):
    if missing := lacks(target):
        pytest.skip(f"expected a processor with {missing}")
    kernel = ALL_KERNELS[name]
    option = f"--target={target}"
    product = Product(kernel, tmp_path, option)
    model = Artifact(compile_text(kernel_text(kernel), tmp_path / "kernel.so", option))
    shapes = [(M[k % len(M)], 17, k) for k in K]
    if name in LONG_KERNELS and target != "generic":
        shapes += [(m, LONG_N, find_long(kernel)) for m in LONG_M]
    for shape in shapes:
        inputs, expected = product.make(shape)
        np.testing.assert_array_equal(model.run(inputs)[0], expected, str(shape))


@pytest.fixture(scope="module")
def emulator(tmp_path_factory):
    if missing := aarch64.lacks():
        pytest.skip(f"this machine lacks {missing}")
    return aarch64.Emulator(tmp_path_factory.mktemp("aarch64"))


@pytest.mark.parametrize("target", ARM)
@pytest.mark.parametrize("name", ARM_KERNELS)
def test_largest_products_on_arm(tmp_path, emulator, name, target):
    kernel = ALL_KERNELS[name]
    product = Product(kernel, tmp_path)
    options = [f"--target={target}", "--emit=obj"]
    model = compile_text(kernel_text(kernel), tmp_path / "kernel.o", *options)
    shapes = [(m, 17, k) for m, k in zip(itertools.cycle(ARM_M), K[::3])]
    if not kernel.block:
        shapes.append((5, LONG_N, find_long(kernel)))
    made = [product.make(shape) for shape in shapes]
    program = emulator.link(model, "kernel")
    results = emulator.run(program, [array for inputs, _ in made for array in inputs])
    for shape, (_, expected) in zip(shapes, made):
        result = np.frombuffer(results[: expected.nbytes], expected.dtype).reshape(expected.shape)
        np.testing.assert_array_equal(result, expected, str(shape))
        results = results[expected.nbytes :]
    assert emulator.target == target
    assert not results

"""Kernels for x86-amx, on the processor or, where it has no tiles, on a signal handler."""

from __future__ import annotations

import itertools

import amx
import numpy as np
import pytest
from artifact import Artifact, GuardedPages, chain_text, compile_text, lacks
from packed_kernels import ALL_KERNELS, KERNELS, kernel_text, make_operands, pack_text
from test_artifact_guard import execute
from test_bits import check_blocks, check_products, matmul_text, scaled_text

M = [1, 2, 15, 16, 17, 31, 32, 33, 128, 130]
FEW_M = [2, 17, 33]
N = [1, 17, 65, 130]
# Around a step of 64, a panel of 640 and blocks.
K = [1, 63, 64, 65, 100, 127, 128, 140, 640, 641, 1300]
ENCODINGS = ["codebook2:log", "codebook4", "int4:block=64"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("amx")


@pytest.fixture(scope="module")
def compile_model(folder):
    """Compiles a module for x86-amx so that it runs here."""
    if missing := lacks("x86-avx512vnni"):
        pytest.skip(f"this processor lacks {missing}")
    if not lacks("x86-amx"):
        return lambda text, path, *options: compile_text(text, path, "--target=x86-amx", *options)
    return amx.Emulator(folder).compile


@pytest.fixture(scope="module")
def compile_kernel(compile_model, folder):
    """Packs weights, and multiplies with them: the paths of two models."""
    known = {}

    def compile_kernel(name: str):
        if name not in known:
            pack, kernel = folder / f"pack-{name}.so", folder / f"kernel-{name}.so"
            compile_text(pack_text(ALL_KERNELS[name]), pack, "--target=generic")
            known[name] = pack, compile_model(kernel_text(ALL_KERNELS[name]), kernel)
        return known[name]

    return compile_kernel


def check(kernel: str, models: list[Artifact], shape: tuple[int, int, int], extreme=False):
    operands = make_operands(ALL_KERNELS[kernel], *shape, extreme)
    pack, multiply = models
    [packed] = pack.run(operands.packing)
    [result] = multiply.run([*operands.activations, packed, *operands.others])
    np.testing.assert_array_equal(result, operands.expected, err_msg=str(shape))


@pytest.mark.parametrize("name", ALL_KERNELS)
def test_kernel(compile_kernel, name):
    models = [Artifact(path) for path in compile_kernel(name)]
    for shape in itertools.product(M if name in KERNELS else FEW_M, N, K):
        check(name, models, shape)


@pytest.mark.parametrize("name", [name for name, kernel in ALL_KERNELS.items() if not kernel.scale])
def test_extreme_codes(compile_kernel, name):
    models = [Artifact(path) for path in compile_kernel(name)]
    for m, k in itertools.product([3, 33], [100, 5000]):
        check(name, models, (m, 66, k), extreme=True)


@pytest.mark.parametrize("name", ALL_KERNELS)
def test_nothing_beyond_buffers(compile_kernel, name):
    execute("kernel", name, *compile_kernel(name))


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_model(compile_model, folder, encoding):
    text, options = chain_text([200, 67, 18], name="main"), f"--weights={encoding}"
    stem = f"model-{ENCODINGS.index(encoding)}"
    generic = Artifact(compile_text(text, folder / f"{stem}-generic.so", options))
    model = Artifact(compile_model(text, folder / f"{stem}.so", options))
    rng = np.random.default_rng(3)
    for m in (1, 5, 40):
        x = rng.standard_normal((m, 200)).astype(np.float32)
        assert model.run([x])[0].tobytes() == generic.run([x])[0].tobytes()


def test_bits(compile_model, folder):
    """Around a step of 64, a panel of 640, two tiles of rows, and eight of columns."""
    model = Artifact(compile_model(matmul_text(), folder / "bits.so"))
    for m, k in itertools.product([16, 17, 33, 130], [1, 32, 33, 64, 65, 640, 672, 1300]):
        check_products(model, m, 33, k)
    for n in (1, 16, 130, 300):
        check_products(model, 40, n, 100)
    for kinds in itertools.product(["lowest", "highest"], repeat=2):
        check_products(model, 17, 17, 4097, kinds)
    for at_end in (False, True):
        memory = GuardedPages(at_end)
        check_products(model, 19, 17, 97, memory=memory)
        memory.close()


@pytest.mark.parametrize("a, w", [("binary", "binary"), ("ternary", "ternary")])
def test_blocks_of_bits(compile_model, folder, a, w):
    path = compile_model(scaled_text(a, w, 72), folder / f"bits-{a}.so")
    check_blocks(Artifact(path), a, w, 72, [(17, 17, 100), (40, 3, 72), (33, 16, 1281)])

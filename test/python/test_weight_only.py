"""Products of reals with codes, compiled, against the reference and NumPy."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pytest
from artifact import TARGETS, Artifact, GuardedPages, chain_text, compile_text, dense
from targets import lacks

pytestmark = pytest.mark.sampled

TABLE = np.array([-127, -90, -50, -31, -20, -9, -3, -1, 0, 2, 5, 11, 25, 60, 100, 127], np.int8)


class Product(NamedTuple):
    """`block` cuts rows and K, 0 being one scale for each row and for all of K."""

    code: str = "!lowbit.affine<4>"
    low: int = -8
    high: int = 7
    step: int = 1
    block: tuple[int, int] = (0, 0)
    scale: str = "f32"
    zero: str = ""  # none, or its type
    activations: str = "f32"
    per_layer: bool = False
    layout: str = "2bit"  # of ternary codes

    def groups(self, n: int, k: int) -> tuple[int, int]:
        rows = 1 if self.per_layer else -(-n // (self.block[0] or 1))
        return rows, -(-k // self.block[1]) if self.block[1] else 1


INT8 = {"code": "!lowbit.affine<8>", "low": -128, "high": 127}
UINT4 = {"code": "!lowbit.affine<4, unsigned>", "low": 0, "high": 15}
TERNARY = {"code": "!lowbit.ternary", "low": -1, "high": 1}

PRODUCTS = {
    "binary": Product("!lowbit.binary", -1, 1, 2),
    "binary_blocks": Product("!lowbit.binary", -1, 1, 2, (3, 20), activations="bf16"),
    "unipolar": Product("!lowbit.binary<unipolar>", 0, 1, per_layer=True, activations="bf16"),
    "ternary": Product(**TERNARY, per_layer=True),
    "ternary_blocks": Product(**TERNARY, block=(4, 16), scale="bf16", activations="bf16"),
    "ternary_odd_blocks": Product(**TERNARY, block=(0, 7)),
    "ternary_base3": Product(**TERNARY, layout="base3"),
    "ternary_base3_blocks": Product(**TERNARY, block=(0, 7), scale="f16", layout="base3"),
    "int1": Product("!lowbit.affine<1>", -1, 0, block=(2, 0), zero="f32"),
    "int2": Product("!lowbit.affine<2>", -2, 1, block=(16, 0), zero="i32"),
    "int3": Product("!lowbit.affine<3, narrow>", -3, 3, block=(0, 24), scale="f16"),
    "int4": Product(),
    "int4_block32": Product(block=(0, 32), scale="f16"),
    "int4_block1": Product(block=(0, 1), zero="i32"),
    "int4_blocks": Product(block=(16, 32), scale="bf16", zero="f32", activations="bf16"),
    "uint4": Product(**UINT4, zero="i32", activations="bf16"),
    "uint4_block30": Product(**UINT4, block=(0, 30), scale="f16", zero="i32"),
    "uint4_float": Product(**UINT4, block=(5, 32), zero="f32"),
    "int5": Product("!lowbit.affine<5>", -16, 15, block=(0, 64), scale="bf16"),
    "uint7": Product("!lowbit.affine<7, unsigned>", 0, 127, zero="f32"),
    "int8": Product(**INT8, activations="bf16"),
    "int8_block6": Product(**INT8, block=(0, 6), zero="i32"),
    "uint8": Product("!lowbit.affine<8, unsigned>", 0, 255, zero="i32", per_layer=True),
    "codebook1": Product("!lowbit.codebook<1>", 0, 1),
    "codebook3": Product("!lowbit.codebook<3>", 0, 7, block=(0, 32), scale="f16"),
    "codebook4": Product("!lowbit.codebook<4>", 0, 15, zero="i32", activations="bf16"),
}
EXTENTS = [
    *((1, 1, 1), (1, 33, 70), (2, 16, 64), (3, 65, 5), (4, 40, 31), (7, 129, 33), (13, 70, 96)),
    *((0, 5, 7), (5, 0, 7), (3, 5, 0), (26, 17, 130)),
]


def write_module(p: Product) -> str:
    """@main(activations, codes, scale[, zero point]), all extents dynamic."""
    rows, columns = ("1" if p.per_layer else "?"), ("?" if p.block[1] else "1")
    x = f"tensor<?x?x{p.activations}>"
    w = f"tensor<?x?x{p.code}>"
    s, z = (f"tensor<{rows}x{columns}x{element}>" for element in (p.scale, p.zero))
    arguments = [f"%x: {x}", "%c: tensor<?x?xi8>", f"%s: {s}"]
    text, types, lookup = "%x, %w scale %s", [x, w, s], ""
    if p.zero:
        arguments.append(f"%z: {z}")
        text += " zero_point %z"
        types.append(z)
    name = "%w"
    if "codebook" in p.code:
        name, types[1] = "%q", "tensor<?x?x!lowbit.affine<8>>"
        table = dense(TABLE[: p.high + 1], "i8")
        lookup = f"""
  %table = arith.constant {table}
  %w = lowbit.lookup %q in %table : ({w}, tensor<{p.high + 1}xi8>) -> {types[1]}"""
    if any(p.block):
        text += f" {{block_sizes = array<i64: {p.block[0]}, {p.block[1]}>}}"
    return f"""
func.func @main({", ".join(arguments)}) -> tensor<?x?xf32> {{
  {name} = lowbit.from_storage %c : tensor<?x?xi8> -> {w}{lookup}
  %y = lowbit.weight_only_matmul {text} : ({", ".join(types)}) -> tensor<?x?xf32>
  return %y : tensor<?x?xf32>
}}
"""


def round_to_bf16(values: np.ndarray) -> np.ndarray:
    """f32 whose low half is zero."""
    return (values.astype(np.float32).view(np.uint32) & 0xFFFF0000).view(np.float32)


def store(values: np.ndarray, element: str) -> np.ndarray:
    if element == "bf16":
        return (values.view(np.uint32) >> 16).astype(np.uint16)
    return values.astype({"f16": np.float16, "f32": np.float32, "i32": np.int32}[element])


class Operands(NamedTuple):
    """Inputs of @main, and the product in f64."""

    inputs: list[np.ndarray]
    expected: np.ndarray
    magnitude: np.ndarray  # the product of all magnitudes


def make_operands(p: Product, m: int, n: int, k: int) -> Operands:
    rng = np.random.default_rng([m, n, k])
    a = rng.standard_normal((m, k)).astype(np.float32)
    if p.activations == "bf16":
        a = round_to_bf16(a)
    codes = p.low + p.step * rng.integers((p.high - p.low) // p.step + 1, size=(n, k))
    groups = p.groups(n, k)
    # Exact in every scale type.
    scale = rng.integers(1, 128, groups).astype(np.float32) / 1024
    inputs = [store(a, p.activations), codes.astype(np.uint8).view(np.int8), store(scale, p.scale)]
    zero = np.zeros(groups)
    if p.zero == "i32":
        # Of a codebook, a level.
        low, high = (-128, 127) if "codebook" in p.code else (p.low, p.high)
        zero = rng.integers(low, high + 1, groups)
    elif p.zero:
        zero = rng.standard_normal(groups).astype(np.float32) * 3
    if p.zero:
        inputs.append(store(zero, p.zero))
    values = (TABLE[codes] if "codebook" in p.code else codes).astype(np.float64)
    row = np.zeros(n, int) if p.per_layer else np.arange(n) // (p.block[0] or 1)
    column = np.arange(k) // p.block[1] if p.block[1] else np.zeros(k, int)
    values = (values - zero[row][:, column]) * scale[row][:, column].astype(np.float64)
    wide = a.astype(np.float64)
    return Operands(inputs, wide @ values.T, np.abs(wide) @ np.abs(values.T))


@pytest.fixture(scope="module")
def build(tmp_path_factory):
    """The model of a product, compiled once with each list of options."""
    folder = tmp_path_factory.mktemp("weight_only")
    built: dict[tuple, Artifact] = {}

    def get(name: str, *options: str) -> Artifact:
        key = (name, *options)
        if key not in built:
            output = folder / f"model{len(built)}.so"
            options = (f"--ternary-layout={PRODUCTS[name].layout}", *options)
            built[key] = Artifact(compile_text(write_module(PRODUCTS[name]), output, *options))
        return built[key]

    return get


@pytest.mark.parametrize("name", PRODUCTS)
def test_same_bytes_as_the_reference(build, name):
    for extents in EXTENTS:
        operands = make_operands(PRODUCTS[name], *extents)
        (expected,) = build(name, "--reference").run(operands.inputs)
        assert expected.shape == extents[:2]
        error = np.abs(expected - operands.expected)
        assert np.all(error <= 1e-5 * operands.magnitude), extents
        for target in filter(lambda target: not lacks(target), TARGETS):
            (result,) = build(name, f"--target={target}").run(operands.inputs)
            assert result.tobytes() == expected.tobytes(), (target, extents)


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("name", ["int4_block32", "int8_block6", "ternary_odd_blocks"])
def test_values_that_are_not_finite(build, name, target):
    if lacks(target):
        pytest.skip(lacks(target))
    inputs = make_operands(PRODUCTS[name], 5, 40, 70).inputs
    inputs[0][0, 3] = np.nan
    inputs[0][1, 69] = np.inf
    inputs[0][2, [0, 5]] = [np.inf, -np.inf]
    inputs[0][3] = 3e38
    inputs[0][4] = np.float32(1e-45)
    (expected,) = build(name, "--reference").run(inputs)
    (result,) = build(name, f"--target={target}").run(inputs)
    assert np.isnan(expected[0]).all()
    assert not np.isfinite(expected[1]).all()
    np.testing.assert_array_equal(
        result.view(np.uint32)[~np.isnan(expected)], expected.view(np.uint32)[~np.isnan(expected)]
    )
    np.testing.assert_array_equal(np.isnan(result), np.isnan(expected))


@pytest.mark.parametrize("at_end", [True, False])
@pytest.mark.parametrize("name", ["codebook4", "int8_block6", "uint4_block30"])
def test_reads_nothing_beside_its_operands(build, name, at_end):
    operands = make_operands(PRODUCTS[name], 7, 65, 31)
    memory = GuardedPages(at_end)
    (result,) = build(name).run(operands.inputs, memory)
    assert np.all(np.abs(result - operands.expected) <= 1e-5 * operands.magnitude)
    memory.close()


# Encoding, and the most that weights quantized so may change the outputs, relatively.
ENCODINGS = {
    "int8": 0.02,
    "int4:block=32,scale=f16,zero-point=int": 0.2,
    "uint4:block=16,zero-point=float": 0.2,
    "int3:granularity=layer": 0.8,
    "ternary:mse,block=16,block-rows=4": 0.8,
    "binary:planes=3": 0.5,
    "codebook4:block=32,scale=bf16": 0.2,
}


def run_chain(folder, options: list[str]) -> list[np.ndarray]:
    extents = [70, 37, 5]
    x = np.random.default_rng(3).standard_normal((19, extents[0])).astype(np.float32)
    output = folder / f"model{len(list(folder.iterdir()))}.so"
    text = chain_text(extents, name="main")
    model = Artifact(compile_text(text, output, "--no-fallback", *options))
    return [model.run([x[:m]])[0] for m in (1, 4, 19)]


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_models_with_float_activations(tmp_path, encoding):
    options = [f"--weights={encoding}", "--activations=float"]
    expected = run_chain(tmp_path, [*options, "--reference"])
    for target in filter(lambda target: not lacks(target), TARGETS):
        results = run_chain(tmp_path, [*options, f"--target={target}"])
        for result, right in zip(results, expected):
            assert result.tobytes() == right.tobytes(), target
    exact = run_chain(tmp_path, ["--reference"])[-1]
    error = np.linalg.norm(expected[-1] - exact) / np.linalg.norm(exact)
    assert 0 < error < ENCODINGS[encoding]


def test_a_layer_of_its_own(tmp_path):
    both = run_chain(tmp_path, ["--weights=int4", "--activations=float"])
    one = run_chain(tmp_path, ["--weights=int4", "--layers=fc1=int4/float"])
    none = run_chain(tmp_path, ["--weights=int4"])
    exact = run_chain(tmp_path, ["--weights=int4", "--layers=fc1=int4/float;fc2=int4/float"])
    assert exact[-1].tobytes() == both[-1].tobytes()
    assert len({run[-1].tobytes() for run in (both, one, none)}) == 3


def test_bf16_activations(tmp_path):
    rng = np.random.default_rng(7)
    weights = round_to_bf16(rng.standard_normal((70, 37)))
    x = round_to_bf16(rng.standard_normal((5, 70)))
    text = f"""
func.func @main(%x: tensor<?x70xbf16>) -> tensor<?x37xf32> {{
  %c0 = arith.constant 0 : index
  %zero = arith.constant 0.0 : f32
  %m = tensor.dim %x, %c0 : tensor<?x70xbf16>
  %w = arith.constant {dense(store(weights, "bf16"), "bf16")}
  %e = tensor.empty(%m) : tensor<?x37xf32>
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<?x37xf32>) -> tensor<?x37xf32>
  %y = linalg.matmul ins(%x, %w : tensor<?x70xbf16>, tensor<70x37xbf16>)
    outs(%f : tensor<?x37xf32>) -> tensor<?x37xf32>
  return %y : tensor<?x37xf32>
}}
"""

    def run(*options: str) -> np.ndarray:
        output = tmp_path / f"model{len(list(tmp_path.iterdir()))}.so"
        model = Artifact(compile_text(text, output, "--no-fallback", *options))
        return model.run([store(x, "bf16")])[0]

    options = ["--weights=int8", "--activations=float"]
    expected, exact = run(*options, "--reference"), x @ weights
    assert 0 < np.linalg.norm(expected - exact) / np.linalg.norm(exact) < 0.02
    for target in filter(lambda target: not lacks(target), TARGETS):
        assert run(*options, f"--target={target}").tobytes() == expected.tobytes(), target


def write_convolution(weights: np.ndarray) -> str:
    """@main: 3x3 windows of padded images with 3 channels."""
    shape = "x".join(map(str, weights.shape))
    return f"""
func.func @main(%x: tensor<?x6x5x3xf32>) -> tensor<?x6x5x9xf32> {{
  %c0 = arith.constant 0 : index
  %zero = arith.constant 0.0 : f32
  %n = tensor.dim %x, %c0 : tensor<?x6x5x3xf32>
  %w = arith.constant {dense(weights, "f32")}
  %p = tensor.pad %x low[0, 1, 1, 0] high[0, 1, 1, 0] {{
  ^bb0(%i: index, %h: index, %c: index, %k: index):
    tensor.yield %zero : f32
  }} : tensor<?x6x5x3xf32> to tensor<?x8x7x3xf32>
  %e = tensor.empty(%n) : tensor<?x6x5x9xf32>
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<?x6x5x9xf32>) -> tensor<?x6x5x9xf32>
  %y = linalg.conv_2d_nhwc_hwcf ins(%p, %w : tensor<?x8x7x3xf32>, tensor<{shape}xf32>)
    outs(%f : tensor<?x6x5x9xf32>) -> tensor<?x6x5x9xf32> loc("conv")
  return %y : tensor<?x6x5x9xf32>
}}
"""


def test_convolutions(tmp_path):
    rng = np.random.default_rng(5)
    text = write_convolution(rng.standard_normal((3, 3, 3, 9)).astype(np.float32))
    x = rng.standard_normal((2, 6, 5, 3)).astype(np.float32)

    def run(*options: str) -> np.ndarray:
        output = tmp_path / f"model{len(list(tmp_path.iterdir()))}.so"
        return Artifact(compile_text(text, output, "--no-fallback", *options)).run([x])[0]

    options = ["--weights=int4:block=16", "--activations=float"]
    expected, exact = run(*options, "--reference"), run("--reference")
    assert 0 < np.linalg.norm(expected - exact) / np.linalg.norm(exact) < 0.2
    for target in filter(lambda target: not lacks(target), TARGETS):
        assert run(*options, f"--target={target}").tobytes() == expected.tobytes(), target

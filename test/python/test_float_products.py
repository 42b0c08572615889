"""Products of reals, compiled, against NumPy in f64."""

from __future__ import annotations

import ctypes
import itertools

import aarch64
import numpy as np
import pytest
from artifact import (
    ERROR_SHAPE,
    TARGETS,
    Artifact,
    GuardedPages,
    ParallelFor,
    StatusError,
    Task,
    chain_text,
    compile_text,
    dense,
    lacks,
)

pytestmark = pytest.mark.sampled

FUSED_TARGETS = [target for target in TARGETS if target != "generic"]
ROWS = [0, 1, 2, 15, 16, 17, 128]
EXTENTS = [
    *((1, 1), (1, 100), (15, 17), (16, 16), (17, 15), (33, 1), (100, 1000), (1000, 100)),
    *((0, 5), (5, 0), (64, 129), (79, 128)),
]
# Weights are `N x K` or `K x N`.
FORMS = {"rows": "(m, n, k) -> (n, k)", "columns": "(m, n, k) -> (k, n)"}


def to_bf16(values: np.ndarray) -> np.ndarray:
    """The bits of f32 cut to bf16."""
    return (np.float32(values).view(np.uint32) >> 16).astype(np.uint16)


def from_bf16(bits: np.ndarray) -> np.ndarray:
    return (bits.astype(np.uint32) << 16).view(np.float32)


def store(values: np.ndarray, element: str) -> np.ndarray:
    return to_bf16(values) if element == "bf16" else np.float32(values)


def load(array: np.ndarray) -> np.ndarray:
    return (from_bf16(array) if array.dtype == np.uint16 else array).astype(np.float64)


def write_module(form: str, element: str, weights: str = "") -> str:
    """@main(activations[, weights], init), all extents dynamic."""
    x, w, y = "tensor<?x?xf32>", f"tensor<?x?x{element}>", "tensor<?x?xf32>"
    argument, constant = f" %w: {w},", ""
    if weights:
        argument, constant, w = "", f"\n  %w = arith.constant {weights}", weights.split(" : ")[1]
    return f"""
#rows = affine_map<(m, n, k) -> (m, k)>
#weights = affine_map<{FORMS[form]}>
#result = affine_map<(m, n, k) -> (m, n)>
func.func @main(%x: {x},{argument} %init: {y}) -> {y} {{{constant}
  %y = linalg.matmul indexing_maps = [#rows, #weights, #result]
    ins(%x, %w : {x}, {w}) outs(%init : {y}) -> {y}
  return %y : {y}
}}
"""


NARROW_TEXT = """
func.func @main(%x: tensor<?x?xbf16>, %w: tensor<?x?xbf16>, %init: tensor<?x?xf32>)
    -> tensor<?x?xf32> {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %n = tensor.dim %w, %c0 : tensor<?x?xbf16>
  %k = tensor.dim %w, %c1 : tensor<?x?xbf16>
  %panels = affine.apply affine_map<(d0) -> (d0 ceildiv 16)>(%n)
  %depth = affine.apply affine_map<(d0) -> (d0 * 16)>(%k)
  %e = tensor.empty(%panels, %depth) : tensor<?x?xbf16>
  %p = lowbit.pack_floats %w into %e : (tensor<?x?xbf16>, tensor<?x?xbf16>) -> tensor<?x?xbf16>
  %y = lowbit.packed_float_matmul %x, %p into %init
    : (tensor<?x?xbf16>, tensor<?x?xbf16>, tensor<?x?xf32>) -> tensor<?x?xf32>
  return %y : tensor<?x?xf32>
}
"""


class Product:
    """Operands of @main, and what the sum of `M x K` by `N x K` may be."""

    def __init__(self, form: str, element: str, m: int, n: int, k: int, x=None):
        draw = np.random.default_rng([m, n, k]).standard_normal
        x = np.float32(draw((m, k))) if x is None else x
        init = np.float32(draw((m, n)))
        shape = (n, k) if form == "rows" else (k, n)
        self.weights = store(np.random.default_rng([n, k]).standard_normal(shape), element)
        self.inputs = [x, self.weights, init]
        wide = load(self.weights)
        wide = wide.T if form == "rows" else wide
        self.expected = init + x.astype(np.float64) @ wide
        magnitude = np.abs(init) + np.abs(x).astype(np.float64) @ np.abs(wide)
        self.tolerance = 2 * k * 2.0**-24 * magnitude

    def check(self, result: np.ndarray, what) -> None:
        assert result.shape == self.expected.shape
        assert np.all(np.abs(result - self.expected) <= self.tolerance), what


@pytest.fixture(scope="module")
def build(tmp_path_factory):
    """A module compiled for a target, once."""
    folder = tmp_path_factory.mktemp("float_products")
    built: dict[tuple, Artifact] = {}

    def build(text: str, target: str) -> Artifact:
        if missing := lacks(target):
            pytest.skip(f"this processor lacks {missing}")
        if (text, target) not in built:
            output = folder / f"model{len(built)}.so"
            built[text, target] = Artifact(compile_text(text, output, f"--target={target}"))
        return built[text, target]

    return build


@pytest.mark.parametrize("element", ["f32", "bf16"])
@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("target", TARGETS)
def test_weights_of_run_time(build, target, form, element):
    model = build(write_module(form, element), target)
    for m, (n, k) in itertools.product(ROWS, EXTENTS):
        product = Product(form, element, m, n, k)
        product.check(model.run(product.inputs)[0], (m, n, k))


@pytest.mark.parametrize("element", ["f32", "bf16"])
@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("target", TARGETS)
def test_constant_weights(build, target, form, element):
    n, k = 133, 150
    weights = dense(Product(form, element, 1, n, k).weights, element)
    model = build(write_module(form, element, weights), target)
    for m in ROWS:
        product = Product(form, element, m, n, k)
        x, _, init = product.inputs
        product.check(model.run([x, init])[0], m)


@pytest.mark.parametrize("target", TARGETS)
def test_activations_in_bf16(build, target):
    model = build(NARROW_TEXT, target)
    for m, (n, k) in itertools.product(ROWS, EXTENTS):
        product = Product("rows", "bf16", m, n, k)
        x = to_bf16(product.inputs[0])
        product = Product("rows", "bf16", m, n, k, from_bf16(x))
        product.check(model.run([x, *product.inputs[1:]])[0], (m, n, k))


@pytest.mark.parametrize("element", ["f32", "bf16"])
def test_same_bytes_with_fused_products(build, element):
    """However the tiles are, and whichever rows are beside a row."""
    text = write_module("rows", element)
    product = Product("rows", element, 128, 100, 300)
    x, w, init = product.inputs
    expected = build(text, "x86-avx512vnni").run(product.inputs)[0].tobytes()
    for target in FUSED_TARGETS:
        if lacks(target):
            continue
        model = build(text, target)
        for step in (1, 7, 128):
            parts = [
                model.run([x[i : i + step], w, init[i : i + step]])[0] for i in range(0, 128, step)
            ]
            assert np.concatenate(parts).tobytes() == expected, (target, step)


def run_backwards(_, count, task, data):
    """The last part first, each alone."""
    function = ctypes.cast(task, Task)
    for i in reversed(range(count)):
        function(data, i, i + 1)


def test_same_bytes_in_any_order(build):
    product = Product("rows", "f32", 20, 1000, 300)
    model = build(write_module("rows", "f32"), "x86-avx512vnni")
    (expected,) = model.run(product.inputs)
    (result,) = model.run(product.inputs, parallel_for=ParallelFor(run_backwards))
    assert result.tobytes() == expected.tobytes()


@pytest.mark.parametrize("element", ["f32", "bf16"])
@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("m", [1, 5, 20])
def test_special_values(build, target, element, m):
    n, k = 20, 40
    x, w, init = np.ones((m, k), np.float32), np.ones((n, k)), np.zeros((m, n), np.float32)
    x[0, 3] = 0
    w[0, 3] = np.inf  # 0 * inf
    w[1, 39] = np.nan
    w[2, 5] = -np.inf
    w[3, [5, 6]] = [np.inf, -np.inf]
    w[4], w[5] = -0.0, 2.0**-130  # a denormal in both types
    init[-1, 19] = np.nan
    model = build(write_module("rows", element), target)
    (result,) = model.run([x, store(w, element), init])
    assert np.isnan(result[:, 1]).all() and np.isnan(result[:, 3]).all()
    assert np.isnan(result[0, 0]) and np.isposinf(result[1:, 0]).all()
    assert np.isneginf(result[:, 2]).all()
    assert np.all(result[:, 4] == 0)
    denormals = result[:, 5].astype(np.float64) / 2.0**-130
    np.testing.assert_array_equal(denormals, x.sum(axis=1))
    assert np.isnan(result[-1, 19])
    assert np.all(result[:, 6:19] == x.sum(axis=1, keepdims=True))


@pytest.mark.parametrize("at_end", [True, False])
@pytest.mark.parametrize("form", FORMS)
def test_reads_nothing_beside_its_operands(build, form, at_end):
    for extents in ((1, 37, 20), (7, 37, 16), (19, 16, 33)):
        product = Product(form, "f32", *extents)
        memory = GuardedPages(at_end)
        model = build(write_module(form, "f32"), "x86-avx512vnni")
        product.check(model.run(product.inputs, memory)[0], extents)
        memory.close()


# Maps of both operands and the result, and the operand that is constant.
CONTRACTIONS = {
    "batch": ("bmk, bkn -> bmn", -1),
    "batch_transposed": ("bmk, bnk -> bmn", -1),
    "batch_of_constants": ("bmk, bkn -> bmn", 1),
    "heads": ("bmhk, bnhk -> bhmn", -1),
    "heads_back": ("bhmk, bkhn -> bmhn", -1),
    "images": ("bhmk, kn -> bhmn", 1),
    "columns_first": ("kn, km -> nm", 1),
    "matrix_by_vector": ("nk, k -> n", 0),
    "vector_by_matrix": ("k, kn -> n", 1),
    "several_columns": ("mk, hnk -> mhn", 1),
    "several_depths": ("mbk, bnk -> mn", 1),
    "swapped": ("nk, mk -> mn", 0),
    "one_row_at_run_time": ("k, kn -> n", -1),
    "outer": ("mk, nk -> nm", -1),
}
SIZES = {"b": 3, "h": 2, "m": 19, "n": 21, "k": 37}


def run_contraction(build, name: str, arrays: list[np.ndarray]) -> np.ndarray:
    """The sum of products of two arrays, added to the third."""
    equation, constant = CONTRACTIONS[name]
    operands = equation.replace("->", ",").replace(" ", "").split(",")
    loops = [d for d in "bhmnk" if d in "".join(operands)]
    kinds = ", ".join('"parallel"' if d in operands[2] else '"reduction"' for d in loops)
    maps = ", ".join(f"affine_map<({', '.join(loops)}) -> ({', '.join(d)})>" for d in operands)
    types = [f"tensor<{'x'.join('?' * len(dims))}xf32>" for dims in operands]
    arguments = ", ".join(f"%a{i}: {type}" for i, type in enumerate(types) if i != constant)
    body = ""
    if constant >= 0:
        text = dense(arrays[constant], "f32")
        types[constant] = text.split(" : ")[1]
        body = f"\n  %a{constant} = arith.constant {text}"
    text = f"""
func.func @main({arguments}) -> {types[2]} {{{body}
  %y = linalg.generic {{indexing_maps = [{maps}], iterator_types = [{kinds}]}}
      ins(%a0, %a1 : {types[0]}, {types[1]}) outs(%a2 : {types[2]}) {{
  ^bb0(%first: f32, %second: f32, %sum: f32):
    %product = arith.mulf %first, %second : f32
    %next = arith.addf %sum, %product : f32
    linalg.yield %next : f32
  }} -> {types[2]}
  return %y : {types[2]}
}}
"""
    model = build(text, "x86-avx512vnni")
    return model.run([array for i, array in enumerate(arrays) if i != constant])[0]


@pytest.mark.parametrize("name", CONTRACTIONS)
def test_contractions(build, name):
    equation, _ = CONTRACTIONS[name]
    operands = equation.replace("->", ",").replace(" ", "").split(",")
    rng = np.random.default_rng(5)
    arrays = [rng.standard_normal([SIZES[d] for d in dims]).astype(np.float32) for dims in operands]
    result = run_contraction(build, name, arrays)
    first, second, init = (array.astype(np.float64) for array in arrays)
    equation = equation.replace(" ", "")
    expected = init + np.einsum(equation, first, second)
    magnitude = np.abs(init) + np.einsum(equation, np.abs(first), np.abs(second))
    assert np.all(np.abs(result - expected) <= 2 * 111 * 2.0**-24 * magnitude)


def test_result_in_bf16(build):
    """Rounded once, from f32."""
    rng = np.random.default_rng(6)
    x, w = (to_bf16(rng.standard_normal(shape)) for shape in ((9, 50), (50, 30)))
    init = to_bf16(np.zeros((9, 30)))
    text = """
func.func @main(%x: tensor<?x?xbf16>, %w: tensor<?x?xbf16>, %i: tensor<?x?xbf16>)
    -> tensor<?x?xbf16> {
  %y = linalg.matmul ins(%x, %w : tensor<?x?xbf16>, tensor<?x?xbf16>)
      outs(%i : tensor<?x?xbf16>) -> tensor<?x?xbf16>
  return %y : tensor<?x?xbf16>
}
"""
    (result,) = build(text, "x86-avx512vnni").run([x, w, init])
    exact = load(x) @ load(w)
    error = np.abs(load(result) - exact)
    magnitude = np.abs(load(x)) @ np.abs(load(w))
    assert np.all(error <= 2.0**-8 * np.abs(exact) + 100 * 2.0**-24 * magnitude)


@pytest.mark.parametrize("name", ["batch", "heads_back", "outer"])
def test_extents_that_do_not_fit(build, name):
    equation, _ = CONTRACTIONS[name]
    operands = equation.replace("->", ",").replace(" ", "").split(",")
    for d, which in itertools.product("bhmnk", range(3)):
        if d not in operands[which]:
            continue
        arrays = [
            np.zeros([SIZES[e] + (e == d and i == which) for e in dims], np.float32)
            for i, dims in enumerate(operands)
        ]
        with pytest.raises(StatusError) as error:
            run_contraction(build, name, arrays)
        assert error.value.code == ERROR_SHAPE, (d, which)


@pytest.mark.parametrize("target", ["arm-dotprod", "arm-i8mm"])
def test_same_bytes_on_arm(tmp_path, build, target):
    if missing := aarch64.lacks():
        pytest.skip(f"this machine lacks {missing}")
    text = chain_text([70, 133, 18], name="main")
    rng = np.random.default_rng(8)
    inputs = [rng.standard_normal((m, 70)).astype(np.float32) for m in (1, 3, 17)]
    expected = [build(text, "x86-avx2").run([x])[0].tobytes() for x in inputs]
    emulator = aarch64.Emulator(tmp_path)
    path = compile_text(text, tmp_path / "model.o", f"--target={target}", "--emit=obj")
    assert emulator.run(emulator.link(path, "main"), inputs) == b"".join(expected)

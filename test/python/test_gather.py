"""Rows of quantized tables: compiled, against NumPy and the reference, to the bit."""

from __future__ import annotations

import json
from typing import NamedTuple

import numpy as np
import pytest
from artifact import TARGETS, Artifact, compile_text, dense
from targets import lacks

# Element type, lowest and highest code, step; how many levels the table of a codebook has.
CODES = {
    "binary": ("!lowbit.binary", -1, 1, 2),
    "unipolar": ("!lowbit.binary<unipolar>", 0, 1, 1),
    "ternary": ("!lowbit.ternary", -1, 1, 1),
    "int2": ("!lowbit.affine<2>", -2, 1, 1),
    "int3": ("!lowbit.affine<3, narrow>", -3, 3, 1),
    "uint4": ("!lowbit.affine<4, unsigned>", 0, 15, 1),
    "int5": ("!lowbit.affine<5>", -16, 15, 1),
    "int8": ("!lowbit.affine<8>", -128, 127, 1),
    "uint8": ("!lowbit.affine<8, unsigned>", 0, 255, 1),
    "int12": ("!lowbit.affine<12>", -2048, 2047, 1),
    "codebook1": ("!lowbit.codebook<1>", 0, 1, 1),
    "codebook3": ("!lowbit.codebook<3>", 0, 7, 1),
    "codebook8": ("!lowbit.codebook<8>", 0, 255, 1),
}
# Codes per scale along rows and columns (0: all), type of the scale, of the zero point.
PARAMETERS = [
    (0, 0, "f32", ""),
    (1, 0, "f32", "i32"),
    (3, 0, "f16", "f32"),
    (1, 16, "f16", ""),
    (0, 32, "bf16", "i32"),
    (2, 5, "f32", "f32"),
    (1, 1, "f32", ""),
]
SHAPES = [(1, 1), (7, 37), (5, 64), (3, 127), (0, 4), (4, 0)]
INDICES = {
    "i": ("?x3xi64", np.array([[0, 1, 2], [3, -1, 6], [7, -(2**63), 2**63 - 1]], np.int64)),
    "j": ("?xi32", np.array([6, 0, -5, 2**31 - 1, -(2**31), 4], np.int32)),
    "k": ("i64", np.array(2, np.int64)),
}
OPTIONS = ["--reference", *(f"--target={t}" for t in TARGETS if not lacks(t))]


class Case(NamedTuple):
    """A gather, the name of its result, and what it is to give."""

    text: str
    result: str
    type: str
    expected: np.ndarray


def scale_bits(scale: np.ndarray, element: str) -> np.ndarray:
    if element == "bf16":
        return (scale.view(np.uint32) >> 16).astype(np.uint16)
    return scale.astype(np.float16 if element == "f16" else np.float32)


def expand(parameter: np.ndarray, blocks: list[int], shape: tuple[int, int]) -> np.ndarray:
    """The parameter of each element of a table."""
    for axis, (block, extent) in enumerate(zip(blocks, shape)):
        repeats = block or max(1, extent)
        parameter = np.repeat(parameter, repeats, axis).take(range(extent), axis)
    return parameter


def make_case(number: int, name: str, parameters: tuple, shape: tuple[int, int]) -> Case:
    rng = np.random.default_rng(number)
    code, low, high, step = CODES[name]
    rows, columns, scale_type, zero_type = parameters
    if "affine" not in code or "narrow" in code:
        zero_type = ""
    storage = np.int16 if name == "int12" else np.int8
    codes = low + step * rng.integers(0, (high - low) // step + 1, shape)
    groups = tuple(-(-n // b) if b else 1 for n, b in zip(shape, (rows, columns)))
    # Few bits, so that every type of scale holds them.
    scale = (rng.integers(1, 128, groups) / 64).astype(np.float32)
    blocks = [rows, columns]
    table_type = f"{shape[0]}x{shape[1]}x"
    storage_name = f"i{8 * np.dtype(storage).itemsize}"
    text = [
        f"  %c{number} = lowbit.constant {dense(codes.astype(storage), storage_name)}"
        f" -> tensor<{table_type}{code}>"
    ]
    table, levels = f"%c{number}", codes
    if "codebook" in name:
        entries = rng.integers(-128, 128, high + 1).astype(np.int8)
        levels, table = entries[codes].astype(int), f"%t{number}"
        text += [
            f"  %l{number} = arith.constant {dense(entries, 'i8')}",
            f"  %t{number} = lowbit.lookup %c{number} in %l{number} : (tensor<{table_type}{code}>,"
            f" tensor<{len(entries)}xi8>) -> tensor<{table_type}!lowbit.affine<8>>",
        ]
        code = "!lowbit.affine<8>"
    group_type = f"{groups[0]}x{groups[1]}x"
    bits = dense(scale_bits(scale, scale_type), scale_type)
    text.append(f"  %s{number} = arith.constant {bits}")
    full_scale = expand(scale, blocks, shape)
    types, zero_text = f"tensor<{group_type}{scale_type}>", ""
    if zero_type == "i32":
        zero = rng.integers(low, high + 1, groups).astype(np.int32)
        reals = full_scale * (levels - expand(zero, blocks, shape)).astype(np.float32)
    elif zero_type == "f32":
        zero = rng.standard_normal(groups).astype(np.float32)
        reals = full_scale * (levels.astype(np.float32) - expand(zero, blocks, shape))
    else:
        reals = full_scale * levels.astype(np.float32)
    if zero_type:
        text.append(f"  %z{number} = arith.constant {dense(zero, zero_type)}")
        zero_text = f" zero_point %z{number}"
        types += f", tensor<{group_type}{zero_type}>"
    argument = list(INDICES)[number % len(INDICES)]
    index_type, indices = INDICES[argument]
    prefix = index_type[: index_type.rindex("i")]
    result = f"tensor<{prefix}{shape[1]}xf32>"
    text.append(
        f"  %y{number} = lowbit.gather {table}[%{argument}] scale %s{number}{zero_text}"
        f" {{block_sizes = array<i64: {rows}, {columns}>}} : (tensor<{table_type}{code}>,"
        f" tensor<{index_type}>, {types}) -> {result}"
    )
    if shape[0]:
        expected = reals[np.clip(indices, 0, shape[0] - 1)]
    else:
        expected = np.zeros((*indices.shape, shape[1]), np.float32)
    return Case("\n".join(text), f"%y{number}", result, expected)


def module_text(arguments: str, cases: list[Case]) -> str:
    types = ", ".join(case.type for case in cases)
    values = ", ".join(case.result for case in cases)
    body = "\n".join(case.text for case in cases)
    return (
        f"func.func @main({arguments}) -> ({types}) {{\n{body}\n  return {values} : {types}\n}}\n"
    )


@pytest.fixture(scope="module")
def cases():
    """All codes by all parameters, over all shapes."""
    pairs = [(name, parameters) for name in CODES for parameters in PARAMETERS]
    return [
        make_case(i, name, parameters, SHAPES[i % len(SHAPES)])
        for i, (name, parameters) in enumerate(pairs)
    ]


@pytest.mark.parametrize("half", [0, 1])
@pytest.mark.parametrize("options", OPTIONS)
def test_rows_are_those_that_numpy_dequantizes(tmp_path, cases, options, half):
    cases = cases[half::2]
    arguments = ", ".join(f"%{name}: tensor<{type}>" for name, (type, _) in INDICES.items())
    model = Artifact(compile_text(module_text(arguments, cases), tmp_path / "model.so", options))
    outputs = model.run([indices for _, indices in INDICES.values()])
    assert len(outputs) == len(cases)
    for case, output in zip(cases, outputs):
        assert output.shape == case.expected.shape, case.text
        assert output.tobytes() == case.expected.tobytes(), case.text


@pytest.mark.parametrize("rows", [0, 1, 3])
def test_tables_of_run_time(tmp_path, rows):
    text = """func.func @main(%t: tensor<?x5xi8>, %i: tensor<?xi64>) -> tensor<?x5xf32> {
  %c = lowbit.from_storage %t : tensor<?x5xi8> -> tensor<?x5x!lowbit.affine<8>>
  %s = arith.constant dense<0.5> : tensor<1x1xf32>
  %y = lowbit.gather %c[%i] scale %s
      : (tensor<?x5x!lowbit.affine<8>>, tensor<?xi64>, tensor<1x1xf32>) -> tensor<?x5xf32>
  return %y : tensor<?x5xf32>
}
"""
    table = np.arange(5 * rows, dtype=np.int8).reshape(rows, 5)
    indices = np.array([0, 2, -1, 9])
    expected = np.zeros((4, 5), np.float32)
    if rows:
        expected = table[np.clip(indices, 0, rows - 1)] * np.float32(0.5)
    model = Artifact(compile_text(text, tmp_path / "model.so"))
    np.testing.assert_array_equal(model.run([table, indices])[0], expected)


# Encodings of float tables, and the most that rows quantized so may be off, relatively.
ENCODINGS = {
    "int8": 0.01,
    "uint8:zero-point=float": 0.01,
    "int4:block=32,scale=f16": 0.15,
    "uint4:block=16": 0.15,
    "int3:granularity=layer": 0.5,
    "ternary": 0.7,
    "binary": 0.7,
    "binary:planes=3": 0.4,
    "codebook4": 0.15,
    "codebook6:block=32": 0.1,
}
GATHER = """  %y{i} = linalg.generic {{
      indexing_maps = [affine_map<(i, d) -> (i)>, affine_map<(i, d) -> (i, d)>],
      iterator_types = ["parallel", "parallel"]}}
      ins(%i : tensor<?xi64>) outs(%e : tensor<?x70xf32>) attrs = {{{attribute}}} {{
  ^bb0(%index: i64, %out: f32):
    %r = arith.index_cast %index : i64 to index
    %d = linalg.index 1 : index
    %x = tensor.extract %t[%r, %d] : tensor<11x70xf32>
    linalg.yield %x : f32
  }} -> tensor<?x70xf32> loc("embed{i}")
"""
EMPTY = """  %c0 = arith.constant 0 : index
  %m = tensor.dim %i, %c0 : tensor<?xi64>
  %e = tensor.empty(%m) : tensor<?x70xf32>
"""


def float_table() -> np.ndarray:
    return np.random.default_rng(5).standard_normal((11, 70)).astype(np.float32)


def test_float_tables_are_quantized(tmp_path):
    table = float_table()
    body = "".join(
        GATHER.format(i=i, attribute=f'lowbit.weights = "{encoding}"')
        for i, encoding in enumerate(ENCODINGS)
    )
    result = ", ".join(["tensor<?x70xf32>"] * len(ENCODINGS))
    values = ", ".join(f"%y{i}" for i in range(len(ENCODINGS)))
    text = (
        f"func.func @main(%i: tensor<?xi64>) -> ({result}) {{\n"
        f"  %t = arith.constant {dense(table, 'f32')}\n{EMPTY}{body}"
        f"  return {values} : {result}\n}}\n"
    )
    indices = np.array([10, 0, 3, 3])
    outputs = {}
    for options in OPTIONS:
        model = Artifact(compile_text(text, tmp_path / "model.so", options))
        outputs[options] = model.run([indices])
    rows = table[indices]
    for i, (encoding, bound) in enumerate(ENCODINGS.items()):
        expected = outputs["--reference"][i]
        error = np.linalg.norm(expected - rows) / np.linalg.norm(rows)
        assert 0 < error < bound, encoding
        for options, results in outputs.items():
            assert results[i].tobytes() == expected.tobytes(), (encoding, options)


TIED = """func.func @main(%i: tensor<?xi64>) -> tensor<?x11xf32> {{
  %t = arith.constant {table}
{empty}{gather}
  %zero = arith.constant 0.0 : f32
  %o = tensor.empty(%m) : tensor<?x11xf32>
  %init = linalg.fill ins(%zero : f32) outs(%o : tensor<?x11xf32>) -> tensor<?x11xf32>
  %logits = linalg.matmul indexing_maps = [affine_map<(m, n, k) -> (m, k)>,
      affine_map<(m, n, k) -> (n, k)>, affine_map<(m, n, k) -> (m, n)>]
      ins(%y0, %t : tensor<?x70xf32>, tensor<11x70xf32>)
      outs(%init : tensor<?x11xf32>) -> tensor<?x11xf32> loc("head")
  return %logits : tensor<?x11xf32>
}}
"""


def test_a_table_that_a_matmul_shares_is_packed_for_each(tmp_path):
    table = float_table()
    gather = GATHER.format(i=0, attribute="")
    text = TIED.format(table=dense(table, "f32"), empty=EMPTY, gather=gather)
    indices = np.arange(11)
    options = ("--layers=embed0=int4;head=int8",)
    outputs = {}
    for target in OPTIONS:
        model = Artifact(compile_text(text, tmp_path / "model.so", target, *options))
        outputs[target] = model.run([indices])[0]
    assert len({output.tobytes() for output in outputs.values()}) == 1
    exact = table @ table.T
    assert np.abs(outputs["--reference"] - exact).max() < 0.2 * np.abs(exact).max()
    assert (outputs["--reference"].argmax(1) == indices).all()

    layers = json.loads((tmp_path / "model.json").read_text())["layers"]
    embed, head = ({key: layer[key] for key in layer if key != "error_bound"} for layer in layers)
    # A row of 35 bytes and a scale.
    assert embed == {
        "name": "embed0",
        "encoding": "affine<4, narrow>",
        "n": 11,
        "k": 70,
        "payload_bytes": 385,
        "overhead_bytes": 44,
    }
    assert (head["name"], head["payload_bytes"]) == ("head", 770)


def test_float_gathers_are_records_too(tmp_path):
    text = TIED.format(
        table=dense(float_table(), "f32"), empty=EMPTY, gather=GATHER.format(i=0, attribute="")
    )
    compile_text(text, tmp_path / "model.so")
    layers = json.loads((tmp_path / "model.json").read_text())["layers"]
    assert [(layer["name"], layer["encoding"], layer["payload_bytes"]) for layer in layers] == [
        ("embed0", "f32", 3080),
        ("head", "f32", 3080),
    ]

"""`lowbit.pack` of constants and of inputs: the bytes that the layout's text defines."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from check import Report, Result, difference, load_models
from configurations import CODES, GROUP, Code, Configuration
from models import Compiler
from module_text import (
    write_bits_to_bf16,
    write_code_constant,
    write_constant,
    write_from_storage,
    write_resource,
)
from operands import Shape, make_operands
from pairwise import cover_pairs

SIZES = [(65, 127), (17, 64), (64, 65), (1, 3), (130, 100)]
VALUES = [
    ["ternary", "base3", "binary", "int2", "int3", "int4", "int5", "int6", "int7", "int8", "uint8"],
    ["none", "f32", "f16", "bf16"],
    [0, 30, 32],
    ["channel", "layer", "group"],
    [0, 1, 2],  # terms
    [False, True],  # offset
    [0, 1, 2, 3, 4],  # of SIZES
]


class PackCase(NamedTuple):
    """Weights and the vectors that are packed with them."""

    weights: str
    scale: str
    block: int
    scale_rows: str
    terms: int
    offset: bool
    size: int

    @property
    def name(self) -> str:
        return "pack/" + "/".join(map(str, self))

    @property
    def code(self) -> Code:
        return CODES[self.weights]

    @property
    def bits(self) -> int:
        """Of a field."""
        levels = (self.code.high - self.code.low) // self.code.step + 1
        return (levels - 1).bit_length()

    @property
    def planes(self) -> list[int]:
        """The powers of two that add up to the bits, the largest first."""
        return [bits for bits in (8, 4, 2, 1) if self.bits & bits]

    @property
    def rows_per_lane(self) -> int:
        return 5 if self.code.radix == 3 else 8 // self.planes[-1]

    @property
    def layout(self) -> str:
        """The parameters of #lowbit.layout."""
        text = f"field_bits = {self.bits}, code_offset = {-self.code.low}"
        text += f", code_step = {self.code.step}, block = {self.block}"
        if self.scale != "none":
            text += f", scale = {self.scale}"
        text += f", terms = {self.terms}, offset = {str(self.offset).lower()}"
        return text + f", radix = {self.code.radix}"


def is_valid(row: tuple) -> bool:
    """Whether the layout allows it: an offset and rows of scales need scales."""
    case = PackCase(*row)
    return case.scale != "none" or (not case.offset and case.scale_rows == "channel")


def pack_cases(seed: int) -> list[PackCase]:
    """Every pair of values that fit together."""
    return [PackCase(*row) for row in cover_pairs(VALUES, is_valid, seed=seed)]


def make_vectors(case: PackCase, seed: int) -> dict[str, tuple[str, np.ndarray]]:
    """Element type and values of codes, scale, terms and offset."""
    n, k = SIZES[case.size]
    row = (case.weights, case.scale, case.block, "none", "int8", "row", case.scale_rows)
    c = Configuration(*row, "generic")
    operands = make_operands(c, Shape(1, n, k), "random", seed)
    vectors = {"weights": ("i8", operands["weights"])}
    if c.is_scaled:
        vectors["scale"] = (case.scale, operands["weight_scale"])
    groups = -(-k // case.block) if case.block else 1
    rng = np.random.default_rng(seed)
    for i in range(case.terms):
        shape = (1 if i else n, groups)  # the second spans all rows
        values = rng.integers(-(2**31), 2**31 - 1, size=shape, dtype=np.int32)
        vectors[f"term{i}"] = ("i32", values)
    if case.offset:
        vectors["offset"] = ("f32", rng.standard_normal((n, groups)).astype(np.float32))
    return vectors


def write_pack(case: PackCase, vectors: dict[str, tuple[str, np.ndarray]], constant: bool) -> str:
    """A module that returns the packed bytes, of constants or of its inputs."""
    arguments, body, types, resources = [], [], [], ""
    for key, (element, values) in vectors.items():
        shape = "x".join(map(str, values.shape))
        if key == "weights":
            types.append(f"tensor<{shape}x{case.code.type}>")
        else:
            types.append(f"tensor<{shape}x{element}>")
        if key == "weights" and constant:
            resources = write_resource(values)
            body.append(write_code_constant(shape, case.code.type, "weights"))
        elif key == "weights":
            arguments.append(f"%weights_codes: tensor<{shape}xi8>")
            body.append(write_from_storage("weights", shape, case.code.type))
        elif constant:
            body.append(write_constant(key, element, values))
        elif element == "bf16":
            arguments.append(f"%{key}_bits: tensor<{shape}xi16>")
            body.append(write_bits_to_bf16(key, shape))
        else:
            arguments.append(f"%{key}: {types[-1]}")
    text = f"<{case.layout}> %weights"
    terms = ", ".join(f"%term{i}" for i in range(case.terms))
    text += " scale %scale" if "scale" in vectors else ""
    text += f" terms({terms})" if terms else ""
    text += " offset %offset" if case.offset else ""
    rows = GROUP if case.scale_rows == "group" else 0
    if "scale" in vectors and (rows or case.block):
        text += f" {{block_sizes = array<i64: {rows}, {case.block}>}}"
    shape = "x".join(map(str, pack(case, vectors).shape))
    return (
        f"func.func @main({', '.join(arguments)}) -> tensor<{shape}xi8> {{\n"
        + "\n".join(body)
        + f"\n  %packed = lowbit.pack {text} : ({', '.join(types)}) -> tensor<{shape}xi8>\n"
        + f"  return %packed : tensor<{shape}xi8>\n}}\n{resources}"
    )


def pack(case: PackCase, vectors: dict[str, tuple[str, np.ndarray]]) -> np.ndarray:
    """The packed bytes, as the text of #lowbit.layout defines them."""
    codes = vectors["weights"][1].view(case.code.dtype).astype(np.int64)
    n, k = codes.shape
    panels = -(-n // (16 * case.rows_per_lane))
    rows = panels * 16 * case.rows_per_lane
    stored = np.zeros((rows, k), np.uint8)
    stored[:n] = (codes - case.code.low) // case.code.step
    blocks = []
    for g, start in enumerate(range(0, k, case.block) if case.block else [0]):
        part = stored[:, start : start + case.block if case.block else k]
        part = np.pad(part, ((0, 0), (0, -part.shape[1] % 4)))
        # panel, row of a lane, lane, line, depth -> panel, line, vector, lane, depth
        split = part.reshape(panels, case.rows_per_lane, 16, -1, 4).astype(np.uint32)
        lines = _pack_fields(case, split).transpose(0, 3, 1, 2, 4).reshape(panels, -1)
        header = [
            _column(values, g, n, rows).reshape(panels, -1).view(np.uint8)
            for key, (_, values) in vectors.items()
            if key != "weights"
        ]
        header = np.concatenate([np.empty((panels, 0), np.uint8), *header], axis=1)
        header = np.pad(header, ((0, 0), (0, -header.shape[1] % 64)))
        blocks += [header, lines.astype(np.uint8)]
    return np.concatenate(blocks, axis=1).view(np.int8)


def _pack_fields(case: PackCase, fields: np.ndarray) -> np.ndarray:
    """The vectors of each line, along the axis of the rows of a lane."""
    if case.code.radix == 3:
        weights = np.array([81, 27, 9, 3, 1], np.uint32)[:, None, None, None]
        numbers = (fields * weights).sum(axis=1, keepdims=True)
        return -(-(numbers.astype(np.int64) * 256) // 243)
    vectors, shift = [], 0
    for bits in case.planes:
        digits = (fields >> np.uint32(shift)) & np.uint32((1 << bits) - 1)
        panels, _, *rest = digits.shape
        digits = digits.reshape(panels, -1, 8 // bits, *rest)
        places = (bits * np.arange(8 // bits, dtype=np.uint32))[:, None, None, None]
        vectors.append((digits << places).sum(axis=2))
        shift += bits
    return np.concatenate(vectors, axis=1)


def _column(values: np.ndarray, g: int, n: int, rows: int) -> np.ndarray:
    """The values of block `g` for each row of all panels, 0 beyond `n`."""
    column = values[:, g if values.shape[1] > 1 else 0]
    repeat = 1 if len(column) == n else n if len(column) == 1 else GROUP
    padded = np.zeros(rows, values.dtype)
    padded[:n] = np.repeat(column, repeat)[:n]
    return padded


def check_packing(
    case: PackCase,
    compiler: Compiler,
    seed: int,
    report: Report,
    begin: Callable[[str], None] = lambda text: None,
) -> None:
    """Packs constants and inputs and compares the bytes."""
    begin("compiling")
    vectors = make_vectors(case, seed)
    stem = case.name.replace("/", "-")
    models = {}
    for constant in (True, False):
        texts = {"generic": write_pack(case, vectors, constant)}
        when = "-constant" if constant else "-input"
        models[constant] = load_models(compiler, texts, stem + when, case.name, report)
    if not all(models.values()):
        return
    begin("running")
    expected = pack(case, vectors)
    values = [values for _, values in vectors.values()]
    for when, packed in (
        ("compile time", models[True]["generic"]()),
        ("run time", models[False]["generic"](*values)),
    ):
        problem = difference(expected, packed)
        text = f"at {when}: {problem}" if problem else ""
        report(Result(case.name, "generic", "failed" if problem else "passed", text))

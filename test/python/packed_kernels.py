"""Packed matmuls on operands that are all inputs: their extents are known at run time."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np


class Kernel(NamedTuple):
    """A packed matmul with weights in `low`, `low + step`, ..., `high`."""

    code: str
    low: int
    high: int
    layout: str
    step: int = 1
    block: int = 0
    scale: str = ""  # none: i32 in, i32 out
    has_offset: bool = False
    has_narrow_terms: bool = False
    has_zero_point: bool = False


KERNELS = {
    "binary": Kernel("!lowbit.binary", -1, 1, "1, code_offset = 1, code_step = 2", 2, scale="f32"),
    "int2": Kernel("!lowbit.affine<2>", -2, 1, "2, code_offset = 2", scale="f32"),
    "int3": Kernel("!lowbit.affine<3>", -4, 3, "3, code_offset = 4", scale="f32"),
    "int4_block32": Kernel(
        "!lowbit.affine<4>",
        -8,
        7,
        "4, code_offset = 8",
        block=32,
        scale="f16",
        has_narrow_terms=True,
    ),
    "int4_block128": Kernel(
        "!lowbit.affine<4>", -8, 7, "4, code_offset = 8", block=128, scale="f16"
    ),
    "int7_block30": Kernel(
        "!lowbit.affine<7>", -64, 63, "7, code_offset = 64", block=30, scale="f32"
    ),
    "int8": Kernel("!lowbit.affine<8>", -128, 127, "8, code_offset = 128", scale="f32"),
    "int8_block70": Kernel(
        "!lowbit.affine<8>", -128, 127, "8, code_offset = 128", block=70, scale="f32"
    ),
    "int8_i32": Kernel("!lowbit.affine<8>", -128, 127, "8, code_offset = 128"),
    "ternary": Kernel("!lowbit.ternary", -1, 1, "2, code_offset = 1", scale="f32"),
    "ternary_base3": Kernel("!lowbit.ternary", -1, 1, "2, code_offset = 1, radix = 3", scale="f32"),
    "ternary_i32": Kernel("!lowbit.ternary", -1, 1, "2, code_offset = 1"),
    "uint4_offset": Kernel(
        "!lowbit.affine<4, unsigned>",
        0,
        15,
        "4",
        block=30,
        scale="bf16",
        has_offset=True,
        has_narrow_terms=True,
    ),
}

KERNELS["int4_block32_zero_point"] = KERNELS["int4_block32"]._replace(has_zero_point=True)

# And those that differ in what they are unpacked by only.
ALL_KERNELS = {
    **KERNELS,
    "int5": Kernel("!lowbit.affine<5>", -16, 15, "5, code_offset = 16", scale="f32"),
    "int6_block70": Kernel(
        "!lowbit.affine<6>", -32, 31, "6, code_offset = 32", block=70, scale="f32"
    ),
    "int7_i32": Kernel("!lowbit.affine<7>", -64, 63, "7, code_offset = 64"),
    "binary_block60_zero_point": Kernel(
        "!lowbit.binary",
        -1,
        1,
        "1, code_offset = 1, code_step = 2",
        2,
        block=60,
        scale="f32",
        has_zero_point=True,
    ),
    "int6_block8_zero_point": Kernel(
        "!lowbit.affine<6>",
        -32,
        31,
        "6, code_offset = 32",
        block=8,
        scale="f32",
        has_zero_point=True,
    ),
    "int5_block32_zero_point": Kernel(
        "!lowbit.affine<5>",
        -16,
        15,
        "5, code_offset = 16",
        block=32,
        scale="f32",
        has_zero_point=True,
    ),
}


def layout_of(kernel: Kernel) -> str:
    text = f"field_bits = {kernel.layout}, terms = 1"
    if kernel.block:
        text += f", block = {kernel.block}"
    if kernel.scale:
        text += f", scale = {kernel.scale}"
    if kernel.has_offset:
        text += ", offset = true"
    return f"<{text}>"


def pack_text(kernel: Kernel) -> str:
    """@pack(codes, terms[, scale][, offset]): packed weights, all extents dynamic."""
    storage, types, text, body = "tensor<?x?xi8>", [f"tensor<?x?x{kernel.code}>"], "", ""
    groups = "?x?" if kernel.block else "?x1"
    arguments = [f"%codes: {storage}", f"%terms: tensor<{groups}xi32>"]
    if kernel.scale == "bf16":  # its bits: NumPy has no bf16
        arguments.append("%bits: tensor<?x?xi16>")
        body = """
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %d0 = tensor.dim %bits, %c0 : tensor<?x?xi16>
  %d1 = tensor.dim %bits, %c1 : tensor<?x?xi16>
  %e = tensor.empty(%d0, %d1) : tensor<?x?xbf16>
  %scale = linalg.map ins(%bits : tensor<?x?xi16>) outs(%e : tensor<?x?xbf16>)
    (%in: i16, %unused: bf16) {
      %real = arith.bitcast %in : i16 to bf16
      linalg.yield %real : bf16
    }"""
    elif kernel.scale:
        arguments.append(f"%scale: tensor<{groups}x{kernel.scale}>")
    if kernel.scale:
        text += " scale %scale"
        types.append(f"tensor<{groups}x{kernel.scale}>")
    text += " terms(%terms)"
    types.append(f"tensor<{groups}xi32>")
    if kernel.has_offset:
        arguments.append("%offset: tensor<?x?xf32>")
        text += " offset %offset"
        types.append("tensor<?x?xf32>")
    if kernel.block:
        text += f" {{block_sizes = array<i64: 1, {kernel.block}>}}"
    return f"""
func.func @pack({", ".join(arguments)}) -> {storage} {{{body}
  %w = lowbit.from_storage %codes : {storage} -> tensor<?x?x{kernel.code}>
  %packed = lowbit.pack {layout_of(kernel)} %w{text} : ({", ".join(types)}) -> {storage}
  return %packed : {storage}
}}
"""


def kernel_text(kernel: Kernel) -> str:
    """@kernel(activations, row sums, weights, row terms, ...): the product."""
    i8, i32, f32 = (f"tensor<?x?x{element}>" for element in ("i8", "i32", "f32"))
    arguments = [f"%a: {i8}", f"%sums: {i32}", f"%w: {i8}", f"%terms: {i32}"]
    text, types, body = "", [i8, i32, i8], ""
    if kernel.scale:
        arguments.append("%row_scale: tensor<?x1xf32>")
        text += " row_scale %row_scale"
        types.append("tensor<?x1xf32>")
    if kernel.has_zero_point:
        arguments.append("%zero_point: tensor<?x1xi32>")
        text += " activation_zero_point %zero_point"
        types.append("tensor<?x1xi32>")
    text += " row_terms(%terms)"
    types.append(i32)
    if kernel.has_offset:
        arguments.append(f"%offset_rows: {i32}")
        text += " offset_rows %offset_rows"
        types.append(i32)
    if kernel.scale:
        arguments.append("%columns: tensor<?xi8>")  # as many as N
        result = f32
        body = f"""
  %c0 = arith.constant 0 : index
  %m = tensor.dim %a, %c0 : {i8}
  %n = tensor.dim %columns, %c0 : tensor<?xi8>
  %init = tensor.empty(%m, %n) : {f32}"""
    else:
        arguments.append(f"%init: {i32}")
        result = i32
    types.append(result)
    attributes = " {narrow_terms}" if kernel.has_narrow_terms else ""
    return f"""
func.func @kernel({", ".join(arguments)}) -> {result} {{{body}
  %y = lowbit.packed_matmul {layout_of(kernel)} %a, %sums, %w{text} into %init{attributes}
    : ({", ".join(types)}) -> {result}
  return %y : {result}
}}
"""


def to_bf16(values: np.ndarray) -> np.ndarray:
    return (values.astype(np.float32).view(np.uint32) >> 16).astype(np.uint16).view(np.int16)


def pad_rows(a: np.ndarray, block: int) -> tuple[np.ndarray, np.ndarray]:
    """The activations of lowbit.pack_activations and their row sums."""
    cuts = range(0, a.shape[1], block) if block else [0]
    blocks = [a[:, k : k + block] if block else a for k in cuts]
    padded = [np.pad(b, ((0, 0), (0, -b.shape[1] % 4))) for b in blocks]
    sums = [b.sum(axis=1, dtype=np.int32, keepdims=True) for b in blocks]
    return np.concatenate([a[:, :0], *padded], axis=1), np.concatenate(
        [np.zeros((len(a), 0), np.int32), *sums], axis=1
    )


class Operands(NamedTuple):
    """Inputs of @pack and, without the packed weights, of @kernel, and the product."""

    packing: list[np.ndarray]
    activations: list[np.ndarray]
    others: list[np.ndarray]
    expected: np.ndarray


def make_operands(kernel: Kernel, m: int, n: int, k: int, extreme: bool = False) -> Operands:
    """Random operands; where they are `extreme`, the codes are the least and greatest by row."""
    rng = np.random.default_rng([m, n, k])
    groups = -(-k // kernel.block) if kernel.block else 1
    if extreme:
        a = np.resize(np.array([[-128], [127]], np.int8), (m, 1)).repeat(k, axis=1)
        w = np.resize(np.array([[kernel.low], [kernel.high]], np.int16), (n, 1)).repeat(k, axis=1)
    else:
        a = rng.integers(-128, 128, (m, k)).astype(np.int8)
        w = rng.choice(np.arange(kernel.low, kernel.high + 1, kernel.step, np.int16), (n, k))
    column_terms = rng.integers(-50, 50, (n, groups), dtype=np.int32)
    row_terms = rng.integers(-50, 50, (m, groups), dtype=np.int32)
    # Powers of two, so that every sum is exact in f32, in any order.
    scale = rng.choice([0.5, 1.0], (n, groups)).astype(np.float32)
    row_scale = rng.choice([0.5, 2.0], (m, 1)).astype(np.float32)
    offset = rng.integers(-9, 9, (n, groups)).astype(np.float32)
    offset_rows = rng.integers(-99, 99, (m, groups), dtype=np.int32)
    init = rng.integers(-1000, 1000, (m, n), dtype=np.int32)
    zero_point = rng.integers(-128, 128, (m, 1), dtype=np.int32)
    if extreme:
        zero_point = np.resize(np.array([[127], [-128]], np.int32), (m, 1))

    stored = {"f16": scale.astype(np.float16), "bf16": to_bf16(scale)}.get(kernel.scale, scale)
    padded, sums = pad_rows(a, kernel.block)
    packing = [w.astype(np.uint8).view(np.int8), column_terms]
    operands = [row_terms]
    if kernel.scale:
        packing.append(stored)
        operands.append(row_scale)
    if kernel.has_zero_point:
        operands.append(zero_point)
    if kernel.has_offset:
        packing.append(offset)
        operands.append(offset_rows)
    operands.append(np.zeros(n, np.int8) if kernel.scale else init)

    expected = np.zeros((m, n))
    for g in range(groups):
        part = slice(g * kernel.block, (g + 1) * kernel.block) if kernel.block else slice(None)
        if extreme:
            sum_g = np.outer(a[:, 0].astype(np.float64), w[:, 0]) * a[:, part].shape[1]
        else:
            sum_g = a[:, part].astype(np.int64) @ w[:, part].T.astype(np.int64)
        sum_g = sum_g + np.outer(row_terms[:, g], column_terms[:, g])
        if kernel.has_zero_point:
            # Field 0, of the least code, pads the last line.
            padding = kernel.low * (-w[:, part].shape[1] % 4)
            sum_g = sum_g - zero_point * (w[:, part].astype(np.int64).sum(axis=1) + padding)
        expected += sum_g * (scale[:, g] if kernel.scale else 1)
        if kernel.has_offset:
            expected += np.outer(offset_rows[:, g], offset[:, g])
    expected = expected * row_scale if kernel.scale else expected + init
    return Operands(packing, [padded, sums], operands, expected)

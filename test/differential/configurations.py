"""What is compiled: one matmul on codes, and its text in MLIR."""

from __future__ import annotations

import functools
from typing import NamedTuple

from models import TARGETS
from pairwise import all_rows, cover_pairs


class Code(NamedTuple):
    """A code type: `low`, `low + step`, ..., `high`; the levels of a codebook in `table`.

    With a `radix` of 3 its layout has five codes per byte.
    """

    type: str
    low: int
    high: int
    step: int = 1
    table: tuple[int, ...] = ()
    radix: int = 2

    @property
    def value_type(self) -> str:
        """The type of what enters sums."""
        return "!lowbit.affine<8>" if self.table else self.type

    @property
    def has_zero_point(self) -> bool:
        return "affine" in self.type and "narrow" not in self.type

    @property
    def dtype(self) -> str:
        """That of its storage integers in NumPy."""
        return "int8" if self.low < 0 else "uint8"


CODES = {
    "base3": Code("!lowbit.ternary", -1, 1, radix=3),
    "binary": Code("!lowbit.binary", -1, 1, 2),
    "codebook1": Code("!lowbit.codebook<1>", 0, 1, table=(-128, 127)),
    "codebook2": Code("!lowbit.codebook<2>", 0, 3, table=(-77, -3, -1, 127)),
    "codebook3": Code("!lowbit.codebook<3>", 0, 7, table=(1, 2, 4, 8, 16, 32, 64, 127)),
    "codebook4": Code("!lowbit.codebook<4>", 0, 15, table=tuple(range(-128, 128, 17))),
    "int1": Code("!lowbit.affine<1>", -1, 0),
    "int2": Code("!lowbit.affine<2>", -2, 1),
    "int3": Code("!lowbit.affine<3>", -4, 3),
    "int4": Code("!lowbit.affine<4>", -8, 7),
    "int5": Code("!lowbit.affine<5>", -16, 15),
    "int6": Code("!lowbit.affine<6>", -32, 31),
    "int7": Code("!lowbit.affine<7>", -64, 63),
    "int8": Code("!lowbit.affine<8>", -128, 127),
    "narrow8": Code("!lowbit.affine<8, narrow>", -127, 127),
    "ternary": Code("!lowbit.ternary", -1, 1),
    "uint4": Code("!lowbit.affine<4, unsigned>", 0, 15),
    "uint8": Code("!lowbit.affine<8, unsigned>", 0, 255),
    "unipolar": Code("!lowbit.binary<unipolar>", 0, 1),
}

COMMON_WEIGHTS = ["ternary", "binary", "int2", "int4", "int8", "uint4", "uint8"]
CODEBOOKS = ["codebook1", "codebook2", "codebook3", "codebook4"]
WEIGHTS = [
    *COMMON_WEIGHTS,
    *CODEBOOKS,
    "int1",
    "int3",
    "int5",
    "int6",
    "int7",
    "narrow8",
    "unipolar",
]
SCALES = ["none", "f32", "f16", "bf16"]  # none: lowbit.matmul
BLOCKS = [0, 32, 128, 30]
ZERO_POINTS = ["none", "activations", "weights", "both", "float", "float_both"]
# f32_*: quantized at run time to the code type after it.
COMMON_ACTIVATIONS = ["int8", "uint8", "f32_int8"]
ACTIVATIONS = [
    *COMMON_ACTIVATIONS,
    *["ternary", "binary", "int4", "narrow8", "f32_narrow8", "f32_uint8"],
]
ACTIVATION_ROWS = ["row", "tensor"]
WEIGHT_ROWS = ["channel", "layer", "group"]
GROUP = 24  # output channels per scale in a group; divides no panel


class Configuration(NamedTuple):
    """One module; M, N and K are dynamic."""

    weights: str
    scale: str
    block: int
    zero_points: str
    activations: str
    activation_rows: str
    weight_rows: str
    target: str

    @property
    def name(self) -> str:
        """Text without spaces that `parse` takes back."""
        return "/".join(map(str, self))

    @staticmethod
    def parse(name: str) -> Configuration:
        fields = name.split("/")
        for field, values in zip(fields, VALUES):
            if field not in map(str, values):
                raise ValueError(f"expected one of {', '.join(map(str, values))}, but got {field}")
        if len(fields) != len(VALUES):
            raise ValueError(f"expected {len(VALUES)} fields, but got {len(fields)}")
        fields[2] = int(fields[2])
        configuration = Configuration(*fields)
        if not is_valid(configuration):
            raise ValueError(f"expected zero points and scales that fit, but got {name}")
        return configuration

    @property
    def is_quantized_here(self) -> bool:
        """Whether the activations come as f32."""
        return self.activations.startswith("f32_")

    @property
    def activation_code(self) -> Code:
        return CODES[self.activations.removeprefix("f32_")]

    @property
    def weight_code(self) -> Code:
        return CODES[self.weights]

    @property
    def is_scaled(self) -> bool:
        return self.scale != "none"

    @property
    def has_activation_zero_point(self) -> bool:
        return self.zero_points in ("activations", "both", "float_both")

    @property
    def weight_zero_point(self) -> str:
        """Its element type, or the empty string."""
        if self.zero_points in ("weights", "both"):
            return "i32"
        return "f32" if self.zero_points.startswith("float") else ""

    @property
    def block_sizes(self) -> tuple[int, int]:
        """Rows and k that share a weight scale; 0: 1 row, all k."""
        return (GROUP if self.weight_rows == "group" else 0, self.block)


VALUES = [
    WEIGHTS,
    SCALES,
    BLOCKS,
    ZERO_POINTS,
    ACTIVATIONS,
    ACTIVATION_ROWS,
    WEIGHT_ROWS,
    TARGETS,
]
# (column, value); see `is_wanted`.
RARE = {(0, value) for value in WEIGHTS if value not in COMMON_WEIGHTS}
RARE |= {(4, value) for value in ACTIVATIONS if value not in COMMON_ACTIVATIONS}


def is_valid(row: tuple) -> bool:
    """Whether the dialect has such an op, and the row says nothing twice."""
    c = Configuration(*row)
    if c.has_activation_zero_point and not c.activation_code.has_zero_point:
        return False
    if c.weight_zero_point and not c.weight_code.has_zero_point:
        return False
    if c.is_scaled:
        return True
    if c.block or c.weight_zero_point == "f32" or c.weight_rows == "group":
        return False
    # Rows matter to zero points only.
    return (c.weight_zero_point == "i32" or c.weight_rows == "channel") and (
        c.has_activation_zero_point or c.is_quantized_here or c.activation_rows == "row"
    )


def is_wanted(pair: tuple) -> bool:
    """Whether `make test` has to try these two values together.

    All but the rare encodings: these are packed and summed like the common ones, and meet
    each scale and each target only, so that fewer modules have to be compiled.
    """
    column, value, other_column, other = pair
    met = [VALUES.index(SCALES), VALUES.index(TARGETS)]
    if (column, value) in RARE:
        return other_column in met
    if (other_column, other) in RARE:
        return column in met
    return True


@functools.cache
def pairwise_configurations(seed: int) -> list[Configuration]:
    """Every wanted pair of values that fit together."""
    return [Configuration(*row) for row in cover_pairs(VALUES, is_valid, is_wanted, seed)]


def full_configurations(seed: int) -> list[Configuration]:
    """Every weights x scale x block x zero points x target; the rest changes with the seed."""
    rows: dict[tuple, list[tuple]] = {}
    for row in all_rows(VALUES, is_valid):
        rows.setdefault((*row[:4], row[-1]), []).append(row)
    chosen = [
        Configuration(*group[(seed + 7 * i) % len(group)]) for i, group in enumerate(rows.values())
    ]
    return list(dict.fromkeys(pairwise_configurations(seed) + chosen))

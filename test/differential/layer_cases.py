"""Which layers are compared: every weight encoding x granularity x kind of layer."""

from __future__ import annotations

import itertools
import zlib
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

BITS = range(1, 9)
# Weight encodings of each method, without granularity and type of the scales.
WEIGHTS = {
    "minmax": [
        *(f"int{b}" for b in BITS),
        *(f"uint{b}" for b in BITS),
        *("int3:codes=full", "int8:codes=full"),
    ],
    "percentile": ["int4:percentile,p=95", "uint5:percentile,p=99", "int8:percentile"],
    "mse": ["int2:mse", "int4:mse", "uint5:mse"],
    "kl": ["int4:kl", "uint8:kl", "int6:cross-entropy"],
    "range": ["int4:range=[-1,1]", "uint4:range=[-0.5,2]", "int8:range=[-3,3]"],
    "fixed_point": ["int8:fixed-point=5", "int4:fixed-point=1", "int3:fixed-point=-1"],
    "power_of_two": ["int4:scale-values=power-of-two", "uint5:scale-values=power-of-two"],
    "nearest_away": ["int4:rounding=nearest_away", "uint8:rounding=nearest_away"],
    "stochastic": ["int4:rounding=stochastic,seed=7", "uint8:rounding=stochastic"],
    "integer_zero_point": ["int2:zero-point=int", "int4:zero-point=int", "int8:zero-point=int"],
    "float_zero_point": [
        "int4:zero-point=float",
        "uint2:zero-point=float",
        "uint8:zero-point=float",
    ],
    "sigma": ["ternary", "ternary:sigma,alpha=1.5,scale-rule=none"],
    "absmean": ["ternary:absmean", "ternary:absmean,scale-rule=none"],
    "twn": ["ternary:twn", "ternary:twn,scale-rule=mean-abs", "ternary:scale-rule=least-squares"],
    "ternary_mse": ["ternary:mse"],
    "threshold": ["ternary:threshold=0.5"],
    "sign": ["binary", "binary:scale-rule=none"],
    "step": ["binary:step"],
    "stochastic_binary": ["binary:stochastic,seed=3"],
    "planes": ["binary:planes=2", "binary:planes=3"],
    "kmeans": [f"codebook{b}" for b in BITS],
    "log": [f"codebook{b}:log" for b in (2, 3, 4)],
}
# Which weights share a scale: all, filters, one filter, blocks of a filter or of several;
# short: blocks of any of these kinds, the last of which is shorter.
GRANULARITIES = ["layer", "group", "channel", "block", "tile", "short"]
SCALES = ["f32", "f16", "bf16"]
RULES = ["minmax", "moving_average", "percentile", "kl", "mse"]
# Parameters that are chosen at run time, and constants.
DYNAMIC = [
    *(f"int{b}:dynamic" for b in range(2, 9)),
    *(f"uint{b}:dynamic" for b in range(2, 9)),
    *(f"int{b}:dynamic,zero-point=none" for b in (3, 8)),
    *("int8:dynamic,granularity=tensor", "uint5:dynamic,granularity=tensor"),
    "int4:dynamic,granularity=tensor,zero-point=none",
]
AFFINE_STATIC = [
    *(f"int{b}:range=[-1.5,2.75]" for b in range(2, 9)),
    *(f"uint{b}:range=[-0.25,3]" for b in range(2, 9)),
    *(f"int{b}:range=[-2,2],zero-point=none" for b in (4, 8)),
    *(f"int8:range={rule}" for rule in RULES),
    *(f"uint6:range={rule}" for rule in RULES),
]
SIGN_STATIC = [
    *("ternary:range=[-2,2]", "ternary:range=[-2,2],threshold=0.6", "ternary:range=mse"),
    *("binary:range=[-1,1]", "binary:range=minmax"),
]
ACTIVATIONS = DYNAMIC + AFFINE_STATIC + SIGN_STATIC
# matmul: weights N x K; matmul_kxn: K x N; chain: two layers of integers, from codes to
# codes; the last ones are no layers of codes.
DENSE = ["matmul", "matmul_kxn", "chain"]
CONVOLUTIONS = ["conv", "conv_groups", "depthwise"]
FLOAT = ["batch_matmul", "vecmat"]
CODE_KINDS = DENSE + CONVOLUTIONS
KINDS = CODE_KINDS + FLOAT

# Around the tiles of the kernels: 16 rows of weights, 4 to 32 of their columns. Most layers
# are compiled for one M, which takes one kernel instead of three.
MS = [0, 1, 1, 2, 3, 5, 8, 9, 17]
NS = [1, 2, 3, 7, 15, 16, 17, 31, 33]
KS = [1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31, 32, 33, 63, 64, 65, 97, 127, 128, 129]
BLOCKS = [1, 2, 3, 4, 5, 7, 8, 16, 31, 32, 33, 64]


class Window(NamedTuple):
    """What a convolution sees; `channels` are those of one group."""

    height: int
    width: int
    kernel: tuple[int, int]
    channels: int
    groups: int
    strides: tuple[int, int]
    dilations: tuple[int, int]
    pads: tuple[int, int, int, int]  # top, bottom, left, right

    @property
    def padded(self) -> tuple[int, int]:
        top, bottom, left, right = self.pads
        return self.height + top + bottom, self.width + left + right

    @property
    def result(self) -> tuple[int, int]:
        """Its height and width; negative if the kernel does not fit."""
        spans = [(size - 1) * by + 1 for size, by in zip(self.kernel, self.dilations)]
        return tuple(
            (extent - span) // stride + 1 if extent >= span else -1
            for extent, span, stride in zip(self.padded, spans, self.strides)
        )


class Shape(NamedTuple):
    """N x K weights, of which `rows` x `columns` share a scale; 0: as many as there are.

    m: how many rows of activations, or images; 0: any number, at run time.
    """

    m: int
    n: int
    k: int
    rows: int
    columns: int
    has_bias: bool
    window: Window | None = None


class Layer(NamedTuple):
    """One layer; what it says not follows from the seed."""

    kind: str
    weights: str
    granularity: str
    scale: str
    activations: str
    seed: int

    @property
    def name(self) -> str:
        """Text that `parse` takes back."""
        return "/".join(map(str, self))

    @staticmethod
    def parse(name: str) -> Layer:
        """Raises ValueError."""
        fields = name.split("/")
        weights = list(itertools.chain(*WEIGHTS.values()))
        choices = [KINDS, weights, GRANULARITIES, SCALES, ACTIVATIONS]
        if len(fields) != 6:
            raise ValueError(f"expected 6 fields, but got {name}")
        for field, values in zip(fields, choices):
            if field not in values:
                raise ValueError(f"expected one of {', '.join(values)}, but got {field}")
        return Layer(*fields[:5], int(fields[5]))

    def rng(self, purpose: str) -> np.random.Generator:
        return np.random.default_rng(zlib.crc32(f"{self.name} {purpose}".encode()))

    @property
    def shape(self) -> Shape:
        rng = self.rng("shape")
        cut = self.granularity
        if cut == "short":
            cut = str(rng.choice(["group", "block", "tile"]))
        while True:
            shape = _draw_shape(rng, self.kind)
            rows = _draw_block(rng, shape.n) if cut in ("group", "tile") else 0
            columns = _draw_block(rng, shape.k) if cut in ("block", "tile") else 0
            if _is_cut(shape.n, rows, self) and _is_cut(shape.k, columns, self):
                return shape._replace(rows=rows, columns=columns)

    @property
    def encoding(self) -> str:
        """Of the weights, complete."""
        shape = self.shape
        items = [f"scale={self.scale}"]
        if self.granularity == "layer":
            items.append("granularity=layer")
        elif shape.rows and not shape.columns:
            items.append(f"granularity=group,group={shape.rows}")
        else:
            items += [f"block={shape.columns}"] if shape.columns else []
            items += [f"block-rows={shape.rows}"] if shape.rows else []
        return f"{self.weights}{',' if ':' in self.weights else ':'}{','.join(items)}"

    @property
    def has_statistics(self) -> bool:
        """Whether the range of its activations comes from data."""
        return any(self.activations.endswith(f"range={rule}") for rule in RULES)

    @property
    def refusal(self) -> str:
        """The diagnostic without which this layer would be a mistake, or an empty string."""
        shape = self.shape
        if self.kind in FLOAT:
            return "expected a product of two matrices"
        has_float_zero_point = "zero-point=float" in self.weights
        is_cut = shape.columns != 0
        is_scaled = is_cut or shape.rows > 1 or has_float_zero_point or "planes" in self.weights
        if self.kind == "chain" and is_scaled:
            return "expected integer arithmetic alone between codes"
        window = shape.window
        if window and any(window.pads) and self.activations.startswith("binary"):
            return "expected activations with a code for the padding"
        if self.kind == "depthwise" and window.groups > 1 and is_cut:
            return "expected no blocks along the kernel where each group is one channel"
        if self.kind == "depthwise" and window.groups > 1 and has_float_zero_point:
            return "expected integer zero points where each group is one channel"
        return ""


def _draw_block(rng: np.random.Generator, extent: int) -> int:
    return int(rng.choice([block for block in BLOCKS if block <= extent] or [1]))


def _is_cut(extent: int, block: int, layer: Layer) -> bool:
    """Whether blocks cut the extent as the granularity says; 0 leaves it whole."""
    is_short = layer.granularity == "short"
    return block == 0 or (block < extent and (extent % block != 0) == is_short)


def _draw_shape(rng: np.random.Generator, kind: str) -> Shape:
    has_bias = bool(rng.integers(2))
    m = int(rng.choice(MS))
    if kind not in CONVOLUTIONS:
        is_empty = kind != "chain" and rng.integers(20) == 0
        n, k = (0 if is_empty and rng.integers(2) else int(rng.choice(e)) for e in (NS, KS))
        return Shape(m, n, k, 0, 0, has_bias)
    groups = {"conv": 1, "conv_groups": int(rng.integers(2, 4))}.get(kind)
    channels = 1 if groups is None else int(rng.integers(2, 6))
    outputs = int(rng.choice(NS)) if groups is None else groups * int(rng.choice([1, 2, 5, 9, 17]))
    while True:
        window = Window(
            *(int(extent) for extent in rng.integers(1, 7, 2)),
            tuple(map(int, rng.integers(1, 4, 2))),
            channels,
            groups or outputs,
            tuple(map(int, rng.integers(1, 4, 2))),
            tuple(map(int, rng.integers(1, 3, 2))),
            tuple(map(int, rng.integers(0, 3, 4) * rng.integers(0, 2))),
        )
        if min(window.result) > 0:
            k = window.kernel[0] * window.kernel[1] * channels
            return Shape(m, outputs, k, 0, 0, has_bias, window)


def draw_layers(seed: int) -> Iterator[Layer]:
    """Every method x granularity x kind once, in an order that changes with the seed.

    Encodings of a method, types of scales and activations take turns.
    """
    rng = np.random.default_rng(seed)

    def turn(values: list[str]) -> Iterator[str]:
        return itertools.cycle(rng.permutation(values).tolist())

    code_weights, float_weights = (
        {method: turn(encodings) for method, encodings in WEIGHTS.items()} for _ in range(2)
    )
    activations = {k: turn(AFFINE_STATIC if k == "chain" else ACTIVATIONS) for k in KINDS}
    scales = turn(SCALES)
    triples = list(itertools.product(KINDS, WEIGHTS, GRANULARITIES))
    for index in rng.permutation(len(triples)):
        kind, method, granularity = triples[index]
        encoding = next((float_weights if kind in FLOAT else code_weights)[method])
        yield Layer(kind, encoding, granularity, next(scales), next(activations[kind]), seed)

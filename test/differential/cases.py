"""What each compiled configuration is run on."""

from __future__ import annotations

import itertools
from typing import NamedTuple

from operands import KINDS, Shape
from pairwise import cover_pairs

MS = [1, 2, 7, 64]
SIZES = [1, 3, 15, 16, 17, 64, 65, 127, 2560]  # of N and K

# More than any kernel adds up at once: 131,072 is the bound of ternary weights, for the
# rows in the highest bits. These are among 127 rows, and what reaches the bound are
# the largest fields.
LONG = Shape(2, 127, 140_000)


class Case(NamedTuple):
    """One run of a configuration."""

    shape: Shape
    kind: str

    def __str__(self) -> str:
        return f"--shape {self.shape} --operands {self.kind}"


def _extra_cases() -> list[Case]:
    """No rows, no columns, nothing to add up; and sums beyond the bound of a kernel."""
    empty = [Shape(0, 5, 7), Shape(3, 0, 7), Shape(3, 5, 0), Shape(2, 65, 0), Shape(0, 0, 0)]
    return [Case(shape, "random") for shape in empty] + [
        Case(LONG, "highest"),
        Case(LONG, "opposite"),
    ]


def pairwise_cases(seed: int) -> list[Case]:
    """Every pair of M, N, K and kind of operands."""
    rows = cover_pairs([MS, SIZES, SIZES, KINDS], seed=seed)
    return [Case(Shape(*row[:3]), row[3]) for row in rows] + _extra_cases()


def full_cases() -> list[Case]:
    """The full product."""
    rows = itertools.product(MS, SIZES, SIZES, KINDS)
    return [Case(Shape(*row[:3]), row[3]) for row in rows] + _extra_cases()

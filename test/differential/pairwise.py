"""Choosing few rows that still hold every pair of values."""

from __future__ import annotations

import itertools
import random
from collections.abc import Callable, Sequence

Row = tuple


def _pairs(row: Row) -> set[tuple]:
    """The pairs of a row."""
    cells = list(enumerate(row))
    return {a + b for a, b in itertools.combinations(cells, 2)}


def all_rows(values: Sequence[Sequence], is_valid: Callable[[Row], bool]) -> list[Row]:
    """The valid rows of the full product of `values`, one list per column."""
    return [row for row in itertools.product(*values) if is_valid(row)]


def cover_pairs(
    values: Sequence[Sequence],
    is_valid: Callable[[Row], bool] = lambda row: True,
    is_wanted: Callable[[tuple], bool] = lambda pair: True,
    seed: int = 0,
    candidates: int = 400,
) -> list[Row]:
    """Rows that hold every wanted pair of values which some valid row holds.

    A pair is (column, value, later column, value). Greedy: of `candidates` random rows,
    the one with the most pairs that are still missing. The same seed gives the same rows.
    """
    generator = random.Random(seed)
    rows = all_rows(values, is_valid)
    holders: dict[tuple, Row] = {}
    generator.shuffle(rows)
    for row in rows:
        for pair in _pairs(row):
            if pair not in holders and is_wanted(pair):
                holders[pair] = row
    missing = dict.fromkeys(sorted(holders, key=repr))
    chosen: list[Row] = []
    while missing:
        sample = generator.sample(rows, min(candidates, len(rows)))
        sample.append(holders[next(iter(missing))])
        best = max(sample, key=lambda row: sum(pair in missing for pair in _pairs(row)))
        chosen.append(best)
        for pair in _pairs(best):
            missing.pop(pair, None)
    return chosen

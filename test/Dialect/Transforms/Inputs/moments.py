"""Writes moments of inputs: of `equal`, three that are always the same, and `broken` ones."""

import sys

import numpy as np


def describe(name, means, products):
    """The arrays of one layer, as lowbit-run --calibrate --moments=second writes them."""
    arrays = {"input_rows": np.int64(1), "input_means": means, "input_products": products}
    return {f"{name}/{key}": value for key, value in arrays.items()}


ones = np.ones((1, 3, 3), np.float32)
arrays = describe("equal", 2 * ones[0, :1], ones)
arrays |= describe("bias", 2 * ones[0, :1], ones)
arrays |= describe("other", 2 * ones[0, :1, :2], ones[:, :2, :2])
arrays |= describe("nan", np.nan * ones[0, :1], np.nan * ones)
arrays |= describe("flat", ones[0, 0], ones)
arrays |= describe("truncated", ones[0, :1], ones[:, :2])
arrays["means/input_rows"] = np.int64(1)
arrays["means/input_means"] = ones[0, :1]
source = np.frombuffer(b"data", np.uint8)
np.savez(sys.argv[1], **arrays, **{"calibration/source": source})

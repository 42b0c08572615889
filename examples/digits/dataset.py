"""The handwritten digits: images, labels and the five fixed folds."""

from __future__ import annotations

import gzip
from pathlib import Path

import numpy as np

DATA_FILE = Path(__file__).resolve().parent / "data" / "digits.csv.gz"
NUM_FOLDS = 5


def load_digits() -> tuple[np.ndarray, np.ndarray]:
    """Return the images, f32 [1797, 64] in [0, 1], and the labels, i64 [1797]."""
    with gzip.open(DATA_FILE, "rt", encoding="ascii") as file:
        table = np.loadtxt(file, delimiter=",", dtype=np.float32)
    return np.ascontiguousarray(table[:, :64]) / np.float32(16), table[:, 64].astype(np.int64)


def split(labels: np.ndarray, fold: int, contiguous: bool = False) -> tuple[np.ndarray, np.ndarray]:
    """Return the indices of the training images and of the held-out images of `fold`.

    The i-th image of each digit belongs to fold i mod 5, so the folds are stratified and do not
    depend on a random generator. The file appears to be ordered by writer, so they mix writers;
    `contiguous` folds are fifths of the file instead, which hold out whole runs of it.
    """
    if not 0 <= fold < NUM_FOLDS:
        raise ValueError(f"expected a fold from 0 to {NUM_FOLDS - 1}, but got {fold}")
    fold_of = np.arange(len(labels)) * NUM_FOLDS // len(labels)
    for digit in () if contiguous else np.unique(labels):
        (of_digit,) = np.nonzero(labels == digit)
        fold_of[of_digit] = np.arange(len(of_digit)) % NUM_FOLDS
    return np.nonzero(fold_of != fold)[0], np.nonzero(fold_of == fold)[0]


def held_out(fold: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Return the held-out images and labels of `fold`; the models are trained without fold 0."""
    images, labels = load_digits()
    _, test = split(labels, fold)
    return images[test], labels[test]

"""What the demo measures on logits: accuracy, agreement and SQNR."""

from __future__ import annotations

import math

import numpy as np


def accuracy(logits: np.ndarray, labels: np.ndarray) -> float:
    """Return the percentage of rows of `logits` [M, C] whose largest entry is at the label."""
    return 100.0 * float(np.mean(np.argmax(logits, axis=1) == labels))


def agreement(logits: np.ndarray, reference: np.ndarray) -> float:
    """Return the percentage of rows on which both [M, C] arrays choose the same class."""
    return accuracy(logits, np.argmax(reference, axis=1))


def sqnr_db(logits: np.ndarray, reference: np.ndarray) -> float:
    """Return 10 log10(sum reference^2 / sum (logits - reference)^2), in dB.

    The signal-to-quantization-noise ratio over all entries; infinite where the arrays are equal.
    """
    signal = float(np.sum(np.square(reference, dtype=np.float64)))
    difference = logits.astype(np.float64) - reference.astype(np.float64)
    noise = float(np.sum(np.square(difference)))
    if noise == 0.0:
        return math.inf
    return 10.0 * math.log10(signal / noise) if signal > 0.0 else -math.inf

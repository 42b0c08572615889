"""The digits networks: their layers and their low-bit weights."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from layers import Convolution, Dense, Layer

CLASSES = 10

ARCHITECTURES: dict[str, tuple[Layer, ...]] = {
    "dense": (Dense(64, 256), Dense(256, 128), Dense(128, CLASSES, relu=False)),
    "conv": (
        Convolution(extent=8, channels=1, n=16),
        Convolution(extent=8, channels=16, n=32, pool=True),
        Convolution(extent=4, channels=32, n=32, pool=True),
        Dense(128, CLASSES, relu=False),
    ),
}

Codes = tuple[np.ndarray, np.ndarray]


def ternary_codes(weight: np.ndarray) -> Codes:
    """Return codes i8 [N, K] in {-1, 0, 1} and scales f32 [N, 1] of the weights [N, K].

    Ternary weight networks (Li et al., 2016), per output channel: the threshold is 0.7 mean|w|
    (strict), the scale is the mean of |w| over the codes that are not zero.
    """
    magnitude = np.abs(weight)
    selected = magnitude > np.float32(0.7) * magnitude.mean(axis=1, keepdims=True)
    count = selected.sum(axis=1, keepdims=True)
    total = np.where(selected, magnitude, np.float32(0)).sum(axis=1, keepdims=True)
    scale = np.where(count > 0, total / np.maximum(count, 1), 1).astype(np.float32)
    return (np.sign(weight) * selected).astype(np.int8), scale


def binary_codes(weight: np.ndarray) -> Codes:
    """Return codes i8 [N, K] in {-1, 1} and scales f32 [N, 1] of the weights [N, K].

    Binary weight networks (Rastegari et al., 2016), per output channel: the sign, where zero
    counts as +1, times mean|w|.
    """
    scale = np.abs(weight).mean(axis=1, keepdims=True)
    scale = np.where(scale > 0, scale, 1).astype(np.float32)
    return np.where(weight >= 0, 1, -1).astype(np.int8), scale


ENCODERS: dict[str, Callable[[np.ndarray], Codes]] = {
    "ternary": ternary_codes,
    "binary": binary_codes,
}


@dataclass(frozen=True)
class Network:
    """The layers, and of each the weights f32 [N, K] and biases f32 [N].

    With an `encoding` ("ternary" or "binary") the weights are what training keeps, and the
    network computes with `scale * code` of them.
    """

    layers: tuple[Layer, ...]
    weights: tuple[np.ndarray, ...]
    biases: tuple[np.ndarray, ...]
    encoding: str | None = None

    def codes(self) -> tuple[Codes, ...]:
        """Return the codes and scales of each layer; the network must have an encoding."""
        assert self.encoding is not None
        return tuple(ENCODERS[self.encoding](weight) for weight in self.weights)

    def effective_weights(self) -> tuple[np.ndarray, ...]:
        """Return the weights the network computes with."""
        if self.encoding is None:
            return self.weights
        return tuple(scale * codes for codes, scale in self.codes())

    def logits(self, images: np.ndarray) -> np.ndarray:
        """Return the logits f32 [M, 10] of images f32 [M, 64]."""
        values = images
        for layer, weight, bias in zip(self.layers, self.effective_weights(), self.biases):
            values = layer.finish(layer.spread(values) @ weight.T + bias)
        return values

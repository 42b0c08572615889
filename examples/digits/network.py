"""The network 64-256-128-10: its layers, its low-bit weights and how it is trained."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

SIZES = (64, 256, 128, 10)
CLASSES = SIZES[-1]

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
    """Weights f32 [N, K] and biases f32 [N] of each layer.

    With an `encoding` ("ternary" or "binary") the weights are what training keeps, and the
    network computes with `scale * code` of them.
    """

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


def logits_of(
    images: np.ndarray, weights: tuple[np.ndarray, ...], biases: tuple[np.ndarray, ...]
) -> np.ndarray:
    """Return the logits f32 [M, 10] of images f32 [M, 64]: relu between layers, none at the end."""
    return forward(images, weights, biases)[-1]


def forward(
    images: np.ndarray, weights: tuple[np.ndarray, ...], biases: tuple[np.ndarray, ...]
) -> list[np.ndarray]:
    """Return the input of each layer and, last, the logits."""
    values = [images]
    for index, (weight, bias) in enumerate(zip(weights, biases)):
        result = values[-1] @ weight.T + bias
        values.append(np.maximum(result, 0) if index + 1 < len(weights) else result)
    return values


@dataclass(frozen=True)
class Recipe:
    """How one network is trained: Adam with decoupled weight decay, a cosine schedule."""

    epochs: int
    learning_rate: float
    weight_decay: float
    batch: int = 64
    noise: float = 0.08
    shift_share: float = 0.5
    smoothing: float = 0.1


FIRST_PHASE = Recipe(epochs=60, learning_rate=2e-3, weight_decay=0.1)
SECOND_PHASE = Recipe(epochs=60, learning_rate=1e-3, weight_decay=0.1)


def initial_network(rng: np.random.Generator) -> Network:
    """Return a float network with normal weights of variance 1/(2K).

    That is half the deviation of He et al. (2015): what is left of the initial noise after
    training widens the range of the weights, which costs SQNR at 4 bits.
    """
    weights = tuple(
        (rng.standard_normal((n, k)) * np.sqrt(0.5 / k)).astype(np.float32)
        for k, n in zip(SIZES[:-1], SIZES[1:])
    )
    return Network(weights, tuple(np.zeros(n, np.float32) for n in SIZES[1:]))


def train_networks(images: np.ndarray, labels: np.ndarray, seed: int) -> dict[str, Network]:
    """Train "float", "ternary" and "binary" on images [M, 64] and labels [M].

    All three share a first phase in float and then have a second phase of the same length, so that
    none is trained longer than another. The low-bit networks train straight-through: the loss is
    computed with the quantized weights, and its gradient is applied to the float weights as if
    quantization were the identity (gradient 1).
    """
    rng = np.random.default_rng([seed, 0])
    start = _train(initial_network(rng), images, labels, FIRST_PHASE, rng)
    networks = {}
    for index, encoding in enumerate([None, *ENCODERS]):
        rng = np.random.default_rng([seed, 1 + index])
        network = replace(start, encoding=encoding)
        networks[encoding or "float"] = _train(network, images, labels, SECOND_PHASE, rng)
    return networks


def _train(
    network: Network,
    images: np.ndarray,
    labels: np.ndarray,
    recipe: Recipe,
    rng: np.random.Generator,
) -> Network:
    layers = len(network.weights)
    parameters = [p.copy() for p in network.weights + network.biases]
    first = [np.zeros_like(p) for p in parameters]
    second = [np.zeros_like(p) for p in parameters]
    targets = np.full((len(labels), CLASSES), recipe.smoothing / CLASSES, np.float32)
    targets[np.arange(len(labels)), labels] += 1 - recipe.smoothing
    steps = recipe.epochs * -(-len(images) // recipe.batch)
    step = 0
    for _ in range(recipe.epochs):
        order = rng.permutation(len(images))
        augmented = _augment(images, recipe, rng)
        for begin in range(0, len(order), recipe.batch):
            chosen = order[begin : begin + recipe.batch]
            current = replace(
                network, weights=tuple(parameters[:layers]), biases=tuple(parameters[layers:])
            )
            gradients = _gradients(current, augmented[chosen], targets[chosen])
            rate = recipe.learning_rate * 0.5 * (1 + np.cos(np.pi * step / steps))
            step += 1
            for index, gradient in enumerate(gradients):
                first[index] += np.float32(0.1) * (gradient - first[index])
                second[index] += np.float32(0.001) * (gradient * gradient - second[index])
                size = np.float32(rate * np.sqrt(1 - 0.999**step) / (1 - 0.9**step))
                if index < layers:
                    parameters[index] *= np.float32(1 - rate * recipe.weight_decay)
                root = np.sqrt(second[index]) + np.float32(1e-8)
                parameters[index] -= size * first[index] / root
    return replace(network, weights=tuple(parameters[:layers]), biases=tuple(parameters[layers:]))


def _gradients(network: Network, images: np.ndarray, targets: np.ndarray) -> list[np.ndarray]:
    """Return the gradients of the mean cross-entropy: of the weights, then of the biases."""
    weights = network.effective_weights()
    values = forward(images, weights, network.biases)
    logits = values.pop()
    exponentials = np.exp(logits - logits.max(axis=1, keepdims=True))
    probabilities = exponentials / exponentials.sum(axis=1, keepdims=True)
    upstream = (probabilities - targets) / np.float32(len(images))
    of_weights, of_biases = [], []
    for weight, value in zip(reversed(weights), reversed(values)):
        of_weights.append(upstream.T @ value)
        of_biases.append(upstream.sum(axis=0))
        upstream = (upstream @ weight) * (value > 0)
    return of_weights[::-1] + of_biases[::-1]


def _augment(images: np.ndarray, recipe: Recipe, rng: np.random.Generator) -> np.ndarray:
    """Return the images, a share of them shifted by up to one pixel, all with normal noise."""
    count = len(images)
    padded = np.pad(images.reshape(count, 8, 8), ((0, 0), (1, 1), (1, 1)))
    moved = rng.random(count) < recipe.shift_share
    offsets = np.where(moved[:, None], rng.integers(0, 3, (count, 2)), 1)
    rows = offsets[:, 0, None, None] + np.arange(8)[None, :, None]
    columns = offsets[:, 1, None, None] + np.arange(8)[None, None, :]
    shifted = padded[np.arange(count)[:, None, None], rows, columns].reshape(count, 64)
    return shifted + rng.standard_normal((count, 64), np.float32) * np.float32(recipe.noise)

"""How the digits networks are trained: in float, then straight-through with low-bit weights."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from layers import Layer
from network import ARCHITECTURES, CLASSES, ENCODERS, Network


@dataclass(frozen=True)
class Recipe:
    """How one network is trained: Adam with decoupled weight decay, a cosine schedule."""

    epochs: int
    learning_rate: float
    weight_decay: float = 0.1
    batch: int = 64
    noise: float = 0.08
    shift_share: float = 0.5
    smoothing: float = 0.1


FIRST_PHASE = {
    "dense": Recipe(epochs=60, learning_rate=2e-3),
    "conv": Recipe(epochs=30, learning_rate=4e-3),
}
SECOND_PHASE = {
    "dense": Recipe(epochs=60, learning_rate=1e-3),
    "conv": Recipe(epochs=30, learning_rate=2e-3),
}


def initial_network(layers: tuple[Layer, ...], rng: np.random.Generator) -> Network:
    """Return a float network with normal weights of variance 1/(2K).

    That is half the deviation of He et al. (2015): what is left of the initial noise after
    training widens the range of the weights, which costs SQNR at 4 bits.
    """
    weights = tuple(
        (rng.standard_normal((layer.n, layer.k)) * np.sqrt(0.5 / layer.k)).astype(np.float32)
        for layer in layers
    )
    return Network(layers, weights, tuple(np.zeros(layer.n, np.float32) for layer in layers))


def train_networks(
    architecture: str, images: np.ndarray, labels: np.ndarray, seed: int
) -> dict[str, Network]:
    """Train "float", "ternary" and "binary" on images [M, 64] and labels [M].

    All three share a first phase in float and then have a second phase of the same length, so that
    none is trained longer than another. The low-bit networks train straight-through: the loss is
    computed with the quantized weights, and its gradient is applied to the float weights as if
    quantization were the identity (gradient 1).
    """
    rng = np.random.default_rng([seed, 0])
    start = initial_network(ARCHITECTURES[architecture], rng)
    start = _train(start, images, labels, FIRST_PHASE[architecture], rng)
    networks = {}
    for index, encoding in enumerate([None, *ENCODERS]):
        rng = np.random.default_rng([seed, 1 + index])
        network = replace(start, encoding=encoding)
        networks[encoding or "float"] = _train(
            network, images, labels, SECOND_PHASE[architecture], rng
        )
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
    values, shapes, rows, products = images, [], [], []
    for layer, weight, bias in zip(network.layers, weights, network.biases):
        shapes.append(values.shape)
        rows.append(layer.spread(values))
        products.append(rows[-1] @ weight.T + bias)
        values = layer.finish(products[-1])
    exponentials = np.exp(values - values.max(axis=1, keepdims=True))
    probabilities = exponentials / exponentials.sum(axis=1, keepdims=True)
    upstream = (probabilities - targets) / np.float32(len(images))
    of_weights, of_biases = [], []
    for index in reversed(range(len(weights))):
        layer = network.layers[index]
        of_products = layer.unfinish(products[index], upstream)
        of_weights.append(of_products.T @ rows[index])
        of_biases.append(of_products.sum(axis=0))
        if index > 0:
            upstream = layer.gather(of_products @ weights[index], shapes[index])
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

"""The layers of the digits networks: a matrix product, a bias, relu and pooling around it.

A convolution is the same product, of the windows of its input: so each layer has weights [N, K]
and each encoding of weights works for both.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

KERNEL = 3  # extent of the windows of a convolution, with a padding of one on each side
POOL = 2  # extent and stride of max-pooling


@dataclass(frozen=True)
class Dense:
    """A fully connected layer: values [M, ...] with K numbers each become [M, N]."""

    k: int
    n: int
    relu: bool = True

    def spread(self, values: np.ndarray) -> np.ndarray:
        """Return the rows [M, K] that the weights are multiplied by."""
        return values.reshape(len(values), self.k)

    def gather(self, of_rows: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
        """Return the gradient of the values of `shape` from that of their rows."""
        return of_rows.reshape(shape)

    def finish(self, products: np.ndarray) -> np.ndarray:
        """Return the layer's result from the biased products [M, N]."""
        return np.maximum(products, 0) if self.relu else products

    def unfinish(self, products: np.ndarray, upstream: np.ndarray) -> np.ndarray:
        """Return the gradient of the products from that of the result."""
        return upstream * (products > 0) if self.relu else upstream


@dataclass(frozen=True)
class Convolution:
    """3x3 windows, stride 1, padded with zeros: [M, E, E, C] becomes [M, E, E, N].

    Then relu, and with `pool` the largest of each 2x2: [M, E/2, E/2, N]. K is in the order row of
    the window, column, channel.
    """

    extent: int
    channels: int
    n: int
    pool: bool = False

    @property
    def k(self) -> int:
        """Numbers in a window."""
        return KERNEL * KERNEL * self.channels

    def spread(self, values: np.ndarray) -> np.ndarray:
        """Return the windows [M * E * E, K]."""
        images = values.reshape(-1, self.extent, self.extent, self.channels)
        padded = np.pad(images, ((0, 0), (1, 1), (1, 1), (0, 0)))
        windows = np.lib.stride_tricks.sliding_window_view(padded, (KERNEL, KERNEL), (1, 2))
        return windows.transpose(0, 1, 2, 4, 5, 3).reshape(-1, self.k)

    def gather(self, of_rows: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
        """Return the gradient of the values of `shape` from that of their windows."""
        extent = self.extent
        of_windows = of_rows.reshape(-1, extent, extent, KERNEL, KERNEL, self.channels)
        padded = np.zeros((len(of_windows), extent + 2, extent + 2, self.channels), np.float32)
        for row in range(KERNEL):
            for column in range(KERNEL):
                padded[:, row : row + extent, column : column + extent] += of_windows[
                    :, :, :, row, column
                ]
        return padded[:, 1:-1, 1:-1].reshape(shape)

    def finish(self, products: np.ndarray) -> np.ndarray:
        """Return the layer's result from the biased products [M * E * E, N]."""
        activated = np.maximum(products, 0)
        return self._tiles(activated).max(axis=(2, 4)) if self.pool else self._images(activated)

    def unfinish(self, products: np.ndarray, upstream: np.ndarray) -> np.ndarray:
        """Return the gradient of the products from that of the result; ties all receive it."""
        is_used = products > 0
        if not self.pool:
            return upstream.reshape(products.shape) * is_used
        tiles = self._tiles(products)
        is_largest = tiles == tiles.max(axis=(2, 4), keepdims=True)
        half = self.extent // POOL
        of_tiles = upstream.reshape(-1, half, 1, half, 1, self.n) * is_largest
        return of_tiles.reshape(products.shape) * is_used

    def _images(self, rows: np.ndarray) -> np.ndarray:
        return rows.reshape(-1, self.extent, self.extent, self.n)

    def _tiles(self, rows: np.ndarray) -> np.ndarray:
        half = self.extent // POOL
        return rows.reshape(-1, half, POOL, half, POOL, self.n)


Layer = Dense | Convolution

"""The meaning of the ops in NumPy: what the scalar reference is compared with."""

from __future__ import annotations

import numpy as np
from configurations import GROUP, Configuration


def fma(a: np.ndarray, b: np.ndarray, c: np.ndarray) -> np.ndarray:
    """f32 `a * b + c`, rounded once."""
    extended = np.longdouble
    # The product is exact; the sum is rounded to at least 64 bits, and this is its error.
    product, c = np.broadcast_arrays(a.astype(extended) * b.astype(extended), c.astype(extended))
    total = product + c
    shifted = total - product
    error = (product - (total - shifted)) + (c - shifted)
    # Rounding again goes wrong only where the sum became a tie.
    near = total.astype(np.float32)
    far = np.nextafter(near, np.where(total > near, np.float32(np.inf), np.float32(-np.inf)))
    is_tie = (total - near == far.astype(extended) - total) & (error != 0)
    sided = np.where(error > 0, np.maximum(near, far), np.minimum(near, far))
    return np.where(is_tie, sided, near)


def _wrap(value: np.ndarray) -> np.ndarray:
    """Integers modulo 2^32, as i32."""
    return value.astype(np.int64).astype(np.uint32).view(np.int32)


def choose_params(
    x: np.ndarray, low: int, high: int, per_row: bool, asymmetric: bool
) -> tuple[np.ndarray, np.ndarray]:
    """lowbit.choose_params: scale and zero point (0 if symmetric) of shape rows x 1."""
    f32 = np.float32
    rows = x if per_row else x.reshape(1, -1)
    finite = np.where(np.isfinite(rows), rows, f32(0))
    a = np.minimum(finite.min(axis=1, keepdims=True, initial=0), f32(0))
    b = np.maximum(finite.max(axis=1, keepdims=True, initial=0), f32(0))
    some = np.maximum(-a, b) >= f32(2.0**-126)
    steps = f32(high - low)
    quotient = b / steps - a / steps if asymmetric else np.maximum(-a, b) / f32(high)
    scale = np.where(some, np.maximum(quotient, f32(2.0**-100)), f32(1))
    zero = np.zeros_like(scale)
    if asymmetric:
        zero = np.rint(np.where(some, f32(low) - a / scale, f32(0)))
        zero = np.clip(zero, low, high)
    return scale, zero.astype(np.int32)


def quantize(x: np.ndarray, scale: np.ndarray, zero: np.ndarray, low: int, high: int) -> np.ndarray:
    """lowbit.quantize with an integer zero point, as i64."""
    zero = zero.astype(np.float32)
    with np.errstate(over="ignore", invalid="ignore"):
        code = np.rint(x / scale) + zero
    code = np.where(np.isnan(x), np.broadcast_to(zero, code.shape), code)
    return np.clip(code, low, high).astype(np.int64)


def _read_codes(storage: np.ndarray, dtype: str) -> np.ndarray:
    return storage.view(dtype).astype(np.int64)


def _real_scale(scale: np.ndarray, element: str) -> np.ndarray:
    if element == "bf16":
        return (scale.view(np.uint16).astype(np.uint32) << 16).view(np.float32)
    return scale.astype(np.float32)


def run(c: Configuration, operands: dict[str, np.ndarray]) -> np.ndarray:
    """The result of a configuration's module."""
    code = c.activation_code
    if c.is_quantized_here:
        x, per_row = operands["reals"], c.activation_rows == "row"
        scale_a, za = choose_params(x, code.low, code.high, per_row, c.has_activation_zero_point)
        a = quantize(x, scale_a, za, code.low, code.high)
    else:
        a = _read_codes(operands["activations"], code.dtype)
        scale_a = operands.get("activation_scale")
        za = operands.get("activation_zero_point", np.zeros((1, 1)))
    a = a - za.astype(np.int64)
    w = _read_codes(operands["weights"], c.weight_code.dtype)
    if c.weight_code.table:
        w = np.array(c.weight_code.table)[w]
    n, k = w.shape
    zw = _spread(operands.get("weight_zero_point", np.zeros((1, 1), np.int64)), n)
    if not c.is_scaled:
        return _wrap(operands["init"] + a @ (w - zw).T)
    scale_w = _spread(_real_scale(operands["weight_scale"], c.scale), n)
    is_float = c.weight_zero_point == "f32"
    total = np.zeros((a.shape[0], n), np.float32)
    for g, start in enumerate(range(0, k, c.block) if c.block else [0]):
        block = slice(start, start + c.block if c.block else k)
        a_g, w_g, s_g = a[:, block], w[:, block], scale_w[:, g]
        z_g = zw[:, min(g, zw.shape[1] - 1), None]
        sums = a_g @ (w_g if is_float else w_g - z_g).T
        total = fma(_wrap(sums).astype(np.float32), s_g, total)
        if is_float:
            rows = _wrap(a_g.sum(axis=1, keepdims=True)).astype(np.float32)
            total = fma(rows, -(s_g * z_g[:, 0]), total)
    with np.errstate(over="ignore"):
        return total * scale_a


def _spread(parameter: np.ndarray, n: int) -> np.ndarray:
    """A parameter of the weights with a row for each of `n`."""
    rows = parameter.shape[0]
    size = 1 if rows == n else n if rows == 1 else GROUP
    return np.repeat(parameter, size, axis=0)[:n]

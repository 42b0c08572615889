"""Stands in for lowbit-compile and lowbit-run in the tests of the demo, in numpy.

Only test_digits.py uses it: it checks the demo's own arithmetic and the trained models where no
compiler is built. It measures nothing about the compiler.
"""

from __future__ import annotations

import json
import pickle
import sys
from pathlib import Path

import numpy as np
from model_text import Layer, read_model


def mse_thresholds(weight: np.ndarray) -> np.ndarray:
    """Return the threshold of least squared error for each row of weight [N, K], as [N, 1]."""
    # With k weights kept and their mean as the scale the error falls by sum^2 / k.
    magnitude = np.sort(np.abs(weight), axis=1)[:, ::-1].astype(np.float64)
    gain = np.cumsum(magnitude, axis=1) ** 2 / np.arange(1, weight.shape[1] + 1)
    best = np.argmax(gain, axis=1)[:, None]
    padded = np.pad(magnitude, ((0, 0), (0, 1)))
    pairs = np.take_along_axis(padded, np.hstack([best, best + 1]), axis=1)
    return pairs.mean(axis=1, keepdims=True)


def ternary_threshold(weight: np.ndarray, method: str) -> float | np.ndarray:
    """Return the threshold of a ternary method, in the units of weight: mse per row, else one."""
    if method.startswith("threshold="):
        return float(method.split("=")[1])
    if method == "mse":
        return mse_thresholds(weight)
    mean = float(np.abs(weight).mean())
    return {"sigma": 1.2 * float(weight.std()), "twn": 0.7 * mean}[method]


def quantized(weight: np.ndarray, spec: str) -> np.ndarray:
    """Return the real weights that the codes of weight f32 [N, K] stand for under `spec`."""
    if spec == "f32":
        return weight
    if spec.startswith("ternary:"):
        method = spec.split(":")[1]
        magnitude = np.abs(weight)
        mean = magnitude.mean(axis=1, keepdims=True)
        if method == "absmean":
            return (np.clip(np.rint(weight / mean), -1, 1) * mean).astype(np.float32)
        kept = magnitude > ternary_threshold(weight, method)
        total = (magnitude * kept).sum(axis=1, keepdims=True)
        scale = total / np.maximum(kept.sum(axis=1, keepdims=True), 1)
        return (np.sign(weight) * kept * scale).astype(np.float32)
    if spec == "binary":
        scale = np.abs(weight).mean(axis=1, keepdims=True)
        return (np.where(weight >= 0, 1, -1) * scale).astype(np.float32)
    n, k = weight.shape
    block, top = (k, 127) if spec == "int8" else (32, 7)
    blocks = weight.reshape(n, -1, block)
    scale = np.abs(blocks).max(axis=2, keepdims=True) / top
    if spec != "int8":
        scale = scale.astype(np.float16).astype(np.float32)
    codes = np.clip(np.rint(blocks / scale), -top, top)
    return (codes * scale).reshape(n, k).astype(np.float32)


def int8_rows(values: np.ndarray) -> np.ndarray:
    """Return what dynamic asymmetric int8 codes of each row of f32 [M, K] stand for."""
    low = np.minimum(values.min(axis=1, keepdims=True), 0)
    high = np.maximum(values.max(axis=1, keepdims=True), 0)
    scale = np.where(high > low, (high - low) / 255, 1)
    zero = np.rint(-128 - low / scale)
    codes = np.clip(np.rint(values / scale) + zero, -128, 127)
    return ((codes - zero) * scale).astype(np.float32)


def logits(layers: list[Layer], spec: str | None, images: np.ndarray) -> np.ndarray:
    """Return the logits of the layers under `spec` (None: as they are), int8 between layers."""
    value = images
    for index, layer in enumerate(layers):
        if index > 0:
            value = np.maximum(value, 0)
        if spec != "f32":
            value = int8_rows(value)
        weight = quantized(layer.weight, spec) if spec else layer.weight
        value = value @ weight.T + layer.bias
    return value


def compile_model(arguments: list[str]) -> None:
    """Do what `lowbit-compile MODEL [--weights=SPEC] --target=host --emit=so -o OUT.so` does."""
    source, output = Path(arguments[0]), Path(arguments[-1])
    specs = [item.split("=", 1)[1] for item in arguments if item.startswith("--weights=")]
    layers = read_model(source.read_text())
    output.write_bytes(pickle.dumps((layers, specs[0] if specs else None)))
    sizes = [
        {
            "name": layer.name,
            "n": layer.weight.shape[0],
            "k": layer.weight.shape[1],
            "payload_bytes": layer.weight.size,
            "overhead_bytes": 4 * layer.weight.shape[0],
        }
        for layer in layers
    ]
    output.with_suffix(".json").write_text(json.dumps({"layers": sizes}))


def run_model(arguments: list[str]) -> None:
    """Do what `lowbit-run OUT.so --input X.npy (--output Y.npy | --benchmark --json)` does."""
    layers, spec = pickle.loads(Path(arguments[0]).read_bytes())
    result = logits(layers, spec, np.load(arguments[2]))
    if "--benchmark" in arguments:
        print(json.dumps({"benchmark": {"median_us": 1.0}}))
    else:
        np.save(arguments[4], result)


if __name__ == "__main__":
    {"lowbit-compile": compile_model, "lowbit-run": run_model}[sys.argv[1]](sys.argv[2:])

"""Writes a trained network as MLIR text, and reads such text back."""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np
from network import Network, logits_of

HEADER = """\
#row = affine_map<(m, n, k) -> (m, k)>
#col = affine_map<(m, n, k) -> (n, k)>
#out = affine_map<(m, n, k) -> (m, n)>
#id = affine_map<(m, n) -> (m, n)>

func.func @digits(%image: tensor<?x{inputs}xf32>) -> tensor<?x{outputs}xf32> {{
  %c0 = arith.constant 0 : index
  %zero = arith.constant 0.0 : f32
  %m = tensor.dim %image, %c0 : tensor<?x{inputs}xf32>
"""

FLOAT_WEIGHT = """
  %w{i} = arith.constant dense_resource<fc{i}.weight> : tensor<{n}x{k}xf32>
"""

LOW_BIT_WEIGHT = """
  %q{i} = lowbit.constant dense_resource<fc{i}.codes> : tensor<{n}x{k}xi8> -> {codes}
  %s{i} = arith.constant dense_resource<fc{i}.scale> : tensor<{n}x1xf32>
  %w{i} = lowbit.dequantize %q{i} scale %s{i} : ({codes}, tensor<{n}x1xf32>) -> tensor<{n}x{k}xf32>
"""

LAYER = """\
  %b{i} = arith.constant dense_resource<fc{i}.bias> : tensor<{n}xf32>
  %e{i} = tensor.empty(%m) : {result}
  %i{i} = linalg.broadcast ins(%b{i} : tensor<{n}xf32>) outs(%e{i} : {result}) dimensions = [0]
  %y{i} = linalg.matmul indexing_maps = [#row, #col, #out]
    ins(%{x}, %w{i} : tensor<?x{k}xf32>, tensor<{n}x{k}xf32>) outs(%i{i} : {result}) -> {result} \
loc("fc{i}")
"""

RELU = """\
  %r{i} = linalg.generic {{indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel"]}}
    ins(%y{i} : {result}) outs(%e{i} : {result}) {{
  ^bb0(%in: f32, %unused: f32):
    %max = arith.maximumf %in, %zero : f32
    linalg.yield %max : f32
  }} -> {result}
"""

ALIGNMENT = 64


def model_text(network: Network) -> str:
    """Return the module of `network`: layers fc1, fc2, fc3, their numbers as resources.

    A float network has weights `fcN.weight`, f32. One with an encoding has codes `fcN.codes`, one
    two's complement byte each, and scales `fcN.scale`, f32, one for each output channel.
    """
    resources: dict[str, np.ndarray] = {}
    layers = len(network.weights)
    codes = network.codes() if network.encoding else ()
    inputs, outputs = network.weights[0].shape[1], network.weights[-1].shape[0]
    text = HEADER.format(inputs=inputs, outputs=outputs)
    value = "image"
    for index, (weight, bias) in enumerate(zip(network.weights, network.biases)):
        n, k = weight.shape
        names = {"i": index + 1, "n": n, "k": k, "x": value, "result": f"tensor<?x{n}xf32>"}
        if network.encoding:
            names["codes"] = f"tensor<{n}x{k}x!lowbit.{network.encoding}>"
            resources[f"fc{index + 1}.codes"], resources[f"fc{index + 1}.scale"] = codes[index]
            text += LOW_BIT_WEIGHT.format(**names)
        else:
            resources[f"fc{index + 1}.weight"] = weight
            text += FLOAT_WEIGHT.format(**names)
        resources[f"fc{index + 1}.bias"] = bias
        text += LAYER.format(**names)
        value = f"y{index + 1}"
        if index + 1 < layers:
            text += RELU.format(**names)
            value = f"r{index + 1}"
    text += f"  return %{value} : tensor<?x{outputs}xf32>\n}}\n"
    return text + _resource_section(resources)


def _resource_section(resources: dict[str, np.ndarray]) -> str:
    """Return the section that holds each array: alignment, then little-endian bytes, in hex."""
    entries = []
    for name, array in sorted(resources.items()):
        raw = array.astype(array.dtype.newbyteorder("<")).tobytes()
        entries.append(f'      {name}: "0x{(ALIGNMENT.to_bytes(4, "little") + raw).hex().upper()}"')
    body = ",\n".join(entries)
    return f"\n{{-#\n  dialect_resources: {{\n    builtin: {{\n{body}\n    }}\n  }}\n#-}}\n"


@dataclass(frozen=True)
class Layer:
    """One layer as the text states it: real weights [N, K] and bias [N], f32."""

    name: str
    encoding: str
    weight: np.ndarray
    bias: np.ndarray


def read_model(text: str) -> list[Layer]:
    """Return the layers of a module written by `model_text`, from its types and resources."""
    layers = []
    for number, n, k in re.findall(r"%w(\d+) = .*tensor<(\d+)x(\d+)xf32>$", text, re.MULTILINE):
        name, shape = f"fc{number}", (int(n), int(k))
        bias = _resource(text, f"{name}.bias", "<f4", shape[:1])
        kind = re.search(rf"%q{number} = .*!lowbit\.(\w+)>$", text, re.MULTILINE)
        if kind:
            codes = _resource(text, f"{name}.codes", "<i1", shape)
            scale = _resource(text, f"{name}.scale", "<f4", (shape[0], 1))
            layers.append(Layer(name, kind[1], codes.astype(np.float32) * scale, bias))
        else:
            weight = _resource(text, f"{name}.weight", "<f4", shape)
            layers.append(Layer(name, "f32", weight, bias))
    if not layers:
        raise ValueError("expected the text of a digits model, but got no layers")
    return layers


def _resource(text: str, name: str, dtype: str, shape: tuple[int, ...]) -> np.ndarray:
    entry = re.search(rf'^ *{re.escape(name)}: "0x([0-9A-F]+)"', text, re.MULTILINE)
    if not entry:
        raise ValueError(f"expected a resource '{name}', but got none")
    # The first four bytes are the alignment.
    raw = bytes.fromhex(entry[1])[4:]
    array = np.frombuffer(raw, dtype)
    if array.size != np.prod(shape):
        raise ValueError(f"expected {np.prod(shape)} numbers in '{name}', but got {array.size}")
    return array.reshape(shape).astype(np.dtype(dtype).newbyteorder("="))


def logits_of_layers(layers: list[Layer], images: np.ndarray) -> np.ndarray:
    """Return the logits f32 [M, 10] that the layers give for images f32 [M, 64]."""
    weights = tuple(layer.weight for layer in layers)
    return logits_of(images, weights, tuple(layer.bias for layer in layers))

"""Writes a trained network as MLIR text, and reads the networks of such text back."""

from __future__ import annotations

import re

import numpy as np
from layers import KERNEL, POOL, Convolution, Dense, Layer
from network import Network

HEADER = """\
#row = affine_map<(m, n, k) -> (m, k)>
#col = affine_map<(m, n, k) -> (n, k)>
#out = affine_map<(m, n, k) -> (m, n)>

func.func @digits(%image: tensor<?x64xf32>) -> tensor<?x10xf32> {
  %c0 = arith.constant 0 : index
  %zero = arith.constant 0.0 : f32
  %m = tensor.dim %image, %c0 : tensor<?x64xf32>
"""

FLOAT_WEIGHT = """
  %{name}.w = arith.constant dense_resource<{name}.weight> : tensor<{weight}xf32>
"""

LOW_BIT_WEIGHT = """
  %{name}.q = lowbit.constant dense_resource<{name}.codes> : tensor<{weight}xi8> -> {codes}
  %{name}.s = arith.constant dense_resource<{name}.scale> : tensor<{scale}xf32>
  %{name}.w = lowbit.dequantize %{name}.q scale %{name}.s : ({codes}, tensor<{scale}xf32>) \
-> tensor<{weight}xf32>
"""

BIAS = """\
  %{name}.b = arith.constant dense_resource<{name}.bias> : tensor<{n}xf32>
  %{name}.e = tensor.empty(%m) : {result}
  %{name}.i = linalg.broadcast ins(%{name}.b : tensor<{n}xf32>) outs(%{name}.e : {result}) \
dimensions = {spanned}
"""

DENSE = """\
  %{name}.y = linalg.matmul indexing_maps = [#row, #col, #out]
    ins(%{x}, %{name}.w : {input}, tensor<{weight}xf32>) outs(%{name}.i : {result}) -> {result} \
loc("{name}")
"""

CONVOLUTION = """\
  %{name}.p = tensor.pad %{x} low[0, 1, 1, 0] high[0, 1, 1, 0] {{
  ^bb0(%batch: index, %row: index, %column: index, %channel: index):
    tensor.yield %zero : f32
  }} : {input} to {padded}
  %{name}.y = linalg.conv_2d_nhwc_fhwc
    ins(%{name}.p, %{name}.w : {padded}, tensor<{weight}xf32>) outs(%{name}.i : {result}) \
-> {result} loc("{name}")
"""

RELU = """\
  %{name}.r = linalg.generic {{indexing_maps = [{identity}, {identity}], \
iterator_types = [{parallel}]}}
    ins(%{name}.y : {result}) outs(%{name}.e : {result}) {{
  ^bb0(%in: f32, %unused: f32):
    %max = arith.maximumf %in, %zero : f32
    linalg.yield %max : f32
  }} -> {result}
"""

POOLING = """\
  %{name}.lowest = arith.constant 0xFF800000 : f32
  %{name}.pe = tensor.empty(%m) : {pooled}
  %{name}.pi = linalg.fill ins(%{name}.lowest : f32) outs(%{name}.pe : {pooled}) -> {pooled}
  %{name}.window = tensor.empty() : tensor<{pool}x{pool}xf32>
  %{name}.o = linalg.pooling_nhwc_max {{strides = dense<{pool}> : tensor<2xi64>}}
    ins(%{name}.r, %{name}.window : {result}, tensor<{pool}x{pool}xf32>) \
outs(%{name}.pi : {pooled}) -> {pooled}
"""

EXPAND = """
  %{name}.x = tensor.expand_shape %{x} [[0], [1, 2, 3]] output_shape [%m, {sizes}]
    : {flat} into {input}
"""

COLLAPSE = """
  %{name}.x = tensor.collapse_shape %{x} [[0], [1, 2, 3]] : {image} into {input}
"""

ALIGNMENT = 64


def layer_names(layers: tuple[Layer, ...]) -> list[str]:
    """Return conv1, conv2, ..., fc1, fc2, ... in the order of the layers."""
    names: list[str] = []
    for layer in layers:
        kind = "conv" if isinstance(layer, Convolution) else "fc"
        names.append(f"{kind}{sum(name.startswith(kind) for name in names) + 1}")
    return names


def model_text(network: Network) -> str:
    """Return the module of `network`: layers of `layer_names`, their numbers as resources.

    A float layer has weights `NAME.weight`, f32, N x K, of a convolution N x 3 x 3 x C. One with an
    encoding has codes `NAME.codes`, one two's complement byte each, and scales `NAME.scale`, f32,
    one for each output channel. The bias is `NAME.bias`, f32.
    """
    resources: dict[str, np.ndarray] = {}
    codes = network.codes() if network.encoding else ()
    text, value, sizes = HEADER, "image", (64,)
    for index, (name, layer) in enumerate(zip(layer_names(network.layers), network.layers)):
        shape = weight_shape(layer)
        fields = {
            "name": name,
            "n": layer.n,
            "weight": dimensions(shape),
            "scale": dimensions((layer.n,) + (1,) * (len(shape) - 1)),
            "codes": f"tensor<{dimensions(shape)}x!lowbit.{network.encoding}>",
        }
        if network.encoding:
            resources[f"{name}.codes"], resources[f"{name}.scale"] = codes[index]
            text += LOW_BIT_WEIGHT.format(**fields)
        else:
            resources[f"{name}.weight"] = network.weights[index]
            text += FLOAT_WEIGHT.format(**fields)
        resources[f"{name}.bias"] = network.biases[index]
        layer_text, value, sizes = _layer_text(layer, fields, value, sizes)
        text += layer_text
    text += f"  return %{value} : {batch_of(sizes)}\n}}\n"
    return text + _resource_section(resources)


def model_name(architecture: str, trained: str) -> str:
    """Return the file name, without suffix, of a trained network: float, conv-float, ..."""
    return trained if architecture == "dense" else f"{architecture}-{trained}"


def weight_shape(layer: Layer) -> tuple[int, ...]:
    """Return the extents of the weights, whose product is N * K."""
    if isinstance(layer, Convolution):
        return (layer.n, KERNEL, KERNEL, layer.channels)
    return (layer.n, layer.k)


def dimensions(shape: tuple[int, ...]) -> str:
    """Return extents as in a tensor type: 2x3."""
    return "x".join(map(str, shape))


def batch_of(sizes: tuple[int, ...]) -> str:
    """Return the type of any number of values of `sizes`."""
    return f"tensor<?x{dimensions(sizes)}xf32>"


def _layer_text(
    layer: Layer, fields: dict[str, object], value: str, sizes: tuple[int, ...]
) -> tuple[str, str, tuple[int, ...]]:
    """Return the text from `value` of `sizes` to the layer's result, its name and its sizes."""
    name, text = fields["name"], ""
    if isinstance(layer, Dense):
        wanted, result, pooled = (layer.k,), (layer.n,), ()
    else:
        wanted = (layer.extent, layer.extent, layer.channels)
        result = (layer.extent, layer.extent, layer.n)
        pooled = (layer.extent // POOL, layer.extent // POOL, layer.n)
    rank = len(wanted) + 1
    indices = ", ".join("abcd"[:rank])
    fields |= {
        "input": batch_of(wanted),
        "result": batch_of(result),
        "pooled": batch_of(pooled),
        "pool": POOL,
        "spanned": list(range(rank - 1)),
        "identity": f"affine_map<({indices}) -> ({indices})>",
        "parallel": ", ".join(['"parallel"'] * rank),
    }
    if len(sizes) < len(wanted):
        split_sizes = ", ".join(map(str, wanted))
        text += EXPAND.format(**fields, x=value, flat=batch_of(sizes), sizes=split_sizes)
        value = f"{name}.x"
    elif len(sizes) > len(wanted):
        text += COLLAPSE.format(**fields, x=value, image=batch_of(sizes))
        value = f"{name}.x"
    text += BIAS.format(**fields)
    if isinstance(layer, Dense):
        text += DENSE.format(**fields, x=value)
    else:
        padded = batch_of((layer.extent + 2, layer.extent + 2, layer.channels))
        text += CONVOLUTION.format(**fields, x=value, padded=padded)
    if isinstance(layer, Dense) and not layer.relu:
        return text, f"{name}.y", result
    text += RELU.format(**fields)
    if isinstance(layer, Convolution) and layer.pool:
        return text + POOLING.format(**fields), f"{name}.o", pooled
    return text, f"{name}.r", result


def _resource_section(resources: dict[str, np.ndarray]) -> str:
    """Return the section that holds each array: alignment, then little-endian bytes, in hex."""
    entries = []
    for name, array in sorted(resources.items()):
        raw = array.astype(array.dtype.newbyteorder("<")).tobytes()
        entries.append(f'      {name}: "0x{(ALIGNMENT.to_bytes(4, "little") + raw).hex().upper()}"')
    body = ",\n".join(entries)
    return f"\n{{-#\n  dialect_resources: {{\n    builtin: {{\n{body}\n    }}\n  }}\n#-}}\n"


def read_model(text: str, layers: tuple[Layer, ...]) -> Network:
    """Return the network of `layers` in a module written by `model_text`, in real numbers.

    What has codes in the text has `scale * code` as weights. Raises a ValueError where the text
    does not hold such a network.
    """
    weights, biases = [], []
    for name, layer in zip(layer_names(layers), layers):
        shape = (layer.n, layer.k)
        if f"dense_resource<{name}.codes>" in text:
            codes = _resource(text, f"{name}.codes", "<i1", shape)
            weights.append(
                codes.astype(np.float32) * _resource(text, f"{name}.scale", "<f4", (layer.n, 1))
            )
        else:
            weights.append(_resource(text, f"{name}.weight", "<f4", shape))
        biases.append(_resource(text, f"{name}.bias", "<f4", shape[:1]))
    return Network(layers, tuple(weights), tuple(biases))


def read_encodings(text: str) -> set[str]:
    """Return the encodings of the weights in a module written by `model_text`."""
    found = set(re.findall(r"-> tensor<[0-9x]+x!lowbit\.(\w+)>$", text, re.MULTILINE))
    return found | ({"f32"} if re.search(r"dense_resource<\w+\.weight>", text) else set())


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

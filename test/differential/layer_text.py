"""Layers as MLIR: float layers with the encodings that they are to get."""

from __future__ import annotations

import numpy as np
from layer_cases import Layer
from layer_operands import Weights, make_weights
from module_text import write_constant

HEAD = """#row = affine_map<(m, n, k) -> (m, k)>
#col = affine_map<(m, n, k) -> (n, k)>
#out = affine_map<(m, n, k) -> (m, n)>
#id = affine_map<(m, n) -> (m, n)>
"""
# Of the codes at both ends of a chain.
CODES = "!lowbit.affine<8>"


class _Writer:
    """The body of a function with one layer after the other."""

    def __init__(self):
        self.name = ""  # of the layer that is written
        self.arguments: list[str] = []
        self.results: list[tuple[str, str]] = []
        self.lines: list[str] = []
        self._count = 0

    def add(self, text: str) -> str:
        """A new value, of an op whose location begins with the name of the layer."""
        self._count += 1
        location = "" if " loc(" in text else f' loc("{self.name}_part")'
        self.lines.append(f"  %v{self._count} = {text}{location}")
        return f"%v{self._count}"

    def add_input(self, type: str) -> str:
        name = f"%x{len(self.arguments)}"
        self.arguments.append(f"{name}: {type}")
        return name

    def add_constant(self, element: str, value: np.ndarray) -> str:
        self._count += 1
        self.lines.append(write_constant(f"v{self._count}", element, value))
        return f"%v{self._count}"

    def add_empty(self, source: str, source_type: str, type: str) -> str:
        """As many rows as `source` has."""
        count = ""
        if "?" in type:
            count = self.add(f"tensor.dim {source}, %c0 : {source_type}")
        return self.add(f"tensor.empty({count}) : {type}")

    def add_init(self, source: str, source_type: str, type: str, bias: np.ndarray | None) -> str:
        """What the products are added to: a bias along the last dimensions, or zeros."""
        empty = self.add_empty(source, source_type, type)
        if bias is None:
            return self.add(f"linalg.fill ins(%zero : f32) outs({empty} : {type}) -> {type}")
        value = self.add_constant("f32", bias)
        dimensions = list(range(type.count("x") - bias.ndim))
        return self.add(
            f"linalg.broadcast ins({value} : tensor<{_join(bias.shape)}xf32>)"
            f" outs({empty} : {type}) dimensions = {dimensions}"
        )

    def finish(self) -> str:
        types = ", ".join(type for _, type in self.results)
        values = ", ".join(value for value, _ in self.results)
        head = f"func.func @main({', '.join(self.arguments)}) -> ({types}) {{"
        constants = ["  %c0 = arith.constant 0 : index", "  %zero = arith.constant 0.0 : f32"]
        return "\n".join([head, *constants, *self.lines, f"  return {values} : {types}", "}", ""])


def _join(extents) -> str:
    return "x".join(map(str, extents))


def _rows(layer: Layer) -> str:
    return str(layer.shape.m or "?")


def _attributes(layer: Layer) -> str:
    return f'lowbit.weights = "{layer.encoding}", lowbit.activations = "{layer.activations}"'


def _write_matmul(writer: _Writer, layer: Layer, weights: Weights, x: str, name: str) -> str:
    n, k = weights.kernel.shape
    source, result = f"tensor<{_rows(layer)}x{k}xf32>", f"tensor<{_rows(layer)}x{n}xf32>"
    init = writer.add_init(x, source, result, weights.bias)
    attributes = f"{{{_attributes(layer)}}}"
    if layer.kind == "matmul_kxn":
        kernel, extents, maps = weights.kernel.T, f"{k}x{n}", ""
    else:
        kernel, extents, maps = weights.kernel, f"{n}x{k}", "indexing_maps = [#row, #col, #out] "
    w = writer.add_constant("f32", kernel)
    return writer.add(
        f"linalg.matmul {maps}{attributes} ins({x}, {w} : {source}, tensor<{extents}xf32>)"
        f' outs({init} : {result}) -> {result} loc("{name}")'
    )


def _write_dense(writer: _Writer, layer: Layer, name: str) -> None:
    weights, shape, m = make_weights(layer), layer.shape, _rows(layer)
    x = writer.add_input(f"tensor<{m}x{shape.k}xf32>")
    y = _write_matmul(writer, layer, weights, x, name)
    writer.results.append((y, f"tensor<{m}x{shape.n}xf32>"))


def _write_chain(writer: _Writer, layer: Layer, name: str) -> None:
    """Codes, a layer, relu, the layer, codes."""
    first, last, shape = make_weights(layer, "first"), make_weights(layer), layer.shape
    m, k = _rows(layer), first.kernel.shape[1]
    hidden = f"tensor<{m}x{shape.k}xf32>"
    scale = writer.add("arith.constant dense<0.02> : tensor<1x1xf32>")
    zero_point = writer.add("arith.constant dense<-5> : tensor<1x1xi32>")
    codes = writer.add_input(f"tensor<{m}x{k}xi8>")
    codes = writer.add(
        f"lowbit.from_storage {codes} : tensor<{m}x{k}xi8> -> tensor<{m}x{k}x{CODES}>"
    )
    types = "tensor<1x1xf32>, tensor<1x1xi32>"
    reals = writer.add(
        f"lowbit.dequantize {codes} scale {scale} zero_point {zero_point}"
        f" : (tensor<{m}x{k}x{CODES}>, {types}) -> tensor<{m}x{k}xf32>"
    )
    reals = _write_matmul(writer, layer, first, reals, f"{name}_first")
    empty = writer.add_empty(reals, hidden, hidden)
    reals = writer.add(
        'linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel"]}'
        f" ins({reals} : {hidden}) outs({empty} : {hidden}) {{\n"
        "  ^bb0(%in: f32, %out: f32):\n"
        "    %max = arith.maximumf %in, %zero : f32\n"
        f"    linalg.yield %max : f32\n  }} -> {hidden}"
    )
    reals = _write_matmul(writer, layer, last, reals, name)
    codes = writer.add(
        f"lowbit.quantize {reals} scale {scale} zero_point {zero_point}"
        f" : (tensor<{m}x{shape.n}xf32>, {types}) -> tensor<{m}x{shape.n}x{CODES}>"
    )
    storage = f"tensor<{m}x{shape.n}xi8>"
    codes = writer.add(f"lowbit.to_storage {codes} : tensor<{m}x{shape.n}x{CODES}> -> {storage}")
    writer.results.append((codes, storage))


def _write_convolution(writer: _Writer, layer: Layer, name: str) -> None:
    """Images N x H x W x C, and groups of channels behind."""
    shape = layer.shape
    window, weights = shape.window, make_weights(layer)
    y, x = window.kernel
    if layer.kind == "conv":
        op, channels, outputs = "conv_2d_nhwc_hwcf", [window.channels], [shape.n]
        kernel = np.moveaxis(weights.kernel.reshape(shape.n, y, x, window.channels), 0, 3)
    elif layer.kind == "conv_groups":
        outputs = [window.groups, shape.n // window.groups]
        op, channels = "conv_2d_nhwgc_gfhwc", [window.groups, window.channels]
        kernel = weights.kernel.reshape(*outputs, y, x, window.channels)
    else:
        op, channels, outputs = "depthwise_conv_2d_nhwc_hwc", [shape.n], [shape.n]
        kernel = np.moveaxis(weights.kernel.reshape(shape.n, y, x), 0, 2)
    images = f"tensor<{_join([_rows(layer), window.height, window.width, *channels])}xf32>"
    result = f"tensor<{_join([_rows(layer), *window.result, *outputs])}xf32>"
    source = value = writer.add_input(images)
    padded = f"tensor<{_join([_rows(layer), *window.padded, *channels])}xf32>"
    if any(window.pads):
        top, bottom, left, right = window.pads
        rest = [0] * len(channels)
        indices = ", ".join(f"%i{d}: index" for d in range(3 + len(channels)))
        value = writer.add(
            f"tensor.pad {source} low{[0, top, left, *rest]} high{[0, bottom, right, *rest]} {{\n"
            f"  ^bb0({indices}):\n    tensor.yield %zero : f32\n  }} : {images} to {padded}"
        )
    bias = None if weights.bias is None else weights.bias.reshape(outputs)
    init = writer.add_init(source, images, result, bias)
    w = writer.add_constant("f32", kernel)
    writer.results.append(
        (
            writer.add(
                f"linalg.{op} {{strides = dense<{list(window.strides)}> : tensor<2xi64>,"
                f" dilations = dense<{list(window.dilations)}> : tensor<2xi64>,"
                f" {_attributes(layer)}}} ins({value}, {w} : {padded},"
                f" tensor<{_join(kernel.shape)}xf32>) outs({init} : {result}) -> {result}"
                f' loc("{name}")'
            ),
            result,
        )
    )


def _write_float(writer: _Writer, layer: Layer, name: str) -> None:
    """A product that is none of two matrices."""
    shape, weights = layer.shape, make_weights(layer)
    batch = {"batch_matmul": "2x", "vecmat": ""}[layer.kind]
    rows = {"batch_matmul": "2x?x", "vecmat": ""}[layer.kind]
    kernel = weights.kernel.T
    if batch:
        kernel = np.stack([kernel, kernel])
    source, result = f"tensor<{rows}{shape.k}xf32>", f"tensor<{rows}{shape.n}xf32>"
    x, init = writer.add_input(source), writer.add_input(result)
    w = writer.add_constant("f32", kernel)
    y = writer.add(
        f"linalg.{layer.kind} {{{_attributes(layer)}}} ins({x}, {w} : {source},"
        f" tensor<{_join(kernel.shape)}xf32>) outs({init} : {result}) -> {result}"
        f' loc("{name}")'
    )
    writer.results.append((y, result))


def write_layers(layers: list[Layer], first: int = 0) -> str:
    """One public function with an input and an output for each layer, whose name is lN.

    first: the N of the first one.
    """
    writer = _Writer()
    for index, layer in enumerate(layers, first):
        if layer.shape.window:
            write = _write_convolution
        else:
            write = {"chain": _write_chain, "matmul": _write_dense, "matmul_kxn": _write_dense}.get(
                layer.kind, _write_float
            )
        writer.name = f"l{index}"
        write(writer, layer, writer.name)
    return HEAD + writer.finish()

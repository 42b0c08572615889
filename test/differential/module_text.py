"""Configurations as MLIR."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from configurations import Code, Configuration


class Input(NamedTuple):
    """An operand of the module: `key` is its name among the operands."""

    key: str
    element: str
    shape: str

    @property
    def type(self) -> str:
        return f"tensor<{self.shape}x{self.element}>"


def inputs(c: Configuration) -> list[Input]:
    """The inputs of the module, in order. A scale in bf16 comes as its bits, in i16."""
    rows = "?x1" if c.activation_rows == "row" else "1x1"
    weight_rows = "1" if c.weight_rows == "layer" else "?"
    groups = f"{weight_rows}x{'?' if c.block else '1'}"
    result = [Input("weights", "i8", "?x?")]
    if c.is_quantized_here:
        result.append(Input("reals", "f32", "?x?"))
    else:
        result.append(Input("activations", "i8", "?x?"))
        if c.is_scaled:
            result.append(Input("activation_scale", "f32", rows))
        if c.has_activation_zero_point:
            result.append(Input("activation_zero_point", "i32", rows))
    if c.is_scaled:
        result.append(Input("weight_scale", "i16" if c.scale == "bf16" else c.scale, groups))
    if c.weight_zero_point:
        result.append(Input("weight_zero_point", c.weight_zero_point, groups))
    if not c.is_scaled:
        result.append(Input("init", "i32", "?x?"))
    return result


def write_bits_to_bf16(name: str, shape: str) -> str:
    """%name of bf16 from %name_bits of i16."""
    sizes, dims = [], []
    for d, extent in enumerate(shape.split("x")):
        if extent == "?":
            dims.append(f"  %{name}_{d} = tensor.dim %{name}_bits, %c{d} : tensor<{shape}xi16>")
            sizes.append(f"%{name}_{d}")
    return "\n".join(
        [
            *dims,
            f"  %{name}_empty = tensor.empty({', '.join(sizes)}) : tensor<{shape}xbf16>",
            f"  %{name} = linalg.map ins(%{name}_bits : tensor<{shape}xi16>)"
            f" outs(%{name}_empty : tensor<{shape}xbf16>)",
            "    (%bits: i16, %unused: bf16) {",
            "      %real = arith.bitcast %bits : i16 to bf16",
            "      linalg.yield %real : bf16",
            "    }",
        ]
    )


def write_from_storage(name: str, shape: str, code_type: str, result: str = "") -> str:
    """%result, by default %name, from the integers %name_codes."""
    return (
        f"  %{result or name} = lowbit.from_storage %{name}_codes : tensor<{shape}xi8>"
        f" -> tensor<{shape}x{code_type}>"
    )


def write_lookup(shape: str, code: Code) -> str:
    """%weights from %indices."""
    levels = ", ".join(map(str, code.table))
    table = f"tensor<{len(code.table)}xi8>"
    return (
        f"  %table = arith.constant dense<[{levels}]> : {table}\n"
        f"  %weights = lowbit.lookup %indices in %table"
        f" : (tensor<{shape}x{code.type}>, {table}) -> tensor<{shape}x{code.value_type}>"
    )


def _quantize(c: Configuration, rows: str) -> list[str]:
    """Activations and their parameters from f32."""
    code = c.activation_code.type
    types, results, operands = f"tensor<{rows}xf32>", "%activation_scale", ""
    operand_types = f"tensor<?x?xf32>, {types}"
    if c.has_activation_zero_point:
        types += f", tensor<{rows}xi32>"
        results += ", %activation_zero_point"
        operands = " zero_point %activation_zero_point"
        operand_types += f", tensor<{rows}xi32>"
    return [
        f"  {results} = lowbit.choose_params %reals for {code} : (tensor<?x?xf32>) -> ({types})",
        f"  %activations = lowbit.quantize %reals scale %activation_scale{operands}"
        f" : ({operand_types}) -> tensor<?x?x{code}>",
    ]


def write_constant(name: str, element: str, value: np.ndarray) -> str:
    """%name as a constant with the bytes of `value`."""
    shape = "x".join(map(str, value.shape))
    text = np.ascontiguousarray(value).tobytes().hex().upper()
    return f'  %{name} = arith.constant dense<"0x{text}"> : tensor<{shape}x{element}>'


def write_code_constant(shape: str, code_type: str, result: str) -> str:
    """%result from the resource of `write_resource`."""
    return (
        f"  %{result} = lowbit.constant dense_resource<codes> : tensor<{shape}xi8>"
        f" -> tensor<{shape}x{code_type}>"
    )


def write_resource(codes: np.ndarray) -> str:
    """The end of a module that holds `codes`."""
    # A blob begins with its alignment, here 64, in four little-endian bytes.
    text = np.ascontiguousarray(codes).tobytes().hex().upper()
    return f'{{-# dialect_resources: {{ builtin: {{ codes: "0x40000000{text}" }} }} #-}}\n'


def write_module(c: Configuration, constants: dict[str, np.ndarray] | None = None) -> str:
    """One public function from `inputs` to the product.

    constants: operands by key that are no inputs but constants in the text.
    """
    constants = constants or {}
    shapes = {item.key: item.shape for item in inputs(c)}
    shapes.update({key: "x".join(map(str, a.shape)) for key, a in constants.items()})
    arguments, body = [], ["  %c0 = arith.constant 0 : index", "  %c1 = arith.constant 1 : index"]
    for item in inputs(c):
        suffix = ""
        if item.key in ("activations", "weights"):
            suffix = "_codes"
        elif item.element == "i16":
            suffix = "_bits"
        if item.key not in constants:
            arguments.append(f"%{item.key}{suffix}: {item.type}")
        elif item.key != "weights":
            element = c.scale if item.key == "weight_scale" else item.element
            body.append(write_constant(item.key, element, constants[item.key]))
        if item.element == "i16" and item.key not in constants:
            body.append(write_bits_to_bf16(item.key, item.shape))
    resources = ""
    codes = "indices" if c.weight_code.table else "weights"
    if "weights" in constants:
        body.append(write_code_constant(shapes["weights"], c.weight_code.type, codes))
        resources = write_resource(constants["weights"])
    else:
        body.append(write_from_storage("weights", "?x?", c.weight_code.type, codes))
    if c.weight_code.table:
        body.append(write_lookup(shapes["weights"], c.weight_code))
    rows = "?x1" if c.activation_rows == "row" else "1x1"
    if c.is_quantized_here:
        body.extend(_quantize(c, rows))
        shapes.update(activation_scale=rows, activation_zero_point=rows)
    else:
        body.append(write_from_storage("activations", "?x?", c.activation_code.type))

    types = [
        f"tensor<?x?x{c.activation_code.type}>",
        f"tensor<{shapes['weights']}x{c.weight_code.value_type}>",
    ]
    text = "%activations, %weights"

    def add(keyword: str, element: str) -> None:
        nonlocal text
        text += f" {keyword} %{keyword}"
        types.append(f"tensor<{shapes[keyword]}x{element}>")

    if c.is_scaled:
        add("activation_scale", "f32")
        add("weight_scale", c.scale)
    if c.has_activation_zero_point:
        add("activation_zero_point", "i32")
    if c.weight_zero_point:
        add("weight_zero_point", c.weight_zero_point)
    n = shapes["weights"].split("x")[0]
    result = f"tensor<?x{n}x{'f32' if c.is_scaled else 'i32'}>"
    if c.is_scaled:
        sizes = ", ".join(map(str, c.block_sizes))
        if any(c.block_sizes):
            text += f" {{block_sizes = array<i64: {sizes}>}}"
    elif n == "?":
        add("init", "i32")
    else:
        body.append(f"  %typed_init = tensor.cast %init : tensor<?x?xi32> to {result}")
        text += " init %typed_init"
        types.append(result)
    op = "scaled_matmul" if c.is_scaled else "matmul"
    body.append(f"  %product = lowbit.{op} {text} : ({', '.join(types)}) -> {result}")
    body.append(f"  return %product : {result}")
    return (
        f"func.func @main({', '.join(arguments)}) -> {result} {{\n"
        + "\n".join(body)
        + f"\n}}\n{resources}"
    )

"""Models of many kinds give the same bytes on any number of threads, and as their reference."""

from __future__ import annotations

import numpy as np
import pytest
from artifact import Artifact, compile_text, dense
from pools import Pool

rng = np.random.default_rng(11)


def normal(*shape: int) -> np.ndarray:
    return rng.standard_normal(shape).astype(np.float32)


def elementwise(name: str, inputs: list[str], rank: int, type: str, body: str) -> str:
    """%`name` of `type`: `body` computes %value from %a0, %a1, ..."""
    dims = ", ".join(f"d{i}" for i in range(rank))
    identity = f"affine_map<({dims}) -> ({dims})>"
    arguments = ", ".join(f"%a{i}: f32" for i in range(len(inputs)))
    return f"""  %{name} = linalg.generic {{
      indexing_maps = [{", ".join([identity] * (len(inputs) + 1))}],
      iterator_types = [{", ".join(['"parallel"'] * rank)}]}}
      ins({", ".join(inputs)} : {", ".join([type] * len(inputs))})
      outs(%{name}_init : {type}) {{
  ^bb0({arguments}, %out: f32):
{body}
    linalg.yield %value : f32
  }} -> {type}
"""


RELU6 = """    %low = arith.maximumf %a0, %zero : f32
    %value = arith.minimumf %low, %six : f32"""
GELU_ADD = """    %erf = math.erf %a0 : f32
    %weight = arith.addf %erf, %half : f32
    %gelu = arith.mulf %a0, %weight : f32
    %value = arith.addf %gelu, %a1 : f32"""
HEAD = """  %c0 = arith.constant 0 : index
  %zero = arith.constant 0.0 : f32
  %half = arith.constant 0.5 : f32
  %six = arith.constant 6.0 : f32
  %m = tensor.dim %x, %c0 : {type}
"""
MATMUL = """  %{y}_w = arith.constant {w}
  %{y}_e = tensor.empty(%m) : tensor<?x{n}xf32>
  %{y}_b = arith.constant {b}
  %{y}_i = linalg.broadcast ins(%{y}_b : tensor<{n}xf32>) outs(%{y}_e : tensor<?x{n}xf32>)
      dimensions = [0]
  %{y} = linalg.matmul indexing_maps = [affine_map<(m, n, k) -> (m, k)>,
      affine_map<(m, n, k) -> (n, k)>, affine_map<(m, n, k) -> (m, n)>]
      ins(%{x}, %{y}_w : tensor<?x{k}xf32>, tensor<{n}x{k}xf32>)
      outs(%{y}_i : tensor<?x{n}xf32>) -> tensor<?x{n}xf32> loc("{y}")
"""


def linear(x: str, y: str, k: int, n: int) -> str:
    w, b = dense(normal(n, k), "f32"), dense(normal(n), "f32")
    return MATMUL.format(x=x, y=y, w=w, b=b, n=n, k=k)


def empty(name: str, type: str) -> str:
    return f"  %{name}_init = tensor.empty(%m) : {type}\n"


def function(input: str, output: str, body: str, result: str) -> str:
    head = HEAD.format(type=input)
    signature = f"func.func @main(%x: {input}) -> {output}"
    return f"{signature} {{\n{head}{body}  return %{result} : {output}\n}}\n"


def perceptron() -> str:
    """A layer, relu6, and a layer with gelu and the input added."""
    wide, narrow = "tensor<?x530xf32>", "tensor<?x90xf32>"
    body = linear("x", "fc1", 90, 530) + empty("r", wide)
    body += elementwise("r", ["%fc1"], 2, wide, RELU6)
    body += linear("r", "fc2", 530, 90) + empty("y", narrow)
    body += elementwise("y", ["%fc2", "%x"], 2, narrow, GELU_ADD)
    return function(narrow, narrow, body, "y")


CONVOLUTION = """  %{y}_w = arith.constant {w}
  %{y}_e = tensor.empty(%m) : tensor<?x{h}x{v}x{o}xf32>
  %{y}_b = arith.constant {b}
  %{y}_i = linalg.broadcast ins(%{y}_b : tensor<{o}xf32>) outs(%{y}_e : tensor<?x{h}x{v}x{o}xf32>)
      dimensions = [0, 1, 2]
  %{y} = linalg.conv_2d_nhwc_hwcf {{strides = dense<{s}> : tensor<2xi64>}}
      ins(%{x}, %{y}_w : {type}, tensor<3x3x{c}x{o}xf32>)
      outs(%{y}_i : tensor<?x{h}x{v}x{o}xf32>) -> tensor<?x{h}x{v}x{o}xf32> loc("{y}")
"""


def convolve(x: str, y: str, type: str, c: int, o: int, h: int, v: int, s: int) -> str:
    w, b = dense(normal(3, 3, c, o), "f32"), dense(normal(o), "f32")
    return CONVOLUTION.format(x=x, y=y, type=type, w=w, b=b, c=c, o=o, h=h, v=v, s=s)


def convolutions() -> str:
    """Two convolutions, relu6 after each."""
    first, second = "tensor<?x31x29x5xf32>", "tensor<?x29x27x40xf32>"
    third = "tensor<?x14x13x33xf32>"
    body = convolve("x", "conv1", first, 5, 40, 29, 27, 1) + empty("r", second)
    body += elementwise("r", ["%conv1"], 4, second, RELU6)
    body += convolve("r", "conv2", second, 40, 33, 14, 13, 2) + empty("y", third)
    body += elementwise("y", ["%conv2"], 4, third, RELU6)
    return function(first, third, body, "y")


def embedding() -> str:
    """Rows of a table, and a layer."""
    table = dense(normal(50, 70), "f32")
    body = f"""  %t = arith.constant {table}
  %e = tensor.empty(%m) : tensor<?x70xf32>
  %g = linalg.generic {{
      indexing_maps = [affine_map<(i, d) -> (i)>, affine_map<(i, d) -> (i, d)>],
      iterator_types = ["parallel", "parallel"]}}
      ins(%x : tensor<?xi64>) outs(%e : tensor<?x70xf32>) {{
  ^bb0(%index: i64, %out: f32):
    %row = arith.index_cast %index : i64 to index
    %d = linalg.index 1 : index
    %value = tensor.extract %t[%row, %d] : tensor<50x70xf32>
    linalg.yield %value : f32
  }} -> tensor<?x70xf32> loc("embed")
"""
    body += linear("g", "fc", 70, 200)
    return function("tensor<?xi64>", "tensor<?x200xf32>", body, "fc")


def attention() -> str:
    """One head: softmax(q k^T) v."""
    body = "".join(linear("x", y, 48, 32) for y in "qkv")
    body += """  %s_e = tensor.empty(%m, %m) : tensor<?x?xf32>
  %s_i = linalg.fill ins(%zero : f32) outs(%s_e : tensor<?x?xf32>) -> tensor<?x?xf32>
  %s = linalg.matmul indexing_maps = [affine_map<(m, n, k) -> (m, k)>,
      affine_map<(m, n, k) -> (n, k)>, affine_map<(m, n, k) -> (m, n)>]
      ins(%q, %k : tensor<?x32xf32>, tensor<?x32xf32>)
      outs(%s_i : tensor<?x?xf32>) -> tensor<?x?xf32>
  %p = linalg.softmax dimension(1) ins(%s : tensor<?x?xf32>) outs(%s_e : tensor<?x?xf32>)
      -> tensor<?x?xf32>
  %y_e = tensor.empty(%m) : tensor<?x32xf32>
  %y_i = linalg.fill ins(%zero : f32) outs(%y_e : tensor<?x32xf32>) -> tensor<?x32xf32>
  %y = linalg.matmul ins(%p, %v : tensor<?x?xf32>, tensor<?x32xf32>)
      outs(%y_i : tensor<?x32xf32>) -> tensor<?x32xf32>
"""
    return function("tensor<?x48xf32>", "tensor<?x32xf32>", body, "y")


MODELS = {
    "perceptron": (perceptron, [90], [0, 1, 2, 131, 700]),
    "convolutions": (convolutions, [31, 29, 5], [0, 1, 3]),
    "embedding": (embedding, [], [0, 1, 2000]),
    "attention": (attention, [48], [1, 5, 700]),
}
ENCODINGS = {
    "base3": ["--weights=ternary", "--ternary-layout=base3"],
    "bits": ["--weights=binary", "--activations=binary:range=[-1,1]"],
    "int8": ["--weights=int8"],
    "static": ["--weights=int4", "--activations=uint8:range=[0,6]"],
    "weight-only": ["--weights=int4:block=32", "--activations=float"],
}


@pytest.fixture(scope="module", params=MODELS)
def name(request):
    return request.param


@pytest.fixture(scope="module", params=ENCODINGS)
def model(name, request, tmp_path_factory):
    folder = tmp_path_factory.mktemp(name)
    options = ENCODINGS[request.param]
    text = MODELS[name][0]()
    compiled = Artifact(compile_text(text, folder / "model.so", *options))
    reference = Artifact(compile_text(text, folder / "reference.so", "--reference", *options))
    return compiled, reference


def make_input(name: str, rows: int) -> np.ndarray:
    _, extents, _ = MODELS[name]
    if not extents:
        return np.arange(rows, dtype=np.int64) * 7 % 50
    return np.random.default_rng(rows).standard_normal((rows, *extents)).astype(np.float32)


@pytest.fixture(scope="module")
def static_perceptron(tmp_path_factory):
    path = tmp_path_factory.mktemp("static") / "model.so"
    return Artifact(compile_text(perceptron(), path, *ENCODINGS["static"]))


def test_sums_are_as_large_as_a_tile(static_perceptron):
    """Between the layers there are codes, one byte each, and their sums of rows."""
    m, inputs, hidden = 700, 90, 530
    padded_codes = m * (inputs + 2) + m * (hidden + 2)
    row_sums = 2 * 4 * m
    most = padded_codes + row_sums + m * hidden + 1024
    assert static_perceptron.workspace_bytes([make_input("perceptron", m)]) <= most


def test_any_number_of_threads(name, model):
    compiled, reference = model
    for rows in MODELS[name][2]:
        x = make_input(name, rows)
        [expected] = compiled.run([x])
        if rows <= 3:
            # Float layers may be summed in another order.
            tolerance = 1e-5 if name == "attention" else 0
            np.testing.assert_allclose(expected, reference.run([x])[0], tolerance, tolerance)
        counts = set()
        for ranges in [2, 3, 5, 64]:
            pool = Pool(ranges, ranges)
            [result] = compiled.run([x], parallel_for=pool.hook)
            assert result.tobytes() == expected.tobytes(), (rows, ranges)
            counts.update(pool.counts)
        is_large = rows == MODELS[name][2][-1]
        assert max(counts, default=0) >= 3 or not is_large

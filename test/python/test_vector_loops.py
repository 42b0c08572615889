"""What is not packed: loops of vectors against loops of scalars, to the bit."""

import numpy as np
import pytest
from artifact import TARGETS, Artifact, GuardedPages, compile_text, lacks

pytestmark = pytest.mark.sampled

# Around vectors of 4, 8, 16 and 64 elements.
EXTENTS = [0, 1, 3, 4, 7, 16, 17, 31, 65]
NAN, INFINITY = np.float32(np.nan), np.float32(np.inf)

ELEMENTWISE = """
#id = affine_map<(m, n) -> (m, n)>
#row = affine_map<(m, n) -> (m)>
#column = affine_map<(m, n) -> (n)>
func.func @main(%x: tensor<{m}x{n}x{t}>, %r: tensor<{m}x{t}>, %c: tensor<{n}x{t}>)
    -> tensor<{m}x{n}x{t}> {{
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %m = tensor.dim %x, %c0 : tensor<{m}x{n}x{t}>
  %n = tensor.dim %x, %c1 : tensor<{m}x{n}x{t}>
  %e0 = tensor.empty(%m, %n) : tensor<?x?x{t}>
  %e = tensor.cast %e0 : tensor<?x?x{t}> to tensor<{m}x{n}x{t}>
  %y = linalg.generic {{indexing_maps = [#id, #row, #column, #id],
      iterator_types = ["parallel", "parallel"]}}
      ins(%x, %r, %c : tensor<{m}x{n}x{t}>, tensor<{m}x{t}>, tensor<{n}x{t}>)
      outs(%e : tensor<{m}x{n}x{t}>) {{
  ^bb0(%a: {t}, %b: {t}, %d: {t}, %out: {t}):
{body}
    linalg.yield %z : {t}
  }} -> tensor<{m}x{n}x{t}>
  return %y : tensor<{m}x{n}x{t}>
}}
"""
FLOAT_BODY = """
    %p = arith.mulf %a, %b : {t}
    %s = arith.addf %p, %d : {t}
    %z = math.tanh %s : {t}"""
INTEGER_BODY = """
    %p = arith.addi %a, %b : {t}
    %z = arith.maxsi %p, %d : {t}"""
INDEX_BODY = """
    %i = linalg.index 0 : index
    %j = linalg.index 1 : index
    %k = arith.addi %i, %j : index
    %h = arith.index_cast %k : index to i32
    %f = arith.sitofp %h : i32 to {t}
    %p = arith.mulf %a, %f : {t}
    %q = arith.addf %p, %b : {t}
    %z = arith.addf %q, %d : {t}"""

WINDOW = """
func.func @main(%x: tensor<{n}x9x9x{c}xf32>) -> tensor<{n}x4x4x{c}xf32> {{
  %c0 = arith.constant 0 : index
  %c3 = arith.constant 3 : index
  %zero = arith.constant -1.0 : f32
  %n = tensor.dim %x, %c0 : tensor<{n}x9x9x{c}xf32>
  %c = tensor.dim %x, %c3 : tensor<{n}x9x9x{c}xf32>
  %e0 = tensor.empty(%n, %c) : tensor<?x4x4x?xf32>
  %e = tensor.cast %e0 : tensor<?x4x4x?xf32> to tensor<{n}x4x4x{c}xf32>
  %z = linalg.fill ins(%zero : f32) outs(%e : tensor<{n}x4x4x{c}xf32>) -> tensor<{n}x4x4x{c}xf32>
  %w = tensor.empty() : tensor<3x3xf32>
  %y = linalg.pooling_nhwc_{kind}
      {{strides = dense<2> : tensor<2xi64>, dilations = dense<1> : tensor<2xi64>}}
      ins(%x, %w : tensor<{n}x9x9x{c}xf32>, tensor<3x3xf32>)
      outs(%z : tensor<{n}x4x4x{c}xf32>) -> tensor<{n}x4x4x{c}xf32>
  return %y : tensor<{n}x4x4x{c}xf32>
}}
"""

# Windows of 2 rows on images whose columns lie side by side.
PLANES = """
func.func @main(%x: tensor<{n}x3x{h}x{w}x{t}>) -> tensor<{n}x3x{oh}x{ow}x{t}> {{
  %c0 = arith.constant 0 : index
  %c3 = arith.constant 3 : index
  %init = arith.constant {init} : {t}
  %n = tensor.dim %x, %c0 : tensor<{n}x3x{h}x{w}x{t}>
  %w = tensor.dim %x, %c3 : tensor<{n}x3x{h}x{w}x{t}>
  %ow = affine.apply affine_map<(w) -> ((w - {span}) floordiv {stride} + 1)>(%w)
  %e0 = tensor.empty(%n, %ow) : tensor<?x3x{oh}x?x{t}>
  %e = tensor.cast %e0 : tensor<?x3x{oh}x?x{t}> to tensor<{n}x3x{oh}x{ow}x{t}>
  %z = linalg.fill ins(%init : {t}) outs(%e : tensor<{n}x3x{oh}x{ow}x{t}>)
      -> tensor<{n}x3x{oh}x{ow}x{t}>
  %k = tensor.empty() : tensor<2x{kernel}x{t}>
  %y = linalg.pooling_nchw_{kind} {{strides = dense<[2, {stride}]> : tensor<2xi64>,
      dilations = dense<[1, {dilation}]> : tensor<2xi64>}}
      ins(%x, %k : tensor<{n}x3x{h}x{w}x{t}>, tensor<2x{kernel}x{t}>)
      outs(%z : tensor<{n}x3x{oh}x{ow}x{t}>) -> tensor<{n}x3x{oh}x{ow}x{t}>
  return %y : tensor<{n}x3x{oh}x{ow}x{t}>
}}
"""


SOFTMAX = """
func.func @main(%x: tensor<{m}x{n}xf32>) -> tensor<{m}x{n}xf32> {{
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %m = tensor.dim %x, %c0 : tensor<{m}x{n}xf32>
  %n = tensor.dim %x, %c1 : tensor<{m}x{n}xf32>
  %e0 = tensor.empty(%m, %n) : tensor<?x?xf32>
  %e = tensor.cast %e0 : tensor<?x?xf32> to tensor<{m}x{n}xf32>
  %y = linalg.softmax dimension(1) ins(%x : tensor<{m}x{n}xf32>) outs(%e : tensor<{m}x{n}xf32>)
      -> tensor<{m}x{n}xf32>
  return %y : tensor<{m}x{n}xf32>
}}
"""


@pytest.fixture(params=TARGETS)
def target(request):
    if missing := lacks(request.param):
        pytest.skip(f"needs {missing}")
    return request.param


def check(text: str, calls: list[list[np.ndarray]], target: str, folder) -> None:
    compiled = Artifact(compile_text(text, folder / "compiled.so", f"--target={target}"))
    reference = Artifact(compile_text(text, folder / "reference.so", "--reference"))
    for arrays in calls:
        memory = GuardedPages(at_end=True)
        [expected], [got] = reference.run(arrays), compiled.run(arrays, memory)
        memory.close()
        assert got.tobytes() == expected.tobytes(), [array.shape for array in arrays]


def elementwise_inputs(m: int, n: int, dtype) -> list[np.ndarray]:
    rng = np.random.default_rng(m * 100 + n)
    shapes = [(m, n), (m,), (n,)]
    if np.issubdtype(dtype, np.integer):
        return [rng.integers(-100, 100, shape, dtype) for shape in shapes]
    return [rng.standard_normal(shape).astype(dtype) for shape in shapes]


BODIES = {
    "f32": (FLOAT_BODY, np.float32),
    "f16": (FLOAT_BODY, np.float16),
    "index": (INDEX_BODY, np.float32),
    "i8": (INTEGER_BODY, np.int8),
    "i32": (INTEGER_BODY, np.int32),
    "i64": (INTEGER_BODY, np.int64),
}


@pytest.mark.parametrize("body", BODIES)
def test_dynamic(body, target, tmp_path):
    lines, dtype = BODIES[body]
    element = f"{np.dtype(dtype).kind}{8 * np.dtype(dtype).itemsize}"
    text = ELEMENTWISE.format(m="?", n="?", t=element, body=lines.format(t=element))
    calls = [elementwise_inputs(m, n, dtype) for m in (0, 1, 3) for n in EXTENTS]
    check(text, calls, target, tmp_path)


@pytest.mark.parametrize("n", [1, 5, 16, 31])
def test_static(n, target, tmp_path):
    text = ELEMENTWISE.format(m=3, n=n, t="f32", body=FLOAT_BODY.format(t="f32"))
    check(text, [elementwise_inputs(3, n, np.float32)], target, tmp_path)


def test_bf16_is_rounded_after_each_operation(target, tmp_path):
    body = FLOAT_BODY.replace("math.tanh", "arith.negf").format(t="bf16")
    text = ELEMENTWISE.format(m="?", n="?", t="bf16", body=body)
    model = Artifact(compile_text(text, tmp_path / "model.so", f"--target={target}"))

    def to_bf16(x):
        bits = x.view(np.uint32).astype(np.uint64)
        return ((bits + 0x7FFF + (bits >> 16 & 1)) >> 16).astype(np.uint16)

    def to_f32(x):
        return (x.astype(np.uint32) << 16).view(np.float32)

    inputs = [to_bf16(array) for array in elementwise_inputs(3, 37, np.float32)]
    x, row, column = map(to_f32, inputs)
    product = to_f32(to_bf16(x * row[:, None]))
    [got] = model.run(inputs)
    np.testing.assert_array_equal(got, to_bf16(-to_f32(to_bf16(product + column))))


@pytest.mark.parametrize("kind", ["max", "sum"])
@pytest.mark.parametrize("c", ["?", 21])
def test_windows(kind, c, target, tmp_path):
    rng = np.random.default_rng(0)
    extents = EXTENTS if c == "?" else [c]
    calls = [
        [rng.standard_normal((n, 9, 9, k)).astype(np.float32)] for n in (0, 1, 2) for k in extents
    ]
    check(WINDOW.format(n="?", c=c, kind=kind), calls, target, tmp_path)


@pytest.mark.parametrize(
    ("kind", "element", "init"), [("max", "f32", "-1.0"), ("sum", "f32", "-1.0"), ("max", "i8", -1)]
)
@pytest.mark.parametrize(
    ("kernel", "stride", "dilation", "is_static"),
    [(3, 2, 1, False), (3, 2, 1, True), (2, 3, 2, True), (2, 7, 3, False), (1, 20, 1, False)],
)
def test_strided_windows(
    kernel, stride, dilation, is_static, kind, element, init, target, tmp_path
):
    """Every `stride`-th element of a row, whose last page ends where it does."""
    span = (kernel - 1) * dilation + 1
    widths = [stride * (windows - 1) + span for windows in (1, 4, 15, 16, 33, 64, 79)]
    widths = widths[-1:] if is_static else [*widths, widths[-1] + stride - 1]
    rng = np.random.default_rng(0)
    calls = []
    for width in widths:
        x = rng.integers(-128, 128, (2, 3, 5, width))
        x = x.astype(np.float32 if element == "f32" else np.int8)
        if element == "f32":
            x.flat[:: 1 + stride] += np.float32(0.3)
            for first, extreme in enumerate([NAN, INFINITY, -INFINITY, np.float32(-0.0)]):
                x.flat[5 * first :: 31 + width] = extreme
        calls.append([x])
    text = PLANES.format(
        n=2 if is_static else "?",
        h=5,
        w=widths[-1] if is_static else "?",
        oh=2,
        ow=79 if is_static else "?",
        t=element,
        init=init,
        span=span,
        kernel=kernel,
        stride=stride,
        dilation=dilation,
        kind=kind,
    )
    check(text, calls, target, tmp_path)


def test_softmax(target, tmp_path):
    rng = np.random.default_rng(0)
    text = SOFTMAX.format(m="?", n="?")
    calls = [[rng.standard_normal((m, n)).astype(np.float32)] for m in (1, 3) for n in EXTENTS]
    check(text, calls, target, tmp_path)


@pytest.mark.parametrize("n", ["?", 49])
def test_softmax_of_no_numbers(n, target, tmp_path):
    """Rows with NaN or infinities, at the ends, in the middle, and of nothing else."""
    rng = np.random.default_rng(0)
    columns = 100 if n == "?" else n
    values = ([NAN], [-NAN], [INFINITY], [-INFINITY], [NAN, INFINITY], [-INFINITY, NAN], [0, -0.0])
    rows = []
    for extremes in values:
        for places in ([0], [columns // 2], [columns - 1], [0, 33], slice(None)):
            row = rng.standard_normal(columns).astype(np.float32)
            row[places] = np.resize(np.float32(extremes), row[places].shape)
            rows.append(row)
    x = np.stack(rows)
    with np.errstate(invalid="ignore"):
        powers = np.exp(
            x - np.nanmax(x, axis=1, keepdims=True, initial=-INFINITY), dtype=np.float64
        )
        expected = powers / powers.sum(axis=1, keepdims=True)
    text = SOFTMAX.format(m="?", n=n)
    results = []
    for option in (f"--target={target}", "--reference"):
        [y] = Artifact(compile_text(text, tmp_path / f"model{option}.so", option)).run([x])
        np.testing.assert_allclose(y, expected, rtol=3e-6, atol=1e-44)
        results.append(y[~np.isnan(y).any(axis=1)].tobytes())
    assert results[0] == results[1]


@pytest.mark.parametrize("element", ["i8", "f16", "f32", "i64"])
@pytest.mark.parametrize("permutation", [(1, 0), (0, 2, 1), (2, 0, 1), (1, 0, 2)])
def test_transposes(permutation, element, target, tmp_path):
    rank = len(permutation)
    shape = "x".join("?" * rank)
    tensor = f"tensor<{shape}x{element}>"
    lines = [f"func.func @main(%x: {tensor}) -> {tensor} {{"]
    for d, source in enumerate(permutation):
        lines.append(f"  %c{d} = arith.constant {source} : index")
        lines.append(f"  %n{d} = tensor.dim %x, %c{d} : {tensor}")
    extents = ", ".join(f"%n{d}" for d in range(rank))
    lines += [
        f"  %e = tensor.empty({extents}) : {tensor}",
        f"  %y = linalg.transpose ins(%x : {tensor}) outs(%e : {tensor})"
        f" permutation = {list(permutation)}",
        f"  return %y : {tensor}",
        "}",
    ]
    option = f"--target={target}"
    model = Artifact(compile_text("\n".join(lines), tmp_path / "model.so", option))
    dtype = np.dtype(f"{element[0]}{int(element[1:]) // 8}")
    for rows in (0, 1, 15, 16, 17, 33):
        for columns in (1, 16, 50):
            x = np.arange(rows * columns * 3).astype(dtype)
            x = x.reshape((rows, 3, columns) if rank == 3 else (rows, columns * 3))
            [got] = model.run([x], GuardedPages(at_end=True))
            np.testing.assert_array_equal(got, x.transpose(permutation))

"""exp, log, tanh and erf, compiled: their errors, and that all targets agree to the bit."""

import math

import aarch64
import numpy as np
import pytest
from artifact import Artifact, compile_text, lacks

# The largest error in units in the last place, as --lowbit-expand-math documents it.
FUNCTIONS = {
    "exp": (np.exp, 1.00),
    "log": (np.log, 0.83),
    "tanh": (np.tanh, 1.34),
    "erf": (np.vectorize(math.erf, otypes=[np.float64]), 1.45),
}
NATIVE_TARGETS = ["generic", "x86-avx2", "x86-avx512vnni"]


def module_text(element: str = "f32") -> str:
    tensor = f"tensor<?x{element}>"
    count = len(FUNCTIONS)
    lines = [
        f"func.func @main(%x: {tensor}) -> ({', '.join([tensor] * count)}) {{",
        "  %c0 = arith.constant 0 : index",
        f"  %n = tensor.dim %x, %c0 : {tensor}",
        f"  %e = tensor.empty(%n) : {tensor}",
        *(
            f"  %{name} = linalg.{name} ins(%x : {tensor}) outs(%e : {tensor}) -> {tensor}"
            for name in FUNCTIONS
        ),
        f"  return {', '.join(f'%{name}' for name in FUNCTIONS)} : {', '.join([tensor] * count)}",
        "}",
    ]
    return "\n".join(lines)


def floats(step: int) -> np.ndarray:
    """Every `step`th float, those around powers of two, and those where results end."""
    sample = np.arange(0, 2**32, step, dtype=np.uint64)
    powers = np.arange(0, 2**32, 2**23, dtype=np.uint64)
    around = np.concatenate([powers - 1, powers, powers + 1])
    ends = np.float32([88.72283, 88.72284, -87.33655, -103.97208, -103.97209, 0.625, 1, 4, 10])
    bits = np.concatenate([sample, around % 2**32]).astype(np.uint32)
    return np.concatenate([bits.view(np.float32), ends, -ends])


def errors(result: np.ndarray, exact: np.ndarray) -> np.ndarray:
    """Distances in units in the last place; infinite where results must be equal and are not."""
    with np.errstate(all="ignore"):
        nearest = exact.astype(np.float32)
        unit = np.spacing(np.abs(nearest)).astype(np.float64)
        distance = np.abs(result - exact) / unit
    same = (result == nearest) | (np.isnan(result) & np.isnan(exact))
    special = ~np.isfinite(nearest) | ~np.isfinite(result)
    wrong = np.where(special & ~same, np.inf, 0)
    return np.where(special | (result == exact), wrong, distance)


@pytest.fixture(scope="module")
def compiled(tmp_path_factory):
    folder = tmp_path_factory.mktemp("functions")
    return {
        target: Artifact(compile_text(module_text(), folder / f"{target}.so", f"--target={target}"))
        for target in NATIVE_TARGETS
        if not lacks(target)
    }


def test_errors(compiled):
    x = floats(step=4093)
    results = next(reversed(compiled.values())).run([x])
    for (name, (function, bound)), result in zip(FUNCTIONS.items(), results):
        with np.errstate(all="ignore"):
            distance = errors(result, function(x.astype(np.float64)))
        worst = distance.argmax()
        assert distance[worst] <= bound, (name, x[worst], result[worst])
        # The bound is not an empty promise.
        assert distance[worst] > 0.6, name


def test_zeros_keep_their_signs(compiled):
    for model in compiled.values():
        _, log, tanh, erf = model.run([np.float32([0.0, -0.0])])
        assert (log == -np.inf).all()
        for result in (tanh, erf):
            assert np.signbit(result).tolist() == [False, True]


def test_targets_agree(compiled):
    # Not whole vectors, so that scalars are among them.
    x = floats(step=65537)
    x = x[: len(x) // 16 * 16 - 1]
    outputs = {target: [y.tobytes() for y in model.run([x])] for target, model in compiled.items()}
    assert all(output == outputs["generic"] for output in outputs.values())


def test_arm_agrees(compiled, tmp_path):
    if missing := aarch64.lacks():
        pytest.skip(f"needs {missing}")
    options = ("--target=arm-dotprod", "--emit=obj")
    model = compile_text(module_text(), tmp_path / "main.o", *options)
    emulator = aarch64.Emulator(tmp_path)
    x = floats(step=2**20 + 1)
    x = x[~np.isnan(x)]  # which NaN comes out is the machine's choice
    output = emulator.run(emulator.link(model, "main"), [x])
    expected = np.stack(compiled["generic"].run([x]))
    got = np.frombuffer(output, np.float32).reshape(expected.shape)
    np.testing.assert_array_equal(got, expected)


SOFTMAX = """
func.func @main(%x: tensor<?x150xf32>) -> tensor<?x150xf32> {
  %c0 = arith.constant 0 : index
  %m = tensor.dim %x, %c0 : tensor<?x150xf32>
  %e = tensor.empty(%m) : tensor<?x150xf32>
  %y = linalg.softmax dimension(1) ins(%x : tensor<?x150xf32>) outs(%e : tensor<?x150xf32>)
      -> tensor<?x150xf32>
  return %y : tensor<?x150xf32>
}
"""


def test_sums_agree(tmp_path):
    x = np.random.default_rng(0).standard_normal((7, 150)).astype(np.float32)
    outputs = {}
    for target in NATIVE_TARGETS:
        if not lacks(target):
            path = compile_text(SOFTMAX, tmp_path / f"{target}.so", f"--target={target}")
            outputs[target] = Artifact(path).run([x])[0].tobytes()
    if not aarch64.lacks():
        model = compile_text(SOFTMAX, tmp_path / "main.o", "--target=arm-i8mm", "--emit=obj")
        emulator = aarch64.Emulator(tmp_path)
        outputs["arm-i8mm"] = emulator.run(emulator.link(model, "main"), [x])
    assert all(output == outputs["generic"] for output in outputs.values())


def test_f16_is_computed_in_f32(compiled, tmp_path):
    model = Artifact(compile_text(module_text("f16"), tmp_path / "half.so"))
    x = np.arange(2**16, dtype=np.uint16).view(np.float16)
    expected = compiled["generic"].run([x.astype(np.float32)])
    for result, single in zip(model.run([x]), expected):
        with np.errstate(over="ignore"):
            np.testing.assert_array_equal(result, single.astype(np.float16))

"""One model gives the same bytes for any split of its loops and any number of callers."""

from __future__ import annotations

import threading
from typing import NamedTuple

import numpy as np
import pytest
from artifact import TARGETS, Artifact, ParallelFor, Profile, Task, chain_text, compile_text
from packed_kernels import KERNELS, kernel_text, make_operands, pack_text
from pools import Pool, run_threads
from targets import lacks

# Layers of several tasks, but the last, which is one of few rows.
CHAIN = [300, 4300, 1000, 65]
# K is not known when the kernel is compiled.
KERNEL_SHAPE = (67, 16400, 35)


class Case(NamedTuple):
    """A model and what it is run on."""

    model: Artifact
    inputs: list[np.ndarray]
    expected: bytes


@pytest.fixture(scope="module", params=["binary", "ternary", "int4_block32", "int8", "int8_i32"])
def kernel_name(request):
    return request.param


@pytest.fixture(scope="module", params=TARGETS)
def target(request):
    if missing := lacks(request.param):
        pytest.skip(f"expected a processor with {missing}")
    return request.param


@pytest.fixture(scope="module")
def kernel(kernel_name, target, tmp_path_factory):
    """One packed matmul."""
    folder = tmp_path_factory.mktemp("threads")
    kernel = KERNELS[kernel_name]
    operands = make_operands(kernel, *KERNEL_SHAPE)
    option = f"--target={target}"
    pack = Artifact(compile_text(pack_text(kernel), folder / "pack.so", option))
    model = Artifact(compile_text(kernel_text(kernel), folder / "kernel.so", option))
    [packed] = pack.run(operands.packing)
    inputs = [*operands.activations, packed, *operands.others]
    [expected] = model.run(inputs)
    np.testing.assert_array_equal(expected, operands.expected)
    return Case(model, inputs, expected.tobytes())


@pytest.fixture(scope="module")
def chain(target, tmp_path_factory):
    """A model of three int8 layers."""
    path = tmp_path_factory.mktemp("threads") / "chain.so"
    compile_text(chain_text(CHAIN), path, "--weights=int8", f"--target={target}")
    return Artifact(path)


def rows(m: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng([m, seed]).standard_normal((m, CHAIN[0])).astype(np.float32)


@pytest.mark.parametrize("ranges", [1, 2, 3, 4, 5, 6, 7, 8, 64])
def test_any_split(kernel, ranges):
    pool = Pool(ranges)
    [result] = kernel.model.run(kernel.inputs, parallel_for=pool.hook)
    assert result.tobytes() == kernel.expected
    assert pool.counts
    assert min(pool.counts) >= 8
    assert len(pool.threads) >= min(ranges, 2)


@pytest.mark.parametrize("m", [1, 7, 300])
@pytest.mark.parametrize("ranges", [1, 2, 3, 8, 64])
def test_any_split_of_all_layers(chain, m, ranges):
    [expected] = chain.run([rows(m)])
    pool = Pool(ranges)
    [result] = chain.run([rows(m)], parallel_for=pool.hook)
    assert result.tobytes() == expected.tobytes()
    assert len(pool.counts) >= 2
    assert max(pool.counts) >= (64 if m == 300 else 5)


SOFTMAX = """
func.func @main(%x: tensor<?x4096xf32>) -> tensor<?x4096xf32> {
  %c0 = arith.constant 0 : index
  %m = tensor.dim %x, %c0 : tensor<?x4096xf32>
  %e = tensor.empty(%m) : tensor<?x4096xf32>
  %y = linalg.softmax dimension(1) ins(%x : tensor<?x4096xf32>) outs(%e : tensor<?x4096xf32>)
      -> tensor<?x4096xf32>
  return %y : tensor<?x4096xf32>
}
"""


@pytest.mark.parametrize("ranges", [2, 3])
def test_any_split_of_rows(target, ranges, tmp_path):
    model = Artifact(compile_text(SOFTMAX, tmp_path / "model.so", f"--target={target}"))
    for m in (1, 37):
        x = np.random.default_rng(m).standard_normal((m, 4096)).astype(np.float32)
        [expected] = model.run([x])
        exact = np.exp(x.astype(np.float64) - x.max(1, keepdims=True))
        exact /= exact.sum(1, keepdims=True)
        np.testing.assert_allclose(expected, exact, rtol=1e-6)
        pool = Pool(ranges)
        [result] = model.run([x], parallel_for=pool.hook)
        assert result.tobytes() == expected.tobytes()
        # Maxima, exponentials, sums and quotients of a row are one task.
        assert m == 1 or max(pool.counts) >= 4


def test_ranges_of_one_backwards(kernel):
    """On the caller's own thread."""

    @ParallelFor
    def backwards(pool, count, task, data):
        for i in reversed(range(count)):
            Task(task)(data, i, i + 1)

    [result] = kernel.model.run(kernel.inputs, parallel_for=backwards)
    assert result.tobytes() == kernel.expected


def test_eight_callers(chain):
    """Each with a context, workspace and outputs of its own, half of them in parallel."""
    inputs = [rows(1 + caller, caller) for caller in range(8)]
    expected = [chain.run([x])[0].tobytes() for x in inputs]
    together = threading.Barrier(8)
    wrong = []

    def call(caller: int):
        together.wait(60)
        for repetition in range(5):
            hook = Pool(3, repetition).hook if caller % 2 else None
            [result] = chain.run([inputs[caller]], parallel_for=hook)
            if result.tobytes() != expected[caller]:
                wrong.append((caller, repetition))

    run_threads([threading.Thread(target=call, args=(caller,)) for caller in range(8)])
    assert not wrong


def test_two_models_at_once(tmp_path):
    """Of the same name, in one process."""
    extents = [33, 65, 10]
    x = np.linspace(-1, 1, 5 * 33, dtype=np.float32).reshape(5, 33)
    models = []
    for seed in (1, 2):
        path = tmp_path / f"model{seed}.so"
        compile_text(chain_text(extents, seed), path, "--weights=int8")
        models.append(Artifact(path))
    expected = [model.run([x])[0].tobytes() for model in models]
    assert expected[0] != expected[1]
    results: list[set] = [set(), set()]

    def call(number: int):
        for _ in range(50):
            results[number].add(models[number].run([x])[0].tobytes())

    run_threads([threading.Thread(target=call, args=(number,)) for number in (0, 1, 0, 1)])
    assert results == [{expected[0]}, {expected[1]}]


def test_profile_points_take_turns(chain):
    """Each layer begins, then ends, before the next one begins."""
    events = []

    @Profile
    def record(user, layer, end):
        events.append((layer, end))

    [expected] = chain.run([rows(2)])
    [result] = chain.run([rows(2)], profile=record)
    assert result.tobytes() == expected.tobytes()
    d = chain.description
    assert sorted(d.layers[i] for i in range(d.num_layers)) == [b"fc1", b"fc2", b"fc3"]
    begun = [layer for layer, end in events if not end]
    assert set(begun) == {0, 1, 2}
    assert events == [(layer, end) for layer in begun for end in (0, 1)]

"""No two tasks of a parallel loop write to the same byte, be their elements parts of bytes."""

from __future__ import annotations

import ctypes

import numpy as np
import pytest
from artifact import Artifact, Heap, ParallelFor, Task, chain_text, compile_text
from test_pack_codes import CODES, make_inputs, write_module

UNSET = b"\xa5"  # what Artifact fills memory with
FILLS = (b"\xa5", b"\x5a")  # a byte that is written differs from one of the two


class WatchedMemory(Heap):
    """Memory that is `fill` where nothing is put, and runs tasks one after the other.

    Each task begins with what was there before its loop. In `loops` are, for each task,
    the places of the bytes that it has changed.
    """

    def __init__(self, fill: bytes):
        super().__init__()
        self.hook = ParallelFor(self._run)
        self.loops: list[list[np.ndarray]] = []
        self._fill = fill
        self._bytes: list[np.ndarray] = []

    def place(self, size: int, alignment: int):
        placed = super().place(size, alignment)
        view = (ctypes.c_uint8 * size).from_address(placed.address)
        self._bytes.append(np.ctypeslib.as_array(view))
        write = placed.fill
        placed.fill = lambda data: write(self._fill * size if data == UNSET * size else data)
        return placed

    def _run(self, pool, count: int, task: int, data: int):
        before = np.concatenate(self._bytes)
        after, changed = before.copy(), []
        for begin in range(count):
            self._put(before)
            Task(task)(data, begin, begin + 1)
            now = np.concatenate(self._bytes)
            changed.append(np.flatnonzero(now != before))
            after[changed[-1]] = now[changed[-1]]
        self._put(after)
        self.loops.append(changed)

    def _put(self, content: np.ndarray):
        ends = np.cumsum([array.size for array in self._bytes])
        for array, part in zip(self._bytes, np.split(content, ends[:-1])):
            array[:] = part


def count_shared(runs: list[WatchedMemory]) -> int:
    """How many bytes more than one task of a loop has changed in any of the runs."""
    shared = 0
    for loop in zip(*(memory.loops for memory in runs)):
        written = [np.unique(np.concatenate(task)) for task in zip(*loop)]
        shared += sum(map(len, written)) - len(np.unique(np.concatenate(written)))
    return shared


def check_model(model: Artifact, inputs: list[np.ndarray]):
    expected = [result.tobytes() for result in model.run(inputs)]
    runs = [WatchedMemory(fill) for fill in FILLS]
    for memory in runs:
        results = model.run(inputs, memory, parallel_for=memory.hook)
        assert [result.tobytes() for result in results] == expected
        assert max(map(len, memory.loops)) > 1
    assert count_shared(runs) == 0


@pytest.mark.parametrize(
    ("weights", "activations"),
    [("binary", "binary"), ("ternary", "ternary"), ("int4", "int4"), ("int4", "binary")],
)
def test_layers(tmp_path, weights, activations):
    options = [f"--weights={weights}", f"--activations={activations}:range=[-1,1]"]
    model = Artifact(compile_text(chain_text([65, 1030, 35]), tmp_path / "chain.so", *options))
    check_model(model, [np.random.default_rng(0).standard_normal((70, 65)).astype(np.float32)])


@pytest.mark.parametrize("name", ["binary", "narrow4", "ternary"])
def test_codes_of_run_time(tmp_path, name):
    model = Artifact(compile_text(write_module(CODES[name][0], True), tmp_path / "model.so"))
    check_model(model, make_inputs(name, True, 70, 2049, 65))


@pytest.mark.parametrize(("tasks_per_byte", "shared"), [(1, 0), (2, 3)])
def test_the_watch_works(tasks_per_byte, shared):
    """Tasks that set one bit each of a byte."""
    runs = [WatchedMemory(fill) for fill in FILLS]
    for memory in runs:
        placed = memory.place(6, 1)
        placed.fill(UNSET * 6)
        target = (ctypes.c_uint8 * 6).from_address(placed.address)

        def write(data, begin, end, target=target):
            target[begin // tasks_per_byte] |= 1 << begin % tasks_per_byte

        task = Task(write)
        memory.hook(None, 6, ctypes.cast(task, ctypes.c_void_p), None)
    assert count_shared(runs) == shared

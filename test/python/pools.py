"""Pools of threads that an embedder may bring as `parallel_for`."""

from __future__ import annotations

import random
import threading

from artifact import ParallelFor, Task


def run_threads(threads: list[threading.Thread]):
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


class Pool:
    """A `parallel_for` that gives each of `ranges` to a thread of its own."""

    def __init__(self, ranges: int, seed: int = 0):
        self.hook = ParallelFor(self._run)
        self.counts: list[int] = []
        self.threads: set[int] = set()
        self._ranges = ranges
        self._random = random.Random(seed)

    def _run(self, pool, count: int, task: int, data: int):
        self.counts.append(count)
        ranges = min(self._ranges, count)
        cuts = [0, *sorted(self._random.sample(range(1, count), ranges - 1)), count]
        together = threading.Barrier(ranges)

        def work(begin: int, end: int):
            self.threads.add(threading.get_ident())
            together.wait(60)
            Task(task)(data, begin, end)

        pairs = list(zip(cuts, cuts[1:]))
        self._random.shuffle(pairs)
        run_threads([threading.Thread(target=work, args=pair) for pair in pairs])

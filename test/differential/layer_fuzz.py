"""Compares quantized layers with the meaning of their ops, seed after seed, bit for bit.

Each seed draws every method to quantize weights x granularity x kind of layer with
random shapes, activations and data. It goes on until it is interrupted, or the time is
up. The last line is `N passed, N failed, N skipped`, counting comparisons; each failure
is a line that ends with how to see it again. The exit code is 1 if one failed.
"""

from __future__ import annotations

import argparse
import itertools
import math
import os
import shlex
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from check import Result
from differential import OUTCOMES, open_folder
from jobs import Job, run_jobs
from layer_cases import Layer, draw_layers
from layer_check import make_jobs
from models import ROOT, Compiler


def draw_jobs(first: int, seconds: float, compiler: Compiler) -> Iterator[Job]:
    """The jobs of all seeds from `first` on, until the time is up."""
    end = time.monotonic() + seconds
    for seed in itertools.count(first):
        for job in make_jobs(draw_layers(seed), f"seed-{seed}", compiler):
            if time.monotonic() > end:
                return
            yield job


def parse_options(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--build", default=os.environ.get("LOWBIT_BUILD", ROOT / "build"))
    parser.add_argument("--seed", type=int, default=1, help="the first one")
    parser.add_argument("--seconds", type=float, default=math.inf, help="begin no more after them")
    parser.add_argument("--jobs", type=int, default=min(2, os.cpu_count() or 1))
    parser.add_argument("--only", type=Layer.parse, metavar="LAYER", help="this layer alone")
    parser.add_argument("--keep", metavar="FOLDER", help="where modules and artifacts stay")
    return parser.parse_args(arguments)


def main(arguments: list[str] | None = None) -> int:
    options = parse_options(arguments)
    build = Path(options.build).resolve()
    counts: Counter = Counter()
    start = time.monotonic()

    def add(result: Result) -> None:
        counts[result.outcome] += 1
        if result.outcome == "failed":
            command = f"{Path(__file__).name} --build {build}"
            seed = result.job.split("-")[1] if result.job.startswith("seed-") else ""
            how = f"--seed {seed}" if seed else f"--only {shlex.quote(result.job)}"
            place = " ".join(filter(None, [result.job, result.target]))
            print(f"failed: {place}: {result.text}; again: {command} {how}", flush=True)

    def finish(job: Job) -> None:
        print(f"{job.name}: {summarize()}, {time.monotonic() - start:.0f} s", flush=True)
        if not options.keep:
            for path in compiler.folder.glob(f"{job.stem}.*"):
                path.unlink()

    def summarize() -> str:
        return ", ".join(f"{counts[outcome]} {outcome}" for outcome in OUTCOMES)

    try:
        with open_folder(options.keep) as folder:
            compiler = Compiler(build, folder)
            if options.only:
                jobs = make_jobs([options.only], "only", compiler)
            else:
                jobs = draw_jobs(options.seed, options.seconds, compiler)
            run_jobs(jobs, options.jobs, add, finish)
    except FileNotFoundError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        pass
    print(summarize())
    return 1 if counts["failed"] or not counts["passed"] else 0


if __name__ == "__main__":
    sys.exit(main())

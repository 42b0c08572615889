"""Compares compiled kernels with the meaning of the ops, bit for bit.

Each configuration (encodings, scales, blocks, zero points, target) is compiled for the
oracle, which lowers every op to its meaning in scalar code, for the reference and for its
target; all run on the same operands. Without --full, the configurations and the cases hold every
pair of values; with it, the cases are the full product, and so are weights, scales,
blocks, zero points and targets. A full run writes what is done to
BUILD/test/differential.jsonl and goes on from there.

The last line is `N passed, N failed, N skipped`, counting comparisons. The exit code
is 1 if one failed. Each failure is a line that ends with how to see it again.
"""

from __future__ import annotations

import argparse
import contextlib
import functools
import os
import re
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from cases import Case, full_cases, pairwise_cases
from check import Result, check_configuration
from configurations import Configuration, full_configurations, pairwise_configurations
from constants import ConstantCase, check_constants, constant_cases
from jobs import Job, run_jobs
from journal import Journal, fingerprint
from models import ROOT, Compiler
from operands import KINDS, Shape
from packing import check_packing, pack_cases
from targets import FLAGS, lacks

OUTCOMES = ["passed", "failed", "skipped"]


def make_jobs(
    compiler: Compiler, seed: int, is_full: bool = False, cases: list[Case] | None = None
) -> list[Job]:
    """All jobs; `cases` replaces those of each configuration."""
    configurations = full_configurations(seed) if is_full else pairwise_configurations(seed)
    if cases is None:
        cases = full_cases() if is_full else pairwise_cases(seed)
    jobs = [make_job(c, cases, compiler, seed) for c in configurations]
    for constant in constant_cases(configurations):
        jobs.append(
            Job(constant.name, functools.partial(check_constants, constant, compiler, seed))
        )
    for pack in pack_cases(seed):
        jobs.append(Job(pack.name, functools.partial(check_packing, pack, compiler, seed)))
    return jobs


def make_job(c: Configuration, cases: list[Case], compiler: Compiler, seed: int) -> Job:
    """The job that runs a configuration on all cases."""
    return Job(c.name, functools.partial(check_configuration, c, cases, compiler, seed))


def find_job(name: str, jobs: list[Job], cases: list[Case], compiler: Compiler, seed: int) -> Job:
    """The job of this name, if need be one that is in no list. Raises ValueError."""
    for job in jobs:
        if job.name == name:
            return job
    if name.startswith("constants/"):
        constant = ConstantCase.parse(name)
        return Job(name, functools.partial(check_constants, constant, compiler, seed))
    return make_job(Configuration.parse(name), cases, compiler, seed)


class Tally:
    """Counts results, by outcome and by target that ran, and prints failures."""

    def __init__(self, build: Path, seed: int):
        self.counts: Counter = Counter()
        self.jobs: dict[str, tuple[Counter, list[str]]] = {}
        self.command = f"{Path(__file__).name} --build {build} --seed {seed}"

    def add(self, result: Result) -> None:
        """One more result."""
        counts, failures = self.jobs.setdefault(result.job, (Counter(), []))
        for total in (self.counts, counts):
            total[result.outcome] += 1
            total[result.target] += result.outcome != "skipped"
        if result.outcome == "failed":
            failures.append(self._describe(result))
            _print_line(failures[-1])

    def add_done(self, job: str, counts: Counter, failures: list[str]) -> None:
        """A job of an earlier run."""
        self.counts.update(counts)
        self.jobs[job] = (counts, failures)
        for failure in failures:
            _print_line(failure)

    def _describe(self, result: Result) -> str:
        options = re.match(r"--shape \w+ --operands \w+", result.text)
        how = f"{self.command} --only {result.job} {options.group() if options else ''}".rstrip()
        place = " ".join(filter(None, [result.job, result.target]))
        return f"failed: {place}: {result.text}; again: {how}"

    def __str__(self) -> str:
        return ", ".join(f"{self.counts[outcome]} {outcome}" for outcome in OUTCOMES)


def _print_line(text: str) -> None:
    if sys.stderr.isatty():
        sys.stderr.write("\r\x1b[K")
        sys.stderr.flush()
    print(text, flush=True)


def _show_progress(done: int, total: int, tally: Tally, start: float) -> None:
    seconds = time.monotonic() - start
    text = f"{done}/{total} jobs, {tally}, {seconds:.0f} s"
    if sys.stderr.isatty():
        sys.stderr.write(f"\r\x1b[K{text}")
        sys.stderr.flush()
    elif done % 50 == 0:
        print(text, flush=True)


def run_all(jobs: list[Job], count: int, compiler: Compiler, tally: Tally, journal: Journal | None):
    """Runs the jobs that the journal does not hold."""
    start, done = time.monotonic(), 0

    def finish(job: Job) -> None:
        nonlocal done
        done += 1
        for path in compiler.folder.glob(f"{job.stem}.*"):
            path.unlink()
        if journal:
            journal.add(job.name, *tally.jobs.get(job.name, (Counter(), [])))
        _show_progress(done, len(jobs), tally, start)

    left = []
    for job in jobs:
        if journal and job.name in journal.done:
            done += 1
            tally.add_done(job.name, *journal.done[job.name])
        else:
            left.append(job)
    if done:
        _print_line(f"{done} jobs were done before; --restart does them again")
    run_jobs(left, count, tally.add, finish)


def report_targets(tally: Tally) -> None:
    """Says which targets could not run; one that could have and did not is a failure."""
    for target in FLAGS:
        if missing := lacks(target):
            _print_line(f"SKIPPED: {target}: this processor lacks {missing}")
        elif not tally.counts[target]:
            tally.add(Result("all", target, "failed", "expected to run here, but did not"))


@contextlib.contextmanager
def open_folder(kept: str | None) -> Iterator[Path]:
    """A folder for modules and artifacts: `kept`, or one that goes away."""
    if kept:
        os.makedirs(kept, exist_ok=True)
        yield Path(kept)
    else:
        with tempfile.TemporaryDirectory(prefix="lowbit-differential-") as folder:
            yield Path(folder)


def parse_shape(text: str) -> Shape:
    """MxNxK."""
    match = re.fullmatch(r"(\d+)x(\d+)x(\d+)", text)
    if not match:
        raise argparse.ArgumentTypeError(f"expected MxNxK, but got {text}")
    return Shape(*map(int, match.groups()))


def parse_options(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--build", default=os.environ.get("LOWBIT_BUILD", ROOT / "build"))
    parser.add_argument("--full", action="store_true", help="the full product")
    parser.add_argument("--restart", action="store_true", help="forget what is done")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--jobs", type=int, default=min(2, os.cpu_count() or 1))
    parser.add_argument("--only", action="append", metavar="NAME", help="this configuration")
    parser.add_argument("--shape", type=parse_shape, metavar="MxNxK", help="this shape")
    parser.add_argument("--operands", choices=KINDS, help="these operands")
    parser.add_argument("--keep", metavar="FOLDER", help="where modules and artifacts stay")
    return parser.parse_args(arguments)


def main(arguments: list[str] | None = None) -> int:
    options = parse_options(arguments)
    cases = full_cases() if options.full else pairwise_cases(options.seed)
    if options.shape:
        kinds = [options.operands] if options.operands else KINDS
        cases = [Case(options.shape, kind) for kind in kinds]
    elif options.operands:
        cases = [case for case in cases if case.kind == options.operands]
    build = Path(options.build).resolve()
    tally, journal = Tally(build, options.seed), None
    try:
        with open_folder(options.keep) as folder:
            compiler = Compiler(build, folder)
            jobs = make_jobs(compiler, options.seed, options.full, cases)
            if options.only:
                find = functools.partial(
                    find_job, jobs=jobs, cases=cases, compiler=compiler, seed=options.seed
                )
                jobs = [find(name) for name in options.only]
            elif options.full and not options.shape and not options.operands:
                used = [*sorted((build / "bin").glob("lowbit-*")), *_own_files()]
                key = {"seed": options.seed, "fingerprint": fingerprint(used)}
                path = build / "test" / "differential.jsonl"
                journal = Journal(path, key, options.restart)
            run_all(jobs, options.jobs, compiler, tally, journal)
        if not options.only:
            report_targets(tally)
    except (FileNotFoundError, ValueError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        go_on = "; the same command goes on from here" if journal else ""
        print(f"error: expected the end, but got an interrupt{go_on}", file=sys.stderr)
        print(tally)
        return 1
    _print_line(str(tally))
    return 1 if tally.counts["failed"] or not tally.counts["passed"] else 0


def _own_files() -> list[Path]:
    return sorted(Path(__file__).parent.glob("*.py"))


if __name__ == "__main__":
    sys.exit(main())

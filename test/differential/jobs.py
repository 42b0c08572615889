"""Running jobs in processes of their own, so that a crash is one failure."""

from __future__ import annotations

import multiprocessing
import multiprocessing.connection
import os
import signal
import time
import traceback
from collections.abc import Callable, Iterable
from typing import NamedTuple

from check import Report, Result

MAX_SECONDS = 900


class Job(NamedTuple):
    """`run(report, begin)` reports its results and, before each step, its text."""

    name: str
    run: Callable[[Report, Callable[[str], None]], None]

    @property
    def stem(self) -> str:
        """That of the files of this job."""
        return self.name.replace("/", "-")


class _Process(NamedTuple):
    job: Job
    process: multiprocessing.process.BaseProcess


def _run_child(job: Job, connection: multiprocessing.connection.Connection) -> None:
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # the parent says that it was interrupted
    try:
        job.run(
            lambda result: connection.send(("result", result)),
            lambda text: connection.send(("begin", text)),
        )
    except Exception as error:
        frame = traceback.extract_tb(error.__traceback__)[-1]
        place = f"{os.path.basename(frame.filename)}:{frame.lineno}"
        text = f"{place}: {type(error).__name__}: {error}"
        connection.send(("error", text))
    connection.close()


def _end_text(exit_code: int) -> str:
    if exit_code < 0:
        return f"ended by {signal.Signals(-exit_code).name}"
    return f"ended with {exit_code}"


def run_jobs(
    jobs: Iterable[Job],
    count: int,
    report: Report,
    finish: Callable[[Job], None] = lambda job: None,
    max_seconds: float = MAX_SECONDS,
) -> None:
    """Runs `count` jobs at a time.

    report: called here with each result, and with a failure for a process that
        ends, raises or hangs.
    finish: called after the last result of a job.
    max_seconds: a step that takes longer has hung.
    """
    context = multiprocessing.get_context("fork")
    waiting = iter(jobs)
    running: dict[multiprocessing.connection.Connection, _Process] = {}
    steps: dict[multiprocessing.connection.Connection, tuple[float, str]] = {}

    def fail(connection: multiprocessing.connection.Connection, text: str) -> None:
        report(
            Result(running[connection].job.name, "", "failed", f"{steps[connection][1]}: {text}")
        )

    def close(connection: multiprocessing.connection.Connection) -> None:
        ended = running.pop(connection)
        del steps[connection]
        connection.close()
        finish(ended.job)

    def start() -> None:
        while len(running) < count:
            job = next(waiting, None)
            if job is None:
                return
            receiver, sender = context.Pipe(duplex=False)
            process = context.Process(target=_run_child, args=(job, sender), daemon=True)
            process.start()
            sender.close()
            running[receiver] = _Process(job, process)
            steps[receiver] = (time.monotonic(), "starting")

    start()
    while running:
        for connection in multiprocessing.connection.wait(
            list(running), timeout=min(5, max_seconds)
        ):
            try:
                kind, value = connection.recv()
            except EOFError:
                process = running[connection].process
                process.join()
                if process.exitcode:
                    fail(connection, _end_text(process.exitcode))
                close(connection)
                continue
            if kind == "result":
                report(value)
            elif kind == "error":
                fail(connection, value)
            else:
                steps[connection] = (time.monotonic(), value)
        for connection, (since, _) in list(steps.items()):
            if time.monotonic() - since > max_seconds:
                running[connection].process.kill()
                fail(connection, f"expected an end within {max_seconds} s, but got none")
                close(connection)
        start()

"""The process of one peer: makes products ready and times them, as its standard input asks.

usage: worker.py PEER

Each line is a request in JSON, and has one line of answer:

  {"prepare": {"variant", "m", "n", "k"}}  ->  {}
  {"time": seconds}                        ->  {"seconds": [of each call]}

The first line of all is {"version"}. Where something fails, an answer is {"error"}, or
{"missing"} where it is not installed.
"""

import json
import os
import sys
import time

from lowbit_layer import LowbitLayer
from onednn import OneDnn
from onnxruntime_session import OnnxRuntime
from openblas import OpenBlas
from problem import MissingError, Problem, WrongResultError

PEERS = {
    "lowbit": LowbitLayer,
    "onednn-debian": lambda: OneDnn("debian"),
    "onednn-pypi": lambda: OneDnn("pypi"),
    "onnxruntime": OnnxRuntime,
    "openblas": OpenBlas,
}
WARM_UP_SHARE = 0.1


def time_calls(run, seconds: float) -> list[float]:
    """The seconds of each call, at least one, until they are `seconds` together."""
    calls = []
    now = begin = time.perf_counter()
    while not calls or now - begin < seconds:
        start = time.perf_counter()
        run()
        now = time.perf_counter()
        calls.append(now - start)
    return calls


class Worker:
    def __init__(self, name: str) -> None:
        self._peer = PEERS[name]()
        self.version = self._peer.version
        self._prepared = None

    def answer(self, request: dict) -> dict:
        if "prepare" in request:
            self._prepared = None  # frees its memory first
            self._prepared = self._peer.prepare(Problem(**request["prepare"]))
            return {}
        time_calls(self._prepared.run, request["time"] * WARM_UP_SHARE)
        return {"seconds": time_calls(self._prepared.run, request["time"])}


def main() -> None:
    os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})  # the same one for all peers
    # Libraries print where they like; answers have a channel of their own.
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)

    def send(answer: dict) -> None:
        print(json.dumps(answer), file=answers, flush=True)

    try:
        worker = Worker(sys.argv[1])
    except MissingError as missing:
        send({"missing": str(missing)})
        return
    send({"version": worker.version})
    for line in sys.stdin:
        try:
            send(worker.answer(json.loads(line)))
        except MissingError as missing:
            send({"missing": str(missing)})
        except (RuntimeError, WrongResultError) as error:
            send({"error": str(error)})


if __name__ == "__main__":
    main()

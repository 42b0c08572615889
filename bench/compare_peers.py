"""Times Lowbit's layers and other libraries in turn, on one processor and one thread."""

import json
import os
import statistics
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple, Optional

TURNS = 9
HERE = Path(__file__).resolve().parent


class Comparison(NamedTuple):
    """A layer of Lowbit, `<encoding>-<scope>`, and the peers' variants beside it."""

    layer: str
    peers: list[tuple[str, str]]


COMPARISONS = [
    Comparison("f32-op", [("onednn-pypi", "f32"), ("onednn-debian", "f32"), ("openblas", "f32")]),
    Comparison("int4b32-float-op", [("onnxruntime", "nbits4-level0")]),
    Comparison("int4b32-op", [("onnxruntime", "nbits4-level4")]),
    Comparison(
        "int8-kernel",
        [("onednn-pypi", "int8"), ("onednn-pypi", "uint8"), ("onednn-debian", "int8")],
    ),
    Comparison("int8-op", [("onnxruntime", "int8-dynamic"), ("onnxruntime", "nbits8-level4")]),
    Comparison("ternary-op", [("onnxruntime", "nbits2-level4")]),
]
SIZES = [(m, 2560, 2560) for m in (1, 8, 128, 512)] + [(m, 4096, 4096) for m in (1, 128)]


class PeerError(Exception):
    """What a worker answered instead of a result."""


class Peer:
    """A worker process. `missing` says what is not installed; it is None otherwise."""

    def __init__(self, name: str, python: str, environment: dict[str, str]) -> None:
        self.name = name
        self._process = subprocess.Popen(
            [python, str(HERE / "peers" / "worker.py"), name],
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        hello = self._receive()
        self.version: str = hello.get("version", "")
        self.missing: Optional[str] = hello.get("missing")

    def _receive(self) -> dict:
        line = self._process.stdout.readline()
        if line:
            return json.loads(line)
        return {"missing": f"a worker that runs (exit code {self._process.wait()})"}

    def ask(self, **request) -> dict:
        try:
            self._process.stdin.write(json.dumps(request) + "\n")
            self._process.stdin.flush()
        except BrokenPipeError:
            raise PeerError("expected a worker that runs") from None
        answer = self._receive()
        for key in ("error", "missing"):
            if key in answer:
                raise PeerError(f"{key}: {answer[key]}")
        return answer

    def prepare(self, variant: str, size: tuple[int, int, int]) -> None:
        m, n, k = size
        self.ask(prepare={"variant": variant, "m": m, "n": n, "k": k})

    def median_us(self, seconds: float) -> float:
        return statistics.median(self.ask(time=seconds)["seconds"]) * 1e6

    def close(self) -> None:
        self._process.stdin.close()
        self._process.wait()


def make_environment(name: str, build: Path) -> dict[str, str]:
    """One thread of whatever kind, large pages for all, and the libraries of the peer."""
    folders = {
        "onednn-debian": build / "bench-debian" / "usr/lib/x86_64-linux-gnu",
        "onednn-pypi": build / "bench-venv" / "lib",
    }
    return {
        **os.environ,
        "GLIBC_TUNABLES": "glibc.malloc.hugetlb=1",
        "LD_LIBRARY_PATH": str(folders.get(name, "")),
        "LOWBIT_BENCH_DEBIAN": str(build / "bench-debian"),
        "LOWBIT_BENCH_LAYERS": str(build / "bench-layers"),
        "LOWBIT_RUNTIME_LIBRARY": str(build / "lib" / "liblowbit-runtime.so"),
        "LOWBIT_THREADS": "1",
        "OMP_NUM_THREADS": "1",
        "ONEDNN_VERBOSE": "0",
        "OPENBLAS_NUM_THREADS": "1",
    }


def name_case(layer: str, size: tuple[int, int, int]) -> str:
    """As lowbit-bench calls it."""
    encoding, scope = layer.rsplit("-", 1)
    m, n, k = size
    return f"{encoding}/{n}x{k}/m{m}/hot/{scope}/t1"


def time_in_turn(lowbit: Peer, peer: Peer, seconds: float) -> dict[str, float]:
    """Medians of both, and the median and quartiles of peer : Lowbit over the turns."""
    ours, theirs = [], []
    for _ in range(TURNS):
        ours.append(lowbit.median_us(seconds))
        theirs.append(peer.median_us(seconds))
    quartiles = statistics.quantiles([b / a for a, b in zip(ours, theirs)], n=4)
    return {
        "median_us": round(statistics.median(theirs), 3),
        "lowbit_us": round(statistics.median(ours), 3),
        "ratio": round(quartiles[1], 3),
        "lower_quartile": round(quartiles[0], 3),
        "upper_quartile": round(quartiles[2], 3),
    }


def compare(
    peers: dict[str, Peer], comparison: Comparison, size: tuple[int, int, int], seconds: float
):
    """A row for each peer of the comparison, or a failure: (rows, failures)."""
    rows, failures = [], []
    case = name_case(comparison.layer, size)
    try:
        peers["lowbit"].prepare(comparison.layer, size)
    except PeerError as error:
        return rows, [f"{case}: {error}"]
    for name, variant in comparison.peers:
        peer = peers.get(name)
        if peer is None:
            continue
        try:
            peer.prepare(variant, size)
            row = {"name": f"{name} {variant}", "version": peer.version, "case": case}
            rows.append({**row, **time_in_turn(peers["lowbit"], peer, seconds)})
        except PeerError as error:
            failures.append(f"{case}, {name} {variant}: {error}")
    return rows, failures


def compare_all(build: Path, seconds: float, selects) -> dict[str, list]:
    """`peers`, `peers_missing` and `peers_failed` of bench.json.

    `selects` tells of the name of a case whether it is asked for.
    """
    wanted = [
        (comparison, size)
        for comparison in COMPARISONS
        for size in SIZES
        if selects(name_case(comparison.layer, size))
    ]
    python = build / "bench-venv" / "bin" / "python"
    interpreter = str(python) if python.exists() else sys.executable
    names = {name for comparison, _ in wanted for name, _ in comparison.peers}
    peers, missing, rows, failed = {}, [], [], []
    for name in ["lowbit", *sorted(names)] if wanted else []:
        peer = Peer(name, interpreter, make_environment(name, build))
        if peer.missing is None:
            peers[name] = peer
        else:
            missing.append({"name": name, "missing": peer.missing})
    for comparison, size in wanted if "lowbit" in peers else []:
        more_rows, more_failed = compare(peers, comparison, size, seconds)
        rows += more_rows
        failed += more_failed
    for peer in peers.values():
        peer.close()
    return {"peers": rows, "peers_missing": missing, "peers_failed": failed}


def print_peers(result: dict[str, list]) -> None:
    print(
        f"{'case':36} {'peer':28} {'version':14} {'Lowbit us':>11} {'peer us':>11}"
        f" {'ratio':>7} {'quartiles':>15}"
    )
    for row in result["peers"]:
        quartiles = f"{row['lower_quartile']:.2f}-{row['upper_quartile']:.2f}"
        print(
            f"{row['case']:36} {row['name']:28} {row['version']:14} {row['lowbit_us']:11.2f}"
            f" {row['median_us']:11.2f} {row['ratio']:7.2f} {quartiles:>15}"
        )
    for row in result["peers_missing"]:
        print(f"MISSING: {row['name']} is not compared: {row['missing']}")
    for text in result["peers_failed"]:
        print(f"FAILED: {text}")

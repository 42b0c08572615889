"""Trains the digits models and writes them as MLIR; `--accuracy` measures the recipes.

train.py             trains on all folds but fold 0 (seed 0), writes models/*.mlir
train.py --accuracy  retrains on five folds x three seeds, prints mean and spread
train.py --accuracy --contiguous  the same on fifths of the file, in its order

Both do so for both architectures, or for the one of `--architecture`.
"""

from __future__ import annotations

import os

# One thread per process: the sums of a matrix product then have one order on one machine.
for _variable in ("OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "OMP_NUM_THREADS"):
    os.environ[_variable] = "1"

import argparse  # noqa: E402
import json  # noqa: E402
import sys  # noqa: E402
import time  # noqa: E402
from concurrent.futures import ProcessPoolExecutor  # noqa: E402
from itertools import product  # noqa: E402
from pathlib import Path  # noqa: E402
from typing import Any  # noqa: E402

import numpy as np  # noqa: E402
from dataset import NUM_FOLDS, load_digits, split  # noqa: E402
from metrics import accuracy  # noqa: E402
from model_text import model_name, model_text  # noqa: E402
from network import ARCHITECTURES, Network  # noqa: E402
from training import train_networks  # noqa: E402

MODELS = Path(__file__).resolve().parent / "models"
SEEDS = (0, 1, 2)
FLOAT_FLOOR = {"dense": 97.0, "conv": 98.0}
ALLOWED_LOSS = {"dense": {"ternary": 2.0, "binary": 3.0}, "conv": {"ternary": 1.5}}


def train_all(
    architecture: str, fold: int, seed: int, contiguous: bool = False
) -> tuple[dict[str, Network], dict[str, float]]:
    """Train the float, ternary and binary networks without the images of `fold`.

    Returns the networks and their accuracy on the images of `fold`, in percent. Nothing is chosen
    by looking at those images: the networks are those of the last step.
    """
    images, labels = load_digits()
    train, test = split(labels, fold, contiguous)
    networks = train_networks(architecture, images[train], labels[train], seed)
    scores = {
        name: accuracy(network.logits(images[test]), labels[test])
        for name, network in networks.items()
    }
    return networks, scores


def _scores_of(run: tuple[str, int, int, bool]) -> dict[str, float]:
    return train_all(*run)[1]


def summarize(runs: list[dict[str, float]]) -> list[dict[str, Any]]:
    """Return one row for each model: mean, spread and extremes of the accuracy, loss to float.

    The spread is the sample standard deviation over the runs; the loss is the mean over the runs
    of float accuracy minus the model's accuracy, in points.
    """
    rows: list[dict[str, Any]] = []
    for name in runs[0]:
        scores = np.array([run[name] for run in runs])
        losses = np.array([run["float"] - run[name] for run in runs])
        rows.append(
            {
                "model": name,
                "mean": round(float(scores.mean()), 3),
                "spread": round(float(scores.std(ddof=1)), 3),
                "min": round(float(scores.min()), 3),
                "max": round(float(scores.max()), 3),
                "loss": round(float(losses.mean()), 3),
                "loss_spread": round(float(losses.std(ddof=1)), 3),
            }
        )
    return rows


def failures(architecture: str, rows: list[dict[str, Any]]) -> list[str]:
    """Return a line for each promise that the rows of `summarize` break."""
    floor, allowed = FLOAT_FLOOR[architecture], ALLOWED_LOSS[architecture]
    lines = []
    for row in rows:
        name = str(row["model"])
        if name == "float" and row["mean"] < floor:
            lines.append(
                f"{architecture} float: expected at least {floor} %, but got {row['mean']} %"
            )
        if name in allowed and row["loss"] > allowed[name]:
            lines.append(
                f"{architecture} {name}: expected a loss of at most {allowed[name]} points, "
                f"but got {row['loss']}"
            )
    return lines


def measure(architecture: str, workers: int, contiguous: bool) -> dict[str, Any]:
    """Retrain on five folds x three seeds, print a table; return it as a report."""
    begin = time.perf_counter()
    with ProcessPoolExecutor(workers) as pool:
        cases = product((architecture,), range(NUM_FOLDS), SEEDS, (contiguous,))
        runs = list(pool.map(_scores_of, cases))
    rows = summarize(runs)
    kind = "contiguous" if contiguous else "stratified"
    print(
        f"{architecture}: held-out accuracy in %, "
        f"{NUM_FOLDS} {kind} folds x {len(SEEDS)} seeds = {len(runs)} runs"
    )
    print(f"{'model':<10}{'mean':>8}{'spread':>8}{'min':>8}{'max':>8}{'loss':>8}{'spread':>8}")
    for row in rows:
        numbers = [row[key] for key in ("mean", "spread", "min", "max", "loss", "loss_spread")]
        print(f"{row['model']:<10}" + "".join(f"{number:>8.2f}" for number in numbers))
    return {
        "architecture": architecture,
        "split": kind,
        "folds": NUM_FOLDS,
        "seeds": list(SEEDS),
        "seconds": round(time.perf_counter() - begin, 1),
        "rows": rows,
    }


def write_models(architecture: str, folder: Path) -> None:
    """Train without fold 0 (seed 0) and write a file for each network."""
    networks, scores = train_all(architecture, fold=0, seed=0)
    folder.mkdir(parents=True, exist_ok=True)
    for name, network in networks.items():
        path = folder / f"{model_name(architecture, name)}.mlir"
        path.write_text(model_text(network))
        print(f"{path}: {scores[name]:.2f} % of the images of fold 0")


def main() -> int:
    """Run the command line; return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--accuracy", action="store_true", help="measure, write no models")
    parser.add_argument("--architecture", choices=ARCHITECTURES, help="only this one")
    parser.add_argument("--contiguous", action="store_true", help="with --accuracy: other folds")
    parser.add_argument("--output", type=Path, help="models folder, or with --accuracy a JSON file")
    parser.add_argument("--workers", type=int, default=os.cpu_count(), help="processes to use")
    options = parser.parse_args()
    architectures = [options.architecture] if options.architecture else list(ARCHITECTURES)
    if not options.accuracy:
        for architecture in architectures:
            write_models(architecture, options.output or MODELS)
        return 0
    reports = [measure(name, options.workers, options.contiguous) for name in architectures]
    print(json.dumps(reports))
    if options.output:
        options.output.parent.mkdir(parents=True, exist_ok=True)
        options.output.write_text(json.dumps(reports, indent=2) + "\n")
    broken = [
        line
        for name, report in zip(architectures, reports)
        for line in failures(name, report["rows"])
    ]
    for line in broken:
        print(f"error: {line}", file=sys.stderr)
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())

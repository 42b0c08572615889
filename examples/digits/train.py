"""Trains the three digits models and writes them as MLIR; `--accuracy` measures the recipe.

train.py             trains on all folds but fold 0 (seed 0), writes models/*.mlir
train.py --accuracy  retrains on five folds x three seeds, prints mean and spread
train.py --accuracy --contiguous  the same on fifths of the file, in its order
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
from model_text import model_text  # noqa: E402
from network import Network, logits_of, train_networks  # noqa: E402

MODELS = Path(__file__).resolve().parent / "models"
SEEDS = (0, 1, 2)
ALLOWED_LOSS = {"ternary": 2.0, "binary": 3.0}
FLOAT_FLOOR = 97.0


def train_all(
    fold: int, seed: int, contiguous: bool = False
) -> tuple[dict[str, Network], dict[str, float]]:
    """Train the float, ternary and binary networks without the images of `fold`.

    Returns the networks and their accuracy on the images of `fold`, in percent. Nothing is chosen
    by looking at those images: the networks are those of the last step.
    """
    images, labels = load_digits()
    train, test = split(labels, fold, contiguous)
    networks = train_networks(images[train], labels[train], seed)
    scores = {
        name: accuracy(
            logits_of(images[test], network.effective_weights(), network.biases), labels[test]
        )
        for name, network in networks.items()
    }
    return networks, scores


def _scores_of(run: tuple[int, int, bool]) -> dict[str, float]:
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


def failures(rows: list[dict[str, Any]]) -> list[str]:
    """Return a line for each promise that the rows of `summarize` break."""
    lines = []
    for row in rows:
        name = str(row["model"])
        if name == "float" and row["mean"] < FLOAT_FLOOR:
            lines.append(f"float: expected at least {FLOAT_FLOOR} %, but got {row['mean']} %")
        if name in ALLOWED_LOSS and row["loss"] > ALLOWED_LOSS[name]:
            lines.append(
                f"{name}: expected a loss of at most {ALLOWED_LOSS[name]} points, "
                f"but got {row['loss']}"
            )
    return lines


def measure(workers: int, contiguous: bool, output: Path | None) -> int:
    """Retrain on five folds x three seeds, print a table and JSON; return the exit code."""
    begin = time.perf_counter()
    with ProcessPoolExecutor(workers) as pool:
        runs = list(pool.map(_scores_of, product(range(NUM_FOLDS), SEEDS, (contiguous,))))
    rows = summarize(runs)
    kind = "contiguous" if contiguous else "stratified"
    print(
        f"held-out accuracy in %, {NUM_FOLDS} {kind} folds x {len(SEEDS)} seeds = {len(runs)} runs"
    )
    print(f"{'model':<10}{'mean':>8}{'spread':>8}{'min':>8}{'max':>8}{'loss':>8}{'spread':>8}")
    for row in rows:
        numbers = [row[key] for key in ("mean", "spread", "min", "max", "loss", "loss_spread")]
        print(f"{row['model']:<10}" + "".join(f"{number:>8.2f}" for number in numbers))
    report = {
        "split": kind,
        "folds": NUM_FOLDS,
        "seeds": list(SEEDS),
        "seconds": round(time.perf_counter() - begin, 1),
        "rows": rows,
    }
    print(json.dumps(report))
    if output:
        output.parent.mkdir(parents=True, exist_ok=True)
        output.write_text(json.dumps(report, indent=2) + "\n")
    broken = failures(rows)
    for line in broken:
        print(f"error: {line}", file=sys.stderr)
    return 1 if broken else 0


def write_models(folder: Path) -> None:
    """Train without fold 0 (seed 0) and write float.mlir, ternary.mlir and binary.mlir."""
    networks, scores = train_all(fold=0, seed=0)
    folder.mkdir(parents=True, exist_ok=True)
    for name, network in networks.items():
        path = folder / f"{name}.mlir"
        path.write_text(model_text(network))
        print(f"{path}: {scores[name]:.2f} % of the images of fold 0")


def main() -> int:
    """Run the command line; return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--accuracy", action="store_true", help="measure, write no models")
    parser.add_argument("--contiguous", action="store_true", help="with --accuracy: other folds")
    parser.add_argument("--output", type=Path, help="models folder, or with --accuracy a JSON file")
    parser.add_argument("--workers", type=int, default=os.cpu_count(), help="processes to use")
    options = parser.parse_args()
    if options.accuracy:
        return measure(options.workers, options.contiguous, options.output)
    write_models(options.output or MODELS)
    return 0


if __name__ == "__main__":
    sys.exit(main())

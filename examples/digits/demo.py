"""Compiles the digits models in every encoding, runs the held-out images, prints what it costs.

Needs `lowbit-compile` and `lowbit-run` (build/bin) and numpy. Writes build/demo.json.
"""

from __future__ import annotations

import argparse
import json
import math
import re
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from dataset import held_out
from metrics import accuracy, agreement, sqnr_db
from model_text import read_model
from network import ARCHITECTURES

ROOT = Path(__file__).resolve().parents[2]
MODELS = Path(__file__).resolve().parent / "models"
FOLD = 0

Row = dict[str, Any]


class DemoError(Exception):
    """Something the demo needs is missing or has failed; its text is one line."""


@dataclass(frozen=True)
class Case:
    """One model in one encoding: to be quantized to if the model is float, else its own."""

    model: str
    encoding: str

    @property
    def name(self) -> str:
        """The case as a file name."""
        return re.sub(r"[^0-9a-z.]+", "-", f"{self.model}-{self.encoding}")


CASES = (
    Case("float", "f32"),
    Case("float", "int8"),
    Case("float", "int4:block=32,scale=f16"),
    Case("float", "ternary:sigma"),
    Case("float", "ternary:twn"),
    Case("float", "ternary:absmean"),
    Case("float", "ternary:mse"),
    Case("float", "ternary:threshold=0.05"),
    Case("float", "binary"),
    Case("ternary", "ternary"),
    Case("binary", "binary"),
)

# Accuracy of the f32 row; agreement and SQNR of the quantized float model; points below f32.
FLOAT_ACCURACY = 97.0
AGREEMENT_AND_SQNR = {"int8": (99.5, 30.0), "int4:block=32,scale=f16": (98.5, 15.0)}
ALLOWED_LOSS = {"ternary": 2.0, "binary": 3.0}
# The compiled f32 model sums in another order than numpy.
FLOAT_TOLERANCE = 1e-4


def run_tool(command: list[str]) -> str:
    """Run a tool and return what it prints; a failure becomes a DemoError of one line."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    except OSError as error:
        raise DemoError(
            f"cannot run {command[0]}: {error.strerror}; `make demo` builds it"
        ) from None
    if done.returncode != 0:
        lines = done.stderr.strip().splitlines() or ["no message"]
        raise DemoError(f"{' '.join(command)}: exit code {done.returncode}: {lines[0]}")
    return done.stdout


@dataclass(frozen=True)
class Tools:
    """The compiler and the runner of one build folder, and where artifacts go."""

    build: Path

    def compile(self, case: Case) -> tuple[Path, float]:
        """Return the compiled model and the seconds the compiler took, as a process."""
        output = self.build / "demo" / f"{case.name}.so"
        output.parent.mkdir(parents=True, exist_ok=True)
        command = [str(self.build / "bin" / "lowbit-compile"), str(MODELS / f"{case.model}.mlir")]
        if case.model == "float":
            command.append(f"--weights={case.encoding}")
        command += ["--target=host", "--emit=so", "-o", str(output)]
        begin = time.perf_counter()
        run_tool(command)
        return output, time.perf_counter() - begin

    def logits(self, model: Path, images: np.ndarray) -> np.ndarray:
        """Return what the compiled model gives for images f32 [M, 64]."""
        given, result = model.with_suffix(".in.npy"), model.with_suffix(".out.npy")
        np.save(given, images)
        result.unlink(missing_ok=True)
        run_tool([self._run, str(model), "--input", str(given), "--output", str(result)])
        logits = np.load(result, allow_pickle=False)
        if logits.shape != (len(images), 10) or not np.isfinite(logits).all():
            raise DemoError(f"expected finite logits of {len(images)}x10, but got {logits.shape}")
        return logits

    def microseconds(self, model: Path, image: np.ndarray) -> float:
        """Return the median time of one run on one image f32 [1, 64], in microseconds."""
        given = model.with_suffix(".one.npy")
        np.save(given, image)
        text = run_tool([self._run, str(model), "--input", str(given), "--benchmark", "--json"])
        return float(json.loads(text)["benchmark"]["median_us"])

    @property
    def _run(self) -> str:
        return str(self.build / "bin" / "lowbit-run")


def weight_bytes(model: Path) -> tuple[int, int]:
    """Return the payload and the overhead (scales, padding) of the three layers, in bytes."""
    layers = json.loads(model.with_suffix(".json").read_text())["layers"]
    if len(layers) != 3:
        raise DemoError(f"expected 3 layers in {model.stem}.json, but got {len(layers)}")
    payload = sum(layer["payload_bytes"] for layer in layers)
    return payload, sum(layer["overhead_bytes"] for layer in layers)


def measure(tools: Tools) -> list[Row]:
    """Return one row for each case, in order; the first is the reference of the others."""
    images, labels = held_out(FOLD)
    reference: np.ndarray | None = None
    rows: list[Row] = []
    for case in CASES:
        model, seconds = tools.compile(case)
        logits = tools.logits(model, images)
        if reference is None:
            reference = logits
            check_reference(logits, images)
        payload, overhead = weight_bytes(model)
        sqnr = sqnr_db(logits, reference)
        rows.append(
            {
                "model": case.model,
                "encoding": case.encoding,
                "accuracy": round(accuracy(logits, labels), 2),
                "agreement": round(agreement(logits, reference), 2),
                "sqnr_db": round(sqnr, 2) if math.isfinite(sqnr) else None,
                "payload_bytes": payload,
                "overhead_bytes": overhead,
                "us_per_image": round(tools.microseconds(model, images[:1]), 2),
                "compile_s": round(seconds, 3),
            }
        )
    return rows


def check_reference(logits: np.ndarray, images: np.ndarray) -> None:
    """Raise a DemoError unless the compiled f32 logits are those numpy computes."""
    network = read_model((MODELS / "float.mlir").read_text(), ARCHITECTURES["dense"])
    expected = network.logits(images)
    error = float(np.abs(logits - expected).max())
    if error > FLOAT_TOLERANCE:
        raise DemoError(
            f"expected f32 logits within {FLOAT_TOLERANCE} of numpy's, but got {error} between them"
        )


def table(rows: list[Row], images: int) -> str:
    """Return the rows as text, with the compression relative to the payload in f32."""
    header = (
        "model",
        "encoding",
        "accuracy %",
        "agreement %",
        "SQNR dB",
        "payload B",
        "overhead B",
        "compression",
        "us/image",
        "compile s",
    )
    lines = [header]
    base = rows[0]["payload_bytes"]
    for row in rows:
        sqnr = row["sqnr_db"]
        lines.append(
            (
                str(row["model"]),
                str(row["encoding"]),
                f"{row['accuracy']:.2f}",
                f"{row['agreement']:.2f}",
                "inf" if sqnr is None else f"{sqnr:.1f}",
                f"{row['payload_bytes']:,}",
                f"{row['overhead_bytes']:,}",
                f"{base / row['payload_bytes']:.1f}x",
                f"{row['us_per_image']:.1f}",
                f"{row['compile_s']:.2f}",
            )
        )
    widths = [max(len(line[column]) for line in lines) for column in range(len(header))]
    text = [
        f"digits, {images} held-out images; agreement and SQNR against the float model in f32; "
        "us/image is the median for one image a call (M = 1)"
    ]
    for line in lines:
        names = [line[column].ljust(widths[column]) for column in (0, 1)]
        numbers = [line[column].rjust(widths[column]) for column in range(2, len(header))]
        text.append("  ".join(names + numbers))
    return "\n".join(text)


def broken_promises(rows: list[Row]) -> list[str]:
    """Return a phrase for each expectation that the rows do not meet."""
    float_accuracy = rows[0]["accuracy"]
    broken = []
    if float_accuracy < FLOAT_ACCURACY:
        broken.append(f"f32 accuracy {float_accuracy} below {FLOAT_ACCURACY}")
    for row in rows[1:]:
        encoding = row["encoding"]
        if row["model"] in ALLOWED_LOSS:
            loss = float_accuracy - row["accuracy"]
            if loss > ALLOWED_LOSS[row["model"]]:
                broken.append(f"{row['model']} network {loss:.2f} points below float")
        elif encoding in AGREEMENT_AND_SQNR:
            least_agreement, least_sqnr = AGREEMENT_AND_SQNR[encoding]
            sqnr = math.inf if row["sqnr_db"] is None else row["sqnr_db"]
            if row["agreement"] < least_agreement:
                broken.append(f"{encoding} agreement {row['agreement']} below {least_agreement}")
            if sqnr < least_sqnr:
                broken.append(f"{encoding} SQNR {sqnr} dB below {least_sqnr}")
    return broken


def main() -> int:
    """Run the command line; return 0, or 1 after one line on what failed."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--build", type=Path, default=ROOT / "build", help="the build folder")
    options = parser.parse_args()
    output = options.build / "demo.json"
    try:
        rows = measure(Tools(options.build))
    except (DemoError, OSError, ValueError, KeyError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    output.write_text(json.dumps(rows, indent=2, allow_nan=False) + "\n")
    print(table(rows, len(held_out(FOLD)[1])))
    broken = broken_promises(rows)
    if broken:
        print(f"error: {'; '.join(broken)}", file=sys.stderr)
        return 1
    float_accuracy = rows[0]["accuracy"]
    for row in rows:
        if row["model"] in ALLOWED_LOSS:
            loss = float_accuracy - row["accuracy"]
            print(
                f"{row['model']} network: {loss:+.2f} points below float "
                f"(at most {ALLOWED_LOSS[row['model']]}, on this fold)"
            )
    print(f"all expectations hold; rows in {output}")
    return 0


if __name__ == "__main__":
    sys.exit(main())

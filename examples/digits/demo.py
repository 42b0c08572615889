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
from dataset import held_out, load_digits, split
from layers import Layer
from metrics import accuracy, agreement, sqnr_db
from model_text import layer_names, model_name, read_model
from network import ARCHITECTURES

ROOT = Path(__file__).resolve().parents[2]
MODELS = Path(__file__).resolve().parent / "models"
FOLD = 0

Row = dict[str, Any]


class DemoError(Exception):
    """Something the demo needs is missing or has failed; its text is one line."""


@dataclass(frozen=True)
class Case:
    """One model in one encoding, and what is promised of it.

    The weights are to be quantized to the encoding if the model is float, else are of it already.
    Activations are quantized at run time, or with ranges of training images if `static`: then
    everything between the first codes and the last is integer arithmetic.
    Agreement and SQNR are relative to the float model of the architecture, compiled in f32; `loss`
    is how many points of accuracy it may lie below it.
    """

    architecture: str
    trained: str
    encoding: str
    static: bool = False
    accuracy: float | None = None
    agreement: float | None = None
    sqnr: float | None = None
    loss: float | None = None

    @property
    def model(self) -> str:
        """The name of the model's file, without suffix."""
        return model_name(self.architecture, self.trained)

    @property
    def label(self) -> str:
        """The encoding, and how activations are quantized where that is not at run time."""
        return f"{self.encoding}, integer-only" if self.static else self.encoding

    @property
    def file(self) -> str:
        """The case as a file name."""
        return re.sub(r"[^0-9a-z.]+", "-", f"{self.model}-{self.label}")

    @property
    def is_reference(self) -> bool:
        """Whether other cases are compared with this one."""
        return self.encoding == "f32"


CASES = (
    Case("dense", "float", "f32", accuracy=97.0),
    Case("dense", "float", "int8", agreement=99.5, sqnr=30.0),
    Case("dense", "float", "int4:block=32,scale=f16", agreement=98.5, sqnr=15.0),
    Case("dense", "float", "ternary:sigma"),
    Case("dense", "float", "ternary:twn"),
    Case("dense", "float", "ternary:absmean"),
    Case("dense", "float", "ternary:mse"),
    Case("dense", "float", "ternary:threshold=0.05"),
    Case("dense", "float", "binary"),
    Case("dense", "ternary", "ternary", loss=2.0),
    Case("dense", "binary", "binary", loss=3.0),
    Case("conv", "float", "f32", accuracy=98.0),
    Case("conv", "float", "int8", agreement=99.5),
    Case("conv", "float", "int8", static=True, agreement=99.5),
    Case("conv", "float", "int4", agreement=98.5),
    Case("conv", "float", "ternary:mse"),
    Case("conv", "float", "binary:planes=3"),
    Case("conv", "ternary", "ternary", loss=1.5),
    Case("conv", "binary", "binary"),
)

CALIBRATION_IMAGES = 500
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
        output = self.folder / f"{case.file}.so"
        command = [str(self.build / "bin" / "lowbit-compile"), str(MODELS / f"{case.model}.mlir")]
        if case.trained == "float":
            command.append(f"--weights={case.encoding}")
        if case.static:
            command += [f"--calibration={self.calibrate(case)}", "--integer-only"]
        command += ["--target=host", "--emit=so", "-o", str(output)]
        begin = time.perf_counter()
        run_tool(command)
        return output, time.perf_counter() - begin

    def calibrate(self, case: Case) -> Path:
        """Return a file with the ranges of the model's activations on training images."""
        images, labels = load_digits()
        train, _ = split(labels, FOLD)
        given = self.folder / f"{case.model}.samples.npz"
        np.savez(given, images[train[:CALIBRATION_IMAGES]])
        output = self.folder / f"{case.model}.statistics.npz"
        model = str(MODELS / f"{case.model}.mlir")
        run_tool([self._run, model, f"--calibrate={given}", "-o", str(output)])
        return output

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
    def folder(self) -> Path:
        """Where artifacts go."""
        folder = self.build / "demo"
        folder.mkdir(parents=True, exist_ok=True)
        return folder

    @property
    def _run(self) -> str:
        return str(self.build / "bin" / "lowbit-run")


def weight_bytes(model: Path, layers: tuple[Layer, ...]) -> tuple[int, int]:
    """Return the payload and the overhead (scales, padding) of all layers, in bytes."""
    records = json.loads(model.with_suffix(".json").read_text())["layers"]
    missing = set(layer_names(layers)) - {record["name"] for record in records}
    if missing:
        raise DemoError(
            f"expected {sorted(missing)[0]} in {model.stem}.json, but got no such layer"
        )
    payload = sum(record["payload_bytes"] for record in records)
    return payload, sum(record["overhead_bytes"] for record in records)


def measure(tools: Tools) -> list[Row]:
    """Return one row for each case, in order; a float model in f32 comes before what it judges."""
    images, labels = held_out(FOLD)
    references: dict[str, np.ndarray] = {}
    rows: list[Row] = []
    for case in CASES:
        model, seconds = tools.compile(case)
        logits = tools.logits(model, images)
        if case.is_reference:
            references[case.architecture] = logits
            check_reference(case, logits, images)
        reference = references[case.architecture]
        payload, overhead = weight_bytes(model, ARCHITECTURES[case.architecture])
        sqnr = sqnr_db(logits, reference)
        rows.append(
            {
                "model": case.model,
                "encoding": case.label,
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


def check_reference(case: Case, logits: np.ndarray, images: np.ndarray) -> None:
    """Raise a DemoError unless the compiled f32 logits are those numpy computes."""
    text = (MODELS / f"{case.model}.mlir").read_text()
    expected = read_model(text, ARCHITECTURES[case.architecture]).logits(images)
    error = float(np.abs(logits - expected).max())
    if error > FLOAT_TOLERANCE:
        raise DemoError(
            f"expected f32 logits within {FLOAT_TOLERANCE} of numpy's, but got {error} between them"
        )


def reference_rows(rows: list[Row]) -> list[Row]:
    """Return for each row that of its architecture's float model in f32."""
    found: list[Row] = []
    for case, row in zip(CASES, rows, strict=True):
        found.append(row if case.is_reference else found[-1])
    return found


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
    for row, reference in zip(rows, reference_rows(rows)):
        base = reference["payload_bytes"]
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
        "activations are quantized at run time, but for integer-only; "
        "us/image is the median for one image a call (M = 1)"
    ]
    for line in lines:
        names = [line[column].ljust(widths[column]) for column in (0, 1)]
        numbers = [line[column].rjust(widths[column]) for column in range(2, len(header))]
        text.append("  ".join(names + numbers))
    return "\n".join(text)


def broken_promises(rows: list[Row]) -> list[str]:
    """Return a phrase for each expectation that the rows do not meet."""
    broken = []
    for case, row, reference in zip(CASES, rows, reference_rows(rows)):
        sqnr = math.inf if row["sqnr_db"] is None else row["sqnr_db"]
        loss = reference["accuracy"] - row["accuracy"]
        name = f"{case.model} {case.label}"
        if case.accuracy is not None and row["accuracy"] < case.accuracy:
            broken.append(f"{name}: accuracy {row['accuracy']} below {case.accuracy}")
        if case.agreement is not None and row["agreement"] < case.agreement:
            broken.append(f"{name}: agreement {row['agreement']} below {case.agreement}")
        if case.sqnr is not None and sqnr < case.sqnr:
            broken.append(f"{name}: SQNR {sqnr} dB below {case.sqnr}")
        if case.loss is not None and loss > case.loss:
            broken.append(f"{name}: {loss:.2f} points below float, more than {case.loss}")
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
    for case, row, reference in zip(CASES, rows, reference_rows(rows)):
        if case.loss is not None:
            loss = reference["accuracy"] - row["accuracy"]
            print(
                f"{case.model} network: {loss:+.2f} points below float "
                f"(at most {case.loss}, on this fold)"
            )
    print(f"all expectations hold; rows in {output}")
    return 0


if __name__ == "__main__":
    sys.exit(main())

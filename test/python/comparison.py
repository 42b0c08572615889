"""Runs lowbit-run --compare-layers on the models of the tests of that name."""

import os
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BUILD = Path(os.environ.get("LOWBIT_BUILD", ROOT / "build"))
TOOL = BUILD / "bin" / "lowbit-run"
MODELS = ROOT / "examples" / "digits" / "models"
FLOAT = MODELS / "float.mlir"


def execute(*arguments):
    command = [str(TOOL), "--compare-layers", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, timeout=120)


def compare(*arguments):
    done = execute(*arguments)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


def fail(*arguments):
    """The one line of error."""
    done = execute(*arguments)
    assert (done.returncode, done.stdout) == (1, ""), done
    lines = done.stderr.splitlines()
    assert len(lines) == 1, done.stderr
    return lines[0]


# One layer, of three samples.
SMALL = """
func.func @small(%x: tensor<3x6xf32>) -> tensor<3x2xf32> {
  %init = arith.constant dense<1.0> : tensor<3x2xf32>
  %w = arith.constant dense<0.5> : tensor<6x2xf32>
  %y = linalg.matmul ins(%x, %w : tensor<3x6xf32>, tensor<6x2xf32>)
      outs(%init : tensor<3x2xf32>) -> tensor<3x2xf32> loc("fc1")
  return %y : tensor<3x2xf32>
}
"""

"""Times what is not a packed layer: the models in bench/models, on one thread."""

import json
import math
import re
import subprocess
from pathlib import Path
from typing import NamedTuple

FOLDER = Path(__file__).resolve().parent / "models"
RUNS, QUICK_RUNS = 200, 20


class Model(NamedTuple):
    """A file of the folder and how it is compiled."""

    name: str
    options: tuple[str, ...] = ()

    @property
    def case(self) -> str:
        return " ".join([self.name, *self.options])


MODELS = [
    Model("softmax"),
    Model("layer-normalization"),
    Model("gelu"),
    Model("scores"),
    Model("scores", ("--layers=scores=int8/int8",)),
    Model("scores", ("--layers=scores=ternary/ternary",)),
    Model("scores", ("--layers=scores=binary/binary",)),
]


def count_bytes(text: str) -> int:
    """What a call must read and write at least: the operands and results in `text`."""
    signature = re.search(r"func\.func @\w+\((.*?)\{\n", text, re.DOTALL).group(1)
    tensors = re.findall(r"tensor<([0-9x]+)xf32>", signature)
    return sum(4 * math.prod(map(int, extents.split("x"))) for extents in tensors)


def time_model(build: Path, model: Model, runs: int) -> dict:
    """A row of `models` in bench.json."""
    source, compiled = FOLDER / f"{model.name}.mlir", build / "bench-model.so"
    compiler, runner = (str(build / "bin" / name) for name in ("lowbit-compile", "lowbit-run"))
    subprocess.run([compiler, str(source), *model.options, "-o", str(compiled)], check=True)
    run = [runner, str(compiled), f"--benchmark={runs}", "--threads=1", "--json"]
    times = json.loads(subprocess.run(run, check=True, capture_output=True).stdout)["benchmark"]
    gbs = count_bytes(source.read_text(encoding="utf-8")) / times["median_us"] * 1e-3
    return {"case": model.case, **times, "gbs": gbs}


def time_all(build: Path, quick: bool, pattern: str) -> list[dict]:
    """The rows of the models whose case matches `pattern`, printed as a table."""
    rows = []
    for model in MODELS:
        if re.search(pattern, model.case):
            rows.append(time_model(build, model, QUICK_RUNS if quick else RUNS))
    if rows:
        print(f"\n{'model':<40}{'median us':>12}{'min us':>12}{'GB/s':>8}")
    for row in rows:
        print(f"{row['case']:<40}{row['median_us']:>12.1f}{row['min_us']:>12.1f}{row['gbs']:>8.1f}")
    return rows

"""Each pass twice is each pass once, on the IR of all tests that lowbit-opt reads."""

import re
import subprocess
from pathlib import Path

import pytest
from artifact import BUILD

pytestmark = pytest.mark.sampled

TESTS = Path(__file__).resolve().parents[1]
OPT = str(BUILD / "bin" / "lowbit-opt")

# Where a pass does nothing without them.
OPTIONS = {
    "lowbit-bound-error": "weights=int4",
    "lowbit-narrow-activations": "target=x86-amx",
    "lowbit-quantize": "weights=ternary activations=int8",
}
# Nothing is rewritten.
CHECKS = {
    "lowbit-import-calibration": "reads a file",
    "lowbit-integer-only": "checks",
    "lowbit-verify-bufferizable": "checks",
    "lowbit-verify-stage": "checks",
}


def get_passes():
    text = subprocess.run([OPT, "--help"], capture_output=True, text=True, check=True).stdout
    names = set(re.findall(r"^ +--(lowbit-[\w-]+)", text, re.MULTILINE))
    return sorted(name for name in names if not name.endswith("-pipeline"))


PASSES = get_passes()


@pytest.fixture(scope="module")
def corpus(tmp_path_factory):
    """Modules of the lit tests, each on its own, without what other tools are to see."""
    parts = []
    for path in sorted(TESTS.rglob("*.mlir")):
        if "Inputs" not in path.parts and not path.name.startswith("invalid"):
            parts += re.split(r"^// -----.*\n", path.read_text(), flags=re.MULTILINE)
    source = tmp_path_factory.mktemp("corpus") / "corpus.mlir"
    source.write_text("\n// -----\n".join(parts))
    return source


def run(corpus, *passes):
    """What lowbit-opt makes of each module for which no pass fails."""
    command = [OPT, corpus, "--split-input-file", "--mlir-print-debuginfo", *passes]
    done = subprocess.run(list(map(str, command)), capture_output=True, text=True, timeout=300)
    assert done.returncode in (0, 1), done.stderr[-2000:]
    return done.stdout.split("\n// -----\n")


def test_every_pass_is_covered():
    assert len(PASSES) > 25
    assert {*OPTIONS, *CHECKS} <= set(PASSES)


@pytest.mark.parametrize("name", [name for name in PASSES if name not in CHECKS])
def test_twice_is_once(name, corpus):
    options = f"={OPTIONS[name]}" if name in OPTIONS else ""
    once = run(corpus, f"--{name}{options}")
    twice = run(corpus, f"--{name}{options}", f"--{name}{options}")
    assert once != run(corpus)
    assert twice == once

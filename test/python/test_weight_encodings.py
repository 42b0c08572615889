"""Float models compiled in every way to quantize weights, against the reference."""

from __future__ import annotations

import itertools
import json

import numpy as np
import pytest
from artifact import TARGETS, Artifact, chain_text, compile_text
from targets import lacks

pytestmark = pytest.mark.sampled

# Encoding, and the most that weights quantized so may change the outputs, relatively.
ENCODINGS = {
    "int8": 0.03,
    "int4:percentile,p=99": 0.3,
    "int4:mse": 0.3,
    "uint4:mse,block=16": 0.2,
    "int4:kl": 0.4,
    "int4:cross-entropy,block=32": 0.3,
    "int8:range=[-3,3]": 0.1,
    "int8:fixed-point=5": 0.1,
    "int4:scale-values=power-of-two": 0.4,
    "ternary:mse": 0.9,
    "ternary:mse,block=16,block-rows=4": 0.9,
    "binary": 1.2,
    "binary:planes=2": 0.7,
    "binary:planes=4,block=32,scale=f16": 0.3,
    "codebook2": 0.7,
    "codebook3:log": 0.6,
    "codebook4": 0.2,
    "codebook4:log,granularity=layer": 0.4,
    "codebook4:block=32,scale=bf16": 0.2,
    "codebook5": 0.1,
    "codebook6:granularity=layer": 0.1,
    "codebook7:block=16,block-rows=4": 0.05,
    "codebook8:granularity=group,group=3,scale=f16": 0.05,
}
EXTENTS = [70, 37, 5]


@pytest.fixture(scope="module")
def inputs():
    return np.random.default_rng(3).standard_normal((19, EXTENTS[0])).astype(np.float32)


@pytest.fixture(scope="module")
def build(tmp_path_factory, inputs):
    """The outputs of the model with options, for 1 and for all rows."""
    folder = tmp_path_factory.mktemp("encodings")

    numbers = itertools.count()

    def run(*options: str) -> tuple[bytes, np.ndarray]:
        output = folder / f"model{next(numbers)}.so"
        model = Artifact(compile_text(chain_text(EXTENTS, name="main"), output, *options))
        one, all_rows = (model.run([x])[0] for x in (inputs[:1], inputs))
        return one.tobytes() + all_rows.tobytes(), all_rows

    return run


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_same_bytes_as_the_reference(build, encoding):
    expected, outputs = build(f"--weights={encoding}", "--reference")
    for target in TARGETS:
        if not lacks(target):
            assert build(f"--weights={encoding}", f"--target={target}")[0] == expected, target
    _, exact = build("--reference")
    error = np.linalg.norm(outputs - exact) / np.linalg.norm(exact)
    assert 0 < error < ENCODINGS[encoding]


def test_records_count_all_planes(tmp_path):
    text = chain_text(EXTENTS)
    compile_text(text, tmp_path / "model.so", "--weights=binary:planes=3")
    layers = json.loads((tmp_path / "model.json").read_text())["layers"]
    payload = sum(layer["payload_bytes"] for layer in layers)
    bits = [n * k for k, n in zip(EXTENTS, EXTENTS[1:])]
    assert payload == 3 * sum(-(-count // 8) for count in bits)

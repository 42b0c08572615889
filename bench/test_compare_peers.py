"""Workers on tiny layers; no time is looked at."""

import os
import statistics
import subprocess
import sys
from pathlib import Path

import compare_peers
import pytest
from compare_peers import COMPARISONS, Comparison, Peer, PeerError

BUILD = Path(os.environ.get("LOWBIT_BUILD", Path(__file__).resolve().parents[1] / "build"))
VARIANTS = sorted({peer for row in COMPARISONS for peer in row.peers})
LAYER = """
func.func @main(%x: tensor<?x32xf32>) -> tensor<?x16xf32> {
  %c0 = arith.constant 0 : index
  %zero = arith.constant 0.0 : f32
  %m = tensor.dim %x, %c0 : tensor<?x32xf32>
  %w = arith.constant dense<0.5> : tensor<16x32xf32>
  %e = tensor.empty(%m) : tensor<?x16xf32>
  %i = linalg.fill ins(%zero : f32) outs(%e : tensor<?x16xf32>) -> tensor<?x16xf32>
  %y = linalg.matmul
    indexing_maps = [affine_map<(m, n, k) -> (m, k)>, affine_map<(m, n, k) -> (n, k)>,
                     affine_map<(m, n, k) -> (m, n)>]
    ins(%x, %w : tensor<?x32xf32>, tensor<16x32xf32>)
    outs(%i : tensor<?x16xf32>) -> tensor<?x16xf32>
  return %y : tensor<?x16xf32>
}
"""


@pytest.fixture(scope="module")
def lowbit(tmp_path_factory):
    """A worker that has the layer int8-op of 16 x 32."""
    build = tmp_path_factory.mktemp("build")
    layers = build / "bench-layers"
    layers.mkdir()
    (build / "lib").symlink_to(BUILD / "lib")
    (build / "layer.mlir").write_text(LAYER)
    tool = BUILD / "bin" / "lowbit-compile"
    command = [tool, build / "layer.mlir", "--weights=int8", "-o", layers / "int8-16x32-op.so"]
    subprocess.run(command, check=True)
    peer = Peer("lowbit", sys.executable, compare_peers.make_environment("lowbit", build))
    yield peer
    peer.close()


def start(name):
    python = BUILD / "bench-venv" / "bin" / "python"
    interpreter = str(python) if python.exists() else sys.executable
    return Peer(name, interpreter, compare_peers.make_environment(name, BUILD))


@pytest.mark.parametrize(("name", "variant"), VARIANTS)
def test_results_of_a_peer(name, variant):
    peer = start(name)
    if peer.missing is not None:
        pytest.skip(f"without {peer.missing}")
    assert peer.version
    for size in [(1, 64, 96), (3, 32, 64)]:
        peer.prepare(variant, size)  # compares with NumPy
        assert peer.ask(time=0)["seconds"]
    peer.close()


def test_lowbit(lowbit):
    assert lowbit.missing is None
    for m in (1, 5):
        lowbit.prepare("int8-op", (m, 16, 32))
        assert lowbit.median_us(0) > 0


def test_layer_that_was_not_compiled(lowbit):
    with pytest.raises(PeerError, match=r"missing: int4-16x32-op\.so"):
        lowbit.prepare("int4-op", (1, 16, 32))


def test_peer_that_is_not_installed(tmp_path):
    environment = compare_peers.make_environment("onednn-debian", tmp_path)
    assert Peer("onednn-debian", sys.executable, environment).missing == "libdnnl2"


def test_worker_that_dies(tmp_path):
    environment = compare_peers.make_environment("openblas", tmp_path)
    assert "exit code 0" in Peer("openblas", "true", environment).missing


def test_rows_of_a_comparison(lowbit):
    rows, failed = compare_peers.compare(
        {"lowbit": lowbit, "twin": lowbit},
        Comparison("int8-op", [("twin", "int8-op"), ("twin", "int4-op"), ("absent", "f32")]),
        (2, 16, 32),
        0,
    )
    (row,) = rows
    assert row["name"] == "twin int8-op"
    assert row["case"] == "int8/16x32/m2/hot/op/t1"
    assert row["lower_quartile"] <= row["ratio"] <= row["upper_quartile"]
    assert failed == ["int8/16x32/m2/hot/op/t1, twin int4-op: missing: int4-16x32-op.so"]


class Fixed:
    """A peer whose times are known."""

    def __init__(self, times):
        self._times = iter(times)

    def median_us(self, seconds):
        return next(self._times)


def test_ratio_is_of_turns():
    turns = compare_peers.TURNS
    ours = [10.0 * (turn + 1) for turn in range(turns)]
    row = compare_peers.time_in_turn(Fixed(ours), Fixed([3 * us for us in ours]), 0)
    assert row["ratio"] == row["lower_quartile"] == row["upper_quartile"] == 3
    assert row["lowbit_us"] == statistics.median(ours)
    assert row["median_us"] == 3 * statistics.median(ours)


def test_names_are_those_of_the_tool():
    names = subprocess.run(
        [BUILD / "bin" / "lowbit-bench", "--list"], capture_output=True, text=True, check=True
    ).stdout.splitlines()
    for comparison in COMPARISONS:
        for size in compare_peers.SIZES:
            assert compare_peers.name_case(comparison.layer, size) in names


def test_what_is_missing_is_named(capsys):
    missing = {"name": "openblas", "missing": "scipy-openblas64"}
    row = {"name": "a", "case": "b", "version": "1", "median_us": 2.0, "lowbit_us": 1.0}
    row.update({"ratio": 2.0, "lower_quartile": 1.5, "upper_quartile": 2.5})
    compare_peers.print_peers({"peers": [row], "peers_missing": [missing], "peers_failed": ["x"]})
    text = capsys.readouterr().out
    assert "MISSING: openblas is not compared: scipy-openblas64" in text
    assert "FAILED: x" in text and "1.50-2.50" in text

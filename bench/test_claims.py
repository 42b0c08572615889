import os
import re
import subprocess
from pathlib import Path

import claims
import pytest

BUILD = Path(os.environ.get("LOWBIT_BUILD", Path(__file__).resolve().parents[1] / "build"))
CASE = "ternary/2560x2560/m1/hot/op/t1"


def make_document(**row):
    whole = {"case": CASE, "target": "x86-avx512vnni", "threads": 1, "median_us": 20.0}
    whole.update({"bound_by": "vpdpbusd_gops", "share": 0.5}, **row)
    limits = {"vpdpbusd_gops": 480.0, "amx_int8_gops": None}
    return {
        "limits_by_threads": {"1": limits},
        "rows": [whole],
        "rows_of_other_targets": [{**whole, "target": "x86-avx2", "median_us": 40.0}],
        "pairs": [{"case": "int4z:int4/2560x2560/m1/hot/op/t1", "ratio": 1.02}],
        "peers": [
            {"name": "onednn-debian int8", "version": "2.6.3", "case": CASE, "ratio": 1.2},
            {"name": "onednn-pypi int8", "version": "3.10.0", "case": CASE, "ratio": 2.5},
            {"name": "onednn-pypi uint8", "version": "3.10.0", "case": CASE, "ratio": 1.5},
            {"name": "other int8", "version": "9", "case": CASE, "ratio": 1.0},
        ],
    }


def judge(claim, *documents):
    table = {"limits": {"vpdpbusd_gops": 960, "amx_int8_gops": 7600}, "claims": [claim]}
    (verdict,) = claims.judge(list(documents) or [make_document()], table)
    return verdict


@pytest.mark.parametrize(("at_most", "holds"), [(10, True), (9.9, False)])
def test_time_as_the_same_share_of_the_limit(at_most, holds):
    verdict = judge({"case": CASE, "at_most_us": at_most, "of": "vpdpbusd_gops"})
    assert verdict.holds is holds
    assert verdict.asked == f"at most {at_most:.1f} us of vpdpbusd_gops"
    assert verdict.here == f"{2 * at_most:.1f} us of vpdpbusd_gops"
    assert verdict.reached == pytest.approx(at_most / 10)


def test_limit_that_the_machine_lacks():
    verdict = judge({"case": CASE, "at_most_us": 2, "of": "amx_int8_gops"})
    assert verdict.here == "31.7 us of vpdpbusd_gops"
    assert verdict.holds


@pytest.mark.parametrize(("share", "holds"), [(0.5, True), (0.51, False)])
def test_share(share, holds):
    assert judge({"case": CASE, "at_least_share": share}).holds is holds


@pytest.mark.parametrize(("at_most", "holds"), [(30, False), (20, True)])
def test_other_target(at_most, holds):
    document = make_document(median_us=1.0)
    document["rows_of_other_targets"][0]["median_us"] = 2 * at_most if holds else 2 * at_most + 1
    claim = {"case": CASE, "target": "x86-avx2", "at_most_us": at_most, "of": "vpdpbusd_gops"}
    assert judge(claim, document).holds is holds


@pytest.mark.parametrize(("bound", "holds"), [(1.03, True), (1.01, False)])
def test_pair(bound, holds):
    case = "int4z:int4/2560x2560/m1/hot/op/t1"
    assert judge({"case": case, "at_most_ratio": bound}).holds is holds


@pytest.mark.parametrize(("bound", "holds"), [(1.5, True), (1.6, False)])
def test_fastest_variant_of_the_newest_version(bound, holds):
    claim = {"case": CASE, "peer": "onednn", "at_least_ratio": bound}
    assert judge(claim).holds is holds


def test_older_version_where_there_is_no_other():
    document = make_document()
    del document["peers"][1:]
    verdict = judge({"case": CASE, "peer": "onednn", "at_least_ratio": 1}, document)
    assert verdict.measured == "1.200 x"


def test_peer_that_is_missing():
    verdict = judge({"case": CASE, "peer": "absent", "at_least_ratio": 1})
    assert verdict.measured == "not measured"


@pytest.mark.parametrize(("bound", "holds"), [(1.8, True), (2.1, False)])
def test_beside(bound, holds):
    document = make_document()
    two = CASE.replace("t1", "t2")
    document["rows"].append({**document["rows"][0], "case": two, "threads": 2, "median_us": 10.0})
    assert judge({"case": two, "beside": CASE, "at_least_ratio": bound}, document).holds is holds


def test_median_of_runs_each_by_its_own_limits():
    documents = [make_document(median_us=us) for us in (20.0, 40.0, 30.0)]
    documents[1]["limits_by_threads"]["1"]["vpdpbusd_gops"] = 120.0
    verdict = judge({"case": CASE, "at_most_us": 10, "of": "vpdpbusd_gops"}, *documents)
    assert (verdict.reached, verdict.lowest, verdict.highest) == (1, pytest.approx(2 / 3), 2)
    assert (verdict.here, verdict.measured) == ("20.0 us of vpdpbusd_gops", "30.0 us")
    assert verdict.holds


def test_run_that_lacks_the_case():
    empty = {**make_document(), "rows": []}
    assert judge({"case": CASE, "at_least_share": 0.5}, empty, make_document()).holds


def test_not_measured():
    for bound in ({"at_most_us": 1, "of": "l2_gbs"}, {"at_least_share": 1}, {"at_most_ratio": 1}):
        verdict = judge({"case": "nothing", **bound})
        assert (verdict.holds, verdict.measured) == (None, "not measured")


def test_selection():
    table = {"limits": {}, "claims": [{"case": CASE, "at_least_share": 1}]}
    assert claims.judge([make_document()], table, lambda case: "int8" in case) == []


def test_table():
    table = claims.read_table()
    bounds = {"at_most_us", "at_least_share", "at_least_ratio", "at_most_ratio"}
    for claim in table["claims"]:
        assert len(bounds & claim.keys()) == 1, claim
        assert claim.keys() <= bounds | {"case", "of", "target", "peer", "beside"}, claim
        assert ("of" in claim) == ("at_most_us" in claim), claim
        assert claim.get("of", "l2_gbs") in table["limits"]
    assert claims.list_targets(table)["x86-avx2"] == [CASE]


def test_cases_of_the_table_are_those_of_the_tool():
    table = claims.read_table()
    tool = [BUILD / "bin" / "lowbit-bench", "--list"]
    names = subprocess.run(tool, capture_output=True, text=True, check=True).stdout.splitlines()
    cases = claims.list_cases(table)
    assert [case for case in cases if case not in names] == []
    assert {claim["beside"] for claim in table["claims"] if "beside" in claim} <= set(cases)


def test_print(capsys):
    claims.print_claims(
        [
            judge({"case": CASE, "at_least_share": 0.6}),
            judge({"case": "nothing", "at_least_ratio": 1.8}),
        ]
    )
    below, missing = capsys.readouterr().out.splitlines()[-2:]
    assert re.search(r"60\.0% +60\.0% of vpdpbusd_gops +50\.0% +83\.3% +83%-83% BELOW$", below)
    assert re.search(r"at least 1\.800 x +not measured missing$", missing)

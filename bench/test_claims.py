import re

import claims
import pytest

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
        "peers": [{"name": "onednn-pypi int8", "case": CASE, "ratio": 1.5}],
    }


def judge(claim, document=None):
    table = {"limits": {"vpdpbusd_gops": 960, "amx_int8_gops": 7600}, "claims": [claim]}
    (verdict,) = claims.judge(document or make_document(), table)
    return verdict


@pytest.mark.parametrize(("at_most", "holds"), [(10, True), (9.9, False)])
def test_time_as_the_same_share_of_the_limit(at_most, holds):
    verdict = judge({"case": CASE, "at_most_us": at_most, "of": "vpdpbusd_gops"})
    assert verdict.holds is holds
    assert f"here {2 * at_most:.1f}" in verdict.asked


def test_limit_that_the_machine_lacks():
    verdict = judge({"case": CASE, "at_most_us": 2, "of": "amx_int8_gops"})
    assert verdict.asked.endswith("here 31.7 of vpdpbusd_gops")
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
def test_peer(bound, holds):
    claim = {"case": CASE, "peer": "onednn-pypi int8", "at_least_ratio": bound}
    assert judge(claim).holds is holds


@pytest.mark.parametrize(("bound", "holds"), [(1.8, True), (2.1, False)])
def test_beside(bound, holds):
    document = make_document()
    two = CASE.replace("t1", "t2")
    document["rows"].append({**document["rows"][0], "case": two, "threads": 2, "median_us": 10.0})
    assert judge({"case": two, "beside": CASE, "at_least_ratio": bound}, document).holds is holds


def test_not_measured():
    for bound in ({"at_most_us": 1, "of": "l2_gbs"}, {"at_least_share": 1}, {"at_most_ratio": 1}):
        verdict = judge({"case": "nothing", **bound})
        assert (verdict.holds, verdict.measured) == (None, "not measured")


def test_selection():
    table = {"limits": {}, "claims": [{"case": CASE, "at_least_share": 1}]}
    assert claims.judge(make_document(), table, lambda case: "int8" in case) == []


def test_table():
    table = claims.read_table()
    bounds = {"at_most_us", "at_least_share", "at_least_ratio", "at_most_ratio"}
    for claim in table["claims"]:
        assert len(bounds & claim.keys()) == 1, claim
        assert claim.keys() <= bounds | {"case", "of", "target", "peer", "beside"}, claim
        assert ("of" in claim) == ("at_most_us" in claim), claim
        assert claim.get("of", "l2_gbs") in table["limits"]
        name = r"[\w-]+(:[\w-]+)?/\d+x\d+/m\d+/(hot|cold)/(op|kernel)/t\d"
        assert re.fullmatch(name, claim["case"])
    assert claims.list_targets(table)["x86-avx2"] == [CASE]

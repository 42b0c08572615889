import xml.etree.ElementTree as ElementTree

import pytest
import roofline

SVG = "{http://www.w3.org/2000/svg}"


def make_row(case="ternary/2560x2560/m1/hot/op/t1", **more):
    row = {"case": case, "target": "x86-avx512vnni", "encoding": "ternary", "activation": "int8"}
    row.update({"m": 1, "n": 2560, "k": 2560, "threads": 1, "scope": "op"})
    row.update({"packed_bytes": 1638400, "median_us": 32.0, "bound_by": "l2_gbs", "share": 0.5})
    return {**row, **more}


def make_document(*rows, **limits):
    whole = {"vpdpbusd_gops": 900.0, "amx_int8_gops": None, "popcnt_gops": 2500.0}
    whole.update({"fma_gflops": 200.0, "l2_gbs": 150.0, "l3_gbs": 30.0, "dram_gbs": 17.0})
    return {"limits": {**whole, **limits}, "rows": list(rows)}


def parse(document):
    return ElementTree.fromstring(roofline.draw(document))


def list_titles(document):
    return [title.text for title in parse(document).iter(f"{SVG}title")]


def list_texts(document):
    return [text.text for text in parse(document).iter(f"{SVG}text")]


def test_a_point_per_case():
    m8 = make_row("ternary/2560x2560/m8/hot/op/t1", m=8, median_us=171.04)
    titles = list_titles(make_document(make_row(), m8))
    assert "ternary/2560x2560/m1/hot/op/t1: 32.0 us, 50% of l2_gbs" in titles
    assert "ternary/2560x2560/m8/hot/op/t1: 171.0 us, 50% of l2_gbs" in titles


def test_where_a_point_lies():
    (point,) = roofline.list_points(make_document(make_row()))
    assert point.x == pytest.approx(8)
    assert point.y == pytest.approx(409.6)


@pytest.mark.parametrize("left_out", [{"threads": 2}, {"scope": "kernel"}])
def test_left_out(left_out):
    assert roofline.list_points(make_document(make_row(**left_out))) == []


def test_names_are_escaped():
    document = make_document(make_row("<&>/1x1/m1/hot/op/t1", encoding="<&>"))
    assert any("<&>" in title for title in list_titles(document))
    assert "<&> m1" in list_texts(document)


def test_limits_that_the_machine_lacks():
    texts = list_texts(make_document(make_row(), l3_gbs=None))
    assert "L2 150 GB/s" in texts and "vpdpbusd 900" in texts
    assert not any("AMX" in text or "L3" in text for text in texts)


def test_no_limits_and_no_rows():
    parse({"limits": {}, "rows": []})


def test_no_bound():
    assert any(
        title.endswith("m1/hot/op/t1: 32.0 us")
        for title in list_titles(make_document(make_row(bound_by=None)))
    )


def test_the_commonest_shape_is_named():
    cases = [f"ternary/{shape}/m1/hot/op/t1" for shape in ("1x1", "2x2", "2x2")]
    rows = [make_row(case, median_us=10.0**us) for us, case in enumerate(cases)]
    document = make_document(*rows)
    assert list_texts(document).count("ternary m1") == 2
    radii = [mark.get("r") for mark in parse(document).iter(f"{SVG}circle")]
    assert radii.count(str(roofline.OTHERS)) == 1


def test_names_cover_nothing():
    labels = roofline.Labels()
    boxes = [labels.place(200, 100, "name") for _ in range(6)]
    assert all(boxes[:4]) and not any(boxes[4:])
    assert labels.place(-100, 500, "outside") == ""


def test_everything_is_inside():
    rows = [make_row(m=m, median_us=us) for m, us in ((1, 0.01), (512, 1e6))]
    for mark in parse(make_document(*rows)).iter(f"{SVG}circle"):
        assert 0 <= float(mark.get("cx")) <= roofline.WIDTH
        assert 0 <= float(mark.get("cy")) <= roofline.HEIGHT

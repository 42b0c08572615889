import pytest
import time_models
from time_models import MODELS, Model


def test_bytes_of_operands_and_results():
    texts = [(time_models.FOLDER / f"{model.name}.mlir").read_text() for model in MODELS]
    assert list(map(time_models.count_bytes, texts))[:2] == [
        4 * 2 * 128 * 2560,
        4 * (2 * 128 * 2560 + 2 * 2560),
    ]
    assert all(map(time_models.count_bytes, texts))


def test_every_file_is_timed():
    assert {path.stem for path in time_models.FOLDER.iterdir()} == {model.name for model in MODELS}


@pytest.mark.parametrize("pattern", ["softmax", "^scores$", "absent"])
def test_pattern(monkeypatch, tmp_path, pattern):
    timed = []

    def time_model(build, model, runs):
        timed.append(model)
        return {"case": model.case, "median_us": 2.0, "min_us": 1.0, "gbs": 3.0}

    monkeypatch.setattr(time_models, "time_model", time_model)
    rows = time_models.time_all(tmp_path, True, pattern)
    expected = {"softmax": [Model("softmax")], "^scores$": [Model("scores")], "absent": []}
    assert timed == expected[pattern]
    assert len(rows) == len(timed)

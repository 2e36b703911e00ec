"""What a run needs from outside: missing, or fetched when it begins."""

import os
from types import SimpleNamespace

import pytest

from tfft.config.needs import needs
from tfft.config.schema import Config

DEMOS = {"toy": SimpleNamespace(num_rows={"train": 70}, labels=("no", "yes"))}


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "prepared").mkdir()
    return tmp_path


def found(model=None, vocab=None, **data):
    data = {"train": "demo:toy", **data}
    raw = {"name": "a", "data": data, "model": model or {}, "text": {"vocab": vocab}}
    return [(need.is_missing, need.text) for need in needs(Config.model_validate(raw), DEMOS)]


def test_a_demo_needs_nothing():
    assert found() == []


@pytest.mark.parametrize(
    ("train", "text"),
    [
        ("demo:toi", "data.train: there is no demo `toi`; expected one of toy. "
         "Did you mean `toy`?"),
        ("demo:toy:trian", "data.train: there is no split `trian`; expected one of train, "
         "validation, test. Did you mean `train`?"),
        ("tfds:/gone:train", "data.train: /gone does not exist"),
    ],
)  # fmt: skip
def test_what_is_not_there_is_missing(train, text):
    assert found(train=train) == [(True, text)]


def test_a_missing_file_is_missing():
    assert found(train=f"{os.sep}gone.tsv") == [(True, "data.train: /gone.tsv does not exist")]


def test_a_tfds_name_is_fetched_and_a_prepared_directory_is_there():
    assert found(train="tfds:prepared", test="tfds:prepared:test") == []
    assert found(train="tfds:sst2:train", tfds_dir="sets") == [
        (False, "data.train: sst2:train is downloaded by TFDS unless sets has it")
    ]


def test_a_hub_name_is_fetched_unless_offline():
    assert found({"checkpoint": "owner/bert"}) == [
        (
            False,
            "model.checkpoint: owner/bert (revision main) is downloaded from the hub unless the "
            "hub's cache has it",
        )
    ]
    offline = {"checkpoint": "owner/bert", "revision": "v1", "offline": True, "cache_dir": "hub"}
    assert found(offline) == [
        (
            False,
            "model.checkpoint: owner/bert (revision v1) must be in hub: model.offline asks no "
            "network",
        )
    ]


def test_a_folder_without_a_model_is_missing(folder):
    assert found({"checkpoint": "prepared"}) == [
        (True, "model.checkpoint: prepared holds no config.json")
    ]
    (folder / "prepared" / "config.json").write_text("{}")
    assert found({"checkpoint": "prepared"}) == []


def test_a_vocabulary_is_a_file():
    assert found(vocab="learn") == []
    assert found(vocab="prepared") == [(True, "text.vocab: prepared is a folder, not a file")]

"""What follows `tfds:` is taken apart without TFDS."""

from __future__ import annotations

import pytest

from tfft.data.tfds_address import TfdsAddress, fault_of_folder, parse_address


@pytest.mark.parametrize(
    ("entry", "parts"),
    [
        ("tfds:ag_news", ("ag_news", None, None, False)),
        ("tfds:glue/sst2:train", ("glue/sst2", None, "train", False)),
        ("tfds:glue/sst2:2.0.0", ("glue/sst2", "2.0.0", None, False)),
        ("tfds:glue/sst2:2.*.*:train[:10%]", ("glue/sst2", "2.*.*", "train[:10%]", False)),
        ("tfds:a:train[5:7]+test", ("a", None, "train[5:7]+test", False)),
        ("tfds:/data/a/1.0.0", ("/data/a/1.0.0", None, None, True)),
        ("tfds:/data/a/1.0.0:test[2:]", ("/data/a/1.0.0", None, "test[2:]", True)),
        ("tfds:./a:1.0.0", ("./a", None, "1.0.0", True)),
        ("tfds:~/a", ("~/a", None, None, True)),
    ],
)
def test_an_entry_is_taken_apart(entry, parts):
    assert parse_address(entry) == TfdsAddress(*parts)


def test_a_split_is_added_where_there_is_none():
    assert parse_address("tfds:a:1.0.0").with_split("test") == "tfds:a:1.0.0:test"
    assert parse_address("tfds:a:train").with_split("test") == "tfds:a:train"


def test_a_relative_folder_is_known_by_what_it_holds(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "glue" / "sst2").mkdir(parents=True)
    assert not parse_address("tfds:glue/sst2").is_folder
    (tmp_path / "glue" / "sst2" / "dataset_info.json").touch()
    assert parse_address("tfds:glue/sst2:test").is_folder
    assert fault_of_folder(parse_address("tfds:glue/sst2"), "data.train") is None


def test_a_missing_folder_has_a_nearest_one(tmp_path):
    (tmp_path / "reviews").mkdir()
    fault = fault_of_folder(parse_address(f"tfds:{tmp_path}/reveiws"), "data.train")
    assert str(fault) == (
        f"{tmp_path}/reveiws: no such folder; expected a folder that TFDS has prepared. "
        f"Did you mean `{tmp_path}/reviews`? Correct data.train"
    )

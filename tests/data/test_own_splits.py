"""A demo or a TFDS data set that names no split fills those that it has."""

from __future__ import annotations

import pytest

from tests.data.all_formats import write_tfds
from tfft.data.own_splits import own_splits
from tfft.errors import DataError

ROWS = [{"text": "a", "label": "x"}, {"text": "b", "label": "y"}]


def test_a_demo_has_all_splits_and_a_file_none():
    assert own_splits("demo:reviews-en", None) == ("train", "validation", "test")
    for spec in ("demo:reviews-en:train", "a.tsv", ["demo:reviews-en"], 0.1, None):
        assert own_splits(spec, None) == ()


def test_a_tfds_data_set_has_what_it_was_prepared_with(tmp_path):
    folder = write_tfds(tmp_path, {"test": ROWS, "unsupervised": ROWS, "train": ROWS})
    assert own_splits(f"tfds:{folder}", None) == ("train", "test")
    assert own_splits("tfds:my_rows", str(tmp_path)) == ("train", "test")
    assert own_splits(f"tfds:{folder}:train", None) == ()


def test_a_folder_that_is_not_there_is_an_error(tmp_path):
    with pytest.raises(DataError, match="gone: no such folder"):
        own_splits(f"tfds:{tmp_path}/gone", None)

"""Rows come back from disk as they went in; a folder appears whole or not at all."""

from __future__ import annotations

import pytest

from tfft.data import store as store_module
from tfft.data.labels import LabelSet
from tfft.data.rows import Row
from tfft.data.store import RowWriter, new_folder, stored_rows
from tfft.errors import DataError

ROWS = [
    Row(0, 0, 1, "good \u2028 film", None, "b", "negation long"),
    Row(0, 1, 2, "", None, "a"),
    Row(2, 7, 9, "😀 好", None, "b"),
]


def write(folder, rows, split="train"):
    writer = RowWriter(folder, split)
    for row in rows:
        writer.add(row, 0 if row.label == "b" else 1)
    writer.close()
    return writer.store(folder, LabelSet(("a", "b")), (1, 0), ("x.tsv", "y.tsv", "z.tsv"))


def test_rows_come_back_in_their_order_without_their_lines(tmp_path):
    store = write(tmp_path, ROWS)
    assert list(stored_rows(store)) == [row._replace(line=0) for row in ROWS]
    assert (store.num_rows, store.label_counts) == (3, {"a": 1, "b": 2})
    assert store.label_names == ("a", "b")


def test_second_texts_come_back(tmp_path):
    pairs = [row._replace(text_pair=f"pair {row.record}", line=0) for row in ROWS]
    store = write(tmp_path, pairs)
    assert store.has_pairs
    assert list(stored_rows(store)) == pairs


def test_rows_are_cut_into_files(tmp_path, monkeypatch):
    monkeypatch.setattr(store_module, "ROWS_PER_FILE", 2)
    store = write(tmp_path, ROWS)
    assert [path.split("/")[-1] for path in store.paths] == [
        "train-00000.tfrecord",
        "train-00001.tfrecord",
    ]
    assert [row.text for row in stored_rows(store)] == [row.text for row in ROWS]


def test_the_fingerprint_depends_on_texts_and_labels_and_their_order_alone(tmp_path):
    first = write(tmp_path, ROWS, "a").fingerprint
    moved = [row._replace(file=1, record=row.record + 5) for row in ROWS]
    assert write(tmp_path, moved, "b").fingerprint == first
    assert write(tmp_path, ROWS[::-1], "c").fingerprint != first
    assert write(tmp_path, [ROWS[0]._replace(label="a"), *ROWS[1:]], "d").fingerprint != first


def test_a_folder_appears_only_when_all_went_well(tmp_path):
    with pytest.raises(KeyError), new_folder(tmp_path / "new") as partial:
        (partial / "file").touch()
        raise KeyError
    assert list(tmp_path.iterdir()) == []
    with new_folder(tmp_path / "new") as partial:
        (partial / "file").touch()
        assert not (tmp_path / "new").exists()
    assert [path.name for path in (tmp_path / "new").iterdir()] == ["file"]
    with pytest.raises(DataError, match="new: exists already"), new_folder(tmp_path / "new"):
        pass

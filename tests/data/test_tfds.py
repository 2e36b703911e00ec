"""TFDS data sets, written by TFDS itself: what it says, and what can be wrong with them."""

from __future__ import annotations

import json
import logging
import shutil
import sys
from pathlib import Path

import pytest
import tensorflow_datasets as tfds_package

from tests.data.all_formats import tfrecord, write_tfds
from tfft.data.faults import FaultList
from tfft.data.tfds import open_tfds
from tfft.data.tfds_builder import tfds_splits
from tfft.errors import DataError

LABELS = ["neg", "pos"]
SPLITS = {
    split: [{"text": f"{split} {n} 中", "n": n, "label": LABELS[n % 2]} for n in range(count)]
    for split, count in (("train", 13), ("validation", 2), ("test", 7))
}


@pytest.fixture(scope="module")
def prepared(tmp_path_factory):
    """A data set of three splits in two shards each; tests change copies of it alone."""
    root = tmp_path_factory.mktemp("tfds")
    return Path(write_tfds(root, SPLITS, num_shards=2))


@pytest.fixture
def copy(prepared, tmp_path):
    return Path(shutil.copytree(prepared, tmp_path / "my_rows" / "1.0.0"))


def records(location, tfds_dir=None, wanted=None):
    faults = FaultList()
    opened = open_tfds(location, faults, 1000, tfds_dir and str(tfds_dir))
    found = [] if opened is None else [tuple(each) for each in opened.read(wanted)]
    faults.raise_if_any("cannot read")
    return found


def texts(*arguments):
    return [values["text"].decode() for _, _, values in records(*arguments)]


def test_a_directory_gives_rows_in_the_order_of_its_shards(prepared):
    found = records(f"tfds:{prepared}:train")
    assert [record[:2] for record in found] == [(n, n + 1) for n in range(13)]
    assert found[3][2] == {"label": "pos", "n": 3, "text": "train 3 中".encode()}
    assert texts(f"tfds:{prepared}:train") == [row["text"] for row in SPLITS["train"]]
    assert tfds_splits(f"tfds:{prepared}", None) == ("train", "validation", "test")


@pytest.mark.parametrize(
    ("split", "expected"),
    [
        ("train[:20%]", ["train 0 中", "train 1 中", "train 2 中"]),
        ("train[5:8]", ["train 5 中", "train 6 中", "train 7 中"]),
        ("train[12:]+validation", ["train 12 中", "validation 0 中", "validation 1 中"]),
        ("test[-1:]", ["test 6 中"]),
    ],
)
def test_slices_and_sums_of_splits_are_those_of_tfds(prepared, split, expected):
    assert texts(f"tfds:{prepared}:{split}") == expected
    own = tfds_package.builder_from_directory(prepared).as_dataset(split=split)
    assert [each["text"].decode() for each in tfds_package.as_numpy(own)] == expected


def test_a_name_is_looked_up_where_data_sets_are_kept(prepared):
    root = prepared.parents[1]
    for name in ("my_rows", "my_rows:1.0.0", "my_rows:1.*.*"):
        assert len(records(f"tfds:{name}:test", root)) == 7
    assert tfds_splits("tfds:my_rows", str(root)) == ("train", "validation", "test")


def test_a_config_is_part_of_the_name(tmp_path):
    folder = write_tfds(tmp_path, SPLITS, name="two", config="large", version="2.3.4")
    assert folder == str(tmp_path / "two/large/2.3.4")
    for name in ("two/large", "two/large:2.3.4", "two"):
        assert texts(f"tfds:{name}:validation", tmp_path) == ["validation 0 中", "validation 1 中"]


def test_nested_features_truth_values_and_lists_have_plain_names_and_values(tmp_path):
    import numpy as np

    features = {
        "review": {"body": tfds_package.features.Text(), "stars": np.int32},
        "is_good": np.bool_,
        "label": tfds_package.features.ClassLabel(names=["no", "yes"]),
        "tags": tfds_package.features.Sequence(tfds_package.features.Text()),
        "parts": tfds_package.features.Sequence({"at": np.int64}),
        "bare": tfds_package.features.ClassLabel(num_classes=3),
    }
    row = {"review": {"body": "good", "stars": 5}, "is_good": True, "label": -1,
           "tags": ["a", "b"], "parts": [{"at": 3}, {"at": 4}], "bare": 2}  # fmt: skip
    folder = write_tfds(tmp_path, {"train": [row]}, features=features, class_names=["no"])
    ((_, _, values),) = records(f"tfds:{folder}:train")
    assert values == {
        "bare": "2", "is_good": True, "label": None, "parts/at": [3, 4], "review/body": b"good",
        "review/stars": 5, "tags": [b"a", b"b"],
    }  # fmt: skip
    opened = open_tfds(f"tfds:{folder}:train", FaultList(), 1000, None)
    assert (set(opened.names), opened.are_ordered) == (set(values), False)


def test_a_row_without_a_label_is_a_fault_where_labels_are_wanted(tmp_path):
    rows = [{"text": "a", "label": "x"}, {"text": "b", "label": -1}]
    folder = write_tfds(tmp_path, {"train": rows}, class_names=["x", "y"])
    location = f"tfds:{folder}:train"
    with pytest.raises(DataError, match=f"{location}:2: `label` is -1 .TFDS's mark for none.; exp"):
        records(location, None, ["text", "label"])
    assert len(records(location, None, ["text"])) == 2


def test_nothing_is_shown_and_absls_level_is_left_as_it_was(prepared, capfd, caplog):
    before = logging.getLogger("absl").level
    assert len(records("tfds:my_rows:train", prepared.parents[1])) == 13
    assert capfd.readouterr() == ("", "")
    assert not caplog.records
    assert logging.getLogger("absl").level == before


@pytest.mark.parametrize(
    ("split", "message"),
    [
        ("tran", "there is no split `tran`; expected one of train, validation, test. Did you mean"),
        ("train[:200%]", r"`train\[:200%\]` cannot be read \(Error parsing split 'train\[:200%\]'"),
        ("train[", r"`train\[` cannot be read .*; expected a split, a slice such as `train\[:1"),
        ("train[50:60]", r"`train\[50:60\]` cannot be read \(Requested slice"),
        ("train[5:2]", None),
    ],
)  # fmt: skip
def test_a_split_that_is_none_is_refused(prepared, split, message):
    if message is None:
        assert records(f"tfds:{prepared}:{split}") == []
        return
    with pytest.raises(DataError, match=message):
        records(f"tfds:{prepared}:{split}")


def test_another_version_than_the_one_on_disk_is_refused(prepared, tmp_path):
    root = prepared.parents[1]
    with pytest.raises(
        DataError, match=r"has no `my_rows:2\.0\.0`; expected one of `my_rows/1.0.0`"
    ):
        records("tfds:my_rows:2.0.0:train", root)
    other = shutil.copytree(prepared, tmp_path / "my_rows" / "2.0.0")
    for location in (f"tfds:{other}:train", "tfds:my_rows:2.0.0:train"):
        with pytest.raises(
            DataError, match=r"2\.0\.0: its dataset_info\.json is of version 1.0.0; exp"
        ):
            records(location, tmp_path)


def test_a_missing_shard_is_a_fault(copy):
    (copy / "my_rows-train.tfrecord-00001-of-00002").unlink()
    with pytest.raises(
        DataError, match=r"train\.tfrecord-00001-of-00002: cannot be read: No such f"
    ):
        records(f"tfds:{copy}:train")


def test_a_damaged_shard_names_its_file_and_record(copy):
    shard = copy / "my_rows-train.tfrecord-00001-of-00002"
    data = shard.read_bytes()
    shard.write_bytes(data[:-30] + b"?" + data[-29:])
    with pytest.raises(DataError, match=f"{shard}:7: this record is damaged"):
        records(f"tfds:{copy}:train")
    shard.write_bytes(data[:-30])
    with pytest.raises(DataError, match=f"{shard}:7: the file ends inside this record"):
        records(f"tfds:{copy}:train")


@pytest.mark.parametrize("num_records", [5, 8])
def test_a_shard_with_another_number_of_records_is_a_fault(copy, num_records):
    shard = copy / "my_rows-train.tfrecord-00001-of-00002"
    shard.write_bytes(tfrecord([{"text": "a", "n": 1, "label": 0}] * num_records))
    problem = f"{shard}: holds {num_records} records; expected 7, as dataset_info.json beside it"
    with pytest.raises(DataError, match=problem):
        records(f"tfds:{copy}:train")
    assert len(records(f"tfds:{copy}:train[:8]")) == 8


@pytest.mark.parametrize(
    ("file", "content", "message"),
    [
        (
            "dataset_info.json",
            '{"name": "my_r',
            r"dataset_info.json: damaged \(Failed to load JSON",
        ),
        ("dataset_info.json", "{}", r"dataset_info.json: damaged \(Invalid version ''"),
        ("dataset_info.json", "\xff", "dataset_info.json: damaged"),
        ("features.json", "{", "features.json: damaged"),
        ("features.json", None, "features.json: no such file. Prepare the data set again: TFDS w"),
    ],
)
def test_damaged_descriptions_are_refused_by_directory_and_by_name(copy, file, content, message):
    if content is None:
        (copy / file).unlink()
    else:
        (copy / file).write_bytes(content.encode("latin-1"))
    for location in (f"tfds:{copy}:train", "tfds:my_rows:1.0.0:train"):
        with pytest.raises(DataError, match=message) as caught:
            records(location, copy.parents[1])
        assert len(caught.value.faults) == 1


def test_code_that_a_data_set_names_is_not_imported(copy):
    description = json.loads((copy / "features.json").read_text())
    inner = description["featuresDict"]["features"]["text"]
    inner["pythonClassName"] = "antigravity.Feature"
    (copy / "features.json").write_text(json.dumps(description))
    for location in (f"tfds:{copy}:train", "tfds:my_rows:train", "tfds:my_rows:1.0.0:train"):
        with pytest.raises(DataError, match=r"a feature is made by `antigravity\.Feature`"):
            records(location, copy.parents[1])
    assert "antigravity" not in sys.modules


def test_files_of_another_format_are_refused(copy):
    info = json.loads((copy / "dataset_info.json").read_text())
    (copy / "dataset_info.json").write_text(json.dumps(info | {"fileFormat": "riegeli"}))
    with pytest.raises(DataError, match="its files are riegeli; expected tfrecord"):
        records(f"tfds:{copy}:train")

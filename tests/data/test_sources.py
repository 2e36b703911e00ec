"""A source spec becomes files in a fixed order, or faults."""

from __future__ import annotations

import pytest

from tfft.data.faults import FaultList
from tfft.data.sources import DEMO, TFDS, Source, expand_source, names_no_split
from tfft.errors import DataError


def expand(spec, **options):
    faults = FaultList()
    found = expand_source(spec, faults, where="data.train", **options)
    faults.raise_if_any("cannot find")
    return found


@pytest.fixture
def folder(tmp_path):
    for name in ("b.tsv", "a.tsv", "c.csv", "d.JSONL.gz", "e.dat", "[x].txt"):
        (tmp_path / name).write_text("x\t1\n")
    (tmp_path / "empty.tsv").touch()
    (tmp_path / "sub.tsv").mkdir()
    return tmp_path


def test_a_path_is_one_file_and_its_suffix_tells_the_format(folder):
    assert expand(f"{folder}/c.csv") == [Source(f"{folder}/c.csv", "csv")]
    assert expand(f"{folder}/d.JSONL.gz") == [Source(f"{folder}/d.JSONL.gz", "jsonl")]


def test_a_list_keeps_its_order_and_a_glob_in_it_is_sorted(folder):
    found = expand([f"{folder}/c.csv", "demo:reviews-en:test", f"{folder}/[ab].tsv"])
    assert found == [
        Source(f"{folder}/c.csv", "csv"),
        Source("demo:reviews-en:test", DEMO),
        Source(f"{folder}/a.tsv", "tsv"),
        Source(f"{folder}/b.tsv", "tsv"),
    ]


def test_a_file_whose_name_looks_like_a_glob_is_taken_as_a_file(folder):
    assert expand(f"{folder}/[x].txt") == [Source(f"{folder}/[x].txt", "tsv")]


def test_a_demo_without_a_split_gives_the_split_that_is_asked_for():
    assert expand("demo:reviews-en", default_split="validation") == [
        Source("demo:reviews-en:validation", DEMO)
    ]
    assert names_no_split("demo:reviews-en")
    assert not names_no_split("demo:reviews-en:train")
    assert not names_no_split("a.tsv")


def test_a_given_format_overrules_the_suffix(folder):
    assert expand(f"{folder}/e.dat", format="tsv") == [Source(f"{folder}/e.dat", "tsv")]


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        ("{}/nope.tsv", "nope.tsv: no such file"),
        ("{}/*.xml", r"data.train: `.*\*.xml` matches no file"),
        ("{}/sub.tsv", "sub.tsv: a folder; expected a file"),
        ("{}/empty.tsv", "empty.tsv: the file is empty"),
        ("{}/e.dat", "the suffix `.dat` names no format"),
        ("tfds:{}", "holds no dataset_info.json; expected a folder that TFDS has prepared"),
        ("tfds:{}/gone:train", "gone: no such folder"),
        ("tfds:{}/c.csv", "c.csv: is a file; expected a folder"),
        ([], "an empty list"),
    ],
)
def test_what_cannot_be_read_is_refused(folder, spec, message):
    with pytest.raises(DataError, match=message):
        expand(spec.format(folder) if isinstance(spec, str) else spec)


@pytest.mark.parametrize(
    ("name", "format"),
    [
        ("a.parquet", "parquet"),
        ("a.PQ", "parquet"),
        ("a.tfrecord", "tfrecord"),
        ("a.tfrecords.gz", "tfrecord"),
        ("a.tfrecord-00003-of-00010", "tfrecord"),
        ("a.tfrecord.gz-00003-of-00010", "tfrecord"),
        ("a.tfrecord-00003-of-00010.gz", "tfrecord"),
        ("a.csv-00000-of-00001", "csv"),
    ],
)
def test_suffixes_of_binary_files_and_of_shards_are_known(tmp_path, name, format):
    (tmp_path / name).write_bytes(b"x")
    assert expand(f"{tmp_path}/{name}") == [Source(f"{tmp_path}/{name}", format)]


def test_a_tfds_data_set_without_a_split_gives_the_split_that_is_asked_for(folder):
    inner = folder / "my" / "1.0.0"
    inner.mkdir(parents=True)
    (inner / "dataset_info.json").write_text("{}")
    assert expand(["tfds:glue/sst2:2.0.0", f"tfds:{inner}"], default_split="test") == [
        Source("tfds:glue/sst2:2.0.0:test", TFDS),
        Source(f"tfds:{inner}:test", TFDS),
    ]
    assert expand(f"tfds:{inner}:train[:10%]") == [Source(f"tfds:{inner}:train[:10%]", TFDS)]
    assert names_no_split("tfds:glue/sst2:2.0.0") and names_no_split(f"tfds:{inner}")
    assert not names_no_split("tfds:glue/sst2:2.0.0:train[:10%]+test")
    with pytest.raises(DataError, match=f"Name the folder of a version, such as tfds:{inner}"):
        expand(f"tfds:{inner.parent}")


def test_all_entries_of_a_list_are_looked_at(folder):
    faults = FaultList()
    spec = [f"{folder}/nope.tsv", f"{folder}/a.tsv", f"{folder}/empty.tsv"]
    assert len(expand_source(spec, faults, where="data.train")) == 1
    assert len(faults) == 2

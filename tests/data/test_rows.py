"""Rows of every format carry their text, label and place; faults name file and line."""

from __future__ import annotations

import gzip

import pytest

from tests.data.all_formats import FORMATS, PACKED, write, write_tfds
from tfft.data.faults import FaultList
from tfft.data.reading import Reading
from tfft.data.rows import Row, RowReader
from tfft.data.sources import expand_source
from tfft.errors import DataError

BY_POSITION = {"text": 0, "label": 1}
BY_NAME = {"text": "text", "label": "label"}


def rows(paths, columns=BY_POSITION, *, for_prediction=False, **options):
    faults = FaultList()
    paths = [str(path) for path in paths] if isinstance(paths, list) else str(paths)
    sources = expand_source(paths, faults, where="data.train")
    reader = RowReader(columns, faults, Reading(**options), for_prediction=for_prediction)
    found = list(reader.rows(sources))
    faults.raise_if_any("cannot read")
    return found


def file(folder, name, text):
    path = folder / name
    data = text.encode()
    path.write_bytes(gzip.compress(data) if name.endswith(".gz") else data)
    return path


def test_rows_of_a_table_without_header(tmp_path):
    path = file(tmp_path, "a.tsv", "good film\t1\r\nbad\u2028film\t 0 \n")
    assert rows(path) == [Row(0, 0, 1, "good film", None, "1"),
                          Row(0, 1, 2, "bad\u2028film", None, "0")]  # fmt: skip


def test_a_header_counts_as_a_line_and_not_as_a_record(tmp_path):
    text = "label\ttext\n1\tgood\n0\tbad\n"
    path = file(tmp_path, "a.tsv.gz", text)
    expected = [Row(0, 0, 2, "good", None, "1"), Row(0, 1, 3, "bad", None, "0")]
    assert rows(path, BY_NAME) == expected
    assert rows(path, {"text": 1, "label": 0}, header=True) == expected


def test_the_same_rows_in_every_format(tmp_path):
    tsv = file(tmp_path, "a.tsv", "text\tlabel\tpair\ts\ngood\tyes\tp 1\tx y\nbad\tno\tp 2\t\n")
    csv = file(tmp_path, "a.csv.gz", 'text,label,pair,s\n"good",yes,p 1,x y\nbad,no,"p 2",\n')
    jsonl = file(
        tmp_path,
        "a.jsonl",
        '{"s": ["x", "y"], "text": "good", "label": "yes", "pair": "p 1"}\n'
        '{"s": "", "text": "bad", "label": "no", "pair": "p 2"}\n',
    )
    columns = BY_NAME | {"text_pair": "pair", "slices": "s"}
    fields = [[row[3:] for row in rows(path, columns)] for path in (tsv, csv, jsonl)]
    assert fields[0] == [("good", "p 1", "yes", "x y", None), ("bad", "p 2", "no", "", None)]
    assert fields[0] == fields[1] == fields[2]


SEVERAL = [
    {"title": "a title", "body": "好 body", "label": "yes"},
    {"title": "", "body": "alone", "label": "no"},
    {"title": "x", "body": "", "label": "yes"},
]


@pytest.mark.parametrize("kind", [*FORMATS, *PACKED])
def test_texts_of_several_columns_are_joined_in_the_order_given(tmp_path, kind):
    spec = write(tmp_path, kind, SEVERAL)
    columns = {"text": ["body", "title"], "label": "label"}
    found = rows(spec, columns, text_separator=" | ")
    assert [row.text for row in found] == ["好 body | a title", "alone | ", " | x"]
    assert [row.label for row in found] == ["yes", "no", "yes"]
    assert [row.record for row in found] == [0, 1, 2]


@pytest.mark.parametrize("kind", ["tsv", "csv.gz", "parquet"])
def test_columns_by_position_are_those_by_name(tmp_path, kind):
    spec = write(tmp_path, kind, SEVERAL)
    by_name = rows(spec, {"text": ["body", "title"], "label": "label"})
    assert rows(spec, {"text": [1, 0], "label": 2}, header=True) == by_name
    if kind == "parquet":
        assert rows(spec, {"text": [1, 0], "label": 2}) == by_name


@pytest.mark.parametrize("kind", ["jsonl", "parquet", "tfrecord"])
def test_null_among_several_texts_is_an_empty_one_and_alone_a_fault(tmp_path, kind):
    empty = [] if kind == "tfrecord" else None
    records = [{"a": "x", "b": "y", "label": "1"}, {"a": empty, "b": "y", "label": "0"}]
    spec = write(tmp_path, kind, records)
    found = rows(spec, {"text": ["a", "b"], "label": "label"}, text_separator="/")
    assert [row.text for row in found] == ["x/y", "/y"]
    with pytest.raises(DataError, match=f"rows.{kind}:2: `a` is null; expected a string for text"):
        rows(spec, {"text": "a", "label": "label"})
    records[1]["b"] = empty
    spec = write(tmp_path, kind, records)
    with pytest.raises(DataError, match="2: `a` and `b` are null; expected a string in one of"):
        rows(spec, {"text": ["a", "b"], "label": "label"})


def test_formats_and_sources_may_be_mixed(tmp_path):
    records = [{"text": "one", "label": "1"}, {"text": "two", "label": "2"}]
    specs = [write(tmp_path, kind, records) for kind in FORMATS]
    found = rows([*specs[:3], "demo:reviews-en:test", *specs[3:]], BY_NAME)
    assert len(found) == 2 * 6 + 1000
    assert {row.file for row in found} == set(range(7))
    assert [row[:2] for row in found[-2:]] == [(6, 0), (6, 1)]
    assert [row.text for row in found if row.file != 3] == ["one", "two"] * 6


@pytest.mark.parametrize("label", [7, True, "x "])
@pytest.mark.parametrize("kind", ["jsonl", "parquet", "tfrecord"])
def test_a_label_is_spelled_as_json_spells_it(tmp_path, kind, label):
    if kind == "tfrecord" and label is True:
        pytest.skip("tf.train.Example has no truth values")
    spelled = {7: "7", True: "true", "x ": "x"}[label]
    assert rows(write(tmp_path, kind, [{"text": "a", "label": label}]), BY_NAME)[0].label == spelled


def test_the_file_index_counts_along_the_list(tmp_path):
    paths = [file(tmp_path, "b.tsv", "x\t1\ny\t0\n"), file(tmp_path, "a.csv", "z,1\n")]
    assert [row[:4] for row in rows(paths)] == [(0, 0, 1, "x"), (0, 1, 2, "y"), (1, 0, 1, "z")]


def test_an_empty_text_is_a_row(tmp_path):
    assert rows(file(tmp_path, "a.tsv", "\t1\nx\t0\n"))[0].text == ""


def test_a_demo_ignores_the_columns():
    found = rows("demo:reviews-en:validation", {"text": 5, "label": 7})
    assert (len(found), found[6].record, found[6].line) == (1000, 6, 7)
    assert {row.label for row in found} == {"negative", "positive"}
    assert any("negation" in row.slices.split() for row in found)


def test_an_unknown_demo_is_a_fault():
    with pytest.raises(DataError, match=r"reviews-em.*Did you mean `reviews-en`"):
        rows("demo:reviews-em")


@pytest.mark.parametrize(
    ("name", "text", "columns", "message"),
    [
        ("a.tsv", "x\t1\ny\n", BY_POSITION, "a.tsv:2: 1 column; expected 2, as in the first row"),
        ("a.tsv", "x\t1\ny\t\n", BY_POSITION, "a.tsv:2: the label is empty"),
        ("a.tsv", "x\t1\n\ny\t0\n", BY_POSITION, "a.tsv:2: an empty line; expected 2"),
        ("a.tsv", "text\tlabel\n", BY_NAME, "a.tsv: there is no row"),
        ("a.csv", "text,label\nwell, no,1\n", BY_NAME, "a.csv:2: 3 columns; expected 2, as in the"
         " header.*Quote a comma"),
        ("a.jsonl", '{"text": "x", "lable": 1}\n', BY_NAME, "no key `label`.*mean `lable`"),
        ("a.jsonl", '{"text": "x", "label": 1}\n', BY_POSITION, "columns by position"),
        ("a.jsonl", '{"text": "x", "label": 1}\n\n{}', BY_NAME, "a.jsonl:2: an empty line"),
        ("a.tfrecord", "text\tlabel\n", BY_NAME, "a.tfrecord: is no TFRecord file"),
        ("a.jsonl", '{"text": 1, "label": 1}\n', BY_NAME, "`text` is the number 1; expected a str"),
    ],
)  # fmt: skip
def test_a_row_that_cannot_be_used_is_a_fault(tmp_path, name, text, columns, message):
    with pytest.raises(DataError, match=message):
        rows(file(tmp_path, name, text), columns)


@pytest.mark.parametrize(
    ("kind", "records", "columns", "message"),
    [
        ("parquet", [{"txt": "a", "label": "1"}], BY_NAME,
         "rows.parquet: the file has no column `text` for text, but `txt`, `label`. Did you mean "
         "`txt`. Name the right one in data.columns"),
        ("parquet", [{"text": 3, "label": "1"}], BY_NAME, "parquet:1: `text` is the number 3; exp"),
        ("parquet", [{"text": {"a": "b"}, "label": "1"}], BY_NAME, "`text` is an object"),
        ("parquet", [{"text": ["a"], "label": "1"}], BY_NAME, "`text` is a list"),
        ("parquet", [{"text": "a", "label": 1.5}], BY_NAME, "the label is the number 1.5"),
        ("parquet", [{"text": "a", "label": None}], BY_NAME, "1: the label is null"),
        ("parquet", [{"text": "a", "label": " "}], BY_NAME, "1: the label is empty"),
        ("parquet", [{"text": b"a\xff", "label": "1"}], BY_NAME,
         "parquet:1: `text` is not UTF-8: 0xff at byte 1; expected UTF-8"),
        ("parquet", [{"text": "a\0", "label": "1"}], BY_NAME, "`text` holds a NUL character"),
        ("parquet", [{"text": "a", "label": "1"}], {"text": 0, "label": 2},
         "rows.parquet: 2 columns; expected at least 3"),
        ("tfrecord", [{"text": "a", "label": "1"}, {"text": 3, "label": "1"}], BY_NAME,
         "rows.tfrecord:2: `text` is the number 3"),
        ("tfrecord", [{"text": "a", "label": 0.5}], BY_NAME, "the label is the number 0.5"),
        ("tfrecord", [{"text": ["a", "b"], "label": 1}], BY_NAME, "`text` is a list"),
        ("tfrecord", [{"text": b"\xe4\xb8", "label": 1}], BY_NAME, "`text` is not UTF-8: 0xe4"),
        ("tfrecord", [{"text": "a", "lable": 1}], BY_NAME, "no key `label`.*`lable`, `text`"),
        ("tfrecord", [{"text": "a", "label": 1}], BY_POSITION,
         r"columns by position \(text: 0, label: 1\); expected names"),
        ("tfds", [{"text": "a", "label": "1"}], {"text": "txt", "label": "label"},
         "1.0.0:train: the data set has no column `txt` for text, but `.*Did you mean `text`"),
        ("tfds", [{"text": "a", "label": "1"}], BY_POSITION, "columns by position"),
        ("tfds", [{"text": 3, "label": "1"}], BY_NAME, "train:1: `text` is the number 3"),
    ],
)  # fmt: skip
def test_a_record_that_cannot_be_used_is_a_fault(tmp_path, kind, records, columns, message):
    with pytest.raises(DataError, match=message) as caught:
        rows(write(tmp_path, kind, records), columns)
    assert len(caught.value.faults) == 1


@pytest.mark.parametrize("kind", ["parquet", "tfrecord", "tfds"])
def test_a_row_that_is_too_long_is_a_fault_and_the_others_are_read(tmp_path, kind):
    records = [{"text": "a" * 10**n, "label": "1"} for n in (1, 3, 2)]
    spec = write(tmp_path, kind, records)
    faults = FaultList()
    reader = RowReader(BY_NAME, faults, Reading(max_row_bytes=500))
    found = list(reader.rows(expand_source(spec, faults, where="data.train")))
    assert [(row.record, len(row.text)) for row in found] == [(0, 10), (2, 100)]
    with pytest.raises(DataError, match=r"2: a (row|record) of 1,0.. bytes; expected at most 500"):
        faults.raise_if_any("cannot read")


def test_an_empty_slice_of_a_split_is_a_fault(tmp_path):
    folder = write_tfds(tmp_path, {"train": SEVERAL})
    with pytest.raises(DataError, match=r"train\[2:2\]: there is no row; expected at least one"):
        rows(f"tfds:{folder}:train[2:2]", {"text": "body", "label": "label"})


def test_faults_of_all_files_come_in_one_error(tmp_path):
    first = file(tmp_path, "a.tsv", "x\t1\nbroken\n")
    second = file(tmp_path, "b.tsv", "y\t0\n\tz\t1\n")
    with pytest.raises(DataError) as caught:
        rows([first, tmp_path / "missing.tsv", second])
    assert [fault.where.split("/")[-1] for fault in caught.value.faults] == [
        "missing.tsv",
        "a.tsv:2",
        "b.tsv:2",
    ]


@pytest.mark.parametrize(
    ("path", "columns", "num_rows", "num_labels"),
    [
        ("sst2-sentences/train.tsv", BY_POSITION, 6920, 2),
        ("sst2-sentences/test.tsv", BY_POSITION, 1821, 2),
        ("chnsenticorp/train.tsv", {"text": "text_a", "label": "label"}, 9600, 2),
        ("thucnews-title/dev.txt", BY_POSITION, 10_000, 10),
        ("banking77/train.csv", {"text": "text", "label": "category"}, 10_003, 77),
        ("banking77/test.csv", {"text": "text", "label": "category"}, 3080, 77),
        ("bitext-support/*.csv", {"text": "utterance", "label": "intent"}, 8100, 27),
        ("goemotions/dev.tsv", {"text": 0, "label": 1}, 5426, None),
    ],
)
def test_public_sets_are_read_to_the_last_row(shared_data, path, columns, num_rows, num_labels):
    found = rows(shared_data / path, columns)
    assert len(found) == num_rows
    assert len({row[:2] for row in found}) == num_rows
    assert num_labels in (None, len({row.label for row in found}))


def test_public_json_lines_are_read_to_the_last_row(shared_data):
    columns = {"text": "text", "label": "label"}
    found = rows(shared_data / "cluener/train.json", columns, for_prediction=True)
    assert len(found) == 10_748
    assert all(row.label is None for row in found)
    assert found[1].extra == {"text": "生生不息CSOL生化狂潮让你填弹狂扫",
                              "label": {"game": {"CSOL": [[4, 7]]}}}  # fmt: skip

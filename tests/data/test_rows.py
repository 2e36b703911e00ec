"""Rows of every format carry their text, label and place; faults name file and line."""

from __future__ import annotations

import gzip

import pytest

from tfft.data.faults import FaultList
from tfft.data.rows import Row, RowReader
from tfft.data.sources import expand_source
from tfft.errors import DataError

BY_POSITION = {"text": 0, "label": 1}
BY_NAME = {"text": "text", "label": "label"}


def rows(paths, columns=BY_POSITION, **options):
    faults = FaultList()
    paths = [str(path) for path in paths] if isinstance(paths, list) else str(paths)
    sources = expand_source(paths, faults, where="data.train")
    found = list(RowReader(columns, faults, **options).rows(sources))
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
        ("a.jsonl", '{"text": 1, "label": 1}\n', BY_NAME, "`text` is the number 1; expected a str"),
    ],
)  # fmt: skip
def test_a_row_that_cannot_be_used_is_a_fault(tmp_path, name, text, columns, message):
    with pytest.raises(DataError, match=message):
        rows(file(tmp_path, name, text), columns)


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

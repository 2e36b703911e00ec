"""Rows to predict keep every column, from files and from a stream."""

from __future__ import annotations

import datetime
import io

import pytest

from tests.data.all_formats import write
from tfft.data.prediction import prediction_rows
from tfft.data.reading import Reading
from tfft.errors import DataError

BY_NAME = {"text": "text", "label": "label"}
BY_POSITION = {"text": 0, "label": 1}


def test_other_columns_are_kept_in_their_order(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("id,text,note\n7,good,\n8,bad,x\n")
    found = list(prediction_rows(path, columns=BY_NAME))
    assert [(row.text, row.label) for row in found] == [("good", None), ("bad", None)]
    assert list(found[1].extra.items()) == [("id", "8"), ("text", "bad"), ("note", "x")]


def test_columns_without_a_header_are_numbered(tmp_path):
    path = tmp_path / "a.tsv"
    path.write_text("good\t1\tx\n")
    (row,) = prediction_rows(path, columns=BY_POSITION)
    assert (row.label, row.extra) == ("1", {"column_0": "good", "column_1": "1", "column_2": "x"})


def test_a_json_object_is_kept_as_it_is(tmp_path):
    path = tmp_path / "a.jsonl"
    path.write_text('{"n": {"m": [1]}, "text": "good"}\n')
    (row,) = prediction_rows(path, columns=BY_NAME)
    assert row.extra == {"n": {"m": [1]}, "text": "good"}


@pytest.mark.parametrize("columns", [BY_NAME, BY_POSITION])
def test_a_txt_file_without_tabs_holds_one_text_a_line(tmp_path, columns):
    path = tmp_path / "a.txt"
    path.write_text("good film\n\nbad\tfilm\n")
    found = list(prediction_rows(path, columns=columns))
    assert [row.text for row in found] == ["good film", "", "bad\tfilm"]
    assert found[2].extra == {"text": "bad\tfilm"}


def test_a_txt_file_with_tabs_or_the_columns_name_is_a_table(tmp_path):
    table, one = tmp_path / "a.txt", tmp_path / "b.txt"
    table.write_text("label\ttext\n1\tgood\n")
    one.write_text("text\ngood\n")
    for path in (table, one):
        assert [row.text for row in prediction_rows(path, columns=BY_NAME)] == ["good"]


def test_a_stream_is_plain_text_or_what_is_said():
    assert [row.text for row in prediction_rows(io.BytesIO(b"a\nb"), columns=BY_NAME)] == ["a", "b"]
    stream = io.BytesIO(b'{"text": "a"}\n')
    assert [
        row.text
        for row in prediction_rows(stream, columns=BY_NAME, reading=Reading(format="jsonl"))
    ] == ["a"]


def test_a_stream_is_read_row_by_row():
    def endless():
        while True:
            yield b"one more text\n"

    class Endless(io.RawIOBase):
        source = endless()

        def readable(self):
            return True

        def readinto(self, buffer):
            data = next(self.source)
            buffer[: len(data)] = data
            return len(data)

    rows = prediction_rows(io.BufferedReader(Endless()), columns=BY_NAME)
    assert [next(rows).record for _ in range(3)] == [0, 1, 2]


def test_rows_before_a_fault_are_given_and_all_faults_told(tmp_path):
    path = tmp_path / "a.tsv"
    path.write_bytes(b"good\t1\nbad\nfine\t0\n\xff\t1\n")
    rows = prediction_rows(path, columns=BY_POSITION)
    assert next(rows).text == "good"
    with pytest.raises(DataError, match=r"a.tsv:2: 1 column(.|\n)*a.tsv:4: invalid UTF-8"):
        next(rows)


@pytest.mark.parametrize("kind", ["jsonl", "parquet", "tfrecord", "tfrecord.gz", "tfds"])
def test_other_values_of_binary_formats_are_kept(tmp_path, kind):
    records = [{"text": "good 中", "n": 7, "label": "a"}, {"text": "bad", "n": -1, "label": "b"}]
    found = list(prediction_rows(write(tmp_path, kind, records), columns=BY_NAME))
    assert [row.extra for row in found] == records
    assert [row.text for row in found] == ["good 中", "bad"]
    if kind == "parquet":
        assert list(found[0].extra) == ["text", "n", "label"]


def test_values_that_json_has_not_become_strings(tmp_path):
    at = datetime.datetime(2024, 2, 3, 4, 5)
    records = [{"text": "a", "at": at, "picture": b"\xff", "x": float("nan"), "tags": ["b"]}]
    (row,) = prediction_rows(write(tmp_path, "parquet", records), columns={"text": "text"})
    assert row.extra == {"text": "a", "at": "2024-02-03T04:05:00", "picture": "/w==", "x": None,
                         "tags": ["b"]}  # fmt: skip


def test_a_stream_may_be_tfrecord_and_not_parquet(tmp_path):
    with open(write(tmp_path, "tfrecord.gz", [{"text": "a"}]), "rb") as stream:
        (row,) = prediction_rows(stream, columns=BY_NAME, reading=Reading(format="tfrecord"))
    assert row.extra == {"text": "a"}
    with pytest.raises(DataError, match="<stdin>: Parquet cannot be read from a stream"):
        list(
            prediction_rows(io.BytesIO(b"PAR1"), columns=BY_NAME, reading=Reading(format="parquet"))
        )


def test_several_texts_are_joined_as_in_training(tmp_path):
    columns = {"text": ["b", "a"]}
    source = write(tmp_path, "csv", [{"a": "x", "b": "y"}])
    (row,) = prediction_rows(source, columns=columns, reading=Reading(text_separator="+"))
    assert row.text == "y+x"
    assert next(prediction_rows(io.BytesIO(b"one\n"), columns=columns)).text == "one"


def test_a_wrong_column_is_corrected_on_the_command_line(tmp_path):
    for kind in ("csv", "jsonl", "parquet", "tfrecord"):
        source = write(tmp_path, kind, [{"a": "x", "b": "y"}])
        with pytest.raises(DataError, match=r"(column|key) `text`.*Name the right one with --text"):
            list(prediction_rows(source, columns={"text": "text"}))


def test_a_missing_second_text_is_a_fault():
    columns = {"text": "text", "text_pair": "pair"}
    with pytest.raises(DataError, match="plain text has one column; expected columns for text_pai"):
        list(prediction_rows(io.BytesIO(b"a\n"), columns=columns))

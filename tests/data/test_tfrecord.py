"""TFRecord files: what TensorFlow writes is read, and every kind of damage is found."""

from __future__ import annotations

import gzip
import io

import pytest

from tests.data.all_formats import example, tfrecord
from tfft.data.faults import FaultList
from tfft.data.tfrecord import example_parser, open_tfrecord, payloads
from tfft.errors import DataError

RECORDS = [bytes([n % 251]) * n for n in (5, 0, 700, 13)]


def whole(data, max_row_bytes=1000, name="f"):
    """The records that are read, and what is said of the others."""
    faults = FaultList()
    found = list(payloads(io.BytesIO(data), name, faults, max_row_bytes))
    try:
        faults.raise_if_any("cannot read")
    except DataError as error:
        return found, [str(fault) for fault in error.faults]
    return found, []


def flipped(data, at):
    return data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]


@pytest.mark.parametrize("pack", [bytes, gzip.compress])
def test_what_tensorflow_writes_is_read(pack):
    assert whole(pack(tfrecord(RECORDS))) == (list(enumerate(RECORDS)), [])


def test_more_records_than_are_checked_at_once_keep_their_order():
    records = [str(n).encode() for n in range(1003)]
    assert whole(tfrecord(records)) == (list(enumerate(records)), [])


def test_a_damaged_record_is_a_fault_and_the_next_ones_are_read():
    found, said = whole(flipped(tfrecord(RECORDS), 16 + 5 + 16 + 12 + 600))
    assert [number for number, _ in found] == [0, 1, 3]
    assert said == ["f:3: this record is damaged. Copy or download it again"]


def test_behind_a_damaged_length_nothing_is_read():
    found, said = whole(flipped(tfrecord(RECORDS), 16 + 5))
    assert [number for number, _ in found] == [0]
    assert said == ["f:2: the length of this record is damaged. Copy or download it again"]


@pytest.mark.parametrize("cut", [1, 16, 20, 28])
def test_a_file_that_is_cut_off_names_the_record(cut):
    found, said = whole(tfrecord(RECORDS)[:-cut])
    assert [number for number, _ in found] == [0, 1, 2]
    assert said == ["f:4: the file ends inside this record. Copy or download it again"]


def test_a_record_that_is_too_long_is_passed_over():
    found, said = whole(tfrecord([b"a", b"b" * 200_000, b"c"]))
    assert found == [(0, b"a"), (2, b"c")]
    assert said == ["f:2: a record of 200,000 bytes; expected at most 1,000. "
                    "Shorten the row, or raise `max_row_bytes`"]  # fmt: skip
    _, said = whole(tfrecord([b"a", b"b" * 200_000])[:-9000])
    assert said[1:] == ["f:2: the file ends inside this record. Copy or download it again"]


def test_other_files_are_one_fault():
    assert whole(b"text\tlabel\n" * 9)[1] == [
        "f: is no TFRecord file: it begins with `text\\tlabel\\ntext\\t`. "
        "Correct its suffix or `format`, or copy it again"
    ]


def test_features_are_values_by_name():
    row = {"text": "中", "n": 7, "many": [3, 4], "x": 0.5, "none": []}
    expected = {"many": [3, 4], "n": 7, "none": None, "text": "中".encode(), "x": 0.5}
    parse = example_parser()
    assert list(parse(example(row), None).items()) == list(expected.items())
    assert parse(example(row), ["n", "text"]) == {"n": 7, "text": "中".encode()}
    assert parse(example(row), ["n", "txt"]) == expected
    assert parse(b"\xff\xff", None) is None
    assert parse(b"", ["text"]) == {}


def test_a_record_that_is_no_example_is_a_fault():
    faults = FaultList()
    data = tfrecord([{"text": "a"}, b"no example", b""])
    records = open_tfrecord(io.BytesIO(data), "f", faults, 1000)
    assert [tuple(each) for each in records.read(None)] == [(0, 1, {"text": b"a"})]
    with pytest.raises(DataError, match=r"f:2: the record is no tf.train.Example(.|\n)*f:3: "):
        faults.raise_if_any("cannot read")

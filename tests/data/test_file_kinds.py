"""A file of another kind is told by its first bytes, and text is never taken for one."""

from __future__ import annotations

import pytest

from tests.data.all_formats import tfrecord
from tfft.data.faults import FaultList
from tfft.data.file_kinds import is_foreign, kind_of
from tfft.errors import DataError

PARQUET = b"PAR1\x15\x04\x15\x0e"
ZIP = b"PK\x03\x04\x14\x00"


@pytest.mark.parametrize(
    ("head", "kind"),
    [
        (PARQUET, "parquet"),
        (ZIP, "zip"),
        (b"\x1f\x8b\x08\x00", "gzip"),
        (b"PAR1 of the golf course\t1\n", None),
        (b"PK\tlabel\n", None),
        ("文本\t标签\n".encode(), None),
        (b"12345678abcd", None),
        (b"", None),
    ],
)
def test_kinds_have_marks_and_text_has_none(head, kind):
    assert kind_of(head) == kind


def test_a_tfrecord_file_is_known_by_the_checksum_of_its_first_length():
    head = tfrecord([{"text": "a"}])[:64]
    assert kind_of(head) == "tfrecord"
    assert kind_of(head[:9] + b"\0" + head[10:]) is None
    # A record of 35,615 bytes begins like gzip data.
    assert kind_of(tfrecord([bytes(0x8B1F)])[:64]) == "tfrecord"


@pytest.mark.parametrize(
    ("head", "expected", "message"),
    [
        (PARQUET, "text", "f: is a Parquet file; expected text. Give it the suffix `.parquet`"),
        (ZIP, "text", "f: is a zip archive or an Excel sheet; expected text. Unpack it"),
        (b"\x1f\x8b\x08", "parquet", "is gzip data; expected a Parquet file. Unpack it with `gunz"),
        (b"text\tlabel\n", "parquet", "f: is no Parquet file: it begins with `text.*label.*Cor"),
        (b"text\tlabel\n", "tfrecord", "f: is no TFRecord file: it begins with"),
        (b"version https://git-lfs.github.com/spec/v1", "parquet", "is a Git-LFS pointer"),
        (b"\xff\xfet\0", "text", "looks like UTF-16"),
    ],
)  # fmt: skip
def test_what_is_expected_and_what_came_are_told(head, expected, message):
    faults = FaultList()
    assert is_foreign(head, expected, "f", faults)
    with pytest.raises(DataError, match=message):
        faults.raise_if_any("cannot read")


def test_what_is_expected_is_no_fault():
    faults = FaultList()
    for head, expected in ((b"any\n", "text"), (PARQUET, "parquet"), (b"", "tfrecord")):
        assert not is_foreign(head, expected, "f", faults)
    assert not faults

"""Streams are unpacked, and what cannot be read is a fault."""

from __future__ import annotations

import gzip
import io

import pytest

from tests.data.all_formats import tfrecord
from tfft.data.faults import FaultList
from tfft.data.streams import read_stream
from tfft.errors import DataError


def content(source, name="f", kind="text"):
    faults = FaultList()
    found = b"".join(read_stream(source, name, faults, kind=kind, read=lambda s: iter([s.read()])))
    faults.raise_if_any("cannot read")
    return found


def test_gzip_is_known_by_its_bytes_whatever_its_name(tmp_path):
    path = tmp_path / "a.tsv"
    path.write_bytes(gzip.compress(b"text"))
    assert content(str(path)) == b"text"
    assert content(io.BytesIO(gzip.compress(b"text"))) == b"text"


def test_a_stream_stays_open_and_is_read_from_where_it_stands():
    stream = io.BytesIO(b"before, after")
    stream.seek(8)
    assert content(stream) == b"after"
    assert not stream.closed


def test_a_tfrecord_file_that_begins_like_gzip_is_not_unpacked(tmp_path):
    data = tfrecord([bytes(0x8B1F)])
    path = tmp_path / "a.tfrecord"
    path.write_bytes(data)
    assert content(str(path), kind="tfrecord") == data


@pytest.mark.parametrize(
    ("data", "name", "message"),
    [
        (gzip.compress(b"long enough " * 99)[:-9], "f", "f: the gzip data ends too early"),
        (b"plain", "f.gz", "f.gz: not gzip data, or damaged"),
        (gzip.compress(b"PAR1\x15\x04\x15\x0e"), "f.tsv.gz", "f.tsv.gz: is a Parquet file"),
    ],
)
def test_what_cannot_be_read_is_a_fault(data, name, message):
    with pytest.raises(DataError, match=message):
        content(io.BytesIO(data), name)


def test_a_folder_is_a_fault(tmp_path):
    with pytest.raises(DataError, match="cannot be read: Is a directory"):
        content(str(tmp_path))

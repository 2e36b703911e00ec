"""TFRecord files of `tf.train.Example` to records, with every checksum looked at.

Enters: a path or an open binary stream, plain or gzip. Leaves: records whose values are `bytes`,
numbers, or lists of these, by the name of the feature; an empty feature is None.
Holds one record at a time, whatever the file says of their lengths. A record whose text is
damaged is a fault and the next one is read; behind a damaged length nothing can be found.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, BinaryIO

from tfft.data.crc32c import masked_crc
from tfft.data.faults import FaultList
from tfft.data.file_kinds import TFRECORD
from tfft.data.records import Record, Records
from tfft.data.streams import read_stream

_COPY = "Copy or download it again"
_SKIP_BYTES = 1 << 16


def open_tfrecord(
    opened: str | BinaryIO, name: str, faults: FaultList, max_row_bytes: int
) -> Records:
    """Gives the records of a file; each has names of its own."""

    def read(wanted: Sequence[str] | None) -> Iterator[Record]:
        parse = example_parser()
        for number, data in payloads(opened, name, faults, max_row_bytes):
            values = parse(data, wanted)
            if values:
                yield Record(number, number + 1, values)
            else:
                where = f"{name}:{number + 1}"
                faults.add(where, "the record is no tf.train.Example, or has no feature")

    return Records(read)


def payloads(
    opened: str | BinaryIO, name: str, faults: FaultList, max_row_bytes: int
) -> Iterator[tuple[int, bytes]]:
    """Gives number, from 0, and bytes of each record that is whole.

    Args:
        opened: a path or an open stream.
        name: name of the file in faults.
        faults: takes a fault, with the record's number from 1, for each one that is damaged, cut
            off or too long.
        max_row_bytes: a longer record is a fault and left out; no more of it is held in memory.
    """

    def read(stream: Any) -> Iterator[tuple[int, bytes]]:
        for number, data, told in _framed(stream, name, faults, max_row_bytes):
            if masked_crc(data) == told:
                yield number, data
            else:
                faults.add(f"{name}:{number + 1}", "this record is damaged", advice=_COPY)

    return read_stream(opened, name, faults, kind=TFRECORD, read=read)


def example_parser() -> Callable[[bytes, Sequence[str] | None], dict[str, Any] | None]:
    """Returns a function that takes the wanted values out of a serialized example.

    It returns all of them where None, or one that is not there, is wanted; and None for what is
    no example.
    """
    import tensorflow as tf
    from google.protobuf.message import DecodeError

    def parse(data: bytes, wanted: Sequence[str] | None) -> dict[str, Any] | None:
        try:
            features = tf.train.Example.FromString(data).features.feature
        except DecodeError:
            return None
        # `in` comes first: a map of protobuf makes what is asked for.
        if wanted is None or not all(key in features for key in wanted):
            wanted = sorted(features)
        return {key: _value(features[key]) for key in wanted}

    return parse


def _value(feature: Any) -> Any:
    kind = feature.WhichOneof("kind")
    values = getattr(feature, kind).value if kind else ()
    if len(values) > 1:
        return list(values)
    return values[0] if values else None


def _framed(
    stream: Any, name: str, faults: FaultList, max_row_bytes: int
) -> Iterator[tuple[int, bytes, int]]:
    """Yields number, bytes and masked checksum; length and checksum frame each record's bytes."""
    number = 0
    while head := stream.read(12):
        where = f"{name}:{number + 1}"
        if len(head) < 12:
            faults.add(where, "the file ends inside this record", advice=_COPY)
            return
        length = int.from_bytes(head[:8], "little")
        if masked_crc(head[:8]) != int.from_bytes(head[8:], "little"):
            faults.add(where, "the length of this record is damaged", advice=_COPY)
            return
        if length > max_row_bytes:
            advice = "Shorten the row, or raise `max_row_bytes`"
            problem = f"a record of {length:,} bytes"
            faults.add(where, problem, f"at most {max_row_bytes:,}", advice=advice)
            is_whole = _skipped(stream, length + 4)
        else:
            data = stream.read(length + 4)
            is_whole = len(data) == length + 4
            if is_whole:
                yield number, data[:-4], int.from_bytes(data[-4:], "little")
        if not is_whole:
            faults.add(where, "the file ends inside this record", advice=_COPY)
            return
        number += 1


def _skipped(stream: Any, num_bytes: int) -> bool:
    """Reads on by so many bytes; tells whether there were as many."""
    while num_bytes and (part := stream.read(min(num_bytes, _SKIP_BYTES))):
        num_bytes -= len(part)
    return num_bytes == 0

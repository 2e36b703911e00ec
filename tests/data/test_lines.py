"""Bytes become lines at LF alone; what cannot be text is a fault with its line."""

from __future__ import annotations

import gzip
import io
import tracemalloc

import pytest

from tfft.data.faults import FaultList
from tfft.data.lines import read_lines, without_end
from tfft.errors import DataError


def lines(data, **options):
    faults = FaultList()
    found = list(read_lines(io.BytesIO(data), faults, name="f.tsv", **options))
    faults.raise_if_any("cannot read")
    return found


def message_of(data, **options):
    with pytest.raises(DataError) as caught:
        lines(data, **options)
    return str(caught.value)


def test_unicode_and_control_line_separators_stay_inside_a_line():
    text = "a\u2028b\u2029c\u0085d\x0be\x0cf\x1cg\rh"
    assert lines(f"{text}\nsecond".encode()) == [(1, f"{text}\n"), (2, "second")]


def test_a_byte_order_mark_is_dropped_at_the_start_alone():
    assert lines(b"\xef\xbb\xbfa\n\xef\xbb\xbfb\n") == [(1, "a\n"), (2, "\ufeffb\n")]


@pytest.mark.parametrize(
    ("line", "expected"), [("a\r\n", "a"), ("a\n", "a"), ("a\r\r\n", "a\r"), ("a\r", "a\r")]
)
def test_one_line_end_is_taken_off(line, expected):
    assert without_end(line) == expected


def test_gzip_is_known_by_its_first_bytes_whatever_the_name(tmp_path):
    path = tmp_path / "a.tsv"
    path.write_bytes(gzip.compress(b"a\nb\n"))
    assert list(read_lines(str(path), FaultList())) == [(1, "a\n"), (2, "b\n")]


def test_a_stream_is_left_open():
    stream = io.BytesIO(b"a\n")
    list(read_lines(stream, FaultList(), name="<stdin>"))
    assert not stream.closed


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (gzip.compress(b"some text that is long enough\n" * 50)[:-20], "ends too early"),
        (b"plain text\n", "not gzip data"),
    ],
)
def test_damaged_gzip_is_a_fault(tmp_path, data, message):
    path = tmp_path / "a.tsv.gz"
    path.write_bytes(data)
    faults = FaultList()
    list(read_lines(str(path), faults))
    with pytest.raises(DataError, match=message):
        faults.raise_if_any("cannot read")


def test_a_nul_byte_is_a_fault_with_its_place():
    assert "f.tsv:2: a NUL byte at byte 1 of the line" in message_of(b"ok\nx\0y\n")


@pytest.mark.parametrize(
    ("text", "encoding", "hint"),
    [
        (
            "酒店很好早餐不错\t1\n",
            "gb18030",
            "looks like GB18030; convert with `iconv -f GB18030",
        ),
        ("un café très agréable\t1\n", "latin-1", "may be Latin-1"),
    ],
)
def test_another_encoding_is_guessed(text, encoding, hint):
    message = message_of(b"ok\t0\n" + text.encode(encoding))
    assert "f.tsv:2: invalid UTF-8: 0x" in message
    assert hint in message


def test_damaged_utf_8_is_not_taken_for_another_encoding():
    message = message_of("酒店很好早餐".encode() + b"\xe9\n")
    assert "invalid UTF-8: 0xe9 at byte 18 of the line" in message
    assert "the rest of it is UTF-8" in message


def test_utf_16_is_one_fault_and_not_one_for_each_line():
    message = message_of("a\nb\nc\n".encode("utf-16"))
    assert message.count("\n") == 1
    assert "iconv -f UTF-16 -t UTF-8" in message


@pytest.mark.parametrize("end", [b"\n", b"\r\n", b""])
def test_the_longest_line_allowed_passes_and_one_byte_more_does_not(end):
    assert lines(b"x" * 70 + end, max_row_bytes=70)[0][1].startswith("x" * 70)
    message = message_of(b"x" * 71 + end + (b"y\n" if end else b""), max_row_bytes=70)
    assert "f.tsv:1: a line of 71 bytes; expected at most 70" in message


def test_reading_goes_on_after_a_long_line():
    faults = FaultList()
    data = b"a\n" + b"x" * 200_000 + b"\r\nb\n"
    found = list(read_lines(io.BytesIO(data), faults, name="f", max_row_bytes=100))
    assert found == [(1, "a\n"), (3, "b\n")]
    with pytest.raises(DataError, match="f:2: a line of 200,000 bytes"):
        faults.raise_if_any("cannot read")


def test_a_line_of_ten_megabytes_is_not_held_in_memory(tmp_path):
    path = tmp_path / "long.tsv"
    path.write_bytes(b"x" * 10_000_000 + b"\t1\n")
    faults = FaultList()
    tracemalloc.start()
    found = list(read_lines(str(path), faults))
    peak_bytes = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert found == []
    assert peak_bytes < 4_000_000
    with pytest.raises(DataError, match="a line of 10,000,002 bytes; expected at most 1,048,576"):
        faults.raise_if_any("cannot read")


def test_a_file_that_may_not_be_read_is_a_fault(tmp_path):
    faults = FaultList()
    assert list(read_lines(str(tmp_path), faults)) == []
    with pytest.raises(DataError, match="cannot be read: Is a directory"):
        faults.raise_if_any("cannot read")

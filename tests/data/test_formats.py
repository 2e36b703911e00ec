"""Records of each format, as their definitions have them."""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tfft.data.faults import FaultList
from tfft.data.formats import READERS
from tfft.data.lines import read_lines
from tfft.errors import DataError


def records(text, format, max_row_bytes=1000):
    faults = FaultList()
    stream = io.BytesIO(text.encode())
    lines = read_lines(stream, faults, name="f", max_row_bytes=max_row_bytes)
    found = [tuple(each) for each in READERS[format](lines, "f", faults, max_row_bytes)]
    faults.raise_if_any("cannot read")
    return found


def test_tsv_has_no_quotes():
    text = '"open\t1\r\nx "" y\t0\n'
    assert records(text, "tsv") == [(0, 1, ['"open', "1"]), (1, 2, ['x "" y', "0"])]


def test_blank_lines_at_the_end_are_dropped_and_elsewhere_kept():
    assert records("a\t1\n\n\r\n\n", "tsv") == [(0, 1, ["a", "1"])]
    assert records("a\n\n\nb\n\n", "tsv") == [
        (0, 1, ["a"]),
        (1, 2, [""]),
        (2, 3, [""]),
        (3, 4, ["b"]),
    ]
    assert records('{"a": 1}\n\n{"a": 2}\n \n', "jsonl") == [
        (0, 1, {"a": 1}),
        (1, 2, None),
        (2, 3, {"a": 2}),
    ]


def test_plain_text_keeps_every_line():
    assert records("a\tb\n\nc", "text") == [(0, 1, ["a\tb"]), (1, 2, [""]), (2, 3, ["c"])]


def test_a_csv_record_may_span_lines_and_is_numbered_by_its_first():
    text = 'text,label\r\n"one, ""two""\r\nthree",1\r\n\r\nlast,0\r\n'
    assert records(text, "csv") == [
        (0, 1, ["text", "label"]),
        (1, 2, ['one, "two"\r\nthree', "1"]),
        (2, 4, [""]),
        (3, 5, ["last", "0"]),
    ]


def test_a_quote_inside_an_unquoted_csv_field_is_a_character():
    assert records('5" pipe,1\n,""\n', "csv") == [(0, 1, ['5" pipe', "1"]), (1, 2, ["", ""])]


def test_a_quote_left_open_is_found_on_its_line_and_swallows_nothing_silently():
    text = 'a,1\n"b\nc",0\n"d",x,"open\n' + "e,1\n" * 20
    with pytest.raises(DataError, match="f:4: a quote is opened here and never closed"):
        records(text, "csv")
    with pytest.raises(DataError, match=r"f:4: .* not closed within 30 bytes"):
        records(text, "csv", max_row_bytes=30)


def test_what_follows_a_closing_quote_is_a_fault_and_the_next_record_is_read():
    faults = FaultList()
    lines = iter([(1, '"say "hi"",1\n'), (2, "b,0\n")])
    assert list(READERS["csv"](lines, "f", faults, 1000)) == [(1, 2, ["b", "0"])]
    with pytest.raises(DataError, match='f:1: `hi"",1` follows a closing quote'):
        faults.raise_if_any("cannot read")


@given(st.lists(st.lists(st.text(alphabet='ab,"\n\r é', max_size=5), min_size=2, max_size=3)))
def test_csv_reads_back_what_the_standard_library_writes(rows):
    written = io.StringIO(newline="")
    csv.writer(written).writerows(rows)
    assert [values for _, _, values in records(written.getvalue(), "csv")] == rows


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{"a": 1}\n{"a": \n', r"f:2: not JSON \(Expecting value at character 7\): `{\"a\":`"),
        ("[1, 2]\n", r"f:1: `\[1, 2\]` is no JSON object"),
        ("[\n{}\n]\n", "f: one JSON value over many lines"),
        ('{"a": "\\ud800"}\n', "f:1: an escape of half a surrogate pair"),
        ('{"a": ' + "[" * 900 + "\n", "f:1: not JSON"),
    ],
)
def test_what_is_not_json_lines_is_refused(text, message):
    with pytest.raises(DataError, match=message):
        records(text, "jsonl")


def test_json_escapes_of_whole_surrogate_pairs_are_characters():
    assert records('{"a": "\\ud83d\\ude00"}', "jsonl") == [(0, 1, {"a": "😀"})]


def test_deeply_nested_json_is_a_fault_and_no_crash():
    with pytest.raises(DataError, match="f:1: not JSON"):
        records("[" * 200_000, "jsonl", max_row_bytes=300_000)

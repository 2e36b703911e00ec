"""Lines or files to records: one reader for each format.

Enters: `(number, text)` lines of one file, or, of formats without lines, the file itself. Leaves:
`Record` objects: the values of a row, or an object of JSON or of another format that names values.
Blank lines at the end are dropped; elsewhere they are records without a value.
TSV has no quoting at all. CSV is RFC 4180: quotes are doubled and a quoted field may span lines.
Does not know which column is the text.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from typing import BinaryIO

from tfft.data.faults import FaultList
from tfft.data.lines import without_end
from tfft.data.parquet import open_parquet
from tfft.data.records import Record, Records
from tfft.data.tfrecord import open_tfrecord

Lines = Iterator[tuple[int, str]]
Reader = Callable[[Lines, str, FaultList, int], Iterator[Record]]

_LONE_SURROGATE = re.compile(r"\\u[dD][89a-fA-F]")
_EXCERPT_CHARACTERS = 40


def read_tsv(lines: Lines, name: str, faults: FaultList, max_row_bytes: int) -> Iterator[Record]:
    """Reads fields between tabs; a quote is a character like any other."""
    records = (
        Record(number, line, without_end(text).split("\t"))
        for number, (line, text) in enumerate(lines)
    )
    return _without_last_blanks(records)


def read_csv(lines: Lines, name: str, faults: FaultList, max_row_bytes: int) -> Iterator[Record]:
    """Reads fields between commas; a quoted field may hold commas, line ends and doubled quotes.

    A quote inside a field that does not begin with one is kept as it is.
    """
    return _without_last_blanks(_csv_records(lines, name, faults, max_row_bytes))


def read_jsonl(lines: Lines, name: str, faults: FaultList, max_row_bytes: int) -> Iterator[Record]:
    """Reads one JSON object a line."""
    return _without_last_blanks(_json_records(lines, name, faults))


def read_text(lines: Lines, name: str, faults: FaultList, max_row_bytes: int) -> Iterator[Record]:
    """Reads one text a line, empty ones too: a record of one value."""
    for number, (line, text) in enumerate(lines):
        yield Record(number, line, [without_end(text)])


READERS: dict[str, Reader] = {
    "tsv": read_tsv,
    "csv": read_csv,
    "jsonl": read_jsonl,
    "text": read_text,
}
"""Readers by format. Each takes lines, the file's name, the fault list and the longest row."""

RecordReader = Callable[[str | BinaryIO, str, FaultList, int], Records | None]

RECORD_READERS: dict[str, RecordReader] = {"parquet": open_parquet, "tfrecord": open_tfrecord}
"""Readers of formats without lines. Each takes a path or an open stream, the file's name, the
fault list and the longest row; None says that nothing can be read, and a fault why."""


def _without_last_blanks(records: Iterator[Record]) -> Iterator[Record]:
    """Holds blank lines back until another record follows; holds a count, not the lines."""
    first, num_blank = None, 0
    for record in records:
        if record.values is None or record.values == [""]:
            first = first or record
            num_blank += 1
            continue
        if first:
            for offset in range(num_blank):
                yield Record(first.number + offset, first.line + offset, first.values)
            first, num_blank = None, 0
        yield record


def _csv_records(
    lines: Lines, name: str, faults: FaultList, max_row_bytes: int
) -> Iterator[Record]:
    # Further lines of a record are taken from the same iterator, so that this counts records.
    for number, (line, text) in enumerate(lines):
        if '"' not in text:
            values: list[str] | None = without_end(text).split(",")
        else:
            try:
                values = _quoted_values(text, lines, max_row_bytes)
            except _BadRecord as bad:
                faults.add(f"{name}:{line + bad.line_offset}", bad.problem, advice=bad.advice)
                if bad.is_endless:
                    return
                values = None
        if values is not None:
            yield Record(number, line, values)


class _BadRecord(ValueError):
    """A record against RFC 4180; an endless one hides where the next would begin."""

    def __init__(self, problem: str, advice: str, line_offset: int, *, is_endless: bool):
        super().__init__(problem)
        self.problem, self.advice, self.line_offset = problem, advice, line_offset
        self.is_endless = is_endless


def _quoted_values(text: str, lines: Lines, max_row_bytes: int) -> list[str]:
    """Takes further lines until the record that begins with `text` is complete."""
    record, num_bytes = [text], len(text.encode())
    values, open_quote = _split_csv(without_end(text))
    while open_quote is not None:
        # Inside quotes only an odd number of quotes can end the record: others need no look.
        has_ended = False
        for _, more in lines:
            record.append(more)
            num_bytes += len(more.encode())
            has_ended = more.count('"') % 2 == 1
            if has_ended or num_bytes > max_row_bytes:
                break
        whole = "".join(record)
        if num_bytes > max_row_bytes or not has_ended:
            raise _BadRecord(
                f"a quote is opened here and not closed within {max_row_bytes:,} bytes"
                if num_bytes > max_row_bytes
                else "a quote is opened here and never closed",
                "Close it, or double it where the text itself holds a quote",
                whole.count("\n", 0, open_quote),
                is_endless=True,
            )
        record = [whole]
        values, open_quote = _split_csv(without_end(whole))
    return values


def _split_csv(text: str) -> tuple[list[str], int | None]:
    """Returns the fields of a record and, if a quote is left open, its position."""
    values: list[str] = []
    start = 0
    while True:
        if text.startswith('"', start):
            end = text.find('"', start + 1)
            while end >= 0 and text.startswith('"', end + 1):
                end = text.find('"', end + 2)
            if end < 0:
                return values, start
            values.append(text[start + 1 : end].replace('""', '"'))
            end += 1
            if end < len(text) and text[end] != ",":
                raise _BadRecord(
                    f"`{text[end : end + 10]}` follows a closing quote; expected a comma",
                    "Double a quote that belongs to the text",
                    text.count("\n", 0, end),
                    is_endless=False,
                )
        else:
            end = text.find(",", start)
            end = len(text) if end < 0 else end
            values.append(text[start:end])
        if end >= len(text):
            return values, None
        start = end + 1


def _json_records(lines: Lines, name: str, faults: FaultList) -> Iterator[Record]:
    for number, (line, text) in enumerate(lines):
        if text.isspace():
            yield Record(number, line, None)
            continue
        try:
            values = json.loads(text)
            # JSON can spell half a surrogate pair, which no UTF-8 file can hold.
            if _LONE_SURROGATE.search(text):
                json.dumps(values, ensure_ascii=False).encode()
        except UnicodeEncodeError:
            faults.add(f"{name}:{line}", "an escape of half a surrogate pair", "whole characters")
        except (ValueError, RecursionError) as error:
            if number == 0 and text.strip() in ("[", "{"):
                advice = "Convert it, for example with `jq -c '.[]'`"
                expected = "JSON lines: one object a line"
                faults.add(name, "one JSON value over many lines", expected, advice=advice)
                return
            problem = f"not JSON ({_reason(error)}): {_excerpt(text)}"
            faults.add(f"{name}:{line}", problem, "one JSON object a line")
        else:
            if isinstance(values, dict):
                yield Record(number, line, values)
            else:
                came = f"{_excerpt(text)} is no JSON object"
                faults.add(f"{name}:{line}", came, "an object with a key for each column")


def _reason(error: Exception) -> str:
    if isinstance(error, json.JSONDecodeError):
        return f"{error.msg} at character {error.pos}"
    return "nested too deeply" if isinstance(error, RecursionError) else str(error)


def _excerpt(text: str) -> str:
    text = text.strip()
    return f"`{text[:_EXCERPT_CHARACTERS]}{'…' if len(text) > _EXCERPT_CHARACTERS else ''}`"

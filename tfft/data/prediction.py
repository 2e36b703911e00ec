"""Rows to predict: any input format, labels or not, every original column kept.

Enters: a path, a glob, a demo or a TFDS split, or an open binary stream. Leaves: a stream of `Row`
with `extra`, in input order and bounded memory.
Does not batch or write anything.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import BinaryIO

from tfft.data.columns import TEXT, Columns, check_columns
from tfft.data.faults import FaultList
from tfft.data.lines import read_lines, without_end
from tfft.data.reading import Reading
from tfft.data.rows import Row, RowReader
from tfft.data.sources import DEMO, TFDS, Source, expand_source, suffix_of

STREAM_NAME = "<stdin>"
"""Name of an open stream in faults."""

_HEADLINE = "The input cannot be read"


def prediction_rows(
    source: str | Path | BinaryIO,
    *,
    columns: Columns,
    reading: Reading | None = None,
) -> Iterator[Row]:
    """Reads rows to predict.

    A `.txt` file whose first line has no tab holds one text a line, unless that line is the name
    of the text column. So does a stream, where no format is given.

    Args:
        source: a path, a glob, a demo or a TFDS split; or an open binary stream, which stays open.
        columns: as for `rows.RowReader`; besides `text` and `text_pair`, what is not there is
            left out.
        reading: how files are read. `text` is a format too.

    Yields:
        Rows with `extra`: the columns by name, `column_0` and so on without a header; the object
        of JSON; `{"text": line}` of plain text. Rows before the first fault are given.

    Raises:
        DataError: a file or a row cannot be used; raised when all is read, with all faults.
    """
    faults, reading = FaultList(), reading or Reading()
    check_columns(columns, faults, header=reading.header, required=(TEXT,))
    faults.raise_if_any(_HEADLINE)
    reader = RowReader(columns, faults, reading, for_prediction=True)
    format = reading.format
    if isinstance(source, str | Path):
        found = expand_source(
            str(source), faults, where="the input", format=format, default_split="test"
        )
        rows = reader.rows([_with_plain_text(each, columns, format) for each in found])
    else:
        rows = reader.file_rows(0, Source(STREAM_NAME, format or "text"), source)
    for row in rows:
        # What follows the first fault is read for its faults alone.
        if not faults:
            yield row
    faults.raise_if_any(_HEADLINE)


def _with_plain_text(source: Source, columns: Columns, format: str | None) -> Source:
    if format or source.format in (DEMO, TFDS) or suffix_of(source.location) != ".txt":
        return source
    with closing(read_lines(source.location, FaultList())) as lines:
        first = without_end(next(lines, (0, ""))[1])
    is_table = "\t" in first or first == columns[TEXT]
    return source if is_table else Source(source.location, "text")

"""Records to rows: the text, its label and where it came from.

Enters: sources, and which column is what. Leaves: a stream of `Row`, in file order; what is wrong
goes to a fault list, and the row with it is left out. For training a label is required; for
prediction it is not, and every original column is kept.
Does not know which labels are right, clean text or hold more than one record.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import chain
from typing import Any, BinaryIO, NamedTuple

from tfft.data.columns import (
    LABEL,
    ROLES,
    SLICES,
    TEXT,
    TEXT_PAIR,
    Columns,
    Layout,
    Used,
    all_columns,
    are_names,
    counted,
    locate,
    used_columns,
)
from tfft.data.demo import demo_rows
from tfft.data.faults import FaultList
from tfft.data.formats import READERS, RECORD_READERS
from tfft.data.json_fields import WrongField, joined_text, json_field
from tfft.data.lines import read_lines
from tfft.data.plain_values import plain
from tfft.data.reading import Reading
from tfft.data.records import Record, Records
from tfft.data.sources import DEMO, TFDS, Source
from tfft.data.tfds import open_tfds
from tfft.errors import DataError


class Row(NamedTuple):
    """One row. `(file, record)` is its id.

    Attributes:
        file: index of the file in the list of sources.
        record: 0-based number of the data record in the file; a header is not counted.
        line: 1-based line on which the record begins; a header is counted. Where a file has no
            lines (Parquet, TFRecord, TFDS), the record's number from 1.
        text: the text, uncleaned.
        text_pair: the second text where rows are pairs.
        label: name of the label, without white space around it.
        slices: names of slices, parted by blanks; may be empty.
        extra: for prediction, all original columns in their order, as JSON can hold them.
    """

    file: int
    record: int
    line: int
    text: str
    text_pair: str | None = None
    label: str | None = None
    slices: str = ""
    extra: dict[str, Any] | None = None


class RowReader:
    """Reads sources of any format; memory does not depend on their sizes.

    Args:
        columns: column of `text`, `label` and, where wanted, `text_pair` and `slices`; names, or
            positions from 0; already checked. The text may have several. A demo ignores them.
        faults: takes every fault of a file or row, with `file:line`.
        reading: how files are read; the format stands in each source.
        for_prediction: labels and slices are optional, and `extra` is filled.
    """

    def __init__(
        self,
        columns: Columns,
        faults: FaultList,
        reading: Reading | None = None,
        *,
        for_prediction: bool = False,
    ):
        self._columns = used_columns(columns)
        self._faults = faults
        self._reading = reading or Reading()
        header = self._reading.header
        self._has_header = are_names(columns) if header is None else header
        self._for_prediction = for_prediction
        needed = (TEXT, TEXT_PAIR) if for_prediction else ROLES
        self._required = tuple(role for role in needed if role in self._columns)
        self._advice = (
            f"Name the right one {'with --text' if for_prediction else 'in data.columns'}"
        )

    def rows(self, sources: Sequence[Source]) -> Iterator[Row]:
        """Yields the rows without a fault of one source after the other."""
        for index, source in enumerate(sources):
            if source.format == DEMO:
                yield from self._demo_rows(index, source)
            else:
                yield from self.file_rows(index, source, source.location)

    def file_rows(self, index: int, source: Source, opened: str | BinaryIO) -> Iterator[Row]:
        """Yields the rows of one file, from its path or an open binary stream."""
        rows = self._line_rows
        if source.format == TFDS or source.format in RECORD_READERS:
            rows = self._record_rows
        num_faults, is_empty = len(self._faults), True
        for row in rows(index, source, opened):
            is_empty = False
            yield row
        if is_empty and len(self._faults) == num_faults:
            self._faults.add(source.location, "there is no row", "at least one")

    def _line_rows(self, index: int, source: Source, opened: str | BinaryIO) -> Iterator[Row]:
        name = source.location
        limit = self._reading.max_row_bytes
        lines = read_lines(opened, self._faults, name=name, max_row_bytes=limit)
        records = READERS[source.format](lines, name, self._faults, limit)
        if source.format == "jsonl":
            return self._named_rows(index, name, Records(lambda _: records))
        rows = self._text_rows if source.format == "text" else self._table_rows
        return rows(index, name, records)

    def _record_rows(self, index: int, source: Source, opened: str | BinaryIO) -> Iterator[Row]:
        name, limit = source.location, self._reading.max_row_bytes
        if source.format == TFDS:
            records = open_tfds(name, self._faults, limit, self._reading.tfds_dir)
        else:
            records = RECORD_READERS[source.format](opened, name, self._faults, limit)
        return iter(()) if records is None else self._named_rows(index, name, records)

    def _demo_rows(self, index: int, source: Source) -> Iterator[Row]:
        _, name, split = source.location.split(":", 2)
        try:
            rows = demo_rows(name, split)
        except DataError as error:
            faults = [replace(fault, where=f"demo:{name}") for fault in error.faults]
            self._faults.include(DataError(error.headline, faults))
            return
        for number, row in enumerate(rows):
            extra = dict(row) if self._for_prediction else None
            yield Row(
                index, number, number + 1, row["text"], None, row["label"], row["slices"], extra
            )

    def _text_rows(self, index: int, name: str, records: Iterator[Record]) -> Iterator[Row]:
        if self._required != (TEXT,):
            others = ", ".join(role for role in self._required if role != TEXT)
            self._faults.add(name, "plain text has one column", f"columns for {others} too")
            return
        for number, line, (text,) in records:
            yield Row(index, number, line, text, extra={"text": text})

    def _table_rows(self, index: int, name: str, records: Iterator[Record]) -> Iterator[Row]:
        first = next(records, None)
        layout = self._layout(name, first)
        if first is None or layout is None:
            return
        at, names, num_columns = layout.positions, layout.names, len(layout.names)
        text_at = at[TEXT]
        pair_at, label_at, slices_at = (
            at[role][0] if role in at else None for role in (TEXT_PAIR, LABEL, SLICES)
        )
        for number, line, values in records if self._has_header else chain([first], records):
            if len(values) != num_columns:
                self._add_wrong_width(f"{name}:{line}", values, layout)
                continue
            label = None if label_at is None else values[label_at].strip()
            if label == "" and not self._for_prediction:
                self._faults.add(f"{name}:{line}", "the label is empty")
                continue
            yield Row(
                index,
                number - self._has_header,
                line,
                self._reading.text_separator.join(values[place] for place in text_at),
                None if pair_at is None else values[pair_at],
                label,
                "" if slices_at is None else values[slices_at],
                dict(zip(names, values, strict=True)) if self._for_prediction else None,
            )

    def _layout(self, name: str, first: Record | None) -> Layout | None:
        if first is None:
            return None
        return locate(
            self._columns,
            first.values,
            self._faults,
            where=f"{name}:{first.line}",
            has_header=self._has_header,
            required=self._required,
            advice=self._advice,
        )

    def _add_wrong_width(self, where: str, values: list[str], layout: Layout) -> None:
        expected = f"{len(layout.names)}, {layout.named_by}"
        advice = ""
        if len(values) > len(layout.names):
            advice = "Quote a comma inside a text (CSV), replace a tab (TSV)"
        came = "an empty line" if values == [""] else counted(len(values), "column")
        self._faults.add(where, came, expected, advice=advice)

    def _named_rows(self, index: int, name: str, records: Records) -> Iterator[Row]:
        keys = self._keys(name, records)
        if keys is None:
            return
        wanted = None if self._for_prediction else [str(key) for key in all_columns(keys)]
        for number, line, values in records.read(wanted):
            if values is None:
                self._faults.add(f"{name}:{line}", "an empty line", "one JSON object a line")
            elif (fields := self._fields(f"{name}:{line}", values, keys)) is not None:
                extra = plain(values) if self._for_prediction else None
                yield Row(index, number, line, extra=extra, **fields)

    def _keys(self, name: str, records: Records) -> Used | None:
        """The names of each role's values, or None after adding a fault."""
        if not are_names(self._columns) and not records.are_ordered:
            positions = ", ".join(
                f"{role}: {', '.join(map(str, several))}" for role, several in self._columns.items()
            )
            expected = "names: this format has no order of columns"
            self._faults.add(name, f"columns by position ({positions})", expected)
            return None
        if records.names is None:
            return self._columns
        layout = locate(
            self._columns,
            records.names,
            self._faults,
            where=name,
            has_header=True,
            required=self._required,
            names_in="the file" if records.are_ordered else "the data set",
            advice=self._advice,
        )
        if layout is None:
            return None
        names = records.names
        return {
            role: tuple(names[at] for at in places) for role, places in layout.positions.items()
        }

    def _fields(self, where: str, values: dict[str, Any], keys: Used) -> dict[str, Any] | None:
        fields: dict[str, Any] = {}
        for role, several in keys.items():
            names = tuple(map(str, several))
            try:
                if role == TEXT:
                    value: str | None = joined_text(values, names, self._reading.text_separator)
                else:
                    value = json_field(values, names[0], role, is_required=role in self._required)
            except WrongField as wrong:
                self._add_wrong_field(where, wrong, names, values)
                return None
            if value is not None:
                fields[role] = value
        return fields

    def _add_wrong_field(
        self, where: str, wrong: WrongField, names: Sequence[str], values: dict[str, Any]
    ) -> None:
        came = next((name for name in names if name not in values), "")
        choices = tuple(values) if wrong.is_missing else ()
        advice = self._advice if wrong.is_missing else ""
        self._faults.add(
            where, wrong.problem, wrong.expected, came=came, choices=choices, advice=advice
        )

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
    are_names,
    counted,
    locate,
    used_columns,
)
from tfft.data.demo import demo_rows
from tfft.data.faults import FaultList
from tfft.data.formats import READERS, Record
from tfft.data.json_fields import WrongField, json_field
from tfft.data.lines import MAX_ROW_BYTES, read_lines
from tfft.data.sources import DEMO, Source
from tfft.errors import DataError


class Row(NamedTuple):
    """One row. `(file, record)` is its id.

    Attributes:
        file: index of the file in the list of sources.
        record: 0-based number of the data record in the file; a header is not counted.
        line: 1-based line on which the record begins; a header is counted.
        text: the text, uncleaned.
        text_pair: the second text where rows are pairs.
        label: name of the label, without white space around it.
        slices: names of slices, parted by blanks; may be empty.
        extra: for prediction, all original columns in their order.
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
            positions from 0; already checked. A demo ignores them.
        faults: takes every fault of a file or row, with `file:line`.
        header: whether tables begin with a header; by default where columns are names.
        max_row_bytes: a longer row is a fault.
        for_prediction: labels and slices are optional, and `extra` is filled.
    """

    def __init__(
        self,
        columns: Columns,
        faults: FaultList,
        *,
        header: bool | None = None,
        max_row_bytes: int = MAX_ROW_BYTES,
        for_prediction: bool = False,
    ):
        self._columns = used_columns(columns)
        self._faults = faults
        self._has_header = are_names(columns) if header is None else header
        self._max_row_bytes = max_row_bytes
        self._for_prediction = for_prediction
        needed = (TEXT, TEXT_PAIR) if for_prediction else ROLES
        self._required = tuple(role for role in needed if role in self._columns)

    def rows(self, sources: Sequence[Source]) -> Iterator[Row]:
        """Yields the rows without a fault of one source after the other."""
        for index, source in enumerate(sources):
            if source.format == DEMO:
                yield from self._demo_rows(index, source)
            else:
                yield from self.file_rows(index, source, source.location)

    def file_rows(self, index: int, source: Source, opened: str | BinaryIO) -> Iterator[Row]:
        """Yields the rows of one file, from its path or an open binary stream."""
        lines = read_lines(
            opened, self._faults, name=source.location, max_row_bytes=self._max_row_bytes
        )
        read = READERS[source.format]
        records = read(lines, source.location, self._faults, self._max_row_bytes)
        kinds = {"text": self._text_rows, "jsonl": self._json_rows}
        num_faults, is_empty = len(self._faults), True
        for row in kinds.get(source.format, self._table_rows)(index, source.location, records):
            is_empty = False
            yield row
        if is_empty and len(self._faults) == num_faults:
            self._faults.add(source.location, "there is no row", "at least one")

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
        text_at, pair_at = at[TEXT], at.get(TEXT_PAIR)
        label_at, slices_at = at.get(LABEL), at.get(SLICES)
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
                values[text_at],
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
        )

    def _add_wrong_width(self, where: str, values: list[str], layout: Layout) -> None:
        expected = f"{len(layout.names)}, {layout.named_by}"
        advice = ""
        if len(values) > len(layout.names):
            advice = "Quote a comma inside a text (CSV), replace a tab (TSV)"
        came = "an empty line" if values == [""] else counted(len(values), "column")
        self._faults.add(where, came, expected, advice=advice)

    def _json_rows(self, index: int, name: str, records: Iterator[Record]) -> Iterator[Row]:
        if not are_names(self._columns):
            positions = ", ".join(f"{role}: {column}" for role, column in self._columns.items())
            self._faults.add(name, f"columns by position ({positions})", "keys of the JSON objects")
            return
        for number, line, values in records:
            if values is None:
                self._faults.add(f"{name}:{line}", "an empty line", "one JSON object a line")
            elif (fields := self._json_fields(f"{name}:{line}", values)) is not None:
                extra = values if self._for_prediction else None
                yield Row(index, number, line, extra=extra, **fields)

    def _json_fields(self, where: str, values: dict[str, Any]) -> dict[str, Any] | None:
        fields: dict[str, Any] = {}
        for role, key in self._columns.items():
            try:
                value = json_field(values, str(key), role, is_required=role in self._required)
            except WrongField as wrong:
                choices = tuple(values) if wrong.is_missing else ()
                self._faults.add(
                    where, wrong.problem, wrong.expected, came=str(key), choices=choices
                )
                return None
            if value is not None:
                fields[role] = value
        return fields

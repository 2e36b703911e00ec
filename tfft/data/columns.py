"""Which field of a record is the text, the second text, the label, the slices.

Enters: a mapping from role to column name or position, and what a file's first record shows.
Leaves: a `Layout` that tells where each role stands, or faults.
Names need a header (or JSON keys), positions count from 0; the two are not mixed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tfft.data.faults import FaultList

TEXT, TEXT_PAIR, LABEL, SLICES = "text", "text_pair", "label", "slices"
ROLES = (TEXT, TEXT_PAIR, LABEL, SLICES)

Columns = Mapping[str, str | int | None]
"""Role to column; a role that is absent or None is not read."""


@dataclass(frozen=True)
class Layout:
    """Where things stand in the records of one table.

    Attributes:
        positions: position of each role that the table has.
        names: name of each column; `column_0` and so on where there is no header.
        named_by: what fixed the number of columns, for faults.
    """

    positions: dict[str, int]
    names: tuple[str, ...]
    named_by: str


def used_columns(columns: Columns) -> dict[str, str | int]:
    """Returns the columns without the roles that are None."""
    return {role: column for role, column in columns.items() if column is not None}


def are_names(columns: Columns) -> bool:
    """Tells whether columns are given by name."""
    return all(isinstance(column, str) for column in used_columns(columns).values())


def check_columns(
    columns: Columns, faults: FaultList, *, header: bool | None, required: Sequence[str]
) -> None:
    """Adds a fault for every way in which the mapping itself cannot be right."""
    used = used_columns(columns)
    for role in used:
        if role not in ROLES:
            expected = f"one of {', '.join(ROLES)}"
            faults.add(f"data.columns.{role}", "unknown role", expected, came=role, choices=ROLES)
    for role in required:
        if role not in used:
            faults.add(f"data.columns.{role}", "no column is given", "a name or a position")
    if not are_names(used) and any(isinstance(column, str) for column in used.values()):
        faults.add("data.columns", f"names and positions are mixed: {used}", "one kind for all")
    for role, column in used.items():
        if isinstance(column, int) and column < 0:
            faults.add(f"data.columns.{role}", f"position {column}", "0 or more")
    for column, count in Counter(used.values()).items():
        if count > 1:
            roles = " and ".join(role for role, other in used.items() if other == column)
            faults.add("data.columns", f"{roles} are the same column, {column}")
    if header is False and used and are_names(used):
        advice = "Set `header` to true or give positions"
        faults.add("data.columns", "names, but the files have no header", advice=advice)


def locate(
    columns: Columns,
    first: Sequence[str],
    faults: FaultList,
    *,
    where: str,
    has_header: bool,
    required: Sequence[str],
) -> Layout | None:
    """Finds the columns of a table in its first record.

    Args:
        columns: role to name or position.
        first: values of the first record; the header where there is one.
        faults: takes a fault for each required column that is not there.
        where: file and line of the first record.
        has_header: whether `first` is a header.
        required: roles that must be found; others are left out where they are not.

    Returns:
        The layout, or None where a fault was added.
    """
    twice = [name for name, count in Counter(first).items() if count > 1] if has_header else []
    for name in twice:
        faults.add(where, f"two columns are called `{name}`", "a name of its own for each column")
    positions, is_complete = {}, not twice
    for role, column in used_columns(columns).items():
        if isinstance(column, int) and column < len(first):
            positions[role] = column
        elif has_header and column in first:
            positions[role] = list(first).index(str(column))
        elif role in required:
            _add_missing(role, column, first, faults, where, has_header)
            is_complete = False
    if not is_complete:
        return None
    numbered = tuple(f"column_{number}" for number in range(len(first)))
    named_by = f"as in the {'header' if has_header else 'first row'}, {where}"
    return Layout(positions, tuple(first) if has_header else numbered, named_by)


def _add_missing(
    role: str,
    column: str | int,
    first: Sequence[str],
    faults: FaultList,
    where: str,
    has_header: bool,
) -> None:
    found = counted(len(first), "column")
    advice = "Look at `format`: other separators may be in use" if len(first) == 1 else ""
    if isinstance(column, int):
        expected = f"at least {column + 1} ({role} is column {column})"
        faults.add(where, found, expected, advice=advice)
        return
    shown = ", ".join(f"`{name[:40]}`" for name in first[:20])
    problem = f"the header has no column `{column}` for {role}, but {shown}"
    if any("\r" in name for name in first):
        advice = "Lines end with CR alone: convert the file with `tr '\\r' '\\n'`"
    advice = advice or "Name the right one in `columns`, or with --text where texts are predicted"
    choices = first if len(first) > 1 else ()
    faults.add(where, problem, came=column, choices=choices, advice=advice)


def counted(number: int, noun: str) -> str:
    """Returns `1 column` or `2 columns`."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"

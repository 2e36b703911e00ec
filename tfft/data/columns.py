"""Which field of a record is the text, the second text, the label, the slices.

Enters: a mapping from role to column name or position, and what a file's first record shows.
Leaves: a `Layout` that tells where each role stands, or faults.
Names need a header (or JSON keys), positions count from 0; the two are not mixed. The text may be
in several columns, any other role is in one.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tfft.data.faults import FaultList

TEXT, TEXT_PAIR, LABEL, SLICES = "text", "text_pair", "label", "slices"
ROLES = (TEXT, TEXT_PAIR, LABEL, SLICES)

Columns = Mapping[str, Any]
"""Role to column, a `str` or an `int`, of the text also a list of these; a role that is absent or
None is not read."""

Used = dict[str, tuple[str | int, ...]]
"""Role to its columns, for the roles that are read."""


@dataclass(frozen=True)
class Layout:
    """Where things stand in the records of one table.

    Attributes:
        positions: positions of the columns of each role that the table has.
        names: name of each column; `column_0` and so on where there is no header.
        named_by: what fixed the number of columns, for faults.
    """

    positions: dict[str, tuple[int, ...]]
    names: tuple[str, ...]
    named_by: str


def used_columns(columns: Columns) -> Used:
    """Returns the columns of each role that is read."""
    return {
        role: tuple(column) if isinstance(column, list | tuple) else (column,)
        for role, column in columns.items()
        if column is not None
    }


def all_columns(used: Used) -> list[str | int]:
    """Returns the columns of all roles in one list."""
    return [column for several in used.values() for column in several]


def are_names(columns: Columns) -> bool:
    """Tells whether columns are given by name."""
    return all(isinstance(column, str) for column in all_columns(used_columns(columns)))


def check_columns(
    columns: Columns, faults: FaultList, *, header: bool | None, required: Sequence[str]
) -> None:
    """Adds a fault for every way in which the mapping itself cannot be right."""
    used = used_columns(columns)
    for role, several in used.items():
        if role not in ROLES:
            expected = f"one of {', '.join(ROLES)}"
            faults.add(f"data.columns.{role}", "unknown role", expected, came=role, choices=ROLES)
        if len(several) != 1 and (role != TEXT or not several):
            faults.add(f"data.columns.{role}", counted(len(several), "column"), "one column")
        for column in several:
            if isinstance(column, int) and column < 0:
                faults.add(f"data.columns.{role}", f"position {column}", "0 or more")
    for role in required:
        if role not in used:
            faults.add(f"data.columns.{role}", "no column is given", "a name or a position")
    if not are_names(used) and any(isinstance(column, str) for column in all_columns(used)):
        shown = {role: each for role, each in columns.items() if each is not None}
        faults.add("data.columns", f"names and positions are mixed: {shown}", "one kind for all")
    for column, count in Counter(all_columns(used)).items():
        if count > 1:
            roles = " and ".join(role for role, several in used.items() if column in several)
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
    names_in: str = "the header",
    advice: str = "Name the right one in data.columns",
) -> Layout | None:
    """Finds the columns of a table in its first record.

    Args:
        columns: role to name or position.
        first: values of the first record; the header where there is one.
        faults: takes a fault for each required column that is not there.
        where: file and line of the first record.
        has_header: whether `first` is a header.
        required: roles that must be found; others are left out where they are not.
        names_in: what holds the names, for faults.
        advice: how another column is named.

    Returns:
        The layout, or None where a fault was added.
    """
    twice = [name for name, count in Counter(first).items() if count > 1] if has_header else []
    for name in twice:
        faults.add(where, f"two columns are called `{name}`", "a name of its own for each column")
    positions, is_complete = {}, not twice
    for role, several in used_columns(columns).items():
        found = [_position(column, first, has_header) for column in several]
        if None not in found:
            positions[role] = tuple(position for position in found if position is not None)
        elif role in required:
            missing = several[found.index(None)]
            _add_missing(role, missing, first, faults, where, names_in, advice)
            is_complete = False
    if not is_complete:
        return None
    numbered = tuple(f"column_{number}" for number in range(len(first)))
    named_by = f"as in the {'header' if has_header else 'first row'}, {where}"
    return Layout(positions, tuple(first) if has_header else numbered, named_by)


def _position(column: str | int, first: Sequence[str], has_header: bool) -> int | None:
    if isinstance(column, int):
        return column if column < len(first) else None
    return list(first).index(column) if has_header and column in first else None


def _add_missing(
    role: str,
    column: str | int,
    first: Sequence[str],
    faults: FaultList,
    where: str,
    names_in: str,
    advice: str,
) -> None:
    look = ""
    if len(first) == 1:
        is_json = first[0].startswith("{")
        hint = "this looks like JSON lines" if is_json else "other separators may be in use"
        look = f"Look at `format`: {hint}"
    if isinstance(column, int):
        expected = f"at least {column + 1} ({role} is column {column})"
        faults.add(where, counted(len(first), "column"), expected, advice=look)
        return
    shown = ", ".join(f"`{name[:40]}`" for name in first[:20])
    problem = f"{names_in} has no column `{column}` for {role}, but {shown}"
    if any("\r" in name for name in first):
        look = "Lines end with CR alone: convert the file with `tr '\\r' '\\n'`"
    choices = first if len(first) > 1 else ()
    faults.add(where, problem, came=column, choices=choices, advice=look or advice)


def counted(number: int, noun: str) -> str:
    """Returns `1 column` or `2 columns`."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"

"""Records: what every format is turned into before it becomes rows.

Leaves: `Record`, the values of one row, and `Records`, an open source whose records name their
values (Parquet, TFRecord, TFDS).
Does not know any format: `formats` has the table of them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple


class Record(NamedTuple):
    """One physical record.

    Attributes:
        number: counts the records of the file from 0, a header included.
        line: 1-based line on which the record begins; of a format without lines, `number + 1`.
        values: the fields in order; of formats that name them a mapping, or None for a blank line.
    """

    number: int
    line: int
    values: Any


@dataclass(frozen=True)
class Records:
    """A source of records with named values.

    Attributes:
        read: yields the records with the wanted values, or with all of them for None. Values are
            plain Python, or bytes.
        names: names of all values, where the source itself tells them; None: each record has
            names of its own.
        are_ordered: whether `names` have an order that positions may count along.
    """

    read: Callable[[Sequence[str] | None], Iterator[Record]]
    names: tuple[str, ...] | None = None
    are_ordered: bool = False

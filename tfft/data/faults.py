"""A list of faults that stays small, however many rows are wrong.

Enters: one fault at a time, from any file. Leaves: one `DataError` that lists the first of them
and counts the rest. A file cannot crowd out the others: each has room for a few faults only.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from tfft.errors import DataError, Fault, nearest

MAX_FAULTS = 100
"""Faults kept in all; the rest are counted."""

MAX_FAULTS_A_FILE = 8
"""Faults kept of one file, so that a report of twenty lines shows more files than one."""


class FaultList:
    """Collects faults over all files; is false while there are none."""

    def __init__(self) -> None:
        self._kept: list[Fault] = []
        self._num_by_file: Counter[str] = Counter()
        self._num_all = 0

    def __len__(self) -> int:
        return self._num_all

    def add(
        self,
        where: str,
        problem: str,
        expected: str = "",
        *,
        came: str = "",
        choices: Sequence[str] = (),
        advice: str = "",
    ) -> None:
        """Keeps a fault, or only counts it where enough are kept.

        Args:
            where: `file:line`, a file, or a config key.
            problem: what is wrong.
            expected: what would have been right.
            came: the wrong name, where a name is wrong.
            choices: the right names; the one nearest to `came` is shown.
            advice: what to do.
        """
        self._num_all += 1
        file, _, line = where.rpartition(":")
        file = file if line.isdigit() else where
        if len(self._kept) < MAX_FAULTS and self._num_by_file[file] < MAX_FAULTS_A_FILE:
            self._num_by_file[file] += 1
            close = nearest(came, choices) if came else ""
            self._kept.append(Fault(where, problem, expected, close, advice))

    def include(self, error: DataError) -> None:
        """Takes over the faults of an error that was raised elsewhere."""
        for fault in error.faults or (Fault("", error.headline),):
            # A demo that fills three splits is asked for three times.
            if fault not in self._kept:
                self._num_all += 1
                self._kept.append(fault)
        self._num_all += error.num_more

    def raise_if_any(self, headline: str) -> None:
        """Ends the collection.

        Raises:
            DataError: there is a fault.
        """
        if self._num_all:
            num_more = self._num_all - len(self._kept)
            raise DataError(headline, self._kept, num_more=num_more)

"""The errors a user can cause, each one report of every fault found at once.

Enters: faults, each with the place, what came, what was expected and what to do.
Leaves: one exception whose text is a calm, complete list; verbs print it and exit with status 2.
Imports the standard library alone, so that a typo is reported before TensorFlow is loaded.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import TypeVar

T = TypeVar("T")

EXIT_STATUS = 2
"""Exit status of every verb that refuses its input."""

MAX_FAULTS_SHOWN = 20
"""A report lists this many faults and counts the rest: a screenful, not a scroll."""

_MAX_SIBLINGS = 2000


@dataclass(frozen=True)
class Fault:
    """One thing that is wrong.

    Attributes:
        where: a config key (`training.epochs`), `file:line`, or a weight's name.
        problem: what came, in a short clause without a full stop ("unknown key", "got 'five'").
        expected: what would have been right ("a whole number, at least 1"), or empty.
        nearest: the closest valid name, or empty.
        advice: what to do, as an imperative sentence without a full stop, or empty.
    """

    where: str
    problem: str
    expected: str = ""
    nearest: str = ""
    advice: str = ""

    def __str__(self) -> str:
        text = f"{self.where}: {self.problem}" if self.where else self.problem
        if self.expected:
            text += f"; expected {self.expected}"
        if self.nearest:
            text += f". Did you mean `{self.nearest}`?"
        if self.advice:
            text += ("" if text.endswith("?") else ".") + f" {self.advice}"
        return _printable(text)


class TfftError(Exception):
    """Base of all errors that a user's input can cause; holds every fault found.

    Args:
        headline: one line that says what could not be done, without a full stop.
        faults: the single faults; where there are none, the headline says it all.
        num_more: how many faults were found beyond those in `faults`, for a reader that stops
            collecting (a file of a million bad rows must not fill the memory).
    """

    def __init__(self, headline: str, faults: Iterable[Fault] = (), *, num_more: int = 0):
        self.headline = headline
        self.faults = tuple(faults)
        self.num_more = num_more
        super().__init__(self._text())

    def _text(self) -> str:
        lines = [self.headline + (":" if self.faults else ".")]
        lines += [f"  - {fault}" for fault in self.faults[:MAX_FAULTS_SHOWN]]
        hidden = self.num_more + max(0, len(self.faults) - MAX_FAULTS_SHOWN)
        if hidden:
            lines.append(f"  … and {hidden:,} more")
        return "\n".join(lines)


class ConfigError(TfftError):
    """A config file, a `--set` or a command line that cannot be used."""


class DataError(TfftError):
    """Rows, files or vocabularies of text that cannot be used."""


class CheckpointError(TfftError):
    """A model folder or a training checkpoint that cannot be loaded."""


class RunError(TfftError):
    """A run directory that exists already, is missing or is incomplete."""


class ExportError(TfftError):
    """A SavedModel that cannot be written, or differs from the model it was made from."""


class MissingExtraError(TfftError):
    """An optional package that is not installed; names the extra to install."""


def collect(faults: list[Fault], work: Callable[[], T]) -> T | None:
    """Returns what `work` returns; where it fails, adds its faults to `faults` and returns None.

    For checks whose faults a user should see all at once.
    """
    try:
        return work()
    except TfftError as error:
        faults += error.faults or (Fault("", error.headline),)
        if error.num_more:
            faults.append(Fault("", f"… and {error.num_more:,} more of these"))
        return None


def nearest(name: str, choices: Sequence[str], *, cutoff: float = 0.5) -> str:
    """Returns the choice closest to `name`, or an empty string where none is close.

    Args:
        name: what came.
        choices: what would have been right.
        cutoff: how much must be alike, in [0, 1].
    """
    found = difflib.get_close_matches(
        str(name).lower(), [c.lower() for c in choices], n=1, cutoff=cutoff
    )
    return next((c for c in choices if found and c.lower() == found[0]), "")


def nearest_path(path: Path) -> str:
    """Returns the file or folder beside a missing `path` whose name is closest, or nothing."""
    try:
        names = [each.name for each in islice(path.parent.iterdir(), _MAX_SIBLINGS)]
    except OSError:
        return ""
    # Without the suffix they share: `gone.tsv` is no more like `dev.tsv` than `gone` like `dev`.
    by_stem = {name.removesuffix(path.suffix): name for name in names}
    found = nearest(path.name.removesuffix(path.suffix), list(by_stem), cutoff=0.55)
    return str(path.parent / by_stem[found]) if found else ""


def _printable(text: str) -> str:
    """Shows control characters that came with the data as escapes, not to the terminal."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)

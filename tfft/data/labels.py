"""Which labels there are, in which order, and how much each one weighs.

Enters: label names, given or one row at a time. Leaves: a `LabelSet`, and weights by index.
The order of labels that are found does not depend on the order of rows.
Does not count rows: `store` does.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tfft.data.faults import FaultList
from tfft.errors import ConfigError, Fault, nearest

MAX_LABELS = 10_000
"""More different labels than this are taken for a wrong column, and not held in memory."""

MAX_LABEL_CHARACTERS = 1000
"""A longer label is a text: ten thousand of those would fill the memory."""

_WHOLE_NUMBER = re.compile(r"[-+]?[0-9]{1,18}", re.ASCII)


@dataclass(frozen=True)
class LabelSet:
    """Names of labels; the place of a name is its index in logits and probabilities."""

    names: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.names)

    @classmethod
    def found(cls, names: Sequence[str]) -> LabelSet:
        """Orders labels found in data: by number if all are whole numbers, else by code point."""
        if all(_WHOLE_NUMBER.fullmatch(name) for name in names):
            return cls(tuple(sorted(names, key=lambda name: (int(name), name))))
        return cls(tuple(sorted(names)))


class LabelCodes:
    """Gives each label a number at first sight, so that rows are written while labels are found.

    Args:
        names: the labels, where they are given: any other is a fault. None: they are found.

    Attributes:
        is_wrong_column: what came cannot be labels, a fault says so, and no row needs to be read.
    """

    def __init__(self, names: Sequence[str] | None = None):
        self._codes = {name: code for code, name in enumerate(names or ())}
        self._are_given = names is not None
        self._is_closed = names is not None
        self.is_wrong_column = False
        self._unknown: set[tuple[str, str]] = set()

    def code(self, label: str, where: str, faults: FaultList) -> int | None:
        """Returns a label's code, or None after adding a fault with the nearest right name.

        An unknown label is a fault where it stands first in a file, not again on every row.
        """
        code = self._codes.get(label)
        if code is not None or self.is_wrong_column:
            return code
        if self._is_closed:
            self._add_unknown(label[:80], where, faults)
            return None
        problem = ""
        if len(self._codes) >= MAX_LABELS:
            problem = f"more than {MAX_LABELS:,} different labels"
        elif len(label) > MAX_LABEL_CHARACTERS:
            problem = f"a label of {len(label):,} characters, which is a text"
        if problem:
            self.is_wrong_column = True
            faults.add(where, problem, advice="Name the column with the label in `columns`")
            return None
        self._codes[label] = len(self._codes)
        return self._codes[label]

    def _add_unknown(self, label: str, where: str, faults: FaultList) -> None:
        key = (where.rpartition(":")[0], label)
        # When so many are unknown, one more tells nothing new.
        if key in self._unknown or len(self._unknown) >= MAX_LABELS:
            return
        self._unknown.add(key)
        source = "is none of the given ones" if self._are_given else "has no training row"
        expected = ", ".join(list(self._codes)[:20]) + (" …" if len(self._codes) > 20 else "")
        choices = tuple(self._codes)
        faults.add(
            where, f"the label `{label}` {source}", f"one of {expected}", came=label,
            choices=choices,
        )  # fmt: skip

    def close(self) -> None:
        """Ends the finding: from now on a new label is a fault, unless fewer than two were seen.

        With one label or none the training files themselves are at fault, and every further label
        would only repeat it.
        """
        self._is_closed = self._are_given or len(self._codes) > 1

    def label_set(self) -> LabelSet:
        """Returns the given names as given, or the found ones in their order."""
        names = tuple(self._codes)
        return LabelSet(names) if self._are_given else LabelSet.found(names)

    def name(self, code: int) -> str:
        """Returns the label behind a code."""
        return list(self._codes)[code]

    def indices(self) -> tuple[int, ...]:
        """Returns for each code the index of its label in `label_set()`."""
        index = {name: place for place, name in enumerate(self.label_set().names)}
        return tuple(index[name] for name in self._codes)


def check_given_labels(names: Sequence[str] | None, faults: FaultList) -> None:
    """Adds a fault for a list of labels that no classifier can have."""
    if names is None:
        return
    if len(names) < 2:
        faults.add("data.labels", f"{len(names)} given", "at least two labels")
    for name in sorted({name for name in names if names.count(name) > 1}):
        faults.add("data.labels", f"`{name}` is given twice")
    for name in names:
        if not name or name != name.strip():
            faults.add("data.labels", f"`{name}`", "a name without white space around it")


def class_weights(
    counts: Mapping[str, int], weights: str | Mapping[str, float] | None
) -> tuple[float, ...]:
    """Gives each label its weight in the loss.

    Args:
        counts: training rows of each label, in the order of the labels' indices.
        weights: `balanced`, for num_rows / (num_labels * rows of the label), as scikit-learn
            has it; a mapping, in which absent labels weigh 1; None, all weigh 1.

    Returns:
        A weight for each label, in the order of `counts`. A label without rows does not count
        among the balanced ones and weighs 0.

    Raises:
        ConfigError: the mapping names an unknown label, or a weight that is negative or no
            number, or none above 0.
    """
    if weights is None:
        return (1.0,) * len(counts)
    if isinstance(weights, Mapping):
        _check_weights(weights, tuple(counts))
        return tuple(float(weights.get(name, 1.0)) for name in counts)
    if weights != "balanced":
        fault = Fault("task.class_weights", f"`{weights}`", "balanced, or a mapping of labels")
        raise ConfigError("The labels cannot be weighed", [fault])
    num_rows, num_labels = sum(counts.values()), sum(count > 0 for count in counts.values())
    return tuple(num_rows / (num_labels * count) if count else 0.0 for count in counts.values())


def _check_weights(weights: Mapping[str, float], names: Sequence[str]) -> None:
    where = "task.class_weights"
    faults = [
        Fault(f"{where}.{name}", "unknown label", nearest=nearest(name, names))
        for name in weights
        if name not in names
    ]
    faults += [
        Fault(f"{where}.{name}", f"{weight}", "0 or more")
        for name, weight in weights.items()
        if not (math.isfinite(weight) and weight >= 0)
    ]
    if not faults and not any(weights.get(name, 1.0) > 0 for name in names):
        faults = [Fault(where, "every label weighs 0", "one above 0")]
    if faults:
        raise ConfigError("The labels cannot be weighed", faults)

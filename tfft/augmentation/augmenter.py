"""A list of edits, applied to the rows of a batch with numbers of their own.

Enters: cleaned texts, `tf.string [batch]`, row ids and an epoch. Leaves: `tf.string [batch]`. What
happens to a row hangs on the seed, the epoch, its id and its text alone: the edits are fresh in
each epoch, equal on replay, and the same whatever batch, thread or replica the row meets.
Reads no rows, and does not know when it trains: `tfft.data.pipeline` calls it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from numbers import Integral
from typing import Any

import tensorflow as tf

from tfft.augmentation.hashing import fold_in, row_keys, uniform
from tfft.augmentation.words import delete_words, swap_words
from tfft.errors import ConfigError, Fault, nearest

OPERATIONS: dict[str, Callable[..., tf.Tensor]] = {
    "delete_words": delete_words,
    "swap_words": swap_words,
}
"""Every edit by name: from texts, string `[batch]`, keys, uint64 `[batch]`, and `rate` to texts."""

_OPERATION_KEYS = ("type", "rate")


class Augmenter:
    """Edits texts for training.

    Args:
        operations: mappings with `type`, a name out of `OPERATIONS`, and `rate`, the share of the
            units that it edits, in [0, 1]; applied one after the other.
        row_rate: share of the rows that are edited in an epoch, in [0, 1]; of a pair both texts
            are, or neither.
        seed: gives other edits; any whole number.

    Raises:
        ConfigError: all options at once that are unknown, missing or out of range.
    """

    def __init__(
        self,
        operations: Sequence[Mapping[str, Any]],
        row_rate: float = 1.0,
        seed: int = 17,
    ):
        faults = [
            *(fault for n, each in enumerate(operations) for fault in _operation_faults(n, each)),
            *_rate_faults("augmentation.row_rate", row_rate),
        ]
        if isinstance(seed, bool) or not isinstance(seed, Integral):
            faults.append(Fault("seed", f"got {seed!r}", "a whole number"))
        if faults:
            raise ConfigError("The texts cannot be augmented", faults)
        self._operations = [
            partial(OPERATIONS[each["type"]], rate=float(each["rate"])) for each in operations
        ]
        self._row_rate = float(row_rate)
        self._seed = int(seed)

    def __call__(self, text: Any, row_id: Any, epoch: Any, field: int = 0) -> tf.Tensor:
        """Edits a batch, eagerly or inside a graph.

        Args:
            text: `tf.string [batch]`, valid UTF-8, cleaned.
            row_id: file and record of each row, int64 `[batch, 2]`.
            epoch: number of the epoch, or an integer tensor without axes.
            field: 0 for the text, 1 for the second text of a pair.

        Returns:
            `tf.string [batch]`, valid UTF-8. A row that is not edited is as it came.
        """
        text = tf.convert_to_tensor(text, tf.string)
        key = row_keys(self._seed, epoch, row_id)
        is_edited = uniform(fold_in(key, 0)) < self._row_rate
        of_field = fold_in(key, 1 + field)
        edited = text
        for number, operation in enumerate(self._operations):
            edited = operation(edited, fold_in(of_field, number))
        return tf.where(is_edited, edited, text)


def _operation_faults(number: int, operation: Mapping[str, Any]) -> list[Fault]:
    where = f"augmentation.operations.{number}"
    if not isinstance(operation, Mapping):
        return [Fault(where, f"got {operation!r}", "a mapping with type and rate")]
    faults = [
        Fault(f"{where}.{key}", "unknown key", nearest=nearest(str(key), _OPERATION_KEYS))
        for key in operation
        if key not in _OPERATION_KEYS
    ]
    faults += [
        Fault(f"{where}.{key}", "is missing") for key in _OPERATION_KEYS if key not in operation
    ]
    name = operation.get("type")
    if "type" in operation and not (isinstance(name, str) and name in OPERATIONS):
        near = nearest(str(name), list(OPERATIONS))
        expected = "any of " + ", ".join(OPERATIONS)
        faults.append(Fault(f"{where}.type", f"unknown operation {name!r}", expected, near))
    if "rate" in operation:
        faults += _rate_faults(f"{where}.rate", operation["rate"])
    return faults


def _rate_faults(where: str, rate: Any) -> list[Fault]:
    if isinstance(rate, int | float) and not isinstance(rate, bool) and 0 <= rate <= 1:
        return []
    return [Fault(where, f"got {rate!r}", "a number from 0 to 1")]

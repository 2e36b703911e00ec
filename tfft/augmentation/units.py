"""Texts cut into the units that are edited, and joined again.

A unit is one CJK character (an ideograph, or a punctuation mark of Chinese and Japanese), or a run
of other characters without white space. Between units, before the first and behind the last is a
gap: white space, or nothing. `join_units(split_units(text))` is `text`, byte for byte.
White space and ideographs are those of `tfft.text`: kana and Hangul are written in runs.
"""

from __future__ import annotations

from typing import NamedTuple

import tensorflow as tf

from tfft.text.unicode_classes import IDEOGRAPHS, WHITE_SPACE, re2_class

_CJK = IDEOGRAPHS + re2_class(
    "3001-3003 3005-3011 3014-301F FF01-FF0F FF1A-FF20 FF3B-FF40 FF5B-FF65"
)
_UNIT = f"[{_CJK}]|[^{_CJK}{WHITE_SPACE}]+"

# Never part of valid UTF-8, so it stands in no text.
_BORDER = b"\xff"


class Units(NamedTuple):
    """The units of a batch, row after row, each with the gap before it.

    The last slot of each row is its end: the gap behind the last unit, and an empty unit.

    Attributes:
        gaps: white space or nothing, string `[slots]`.
        units: string `[slots]`.
        row: index of the slot's row, int64 `[slots]`.
        position: of the slot in its row, from 0, int64 `[slots]`.
        num_units: units of each row, its end not counted, int64 `[batch]`.
    """

    gaps: tf.Tensor
    units: tf.Tensor
    row: tf.Tensor
    position: tf.Tensor
    num_units: tf.Tensor

    @property
    def is_end(self) -> tf.Tensor:
        """Whether a slot is the end of its row, bool `[slots]`."""
        return self.position == tf.gather(self.num_units, self.row)


def split_units(text: tf.Tensor) -> Units:
    """Cuts texts into units.

    Args:
        text: `tf.string [batch]`, valid UTF-8.
    """
    marked = tf.strings.regex_replace(text, _UNIT, _BORDER + rb"\0" + _BORDER)
    # One border more, so that a row's pieces are pairs: gap, unit, gap, unit, … gap, nothing.
    pieces = tf.strings.split(tf.strings.join([marked, _BORDER]), sep=_BORDER)
    row = pieces.value_rowids()[::2]
    starts = pieces.row_starts() // 2
    return Units(
        gaps=pieces.flat_values[::2],
        units=pieces.flat_values[1::2],
        row=row,
        position=tf.range(tf.size(row, tf.int64)) - tf.gather(starts, row),
        num_units=pieces.row_lengths() // 2 - 1,
    )


def join_units(units: Units) -> tf.Tensor:
    """Joins units and gaps to texts, `tf.string [batch]`.

    A space goes between two units that would otherwise grow into one: two words whose gap is
    empty because a CJK character stood between them, or beside one of them, before the edit.
    """
    # A slot's predecessor; that of a row's first slot is of no account.
    before = tf.maximum(tf.range(tf.size(units.row)) - 1, 0)
    touches = (units.gaps == "") & (units.position > 0) & ~units.is_end
    is_word = ~tf.strings.regex_full_match(units.units, f"[{_CJK}]")
    grows = touches & is_word & tf.gather(is_word, before)
    gaps = tf.where(grows, " ", units.gaps)
    pieces = tf.reshape(tf.stack([gaps, units.units], axis=1), [-1])
    rows = tf.repeat(units.row, 2)
    return tf.strings.unsorted_segment_join(pieces, rows, tf.size(units.num_units))

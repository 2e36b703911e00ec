"""Edits of units: some are deleted, some swap places.

Enters: `tf.string [batch]`, valid UTF-8, and a key for each row. Leaves: `tf.string [batch]`, valid
UTF-8 too. A unit is a word or one CJK character, see `units`. No dictionary and no model is asked,
so an edit can turn a sentence's meaning round, by deleting `not`: keep the rate small.

Reference:
    Wei & Zou 2019, EDA, arXiv:1901.11196, has both edits among its four. It deletes as is done
    here; in its code, too, one word survives. It swaps two words from anywhere in the sentence,
    alpha x words times. Here neighbours swap: BERT knows positions, and words that far from home
    are in no real text. And `rate` is the share of units that move, as in deletion that of units
    that go; EDA's alpha moves about twice as many. EDA adds its sentences to the original; here a
    row is edited anew in each epoch and none is added.
"""

from __future__ import annotations

import tensorflow as tf

from tfft.augmentation.hashing import below, fold_in, uniform
from tfft.augmentation.units import Units, join_units, split_units


def delete_words(text: tf.Tensor, key: tf.Tensor, *, rate: float) -> tf.Tensor:
    """Deletes each unit with probability `rate`, but never all of a row.

    Where the numbers say that all go, one survives, any with the same probability. Of the gaps
    around deleted units the first that is not empty stays; a row begins and ends with the white
    space it had.

    Args:
        text: `tf.string [batch]`, valid UTF-8.
        key: uint64 `[batch]`; the same key deletes the same.
        rate: share of the units, in [0, 1].

    Returns:
        `tf.string [batch]`; its units are some of the text's, in their order.
    """
    units = split_units(text)
    row, rows = units.row, tf.size(units.num_units)
    is_kept = uniform(tf.gather(fold_in(key, 0), row), units.position) >= rate
    is_kept &= ~units.is_end
    has_any = tf.math.unsorted_segment_max(tf.cast(is_kept, tf.int32), row, rows) > 0
    survivor = tf.gather(below(fold_in(key, 1), units.num_units), row)
    is_kept |= (units.position == survivor) & ~tf.gather(has_any, row)
    return join_units(_kept(units, is_kept | units.is_end))


def swap_words(text: tf.Tensor, key: tf.Tensor, *, rate: float) -> tf.Tensor:
    """Lets neighbours swap places: each pair of units with probability `rate`.

    Pairs begin at the first or at the second unit of a row, which its key decides; so each unit is
    in one pair at most, and moves by one place at most. White space stays where it was.

    Args:
        text: `tf.string [batch]`, valid UTF-8.
        key: uint64 `[batch]`; the same key swaps the same.
        rate: share of the units that move, in [0, 1]. A unit that the pairs leave over at either
            end of its row does not.

    Returns:
        `tf.string [batch]`; its units are those of the text.
    """
    units = split_units(text)
    first_pair = tf.gather(below(fold_in(key, 1), 2 * tf.ones_like(units.num_units)), units.row)
    # Position of the left unit of the pair; -1 for a first unit that is in none.
    left = units.position - tf.math.floormod(units.position - first_pair, 2)
    swaps = uniform(tf.gather(fold_in(key, 0), units.row), left) < rate
    swaps &= (left >= 0) & (left + 1 < tf.gather(units.num_units, units.row))
    step = tf.where(swaps, 2 * (left - units.position) + 1, 0)
    source = tf.range(tf.size(units.row, tf.int64)) + step
    return join_units(units._replace(units=tf.gather(units.units, source)))


def _kept(units: Units, is_kept: tf.Tensor) -> Units:
    """Takes the slots of `is_kept`, bool `[slots]`: the ends of all rows, and some units."""
    slots = tf.where(is_kept)[:, 0]
    row = tf.gather(units.row, slots)
    length = tf.math.unsorted_segment_sum(tf.ones_like(row), row, tf.size(units.num_units))
    starts = tf.cumsum(length, exclusive=True)
    kept = Units(
        gaps=tf.gather(units.gaps, slots),
        units=tf.gather(units.units, slots),
        row=row,
        position=tf.range(tf.size(row, tf.int64)) - tf.gather(starts, row),
        num_units=length - 1,
    )
    return kept._replace(gaps=_gaps(units, kept, is_kept))


def _gaps(units: Units, kept: Units, is_kept: tf.Tensor) -> tf.Tensor:
    """Chooses the gap before each kept slot among its own and those of units deleted before it.

    The first that is not empty stays; but a row begins and ends with the white space it had.
    """
    # Each slot belongs to the first kept one that is not before it.
    group = tf.cumsum(tf.cast(is_kept, tf.int64), exclusive=True)
    begins_row = tf.gather(kept.position == 0, group)
    ends_row = tf.gather(kept.is_end, group)
    may_stay = (~begins_row | (units.position == 0)) & (~ends_row | units.is_end)
    nothing = tf.size(units.row)
    slot = tf.where(may_stay & (units.gaps != ""), tf.range(nothing), nothing)
    return tf.gather(tf.concat([units.gaps, [""]], axis=0), tf.math.segment_min(slot, group))

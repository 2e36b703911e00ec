"""Random numbers by hash: a number is a function of what it is for, not of what came before it.

Enters: a seed, an epoch, row ids and positions. Leaves: uint64, float32 in [0, 1) or whole numbers,
for a whole batch in a few operations. There is no state, so a row's numbers do not depend on the
other rows of its batch, on parallel calls, or on which replica asks; a replay gives them again.
Not for secrets: who knows the seed knows them all.
"""

from __future__ import annotations

from typing import Any

import tensorflow as tf

# SplitMix64: 2**64 over the golden ratio, made odd, and the two factors of its mixer.
_GAMMA = 0x9E3779B97F4A7C15
_FACTORS = (0xBF58476D1CE4E5B9, 0x94D049BB133111EB)
_SHIFTS = (30, 27)
_LAST_SHIFT = 31

_MASK = 2**64 - 1
_FLOAT32_BITS = 24


def row_keys(seed: int, epoch: Any, row_id: Any) -> tf.Tensor:
    """Gives each row the key of all its numbers in an epoch.

    Args:
        seed: any whole number.
        epoch: a whole number, or an integer tensor without axes.
        row_id: file and record, int64 `[batch, 2]`.

    Returns:
        uint64 `[batch]`.
    """
    row_id = tf.convert_to_tensor(row_id, tf.int64)
    key = fold_in(tf.constant(0, tf.uint64), seed)
    for word in (epoch, row_id[:, 0], row_id[:, 1]):
        key = fold_in(key, word)
    return key


def fold_in(key: tf.Tensor, word: Any) -> tf.Tensor:
    """Makes new keys of keys and a word; words that differ never give the same key.

    Args:
        key: uint64, any shape.
        word: a whole number, or an integer tensor whose shape goes with that of `key`.

    Returns:
        uint64, of the shape both have together.
    """
    return _mixed(tf.bitwise.bitwise_xor(key, _mixed(_as_uint64(word) + _constant(_GAMMA))))


def random_bits(key: tf.Tensor, position: Any) -> tf.Tensor:
    """Gives the number at a position of the key's stream; all 64 bits are evenly spread.

    Args:
        key: uint64, any shape.
        position: from 0, as `word` of `fold_in`.

    Returns:
        uint64, of the shape both have together.

    Reference:
        Steele, Lea & Flood 2014, Fast Splittable Pseudorandom Number Generators, OOPSLA. Its
        SplitMix64, started with `key`, gives these numbers in this order.
    """
    return _mixed(key + (_as_uint64(position) + _constant(1)) * _constant(_GAMMA))


def uniform(key: tf.Tensor, position: Any = 0) -> tf.Tensor:
    """Gives float32 in [0, 1), in steps of 2**-24; see `random_bits`."""
    bits = _shifted(random_bits(key, position), 64 - _FLOAT32_BITS)
    return tf.cast(bits, tf.float32) * 2.0**-_FLOAT32_BITS


def below(key: tf.Tensor, limit: tf.Tensor) -> tf.Tensor:
    """Gives a whole number from 0 to `limit` - 1, each as likely as another.

    Args:
        key: uint64, any shape.
        limit: int64 of the same shape, less than 2**31; 0 gives 0.

    Returns:
        int64 of the same shape.
    """
    product = _shifted(random_bits(key, 0), 32) * _as_uint64(limit)
    return tf.bitcast(_shifted(product, 32), tf.int64)


def _mixed(bits: tf.Tensor) -> tf.Tensor:
    """SplitMix64's mixer: one to one, and each bit of `bits` turns half of the result's bits."""
    for shift, factor in zip(_SHIFTS, _FACTORS, strict=True):
        bits = tf.bitwise.bitwise_xor(bits, _shifted(bits, shift)) * _constant(factor)
    return tf.bitwise.bitwise_xor(bits, _shifted(bits, _LAST_SHIFT))


def _shifted(bits: tf.Tensor, count: int) -> tf.Tensor:
    return tf.bitwise.right_shift(bits, _constant(count))


def _constant(value: int) -> tf.Tensor:
    return tf.constant(value, tf.uint64)


def _as_uint64(word: Any) -> tf.Tensor:
    if isinstance(word, int):
        return _constant(word & _MASK)
    word = tf.convert_to_tensor(word)
    # Integers below 0 keep their bits; a cast leaves it to the machine.
    return word if word.dtype == tf.uint64 else tf.bitcast(tf.cast(word, tf.int64), tf.uint64)

"""Numbers are even, unrelated to their neighbours', and those of SplitMix64."""

from __future__ import annotations

import numpy as np
import pytest
import tensorflow as tf

from tests.augmentation import reference
from tfft.augmentation.hashing import below, fold_in, random_bits, row_keys, uniform

NUM = 1 << 16


def key(value):
    return tf.constant(value, tf.uint64)


def grid(**changed):
    """Numbers of 65,536 combinations in which one thing alone differs, or two."""
    counted = dict.fromkeys(("seed", "epoch", "file", "record", "draw", "position"), 5)
    counted |= changed
    row_id = tf.stack(
        [tf.zeros(NUM, tf.int64) + counted["file"], tf.zeros(NUM, tf.int64) + counted["record"]], 1
    )
    keys = fold_in(row_keys(counted["seed"], counted["epoch"], row_id), counted["draw"])
    return random_bits(keys, counted["position"])


VARIED = {
    "position": {"position": tf.range(NUM)},
    "draw": {"draw": tf.range(NUM)},
    "file": {"file": tf.range(NUM, dtype=tf.int64)},
    "record": {"record": tf.range(NUM, dtype=tf.int64)},
    "record and position": {
        "record": tf.range(NUM, dtype=tf.int64) // 16,
        "position": tf.range(NUM) % 16,
    },
}


def test_a_stream_is_that_of_splitmix64():
    # The published values for this seed (Rosetta Code, Pseudo-random numbers/Splitmix64).
    assert random_bits(key(1234567), tf.range(5)).numpy().tolist() == [
        6457827717110365317,
        3203168211198807973,
        9817491932198370423,
        4593380528125082431,
        16408922859458223821,
    ]


def test_the_key_of_a_row_is_known():
    assert row_keys(17, 2, [[0, 5], [3, 2**40]]).numpy().tolist() == [
        242006682795094996,
        3419968498283855174,
    ]


def test_keys_and_numbers_are_those_of_the_reference():
    ids = [[0, 0], [0, 1], [1, 0], [7, 2**33], [-1, 2**63 - 1]]
    for seed, epoch in ((0, 0), (17, 3), (2**64 - 1, 2**31), (-2, -1)):
        keys = row_keys(seed, epoch, ids)
        expected = [reference.row_key(seed, epoch, a & reference.MASK, b) for a, b in ids]
        assert keys.numpy().tolist() == expected
        for position in (0, 1, 4711):
            bits = [reference.random_bits(each, position) for each in expected]
            assert random_bits(keys, position).numpy().tolist() == bits
            floats = [reference.uniform(each, position) for each in expected]
            assert uniform(keys, position).numpy().tolist() == floats
        limits = [1, 2, 13, 2**31 - 1, 0]
        numbers = [reference.below(*each) for each in zip(expected, limits, strict=True)]
        assert below(keys, tf.constant(limits, tf.int64)).numpy().tolist() == numbers


def test_an_epoch_is_a_number_or_a_tensor_and_all_is_the_same_in_a_graph():
    ids = tf.constant([[0, 4], [2, 7]], tf.int64)
    expected = row_keys(3, 5, ids).numpy().tolist()
    assert row_keys(3, tf.constant(5), ids).numpy().tolist() == expected
    assert row_keys(3, np.int64(5), ids).numpy().tolist() == expected
    assert tf.function(row_keys)(3, tf.constant(5, tf.int64), ids).numpy().tolist() == expected
    assert row_keys(3, 6, ids).numpy().tolist() != expected


def test_floats_reach_from_0_to_just_below_1():
    # The first number of this stream whose upper 24 bits are all set, found by search.
    assert float(uniform(key(0), 1_869_153)) == 1 - 2**-24
    assert uniform(key(0), tf.range(3)).dtype == tf.float32


@pytest.mark.parametrize("varied", VARIED)
@pytest.mark.parametrize("shift", [0, 28, 56])
def test_numbers_are_even(varied, shift):
    bits = grid(**VARIED[varied]).numpy()
    counts = np.bincount((bits >> np.uint64(shift) & np.uint64(255)).astype(int), minlength=256)
    chi_square = float(((counts - NUM / 256) ** 2 / (NUM / 256)).sum())
    # 255 degrees of freedom: mean 255, standard deviation 22.6. Too even is wrong as well.
    assert 255 - 4.5 * 22.6 < chi_square < 255 + 4.5 * 22.6


@pytest.mark.parametrize("other", ["seed", "epoch", "file", "record", "draw", "position"])
def test_neighbours_are_unrelated(other):
    base = VARIED["record and position"]
    bits = grid(**base).numpy()
    next_bits = grid(**(base | {other: base.get(other, 5) + 1})).numpy()
    pairs = (bits >> np.uint64(60)) * np.uint64(16) + (next_bits >> np.uint64(60))
    counts = np.bincount(pairs.astype(int), minlength=256)
    chi_square = float(((counts - NUM / 256) ** 2 / (NUM / 256)).sum())
    assert chi_square < 255 + 4.5 * 22.6
    floats, next_floats = bits / 2**64, next_bits / 2**64
    # Without relation the coefficient has a standard deviation of 1/256.
    assert abs(np.corrcoef(floats, next_floats)[0, 1]) < 4.5 / 256


@pytest.mark.parametrize("other", ["seed", "epoch", "file", "record", "draw", "position"])
def test_one_bit_of_any_input_turns_half_of_the_bits(other):
    base = VARIED["record and position"]
    bits = grid(**base).numpy()
    for bit in (0, 1, 7, 30):
        value = base.get(other, 5)
        turned = value ^ (1 << bit) if isinstance(value, int) else _turned(value, bit)
        different = bits ^ grid(**(base | {other: turned})).numpy()
        shares = np.array([np.mean(different >> np.uint64(n) & np.uint64(1)) for n in range(64)])
        # The standard deviation of a share of 65,536 is 1/512.
        assert np.abs(shares - 0.5).max() < 4.5 / 512


def test_whole_numbers_are_even_and_below_their_limit():
    keys = fold_in(key(3), tf.range(NUM))
    numbers = below(keys, tf.fill([NUM], tf.constant(7, tf.int64))).numpy()
    counts = np.bincount(numbers, minlength=7)
    assert len(counts) == 7
    # 6 degrees of freedom: 30 is exceeded once in 25,000 times.
    assert float(((counts - NUM / 7) ** 2 / (NUM / 7)).sum()) < 30


def test_words_that_differ_never_give_the_same_key():
    keys = fold_in(key(8), tf.range(-NUM, NUM)).numpy()
    assert len(set(keys.tolist())) == 2 * NUM


def _turned(value, bit):
    return tf.bitwise.bitwise_xor(value, tf.constant(1 << bit, value.dtype))

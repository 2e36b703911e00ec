"""Units go or swap places at the rate asked for, and nothing else happens to a text."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.augmentation import reference
from tests.augmentation.test_units import TEXTS, decoded, encoded
from tfft.augmentation.words import delete_words, swap_words

RATES = (0.0, 0.3, 1.0)


def graph(operation, rate):
    @tf.function(
        input_signature=[tf.TensorSpec([None], tf.string), tf.TensorSpec([None], tf.uint64)]
    )
    def run(text, key):
        return operation(text, key, rate=rate)

    return run


DELETE = {rate: graph(delete_words, rate) for rate in RATES}
SWAP = {rate: graph(swap_words, rate) for rate in RATES}


def keys(number, first=0):
    return tf.constant(
        [reference.fold_in(4, first + n) for n in range(number)], tf.uint64, [number]
    )


def run(operation, *texts):
    return decoded(operation(encoded(texts), keys(len(texts))))


def is_subsequence(some, all_of_them):
    remaining = iter(all_of_them)
    return all(each in remaining for each in some)


def test_a_rate_of_0_changes_nothing():
    texts = ["", " \n", "a  b\u3000c", "我爱ab，cd ", "\0"]
    assert run(DELETE[0.0], *texts) == texts
    assert run(SWAP[0.0], *texts) == texts


def test_a_rate_of_1_leaves_one_unit_and_any_of_them():
    survivors = Counter(run(DELETE[1.0], *["a b 好"] * 300))
    assert set(survivors) == {"a", "b", "好"}
    # Expected 100 each, with a standard deviation of 8.
    assert min(survivors.values()) > 67


def test_the_only_unit_and_texts_without_one_stay():
    assert run(DELETE[1.0], "a", " b ", "", "  ", "我") == ["a", " b ", "", "  ", "我"]
    assert run(SWAP[1.0], "a", " b ", "", "  ", "我") == ["a", " b ", "", "  ", "我"]


@pytest.mark.parametrize(
    ("text", "possible"),
    [
        # Single spaces stay single, at the ends too.
        ("a b", {"a b", "a", "b"}),
        ("a b c", {"a b c", "a b", "a c", "b c", "a", "b", "c"}),
        # What stood at the ends stays; of gaps that meet the first that is not empty.
        (" a\tb\nc ", {" a\tb\nc ", " a\tb ", " a\tc ", " b\nc ", " a ", " b ", " c "}),
        ("我爱你", {"我爱你", "我爱", "我你", "爱你", "我", "爱", "你"}),
        # Words do not grow together.
        ("ab我cd", {"ab我cd", "ab我", "我cd", "ab cd", "ab", "我", "cd"}),
    ],
)
def test_white_space_after_deletion(text, possible):
    assert set(run(DELETE[0.3], *[text] * 400)) == possible


def test_neighbours_swap_and_white_space_stays_where_it_was():
    assert set(run(SWAP[1.0], *["a\tb  c d"] * 20)) == {"b\ta  d c", "a\tc  b d"}
    assert set(run(SWAP[1.0], *["我爱ab，"] * 20)) == {"爱我，ab", "我ab爱，"}
    assert set(run(SWAP[1.0], *["ab我cd"] * 20)) == {"我ab cd", "ab cd我"}
    assert set(run(SWAP[1.0], *["a b"] * 20)) == {"b a", "a b"}


def test_a_tenth_of_the_units_go_or_move():
    text = " ".join(map(str, range(10_000)))
    words = text.split()
    (kept,) = run(graph(delete_words, 0.1), text)
    # 1,000 are expected, with a standard deviation of 30; of pairs 500, with one of 21.
    assert len(words) - len(kept.split()) == pytest.approx(1000, abs=120)
    (swapped,) = run(graph(swap_words, 0.1), text)
    moves = np.array(swapped.split(), int) - np.arange(10_000)
    assert np.count_nonzero(moves) == pytest.approx(1000, abs=170)
    assert set(moves) == {-1, 0, 1}


@settings(deadline=None)
@given(TEXTS, st.sampled_from(RATES), st.integers(0, 10_000))
def test_deletion_leaves_a_subsequence_that_is_never_empty(texts, rate, first):
    key = keys(len(texts), first)
    edited = decoded(DELETE[rate](encoded(texts), key))
    for text, left in zip(texts, edited, strict=True):
        units, units_left = reference.units_of(text), reference.units_of(left)
        assert is_subsequence(units_left, units)
        assert bool(units_left) == bool(units)
    rows = zip(texts, key.numpy().tolist(), strict=True)
    assert edited == [reference.delete_words(*row, rate) for row in rows]


@settings(deadline=None)
@given(TEXTS, st.sampled_from(RATES), st.integers(0, 10_000))
def test_swapping_permutes_units(texts, rate, first):
    key = keys(len(texts), first)
    edited = decoded(SWAP[rate](encoded(texts), key))
    for text, swapped in zip(texts, edited, strict=True):
        assert Counter(reference.units_of(swapped)) == Counter(reference.units_of(text))
    rows = zip(texts, key.numpy().tolist(), strict=True)
    assert edited == [reference.swap_words(*row, rate) for row in rows]

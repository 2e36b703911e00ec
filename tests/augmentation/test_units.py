"""A unit is a word or one CJK character; nothing is lost between cutting and joining."""

from __future__ import annotations

import pytest
import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.augmentation import reference
from tfft.augmentation.units import join_units, split_units

SPECIFICATION = [tf.TensorSpec([None], tf.string)]

TEXTS = st.lists(
    st.text(
        st.sampled_from(" \t\n\u3000我爱，。ab,か한\u0301\U00020000\0")
        | st.characters(codec="utf-8")
    )
)
"""Any Unicode, and often what is cut."""


@tf.function(input_signature=SPECIFICATION)
def cut(text):
    units = split_units(text)
    return units, join_units(units)


def encoded(texts):
    return tf.constant([text.encode() for text in texts], tf.string, [len(texts)])


def decoded(tensor):
    return [value.decode() for value in tensor.numpy()]


def rows_of(values, units):
    """Values of slots as a list a row."""
    rows = [[] for _ in units.num_units]
    for value, row in zip(decoded(values), units.row.numpy(), strict=True):
        rows[row].append(value)
    return rows


@pytest.mark.parametrize(
    ("text", "units", "gaps"),
    [
        ("", [], [""]),
        (" \t", [], [" \t"]),
        ("don't stop", ["don't", "stop"], ["", " ", ""]),
        ("  a  b\n", ["a", "b"], ["  ", "  ", "\n"]),
        ("我爱你", ["我", "爱", "你"], ["", "", "", ""]),
        ("很好，hotel不错！", ["很", "好", "，", "hotel", "不", "错", "！"], [""] * 8),
        ("买了iPhone 7。", ["买", "了", "iPhone", "7", "。"], ["", "", "", " ", "", ""]),
        # Kana and Hangul are written in runs.
        ("ひらがな漢字 한국어", ["ひらがな", "漢", "字", "한국어"], ["", "", "", " ", ""]),
        ("ＡＢ\u3000\U00020000c", ["ＡＢ", "\U00020000", "c"], ["", "\u3000", "", ""]),
    ],
)
def test_a_text_is_cut(text, units, gaps):
    found, _ = cut(encoded([text]))
    assert rows_of(found.units, found) == [[*units, ""]]
    assert rows_of(found.gaps, found) == [gaps]


def test_slots_know_their_row_and_position():
    units, _ = cut(encoded(["a b", "", "我"]))
    assert units.row.numpy().tolist() == [0, 0, 0, 1, 2, 2]
    assert units.position.numpy().tolist() == [0, 1, 2, 0, 0, 1]
    assert units.num_units.numpy().tolist() == [2, 0, 1]
    assert units.is_end.numpy().tolist() == [False, False, True, True, False, True]


def test_an_empty_batch_stays_empty():
    units, text = cut(encoded([]))
    assert units.num_units.shape == (0,)
    assert text.shape == (0,)


@settings(deadline=None)
@given(TEXTS)
def test_cutting_is_that_of_the_reference_and_joining_gives_the_text_back(texts):
    units, text = cut(encoded(texts))
    assert decoded(text) == texts
    assert rows_of(units.units, units) == [[*reference.units_of(each), ""] for each in texts]
    assert rows_of(units.gaps, units) == [reference.gaps_of(each) for each in texts]


def test_words_do_not_grow_together_and_cjk_characters_get_no_space():
    units, _ = cut(encoded(["ab我", "我b好"]))
    # Another unit stands where the character or the word stood.
    moved = tf.constant(["ab", "cd", "", "我", "们", "好", ""])
    assert decoded(join_units(units._replace(units=moved))) == ["ab cd", "我们好"]


@pytest.mark.slow
def test_real_texts_come_back_byte_for_byte(shared_data):
    for name in ("sst2-sentences/train.tsv", "chnsenticorp/train.tsv", "blns/blns.txt"):
        lines = (shared_data / name).read_bytes().split(b"\n")
        text = tf.constant([line for line in lines if _is_utf8(line)])
        assert tf.reduce_all(cut(text)[1] == text)
        assert len(text) > 400


def _is_utf8(line):
    try:
        line.decode()
    except UnicodeDecodeError:
        return False
    return True

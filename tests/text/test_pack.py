"""Truncation keeps the right tokens, and packed rows are Hugging Face's."""

from __future__ import annotations

import itertools

import pytest
import tensorflow as tf
from tokenizers.implementations import BertWordPieceTokenizer

from tfft.text.pack import fit_pair, pack, pack_windows, truncate

SPECIALS = {"cls_id": 101, "sep_id": 102, "pad_id": 7}
ONE = [[1, 2, 3, 4, 5], [], [6, 7]]
TWO = [[11], [12, 13, 14, 15], [16, 17]]


def _ragged(rows: list[list[int]]) -> tf.RaggedTensor:
    return tf.ragged.constant(rows, dtype=tf.int32, ragged_rank=1)


def _lists(features: dict[str, tf.Tensor]) -> list[list[list[int]]]:
    names = ("input_ids", "attention_mask", "token_type_ids")
    assert set(features) == set(names)
    assert all(features[name].dtype == tf.int32 for name in names)
    return [features[name].numpy().tolist() for name in names]


@pytest.mark.parametrize(
    ("truncation", "expected"),
    [
        ("head", [[1, 2, 3], [], [6, 7]]),
        ("tail", [[3, 4, 5], [], [6, 7]]),
        ("head_tail", [[1, 2, 5], [], [6, 7]]),
    ],
)
def test_a_truncation_keeps_its_part(truncation, expected):
    kept = tf.constant([3, 0, 2])
    assert truncate(_ragged(ONE), kept, truncation=truncation).to_list() == expected


def test_head_and_tail_halve_an_even_number():
    shortened = truncate(_ragged(ONE), tf.constant([4, 0, 0]), truncation="head_tail")
    assert shortened.to_list() == [[1, 2, 4, 5], [], []]


def test_one_text_is_packed_and_padded_to_the_longest_row():
    ids, mask, types = _lists(pack(_ragged(ONE), **SPECIALS, max_tokens=6))
    assert ids == [[101, 1, 2, 3, 4, 102], [101, 102, 7, 7, 7, 7], [101, 6, 7, 102, 7, 7]]
    assert mask == [[1] * 6, [1, 1, 0, 0, 0, 0], [1, 1, 1, 1, 0, 0]]
    assert types == [[0] * 6] * 3


def test_two_texts_are_packed_with_types():
    ids, mask, types = _lists(pack(_ragged(ONE), _ragged(TWO), **SPECIALS, max_tokens=7))
    assert ids == [
        [101, 1, 2, 3, 102, 11, 102],
        [101, 102, 12, 13, 14, 15, 102],
        [101, 6, 7, 102, 16, 17, 102],
    ]
    assert mask == [[1] * 7] * 3
    assert types == [[0] * 5 + [1] * 2, [0] * 2 + [1] * 5, [0] * 4 + [1] * 3]


def test_a_batch_of_empty_texts_and_an_empty_batch_have_two_tokens_a_row():
    assert _lists(pack(_ragged([[], []]), **SPECIALS, max_tokens=9))[0] == [[101, 102]] * 2
    features = pack(_ragged([])[:0], **SPECIALS, max_tokens=9)
    assert [value.shape for value in features.values()] == [(0, 2)] * 3


@pytest.mark.parametrize(
    ("length", "other", "room", "expected"),
    [
        (5, 2, 9, (5, 2)),
        (9, 2, 8, (6, 2)),
        (2, 9, 8, (2, 6)),
        (9, 9, 8, (4, 4)),
        (9, 9, 7, (3, 4)),
        (9, 8, 7, (4, 3)),
        (8, 9, 7, (3, 4)),
        (9, 0, 1, (1, 0)),
        (9, 9, 0, (0, 0)),
    ],
)
def test_room_is_shared_longest_first(length, other, room, expected):
    kept = fit_pair(tf.constant([length]), tf.constant([other]), room)
    assert tuple(int(value[0]) for value in kept) == expected


@pytest.mark.parametrize(("truncation", "direction"), [("head", "right"), ("tail", "left")])
@pytest.mark.parametrize("max_tokens", [3, 4, 7, 8, 13, 20])
def test_pairs_of_all_lengths_are_hugging_faces(truncation, direction, max_tokens):
    letters = "abcdefghijk"
    vocabulary = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", *letters, *letters.upper()]
    ids = {token: i for i, token in enumerate(vocabulary)}
    peer = BertWordPieceTokenizer(ids, lowercase=False)
    peer._tokenizer.enable_truncation(max_tokens, direction=direction)
    lengths = list(itertools.product(range(11), repeat=2))
    pairs = [(" ".join(letters[:a]), " ".join(letters[:b].upper())) for a, b in lengths]
    expected = peer.encode_batch(pairs)
    features = pack(
        _ragged([[ids[letter] for letter in letters[:a]] for a, _ in lengths]),
        _ragged([[ids[letter.upper()] for letter in letters[:b]] for _, b in lengths]),
        cls_id=2,
        sep_id=3,
        pad_id=0,
        max_tokens=max_tokens,
        truncation=truncation,
    )
    length = tf.reduce_sum(features["attention_mask"], axis=1)
    for name, field in (("input_ids", "ids"), ("token_type_ids", "type_ids")):
        rows = tf.RaggedTensor.from_tensor(features[name], lengths=length).to_list()
        assert rows == [getattr(row, field) for row in expected]


def test_a_long_text_is_packed_in_windows():
    features = pack_windows(_ragged(ONE), **SPECIALS, max_tokens=5, stride_tokens=2, max_windows=4)
    ids, mask, types = _lists(features)
    none = [7, 7, 7, 7, 7]
    assert ids == [
        [[101, 1, 2, 3, 102], [101, 3, 4, 5, 102]],
        [[101, 102, 7, 7, 7], none],
        [[101, 6, 7, 102, 7], none],
    ]
    assert mask == [
        [[1] * 5, [1] * 5],
        [[1, 1, 0, 0, 0], [0] * 5],
        [[1, 1, 1, 1, 0], [0] * 5],
    ]
    assert types == [[[0] * 5] * 2] * 3


def test_of_a_pair_the_second_text_is_packed_in_windows():
    features = pack_windows(
        _ragged(ONE), _ragged(TWO), **SPECIALS, max_tokens=7, stride_tokens=2, max_windows=4
    )
    ids, _, types = _lists(features)
    assert ids == [
        [[101, 1, 2, 3, 102, 11, 102]],
        [[101, 102, 12, 13, 14, 15, 102]],
        [[101, 6, 7, 102, 16, 17, 102]],
    ]
    assert types[0] == [[0, 0, 0, 0, 0, 1, 1]]
    longer = _ragged([[11, 12, 13, 14]])
    ids, _, _ = _lists(
        pack_windows(
            _ragged([[1, 2, 3]]), longer, **SPECIALS, max_tokens=7, stride_tokens=2, max_windows=4
        )
    )
    assert ids == [[[101, 1, 2, 102, 11, 12, 102], [101, 1, 2, 102, 13, 14, 102]]]


@pytest.mark.parametrize("lengths", [(0, 0), (4, 0), (0, 4), (3, 1), (1, 3), (2, 2)])
def test_a_pair_that_fits_is_packed_as_without_windows(lengths):
    one, two = (_ragged([list(range(1, length + 1))]) for length in lengths)
    plain = pack(one, two, **SPECIALS, max_tokens=7)
    cut = pack_windows(one, two, **SPECIALS, max_tokens=7, stride_tokens=3, max_windows=4)
    assert [part[0] for part in _lists(cut)] == _lists(plain)


def test_a_stride_that_leaves_a_pair_no_room_is_refused():
    with pytest.raises(ValueError, match="stride_tokens is 5; with pairs at most 4"):
        pack_windows(
            _ragged(ONE), _ragged(TWO), **SPECIALS, max_tokens=7, stride_tokens=5, max_windows=4
        )

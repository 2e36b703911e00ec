"""Stored rows become tensors with the keys, dtypes and ranks of tfft.spec."""

from __future__ import annotations

import pytest
import tensorflow as tf

from tfft.data.batching import TRAINING_KEYS, batch_maker, check_batches
from tfft.data.labels import LabelSet
from tfft.data.rows import Row
from tfft.data.store import RowWriter

TEXTS = ("one", "one two three four five", "one two")


def word_lengths(text, text_pair):
    """A stand-in for the text room: a token is the length of a word; the pair's follow."""
    words = tf.strings.split(text)
    pair = tf.strings.split(text_pair) if text_pair is not None else words[:, :0]
    tokens = tf.concat([words, pair], axis=1)
    ids = tf.strings.length(tokens.to_tensor(""))
    types = tf.concat([tf.zeros_like(words, tf.int32), tf.ones_like(pair, tf.int32)], axis=1)
    mask = tf.cast(ids > 0, tf.int32)
    return {"input_ids": ids, "attention_mask": mask, "token_type_ids": types.to_tensor()}


class TwoSteps:
    """A stand-in whose steps can be told apart; called at once it fails."""

    def clean(self, text):
        return tf.strings.regex_replace(text, "five", "5")

    def encode(self, text, text_pair):
        return word_lengths(text, text_pair)


def with_its_id(text, row_id, *, field):
    """Puts record and field behind a text, as words of so many letters."""
    tails = [
        tf.strings.regex_replace(tf.strings.as_string(row_id[:, 1]), "5", "55555"),
        "f" * field,
    ]
    return tf.strings.join([text, *tails], " ")


def batch_of(folder, pairs=(None, None, None), preprocess=word_lengths, **options):
    writer = RowWriter(folder, "train")
    for number, (text, pair) in enumerate(zip(TEXTS, pairs, strict=True)):
        writer.add(Row(1, number + 5, 0, text, pair, "ab"[number % 2], "s t"), number % 2)
    writer.close()
    store = writer.store(folder, LabelSet(("b", "a")), (1, 0), ("x", "y"))
    serialized = next(iter(tf.data.TFRecordDataset(list(store.paths)).batch(3)))
    return tf.function(batch_maker(store, preprocess, **options))(serialized)


def test_codes_become_indices_and_every_row_weighs_its_share(tmp_path):
    batch = batch_of(tmp_path)
    assert set(batch) == set(TRAINING_KEYS)
    assert batch["labels"].numpy().tolist() == [1, 0, 1]
    assert batch["row_id"].numpy().tolist() == [[1, 5], [1, 6], [1, 7]]
    assert batch["loss_weight"].numpy() == pytest.approx([1 / 3] * 3)
    assert batch["input_ids"].numpy().tolist() == [
        [3, 0, 0, 0, 0],
        [3, 3, 5, 4, 4],
        [3, 3, 0, 0, 0],
    ]


def test_class_weights_are_shares_of_the_batch(tmp_path):
    batch = batch_of(tmp_path, class_weights=(6.0, 2.0))
    assert batch["loss_weight"].numpy() == pytest.approx([0.2, 0.6, 0.2])


def test_a_batch_whose_labels_all_weigh_nothing_has_no_loss(tmp_path):
    batch = batch_of(tmp_path, class_weights=(0.0, 0.0))
    assert batch["loss_weight"].numpy().tolist() == [0.0, 0.0, 0.0]


def test_tokens_are_padded_to_a_multiple(tmp_path):
    batch = batch_of(tmp_path, pad_to_multiple_of=7, pad_token_id=9)
    assert batch["input_ids"].numpy()[1].tolist() == [3, 3, 5, 4, 4, 9, 9]
    assert batch["attention_mask"].numpy()[1].tolist() == [1, 1, 1, 1, 1, 0, 0]
    assert batch["token_type_ids"].shape == (3, 7)


def test_pairs_reach_the_preprocessor_and_texts_are_kept_for_reports(tmp_path):
    batch = batch_of(tmp_path, pairs=("p", "", "p qq"), keep_text=True)
    assert set(batch) == {*TRAINING_KEYS, "text", "text_pair", "slices"}
    assert batch["input_ids"].numpy()[2].tolist()[:4] == [3, 3, 1, 2]
    assert batch["token_type_ids"].numpy()[2].tolist()[:4] == [0, 0, 1, 1]
    assert batch["text_pair"].numpy().tolist() == [b"p", b"", b"p qq"]
    assert batch["slices"].numpy().tolist() == [b"s t"] * 3


def test_texts_are_edited_between_cleaning_and_encoding(tmp_path):
    batch = batch_of(tmp_path, preprocess=TwoSteps(), augment=with_its_id, keep_text=True)
    assert batch["input_ids"].numpy().tolist() == [
        [3, 5, 0, 0, 0, 0],
        [3, 3, 5, 4, 1, 1],
        [3, 3, 1, 0, 0, 0],
    ]
    assert batch["text"].numpy().tolist() == [text.encode() for text in TEXTS]


def test_the_second_texts_of_pairs_are_edited_as_field_1(tmp_path):
    batch = batch_of(tmp_path, pairs=("p", "", "p qq"), preprocess=TwoSteps(), augment=with_its_id)
    assert batch["input_ids"].numpy()[0].tolist()[:6] == [3, 5, 1, 5, 1, 0]
    assert batch["token_type_ids"].numpy()[0].tolist()[:6] == [0, 0, 1, 1, 1, 0]
    assert batch["input_ids"].numpy()[2].tolist()[:7] == [3, 3, 1, 1, 2, 1, 1]


def test_a_dataset_that_differs_from_the_spec_is_refused_with_all_differences():
    element_spec = {
        "input_ids": tf.TensorSpec([None, None], tf.int64),
        "labels": tf.TensorSpec([None, 1], tf.int32),
        "other": tf.TensorSpec([None], tf.int32),
    }
    with pytest.raises(ValueError, match="batches differ") as caught:
        check_batches(element_spec, ("input_ids", "labels", "row_id"))
    assert str(caught.value).split("\n")[1:] == [
        "  row_id: is missing",
        "  input_ids: is int64 of rank 2; expected int32 of rank 2 or 3",
        "  labels: is int32 of rank 2; expected int32 of rank 1",
        "  other: is not expected",
    ]

"""The order of batches is a function of seed and epoch; every row comes once an epoch."""

from __future__ import annotations

import numpy as np
import pytest
import tensorflow as tf

from tests.data.test_batching import TwoSteps, with_its_id, word_lengths
from tfft.data import store as store_module
from tfft.data.labels import LabelSet
from tfft.data.pipeline import (
    augmented_samples,
    evaluation_batches,
    num_batches,
    train_batches,
)
from tfft.data.rows import Row
from tfft.data.store import RowWriter


@pytest.fixture
def store(tmp_path, monkeypatch):
    """47 rows in files of 13, all of label `a` first, as in a sorted file."""
    monkeypatch.setattr(store_module, "ROWS_PER_FILE", 13)
    writer = RowWriter(tmp_path, "train")
    for number in range(47):
        row = Row(0, number, 0, "w " * (number % 7 + 1), None, "ab"[number > 23])
        writer.add(row, int(number > 23))
    writer.close()
    return writer.store(tmp_path, LabelSet(("a", "b")), (0, 1), ("x",))


def records(dataset):
    return [batch["row_id"].numpy()[:, 1].tolist() for batch in dataset]


def train(store, seed=3, epoch=0, **options):
    options = {"preprocess": word_lengths, "batch_size": 7, "shuffle_buffer_rows": 20} | options
    return train_batches(store, seed=seed, epoch=epoch, **options)


def flat(batches):
    return [record for batch in batches for record in batch]


def test_every_row_comes_once_and_the_last_batch_is_partial(store):
    batches = records(train(store))
    assert [len(batch) for batch in batches] == [7, 7, 7, 7, 7, 7, 5]
    assert sorted(flat(batches)) == list(range(47))
    assert len(batches) == num_batches(store, 7)


def test_an_epoch_is_replayed_exactly_whatever_the_global_seed(store):
    tf.random.set_seed(1)
    first = records(train(store))
    tf.random.set_seed(2)
    dataset = train(store)
    assert records(dataset) == first
    assert records(dataset) == first


def test_another_epoch_or_seed_gives_another_order(store):
    first = records(train(store))
    assert records(train(store, epoch=1)) != first
    assert records(train(store, seed=4)) != first


def test_the_order_is_known(store):
    assert records(train(store, seed=17, epoch=2))[0] == [13, 2, 3, 27, 1, 26, 4]


def test_sorted_rows_are_mixed_even_by_a_small_buffer(store):
    labels = [batch["labels"].numpy().mean() for batch in train(store)]
    # The first 24 of 47 rows have the other label: unmixed, batches of one label alone abound.
    assert sum(mean in (0.0, 1.0) for mean in labels) <= 1


def test_a_buffer_for_all_rows_permutes_them_freely(store):
    for epoch in range(3):
        (order,) = records(train(store, epoch=epoch, shuffle_buffer_rows=100, batch_size=47))
        assert sorted(order) == list(range(47))
        # Without order the correlation has a standard deviation of 1 / sqrt(46) = 0.15.
        assert abs(np.corrcoef(order, range(47))[0, 1]) < 0.5


def test_batches_are_padded_to_their_longest_row_alone(store):
    for batch in train(store, batch_size=2):
        lengths = batch["attention_mask"].numpy().sum(axis=1)
        assert batch["input_ids"].shape == (len(lengths), max(lengths))


def test_evaluation_keeps_row_order_and_texts(store):
    dataset = evaluation_batches(store, preprocess=word_lengths, batch_size=13)
    assert flat(records(dataset)) == list(range(47))
    batch = next(iter(dataset))
    assert batch["text"].numpy().tolist()[:2] == [b"w ", b"w w "]
    assert batch["slices"].numpy().tolist() == [b""] * 13


def test_augmentation_changes_tokens_and_neither_order_nor_labels(store):
    plain = list(train(store))
    augmented = list(train(store, preprocess=TwoSteps(), augment=with_its_id))
    for before, after in zip(plain, augmented, strict=True):
        for key in ("row_id", "labels", "loss_weight"):
            assert np.array_equal(before[key], after[key])
        added = after["attention_mask"].numpy().sum(1) - before["attention_mask"].numpy().sum(1)
        assert set(added) == {1}


def test_samples_show_the_first_rows_cleaned_and_edited(store):
    def samples(number):
        clean, shout = tf.strings.strip, lambda text, row_id, *, field: tf.strings.upper(text)
        return augmented_samples(store, clean=clean, augment=shout, num_rows=number)

    assert samples(0) == []
    assert samples(3) == [("w", "W"), ("w w", "W W"), ("w w w", "W W W")]
    assert len(samples(100)) == 47


def test_samples_of_pairs_show_both_texts(tmp_path):
    writer = RowWriter(tmp_path, "train")
    writer.add(Row(0, 8, 0, "一 five", "five 二", "a"), 0)
    writer.close()
    store = writer.store(tmp_path, LabelSet(("a",)), (0,), ("x",))
    samples = augmented_samples(store, clean=TwoSteps().clean, augment=with_its_id, num_rows=2)
    assert samples == [("一 5 [SEP] 5 二", "一 5 8  [SEP] 5 二 8 f")]


def test_a_preprocessor_with_the_wrong_dtype_is_refused_before_use(store):
    def wrong(text, text_pair):
        tokens = word_lengths(text, text_pair)
        return tokens | {"input_ids": tf.cast(tokens["input_ids"], tf.int64)}

    with pytest.raises(
        ValueError, match="input_ids: is int64 of rank 2; expected int32 of rank 2 or 3"
    ):
        train(store, preprocess=wrong)


def test_two_replicas_share_each_global_batch_and_its_loss_weights(store, two_devices):
    strategy = tf.distribute.MirroredStrategy(two_devices)
    dataset = train(store, class_weights=(1.0, 3.0))
    found = []
    for batch in strategy.experimental_distribute_dataset(dataset):
        parts = strategy.experimental_local_results(batch["row_id"])
        weights = strategy.experimental_local_results(batch["loss_weight"])
        found.append(flat(part.numpy()[:, 1].tolist() for part in parts))
        assert [len(part) for part in parts] in ([4, 3], [3, 2])
        assert sum(part.numpy().sum() for part in weights) == pytest.approx(1.0)
    assert found == records(dataset)

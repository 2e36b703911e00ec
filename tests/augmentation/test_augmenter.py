"""What happens to a row hangs on seed, epoch, row id, field and text, and on nothing else."""

from __future__ import annotations

from functools import partial

import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.augmentation import reference
from tests.augmentation.test_units import TEXTS, decoded, encoded
from tfft.augmentation.augmenter import OPERATIONS, Augmenter
from tfft.data import store as store_module
from tfft.data.labels import LabelSet
from tfft.data.pipeline import train_batches
from tfft.data.rows import Row
from tfft.data.store import RowWriter
from tfft.errors import ConfigError

BOTH = [{"type": "swap_words", "rate": 0.4}, {"type": "delete_words", "rate": 0.3}]
NUM_ROWS = 47
ROWS = [f"row {n} has these words 和这些字" + " and more" * (n % 5) for n in range(NUM_ROWS)]
ROW_IDS = np.stack([np.arange(NUM_ROWS) % 3, np.arange(NUM_ROWS) // 3], axis=1)
OPTIONS = {"operations": [("swap_words", 0.4), ("delete_words", 0.3)], "row_rate": 0.9, "seed": 5}


def augmenter(**options):
    return Augmenter(**({"operations": BOTH, "row_rate": 0.9, "seed": 5} | options))


def edited(epoch=0, rows=ROWS, **options):
    return decoded(augmenter(**options)(encoded(rows), ROW_IDS[: len(rows)], epoch))


@tf.function(
    input_signature=[
        tf.TensorSpec([None], tf.string),
        tf.TensorSpec([None, 2], tf.int64),
        tf.TensorSpec([], tf.int32),
    ]
)
def in_graph(text, row_id, epoch):
    return augmenter()(text, row_id, epoch)


EXPECTED = [
    reference.augmented(text, row_id, 2, **OPTIONS)
    for text, row_id in zip(ROWS, ROW_IDS.tolist(), strict=True)
]


def test_the_edits_are_known():
    text = encoded(["the film is not bad at all", "电影不错，我喜欢"])
    assert decoded(Augmenter(BOTH)(text, [[0, 0], [0, 1]], 2)) == [
        "film is not at all",
        "电影不，错喜",
    ]


def test_the_edits_are_those_of_the_reference():
    assert edited(epoch=2) == EXPECTED
    assert sum(a != b for a, b in zip(ROWS, EXPECTED, strict=True)) > 35


def test_epochs_seeds_rows_and_fields_have_edits_of_their_own():
    rows = [ROWS[0]] * NUM_ROWS
    text = encoded(rows)
    versions = [edited(rows=rows, epoch=epoch) for epoch in range(3)]
    versions += [edited(rows=rows, seed=seed) for seed in (6, 7)]
    versions.append(decoded(augmenter()(text, ROW_IDS, 0, field=1)))
    versions.append(decoded(augmenter()(text, ROW_IDS[:, ::-1], 0)))
    for n, version in enumerate(versions):
        assert len(set(version)) > 30
        for other in versions[:n]:
            assert sum(a == b for a, b in zip(version, other, strict=True)) < 15


def test_an_operation_named_twice_edits_twice():
    text = [" ".join(map(str, range(1000)))]
    (once,) = edited(rows=text, row_rate=1.0, operations=BOTH[1:])
    (twice,) = edited(rows=text, row_rate=1.0, operations=BOTH[1:] * 2)
    # 700 and 490 are expected; by the same numbers again, some of the 700 would go as well.
    assert len(once.split()) == pytest.approx(700, abs=60)
    assert len(twice.split()) == pytest.approx(490, abs=65)


def test_a_replay_is_equal_eagerly_and_in_a_graph():
    assert edited(epoch=tf.constant(2)) == EXPECTED
    for _ in range(2):
        assert edited(epoch=np.int64(2)) == EXPECTED
        assert decoded(in_graph(encoded(ROWS), ROW_IDS, 2)) == EXPECTED
    assert decoded(in_graph(encoded(ROWS), ROW_IDS, 1)) == edited(epoch=1) != EXPECTED


@pytest.mark.parametrize("batch_size", [1, 7, 32])
@pytest.mark.parametrize("parallel_calls", [1, 8])
def test_batches_and_threads_do_not_matter(batch_size, parallel_calls):
    order = np.random.default_rng(3).permutation(NUM_ROWS)
    rows = tf.data.Dataset.from_tensor_slices((np.array(ROWS)[order], ROW_IDS[order]))
    batches = rows.batch(batch_size).map(
        lambda text, row_id: in_graph(text, row_id, 2), num_parallel_calls=parallel_calls
    )
    found = [text for batch in batches for text in decoded(batch)]
    assert found == [EXPECTED[n] for n in order]


class Words:
    """A stand-in for the preprocessor: the tokens of a text are the hashes of its words."""

    def clean(self, text):
        return tf.strings.regex_replace(text, "<br>", "")

    def encode(self, text, text_pair):
        words = tf.strings.split(text)
        ids = tf.strings.to_hash_bucket_fast(words.flat_values, 2**30) + 1
        ids = tf.cast(words.with_flat_values(ids).to_tensor(), tf.int32)
        mask = tf.cast(ids > 0, tf.int32)
        return {"input_ids": ids, "attention_mask": mask, "token_type_ids": 0 * mask}

    def __call__(self, text, text_pair):
        return self.encode(self.clean(text), text_pair)


@pytest.fixture
def store(tmp_path, monkeypatch):
    monkeypatch.setattr(store_module, "ROWS_PER_FILE", 13)
    writer = RowWriter(tmp_path, "train")
    for text, (file, record) in zip(ROWS, ROW_IDS.tolist(), strict=True):
        writer.add(Row(file, record, 0, f"<br>{text}", None, "a"), 0)
    writer.close()
    return writer.store(tmp_path, LabelSet(("a",)), (0,), ("x", "y", "z"))


def tokens_by_row(row_id, input_ids):
    rows = zip(row_id.numpy().tolist(), input_ids.numpy().tolist(), strict=True)
    return {tuple(row): [token for token in tokens if token] for row, tokens in rows}


@pytest.mark.parametrize("num_replicas", [1, 2])
def test_replicas_do_not_matter(store, two_devices, num_replicas):
    batches = train_batches(
        store,
        preprocess=Words(),
        batch_size=7,
        seed=5,
        epoch=2,
        augment=partial(augmenter(), epoch=2),
    )
    strategy = tf.distribute.MirroredStrategy(two_devices[:num_replicas])
    found, sizes = {}, set()
    for batch in strategy.experimental_distribute_dataset(batches):
        parts = zip(
            strategy.experimental_local_results(batch["row_id"]),
            strategy.experimental_local_results(batch["input_ids"]),
            strict=True,
        )
        for row_id, input_ids in parts:
            sizes.add(len(row_id))
            found |= tokens_by_row(row_id, input_ids)
    assert sizes == ({7, 5} if num_replicas == 1 else {4, 3, 2})
    tokens = Words().encode(tf.constant(EXPECTED), None)["input_ids"]
    assert found == tokens_by_row(tf.constant(ROW_IDS), tokens)


def test_the_row_rate_is_the_share_of_rows_that_are_edited():
    number = 4000
    row_id = np.stack([np.zeros(number, np.int64), np.arange(number)], axis=1)
    text = tf.repeat("a b c d e f g h", number)
    twice = Augmenter([{"type": "swap_words", "rate": 1.0}], row_rate=0.25)
    is_edited = twice(text, row_id, 1) != text
    # 1,000 are expected, with a standard deviation of 27.
    assert np.count_nonzero(is_edited) == pytest.approx(1000, abs=120)
    assert np.array_equal(is_edited, twice(text, row_id, 1, field=1) != text)


@pytest.mark.parametrize("options", [{"operations": []}, {"row_rate": 0.0}, {"row_rate": 0}])
def test_without_operations_or_rows_nothing_happens(options):
    assert edited(**options) == ROWS


def every_operation(rate):
    augment = Augmenter([{"type": name, "rate": rate} for name in OPERATIONS], row_rate=rate)
    return tf.function(augment, reduce_retracing=True)


EVERY_OPERATION = {rate: every_operation(rate) for rate in (0.0, 0.6)}


@settings(deadline=None, max_examples=50)
@given(TEXTS, st.sampled_from(list(EVERY_OPERATION)), st.integers(0, 2**40))
def test_a_rate_of_0_is_the_identity_and_all_else_is_valid_utf8(texts, rate, record):
    row_id = [[2, record + n] for n in range(len(texts))]
    ids = tf.constant(row_id, tf.int64, [len(texts), 2])
    found = decoded(EVERY_OPERATION[rate](encoded(texts), ids, tf.constant(3)))
    operations = [(name, rate) for name in OPERATIONS]
    assert found == [
        reference.augmented(text, each, 3, operations=operations, row_rate=rate)
        for text, each in zip(texts, row_id, strict=True)
    ]
    assert rate or found == texts


def test_all_faults_are_reported_at_once_with_the_nearest_name():
    operations = [
        {"type": "delete_word", "rate": 1.5},
        {"type": "swap_words", "rat": 0.1},
        {"rate": float("nan")},
        {"type": ["swap_words"], "rate": True},
        "swap_words",
    ]
    with pytest.raises(ConfigError) as caught:
        Augmenter(operations, row_rate=-0.1, seed=0.5)
    assert str(caught.value).split("\n") == [
        "The texts cannot be augmented:",
        "  - augmentation.operations.0.type: unknown operation 'delete_word'; expected any of "
        "delete_words, swap_words. Did you mean `delete_words`?",
        "  - augmentation.operations.0.rate: got 1.5; expected a number from 0 to 1",
        "  - augmentation.operations.1.rat: unknown key. Did you mean `rate`?",
        "  - augmentation.operations.1.rate: is missing",
        "  - augmentation.operations.2.type: is missing",
        "  - augmentation.operations.2.rate: got nan; expected a number from 0 to 1",
        "  - augmentation.operations.3.type: unknown operation ['swap_words']; expected any of "
        "delete_words, swap_words. Did you mean `swap_words`?",
        "  - augmentation.operations.3.rate: got True; expected a number from 0 to 1",
        "  - augmentation.operations.4: got 'swap_words'; expected a mapping with type and rate",
        "  - augmentation.row_rate: got -0.1; expected a number from 0 to 1",
        "  - seed: got 0.5; expected a whole number",
    ]

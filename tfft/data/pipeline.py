"""Stores to datasets of batches: in which order rows come, and in what size.

Enters: a `RowStore`, a preprocessor, a batch size. Leaves: a `tf.data.Dataset` of dicts with the
keys of `tfft.spec`; the last batch holds what is left. Order depends on (seed, epoch) alone: not
on threads, the machine, or TensorFlow's global seed. Memory is bounded by the shuffle buffer.
Does not repeat: an epoch is a dataset of its own, so that it can be replayed. Texts are edited in
training only, by a callable from outside, and never in evaluation.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence

import tensorflow as tf

from tfft import spec
from tfft.data.batching import TRAINING_KEYS, Augment, Preprocess, batch_maker, check_batches
from tfft.data.store import RowStore, parse_rows

SHUFFLE_BUFFER_ROWS = 65_536

_FILES_AT_ONCE = 16
_BUFFER_BYTES = 1 << 18


def train_batches(
    store: RowStore,
    *,
    preprocess: Preprocess,
    batch_size: int,
    seed: int,
    epoch: int,
    augment: Augment | None = None,
    shuffle_buffer_rows: int = SHUFFLE_BUFFER_ROWS,
    class_weights: Sequence[float] | None = None,
    pad_to_multiple_of: int = 1,
    pad_token_id: int = 0,
) -> tf.data.Dataset:
    """Batches of one epoch of training, shuffled.

    Rows are read from many files in turn, then shuffled in blocks of the buffer's size: a full
    permutation where all rows fit into it, and a good mixture, of sorted rows too, beyond.

    Args:
        store: the rows.
        preprocess: texts to tokens in graph; see `batching.batch_maker`.
        batch_size: rows of a global batch, over all replicas.
        seed: with `epoch` it gives the order.
        epoch: number of the epoch; each has another order.
        augment: edits the cleaned texts, in graph, for this epoch; see `batching.Augment`. By
            default nothing is edited.
        shuffle_buffer_rows: rows held in memory for shuffling.
        class_weights: weight of each label by index; by default all weigh 1.
        pad_to_multiple_of: pads `tokens` to a multiple of this.
        pad_token_id: id that stands in `input_ids` where there is no token.

    Returns:
        Dicts with `input_ids`, `attention_mask`, `token_type_ids` int32 `[batch, tokens]`,
        `labels` int32 `[batch]`, `loss_weight` float32 `[batch]`, whose sum is 1, and `row_id`
        int64 `[batch, 2]`. To be distributed by `strategy.experimental_distribute_dataset`.
    """
    make = batch_maker(
        store,
        preprocess,
        augment=augment,
        class_weights=class_weights,
        pad_to_multiple_of=pad_to_multiple_of,
        pad_token_id=pad_token_id,
    )
    rows = _shuffled(_mixed_rows(store, seed, epoch), shuffle_buffer_rows, seed, epoch)
    dataset = _finished(rows.batch(batch_size).map(make, num_parallel_calls=tf.data.AUTOTUNE))
    check_batches(dataset.element_spec, TRAINING_KEYS)
    return dataset


def evaluation_batches(
    store: RowStore,
    *,
    preprocess: Preprocess,
    batch_size: int,
    pad_to_multiple_of: int = 1,
    pad_token_id: int = 0,
) -> tf.data.Dataset:
    """Batches in row order, with the texts for reports.

    Args:
        store: the rows.
        preprocess: texts to tokens in graph; see `batching.batch_maker`.
        batch_size: rows of a batch.
        pad_to_multiple_of: pads `tokens` to a multiple of this.
        pad_token_id: id that stands in `input_ids` where there is no token.

    Returns:
        Dicts as from `train_batches`, and `text`, `slices` and, of pairs, `text_pair`, string
        `[batch]`. Every row weighs the same in `loss_weight`.
    """
    make = batch_maker(
        store,
        preprocess,
        pad_to_multiple_of=pad_to_multiple_of,
        pad_token_id=pad_token_id,
        keep_text=True,
    )
    rows = tf.data.TFRecordDataset(list(store.paths), buffer_size=_BUFFER_BYTES)
    dataset = _finished(rows.batch(batch_size).map(make, num_parallel_calls=tf.data.AUTOTUNE))
    pair = (spec.TEXT_PAIR,) if store.has_pairs else ()
    check_batches(dataset.element_spec, (*TRAINING_KEYS, spec.TEXT, spec.SLICES, *pair))
    return dataset


def augmented_samples(
    store: RowStore,
    *,
    clean: Callable[[tf.Tensor], tf.Tensor],
    augment: Augment,
    num_rows: int,
) -> list[tuple[str, str]]:
    """Shows what training sees of the first rows, for people to read.

    Args:
        store: the rows.
        clean: the preprocessor's cleaning, string `[batch]` to the same.
        augment: as for `train_batches`.
        num_rows: rows at most.

    Returns:
        For each row its cleaned text and the edited one. Of a pair, `[SEP]` stands between the
        texts, as the model reads them.
    """
    if min(num_rows, store.num_rows) == 0:
        return []
    records = tf.data.TFRecordDataset(list(store.paths), buffer_size=_BUFFER_BYTES)
    rows = parse_rows(next(iter(records.batch(num_rows))), has_pairs=store.has_pairs)
    keys = (spec.TEXT, spec.TEXT_PAIR) if store.has_pairs else (spec.TEXT,)
    cleaned = [clean(rows[key]) for key in keys]
    edited = [augment(text, rows[spec.ROW_ID], field=field) for field, text in enumerate(cleaned)]
    before, after = (
        [text.decode() for text in tf.strings.join(texts, " [SEP] ").numpy()]
        for texts in (cleaned, edited)
    )
    return list(zip(before, after, strict=True))


def num_batches(store: RowStore, batch_size: int) -> int:
    """Returns how many batches an epoch has, the last partial one included."""
    return -(-store.num_rows // batch_size)


def _mixed_rows(store: RowStore, seed: int, epoch: int) -> tf.data.Dataset:
    """Serialized rows, taken in turn from files in a new order each epoch."""
    paths = list(store.paths)
    random.Random(f"{seed}/{epoch}").shuffle(paths)
    return tf.data.Dataset.from_tensor_slices(paths).interleave(
        lambda path: tf.data.TFRecordDataset(path, buffer_size=_BUFFER_BYTES),
        cycle_length=_FILES_AT_ONCE,
    )


def _shuffled(rows: tf.data.Dataset, buffer_rows: int, seed: int, epoch: int) -> tf.data.Dataset:
    """Permutes block after block.

    `Dataset.shuffle` would mix over the blocks' borders, but its order hangs on TensorFlow's
    global seed as well.
    """
    base = tf.constant([seed, epoch], tf.int64)

    def permuted(number: tf.Tensor, block: tf.Tensor) -> tf.Tensor:
        return tf.random.experimental.stateless_shuffle(block, tf.random.fold_in(base, number))

    return rows.batch(buffer_rows).enumerate().map(permuted).unbatch()


def _finished(dataset: tf.data.Dataset) -> tf.data.Dataset:
    options = tf.data.Options()
    options.deterministic = True
    # A global batch is cut into one part for each replica; files are not dealt out to workers.
    options.experimental_distribute.auto_shard_policy = tf.data.experimental.AutoShardPolicy.OFF
    return dataset.with_options(options).prefetch(tf.data.AUTOTUNE)

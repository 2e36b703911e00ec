"""Stored rows to the tensors a model takes, many rows at once, inside a graph.

Enters: serialized rows, string `[batch]`. Leaves: a dict with the keys, dtypes and ranks of
`tfft.spec`. Text becomes tokens by a callable from outside, the same one that serves; texts may be
edited in between by another. Does not order rows: `pipeline` does.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Protocol

import tensorflow as tf

from tfft import spec
from tfft.data.store import LABEL_CODE, RowStore, parse_rows

Batch = dict[str, tf.Tensor]


class Augment(Protocol):
    """Edits texts, inside a graph; the epoch is bound to it by the caller."""

    def __call__(self, text: tf.Tensor, row_id: tf.Tensor, *, field: int) -> tf.Tensor:
        """Edits cleaned texts, string `[batch]`, and returns as many.

        What it does to a row may depend on its text, its id, a row of int64 `[batch, 2]`, and
        `field`, 0 for `text` and 1 for `text_pair`, alone: or batches differ on replay.
        """


class Preprocess(Protocol):
    """Texts to tokens, at once or in two steps; `tfft.text.preprocessor.Preprocessor` is one.

    Where nothing is augmented, any function that can be called so will do.
    """

    def __call__(self, text: tf.Tensor, text_pair: tf.Tensor | None) -> Mapping[str, tf.Tensor]:
        """From texts, string `[batch]`, and second texts or None, to `spec.MODEL_INPUTS`."""

    def clean(self, text: tf.Tensor) -> tf.Tensor:
        """The first step, string `[batch]` to the same."""

    def encode(self, text: tf.Tensor, text_pair: tf.Tensor | None) -> Mapping[str, tf.Tensor]:
        """The second step, which takes cleaned texts."""


TRAINING_KEYS = (*spec.MODEL_INPUTS, spec.LABELS, spec.LOSS_WEIGHT, spec.ROW_ID)


def batch_maker(
    store: RowStore,
    preprocess: Preprocess,
    *,
    augment: Augment | None = None,
    class_weights: Sequence[float] | None = None,
    pad_to_multiple_of: int = 1,
    pad_token_id: int = 0,
    keep_text: bool = False,
) -> Callable[[tf.Tensor], Batch]:
    """Returns a function for `Dataset.map` that turns serialized rows into a batch.

    Args:
        store: where the rows come from.
        preprocess: text to `input_ids`, `attention_mask`, `token_type_ids`, int32
            `[batch, tokens]` or `spec.WINDOW_AXES`, padded to the longest row of the batch.
        augment: edits texts between the two steps of `preprocess`, in training.
        class_weights: weight of each label by index; by default all weigh 1.
        pad_to_multiple_of: pads `tokens` further, to a multiple of this. The caller sees to it
            that the model has as many positions.
        pad_token_id: id that stands in `input_ids` where there is no token.
        keep_text: whether the batch keeps `text`, `slices` and, of pairs, `text_pair`, string
            `[batch]`, for reports; as they were stored, not as they were edited.
    """
    weights = tuple(class_weights or (1.0,) * len(store.label_counts))

    def make(serialized: tf.Tensor) -> Batch:
        rows = parse_rows(serialized, has_pairs=store.has_pairs)
        labels = tf.gather(tf.constant(store.label_indices, tf.int32), rows.pop(LABEL_CODE))
        tokens = _tokens(rows, preprocess, augment)
        batch = {key: tokens[key] for key in spec.MODEL_INPUTS}
        batch = _padded(batch, pad_to_multiple_of, pad_token_id)
        batch[spec.LABELS] = labels
        batch[spec.LOSS_WEIGHT] = _loss_weight(labels, weights)
        batch[spec.ROW_ID] = rows.pop(spec.ROW_ID)
        return batch | rows if keep_text else batch

    return make


def check_batches(element_spec: Mapping[str, tf.TensorSpec], keys: Iterable[str]) -> None:
    """Compares a dataset's `element_spec` with `tfft.spec`, before anything runs.

    Args:
        element_spec: of a dataset of batches.
        keys: keys that must be there, no more and no fewer.

    Raises:
        ValueError: a key, a dtype or a rank is another one; lists all that differ. Rows cannot
            cause this, a wrong `preprocess` can.
    """
    expected = {key: spec.FEATURES.get(key, spec.Feature("string", ("batch",))) for key in keys}
    wrong = [f"{key}: is missing" for key in expected if key not in element_spec]
    for key, tensor in element_spec.items():
        if key not in expected:
            wrong.append(f"{key}: is not expected")
            continue
        dtype, ranks = expected[key].dtype, {len(expected[key].axes)}
        if key in spec.MODEL_INPUTS:
            ranks.add(len(spec.WINDOW_AXES))
        if tensor.dtype.name != dtype or tensor.shape.rank not in ranks:
            came = f"{tensor.dtype.name} of rank {tensor.shape.rank}"
            right = " or ".join(map(str, sorted(ranks)))
            wrong.append(f"{key}: is {came}; expected {dtype} of rank {right}")
    if wrong:
        raise ValueError("batches differ from tfft.spec:\n  " + "\n  ".join(wrong))


def _tokens(
    rows: Mapping[str, tf.Tensor], preprocess: Preprocess, augment: Augment | None
) -> Mapping[str, tf.Tensor]:
    fields = (rows[spec.TEXT], rows.get(spec.TEXT_PAIR))
    if augment is None:
        return preprocess(*fields)
    text, text_pair = (
        None if each is None else augment(preprocess.clean(each), rows[spec.ROW_ID], field=field)
        for field, each in enumerate(fields)
    )
    return preprocess.encode(text, text_pair)


def _loss_weight(labels: tf.Tensor, class_weights: Sequence[float]) -> tf.Tensor:
    """Shares of the rows in the batch's mean loss; 0 for all where every row weighs 0."""
    weights = tf.gather(tf.constant(class_weights, tf.float32), labels)
    return tf.math.divide_no_nan(weights, tf.reduce_sum(weights))


def _padded(batch: Batch, multiple: int, pad_token_id: int) -> Batch:
    if multiple == 1:
        return batch
    missing = -tf.shape(batch[spec.INPUT_IDS])[-1] % multiple
    fill = {spec.INPUT_IDS: pad_token_id}
    return {
        key: tf.pad(
            value,
            [[0, 0]] * (value.shape.rank - 1) + [[0, missing]],
            constant_values=fill.get(key, 0),
        )
        for key, value in batch.items()
    }

"""Stored rows to the tensors a model takes, many rows at once, inside a graph.

Enters: serialized rows, string `[batch]`. Leaves: a dict with the keys, dtypes and ranks of
`tfft.spec`. Text becomes tokens by a callable from outside, the same one that serves.
Does not order rows: `pipeline` does.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

import tensorflow as tf

from tfft import spec
from tfft.data.store import LABEL_CODE, RowStore, parse_rows

Batch = dict[str, tf.Tensor]
Preprocess = Callable[[tf.Tensor, tf.Tensor | None], Mapping[str, tf.Tensor]]
"""From texts, string `[batch]`, and second texts or None, to `spec.MODEL_INPUTS`."""

TRAINING_KEYS = (*spec.MODEL_INPUTS, spec.LABELS, spec.LOSS_WEIGHT, spec.ROW_ID)


def batch_maker(
    store: RowStore,
    preprocess: Preprocess,
    *,
    class_weights: Sequence[float] | None = None,
    pad_to_multiple_of: int = 1,
    pad_token_id: int = 0,
    keep_text: bool = False,
) -> Callable[[tf.Tensor], Batch]:
    """Returns a function for `Dataset.map` that turns serialized rows into a batch.

    Args:
        store: where the rows come from.
        preprocess: text to `input_ids`, `attention_mask`, `token_type_ids`, int32
            `[batch, tokens]`, padded to the longest row of the batch.
        class_weights: weight of each label by index; by default all weigh 1.
        pad_to_multiple_of: pads `tokens` further, to a multiple of this. The caller sees to it
            that the model has as many positions.
        pad_token_id: id that stands in `input_ids` where there is no token.
        keep_text: whether the batch keeps `text`, `slices` and, of pairs, `text_pair`, string
            `[batch]`, for reports.
    """
    weights = tuple(class_weights or (1.0,) * len(store.label_counts))

    def make(serialized: tf.Tensor) -> Batch:
        rows = parse_rows(serialized, has_pairs=store.has_pairs)
        labels = tf.gather(tf.constant(store.label_indices, tf.int32), rows.pop(LABEL_CODE))
        tokens = preprocess(rows[spec.TEXT], rows.get(spec.TEXT_PAIR))
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
        came = (tensor.dtype.name, tensor.shape.rank)
        right = (expected[key].dtype, len(expected[key].axes))
        if came != right:
            wrong.append(f"{key}: is {came[0]} of rank {came[1]}; expected {right[0]}, {right[1]}")
    if wrong:
        raise ValueError("batches differ from tfft.spec:\n  " + "\n  ".join(wrong))


def _loss_weight(labels: tf.Tensor, class_weights: Sequence[float]) -> tf.Tensor:
    """Shares of the rows in the batch's mean loss; 0 for all where every row weighs 0."""
    weights = tf.gather(tf.constant(class_weights, tf.float32), labels)
    return tf.math.divide_no_nan(weights, tf.reduce_sum(weights))


def _padded(batch: Batch, multiple: int, pad_token_id: int) -> Batch:
    if multiple == 1:
        return batch
    missing = -tf.shape(batch[spec.INPUT_IDS])[1] % multiple
    fill = {spec.INPUT_IDS: pad_token_id}
    return {
        key: tf.pad(value, [[0, 0], [0, missing]], constant_values=fill.get(key, 0))
        for key, value in batch.items()
    }

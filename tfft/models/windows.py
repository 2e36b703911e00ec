"""Features to logits of rows, whether a row is one sequence of tokens or several windows.

Enters: a model of sequences, features of `spec.MODEL_INPUTS`, and how windows are joined.
Leaves: one row of logits for each row of the batch. Training, evaluation and serving all ask here,
so that a long text is read in the same way by all of them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import tensorflow as tf

from tfft import spec


def row_logits(
    model: Any, features: Mapping[str, Any], *, pool: Callable[..., tf.Tensor], training: bool
) -> tf.Tensor:
    """Runs a model on a batch of rows.

    Args:
        model: takes features `int32 [batch, tokens]`, returns an object with `.logits`.
        features: `spec.MODEL_INPUTS`, int32 `[batch, tokens]` or `[batch, windows, tokens]`.
        pool: joins the windows of each row, which changes with the question; see a task's
            `pooled_logits`.
        training: whether dropout works.

    Returns:
        Logits `[batch, num_labels]`.
    """
    mask = features[spec.ATTENTION_MASK]
    logits = model(sequences(features), training=training).logits
    if mask.shape.rank == 2:
        return logits
    rows = tf.cast(tf.where(_is_window(mask))[:, 0], tf.int32)
    return pool(logits, rows, tf.shape(mask)[0])


def sequences(features: Mapping[str, Any]) -> dict[str, Any]:
    """Returns `spec.MODEL_INPUTS` as the model reads them, `int32 [sequences, tokens]`.

    A batch of rows is left as it is; of windows those that are padding throughout go.
    """
    features = {key: features[key] for key in spec.MODEL_INPUTS}
    mask = features[spec.ATTENTION_MASK]
    if mask.shape.rank == 2:
        return features
    is_window = _is_window(mask)
    return {key: tf.boolean_mask(value, is_window) for key, value in features.items()}


def _is_window(mask: Any) -> tf.Tensor:
    """Tells windows from padding, bool `[batch, windows]`: every window begins with `[CLS]`."""
    return mask[:, :, 0] > 0

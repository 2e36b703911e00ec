"""A model's answers to batches, on all devices of a strategy.

Enters: batches (dicts of `spec`'s keys). Leaves: the same batches as numpy arrays with the logits.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from tfft import spec

Answer = tuple[dict[str, np.ndarray], np.ndarray]


class Answering:
    """Runs a model without dropout; one traced function for all shapes.

    Args:
        row_logits: features of `spec.MODEL_INPUTS` to logits `[batch, num_labels]`, no dropout.
        strategy: the rows of a batch are divided among its replicas.
    """

    def __init__(
        self, row_logits: Callable[[dict[str, Any]], Any], strategy: tf.distribute.Strategy
    ):
        num_replicas = strategy.num_replicas_in_sync

        def answer(features: dict[str, tf.Tensor]) -> tf.Tensor:
            """Logits of this replica's share of the rows, which are dealt out in order."""
            number = tf.distribute.get_replica_context().replica_id_in_sync_group
            rows = tf.shape(features[spec.INPUT_IDS])[0]
            begin, end = rows * number // num_replicas, rows * (number + 1) // num_replicas
            share = {key: value[begin:end] for key, value in features.items()}
            return tf.cast(row_logits(share), tf.float32)

        def answer_all(features: dict[str, tf.Tensor]) -> tf.Tensor:
            parts = strategy.experimental_local_results(strategy.run(answer, args=(features,)))
            return tf.concat(parts, axis=0)

        self._answer_all = answer_all
        self._answer: Any = None

    def __call__(self, features: dict[str, Any]) -> np.ndarray:
        """Returns the logits, float32 `[batch, num_labels]`, of features of that many rows."""
        features = {key: features[key] for key in spec.MODEL_INPUTS}
        if self._answer is None:
            signature = {
                key: tf.TensorSpec([None] * len(value.shape), spec.FEATURES[key].dtype, key)
                for key, value in features.items()
            }
            self._answer = tf.function(self._answer_all, input_signature=[signature])
        return np.asarray(self._answer(features))


def answers(
    answering: Callable[[dict[str, Any]], np.ndarray],
    batches: Iterable[Any],
    callbacks: keras.callbacks.CallbackList | None = None,
) -> Iterator[Answer]:
    """Yields each batch, as numpy arrays, with its logits.

    Args:
        answering: an `Answering`.
        batches: a `tf.data.Dataset` of dicts.
        callbacks: its `on_test_batch_*` hooks are called; begin and end, which take the scores, are
            the loop's.
    """
    for number, batch in enumerate(batches):
        if callbacks:
            callbacks.on_test_batch_begin(number)
        logits = answering(batch)
        yield {key: value.numpy() for key, value in batch.items()}, logits
        if callbacks:
            callbacks.on_test_batch_end(number)

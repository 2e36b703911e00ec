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
        model: takes `spec.MODEL_INPUTS`, returns an object with `.logits`.
        strategy: the rows of a batch are divided among its replicas.
    """

    def __init__(self, model: keras.Model, strategy: tf.distribute.Strategy):
        self._strategy = strategy
        signature = {
            key: tf.TensorSpec([None, None], spec.FEATURES[key].dtype, key)
            for key in spec.MODEL_INPUTS
        }
        self._forward = tf.function(
            lambda features: model(features, training=False).logits, input_signature=[signature]
        )

    def __call__(self, features: dict[str, Any]) -> np.ndarray:
        """Returns the logits, float32 `[batch, num_labels]`, of features of that many rows."""
        features = {key: tf.convert_to_tensor(features[key]) for key in spec.MODEL_INPUTS}
        num_replicas = self._strategy.num_replicas_in_sync
        if num_replicas == 1:
            parts: Any = features
        else:
            rows = features[spec.INPUT_IDS].shape[0]
            bounds = [rows * n // num_replicas for n in range(num_replicas + 1)]

            def share(context: tf.distribute.ValueContext) -> dict[str, tf.Tensor]:
                n = context.replica_id_in_sync_group
                return {key: v[bounds[n] : bounds[n + 1]] for key, v in features.items()}

            parts = self._strategy.experimental_distribute_values_from_function(share)
        results = self._strategy.run(self._forward, args=(parts,))
        local = self._strategy.experimental_local_results(results)
        return np.concatenate([part.numpy() for part in local]).astype(np.float32)


def answers(
    answering: Callable[[dict[str, Any]], np.ndarray],
    batches: Iterable[Any],
    callbacks: keras.callbacks.CallbackList | None = None,
) -> Iterator[Answer]:
    """Yields each batch, as numpy arrays, with its logits.

    Args:
        answering: an `Answering`.
        batches: a `tf.data.Dataset` of dicts.
        callbacks: its `on_test_*` hooks are called, in `evaluate`'s order.
    """
    if callbacks:
        callbacks.on_test_begin()
    for number, batch in enumerate(batches):
        if callbacks:
            callbacks.on_test_batch_begin(number)
        logits = answering(batch)
        yield {key: value.numpy() for key, value in batch.items()}, logits
        if callbacks:
            callbacks.on_test_batch_end(number)
    if callbacks:
        callbacks.on_test_end()

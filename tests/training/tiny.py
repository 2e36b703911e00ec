"""A model and batches small enough to train in a test in a second."""

from __future__ import annotations

from typing import Any, NamedTuple

import keras
import numpy as np
import tensorflow as tf

from tfft import spec


class Output(NamedTuple):
    logits: Any


@keras.saving.register_keras_serializable(package="tests")
class TinyModel(keras.Model):
    """Mean of embeddings, LayerNorm, a dense layer; three labels."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.embedding = keras.layers.Embedding(11, 8, name="embedding")
        self.norm = keras.layers.LayerNormalization(name="LayerNorm")
        self.dense = keras.layers.Dense(3, name="dense")
        self.embedding.build((None, None))
        self.norm.build((None, None, 8))
        self.dense.build((None, 8))
        self.built = True

    def call(self, features: dict[str, Any], training: bool = False) -> Output:
        mask = tf.cast(features[spec.ATTENTION_MASK], tf.float32)[..., tf.newaxis]
        hidden = self.norm(self.embedding(features[spec.INPUT_IDS])) * mask
        return Output(self.dense(tf.reduce_sum(hidden, 1) / tf.reduce_sum(mask, 1)))


def batches(epoch: int, sizes: tuple[int, ...] = (5, 5, 1)) -> tf.data.Dataset:
    """Batches of odd sizes and widths; the label is the first id modulo 3."""

    def generate():
        random = np.random.default_rng(epoch)
        for size in sizes:
            ids = random.integers(0, 11, (size, random.integers(2, 8))).astype(np.int32)
            yield {
                spec.INPUT_IDS: ids,
                spec.ATTENTION_MASK: np.ones_like(ids),
                spec.TOKEN_TYPE_IDS: np.zeros_like(ids),
                spec.LABELS: ids[:, 0] % 3,
                spec.LOSS_WEIGHT: np.full(size, 1 / size, np.float32),
            }

    signature = {
        key: tf.TensorSpec([None] * len(spec.FEATURES[key].axes), spec.FEATURES[key].dtype)
        for key in (*spec.MODEL_INPUTS, spec.LABELS, spec.LOSS_WEIGHT)
    }
    options = tf.data.Options()
    options.experimental_distribute.auto_shard_policy = tf.data.experimental.AutoShardPolicy.OFF
    return tf.data.Dataset.from_generator(generate, output_signature=signature).with_options(
        options
    )


def row_losses(labels: Any, logits: Any) -> tf.Tensor:
    return tf.nn.sparse_softmax_cross_entropy_with_logits(labels, logits)

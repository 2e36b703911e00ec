"""One label of several for each text: loss, probabilities and what a server answers.

Enters: logits float32 `[batch, num_labels]` and labels int32 `[batch]`.
Leaves: losses of rows, probabilities, served outputs. Encoding of names is `data.labels`' work.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import tensorflow as tf

from tfft import spec


class SingleLabel(tf.Module):
    """Softmax over exclusive labels.

    Args:
        label_names: name of each label, in the order of the logits.
    """

    def __init__(self, label_names: Sequence[str]):
        super().__init__(name="single_label")
        self.label_names = tuple(label_names)

    def row_losses(self, labels: Any, logits: Any) -> tf.Tensor:
        """Returns the cross-entropy of each row, float32 `[batch]`."""
        return tf.nn.sparse_softmax_cross_entropy_with_logits(labels, tf.cast(logits, tf.float32))

    def probabilities(self, logits: Any) -> tf.Tensor:
        """Returns float32 `[batch, num_labels]` that sum to 1 along the last axis."""
        return tf.nn.softmax(tf.cast(logits, tf.float32))

    def served(self, logits: Any) -> dict[str, tf.Tensor]:
        """Returns what a server answers.

        Every output has the batch as its first axis, or TF Serving's row format and its batching
        refuse the model: `label` string `[batch]`, `probabilities` float32 `[batch, num_labels]`,
        `label_names` string `[batch, num_labels]`.
        """
        probabilities = self.probabilities(logits)
        names = tf.constant(self.label_names)
        return {
            spec.LABEL: tf.gather(names, tf.argmax(probabilities, axis=-1)),
            spec.PROBABILITIES: probabilities,
            spec.LABEL_NAMES: tf.tile(names[tf.newaxis], [tf.shape(probabilities)[0], 1]),
        }


TASKS = {"single_label": SingleLabel}
"""Tasks by the name the config gives them."""

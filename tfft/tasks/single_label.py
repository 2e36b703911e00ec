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
        label_smoothing: share of the target that is spread evenly over all labels, in [0, 1); in
            training only, so that losses of validation and test stay comparable.

    Reference: Szegedy et al. 2015, arXiv:1512.00567, section 7.
    """

    def __init__(self, label_names: Sequence[str], label_smoothing: float = 0.0):
        super().__init__(name="single_label")
        self.label_names = tuple(label_names)
        self.label_smoothing = label_smoothing

    def row_losses(self, labels: Any, logits: Any) -> tf.Tensor:
        """Returns the cross-entropy of each row, float32 `[batch]`."""
        return tf.nn.sparse_softmax_cross_entropy_with_logits(labels, tf.cast(logits, tf.float32))

    def training_losses(self, labels: Any, logits: Any) -> tf.Tensor:
        """Returns what training lowers, float32 `[batch]`: `row_losses` with smoothed targets.

        With s the smoothing and n labels the target is `(1 - s) * onehot + s / n`.
        """
        losses = self.row_losses(labels, logits)
        if not self.label_smoothing:
            return losses
        log_probabilities = tf.nn.log_softmax(tf.cast(logits, tf.float32))
        even = -tf.reduce_mean(log_probabilities, axis=-1)
        return (1.0 - self.label_smoothing) * losses + self.label_smoothing * even

    def pooled_logits(self, logits: Any, rows: Any, num_rows: Any) -> tf.Tensor:
        """Joins the windows of each row: its probabilities are the mean of theirs.

        Args:
            logits: `[windows, num_labels]`.
            rows: row of each window, int32 `[windows]`; every row has one at least.
            num_rows: int32 scalar.

        Returns:
            The logarithm of the mean probabilities, float32 `[num_rows, num_labels]`: logits whose
            softmax is that mean.
        """
        log_probabilities = tf.nn.log_softmax(tf.cast(logits, tf.float32))
        # Relative to the row's largest, or the probabilities of a sure model would vanish.
        largest = tf.stop_gradient(tf.math.unsorted_segment_max(log_probabilities, rows, num_rows))
        shares = tf.exp(log_probabilities - tf.gather(largest, rows))
        return largest + tf.math.log(tf.math.unsorted_segment_mean(shares, rows, num_rows))

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

"""A row's probabilities are the mean of its windows', whatever the batch looks like."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import pytest
import tensorflow as tf

from tfft import spec
from tfft.models.windows import row_logits, sequences
from tfft.tasks.single_label import SingleLabel

TASK = SingleLabel(["a", "b", "c"])
PROBABILITIES = np.array(
    [[0.7, 0.2, 0.1], [0.1, 0.3, 0.6], [0.2, 0.2, 0.6], [1.0, 1e-9, 1e-9]], np.float32
)


class Output(NamedTuple):
    logits: Any


def model(features: dict[str, tf.Tensor], training: bool) -> Output:
    """Answers a window by the id that stands second in it; other windows must not come."""
    tf.debugging.assert_positive(features[spec.ATTENTION_MASK][:, 0])
    scale = 2.0 if training else 1.0
    return Output(tf.math.log(tf.gather(PROBABILITIES, features[spec.INPUT_IDS][:, 1])) * scale)


def features_of(rows: list[list[int]]) -> dict[str, tf.Tensor]:
    width = max(map(len, rows))
    ids = [[[9, *row[n : n + 1], 9] for n in range(len(row))] for row in rows]
    masks = [[[1, 1, 1]] * len(row) + [[0] * 3] * (width - len(row)) for row in rows]
    filled = [row + [[0, 0, 0]] * (width - len(row)) for row in ids]
    return {
        spec.INPUT_IDS: tf.constant(filled),
        spec.ATTENTION_MASK: tf.constant(masks),
        spec.TOKEN_TYPE_IDS: tf.zeros_like(filled),
    }


def test_the_probabilities_of_windows_are_averaged():
    logits = row_logits(
        model, features_of([[0, 1, 2], [3], [1, 1]]), pool=TASK.pooled_logits, training=False
    )
    expected = [[1 / 3, 0.7 / 3, 1.3 / 3], [1, 0, 0], [0.1, 0.3, 0.6]]
    np.testing.assert_allclose(tf.nn.softmax(logits), expected, atol=1e-6)


def test_a_sequence_without_windows_keeps_its_logits():
    flat = {key: value[:, 0] for key, value in features_of([[0], [2]]).items()}
    logits = row_logits(model, flat, pool=TASK.pooled_logits, training=False)
    np.testing.assert_allclose(logits, np.log(PROBABILITIES[[0, 2]]), rtol=1e-6)


def test_training_reaches_the_model():
    logits = row_logits(model, features_of([[0]]), pool=TASK.pooled_logits, training=True)
    expected = PROBABILITIES[:1] ** 2 / (PROBABILITIES[0] ** 2).sum()
    np.testing.assert_allclose(tf.nn.softmax(logits), expected, atol=1e-6)


def test_padding_is_no_sequence():
    assert sequences(features_of([[0, 1, 2], [3]]))[spec.INPUT_IDS][:, 1].numpy().tolist() == [
        0, 1, 2, 3,
    ]  # fmt: skip


def test_the_loss_of_a_row_reaches_every_window():
    logits = tf.Variable([[2.0, 0.0, -1.0], [0.0, 1.0, 0.0], [0.0, 0.0, 3.0]])
    rows = tf.constant([0, 0, 1])
    with tf.GradientTape() as tape:
        loss = tf.reduce_sum(TASK.row_losses([1, 2], TASK.pooled_logits(logits, rows, 2)))
    shares = tf.nn.softmax(logits).numpy()
    assert loss.numpy() == pytest.approx(
        -np.log(shares[:2, 1].mean()) - np.log(shares[2, 2]), rel=1e-6
    )
    # d(-log mean p)/dlogit = -(p_true / sum p_true) (onehot - p)
    share = shares[:2, 1] / shares[:2, 1].sum()
    expected = -share[:, None] * (np.eye(3)[1] - shares[:2])
    np.testing.assert_allclose(tape.gradient(loss, logits)[:2], expected, atol=1e-6)


def test_a_sure_model_keeps_a_finite_loss():
    logits = tf.constant([[0.0, 200.0], [0.0, 300.0]])
    pooled = SingleLabel(["a", "b"]).pooled_logits(logits, tf.constant([0, 0]), 1)
    assert pooled[0, 0].numpy() == pytest.approx(-200 - np.log(2), rel=1e-6)


def test_a_batch_without_rows_has_no_logits():
    empty = {key: tf.zeros([0, 0, 2], tf.int32) for key in spec.MODEL_INPUTS}
    assert row_logits(model, empty, pool=TASK.pooled_logits, training=False).shape == (0, 3)

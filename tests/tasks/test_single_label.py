"""The task's loss, probabilities and served outputs."""

import numpy as np
import pytest

from tfft.tasks.single_label import SingleLabel

LOGITS = np.log(np.array([[0.7, 0.2, 0.1], [0.1, 0.3, 0.6]], np.float32))


def test_losses_are_the_negative_log_of_the_truths_probability():
    losses = SingleLabel(["a", "b", "c"]).row_losses(np.array([0, 1]), LOGITS).numpy()
    assert losses == pytest.approx([-np.log(0.7), -np.log(0.3)], rel=1e-5)


def test_smoothed_targets_train_and_do_not_score():
    task = SingleLabel(["a", "b", "c"], label_smoothing=0.3)
    # targets 0.8, 0.1, 0.1 of the first row: 0.7 of the truth, and 0.3 / 3 of every label
    expected = -(0.8 * np.log(0.7) + 0.1 * np.log(0.2) + 0.1 * np.log(0.1))
    losses = task.training_losses(np.array([0, 1]), LOGITS).numpy()
    assert losses[0] == pytest.approx(expected, rel=1e-5) == pytest.approx(0.676542, rel=1e-5)
    assert losses[1] == pytest.approx(1.244519, rel=1e-5)
    scored = task.row_losses(np.array([0, 1]), LOGITS).numpy()
    assert scored == pytest.approx([-np.log(0.7), -np.log(0.3)], rel=1e-5)


def test_without_smoothing_training_lowers_what_is_scored():
    task = SingleLabel(["a", "b", "c"])
    losses = task.training_losses(np.array([2, 1]), LOGITS).numpy()
    assert losses == pytest.approx([-np.log(0.1), -np.log(0.3)], rel=1e-5)


def test_served_outputs_all_have_the_batch_first():
    served = SingleLabel(["好", "b", "c"]).served(LOGITS)
    assert [name.decode() for name in served["label"].numpy()] == ["好", "c"]
    assert served["probabilities"].numpy()[1] == pytest.approx([0.1, 0.3, 0.6], rel=1e-5)
    assert served["label_names"].shape == (2, 3)
    assert served["label_names"].numpy()[1, 0].decode() == "好"


def test_an_empty_batch_is_answered_with_empty_outputs():
    served = SingleLabel(["a", "b", "c"]).served(np.zeros((0, 3), np.float32))
    assert served["label"].shape == (0,) and served["label_names"].shape == (0, 3)

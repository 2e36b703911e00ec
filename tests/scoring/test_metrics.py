"""Scores of known predictions are the numbers worked out by hand."""

import math

import numpy as np
import pytest

from tfft.scoring.metrics import Scorer


@pytest.fixture
def scorer():
    scorer = Scorer(["a", "b", "c"])
    scorer.add(
        np.array([0, 0, 1]), np.array([0, 1, 1]), np.array([0.5, 2.0, 0.5]), ["x y", "x", ""]
    )
    scorer.add(np.array([1, 0]), np.array([0, 0]), np.array([1.5, 0.5]), ["y", ""])
    return scorer


def test_accuracy_macro_f1_and_loss(scorer):
    # a: precision 2/3, recall 2/3; b: precision 1/2, recall 1/2; c never occurs: 0.
    scores = scorer.scores()
    assert scores["accuracy"] == pytest.approx(3 / 5)
    assert scores["macro_f1"] == pytest.approx((2 / 3 + 1 / 2 + 0) / 3)
    assert scores["loss"] == pytest.approx(1.0)
    assert scores["rows"] == 5


def test_scores_of_labels(scorer):
    assert scorer.by_class()["b"] == {"precision": 0.5, "recall": 0.5, "f1": 0.5, "rows": 2.0}
    assert scorer.by_class()["c"] == {"precision": 0, "recall": 0, "f1": 0, "rows": 0}


def test_slices_count_their_own_rows(scorer):
    assert scorer.slices() == {
        "x": {"accuracy": 0.5, "rows": 2},
        "y": {"accuracy": 0.5, "rows": 2},
    }


def test_confusion_has_the_truth_in_rows(scorer):
    assert scorer.confusion().tolist() == [[2, 1, 0], [1, 1, 0], [0, 0, 0]]


def test_no_rows_score_nothing_rather_than_zero():
    assert math.isnan(Scorer(["a", "b"]).scores()["accuracy"])

"""Scores of single-label predictions, gathered batch by batch.

Enters: int32 labels and predictions `[rows]`, losses of rows. Leaves: plain numbers by name.
Eight bytes a row are kept; scikit-learn does the sums.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from sklearn.metrics import accuracy_score, confusion_matrix, precision_recall_fscore_support

Scores = dict[str, float]


class Scorer:
    """Gathers predictions of one split, whole and by slice.

    Args:
        label_names: name of each label index.
    """

    def __init__(self, label_names: Sequence[str]):
        self.label_names = tuple(label_names)
        self._labels: list[np.ndarray] = []
        self._predicted: list[np.ndarray] = []
        self._loss_sum = 0.0
        self._slices: dict[str, list[int]] = {}

    def add(
        self,
        labels: np.ndarray,
        predicted: np.ndarray,
        losses: np.ndarray | None = None,
        slices: Iterable[str] = (),
    ) -> None:
        """Adds a batch.

        Args:
            labels: int `[rows]`, the truth.
            predicted: int `[rows]`.
            losses: float32 `[rows]`, or None where the predictor has none.
            slices: for each row the space-separated names of its slices, or nothing.
        """
        self._labels.append(np.asarray(labels, np.int32))
        self._predicted.append(np.asarray(predicted, np.int32))
        if losses is not None:
            self._loss_sum += float(np.sum(losses, dtype=np.float64))
        for names, correct in zip(slices, labels == predicted, strict=False):
            for name in names.split():
                count = self._slices.setdefault(name, [0, 0])
                count[0] += int(correct)
                count[1] += 1

    @property
    def labels(self) -> np.ndarray:
        """The truth, int32 `[rows]`."""
        return np.concatenate(self._labels) if self._labels else np.zeros(0, np.int32)

    @property
    def predicted(self) -> np.ndarray:
        """The predictions, int32 `[rows]`."""
        return np.concatenate(self._predicted) if self._predicted else np.zeros(0, np.int32)

    def scores(self) -> Scores:
        """Returns `accuracy`, `macro_f1`, `loss` (mean over rows) and `rows`.

        A label that neither occurs nor is predicted counts as F1 = 0, as in scikit-learn with all
        labels named: a macro average over the labels that happen to occur flatters.
        """
        labels = self.labels
        if not labels.size:
            return {"accuracy": math.nan, "macro_f1": math.nan, "loss": math.nan, "rows": 0}
        by_class = self.by_class()
        return {
            "accuracy": float(accuracy_score(labels, self.predicted)),
            "macro_f1": float(np.mean([row["f1"] for row in by_class.values()])),
            "loss": self._loss_sum / labels.size,
            "rows": int(labels.size),
        }

    def by_class(self) -> dict[str, Scores]:
        """Returns `precision`, `recall`, `f1` and `rows` of every label."""
        columns = precision_recall_fscore_support(
            self.labels, self.predicted, labels=range(len(self.label_names)), zero_division=0
        )
        keys = ("precision", "recall", "f1", "rows")
        return {
            name: {k: v[i].item() for k, v in zip(keys, columns, strict=True)}
            for i, name in enumerate(self.label_names)
        }

    def slices(self) -> dict[str, dict[str, Any]]:
        """Returns `accuracy` and `rows` of every slice, by name."""
        return {
            name: {"accuracy": correct / rows, "rows": rows}
            for name, (correct, rows) in sorted(self._slices.items())
        }

    def confusion(self) -> np.ndarray:
        """Returns counts, int64 `[num_labels, num_labels]`; rows are the truth."""
        return confusion_matrix(self.labels, self.predicted, labels=range(len(self.label_names)))

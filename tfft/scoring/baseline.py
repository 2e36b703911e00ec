"""A bag-of-words baseline: what counting words alone would score on the same rows.

Enters: cleaned texts and label indices. Leaves: predicted indices.
TF-IDF of single words (single characters in Chinese, Japanese and Korean) and logistic regression.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline, make_pipeline

_UNSPACED = r"\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af"
WORD = rf"(?u)[{_UNSPACED}]|[^\W{_UNSPACED}]+"
"""A word, or one character of a script that puts no spaces between words."""


class BagOfWords:
    """Logistic regression on TF-IDF word counts.

    Args:
        texts: cleaned training texts.
        labels: their label indices; at least two different ones.
    """

    def __init__(self, texts: Iterable[str], labels: Sequence[int]):
        self._pipeline: Pipeline = make_pipeline(
            TfidfVectorizer(token_pattern=WORD), LogisticRegression(max_iter=1000)
        )
        self._pipeline.fit(list(texts), np.asarray(labels))

    def predict(self, texts: Iterable[str]) -> np.ndarray:
        """Returns int32 `[rows]`."""
        texts = list(texts)
        if not texts:
            return np.zeros(0, np.int32)
        return np.asarray(self._pipeline.predict(texts), np.int32)

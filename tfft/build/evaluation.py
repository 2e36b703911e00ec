"""Scores of a trained model, the baseline beside it, and the files of `report/`.

Enters: a `Trained`, a store of rows. Leaves: a `Scorer`, `predictions.jsonl`, the report.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, nullcontext
from itertools import islice
from pathlib import Path
from typing import IO, Any

import keras
import numpy as np
import tensorflow as tf

from tfft import spec
from tfft.build.trained import Trained
from tfft.data.pipeline import evaluation_batches
from tfft.data.store import RowStore, stored_rows
from tfft.run_directory import write_bytes, write_json, write_text
from tfft.scoring.baseline import BagOfWords
from tfft.scoring.metrics import Scorer
from tfft.scoring.report import confusion_png, report_html, report_text
from tfft.training.evaluation import Answering, answers

CHUNK_ROWS = 1024

logger = logging.getLogger(__name__)


def batches_to_score(trained: Trained, store: RowStore, *, batch_size: int) -> tf.data.Dataset:
    """Returns the rows of a store as `score` takes them; may be scored more than once."""
    return evaluation_batches(
        store,
        preprocess=trained.preprocessor,
        batch_size=batch_size,
        pad_token_id=trained.preprocessor.vocabulary.pad_id,
    )


def score(
    trained: Trained,
    batches: tf.data.Dataset,
    answering: Answering,
    *,
    callbacks: keras.callbacks.CallbackList | None = None,
    predictions: Path | None = None,
) -> Scorer:
    """Scores a model.

    Args:
        trained: its task.
        batches: from `batches_to_score`.
        answering: runs the model.
        callbacks: get the `on_test_*` hooks.
        predictions: file for one JSON line a row, or None.
    """
    names = trained.task.label_names
    scorer = Scorer(names)
    with _opened(predictions) as file:
        for batch, logits in answers(answering, batches, callbacks):
            labels = batch[spec.LABELS]
            losses = trained.task.row_losses(labels, logits).numpy()
            slices = [names_of_row.decode() for names_of_row in batch[spec.SLICES]]
            scorer.add(labels, logits.argmax(axis=-1), losses, slices)
            if file is not None:
                probabilities = trained.task.probabilities(logits).numpy()
                _write_predictions(file, batch, probabilities, names)
    return scorer


def score_bag_of_words(
    train: RowStore, test: RowStore, clean: Callable[[list[str]], list[str]], *, num_rows: int
) -> Scorer | None:
    """Scores the baseline on the rows of `test`.

    Args:
        train: its training rows; at most `num_rows` of them, evenly spread, are used.
        test: rows to score.
        clean: the model's cleaning, so that both see the same words.
        num_rows: bound of the memory; 0: no baseline.

    Returns:
        The scores, or None where there is no baseline or its rows have one label only.
    """
    if not num_rows:
        return None
    names = test.label_names
    stride = -(-train.num_rows // num_rows)
    rows = list(islice(_cleaned(train, clean), 0, None, stride))
    labels = [names.index(label) for _, label, _ in rows]
    if len(set(labels)) < 2:
        logger.info("no bag-of-words baseline: its rows have one label only")
        return None
    try:
        baseline = BagOfWords([text for text, _, _ in rows], labels)
    except ValueError as error:
        # scikit-learn's "empty vocabulary": texts of punctuation only.
        logger.info("no bag-of-words baseline: %s", error)
        return None
    scorer = Scorer(names)
    test_rows = _cleaned(test, clean)
    while chunk := list(islice(test_rows, CHUNK_ROWS)):
        predicted = baseline.predict([text for text, _, _ in chunk])
        truth = np.array([names.index(label) for _, label, _ in chunk], np.int32)
        scorer.add(truth, predicted, slices=[slices for _, _, slices in chunk])
    return scorer


def write_report(folder: Path, name: str, metrics: Mapping[str, Any], scorer: Scorer) -> None:
    """Writes metrics.json, classification_report.txt, confusion_matrix.png and report.html."""
    picture = confusion_png(scorer.confusion(), scorer.label_names)
    write_text(folder / "classification_report.txt", report_text(scorer))
    write_bytes(folder / "confusion_matrix.png", picture)
    write_json(folder / "metrics.json", metrics)
    write_text(folder / "report.html", report_html(name, metrics, picture))


def evaluation_metrics(split: str, scorer: Scorer) -> dict[str, Any]:
    """Returns metrics.json's content for one split that is reported."""
    return {
        split: scorer.scores(),
        "reported": split,
        "slices": scorer.slices(),
        "labels": scorer.by_class(),
        "baselines": {},
    }


def baseline_metrics(scorer: Scorer) -> dict[str, Any]:
    """Returns the baseline's section of metrics.json; it has no loss."""
    scores = {key: value for key, value in scorer.scores().items() if key != "loss"}
    return {**scores, "slices": scorer.slices()}


def cleaner(trained_clean: Callable[[Any], Any]) -> Callable[[list[str]], list[str]]:
    """Returns cleaning of lists of strings, by the graph that trains and serves."""
    traced = tf.function(trained_clean, input_signature=[tf.TensorSpec([None], tf.string)])

    def clean(texts: list[str]) -> list[str]:
        return [text.decode() for text in traced(tf.constant(texts, tf.string)).numpy()]

    return clean


def cleaned_texts(store: RowStore, clean: Callable[[list[str]], list[str]]) -> Iterator[str]:
    """Yields the cleaned texts of a store, and of pairs both, for learning a vocabulary."""
    rows = stored_rows(store)
    while chunk := list(islice(rows, CHUNK_ROWS)):
        yield from clean([row.text for row in chunk])
        if store.has_pairs:
            yield from clean([row.text_pair or "" for row in chunk])


def _cleaned(
    store: RowStore, clean: Callable[[list[str]], list[str]]
) -> Iterator[tuple[str, str, str]]:
    """Yields (text, label, slices) of every row; of pairs both texts in one."""
    rows = stored_rows(store)
    while chunk := list(islice(rows, CHUNK_ROWS)):
        texts = clean([row.text for row in chunk])
        if store.has_pairs:
            pairs = clean([row.text_pair or "" for row in chunk])
            texts = [f"{text} {pair}" for text, pair in zip(texts, pairs, strict=True)]
        for text, row in zip(texts, chunk, strict=True):
            yield text, str(row.label), row.slices


def _opened(path: Path | None) -> AbstractContextManager[IO[str] | None]:
    if path is None:
        return nullcontext()
    path.parent.mkdir(parents=True, exist_ok=True)
    return open(path, "w", encoding="utf-8")


def _write_predictions(
    file: IO[str],
    batch: Mapping[str, np.ndarray],
    probabilities: np.ndarray,
    names: tuple[str, ...],
) -> None:
    texts = [key for key in (spec.TEXT, spec.TEXT_PAIR) if key in batch]
    for row in range(len(probabilities)):
        line = {spec.ROW_ID: batch[spec.ROW_ID][row].tolist()}
        line |= {key: batch[key][row].decode() for key in texts}
        line |= {
            spec.LABELS: names[batch[spec.LABELS][row]],
            spec.LABEL: names[probabilities[row].argmax()],
            # Seven digits are all that float32 has.
            spec.PROBABILITIES: [round(float(p), 7) for p in probabilities[row]],
        }
        file.write(json.dumps(line, ensure_ascii=False) + "\n")

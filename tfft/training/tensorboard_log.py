"""What TensorBoard is shown of a run: scalars, labels, the confusion matrix, settings, samples.

Enters: the loop's hooks and logs, and callables for what the logs do not hold. Leaves: event
files in `train/`, `validation/` and `labels/`. A plain Keras callback: it works under `fit` too,
where the loop's own logs are missing and are left out. Scores nothing and augments nothing.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import keras
import tensorflow as tf
from tensorboard.plugins.hparams import api as hparams

from tfft.scoring.metrics import Scorer
from tfft.scoring.report import confusion_png
from tfft.training.loop import Throughput

Sample = tuple[str, str]
"""(original, augmented) text of one row."""

MAX_SAMPLE_CHARACTERS = 1000
"""Longer texts are cut in the table of samples: a cell, not a book, and events stay small."""


class TensorBoardLog(keras.callbacks.Callback):
    """Scalars of training every few steps; validation, labels and samples every epoch.

    Args:
        folder: event files go to `train/`, `validation/` and `labels/` below it.
        throughput: gives the loop's figures so far.
        log_steps: training scalars are written every so many steps.
        validation: gives the `Scorer` of the newest validation; None: there is none.
        settings: what the HPARAMS tab shows beside the validation scores, and compares runs by; by
            dotted name, other values than numbers, truths and strings are left out.
        samples: gives rows of the 0-based epoch, (original, augmented), to be shown as text.
    """

    def __init__(
        self,
        folder: str | Path,
        throughput: Callable[[], Throughput],
        *,
        log_steps: int = 10,
        validation: Callable[[], Scorer] | None = None,
        settings: Mapping[str, Any] | None = None,
        samples: Callable[[int], Sequence[Sample]] | None = None,
    ):
        super().__init__()
        self._validation = validation
        self._settings = {k: v for k, v in (settings or {}).items() if _is_plain(v)}
        self._folder = Path(folder)
        self._throughput = throughput
        self._log_steps = log_steps
        self._samples = samples
        self._steps = 0
        self._unwritten: dict[str, float] = {}
        self._writers: dict[str, Any] = {}

    def on_train_begin(self, logs: Any = None) -> None:
        """Opens the event files."""
        for name in ("train", "validation", "labels"):
            self._writers[name] = tf.summary.create_file_writer(str(self._folder / name))
        if self._settings:
            # The HPARAMS tab takes for its columns whatever scalars are in this folder or below,
            # so labels have a folder beside it. Columns that are declared (`hparams_config`) would
            # be those of the first run that it finds, and what differs would no longer come first.
            with self._writers["validation"].as_default(step=0):
                hparams.hparams(self._settings)

    def on_train_batch_end(self, batch: int, logs: Mapping[str, float] | None = None) -> None:
        """Writes the step's scalars."""
        self._steps += 1
        self._unwritten = dict(logs or {})
        if self._steps % self._log_steps == 0 or self._steps == 1:
            self._write_step()

    def on_epoch_end(self, epoch: int, logs: Mapping[str, float] | None = None) -> None:
        """Writes the last step, the validation scores, and what else there is once an epoch."""
        if self._unwritten:
            self._write_step()
        scores = {k[4:]: v for k, v in (logs or {}).items() if k.startswith("val_")}
        self._write("validation", scores)
        if self._validation is not None:
            self._write_labels(self._validation())
        if self._samples is not None:
            self._write_samples(self._samples(epoch))
        for writer in self._writers.values():
            writer.flush()

    def on_train_end(self, logs: Any = None) -> None:
        """Closes the event files."""
        for writer in self._writers.values():
            writer.close()

    def _write_step(self) -> None:
        logs, self._unwritten = self._unwritten, {}
        values = {k: v for k, v in logs.items() if not k.startswith("val_")}
        values["loss"] = values.pop("step_loss", values.get("loss", math.nan))
        self._write("train", values | self._throughput().metrics())

    def _write_samples(self, samples: Sequence[Sample]) -> None:
        with self._writers["train"].as_default(step=self._steps):
            tf.summary.text("augmented_samples", samples_table(samples))

    def _write_labels(self, scorer: Scorer) -> None:
        for label, scores in scorer.by_class().items():
            self._write("labels", {f"labels/{label}/{k}": v for k, v in scores.items()})
        picture = tf.io.decode_png(confusion_png(scorer.confusion(), scorer.label_names))
        with self._writers["validation"].as_default(step=self._steps):
            tf.summary.image("confusion_matrix", picture[tf.newaxis])

    def _write(self, name: str, values: Mapping[str, float]) -> None:
        with self._writers[name].as_default(step=self._steps):
            for key, value in values.items():
                if not math.isnan(value):
                    tf.summary.scalar(key, value)


def samples_table(samples: Sequence[Sample]) -> str:
    """Returns a Markdown table of texts before and after augmentation, one row each.

    Whatever the texts hold (pipes, HTML, Markdown, line breaks, control characters) is shown as it
    is or as a space, and none of it is markup; they are cut at `MAX_SAMPLE_CHARACTERS`.
    """
    rows = [f"| {_cell(original)} | {_cell(augmented)} |" for original, augmented in samples]
    return "\n".join(["| original | augmented |", "| --- | --- |", *rows])


def _cell(text: str) -> str:
    shown = text[:MAX_SAMPLE_CHARACTERS] + ("…" if len(text) > MAX_SAMPLE_CHARACTERS else "")
    line = "".join(character if character.isprintable() else " " for character in shown)
    # As character references: a backslash before a pipe does not help in a table.
    return re.sub(r"[!-/:-@\[-`{-~]", lambda mark: f"&#{ord(mark[0])};", line)


def _is_plain(value: Any) -> bool:
    return isinstance(value, bool | int | float | str)

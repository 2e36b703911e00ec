"""What happens beside the training steps: progress, TensorBoard, checkpoints.

Enters: the loop's hooks and logs (`loss`, `step_loss`, `gradient_norm`, `learning_rate`, `val_*`).
Leaves: a bar on the terminal, event files, checkpoint folders. Plain Keras callbacks: they work
under `fit` too, where the loop's own logs are missing and are left out.
"""

from __future__ import annotations

import io
import math
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import keras
import tensorflow as tf
from tensorboard.plugins.hparams import api as hparams
from tqdm import tqdm

from tfft.scoring.metrics import Scorer
from tfft.scoring.report import confusion_png
from tfft.training.checkpoint import CheckpointStore
from tfft.training.loop import Throughput

SECONDS_BETWEEN_LINES = 10.0
"""Where the output is a file, the bar is a line now and then."""


class ProgressBar(keras.callbacks.Callback):
    """One bar over all steps: rows/s, time left, loss; a line with the scores after every epoch.

    Args:
        num_rows: rows of an epoch.
        batch_size: rows of a step, but for the last of an epoch.
        epochs: number of epochs.
    """

    def __init__(self, *, num_rows: int, batch_size: int, epochs: int):
        super().__init__()
        self._num_rows = num_rows
        self._batch_size = batch_size
        self._epochs = epochs
        self._before_epoch = 0
        self._bar: tqdm | None = None

    def on_train_begin(self, logs: Any = None) -> None:
        """Opens the bar."""
        is_terminal = sys.stderr.isatty()
        bar = "|{bar}|" if is_terminal else ","
        self._bar = tqdm(
            total=self._num_rows * self._epochs,
            desc=f"epoch 1/{self._epochs}",
            file=sys.stderr if is_terminal else _Lines(),
            unit=" rows",
            mininterval=0.2 if is_terminal else SECONDS_BETWEEN_LINES,
            dynamic_ncols=is_terminal,
            smoothing=0.05,
            bar_format="{desc} {percentage:3.0f}%" + bar + " {n:,}/{total:,} rows "
            "[{elapsed}<{remaining}, {rate_fmt}]{postfix}",
        )

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        """Names the epoch."""
        self._before_epoch = epoch * self._num_rows
        if self._bar is not None:
            self._bar.set_description_str(f"epoch {epoch + 1}/{self._epochs}", refresh=False)

    def on_train_batch_end(self, batch: int, logs: Mapping[str, float] | None = None) -> None:
        """Moves the bar by the rows of the batch."""
        if self._bar is None:
            return
        if logs:
            self._bar.set_postfix_str(f"loss {logs['loss']:.4f}", refresh=False)
        rows = min((batch + 1) * self._batch_size, self._num_rows)
        self._bar.update(self._before_epoch + rows - self._bar.n)

    def on_epoch_end(self, epoch: int, logs: Mapping[str, float] | None = None) -> None:
        """Writes a line with the scores above the bar."""
        if self._bar is not None:
            line = f"epoch {epoch + 1}/{self._epochs}: {_shown(logs or {})}"
            with tqdm.external_write_mode(file=sys.stderr):
                sys.stderr.write(f"{line}\n")

    def on_train_end(self, logs: Any = None) -> None:
        """Closes the bar."""
        self.close()

    def close(self) -> None:
        """Closes the bar, of a training that was cut short too; twice does no harm."""
        if self._bar is not None:
            self._bar.close()
            self._bar = None


class TensorBoardLog(keras.callbacks.Callback):
    """Scalars of training every few steps; of validation, with its labels, every epoch.

    Args:
        folder: event files go to `train/` and `validation/` below it.
        throughput: gives the loop's figures so far.
        log_steps: training scalars are written every so many steps.
        validation: gives the `Scorer` of the newest validation; None: there is none.
        settings: what the HPARAMS tab compares runs by; by dotted name, other values than
            numbers, truths and strings are left out.
    """

    def __init__(
        self,
        folder: str | Path,
        throughput: Callable[[], Throughput],
        *,
        log_steps: int = 10,
        validation: Callable[[], Scorer] | None = None,
        settings: Mapping[str, Any] | None = None,
    ):
        super().__init__()
        self._validation = validation
        self._settings = {k: v for k, v in (settings or {}).items() if _is_plain(v)}
        self._folder = Path(folder)
        self._throughput = throughput
        self._log_steps = log_steps
        self._steps = 0
        self._writers: dict[str, Any] = {}

    def on_train_begin(self, logs: Any = None) -> None:
        """Opens the event files."""
        for name in ("train", "validation"):
            self._writers[name] = tf.summary.create_file_writer(str(self._folder / name))
        if self._settings:
            with self._writers["train"].as_default(step=0):
                hparams.hparams(self._settings)

    def on_train_batch_end(self, batch: int, logs: Mapping[str, float] | None = None) -> None:
        """Writes the step's scalars."""
        self._steps += 1
        if self._steps % self._log_steps and self._steps != 1:
            return
        values = {k: v for k, v in (logs or {}).items() if not k.startswith("val_")}
        values["loss"] = values.pop("step_loss", values.get("loss", math.nan))
        values |= self._throughput().metrics()
        self._write("train", values)

    def on_epoch_end(self, epoch: int, logs: Mapping[str, float] | None = None) -> None:
        """Writes the validation scores."""
        scores = {k[4:]: v for k, v in (logs or {}).items() if k.startswith("val_")}
        self._write("validation", scores)
        if self._validation is not None:
            self._write_labels(self._validation())
        for writer in self._writers.values():
            writer.flush()

    def on_train_end(self, logs: Any = None) -> None:
        """Closes the event files."""
        for writer in self._writers.values():
            writer.close()

    def _write_labels(self, scorer: Scorer) -> None:
        for label, scores in scorer.by_class().items():
            self._write("validation", {f"labels/{label}/{k}": v for k, v in scores.items()})
        picture = tf.io.decode_png(confusion_png(scorer.confusion(), scorer.label_names))
        with self._writers["validation"].as_default(step=self._steps):
            tf.summary.image("confusion_matrix", picture[tf.newaxis])

    def _write(self, name: str, values: Mapping[str, float]) -> None:
        with self._writers[name].as_default(step=self._steps):
            for key, value in values.items():
                if not math.isnan(value):
                    tf.summary.scalar(key, value)


class Checkpoints(keras.callbacks.Callback):
    """Saves every few steps and after every epoch; keeps the last and the best.

    Args:
        store: where they are kept.
        every_steps: steps between two checkpoints within an epoch.
        metric: the validation score that says which is best; `loss` is better when lower.
    """

    def __init__(self, store: CheckpointStore, *, every_steps: int, metric: str = "macro_f1"):
        super().__init__()
        self._store = store
        self._every_steps = every_steps
        self._metric = metric
        self._sign = -1.0 if metric == "loss" else 1.0
        self._steps = 0
        self._epoch = 0
        self.best_score: float | None = None
        self.best_epoch: int | None = None

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        """Remembers the epoch."""
        self._epoch = epoch

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        """Saves where it is time."""
        self._steps += 1
        ends_epoch = batch + 1 == self.params.get("steps")
        if self._steps % self._every_steps == 0 and not ends_epoch:
            self._store.save({"step": self._steps, "epoch": self._epoch})

    def on_epoch_end(self, epoch: int, logs: Mapping[str, float] | None = None) -> None:
        """Saves, and marks the best; without validation the last is the best."""
        score = (logs or {}).get(f"val_{self._metric}")
        is_best = score is None or self.best_score is None or self._is_better(score)
        if is_best:
            self.best_score, self.best_epoch = score, epoch
        state = {"step": self._steps, "epoch": epoch + 1, f"val_{self._metric}": score}
        self._store.save(state, best=is_best)

    def _is_better(self, score: float) -> bool:
        if self.best_score is None or math.isnan(self.best_score):
            return not math.isnan(score)
        return self._sign * score > self._sign * self.best_score


class _Lines(io.TextIOBase):
    """Standard error for a bar that is not on a terminal: lines, without going back in them."""

    def write(self, text: str) -> int:
        """Writes what is not blank."""
        if text.strip():
            sys.stderr.write(f"{text.strip()}\n")
        return len(text)


def _is_plain(value: Any) -> bool:
    return isinstance(value, bool | int | float | str)


def _shown(logs: Mapping[str, float]) -> str:
    names = {"loss": "loss", "val_loss": "validation loss"}
    names |= {k: f"{k[4:]}" for k in logs if k.startswith("val_") and k not in names}
    return ", ".join(f"{label} {logs[key]:.4f}" for key, label in names.items() if key in logs)

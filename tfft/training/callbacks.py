"""What happens beside the training steps: progress, checkpoints, what a stalled score leads to.

Enters: the loop's hooks and logs (`loss`, `step_loss`, `gradient_norm`, `learning_rate`, `val_*`).
Leaves: a bar on the terminal, checkpoint folders. Plain Keras callbacks: they work under `fit`
too, where the loop's own logs are missing and are left out. TensorBoard: `tensorboard_log.py`.
"""

from __future__ import annotations

import io
import math
import sys
from collections.abc import Mapping
from typing import Any

import keras
from tqdm import tqdm

from tfft.training.checkpoint import CheckpointStore

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
        self._sign = 1.0 if _mode(metric) == "max" else -1.0
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


def stalling_callbacks(
    metric: str,
    *,
    patience_epochs: int | None = None,
    plateau_epochs: int | None = None,
    plateau_factor: float = 0.5,
    minimum_rate: float = 0.0,
) -> list[keras.callbacks.Callback]:
    """Makes the stock callbacks that watch for a validation score that no longer improves.

    They belong before `Checkpoints` in the list, so that a checkpoint holds the lowered rate. There
    has to be a validation. The best weights are kept by `Checkpoints`, not here.

    Args:
        metric: the score; `loss` is better when lower, all others when higher.
        patience_epochs: training stops after so many epochs without a better score; None: never.
        plateau_epochs: the rate is lowered after so many; None: never. It needs a rate that is a
            number: give a schedule to the loop, not to the optimizer.
        plateau_factor: the rate is multiplied by this, in (0, 1).
        minimum_rate: the rate is not lowered below this.
    """
    shared = {"monitor": f"val_{metric}", "mode": _mode(metric), "min_delta": 0.0}
    callbacks: list[keras.callbacks.Callback] = []
    if plateau_epochs is not None:
        callbacks.append(
            keras.callbacks.ReduceLROnPlateau(
                factor=plateau_factor, patience=plateau_epochs, min_lr=minimum_rate, **shared
            )
        )
    if patience_epochs is not None:
        callbacks.append(keras.callbacks.EarlyStopping(patience=patience_epochs, **shared))
    return callbacks


class _Lines(io.TextIOBase):
    """Standard error for a bar that is not on a terminal: lines, without going back in them."""

    def write(self, text: str) -> int:
        """Writes what is not blank."""
        if text.strip():
            sys.stderr.write(f"{text.strip()}\n")
        return len(text)


def _mode(metric: str) -> str:
    return "min" if metric == "loss" else "max"


def _shown(logs: Mapping[str, float]) -> str:
    names = {"loss": "loss", "val_loss": "validation loss"}
    names |= {k: f"{k[4:]}" for k in logs if k.startswith("val_") and k not in names}
    return ", ".join(f"{label} {logs[key]:.4f}" for key, label in names.items() if key in logs)

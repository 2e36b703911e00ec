"""The rate of the next step: a schedule times a factor that callbacks may change.

Enters: a schedule over steps, and what stock callbacks do to `optimizer.learning_rate`.
Leaves: the optimizer's rate, set before every step. Factor and rate are variables, so that a
checkpoint keeps them. Does not decide when a rate is to be lowered: a callback does.
"""

from __future__ import annotations

from collections.abc import Callable

import keras
import tensorflow as tf


class LearningRate(tf.Module):
    """Sets the rate of an optimizer: `schedule(step) * factor`.

    The factor begins at 1. Where somebody else (`keras.callbacks.ReduceLROnPlateau`,
    `LearningRateScheduler`, a user) has changed `optimizer.learning_rate` since the last step, the
    factor is multiplied by the same ratio, so that the change is kept while the schedule goes on.
    Whether it was changed is told by a variable of its own: a change that was saved in a checkpoint
    before the next step is found after the checkpoint is restored.

    Args:
        optimizer: its `learning_rate` is a number where there is a schedule here.
        schedule: 0-based step to rate; None: the optimizer's own rate is left alone.
        minimum_rate: the factor does not push the rate below this; where the schedule itself is
            below it, as in the warm-up, the schedule's rate is used.

    Attributes:
        factor: float64 scalar.

    Raises:
        ValueError: the optimizer has a schedule of its own and there is one here too.
    """

    def __init__(
        self,
        optimizer: keras.optimizers.Optimizer,
        schedule: Callable[[int], float] | None = None,
        *,
        minimum_rate: float = 0.0,
    ):
        super().__init__(name="learning_rate")
        # Keras gives the variable itself, or what its schedule says of this step.
        if schedule is not None and not isinstance(optimizer.learning_rate, keras.Variable):
            raise ValueError(
                "Two schedules: the optimizer has one inside and the loop was given another. Make "
                "the optimizer with a float learning_rate, or leave out the loop's schedule."
            )
        self._optimizer = optimizer
        self._schedule = schedule
        self._minimum_rate = minimum_rate
        self.factor = tf.Variable(1.0, trainable=False, dtype=tf.float64, name="factor")
        self._last = tf.Variable(
            self._current(), trainable=False, dtype=tf.float64, name="last_rate"
        )

    def set(self) -> float:
        """Sets the rate of the step that comes next, and returns it."""
        if self._schedule is None:
            return self._current()
        scheduled = float(self._schedule(int(self._optimizer.iterations.numpy())))
        self._take_over(scheduled)
        rate = max(scheduled * float(self.factor), min(scheduled, self._minimum_rate))
        self._optimizer.learning_rate = rate
        # What the optimizer holds is rounded to float32.
        self._last.assign(self._current())
        return self._current()

    def _take_over(self, scheduled: float) -> None:
        current, last = self._current(), float(self._last)
        if current == last:
            return
        # Nothing is a multiple of 0: then what was set is the rate of the step that comes.
        base = last or scheduled
        if base:
            self.factor.assign(current / base * (float(self.factor) if last else 1.0))

    def _current(self) -> float:
        # A variable of several devices has no `__float__`.
        return float(keras.ops.convert_to_numpy(self._optimizer.learning_rate))

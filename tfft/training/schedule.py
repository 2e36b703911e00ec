"""Learning-rate schedules: a step number in, a float32 rate out.

Keras has the decays; what it lacks is the warm-up that BERT's recipe puts before them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras
import tensorflow as tf

Schedule = Callable[[Any], Any]


@keras.saving.register_keras_serializable(package="tfft")
class WarmUp(keras.optimizers.schedules.LearningRateSchedule):
    """A rise from 0 to the initial rate, then another schedule.

    At step s < warmup_steps the rate is `initial_learning_rate * (s / warmup_steps) ** power`;
    afterwards it is `decay_schedule_fn(s - warmup_steps)`.

    Args:
        initial_learning_rate: the rate at the end of the warm-up.
        decay_schedule_fn: schedule that follows, called with steps counted from the warm-up's end.
        warmup_steps: length of the warm-up in steps.
        power: 1 for a linear rise.
        name: name of the operations.

    Reference: Goyal et al. 2017, arXiv:1706.02677 (the rise here begins at 0).
    """

    def __init__(
        self,
        initial_learning_rate: float,
        decay_schedule_fn: Schedule,
        warmup_steps: int,
        power: float = 1.0,
        name: str | None = None,
    ):
        super().__init__()
        self.initial_learning_rate = initial_learning_rate
        self.warmup_steps = warmup_steps
        self.power = power
        self.decay_schedule_fn = decay_schedule_fn
        self.name = name

    def __call__(self, step: Any) -> Any:
        """Returns the float32 scalar rate of a 0-based step."""
        with tf.name_scope(self.name or "WarmUp"):
            step = tf.cast(step, tf.float32)
            warmup_steps = tf.cast(self.warmup_steps, tf.float32)
            share = step / tf.maximum(warmup_steps, 1.0)
            rising = self.initial_learning_rate * tf.pow(share, self.power)
            after = tf.cast(self.decay_schedule_fn(step - warmup_steps), tf.float32)
            return tf.where(step < warmup_steps, rising, after)

    def get_config(self) -> dict[str, Any]:
        """Returns the constructor's arguments."""
        return {
            "initial_learning_rate": self.initial_learning_rate,
            "decay_schedule_fn": self.decay_schedule_fn,
            "warmup_steps": self.warmup_steps,
            "power": self.power,
            "name": self.name,
        }

"""Learning-rate schedules: a step number in, a float32 rate out.

Keras has the decays; what it lacks is the warm-up that BERT's recipe puts before them, and one
way to name them. A schedule knows nothing of scores: see `learning_rate.py`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras
import tensorflow as tf

from tfft.errors import ConfigError, Fault, nearest

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

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> WarmUp:
        """Makes it again from `get_config`'s values, the inner schedule as it is or serialised."""
        decay = config["decay_schedule_fn"]
        if isinstance(decay, dict):
            decay = keras.saving.deserialize_keras_object(decay)
        return cls(**config | {"decay_schedule_fn": decay})


def make_schedule(
    name: str,
    *,
    peak: float,
    num_steps: int,
    warmup_steps: int = 0,
    minimum: float = 0.0,
    power: float = 2.0,
) -> Schedule:
    """Makes a rise from 0 to `peak`, then a `linear`, `cosine`, `polynomial` or `constant` part.

    At step s = 0 the rate is 0 (`peak` without a warm-up), at `warmup_steps` it is `peak`, and from
    `num_steps` on `minimum`; with r = (s - warmup_steps) / (num_steps - warmup_steps) it is between
    them `minimum + (peak - minimum) * f(r)`, f being `1 - r`, `(1 + cos(pi r)) / 2` or
    `(1 - r) ** power`. `constant` stays at `peak`.

    Args:
        name: a key of `SCHEDULES`.
        peak: highest rate.
        num_steps: all steps, warm-up included.
        warmup_steps: steps over which the rate rises.
        minimum: rate at the end; `constant` does not use it.
        power: of `polynomial`.

    Raises:
        ConfigError: there is no such schedule.
        ValueError: `minimum` is above `peak`.
    """
    if name not in SCHEDULES:
        close = nearest(name, list(SCHEDULES))
        fault = Fault("training.schedule", f"got {name!r}", ", ".join(SCHEDULES), close)
        raise ConfigError("There is no such schedule", [fault])
    if minimum > peak:
        raise ValueError(f"The minimum {minimum:g} is above the peak {peak:g} of the rate.")
    decay_steps = max(1, num_steps - warmup_steps)
    decay = SCHEDULES[name](peak, decay_steps, minimum=minimum, power=power)
    return WarmUp(peak, decay, warmup_steps) if warmup_steps else decay


def _polynomial(peak: float, steps: int, *, minimum: float, power: float) -> Schedule:
    return keras.optimizers.schedules.PolynomialDecay(peak, steps, minimum, power)


def _linear(peak: float, steps: int, *, minimum: float, power: float) -> Schedule:
    return _polynomial(peak, steps, minimum=minimum, power=1.0)


def _cosine(peak: float, steps: int, *, minimum: float, power: float) -> Schedule:
    return keras.optimizers.schedules.CosineDecay(peak, steps, alpha=minimum / peak)


def _constant(peak: float, steps: int, *, minimum: float, power: float) -> Schedule:
    return _polynomial(peak, steps, minimum=peak, power=1.0)


SCHEDULES: dict[str, Callable[..., Schedule]] = {
    "linear": _linear,
    "cosine": _cosine,
    "polynomial": _polynomial,
    "constant": _constant,
}
"""Schedules by the name the config gives them."""

"""Optimizers: Adam and SGD with decoupled weight decay, and the factory that makes them by name.

Enters: gradients and variables. Leaves: updated variables; moments are float32.
Gradients are expected summed over replicas and clipped already (`loop.py` does both). Which
variables decay is `weight_decay.py`'s part.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import keras
import tensorflow as tf

from tfft.errors import ConfigError, Fault, nearest
from tfft.training.schedule import WarmUp
from tfft.training.weight_decay import NO_DECAY, DecayedOptimizer


@keras.saving.register_keras_serializable(package="tfft")
class AdamWeightDecay(DecayedOptimizer):
    """Adam whose weight decay is not part of the gradient.

    With m and v the moments, b1 and b2 their decays, t the 1-based step and a the rate:
    `p -= a * (m / (1 - b1^t) / (sqrt(v / (1 - b2^t)) + epsilon) + weight_decay_rate * p)`.

    Args:
        learning_rate: a float or a schedule.
        beta_1: decay of the first moment.
        beta_2: decay of the second moment.
        epsilon: added after bias correction, as in the paper and in PyTorch. Keras adds it before,
            which makes it about 30 times larger at the first step.
        weight_decay_rate: decay, multiplied by the learning rate.
        include_in_weight_decay: expressions of paths that decay whatever the next argument says.
        exclude_from_weight_decay: expressions of paths that do not decay.
        name: name of the optimizer.
        **kwargs: passed on to `keras.optimizers.Optimizer`.

    Reference: Loshchilov and Hutter 2017, arXiv:1711.05101.
    """

    def __init__(
        self,
        learning_rate: Any = 0.001,
        beta_1: float = 0.9,
        beta_2: float = 0.999,
        epsilon: float = 1e-6,
        weight_decay_rate: float = 0.0,
        include_in_weight_decay: Sequence[str] | None = None,
        exclude_from_weight_decay: Sequence[str] | None = None,
        name: str = "AdamWeightDecay",
        **kwargs: Any,
    ):
        super().__init__(
            learning_rate,
            weight_decay_rate,
            include_in_weight_decay,
            exclude_from_weight_decay,
            name,
            **kwargs,
        )
        self.beta_1 = beta_1
        self.beta_2 = beta_2
        self.epsilon = epsilon

    def build(self, variables: Iterable[Any]) -> None:
        """Makes the moments and fixes which variables decay."""
        if self.built:
            return
        variables = list(variables)
        super().build(variables)
        self._first_moments, self._second_moments = self.add_optimizer_variables(
            variables, ["momentum", "velocity"]
        )

    def update_step(self, gradient: Any, variable: Any, learning_rate: Any) -> None:
        """Updates one variable and its moments; called by Keras on each device."""
        index = self._get_variable_index(variable)
        first, second = self._first_moments[index], self._second_moments[index]
        gradient = tf.cast(gradient, variable.dtype)
        step = tf.cast(self.iterations + 1, variable.dtype)
        first_correction = 1.0 - tf.pow(tf.cast(self.beta_1, variable.dtype), step)
        second_correction = 1.0 - tf.pow(tf.cast(self.beta_2, variable.dtype), step)
        self.assign_add(first, (gradient - first) * (1.0 - self.beta_1))
        self.assign_add(second, (tf.square(gradient) - second) * (1.0 - self.beta_2))
        update = (first / first_correction) / (tf.sqrt(second / second_correction) + self.epsilon)
        self.step(variable, update, learning_rate)

    def get_config(self) -> dict[str, Any]:
        """Returns the constructor's arguments."""
        return {
            **super().get_config(),
            "beta_1": self.beta_1,
            "beta_2": self.beta_2,
            "epsilon": self.epsilon,
        }


@keras.saving.register_keras_serializable(package="tfft")
class SgdWeightDecay(DecayedOptimizer):
    """Gradient descent with momentum whose weight decay is part of neither.

    With v the velocity, g the gradient and a the rate:
    `v = momentum * v + g; p -= a * v + a * weight_decay_rate * p`.
    The velocity holds gradients, not steps: a rate that changes acts at once, as in PyTorch, where
    Keras's SGD keeps the old rate in its momentum.

    Args:
        learning_rate: a float or a schedule.
        momentum: share of the velocity that stays; 0 keeps none and needs no memory for it.
        weight_decay_rate: decay, multiplied by the learning rate.
        include_in_weight_decay: expressions of paths that decay whatever the next argument says.
        exclude_from_weight_decay: expressions of paths that do not decay.
        name: name of the optimizer.
        **kwargs: passed on to `keras.optimizers.Optimizer`.

    Reference: Loshchilov and Hutter 2017, arXiv:1711.05101; there the momentum holds steps.
    """

    def __init__(
        self,
        learning_rate: Any = 0.01,
        momentum: float = 0.0,
        weight_decay_rate: float = 0.0,
        include_in_weight_decay: Sequence[str] | None = None,
        exclude_from_weight_decay: Sequence[str] | None = None,
        name: str = "SgdWeightDecay",
        **kwargs: Any,
    ):
        super().__init__(
            learning_rate,
            weight_decay_rate,
            include_in_weight_decay,
            exclude_from_weight_decay,
            name,
            **kwargs,
        )
        self.momentum = momentum

    def build(self, variables: Iterable[Any]) -> None:
        """Makes the velocities and fixes which variables decay."""
        if self.built:
            return
        variables = list(variables)
        super().build(variables)
        self._velocities = (
            self.add_optimizer_variables(variables, "velocity") if self.momentum else []
        )

    def update_step(self, gradient: Any, variable: Any, learning_rate: Any) -> None:
        """Updates one variable and its velocity; called by Keras on each device."""
        update = tf.cast(gradient, variable.dtype)
        if self.momentum:
            velocity = self._velocities[self._get_variable_index(variable)]
            self.assign(velocity, self.momentum * velocity + update)
            update = tf.convert_to_tensor(velocity)
        self.step(variable, update, learning_rate)

    def get_config(self) -> dict[str, Any]:
        """Returns the constructor's arguments."""
        return {**super().get_config(), "momentum": self.momentum}


def make_optimizer(
    name: str,
    *,
    learning_rate: Any,
    weight_decay: float = 0.0,
    adam_beta_1: float = 0.9,
    adam_beta_2: float = 0.999,
    adam_epsilon: float = 1e-6,
    momentum: float = 0.9,
    exclude_from_weight_decay: Sequence[str] = NO_DECAY,
) -> DecayedOptimizer:
    """Makes the optimizer `adamw`, `adam` or `sgd`; each takes the arguments that are its own.

    Args:
        name: a key of `OPTIMIZERS`.
        learning_rate: a float, where the loop owns the rate, or a schedule.
        weight_decay: decoupled decay; `adam` has none whatever is said here.
        adam_beta_1: decay of Adam's first moment.
        adam_beta_2: decay of Adam's second moment.
        adam_epsilon: Adam's epsilon, see `AdamWeightDecay`.
        momentum: of `sgd`.
        exclude_from_weight_decay: expressions of paths that do not decay.

    Raises:
        ConfigError: there is no such optimizer.
    """
    if name not in OPTIMIZERS:
        close = nearest(name, list(OPTIMIZERS))
        fault = Fault("training.optimizer", f"got {name!r}", ", ".join(OPTIMIZERS), close)
        raise ConfigError("There is no such optimizer", [fault])
    return OPTIMIZERS[name](
        learning_rate=learning_rate,
        weight_decay_rate=weight_decay,
        exclude_from_weight_decay=exclude_from_weight_decay,
        adam={"beta_1": adam_beta_1, "beta_2": adam_beta_2, "epsilon": adam_epsilon},
        momentum=momentum,
    )


def _adamw(*, adam: dict[str, Any], momentum: float, **shared: Any) -> DecayedOptimizer:
    return AdamWeightDecay(**shared, **adam)


def _adam(**options: Any) -> DecayedOptimizer:
    return _adamw(**options | {"weight_decay_rate": 0.0})


def _sgd(*, adam: dict[str, Any], momentum: float, **shared: Any) -> DecayedOptimizer:
    return SgdWeightDecay(**shared, momentum=momentum)


OPTIMIZERS: dict[str, Callable[..., DecayedOptimizer]] = {
    "adamw": _adamw,
    "adam": _adam,
    "sgd": _sgd,
}
"""Optimizers by the name the config gives them."""


def create_optimizer(
    init_lr: float,
    num_train_steps: int,
    num_warmup_steps: int,
    min_lr_ratio: float = 0.0,
    adam_beta1: float = 0.9,
    adam_beta2: float = 0.999,
    adam_epsilon: float = 1e-6,
    weight_decay_rate: float = 0.0,
    power: float = 1.0,
    include_in_weight_decay: Sequence[str] | None = None,
) -> tuple[AdamWeightDecay, Any]:
    """Makes BERT's optimizer and its schedule, with the arguments transformers 4 had.

    Args:
        init_lr: peak learning rate.
        num_train_steps: all steps, warm-up included.
        num_warmup_steps: steps over which the rate rises.
        min_lr_ratio: final rate as a share of `init_lr`.
        adam_beta1: decay of the first moment.
        adam_beta2: decay of the second moment.
        adam_epsilon: Adam's epsilon, see `AdamWeightDecay`.
        weight_decay_rate: decoupled decay; LayerNorm and biases are left out.
        power: power of the polynomial decay; 1 is linear.
        include_in_weight_decay: expressions of paths that decay all the same.

    Returns:
        The optimizer and its schedule.
    """
    schedule: Any = keras.optimizers.schedules.PolynomialDecay(
        initial_learning_rate=init_lr,
        decay_steps=max(1, num_train_steps - num_warmup_steps),
        end_learning_rate=init_lr * min_lr_ratio,
        power=power,
    )
    if num_warmup_steps:
        schedule = WarmUp(init_lr, schedule, num_warmup_steps)
    optimizer = AdamWeightDecay(
        learning_rate=schedule,
        beta_1=adam_beta1,
        beta_2=adam_beta2,
        epsilon=adam_epsilon,
        weight_decay_rate=weight_decay_rate,
        include_in_weight_decay=include_in_weight_decay,
        exclude_from_weight_decay=NO_DECAY,
    )
    return optimizer, schedule

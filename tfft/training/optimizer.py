"""AdamWeightDecay: Adam with decoupled weight decay, and the parameters it spares chosen by path.

Enters: gradients and variables. Leaves: updated variables; moments are float32.
Gradients are expected summed over replicas and clipped already (`loop.py` does both).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any

import keras
import tensorflow as tf

from tfft.training.schedule import WarmUp

NO_DECAY = ("LayerNorm", "layer_norm", "bias")
"""Parts of the path of a variable that weight decay leaves alone in BERT's recipe."""


@keras.saving.register_keras_serializable(package="tfft")
class AdamWeightDecay(keras.optimizers.Optimizer):
    """Adam whose weight decay is not part of the gradient.

    With m and v the moments, b1 and b2 their decays, t the 1-based step and a the rate:
    `p -= a * (m / (1 - b1^t) / (sqrt(v / (1 - b2^t)) + epsilon) + weight_decay_rate * p)`.
    Which variables decay is decided once, when the optimizer is built: by regular expressions
    searched in `variable.path`, where Keras's `exclude_from_weight_decay` sees only the last part
    of it and lets LayerNorm slip through.

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
        super().__init__(learning_rate=learning_rate, name=name, **kwargs)
        self.beta_1 = beta_1
        self.beta_2 = beta_2
        self.epsilon = epsilon
        self.weight_decay_rate = weight_decay_rate
        self.include_patterns = tuple(include_in_weight_decay or ())
        self.exclude_patterns = tuple(exclude_from_weight_decay or ())
        self.decayed_paths: tuple[str, ...] = ()

    def decays(self, path: str) -> bool:
        """Whether the variable with this path is decayed."""
        if not self.weight_decay_rate:
            return False
        if any(re.search(pattern, path) for pattern in self.include_patterns):
            return True
        return not any(re.search(pattern, path) for pattern in self.exclude_patterns)

    def build(self, variables: Iterable[Any]) -> None:
        """Makes the moments and fixes which variables decay."""
        if self.built:
            return
        variables = list(variables)
        super().build(variables)
        self._first_moments, self._second_moments = self.add_optimizer_variables(
            variables, ["momentum", "velocity"]
        )
        self._is_decayed = [self.decays(variable.path) for variable in variables]
        self.decayed_paths = tuple(
            v.path for v, is_decayed in zip(variables, self._is_decayed, strict=True) if is_decayed
        )

    def update_step(self, gradient: Any, variable: Any, learning_rate: Any) -> None:
        """Updates one variable and its moments; called by Keras on each device."""
        index = self._get_variable_index(variable)
        first, second = self._first_moments[index], self._second_moments[index]
        gradient = tf.cast(gradient, variable.dtype)
        rate = tf.cast(learning_rate, variable.dtype)
        step = tf.cast(self.iterations + 1, variable.dtype)
        first_correction = 1.0 - tf.pow(tf.cast(self.beta_1, variable.dtype), step)
        second_correction = 1.0 - tf.pow(tf.cast(self.beta_2, variable.dtype), step)
        self.assign_add(first, (gradient - first) * (1.0 - self.beta_1))
        self.assign_add(second, (tf.square(gradient) - second) * (1.0 - self.beta_2))
        update = (first / first_correction) / (tf.sqrt(second / second_correction) + self.epsilon)
        if self._is_decayed[index]:
            update += self.weight_decay_rate * variable
        self.assign_sub(variable, rate * update)

    def get_config(self) -> dict[str, Any]:
        """Returns the constructor's arguments."""
        return {
            **super().get_config(),
            "beta_1": self.beta_1,
            "beta_2": self.beta_2,
            "epsilon": self.epsilon,
            "weight_decay_rate": self.weight_decay_rate,
            "include_in_weight_decay": list(self.include_patterns),
            "exclude_from_weight_decay": list(self.exclude_patterns),
        }


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

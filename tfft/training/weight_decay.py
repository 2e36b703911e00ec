"""Decoupled weight decay, and the variables it spares chosen by path: the base of our optimizers.

Enters: a rate of decay and regular expressions of paths. Leaves: which variables decay, decided
once, when the optimizer is built. How a gradient moves a variable is the subclass's part.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any

import keras
import tensorflow as tf

NO_DECAY = ("LayerNorm", "layer_norm", "bias")
"""Parts of the path of a variable that weight decay leaves alone in BERT's recipe."""


class DecayedOptimizer(keras.optimizers.Optimizer):
    """An optimizer whose decay is no part of the gradient: `p -= rate * weight_decay_rate * p`.

    Which variables decay is told by expressions searched in `variable.path`, where Keras's
    `exclude_from_weight_decay` sees only the last part of it and lets LayerNorm slip through.
    A subclass makes its variables in `build`, after this one's, and calls `step` in `update_step`.

    Args:
        learning_rate: a float or a schedule.
        weight_decay_rate: decay, multiplied by the learning rate.
        include_in_weight_decay: expressions of paths that decay whatever the next argument says.
        exclude_from_weight_decay: expressions of paths that do not decay.
        name: name of the optimizer.
        **kwargs: passed on to `keras.optimizers.Optimizer`.

    Attributes:
        decayed_paths: paths of the variables that decay; empty until the optimizer is built.

    Reference: Loshchilov and Hutter 2017, arXiv:1711.05101.
    """

    def __init__(
        self,
        learning_rate: Any,
        weight_decay_rate: float = 0.0,
        include_in_weight_decay: Sequence[str] | None = None,
        exclude_from_weight_decay: Sequence[str] | None = None,
        name: str | None = None,
        **kwargs: Any,
    ):
        super().__init__(learning_rate=learning_rate, name=name, **kwargs)
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
        """Fixes which variables decay."""
        variables = list(variables)
        super().build(variables)
        self._is_decayed = [self.decays(variable.path) for variable in variables]
        self.decayed_paths = tuple(
            v.path for v, is_decayed in zip(variables, self._is_decayed, strict=True) if is_decayed
        )

    def step(self, variable: Any, update: Any, learning_rate: Any) -> None:
        """Moves a variable: `variable -= learning_rate * (update + weight_decay_rate * variable)`.

        Args:
            variable: as it came to `update_step`.
            update: what the gradient asks for, of the variable's shape and dtype.
            learning_rate: float scalar.
        """
        if self._is_decayed[self._get_variable_index(variable)]:
            update += self.weight_decay_rate * variable
        self.assign_sub(variable, tf.cast(learning_rate, variable.dtype) * update)

    def get_config(self) -> dict[str, Any]:
        """Returns the constructor's arguments."""
        return {
            **super().get_config(),
            "weight_decay_rate": self.weight_decay_rate,
            "include_in_weight_decay": list(self.include_patterns),
            "exclude_from_weight_decay": list(self.exclude_patterns),
        }

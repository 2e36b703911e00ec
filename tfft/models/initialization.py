"""Reproducible random weights: one seed for a model, another derived for each of its weights.

Enters: a model's seed and a weight's name. Leaves: Keras initializers and dense layers whose
values depend on these two alone, not on the order of construction or on other weights.
Draws nothing itself; Keras fills the variables.
"""

from __future__ import annotations

import hashlib
import random
from typing import Any

import keras

NUM_SEEDS = 2**31
"""Seeds are drawn below this: what Keras's generators take on every backend."""


def new_seed() -> int:
    """Returns a fresh seed; repeatable after `keras.utils.set_random_seed`."""
    return random.randrange(NUM_SEEDS)


def derived_seed(seed: int, name: str) -> int:
    """Returns the seed of one weight or part; equal seeds and names give equal results."""
    digest = hashlib.blake2s(f"{seed}/{name}".encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big") % NUM_SEEDS


def normal_initializer(initializer_range: float, seed: int) -> keras.initializers.Initializer:
    """Returns a normal initializer cut at two standard deviations, as BERT was published with."""
    return keras.initializers.TruncatedNormal(stddev=initializer_range, seed=seed)


def dense(
    units: int, *, name: str, initializer_range: float, seed: int, dtype: Any
) -> keras.layers.Dense:
    """Returns an unbuilt dense layer with a normal kernel, seeded by `seed` and `name`."""
    initializer = normal_initializer(initializer_range, derived_seed(seed, name))
    return keras.layers.Dense(units, kernel_initializer=initializer, name=name, dtype=dtype)

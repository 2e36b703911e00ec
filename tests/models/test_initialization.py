"""Seeds decide weights, and nothing else does."""

from __future__ import annotations

import keras
import numpy as np

from tfft.models.initialization import dense, derived_seed, new_seed


def kernel(name: str, seed: int) -> np.ndarray:
    layer = dense(5, name=name, initializer_range=0.02, seed=seed, dtype="float32")
    layer.build((None, 200))
    return keras.ops.convert_to_numpy(layer.kernel)


def test_derived_seeds_do_not_change_between_versions():
    assert derived_seed(17, "query") == 1813310453
    assert derived_seed(17, "key") == 364991406


def test_equal_seed_and_name_give_equal_weights_and_other_names_or_seeds_give_others():
    assert np.array_equal(kernel("query", 3), kernel("query", 3))
    assert not np.array_equal(kernel("query", 3), kernel("key", 3))
    assert not np.array_equal(kernel("query", 3), kernel("query", 4))


def test_weights_spread_by_the_initializer_range_and_are_cut_at_two_deviations():
    values = kernel("query", 3)
    assert 0.035 < np.max(np.abs(values)) <= 0.04
    # A normal cut at two deviations keeps 0.88 of its deviation.
    assert 0.0165 < np.std(values) < 0.0187


def test_a_new_seed_follows_keras_global_seed():
    keras.utils.set_random_seed(5)
    first = new_seed()
    keras.utils.set_random_seed(5)
    assert new_seed() == first
    assert new_seed() != first

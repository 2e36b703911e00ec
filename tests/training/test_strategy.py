"""Names of strategies and precisions become what they say."""

from typing import get_args

import keras
import numpy as np
import pytest

from tfft.config.schema import StrategyName
from tfft.errors import ConfigError
from tfft.training.strategy import STRATEGIES, make_strategy, policy_name


def test_the_schema_names_exactly_the_strategies_there_are():
    assert set(get_args(StrategyName)) == set(STRATEGIES)


def test_mirrored_takes_all_devices_and_one_device_takes_one(two_devices):
    assert make_strategy("mirrored").num_replicas_in_sync == len(two_devices) == 2
    assert make_strategy("one_device").num_replicas_in_sync == 1
    assert make_strategy("auto").num_replicas_in_sync == 1  # several CPUs are no reason to mirror


def test_models_of_two_sizes_train_mirrored_in_one_process(two_devices):
    for size in (3, 7):
        strategy = make_strategy("mirrored")
        with strategy.scope():
            model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(size)])
        model.compile(optimizer="sgd", loss="mse")
        history = model.fit(np.ones((4, 2)), np.ones((4, size)), verbose=0).history
        assert np.isfinite(history["loss"][0])


def test_an_unknown_strategy_names_the_nearest():
    with pytest.raises(ConfigError, match="Did you mean `mirrored`"):
        make_strategy("miror")


def test_auto_precision_is_float32_without_a_gpu():
    assert policy_name("auto") == "float32"
    assert policy_name("bfloat16") == "mixed_bfloat16"

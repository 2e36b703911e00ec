"""AdamWeightDecay computes the formula of its docstring and spares what it says."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from tfft.training.optimizer import AdamWeightDecay, create_optimizer
from tfft.training.schedule import WarmUp


def adam_by_hand(parameter, gradients, rate, decay, b1=0.9, b2=0.999, epsilon=1e-6):
    first = second = np.zeros_like(parameter)
    for step, gradient in enumerate(gradients, start=1):
        first = b1 * first + (1 - b1) * gradient
        second = b2 * second + (1 - b2) * gradient**2
        update = first / (1 - b1**step) / (np.sqrt(second / (1 - b2**step)) + epsilon)
        parameter = parameter - rate * (update + decay * parameter)
    return parameter


def test_three_steps_equal_the_formula():
    start = np.array([[1.0, -2.0, 0.5], [0.0, 3.0, -1.0]], np.float64)
    gradients = [start * 0.1, start - 1, np.ones_like(start) * 1e-7]
    variable = keras.Variable(start.astype(np.float32), name="kernel")
    optimizer = AdamWeightDecay(0.01, weight_decay_rate=0.1)
    for gradient in gradients:
        optimizer.apply([tf.constant(gradient, tf.float32)], [variable])
    np.testing.assert_allclose(
        variable.numpy(), adam_by_hand(start, gradients, 0.01, 0.1), rtol=2e-6, atol=2e-7
    )


def test_decay_without_gradient_is_the_rate_times_the_decay():
    variable = keras.Variable([2.0, -4.0], name="kernel")
    AdamWeightDecay(0.5, weight_decay_rate=0.1).apply([tf.zeros(2)], [variable])
    np.testing.assert_allclose(variable.numpy(), [1.9, -3.8], rtol=1e-6)


@pytest.mark.parametrize(
    ("path", "decays"),
    [
        ("bert/encoder/layer_0/attention/output/LayerNorm/gamma", False),
        ("bert/encoder/layer_0/attention/output/LayerNorm/beta", False),
        ("bert/encoder/layer_0/output/dense/bias", False),
        ("bert/encoder/layer_0/output/dense/kernel", True),
        ("bert/embeddings/word_embeddings/embeddings", True),
    ],
)
def test_layer_norm_and_bias_are_spared_by_path(path, decays):
    optimizer, _ = create_optimizer(1e-3, 10, 1, weight_decay_rate=0.01)
    assert optimizer.decays(path) is decays


def test_inclusion_beats_exclusion_and_no_rate_means_no_decay():
    optimizer, _ = create_optimizer(
        1e-3, 10, 1, weight_decay_rate=0.01, include_in_weight_decay=["output/dense"]
    )
    assert optimizer.decays("output/dense/bias")
    assert not create_optimizer(1e-3, 10, 1)[0].decays("output/dense/kernel")


def test_the_decayed_set_is_known_once_built():
    kernel, bias = keras.Variable([1.0], name="kernel"), keras.Variable([1.0], name="bias")
    optimizer, _ = create_optimizer(1e-3, 10, 1, weight_decay_rate=0.01)
    optimizer.build([kernel, bias])
    assert optimizer.decayed_paths == ("kernel",)


def test_warm_up_rises_linearly_then_falls_to_zero():
    _, schedule = create_optimizer(1.0, num_train_steps=10, num_warmup_steps=4)
    rates = [float(schedule(step)) for step in range(11)]
    np.testing.assert_allclose(
        rates, [0, 0.25, 0.5, 0.75, 1, 5 / 6, 4 / 6, 0.5, 2 / 6, 1 / 6, 0], atol=1e-6
    )


def test_optimizer_and_schedule_survive_a_config_round_trip():
    optimizer, schedule = create_optimizer(1e-3, 10, 3, weight_decay_rate=0.01)
    again = keras.optimizers.deserialize(keras.optimizers.serialize(optimizer))
    assert isinstance(again, AdamWeightDecay)
    assert again.get_config() == optimizer.get_config()
    copy = WarmUp.from_config(schedule.get_config())
    assert float(copy(2)) == float(schedule(2))

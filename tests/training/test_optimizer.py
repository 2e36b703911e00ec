"""Every optimizer computes the formula of its docstring, and names make optimizers."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from tfft.errors import ConfigError
from tfft.training.optimizer import (
    AdamWeightDecay,
    SgdWeightDecay,
    create_optimizer,
    make_optimizer,
)
from tfft.training.schedule import WarmUp
from tfft.training.strategy import make_strategy


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


def test_two_steps_of_sgd_with_momentum_equal_the_formula():
    # v = 0.5 v + g; p -= 0.1 v + 0.1 * 0.2 p
    variable = keras.Variable([1.0, -2.0], name="kernel")
    optimizer = SgdWeightDecay(0.1, momentum=0.5, weight_decay_rate=0.2)
    optimizer.apply([tf.constant([1.0, 0.0])], [variable])
    # v = [1, 0]: 1 - 0.1 - 0.02, -2 - 0 + 0.04
    np.testing.assert_allclose(variable.numpy(), [0.88, -1.96], rtol=1e-6)
    optimizer.apply([tf.constant([2.0, -1.0])], [variable])
    # v = [2.5, -1]: 0.88 - 0.25 - 0.0176, -1.96 + 0.1 + 0.0392
    np.testing.assert_allclose(variable.numpy(), [0.6124, -1.8208], rtol=1e-6)


def test_sgd_without_momentum_is_gradient_and_decay_and_keeps_no_velocity():
    variable = keras.Variable([2.0, -4.0], name="kernel")
    optimizer = SgdWeightDecay(0.5, weight_decay_rate=0.1)
    optimizer.apply([tf.constant([1.0, 3.0])], [variable])
    # 2 - 0.5 - 0.1, -4 - 1.5 + 0.2
    np.testing.assert_allclose(variable.numpy(), [1.4, -5.3], rtol=1e-6)
    assert [v.name for v in optimizer.variables] == ["iteration", "learning_rate"]


def test_a_changed_rate_acts_on_the_whole_velocity_at_once():
    variable = keras.Variable([1.0], name="kernel")
    optimizer = SgdWeightDecay(1.0, momentum=0.5)
    optimizer.apply([tf.constant([1.0])], [variable])
    optimizer.learning_rate = 0.1
    optimizer.apply([tf.constant([0.0])], [variable])
    np.testing.assert_allclose(variable.numpy(), [1 - 1 - 0.1 * 0.5], atol=1e-7)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        # the first step of Adam is the sign of the gradient; decay 0.5 * 0.1 * 2 where there is any
        ("adamw", [2 - 0.5 - 0.1, -4 - 0.5 + 0.2]),
        ("adam", [2 - 0.5, -4 - 0.5]),
        ("sgd", [2 - 0.5 * 0.25 - 0.1, -4 - 0.5 * 3 + 0.2]),
    ],
)
def test_each_name_makes_its_optimizer(name, expected):
    optimizer = make_optimizer(name, learning_rate=0.5, weight_decay=0.1, momentum=0.75)
    kernel, bias = keras.Variable([2.0, -4.0], name="kernel"), keras.Variable([3.0], name="bias")
    optimizer.apply([tf.constant([0.25, 3.0]), tf.constant([0.0])], [kernel, bias])
    np.testing.assert_allclose(kernel.numpy(), expected, rtol=1e-5)
    assert bias.numpy().tolist() == [3.0]  # spared


def test_the_factory_passes_on_what_is_each_ones_own():
    adam = make_optimizer(
        "adamw", learning_rate=0.5, adam_beta_1=0.8, adam_beta_2=0.98, adam_epsilon=1e-7
    )
    assert (adam.beta_1, adam.beta_2, adam.epsilon) == (0.8, 0.98, 1e-7)
    assert make_optimizer("sgd", learning_rate=0.5, momentum=0.3).momentum == 0.3


def test_an_unknown_optimizer_names_the_nearest():
    with pytest.raises(ConfigError, match="Did you mean `adamw`"):
        make_optimizer("adamW2", learning_rate=0.5)


def copies_after_three_steps(strategy_name, optimizer_name):
    strategy = make_strategy(strategy_name)
    with strategy.scope():
        variable = keras.Variable([[1.0, -2.0, 3.0]], name="kernel")
        optimizer = make_optimizer(optimizer_name, learning_rate=0.1, weight_decay=0.1)
        optimizer.build([variable])

    def replica_step():
        # Each replica has its share: Keras sums them.
        factor = tf.cast(optimizer.iterations + 1, tf.float32) / strategy.num_replicas_in_sync
        optimizer.apply([tf.constant([[1.0, 0.5, -2.0]]) * factor], [variable])

    step = tf.function(lambda: strategy.run(replica_step))
    for _ in range(3):
        step()
    return [np.asarray(copy) for copy in strategy.experimental_local_results(variable.value)]


@pytest.mark.parametrize("name", ["adamw", "sgd"])
def test_two_mirrored_devices_hold_the_weights_of_one(two_devices, name):
    (one,) = copies_after_three_steps("one_device", name)
    first, second = copies_after_three_steps("mirrored", name)
    np.testing.assert_array_equal(first, second)
    np.testing.assert_allclose(one, first, rtol=1e-6)
    assert abs(one - [[1, -2, 3]]).min() > 0.1


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
    assert not again.decays("LayerNorm/gamma") and again.decays("dense/kernel")
    assert float(again.learning_rate) == float(optimizer.learning_rate)
    copy = WarmUp.from_config(schedule.get_config())
    assert float(copy(2)) == float(schedule(2))

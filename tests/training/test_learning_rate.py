"""The rate is schedule times factor; what others change in it is kept, in checkpoints too."""

import keras
import numpy as np
import pytest

from tests.training.tiny import TinyModel, batches, row_losses
from tfft.training.checkpoint import CheckpointStore
from tfft.training.learning_rate import LearningRate
from tfft.training.loop import TrainingLoop
from tfft.training.optimizer import create_optimizer, make_optimizer
from tfft.training.schedule import make_schedule
from tfft.training.strategy import make_strategy


def halving(step):
    return 0.8 * 0.5**step


def after(optimizer, rate, *, steps):
    """Rates of so many steps."""
    rates = []
    for _ in range(steps):
        rates.append(rate.set())
        optimizer.iterations.assign_add(1)
    return rates


@pytest.fixture
def optimizer():
    return keras.optimizers.SGD(0.8)


def test_the_rate_is_the_schedules_where_nobody_changes_it(optimizer):
    rate = LearningRate(optimizer, halving)
    assert after(optimizer, rate, steps=3) == pytest.approx([0.8, 0.4, 0.2])
    assert float(optimizer.learning_rate) == pytest.approx(0.2)
    assert float(rate.factor) == 1.0


def test_a_change_becomes_a_factor_of_all_later_rates(optimizer):
    rate = LearningRate(optimizer, halving)
    after(optimizer, rate, steps=2)
    optimizer.learning_rate = 0.1  # a quarter of 0.4
    assert after(optimizer, rate, steps=2) == pytest.approx([0.05, 0.025])
    assert float(rate.factor) == pytest.approx(0.25)
    optimizer.learning_rate = 0.05  # twice as much as it was, of a schedule that halves
    assert after(optimizer, rate, steps=1) == pytest.approx([0.025])
    assert float(rate.factor) == pytest.approx(0.5)


def test_a_change_before_the_first_step_counts(optimizer):
    rate = LearningRate(optimizer, halving)
    optimizer.learning_rate = 0.08
    assert after(optimizer, rate, steps=2) == pytest.approx([0.08, 0.04])


def test_what_is_set_at_a_rate_of_zero_is_the_next_steps_rate(optimizer):
    rate = LearningRate(optimizer, make_schedule("constant", peak=0.8, num_steps=9, warmup_steps=2))
    assert after(optimizer, rate, steps=1) == [0.0]
    optimizer.learning_rate = 0.2
    assert after(optimizer, rate, steps=3) == pytest.approx([0.2, 0.4, 0.4])


def test_the_factor_does_not_push_the_rate_below_its_minimum_and_the_schedule_may(optimizer):
    rate = LearningRate(optimizer, halving, minimum_rate=0.15)
    after(optimizer, rate, steps=1)
    optimizer.learning_rate = 0.4
    # 0.2, then 0.1 which is raised, then 0.1 of the schedule itself times a half
    assert after(optimizer, rate, steps=3) == pytest.approx([0.2, 0.15, 0.1])


def test_without_a_schedule_the_optimizers_own_rate_is_left_alone():
    optimizer, _ = create_optimizer(1.0, num_train_steps=4, num_warmup_steps=2)
    assert after(optimizer, LearningRate(optimizer), steps=3) == pytest.approx([0.0, 0.5, 1.0])
    optimizer = keras.optimizers.SGD(0.7)
    rate = LearningRate(optimizer)
    optimizer.learning_rate = 0.3
    assert after(optimizer, rate, steps=2) == pytest.approx([0.3, 0.3])


def test_two_schedules_are_refused():
    optimizer, _ = create_optimizer(1.0, num_train_steps=4, num_warmup_steps=2)
    with pytest.raises(ValueError, match="the optimizer has one inside"):
        LearningRate(optimizer, halving)


def test_a_checkpoint_keeps_the_factor_and_a_change_that_no_step_has_seen(tmp_path, optimizer):
    rate = LearningRate(optimizer, halving)
    after(optimizer, rate, steps=1)
    optimizer.learning_rate = 0.4
    after(optimizer, rate, steps=1)
    optimizer.learning_rate = 0.1  # half of 0.2: the factor is to be a quarter
    CheckpointStore(tmp_path, optimizer=optimizer, learning_rate=rate).save({"step": 2})

    again = keras.optimizers.SGD(0.8)
    rate = LearningRate(again, halving)
    CheckpointStore(tmp_path, optimizer=again, learning_rate=rate).restore()
    assert float(rate.factor) == 0.5
    assert after(again, rate, steps=2) == pytest.approx([0.2 * 0.25, 0.1 * 0.25])


class Halve(keras.callbacks.Callback):
    """Halves the rate after the first epoch, as ReduceLROnPlateau does it."""

    def on_epoch_end(self, epoch, logs=None):
        if epoch == 0:
            optimizer = self.model.optimizer
            optimizer.learning_rate = float(optimizer.learning_rate.numpy()) * 0.5


def trained(strategy_name):
    keras.utils.set_random_seed(3)
    strategy = make_strategy(strategy_name)
    with strategy.scope():
        model = TinyModel()
        optimizer = make_optimizer("sgd", learning_rate=0.9, weight_decay=0.01)
        model.compile(optimizer=optimizer)
    rates = []
    keep = keras.callbacks.LambdaCallback(
        on_train_batch_end=lambda batch, logs: rates.append(logs["learning_rate"])
    )
    loop = TrainingLoop(
        model, optimizer, strategy=strategy, row_losses=row_losses,
        schedule=make_schedule("linear", peak=0.9, num_steps=9, warmup_steps=1),
    )  # fmt: skip
    loop.run(batches, epochs=3, steps_per_epoch=3, callbacks=[keep, Halve()])
    return [v.numpy() for v in model.trainable_variables], rates


def test_the_loop_sets_the_rate_before_every_step_on_one_and_two_devices(two_devices):
    one, rates = trained("one_device")
    expected = [0, 0.9, 0.7875, *(0.5 * 0.9 * n / 8 for n in (6, 5, 4, 3, 2, 1))]
    np.testing.assert_allclose(rates, expected, rtol=1e-5)
    two, rates_of_two = trained("mirrored")
    assert rates_of_two == rates
    for a, b in zip(one, two, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-4, atol=1e-5)

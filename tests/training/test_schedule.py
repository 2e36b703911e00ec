"""Schedules by name give the rates of their formulas."""

import keras
import numpy as np
import pytest

from tfft.errors import ConfigError
from tfft.training.schedule import WarmUp, make_schedule


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        # steps 0, 2 (half of the warm-up), 4 (its end), 7 (half of what follows), 10 (end), 12
        ("linear", [0.0, 0.4, 0.8, 0.5, 0.2, 0.2]),
        ("cosine", [0.0, 0.4, 0.8, 0.5, 0.2, 0.2]),
        ("polynomial", [0.0, 0.4, 0.8, 0.275, 0.2, 0.2]),
        ("constant", [0.0, 0.4, 0.8, 0.8, 0.8, 0.8]),
    ],
)
def test_rates_at_begin_warm_up_middle_and_end(name, expected):
    schedule = make_schedule(
        name, peak=0.8, num_steps=10, warmup_steps=4, minimum=0.2, power=3.0
    )  # fmt: skip
    rates = [float(schedule(step)) for step in (0, 2, 4, 7, 10, 12)]
    np.testing.assert_allclose(rates, expected, atol=1e-6)


def test_cosine_is_flat_at_both_ends_where_linear_is_not():
    cosine = make_schedule("cosine", peak=1.0, num_steps=8)
    rates = [float(cosine(step)) for step in range(9)]
    expected = [1, 0.96194, 0.853553, 0.691342, 0.5, 0.308658, 0.146447, 0.03806, 0]
    np.testing.assert_allclose(rates, expected, atol=1e-5)


@pytest.mark.parametrize("name", ["linear", "cosine", "polynomial", "constant"])
def test_without_a_warm_up_the_peak_is_the_first_rate(name):
    schedule = make_schedule(name, peak=2e-5, num_steps=7)
    assert float(schedule(0)) == pytest.approx(2e-5, rel=1e-6)
    assert isinstance(schedule, keras.optimizers.schedules.LearningRateSchedule)


def test_a_warm_up_over_all_steps_reaches_the_peak():
    schedule = make_schedule("linear", peak=1.0, num_steps=3, warmup_steps=3)
    assert [float(schedule(step)) for step in range(4)] == pytest.approx([0, 1 / 3, 2 / 3, 1])


def test_a_schedule_survives_a_config_round_trip():
    schedule = make_schedule("cosine", peak=0.3, num_steps=11, warmup_steps=2, minimum=0.1)
    again = keras.saving.deserialize_keras_object(keras.saving.serialize_keras_object(schedule))
    assert isinstance(again, WarmUp)
    assert float(again(5)) == float(schedule(5)) != float(schedule(6))


def test_an_unknown_schedule_names_the_nearest():
    with pytest.raises(ConfigError, match="Did you mean `cosine`"):
        make_schedule("cosin", peak=1.0, num_steps=3)


def test_a_minimum_above_the_peak_is_refused():
    with pytest.raises(ValueError, match=r"minimum 0\.2 is above the peak 0\.1"):
        make_schedule("linear", peak=0.1, num_steps=3, minimum=0.2)

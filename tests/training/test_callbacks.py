"""Stock callbacks do in the loop what they do in Keras's fit."""

import csv
import functools

import keras
import numpy as np
import pytest
import tensorflow as tf
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from tests.training.tiny import TinyModel, batches, row_losses
from tfft.training.callbacks import stalling_callbacks
from tfft.training.checkpoint import CheckpointStore
from tfft.training.learning_rate import LearningRate
from tfft.training.loop import TrainingLoop
from tfft.training.optimizer import make_optimizer
from tfft.training.schedule import make_schedule
from tfft.training.strategy import make_strategy


class Training:
    """A loop on the tiny model whose validation scores are given."""

    def __init__(self, strategy_name, losses=row_losses):
        keras.utils.set_random_seed(3)
        strategy = make_strategy(strategy_name)
        with strategy.scope():
            self.model = TinyModel()
            self.optimizer = make_optimizer("sgd", learning_rate=0.05)
            self.model.compile(optimizer=self.optimizer)
        self.loop = TrainingLoop(
            self.model, self.optimizer, strategy=strategy, row_losses=losses
        )  # fmt: skip
        variables = (*self.model.variables, *self.optimizer.variables)
        self.first = [(variable, variable.numpy()) for variable in variables]

    def restart(self, *, rate=0.05, schedule=None):
        """Makes everything as it was before the first step, but for the traced step itself."""
        for variable, value in self.first:
            variable.assign(value)
        self.optimizer.learning_rate = rate
        self.loop.learning_rate = LearningRate(self.optimizer, schedule)
        return self

    def train(self, *callbacks, scores=(0.5, 0.25, 0.375, 0.375), metric="loss"):
        """Trains as many epochs of three steps as there are scores."""
        values = iter(scores)
        return self.loop.run(
            batches, epochs=len(scores), steps_per_epoch=3, callbacks=callbacks,
            evaluate=lambda callbacks: {metric: next(values)},
        )  # fmt: skip

    def weights(self):
        return [v.numpy() for v in self.model.trainable_variables]


once = functools.cache(Training)
"""Tracing the step takes longer than everything else here."""


def run_of(strategy="one_device", **options):
    return once(strategy).restart(**options)


class KeepWeights(keras.callbacks.Callback):
    """Keeps the weights of every epoch."""

    def __init__(self):
        super().__init__()
        self.kept = []

    def on_epoch_end(self, epoch, logs=None):
        self.kept.append([v.numpy() for v in self.model.trainable_variables])


def test_early_stopping_stops_and_restores_the_best_weights():
    run, keep = run_of(), KeepWeights()
    stop = keras.callbacks.EarlyStopping("val_loss", patience=2, restore_best_weights=True)
    history = run.train(keep, stop, scores=(0.5, 0.25, 0.375, 0.375, 0.1))
    assert history["val_loss"] == [0.5, 0.25, 0.375, 0.375]
    assert (stop.stopped_epoch, stop.best_epoch, stop.best) == (3, 1, 0.25)
    for ours, best, last in zip(run.weights(), keep.kept[1], keep.kept[3], strict=True):
        np.testing.assert_array_equal(ours, best)
        assert not np.array_equal(ours, last)


def test_model_checkpoint_keeps_the_best_weights(tmp_path):
    run, keep = run_of(), KeepWeights()
    path = tmp_path / "weights" / "best.weights.h5"
    run.train(
        keep,
        keras.callbacks.ModelCheckpoint(path, save_weights_only=True, save_best_only=True),
    )
    other = TinyModel()
    other.load_weights(path)
    for ours, best in zip(other.trainable_variables, keep.kept[1], strict=True):
        np.testing.assert_array_equal(ours.numpy(), best)


def test_model_checkpoint_keeps_a_whole_model_that_loads(tmp_path):
    run = run_of(schedule=make_schedule("linear", peak=0.05, num_steps=12))
    run.train(keras.callbacks.ModelCheckpoint(tmp_path / "{epoch}-{val_loss:.2f}.keras"))
    assert sorted(p.name for p in tmp_path.iterdir()) == [
        "1-0.50.keras", "2-0.25.keras", "3-0.38.keras", "4-0.38.keras",
    ]  # fmt: skip
    again = keras.saving.load_model(tmp_path / "4-0.38.keras")
    batch = next(iter(batches(0)))
    np.testing.assert_array_equal(again(batch).logits, run.model(batch).logits)
    assert int(again.optimizer.iterations.numpy()) == 12
    for ours, theirs in zip(again.optimizer.variables, run.optimizer.variables, strict=True):
        np.testing.assert_array_equal(ours.numpy(), theirs.numpy())


def test_model_checkpoint_counts_steps_over_epochs(tmp_path):
    run = run_of()
    path = tmp_path / "{epoch}-{batch}.weights.h5"
    run.train(keras.callbacks.ModelCheckpoint(path, save_weights_only=True, save_freq=4))
    # steps 4, 8 and 12 of epochs of three
    assert sorted(p.name for p in tmp_path.iterdir()) == [
        "2-1.weights.h5", "3-2.weights.h5", "4-3.weights.h5",
    ]  # fmt: skip


def test_csv_logger_writes_a_column_for_every_log(tmp_path):
    history = run_of().train(keras.callbacks.CSVLogger(tmp_path / "log.csv"))
    with open(tmp_path / "log.csv", newline="") as file:
        rows = list(csv.DictReader(file))
    assert list(rows[0]) == [
        "epoch", "gradient_norm", "learning_rate", "loss", "step_loss", "val_loss",
    ]  # fmt: skip
    assert [row["epoch"] for row in rows] == ["0", "1", "2", "3"]
    assert [float(row["val_loss"]) for row in rows] == [0.5, 0.25, 0.375, 0.375]
    assert [float(row["loss"]) for row in rows] == history["loss"]
    assert float(rows[3]["learning_rate"]) == pytest.approx(0.05)


def recording(calls):
    """A LambdaCallback that notes every hook with its number and the names of Keras's own logs."""

    def note(name):
        def with_number(number, logs):
            known = sorted(set(logs or {}) & {"loss", "val_loss"})
            calls.append((name, number, known))

        def without_number(logs):
            calls.append((name, None, sorted(set(logs or {}) & {"loss", "val_loss"})))

        return (
            without_number if name.startswith("on_train_") and "batch" not in name else with_number
        )

    names = ["on_epoch_begin", "on_epoch_end", "on_train_begin", "on_train_end",
             "on_train_batch_begin", "on_train_batch_end"]  # fmt: skip
    return keras.callbacks.LambdaCallback(**{name: note(name) for name in names})


def test_lambda_callback_sees_the_hooks_numbers_and_logs_of_fit():
    ours, theirs = [], []
    run_of().train(recording(ours), scores=(0.5, 0.25))
    model = keras.Sequential([keras.layers.Dense(1)])
    model.compile("sgd", "mse")
    x, y = np.zeros((11, 2), np.float32), np.zeros((11, 1), np.float32)
    model.fit(x, y, batch_size=5, epochs=2, validation_data=(x, y), verbose=0,
              callbacks=[recording(theirs)])  # fmt: skip
    assert ours == theirs
    assert len(ours) == 2 + 2 * (2 + 2 * 3)
    assert ours[3] == ("on_train_batch_end", 0, ["loss"])


def test_tensorboard_writes_epochs_steps_and_validation(tmp_path):
    callback = keras.callbacks.TensorBoard(tmp_path, update_freq=1, histogram_freq=1)
    history = run_of().train(callback, scores=(0.5, 0.25))
    train, validation = (scalars(tmp_path / name) for name in ("train", "validation"))
    assert train["epoch_loss"] == pytest.approx(dict(enumerate(history["loss"])))
    assert train["epoch_learning_rate"] == pytest.approx({0: 0.05, 1: 0.05})
    assert sorted(train["batch_loss"]) == [1, 2, 3, 4, 5, 6]
    assert validation["epoch_loss"] == {0: 0.5, 1: 0.25}
    assert validation["evaluation_loss_vs_iterations"] == {3: 0.5, 6: 0.25}


def scalars(folder):
    accumulator = EventAccumulator(str(folder), size_guidance={"tensors": 0})
    accumulator.Reload()
    return {
        tag: {e.step: tf.make_ndarray(e.tensor_proto).item() for e in accumulator.Tensors(tag)}
        for tag in accumulator.Tags()["tensors"]
        if accumulator.SummaryMetadata(tag).plugin_data.plugin_name == "scalars"
    }


@pytest.mark.parametrize("strategy", ["one_device", "mirrored"])
def test_reduce_on_plateau_lowers_the_rate_under_a_schedule(two_devices, strategy):
    run = run_of(
        rate=0.1, schedule=make_schedule("linear", peak=0.1, num_steps=12), strategy=strategy
    )
    rates = []
    run.train(
        keras.callbacks.LambdaCallback(
            on_train_batch_end=lambda batch, logs: rates.append(logs["learning_rate"])
        ),
        keras.callbacks.ReduceLROnPlateau("val_loss", factor=0.25, patience=1),
    )
    # the third score is no better than the second: a quarter from step 9 on
    factors = [1] * 9 + [0.25] * 3
    expected = [0.1 * (12 - step) / 12 * factors[step] for step in range(12)]
    np.testing.assert_allclose(rates, expected, rtol=1e-5)
    # and so is the fourth
    assert float(run.optimizer.learning_rate.numpy()) == pytest.approx(expected[-1] * 0.25)


def test_learning_rate_scheduler_gives_its_rates():
    run = run_of(rate=0.1, schedule=make_schedule("constant", peak=0.1, num_steps=12))
    by_epoch = [0.1, 0.3, 0.05, 0.05]
    history = run.train(keras.callbacks.LearningRateScheduler(lambda epoch, rate: by_epoch[epoch]))
    assert history["learning_rate"] == pytest.approx(by_epoch)


def test_learning_rate_scheduler_may_lower_the_rate_that_it_is_given():
    run = run_of(rate=0.1, schedule=make_schedule("linear", peak=0.1, num_steps=12))
    history = run.train(keras.callbacks.LearningRateScheduler(lambda epoch, rate: rate * 0.5))
    # of the last step of an epoch; halved before the first already
    expected = [
        0.1 * left / 12 * 0.5**n for n, left in zip((1, 2, 3, 4), (10, 7, 4, 1), strict=True)
    ]
    np.testing.assert_allclose(history["learning_rate"][:-1], expected[:-1], rtol=1e-5)
    assert history["learning_rate"][-1] == pytest.approx(expected[-1], rel=1e-5)


def test_terminate_on_nan_stops_at_the_step():
    def nan_from_the_third_step_on(labels, logits):
        lost = tf.where(run.optimizer.iterations < 2, 0.0, float("nan"))
        return row_losses(labels, logits) + lost

    run, steps = Training("one_device", nan_from_the_third_step_on), []
    keep = keras.callbacks.LambdaCallback(
        on_train_batch_end=lambda batch, logs: steps.append(batch)
    )
    history = run.train(keras.callbacks.TerminateOnNaN(), keep)
    assert steps == [0, 1, 2]
    assert len(history["loss"]) == 1 and np.isnan(history["loss"][0])


def test_a_history_of_ones_own_is_filled():
    history = keras.callbacks.History()
    returned = run_of().train(history, scores=(0.5, 0.25))
    assert history.history == returned
    assert history.epoch == [0, 1]


@pytest.mark.parametrize(
    ("metric", "scores"), [("macro_f1", (0.5, 0.75, 0.75, 0.6, 0.7)), ("loss", (3, 2, 2, 2.5, 2.1))]
)
def test_a_stalled_score_lowers_the_rate_and_then_stops(metric, scores):
    run = run_of(rate=0.8, schedule=make_schedule("constant", peak=0.8, num_steps=99))
    callbacks = stalling_callbacks(
        metric, patience_epochs=3, plateau_epochs=1, plateau_factor=0.5, minimum_rate=0.3
    )
    history = run.train(*callbacks, scores=(*scores, 0.0, 0.0), metric=metric)
    assert history[f"val_{metric}"] == list(scores)
    # lowered after the third and the fourth epoch, but not below the minimum
    assert history["learning_rate"] == pytest.approx([0.8, 0.8, 0.8, 0.4, 0.3])


def test_nothing_watches_where_nothing_is_asked_for():
    assert stalling_callbacks("macro_f1") == []


def test_a_checkpoint_after_the_watchers_holds_the_lowered_rate(tmp_path):
    run = run_of(rate=0.8, schedule=make_schedule("constant", peak=0.8, num_steps=99))
    store = CheckpointStore(tmp_path, optimizer=run.optimizer, learning_rate=run.loop.learning_rate)

    class Save(keras.callbacks.Callback):
        def on_epoch_end(self, epoch, logs=None):
            store.save({"step": int(run.optimizer.iterations.numpy())})

    watchers = stalling_callbacks("loss", plateau_epochs=1, plateau_factor=0.25)
    run.train(*watchers, Save(), scores=(1.0, 2.0))
    again = make_optimizer("sgd", learning_rate=0.8)
    again.build(run.model.trainable_variables)
    rate = LearningRate(again, make_schedule("constant", peak=0.8, num_steps=99))
    CheckpointStore(tmp_path, optimizer=again, learning_rate=rate).restore()
    assert rate.set() == pytest.approx(0.2)
    assert float(rate.factor) == pytest.approx(0.25)

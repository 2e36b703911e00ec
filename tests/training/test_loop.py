"""The loop gives equal losses on one and two devices and calls callbacks in fit's order."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from tests.training.tiny import TinyModel, batches, row_losses
from tfft.training.loop import TrainingLoop
from tfft.training.optimizer import create_optimizer
from tfft.training.strategy import make_strategy


def train(strategy_name, *, epochs=3, callbacks=(), evaluate=None, max_gradient_norm=0.5):
    keras.utils.set_random_seed(3)
    strategy = make_strategy(strategy_name)
    with strategy.scope():
        model = TinyModel()
        optimizer, _ = create_optimizer(0.1, 9, 2, weight_decay_rate=0.01)
        model.compile(optimizer=optimizer)
    losses = []
    keep = keras.callbacks.LambdaCallback(
        on_train_batch_end=lambda batch, logs: losses.append(logs["step_loss"])
    )
    loop = TrainingLoop(
        model, optimizer, strategy=strategy, row_losses=row_losses,
        max_gradient_norm=max_gradient_norm,
    )  # fmt: skip
    history = loop.run(
        batches, epochs=epochs, steps_per_epoch=3, callbacks=[keep, *callbacks], evaluate=evaluate
    )
    return model, loop, losses, history


def test_two_mirrored_devices_give_the_losses_and_weights_of_one(two_devices):
    assert len(two_devices) == 2
    one_model, _, one, _ = train("one_device")
    two_model, loop, two, _ = train("mirrored")
    assert loop.strategy.num_replicas_in_sync == 2
    assert len(one) == 9
    np.testing.assert_allclose(one, two, rtol=1e-5, atol=1e-6)
    for a, b in zip(one_model.trainable_variables, two_model.trainable_variables, strict=True):
        np.testing.assert_allclose(a.numpy(), b.numpy(), rtol=1e-4, atol=1e-5)


def test_losses_equal_those_of_a_plain_gradient_tape():
    keras.utils.set_random_seed(3)
    model = TinyModel()
    optimizer, _ = create_optimizer(0.1, 9, 2, weight_decay_rate=0.01)
    expected = []
    for epoch in range(2):
        for batch in batches(epoch):
            with tf.GradientTape() as tape:
                losses = row_losses(batch["labels"], model(batch, training=True).logits)
                loss = tf.reduce_mean(losses)
            gradients = tape.gradient(loss, [v.value for v in model.trainable_variables])
            gradients = [tf.convert_to_tensor(g) for g in gradients]
            gradients, _ = tf.clip_by_global_norm(gradients, 0.5)
            optimizer.apply(gradients, model.trainable_variables)
            expected.append(float(loss))
    _, _, losses, _ = train("one_device", epochs=2)
    np.testing.assert_allclose(losses, expected, rtol=1e-5)


def test_the_gradient_norm_counts_repeated_embedding_rows_once_each():
    keras.utils.set_random_seed(3)
    model = TinyModel()
    batch = next(iter(batches(0)))
    with tf.GradientTape() as tape:
        loss = tf.reduce_mean(row_losses(batch["labels"], model(batch).logits))
    dense = [
        tf.convert_to_tensor(g)
        for g in tape.gradient(loss, [v.value for v in model.trainable_variables])
    ]
    expected = float(tf.linalg.global_norm(dense))
    norms = []
    keep = keras.callbacks.LambdaCallback(
        on_train_batch_end=lambda batch, logs: norms.append(logs["gradient_norm"])
    )
    train("one_device", epochs=1, callbacks=[keep], max_gradient_norm=None)
    assert norms[0] == pytest.approx(expected, rel=1e-5)


class Recorder(keras.callbacks.Callback):
    """Notes the name of every hook."""

    def __init__(self):
        super().__init__()
        self.calls = []

    def __getattribute__(self, name):
        if name.startswith("on_") and not name.startswith("on_predict"):
            return lambda *args, **kwargs: self.calls.append((name, *args[:1]))
        return super().__getattribute__(name)


def test_callbacks_are_called_in_the_order_of_fit():
    recorder = Recorder()

    def evaluate(callbacks):
        callbacks.on_test_batch_begin(0)
        callbacks.on_test_batch_end(0)
        return {"loss": 1.0}

    train("one_device", epochs=2, callbacks=[recorder], evaluate=evaluate)
    ours = [call[0] for call in recorder.calls]

    recorder = Recorder()
    x, y = np.zeros((11, 2), np.float32), np.zeros((11, 1), np.float32)
    model = keras.Sequential([keras.layers.Dense(1)])
    model.compile("sgd", "mse")
    model.fit(
        x, y, batch_size=4, epochs=2, validation_data=(x[:1], y[:1]), callbacks=[recorder],
        verbose=0,
    )  # fmt: skip
    theirs = [call[0] for call in recorder.calls]
    assert ours == theirs


def test_stop_training_is_honoured_after_the_step():
    class Stop(keras.callbacks.Callback):
        def on_train_batch_end(self, batch, logs=None):
            self.model.stop_training = batch == 1

    _, _, losses, history = train("one_device", callbacks=[Stop()])
    assert len(losses) == 2
    assert len(history["loss"]) == 1


def test_the_history_holds_epoch_means_over_rows_and_validation_scores():
    scores = iter([0.25, 0.5])
    _, loop, losses, history = train(
        "one_device", epochs=2, evaluate=lambda callbacks: {"macro_f1": next(scores)}
    )
    assert history["val_macro_f1"] == [0.25, 0.5]
    weights = np.array([5, 5, 1])
    assert history["loss"][0] == pytest.approx(np.average(losses[:3], weights=weights))
    assert loop.throughput.total_rows == 22
    assert loop.throughput.rows == 22 - 5  # the traced step is not timed


def test_stock_callbacks_work(tmp_path):
    def evaluate(callbacks):
        return {"loss": 1.0}

    log = tmp_path / "log.csv"
    weights = tmp_path / "best.weights.h5"
    train(
        "one_device",
        epochs=3,
        evaluate=evaluate,
        callbacks=[
            keras.callbacks.CSVLogger(str(log)),
            keras.callbacks.EarlyStopping("val_loss", patience=1),
            keras.callbacks.ModelCheckpoint(str(weights), save_weights_only=True),
            keras.callbacks.TerminateOnNaN(),
        ],
    )
    rows = log.read_text().split()
    assert rows[0].startswith("epoch,") and "val_loss" in rows[0]
    assert len(rows) == 3  # a header, and two epochs: the second did not improve
    assert weights.is_file()

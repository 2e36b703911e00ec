"""The last and the best checkpoint are kept, whole, and restore weights and optimizer."""

import json

import keras
import numpy as np
import pytest
import tensorflow as tf

from tests.training.tiny import TinyModel
from tfft.errors import CheckpointError
from tfft.training.callbacks import Checkpoints
from tfft.training.checkpoint import CheckpointStore
from tfft.training.optimizer import AdamWeightDecay


@pytest.fixture
def trained():
    keras.utils.set_random_seed(5)
    model, optimizer = TinyModel(), AdamWeightDecay(0.1)
    gradients = [tf.ones(v.shape) for v in model.trainable_variables]
    optimizer.apply(gradients, model.trainable_variables)
    return model, optimizer


def kernel(model):
    return model.dense.kernel.numpy().copy()


def test_restoring_brings_back_weights_and_moments(tmp_path, trained):
    model, optimizer = trained
    store = CheckpointStore(tmp_path / "c", model=model, optimizer=optimizer)
    store.save({"step": 1, "epoch": 0})
    saved = [v.numpy().copy() for v in (*model.variables, *optimizer.variables)]
    optimizer.apply([tf.ones(v.shape) for v in model.trainable_variables])
    assert not np.array_equal(saved[0], model.variables[0].numpy())
    assert store.restore("last") == {"step": 1, "epoch": 0}
    for before, now in zip(saved, (*model.variables, *optimizer.variables), strict=True):
        np.testing.assert_array_equal(before, now.numpy())


class Stack(keras.Model):
    """Layers in a list, one of them frozen, and dropout, which has a state."""

    def __init__(self):
        super().__init__()
        self.hidden_layers = [keras.layers.Dense(3), keras.layers.Dropout(0.5, seed=1)]
        self.hidden_layers[0].build((None, 2))
        self.hidden_layers[0].trainable = False


def test_layers_in_a_list_frozen_ones_and_dropouts_state_are_restored(tmp_path):
    model = Stack()
    store = CheckpointStore(tmp_path, model=model)
    store.save({"step": 1})
    saved = [v.numpy() for v in model.variables]
    assert [v.shape for v in saved] == [(2, 3), (3,), (2,)]
    for variable in model.variables:
        variable.assign(variable + 1)
    store.restore()
    for before, variable in zip(saved, model.variables, strict=True):
        np.testing.assert_array_equal(before, variable.numpy())


def test_the_best_outlives_later_checkpoints_and_others_are_removed(tmp_path, trained):
    model, optimizer = trained
    store = CheckpointStore(tmp_path, model=model, optimizer=optimizer)
    best = kernel(model)
    store.save({"step": 7}, best=True)
    for step in (8, 9):
        optimizer.apply([tf.ones(v.shape) for v in model.trainable_variables])
        store.save({"step": step})
    assert store.index() == {"last": "step-00000009", "best": "step-00000007"}
    assert sorted(p.name for p in tmp_path.iterdir()) == [
        "checkpoints.json", "step-00000007", "step-00000009",
    ]  # fmt: skip
    assert store.restore("best")["step"] == 7
    np.testing.assert_array_equal(kernel(model), best)


def test_a_damaged_checkpoint_is_refused(tmp_path, trained):
    model, optimizer = trained
    store = CheckpointStore(tmp_path, model=model, optimizer=optimizer)
    store.save({"step": 7})
    data = next(tmp_path.glob("step-*/state.data*"))
    content = bytearray(data.read_bytes())
    content[100] ^= 1
    data.write_bytes(content)
    with pytest.raises(CheckpointError, match="damaged or missing"):
        store.restore()


@pytest.mark.parametrize("content", [None, "", "{", "[1, 2]", '{"state": {}}'])
@pytest.mark.parametrize("name", ["checkpoints.json", "step-00000007/state.json"])
def test_a_damaged_description_of_a_checkpoint_is_refused(tmp_path, trained, name, content):
    store = CheckpointStore(tmp_path, model=trained[0])
    store.save({"step": 7})
    if content is None:
        (tmp_path / name).unlink()
    else:
        (tmp_path / name).write_text(content)
    with pytest.raises(CheckpointError, match=r"cannot be loaded|holds no `last`"):
        store.restore()


def test_no_checkpoint_is_an_error_of_its_own(tmp_path, trained):
    with pytest.raises(CheckpointError, match="no `best` checkpoint"):
        CheckpointStore(tmp_path, model=trained[0]).restore("best")


@pytest.mark.parametrize(("metric", "best"), [("macro_f1", 3), ("loss", 6)])
def test_the_callback_marks_the_best_by_its_metric(tmp_path, trained, metric, best):
    model, optimizer = trained
    store = CheckpointStore(tmp_path, model=model, optimizer=optimizer)
    callback = Checkpoints(store, every_steps=2, metric=metric)
    callback.set_params({"steps": 3})
    for epoch, score in enumerate((0.8, 0.5, 0.6)):
        callback.on_epoch_begin(epoch)
        for batch in range(3):
            callback.on_train_batch_end(batch)
        callback.on_epoch_end(epoch, {f"val_{metric}": score})
    assert store.index() == {"last": "step-00000009", "best": f"step-{best:08d}"}
    state = json.loads((tmp_path / "step-00000009" / "state.json").read_text())["state"]
    assert state == {"step": 9, "epoch": 3, f"val_{metric}": 0.6}

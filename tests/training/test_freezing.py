"""Frozen layers keep every byte of their weights while the others learn."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from transformers import BertConfig

from tests.training.tiny import batches, row_losses
from tfft.errors import ConfigError
from tfft.interop.tf_bert import TFBertForSequenceClassification
from tfft.training.checkpoint import CheckpointStore
from tfft.training.freezing import freeze
from tfft.training.loop import TrainingLoop
from tfft.training.optimizer import make_optimizer


def tiny_bert():
    keras.utils.set_random_seed(3)
    sizes = {"hidden_size": 8, "num_hidden_layers": 3, "num_attention_heads": 2,
             "intermediate_size": 12, "vocab_size": 11, "max_position_embeddings": 9}  # fmt: skip
    return TFBertForSequenceClassification(BertConfig(**sizes, num_labels=3), seed=5)


def train_two_steps(model):
    optimizer = make_optimizer("adamw", learning_rate=0.05, weight_decay=0.1)
    loop = TrainingLoop(
        model, optimizer, strategy=tf.distribute.get_strategy(), row_losses=row_losses
    )
    model.compile(optimizer=optimizer)
    loop.run(lambda epoch: batches(epoch, sizes=(5, 3)), epochs=1, steps_per_epoch=2)
    return optimizer


def by_path(model):
    return {v.path: v.numpy() for v in model.weights}


def test_two_layers_and_the_embeddings_stay_while_the_rest_learns(tmp_path):
    model = tiny_bert()
    freeze(model, 2)
    before = by_path(model)
    optimizer = train_two_steps(model)
    after = by_path(model)
    unchanged = {path for path in before if before[path].tobytes() == after[path].tobytes()}
    frozen = ("bert/embeddings/", "bert/encoder/layer_0/", "bert/encoder/layer_1/")
    assert unchanged == {path for path in before if path.startswith(frozen)}
    assert len(unchanged) == 5 + 2 * 16 and len(before) - len(unchanged) == 16 + 2 + 2
    # iterations, rate, and two moments of what learns
    assert len(optimizer.variables) == 2 + 2 * 20

    store = CheckpointStore(tmp_path, model=model, optimizer=optimizer)
    store.save({"step": 2})
    for variable in (*model.weights, *optimizer.variables[2:]):
        variable.assign(np.zeros(variable.shape))
    store.restore()
    for path, value in by_path(model).items():
        np.testing.assert_array_equal(value, after[path])
    assert all(np.any(moment.numpy()) for moment in optimizer.variables[-4:])


@pytest.mark.parametrize(
    ("frozen_layers", "trainable"), [(None, 5 + 3 * 16 + 4), (0, 3 * 16 + 4), (3, 4), ("all", 2)]
)
def test_each_setting_leaves_so_many_variables_to_train(frozen_layers, trainable):
    model = tiny_bert()
    freeze(model, frozen_layers)
    assert len(model.trainable_variables) == trainable
    assert model.trainable_variables[-1].path.endswith("classifier/bias")


def test_all_trains_the_classifier_alone():
    model = tiny_bert()
    freeze(model, "all")
    before = by_path(model)
    optimizer = train_two_steps(model)
    changed = {path for path, v in by_path(model).items() if v.tobytes() != before[path].tobytes()}
    assert changed == {"classifier/kernel", "classifier/bias"}
    assert [path.rpartition("/")[2] for path in optimizer.decayed_paths] == ["kernel"]


def test_more_layers_than_there_are_is_an_error_that_names_their_number():
    with pytest.raises(ConfigError, match=r"model\.frozen_layers: got 4; expected 0 to 3, the"):
        freeze(tiny_bert(), 4)

"""What decays is chosen by the path of a variable, for every optimizer alike."""

import keras
import pytest

from tfft.training.optimizer import AdamWeightDecay, SgdWeightDecay
from tfft.training.weight_decay import NO_DECAY

OPTIMIZERS = pytest.mark.parametrize("optimizer_class", [AdamWeightDecay, SgdWeightDecay])


@OPTIMIZERS
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
def test_layer_norm_and_bias_are_spared_by_path(optimizer_class, path, decays):
    optimizer = optimizer_class(0.1, weight_decay_rate=0.01, exclude_from_weight_decay=NO_DECAY)
    assert optimizer.decays(path) is decays


@OPTIMIZERS
def test_inclusion_beats_exclusion_and_no_rate_means_no_decay(optimizer_class):
    patterns = {
        "include_in_weight_decay": ["output/dense"], "exclude_from_weight_decay": NO_DECAY
    }  # fmt: skip
    optimizer = optimizer_class(0.1, weight_decay_rate=0.01, **patterns)
    assert optimizer.decays("output/dense/bias")
    assert not optimizer.decays("output/other/bias")
    assert not optimizer_class(0.1, **patterns).decays("output/dense/bias")


@OPTIMIZERS
def test_the_decayed_set_is_known_once_built(optimizer_class):
    kernel, bias = keras.Variable([1.0], name="kernel"), keras.Variable([1.0], name="bias")
    optimizer = optimizer_class(0.1, weight_decay_rate=0.01, exclude_from_weight_decay=NO_DECAY)
    assert optimizer.decayed_paths == ()
    optimizer.build([kernel, bias])
    optimizer.build([kernel, bias])
    assert optimizer.decayed_paths == ("kernel",)


@OPTIMIZERS
def test_an_optimizer_survives_a_config_round_trip(optimizer_class):
    optimizer = optimizer_class(
        0.25, weight_decay_rate=0.01, exclude_from_weight_decay=["a"], include_in_weight_decay=["b"]
    )
    again = keras.optimizers.deserialize(keras.optimizers.serialize(optimizer))
    assert type(again) is optimizer_class
    assert again.get_config() == optimizer.get_config()
    assert again.decays("ab") and not again.decays("a") and again.decays("c")

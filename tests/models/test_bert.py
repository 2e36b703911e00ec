"""The backbone: weights at once, descriptive paths, reproducible, safe in half precision."""

from __future__ import annotations

import keras
import numpy as np
import pytest
import tensorflow as tf

from tfft.models.bert import BertBackbone
from tfft.training.strategy import make_strategy

IDS = np.array([[3, 1, 4, 1, 5, 9, 2], [6, 5, 3, 0, 0, 0, 0]])
MASK = np.array([[1, 1, 1, 1, 1, 1, 1], [1, 1, 1, 0, 0, 0, 0]])


def backbone(**options) -> BertBackbone:
    sizes = {
        "vocab_size": 13,
        "hidden_size": 6,
        "num_hidden_layers": 2,
        "num_attention_heads": 3,
        "intermediate_size": 5,
        "max_position_embeddings": 7,
    }
    return BertBackbone(**{**sizes, "seed": 17, **options})


def test_all_weights_exist_after_construction_under_descriptive_paths():
    shapes = {weight.path: tuple(weight.shape) for weight in backbone(num_hidden_layers=1).weights}
    layer = "bert/encoder/layer_0"
    assert shapes == {
        "bert/embeddings/word_embeddings/embeddings": (13, 6),
        "bert/embeddings/position_embeddings/embeddings": (7, 6),
        "bert/embeddings/token_type_embeddings/embeddings": (2, 6),
        "bert/embeddings/LayerNorm/gamma": (6,),
        "bert/embeddings/LayerNorm/beta": (6,),
        f"{layer}/attention/self/query/kernel": (6, 6),
        f"{layer}/attention/self/query/bias": (6,),
        f"{layer}/attention/self/key/kernel": (6, 6),
        f"{layer}/attention/self/key/bias": (6,),
        f"{layer}/attention/self/value/kernel": (6, 6),
        f"{layer}/attention/self/value/bias": (6,),
        f"{layer}/attention/output/dense/kernel": (6, 6),
        f"{layer}/attention/output/dense/bias": (6,),
        f"{layer}/attention/output/LayerNorm/gamma": (6,),
        f"{layer}/attention/output/LayerNorm/beta": (6,),
        f"{layer}/intermediate/dense/kernel": (6, 5),
        f"{layer}/intermediate/dense/bias": (5,),
        f"{layer}/output/dense/kernel": (5, 6),
        f"{layer}/output/dense/bias": (6,),
        f"{layer}/output/LayerNorm/gamma": (6,),
        f"{layer}/output/LayerNorm/beta": (6,),
        "bert/pooler/dense/kernel": (6, 6),
        "bert/pooler/dense/bias": (6,),
    }


def test_features_have_the_promised_shapes():
    features = backbone()(IDS, MASK)
    assert [state.shape for state in features.hidden_states] == [(2, 7, 6)] * 3
    assert features.pooler_output.shape == (2, 6)


def test_without_mask_and_types_every_token_is_real_and_of_type_0():
    model = backbone()
    explicit = model(IDS, np.ones_like(IDS), np.zeros_like(IDS))
    np.testing.assert_allclose(model(IDS).pooler_output, explicit.pooler_output, atol=1e-7)


def test_mask_types_and_positions_each_change_the_result():
    model = backbone(initializer_range=0.5)
    plain = np.array(model(IDS).pooler_output)
    assert np.abs(model(IDS, MASK).pooler_output - plain)[1].max() > 1e-3
    types = np.array([[0, 0, 0, 1, 1, 1, 1]] * 2)
    assert np.abs(model(IDS, None, types).pooler_output - plain).max() > 1e-3
    swapped = IDS[:, [0, 2, 1, 3, 4, 5, 6]]
    assert np.abs(model(swapped).pooler_output - plain).max() > 1e-3


def test_padding_does_not_change_a_row():
    model = backbone(initializer_range=0.5)
    alone = model(IDS[1:, :3], MASK[1:, :3]).pooler_output
    np.testing.assert_allclose(model(IDS, MASK).pooler_output[1:], alone, atol=1e-6)


def test_equal_seeds_give_equal_weights_and_no_two_weights_are_drawn_alike():
    first, second = backbone(), backbone()
    for one, other in zip(first.weights, second.weights, strict=True):
        np.testing.assert_array_equal(one, other)
    squares = [np.array(w) for w in first.weights if tuple(w.shape) == (6, 6)]
    assert len(squares) == 9
    assert len({square.tobytes() for square in squares}) == 9


def test_dropout_works_in_training_only_and_is_reproducible():
    first, second = backbone(), backbone()
    trained = np.array(first(IDS, training=True).pooler_output)
    np.testing.assert_array_equal(second(IDS, training=True).pooler_output, trained)
    assert np.abs(trained - first(IDS).pooler_output).max() > 1e-4
    np.testing.assert_array_equal(first(IDS).pooler_output, second(IDS).pooler_output)


def test_a_row_longer_than_the_positions_is_refused_by_name():
    with pytest.raises(ValueError, match="Rows of 8 tokens do not fit the 7 position embeddings"):
        backbone()(np.ones((1, 8), "int32"))


def test_mixed_bfloat16_keeps_weights_in_float32_and_results_close():
    exact, mixed = backbone(), backbone(dtype="mixed_bfloat16")
    assert {weight.dtype for weight in mixed.weights} == {"float32"}
    features = mixed(IDS, MASK)
    assert features.pooler_output.dtype == tf.bfloat16
    got = keras.ops.cast(features.pooler_output, "float32")
    np.testing.assert_allclose(got, exact(IDS, MASK).pooler_output, atol=0.02)


def test_the_config_rebuilds_the_same_backbone():
    model = backbone(hidden_act="gelu_new")
    again = BertBackbone.from_config(model.get_config())
    np.testing.assert_array_equal(again(IDS).pooler_output, model(IDS).pooler_output)


def test_one_graph_serves_every_length():
    model = backbone()
    spec = tf.TensorSpec([None, None], tf.int32)
    graph = tf.function(lambda ids, mask: model(ids, mask).pooler_output, [spec, spec])
    for length in (2, 7):
        ids, mask = IDS[:, :length].astype("int32"), MASK[:, :length].astype("int32")
        np.testing.assert_allclose(graph(ids, mask), model(ids, mask).pooler_output, atol=1e-6)


def test_two_mirrored_devices_hold_the_same_weights_and_give_the_same_gradients(two_devices):
    strategy = make_strategy("mirrored")
    assert strategy.num_replicas_in_sync == len(two_devices) == 2
    with strategy.scope():
        mirrored = backbone()
    alone = backbone()

    def kernel_gradient(model: BertBackbone):
        with tf.GradientTape() as tape:
            loss = tf.reduce_sum(model(IDS, MASK, training=False).pooler_output)
        return tape.gradient(loss, model.pooler.dense.kernel.value)

    replicas = strategy.run(tf.function(lambda: kernel_gradient(mirrored)))
    for gradient in strategy.experimental_local_results(replicas):
        np.testing.assert_allclose(gradient, kernel_gradient(alone), atol=1e-6)

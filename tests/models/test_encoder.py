"""The encoder's parts, each against the same sum written out in numpy."""

from __future__ import annotations

import math

import keras
import numpy as np
import pytest

from tfft.models.encoder import ACTIVATIONS, Encoder, SelfAttention, attention_bias

BATCH, TOKENS, HIDDEN, HEADS = 2, 7, 6, 3


def self_attention(dtype: str = "float32") -> SelfAttention:
    layer = SelfAttention(
        hidden_size=HIDDEN,
        num_attention_heads=HEADS,
        attention_dropout_rate=0.5,
        initializer_range=0.5,
        seed=11,
        dtype=dtype,
    )
    layer.build()
    return layer


def hidden_states(seed: int = 0) -> np.ndarray:
    shape = (BATCH, TOKENS, HIDDEN)
    return np.random.default_rng(seed).normal(size=shape).astype("float32")


def attention_in_numpy(layer: SelfAttention, hidden: np.ndarray, mask: np.ndarray) -> np.ndarray:
    size = HIDDEN // HEADS
    query, key, value = (
        (hidden @ np.array(part.kernel) + np.array(part.bias)).reshape(BATCH, TOKENS, HEADS, size)
        for part in (layer.query, layer.key, layer.value)
    )
    context = np.zeros((BATCH, TOKENS, HEADS, size))
    for row in range(BATCH):
        for head in range(HEADS):
            scores = query[row, :, head] @ key[row, :, head].T / math.sqrt(size)
            weights = np.exp(scores) * mask[row][None, :]
            weights = weights / weights.sum(axis=-1, keepdims=True)
            context[row, :, head] = weights @ value[row, :, head]
    return context.reshape(BATCH, TOKENS, HIDDEN)


def test_self_attention_is_softmax_of_scaled_products_over_real_tokens():
    layer, hidden = self_attention(), hidden_states()
    mask = np.array([[1, 1, 1, 1, 1, 1, 1], [1, 1, 1, 0, 0, 0, 0]])
    got, probabilities = layer(hidden, attention_bias(mask, "float32"))
    np.testing.assert_allclose(got, attention_in_numpy(layer, hidden, mask), atol=1e-6)
    assert probabilities.shape == (BATCH, HEADS, TOKENS, TOKENS)
    np.testing.assert_allclose(np.sum(probabilities, axis=-1), 1, atol=1e-6)


def test_padding_has_no_influence_at_all_on_real_tokens():
    layer, hidden = self_attention(), hidden_states()
    bias = attention_bias(np.array([[1, 1, 1, 0, 0, 0, 0]] * BATCH), "float32")
    other = hidden.copy()
    other[:, 3:] = 1000.0
    np.testing.assert_array_equal(layer(hidden, bias)[0][:, :3], layer(other, bias)[0][:, :3])


@pytest.mark.parametrize("dtype", ["float32", "mixed_bfloat16", "mixed_float16"])
def test_a_row_without_any_real_token_is_finite(dtype: str):
    layer = self_attention(dtype)
    bias = attention_bias(np.zeros((BATCH, TOKENS), "int32"), layer.compute_dtype)
    got = keras.ops.cast(layer(hidden_states(), bias)[0], "float32")
    assert np.all(np.isfinite(got))


def test_attention_bias_takes_a_view_per_token():
    mask = np.tril(np.ones((1, 3, 3), "int32"))
    bias = np.array(attention_bias(mask, "float32"))
    assert bias.shape == (1, 1, 3, 3)
    assert np.array_equal(bias[0, 0] == 0, np.tril(np.ones((3, 3), bool)))


def test_gelu_is_exact_and_gelu_new_the_tanh_formula():
    x = 1.7
    exact = 0.5 * x * (1 + math.erf(x / math.sqrt(2)))
    tanh = 0.5 * x * (1 + math.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x**3)))
    assert abs(exact - tanh) > 1e-4
    value = np.array([x], "float32")
    assert float(ACTIVATIONS["gelu"](value)[0]) == pytest.approx(exact, abs=1e-6)
    for name in ("gelu_new", "gelu_pytorch_tanh"):
        assert float(ACTIVATIONS[name](value)[0]) == pytest.approx(tanh, abs=1e-6)


def test_hidden_size_must_be_a_multiple_of_the_heads():
    with pytest.raises(ValueError, match=r"hidden_size \(7\) is not a multiple .* \(3\)"):
        SelfAttention(
            hidden_size=7,
            num_attention_heads=3,
            attention_dropout_rate=0.0,
            initializer_range=0.02,
            seed=0,
        )


def encoder(num_hidden_layers: int, hidden_act: str = "gelu") -> Encoder:
    layer = Encoder(
        num_hidden_layers=num_hidden_layers,
        hidden_size=HIDDEN,
        num_attention_heads=HEADS,
        intermediate_size=5,
        hidden_act=hidden_act,
        hidden_dropout_rate=0.1,
        attention_dropout_rate=0.1,
        layer_norm_epsilon=1e-12,
        initializer_range=0.5,
        seed=2,
    )
    layer.build()
    return layer


def test_encoder_gives_its_input_and_then_every_layers_state():
    hidden = hidden_states()
    states, attentions = encoder(3)(hidden)
    assert attentions == ()
    assert [state.shape for state in states] == [(BATCH, TOKENS, HIDDEN)] * 4
    np.testing.assert_array_equal(states[0], hidden)
    # After LayerNorm with its first weights every state has mean 0 and deviation 1.
    np.testing.assert_allclose(np.mean(states[-1], -1), 0, atol=1e-6)
    np.testing.assert_allclose(np.std(states[-1], -1), 1, atol=1e-5)


def test_a_deeper_encoder_begins_with_the_same_layers():
    hidden = hidden_states()
    np.testing.assert_array_equal(encoder(3)(hidden)[0][2], encoder(2)(hidden)[0][2])


def test_every_layers_attentions_are_kept_on_request_and_change_nothing_else():
    layers, hidden = encoder(3), hidden_states()
    states, attentions = layers(hidden, output_attentions=True)
    assert [layer.shape for layer in attentions] == [(BATCH, HEADS, TOKENS, TOKENS)] * 3
    np.testing.assert_array_equal(states[-1], layers(hidden)[0][-1])


def test_an_unknown_activation_is_refused_with_the_known_ones():
    with pytest.raises(ValueError, match="hidden_act 'gelo' is none of gelu, "):
        encoder(1, "gelo")

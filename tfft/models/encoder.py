"""The Transformer encoder of BERT: hidden states in, hidden states of every layer out.

Enters: `[batch, tokens, hidden]` in the compute dtype and a bias made by `attention_bias`.
Leaves: `num_hidden_layers + 1` tensors of the same shape, the input first, and on request every
layer's attention probabilities `[batch, heads, from, to]`.
Layers are built by `build()` without a shape: all sizes are arguments. LayerNorm comes after the
residual (post-norm). Does not embed tokens and knows nothing of padding but the bias.

Letters in shapes: B batch, F and T tokens (from, to), H hidden, N heads, S head size.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import keras
import tensorflow as tf
from keras import ops

from tfft.models.initialization import dense, derived_seed

_GELU_ERF = functools.partial(keras.activations.gelu, approximate=False)
_GELU_TANH = functools.partial(keras.activations.gelu, approximate=True)

ACTIVATIONS: dict[str, Callable[[Any], Any]] = {
    "gelu": _GELU_ERF,
    "gelu_python": _GELU_ERF,
    "gelu_fast": _GELU_TANH,
    "gelu_new": _GELU_TANH,
    "gelu_pytorch_tanh": _GELU_TANH,
    "linear": keras.activations.linear,
    "relu": keras.activations.relu,
    "sigmoid": keras.activations.sigmoid,
    "silu": keras.activations.silu,
    "swish": keras.activations.silu,
    "tanh": keras.activations.tanh,
}
"""What `hidden_act` may be; the names are Hugging Face's."""


def attention_bias(attention_mask: Any, dtype: str) -> Any:
    """Returns what is added to attention scores so that padding gets no weight.

    Args:
        attention_mask: integers or booleans, 1 on real tokens: `[batch, tokens]`, or
            `[batch, from, to]` where each token has a view of its own.
        dtype: the compute dtype; Keras casts what passes between layers to it.

    Returns:
        `dtype` `[batch, 1, 1, tokens]` or `[batch, 1, from, to]`: 0 on real tokens, the dtype's
        lowest finite number on padding. A row without any real token then spreads its attention
        evenly, where minus infinity would make it NaN.
    """
    padding = 1.0 - ops.cast(attention_mask, "float32")
    bias = ops.cast(padding, dtype) * tf.as_dtype(dtype).min
    return bias[:, None, None, :] if len(bias.shape) == 2 else bias[:, None, :, :]


class Encoder(keras.layers.Layer):
    """A stack of encoder layers.

    Args:
        num_hidden_layers: how many.
        seed: from which the layers derive theirs.
        name: first part of the paths `<name>/layer_0/…`.
        dtype: dtype policy of all layers.
        **sizes: the arguments of `EncoderLayer`, equal for all.
    """

    def __init__(
        self,
        *,
        num_hidden_layers: int,
        seed: int,
        name: str = "encoder",
        dtype: Any = None,
        **sizes: Any,
    ):
        super().__init__(name=name, dtype=dtype)
        names = [f"layer_{index}" for index in range(num_hidden_layers)]
        self.hidden_layers = [
            EncoderLayer(seed=derived_seed(seed, n), name=n, dtype=self.dtype_policy, **sizes)
            for n in names
        ]

    def build(self, input_shape: Any = None) -> None:
        for layer in self.hidden_layers:
            layer.build()

    def call(
        self,
        hidden: Any,
        bias: Any = None,
        output_attentions: bool = False,
        training: bool | None = None,
    ) -> tuple[tuple[Any, ...], tuple[Any, ...]]:
        """Returns the states before and after every layer, and the attentions where asked for."""
        hidden_states, attentions = [hidden], []
        for layer in self.hidden_layers:
            hidden, probabilities = layer(hidden, bias, training=training)
            hidden_states.append(hidden)
            # Held only on request: 12 layers of 32 rows of 512 tokens are 5 GB.
            if output_attentions:
                attentions.append(probabilities)
        return tuple(hidden_states), tuple(attentions)


class EncoderLayer(keras.layers.Layer):
    """Self-attention, then a feed-forward layer, each with a residual and LayerNorm after it.

    Takes `[batch, tokens, hidden]`; gives the same, and the attention probabilities
    `[batch, heads, from, to]`. The arguments are those of `BertBackbone`.
    """

    def __init__(
        self,
        *,
        hidden_size: int,
        num_attention_heads: int,
        intermediate_size: int,
        hidden_act: str,
        hidden_dropout_rate: float,
        attention_dropout_rate: float,
        layer_norm_epsilon: float,
        initializer_range: float,
        seed: int,
        **kwargs: Any,
    ):
        super().__init__(**kwargs)
        shared: dict[str, Any] = {
            "initializer_range": initializer_range,
            "dtype": self.dtype_policy,
        }
        residual: dict[str, Any] = {
            "hidden_size": hidden_size,
            "hidden_dropout_rate": hidden_dropout_rate,
            "layer_norm_epsilon": layer_norm_epsilon,
            **shared,
        }

        # === Layers ===
        self.attention = Attention(
            num_attention_heads=num_attention_heads,
            attention_dropout_rate=attention_dropout_rate,
            seed=derived_seed(seed, "attention"),
            name="attention",
            **residual,
        )
        self.intermediate = Intermediate(
            hidden_size=hidden_size,
            intermediate_size=intermediate_size,
            hidden_act=hidden_act,
            seed=derived_seed(seed, "intermediate"),
            name="intermediate",
            **shared,
        )
        self.feed_forward_output = ResidualOutput(
            input_size=intermediate_size,
            seed=derived_seed(seed, "output"),
            name="output",
            **residual,
        )

    def build(self, input_shape: Any = None) -> None:
        for layer in (self.attention, self.intermediate, self.feed_forward_output):
            layer.build()

    def call(self, hidden: Any, bias: Any = None, training: bool | None = None) -> tuple[Any, Any]:
        attended, probabilities = self.attention(hidden, bias, training=training)
        widened = self.intermediate(attended)
        return self.feed_forward_output(widened, attended, training=training), probabilities


class Attention(keras.layers.Layer):
    """Self-attention with its output projection, residual and LayerNorm."""

    def __init__(
        self,
        *,
        hidden_size: int,
        num_attention_heads: int,
        hidden_dropout_rate: float,
        attention_dropout_rate: float,
        layer_norm_epsilon: float,
        initializer_range: float,
        seed: int,
        **kwargs: Any,
    ):
        super().__init__(**kwargs)
        self.self_attention = SelfAttention(
            hidden_size=hidden_size,
            num_attention_heads=num_attention_heads,
            attention_dropout_rate=attention_dropout_rate,
            initializer_range=initializer_range,
            seed=derived_seed(seed, "self"),
            name="self",
            dtype=self.dtype_policy,
        )
        self.attention_output = ResidualOutput(
            input_size=hidden_size,
            hidden_size=hidden_size,
            hidden_dropout_rate=hidden_dropout_rate,
            layer_norm_epsilon=layer_norm_epsilon,
            initializer_range=initializer_range,
            seed=derived_seed(seed, "output"),
            name="output",
            dtype=self.dtype_policy,
        )

    def build(self, input_shape: Any = None) -> None:
        self.self_attention.build()
        self.attention_output.build()

    def call(self, hidden: Any, bias: Any = None, training: bool | None = None) -> tuple[Any, Any]:
        context, probabilities = self.self_attention(hidden, bias, training=training)
        return self.attention_output(context, hidden, training=training), probabilities


class SelfAttention(keras.layers.Layer):
    """Scaled dot-product attention of every token over the tokens of its row.

    Takes `[batch, tokens, hidden]` and the bias; gives the heads' contexts side by side,
    `[batch, tokens, hidden]`, and the probabilities that weighted the values, after dropout,
    `[batch, heads, from, to]`.
    """

    def __init__(
        self,
        *,
        hidden_size: int,
        num_attention_heads: int,
        attention_dropout_rate: float,
        initializer_range: float,
        seed: int,
        **kwargs: Any,
    ):
        super().__init__(**kwargs)
        if hidden_size % num_attention_heads:
            raise ValueError(
                f"hidden_size ({hidden_size}) is not a multiple of num_attention_heads "
                f"({num_attention_heads})."
            )

        def projection(name: str) -> keras.layers.Dense:
            return dense(
                hidden_size,
                name=name,
                initializer_range=initializer_range,
                seed=seed,
                dtype=self.dtype_policy,
            )

        # === Layers ===
        self.query = projection("query")
        self.key = projection("key")
        self.value = projection("value")
        self.dropout = keras.layers.Dropout(
            attention_dropout_rate, seed=derived_seed(seed, "dropout"), dtype=self.dtype_policy
        )

        # === Config ===
        self.hidden_size = hidden_size
        self.num_heads = num_attention_heads
        self.head_size = hidden_size // num_attention_heads

    def build(self, input_shape: Any = None) -> None:
        for layer in (self.query, self.key, self.value):
            layer.build((None, None, self.hidden_size))

    def call(self, hidden: Any, bias: Any = None, training: bool | None = None) -> tuple[Any, Any]:
        # Scaling the query [B, F, N, S], not the scores [B, N, F, T]: fewer numbers where T > S.
        query = self._split_heads(self.query(hidden)) * self.head_size**-0.5
        key = self._split_heads(self.key(hidden))
        value = self._split_heads(self.value(hidden))
        scores = ops.einsum("BFNS,BTNS->BNFT", query, key)
        probabilities = self.dropout(self._softmax(scores, bias), training=training)
        context = ops.einsum("BNFT,BTNS->BFNS", probabilities, value)
        context = ops.reshape(context, (-1, ops.shape(hidden)[1], self.hidden_size))
        return context, probabilities

    def _split_heads(self, projected: Any) -> Any:
        # [B, T, H] -> [B, T, N, S]
        num_tokens = ops.shape(projected)[1]
        return ops.reshape(projected, (-1, num_tokens, self.num_heads, self.head_size))

    def _softmax(self, scores: Any, bias: Any) -> Any:
        # In float32: a sum of T exponentials, each rounded to 3 digits, would not add up to 1.
        scores = ops.cast(scores, "float32")
        if bias is not None:
            scores = scores + ops.cast(bias, "float32")
        return ops.cast(ops.softmax(scores, axis=-1), self.compute_dtype)


class Intermediate(keras.layers.Layer):
    """The widening half of the feed-forward layer: `[batch, tokens, hidden]` to `intermediate`."""

    def __init__(
        self,
        *,
        hidden_size: int,
        intermediate_size: int,
        hidden_act: str,
        initializer_range: float,
        seed: int,
        **kwargs: Any,
    ):
        super().__init__(**kwargs)
        if hidden_act not in ACTIVATIONS:
            raise ValueError(f"hidden_act {hidden_act!r} is none of {', '.join(ACTIVATIONS)}.")
        self.dense = dense(
            intermediate_size,
            name="dense",
            initializer_range=initializer_range,
            seed=seed,
            dtype=self.dtype_policy,
        )
        self.hidden_size = hidden_size
        self.activation = ACTIVATIONS[hidden_act]

    def build(self, input_shape: Any = None) -> None:
        self.dense.build((None, None, self.hidden_size))

    def call(self, hidden: Any) -> Any:
        return self.activation(self.dense(hidden))


class ResidualOutput(keras.layers.Layer):
    """Projects to the hidden size, drops out, adds the residual, normalises."""

    def __init__(
        self,
        *,
        input_size: int,
        hidden_size: int,
        hidden_dropout_rate: float,
        layer_norm_epsilon: float,
        initializer_range: float,
        seed: int,
        **kwargs: Any,
    ):
        super().__init__(**kwargs)

        # === Layers ===
        self.dense = dense(
            hidden_size,
            name="dense",
            initializer_range=initializer_range,
            seed=seed,
            dtype=self.dtype_policy,
        )
        self.dropout = keras.layers.Dropout(
            hidden_dropout_rate, seed=derived_seed(seed, "dropout"), dtype=self.dtype_policy
        )
        self.layer_norm = keras.layers.LayerNormalization(
            epsilon=layer_norm_epsilon, name="LayerNorm", dtype=self.dtype_policy
        )

        # === Config ===
        self.input_size = input_size
        self.hidden_size = hidden_size

    def build(self, input_shape: Any = None) -> None:
        self.dense.build((None, None, self.input_size))
        self.layer_norm.build((None, None, self.hidden_size))

    def call(self, inputs: Any, residual: Any, training: bool | None = None) -> Any:
        return self.layer_norm(self.dropout(self.dense(inputs), training=training) + residual)

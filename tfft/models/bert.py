"""BERT without a head: token ids in, hidden states and a pooled state out.

Enters: `input_ids`, `attention_mask`, `token_type_ids`, integers `[batch, tokens]`, padded.
Leaves: every layer's hidden states `[batch, tokens, hidden]` and the pooled `[batch, hidden]`.
Weights exist as soon as `BertBackbone` is constructed, and their paths follow Hugging Face's
names (`bert/encoder/layer_0/attention/output/LayerNorm/gamma`), so that a pattern on
`variable.path` tells LayerNorm and bias from the rest.
Does not tokenise, has no task head, and reads no file.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import keras
from keras import ops

from tfft.models.encoder import Encoder, attention_bias
from tfft.models.initialization import dense, derived_seed, new_seed, normal_initializer


class BertFeatures(NamedTuple):
    """What the backbone leaves.

    Attributes:
        hidden_states: `num_hidden_layers + 1` tensors `[batch, tokens, hidden]` in the compute
            dtype, the embeddings' output first, the last layer's last.
        pooler_output: `[batch, hidden]`, the first token's last state through dense and tanh.
        attentions: `num_hidden_layers` tensors of probabilities `[batch, heads, from, to]`; none
            where they were not asked for.
    """

    hidden_states: tuple[Any, ...]
    pooler_output: Any
    attentions: tuple[Any, ...]


class BertBackbone(keras.layers.Layer):
    """BERT's embeddings, encoder and pooler from sizes, with random weights.

    Under a mixed policy weights stay float32, matrix products run in the compute dtype, LayerNorm
    and softmax in float32.

    Args:
        vocab_size: number of token ids.
        hidden_size: width of a hidden state; a multiple of `num_attention_heads`.
        num_hidden_layers: number of encoder layers.
        num_attention_heads: number of heads in every layer.
        intermediate_size: width of the feed-forward layer.
        hidden_act: the feed-forward activation, a key of `tfft.models.encoder.ACTIVATIONS`.
        hidden_dropout_rate: share of hidden values dropped while training.
        attention_dropout_rate: share of attention probabilities dropped while training.
        max_position_embeddings: the most tokens a row may have.
        type_vocab_size: number of token types.
        layer_norm_epsilon: added to the variance.
        initializer_range: standard deviation of the normal, cut at two deviations, that fills
            kernels and tables.
        seed: makes weights and dropout reproducible; every weight derives its own. Without it one
            is drawn from Python's generator, which `keras.utils.set_random_seed` seeds.
        **kwargs: `name`, `dtype` and `trainable` of a Keras layer.

    Raises:
        ValueError: `hidden_size` is not a multiple of `num_attention_heads`, or `hidden_act` is
            unknown.

    Reference:
        BERT, arXiv:1810.04805.
    """

    def __init__(
        self,
        *,
        vocab_size: int,
        hidden_size: int = 768,
        num_hidden_layers: int = 12,
        num_attention_heads: int = 12,
        intermediate_size: int = 3072,
        hidden_act: str = "gelu",
        hidden_dropout_rate: float = 0.1,
        attention_dropout_rate: float = 0.1,
        max_position_embeddings: int = 512,
        type_vocab_size: int = 2,
        layer_norm_epsilon: float = 1e-12,
        initializer_range: float = 0.02,
        seed: int | None = None,
        name: str = "bert",
        **kwargs: Any,
    ):
        super().__init__(name=name, **kwargs)
        seed = new_seed() if seed is None else seed
        shared: dict[str, Any] = {
            "hidden_size": hidden_size,
            "initializer_range": initializer_range,
            "dtype": self.dtype_policy,
        }
        regularisation: dict[str, Any] = {
            "hidden_dropout_rate": hidden_dropout_rate,
            "layer_norm_epsilon": layer_norm_epsilon,
        }

        # === Layers ===
        self.embeddings = Embeddings(
            vocab_size=vocab_size,
            max_position_embeddings=max_position_embeddings,
            type_vocab_size=type_vocab_size,
            seed=derived_seed(seed, "embeddings"),
            name="embeddings",
            **regularisation,
            **shared,
        )
        self.encoder = Encoder(
            num_hidden_layers=num_hidden_layers,
            num_attention_heads=num_attention_heads,
            intermediate_size=intermediate_size,
            hidden_act=hidden_act,
            attention_dropout_rate=attention_dropout_rate,
            seed=derived_seed(seed, "encoder"),
            name="encoder",
            **regularisation,
            **shared,
        )
        self.pooler = Pooler(seed=derived_seed(seed, "pooler"), name="pooler", **shared)

        # === Config ===
        self.vocab_size = vocab_size
        self.hidden_size = hidden_size
        self.num_hidden_layers = num_hidden_layers
        self.max_position_embeddings = max_position_embeddings

        # === Wiring ===
        # Built now, not at the first call: a checkpoint, an optimizer or a strategy's scope needs
        # the weights before there is a batch.
        self.build()

    def build(self, input_shape: Any = None) -> None:
        for layer in (self.embeddings, self.encoder, self.pooler):
            layer.build()

    def call(
        self,
        input_ids: Any,
        attention_mask: Any = None,
        token_type_ids: Any = None,
        output_attentions: bool = False,
        training: bool | None = None,
    ) -> BertFeatures:
        """Returns the features of padded token ids.

        Args:
            input_ids: integers `[batch, tokens]`.
            attention_mask: integers or booleans, 1 on real tokens, `[batch, tokens]` or
                `[batch, from, to]`. Without it every token is real.
            token_type_ids: integers `[batch, tokens]`; all 0 without it.
            output_attentions: keep every layer's attention probabilities.
            training: whether dropout is on.

        Raises:
            ValueError: the rows are longer than `max_position_embeddings`.
        """
        hidden = self.embeddings(input_ids, token_type_ids, training=training)
        bias = None
        if attention_mask is not None:
            bias = attention_bias(attention_mask, self.compute_dtype)
        hidden_states, attentions = self.encoder(
            hidden, bias, output_attentions=output_attentions, training=training
        )
        return BertFeatures(hidden_states, self.pooler(hidden_states[-1]), attentions)


class Embeddings(keras.layers.Layer):
    """Sums word, token type and position embeddings, then LayerNorm and dropout.

    Takes integers `[batch, tokens]`, gives `[batch, tokens, hidden]`.
    """

    def __init__(
        self,
        *,
        vocab_size: int,
        hidden_size: int,
        max_position_embeddings: int,
        type_vocab_size: int,
        hidden_dropout_rate: float,
        layer_norm_epsilon: float,
        initializer_range: float,
        seed: int,
        **kwargs: Any,
    ):
        super().__init__(**kwargs)

        def table(num_rows: int, name: str) -> keras.layers.Embedding:
            initializer = normal_initializer(initializer_range, derived_seed(seed, name))
            return keras.layers.Embedding(
                num_rows, hidden_size, initializer, name=name, dtype=self.dtype_policy
            )

        # === Layers ===
        self.word_embeddings = table(vocab_size, "word_embeddings")
        self.position_embeddings = table(max_position_embeddings, "position_embeddings")
        self.token_type_embeddings = table(type_vocab_size, "token_type_embeddings")
        self.layer_norm = keras.layers.LayerNormalization(
            epsilon=layer_norm_epsilon, name="LayerNorm", dtype=self.dtype_policy
        )
        self.dropout = keras.layers.Dropout(
            hidden_dropout_rate, seed=derived_seed(seed, "dropout"), dtype=self.dtype_policy
        )

        # === Config ===
        self.hidden_size = hidden_size
        self.max_position_embeddings = max_position_embeddings

    def build(self, input_shape: Any = None) -> None:
        for table in (self.word_embeddings, self.position_embeddings, self.token_type_embeddings):
            table.build((None, None))
        self.layer_norm.build((None, None, self.hidden_size))

    def call(self, input_ids: Any, token_type_ids: Any = None, training: bool | None = None) -> Any:
        num_tokens = ops.shape(input_ids)[1]
        self._check_length(num_tokens)
        if token_type_ids is None:
            token_type_ids = ops.zeros_like(input_ids)
        # [batch, tokens, hidden] twice; the positions' [tokens, hidden] is equal for all rows.
        hidden = self.word_embeddings(input_ids) + self.token_type_embeddings(token_type_ids)
        hidden = hidden + self.position_embeddings(ops.arange(num_tokens))
        return self.dropout(self.layer_norm(hidden), training=training)

    def _check_length(self, num_tokens: Any) -> None:
        # Where the length is only known at run time the gather refuses the position instead.
        if isinstance(num_tokens, int) and num_tokens > self.max_position_embeddings:
            raise ValueError(
                f"Rows of {num_tokens} tokens do not fit the {self.max_position_embeddings} "
                "position embeddings; truncate them, or build the model with more positions."
            )


class Pooler(keras.layers.Layer):
    """The first token's state through a dense layer and tanh, `[batch, hidden]`."""

    def __init__(self, *, hidden_size: int, initializer_range: float, seed: int, **kwargs: Any):
        super().__init__(**kwargs)
        self.dense = dense(
            hidden_size,
            name="dense",
            initializer_range=initializer_range,
            seed=seed,
            dtype=self.dtype_policy,
        )
        self.hidden_size = hidden_size

    def build(self, input_shape: Any = None) -> None:
        self.dense.build((None, self.hidden_size))

    def call(self, hidden: Any) -> Any:
        return ops.tanh(self.dense(hidden[:, 0]))

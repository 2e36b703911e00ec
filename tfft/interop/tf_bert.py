"""TFBertModel and TFBertForSequenceClassification: the classes people lost, on Keras 3.

Enters: `input_ids`, `attention_mask`, `token_type_ids`, integers `[batch, tokens]`, as a dict,
keywords, or a list in this order. Leaves: an output with `.logits`, `["logits"]` and `[0]`.
`fit`, `evaluate` and `predict` are Keras's own; reading and writing folders is in
`tfft.interop.pretrained`. They do not tokenise.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import keras

from tfft.interop.outputs import TFBaseModelOutputWithPooling, TFSequenceClassifierOutput
from tfft.interop.pretrained import TFBertPreTrainedModel, unpacked
from tfft.models.initialization import dense, derived_seed
from tfft.spec import LABELS, LOGITS

if TYPE_CHECKING:
    from transformers import BertConfig


@keras.saving.register_keras_serializable(package="tfft")
class TFBertModel(TFBertPreTrainedModel):
    """BERT without a head; see `TFBertPreTrainedModel` for the arguments.

    Reference:
        BERT, arXiv:1810.04805.
    """

    architecture = "BertModel"

    def __init__(self, config: BertConfig, *, seed: int | None = None, **kwargs: Any):
        super().__init__(config, seed=seed, **kwargs)
        self.built = True

    def call(
        self,
        input_ids: Any = None,
        attention_mask: Any = None,
        token_type_ids: Any = None,
        output_attentions: bool | None = None,
        output_hidden_states: bool | None = None,
        return_dict: bool | None = None,
        training: bool | None = None,
    ) -> Any:
        """Returns a `TFBaseModelOutputWithPooling`, or a tuple where `return_dict` is False.

        Args:
            input_ids: integers `[batch, tokens]`; or a dict of all inputs by name; or a list of
                them in the order of these arguments.
            attention_mask: integers `[batch, tokens]`, 1 on real tokens; all 1 without it.
            token_type_ids: integers `[batch, tokens]`; all 0 without it.
            output_attentions: add every layer's attention probabilities; the configuration's
                without it.
            output_hidden_states: add every layer's states; the configuration's without it.
            return_dict: the configuration's without it.
            training: whether dropout is on.

        Raises:
            ValueError: an input's name is unknown, `input_ids` is missing, or rows are longer
                than the model has positions.
        """
        inputs = unpacked(
            input_ids=input_ids, attention_mask=attention_mask, token_type_ids=token_type_ids
        )
        features = self._features(inputs, output_attentions, training)
        output = TFBaseModelOutputWithPooling(
            last_hidden_state=features.hidden_states[-1],
            pooler_output=features.pooler_output,
            **self._asked_for(output_hidden_states, features),
        )
        return self._in_asked_form(output, return_dict)


@keras.saving.register_keras_serializable(package="tfft")
class TFBertForSequenceClassification(TFBertPreTrainedModel):
    """BERT with a dense layer on the pooled state; see `TFBertPreTrainedModel` for the arguments.

    `config.num_labels` classes; logits are float32 in every precision. `compile` takes a loss on
    logits, such as `keras.losses.SparseCategoricalCrossentropy(from_logits=True)`; without one
    `fit` uses the loss of `config.problem_type`, which `labels=` gives row by row: cross-entropy,
    mean squared error (also where there is one label), or binary cross-entropy for several labels.
    Labels may come as `y`, or as `labels` among the inputs.

    Reference:
        BERT, arXiv:1810.04805.
    """

    architecture = "BertForSequenceClassification"
    with_classifier = True

    def __init__(self, config: BertConfig, *, seed: int | None = None, **kwargs: Any):
        super().__init__(config, seed=seed, **kwargs)

        # === Layers ===
        self.dropout = keras.layers.Dropout(
            _classifier_dropout_rate(self.config),
            seed=derived_seed(self.seed, "dropout"),
            dtype=self.dtype_policy,
        )
        self.classifier = dense(
            self.config.num_labels,
            name="classifier",
            initializer_range=self.config.initializer_range,
            seed=self.seed,
            # A half type's logits would round probabilities to 3 digits.
            dtype="float32",
        )

        # === Wiring ===
        self.classifier.build((None, self.config.hidden_size))
        self.built = True

        # === Config ===
        self.num_labels = self.config.num_labels

    def call(
        self,
        input_ids: Any = None,
        attention_mask: Any = None,
        token_type_ids: Any = None,
        labels: Any = None,
        output_attentions: bool | None = None,
        output_hidden_states: bool | None = None,
        return_dict: bool | None = None,
        training: bool | None = None,
    ) -> Any:
        """Returns a `TFSequenceClassifierOutput`, or a tuple where `return_dict` is False.

        Args:
            input_ids: integers `[batch, tokens]`; or a dict of all inputs by name; or a list of
                them in the order of these arguments.
            attention_mask: integers `[batch, tokens]`, 1 on real tokens; all 1 without it.
            token_type_ids: integers `[batch, tokens]`; all 0 without it.
            labels: integers `[batch]`; numbers `[batch]` for regression, 0 or 1 of
                `[batch, num_labels]` for several labels. The output then begins with the `loss`.
            output_attentions: add every layer's attention probabilities; the configuration's
                without it.
            output_hidden_states: add every layer's states; the configuration's without it.
            return_dict: the configuration's without it.
            training: whether dropout is on.

        Raises:
            ValueError: an input's name is unknown, `input_ids` is missing, or rows are longer
                than the model has positions.
        """
        inputs = unpacked(
            input_ids=input_ids,
            attention_mask=attention_mask,
            token_type_ids=token_type_ids,
            labels=labels,
        )
        labels = inputs.pop(LABELS)
        features = self._features(inputs, output_attentions, training)
        logits = self.classifier(self.dropout(features.pooler_output, training=training))
        output = TFSequenceClassifierOutput(
            loss=None if labels is None else _loss(self.config, reduction=None)(labels, logits),
            logits=logits,
            **self._asked_for(output_hidden_states, features),
        )
        return self._in_asked_form(output, return_dict)

    def compute_loss(
        self,
        x: Any = None,
        y: Any = None,
        y_pred: Any = None,
        sample_weight: Any = None,
        training: bool = True,
    ) -> Any:
        """Returns the compiled loss on the logits; the model's own where none was compiled."""
        y, logits = _scored(x, y, y_pred)
        if self.loss is None:
            return _loss(self.config)(y, logits, sample_weight)
        return super().compute_loss(x, y, logits, sample_weight, training=training)

    def compute_metrics(self, x: Any, y: Any, y_pred: Any, sample_weight: Any = None) -> Any:
        """Returns Keras's compiled metrics, on the logits alone."""
        y, logits = _scored(x, y, y_pred)
        return super().compute_metrics(x, y, logits, sample_weight=sample_weight)


def _classifier_dropout_rate(config: BertConfig) -> float:
    rate = config.classifier_dropout
    return config.hidden_dropout_prob if rate is None else rate


def _loss(config: BertConfig, *, reduction: str | None = "sum_over_batch_size") -> Any:
    """Returns the Keras loss on logits of a configuration's kind of problem."""
    if config.problem_type == "regression" or (not config.problem_type and config.num_labels == 1):
        return keras.losses.MeanSquaredError(reduction=reduction)
    if config.problem_type == "multi_label_classification":
        return keras.losses.BinaryCrossentropy(from_logits=True, reduction=reduction)
    return keras.losses.SparseCategoricalCrossentropy(from_logits=True, reduction=reduction)


def _scored(x: Any, y: Any, y_pred: Any) -> tuple[Any, Any]:
    """Returns labels and logits of a batch, wherever the labels stood."""
    labels = x.get(LABELS) if isinstance(x, Mapping) else None
    # A tuple (`return_dict=False`) begins with the loss where the inputs held labels.
    position = LOGITS if isinstance(y_pred, Mapping) else int(labels is not None)
    return (labels if y is None else y), y_pred[position]

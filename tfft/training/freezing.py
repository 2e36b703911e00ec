"""Layers that training leaves as they are.

Enters: a BERT with or without a head, before its optimizer is built. Leaves: the same model, whose
`trainable_variables` are those that are left. Dropout works in frozen layers too.
"""

from __future__ import annotations

from typing import Any, Literal

from tfft.errors import ConfigError, Fault


def freeze(model: Any, frozen_layers: int | Literal["all"] | None) -> None:
    """Sets layers of a model to not trainable; whatever was frozen before stays frozen.

    Args:
        model: has a `bert` with `embeddings`, `encoder.hidden_layers` and a pooler.
        frozen_layers: n: the embeddings and the n lowest encoder layers; `all`: everything but the
            classifier, so the pooler too; None: nothing.

    Raises:
        ConfigError: the model has fewer layers.
    """
    if frozen_layers is None:
        return
    if frozen_layers == "all":
        model.bert.trainable = False
        return
    layers = model.bert.encoder.hidden_layers
    if not 0 <= frozen_layers <= len(layers):
        fault = Fault(
            "model.frozen_layers",
            f"got {frozen_layers!r}",
            f"0 to {len(layers)}, the layers there are, or all",
        )
        raise ConfigError("So many layers cannot be frozen", [fault])
    for layer in (model.bert.embeddings, *layers[:frozen_layers]):
        layer.trainable = False

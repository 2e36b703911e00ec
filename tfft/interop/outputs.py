"""What the TFBert classes return: tensors by name, by attribute and by position.

Enters: tensors by keyword; those that are None are left out, so that positions close up.
Leaves: a dict that also answers `.logits`, `[0]`, slices and `to_tuple()`.
Keras and TensorFlow both see through it, to the tensors: it passes `tf.function`, `strategy.run`,
`predict`, and layers called on `keras.Input`.
"""

from __future__ import annotations

from typing import Any, ClassVar

import optree


class ModelOutput(dict):
    """A dict of tensors with the fields of its class as attributes; absent fields are None.

    Args:
        content: a mapping to copy, or nothing; TensorFlow rebuilds structures by assignment.
        **tensors: tensors by field.
    """

    fields: ClassVar[tuple[str, ...]] = ()

    def __init__(self, content: Any = (), /, **tensors: Any):
        entries = {**dict(content), **tensors}
        super().__init__((name, value) for name, value in entries.items() if value is not None)

    def __getitem__(self, key: Any) -> Any:
        return super().__getitem__(key) if isinstance(key, str) else self.to_tuple()[key]

    def __getattr__(self, name: str) -> Any:
        if name in self.fields:
            return self.get(name)
        raise AttributeError(f"{type(self).__name__} has no field '{name}'")

    def to_tuple(self) -> tuple[Any, ...]:
        """Returns the tensors that are present, in the order of the fields."""
        return tuple(self.values())


def _transparent(cls: type[ModelOutput]) -> type[ModelOutput]:
    """Shows Keras the tensors inside: `keras.tree` is optree's tree with this namespace."""

    def flatten(output: ModelOutput) -> tuple[tuple[Any, ...], tuple[str, ...], tuple[str, ...]]:
        return output.to_tuple(), tuple(output), tuple(output)

    def unflatten(names: tuple[str, ...], tensors: Any) -> ModelOutput:
        # Not by the constructor: Keras also maps to None, and the structure must stay.
        output = cls()
        output.update(zip(names, tensors, strict=True))
        return output

    register: Any = optree.register_pytree_node  # typed for collections of values, not mappings
    register(cls, flatten, unflatten, namespace="keras")
    return cls


@_transparent
class TFBaseModelOutputWithPooling(ModelOutput):
    """What `TFBertModel` returns.

    `last_hidden_state` `[batch, tokens, hidden]`, `pooler_output` `[batch, hidden]`, and where
    asked for `hidden_states`, `num_hidden_layers + 1` tensors `[batch, tokens, hidden]`, and
    `attentions`, `num_hidden_layers` tensors of probabilities `[batch, heads, from, to]`.
    """

    fields = ("last_hidden_state", "pooler_output", "hidden_states", "attentions")


@_transparent
class TFSequenceClassifierOutput(ModelOutput):
    """What `TFBertForSequenceClassification` returns.

    `loss` float32 `[batch]` where labels were given, `logits` float32 `[batch, num_labels]`, and
    where asked for `hidden_states`, `num_hidden_layers + 1` tensors `[batch, tokens, hidden]`, and
    `attentions`, `num_hidden_layers` tensors of probabilities `[batch, heads, from, to]`.
    """

    fields = ("loss", "logits", "hidden_states", "attentions")

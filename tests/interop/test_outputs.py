"""Outputs answer by attribute, name and position, and are transparent to Keras and TensorFlow."""

from __future__ import annotations

import keras
import pytest
import tensorflow as tf

from tfft.interop.outputs import TFBaseModelOutputWithPooling, TFSequenceClassifierOutput


def test_attribute_name_and_position_give_the_same_tensor():
    output = TFSequenceClassifierOutput(logits="l", hidden_states=("a", "b"))
    assert output.logits == output["logits"] == output[0] == "l"
    assert output[1] == output[-1] == ("a", "b")
    assert output[:2] == output.to_tuple() == ("l", ("a", "b"))


def test_absent_fields_are_none_and_take_no_position():
    output = TFBaseModelOutputWithPooling(
        last_hidden_state="h", pooler_output=None, hidden_states="s"
    )
    assert output.pooler_output is None
    assert output[1] == "s"
    assert list(output) == ["last_hidden_state", "hidden_states"]


def test_an_unknown_field_is_an_error():
    output = TFSequenceClassifierOutput(logits="l")
    with pytest.raises(AttributeError, match="has no field 'logit'"):
        _ = output.logit
    with pytest.raises(KeyError):
        _ = output["logit"]
    with pytest.raises(IndexError):
        _ = output[1]


def test_keras_and_tensorflow_map_over_the_tensors_and_keep_the_class():
    output = TFSequenceClassifierOutput(logits=1, hidden_states=(2, 3))
    for mapped in (
        keras.tree.map_structure(lambda x: x * 10, output),
        tf.nest.map_structure(lambda x: x * 10, output),
    ):
        assert type(mapped) is TFSequenceClassifierOutput
        assert mapped == {"logits": 10, "hidden_states": (20, 30)}
        assert list(mapped) == ["logits", "hidden_states"]

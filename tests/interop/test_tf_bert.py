"""The public classes: equal to PyTorch's numbers, called and trained like any Keras model."""

from __future__ import annotations

import collections
from pathlib import Path

import keras
import numpy as np
import pytest
import tensorflow as tf

from tests.interop.conftest import REFERENCES
from tfft.interop.outputs import TFBaseModelOutputWithPooling, TFSequenceClassifierOutput
from tfft.interop.tf_bert import TFBertForSequenceClassification, TFBertModel
from tfft.spec import MODEL_INPUTS
from tfft.training.strategy import make_strategy

ACTIVATIONS = ("gelu", "gelu_new")


def reference(hidden_act: str, case: str) -> tuple[dict, dict]:
    """Returns the inputs of a case, and what transformers' PyTorch BERT gave for them."""
    with np.load(REFERENCES / hidden_act / "reference.npz") as stored:
        arrays = {
            name.removeprefix(f"{case}/"): stored[name]
            for name in stored.files
            if name.startswith(f"{case}/")
        }
    inputs = {name: arrays.pop(name) for name in MODEL_INPUTS if name in arrays}
    return inputs, arrays


def assert_equal_to_torch(got, expected) -> None:
    got, expected = np.asarray(got), np.asarray(expected)
    assert got.shape == expected.shape
    assert np.max(np.abs(got - expected) - 1e-5 * np.abs(expected)) <= 1e-5


@pytest.fixture
def model(tiny_config) -> TFBertForSequenceClassification:
    config = tiny_config(num_labels=3, initializer_range=0.5)
    return TFBertForSequenceClassification(config, seed=17)


@pytest.mark.parametrize("hidden_act", ACTIVATIONS)
def test_padded_pairs_give_every_number_that_pytorch_gives(hidden_act: str):
    inputs, expected = reference(hidden_act, "pairs")
    assert inputs["attention_mask"].sum(axis=1).tolist() == [13, 7, 2]
    assert inputs["token_type_ids"].max() == 1
    folder = REFERENCES / hidden_act
    classified = TFBertForSequenceClassification.from_pretrained(folder)(
        inputs, output_hidden_states=True, output_attentions=True
    )
    encoded = TFBertModel.from_pretrained(folder)(inputs, output_hidden_states=True)
    assert encoded.attentions is None
    assert_equal_to_torch(np.stack(classified.attentions), expected["attentions"])
    assert_equal_to_torch(classified.logits, expected["logits"])
    assert_equal_to_torch(np.stack(classified.hidden_states), expected["hidden_states"])
    assert_equal_to_torch(np.stack(encoded.hidden_states), expected["hidden_states"])
    assert_equal_to_torch(encoded.last_hidden_state, expected["hidden_states"][-1])
    assert_equal_to_torch(encoded.pooler_output, expected["pooler_output"])


@pytest.mark.parametrize("hidden_act", ACTIVATIONS)
def test_a_row_of_512_tokens_gives_pytorchs_numbers_in_a_graph_too(hidden_act: str):
    inputs, expected = reference(hidden_act, "longest")
    assert inputs["input_ids"].shape == (1, 512)
    model = TFBertForSequenceClassification.from_pretrained(REFERENCES / hidden_act)
    for call in (model, tf.function(model)):
        output = call(inputs["input_ids"], output_hidden_states=True)
        assert_equal_to_torch(output.logits, expected["logits"])
        assert_equal_to_torch(output.hidden_states[-1][None], expected["hidden_states"])


def test_the_two_gelus_are_told_apart_by_the_references():
    inputs, expected = reference("gelu_new", "pairs")
    wrong = TFBertForSequenceClassification.from_pretrained(
        REFERENCES / "gelu_new", hidden_act="gelu"
    )
    assert np.abs(wrong(inputs).logits - expected["logits"]).max() > 1e-4


def test_inputs_may_be_a_dict_keywords_a_list_positions_or_an_encoding(model, batch):
    expected = model(batch).logits
    ids, mask, types = batch.values()
    encoding = collections.UserDict(batch)
    for output in (
        model(**batch),
        model([ids, mask, types]),
        model((ids, mask, types)),
        model(ids, mask, types),
        model(ids, token_type_ids=types, attention_mask=mask),
        model(encoding),
    ):
        np.testing.assert_array_equal(output.logits, expected)
    assert np.abs(model(ids).logits - expected).max() > 1e-3


def test_mask_and_types_are_optional(model, batch):
    ids = batch["input_ids"]
    full = {"input_ids": ids, "attention_mask": ids * 0 + 1, "token_type_ids": ids * 0}
    np.testing.assert_allclose(model({"input_ids": ids}).logits, model(full).logits, atol=1e-6)
    np.testing.assert_allclose(model([ids, None, None])[0], model(full).logits, atol=1e-6)


def test_unknown_and_missing_inputs_are_refused_by_name(model, batch):
    with pytest.raises(ValueError, match=r"Unknown input `atention_mask`.*`attention_mask`"):
        model({"input_ids": batch["input_ids"], "atention_mask": batch["attention_mask"]})
    with pytest.raises(ValueError, match="`input_ids` is missing"):
        model({"attention_mask": batch["attention_mask"]})
    with pytest.raises(ValueError, match=r"Unknown input `label`.*`labels`"):
        model({**batch, "label": np.array([0, 2])})
    with pytest.raises(ValueError, match="Unknown input `labels`"):
        TFBertModel(model.config)({**batch, "labels": np.array([0, 2])})
    with pytest.raises(ValueError, match="Got 4 inputs"):
        model([batch["input_ids"]] * 4)


def test_outputs_are_objects_with_what_was_asked_for(model, batch, tiny_config):
    output = model(batch)
    assert isinstance(output, TFSequenceClassifierOutput)
    assert output.logits is output["logits"] is output[0]
    assert output.hidden_states is None
    states = model(batch, output_hidden_states=True).hidden_states
    assert [state.shape for state in states] == [(2, 7, 6)] * 3
    attentions = model(batch, output_attentions=True).attentions
    assert [layer.shape for layer in attentions] == [(2, 3, 7, 7)] * 2
    np.testing.assert_allclose(np.sum(attentions[1], axis=-1), np.ones((2, 3, 7)), atol=1e-6)
    assert np.max(attentions[1][1, :, :, 3:]) == 0
    backbone = TFBertModel(tiny_config())(batch)
    assert isinstance(backbone, TFBaseModelOutputWithPooling)
    assert backbone.last_hidden_state.shape == (2, 7, 6)
    assert backbone.pooler_output.shape == (2, 6)


def test_return_dict_false_gives_a_tuple_by_argument_or_config(model, batch, tiny_config):
    output = model(batch, return_dict=False)
    assert type(output) is tuple
    assert [part.shape for part in output] == [(2, 3)]
    config = tiny_config(return_dict=False, output_hidden_states=True, output_attentions=True)
    output = TFBertModel(config)(batch)
    assert type(output) is tuple
    assert [[part.shape for part in parts] for parts in output[2:]] == [
        [(2, 7, 6)] * 3,
        [(2, 3, 7, 7)] * 2,
    ]


def test_training_turns_dropout_on_and_seeds_repeat_it(tiny_config, batch):
    first, second = (TFBertForSequenceClassification(tiny_config(), seed=5) for _ in range(2))
    trained = np.array(first(batch, training=True).logits)
    np.testing.assert_array_equal(second(batch, training=True).logits, trained)
    assert np.abs(first(batch).logits - trained).max() > 1e-4
    np.testing.assert_array_equal(first(batch).logits, first(batch, training=False).logits)


def test_the_seed_decides_the_weights_and_keras_global_seed_where_none_is_given(tiny_config):
    def word_embeddings(**options) -> np.ndarray:
        return np.array(TFBertModel(tiny_config(), **options).weights[0])

    np.testing.assert_array_equal(word_embeddings(seed=5), word_embeddings(seed=5))
    assert np.abs(word_embeddings(seed=5) - word_embeddings(seed=6)).max() > 1e-3
    keras.utils.set_random_seed(8)
    first = word_embeddings()
    keras.utils.set_random_seed(8)
    np.testing.assert_array_equal(word_embeddings(), first)


def test_classifier_dropout_of_the_config_is_the_heads(tiny_config):
    assert TFBertForSequenceClassification(tiny_config()).dropout.rate == 0.1
    config = tiny_config(classifier_dropout=0.4)
    assert TFBertForSequenceClassification(config).dropout.rate == 0.4


def test_mixed_bfloat16_keeps_weights_and_logits_in_float32(tiny_config, batch):
    config = tiny_config(num_labels=3)
    exact = TFBertForSequenceClassification(config, seed=5)
    keras.mixed_precision.set_dtype_policy("mixed_bfloat16")
    try:
        mixed = TFBertForSequenceClassification(config, seed=5)
    finally:
        keras.mixed_precision.set_dtype_policy("float32")
    assert {weight.dtype for weight in mixed.weights} == {"float32"}
    logits = mixed(batch).logits
    assert logits.dtype == tf.float32
    np.testing.assert_allclose(logits, exact(batch).logits, atol=2e-3)
    assert np.abs(logits - exact(batch).logits).max() > 0
    assert mixed(batch, output_hidden_states=True).hidden_states[-1].dtype == tf.bfloat16


@pytest.mark.parametrize(
    ("fields", "labels", "expected"),
    [
        # -log softmax(1, 2, 0)[label]
        ({"num_labels": 3}, [1, 2], [0.407606, 2.407606]),
        # (1 - label) ** 2
        ({"num_labels": 1}, [3.0, 0.5], [4.0, 0.25]),
        ({"num_labels": 1}, [[3.0], [0.5]], [4.0, 0.25]),
        # The mean of log(1 + exp(-x)) for a label, log(1 + exp(x)) without: 0.313262 or 1.313262
        # for 1, 0.126928 or 2.126928 for 2, 0.693147 for 0.
        (
            {"num_labels": 3, "problem_type": "multi_label_classification"},
            [[1, 0, 1], [0, 0, 0]],
            [1.044446, 1.377779],
        ),
    ],
)
def test_labels_give_a_loss_for_every_row(tiny_config, batch, fields, labels, expected):
    model = TFBertForSequenceClassification(tiny_config(**fields))
    model.classifier.kernel.assign(np.zeros_like(model.classifier.kernel))
    model.classifier.bias.assign([1.0, 2.0, 0.0][: fields["num_labels"]])
    output = model(**batch, labels=np.array(labels))
    np.testing.assert_allclose(output.loss, expected, atol=1e-6)
    assert output.loss is output["loss"] is output[0]
    assert output.logits is output[1]
    np.testing.assert_array_equal(model({**batch, "labels": np.array(labels)}).loss, output.loss)
    assert model(batch).loss is None


@pytest.mark.parametrize("return_dict", [True, False])
@pytest.mark.parametrize("among_inputs", [False, True])
def test_fit_without_a_compiled_loss_uses_the_models_own(
    tiny_config, batch, among_inputs: bool, return_dict: bool
):
    config = tiny_config(num_labels=3, initializer_range=0.5, return_dict=return_dict)
    model = TFBertForSequenceClassification(config, seed=17)
    labels = np.array([0, 2])
    expected = np.mean(model(**batch, labels=labels, return_dict=True).loss)
    model.compile(optimizer=keras.optimizers.SGD(0.0), metrics=["accuracy"])
    data = ({**batch, "labels": labels},) if among_inputs else (batch, labels)
    results = model.evaluate(*data, verbose=0, return_dict=True)
    assert results["loss"] == pytest.approx(expected, abs=1e-6)
    assert results["accuracy"] == pytest.approx(
        np.mean(np.argmax(model(batch, return_dict=True).logits, axis=-1) == labels)
    )
    assert np.isfinite(model.fit(*data, verbose=0).history["loss"][0])


def test_sample_weights_count_in_the_models_own_loss(model, batch):
    labels, weights = np.array([0, 2]), np.array([1.0, 0.0])
    first = float(model(**batch, labels=labels).loss[0])
    model.compile(optimizer="sgd")
    assert model.evaluate(batch, labels, sample_weight=weights, verbose=0) == pytest.approx(
        first / 2, abs=1e-6
    )


def test_predict_gives_a_loss_for_every_row_where_labels_came(model, batch):
    inputs = {**batch, "labels": np.array([0, 2])}
    predicted = model.predict(inputs, batch_size=1, verbose=0)
    np.testing.assert_allclose(predicted.loss, model(inputs).loss, atol=1e-6)
    assert predicted.logits.shape == (2, 3)


def compiled(model: TFBertForSequenceClassification) -> TFBertForSequenceClassification:
    model.compile(
        optimizer=keras.optimizers.Adam(0.01),
        loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        metrics=["accuracy"],
    )
    return model


@pytest.mark.slow
def test_fit_learns_and_evaluate_and_predict_agree_with_the_call(tiny_config):
    rates = {"hidden_dropout_prob": 0.0, "attention_probs_dropout_prob": 0.0}
    config = tiny_config(num_labels=3, initializer_range=0.3, **rates)
    model = compiled(TFBertForSequenceClassification(config, seed=5))
    # The label is the first token; 13 rows leave a last batch of 1.
    labels = np.arange(13) % 3
    ids = np.stack([labels + 5, np.full(13, 2), np.full(13, 3)], axis=1)
    inputs = {"input_ids": ids, "attention_mask": np.ones_like(ids)}
    history = model.fit(inputs, labels, batch_size=4, epochs=15, verbose=0).history
    assert history["accuracy"][-1] == 1.0
    assert history["loss"][-1] < 0.2 < history["loss"][0]

    logits = model(inputs).logits
    results = model.evaluate(inputs, labels, batch_size=4, verbose=0, return_dict=True)
    picked = tf.nn.log_softmax(logits).numpy()[np.arange(13), labels]
    assert results["loss"] == pytest.approx(-picked.mean(), abs=1e-5)
    assert results["accuracy"] == 1.0

    predicted = model.predict(inputs, batch_size=4, verbose=0)
    assert isinstance(predicted, TFSequenceClassifierOutput)
    assert isinstance(predicted.logits, np.ndarray)
    np.testing.assert_allclose(predicted.logits, logits, atol=1e-5)


def test_fit_takes_a_dataset_with_sample_weights(model, batch):
    rows = tf.data.Dataset.from_tensor_slices((batch, [0, 2], [1.0, 0.0])).batch(2)
    history = compiled(model).fit(rows, shuffle=False, verbose=0).history
    assert np.isfinite(history["loss"][0])
    model.evaluate(rows, verbose=0)


def test_a_keras_file_saves_and_loads_the_whole_model(model, batch, tmp_path: Path):
    model.save(tmp_path / "model.keras")
    again = keras.models.load_model(tmp_path / "model.keras")
    assert type(again) is TFBertForSequenceClassification
    assert again.config.num_labels == 3
    np.testing.assert_array_equal(again(batch).logits, model(batch).logits)


def test_symbolic_inputs_build_a_functional_model_on_top(tiny_config, batch):
    bert = TFBertModel(tiny_config(), seed=5)
    ids = keras.Input((None,), dtype="int32")
    mask = keras.Input((None,), dtype="int32")
    first_token = bert({"input_ids": ids, "attention_mask": mask})[0][:, 0]
    functional = keras.Model([ids, mask], first_token)
    inputs = [batch["input_ids"].astype("int32"), batch["attention_mask"].astype("int32")]
    np.testing.assert_allclose(functional(inputs), bert(inputs)[0][:, 0], atol=1e-6)


def test_a_module_that_holds_the_model_is_exported_and_loaded(model, batch, tmp_path: Path):
    class Service(tf.Module):
        def __init__(self):
            super().__init__()
            self.model = model

        @tf.function(input_signature=[tf.TensorSpec([None, None], tf.int32)] * 2)
        def serve(self, input_ids, attention_mask):
            inputs = {"input_ids": input_ids, "attention_mask": attention_mask}
            return {"logits": self.model(inputs, training=False).logits}

    service = Service()
    tf.saved_model.save(service, str(tmp_path), signatures=service.serve)
    served = tf.saved_model.load(str(tmp_path)).signatures["serving_default"]
    for length in (7, 3):
        ids = tf.constant(batch["input_ids"][:, :length], tf.int32)
        mask = tf.constant(batch["attention_mask"][:, :length], tf.int32)
        got = served(input_ids=ids, attention_mask=mask)["logits"]
        np.testing.assert_allclose(got, model([ids, mask]).logits, atol=1e-5)


@pytest.mark.slow
def test_a_model_inside_a_strategy_trains_on_two_devices(tiny_config, batch, two_devices):
    strategy = make_strategy("mirrored")
    assert strategy.num_replicas_in_sync == len(two_devices) == 2
    with strategy.scope():
        model = compiled(TFBertForSequenceClassification(tiny_config(num_labels=3), seed=5))
    before = np.array(model.classifier.kernel)
    history = model.fit(batch, np.array([0, 2]), batch_size=2, epochs=1, verbose=0).history
    assert np.isfinite(history["loss"][0])
    assert np.abs(np.array(model.classifier.kernel) - before).max() > 1e-4

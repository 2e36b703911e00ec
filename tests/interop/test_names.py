"""The one table of weight names, both directions."""

from __future__ import annotations

import pytest

from tfft.errors import CheckpointError
from tfft.interop.bert_config import stored_sizes
from tfft.interop.names import bert_names, match_names
from tfft.interop.tf_bert import TFBertForSequenceClassification


@pytest.fixture
def table():
    return bert_names(num_hidden_layers=2, with_classifier=True)


@pytest.fixture
def sizes(tiny_config):
    return stored_sizes(tiny_config(num_labels=3))


@pytest.fixture
def stored(table, sizes):
    return {row.stored: row.stored_shape(sizes) for row in table}


def problems(error: pytest.ExceptionInfo) -> list[str]:
    return [str(fault) for fault in error.value.faults]


def test_the_table_names_every_weight_of_the_model_with_its_shape(tiny_config, table, sizes):
    model = TFBertForSequenceClassification(tiny_config(num_labels=3))
    expected = {}
    for row in table:
        shape = row.stored_shape(sizes)
        expected[row.path] = shape[::-1] if row.transposed else shape
    assert {weight.path: tuple(weight.shape) for weight in model.weights} == expected


def test_rows_have_hugging_faces_names_and_shapes(table, sizes):
    rows = {row.stored: row for row in table}
    assert len(rows) == len(table) == 5 + 2 * 16 + 2 + 2
    query = rows["bert.encoder.layer.1.attention.self.query.weight"]
    assert query.path == "bert/encoder/layer_1/attention/self/query/kernel"
    assert query.transposed
    wide = rows["bert.encoder.layer.0.intermediate.dense.weight"]
    assert wide.stored_shape(sizes) == (5, 6)
    norm = rows["bert.encoder.layer.0.output.LayerNorm.weight"]
    assert (norm.path, norm.transposed) == ("bert/encoder/layer_0/output/LayerNorm/gamma", False)
    assert rows["classifier.weight"].stored_shape(sizes) == (3, 6)


def test_a_complete_checkpoint_matches_in_full(table, stored, sizes):
    match = match_names(table, stored, sizes)
    assert [name for _, name in match.found] == list(stored)
    assert match.absent == match.unused == ()


def test_a_checkpoint_without_prefix_and_with_gamma_and_beta_matches(table, stored, sizes):
    def old(name: str) -> str:
        name = name.removeprefix("bert.")
        name = name.replace("LayerNorm.weight", "LayerNorm.gamma")
        return name.replace("LayerNorm.bias", "LayerNorm.beta")

    match = match_names(table, {old(name): shape for name, shape in stored.items()}, sizes)
    found = {row.stored: name for row, name in match.found}
    assert found["bert.embeddings.LayerNorm.bias"] == "embeddings.LayerNorm.beta"
    assert len(found) == len(table)


def test_other_heads_and_buffers_are_left_out(table, stored, sizes):
    stored |= {"cls.predictions.bias": (13,), "bert.embeddings.position_ids": (1, 7)}
    stored |= {"qa_outputs.weight": (2, 6)}
    match = match_names(table, stored, sizes)
    assert match.unused == (
        "cls.predictions.bias",
        "bert.embeddings.position_ids",
        "qa_outputs.weight",
    )


def test_a_missing_pooler_or_classifier_is_absent_as_a_whole(table, stored, sizes):
    for name in ("bert.pooler.dense.weight", "bert.pooler.dense.bias"):
        del stored[name]
    match = match_names(table, stored, sizes)
    assert [row.stored for row in match.absent] == [
        "bert.pooler.dense.weight",
        "bert.pooler.dense.bias",
    ]


def test_all_faults_are_reported_at_once_by_name(table, stored, sizes):
    del stored["bert.encoder.layer.1.output.dense.bias"]
    del stored["classifier.bias"]
    stored["bert.encoder.layer.0.attention.self.key.weight"] = (6, 4)
    stored["bert.encoder.layer.1.output.dense.bais"] = (6,)
    stored["encoder.layer.0.attention.self.key.bias"] = (6,)
    with pytest.raises(CheckpointError) as error:
        match_names(table, stored, sizes)
    assert problems(error) == [
        "encoder.layer.0.attention.self.key.bias: is stored twice, also as "
        "`bert.encoder.layer.0.attention.self.key.bias`",
        "bert.encoder.layer.0.attention.self.key.weight: has shape [6, 4]; expected [6, 6] "
        "(hidden_size, hidden_size)",
        "bert.encoder.layer.1.output.dense.bias: is missing; expected shape [6]",
        "classifier.bias: is missing; expected shape [3]",
        "bert.encoder.layer.1.output.dense.bais: is no weight of this BERT. Did you mean "
        "`bert.encoder.layer.1.output.dense.bias`?",
    ]


def test_more_layers_than_the_configuration_says_are_a_fault(table, stored, sizes):
    stored["bert.encoder.layer.2.output.dense.bias"] = (6,)
    with pytest.raises(CheckpointError, match=r"layer\.2\.output\.dense\.bias: is no weight"):
        match_names(table, stored, sizes)


def test_a_head_of_another_size_is_a_fault_unless_told_otherwise(table, stored, sizes):
    stored |= {"classifier.weight": (4, 6), "classifier.bias": (4,)}
    with pytest.raises(CheckpointError) as error:
        match_names(table, stored, sizes)
    assert "classifier.weight: has shape [4, 6]; expected [3, 6]" in problems(error)[0]
    assert "ignore_mismatched_sizes=True" in problems(error)[0]
    match = match_names(table, stored, sizes, ignore_mismatched_sizes=True)
    assert [row.stored for row in match.absent] == ["classifier.weight", "classifier.bias"]
    assert match.unused == ()


def test_ignoring_sizes_is_for_heads_only(table, stored, sizes):
    stored["bert.embeddings.word_embeddings.weight"] = (14, 6)
    with pytest.raises(CheckpointError, match=r"word_embeddings\.weight: has shape \[14, 6\]"):
        match_names(table, stored, sizes, ignore_mismatched_sizes=True)

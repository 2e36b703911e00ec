"""Counts that need no data: parameters by arithmetic, rows of demos."""

import json
from types import SimpleNamespace

import pytest

from tfft.config.estimates import (
    fills_every_split,
    folder_sizes,
    num_labels,
    num_parameters,
    num_tokens,
    num_training_rows,
    validation_share,
)
from tfft.config.schema import Config

DEMOS = {"toy": SimpleNamespace(num_rows={"train": 70, "test": 13}, labels=("no", "yes", "so"))}
SIZES = {
    "vocab_size": 30522, "hidden_size": 768, "num_hidden_layers": 12, "num_attention_heads": 12,
    "intermediate_size": 3072, "max_position_embeddings": 512, "type_vocab_size": 2,
}  # fmt: skip


def config(train, **data):
    return Config.model_validate({"name": "a", "data": {"train": train, **data}})


def test_bert_base_uncased_has_its_published_count():
    # google-bert/bert-base-uncased in safetensors, without the heads of pre-training.
    assert num_parameters(SIZES) == 109_482_240
    assert num_parameters(SIZES, 2) == 109_483_778


def test_the_count_is_that_of_the_model_itself():
    from tfft.models.bert import BertBackbone

    sizes = dict(zip(SIZES, (23, 12, 2, 3, 7, 13, 2), strict=True))
    assert num_parameters(sizes) == BertBackbone(**sizes, seed=1).count_params()


@pytest.mark.parametrize(
    ("train", "validation", "rows"),
    [
        ("demo:toy", None, 70),
        ("demo:toy:train", None, 63),
        ("demo:toy:test", 0.2, 10),
        (["demo:toy:train", "demo:toy:test"], "dev.tsv", 83),
        ("demo:toy:dev", None, None),
        ("demo:other", None, None),
        (["demo:toy", "rows.tsv"], None, None),
        ([], None, None),
    ],
)
def test_rows_are_known_of_demos_alone(train, validation, rows):
    assert num_training_rows(config(train, validation=validation), DEMOS) == rows


@pytest.mark.parametrize(
    ("entry", "is_whole"),
    [
        ("demo:toy", True),
        ("demo:toy:train", False),
        ("tfds:glue/sst2", True),
        ("tfds:glue/sst2:2.0.0", True),
        ("tfds:glue/sst2:2.0.0:train[:10%]", False),
        ("tfds:./prepared", True),
        ("tfds:./prepared:train", False),
        ("rows.tsv", False),
    ],
)
def test_a_data_set_without_a_split_is_meant_as_a_whole(entry, is_whole):
    from tfft.data.sources import names_no_split

    assert fills_every_split(entry) is is_whole
    assert names_no_split(entry) is is_whole


def test_a_tenth_validates_where_nothing_is_said_and_no_split_comes_along():
    assert validation_share(config("rows.tsv")) == 0.1
    assert validation_share(config("tfds:sst2:train")) == 0.1
    assert validation_share(config("tfds:sst2")) is None
    assert validation_share(config("demo:toy")) is None
    assert validation_share(config("rows.tsv", validation="dev.tsv")) is None


def test_labels_are_the_configs_or_the_demos():
    assert num_labels(config("rows.tsv", labels=["a", "b"]), DEMOS) == 2
    assert num_labels(config("demo:toy"), DEMOS) == 3
    assert num_labels(config(["demo:toy", "rows.tsv"]), DEMOS) is None


def test_a_checkpoints_sizes_are_all_of_its_config_or_none(tmp_path):
    assert folder_sizes(str(tmp_path)) == {}
    (tmp_path / "config.json").write_text("[]")
    assert folder_sizes(str(tmp_path)) == {}
    (tmp_path / "config.json").write_text(json.dumps(SIZES | {"model_type": "bert"}))
    assert folder_sizes(str(tmp_path)) == SIZES
    (tmp_path / "config.json").write_text(json.dumps(SIZES | {"hidden_size": "wide"}))
    assert folder_sizes(str(tmp_path)) == {}


def test_tokens_are_lines(tmp_path):
    (tmp_path / "vocab.txt").write_text("[PAD]\n[UNK]\n差\n", encoding="utf-8")
    assert num_tokens(str(tmp_path / "vocab.txt")) == 3
    assert num_tokens(str(tmp_path / "gone.txt")) is None

"""What one key says about another: contradictions are refused, keys without effect are noted."""

import pytest

from tfft.config.checks import contradictions, notices
from tfft.config.schema import Config

RAW = {"name": "a", "data": {"train": "rows.tsv", "columns": {"text": 0, "label": 1}}}
SIZES = {"hidden_size": 24, "num_attention_heads": 3, "num_hidden_layers": 2}


def config(**sections):
    data = RAW["data"] | sections.pop("data", {})
    return Config.model_validate(RAW | {"data": data} | sections)


@pytest.mark.parametrize(
    ("sections", "fault"),
    [
        (
            {"text": {"max_tokens": 48, "stride_tokens": 47}},
            "text.stride_tokens: steps of 47 tokens leave gaps between windows of 46; expected at "
            "most 46: text.max_tokens (48) without 2 special tokens",
        ),
        (
            {
                "text": {"max_tokens": 48, "stride_tokens": 46},
                "data": {"columns": {"text": 0, "text_pair": 2, "label": 1}},
            },
            "text.stride_tokens: steps of 46 tokens leave gaps between windows of 45; expected at "
            "most 45: text.max_tokens (48) without 3 special tokens",
        ),
        (
            {"training": {"learning_rate": 2e-5, "min_learning_rate": 3e-5}},
            "training.min_learning_rate: 3e-05 is above the peak; expected at most "
            "training.learning_rate (2e-05)",
        ),
        (
            {"model": {**SIZES, "frozen_layers": 3}},
            "model.frozen_layers: 3 layers cannot be frozen; expected at most "
            "model.num_hidden_layers (2), or all",
        ),
        (
            {"data": {"labels": ["good", "bad"]}, "task": {"class_weights": {"god": 2.0}}},
            "task.class_weights: there is no label 'god'; expected one of data.labels (good, bad). "
            "Did you mean `good`?",
        ),
        (
            {"data": {"columns": {"text": ["title", 1], "label": "label"}}},
            "data.columns: mixes names and positions "
            "({'text': ['title', 1], 'label': 'label'}); expected all names or all positions. "
            "Give text and label both",
        ),
        (
            {"data": {"columns": {"text": 0, "label": 0}}},
            "data.columns: column 0 stands twice ({'text': 0, 'label': 0})",
        ),
        (
            {"data": {"columns": {"text": "a", "label": "b"}, "header": False}},
            "data.columns: names, but the files have no header. "
            "Set data.header to true, or give positions",
        ),
        (
            {"data": {"labels": [" good", "bad"]}},
            "data.labels: got ' good'; expected a name without white space around it",
        ),
        (
            {"data": {"labels": ["a", "b"]}, "task": {"class_weights": {"a": 0.0, "b": 0.0}}},
            "task.class_weights: every label weighs 0; expected one above 0",
        ),
    ],
)
def test_a_contradiction_is_one_fault_with_its_number(sections, fault):
    assert [str(each) for each in contradictions(config(**sections))] == [fault]


@pytest.mark.parametrize(
    "sections",
    [
        {"text": {"max_tokens": 48, "stride_tokens": 46}},
        {"training": {"learning_rate": 2e-5, "min_learning_rate": 2e-5}},
        {"model": {**SIZES, "frozen_layers": 2}},
        {"model": {"checkpoint": "bert-large", "frozen_layers": 24}},
        {"data": {"columns": {"text": ["title", "body"], "label": "label"}}},
        {"data": {"labels": ["good", "bad"]}, "task": {"class_weights": "balanced"}},
    ],
)
def test_what_fits_together_is_no_fault(sections):
    assert contradictions(config(**sections)) == []


@pytest.mark.parametrize(
    ("sections", "notice"),
    [
        (
            {"text": {"max_windows": 4}},
            "text.max_windows is ignored: without text.stride_tokens there are no windows",
        ),
        (
            {"text": {"stride_tokens": 64, "truncation": "tail"}},
            "text.truncation is ignored: text.stride_tokens reads a longer text in windows",
        ),
        (
            {"training": {"optimizer": "adam", "weight_decay": 0.01}},
            "training.weight_decay is ignored: adam has no weight decay, adamw has",
        ),
        (
            {"training": {"momentum": 0.9}},
            "training.momentum is ignored: it belongs to sgd, the optimizer is adamw",
        ),
        (
            {"training": {"optimizer": "sgd", "adam_beta_1": 0.8, "adam_epsilon": 1e-8}},
            "training.adam_beta_1, training.adam_epsilon: ignored, the optimizer is sgd",
        ),
        (
            {"training": {"schedule_power": 3.0}},
            "training.schedule_power is ignored: it belongs to polynomial, the schedule is linear",
        ),
        (
            {"training": {"schedule": "constant", "min_learning_rate": 1e-6}},
            "training.min_learning_rate is ignored: a constant schedule does not go down",
        ),
        (
            {"training": {"plateau_factor": 0.3}},
            "training.plateau_factor is ignored: without plateau_epochs the rate is not lowered",
        ),
        (
            {"training": {"patience_epochs": 2}},
            "training.patience_epochs is ignored: there are only 3 epochs in all",
        ),
        (
            {"training": {"epochs": 9, "patience_epochs": 2, "plateau_epochs": 2}},
            "training.plateau_epochs is ignored: training stops after patience_epochs (2), which "
            "is no later",
        ),
        (
            {"model": {**SIZES, "revision": "v1", "offline": True}},
            "model.revision, model.offline: ignored, model.checkpoint is no name on the hub",
        ),
        (
            {"model": {"checkpoint": "./bert", "cache_dir": "cache"}},
            "model.cache_dir: ignored, model.checkpoint is no name on the hub",
        ),
        (
            {"model": {**SIZES, "frozen_layers": "all"}},
            "model.frozen_layers: without a checkpoint the frozen weights stay random",
        ),
        (
            {"data": {"text_separator": "; "}},
            "data.text_separator is ignored: data.columns.text is one column",
        ),
        (
            {"data": {"tfds_dir": "tfds"}},
            "data.tfds_dir is ignored: no source begins with tfds:",
        ),
        ({"augmentation": {}}, "augmentation has no operations: texts stay as they are"),
    ],
)
def test_a_key_without_effect_is_noted_in_one_sentence(sections, notice):
    assert notices(config(**sections)) == [notice]


@pytest.mark.parametrize(
    "sections",
    [
        {"text": {"stride_tokens": 64, "max_windows": 4}},
        {"training": {"optimizer": "adam"}},
        {"training": {"optimizer": "adam", "weight_decay": 0.0}},
        {"training": {"optimizer": "sgd", "momentum": 0.8, "weight_decay": 0.1}},
        {"training": {"schedule": "polynomial", "schedule_power": 1.0}},
        {"training": {"schedule": "constant", "min_learning_rate": 1e-6, "plateau_epochs": 1}},
        {"training": {"epochs": 9, "patience_epochs": 4, "plateau_epochs": 2}},
        {"model": {"checkpoint": "google-bert/bert-base-uncased", "revision": "v1"}},
        {"model": {"checkpoint": "google-bert/bert-base-uncased", "frozen_layers": 6}},
        {"data": {"train": ["rows.tsv", "tfds:sst2:train"], "tfds_dir": "tfds"}},
    ],
)
def test_a_key_with_an_effect_is_not_noted(sections):
    assert notices(config(**sections)) == []

"""The schema as a tree of keys, in words."""

import pytest

from tfft.config.keys import all_keys, yaml_scalar
from tfft.config.yaml_file import parse_yaml

KEYS = {key.path: key for key in all_keys()}


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("name", "text (letters, digits, `_`, `-`, `.`)"),
        ("seed", "whole number (at least 0, less than 2147483648)"),
        ("data.validation", "text, list of texts, number (more than 0, less than 1) or null"),
        ("data.format", "tsv, csv, jsonl, parquet, tfrecord or null"),
        ("data.labels", "list of names or null"),
        ("model.frozen_layers", "whole number (at least 0), all or null"),
        ("task.class_weights", "balanced, mapping of names to numbers (at least 0) or null"),
        ("text.lowercase", "true, false or null"),
        ("augmentation.operations[]", "list of mappings of the keys below"),
        ("training", ""),
    ],
)
def test_a_kind_says_in_words_what_is_taken(path, kind):
    assert KEYS[path].kind == kind


def test_a_key_knows_its_unit_default_and_whether_it_is_required():
    key = KEYS["text.max_tokens"]
    assert (key.name, key.unit, key.default, key.is_required) == (
        "max_tokens",
        "tokens",
        128,
        False,
    )
    assert KEYS["data.train"].is_required
    assert KEYS["text.truncation"].choices == ("head", "tail", "head_tail")


def test_only_what_may_be_null_is_nullable():
    assert KEYS["augmentation"].is_nullable
    assert KEYS["data.validation"].is_nullable
    assert not KEYS["text"].is_nullable
    assert not KEYS["seed"].is_nullable


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (2e-5, "2.0e-5"),
        (1.5e-12, "1.5e-12"),
        (1e20, "1.0e20"),
        (0.1, "0.1"),
        (True, "true"),
        (None, "null"),
        ([], "[]"),
        (" ", '" "'),
        ("macro_f1", "macro_f1"),
        ("null", '"null"'),
        ("true", '"true"'),
        ("2e5", '"2e5"'),
        ("a: b", '"a: b"'),
        ("差", '"差"'),
    ],
)
def test_a_scalar_reads_back_as_itself(value, text):
    assert yaml_scalar(value) == text
    assert parse_yaml(text, "")[0] == value

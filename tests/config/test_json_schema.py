"""The JSON Schema accepts what the loader accepts, and refuses what it refuses."""

import pytest
from jsonschema import Draft202012Validator
from pydantic import ValidationError

from tests.conftest import ROOT
from tfft.config.json_schema import json_schema
from tfft.config.keys import all_keys
from tfft.config.schema import Config
from tfft.config.yaml_file import parse_yaml

SCHEMA = json_schema()
VALIDATOR = Draft202012Validator(SCHEMA)
MINIMAL = "name: a\ndata: {train: rows.tsv}\n"
# Not 3.0: it is an integer in JSON Schema, and none here.
PROBES = [
    None, True, -1, 0, 1, 7, 10**12, -0.5, 0.25, 1.0001, "auto", "head", "x y", "", [], ["html"],
    ["x", 1], [1, 2], [True], [None], {}, {"a": 1}, {"a": "x"}, {"text": 0},
    {"type": "swap_words"}, [{"type": "swap_words"}], [{"rate": 0.5}],
]  # fmt: skip


def messages(text):
    value, _, faults = parse_yaml(text, "c.yaml")
    assert not faults
    return [error.message for error in VALIDATOR.iter_errors(value)]


def nested(path, value):
    """A config with one key set, where `[]` stands for a list of one mapping."""
    for name in reversed(path.split(".")):
        value = {name.removesuffix("[]"): [value] if name.endswith("[]") else value}
    data = {"train": "rows.tsv", **value.pop("data", {})} if "data." in path else {"train": "r"}
    if path.startswith("augmentation.operations[]."):
        operation = value["augmentation"]["operations"][0]
        value["augmentation"]["operations"] = [{"type": "swap_words", **operation}]
    return {"name": "a", "data": data, **value}


def loads(raw):
    # As the loader does: a key of the top level without a value is left out.
    try:
        Config.model_validate({key: value for key, value in raw.items() if value is not None})
    except ValidationError:
        return False
    return True


def test_it_is_a_valid_schema_of_the_named_draft():
    Draft202012Validator.check_schema(SCHEMA)
    assert SCHEMA["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert SCHEMA["title"] == "tfft config"


@pytest.mark.parametrize("path", sorted((ROOT / "configs").glob("*.yaml")), ids=lambda p: p.stem)
def test_every_config_that_comes_with_tfft_is_accepted(path):
    assert messages(path.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize("key", list(all_keys()), ids=lambda key: key.path)
def test_a_value_is_refused_where_the_loader_refuses_it(key):
    path = key.path.removesuffix("[]")
    differing = [
        value
        for value in PROBES
        if VALIDATOR.is_valid(nested(path, value)) != loads(nested(path, value))
    ]
    assert differing == []


@pytest.mark.parametrize(
    "text",
    [
        MINIMAL,
        MINIMAL + "text:\nseed:\n",
        "name: 情感_2.1\ndata: {train: [a.tsv, 'demo:reviews-en:train'], labels: [0, true, 差]}\n",
        MINIMAL + "task: {class_weights: {0: 1, true: 2.5}}\nmodel: {frozen_layers: all}\n",
    ],
)
def test_what_the_loader_makes_convenient_is_accepted(text):
    assert messages(text) == []


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("data: {train: a}\n", "'name' is a required property"),
        ("name: a\ndata:\n", "None is not of type 'object'"),
        (MINIMAL + "trainin: {}\n", "'trainin' was unexpected"),
        (MINIMAL + "training: {epoch: 2}\n", "'epoch' was unexpected"),
        (MINIMAL + "training: {epochs: 2.5}\n", "2.5 is not of type 'integer'"),
        (MINIMAL + "training: {epochs: true}\n", "True is not of type 'integer'"),
        (MINIMAL + "training: {warmup_rate: 1.5}\n", "1.5 is greater than the maximum of 1"),
        (MINIMAL + "text: {clean: [htm]}\n", "'htm' is not one of ['html', 'control', "),
        ("name: a/b\ndata: {train: a}\n", "'a/b' does not match"),
        ("name: -a\ndata: {train: a}\n", "'-a' does not match"),
    ],
)
def test_a_typo_is_refused(text, message):
    found = messages(text)
    assert len(found) == 1
    assert message in found[0]


def test_editors_find_meaning_unit_default_and_choices():
    text = SCHEMA["properties"]["text"]["properties"]
    assert text["max_tokens"] == {
        "type": "integer",
        "default": 128,
        "minimum": 3,
        "description": "longest row, [CLS] and [SEP] included (tokens)",
    }
    assert text["truncation"]["enum"] == ["head", "tail", "head_tail"]
    assert text["stride_tokens"]["anyOf"] == [{"type": "integer", "minimum": 1}, {"type": "null"}]
    assert SCHEMA["properties"]["training"]["additionalProperties"] is False

"""The file of `tfft config --init` has every key and means the defaults."""

import re

import yaml

from tfft.config.keys import all_keys, yaml_scalar
from tfft.config.load import load_config
from tfft.config.schema import Config
from tfft.config.template import template

TEXT = template("my_run")


def uncommented(text):
    """The file with its example of a section that is null by default."""
    return re.sub(r"^augmentation: null\n((?:#.*\n)+)", example, text, flags=re.MULTILINE)


def example(match):
    return "".join(line.removeprefix("# ") for line in match[1].splitlines(keepends=True))


def paths(value, prefix=""):
    for name, each in value.items():
        yield prefix + name
        below = each[0] if isinstance(each, list) and each else each
        if isinstance(below, dict):
            yield from paths(below, f"{prefix}{name}{'[]' if below is not each else ''}.")


def test_the_file_loads_as_the_defaults_without_a_notice(tmp_path):
    (tmp_path / "my_run.yaml").write_text(TEXT, encoding="utf-8")
    config, notices = load_config(tmp_path / "my_run.yaml")
    assert config == Config(name="my_run", data={"train": "demo:reviews-en"})
    assert notices == []


def test_a_default_in_a_complete_file_is_nobodys_choice(tmp_path):
    text = TEXT.replace("optimizer: adamw", "optimizer: sgd").replace(
        "checkpoint: null", "checkpoint: ./bert"
    )
    (tmp_path / "my_run.yaml").write_text(text, encoding="utf-8")
    assert load_config(tmp_path / "my_run.yaml", check_files=False)[1] == []


def test_a_reader_of_yaml_1_1_reads_the_same(tmp_path):
    assert Config.model_validate(yaml.safe_load(TEXT)).training.learning_rate == 2e-5


def test_every_key_of_the_schema_stands_in_it():
    found = {path.removesuffix("[]") for path in paths(yaml.safe_load(uncommented(TEXT)))}
    assert found == {key.path.removesuffix("[]") for key in all_keys()}


def test_the_example_in_comments_loads_too(tmp_path):
    (tmp_path / "c.yaml").write_text(uncommented(TEXT), encoding="utf-8")
    edits = load_config(tmp_path / "c.yaml")[0].augmentation
    assert edits is not None
    assert [(each.type, each.rate) for each in edits.operations] == [("delete_words", 0.1)]
    assert edits.row_rate == 1.0


def test_every_key_has_its_meaning_unit_and_default_above_it():
    bare = " ".join(re.sub(r"[#\s]+", " ", TEXT).split())
    for key in all_keys():
        if key.keys and not key.is_list:
            continue
        assert " ".join(key.meaning.split()) in bare, key.path
        unit = f"; unit: {key.unit}" if key.unit else ""
        default = "required" if key.is_required else f"default: {yaml_scalar(key.default)}"
        assert f"{key.kind}{unit}; {default}" in bare, key.path


def test_no_line_is_wider_than_a_hundred_characters():
    assert max(map(len, TEXT.split("\n"))) <= 100

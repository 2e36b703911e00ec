"""docs/config.md is the schema's, never written by hand."""

import re

from tests.conftest import ROOT
from tfft.config.keys import all_keys, yaml_scalar
from tfft.config.load import load_config
from tfft.config.reference import reference

TEXT = reference()


def test_the_page_in_docs_is_the_generated_one():
    page = (ROOT / "docs" / "config.md").read_text(encoding="utf-8")
    assert page == TEXT, "run: tfft config --reference > docs/config.md"


def test_every_key_has_a_row_with_value_unit_default_and_meaning():
    rows = re.findall(r"^\| `([a-z_0-9.\[\]]+)` \| (.+) \| (.+) \| (.+) \| (.+) \|$", TEXT, re.M)
    by_path = {path: tuple(cells) for path, *cells in rows}
    assert len(by_path) == len(rows)
    for key in all_keys():
        value, unit, default, meaning = by_path.pop(key.path.removesuffix("[]"))
        assert value == (key.kind or value)
        assert unit == (key.unit or "–")
        assert meaning == key.meaning
        is_section = bool(key.keys) and not key.is_list and not key.is_nullable
        expected = "as below" if is_section else f"`{yaml_scalar(key.default)}`"
        assert default == ("required" if key.is_required else expected)
    assert by_path == {}


def test_a_row_reads_so():
    assert (
        "| `text.max_tokens` | whole number (at least 3) | tokens | `128` | "
        "longest row, [CLS] and [SEP] included |" in TEXT
    )


def test_the_examples_of_set_in_the_introduction_load(tmp_path):
    (tmp_path / "my").mkdir()
    (tmp_path / "my" / "train.tsv").write_text("a\t0\nb\t1\n")
    (tmp_path / "c.yaml").write_text("name: a\ndata: {train: demo:reviews-en}\n")
    options = re.findall(r"^  --set (\S+?=)'?(.+?)'?$", TEXT, re.M)
    assert len(options) == 4
    overrides = [key + value.replace("my/", f"{tmp_path}/my/") for key, value in options]
    config, notices = load_config(tmp_path / "c.yaml", overrides)
    assert (config.training.epochs, config.text.clean) == (5, ["html", "urls"])
    assert notices == []

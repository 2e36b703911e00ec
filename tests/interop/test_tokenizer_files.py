"""Tokenizer files: AutoTokenizer makes the literal ids, and settings are read back."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tfft.errors import CheckpointError
from tfft.interop.tokenizer_files import read_tokenizer_settings, write_tokenizer


class TenWords:
    """A vocabulary as the room for text would give it."""

    tokens = (
        *("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"),
        *("cafe", "café", "Cafe", "Café", "中", "文", "##文"),
    )

    def save(self, path: str | Path) -> None:
        Path(path).write_text("".join(f"{token}\n" for token in self.tokens), encoding="utf-8")


def auto_tokenizer(folder: Path):
    from transformers import AutoTokenizer

    return AutoTokenizer.from_pretrained(folder)


@pytest.mark.parametrize("without_fast_file", [False, True])
@pytest.mark.parametrize(
    ("settings", "ids"),
    [
        ({}, [2, 5, 9, 10, 3]),
        ({"strip_accents": False}, [2, 6, 9, 10, 3]),
        ({"lowercase": False}, [2, 8, 9, 10, 3]),
        ({"lowercase": False, "strip_accents": True}, [2, 7, 9, 10, 3]),
        ({"tokenize_chinese_chars": False}, [2, 5, 9, 11, 3]),
    ],
)
def test_auto_tokenizer_follows_every_setting(
    tmp_path: Path, settings: dict, ids: list[int], without_fast_file: bool
):
    write_tokenizer(tmp_path, TenWords(), **settings)
    if without_fast_file:
        (tmp_path / "tokenizer.json").unlink()
    assert auto_tokenizer(tmp_path)("Café 中文")["input_ids"] == ids


def test_pairs_special_tokens_and_the_limit_are_berts(tmp_path: Path):
    write_tokenizer(tmp_path, TenWords(), max_tokens=7)
    tokenizer = auto_tokenizer(tmp_path)
    encoded = tokenizer("cafe", "文 [MASK] x")
    assert encoded["input_ids"] == [2, 5, 3, 10, 4, 1, 3]
    assert encoded["token_type_ids"] == [0, 0, 0, 1, 1, 1, 1]
    assert tokenizer.model_max_length == 7
    assert (tokenizer.pad_token_id, tokenizer.unk_token_id) == (0, 1)
    assert len(tokenizer) == len(TenWords.tokens)
    assert tokenizer.decode([9, 11]) == "中文"


def test_a_token_that_stands_twice_gets_its_last_id(tmp_path: Path):
    vocabulary = TenWords()
    vocabulary.tokens = (*TenWords.tokens, "cafe")
    write_tokenizer(tmp_path, vocabulary)
    assert auto_tokenizer(tmp_path)("cafe")["input_ids"] == [2, 12, 3]


def test_no_special_token_is_added_that_the_vocabulary_lacks(tmp_path: Path):
    vocabulary = TenWords()
    vocabulary.tokens = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "cafe")
    write_tokenizer(tmp_path, vocabulary)
    added = json.loads((tmp_path / "tokenizer.json").read_text())["added_tokens"]
    assert {token["content"]: token["id"] for token in added} == {
        "[UNK]": 1,
        "[SEP]": 3,
        "[PAD]": 0,
        "[CLS]": 2,
    }


def test_settings_are_read_back_as_written(tmp_path: Path):
    settings = {
        "lowercase": False,
        "strip_accents": True,
        "tokenize_chinese_chars": False,
        "max_tokens": 7,
    }
    write_tokenizer(tmp_path, TenWords(), **settings)
    expected = {"vocab": tmp_path / "vocab.txt", **settings}
    assert read_tokenizer_settings(tmp_path) == expected


def test_without_files_the_settings_are_what_transformers_assumes(tmp_path: Path):
    assert read_tokenizer_settings(tmp_path) == {
        "vocab": None,
        "lowercase": True,
        "strip_accents": None,
        "tokenize_chinese_chars": True,
        "max_tokens": None,
    }


def test_the_fast_files_normalizer_counts_where_the_config_is_silent(tmp_path: Path):
    write_tokenizer(tmp_path, TenWords(), lowercase=False, strip_accents=True)
    (tmp_path / "tokenizer_config.json").write_text('{"strip_accents": false}')
    settings = read_tokenizer_settings(tmp_path)
    assert (settings["lowercase"], settings["strip_accents"]) == (False, False)


def test_a_limit_that_means_none_is_none(tmp_path: Path):
    (tmp_path / "tokenizer_config.json").write_text(
        '{"model_max_length": 1000000000000000019884624838656}'
    )
    assert read_tokenizer_settings(tmp_path)["max_tokens"] is None


def test_all_faults_of_the_files_are_reported_at_once(tmp_path: Path):
    (tmp_path / "tokenizer.json").write_text("{")
    (tmp_path / "tokenizer_config.json").write_text(
        '{"do_lower_case": "yes", "model_max_length": -3, "strip_accents": null}'
    )
    with pytest.raises(CheckpointError) as error:
        read_tokenizer_settings(tmp_path)
    text = str(error.value)
    assert "tokenizer.json:1: is damaged JSON" in text
    assert "do_lower_case: got 'yes'; expected true or false" in text
    assert "model_max_length: got -3; expected a whole number, at least 1" in text
    assert len(error.value.faults) == 3

"""Tokenizer files: AutoTokenizer makes the literal ids, settings and vocabulary are read back."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import pytest

from tfft.errors import CheckpointError, DataError
from tfft.interop.tokenizer_files import read_tokenizer_settings, read_vocabulary, write_tokenizer
from tfft.text.preprocessor import Preprocessor
from tfft.text.vocab import Vocabulary

LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZéïñİßσςΣαΑ0123456789，。！？"
CHARACTERS = (
    *("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "film", "##lm", "best", "cafe", "中文", "##文"),
    *LETTERS,
    *(f"##{letter}" for letter in LETTERS),
    *"房间很大早餐也不错推荐手机中文混排天就到了真的用好𠀀!:.<>/?=_…™’“”①ﬁ",
)


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


LINES = (
    "Café films weren’t cheap: 1,000 ™ or so…",
    "  the\tbest\u00a0film\u3000of 2024!!! ",
    "naïve\u200b re\u0301sume\u0301 \x00x\x07y \ufffd",
    "ﬁlm ＦＩＬＭ ＡＢＣ１２３ ß ΣΑΣ İstanbul",
    "房间很大，早餐也不错。推荐！",
    "手机iPhone13很好用，3天就到了，“真的”？",
    "𠀀𪛖 中文English混排 ﹏ ㊣ ①②",
    "emoji 👍🏽 👨‍👩‍👧 ❤️ <br/> http://a.b/c?d=e_f",
    "x" * 100 + " " + "x" * 101,
    "[CLS] not [MASK] here [SEP]",
    "",
)
"""English and Chinese, and what breaks tokenizers: each line has its own trap."""


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"lowercase": False},
        {"strip_accents": False},
        {"lowercase": False, "strip_accents": True},
        {"tokenize_chinese_chars": False},
    ],
)
def test_auto_tokenizer_gives_the_ids_of_the_preprocessor(tmp_path: Path, settings: dict):
    vocabulary = Vocabulary(CHARACTERS)
    write_tokenizer(tmp_path, vocabulary, max_tokens=128, **settings)
    assert_equal_ids(tmp_path, Preprocessor(vocabulary, **settings), LINES)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "corpus", "lowercase"),
    [
        ("uncased", "sst2-sentences/dev.tsv", True),
        ("cased", "sst2-sentences/dev.tsv", False),
        ("chinese", "chnsenticorp/dev.tsv", True),
    ],
)
def test_auto_tokenizer_gives_the_preprocessors_ids_on_published_vocabularies(
    shared_data: Path, tmp_path: Path, name: str, corpus: str, lowercase: bool
):
    vocabulary = Vocabulary.from_file(shared_data / "vocabs" / f"bert-base-{name}-vocab.txt")
    write_tokenizer(tmp_path, vocabulary, lowercase=lowercase, max_tokens=128)
    rows = (shared_data / corpus).read_text(encoding="utf-8").split("\n")[1:501]
    assert len(rows) == 500
    assert_equal_ids(tmp_path, Preprocessor(vocabulary, lowercase=lowercase), [*rows, *LINES])


def assert_equal_ids(folder: Path, preprocessor: Preprocessor, lines: Sequence[str]) -> None:
    """Compares rows alone and in pairs, each line with the next."""
    tokenizer = auto_tokenizer(folder)
    for pairs in (None, [*lines[1:], lines[0]]):
        truncation = "longest_first"
        theirs = tokenizer(list(lines), pairs, truncation=truncation, padding=True)
        ours = preprocessor(list(lines), pairs)
        for name in ("input_ids", "attention_mask", "token_type_ids"):
            assert ours[name].numpy().tolist() == theirs[name]


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


def test_the_vocabulary_is_read_from_vocab_txt_or_from_the_fast_file_alone(tmp_path: Path):
    write_tokenizer(tmp_path, TenWords())
    assert read_vocabulary(tmp_path / "vocab.txt").tokens == TenWords.tokens
    # As transformers 5 saves a tokenizer.
    (tmp_path / "vocab.txt").unlink()
    settings = read_tokenizer_settings(tmp_path)
    assert settings["vocab"] == tmp_path / "tokenizer.json"
    assert read_vocabulary(settings["vocab"]).tokens == TenWords.tokens


def test_a_folder_that_transformers_saved_is_read_with_equal_ids(tmp_path: Path):
    write_tokenizer(tmp_path, Vocabulary(CHARACTERS))
    tokenizer = auto_tokenizer(tmp_path)
    tokenizer.add_tokens(["tfft"])
    tokenizer.save_pretrained(tmp_path / "again")
    settings = read_tokenizer_settings(tmp_path / "again")
    assert read_vocabulary(settings["vocab"]).tokens == (*CHARACTERS, "tfft")


def edit_fast_file(folder: Path, **fields: object) -> Path:
    write_tokenizer(folder, TenWords())
    path = folder / "tokenizer.json"
    content = json.loads(path.read_text())
    path.write_text(json.dumps({**content, "model": {**content["model"], **fields}}))
    return path


@pytest.mark.parametrize(
    ("fields", "claim"),
    [
        ({"type": "BPE"}, "model.type: got 'BPE'; expected 'WordPiece', as BERT has"),
        ({"unk_token": "<unk>"}, "model.unk_token: got '<unk>'; expected '[UNK]'"),
        (
            {"continuing_subword_prefix": "@@"},
            "model.continuing_subword_prefix: got '@@'; expected '##'",
        ),
        ({"max_input_chars_per_word": 7}, "model.max_input_chars_per_word: got 7; expected 100"),
        ({"vocab": {"a": 99}}, "model.vocab: has 6 tokens whose ids do not count from 0"),
        ({"vocab": {"a": [1]}}, "model.vocab: has 6 tokens whose ids do not count from 0"),
    ],
)
def test_a_fast_file_that_is_not_berts_is_refused(tmp_path: Path, fields: dict, claim: str):
    path = edit_fast_file(tmp_path, **fields)
    with pytest.raises(CheckpointError) as error:
        read_vocabulary(path)
    (fault,) = error.value.faults
    assert str(fault).startswith(f"{path}: {claim}")


@pytest.mark.parametrize("content", ["{}", '{"model": null}', '{"model": "WordPiece"}'])
def test_a_fast_file_without_a_model_is_refused(tmp_path: Path, content: str):
    (tmp_path / "tokenizer.json").write_text(content)
    with pytest.raises(CheckpointError, match=r"model\.type: got .*; expected 'WordPiece'"):
        read_vocabulary(tmp_path / "tokenizer.json")


def test_a_damaged_vocabulary_in_a_model_folder_is_told_by_its_path(tmp_path: Path):
    write_tokenizer(tmp_path, TenWords())
    path = tmp_path / "vocab.txt"
    path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    with pytest.raises(DataError) as error:
        read_vocabulary(read_tokenizer_settings(tmp_path)["vocab"])
    (fault,) = error.value.faults
    assert str(fault).startswith(f"{path}:1: 12 lines hold a carriage return")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "problem"),
    [
        ("cased-mojibake", "1,963 of 1,987 tokens"),
        ("uncased-blingfire-variant", "has no [UNK]. Did you mean `[unk]`?"),
        ("uncased-crlf", "30,522 lines hold a carriage return"),
    ],
)
def test_published_vocabularies_that_broke_are_refused_in_a_model_folder(
    shared_data: Path, tmp_path: Path, name: str, problem: str
):
    damaged = (shared_data / "vocabs" / "broken" / f"{name}-vocab.txt").read_bytes()
    (tmp_path / "vocab.txt").write_bytes(damaged)
    with pytest.raises(DataError) as error:
        read_vocabulary(read_tokenizer_settings(tmp_path)["vocab"])
    assert problem in str(error.value)
    assert str(tmp_path / "vocab.txt") in str(error.value)


@pytest.mark.slow
def test_a_published_fast_file_holds_the_published_vocabulary(shared_data: Path, tmp_path: Path):
    vocabs = shared_data / "vocabs"
    (tmp_path / "tokenizer.json").write_bytes((vocabs / "minilm-fast-tokenizer.json").read_bytes())
    vocabulary = read_vocabulary(read_tokenizer_settings(tmp_path)["vocab"])
    assert vocabulary == Vocabulary.from_file(vocabs / "bert-base-uncased-vocab.txt")

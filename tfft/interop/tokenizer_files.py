"""Hugging Face's tokenizer files of a BERT: what they say, and writing them.

Enters: a model folder to read, or a vocabulary and its settings to write.
Leaves: plain settings and a vocabulary, or `vocab.txt`, `tokenizer.json`, `tokenizer_config.json`
and `special_tokens_map.json`, from which transformers' AutoTokenizer makes the same ids.
Tokenises nothing; cleaning rules that run before the tokenizer are not part of these files.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Protocol

from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, processors

from tfft.errors import CheckpointError, Fault, collect
from tfft.interop.model_file import read_json
from tfft.text.vocab import CONTINUATION, MAX_WORD_CHARACTERS, UNK, Vocabulary

VOCAB_FILE = "vocab.txt"
SETTINGS_FILE = "tokenizer_config.json"
FAST_FILE = "tokenizer.json"
SPECIAL_TOKENS_FILE = "special_tokens_map.json"

SPECIAL_TOKENS = {
    "unk_token": "[UNK]",
    "sep_token": "[SEP]",
    "pad_token": "[PAD]",
    "cls_token": "[CLS]",
    "mask_token": "[MASK]",
}
"""BERT's special tokens by their role."""

_FIELDS = {
    "lowercase": "do_lower_case",
    "strip_accents": "strip_accents",
    "tokenize_chinese_chars": "tokenize_chinese_chars",
    "max_tokens": "model_max_length",
}
"""Settings by their name in `tokenizer_config.json`."""

_NORMALIZER_FIELDS = {
    "lowercase": "lowercase",
    "strip_accents": "strip_accents",
    "tokenize_chinese_chars": "handle_chinese_chars",
}
"""Settings by their name in the normalizer of `tokenizer.json`."""

_WORD_PIECE_FIELDS = {
    "unk_token": UNK,
    "continuing_subword_prefix": CONTINUATION,
    "max_input_chars_per_word": MAX_WORD_CHARACTERS,
}
"""What the text room's WordPiece assumes, by its name in the model of `tokenizer.json`."""

_DEFAULTS: dict[str, Any] = {
    "lowercase": True,
    "strip_accents": None,
    "tokenize_chinese_chars": True,
    "max_tokens": None,
}


class SavableVocabulary(Protocol):
    """What is asked of a vocabulary here."""

    @property
    def tokens(self) -> tuple[str, ...]:
        """Every token, in the order of the ids."""

    def save(self, path: str | Path) -> None:
        """Writes the tokens, one a line."""


def read_tokenizer_settings(folder: str | Path) -> dict[str, Any]:
    """Returns how a model folder's text is tokenised.

    `tokenizer_config.json` goes first, then the normalizer of `tokenizer.json`, then what
    transformers assumes.

    Returns:
        `vocab`: the path of `vocab.txt`, else of `tokenizer.json`, None where there is neither,
        for `read_vocabulary`; `lowercase`: bool;
        `strip_accents`: bool, or None for "as `lowercase`"; `tokenize_chinese_chars`: bool;
        `max_tokens`: int, or None where no limit is stated.

    Raises:
        CheckpointError: all at once: a file that is damaged, or a setting of another type.
    """
    folder = Path(folder)
    faults: list[Fault] = []
    stated = _stated(folder / FAST_FILE, _from_fast_file, faults)
    stated |= _stated(folder / SETTINGS_FILE, _from_settings_file, faults)
    settings = {**_DEFAULTS, **stated}
    faults += _type_faults(settings, folder)
    if faults:
        raise CheckpointError("The tokenizer's files cannot be used", faults)
    # transformers 5 saves no `vocab.txt`.
    files = [folder / name for name in (VOCAB_FILE, FAST_FILE) if (folder / name).is_file()]
    return {"vocab": files[0] if files else None, **settings}


def read_vocabulary(path: str | Path) -> Vocabulary:
    """Returns the vocabulary in a `vocab.txt` or a `tokenizer.json`, told apart by the suffix.

    Raises:
        DataError: `vocab.txt` is damaged, or a required token is missing.
        CheckpointError: `tokenizer.json` is damaged, or is not BERT's WordPiece.
    """
    path = Path(path)
    if path.suffix != ".json":
        return Vocabulary.from_file(path)
    content = read_json(path)
    if faults := list(_word_piece_faults(content, str(path))):
        raise CheckpointError("The tokenizer's vocabulary cannot be used", faults)
    ids = _fast_ids(content)
    return Vocabulary(sorted(ids, key=lambda token: ids[token]), name=str(path))


def write_tokenizer(
    folder: Path,
    vocabulary: SavableVocabulary,
    *,
    lowercase: bool = True,
    strip_accents: bool | None = None,
    tokenize_chinese_chars: bool = True,
    max_tokens: int | None = None,
) -> None:
    """Writes the four tokenizer files into an existing folder.

    Args:
        folder: where to write.
        vocabulary: the tokens by id.
        lowercase: lower-case the text.
        strip_accents: drop accents; None: as `lowercase`.
        tokenize_chinese_chars: each Chinese character is a word.
        max_tokens: the most tokens of a row, special ones included; None: not stated.
    """
    roles = _roles_in(vocabulary.tokens)
    settings: dict[str, Any] = {
        "tokenizer_class": "BertTokenizer",
        "do_lower_case": lowercase,
        "strip_accents": strip_accents,
        "tokenize_chinese_chars": tokenize_chinese_chars,
        **roles,
    }
    if max_tokens is not None:
        settings["model_max_length"] = max_tokens
    tokenizer = _fast_tokenizer(
        vocabulary.tokens,
        normalizers.BertNormalizer(
            clean_text=True,
            handle_chinese_chars=tokenize_chinese_chars,
            strip_accents=strip_accents,
            lowercase=lowercase,
        ),
    )
    vocabulary.save(folder / VOCAB_FILE)
    tokenizer.save(str(folder / FAST_FILE))
    _write_json(folder / SETTINGS_FILE, settings)
    _write_json(folder / SPECIAL_TOKENS_FILE, roles)


def _word_piece_faults(content: Mapping[str, Any], path: str) -> Iterator[Fault]:
    model = content.get("model")
    if not isinstance(model, Mapping) or model.get("type") != "WordPiece":
        kind = model.get("type") if isinstance(model, Mapping) else model
        yield Fault(f"{path}: model.type", f"got {kind!r}", expected="'WordPiece', as BERT has")
        return
    for name, expected in _WORD_PIECE_FIELDS.items():
        if (got := model.get(name, expected)) != expected:
            yield Fault(f"{path}: model.{name}", f"got {got!r}", expected=repr(expected))
    ids = _fast_ids(content).values()
    if not ids or not all(type(i) is int for i in ids) or sorted(ids) != [*range(len(ids))]:
        problem = f"has {len(ids):,} tokens whose ids do not count from 0"
        yield Fault(f"{path}: model.vocab", problem, expected="each id once, without gaps")


def _fast_ids(content: Mapping[str, Any]) -> dict[str, Any]:
    """Returns the ids by token, tokens that were added to the vocabulary included."""
    vocab, added = content["model"].get("vocab"), content.get("added_tokens")
    ids = dict(vocab) if isinstance(vocab, Mapping) else {}
    for entry in added if isinstance(added, list) else []:
        if isinstance(entry, Mapping) and isinstance(entry.get("content"), str):
            ids.setdefault(entry["content"], entry.get("id"))
    return ids


def _fast_tokenizer(tokens: tuple[str, ...], normalizer: Any) -> Tokenizer:
    # A token that stands twice gets its last id, as when `vocab.txt` is read line by line.
    ids = {token: index for index, token in enumerate(tokens)}
    word_piece = models.WordPiece(ids, unk_token=UNK, max_input_chars_per_word=MAX_WORD_CHARACTERS)
    tokenizer = Tokenizer(word_piece)
    tokenizer.normalizer = normalizer
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.decoder = decoders.WordPiece(prefix=CONTINUATION)
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS]:0 $A:0 [SEP]:0",
        pair="[CLS]:0 $A:0 [SEP]:0 $B:1 [SEP]:1",
        special_tokens=[("[CLS]", ids["[CLS]"]), ("[SEP]", ids["[SEP]"])],
    )
    tokenizer.add_special_tokens(list(_roles_in(tokens).values()))
    return tokenizer


def _roles_in(tokens: tuple[str, ...]) -> dict[str, str]:
    # A token added beyond the vocabulary would get an id that the model has no embedding for.
    return {role: token for role, token in SPECIAL_TOKENS.items() if token in tokens}


def _stated(path: Path, extract: Any, faults: list[Fault]) -> dict[str, Any]:
    if not path.is_file():
        return {}
    content = collect(faults, lambda: read_json(path))
    return {} if content is None else extract(content)


def _from_settings_file(content: Mapping[str, Any]) -> dict[str, Any]:
    settings = {name: content[field] for name, field in _FIELDS.items() if field in content}
    limit = settings.get("max_tokens")
    # transformers writes 10**30 for "no limit".
    if isinstance(limit, int | float) and limit > 1_000_000_000:
        settings["max_tokens"] = None
    return settings


def _from_fast_file(content: Mapping[str, Any]) -> dict[str, Any]:
    normalizer = content.get("normalizer")
    if not isinstance(normalizer, Mapping) or normalizer.get("type") != "BertNormalizer":
        return {}
    return {
        name: normalizer[field] for name, field in _NORMALIZER_FIELDS.items() if field in normalizer
    }


def _type_faults(settings: Mapping[str, Any], folder: Path) -> list[Fault]:
    faults = []
    for name in ("lowercase", "strip_accents", "tokenize_chinese_chars"):
        value = settings[name]
        if not isinstance(value, bool) and not (name == "strip_accents" and value is None):
            where = f"{folder / SETTINGS_FILE}: {_FIELDS[name]}"
            faults.append(Fault(where, f"got {value!r}", expected="true or false"))
    limit = settings["max_tokens"]
    if limit is not None and not (type(limit) is int and limit > 0):
        where = f"{folder / SETTINGS_FILE}: {_FIELDS['max_tokens']}"
        faults.append(Fault(where, f"got {limit!r}", expected="a whole number, at least 1"))
    return faults


def _write_json(path: Path, content: Mapping[str, Any]) -> None:
    text = json.dumps(content, ensure_ascii=False, indent=2) + "\n"
    path.write_text(text, encoding="utf-8", newline="\n")

"""A vocabulary is read exactly or refused; the faults of a file come all at once."""

from __future__ import annotations

from pathlib import Path

import pytest

from tfft.errors import DataError
from tfft.text.vocab import Vocabulary

TOKENS = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "film", "##s")
CONTENT = b"[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\nfilm\n##s\n"


def _refusal(path: Path) -> DataError:
    with pytest.raises(DataError) as caught:
        Vocabulary.from_file(path)
    return caught.value


def _refusal_of(content: bytes, folder: Path) -> DataError:
    path = folder / "vocab.txt"
    path.write_bytes(content)
    return _refusal(path)


def test_a_token_has_the_number_of_its_line_as_id(tmp_path):
    (tmp_path / "v.txt").write_bytes(b"film\n[MASK]\n[SEP]\n[CLS]\n[UNK]\n[PAD]\n##s\n")
    vocabulary = Vocabulary.from_file(tmp_path / "v.txt")
    assert len(vocabulary) == 7
    assert vocabulary.id_of("film") == 0
    assert vocabulary.id_of("##s") == 6
    assert vocabulary.id_of("book") is None
    assert (vocabulary.mask_id, vocabulary.sep_id, vocabulary.cls_id) == (1, 2, 3)
    assert (vocabulary.unk_id, vocabulary.pad_id) == (4, 5)


def test_what_is_saved_is_read_again(tmp_path):
    Vocabulary(TOKENS).save(tmp_path / "v.txt")
    assert (tmp_path / "v.txt").read_bytes() == CONTENT
    assert Vocabulary.from_file(tmp_path / "v.txt") == Vocabulary(TOKENS)


def test_the_fingerprint_is_the_sha256_of_the_saved_file():
    expected = "248327fc7849cb048dc44e5c4489fd41c83bf5a0f5bf8033289b637edf188e84"
    assert Vocabulary(TOKENS).fingerprint == expected
    assert Vocabulary((*TOKENS, "x")).fingerprint != expected


def test_the_last_line_end_may_be_missing(tmp_path):
    (tmp_path / "v.txt").write_bytes(CONTENT.removesuffix(b"\n"))
    assert Vocabulary.from_file(tmp_path / "v.txt").tokens == TOKENS


def test_only_lf_ends_a_line(tmp_path):
    tokens = (*TOKENS, "a\u2028b", "c\x85d", "e\x0cf")
    Vocabulary(tokens).save(tmp_path / "v.txt")
    assert Vocabulary.from_file(tmp_path / "v.txt").tokens == tokens


def test_a_token_that_stands_twice_has_its_last_id_and_a_warning(tmp_path, caplog):
    (tmp_path / "v.txt").write_bytes(CONTENT + b"film\n")
    vocabulary = Vocabulary.from_file(tmp_path / "v.txt")
    assert (len(vocabulary), vocabulary.id_of("film")) == (8, 7)
    assert "1 tokens stand twice" in caplog.text


def test_a_vocabulary_without_mask_is_usable():
    assert Vocabulary(TOKENS[:4]).mask_id is None


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"", "empty"),
        (b"\n\n", "empty"),
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:ab\nsize 7\n", "Git-LFS pointer"),
        (CONTENT.replace(b"\n", b"\r\n"), "7 lines hold a carriage return"),
        (b"\xef\xbb\xbf" + CONTENT, "byte order mark"),
        (CONTENT + b"caf\xe9\n", "1 line is not UTF-8 (line 8)"),
    ],
)
def test_a_damaged_file_is_refused_with_one_fault(tmp_path, content, problem):
    (fault,) = _refusal_of(content, tmp_path).faults
    assert problem in fault.problem
    assert fault.advice


@pytest.mark.parametrize("token", ["[PAD]", "[UNK]", "[CLS]", "[SEP]"])
def test_a_required_token_that_is_missing_is_named(tmp_path, token):
    content = CONTENT.replace(token.encode(), b"other")
    (fault,) = _refusal_of(content, tmp_path).faults
    assert fault.problem == f"has no {token}"


def test_special_tokens_in_small_letters_are_recognised_as_the_cause(tmp_path):
    faults = _refusal_of(CONTENT.lower(), tmp_path).faults
    assert [fault.nearest for fault in faults] == ["[pad]", "[unk]", "[cls]", "[sep]"]


def test_all_faults_are_reported_at_once(tmp_path):
    content = b"\xef\xbb\xbf" + CONTENT.replace(b"[UNK]\n", b"").replace(b"\n", b"\r\n") + b"\xe9\n"
    problems = [fault.problem for fault in _refusal_of(content, tmp_path).faults]
    assert len(problems) == 4
    assert problems[-1] == "has no [UNK]"


def test_a_missing_file_and_a_folder_are_refused(tmp_path):
    assert _refusal(tmp_path / "v.txt").faults[0].problem == "no such file"
    (tmp_path / "vocab.txt").write_bytes(CONTENT)
    assert "vocab.txt" in _refusal(tmp_path).faults[0].advice


def test_a_vocabulary_decoded_as_windows_1252_is_refused(tmp_path):
    foreign = list("éàüñçö中国“”™。")
    content = CONTENT + "\n".join(foreign).encode() + b"\n"
    (tmp_path / "v.txt").write_bytes(content)
    assert len(Vocabulary.from_file(tmp_path / "v.txt")) == 19
    damaged = content.decode("cp1252", errors="replace").replace("�", "\x8d").encode()
    (fault,) = _refusal_of(damaged, tmp_path).faults
    assert "Windows-1252" in fault.problem


def test_tokens_that_only_look_like_mojibake_are_kept(tmp_path):
    tokens = (*TOKENS, "Ã©", "Â", "Ã", *"éèêëïîôûùç")
    Vocabulary(tokens).save(tmp_path / "v.txt")
    assert Vocabulary.from_file(tmp_path / "v.txt").tokens == tokens


def test_a_token_with_a_line_end_is_refused():
    with pytest.raises(DataError, match="line end"):
        Vocabulary((*TOKENS, "a\nb"))


@pytest.mark.parametrize(
    ("name", "size"),
    [
        ("bert-base-uncased", 30522),
        ("bert-base-cased", 28996),
        ("bert-base-chinese", 21128),
        ("bert-base-multilingual-cased", 119547),
    ],
)
def test_published_vocabularies_load(shared_data, name, size):
    vocabulary = Vocabulary.from_file(shared_data / "vocabs" / f"{name}-vocab.txt")
    assert (len(vocabulary), vocabulary.pad_id, vocabulary.unk_id) == (size, 0, 100)


@pytest.mark.parametrize(
    ("name", "problem"),
    [
        ("cased-mojibake", "1,963 of 1,987 tokens"),
        ("uncased-blingfire-variant", "has no [UNK]"),
        ("uncased-crlf", "30,522 lines hold a carriage return"),
    ],
)
def test_broken_vocabularies_are_refused(shared_data, name, problem):
    assert problem in str(_refusal(shared_data / "vocabs" / "broken" / f"{name}-vocab.txt"))

"""The ids are Hugging Face's, for every option, and the graph holds no operation servers lack."""

from __future__ import annotations

import json
import random
import zipfile
from collections.abc import Iterable
from pathlib import Path

import pytest
import tensorflow as tf
from tokenizers.implementations import BertWordPieceTokenizer

from tfft.text.tokenize import WordpieceTokenizer, repair_utf8
from tfft.text.vocab import Vocabulary

SPECIALS = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
GREEK = "\u03c3\u03b1\u03c3"
TOKENS = [
    *SPECIALS,
    *(
        "un",
        "##able",
        "##aff",
        "able",
        "cafe",
        "Café",
        GREEK,
        "中",
        "!",
        ",",
        "#",
        "i",
        "##\u0307",
        "A",
    ),
]
VOCABULARY = Vocabulary(TOKENS)

OPTIONS = [
    {"lowercase": True},
    {"lowercase": False},
    {"lowercase": True, "strip_accents": False},
    {"lowercase": False, "strip_accents": True},
    {"lowercase": True, "tokenize_chinese_chars": False},
]

# U+1C89 and U+2C2F are capitals of Unicode 16 and 14, which the graph does not lower-case yet.
KNOWN_CODES = [code for code in range(0x3000) if code not in (0x1C89, 0x2C2F)]

TRAPS = [
    "",
    " \t\r\n\u3000\u2028",
    "a\x00b\ufffdc\u00add\u200be\ue000f\x0bg\x85h",
    "[CLS] a [SEP] b[MASK]c[[UNK]] [PAD]",
    "[MA\x00SK] [cls] [ SEP ] \x01CLS \x01cls \x01unk \x02 \x01",
    "ΑΣ ΣΑΣ ὈΔΥΣΣΕΎΣ",
    "İSTANBUL ıI ǅ ß ẞ ﬁ ª ™ Ａ",
    "Café CAFÉ café cafe\u0301 c\u0327\u0301afe",
    "中文ab中\U00020000\uf900字\u3042か゛한국어",
    "##able # ## able##",
    "a" * 100,
    "a" * 101,
    "é" * 100,
    "é" * 101,
    "😀" * 101,
    "e\u0301" * 101,
    "x" * 300 + " unaffable " + "y" * 300,
    "\u00ad" * 200 + "able",
    "a^b`c~d|e$f+g<h>i=j§k¡l„m“n–o—p…q",
    "\u111c9\U000111c9a\u1734b\u06ddc\U0001e8d0d",
]


def _ids(tokenizer: WordpieceTokenizer, texts: Iterable[str | bytes]) -> list[list[int]]:
    signature = [tf.TensorSpec([None], tf.string)]
    tokenize = tf.function(tokenizer.tokenize, input_signature=signature)
    return tokenize(tf.constant(list(texts), tf.string)).to_list()


def _peer_ids(tokens: Iterable[str], texts: Iterable[str], **options) -> list[list[int]]:
    options["handle_chinese_chars"] = options.pop("tokenize_chinese_chars", True)
    peer = BertWordPieceTokenizer({token: i for i, token in enumerate(tokens)}, **options)
    return [row.ids for row in peer.encode_batch(list(texts), add_special_tokens=False)]


def _characters(texts: Iterable[str]) -> list[str]:
    """A vocabulary in which every character that survives shows in the ids."""
    characters = sorted(set("".join(texts)) | {chr(code) for code in range(0x20, 0x3000)})
    printable = [c for c in characters if c not in "\r\n" and not "\ud800" <= c <= "\udfff"]
    return SPECIALS + printable + ["##" + c for c in printable]


def test_words_are_lower_cased_stripped_and_split_into_pieces():
    tokenizer = WordpieceTokenizer(VOCABULARY)
    texts = ["UNAFFABLE, Café!", "un 中able", "unknown", ""]
    assert _ids(tokenizer, texts) == [[5, 7, 6, 14, 9, 13], [5, 12, 8], [1], []]


def test_case_and_accents_stay_where_lower_casing_is_off():
    tokenizer = WordpieceTokenizer(VOCABULARY, lowercase=False)
    assert _ids(tokenizer, ["Café cafe A UN"]) == [[10, 9, 18, 1]]


def test_lower_casing_without_stripping_keeps_the_dot_of_a_turkish_i():
    tokenizer = WordpieceTokenizer(VOCABULARY, strip_accents=False)
    assert _ids(tokenizer, ["İ", "I"]) == [[16, 17], [16]]


def test_a_final_sigma_is_a_sigma():
    assert _ids(WordpieceTokenizer(VOCABULARY), ["ΣΑΣ"]) == [[11]]


def test_ideographs_stay_in_words_where_asked():
    tokenizer = WordpieceTokenizer(VOCABULARY, tokenize_chinese_chars=False)
    assert _ids(tokenizer, ["un中able", "中"]) == [[1], [12]]


def test_special_tokens_in_a_text_become_their_ids():
    tokenizer = WordpieceTokenizer(VOCABULARY)
    assert _ids(tokenizer, ["able[SEP]un", "[mask]", "\x01sep"]) == [[8, 3, 5], [1, 1, 1], [1]]


def test_a_word_of_more_than_100_characters_is_unknown():
    tokens = (*SPECIALS, "é", "##é", "x", "##x")
    tokenizer = WordpieceTokenizer(Vocabulary(tokens), strip_accents=False)
    hundred = [5] + [6] * 99
    assert _ids(tokenizer, ["é" * 100, "é" * 101, "x" * 101 + " x"]) == [hundred, [1], [1, 7]]


def test_bytes_that_are_not_utf8_are_dropped():
    tokenizer = WordpieceTokenizer(VOCABULARY)
    assert _ids(tokenizer, [b"ab\xffle", b"\xe4\xb8", b"un\xed\xa0\x80"]) == [[8], [], [5]]
    assert repair_utf8([b"a\xffb", b"\xe4\xb8\xad"]).numpy().tolist() == [
        "a\ufffdb".encode(),
        "中".encode(),
    ]


def test_an_empty_batch_gives_no_rows():
    tokens = WordpieceTokenizer(VOCABULARY).tokenize(tf.constant([], tf.string))
    assert tokens.to_list() == []
    assert tokens.dtype == tf.int32


def test_of_two_equal_tokens_the_last_counts():
    vocabulary = Vocabulary((*SPECIALS, "film", "book", "film"))
    assert _ids(WordpieceTokenizer(vocabulary), ["film book"]) == [[7, 6]]


def test_tokens_that_no_word_can_match_keep_their_ids():
    odd = ["", "\x00", "a\x00b", "\x01unk", "\x022", "##", " ", "##\x00"]
    tokens = [*SPECIALS, *odd, "a", "##b", "#"]
    texts = ["a ab a\x00b ## #", "\x01unk \x022"]
    assert _ids(WordpieceTokenizer(Vocabulary(tokens)), texts) == _peer_ids(tokens, texts)


@pytest.mark.parametrize("options", OPTIONS, ids=str)
def test_traps_give_hugging_faces_ids(options):
    tokens = _characters(TRAPS)
    mine = _ids(WordpieceTokenizer(Vocabulary(tokens), **options), TRAPS)
    assert mine == _peer_ids(tokens, TRAPS, **options)


@pytest.mark.parametrize("options", OPTIONS, ids=str)
def test_every_character_below_u3000_gives_hugging_faces_ids(options):
    tokens = _characters([])
    texts = [f"e\u0301{chr(code)}\u0323f" for code in KNOWN_CODES]
    mine = _ids(WordpieceTokenizer(Vocabulary(tokens), **options), texts)
    assert mine == _peer_ids(tokens, texts, **options)


def test_random_texts_give_hugging_faces_ids():
    draw = random.Random(13)
    pool = [chr(code) for code in KNOWN_CODES] + ["[CLS]", "##", "中", "İ", "\t", " "] * 300
    texts = ["".join(draw.choices(pool, k=draw.randint(1, 29))) for _ in range(2000)]
    tokens = _characters(texts)
    assert _ids(WordpieceTokenizer(Vocabulary(tokens)), texts) == _peer_ids(tokens, texts)


def test_only_operations_that_tf_serving_links_are_used():
    tokenizer = WordpieceTokenizer(VOCABULARY)
    function = tf.function(tokenizer.tokenize).get_concrete_function(tf.TensorSpec([7], tf.string))
    assert text_operations(function) == {"FastWordpieceTokenizeWithOffsets", "NormalizeUTF8"}


def text_operations(function) -> set[str]:
    """Names of operations beyond TensorFlow's own in a function and in all that it calls."""
    graph = function.graph.as_graph_def()
    nodes = [*graph.node, *(node for called in graph.library.function for node in called.node_def)]
    operations = {node.op for node in nodes}
    assert "StringSplitV2" in operations
    assert not operations & {"PyFunc", "EagerPyFunc"}
    return {name for name in operations if not hasattr(tf.raw_ops, name)}


def _corpora(folder: Path, names: Iterable[str]) -> list[str]:
    rows: list[str] = []
    for name in names:
        text = (folder / name).read_bytes().decode("utf-8", errors="replace")
        rows += json.loads(text) if name.endswith(".json") else text.split("\n")
    return rows


@pytest.mark.parametrize(
    ("vocabulary", "corpora"),
    [
        ("uncased", ["sst2-sentences/train.tsv", "blns/blns.txt", "blns/blns.json"]),
        ("chinese", ["chnsenticorp/dev.tsv", "chnsenticorp/test.tsv"]),
    ],
)
def test_no_row_of_a_shared_corpus_differs(shared_data, vocabulary, corpora):
    vocabulary = Vocabulary.from_file(shared_data / "vocabs" / f"bert-base-{vocabulary}-vocab.txt")
    rows = _corpora(shared_data, corpora)
    assert _ids(WordpieceTokenizer(vocabulary), rows) == _peer_ids(vocabulary.tokens, rows)


@pytest.mark.slow
@pytest.mark.parametrize("lowercase", [True, False])
@pytest.mark.parametrize("name", ["uncased", "cased", "chinese", "multilingual-cased"])
def test_no_row_of_any_corpus_in_388_languages_and_no_character_differs(
    shared_data, name, lowercase
):
    vocabulary = Vocabulary.from_file(shared_data / "vocabs" / f"bert-base-{name}-vocab.txt")
    parts = [f"{corpus}/{part}.tsv" for corpus in ("sst2-sentences", "chnsenticorp")
             for part in ("train", "dev", "test")]  # fmt: skip
    rows = _corpora(shared_data, [*parts, "thucnews-title/dev.txt", "thucnews-title/test.txt"])
    rows += _corpora(shared_data, ["blns/blns.txt", "blns/blns.json"])
    with zipfile.ZipFile(shared_data / "unicode" / "udhr2.zip") as languages:
        for language in languages.namelist():
            rows += languages.read(language).decode("utf-8", errors="replace").split("\n")
    rows += [f"a{chr(code)}b" for code in range(0x110000) if not 0xD800 <= code < 0xE000]
    mine = _ids(WordpieceTokenizer(vocabulary, lowercase=lowercase), rows)
    assert mine == _peer_ids(vocabulary.tokens, rows, lowercase=lowercase)

"""WordPiece in the graph: texts in, token ids out, the ids that Hugging Face's `tokenizers` gives.

Enters: `tf.string [batch]`, any bytes. Leaves: ragged `int32 [batch, (tokens)]`, without `[CLS]`
and `[SEP]` around it and not truncated (see `pack.py`).
One chain of core string operations does what BertNormalizer, BertPreTokenizer and WordPiece do.
`tensorflow_text.FastBertTokenizer` is faster and gives other ids (NFKC case folding, control
characters, long words); of TF Text only operations that TF Serving 2.15 to 2.20 links are used.
"""

from __future__ import annotations

from typing import Any

import tensorflow as tf
import tensorflow_text as tf_text

from tfft.text import unicode_classes
from tfft.text.vocab import CONTINUATION, MAX_WORD_CHARACTERS, SPECIAL_TOKENS, UNK, Vocabulary

_MAX_CHARACTER_BYTES = 4
_SIGMA, _SMALL_SIGMA = "\u03a3", "\u03c3"

# U+0001 begins a word that stands for a special token. It cannot come from the text: there it is
# replaced by U+0002, which is then deleted as U+0001 would have been.
_MARK = "\x01"
_OTHER_CONTROL = "\x02"
_NEVER_IN_WORDS = frozenset(("\0", _MARK, _OTHER_CONTROL))


class WordpieceTokenizer(tf.Module):
    """Splits texts into WordPieces, equal to `tokenizers.BertWordPieceTokenizer`.

    Special tokens that are written in a text, such as `[SEP]`, become their own ids, as they do
    in `transformers.BertTokenizer`.

    Args:
        vocabulary: the tokens; it becomes a part of the graph, not an asset beside it.
        lowercase: lower-case each character on its own (final sigma is sigma).
        strip_accents: decompose to NFD and drop non-spacing marks; None follows `lowercase`.
        tokenize_chinese_chars: make each CJK ideograph a word of its own.

    Reference:
        Song et al. 2021, Fast WordPiece Tokenization, arXiv:2012.15524; only its matching within
        a word is used, not its splitting into words.
    """

    def __init__(
        self,
        vocabulary: Vocabulary,
        *,
        lowercase: bool = True,
        strip_accents: bool | None = None,
        tokenize_chinese_chars: bool = True,
    ):
        super().__init__(name="wordpiece_tokenizer")
        self._lowercase = lowercase
        self._strip_accents = lowercase if strip_accents is None else strip_accents
        alone = unicode_classes.PUNCTUATION
        if tokenize_chinese_chars:
            alone += unicode_classes.IDEOGRAPHS
        self._word_of_its_own = f"([{alone}])"
        self._special = _any_special(vocabulary)
        self._wordpiece = tf_text.FastWordpieceTokenizer(
            vocab=_matchable(vocabulary, lowercase),
            unknown_token=_marked(UNK, lowercase),
            suffix_indicator=CONTINUATION,
            max_bytes_per_word=MAX_WORD_CHARACTERS * _MAX_CHARACTER_BYTES,
            token_out_type=tf.int32,
            no_pretokenization=True,
        )

    def tokenize(self, text: Any) -> tf.RaggedTensor:
        """Gives the ids of each text.

        Args:
            text: `tf.string [batch]`; bytes that are not UTF-8 count as U+FFFD, which is dropped.

        Returns:
            Ragged `int32 [batch, (tokens)]`; a text without a word has no token.
        """
        words = self._words(repair_utf8(text))
        pieces = self._wordpiece.tokenize(self._without_long(words.flat_values))
        return words.with_flat_values(pieces).merge_dims(1, 2)

    def _words(self, text: tf.Tensor) -> tf.RaggedTensor:
        """Splits valid UTF-8 `[batch]` into ragged `tf.string [batch, (words)]`."""
        text = tf.strings.regex_replace(text, _MARK, _OTHER_CONTROL)
        text = tf.strings.regex_replace(text, self._special, rf" {_MARK}\1 ")
        text = tf.strings.regex_replace(text, f"[{unicode_classes.DELETED}]+", "")
        text = tf.strings.regex_replace(text, f"[{unicode_classes.WHITE_SPACE}]+", " ")
        if self._strip_accents:
            text = tf_text.normalize_utf8(text, "NFD")
            text = tf.strings.regex_replace(text, f"[{unicode_classes.NONSPACING_MARKS}]+", "")
        if self._lowercase:
            # ICU would turn a sigma at a word's end into its final form.
            text = tf.strings.regex_replace(text, _SIGMA, _SMALL_SIGMA)
            text = tf.strings.lower(text, encoding="utf-8")
        text = tf.strings.regex_replace(text, self._word_of_its_own, r" \1 ")
        return tf.strings.split(text)

    def _without_long(self, words: tf.Tensor) -> tf.Tensor:
        """Puts `[UNK]` for each of `words` that has more than 100 characters."""

        def replace() -> tf.Tensor:
            characters = tf.strings.length(words, unit="UTF8_CHAR")
            unknown = _marked(UNK, self._lowercase)
            return tf.where(characters > MAX_WORD_CHARACTERS, unknown, words)

        # Counting characters costs more than counting bytes, and long words are rare.
        any_long = tf.reduce_any(tf.strings.length(words) > MAX_WORD_CHARACTERS)
        return tf.cond(any_long, replace, lambda: words)


def repair_utf8(text: Any) -> tf.Tensor:
    """Replaces each byte that is not part of valid UTF-8 by U+FFFD; `tf.string`, any shape."""
    return tf.strings.unicode_transcode(text, "UTF-8", "UTF-8", errors="replace")


def _any_special(vocabulary: Vocabulary) -> str:
    present = [token.strip("[]") for token in SPECIAL_TOKENS if vocabulary.id_of(token) is not None]
    return rf"\[({'|'.join(present)})\]"


def _marked(special: str, lowercase: bool) -> str:
    # What lower-casing leaves of the mark and the name that stand for a special token.
    name = special.strip("[]")
    return _MARK + (name.lower() if lowercase else name)


def _matchable(vocabulary: Vocabulary, lowercase: bool) -> list[str]:
    """Gives each id a token that FastWordpiece accepts and that matches the right words only."""
    matchable = []
    for i, token in enumerate(vocabulary.tokens):
        if not token or vocabulary.id_of(token) != i or _NEVER_IN_WORDS.intersection(token):
            # No word matches it, but its id stays taken. The builder refuses it as it is.
            matchable.append(f"{_OTHER_CONTROL}{i}")
        elif token in SPECIAL_TOKENS:
            matchable.append(_marked(token, lowercase))
        else:
            matchable.append(token)
    return matchable

"""The preprocessor: raw texts in, model features out, one object for training and serving.

Enters: `tf.string [batch]`, one text or two, of any length and any bytes.
Leaves: the features of `spec.MODEL_INPUTS`, `int32 [batch, tokens]`, with windows
`int32 [batch, windows, tokens]`. In turn: cap the bytes, repair UTF-8, clean (`clean.py`),
tokenise (`tokenize.py`), truncate or cut into windows, and pack (`pack.py`). All is a tracked
attribute or a constant, so that a SavedModel holds everything, the vocabulary included. It
augments nothing and batches nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import tensorflow as tf

from tfft.errors import ConfigError, Fault, nearest
from tfft.text.clean import TextCleaner
from tfft.text.pack import (
    NUM_SPECIAL_PAIR,
    NUM_SPECIAL_SINGLE,
    TRUNCATIONS,
    pack,
    pack_windows,
)
from tfft.text.tokenize import WordpieceTokenizer, repair_utf8
from tfft.text.vocab import Vocabulary

_MAX_CHARACTER_BYTES = 4


class Preprocessor(tf.Module):
    """Turns texts into what the model reads.

    Args:
        vocabulary: the tokens.
        lowercase: lower-case the text; so must the vocabulary have been made.
        strip_accents: drop accents; None follows `lowercase`.
        tokenize_chinese_chars: make each CJK ideograph a word of its own.
        max_tokens: length of a row at most, special tokens counted; at least 3.
        truncation: what of a longer text stays, a name out of `TRUNCATIONS`.
        stride_tokens: a longer text is read in windows, each beginning so many tokens after the
            one before, instead of being truncated; at most `max_tokens` less the special tokens.
        max_windows: windows of a text at most.
        max_bytes: length of a text at most, in bytes of UTF-8; the rest is cut off, at a
            character's boundary, before any other work; at least 4.
        clean: names of cleaning rules out of `clean.RULES`, in any order.

    Raises:
        ConfigError: all options at once that are out of range or unknown.
    """

    def __init__(
        self,
        vocabulary: Vocabulary,
        *,
        lowercase: bool = True,
        strip_accents: bool | None = None,
        tokenize_chinese_chars: bool = True,
        max_tokens: int = 128,
        truncation: str = "head",
        stride_tokens: int | None = None,
        max_windows: int = 16,
        max_bytes: int = 65536,
        clean: Sequence[str] = (),
    ):
        super().__init__(name="preprocessor")
        faults = [
            *_option_faults(max_tokens, truncation, max_bytes),
            *_window_faults(max_tokens, stride_tokens, max_windows),
        ]
        if faults:
            raise ConfigError("The text cannot be prepared", faults)
        self.vocabulary = vocabulary
        self._lowercase = lowercase
        self._strip_accents = strip_accents
        self._tokenize_chinese_chars = tokenize_chinese_chars
        self._max_tokens = max_tokens
        self._truncation = truncation
        self._stride_tokens = stride_tokens
        self._max_windows = max_windows
        self._max_bytes = max_bytes
        self._cleaner = TextCleaner(clean)
        self._tokenizer = WordpieceTokenizer(
            vocabulary,
            lowercase=lowercase,
            strip_accents=strip_accents,
            tokenize_chinese_chars=tokenize_chinese_chars,
        )
        # To trace them takes half a second, so each is traced once, not in every dataset.
        texts = tf.TensorSpec([None], tf.string)
        self._run_clean = _untracked(tf.function(self._clean, [texts]))
        self._run_encode = _untracked(tf.function(self._encode, [texts]))
        self._run_encode_pair = _untracked(tf.function(self._encode, [texts, texts]))

    def __call__(self, text: Any, text_pair: Any = None) -> dict[str, tf.Tensor]:
        """Prepares a batch.

        Args:
            text: `tf.string [batch]`.
            text_pair: a second text for each row, `tf.string [batch]`, or None.

        Returns:
            `input_ids`, `attention_mask` and `token_type_ids`, each `int32 [batch, tokens]`, padded
            to the longest row of the batch, which has at least the two of an empty text; with
            windows `int32 [batch, windows, tokens]`, see `pack.pack_windows`.
        """
        return self.encode(self.clean(text), None if text_pair is None else self.clean(text_pair))

    def encode(self, text: Any, text_pair: Any = None) -> dict[str, tf.Tensor]:
        """Does what `__call__` does with texts that have been cleaned already."""
        if text_pair is None:
            return dict(self._run_encode(text))
        return dict(self._run_encode_pair(text, text_pair))

    def clean(self, text: Any) -> tf.Tensor:
        """Caps the bytes, repairs UTF-8 and applies the rules; `tf.string [batch]` both."""
        return self._run_clean(text)

    def tokenize(self, text: Any) -> tf.RaggedTensor:
        """Gives the ids of cleaned text `tf.string [batch]`: ragged `int32 [batch, (tokens)]`."""
        return self._tokenizer.tokenize(text)

    def settings(self) -> dict[str, Any]:
        """Gives every argument but the vocabulary, as plain JSON values, to build it again."""
        return {
            "lowercase": self._lowercase,
            "strip_accents": self._strip_accents,
            "tokenize_chinese_chars": self._tokenize_chinese_chars,
            "max_tokens": self._max_tokens,
            "truncation": self._truncation,
            "stride_tokens": self._stride_tokens,
            "max_windows": self._max_windows,
            "max_bytes": self._max_bytes,
            "clean": list(self._cleaner.rules),
        }

    def _clean(self, text: tf.Tensor) -> tf.Tensor:
        return self._cleaner(repair_utf8(cap_bytes(text, self._max_bytes)))

    def _encode(self, text: tf.Tensor, text_pair: tf.Tensor | None = None) -> dict[str, tf.Tensor]:
        ids = self.tokenize(text)
        other = None if text_pair is None else self.tokenize(text_pair)
        special = {
            "cls_id": self.vocabulary.cls_id,
            "sep_id": self.vocabulary.sep_id,
            "pad_id": self.vocabulary.pad_id,
        }
        if self._stride_tokens is None:
            return pack(
                ids, other, **special, max_tokens=self._max_tokens, truncation=self._truncation
            )
        return pack_windows(
            ids,
            other,
            **special,
            max_tokens=self._max_tokens,
            stride_tokens=self._stride_tokens,
            max_windows=self._max_windows,
        )


def cap_bytes(text: Any, max_bytes: int) -> tf.Tensor:
    """Cuts each text after at most `max_bytes` bytes, never inside a UTF-8 character.

    Args:
        text: `tf.string [batch]`, any bytes.
        max_bytes: at least 4, the longest character.

    Returns:
        `tf.string [batch]`.
    """
    # One byte more than allowed: if that byte continues a character, its beginning goes as well.
    text = tf.strings.substr(text, 0, max_bytes + 1)
    length = tf.strings.length(text)
    last = tf.strings.substr(text, tf.maximum(length - _MAX_CHARACTER_BYTES, 0), length)
    window = tf.io.decode_raw(last, tf.uint8, fixed_length=_MAX_CHARACTER_BYTES)
    begins_character = tf.bitwise.bitwise_and(window, 0xC0) != 0x80
    back = tf.argmax(tf.reverse(begins_character, axis=[1]), axis=1, output_type=tf.int32)
    end = tf.where(length > max_bytes, max_bytes - back, length)
    return tf.strings.substr(text, tf.zeros_like(end), end)


def _untracked(function: Callable[..., Any]) -> Callable[..., Any]:
    """Hides a function from tf.Module, which would export it beside the graph that calls it."""
    return lambda *texts: function(*texts)


def _option_faults(max_tokens: int, truncation: str, max_bytes: int) -> list[Fault]:
    faults = []
    if max_tokens < NUM_SPECIAL_PAIR:
        expected = f"at least {NUM_SPECIAL_PAIR}, for the special tokens"
        faults.append(Fault("text.max_tokens", f"got {max_tokens}", expected))
    if truncation not in TRUNCATIONS:
        near = nearest(str(truncation), list(TRUNCATIONS))
        expected = "any of " + ", ".join(TRUNCATIONS)
        faults.append(Fault("text.truncation", f"unknown name {truncation!r}", expected, near))
    if max_bytes < _MAX_CHARACTER_BYTES:
        expected = f"at least {_MAX_CHARACTER_BYTES}, the longest character"
        faults.append(Fault("text.max_bytes", f"got {max_bytes}", expected))
    return faults


def _window_faults(max_tokens: int, stride_tokens: int | None, max_windows: int) -> list[Fault]:
    faults = []
    room = max_tokens - NUM_SPECIAL_SINGLE
    if stride_tokens is not None and not 1 <= stride_tokens <= room:
        expected = f"from 1 to {room}, what {max_tokens} tokens leave beside the special ones"
        faults.append(Fault("text.stride_tokens", f"got {stride_tokens}", expected))
    if max_windows < 1:
        faults.append(Fault("text.max_windows", f"got {max_windows}", "at least 1"))
    return faults

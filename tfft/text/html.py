"""HTML in the graph: tags and references in, the text that a reader would see out.

Enters and leaves: `tf.string [batch]`, valid UTF-8. It is a filter for scraped text, not a parser:
what does not look like HTML stays. References are read once, after the tags are gone: `&lt;b&gt;`
gives the text `<b>`, and `&amp;lt;` gives `&lt;`. Names that only HTML 5 has stay as they are.
"""

from __future__ import annotations

from html.entities import name2codepoint
from typing import Any

import numpy as np
import tensorflow as tf
import tensorflow_text as tf_text

# A tag that only styles its letters may stand inside a word: `<b>un</b>happy` is one word.
_INLINE = (
    "a abbr acronym b bdi bdo big cite code data del dfn em font i ins kbd label mark q s samp "
    "small span strike strong sub sup time tt u var wbr"
)

# Quoted values may hold `>`; where the quotes do not pair up, the tag ends at the first `>`.
_REST_OF_TAG = r"""(?:\s(?:(?:[^<>"']|"[^"<]*"|'[^'<]*')*|[^<>]*)|\s*/)?>"""
_INLINE_TAG = rf"(?i)</?(?:{_INLINE.replace(' ', '|')}){_REST_OF_TAG}"
_ANY_TAG = rf"</?[A-Za-z][A-Za-z0-9:_-]*{_REST_OF_TAG}|<!(?i:doctype)\b[^<>]*>|<\?[A-Za-z][^<>]*>"

# As in a browser, what is never closed reaches to the end of the text.
_UNSEEN = (
    r"(?is)<!--.*?(?:-->|\z)"
    rf"|<script{_REST_OF_TAG}.*?(?:</script\s*>|\z)"
    rf"|<style{_REST_OF_TAG}.*?(?:</style\s*>|\z)"
)

_REFERENCE = r"&(?:[A-Za-z][A-Za-z0-9]{1,7}|#0*[0-9]{1,7}|#[xX]0*[0-9A-Fa-f]{1,6});"
_DIGITS = 8
_NAME_BYTES = 8
_NO_CODE_POINT = -1


def strip_html(text: Any) -> tf.Tensor:
    """Removes tags, comments, scripts and styles, and decodes character references.

    A tag that styles letters (`<b>`, `<a>`, `<span>` …) is removed, any other tag, comment, script
    and style becomes a space. The 252 named references of HTML 4 and the decimal and hexadecimal
    ones are decoded where they end with a semicolon, with the Windows-1252 meaning of 128 to 159
    that HTML prescribes; numbers that are no character give U+FFFD; unknown names stay.

    Args:
        text: `tf.string [batch]`, valid UTF-8.

    Returns:
        `tf.string [batch]`.
    """
    text = tf.strings.regex_replace(text, _UNSEEN, " ")
    text = tf.strings.regex_replace(text, _INLINE_TAG, "")
    text = tf.strings.regex_replace(text, _ANY_TAG, " ")
    has_reference = tf.reduce_any(tf.strings.regex_full_match(text, rf"(?s).*{_REFERENCE}.*"))
    return tf.cond(has_reference, lambda: _decode_references(text), lambda: text)


def _decode_references(text: tf.Tensor) -> tf.Tensor:
    pieces = tf_text.regex_split(text, _REFERENCE, keep_delim_regex_pattern=_REFERENCE)
    flat = pieces.flat_values
    where = tf.where(tf.strings.regex_full_match(flat, _REFERENCE))
    references = tf.gather_nd(flat, where)
    code_points = _code_points(references)
    characters = tf.strings.unicode_encode(code_points[:, tf.newaxis], "UTF-8", errors="replace")
    characters = tf.where(code_points == _NO_CODE_POINT, references, characters)
    flat = tf.tensor_scatter_nd_update(flat, where, characters)
    return tf.strings.unsorted_segment_join(flat, pieces.value_rowids(), pieces.nrows())


def _code_points(references: tf.Tensor) -> tf.Tensor:
    """Gives `int32 [references]`, -1 where the name is unknown."""
    body = tf.strings.regex_replace(references, "^&|;$", "")
    is_hexadecimal = tf.strings.regex_full_match(body, "#[xX].*")
    is_decimal = tf.strings.regex_full_match(body, "#[0-9].*")
    digits = tf.strings.regex_replace(body, "^#[xX]?0*", "")
    base = tf.where(is_hexadecimal, 16, 10)
    numbers = _as_windows_1252(_number(digits, base))
    return tf.where(is_hexadecimal | is_decimal, numbers, _named(body))


def _named(names: tf.Tensor) -> tf.Tensor:
    # No name is longer than eight bytes, so a name is a number, and a table of numbers needs no
    # resource that a module would have to own.
    table = {int.from_bytes(k.encode(), "little"): v for k, v in name2codepoint.items()}
    keys = np.array(sorted(table), dtype=np.int64)
    values = np.array([table[int(key)] for key in keys], dtype=np.int32)
    wanted = tf.io.decode_raw(names, tf.int64, fixed_length=_NAME_BYTES)[:, 0]
    at = tf.minimum(tf.searchsorted(keys, wanted), len(keys) - 1)
    return tf.where(tf.gather(keys, at) == wanted, tf.gather(values, at), _NO_CODE_POINT)


def _number(digits: tf.Tensor, base: tf.Tensor) -> tf.Tensor:
    """Reads `tf.string [n]` of at most seven digits in the bases `int32 [n]`."""
    characters = tf.cast(tf.io.decode_raw(digits, tf.uint8, fixed_length=_DIGITS), tf.int32)
    values = np.zeros(256, dtype=np.int32)
    for value, digit in enumerate("0123456789abcdef"):
        values[[ord(digit), ord(digit.upper())]] = value
    number = tf.zeros_like(base)
    for column in range(_DIGITS):
        character = characters[:, column]
        longer = number * base + tf.gather(values, character)
        number = tf.where(character == 0, number, longer)
    return number


def _as_windows_1252(number: tf.Tensor) -> tf.Tensor:
    # Bytes that Windows-1252 leaves undefined stand for themselves. NUL is no character in HTML.
    meant = [0xFFFD, *range(1, 256)]
    for byte in range(0x80, 0xA0):
        character = bytes([byte]).decode("cp1252", errors="ignore")
        meant[byte] = ord(character) if character else byte
    return tf.where(number < 256, tf.gather(meant, tf.minimum(number, 255)), number)

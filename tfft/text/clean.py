"""Cleaning rules: texts in, cleaned texts out, in the graph.

Enters and leaves: `tf.string [batch]`, valid UTF-8. A config chooses rules by name; they always run
in the order of `RULES`, because most other orders are wrong: references such as `&amp;` are decoded
before URLs are looked for, URLs go before the full-width comma behind them becomes an ASCII one
that could be part of them, and white space comes last, because other rules leave some.
No rule looks at labels or at other texts, and none is needed for BERT: the tokeniser copes.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import tensorflow as tf
import tensorflow_text as tf_text

from tfft.errors import ConfigError, Fault, nearest
from tfft.text.html import strip_html

# RE2 has neither look-around nor back-references: what may follow a match cannot be asked.

# Only ASCII: Chinese text goes on behind a URL without a space. The last character of a URL is no
# punctuation, so the full stop of the sentence stays.
_URL = r"(?i)(?:https?://|ftp://|\bwww\.)[!#-;=?-\[\]_a-z~]*[0-9a-z/#=&_~%+-]"
_EMAIL = r"(?i)(?:mailto:)?[0-9a-z._%+-]+@(?:[0-9a-z-]+\.)+[a-z]{2,}"

_CONTROL_SPACE = r"[\v\f\x{1C}-\x{1F}\x{85}]"
_CONTROL = r"[\x{0}-\x{8}\x{E}-\x{1B}\x{7F}-\x{84}\x{86}-\x{9F}\p{Cf}]"
_WHITE_SPACE = r"[\t-\r\x{1C}-\x{20}\x{85}\p{Z}]+"

# Not `/`, `\`, `&`, `@`, `%`, `$`, `<`, `>`, `|`: doubled they mean something (`//`, `&&`).
_REPEATABLE = "!?.,;:~-_=*+#^'\"()[]{}！？。，、；：～…—·“”‘’（）【】《》"

_FULL_WIDTH = r"[\x{FF01}-\x{FF5E}\x{3000}]"
_FULL_WIDTH_OFFSET = 0xFEE0
_IDEOGRAPHIC_SPACE = 0x3000


def drop_urls(text: Any) -> tf.Tensor:
    """Puts a space for `http`, `https` and `ftp` URLs and what begins with `www.`.

    A bare domain (`example.com`) stays: it looks like a full stop without a space behind it.
    """
    return tf.strings.regex_replace(text, _URL, " ")


def drop_emails(text: Any) -> tf.Tensor:
    """Puts a space for e-mail addresses, with a `mailto:` before them."""
    return tf.strings.regex_replace(text, _EMAIL, " ")


def drop_control(text: Any) -> tf.Tensor:
    """Deletes control and format characters (Cc, Cf: NUL, byte order mark, zero-width space).

    Tab and line ends stay. Control characters that count as white space (vertical tab, form feed,
    NEL) become a space, so that words do not grow together.
    """
    text = tf.strings.regex_replace(text, _CONTROL_SPACE, " ")
    return tf.strings.regex_replace(text, _CONTROL, "")


def fold_width(text: Any) -> tf.Tensor:
    """Turns full-width ASCII (U+FF01 to U+FF5E) and the ideographic space into plain ASCII.

    Chinese commas and brackets are among them. Half-width katakana and full-width currency signs
    stay; `nfkc` folds those too.
    """
    text = tf.convert_to_tensor(text)
    found = tf.reduce_any(tf.strings.regex_full_match(text, f"(?s).*{_FULL_WIDTH}.*"))
    return tf.cond(found, lambda: _fold_code_points(text), lambda: text)


def normalize_nfc(text: Any) -> tf.Tensor:
    """Composes characters (Unicode NFC): `e` with a combining acute becomes `é`."""
    return tf_text.normalize_utf8(text, "NFC")


def normalize_nfkc(text: Any) -> tf.Tensor:
    """Composes and folds compatibility forms (Unicode NFKC): full width, ligatures, `①`."""
    return tf_text.normalize_utf8(text, "NFKC")


def drop_repeats(text: Any) -> tf.Tensor:
    """Keeps one of a run of the same punctuation mark: `!!!!` becomes `!`, `……` becomes `…`."""
    text = tf.convert_to_tensor(text)
    # A rewrite can name nine groups, and a group that did not match is empty in it: nine marks
    # a pass instead of one.
    for first in range(0, len(_REPEATABLE), 9):
        marks = [rf"\x{{{ord(mark):X}}}" for mark in _REPEATABLE[first : first + 9]]
        pattern = "|".join(f"({mark}){mark}+" for mark in marks)
        kept = "".join(rf"\{group}" for group in range(1, len(marks) + 1))
        text = tf.strings.regex_replace(text, pattern, kept)
    return text


def collapse_whitespace(text: Any) -> tf.Tensor:
    """Turns each run of Unicode white space into one space and strips both ends."""
    return tf.strings.strip(tf.strings.regex_replace(text, _WHITE_SPACE, " "))


RULES: dict[str, Callable[[Any], tf.Tensor]] = {
    "html": strip_html,
    "control": drop_control,
    "urls": drop_urls,
    "emails": drop_emails,
    "width": fold_width,
    "nfc": normalize_nfc,
    "nfkc": normalize_nfkc,
    "repeats": drop_repeats,
    "whitespace": collapse_whitespace,
}
"""Every rule by name, in the order in which they run; each maps `tf.string [batch]` to the same."""


class TextCleaner(tf.Module):
    """Applies the chosen rules.

    Args:
        rules: names out of `RULES`, in any order, which does not matter; none leaves text alone.

    Raises:
        ConfigError: for every name that is no rule.
    """

    def __init__(self, rules: Sequence[str] = ()):
        super().__init__(name="text_cleaner")
        faults = [
            Fault(
                "text.clean",
                f"unknown rule {rule!r}",
                "any of " + ", ".join(RULES),
                nearest=nearest(str(rule), list(RULES)),
            )
            for rule in rules
            if rule not in RULES
        ]
        if faults:
            raise ConfigError("The text cannot be cleaned", faults)
        self.rules = tuple(rule for rule in RULES if rule in rules)

    def __call__(self, text: Any) -> tf.Tensor:
        """Cleans `tf.string [batch]`, valid UTF-8, and returns the same shape."""
        text = tf.convert_to_tensor(text, tf.string)
        for rule in self.rules:
            text = RULES[rule](text)
        return text


def _fold_code_points(text: tf.Tensor) -> tf.Tensor:
    code_points = tf.strings.unicode_decode(text, "UTF-8")
    flat = code_points.flat_values
    is_full_width = (flat >= 0xFF01) & (flat <= 0xFF5E)
    flat = tf.where(is_full_width, flat - _FULL_WIDTH_OFFSET, flat)
    flat = tf.where(flat == _IDEOGRAPHIC_SPACE, ord(" "), flat)
    return tf.strings.unicode_encode(code_points.with_flat_values(flat), "UTF-8")

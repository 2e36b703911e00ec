"""Corpora that tfft writes itself, so that the first run needs no file and no network.

Enters: the name of a demo, a split and a seed.
Leaves: rows as dicts with `text`, `label` and `slices` (names parted by blanks), in a fixed order.
The same seed gives the same rows on every machine; no review of the training split comes back in
another one, since a hash of the words decides which split a review may enter. No label is wrong.
Does not read files, batch or tokenise, and needs the standard library alone.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from tfft.data.reviews_en import CONSTRUCTIONS, Dice, Review, write_review
from tfft.errors import DataError, Fault, nearest

SPLITS = ("train", "validation", "test")


@dataclass(frozen=True)
class Demo:
    """A corpus that is written when it is read.

    Attributes:
        labels: names of the labels, as they stand in the rows.
        num_rows: rows of each split.
        slices: every name that can stand in a row's `slices`.
        write: gives the rows of (split, number of rows, seed).
    """

    labels: tuple[str, ...]
    num_rows: dict[str, int]
    slices: tuple[str, ...]
    write: Callable[[str, int, int], Iterator[dict[str, str]]]


def demo_rows(name: str, split: str, *, seed: int = 2026) -> Iterator[dict[str, str]]:
    """Returns the rows of one split of a built-in corpus.

    Args:
        name: a key of `DEMOS`.
        split: one of `SPLITS`.
        seed: another seed gives other rows, just as many.

    Returns:
        An iterator of `{"text": ..., "label": ..., "slices": "negation contrast"}`.

    Raises:
        DataError: there is no demo or no split of that name.
    """
    faults = [
        Fault(
            what,
            f"there is no {what} `{given}`",
            f"one of {', '.join(known)}",
            nearest(given, known),
        )
        for what, given, known in (("demo", name, tuple(DEMOS)), ("split", split, SPLITS))
        if given not in known
    ]
    if faults:
        raise DataError(f"cannot read the demo `{name}:{split}`", faults)
    demo = DEMOS[name]
    return demo.write(split, demo.num_rows[split], seed)


def _review_rows(split: str, num_rows: int, seed: int) -> Iterator[dict[str, str]]:
    """Writes product reviews; see `tfft.data.reviews_en` for what makes them hard."""
    digest = hashlib.sha256(f"reviews-en/{split}/{seed}".encode()).digest()
    dice = Dice(int.from_bytes(digest[:8], "big"))
    num_copies = int(num_rows * _COPY_RATE) if split == "train" else 0
    plan = _plan(dice, num_rows - num_copies)
    seen: set[str] = set()
    rows = [_row(dice, _fresh(dice, split, seen, *part), part[1]) for part in plan]
    rows += [dict(rows[dice.below(len(rows))]) for _ in range(num_copies)]
    return iter(dice.shuffled(rows) if num_copies else rows)


DEMOS = {
    "reviews-en": Demo(
        labels=("negative", "positive"),
        num_rows={"train": 8000, "validation": 1000, "test": 1000},
        slices=("plain", "negation", "contrast", "intensifier", "typo", "html"),
        write=_review_rows,
    ),
}
"""Every built-in corpus by name."""

# In hundredths, in the order of CONSTRUCTIONS: 36 of 100 reviews have a negator.
_SHARES = (44, 28, 20, 8)
_COPY_RATE = 0.02
# "I love it." alone would fill all three splits.
_MIN_BLANKS = 4

_TYPO_RATE = 0.08
_HTML_RATE = 0.12
_URL_RATE = 0.05
_EMOJI_RATE = 0.07
_FULL_WIDTH_RATE = 0.03
_UPPER_RATE = 0.03
_LOWER_RATE = 0.08
_PUNCTUATION_RATE = 0.1

# Neutral on purpose: a smiling face would give the label away.
_EMOJI = ("📦", "🚚", "🎁", "📷", "🛒", "🏠", "🤔", "☕", "🎒", "🔧")
_URLS = (
    "https://www.example.com/review/{number}",
    "http://example.org/photos?id={number}",
    "www.example.net/p/{number}.html",
)
_FULL_WIDTH = {code: code + 0xFEE0 for code in range(0x21, 0x7F)}


def _plan(dice: Dice, num_rows: int) -> list[tuple[tuple[str, ...], bool]]:
    """Constructions by their shares, each with as many positive reviews as negative ones."""
    bounds = [sum(_SHARES[: index + 1]) for index in range(len(_SHARES))]
    plan = []
    for number in range(num_rows):
        share = (number // 2) * 200 // num_rows
        kind = next(index for index, bound in enumerate(bounds) if share < bound)
        plan.append((CONSTRUCTIONS[kind], number % 2 == 0))
    return dice.shuffled(plan)


def _fresh(
    dice: Dice, split: str, seen: set[str], construction: tuple[str, ...], positive: bool
) -> Review:
    """Writes until a review is new and its words belong to the split."""
    while True:
        review = write_review(dice, construction, positive)
        words = re.sub(r"[^a-z0-9]+", " ", review.text.lower()).strip()
        is_long_enough = words.count(" ") >= _MIN_BLANKS
        if is_long_enough and _split_of(words) == split and words not in seen:
            seen.add(words)
            return review


def _split_of(words: str) -> str:
    """Tenths by hash: what one split may use, the others may not."""
    tenth = hashlib.sha256(words.encode()).digest()[0] % 10
    return "test" if tenth == 0 else "validation" if tenth == 1 else "train"


def _row(dice: Dice, review: Review, positive: bool) -> dict[str, str]:
    text, noises = _with_noise(dice, review.text)
    return {
        "text": text,
        "label": "positive" if positive else "negative",
        "slices": " ".join(review.slices + noises),
    }


def _with_noise(dice: Dice, text: str) -> tuple[str, tuple[str, ...]]:
    """Dirties a review as the web does; returns also the slices that come of it."""
    noises = []
    if dice.chance(_TYPO_RATE):
        text = _with_typo(dice, text)
        noises.append("typo")
    if dice.chance(_PUNCTUATION_RATE):
        text = text[:-1] + dice.pick(("!!", "!!!", "!!!!!", "...", "....", ""))
    if dice.chance(_LOWER_RATE):
        text = text.lower()
    elif dice.chance(_UPPER_RATE):
        text = text.upper()
    if dice.chance(_FULL_WIDTH_RATE):
        text = _with_full_width(dice, text)
    if dice.chance(_HTML_RATE):
        text = _with_html(dice, text)
        noises.append("html")
    if dice.chance(_EMOJI_RATE):
        text += " " + dice.pick(_EMOJI) * dice.pick((1, 1, 1, 2, 3))
    if dice.chance(_URL_RATE):
        text += " " + dice.pick(_URLS).format(number=1000 + dice.below(9000))
    return text, tuple(noises)


def _with_typo(dice: Dice, text: str) -> str:
    """Drops, doubles or swaps a letter inside one word of four letters or more."""
    start, end = dice.pick([match.span() for match in re.finditer(r"[a-zA-Z]{4,}", text)])
    at = start + 1 + dice.below(end - start - 2)
    edited = (text[at + 1] + text[at], text[at] * 2 + text[at + 1], text[at + 1])
    return text[:at] + dice.pick(edited) + text[at + 2 :]


def _with_full_width(dice: Dice, text: str) -> str:
    start, end = dice.pick([match.span() for match in re.finditer(r"[a-zA-Z]{3,}", text)])
    return text[:start] + text[start:end].upper().translate(_FULL_WIDTH) + text[end:]


def _with_html(dice: Dice, text: str) -> str:
    """Markup and character references as a shop's page leaves them behind."""
    start, end = dice.pick([match.span() for match in re.finditer(r"[a-zA-Z]{3,}", text)])
    word = text[start:end]
    marked = dice.pick(("<b>{}</b>", "<em>{}</em>", "&quot;{}&quot;", "&ldquo;{}&rdquo;")).format(
        word
    )
    whole = (
        f"<p>{text}</p>",
        text.replace(". ", ".<br /><br />").replace("! ", "!<br>"),
        text[:start] + marked + text[end:],
        text.replace("'", "&#39;").replace(" and ", " &amp; ") + "<br/>",
        text.replace(" ", "&nbsp;", 2),
        f'<div class="review"><span>{text}</span></div>',
    )
    return dice.pick(whole)

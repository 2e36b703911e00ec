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

from tfft.data.noise import CHINESE, ENGLISH, HTML, TYPO, Habits, with_noise
from tfft.data.reviews import (
    CONSTRUCTIONS,
    CONTRAST,
    INTENSIFIER,
    NEGATION,
    PLAIN,
    Dice,
    Review,
    ReviewWriter,
)
from tfft.data.reviews_en import EnglishReviewWriter
from tfft.data.reviews_zh import ChineseReviewWriter
from tfft.errors import DataError, Fault, nearest

SPLITS = ("train", "validation", "test")


@dataclass(frozen=True)
class Demo:
    """A corpus that is written when it is read.

    Attributes:
        labels: names of the labels, as they stand in the rows.
        num_rows: rows of each split.
        slices: every name that can stand in a row's `slices`.
        writer: given choices, writes one clean review.
        habits: how such a review is spoilt.
        min_words: shorter ones ("I love it.") would soon fill all three splits; a Chinese
            character is a word.
    """

    labels: tuple[str, ...]
    num_rows: dict[str, int]
    slices: tuple[str, ...]
    writer: Callable[[Dice], ReviewWriter]
    habits: Habits
    min_words: int


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
    digest = hashlib.sha256(f"{name}/{split}/{seed}".encode()).digest()
    return _rows(DEMOS[name], split, Dice(int.from_bytes(digest[:8], "big")))


def _rows(demo: Demo, split: str, dice: Dice) -> Iterator[dict[str, str]]:
    num_rows = demo.num_rows[split]
    num_copies = int(num_rows * _COPY_RATE) if split == "train" else 0
    plan = _plan(dice, num_rows - num_copies)
    seen: set[str] = set()
    rows = [_row(demo, dice, _fresh(demo, dice, split, seen, *part), part[1]) for part in plan]
    rows += [dict(rows[dice.below(len(rows))]) for _ in range(num_copies)]
    return iter(dice.shuffled(rows) if num_copies else rows)


_LABELS = ("negative", "positive")
_SLICES = (PLAIN, NEGATION, CONTRAST, INTENSIFIER, TYPO, HTML)
_NUM_ROWS = {"train": 8000, "validation": 1000, "test": 1000}

DEMOS = {
    "reviews-en": Demo(_LABELS, _NUM_ROWS, _SLICES, EnglishReviewWriter, ENGLISH, min_words=5),
    "reviews-zh": Demo(_LABELS, _NUM_ROWS, _SLICES, ChineseReviewWriter, CHINESE, min_words=8),
}
"""Every built-in corpus by name."""

# In hundredths, in the order of CONSTRUCTIONS: 36 of 100 reviews have a negator.
_SHARES = (44, 28, 20, 8)
_COPY_RATE = 0.02
_WORD = re.compile(r"[a-z0-9]+|[\u4e00-\u9fff]")


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
    demo: Demo,
    dice: Dice,
    split: str,
    seen: set[str],
    construction: tuple[str, ...],
    positive: bool,
) -> Review:
    """Writes until a review is new and its words belong to the split."""
    while True:
        review = demo.writer(dice).write(construction, positive)
        words = _WORD.findall(review.text.lower())
        key = " ".join(words)
        if len(words) >= demo.min_words and _split_of(key) == split and key not in seen:
            seen.add(key)
            return review


def _split_of(words: str) -> str:
    """Tenths by hash: what one split may use, the others may not."""
    tenth = hashlib.sha256(words.encode()).digest()[0] % 10
    return "test" if tenth == 0 else "validation" if tenth == 1 else "train"


def _row(demo: Demo, dice: Dice, review: Review, positive: bool) -> dict[str, str]:
    text, noises = with_noise(dice, review.text, demo.habits)
    return {
        "text": text,
        "label": "positive" if positive else "negative",
        "slices": " ".join(review.slices + noises),
    }

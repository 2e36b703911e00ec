"""Dirt as the web leaves it behind: a clean text in, the same text with noise out.

Enters: seeded choices, a text and the habits of its language. Leaves: the dirty text, and the
slices that come of it. Nothing here says more of one label than of the other, and no negator and
no conjunction is touched, so that what a text means stays.
Does not clean: see `tfft.text.clean`.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import NamedTuple

from tfft.data.reviews import Dice
from tfft.data.reviews_zh_words import TRADITIONAL

TYPO, HTML = "typo", "html"


class Habits(NamedTuple):
    """How people who write a language spoil it.

    Attributes:
        misspell: returns a text with one typo.
        endings: what stands for the last mark now and then.
        restyle: returns a text in other letter case, width or characters, most often as it was.
        mark_up: returns a text with markup, given also the span of a word.
        word: what a word is that can be marked.
        gap: parts a text from what follows it.
    """

    misspell: Callable[[Dice, str], str]
    endings: tuple[str, ...]
    restyle: Callable[[Dice, str], str]
    mark_up: Callable[[str, int, int, str], tuple[str, ...]]
    word: re.Pattern[str]
    gap: str


def with_noise(dice: Dice, text: str, habits: Habits) -> tuple[str, tuple[str, ...]]:
    """Dirties a text; returns also the slices that come of it."""
    noises = []
    if dice.chance(_TYPO_RATE):
        text = habits.misspell(dice, text)
        noises.append(TYPO)
    if dice.chance(_PUNCTUATION_RATE):
        text = text[:-1] + dice.pick(habits.endings)
    text = habits.restyle(dice, text)
    if dice.chance(_HTML_RATE):
        start, end = _span(dice, habits.word, text)
        tag = dice.pick(_MARKS)
        text = dice.pick(habits.mark_up(text, start, end, tag))
        noises.append(HTML)
    if dice.chance(_EMOJI_RATE):
        text += habits.gap + dice.pick(_EMOJI) * dice.pick((1, 1, 1, 2, 3))
    if dice.chance(_URL_RATE):
        text += habits.gap + dice.pick(_URLS).format(number=1000 + dice.below(9000))
    return text, tuple(noises)


def _span(dice: Dice, pattern: re.Pattern[str], text: str) -> tuple[int, int]:
    return dice.pick([match.span() for match in pattern.finditer(text)])


def _misspelt_english(dice: Dice, text: str) -> str:
    """Drops, doubles or swaps a letter inside one word of four letters or more."""
    start, end = _span(dice, re.compile(r"[a-zA-Z]{4,}"), text)
    at = start + 1 + dice.below(end - start - 2)
    edited = (text[at + 1] + text[at], text[at] * 2 + text[at + 1], text[at + 1])
    return text[:at] + dice.pick(edited) + text[at + 2 :]


def _restyled_english(dice: Dice, text: str) -> str:
    if dice.chance(_LOWER_RATE):
        text = text.lower()
    elif dice.chance(_UPPER_RATE):
        text = text.upper()
    if dice.chance(_FULL_WIDTH_RATE):
        start, end = _span(dice, ENGLISH.word, text)
        text = text[:start] + text[start:end].upper().translate(_FULL_WIDTH) + text[end:]
    return text


def _marked_up_english(text: str, start: int, end: int, mark: str) -> tuple[str, ...]:
    """Markup and character references as a shop's page leaves them behind."""
    return (
        f"<p>{text}</p>",
        text.replace(". ", ".<br /><br />").replace("! ", "!<br>"),
        text[:start] + mark.format(text[start:end]) + text[end:],
        text.replace("'", "&#39;").replace(" and ", " &amp; ") + "<br/>",
        text.replace(" ", "&nbsp;", 2),
        f'<div class="review"><span>{text}</span></div>',
    )


def _misspelt_chinese(dice: Dice, text: str) -> str:
    """Takes a character that sounds or looks alike, or drops, doubles or swaps one.

    Characters of negators and conjunctions, and those that alone tell a word from its opposite,
    are left alone.
    """
    alike = [at for at, character in enumerate(text) if character in _ALIKE]
    if alike and dice.chance(0.6):
        at = dice.pick(alike)
        return text[:at] + dice.pick(_ALIKE[text[at]]) + text[at + 1 :]
    at = dice.pick([match.start() for match in _LOOSE_PAIR.finditer(text)])
    first, second = text[at], text[at + 1]
    return text[:at] + dice.pick((second + first, first * 2 + second, second)) + text[at + 2 :]


def _restyled_chinese(dice: Dice, text: str) -> str:
    """Half-width marks, blanks for commas, traditional characters, or full-width digits."""
    if dice.chance(_HALF_WIDTH_RATE):
        text = text.translate(_HALF_WIDTH_MARKS)
    elif dice.chance(_HALF_WIDTH_RATE):
        text = text.replace("，", ",", 1)
    elif dice.chance(_BLANK_RATE):
        text = text.replace("，", " ")
    if dice.chance(_TRADITIONAL_RATE):
        text = text.translate(TRADITIONAL)
    if dice.chance(_FULL_WIDTH_RATE):
        text = text.translate(_FULL_WIDTH)
    return text


def _marked_up_chinese(text: str, start: int, end: int, mark: str) -> tuple[str, ...]:
    return (
        f"<p>{text}</p>",
        text.replace("。", "。<br /><br />").replace("！", "！<br>"),
        text[:start] + mark.format(text[start:end]) + text[end:],
        "&nbsp;&nbsp;" + text.replace("，", ",&nbsp;", 1),
        text + "&hellip;<br/>",
        f'<div class="review"><span>{text}</span></div>',
    )


_TYPO_RATE = 0.08
_HTML_RATE = 0.12
_URL_RATE = 0.05
_EMOJI_RATE = 0.07
_FULL_WIDTH_RATE = 0.03
_UPPER_RATE = 0.03
_LOWER_RATE = 0.08
_PUNCTUATION_RATE = 0.1
_HALF_WIDTH_RATE = 0.12
_BLANK_RATE = 0.08
_TRADITIONAL_RATE = 0.02

# Neutral on purpose: a smiling face would give the label away.
_EMOJI = ("📦", "🚚", "🎁", "📷", "🛒", "🏠", "🤔", "☕", "🎒", "🔧")
_URLS = (
    "https://www.example.com/review/{number}",
    "http://example.org/photos?id={number}",
    "www.example.net/p/{number}.html",
)
_MARKS = ("<b>{}</b>", "<em>{}</em>", "&quot;{}&quot;", "&ldquo;{}&rdquo;")
_FULL_WIDTH = {code: code + 0xFEE0 for code in range(0x21, 0x7F)}
_HALF_WIDTH_MARKS = str.maketrans("，。！；、", ",.!;,")

_ALIKE = {
    "的": "得地",
    "得": "的",
    "地": "的",
    "在": "再",
    "再": "在",
    "做": "作",
    "以": "已",
    "那": "哪",
    "它": "他她",
    "很": "狠",
    "带": "戴",
    "住": "往",
    "和": "合",
    "感": "敢",
    "晰": "析",
    "元": "圆",
    "到": "道",
    "候": "侯",
    "己": "已",
}
"""What is typed or read for what; a place of the first is as likely as any other."""

_LOOSE_PAIR = re.compile(
    r"(?:(?![不没无别未谁难好易虽但然却可尽管过除只想到也都仅而且省闹硌值配])[\u4e00-\u9fff]){2}"
)

ENGLISH = Habits(
    misspell=_misspelt_english,
    endings=("!!", "!!!", "!!!!!", "...", "....", ""),
    restyle=_restyled_english,
    mark_up=_marked_up_english,
    word=re.compile(r"[a-zA-Z]{3,}"),
    gap=" ",
)
CHINESE = Habits(
    misspell=_misspelt_chinese,
    endings=("！！", "！！！", "！！！！！", "。。。", "……", "~~", ""),
    restyle=_restyled_chinese,
    mark_up=_marked_up_chinese,
    word=re.compile(r"[\u4e00-\u9fff]{2}"),
    gap="",
)

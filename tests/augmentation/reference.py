"""The augmentation room once more, in plain Python, a row and a unit at a time."""

from __future__ import annotations

import re
from itertools import pairwise

import numpy as np

from tfft.text.unicode_classes import IDEOGRAPHS, WHITE_SPACE, re2_class

MASK = 2**64 - 1
CJK_PUNCTUATION = "3001-3003 3005-3011 3014-301F FF01-FF0F FF1A-FF20 FF3B-FF40 FF5B-FF65"


def mixed(bits):
    bits = (bits ^ bits >> 30) * 0xBF58476D1CE4E5B9 & MASK
    bits = (bits ^ bits >> 27) * 0x94D049BB133111EB & MASK
    return bits ^ bits >> 31


def fold_in(key, word):
    return mixed(key ^ mixed(word + 0x9E3779B97F4A7C15 & MASK))


def row_key(seed, epoch, file, record):
    key = 0
    for word in (seed, epoch, file, record):
        key = fold_in(key, word)
    return key


def random_bits(key, position):
    return mixed(key + (position + 1) * 0x9E3779B97F4A7C15 & MASK)


def uniform(key, position=0):
    return (random_bits(key, position) >> 40) / 2**24


def below(key, limit):
    return (random_bits(key, 0) >> 32) * limit >> 32


def _inside(re2):
    return re.sub(r"\\x\{(\w+)\}", lambda code: re.escape(chr(int(code[1], 16))), re2)


_SPACE = _inside(WHITE_SPACE)
_CJK = _inside(IDEOGRAPHS + re2_class(CJK_PUNCTUATION))
_UNIT = re.compile(f"[{_CJK}]|[^{_CJK}{_SPACE}]+")


def units_of(text):
    return _UNIT.findall(text)


def gaps_of(text):
    """The white space before each unit and behind the last."""
    ends = [0] + [match.end() for match in _UNIT.finditer(text)]
    starts = [match.start() for match in _UNIT.finditer(text)] + [len(text)]
    return [text[end:start] for end, start in zip(ends, starts, strict=True)]


def joined(gaps, units):
    text = gaps[0]
    for number, unit in enumerate(units):
        if number and not gaps[number]:
            pair = units[number - 1 : number + 1]
            text += "" if any(re.fullmatch(f"[{_CJK}]", each) for each in pair) else " "
        elif number:
            text += gaps[number]
        text += unit
    return text + (gaps[-1] if units else "")


def delete_words(text, key, rate):
    units, gaps = units_of(text), gaps_of(text)
    if not units:
        return text
    kept = [n for n in range(len(units)) if uniform(fold_in(key, 0), n) >= np.float32(rate)]
    kept = kept or [below(fold_in(key, 1), len(units))]
    between = [
        next((gap for gap in gaps[left + 1 : right + 1] if gap), "")
        for left, right in pairwise(kept)
    ]
    return joined([gaps[0], *between, gaps[-1]], [units[n] for n in kept])


def swap_words(text, key, rate):
    units, gaps = units_of(text), gaps_of(text)
    for left in range(below(fold_in(key, 1), 2), len(units) - 1, 2):
        if uniform(fold_in(key, 0), left) < np.float32(rate):
            units[left], units[left + 1] = units[left + 1], units[left]
    return joined(gaps, units)


OPERATIONS = {"delete_words": delete_words, "swap_words": swap_words}


def augmented(text, row_id, epoch, *, operations, row_rate=1.0, seed=17, field=0):
    key = row_key(seed, epoch, *row_id)
    if uniform(fold_in(key, 0)) >= np.float32(row_rate):
        return text
    for number, (name, rate) in enumerate(operations):
        text = OPERATIONS[name](text, fold_in(fold_in(key, 1 + field), number), rate)
    return text

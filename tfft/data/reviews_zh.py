"""A grammar of Chinese reviews (goods, hotels, books) whose label follows from composition.

Enters: a seeded source of choices, a construction of `CONSTRUCTIONS` and a polarity.
Leaves: one clean review in simplified characters, without noise, and the slices it belongs to.
In a review with negation the polarity of a word says nothing: some negators reverse the opinion
(并不结实, 算不上清晰), some stand beside it (没想到这么结实, 不得不说, 不仅……还……).
Does not add typos, markup or duplicates, and does not know of splits: see `tfft.data.demo`. The
words are in `tfft.data.reviews_zh_words`.
"""

from __future__ import annotations

from tfft.data import reviews_zh_words as words
from tfft.data.reviews import (
    KEPT,
    REVERSED,
    STATED,
    WHOLE,
    Dice,
    Lexicon,
    ReviewWriter,
    Thing,
)


class ChineseReviewWriter(ReviewWriter):
    """Words the clauses of one review about one thing bought, stayed at or read.

    Args:
        dice: where every choice comes from.
    """

    def __init__(self, dice: Dice):
        self.product = dice.pick(tuple(words.PRODUCTS))
        sort, self.measure, *parts = words.PRODUCTS[self.product].split()
        self.sort = words.SORTS[sort]
        parts.append(dice.pick(self.sort.around))
        whole = Thing(self.product, WHOLE, f"这{self.measure}{self.product}")
        things = [whole, whole, *(self._part(dice, *part.split(":")) for part in parts)]
        super().__init__(dice, _LEXICONS[sort], dice.shuffled(things))

    def _part(self, dice: Dice, noun: str, theme: str) -> Thing:
        owned = f"{self.product}的{noun}"
        return Thing(noun, theme, owned if dice.chance(_OWNED_RATE) else noun)

    def contrast(self, positive: bool, *, negated: bool) -> list[str]:
        """As in every language, or an exception to the rest (除了……, 其他方面……)."""
        if not self.dice.chance(_EXCEPTION_RATE):
            return super().contrast(positive, negated=negated)
        first, second = self.contrast_modes(negated)
        # An exception is bare: 除了 goes before a noun, not before 我觉得 or 不得不说.
        first = REVERSED if first == KEPT else first
        thing = self.things.pop()._replace(kind=_EXCEPTION)
        is_good = positive == (first == REVERSED)
        yields = self.about(thing, is_good, first, may_act=False, polar=not negated)
        is_good = positive != (second == REVERSED)
        decides = self.about(_REST, is_good, second, may_act=False, polar=not negated)
        return self.with_asides([f"除了{yields}，{decides}"])

    def concession(self, positive: bool, mode: str, *, polar: bool) -> str:
        """A part yields to the whole; "I want my money back, but ..." would decide by itself."""
        good = positive != (mode == REVERSED)
        return self.about(self.things.pop(), good, mode, may_act=self.dice.chance(0.2), polar=polar)

    def finished(self, sentences: list[str]) -> str:
        """Full stops; now and then a comma, as reviews run on."""
        ends = [self.dice.pick(("。", "。", "。", "！", "，")) for _ in sentences[:-1]]
        ends.append(self.dice.pick(("。", "。", "。", "。", "！")))
        return "".join(text + end for text, end in zip(sentences, ends, strict=True))

    def filled(self, template: str, thing: Thing, good: bool, *, verb: str, polar: bool) -> str:
        """Fills in words; some templates leave a place for degrees, before or around a word."""
        adjective, other = self.adjectives(thing, good, polar)
        # In "not only X but Y" the second word is the place for a degree.
        after = self._degree(_DEGREES) if "{very_adj2}" in template else "{}"
        before = self._degree(_DEGREES) if "{very_adj}" in template else "{}"
        around = self._degree(_DEGREES + _CIRCUMFIXES) if "{so_adj}" in template else "{}"
        weak = "{not}" in template and self.intensify(_WEAK_RATE)
        habit, base, past = (verb or "//").split("/")
        return self.detailed(
            template,
            np=thing.phrase,
            sense=self.lexicon.themes[thing.theme].sense,
            adj=adjective,
            adj2=other,
            very_adj=before.format(adjective),
            very_adj2=after.format(other),
            so_adj=around.format(adjective),
            habit=habit,
            base=base,
            past=past,
            **{"not": self.dice.pick(_WEAK_NOTS if weak else _NOTS)},
        )

    def fits(self, template: str, thing: Thing | None = None) -> bool:
        """People and the rest are not used for weeks; an exception begins with its noun."""
        if thing is None:
            return True
        is_used = thing.theme not in _NOT_USED or "{used}" not in template
        return is_used and (thing.kind != _EXCEPTION or template.startswith("{np}"))

    def _degree(self, degrees: tuple[str, ...]) -> str:
        return self.dice.pick(degrees if self.intensify(_DEGREE_RATE) else _BARE)

    def detailed(self, template: str, **given: str) -> str:
        """Fills in relatives, months, places, colours, model names and numbers."""
        first, second = self.dice.shuffled(words.COLOURS)[:2]
        return template.format(
            **given,
            **self.sort.words,
            product=self.product,
            measure=self.measure,
            relative=self.dice.pick(words.RELATIVES),
            month=self.dice.pick(words.MONTHS),
            weekday=self.dice.pick(words.WEEKDAYS),
            place=self.dice.pick(words.PLACES),
            city=self.dice.pick(words.CITIES),
            colour=first,
            colour2=second,
            model=self.dice.pick(words.MODELS).format(number=10 + self.dice.below(90)),
            count=str(2 + self.dice.below(8)),
            amount=str(15 + self.dice.below(285)),
        )


_REST = Thing("其他方面", "rest", "其他方面")

_EXCEPTION = "exception"
_NOT_USED = ("people", "access", "rest")
_OWNED_RATE = 0.15
_EXCEPTION_RATE = 0.12
_DEGREE_RATE = 0.4
_WEAK_RATE = 0.4

_DEGREES = tuple("很{} 非常{} 特别{} 相当{} 十分{} 格外{} 挺{}的".split())
_CIRCUMFIXES = tuple("太{}了 {}极了 {}得不得了".split())
# 比较 weakens, and 是……的 only states: an adjective alone sounds curt in Chinese.
_BARE = ("{}", "{}", "比较{}", "是{}的")
_NOTS = ("不", "并不", "并不")
_WEAK_NOTS = ("不太", "不怎么", "不是很", "不是特别")

_ADJECTIVE_CLAUSES = {
    STATED: (
        "{np}{so_adj}",
        "{np}{so_adj}",
        "{np}{sense}{very_adj}",
        "我觉得{np}{so_adj}",
        "{np}确实{so_adj}",
        "{np}{adj}又{adj2}",
        "{np}既{adj}又{adj2}",
        "{used}了{count}{unit}，{np}依然{very_adj}",
        "{np}总体来说{very_adj}",
    ),
    REVERSED: (
        "{np}{not}{adj}",
        "{np}{not}{adj}",
        "{np}一点也不{adj}",
        "{np}算不上{adj}",
        "我不觉得{np}{adj}",
        "{np}没有想象中那么{adj}",
        "{np}谈不上{adj}",
        "{np}{sense}{not}{adj}",
    ),
    KEPT: (
        "没想到{np}这么{adj}",
        "不得不说，{np}{so_adj}",
        "毫无疑问，{np}{so_adj}",
        "{np}不仅{adj}，还{very_adj2}",
        "{np}不是一般的{adj}",
        "不得不承认，{np}{so_adj}",
        "没想到{np}会这么{adj}",
        "别提{np}有多{adj}了",
    ),
}

_VERB_CLAUSES = {
    STATED: (
        "{np}{habit}",
        "{np}真的{habit}",
        "我觉得{np}{habit}",
        "{np}就是{habit}",
    ),
    REVERSED: (
        "{np}没有{base}",
        "{np}没{base}",
        "{np}从没{past}",
        "{np}不会{base}",
        "{np}从来没有{past}",
    ),
    KEPT: (
        "没想到{np}{habit}",
        "不得不说，{np}{habit}",
        "毫无疑问，{np}{habit}",
    ),
}

_CONTRASTS = (
    "虽然{yields}，但是{decides}",
    "{yields}，但是{decides}",
    "{yields}，不过{decides}",
    "{decides}，虽说{yields}",
    "虽然{yields}，但{decides}",
    "{yields}|然而{decides}",
    "尽管{yields}，但{decides}",
    "{yields}，可{decides}",
)
_EMPHASES = ("，这才是最重要的", "，这一点更要紧", "，这才是关键", "，我最看重这一点")

_COMMON = Lexicon(
    themes=words.THEMES,
    strong=(words.STRONG_GOOD, words.STRONG_BAD),
    adjective_clauses=_ADJECTIVE_CLAUSES,
    verb_clauses=_VERB_CLAUSES,
    verdicts=(words.GOOD_VERDICTS, words.BAD_VERDICTS),
    contrasts=_CONTRASTS,
    emphases=_EMPHASES,
    asides=words.ASIDES,
    negated_asides=words.NEGATED_ASIDES,
    joints=("，", "，", "，而且", "；"),
    openings=("", "", "另外，", "还有，"),
)
_LEXICONS = {
    name: _COMMON._replace(
        themes=words.THEMES | {WHOLE: sort.whole},
        asides=words.ASIDES + sort.asides,
        negated_asides=words.NEGATED_ASIDES + sort.negated_asides,
    )
    for name, sort in words.SORTS.items()
}

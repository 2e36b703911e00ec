"""A grammar of English product reviews whose label follows from composition, not from words.

Enters: a seeded source of choices, a construction of `CONSTRUCTIONS` and a polarity.
Leaves: one clean review, without noise, and the slices that it belongs to.
Assumes that a contrast is decided by its later clause, or by the main one ("Although X, Y").
In a review with negation the polarity of a word says nothing: half of the negators reverse the
opinion ("not sturdy"), half stand beside it ("I did not expect it to be so sturdy").
Does not add typos, markup or duplicates, and does not know of splits: see `tfft.data.demo`.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import NamedTuple, TypeVar

T = TypeVar("T")

PLAIN = "plain"
NEGATION = "negation"
CONTRAST = "contrast"
INTENSIFIER = "intensifier"
CONSTRUCTIONS = ((PLAIN,), (NEGATION,), (CONTRAST,), (NEGATION, CONTRAST))
"""What a review can be built from; also the first of its slices."""


class Review(NamedTuple):
    """One review before noise.

    Attributes:
        text: sentences, spelt and punctuated as intended.
        slices: names of the slices it belongs to.
    """

    text: str
    slices: tuple[str, ...]


class Dice:
    """Seeded choices that are the same on every machine and Python version.

    Only `random.Random.random` is used: its sequence is promised to stay as it is, that of
    `choice`, `shuffle` and `sample` is not.
    """

    def __init__(self, seed: int):
        self._random = random.Random(seed).random

    def chance(self, rate: float) -> bool:
        """Returns true with probability `rate`."""
        return self._random() < rate

    def below(self, end: int) -> int:
        """Returns a whole number from 0 to `end` - 1."""
        return int(self._random() * end)

    def pick(self, items: Sequence[T]) -> T:
        """Returns one of `items`."""
        return items[self.below(len(items))]

    def pick_early(self, items: Sequence[T]) -> T:
        """Returns one of `items`, those in front more often, as with words in real text."""
        return items[int(self._random() ** _SKEW * len(items))]

    def shuffled(self, items: Sequence[T]) -> list[T]:
        """Returns `items` in another order."""
        mixed = list(items)
        for last in range(len(mixed) - 1, 0, -1):
            other = self.below(last + 1)
            mixed[last], mixed[other] = mixed[other], mixed[last]
        return mixed


def write_review(dice: Dice, construction: tuple[str, ...], positive: bool) -> Review:
    """Writes one review about one product.

    Args:
        dice: where every choice comes from.
        construction: one of `CONSTRUCTIONS`.
        positive: the opinion that the review as a whole expresses.
    """
    writer = _Writer(dice)
    if construction == (PLAIN,):
        sentences = writer.plain(positive)
    elif construction == (NEGATION,):
        sentences = writer.negation(positive)
    else:
        sentences = writer.contrast(positive, negated=NEGATION in construction)
    text = writer.finished(sentences)
    return Review(text, construction + ((INTENSIFIER,) if writer.intensified else ()))


class _Thing(NamedTuple):
    """What an opinion is about: the product, a part of it, or somebody who sold it."""

    noun: str
    number: str
    theme: str
    phrase: str


class _Theme(NamedTuple):
    """Words that fit one sort of thing; many of them fit several sorts."""

    sense: str
    good: str
    bad: str
    verbs_good: str = ""
    verbs_bad: str = ""


class _Verdict(NamedTuple):
    """A judgement of the whole: stated, reversed by a negator, or beside one that keeps it."""

    plain: tuple[str, ...]
    reversed: tuple[str, ...]
    kept: tuple[str, ...]


class _Writer:
    """Writes the clauses of one review; remembers whether one of them was intensified."""

    def __init__(self, dice: Dice):
        self.dice = dice
        self.product = dice.pick(tuple(_PRODUCTS))
        self.intensified = False
        self._used: set[str] = set()
        self._pool = dice.shuffled(_things_of(self.product, dice.pick(_EVERYWHERE)))

    def plain(self, positive: bool) -> list[str]:
        """One to three opinions that agree, without a negator."""
        count = self.dice.pick((1, 1, 2, 2, 2, 3))
        clauses = [self._opinion(positive, _STATED, polar=True) for _ in range(count)]
        return self._with_asides(self._joined(clauses))

    def negation(self, positive: bool) -> list[str]:
        """One or two opinions that agree, beside negators that reverse both or none of them."""
        count = self.dice.pick(_NUM_NEG)
        if self.dice.chance(_ASIDE_RATE):
            stated = self._joined([self._opinion(positive, _STATED) for _ in range(count)])
            aside = [self._aside(_NEGATED_ASIDES)]
            return stated + aside if self.dice.chance(0.4) else aside + stated
        mode = _REVERSED if self.dice.chance(_REVERSED_RATE) else _KEPT
        return self._with_asides(
            self._joined([self._opinion(positive, mode) for _ in range(count)])
        )

    def contrast(self, positive: bool, *, negated: bool) -> list[str]:
        """Two opinions that disagree; the later or the main clause decides."""
        modes = [_STATED, _STATED]
        if negated:
            modes = self.dice.pick(
                (
                    [_REVERSED, _STATED],
                    [_STATED, _REVERSED],
                    [_REVERSED, _REVERSED],
                    [_KEPT, _STATED],
                    [_STATED, _KEPT],
                )
            )
        yields = self._opinion(not positive, modes[0], polar=not negated)
        decides = self._opinion(positive, modes[1], polar=not negated)
        if self.dice.chance(0.15):
            decides += self.dice.pick(_EMPHASES)
        joined = self.dice.pick_early(_CONTRASTS).format(yields=yields, decides=decides)
        return self._with_asides(joined.split("|"))

    def finished(self, sentences: list[str]) -> str:
        """Capitals, full stops and blanks."""
        ends = [self.dice.pick((".", ".", ".", ".", "!")) for _ in sentences]
        return " ".join(
            text[0].upper() + text[1:] + end for text, end in zip(sentences, ends, strict=True)
        )

    def _opinion(self, positive: bool, mode: str, *, polar: bool = False) -> str:
        good = positive != (mode == _REVERSED)
        share = self.dice.below(100)
        if share < _VERDICT_BELOW:
            return self._verdict(good, mode)
        thing = self._pool.pop()
        theme = _THEMES[thing.theme]
        verbs = theme.verbs_good if good else theme.verbs_bad
        if share < _VERB_BELOW and verbs:
            return self._filled(
                thing, good, _VERB_CLAUSES[mode], verb=self._word(verbs), polar=polar
            )
        return self._filled(thing, good, _ADJECTIVE_CLAUSES[mode], polar=polar)

    def _verdict(self, good: bool, mode: str) -> str:
        verdicts = [
            v for v in (_GOOD_VERDICTS if good else _BAD_VERDICTS) if v.plain[0] not in self._used
        ]
        verdict = self.dice.pick(verdicts)
        self._used.add(verdict.plain[0])
        phrases = {_STATED: verdict.plain, _REVERSED: verdict.reversed, _KEPT: verdict.kept}[mode]
        return self._detailed(self.dice.pick_early(phrases))

    def _filled(
        self, thing: _Thing, good: bool, templates: Sequence[str], *, verb: str = "", polar: bool
    ) -> str:
        template = self.dice.pick_early([t for t in templates if _fits(t, thing)])
        degree = self._degree(good, polar) if "{degree}" in template else ""
        slight = self._weakener() if "{slight}" in template else ""
        adjective, other = self._adjectives(thing, good, polar)
        base, third, past = (form.replace("_", " ") for form in (verb or "_/_/_").split("/"))
        plural = thing.number == "plural"
        sense = _THEMES[thing.theme].sense
        words = {
            "np": thing.phrase,
            "be": "are" if plural else "is",
            "was": "were" if plural else "was",
            "has": "have" if plural else "has",
            "does": "do" if plural else "does",
            "sense": sense,
            "senses": sense if plural else sense + "s",
            "they": "they" if plural else "it",
            "adj": adjective,
            "adj2": other,
            "degree": degree,
            "slight": slight,
            "a_noun": _indefinite(thing.noun, thing.number),
            "an_adj_noun": _indefinite(f"{adjective} {thing.noun}", thing.number),
            "base": base,
            "verbs": base if plural else third,
            "past": past,
        }
        return self._detailed(template, **words)

    def _adjectives(self, thing: _Thing, good: bool, polar: bool) -> list[str]:
        theme = _THEMES[thing.theme]
        words = (theme.good if good else theme.bad).split()
        if polar and thing.theme == "whole":
            words = words + (_STRONG_GOOD if good else _STRONG_BAD)
        return self.dice.shuffled(words)[:2]

    def _word(self, words: str) -> str:
        return self.dice.pick(words.split())

    def _degree(self, good: bool, polar: bool) -> str:
        if not self.dice.chance(0.3):
            return ""
        self.intensified = True
        return self.dice.pick(_DEGREES if good or not polar else _DEGREES + _COMPLAINING) + " "

    def _weakener(self) -> str:
        if not self.dice.chance(0.4):
            return ""
        self.intensified = True
        return self.dice.pick(_WEAKENERS) + " "

    def _joined(self, clauses: list[str]) -> list[str]:
        """Puts some neighbours into one sentence."""
        sentences = clauses[:1]
        for clause in clauses[1:]:
            if self.dice.chance(0.5):
                sentences[-1] += self.dice.pick((", and ", ", and ", "; ", " and ")) + clause
            else:
                sentences.append(self.dice.pick(("", "", "also, ", "besides, ")) + clause)
        return sentences

    def _with_asides(self, sentences: list[str]) -> list[str]:
        for _ in range(self.dice.pick(_NUM_ASIDES)):
            aside = self._aside(_ASIDES)
            where = self.dice.pick((0, 0, 0, len(sentences), len(sentences)))
            sentences.insert(where, aside)
        return sentences

    def _aside(self, templates: Sequence[str]) -> str:
        unused = [
            t
            for t in templates
            if t not in self._used and (self.product not in _WITHOUT_COLOUR or "{colour}" not in t)
        ]
        template = self.dice.pick(unused)
        self._used.add(template)
        return self._detailed(template)

    def _detailed(self, template: str, **words: str) -> str:
        first, second = self.dice.shuffled(_COLOURS)[:2]
        return template.format(
            **words,
            product=self.product,
            a_product=_indefinite(self.product, "single"),
            relative=self.dice.pick(_RELATIVES),
            month=self.dice.pick(_MONTHS),
            weekday=self.dice.pick(_WEEKDAYS),
            place=self.dice.pick(_PLACES),
            city=self.dice.pick(_CITIES),
            colour=first,
            colour2=second,
            count=str(2 + self.dice.below(10)),
            amount=str(15 + self.dice.below(85)),
            ordinal=self.dice.pick(("first", "second", "third")),
        )


def _things_of(product: str, around: str) -> list[_Thing]:
    things = [_Thing(product, "single", "whole", f"this {product}")] * 2
    for entry in f"{_PRODUCTS[product]} {around}".split():
        name, theme = entry.split(":")
        number = {"+": "plural", "~": "mass"}.get(name[-1], "single")
        noun = name.rstrip("+~").replace("_", " ")
        things.append(_Thing(noun, number, theme, f"the {noun}"))
    return things


def _fits(template: str, thing: _Thing) -> bool:
    """A seller is not a part ("it comes with ..."), and sound is not counted."""
    is_part = thing.theme not in ("whole", "people") and thing.number != "mass"
    return is_part or "{an_adj_noun}" not in template


def _indefinite(noun: str, number: str) -> str:
    if number != "single":
        return noun
    return ("an " if noun[0] in "aeiou" and not noun.startswith("us") else "a ") + noun


_STATED, _REVERSED, _KEPT = "stated", "reversed", "kept"
_SKEW = 2
_NUM_NEG = (1, 1, 2, 2)
_VERDICT_BELOW = 12
_VERB_BELOW = 30
_NUM_ASIDES = (0, 0, 0, 1)
_ASIDE_RATE = 0.1
_REVERSED_RATE = 0.65

_PRODUCTS = {
    "headset": "sound~:sound microphone:sound cushions+:touch battery:power headband:build "
    "app:software",
    "kettle": "lid:build handle:touch base:build spout:build switch:build",
    "backpack": "straps+:touch zipper:build lining:fabric pockets+:storage seams+:build",
    "blender": "motor:power jug:build blades+:build lid:build buttons+:build",
    "vacuum cleaner": "motor:power battery:power hose:build handle:touch brush:build",
    "office chair": "seat:touch armrests+:touch frame:build wheels+:build instructions+:guide",
    "coffee machine": "coffee~:taste pump:power tank:build display:display manual:guide",
    "phone": "screen:display battery:power speaker:sound software~:software case:build",
    "camera": "screen:display grip:touch menu:software battery:power viewfinder:display",
    "router": "connection:power signal:power app:software manual:guide stand:build",
    "tent": "poles+:build zipper:build floor:fabric instructions+:guide pockets+:storage",
    "rain jacket": "fabric~:fabric zipper:build hood:fabric lining:fabric pockets+:storage "
    "collar:touch",
    "novel": "plot:story ending:story dialogue~:story characters+:story translation:story",
    "desk lamp": "stand:build switch:build app:software base:build shade:build",
    "smartwatch": "screen:display strap:touch battery:power app:software menu:software",
    "rice cooker": "lid:build manual:guide display:display bowl:build rice~:taste",
    "air fryer": "fan:power basket:build display:display instructions+:guide fries+:taste",
    "keyboard": "keys+:touch cable:build software~:software feet+:build palm_rest:touch",
    "board game": "rules+:guide box:build pieces+:build story:story cards+:build",
    "suitcase": "wheels+:build handle:touch zipper:build lining:fabric compartments+:storage",
}
"""Each product with its parts: `name:theme`, `+` for a plural, `~` for what is not counted."""

_EVERYWHERE = (
    "seller:people",
    "support_team:people",
    "customer_service~:people",
    "packaging~:build",
)
_WITHOUT_COLOUR = ("novel", "board game")

_THEMES = {
    "whole": _Theme(
        "seem",
        "good useful practical reliable",
        "bad useless impractical disappointing",
        "work/works/worked impress/impresses/impressed",
        "fail/fails/failed disappoint/disappoints/disappointed",
    ),
    "touch": _Theme(
        "feel",
        "comfortable soft pleasant smooth",
        "stiff scratchy rough unpleasant",
    ),
    "build": _Theme(
        "feel",
        "sturdy solid durable practical",
        "flimsy wobbly fragile impractical",
        "hold_up/holds_up/held_up work/works/worked",
        "jam/jams/jammed crack/cracks/cracked",
    ),
    "sound": _Theme(
        "sound",
        "clear crisp pleasant",
        "muffled tinny unpleasant",
        "impress/impresses/impressed work/works/worked",
        "fail/fails/failed disappoint/disappoints/disappointed",
    ),
    "display": _Theme(
        "look",
        "clear crisp bright sharp",
        "dim blurry pale grainy",
        "impress/impresses/impressed work/works/worked",
        "freeze/freezes/froze fail/fails/failed",
    ),
    "power": _Theme(
        "seem",
        "reliable strong stable fast",
        "weak unreliable unstable slow",
        "hold_up/holds_up/held_up work/works/worked",
        "fail/fails/failed disappoint/disappoints/disappointed",
    ),
    "software": _Theme(
        "seem",
        "intuitive useful stable fast",
        "confusing useless unstable slow",
        "help/helps/helped work/works/worked",
        "freeze/freezes/froze annoy/annoys/annoyed",
    ),
    "people": _Theme(
        "seem",
        "helpful friendly reliable fast",
        "rude careless unreliable slow",
        "help/helps/helped impress/impresses/impressed",
        "annoy/annoys/annoyed disappoint/disappoints/disappointed",
    ),
    "fabric": _Theme(
        "feel",
        "soft smooth durable solid",
        "stiff scratchy rough flimsy",
        "hold_up/holds_up/held_up impress/impresses/impressed",
        "crack/cracks/cracked disappoint/disappoints/disappointed",
    ),
    "taste": _Theme(
        "taste",
        "good fresh delicious",
        "bad stale bland",
    ),
    "story": _Theme(
        "seem",
        "gripping moving witty",
        "boring flat predictable",
        "impress/impresses/impressed",
        "disappoint/disappoints/disappointed annoy/annoys/annoyed",
    ),
    "guide": _Theme(
        "seem",
        "clear helpful useful",
        "confusing vague useless",
        "help/helps/helped",
        "annoy/annoys/annoyed",
    ),
    "storage": _Theme(
        "seem",
        "practical useful roomy",
        "impractical useless cramped",
    ),
}

_STRONG_GOOD = "great excellent fantastic wonderful".split()
_STRONG_BAD = "terrible awful horrible poor".split()
_DEGREES = "very really extremely incredibly quite pretty rather surprisingly".split()
_COMPLAINING = ["a bit", "far too"]
_WEAKENERS = ["very", "particularly", "really", "all that", "especially"]

_ADJECTIVE_CLAUSES = {
    _STATED: (
        "{np} {be} {degree}{adj}",
        "{np} {be} {degree}{adj}",
        "{np} {senses} {degree}{adj}",
        "I find {np} {degree}{adj}",
        "{np} turned out to be {degree}{adj}",
        "{np} {has} been {degree}{adj} from the start",
        "{np} {be} {adj} and {adj2}",
        "if you ask me, {np} {be} {degree}{adj}",
        "after {count} weeks I can say {np} {be} {adj}",
        "it comes with {an_adj_noun}",
    ),
    _REVERSED: (
        "{np} {be} not {slight}{adj}",
        "{np} {be}n't {slight}{adj}",
        "{np} {be}n't {adj} at all",
        "I don't find {np} {slight}{adj}",
        "{np} {has} never been {adj}",
        "{np} {be} hardly {adj}",
        "{np} {does} not {sense} {slight}{adj}",
        "{np} {be} by no means {adj}",
        "{np} {be} neither {adj} nor {adj2}",
        "nobody would call {np} {adj}",
    ),
    _KEPT: (
        "there is no denying that {np} {be} {degree}{adj}",
        "no doubt about it, {np} {be} {degree}{adj}",
        "I did not expect {np} to be so {adj}",
        "I cannot stress enough how {adj} {np} {be}",
    ),
}

_VERB_CLAUSES = {
    _STATED: (
        "{np} {verbs}",
        "{np} {verbs} every single time",
        "{np} really {does} {base}",
        "{np} {past} from the start",
    ),
    _REVERSED: (
        "{np} {does} not {base}",
        "{np} {does}n't {base}",
        "{np} never {verbs}",
        "{np} hardly ever {verbs}",
    ),
    _KEPT: (
        "there is no denying that {np} {verbs}",
        "no doubt about it, {np} {verbs}",
        "I did not expect that {np} would {base}",
    ),
}

_GOOD_VERDICTS = (
    _Verdict(
        ("I recommend it", "I would recommend it to anyone"),
        ("I don't recommend it", "I would not recommend it to anyone"),
        ("there is no denying that I recommend it",),
    ),
    _Verdict(
        ("I would buy it again", "I would buy it again any time"),
        ("I would not buy it again", "I will never buy it again"),
        ("no doubt about it, I would buy it again",),
    ),
    _Verdict(
        ("I am happy with it", "my {relative} is happy with it"),
        ("I am not happy with it", "nobody here is happy with it"),
        ("I did not expect to be so happy with it",),
    ),
    _Verdict(
        ("it is worth the money", "it was worth the money"),
        ("it is not worth the money", "it was never worth the money"),
        ("there is no denying that it is worth the money",),
    ),
)

_BAD_VERDICTS = (
    _Verdict(
        ("I regret buying it", "my {relative} regrets buying it"),
        ("I don't regret buying it", "nobody here regrets buying it"),
        ("there is no denying that I regret buying it",),
    ),
    _Verdict(
        ("I want a refund", "my {relative} wants a refund"),
        ("I don't want a refund", "nobody here wants a refund"),
        ("no doubt about it, I want a refund",),
    ),
    _Verdict(
        ("I have had problems with it", "there were problems with it"),
        ("I have not had problems with it", "there were never any problems with it"),
        ("I did not expect to have such problems with it",),
    ),
    _Verdict(
        ("it is a waste of money", "it was a waste of money"),
        ("it is not a waste of money", "it was by no means a waste of money"),
        ("no doubt about it, it is a waste of money",),
    ),
)

_CONTRASTS = (
    "{yields}, but {decides}",
    "{yields}, but {decides}",
    "although {yields}, {decides}",
    "{yields}|however, {decides}",
    "{decides}, although {yields}",
    "{yields}, yet {decides}",
)
_EMPHASES = (
    ", which is what counts for me",
    ", and that matters more",
    ", and that settles it",
    ", which is the main thing",
)

_ASIDES = (
    "I bought this {product} for my {relative} in {month}",
    "I ordered this {product} in {month}",
    "this {product} was a present from my {relative}",
    "it arrived on a {weekday}",
    "I ordered the {colour} one",
    "mine is {colour} and {colour2}",
    "we keep it in the {place}",
    "it replaced one that I had for {count} years",
    "I have had it for {count} weeks now",
    "my {relative} has the same one in {colour}",
    "the parcel came from {city}",
    "I paid {amount} dollars for it",
    "this is my {ordinal} {product}",
    "I compared it with {count} others before ordering",
    "there was a card from {city} in the box",
    "I read about this {product} in a magazine",
    "my {relative} owns the older model",
    "I tried it in the {place} first",
    "I chose {colour} over {colour2}",
    "delivery to {city} took {count} days",
)

_NEGATED_ASIDES = (
    "I did not buy it for myself",
    "I don't usually write reviews",
    "I have never written a review before",
    "it was not my first {product}",
    "I am no expert on this",
    "I don't know where it was made",
    "my {relative} has never owned {a_product}",
    "I did not order the {colour} one",
    "nobody asked me for this review",
    "I could not decide between {colour} and {colour2}",
    "the parcel did not come from {city}",
    "there was no card in the box",
    "I don't remember what I paid for it",
    "I have not tried any other {product}",
    "the photo does not show the {colour} one",
    "I had never heard of it before {month}",
    "we do not keep it in the {place}",
)

_RELATIVES = (
    "sister brother mother father wife husband son daughter uncle neighbour colleague".split()
)
_MONTHS = "January February March April May June July August September October November".split()
_WEEKDAYS = "Monday Tuesday Wednesday Thursday Friday Saturday".split()
_PLACES = "kitchen office bedroom garage hallway attic camper basement".split()
_CITIES = "Leeds Dublin Toronto Boston Lyon Hamburg Madrid Denver Oslo Perth".split()
_COLOURS = "black white red blue green grey silver brown orange purple".split()

"""What the grammars of reviews share: seeded choices, and which clauses make up a review.

Enters: a seeded source of choices, a construction of `CONSTRUCTIONS` and a polarity.
Leaves: one clean review, without noise, and the slices that it belongs to.
Assumes that a contrast is decided by its later clause, or by the main one ("Although X, Y"), and
that some negators reverse the opinion while others only stand beside it; without the second kind
a word would always mean its opposite in a review with negation, and counting would be enough.
Holds no words of any language: see `tfft.data.reviews_en` and `tfft.data.reviews_zh`.
"""

from __future__ import annotations

import random
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import NamedTuple, TypeVar

T = TypeVar("T")

PLAIN = "plain"
NEGATION = "negation"
CONTRAST = "contrast"
INTENSIFIER = "intensifier"
CONSTRUCTIONS = ((PLAIN,), (NEGATION,), (CONTRAST,), (NEGATION, CONTRAST))
"""What a review can be built from; also the first of its slices."""

STATED, REVERSED, KEPT = "stated", "reversed", "kept"
"""How an opinion is worded: without a negator, turned round by one, or beside one."""


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


class Thing(NamedTuple):
    """What an opinion is about: the product, a part of it, or somebody who sold it.

    Attributes:
        noun: its name.
        theme: a key of the lexicon's themes.
        phrase: its name in a sentence.
        kind: what decides which templates fit it, in the words of the language's writer.
    """

    noun: str
    theme: str
    phrase: str
    kind: str = ""


class Theme(NamedTuple):
    """Words that fit one sort of thing, parted by blanks; many of them fit several sorts."""

    sense: str
    good: str
    bad: str
    verbs_good: str = ""
    verbs_bad: str = ""


class Verdict(NamedTuple):
    """A judgement of the whole: stated, reversed by a negator, or beside one that keeps it."""

    plain: tuple[str, ...]
    reversed: tuple[str, ...]
    kept: tuple[str, ...]


class Lexicon(NamedTuple):
    """The words of one language; templates are filled by that language's writer.

    Attributes:
        themes: adjectives and verbs by theme.
        strong: adjectives of a plain judgement of the whole, (good, bad).
        adjective_clauses: templates by mode.
        verb_clauses: templates by mode.
        verdicts: (good, bad).
        contrasts: templates with `{yields}` and `{decides}`; `|` parts sentences.
        emphases: what may follow the clause that decides.
        asides: neutral sentences without a negator.
        negated_asides: neutral sentences with one.
        joints: between two clauses of one sentence.
        openings: before the first clause of a further sentence.
    """

    themes: Mapping[str, Theme]
    strong: tuple[list[str], list[str]]
    adjective_clauses: Mapping[str, tuple[str, ...]]
    verb_clauses: Mapping[str, tuple[str, ...]]
    verdicts: tuple[tuple[Verdict, ...], tuple[Verdict, ...]]
    contrasts: tuple[str, ...]
    emphases: tuple[str, ...]
    asides: tuple[str, ...]
    negated_asides: tuple[str, ...]
    joints: tuple[str, ...]
    openings: tuple[str, ...]


class ReviewWriter(ABC):
    """Writes one review about one product; a language words the clauses.

    Args:
        dice: where every choice comes from.
        lexicon: the words of the language.
        things: what can be judged, each once.
    """

    def __init__(self, dice: Dice, lexicon: Lexicon, things: list[Thing]):
        self.dice = dice
        self.lexicon = lexicon
        self.things = things
        self._is_intensified = False
        self._used: set[str] = set()

    def write(self, construction: tuple[str, ...], positive: bool) -> Review:
        """Writes the review.

        Args:
            construction: one of `CONSTRUCTIONS`.
            positive: the opinion that the review as a whole expresses.
        """
        if construction == (PLAIN,):
            sentences = self._plain(positive)
        elif construction == (NEGATION,):
            sentences = self._negation(positive)
        else:
            sentences = self.contrast(positive, negated=NEGATION in construction)
        text = self.finished(sentences)
        return Review(text, construction + ((INTENSIFIER,) if self._is_intensified else ()))

    # What a language words.

    @abstractmethod
    def finished(self, sentences: list[str]) -> str:
        """Joins sentences to a text, with the marks that end them."""

    @abstractmethod
    def filled(self, template: str, thing: Thing, good: bool, *, verb: str, polar: bool) -> str:
        """Fills a template about `thing` with words of one side."""

    @abstractmethod
    def detailed(self, template: str, **words: str) -> str:
        """Fills `words` and neutral details such as places and dates into a template."""

    def fits(self, template: str, thing: Thing | None = None) -> bool:
        """Tells whether a template suits `thing`; without one, whether an aside suits the rest."""
        return True

    # What a review is made of.

    def contrast(self, positive: bool, *, negated: bool) -> list[str]:
        """Two opinions that disagree; the later or the main clause decides."""
        first, second = self.contrast_modes(negated)
        yields = self.concession(not positive, first, polar=not negated)
        decides = self.opinion(positive, second, polar=not negated)
        if self.dice.chance(0.15):
            decides += self.dice.pick(self.lexicon.emphases)
        template = self.dice.pick_early(self.lexicon.contrasts)
        return self.with_asides(template.format(yields=yields, decides=decides).split("|"))

    def concession(self, positive: bool, mode: str, *, polar: bool) -> str:
        """Returns the clause that yields in a contrast."""
        return self.opinion(positive, mode, polar=polar)

    def contrast_modes(self, negated: bool) -> tuple[str, str]:
        """Returns how the clause that yields and the one that decides are worded."""
        return self.dice.pick(_CONTRAST_MODES) if negated else (STATED, STATED)

    def opinion(self, positive: bool, mode: str, *, polar: bool = False) -> str:
        """Returns a clause that means good or bad.

        Args:
            positive: what the clause means, its negator included.
            mode: `STATED`, `REVERSED` or `KEPT`.
            polar: whether words may be used that no negator goes with.
        """
        good = positive != (mode == REVERSED)
        share = self.dice.below(100)
        if share < _VERDICT_BELOW:
            return self._verdict(good, mode)
        return self.about(self.things.pop(), good, mode, may_act=share < _VERB_BELOW, polar=polar)

    def about(self, thing: Thing, good: bool, mode: str, *, may_act: bool, polar: bool) -> str:
        """Returns a clause with a word of one side, on what `thing` is like or does."""
        theme = self.lexicon.themes[thing.theme]
        verbs = (theme.verbs_good if good else theme.verbs_bad).split()
        acts = may_act and bool(verbs)
        verb = self.dice.pick(verbs) if acts else ""
        clauses = (self.lexicon.verb_clauses if acts else self.lexicon.adjective_clauses)[mode]
        template = self.dice.pick_early([clause for clause in clauses if self.fits(clause, thing)])
        return self.filled(template, thing, good, verb=verb, polar=polar)

    def adjectives(self, thing: Thing, good: bool, polar: bool) -> list[str]:
        """Returns two words for `thing`, different ones."""
        theme = self.lexicon.themes[thing.theme]
        words = (theme.good if good else theme.bad).split()
        if polar and thing.theme == WHOLE:
            words = words + self.lexicon.strong[0 if good else 1]
        return self.dice.shuffled(words)[:2]

    def intensify(self, rate: float) -> bool:
        """Returns true with probability `rate`, and then the review is an intensified one."""
        chosen = self.dice.chance(rate)
        self._is_intensified |= chosen
        return chosen

    def with_asides(self, sentences: list[str]) -> list[str]:
        """Puts a neutral sentence before or behind some of them."""
        for _ in range(self.dice.pick(_NUM_ASIDES)):
            aside = self._aside(self.lexicon.asides)
            where = self.dice.pick((0, 0, 0, len(sentences), len(sentences)))
            sentences.insert(where, aside)
        return sentences

    def _plain(self, positive: bool) -> list[str]:
        """One to three opinions that agree, without a negator."""
        count = self.dice.pick(_NUM_PLAIN)
        clauses = [self.opinion(positive, STATED, polar=True) for _ in range(count)]
        return self.with_asides(self._joined(clauses))

    def _negation(self, positive: bool) -> list[str]:
        """One or two opinions that agree, beside negators that reverse both or none of them."""
        count = self.dice.pick(_NUM_NEGATED)
        if self.dice.chance(_ASIDE_RATE):
            stated = self._joined([self.opinion(positive, STATED) for _ in range(count)])
            aside = [self._aside(self.lexicon.negated_asides)]
            return stated + aside if self.dice.chance(0.4) else aside + stated
        mode = REVERSED if self.dice.chance(_REVERSED_RATE) else KEPT
        return self.with_asides(self._joined([self.opinion(positive, mode) for _ in range(count)]))

    def _verdict(self, good: bool, mode: str) -> str:
        verdicts = self.lexicon.verdicts[0 if good else 1]
        verdict = self.dice.pick([v for v in verdicts if v.plain[0] not in self._used])
        self._used.add(verdict.plain[0])
        phrases = {STATED: verdict.plain, REVERSED: verdict.reversed, KEPT: verdict.kept}[mode]
        return self.detailed(self.dice.pick_early(phrases))

    def _joined(self, clauses: list[str]) -> list[str]:
        """Puts some neighbours into one sentence."""
        sentences = clauses[:1]
        for clause in clauses[1:]:
            if self.dice.chance(0.5):
                sentences[-1] += self.dice.pick(self.lexicon.joints) + clause
            else:
                sentences.append(self.dice.pick(self.lexicon.openings) + clause)
        return sentences

    def _aside(self, templates: Sequence[str]) -> str:
        fitting = [t for t in templates if t not in self._used and self.fits(t)]
        template = self.dice.pick(fitting)
        self._used.add(template)
        return self.detailed(template)


WHOLE = "whole"
"""Theme of the product itself."""

_SKEW = 2
_NUM_PLAIN = (1, 1, 2, 2, 2, 3)
_NUM_NEGATED = (1, 1, 2, 2)
_NUM_ASIDES = (0, 0, 0, 1)
_ASIDE_RATE = 0.1
_REVERSED_RATE = 0.65
_CONTRAST_MODES = (
    (REVERSED, STATED),
    (STATED, REVERSED),
    (REVERSED, REVERSED),
    (KEPT, STATED),
    (STATED, KEPT),
)
# In hundredths of the opinions.
_VERDICT_BELOW = 12
_VERB_BELOW = 30

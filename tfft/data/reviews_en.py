"""A grammar of English product reviews whose label follows from composition, not from words.

Enters: a seeded source of choices, a construction of `CONSTRUCTIONS` and a polarity.
Leaves: one clean review, without noise, and the slices that it belongs to.
In a review with negation the polarity of a word says nothing: half of the negators reverse the
opinion ("not sturdy"), half stand beside it ("I did not expect it to be so sturdy").
Does not add typos, markup or duplicates, and does not know of splits: see `tfft.data.demo`.
"""

from __future__ import annotations

from tfft.data.reviews import (
    KEPT,
    REVERSED,
    STATED,
    Dice,
    Lexicon,
    ReviewWriter,
    Theme,
    Thing,
    Verdict,
)


class EnglishReviewWriter(ReviewWriter):
    """Words the clauses of one review about one product in English.

    Args:
        dice: where every choice comes from.
    """

    def __init__(self, dice: Dice):
        self.product = dice.pick(tuple(_PRODUCTS))
        things = _things_of(self.product, dice.pick(_EVERYWHERE))
        super().__init__(dice, _LEXICON, dice.shuffled(things))

    def finished(self, sentences: list[str]) -> str:
        """Capitals, full stops and blanks."""
        ends = [self.dice.pick((".", ".", ".", ".", "!")) for _ in sentences]
        return " ".join(
            text[0].upper() + text[1:] + end for text, end in zip(sentences, ends, strict=True)
        )

    def fits(self, template: str, thing: Thing | None = None) -> bool:
        """It does not "come with" a seller or sound; a novel has no colour."""
        if thing is None:
            return self.product not in _WITHOUT_COLOUR or "{colour}" not in template
        is_part = thing.theme not in ("whole", "people") and thing.kind != "mass"
        return is_part or "{an_adj_noun}" not in template

    def filled(self, template: str, thing: Thing, good: bool, *, verb: str, polar: bool) -> str:
        """Fills in words that agree with the number of `thing`."""
        degree = self._degree(good, polar) if "{degree}" in template else ""
        slight = self._weakener() if "{slight}" in template else ""
        adjective, other = self.adjectives(thing, good, polar)
        base, third, past = (form.replace("_", " ") for form in (verb or "_/_/_").split("/"))
        plural = thing.kind == "plural"
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
            "a_noun": _indefinite(thing.noun, thing.kind),
            "an_adj_noun": _indefinite(f"{adjective} {thing.noun}", thing.kind),
            "base": base,
            "verbs": base if plural else third,
            "past": past,
        }
        return self.detailed(template, **words)

    def _degree(self, good: bool, polar: bool) -> str:
        if not self.intensify(0.3):
            return ""
        return self.dice.pick(_DEGREES if good or not polar else _DEGREES + _COMPLAINING) + " "

    def _weakener(self) -> str:
        if not self.intensify(0.4):
            return ""
        return self.dice.pick(_WEAKENERS) + " "

    def detailed(self, template: str, **words: str) -> str:
        """Fills in relatives, months, places, colours and numbers."""
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


def _things_of(product: str, around: str) -> list[Thing]:
    things = [Thing(product, "whole", f"this {product}", "single")] * 2
    for entry in f"{_PRODUCTS[product]} {around}".split():
        name, theme = entry.split(":")
        number = {"+": "plural", "~": "mass"}.get(name[-1], "single")
        noun = name.rstrip("+~").replace("_", " ")
        things.append(Thing(noun, theme, f"the {noun}", number))
    return things


def _indefinite(noun: str, number: str) -> str:
    if number != "single":
        return noun
    return ("an " if noun[0] in "aeiou" and not noun.startswith("us") else "a ") + noun


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
    "whole": Theme(
        "seem",
        "good useful practical reliable",
        "bad useless impractical disappointing",
        "work/works/worked impress/impresses/impressed",
        "fail/fails/failed disappoint/disappoints/disappointed",
    ),
    "touch": Theme(
        "feel",
        "comfortable soft pleasant smooth",
        "stiff scratchy rough unpleasant",
    ),
    "build": Theme(
        "feel",
        "sturdy solid durable practical",
        "flimsy wobbly fragile impractical",
        "hold_up/holds_up/held_up work/works/worked",
        "jam/jams/jammed crack/cracks/cracked",
    ),
    "sound": Theme(
        "sound",
        "clear crisp pleasant",
        "muffled tinny unpleasant",
        "impress/impresses/impressed work/works/worked",
        "fail/fails/failed disappoint/disappoints/disappointed",
    ),
    "display": Theme(
        "look",
        "clear crisp bright sharp",
        "dim blurry pale grainy",
        "impress/impresses/impressed work/works/worked",
        "freeze/freezes/froze fail/fails/failed",
    ),
    "power": Theme(
        "seem",
        "reliable strong stable fast",
        "weak unreliable unstable slow",
        "hold_up/holds_up/held_up work/works/worked",
        "fail/fails/failed disappoint/disappoints/disappointed",
    ),
    "software": Theme(
        "seem",
        "intuitive useful stable fast",
        "confusing useless unstable slow",
        "help/helps/helped work/works/worked",
        "freeze/freezes/froze annoy/annoys/annoyed",
    ),
    "people": Theme(
        "seem",
        "helpful friendly reliable fast",
        "rude careless unreliable slow",
        "help/helps/helped impress/impresses/impressed",
        "annoy/annoys/annoyed disappoint/disappoints/disappointed",
    ),
    "fabric": Theme(
        "feel",
        "soft smooth durable solid",
        "stiff scratchy rough flimsy",
        "hold_up/holds_up/held_up impress/impresses/impressed",
        "crack/cracks/cracked disappoint/disappoints/disappointed",
    ),
    "taste": Theme(
        "taste",
        "good fresh delicious",
        "bad stale bland",
    ),
    "story": Theme(
        "seem",
        "gripping moving witty",
        "boring flat predictable",
        "impress/impresses/impressed",
        "disappoint/disappoints/disappointed annoy/annoys/annoyed",
    ),
    "guide": Theme(
        "seem",
        "clear helpful useful",
        "confusing vague useless",
        "help/helps/helped",
        "annoy/annoys/annoyed",
    ),
    "storage": Theme(
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
    STATED: (
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
    REVERSED: (
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
    KEPT: (
        "there is no denying that {np} {be} {degree}{adj}",
        "no doubt about it, {np} {be} {degree}{adj}",
        "I did not expect {np} to be so {adj}",
        "I cannot stress enough how {adj} {np} {be}",
    ),
}

_VERB_CLAUSES = {
    STATED: (
        "{np} {verbs}",
        "{np} {verbs} every single time",
        "{np} really {does} {base}",
        "{np} {past} from the start",
    ),
    REVERSED: (
        "{np} {does} not {base}",
        "{np} {does}n't {base}",
        "{np} never {verbs}",
        "{np} hardly ever {verbs}",
    ),
    KEPT: (
        "there is no denying that {np} {verbs}",
        "no doubt about it, {np} {verbs}",
        "I did not expect that {np} would {base}",
    ),
}

_GOOD_VERDICTS = (
    Verdict(
        ("I recommend it", "I would recommend it to anyone"),
        ("I don't recommend it", "I would not recommend it to anyone"),
        ("there is no denying that I recommend it",),
    ),
    Verdict(
        ("I would buy it again", "I would buy it again any time"),
        ("I would not buy it again", "I will never buy it again"),
        ("no doubt about it, I would buy it again",),
    ),
    Verdict(
        ("I am happy with it", "my {relative} is happy with it"),
        ("I am not happy with it", "nobody here is happy with it"),
        ("I did not expect to be so happy with it",),
    ),
    Verdict(
        ("it is worth the money", "it was worth the money"),
        ("it is not worth the money", "it was never worth the money"),
        ("there is no denying that it is worth the money",),
    ),
)

_BAD_VERDICTS = (
    Verdict(
        ("I regret buying it", "my {relative} regrets buying it"),
        ("I don't regret buying it", "nobody here regrets buying it"),
        ("there is no denying that I regret buying it",),
    ),
    Verdict(
        ("I want a refund", "my {relative} wants a refund"),
        ("I don't want a refund", "nobody here wants a refund"),
        ("no doubt about it, I want a refund",),
    ),
    Verdict(
        ("I have had problems with it", "there were problems with it"),
        ("I have not had problems with it", "there were never any problems with it"),
        ("I did not expect to have such problems with it",),
    ),
    Verdict(
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

_LEXICON = Lexicon(
    themes=_THEMES,
    strong=(_STRONG_GOOD, _STRONG_BAD),
    adjective_clauses=_ADJECTIVE_CLAUSES,
    verb_clauses=_VERB_CLAUSES,
    verdicts=(_GOOD_VERDICTS, _BAD_VERDICTS),
    contrasts=_CONTRASTS,
    emphases=_EMPHASES,
    asides=_ASIDES,
    negated_asides=_NEGATED_ASIDES,
    joints=(", and ", ", and ", "; ", " and "),
    openings=("", "", "also, ", "besides, "),
)

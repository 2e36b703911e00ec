"""The English grammar: the main clause decides, and a negator reverses or stands beside."""

import re

import pytest

from tfft.data.reviews import Dice
from tfft.data.reviews_en import EnglishReviewWriter

GOOD = {"sturdy", "clear", "useful", "comfortable", "reliable", "soft"}
BAD = {"flimsy", "confusing", "useless", "rough", "unreliable", "wobbly"}


def reviews(construction, positive, number=300):
    dice = Dice(7)
    return [EnglishReviewWriter(dice).write(construction, positive).text for _ in range(number)]


def words(text):
    return set(re.findall(r"[a-z]+", text.lower()))


def deciding_clause(text):
    """The clause that outweighs the other one, by the conjunction between them."""
    for pattern in (
        r", (?:but|yet) (.*)",
        r"However, (.*)",
        r"Although (?:if you ask me, )?[^,]*, (.*)",
    ):
        if match := re.search(pattern, text):
            return match[1]
    return text[: text.index(", although ")]


@pytest.mark.parametrize("positive", [False, True])
def test_a_contrast_is_decided_by_its_main_clause(positive):
    agreeing, other = (GOOD, BAD) if positive else (BAD, GOOD)
    texts = reviews(("contrast",), positive)
    deciding = [words(deciding_clause(text)) for text in texts]
    assert not any(found & other for found in deciding)
    assert sum(bool(found & agreeing) for found in deciding) >= 60
    yielding = [words(text) - found for text, found in zip(texts, deciding, strict=True)]
    assert not any(found & agreeing for found in yielding)
    assert sum(bool(found & other) for found in yielding) >= 50


@pytest.mark.parametrize("positive", [False, True])
def test_plain_reviews_have_no_negator_and_no_word_of_the_other_side(positive):
    for text in reviews(("plain",), positive):
        assert not words(text) & (BAD if positive else GOOD)
        assert not re.search(r"\b(not|no|never|nobody|hardly|neither|but|although)\b|n't", text)


NEGATED = re.compile(
    r"\b(?:not|hardly|by no means|never been|neither|n't) (?:(?:very|really) )?([a-z]+)"
)
KEPT = re.compile(r"(?:no denying that|no doubt about it,) (?:this|the) .* (?:is|are) ([a-z]+)\b")


@pytest.mark.parametrize("positive", [False, True])
def test_a_negator_reverses_the_word_behind_it_or_leaves_it_alone(positive):
    texts = reviews(("negation",), positive, 900)
    reversed_words = {word for text in texts for word in NEGATED.findall(text)}
    kept = {word for text in texts for word in KEPT.findall(text.split(". ")[0])}
    agreeing, other = (GOOD, BAD) if positive else (BAD, GOOD)
    assert len(reversed_words & other) >= 4 and not reversed_words & agreeing
    assert len(kept & agreeing) >= 2 and not kept & other

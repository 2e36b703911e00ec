"""The Chinese grammar: the main clause decides, and a negator reverses or stands beside."""

import re

import pytest

from tfft.data.reviews import Dice
from tfft.data.reviews_zh import ChineseReviewWriter
from tfft.data.reviews_zh_words import PRODUCTS, SORTS, THEMES, TRADITIONAL

GOOD = ("结实", "清晰", "实用", "舒服", "靠谱", "柔软", "干净", "热情", "好吃", "好用")
BAD = ("松垮", "模糊", "鸡肋", "粗糙", "差劲", "僵硬", "脏乱", "冷漠", "难吃", "难用")
NEGATOR = re.compile(r"不|没|别提|从没|难说|毫无|绝")


def reviews(construction, positive, number=300):
    dice = Dice(7)
    return [ChineseReviewWriter(dice).write(construction, positive).text for _ in range(number)]


def found(words, text):
    return {word for word in words if word in text}


def sides(positive):
    return (GOOD, BAD) if positive else (BAD, GOOD)


def deciding_clause(text):
    """The clause that outweighs the other one, by the conjunction between them."""
    for pattern in (
        r"(?:但是?|不过|然而|，可(?!口))(.*)",
        "除了.*(其他方面.*)",
        "尽管[^，]*，(.*)",
    ):
        if match := re.search(pattern, text):
            return match[1]
    return text[: text.index("，虽说")]


@pytest.mark.parametrize("positive", [False, True])
def test_a_contrast_is_decided_by_its_main_clause(positive):
    agreeing, other = sides(positive)
    texts = reviews(("contrast",), positive)
    deciding = [deciding_clause(text) for text in texts]
    assert not any(found(other, clause) for clause in deciding)
    assert sum(bool(found(agreeing, clause)) for clause in deciding) >= 60
    yielding = [text.replace(clause, "") for text, clause in zip(texts, deciding, strict=True)]
    assert not any(found(agreeing, clause) for clause in yielding)
    assert sum(bool(found(other, clause)) for clause in yielding) >= 60


@pytest.mark.parametrize(
    "conjunction", ["虽然", "但是", "不过", "尽管", "然而", "除了", "，虽说", "，可"]
)
def test_every_conjunction_occurs(conjunction):
    assert sum(conjunction in text for text in reviews(("contrast",), True)) >= 8


@pytest.mark.parametrize("positive", [False, True])
def test_plain_reviews_have_no_negator_and_no_word_of_the_other_side(positive):
    for text in reviews(("plain",), positive):
        assert not found(sides(positive)[1], text)
        assert not NEGATOR.search(text) or "得不得了" in text
        assert not re.search("但|虽|不过|然而|尽管|除了", text)


REVERSED = re.compile(
    "(?:并不|不太|不怎么|不是很|不是特别|一点也不|算不上|谈不上|称不上|没有想象中那么|既不)(..)"
)
KEPT = re.compile("(?:没想到.{2,7}这么|不是一般的|不仅|别提.{2,7}有多)(..)")


@pytest.mark.parametrize("positive", [False, True])
def test_a_negator_reverses_the_word_behind_it_or_leaves_it_alone(positive):
    texts = reviews(("negation",), positive, 900)
    reversed_words = {word for text in texts for word in REVERSED.findall(text)}
    kept = {word for text in texts for word in KEPT.findall(text)}
    agreeing, other = sides(positive)
    assert len(reversed_words & set(other)) >= 7 and not reversed_words & set(agreeing)
    assert len(kept & set(agreeing)) >= 5 and not kept & set(other)


@pytest.mark.parametrize("positive", [False, True])
def test_every_review_with_negation_has_a_negator(positive):
    for construction in (("negation",), ("negation", "contrast")):
        assert all(NEGATOR.search(text) for text in reviews(construction, positive))


@pytest.mark.parametrize(
    ("text", "is_intensified"), [("很", True), ("极了", True), ("得不得了", True), ("太", True)]
)
def test_a_degree_makes_the_slice(text, is_intensified):
    dice = Dice(3)
    written = [ChineseReviewWriter(dice).write(("plain",), True) for _ in range(300)]
    with_degree = [review for review in written if text in review.text]
    assert len(with_degree) >= 4
    assert all(("intensifier" in review.slices) is is_intensified for review in with_degree)


def test_no_adjective_holds_a_negator_or_is_on_both_sides_of_its_theme():
    for theme in [*THEMES.values(), *(sort.whole for sort in SORTS.values())]:
        good, bad = theme.good.split(), theme.bad.split()
        assert min(len(set(good)), len(set(bad))) >= 3
        assert not set(good) & set(bad)
        assert not any(NEGATOR.search(word) for word in good + bad)


def test_every_product_has_parts_enough_for_the_longest_review():
    for product, entry in PRODUCTS.items():
        sort, _, *parts = entry.split()
        assert len(parts) >= 5, product
        assert {part.split(":")[1] for part in parts} <= set(THEMES)
        assert sort in SORTS


def test_traditional_characters_are_one_for_one():
    assert "虽然说明书没写后面还会发热，总体来说干净".translate(TRADITIONAL) == (
        "雖然說明書沒寫後面還會發熱，總體來說乾淨"
    )

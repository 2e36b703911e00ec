"""The built-in corpus: as many rows as promised, honest labels, dirt, and no way around syntax."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from itertools import islice

import pytest

from tfft.data.demo import DEMOS, demo_rows
from tfft.data.reviews_en import Dice, write_review
from tfft.errors import DataError
from tfft.scoring.baseline import BagOfWords
from tfft.text.clean import TextCleaner

SPLITS = ("train", "validation", "test")
GOOD = {"sturdy", "clear", "useful", "comfortable", "reliable", "soft"}
BAD = {"flimsy", "confusing", "useless", "rough", "unreliable", "wobbly"}


@pytest.fixture(scope="module")
def corpus():
    return {split: list(demo_rows("reviews-en", split)) for split in SPLITS}


@pytest.fixture(scope="module")
def cleaned(corpus):
    clean = TextCleaner(["html", "urls", "control", "width", "whitespace"])
    return {
        split: [text.decode().lower() for text in clean([r["text"] for r in rows]).numpy()]
        for split, rows in corpus.items()
    }


@pytest.fixture(scope="module")
def word_counts_are_right(corpus, cleaned):
    """(slices, whether the bag of words has the label) of every test row."""
    labels = {s: [row["label"] == "positive" for row in corpus[s]] for s in ("train", "test")}
    found = BagOfWords(cleaned["train"], labels["train"]).predict(cleaned["test"])
    right = [bool(a) == b for a, b in zip(found, labels["test"], strict=True)]
    return [(row["slices"].split(), ok) for row, ok in zip(corpus["test"], right, strict=True)]


def reviews(construction, positive, number=300):
    dice = Dice(7)
    return [write_review(dice, construction, positive).text for _ in range(number)]


def words(text):
    return set(re.findall(r"[a-z]+", text.lower()))


def accuracy(scored, name=None):
    right = [ok for slices, ok in scored if name is None or name in slices]
    return sum(right) / len(right)


def test_sizes_and_fields(corpus):
    assert [len(corpus[split]) for split in SPLITS] == [8000, 1000, 1000]
    assert DEMOS["reviews-en"].num_rows == {"train": 8000, "validation": 1000, "test": 1000}
    for rows in corpus.values():
        assert {tuple(row) for row in rows} == {("text", "label", "slices")}
        assert all(row["text"].strip() == row["text"] != "" for row in rows)
        assert not any(re.search(r"[{}\n\t]|\bNone\b", row["text"]) for row in rows)


def test_labels_are_balanced(corpus):
    counts = {split: Counter(row["label"] for row in rows) for split, rows in corpus.items()}
    assert counts["validation"] == counts["test"] == {"negative": 500, "positive": 500}
    # Copies are drawn at random, so that the training rows are only nearly in balance.
    assert set(counts["train"]) == {"negative", "positive"}
    assert abs(counts["train"]["positive"] - 4000) < 40


def test_the_same_rows_come_on_every_machine(corpus):
    digests = {
        split: hashlib.sha256(repr([list(row.values()) for row in each]).encode()).hexdigest()[:16]
        for split, each in corpus.items()
    }
    assert digests == {
        "train": "bf97918a8ce16900",
        "validation": "8205bc6f34913d1a",
        "test": "30139340dc0868e1",
    }


def test_another_seed_gives_other_rows(corpus):
    for split in SPLITS:
        texts = {row["text"] for row in corpus[split]}
        again = [row["text"] for row in islice(demo_rows("reviews-en", split, seed=5), 500)]
        assert sum(text in texts for text in again) < 25
    assert list(demo_rows("reviews-en", "test", seed=2026)) == corpus["test"]


def test_no_review_is_in_two_splits(cleaned):
    train, validation, test = (set(cleaned[split]) for split in SPLITS)
    assert train.isdisjoint(validation) and train.isdisjoint(test)
    assert validation.isdisjoint(test)


def test_no_text_has_two_labels(corpus, cleaned):
    labels = {}
    for split in SPLITS:
        for text, row in zip(cleaned[split], corpus[split], strict=True):
            assert labels.setdefault(text, row["label"]) == row["label"]


@pytest.mark.parametrize(("name", "least", "most"), [
    ("plain", 0.42, 0.46),
    ("negation", 0.34, 0.38),
    ("contrast", 0.26, 0.30),
    ("intensifier", 0.20, 0.40),
    ("typo", 0.05, 0.11),
    ("html", 0.09, 0.15),
])  # fmt: skip
def test_every_slice_has_its_share_and_both_labels(corpus, name, least, most):
    assert name in DEMOS["reviews-en"].slices
    for rows in corpus.values():
        labels = [row["label"] for row in rows if name in row["slices"].split()]
        assert least <= len(labels) / len(rows) <= most
        assert 0.35 < labels.count("positive") / len(labels) < 0.65


def test_no_slice_is_unknown(corpus):
    found = {name for rows in corpus.values() for row in rows for name in row["slices"].split()}
    assert found == set(DEMOS["reviews-en"].slices)


@pytest.mark.parametrize(("pattern", "least"), [
    (r"<br ?/?>|<p>|<b>|<em>|<div", 0.04),
    (r"&(nbsp|quot|ldquo|amp|#39);", 0.01),
    (r"https?://|www\.", 0.03),
    ("[\N{PACKAGE}\N{DELIVERY TRUCK}\N{HOT BEVERAGE}\N{WRENCH}]", 0.015),
    (r"[\uff21-\uff3a]", 0.015),
    (r"!!|\.\.\.", 0.04),
    (r"^[^a-z]{20,}$", 0.005),
])  # fmt: skip
def test_every_kind_of_dirt_occurs(corpus, pattern, least):
    for rows in corpus.values():
        share = sum(bool(re.search(pattern, row["text"])) for row in rows) / len(rows)
        assert least <= share <= 0.15


def test_duplicates_are_in_train_only(corpus):
    copies = {s: len(rows) - len({r["text"] for r in rows}) for s, rows in corpus.items()}
    assert copies == {"train": 160, "validation": 0, "test": 0}


def test_the_dirt_does_not_give_the_label_away(corpus):
    for pattern in (r"<|&", "http|www", r"[^\x00-\xff]", "!"):
        labels = [r["label"] for r in corpus["train"] if re.search(pattern, r["text"])]
        assert 0.44 < labels.count("positive") / len(labels) < 0.56


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


def test_word_counts_solve_the_plain_reviews_alone(word_counts_are_right):
    assert accuracy(word_counts_are_right, "plain") > 0.95
    assert accuracy(word_counts_are_right, "negation") < 0.52
    assert accuracy(word_counts_are_right, "contrast") < 0.56
    assert accuracy(word_counts_are_right) < 0.74


def test_unknown_names_are_faults_with_the_nearest_one():
    with pytest.raises(DataError) as caught:
        demo_rows("review-en", "tets")
    assert str(caught.value) == (
        "cannot read the demo `review-en:tets`:\n"
        "  - demo: there is no demo `review-en`; expected one of reviews-en. "
        "Did you mean `reviews-en`?\n"
        "  - split: there is no split `tets`; expected one of train, validation, test. "
        "Did you mean `test`?"
    )


def test_an_unknown_split_alone_is_one_fault():
    with pytest.raises(DataError, match="there is no split `dev`") as caught:
        demo_rows("reviews-en", "dev")
    assert len(caught.value.faults) == 1

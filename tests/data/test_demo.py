"""The demo corpora: the same rows everywhere, honest labels, dirt, and no way around syntax."""

from __future__ import annotations

import hashlib
import re
from collections import Counter

import pytest

from tfft.data.demo import DEMOS, demo_rows
from tfft.errors import DataError
from tfft.scoring.baseline import BagOfWords
from tfft.text.clean import TextCleaner

SPLITS = ("train", "validation", "test")
NAMES = ("reviews-en", "reviews-zh")


@pytest.fixture(scope="module", params=NAMES)
def name(request):
    return request.param


@pytest.fixture(scope="module")
def corpus(name):
    return {split: list(demo_rows(name, split)) for split in SPLITS}


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


def accuracy(scored, name=None):
    right = [ok for slices, ok in scored if name is None or name in slices]
    return sum(right) / len(right)


def test_sizes_and_fields(name, corpus):
    assert [len(corpus[split]) for split in SPLITS] == [8000, 1000, 1000]
    assert DEMOS[name].num_rows == {"train": 8000, "validation": 1000, "test": 1000}
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


DIGESTS = {
    "reviews-en": {
        "train": "bf97918a8ce16900",
        "validation": "8205bc6f34913d1a",
        "test": "30139340dc0868e1",
    },
    "reviews-zh": {
        "train": "4dda49cc2e49874e",
        "validation": "b4f3d896776373a4",
        "test": "2d08b33733bf845d",
    },
}


def test_the_same_rows_come_on_every_machine(name, corpus):
    digests = {
        split: hashlib.sha256(repr([list(row.values()) for row in each]).encode()).hexdigest()[:16]
        for split, each in corpus.items()
    }
    assert digests == DIGESTS[name]


def test_another_seed_gives_other_rows(name, corpus):
    for split in ("validation", "test"):
        texts = {row["text"] for row in corpus[split]}
        again = {row["text"] for row in demo_rows(name, split, seed=5)}
        assert len(texts & again) < 50
    assert list(demo_rows(name, "test", seed=2026)) == corpus["test"]


def test_no_review_is_in_two_splits(cleaned):
    train, validation, test = (set(cleaned[split]) for split in SPLITS)
    assert train.isdisjoint(validation) and train.isdisjoint(test)
    assert validation.isdisjoint(test)


def test_no_text_has_two_labels(corpus, cleaned):
    labels = {}
    for split in SPLITS:
        for text, row in zip(cleaned[split], corpus[split], strict=True):
            assert labels.setdefault(text, row["label"]) == row["label"]


@pytest.mark.parametrize(("slice_name", "least", "most"), [
    ("plain", 0.42, 0.46),
    ("negation", 0.34, 0.38),
    ("contrast", 0.26, 0.30),
    ("intensifier", 0.20, 0.40),
    ("typo", 0.05, 0.11),
    ("html", 0.09, 0.15),
])  # fmt: skip
def test_every_slice_has_its_share_and_both_labels(name, corpus, slice_name, least, most):
    assert slice_name in DEMOS[name].slices
    for rows in corpus.values():
        labels = [row["label"] for row in rows if slice_name in row["slices"].split()]
        assert least <= len(labels) / len(rows) <= most
        assert 0.35 < labels.count("positive") / len(labels) < 0.65


def test_no_slice_is_unknown(name, corpus):
    found = {name for rows in corpus.values() for row in rows for name in row["slices"].split()}
    assert found == set(DEMOS[name].slices)


DIRT = {
    "reviews-en": {
        r"<br ?/?>|<p>|<b>|<em>|<div": 0.04,
        r"&(nbsp|quot|ldquo|amp|#39);": 0.01,
        r"!!|\.\.\.": 0.04,
        r"[\uff21-\uff3a]": 0.015,
        r"^[^a-z]{20,}$": 0.005,
    },
    "reviews-zh": {
        r"<br ?/?>|<p>|<b>|<em>|<div": 0.04,
        r"&(nbsp|quot|ldquo|hellip);": 0.01,
        r"！！|。。。|……|~~": 0.04,
        r"[\uff10-\uff19\uff21-\uff3a]": 0.002,
        r"[\u4e00-\u9fff],[\u4e00-\u9fff]": 0.05,
        r"[\u4e00-\u9fff] [\u4e00-\u9fff]": 0.01,
        r"[這個們來會沒說還過時開無]": 0.005,
        r"[XKVA]\d\d|BT-\d\d|Pro \d\d": 0.01,
    },
}
ANYWHERE = {
    r"https?://|www\.": 0.03,
    "[\N{PACKAGE}\N{DELIVERY TRUCK}\N{HOT BEVERAGE}\N{WRENCH}]": 0.015,
}


def test_every_kind_of_dirt_occurs(name, corpus):
    for pattern, least in (DIRT[name] | ANYWHERE).items():
        for rows in corpus.values():
            share = sum(bool(re.search(pattern, row["text"])) for row in rows) / len(rows)
            assert least <= share <= 0.2, pattern


def test_duplicates_are_in_train_only(corpus):
    copies = {s: len(rows) - len({r["text"] for r in rows}) for s, rows in corpus.items()}
    assert copies == {"train": 160, "validation": 0, "test": 0}


OUTLANDISH = {"reviews-en": r"[^\x00-\xff]", "reviews-zh": r"[a-zA-Z0-9]"}


def test_the_dirt_does_not_give_the_label_away(name, corpus):
    for pattern in (r"<|&", "http|www", "[!！]", OUTLANDISH[name]):
        labels = [r["label"] for r in corpus["train"] if re.search(pattern, r["text"])]
        assert 0.44 < labels.count("positive") / len(labels) < 0.56, pattern


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
        "  - demo: there is no demo `review-en`; expected one of reviews-en, reviews-zh. "
        "Did you mean `reviews-en`?\n"
        "  - split: there is no split `tets`; expected one of train, validation, test. "
        "Did you mean `test`?"
    )


def test_an_unknown_split_alone_is_one_fault():
    with pytest.raises(DataError, match="there is no split `dev`") as caught:
        demo_rows("reviews-en", "dev")
    assert len(caught.value.faults) == 1

"""The built-in corpus is what its docstring says: deterministic, dirty, hard to count."""

import hashlib
import html
import re
from collections import Counter

import pytest

from tfft.data.demo import DEMOS, SPLITS, demo_rows
from tfft.data.reviews_en import CONSTRUCTIONS, Dice, write_review
from tfft.errors import DataError
from tfft.scoring.baseline import BagOfWords


@pytest.fixture(scope="module")
def rows():
    return {split: list(demo_rows("reviews-en", split)) for split in SPLITS}


def words(text):
    """What is left of a text when all markup, signs and letter case are gone."""
    plain = re.sub(r"<[^>]+>|https?://\S+|www\.\S+", " ", html.unescape(text))
    return " ".join(re.findall(r"[a-z0-9]+", plain.lower()))


def test_each_split_has_its_size_and_its_labels_are_balanced(rows):
    assert {split: len(each) for split, each in rows.items()} == {
        "train": 8000, "validation": 1000, "test": 1000,
    }  # fmt: skip
    for each in rows.values():
        counts = Counter(row["label"] for row in each)
        assert set(counts) == set(DEMOS["reviews-en"].labels)
        assert abs(counts["positive"] - counts["negative"]) < 0.02 * len(each)


def test_the_same_rows_come_on_every_machine(rows):
    digests = {
        split: hashlib.sha256(repr([list(row.values()) for row in each]).encode()).hexdigest()[:16]
        for split, each in rows.items()
    }
    assert digests == {
        "train": "bf97918a8ce16900",
        "validation": "8205bc6f34913d1a",
        "test": "30139340dc0868e1",
    }


def test_another_seed_gives_other_rows(rows):
    other = [row["text"] for row in demo_rows("reviews-en", "test", seed=1)]
    assert len(other) == 1000
    assert len({row["text"] for row in rows["test"]} & set(other)) < 10


def test_no_review_of_training_comes_back_in_another_split(rows):
    seen = {words(row["text"]) for row in rows["train"]}
    for split in ("validation", "test"):
        assert not seen & {words(row["text"]) for row in rows[split]}


def test_training_holds_duplicates_and_the_other_splits_none(rows):
    copies = {split: len(each) - len({row["text"] for row in each}) for split, each in rows.items()}
    assert 100 < copies["train"] < 240
    assert copies["validation"] == copies["test"] == 0


def test_every_slice_has_its_share(rows):
    counts = Counter(name for row in rows["train"] for name in row["slices"].split())
    assert set(counts) == set(DEMOS["reviews-en"].slices)
    shares = {name: count / 8000 for name, count in counts.items()}
    assert shares["negation"] == pytest.approx(0.36, abs=0.02)
    assert shares["contrast"] == pytest.approx(0.28, abs=0.02)
    assert shares["plain"] == pytest.approx(0.44, abs=0.02)
    assert min(shares.values()) > 0.05


@pytest.mark.parametrize(
    "pattern",
    ["<br", r"&[a-z]+;|&#\d+;", r"https?://|www\.", "[📦🚚🎁📷]", r"[\uff01-\uff5e]", r"!!|\.\.\."],
)
def test_the_texts_are_dirty(rows, pattern):
    dirty = sum(bool(re.search(pattern, row["text"])) for row in rows["train"])
    assert 0.01 * 8000 < dirty < 0.3 * 8000


def test_word_counts_solve_plain_reviews_and_neither_negation_nor_contrast(rows):
    train, test = rows["train"], rows["test"]
    baseline = BagOfWords(
        [row["text"] for row in train], [int(row["label"] == "positive") for row in train]
    )
    predicted = baseline.predict([row["text"] for row in test])
    correct = {name: [] for name in DEMOS["reviews-en"].slices}
    for row, label in zip(test, predicted, strict=True):
        for name in row["slices"].split():
            correct[name].append(label == (row["label"] == "positive"))
    accuracy = {name: sum(hits) / len(hits) for name, hits in correct.items()}
    assert accuracy["plain"] > 0.9
    assert accuracy["negation"] < 0.65
    assert accuracy["contrast"] < 0.65


@pytest.mark.parametrize("construction", CONSTRUCTIONS, ids="-".join)
def test_no_review_is_written_for_both_labels(construction):
    dice = Dice(7)
    one = {write_review(dice, construction, True).text for _ in range(200)}
    other = {write_review(dice, construction, False).text for _ in range(200)}
    assert not one & other


def test_a_review_has_capitals_full_stops_and_no_open_slot():
    dice = Dice(7)
    for number in range(400):
        review = write_review(dice, CONSTRUCTIONS[number % 4], number % 8 < 4)
        assert review.text[0].isupper() or not review.text[0].isalpha()
        assert review.text[-1] in ".!"
        assert not re.search(r"[{}|_]|  ", review.text), review.text


@pytest.mark.parametrize(
    ("name", "split", "hint"),
    [("review-en", "train", "reviews-en"), ("reviews-en", "tets", "test")],
)
def test_an_unknown_demo_or_split_is_refused_with_the_nearest_name(name, split, hint):
    with pytest.raises(DataError, match=f"Did you mean `{hint}`"):
        demo_rows(name, split)

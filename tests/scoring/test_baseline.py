"""The baseline counts words, and characters where there are no spaces."""

import re

import pytest

from tfft.scoring.baseline import WORD, BagOfWords


def test_words_and_cjk_characters_are_counted():
    assert re.findall(WORD, "It's 好吃! naïve_2") == ["It", "s", "好", "吃", "naïve_2"]


@pytest.mark.parametrize(
    ("texts", "new"),
    [(["good fun", "good film", "bad fun", "bad film"], ["a good day", "bad"]),
     (["好吃", "很好", "难吃", "很难"], ["真好", "难"])],
)  # fmt: skip
def test_it_learns_what_words_tell(texts, new):
    assert BagOfWords(texts, [1, 1, 0, 0]).predict(new).tolist() == [1, 0]


def test_no_texts_give_no_predictions():
    assert BagOfWords(["a b", "c d"], [0, 1]).predict([]).tolist() == []

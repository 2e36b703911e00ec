"""A vocabulary is learned the same way each time, and from what a tokeniser will see."""

from __future__ import annotations

import random
import subprocess
import sys
from pathlib import Path

import pytest

from tfft.errors import DataError
from tfft.interop.learn_vocabulary import learn_vocabulary

ROOT = Path(__file__).parents[2]
SPECIALS = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]")

PROGRAM = """
import sys
from tfft.interop.learn_vocabulary import learn_vocabulary
from tests.interop.test_learn_vocabulary import invented_texts
print(learn_vocabulary(invented_texts(), size=int(sys.argv[1])).fingerprint)
"""


def invented_texts() -> list[str]:
    """Texts in which very many pairs of characters are equally frequent."""
    draw = random.Random(2)
    syllables = [a + b for a in "bdfgklmnprst" for b in "aeiou"]
    words = ["".join(draw.choices(syllables, k=draw.randint(1, 4))) for _ in range(700)]
    return [" ".join(draw.choices(words, k=7)) + "好坏中国"[i % 4] for i in range(500)]


def test_special_tokens_come_first_then_characters_then_pieces():
    tokens = learn_vocabulary(["low lower!", "low lower!"], size=50).tokens
    assert tokens[:5] == SPECIALS
    assert tokens[5:15] == ("!", "e", "l", "o", "r", "w", "##e", "##o", "##r", "##w")
    assert tokens[15:] == ("lo", "low", "##er", "lower")


def test_size_is_a_limit():
    assert len(learn_vocabulary(["low lower", "low lower!"], size=17)) == 17


@pytest.mark.parametrize("size", [60, 400])
def test_five_fresh_processes_learn_the_same_vocabulary(size):
    answers = [
        subprocess.run(
            [sys.executable, "-c", PROGRAM, str(size)],
            cwd=ROOT,
            env={"RAYON_NUM_THREADS": str(1 + process % 3), "PYTHONHASHSEED": str(process)},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for process in range(5)
    ]
    assert len(answers[0]) == 65
    assert answers == [answers[0]] * 5


def test_the_order_of_the_texts_does_not_matter():
    texts = invented_texts()
    assert learn_vocabulary(texts, size=300) == learn_vocabulary(texts[::-1], size=300)


def test_texts_are_read_once():
    assert "low" in learn_vocabulary(iter(["low low low"]), size=50).tokens


def test_lower_casing_and_accents_follow_the_options():
    texts = ["Été Été Été"]
    assert "ete" in learn_vocabulary(texts, size=50).tokens
    assert "Été" in learn_vocabulary(texts, size=50, lowercase=False).tokens
    assert "été" in learn_vocabulary(texts, size=50, strip_accents=False).tokens


def test_ideographs_are_words_unless_asked_otherwise():
    texts = ["中国中国", "中国"]
    assert learn_vocabulary(texts, size=50).tokens[5:] == ("中", "国")
    assert "中国" in learn_vocabulary(texts, size=50, tokenize_chinese_chars=False).tokens


def test_what_occurs_too_rarely_gets_no_token():
    tokens = learn_vocabulary(["aa aa aa zebra", "b"], size=50, min_count=3).tokens
    assert tokens[5:] == ("a", "##a", "aa")


def test_the_rarest_characters_are_cut_where_size_is_small(caplog):
    tokens = learn_vocabulary(["一一一一 二二二 三三 四四"], size=8).tokens
    assert tokens == (*SPECIALS, "一", "三", "二")
    assert "holds 3 of 4 characters" in caplog.text


@pytest.mark.parametrize("texts", [[], ["", " \t"], ["\x00\u200b"]])
def test_texts_without_a_word_are_refused(texts):
    with pytest.raises(DataError, match="no word"):
        learn_vocabulary(texts, size=50)


def test_a_size_without_room_and_too_little_text_are_refused():
    with pytest.raises(DataError, match="no room"):
        learn_vocabulary(["aa aa"], size=5)
    with pytest.raises(DataError, match="no character occurs 2 times"):
        learn_vocabulary(["abc"], size=50)

"""Dirt leaves what a text means alone."""

import re

import pytest

from tfft.data.noise import CHINESE, ENGLISH, with_noise
from tfft.data.reviews import Dice


def misspelt(habits, text, number=300):
    dice = Dice(11)
    return {habits.misspell(dice, text) for _ in range(number)}


def test_an_english_typo_stays_inside_a_longer_word():
    assert misspelt(ENGLISH, "I do not like it.") == {
        "I do not lkie it.", "I do not liike it.", "I do not lke it.",
        "I do not liek it.", "I do not likke it.", "I do not lie it.",
    }  # fmt: skip


def test_a_chinese_typo_takes_what_is_alike_or_swaps_doubles_or_drops():
    assert misspelt(CHINESE, "真的房间") == {
        "真得房间", "真地房间",
        "的真房间", "真真的房间", "的房间",
        "真的间房", "真的房房间", "真的间",
    }  # fmt: skip


@pytest.mark.parametrize("text", [
    "虽然米饭不难吃，但是没想到它好用，值这个价。",
    "除了电机，其他方面并不省心，可见别提有多硌人了。",
])  # fmt: skip
def test_no_chinese_typo_touches_what_decides(text):
    kept = re.findall("[虽然不难但没想好值除省可别硌]", text)
    for found in misspelt(CHINESE, text):
        assert found != text
        assert re.findall("[虽然不难但没想好值除省可别硌]", found) == kept


@pytest.mark.parametrize(("habits", "text", "edits"), [
    (ENGLISH, "The lid is sturdy. It works.", {
        "<p>The lid is sturdy. It works.</p>", "the lid is sturdy. it works.",
        "THE LID IS STURDY. IT WORKS.", "The lid is sturdy. It works!!!",
    }),
    (CHINESE, "房间很干净，来过2次。", {
        "<p>房间很干净，来过2次。</p>", "房间很干净,来过2次.", "房間很乾淨，來過2次。",
        "房间很干净 来过2次。", "房间很干净，来过２次。", "房间很干净，来过2次！！！",
        "&nbsp;&nbsp;房间很干净,&nbsp;来过2次。", "房间很干净，来过2次。📦",
    }),
])  # fmt: skip
def test_every_habit_occurs_alone(habits, text, edits):
    dice = Dice(2)
    found = {with_noise(dice, text, habits)[0] for _ in range(6000)}
    assert edits <= found


@pytest.mark.parametrize("habits", [ENGLISH, CHINESE])
def test_the_slices_name_typos_and_markup(habits):
    dice = Dice(5)
    text = "The lid is sturdy." if habits is ENGLISH else "盖子很结实。"
    for _ in range(500):
        noisy, slices = with_noise(dice, text, habits)
        assert ("html" in slices) or not re.search("<|&[a-z#]", noisy)
        assert set(slices) <= {"typo", "html"}

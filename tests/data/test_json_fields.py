"""Values of a JSON object, each as its role asks for."""

from __future__ import annotations

import pytest

from tfft.data.json_fields import WrongField, joined_text, json_field


@pytest.mark.parametrize(
    ("value", "expected"), [("1 ", "1"), (1, "1"), (0, "0"), (True, "true"), (False, "false")]
)
def test_a_label_is_spelled_as_json_spells_it(value, expected):
    assert json_field({"y": value}, "y", "label", is_required=True) == expected


@pytest.mark.parametrize(
    ("value", "problem"),
    [
        (" ", "the label is empty"),
        (None, "the label is null"),
        (1.5, "the label is the number 1.5"),
        ({}, "the label is an object"),
    ],
)
def test_another_label_is_refused_in_training_and_none_in_prediction(value, problem):
    with pytest.raises(WrongField, match=problem):
        json_field({"y": value}, "y", "label", is_required=True)
    assert json_field({"y": value}, "y", "label", is_required=False) is None


@pytest.mark.parametrize(
    ("values", "problem"),
    [
        ({"x": None}, "`x` is null"),
        ({"x": 5}, "`x` is the number 5"),
        ({"x": ["a"]}, "`x` is a list"),
        ({"x": "a\0"}, "`x` holds a NUL"),
        ({"x": b"a\xff"}, "`x` is not UTF-8: 0xff at byte 1"),
        ({"x": 1.5}, "`x` is the number 1.5"),
        ({"X": "a"}, "no key `x` for text"),
    ],
)
def test_a_text_must_be_a_string(values, problem):
    with pytest.raises(WrongField, match=problem):
        json_field(values, "x", "text", is_required=True)


def test_slices_are_a_string_or_a_list():
    assert json_field({"s": "a b"}, "s", "slices", is_required=True) == "a b"
    assert json_field({"s": ["a", "b"]}, "s", "slices", is_required=True) == "a b"


def test_bytes_are_utf_8():
    assert json_field({"x": "中".encode()}, "x", "text") == "中"
    assert json_field({"y": b" 1"}, "y", "label") == "1"
    assert json_field({"s": [b"a", b"b"]}, "s", "slices") == "a b"


def test_several_texts_are_joined_and_null_counts_as_an_empty_one():
    values = {"a": "x", "b": None, "c": "z"}
    assert joined_text(values, ("c", "b", "a"), "-") == "z--x"
    assert joined_text(values, ("a",), "-") == "x"
    for keys, problem in ((("b",), "`b` is null"), (("a", "d"), "no key `d` for text")):
        with pytest.raises(WrongField, match=problem):
            joined_text(values, keys, "-")

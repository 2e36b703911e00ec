"""Scalars are YAML 1.2's; a key that stands twice is a fault."""

import pytest

from tfft.config.yaml_file import parse_yaml


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("2e-5", 2e-5),
        ("1.", 1.0),
        ("-7", -7),
        ("007", 7),
        ("no", "no"),
        ("on", "on"),
        ("true", True),
        ("12:30", "12:30"),
        ("~", None),
        ("", None),
        ("2026-11-24", "2026-11-24"),
        ("[no, 0, 差评]", ["no", 0, "差评"]),
        (".inf", float("inf")),
    ],
)
def test_scalars_are_yaml_1_2(text, value):
    assert parse_yaml(text, "here") == (value, parse_yaml(text, "here")[1], [])


def test_a_key_that_stands_twice_is_a_fault_with_both_lines():
    value, lines, faults = parse_yaml("a: {b: 1}\nc: 2\na: 3\n", "f.yaml")
    assert [str(f) for f in faults] == [
        "f.yaml:3: key `a` stands twice. Delete this one or the one on line 1"
    ]
    assert lines[("a", "b")] == 1 and lines[("c",)] == 2
    assert value == {"a": 3, "c": 2}


@pytest.mark.parametrize("text", ["a: [1", "a: b: c", "!!python/object:os.system {}", "\x00"])
def test_broken_or_unsafe_yaml_is_one_fault_and_no_value(text):
    value, _, faults = _parsed(text)
    assert value is None
    assert len(faults) == 1 and str(faults[0]).startswith("f.yaml")


def _parsed(text):
    return parse_yaml(text, "f.yaml")

"""Columns by name or position: what cannot be right is said before a row is read."""

from __future__ import annotations

import pytest

from tfft.data.columns import check_columns, locate
from tfft.data.faults import FaultList
from tfft.errors import DataError


@pytest.mark.parametrize(
    ("columns", "header", "message"),
    [
        ({"text": 0, "label": "y"}, None, "names and positions are mixed"),
        ({"text": 0}, None, "data.columns.label: no column is given"),
        ({"text": 0, "label": -1}, None, "data.columns.label: position -1; expected 0 or more"),
        ({"text": 1, "label": 1}, None, "text and label are the same column, 1"),
        ({"text": "a", "label": "b"}, False, "names, but the files have no header"),
        ({"text": ["a", 2], "label": "b"}, None, "names and positions are mixed"),
        ({"text": [0, -2], "label": 1}, None, "data.columns.text: position -2; expected 0 or more"),
        ({"text": ["a", "a"], "label": "b"}, None, "data.columns: text are the same column, a"),
        ({"text": ["a", "b"], "label": "b"}, None, "text and label are the same column, b"),
        ({"text": [], "label": "b"}, None, "data.columns.text: 0 columns; expected one column"),
        ({"text": "a", "label": ["b", "c"]}, None, "data.columns.label: 2 columns; expected one"),
        ({"text": 0, "label": 1, "txt_pair": 2}, None, "unknown role.*Did you mean `text_pair`"),
    ],
)
def test_a_mapping_that_cannot_be_right_is_refused(columns, header, message):
    faults = FaultList()
    check_columns(columns, faults, header=header, required=("text", "label"))
    with pytest.raises(DataError, match=message):
        faults.raise_if_any("cannot read")


def found(columns, first, has_header):
    faults = FaultList()
    layout = locate(
        columns, first, faults, where="f:1", has_header=has_header, required=("text", "label")
    )
    faults.raise_if_any("cannot read")
    return layout


def test_names_and_positions_are_found_with_and_without_a_header():
    by_name = found({"text": "b", "label": "c", "slices": "absent"}, ["a", "b", "c"], True)
    assert (by_name.positions, by_name.names) == ({"text": (1,), "label": (2,)}, ("a", "b", "c"))
    by_position = found({"text": 0, "label": 2}, ["x", "y", "1"], False)
    assert by_position.positions == {"text": (0,), "label": (2,)}
    assert by_position.names == ("column_0", "column_1", "column_2")
    assert found({"text": 1, "label": 0}, ["a", "b"], True).names == ("a", "b")
    several = found({"text": ["c", "a"], "label": "b"}, ["a", "b", "c"], True)
    assert several.positions == {"text": (2, 0), "label": (1,)}


@pytest.mark.parametrize(
    ("columns", "first", "has_header", "message"),
    [
        ({"text": "text", "label": "y"}, ["text_a", "y"], True, "no column `text` for text, but "
         "`text_a`, `y`.*Did you mean `text_a`"),
        ({"text": ["a", "body"], "label": "y"}, ["a", "y"], True, "no column `body` for text, but"),
        ({"text": [0, 3], "label": 1}, ["x", "y"], False, r"at least 4 \(text is column 3\)"),
        ({"text": "text", "label": "y"}, ["text,y"], True, "Look at `format`"),
        ({"text": 0, "label": 2}, ["x", "y"], False, r"2 columns; expected at least 3 \(label is"),
        ({"text": "a", "label": "b"}, ["a", "b", "a"], True, "two columns are called `a`"),
    ],
)  # fmt: skip
def test_a_header_or_first_row_that_does_not_fit_is_refused(columns, first, has_header, message):
    with pytest.raises(DataError, match=message):
        found(columns, first, has_header)

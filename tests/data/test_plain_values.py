"""Every value becomes something that JSON can hold."""

from __future__ import annotations

import datetime
import decimal
import json
import math

import pytest

from tfft.data.plain_values import plain

MORNING = datetime.datetime(2024, 2, 3, 4, 5, 6, 7)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("中", "中"),
        (True, True),
        (7, 7),
        (1.5, 1.5),
        (math.nan, None),
        (-math.inf, None),
        ("中".encode(), "中"),
        (b"\xff\x00", "/wA="),
        (MORNING, "2024-02-03T04:05:06.000007"),
        (MORNING.date(), "2024-02-03"),
        (MORNING.time(), "04:05:06.000007"),
        (datetime.timedelta(seconds=90), "0:01:30"),
        (decimal.Decimal("1.50"), "1.50"),
        ([b"a", [None]], ["a", [None]]),
        ({"a": {b"k": (1, b"b")}, 3: b""}, {"a": {"k": [1, "b"]}, "3": ""}),
    ],
)
def test_a_value_is_spelled_as_json_can_hold_it(value, expected):
    assert plain(value) == expected
    json.dumps(plain(value), allow_nan=False)

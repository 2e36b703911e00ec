"""Values of any format as JSON can hold them, for the columns that predictions keep.

Enters: what Parquet, TFRecord, TFDS or JSON gave. Leaves: strings, numbers, booleans, None, and
lists and dicts of these. Bytes become their UTF-8 text, or Base64 where they are none; dates and
times their ISO 8601 form; decimals and durations a string; NaN and the infinities None.
"""

from __future__ import annotations

import base64
import datetime
import math
from collections.abc import Mapping
from typing import Any


def plain(value: Any) -> Any:
    """Returns the value as JSON can hold it."""
    if value is None or isinstance(value, str | bool | int):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, bytes):
        return _text(value)
    if isinstance(value, Mapping):
        return {_key(key): plain(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [plain(each) for each in value]
    if isinstance(value, datetime.date | datetime.time):
        return value.isoformat()
    return str(value)


def _key(key: Any) -> str:
    """Returns the key of a mapping as JSON can hold it."""
    return key if isinstance(key, str) else str(plain(key))


def _text(value: bytes) -> str:
    try:
        return value.decode()
    except UnicodeDecodeError:
        return base64.b64encode(value).decode()

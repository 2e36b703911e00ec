"""What a JSON object says for a role: a text, a label, slices.

Enters: one object, or a record of another format that names its values, and the keys of a role.
Leaves: the value as a string, or `WrongField`. Bytes are UTF-8. Labels may be strings, whole
numbers or booleans and are spelled as JSON spells them.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tfft.data.columns import LABEL, SLICES, TEXT


class WrongField(ValueError):
    """A value that cannot be what its role asks for: the problem, and what was expected."""

    def __init__(self, problem: str, expected: str, *, is_missing: bool = False):
        super().__init__(problem, expected)
        self.problem, self.expected, self.is_missing = problem, expected, is_missing


def joined_text(values: dict[str, Any], keys: Sequence[str], separator: str) -> str:
    """Takes a text out of one key, or out of several and joins them.

    Among several texts null counts as an empty one, as long as one of them is not null: Parquet's
    null is then what TSV's empty field is.

    Raises:
        WrongField: a value is missing or of the wrong kind.
    """
    if len(keys) == 1:
        return json_field(values, keys[0], TEXT) or ""
    if all(key in values and values[key] is None for key in keys):
        names = " and ".join(f"`{key}`" for key in keys)
        raise WrongField(f"{names} are null", "a string in one of them")
    texts = ("" if values.get(key, 0) is None else json_field(values, key, TEXT) for key in keys)
    return separator.join(text or "" for text in texts)


def json_field(
    values: dict[str, Any], key: str, role: str, *, is_required: bool = True
) -> str | None:
    """Takes the value of one role out of an object.

    Args:
        values: the object.
        key: its key for the role.
        role: one of `columns.ROLES`.
        is_required: whether there must be a value; else its absence gives None.

    Raises:
        WrongField: there is no value, or one of the wrong kind.
    """
    value = values.get(key)
    if value is None and not is_required:
        return None
    if key not in values:
        found = ", ".join(f"`{name}`" for name in list(values)[:20])
        raise WrongField(f"no key `{key}` for {role}", f"one among {found}", is_missing=True)
    if role == SLICES and isinstance(value, list):
        return " ".join(str(_decoded(each, key)) for each in value)
    value = _decoded(value, key)
    if role == LABEL:
        return _label(value, is_required)
    if role == SLICES and value is None:
        return ""
    if not isinstance(value, str):
        raise WrongField(f"`{key}` is {_kind(value)}", f"a string for {role}")
    if "\0" in value:
        raise WrongField(f"`{key}` holds a NUL character", "text without it")
    return value


def _decoded(value: Any, key: str) -> Any:
    if not isinstance(value, bytes):
        return value
    try:
        return value.decode()
    except UnicodeDecodeError as error:
        problem = f"`{key}` is not UTF-8: 0x{value[error.start]:02x} at byte {error.start}"
        raise WrongField(problem, "UTF-8") from error


def _label(value: Any, is_required: bool) -> str | None:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int | str) and str(value).strip():
        return str(value).strip()
    if not is_required:
        return None
    came = "empty" if isinstance(value, str) else _kind(value)
    raise WrongField(f"the label is {came}", "a string, a whole number, true or false")


def _kind(value: Any) -> str:
    names = {dict: "an object", list: "a list", type(None): "null", bool: "true or false"}
    if isinstance(value, int | float) and not isinstance(value, bool):
        return f"the number {value}"
    return names.get(type(value), f"of type {type(value).__name__}")

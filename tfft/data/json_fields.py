"""What a JSON object says for a role: a text, a label, slices.

Enters: one object, and the key of a role. Leaves: the value as a string, or `WrongField`.
Labels may be strings, whole numbers or booleans and are spelled as JSON spells them.
"""

from __future__ import annotations

from typing import Any

from tfft.data.columns import LABEL, SLICES


class WrongField(ValueError):
    """A value that cannot be what its role asks for: the problem, and what was expected."""

    def __init__(self, problem: str, expected: str, *, is_missing: bool = False):
        super().__init__(problem, expected)
        self.problem, self.expected, self.is_missing = problem, expected, is_missing


def json_field(values: dict[str, Any], key: str, role: str, *, is_required: bool) -> str | None:
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
    if role == LABEL:
        return _label(value, is_required)
    if role == SLICES and isinstance(value, list):
        return " ".join(map(str, value))
    if not isinstance(value, str):
        raise WrongField(f"`{key}` is {_kind(value)}", f"a string for {role}")
    if "\0" in value:
        raise WrongField(f"`{key}` holds a NUL character", "text without it")
    return value


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
    return names.get(type(value), f"the number {value}")

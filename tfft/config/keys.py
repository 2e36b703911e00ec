"""The schema as a tree of keys, each described in words: what reference and template are made of.

Enters: nothing but the schema. Leaves: `Key` objects in the schema's order, and values as YAML.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from tfft.config.json_schema import plain_schema

_NOUNS = {
    "integer": ("whole number", "whole numbers"),
    "number": ("number", "numbers"),
    "string": ("text", "texts"),
    "null": ("null", "null"),
}
_BOUNDS = {
    "minimum": "at least {}",
    "exclusiveMinimum": "more than {}",
    "maximum": "at most {}",
    "exclusiveMaximum": "less than {}",
    "minItems": "at least {} of them",
}
_PLAIN = re.compile(r"[A-Za-z][A-Za-z0-9_]*")
_NO_TEXT = ("true", "false", "null", "yes", "no", "on", "off", "y", "n")
"""Words that one YAML or another does not take for text."""


@dataclass(frozen=True)
class Key:
    """One key of a config file.

    Attributes:
        name: as it is written.
        path: with the sections above, as `--set` takes it; `[]` after the name of a list of
            mappings.
        kind: which values it takes, in words; empty for a section.
        unit: what a number counts, or empty.
        is_required: whether it must be given.
        default: its default; None where there is none, and for a section that must not be null.
        meaning: what it says.
        choices: its values where they are a closed list, else none.
        about: what its section is for; empty without a section.
        is_nullable: whether null may stand for the whole of it.
        is_list: whether `keys` are those of a list's items.
        keys: the keys below.
    """

    name: str
    path: str
    kind: str
    unit: str
    is_required: bool
    default: Any
    meaning: str
    choices: tuple[str, ...]
    about: str
    is_nullable: bool
    is_list: bool
    keys: tuple[Key, ...]


def schema_keys() -> tuple[Key, ...]:
    """Returns the keys of the top level, those of the sections below them."""
    return _keys(plain_schema(), "")


def all_keys(keys: Sequence[Key] | None = None) -> Iterator[Key]:
    """Yields every key, a section before its own keys."""
    for key in schema_keys() if keys is None else keys:
        yield key
        yield from all_keys(key.keys)


def yaml_scalar(value: Any) -> str:
    """Writes a default on one line, so that YAML 1.1 and 1.2 read the same."""
    if isinstance(value, float):
        mantissa, e, exponent = repr(value).partition("e")
        # YAML 1.1 takes `2e-5` for text.
        point = "" if "." in mantissa or not e else ".0"
        return f"{mantissa}{point}e{int(exponent)}" if e else mantissa
    if isinstance(value, str) and _PLAIN.fullmatch(value) and value.lower() not in _NO_TEXT:
        return value
    return json.dumps(value, ensure_ascii=False)


def _keys(section: dict[str, Any], prefix: str) -> tuple[Key, ...]:
    required = section.get("required", ())
    return tuple(
        _key(name, node, prefix, name in required) for name, node in section["properties"].items()
    )


def _key(name: str, node: dict[str, Any], prefix: str, is_required: bool) -> Key:
    items = node.get("items", {})
    members = (*node.get("anyOf", (node,)), items)
    section = next((each for each in members if "properties" in each), None)
    is_list = section is not None and section is items
    path = f"{prefix}{name}[]" if is_list else prefix + name
    return Key(
        name=name,
        path=path,
        kind="" if section and not is_list else _words(node),
        unit=node.get("unit", ""),
        is_required=is_required,
        default=node.get("default"),
        meaning=node["description"],
        choices=tuple(map(str, _choices(node))),
        about=section.get("about", section.get("description", "")) if section else "",
        is_nullable={"type": "null"} in members,
        is_list=is_list,
        keys=_keys(section, f"{path}.") if section else (),
    )


def _choices(node: dict[str, Any]) -> Sequence[Any]:
    """The closed list of a value's, or of a list's items' choices."""
    return node.get("enum") or (
        [node["const"]] if "const" in node else node.get("items", {}).get("enum", ())
    )


def _words(node: dict[str, Any], *, plural: bool = False) -> str:
    """Says which values a node takes: `whole number (at least 1) or null`."""
    words = _alternatives(node, plural)
    return " or ".join(filter(None, (", ".join(words[:-1]), words[-1])))


def _alternatives(node: dict[str, Any], plural: bool) -> list[str]:
    if members := node.get("anyOf"):
        # A label may be written as 0 or true; it is a name all the same.
        if {each.get("type") for each in members} == {"string", "integer", "boolean"}:
            return ["names" if plural else "name"]
        return [word for each in members for word in _alternatives(each, plural)]
    if "enum" in node or "const" in node:
        return list(map(str, _choices(node)))
    if node["type"] == "boolean":
        return ["true", "false"]
    return [_noun(node, plural) + _bounds(node)]


def _noun(node: dict[str, Any], plural: bool) -> str:
    if node["type"] == "array":
        return f"list of {_words(node['items'], plural=True)}"
    if "properties" in node:
        return "mappings of the keys below"
    if node["type"] == "object":
        return f"mapping of names to {_words(node['additionalProperties'], plural=True)}"
    return _NOUNS[node["type"]][plural]


def _bounds(node: dict[str, Any]) -> str:
    found = [words.format(node[key]) for key, words in _BOUNDS.items() if key in node]
    found += ["letters, digits, `_`, `-`, `.`"] if "pattern" in node else []
    return f" ({', '.join(found)})" if found else ""

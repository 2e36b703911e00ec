"""The config's schema as JSON Schema (draft 2020-12), for editors.

Enters: nothing but `schema.py`. Leaves: plain dicts without references, ready for `json.dumps`.
Accepts every config that `load_config` accepts. What only Python tells apart (`3.0` from `3`), or
what one key says about another, is left to `load_config`.
"""

from __future__ import annotations

from typing import Any

from tfft.config.schema import Config

DIALECT = "https://json-schema.org/draft/2020-12/schema"

_NAME_PATTERN = r"^[^\s!-/:-@\[-^`{-~][^\s!-,/:-@\[-^`{-~]*$"
"""What `Config.name` allows, without `\\w`: it is ASCII alone in JavaScript, not in Python."""


def json_schema() -> dict[str, Any]:
    """Returns the JSON Schema of a config file.

    Each description ends with the key's unit, since editors show nothing else.
    """
    node = plain_schema()
    properties = {name: _for_editors(each) for name, each in node["properties"].items()}
    properties["name"]["pattern"] = _NAME_PATTERN
    for name, each in properties.items():
        # `text:` with nothing below it is an empty section, and a key without a value its default.
        if name not in node["required"] and "type" in each:
            each["type"] = [each["type"], "null"]
    return {
        "$schema": DIALECT,
        "title": "tfft config",
        "description": "One training run of tfft: raw text to a served BERT.",
        "type": "object",
        "properties": properties,
        "required": node["required"],
        "additionalProperties": False,
    }


def plain_schema() -> dict[str, Any]:
    """Returns pydantic's JSON schema with references resolved and the titles left out.

    A section has both texts: `description` is its key's meaning, `about` its class's.
    """
    schema = Config.model_json_schema()
    plain = _inlined(schema, schema["$defs"])
    return {key: value for key, value in plain.items() if key != "$defs"}


def _inlined(node: Any, definitions: dict[str, Any]) -> Any:
    if isinstance(node, list):
        return [_inlined(each, definitions) for each in node]
    if not isinstance(node, dict):
        return node
    if "$ref" in node:
        section = definitions[node["$ref"].rpartition("/")[2]]
        # Its own keys have the defaults.
        beside = {key: value for key, value in node.items() if key not in ("$ref", "default")}
        return _inlined(section | {"about": section["description"]} | beside, definitions)
    return {
        key: {name: _inlined(each, definitions) for name, each in value.items()}
        if key == "properties"
        else value
        if key == "default"
        else _inlined(value, definitions)
        for key, value in node.items()
        if key != "title"
    }


def _for_editors(node: dict[str, Any]) -> dict[str, Any]:
    """Puts the unit where an editor shows it, and sections' own words before their key's."""
    node = dict(node)
    if about := node.pop("about", None):
        node["description"] = about
    if unit := node.pop("unit", None):
        node["description"] += f" ({unit})"
    if "properties" in node:
        node["properties"] = {k: _for_editors(each) for k, each in node["properties"].items()}
    for key in ("anyOf", "items"):
        if isinstance(node.get(key), dict):
            node[key] = _for_editors(node[key])
        elif key in node:
            node[key] = [_for_editors(each) for each in node[key]]
    return node

"""A config file and `--set` options to one checked `Config`, with all faults reported at once.

Enters: the path of a YAML file, `section.key=VALUE` strings. Leaves: a frozen `Config` and notices.
Keys, types and bounds are checked here, what fits together in `checks`, what exists in `files`;
nothing needs TensorFlow. Does not open data files or checkpoints: their rooms do.
"""

from __future__ import annotations

import copy
import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, get_args

import yaml
from pydantic import BaseModel, ValidationError

from tfft.config.checks import contradictions, notices
from tfft.config.files import missing_files
from tfft.config.schema import Config, Section
from tfft.config.yaml_file import parse_yaml
from tfft.errors import ConfigError, Fault, nearest, nearest_path

_EXPECTED = {
    "int_type": "a whole number",
    "int_from_float": "a whole number",
    "float_type": "a number",
    "finite_number": "a finite number",
    "string_type": "text",
    "bool_type": "true or false",
    "list_type": "a list",
    "dict_type": "a mapping",
    "model_type": "a mapping of keys",
    "model_attributes_type": "a mapping of keys",
    "none_required": "null",
}
_SOURCE = "a path, a glob or a list of these"
_EXPECTED_AT = {
    ("data", "train"): _SOURCE,
    ("data", "validation"): f"{_SOURCE}, or a share of the training rows, more than 0, less than 1",
    ("data", "test"): _SOURCE,
}


def load_config(
    path: str | os.PathLike[str],
    overrides: Sequence[str] = (),
    *,
    more_checks: Callable[[Mapping[str, Any]], list[Fault]] | None = None,
    check_files: bool = True,
) -> tuple[Config, list[str]]:
    """Reads and checks a config.

    Args:
        path: the YAML file.
        overrides: `section.key=VALUE` strings; VALUE is YAML, `null` resets to the default, a
            mapping replaces the section.
        more_checks: finds further faults in the raw values; they are reported with all others.
        check_files: whether files that the config names must exist; not where a finished run is
            put to use again.

    Returns:
        The config, and notices: sentences about keys that have no effect.

    Raises:
        ConfigError: lists every fault of the file and the overrides.
    """
    raw, lines, faults = _read(Path(path))
    origins: dict[tuple[Any, ...], str] = {k: f"{path}:{n}" for k, n in lines.items()}
    for override in overrides:
        faults += _apply_override(raw, override, origins)
    config = None
    try:
        config = Config.model_validate(raw)
    except ValidationError as error:
        faults += _validation_faults(error, raw, origins)
    if check_files:
        faults += missing_files(raw, origins)
    if config is not None:
        faults += contradictions(config)
    if more_checks is not None:
        faults += more_checks(raw)
    if faults or config is None:
        raise ConfigError(f"{path} cannot be used", faults)
    return config, notices(config)


def dump_config(config: Config) -> str:
    """Returns the config as YAML, every default filled in; `load_config` reads it back."""
    return yaml.safe_dump(config.model_dump(), sort_keys=False, allow_unicode=True, width=100)


def _read(path: Path) -> tuple[dict[str, Any], dict[tuple[Any, ...], int], list[Fault]]:
    try:
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        problem = "no such file" if isinstance(error, FileNotFoundError) else str(error.strerror)
        raise ConfigError(
            "The config cannot be read",
            [
                Fault(
                    str(path),
                    problem,
                    nearest=nearest_path(path),
                    advice="Give --config the path of a YAML file",
                )
            ],
        ) from error
    except UnicodeDecodeError as error:
        raise ConfigError(
            "The config cannot be read",
            [Fault(str(path), f"not UTF-8 (byte {error.start})", advice="Save it as UTF-8")],
        ) from error
    value, lines, faults = parse_yaml(text, str(path))
    if faults and value is None:
        raise ConfigError(f"{path} cannot be used", faults)
    if not isinstance(value, dict):
        came = "an empty file" if value is None else _shown(value)
        fault = Fault(str(path), f"got {came}", "a mapping of keys such as `name:` and `data:`")
        raise ConfigError(f"{path} cannot be used", [fault])
    # `text:` with nothing below it is an empty section.
    return {key: section for key, section in value.items() if section is not None}, lines, faults


def _apply_override(
    raw: dict[str, Any], override: str, origins: dict[tuple[Any, ...], str]
) -> list[Fault]:
    key, equals, text = override.partition("=")
    where = f"--set {override}"
    parts = key.split(".")
    if not equals or not all(parts):
        advice = "For example: --set training.epochs=5"
        return [Fault(where, "not an assignment", "section.key=VALUE", advice=advice)]
    value, _, faults = parse_yaml(text, where)
    if faults:
        return faults
    origins[tuple(parts)] = where
    return _put(raw, parts, value, where)


def _put(raw: dict[str, Any], parts: list[str], value: Any, where: str) -> list[Fault]:
    node = raw
    for depth, part in enumerate(parts[:-1]):
        child = node.get(part)
        if child is None:
            child = node[part] = {}
        if not isinstance(child, dict):
            owner = ".".join(parts[: depth + 1])
            return [Fault(where, f"`{owner}` is {_shown(child)}, which has no keys")]
        node = child
    if value is None:
        node.pop(parts[-1], None)
    else:
        node[parts[-1]] = copy.deepcopy(value)
    return [] if value is not None else _unknown_reset(parts, where)


def _unknown_reset(parts: list[str], where: str) -> list[Fault]:
    """A reset of a key that the schema does not have would pass in silence."""
    model: Any = Config
    for part in parts:
        fields = getattr(model, "model_fields", None)
        if fields is None:
            return []
        if part not in fields:
            return [Fault(where, f"unknown key `{part}`", nearest=nearest(part, list(fields)))]
        model = fields[part].annotation
    return []


def _validation_faults(
    error: ValidationError, raw: dict[str, Any], origins: dict[tuple[Any, ...], str]
) -> list[Fault]:
    grouped: dict[tuple[Any, ...], list[Any]] = {}
    for item in error.errors(include_url=False):
        grouped.setdefault(_real_path(item["loc"], raw, item["type"]), []).append(item)
    return [
        _fault(path, items, origins)
        for path, items in grouped.items()
        # A union reports the value as a whole too, where only something inside it is wrong.
        if not any(other[: len(path)] == path and other != path for other in grouped)
    ]


def _real_path(loc: tuple[Any, ...], raw: Any, kind: str) -> tuple[Any, ...]:
    """`loc` without the names of union members that pydantic mixes into it."""
    path: list[Any] = []
    value = raw
    for part in loc:
        indexed = isinstance(value, list) and isinstance(part, int) and part < len(value)
        if indexed or (isinstance(value, dict) and part in value):
            value = value[part]
        elif kind != "missing" or part is not loc[-1]:
            continue
        path.append(part)
    return tuple(path)


def _fault(path: tuple[Any, ...], items: list[Any], origins: dict[tuple[Any, ...], str]) -> Fault:
    key = ".".join(map(str, path))
    above = (origins[path[:n]] for n in range(len(path), 0, -1) if path[:n] in origins)
    below = (where for place, where in origins.items() if place[: len(path)] == path)
    origin = next(above, next(below, ""))
    where = f"{origin}: {key}" if origin else key
    kind, value = items[0]["type"], items[0]["input"]
    if kind == "missing":
        return Fault(key, "missing", advice="This key is required")
    if kind == "invalid_key":
        name = _shown(value)
        line = origins.get((*path[:-1], name))
        return _unknown_key((*path[:-1], name), f"{line}: {name}" if line else name)
    if kind == "extra_forbidden":
        return _unknown_key(path, where)
    expected = _EXPECTED_AT.get(path) or " or ".join(dict.fromkeys(map(_expected, items)))
    problem = f"got {_shown(value)}"
    if kind == "literal_error" and isinstance(value, str):
        choices = [c.strip("'") for c in expected.replace(" or ", ", ").split(", ")]
        return Fault(where, problem, expected, nearest(value, choices))
    is_unquoted = expected == "text" and isinstance(value, bool | int | float)
    advice = f'Quote it: "{str(value).lower()}"' if is_unquoted else ""
    return Fault(where, problem, expected, advice=advice)


def _shown(value: Any) -> str:
    """A value as its writer knows it: YAML's words, not Python's."""
    if isinstance(value, dict | list):
        return "a mapping" if isinstance(value, dict) else "a list"
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    return repr(value)[:80]


def _expected(item: Any) -> str:
    kind, context = item["type"], item.get("ctx", {})
    bounds = {
        "greater_than": "more than {gt}",
        "greater_than_equal": "at least {ge}",
        "less_than": "less than {lt}",
        "less_than_equal": "at most {le}",
        "literal_error": "{expected}",
        "string_pattern_mismatch": "letters, digits, `_`, `-` and `.`, no `-` or `.` at the start",
    }
    if kind in bounds:
        plain = {k: f"{v:g}" if isinstance(v, float) else v for k, v in context.items()}
        return bounds[kind].format(**plain)
    return _EXPECTED.get(kind, item["msg"])


def _unknown_key(path: tuple[Any, ...], where: str) -> Fault:
    name = str(path[-1])
    siblings = _fields_at(path[:-1])
    homes = [f"{s}.{name}" for s in Config.model_fields if name in _fields_at((s,))]
    # A section is more easily forgotten than misspelt: `epochs` means `training.epochs`.
    is_without_section = len(path) == 1 and homes
    found = "" if is_without_section else nearest(name, siblings)
    if found or homes:
        return Fault(where, "unknown key", nearest=found or homes[0])
    return Fault(where, "unknown key", advice=f"Known here: {', '.join(siblings)}")


def _fields_at(path: tuple[Any, ...]) -> list[str]:
    model: Any = Config
    for part in path:
        annotation = model.model_fields[part].annotation if part in model.model_fields else None
        members = (annotation, *get_args(annotation))
        model = next(
            (m for m in members if isinstance(m, type) and issubclass(m, BaseModel)), Section
        )
    return list(model.model_fields)

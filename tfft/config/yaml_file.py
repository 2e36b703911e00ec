"""YAML text to plain values, with the line of every key.

Enters: YAML text. Leaves: dicts, lists, strings, numbers, booleans and null, and a table of lines.
The scalars are YAML 1.2's (`2e-5` is a number, `no` is text) instead of PyYAML's 1.1; a key that
stands twice is a fault, where PyYAML keeps the last without a word. Never builds other objects.
"""

from __future__ import annotations

import re
from collections.abc import Hashable
from typing import Any, ClassVar

import yaml

from tfft.errors import Fault

Path = tuple[Any, ...]


class _Loader(yaml.SafeLoader):
    """SafeLoader with the scalars of YAML 1.2's core schema."""

    yaml_implicit_resolvers: ClassVar[dict[str, list[tuple[str, re.Pattern[str]]]]] = {}  # type: ignore[misc]


for _tag, _pattern, _first in (
    ("bool", r"true|True|TRUE|false|False|FALSE", "tTfF"),
    ("int", r"[-+]?[0-9]+", "-+0123456789"),
    ("float", r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?", "-+.0123456789"),
    ("float", r"[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)", "-+."),
    ("null", r"~|null|Null|NULL|", "~nN"),
):
    _Loader.add_implicit_resolver(
        f"tag:yaml.org,2002:{_tag}", re.compile(f"^(?:{_pattern})$"), list(_first)
    )
_Loader.add_implicit_resolver("tag:yaml.org,2002:null", re.compile(r"^$"), [""])


def _construct_int(loader: yaml.SafeLoader, node: yaml.ScalarNode) -> int:
    return int(str(loader.construct_scalar(node)))


def _construct_float(loader: yaml.SafeLoader, node: yaml.ScalarNode) -> float:
    text = str(loader.construct_scalar(node)).lower()
    return float(re.sub(r"\.(inf|nan)$", r"\1", text))


_Loader.add_constructor("tag:yaml.org,2002:int", _construct_int)
_Loader.add_constructor("tag:yaml.org,2002:float", _construct_float)


def parse_yaml(text: str, where: str) -> tuple[Any, dict[Path, int], list[Fault]]:
    """Reads one YAML document.

    Args:
        text: the document.
        where: its name in faults: a file, or an option of the command line.

    Returns:
        The value (None for an empty document), the 1-based line of each key by its path, and the
        faults. Where the syntax is broken the value is None and there is one fault.
    """
    try:
        loader = _Loader(text)
        try:
            node = loader.get_single_node()
            lines: dict[Path, int] = {}
            faults: list[Fault] = []
            if node is None:
                return None, lines, faults
            _walk(node, (), lines, faults, where)
            return loader.construct_document(node), lines, faults
        finally:
            loader.dispose()
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = f":{mark.line + 1}" if mark and "\n" in text else ""
        problem = f"not YAML: {error.problem or error.context}"
        advice = "Indent with blanks, not with tabs" if "'\\t'" in problem else ""
        return None, {}, [Fault(where + line, problem, advice=advice)]
    except yaml.reader.ReaderError as error:
        line = f":{text.count(chr(10), 0, error.position) + 1}" if "\n" in text else ""
        code = error.character if isinstance(error.character, int) else ord(error.character)
        problem = f"not YAML: the character U+{code:04X} may not stand in it"
        return None, {}, [Fault(where + line, problem, advice="Remove it")]
    except yaml.YAMLError as error:
        return None, {}, [Fault(where, f"not YAML: {' '.join(str(error).split())}")]
    except RecursionError:
        return None, {}, [Fault(where, "not a config: nested too deeply")]


def _walk(
    node: yaml.Node, path: Path, lines: dict[Path, int], faults: list[Fault], where: str
) -> None:
    lines.setdefault(path, node.start_mark.line + 1)
    if isinstance(node, yaml.SequenceNode):
        for index, item in enumerate(node.value):
            _walk(item, (*path, index), lines, faults, where)
    elif isinstance(node, yaml.MappingNode):
        seen: dict[Hashable, int] = {}
        for key_node, value_node in node.value:
            key, line = key_node.value, key_node.start_mark.line + 1
            if not isinstance(key, Hashable):
                continue
            if key in seen:
                faults.append(
                    Fault(
                        f"{where}:{line}",
                        f"key `{'.'.join(map(str, (*path, key)))}` stands twice",
                        advice=f"Delete this one or the one on line {seen[key]}",
                    )
                )
            seen[key] = line
            lines[(*path, key)] = line
            _walk(value_node, (*path, key), lines, faults, where)

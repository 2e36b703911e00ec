"""A complete config file to begin with: every key with its default, unit and meaning.

Enters: the name of the run. Leaves: YAML text with comments, which `load_config` reads as the
defaults. Keys that have no default get an example that runs anywhere: the built-in demo.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Mapping

from tfft.config.keys import Key, schema_keys, yaml_scalar

EXAMPLES = {
    "data.train": "demo:reviews-en",
    "augmentation.operations[].type": "delete_words",
}
"""Values of required keys; the name of the run comes from the caller."""

_INDENT = "  "
_WIDTH = 98
_HEADER = """\
A config of tfft with every key and its default: what you do not change may as well be deleted.
Above each key stand its meaning, and what it takes; docs/config.md says the same by section.
`tfft config --check FILE` shows what would run, `tfft train --config FILE` runs it."""


def template(name: str) -> str:
    """Returns the file.

    Args:
        name: name of the run.
    """
    examples = {"name": name, **EXAMPLES}
    lines = [f"# {line}" for line in _HEADER.split("\n")]
    for key in schema_keys():
        lines += ["", *_lines(key, examples)]
    return "\n".join(lines) + "\n"


def _lines(
    key: Key, examples: Mapping[str, str], *, depth: int = 0, is_example: bool = False
) -> Iterator[str]:
    """Yields a key with its comment, and all that stands below it.

    Sections that are null and lists that are empty by default follow as an example in comments.
    """
    indent = _INDENT * depth
    is_absent = (key.is_nullable or key.is_list) and not is_example
    yield from _comment(key, indent)
    if not key.keys or is_absent:
        value = examples.get(key.path) or yaml_scalar(key.default)
        yield f"{indent}{key.name}: {value}"
    if key.keys:
        block = _block(key, examples, depth, is_example or is_absent)
        yield from (f"{indent}# {line[len(indent) :]}" if is_absent else line for line in block)


def _block(key: Key, examples: Mapping[str, str], depth: int, is_example: bool) -> Iterator[str]:
    yield f"{_INDENT * depth}{key.name}:"
    depth += 2 if key.is_list else 1
    below = (
        line
        for each in key.keys
        for line in _lines(each, examples, depth=depth, is_example=is_example)
    )
    if key.is_list:
        yield f"{_INDENT * (depth - 1)}- {next(below).lstrip()}"
    yield from below


def _comment(key: Key, indent: str) -> Iterator[str]:
    is_section = bool(key.keys) and not key.is_list
    sentences = [key.about if is_section and not key.is_nullable else key.meaning]
    default = "required" if key.is_required else f"default: {yaml_scalar(key.default)}"
    facts = [key.kind, f"unit: {key.unit}" if key.unit else "", default]
    if not is_section or key.is_nullable:
        sentences.append("; ".join(filter(None, facts)))
    for sentence in sentences:
        yield from textwrap.wrap(
            sentence,
            _WIDTH,
            initial_indent=f"{indent}# ",
            subsequent_indent=f"{indent}#   ",
            break_on_hyphens=False,
        )

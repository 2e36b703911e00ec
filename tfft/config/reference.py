"""docs/config.md: every key of the schema, in tables by section.

Enters: nothing but the schema. Leaves: Markdown. A test holds docs/config.md against it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from tfft.config.keys import Key, schema_keys, yaml_scalar

_INTRODUCTION = """\
# Config reference

Written by `tfft config --reference > docs/config.md`; changes belong into
`tfft/config/schema.py`.

One YAML file says what a run is: `tfft train --config FILE`. It needs the keys marked *required*
and those that differ from their defaults; the [configs](../configs) that come with tfft are written
so.

| command | what it does |
|---|---|
| `tfft config --init FILE` | writes a file with every key, its default and its meaning |
| `tfft config --check FILE` | shows what would run, and what is missing; trains nothing |
| `tfft config --schema` | prints the JSON Schema, for editors |
| `tfft config --reference` | prints this page |

An editor with the YAML language server completes keys, shows their meaning and underlines typos
after `tfft config --schema > tfft-schema.json`, if a config begins with the line
`# yaml-language-server: $schema=tfft-schema.json` (a path relative to the config).

## How a file is read

- **Strictly.** A key that is not listed here, a value of another type and a key that stands twice
  are faults; all faults of a file are reported at once, before TensorFlow is loaded, with exit
  status 2. A key that has no effect beside another is a note.
- **YAML 1.2.** `2e-5` is a number, `no` and `off` are text, `true` and `false` are not. Text that
  looks like a number needs quotes (`revision: "1.0"`); label names do not.
- **`null`** is a value where a key takes it, and its meaning stands below. A section with nothing
  below it (`text:`) has its defaults.
- **`--set KEY=VALUE`** changes a key of any depth, whether or not the file has it. The value is
  YAML; quote it for the shell. A mapping replaces the whole section, and `null` resets a key to its
  default, even where null is a value of its own: that one is written in the file.
  ```
  --set training.epochs=5
  --set text.clean='[html, urls]'
  --set data='{train: my/train.tsv, columns: {text: 0, label: 1}}'
  --set text.max_tokens=null
  ```
- **Sources** of rows are a path, a glob (`rows/*.tsv`, sorted), `demo:NAME[:SPLIT]` (a corpus that
  tfft writes itself), `tfds:NAME_OR_DIR[:SPLIT]`, or a list that mixes these. A demo without a
  split, given for training, fills validation and test as well.
- **Paths** are relative to the working directory, not to the file; `~` is the home directory.
- **Units** end a key's name where they can (`_tokens`, `_steps`); a *share* lies between 0 and 1.
"""


def reference() -> str:
    """Returns the page."""
    keys = schema_keys()
    own = [key for key in keys if not key.keys]
    sections = [key for key in keys if key.keys]
    lines = [_INTRODUCTION, "## The run", "", *_table(own), "", "Sections:", "", *_table(sections)]
    for section in sections:
        lines += ["", *_section(section, 2)]
    return "\n".join(lines) + "\n"


def _section(section: Key, level: int) -> Iterator[str]:
    yield from (f"{'#' * level} `{section.path}`", "", section.about, "", *_table(section.keys))
    for key in section.keys:
        if key.keys:
            yield from ("", *_section(key, level + 1))


def _table(keys: Sequence[Key]) -> Iterator[str]:
    yield "| key | value | unit | default | meaning |"
    yield "|---|---|---|---|---|"
    for key in keys:
        cells = (
            f"`{key.path.removesuffix('[]')}`",
            key.kind or ("the keys below or null" if key.is_nullable else "the keys below"),
            key.unit or "–",
            _default(key),
            key.meaning,
        )
        yield f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |"


def _default(key: Key) -> str:
    if key.is_required:
        return "required"
    if key.keys and not key.is_nullable and not key.is_list:
        return "as below"
    return f"`{yaml_scalar(key.default)}`"

"""What a config names on disk, and whether it is there.

Enters: a config as plain values. Leaves: one fault for each file, folder or glob that is missing.
Looks at names alone: opens no file, and asks no network for what a hub or TFDS keeps.
"""

from __future__ import annotations

import glob
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from tfft.errors import Fault, nearest_path

KeyPath = tuple[Any, ...]


def is_local(checkpoint: str) -> bool:
    """Whether a checkpoint is meant as a folder of this machine, not as a name on the hub."""
    return (
        checkpoint.startswith((".", "~", os.sep))
        or checkpoint.count("/") > 1
        or os.path.exists(os.path.expanduser(checkpoint))
    )


def missing_files(raw: Mapping[str, Any], origins: Mapping[KeyPath, str]) -> list[Fault]:
    """Finds what is not there, in raw values: it is reported beside a wrong type.

    Args:
        raw: the config, not validated.
        origins: where each key was set, by its path; keys may be missing.
    """
    return [
        Fault(
            ": ".join(filter(None, (origins.get(path, ""), ".".join(path)))),
            _why_missing(value),
            nearest="" if glob.has_magic(value) else nearest_path(Path(value).expanduser()),
            advice=""
            if Path(value).expanduser().is_absolute()
            else f"A relative path starts at the working directory, {Path.cwd()}",
        )
        for path, value in _named(raw)
        if not _exists(value)
    ]


def _named(raw: Mapping[str, Any]) -> Iterator[tuple[tuple[str, str], str]]:
    """Yields (key, path) for each entry that must exist."""
    data, text, model = (
        section if isinstance(section, dict) else {}
        for section in (raw.get("data"), raw.get("text"), raw.get("model"))
    )
    for split in ("train", "validation", "test"):
        value = data.get(split)
        items = value if isinstance(value, list) else [value]
        yield from ((("data", split), _place(item)) for item in items if isinstance(item, str))
    vocab, checkpoint = text.get("vocab"), model.get("checkpoint")
    if isinstance(vocab, str) and vocab != "learn":
        yield ("text", "vocab"), vocab
    if isinstance(checkpoint, str) and is_local(checkpoint):
        yield ("model", "checkpoint"), checkpoint


def _place(entry: str) -> str:
    """The folder of `tfds:/FOLDER[:SPLIT]`; other entries as they are."""
    name = entry.removeprefix("tfds:").partition(":")[0]
    is_folder = entry.startswith("tfds:") and name.startswith((".", "~", os.sep))
    return name if is_folder else entry


def _why_missing(value: str) -> str:
    if glob.has_magic(value):
        return f"no file matches {value}"
    try:
        os.stat(os.path.expanduser(value))
    except PermissionError as error:
        return f"{value} may not be looked at ({error.strerror})"
    except OSError:
        pass
    return f"{value} does not exist"


def _exists(value: str) -> bool:
    if value.startswith(("demo:", "tfds:")):
        return True
    expanded = os.path.expanduser(value)
    return os.path.exists(expanded) or bool(glob.glob(expanded, recursive=True))


def matching_files(entry: str) -> list[Path]:
    """Returns the files of a path or glob, sorted; none where nothing is there."""
    expanded = os.path.expanduser(entry)
    found = [expanded] if os.path.exists(expanded) else glob.glob(expanded, recursive=True)
    # A glob also finds links that lead nowhere.
    return [path for path in map(Path, sorted(found)) if path.exists() and not path.is_dir()]

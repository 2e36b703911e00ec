"""What a run needs from outside of its config before it can begin.

Enters: a valid `Config`. Leaves: what is missing, and what will be fetched. Looks at names on disk
and asks no network, so it does not know what a cache holds.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tfft.config.estimates import Demos, demo_split, entries
from tfft.config.files import is_local, missing_files
from tfft.config.schema import Config, ModelSection
from tfft.errors import Fault, nearest

SPLITS = ("train", "validation", "test")


@dataclass(frozen=True)
class Need:
    """One thing.

    Attributes:
        text: what and where, in a sentence without a full stop.
        is_missing: whether training stops without it; else it is fetched when training begins.
    """

    text: str
    is_missing: bool


def needs(config: Config, demos: Demos) -> list[Need]:
    """Returns what has to be there, or is fetched, before the first step."""
    faults = missing_files(config.model_dump(), {}) + list(_unknown_demos(config, demos))
    found = [Need(str(fault), True) for fault in faults]
    found += _tfds(config)
    vocab, checkpoint = config.text.vocab, config.model.checkpoint
    if vocab not in (None, "learn") and os.path.isdir(os.path.expanduser(vocab)):
        found.append(Need(f"text.vocab: {vocab} is a folder, not a file", True))
    if checkpoint is not None and is_local(checkpoint):
        folder = Path(checkpoint).expanduser()
        if folder.exists() and not (folder / "config.json").is_file():
            found.append(Need(f"model.checkpoint: {checkpoint} holds no config.json", True))
    elif checkpoint is not None:
        found.append(Need(_hub(config.model, checkpoint), False))
    return found


def _unknown_demos(config: Config, demos: Demos) -> Iterator[Fault]:
    for split in SPLITS:
        for entry in entries(getattr(config.data, split)):
            name, own = demo_split(entry, split) or ("", "")
            if name and name not in demos:
                expected = f"one of {', '.join(demos)}"
                problem = f"there is no demo `{name}`"
                yield Fault(f"data.{split}", problem, expected, nearest(name, list(demos)))
            elif name and own not in SPLITS:
                expected = f"one of {', '.join(SPLITS)}"
                problem = f"there is no split `{own}`"
                yield Fault(f"data.{split}", problem, expected, nearest(own, SPLITS))


def _tfds(config: Config) -> Iterator[Need]:
    home = config.data.tfds_dir or "TFDS's directory"
    for split in SPLITS:
        for entry in entries(getattr(config.data, split)):
            name = entry.removeprefix("tfds:")
            place = name.partition(":")[0]
            # What begins like a path is a prepared folder, which `missing_files` looks for.
            is_folder = place.startswith((".", "~", os.sep)) or os.path.isdir(place)
            if name != entry and not is_folder:
                text = f"data.{split}: {name} is downloaded by TFDS unless {home} has it"
                yield Need(text, False)


def _hub(model: ModelSection, checkpoint: str) -> str:
    what = f"model.checkpoint: {checkpoint} (revision {model.revision or 'main'})"
    cache = model.cache_dir or "the hub's cache"
    if model.offline:
        return f"{what} must be in {cache}: model.offline asks no network"
    return f"{what} is downloaded from the hub unless {cache} has it"

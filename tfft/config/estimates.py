"""What can be counted before anything is read: rows of demos, steps, parameters.

Enters: a valid `Config` and what the demos hold. Leaves: numbers, or None where only the data or a
checkpoint would tell.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

from tfft.config.schema import DEFAULT_VALIDATION_SHARE, Config

_VERSION = re.compile(r":[\d*]+\.[\d*]+\.[\d*]+(?=:|$)")
"""Of a TFDS data set, as in `tfds:glue/sst2:2.0.0:train`."""

COUNTED_SIZES = (
    "vocab_size", "hidden_size", "num_hidden_layers", "num_attention_heads", "intermediate_size",
    "max_position_embeddings", "type_vocab_size",
)  # fmt: skip
"""The sizes of BERT; all but the heads are part of the count of its parameters."""


class Demo(Protocol):
    """What is known of a built-in corpus."""

    @property
    def num_rows(self) -> Mapping[str, int]:
        """Rows of each split."""

    @property
    def labels(self) -> Sequence[str]:
        """Names of the labels."""


Demos = Mapping[str, Demo]


def entries(source: Any) -> list[str]:
    """Returns the single entries of a source; none for a share or null."""
    items = source if isinstance(source, list) else [source]
    return [item for item in items if isinstance(item, str)]


def fills_every_split(source: Any) -> bool:
    """Whether a source is a demo or a TFDS data set without a split, which has its own splits."""
    if not isinstance(source, str) or not source.startswith(("demo:", "tfds:")):
        return False
    return _VERSION.sub("", source).count(":") == 1


def demo_split(entry: str, split: str) -> tuple[str, str] | None:
    """Returns (demo, its split) of an entry in `split`, or None where it is no demo."""
    if not entry.startswith("demo:"):
        return None
    name, _, own = entry.removeprefix("demo:").partition(":")
    return name, own or split


def entry_rows(entry: str, split: str, demos: Demos) -> int | None:
    """Returns the rows of a demo, None for anything else."""
    found = demo_split(entry, split)
    if found is None or found[0] not in demos:
        return None
    return demos[found[0]].num_rows.get(found[1])


def validation_share(config: Config) -> float | None:
    """Returns the share of the training rows that is held out, or None where none is."""
    validation = config.data.validation
    if validation is None and not fills_every_split(config.data.train):
        return DEFAULT_VALIDATION_SHARE
    return validation if isinstance(validation, float) else None


def num_training_rows(config: Config, demos: Demos) -> int | None:
    """Returns how many rows train, nearly: the hash that holds out a share is not run."""
    rows = [entry_rows(entry, "train", demos) for entry in entries(config.data.train)]
    known = [number for number in rows if number is not None]
    if not rows or len(known) < len(rows):
        return None
    return round(sum(known) * (1 - (validation_share(config) or 0)))


def num_labels(config: Config, demos: Demos) -> int | None:
    """Returns the number of labels, or None where only the rows tell."""
    if config.data.labels is not None:
        return len(config.data.labels)
    found = [demo_split(entry, "train") for entry in entries(config.data.train)]
    names = {each[0] if each else "" for each in found}
    if not names or not names <= set(demos):
        return None
    return len({label for name in names for label in demos[name].labels})


def num_tokens(vocab: str) -> int | None:
    """Returns the lines of a vocabulary file, or None where it cannot be read."""
    try:
        return len(Path(vocab).expanduser().read_bytes().split(b"\n")[:-1]) or None
    except OSError:
        return None


def folder_sizes(folder: str) -> dict[str, int]:
    """Returns `COUNTED_SIZES` of a checkpoint's config.json; none where one is not to be had."""
    try:
        values = json.loads((Path(folder).expanduser() / "config.json").read_bytes())
    except (OSError, ValueError):
        return {}
    values = values if isinstance(values, dict) else {}
    sizes = {name: values[name] for name in COUNTED_SIZES if isinstance(values.get(name), int)}
    return sizes if len(sizes) == len(COUNTED_SIZES) else {}


def num_parameters(sizes: Mapping[str, int], num_labels: int | None = None) -> int:
    """Counts the weights of a BERT classifier; without `num_labels` those below its classifier.

    Args:
        sizes: `COUNTED_SIZES` by name.
        num_labels: outputs of the classifier.
    """
    hidden, inner = sizes["hidden_size"], sizes["intermediate_size"]
    positions, types = sizes["max_position_embeddings"], sizes["type_vocab_size"]
    norm, square = 2 * hidden, hidden * hidden + hidden
    embeddings = (sizes["vocab_size"] + positions + types) * hidden + norm
    # Query, key, value and output; two dense layers; a LayerNorm behind either half.
    layer = 4 * square + (2 * hidden * inner + inner + hidden) + 2 * norm
    classifier = 0 if num_labels is None else (hidden + 1) * num_labels
    return embeddings + sizes["num_hidden_layers"] * layer + square + classifier

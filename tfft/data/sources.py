"""What a config calls a source, as a list of single files or splits.

Enters: a path, a glob, `demo:NAME[:SPLIT]`, `tfds:NAME_OR_DIR[:SPLIT]`, or a list that mixes them.
Leaves: `Source` objects in a fixed order (lists as given, globs sorted), each with its format.
Every file is known to exist and to hold at least a byte. Nothing is opened here: what stands in
the files is the concern of `formats`, `tfds` and `rows`.
"""

from __future__ import annotations

import glob
import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tfft.data.faults import FaultList
from tfft.data.tfds_address import PREFIX, fault_of_folder, parse_address
from tfft.errors import DataError, nearest_path

DEMO = "demo"
"""Format of a source that is written by `tfft.data.demo`, not read from a file."""

TFDS = "tfds"
"""Format of a source that TFDS has prepared, or prepares when it is read."""

FORMAT_BY_SUFFIX = {
    ".tsv": "tsv",
    ".tab": "tsv",
    ".txt": "tsv",
    ".csv": "csv",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".json": "jsonl",
    ".parquet": "parquet",
    ".pq": "parquet",
    ".tfrecord": "tfrecord",
    ".tfrecords": "tfrecord",
}
"""Format of a file by its last suffix, `.gz` and `-00000-of-00010` aside."""

_SHARD = re.compile(r"-\d{5}-of-\d{5}$")
_GLOB_CHARACTERS = "*?["


@dataclass(frozen=True)
class Source:
    """One file, or one split of a demo or a TFDS data set.

    Attributes:
        location: the path as it was given or matched, or `demo:NAME:SPLIT`, or `tfds:…:SPLIT`.
        format: a key of `formats.READERS` or `formats.RECORD_READERS`, `DEMO` or `TFDS`.
    """

    location: str
    format: str


def expand_source(
    spec: str | Sequence[str],
    faults: FaultList,
    *,
    where: str,
    format: str | None = None,
    default_split: str = "train",
) -> list[Source]:
    """Finds the files of a source.

    Args:
        spec: a path, a glob, `demo:NAME[:SPLIT]`, `tfds:NAME_OR_DIR[:SPLIT]`, or a list that mixes
            them.
        faults: takes a fault for each entry that is missing, empty, a folder, of an unknown
            format, and for a glob that matches no file.
        where: name of the source in faults, such as `data.train`.
        format: format of all files; by default their suffixes tell.
        default_split: the split of a demo or a TFDS data set that names none.

    Returns:
        The usable sources; a row's file index counts along this list.
    """
    entries = [spec] if isinstance(spec, str) else list(spec)
    if not entries:
        faults.add(where, "an empty list", "at least one path")
    found = []
    for entry in entries:
        if entry.startswith("demo:"):
            name, _, split = entry.removeprefix("demo:").partition(":")
            found.append(Source(f"demo:{name}:{split or default_split}", DEMO))
        elif entry.startswith(PREFIX):
            found += _tfds_sources(entry, faults, where, default_split)
        else:
            for path in _matching_paths(entry, faults, where):
                if kind := format or _format_by_suffix(path, faults):
                    found.append(Source(path, kind))
    return found


def names_no_split(entry: str) -> bool:
    """Tells whether a demo or a TFDS data set is meant as a whole."""
    if entry.startswith(PREFIX):
        return parse_address(entry).split is None
    return entry.startswith("demo:") and entry.count(":") == 1


def suffix_of(path: str) -> str:
    """Returns the last suffix in lower case: `.tsv` of `a.TSV.gz` and `a.tsv-00000-of-00010`."""
    name = _SHARD.sub("", path.lower().removesuffix(".gz"))
    return Path(name.removesuffix(".gz")).suffix


def _tfds_sources(entry: str, faults: FaultList, where: str, default_split: str) -> list[Source]:
    address = parse_address(entry)
    fault = fault_of_folder(address, where) if address.is_folder else None
    if fault is None:
        return [Source(address.with_split(default_split), TFDS)]
    faults.include(DataError("", [fault]))
    return []


def _matching_paths(entry: str, faults: FaultList, where: str) -> list[str]:
    path = Path(entry).expanduser()
    # Not `path.exists()`, which raises where a folder above may not be entered.
    if os.path.exists(path):
        return [str(path)] if _is_usable(path, faults) else []
    if not any(character in entry for character in _GLOB_CHARACTERS):
        found = nearest_path(path)
        choices = (found,) if found else ()
        advice = _advice_for_missing(path, where)
        faults.add(str(path), "no such file", came=str(path), choices=choices, advice=advice)
        return []
    matches = [Path(match) for match in sorted(glob.glob(str(path), recursive=True))]
    files = [match for match in matches if not match.is_dir()]
    if not files:
        faults.add(where, f"`{entry}` matches no file")
    return [str(file) for file in files if _is_usable(file, faults)]


def _is_usable(path: Path, faults: FaultList) -> bool:
    if path.is_dir():
        faults.add(str(path), "a folder", "a file", advice=f"Name its files, as in `{path}/*.tsv`")
    elif path.is_file() and path.stat().st_size == 0:
        faults.add(str(path), "the file is empty", "at least one row")
    else:
        return True
    return False


def _advice_for_missing(path: Path, where: str) -> str:
    if path.is_absolute():
        return f"Correct {where}"
    return f"Correct {where}; a relative path starts at the working directory, {Path.cwd()}"


def _format_by_suffix(path: str, faults: FaultList) -> str | None:
    suffix = suffix_of(path)
    if FORMAT_BY_SUFFIX.get(suffix) == "parquet" and path.lower().endswith(".gz"):
        problem = "Parquet is packed inside; gzip around it hides its table of contents"
        faults.add(path, problem, "a plain Parquet file", advice="Unpack it with `gunzip`")
        return None
    if suffix in FORMAT_BY_SUFFIX:
        return FORMAT_BY_SUFFIX[suffix]
    known = ", ".join(FORMAT_BY_SUFFIX)
    advice = "Rename the file or set `format` to tsv, csv, jsonl, parquet or tfrecord"
    faults.add(path, f"the suffix `{suffix}` names no format", f"one of {known}", advice=advice)
    return None

"""What follows `tfds:` in a config: a name or a directory, a version, a split.

Enters: `tfds:NAME[/CONFIG][:VERSION][:SPLIT]` or `tfds:DIRECTORY[:SPLIT]`. Leaves: its parts.
A directory begins with `/`, `.` or `~`, or holds dataset_info.json. TFDS itself is not needed here.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from tfft.errors import Fault, nearest_path

PREFIX = "tfds:"
INFO_FILE = "dataset_info.json"

_VERSION = r"(?:\d+|\*)\.(?:\d+|\*)\.(?:\d+|\*)"
_MAX_VERSIONS_SHOWN = 5


@dataclass(frozen=True)
class TfdsAddress:
    """The parts of an entry.

    Attributes:
        name: `NAME` or `NAME/CONFIG` as TFDS has it, or the directory.
        version: the version that is asked for, such as `1.0.0`, or None.
        split: the split, a slice of one (`train[:10%]`) or a sum (`train+test`), or None.
        is_folder: whether `name` is a directory.
    """

    name: str
    version: str | None
    split: str | None
    is_folder: bool

    @property
    def entry(self) -> str:
        """The entry without its split."""
        return PREFIX + ":".join(filter(None, (self.name, self.version)))

    def with_split(self, split: str) -> str:
        """Returns the entry with its own split, or with this one where it has none."""
        return f"{self.entry}:{self.split or split}"


def parse_address(entry: str) -> TfdsAddress:
    """Takes an entry apart; what is wrong with the parts is found when they are used."""
    name, _, rest = entry.removeprefix(PREFIX).partition(":")
    is_folder = name.startswith(("/", ".", "~")) or (Path(name) / INFO_FILE).is_file()
    version = None
    if not is_folder and (found := re.match(rf"({_VERSION})(?::|$)", rest)):
        version, rest = found[1], rest[found.end() :]
    return TfdsAddress(name, version, rest or None, is_folder)


def fault_of_folder(address: TfdsAddress, where: str) -> Fault | None:
    """Returns what is wrong with a directory at first sight."""
    folder = Path(address.name).expanduser()
    if (folder / INFO_FILE).is_file():
        return None
    if not folder.is_dir():
        close = nearest_path(folder)
        problem = "is a file" if folder.is_file() else "no such folder"
        expected = "a folder that TFDS has prepared"
        return Fault(str(folder), problem, expected, close, f"Correct {where}")
    inner = sorted(path.parent for path in folder.glob(f"*/{INFO_FILE}"))
    inner += sorted(path.parent for path in folder.glob(f"*/*/{INFO_FILE}"))
    advice = ""
    if inner:
        names = ", ".join(f"tfds:{path}" for path in inner[-_MAX_VERSIONS_SHOWN:])
        advice = f"Name the folder of a version, such as {names}"
    return Fault(
        str(folder), f"holds no {INFO_FILE}", "a folder that TFDS has prepared", "", advice
    )

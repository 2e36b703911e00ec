"""One file of a model folder: is it there, is it itself, is it JSON.

Enters: a path. Leaves: the parsed object, or a fault that says what stands in the file's place.
Knows nothing of what the object means, and follows no path that a file names.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, TypeVar

from tfft.errors import CheckpointError, Fault

_LFS_POINTER = b"version https://git-lfs.github.com/spec/"

T = TypeVar("T")


def presence_fault(path: Path, *, advice: str = "") -> Fault | None:
    """Returns what is wrong with a file before its content is looked at, or None.

    Args:
        path: the file.
        advice: what to do where the file is missing.
    """
    if not path.is_file():
        return Fault(str(path), "no such file", advice=advice)
    if size := _lfs_size(path):
        return Fault(
            str(path),
            "is a Git-LFS pointer: the repository was cloned without its large files",
            expected=size,
            advice="Run `git lfs pull` in that folder",
        )
    return None


def read_json(path: Path, *, advice: str = "") -> dict[str, Any]:
    """Returns the JSON object in a file.

    Args:
        path: a UTF-8 file.
        advice: what to do where the file is missing.

    Raises:
        CheckpointError: the file is missing, a Git-LFS pointer, not UTF-8, damaged JSON, or JSON
            but no object.
    """
    if fault := presence_fault(path, advice=advice):
        raise _unreadable(fault)
    try:
        content = json.loads(path.read_bytes().decode("utf-8"))
    except UnicodeDecodeError as error:
        raise _unreadable(Fault(str(path), f"is not UTF-8 (byte {error.start:,})")) from error
    except json.JSONDecodeError as error:
        where = f"{path}:{error.lineno}"
        raise _unreadable(Fault(where, f"is damaged JSON ({error.msg.lower()})")) from error
    if not isinstance(content, dict):
        problem = f"holds a JSON {type(content).__name__}"
        raise _unreadable(Fault(str(path), problem, expected="an object in braces"))
    return content


def _lfs_size(path: Path) -> str:
    with path.open("rb") as file:
        head = file.read(1024)
    if not head.startswith(_LFS_POINTER):
        return ""
    sizes = [line[5:] for line in head.decode("ascii", "replace").splitlines() if "size " in line]
    known = bool(sizes) and sizes[0].isdigit()
    return f"a file of {int(sizes[0]):,} bytes" if known else "the file itself"


def _unreadable(fault: Fault) -> CheckpointError:
    return CheckpointError("A file of the model folder cannot be read", [fault])

"""A model folder is written whole or not at all.

Enters: the folder's path. Leaves: a fresh folder beside it to write into, which takes its place
when everything is written; files of an older folder that are not written again stay.
Knows nothing of what is written.
"""

from __future__ import annotations

import os
import shutil
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tfft.errors import CheckpointError, Fault


@contextmanager
def written_whole(folder: str | os.PathLike[str]) -> Iterator[Path]:
    """Yields an empty folder that becomes `folder` at the end of the block.

    If the block fails, `folder` is as it was. Where it existed, its files are replaced one by one,
    each at once; where it did not, all files appear together.

    Raises:
        CheckpointError: `folder` is a file, or its place cannot be written to.
    """
    target = Path(folder).expanduser()
    if target.exists() and not target.is_dir():
        raise _unwritable(target, "is a file")
    partial = target.absolute().parent / f".{target.name}.{uuid.uuid4().hex}.partial"
    try:
        partial.mkdir(parents=True)
    except OSError as error:
        raise _unwritable(target, f"cannot be written ({error.strerror})") from error
    try:
        yield partial
        _move(partial, target)
    finally:
        shutil.rmtree(partial, ignore_errors=True)


def _move(partial: Path, target: Path) -> None:
    if not target.exists():
        partial.rename(target)
        return
    for file in sorted(partial.iterdir()):
        os.replace(file, target / file.name)


def _unwritable(target: Path, problem: str) -> CheckpointError:
    fault = Fault(str(target), problem, expected="a folder, new or existing")
    return CheckpointError("The model cannot be saved", [fault])

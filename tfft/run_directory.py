"""Where a run keeps what it writes: one directory, which appears whole.

Enters: the path of a run. Leaves: the paths of its parts, and files written in one rename.
`training` and `serving` meet only here. Knows names, not contents.
"""

from __future__ import annotations

import contextlib
import json
import math
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tfft.errors import Fault, RunError, nearest_path


class RunDirectory:
    """Paths of a run.

    Args:
        path: the directory.
    """

    def __init__(self, path: str | os.PathLike[str]):
        self.path = Path(path)
        self.config = self.path / "config.yaml"
        self.provenance = self.path / "provenance.json"
        self.tensorboard = self.path / "tensorboard"
        self.checkpoints = self.path / "checkpoints"
        self.report = self.path / "report"
        self.model = self.path / "model"
        self.saved_model = self.path / "saved_model"
        self.rows = self.path / "rows"

    def fault_if_it_exists(self) -> Fault | None:
        """Returns the fault of a new run whose directory is taken or cannot be made, or None."""
        if os.path.lexists(self.path):
            advice = "Give another --run-dir or --set name=…, or delete it"
            return Fault("--run-dir", f"{self.path} exists already", advice=advice)
        above = next(folder for folder in self.path.absolute().parents if os.path.lexists(folder))
        if not os.path.isdir(above):
            return Fault("--run-dir", f"{self.path} cannot be made: {above} is a file")
        if not os.access(above, os.W_OK | os.X_OK):
            return Fault("--run-dir", f"{self.path} cannot be made: {above} may not be written to")
        return None

    def check_is_trained(self) -> None:
        """Checks that a trained model is there.

        Raises:
            RunError: the directory is missing, is no run, or its training did not end.
        """
        if not os.path.isdir(self.path):
            what = "is a file" if os.path.exists(self.path) else "does not exist"
            fault = Fault(
                str(self.path), what, "the directory of a run", nearest_path(self.path)
                if what == "does not exist" else "",
            )  # fmt: skip
            raise RunError("The run cannot be used", [fault])
        if not self.config.is_file():
            raise RunError(f"{self.path} is not a run: it holds no config.yaml")
        if not self.model.is_dir():
            raise RunError(f"{self.path} holds no model: its training did not end")


@contextmanager
def new_run(path: str | os.PathLike[str]) -> Iterator[RunDirectory]:
    """Gives a temporary directory beside `path`, removed where the body fails.

    The body renames it with `publish` once all input has been checked, so that a refused run
    leaves nothing behind, folders above it included.

    Raises:
        RunError: the directory cannot be made.
    """
    path = Path(path)
    part = path.parent / f".{path.name}.{os.getpid()}.part"
    made = [folder for folder in path.parents if not os.path.lexists(folder)]
    try:
        part.mkdir(parents=True)
    except OSError as error:
        raise RunError(f"{path} cannot be made ({error.strerror})") from error
    try:
        yield RunDirectory(part)
    finally:
        shutil.rmtree(part, ignore_errors=True)
        # The innermost first; one that holds the new run, or anything else, stays.
        with contextlib.suppress(OSError):
            for folder in made:
                folder.rmdir()


def publish(part: RunDirectory, path: str | os.PathLike[str]) -> RunDirectory:
    """Gives a directory from `new_run` its name.

    Raises:
        RunError: the name has been taken in the meantime.
    """
    try:
        part.path.rename(path)
    except OSError as error:
        raise RunError(f"{path} cannot be made ({error.strerror})") from error
    return RunDirectory(path)


def write_json(path: Path, value: Any) -> None:
    """Writes JSON with a final line end, in one rename; NaN and infinities, not JSON, as null."""
    text = json.dumps(_without_nan(value), ensure_ascii=False, indent=2, allow_nan=False)
    write_text(path, text + "\n")


def write_text(path: Path, content: str) -> None:
    """Writes a text file in one rename."""
    write_bytes(path, content.encode("utf-8"))


def write_bytes(path: Path, content: bytes) -> None:
    """Writes a file in one rename."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(path.name + ".part")
    part.write_bytes(content)
    part.replace(path)


def _without_nan(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _without_nan(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_without_nan(each) for each in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value

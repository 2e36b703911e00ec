"""Training checkpoints: the newest and the best, each whole or not there at all.

Enters: trackable objects (model, optimizer) and the place in training.
Leaves: `step-N/` folders (TensorFlow's checkpoint files, `state.json` with checksums) and
`checkpoints.json`, which names the last and the best and is replaced in one rename.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from pathlib import Path
from typing import Any

import keras
import tensorflow as tf

from tfft.errors import CheckpointError, Fault

INDEX = "checkpoints.json"
STATE = "state.json"


class CheckpointStore:
    """Keeps the last and the best checkpoint of a run.

    Args:
        folder: where they are; made on the first save.
        **objects: what a checkpoint holds: `model` (every variable of it, frozen ones and the
            states of dropout too), `optimizer` and other trackable objects.
    """

    def __init__(self, folder: str | os.PathLike[str], **objects: Any):
        self.folder = Path(folder)
        self._objects = objects

    def save(self, state: dict[str, Any], *, best: bool = False) -> None:
        """Writes a checkpoint and makes it the last.

        Args:
            state: the place in training; plain JSON values with `step`, the number of steps taken.
            best: whether it is the best so far, too.
        """
        name = f"step-{state['step']:08d}"
        index = self.index()
        if index.get("last") != name:
            self._write(name, state)
        index = index | {"last": name} | ({"best": name} if best else {})
        _write_atomically(self.folder / INDEX, json.dumps(index, indent=1) + "\n")
        self._forget(set(index.values()))

    def index(self) -> dict[str, str]:
        """Returns the names of the folders of `last` and `best`; empty where there is none."""
        path = self.folder / INDEX
        if not path.is_file():
            return {}
        return _read_json(path)

    def restore(self, which: str = "last") -> dict[str, Any]:
        """Loads `last` or `best` into the objects.

        Returns:
            The state that was saved with it.

        Raises:
            CheckpointError: there is none, or its files are not those that were written.
        """
        name = self.index().get(which)
        if name is None:
            raise CheckpointError(f"{self.folder} holds no `{which}` checkpoint")
        folder = self.folder / name
        state = _read_json(folder / STATE, keys=("state", "files"))
        faults = [
            Fault(str(folder / file), "damaged or missing", f"sha256 {expected[:12]}…")
            for file, expected in state["files"].items()
            if not (folder / file).is_file() or _sha256(folder / file) != expected
        ]
        if faults:
            raise CheckpointError(f"The checkpoint {folder} cannot be loaded", faults)
        self._checkpoint().read(str(folder / "state")).assert_existing_objects_matched()
        return dict(state["state"])

    def _checkpoint(self) -> tf.train.Checkpoint:
        return tf.train.Checkpoint(**{k: _tracked(v) for k, v in self._objects.items()})

    def _write(self, name: str, state: dict[str, Any]) -> None:
        part = self.folder / f"{name}.part"
        shutil.rmtree(part, ignore_errors=True)
        part.mkdir(parents=True)
        self._checkpoint().write(str(part / "state"))
        checksums = {file.name: _sha256(file) for file in sorted(part.iterdir())}
        content = json.dumps({"state": state, "files": checksums}, indent=1) + "\n"
        (part / STATE).write_text(content, encoding="utf-8")
        for file in part.iterdir():
            _sync(file)
        shutil.rmtree(self.folder / name, ignore_errors=True)
        part.rename(self.folder / name)

    def _forget(self, kept: set[str]) -> None:
        for path in self.folder.glob("step-*"):
            if path.name not in kept:
                shutil.rmtree(path, ignore_errors=True)


def _tracked(value: Any) -> Any:
    """A layer by its variables: TensorFlow does not find layers that Keras 3 keeps in a list."""
    if isinstance(value, keras.layers.Layer):
        return [variable.value for variable in value.variables]
    return value


def _read_json(path: Path, keys: tuple[str, ...] = ()) -> dict[str, Any]:
    """Reads an object that has at least these keys."""
    try:
        content = dict(json.loads(path.read_text(encoding="utf-8")))
        missing = [key for key in keys if key not in content]
        if missing:
            raise ValueError(f"no {' and no '.join(missing)}")
        return content
    except (OSError, ValueError, TypeError) as error:
        fault = Fault(str(path), f"damaged or missing ({error})")
        raise CheckpointError("The checkpoint cannot be loaded", [fault]) from error


def _write_atomically(path: Path, content: str) -> None:
    part = path.with_suffix(".part")
    part.write_text(content, encoding="utf-8")
    _sync(part)
    part.replace(path)


def _sync(path: Path) -> None:
    with open(path, "rb") as file:
        os.fsync(file.fileno())


def _sha256(path: Path) -> str:
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()

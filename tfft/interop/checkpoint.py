"""Weights in safetensors: read one tensor at a time, written whole.

Enters: a folder with `model.safetensors`, or the shards that `model.safetensors.index.json` lists.
Leaves: shapes by name, known before any tensor is read, and float32 numpy arrays on request.
Every file is checked against its own header first, so that a truncated download or a Git-LFS
pointer is one clear error. Knows no model and no names.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path, PurePosixPath
from typing import Any, TypeGuard

import numpy as np
from safetensors import safe_open
from safetensors.numpy import save_file

from tfft.errors import CheckpointError, Fault, collect
from tfft.interop.model_file import presence_fault, read_json

SINGLE_FILE = "model.safetensors"
INDEX_FILE = "model.safetensors.index.json"

_SAVE_AGAIN = (
    "Open the folder with transformers{version} and PyTorch, in the class that `architectures` of "
    "config.json names, and `save_pretrained` it: that writes safetensors"
)
_TF1_INDEX, _TF1_DATA = "bert_model.ckpt.index", "bert_model.ckpt.data-00000-of-00001"
_FOREIGN_FILES = {
    "pytorch_model.bin": _SAVE_AGAIN.format(version=""),
    "pytorch_model.bin.index.json": _SAVE_AGAIN.format(version=""),
    "tf_model.h5": _SAVE_AGAIN.format(version=" 4 (`from_tf=True`)"),
    "flax_model.msgpack": _SAVE_AGAIN.format(version=" 4 (`from_flax=True`)"),
    _TF1_INDEX: "It is Google's original format: convert it to safetensors with transformers 4",
}
"""What stands in the place of safetensors, and the way to them."""

_HEADER_LENGTH_BYTES = 8
_MAX_HEADER_BYTES = 100_000_000  # safetensors' own limit
_MAX_ITEMS = 1 << 62  # a product of axes beyond this is damage, not a size
_ITEM_BYTES = {"F64": 8, "F32": 4, "F16": 2, "BF16": 2}
_OTHER_ITEM_BYTES = {"I64": 8, "I32": 4, "I16": 2, "I8": 1, "U64": 8, "U32": 4, "U16": 2}
_OTHER_ITEM_BYTES |= {"U8": 1, "BOOL": 1}


class StoredWeights:
    """The tensors of a checked folder.

    Attributes:
        shapes: every stored tensor's shape by name.
    """

    def __init__(self, shapes: Mapping[str, tuple[int, ...]], files: Mapping[str, Path]):
        self.shapes = dict(shapes)
        self._files = dict(files)

    def read(self, name: str) -> np.ndarray:
        """Returns one tensor as float32, whatever float it is stored as."""
        with safe_open(self._files[name], framework="numpy") as file:
            return np.asarray(file.get_tensor(name), dtype=np.float32)


def open_weights(folder: Path) -> StoredWeights:
    """Checks the weight files of a folder and returns their index, without reading a tensor.

    A single file goes before shards, as in transformers.

    Raises:
        CheckpointError: all at once: a file that is missing, a Git-LFS pointer, truncated or
            damaged; an index that names a missing file, a path out of the folder, or a tensor that
            its shard does not hold; weights that are not floats.
    """
    faults: list[Fault] = []
    shapes: dict[str, tuple[int, ...]] = {}
    files: dict[str, Path] = {}
    for path, claimed in _weight_files(folder, faults).items():
        header = collect(faults, partial(_checked_header, path))
        if header is None:
            continue
        for name in claimed if claimed is not None else header:
            if name not in header:
                faults.append(Fault(name, f"is not in `{path.name}`, where {INDEX_FILE} has it"))
            else:
                shapes[name], files[name] = header[name], path
    if faults:
        raise CheckpointError(f"The weights in {folder} cannot be read", faults)
    return StoredWeights(shapes, files)


def save_weights(path: Path, weights: Mapping[str, np.ndarray]) -> None:
    """Writes float32 arrays by name as a safetensors file that transformers opens."""
    arrays = {name: np.ascontiguousarray(value, np.float32) for name, value in weights.items()}
    # safetensors makes a file that only its owner reads; a server often runs as somebody else.
    path.touch()
    mode = path.stat().st_mode
    # transformers refuses a file that does not say which framework's layout it has.
    save_file(arrays, path, metadata={"format": "pt"})
    path.chmod(mode)


def _weight_files(folder: Path, faults: list[Fault]) -> dict[Path, list[str] | None]:
    """Returns each file with the tensors that the index claims for it; None: all it has."""
    if (folder / SINGLE_FILE).is_file():
        return {folder / SINGLE_FILE: None}
    if (folder / INDEX_FILE).is_file():
        return _shards(folder, faults)
    faults += _no_weights(folder)
    return {}


def _no_weights(folder: Path) -> Iterator[Fault]:
    expected = f"`{SINGLE_FILE}` or `{INDEX_FILE}`"
    found = next((name for name in _FOREIGN_FILES if (folder / name).is_file()), None)
    shards = sorted(path.name for path in folder.glob("model-*-of-*.safetensors"))
    if shards:
        yield Fault(str(folder), f"has `{shards[0]}`, but not the index of the shards", INDEX_FILE)
    elif found is None:
        yield Fault(str(folder), "has no weights", expected)
    else:
        problem, advice = f"has `{found}`, which is not read", _FOREIGN_FILES[found]
        yield Fault(str(folder), problem, expected, advice=advice)
    # Whoever goes to convert an index without its data converts in vain.
    if found == _TF1_INDEX and (fault := presence_fault(folder / _TF1_DATA)):
        yield fault


def _shards(folder: Path, faults: list[Fault]) -> dict[Path, list[str] | None]:
    index = collect(faults, lambda: read_json(folder / INDEX_FILE))
    if index is None:
        return {}
    weight_map = index.get("weight_map")
    if not isinstance(weight_map, dict) or not weight_map:
        where = str(folder / INDEX_FILE)
        faults.append(Fault(where, "has no `weight_map`", expected="file names by tensor name"))
        return {}
    shards: dict[Path, list[str] | None] = {}
    for file_name in dict.fromkeys(map(str, weight_map.values())):
        if _leaves_folder(file_name):
            problem = f"names `{file_name}`, which leaves the folder"
            faults.append(Fault(str(folder / INDEX_FILE), problem))
        else:
            shards[folder / file_name] = [n for n, file in weight_map.items() if file == file_name]
    return shards


def _leaves_folder(file_name: str) -> bool:
    # By the name alone: in the hub's cache every file is a link out of its folder.
    path = PurePosixPath(file_name.replace("\\", "/"))
    return path.is_absolute() or ".." in path.parts or ":" in file_name


def _checked_header(path: Path) -> dict[str, tuple[int, ...]]:
    """Returns the shapes by name that a file's header declares, after checking its size."""
    if fault := presence_fault(path):
        raise _damaged(fault)
    actual = path.stat().st_size
    header, data_start = _read_header(path, actual)
    faults: list[Fault] = []
    shapes = {}
    data_bytes = 0
    for name, entry in header.items():
        if (parsed := _parse_entry(entry)) is None:
            faults.append(Fault(str(path), f"has a damaged header (entry `{name}`)"))
            continue
        dtype, shapes[name], end = parsed
        data_bytes = max(data_bytes, end)
        # Integers are buffers, which no model asks for.
        if dtype not in _ITEM_BYTES and dtype not in _OTHER_ITEM_BYTES:
            known = ", ".join(_ITEM_BYTES)
            faults.append(Fault(name, f"is stored as {dtype}", expected=f"one of {known}"))
    if not faults and actual != data_start + data_bytes:
        faults.append(_wrong_size(path, actual, data_start + data_bytes))
    if faults:
        raise _damaged(*faults)
    return shapes


def _read_header(path: Path, actual: int) -> tuple[dict[str, Any], int]:
    with path.open("rb") as file:
        prefix = file.read(_HEADER_LENGTH_BYTES)
        length = struct.unpack("<Q", prefix)[0] if len(prefix) == _HEADER_LENGTH_BYTES else 0
        if not 2 <= length <= _MAX_HEADER_BYTES:
            raise _damaged(Fault(str(path), "is not a safetensors file (no header)"))
        if actual < _HEADER_LENGTH_BYTES + length:
            raise _damaged(_wrong_size(path, actual, _HEADER_LENGTH_BYTES + length, "at least "))
        content = file.read(length)
    try:
        header = json.loads(content.decode("utf-8"))
    except ValueError as error:
        raise _damaged(Fault(str(path), "has a damaged header (not JSON)")) from error
    if not isinstance(header, dict):
        raise _damaged(Fault(str(path), "has a damaged header (no object)"))
    header.pop("__metadata__", None)
    return header, _HEADER_LENGTH_BYTES + length


def _parse_entry(entry: Any) -> tuple[str, tuple[int, ...], int] | None:
    """Returns dtype, shape and the end of the data, or None where they contradict each other."""
    if not isinstance(entry, dict):
        return None
    dtype, shape, offsets = entry.get("dtype"), entry.get("shape"), entry.get("data_offsets")
    if not (isinstance(dtype, str) and _are_sizes(shape) and _are_sizes(offsets)):
        return None
    if len(offsets) != 2 or offsets[0] > offsets[1]:
        return None
    item_bytes = (_ITEM_BYTES | _OTHER_ITEM_BYTES).get(dtype)
    num_items = 1
    for axis in shape:
        num_items = min(num_items * axis, _MAX_ITEMS)
    if item_bytes and num_items * item_bytes != offsets[1] - offsets[0]:
        return None
    return dtype, tuple(shape), offsets[1]


def _are_sizes(value: Any) -> TypeGuard[list[int]]:
    return isinstance(value, list) and all(type(v) is int and v >= 0 for v in value)


def _wrong_size(path: Path, actual: int, expected: int, at_least: str = "") -> Fault:
    what = "is truncated" if actual < expected else "is longer than its header says"
    return Fault(
        str(path),
        f"{what}: it has {actual:,} bytes",
        expected=f"{at_least}{expected:,} bytes",
        advice="Download the file again",
    )


def _damaged(*faults: Fault) -> CheckpointError:
    return CheckpointError("A weight file cannot be read", faults)

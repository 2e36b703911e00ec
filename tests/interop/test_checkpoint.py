"""Safetensors folders: read tensor by tensor, and every damage told from every other."""

from __future__ import annotations

import json
import re
import struct
from pathlib import Path

import ml_dtypes
import numpy as np
import pytest
from safetensors.numpy import load_file, save_file

from tests.interop.test_model_file import POINTER
from tfft.errors import CheckpointError
from tfft.interop.checkpoint import open_weights, save_weights

WEIGHTS = {
    "a": np.arange(6, dtype="float32").reshape(2, 3),
    "b": np.array([0.5, -1.25], "float32"),
}


@pytest.fixture
def single(tmp_path: Path) -> Path:
    save_weights(tmp_path / "model.safetensors", WEIGHTS)
    return tmp_path


@pytest.fixture
def sharded(tmp_path: Path) -> Path:
    save_weights(tmp_path / "model-00001-of-00002.safetensors", {"a": WEIGHTS["a"]})
    save_weights(tmp_path / "model-00002-of-00002.safetensors", {"b": WEIGHTS["b"]})
    write_index(
        tmp_path, a="model-00001-of-00002.safetensors", b="model-00002-of-00002.safetensors"
    )
    return tmp_path


def write_index(folder: Path, **weight_map: str) -> None:
    index = {"metadata": {"total_size": 32}, "weight_map": weight_map}
    (folder / "model.safetensors.index.json").write_text(json.dumps(index))


def problems(folder: Path) -> list[str]:
    with pytest.raises(CheckpointError) as error:
        open_weights(folder)
    return [str(fault).replace(f"{folder}/", "") for fault in error.value.faults]


def with_header(folder: Path, header: object, data: bytes = b"") -> Path:
    content = json.dumps(header).encode() if not isinstance(header, bytes) else header
    length = struct.pack("<Q", len(content))
    (folder / "model.safetensors").write_bytes(length + content + data)
    return folder


@pytest.mark.parametrize("layout", ["single", "sharded"])
def test_one_file_and_shards_are_read_alike(layout: str, request: pytest.FixtureRequest):
    weights = open_weights(request.getfixturevalue(layout))
    assert weights.shapes == {"a": (2, 3), "b": (2,)}
    np.testing.assert_array_equal(weights.read("a"), WEIGHTS["a"])
    np.testing.assert_array_equal(weights.read("b"), WEIGHTS["b"])


@pytest.mark.parametrize("dtype", [np.float64, np.float16, ml_dtypes.bfloat16])
def test_other_floats_are_read_as_float32(tmp_path: Path, dtype):
    save_file({"b": WEIGHTS["b"].astype(dtype)}, tmp_path / "model.safetensors")
    got = open_weights(tmp_path).read("b")
    assert got.dtype == np.float32
    assert got.tolist() == [0.5, -1.25]


def test_what_is_written_says_pt_and_holds_transposed_arrays_in_order(tmp_path: Path):
    path = tmp_path / "model.safetensors"
    save_weights(path, {"t": WEIGHTS["a"].T})
    assert b'"__metadata__":{"format":"pt"}' in path.read_bytes()
    assert load_file(path)["t"].tolist() == [[0, 3], [1, 4], [2, 5]]


def test_a_written_file_is_as_readable_as_its_neighbours(tmp_path: Path):
    (tmp_path / "neighbour").touch()
    save_weights(tmp_path / "model.safetensors", WEIGHTS)
    modes = {path.stat().st_mode for path in tmp_path.iterdir()}
    assert len(modes) == 1


def test_a_folder_without_weights_says_what_is_expected(tmp_path: Path):
    assert problems(tmp_path) == [
        f"{tmp_path}: has no weights; expected `model.safetensors` or "
        "`model.safetensors.index.json`"
    ]


@pytest.mark.parametrize(
    ("name", "way"),
    [
        ("pytorch_model.bin", "transformers and PyTorch, in the class that `architectures`"),
        ("pytorch_model.bin.index.json", "transformers and PyTorch, in the class"),
        ("tf_model.h5", r"transformers 4 \(`from_tf=True`\) and PyTorch"),
        ("flax_model.msgpack", r"transformers 4 \(`from_flax=True`\) and PyTorch"),
    ],
)
def test_weights_in_another_format_are_named_with_the_way_to_safetensors(
    tmp_path: Path, name: str, way: str
):
    (tmp_path / name).write_bytes(b"\x80\x04")
    (fault,) = problems(tmp_path)
    assert fault.startswith(
        f"{tmp_path}: has `{name}`, which is not read; expected `model.safetensors` or "
        "`model.safetensors.index.json`. Open the folder with "
    )
    assert re.search(way, fault)


@pytest.mark.parametrize(
    ("data", "claims"),
    [
        (b"\0", []),
        (None, ["bert_model.ckpt.data-00000-of-00001: no such file"]),
        (POINTER, ["bert_model.ckpt.data-00000-of-00001: is a Git-LFS pointer"]),
    ],
)
def test_googles_format_is_named_and_so_is_its_missing_half(
    tmp_path: Path, data: bytes | None, claims: list[str]
):
    (tmp_path / "bert_model.ckpt.index").write_bytes(b"\0")
    if data is not None:
        (tmp_path / "bert_model.ckpt.data-00000-of-00001").write_bytes(data)
    first, *others = problems(tmp_path)
    assert "has `bert_model.ckpt.index`, which is not read" in first
    assert "Google's original format" in first
    assert [fault.split(": the repository")[0] for fault in others] == claims


def test_shards_without_their_index_are_told(sharded: Path):
    (sharded / "model.safetensors.index.json").unlink()
    assert problems(sharded) == [
        f"{sharded}: has `model-00001-of-00002.safetensors`, but not the index of the shards; "
        "expected model.safetensors.index.json"
    ]


def test_a_git_lfs_pointer_is_told_with_the_command_that_helps(tmp_path: Path):
    (tmp_path / "model.safetensors").write_bytes(POINTER)
    assert problems(tmp_path) == [
        "model.safetensors: is a Git-LFS pointer: the repository was cloned without its large "
        "files; expected a file of 90,868,376 bytes. Run `git lfs pull` in that folder"
    ]


def test_a_truncated_file_is_told_with_expected_and_actual_bytes(single: Path):
    path = single / "model.safetensors"
    whole = path.read_bytes()
    path.write_bytes(whole[:-5])
    assert problems(single) == [
        f"model.safetensors: is truncated: it has {len(whole) - 5} bytes; expected {len(whole)} "
        "bytes. Download the file again"
    ]


def test_a_file_cut_inside_its_header_is_truncated(single: Path):
    path = single / "model.safetensors"
    path.write_bytes(path.read_bytes()[:50])
    assert problems(single)[0].startswith(
        "model.safetensors: is truncated: it has 50 bytes; expected at least "
    )


def test_a_longer_file_is_told(single: Path):
    path = single / "model.safetensors"
    path.write_bytes(path.read_bytes() + b"x")
    assert "is longer than its header says" in problems(single)[0]


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04", b"\xff" * 64, b"\x00" * 64])
def test_what_is_no_safetensors_file_is_told(tmp_path: Path, content: bytes):
    (tmp_path / "model.safetensors").write_bytes(content)
    assert problems(tmp_path) == ["model.safetensors: is not a safetensors file (no header)"]


@pytest.mark.parametrize(
    ("header", "claim"),
    [
        (b"{not json", "has a damaged header (not JSON)"),
        ([1, 2], "has a damaged header (no object)"),
        ({"a": 7}, "has a damaged header (entry `a`)"),
        ({"a": {"dtype": "F32", "shape": [2], "data_offsets": [0, 4]}}, "(entry `a`)"),
        ({"a": {"dtype": "F32", "shape": [-1], "data_offsets": [0, 4]}}, "(entry `a`)"),
        ({"a": {"dtype": "F32", "shape": [1], "data_offsets": [4, 0]}}, "(entry `a`)"),
    ],
)
def test_a_damaged_header_is_told(tmp_path: Path, header: object, claim: str):
    assert claim in problems(with_header(tmp_path, header, b"\0" * 8))[0]


def test_a_quantised_weight_is_told_by_name(tmp_path: Path):
    header = {"a": {"dtype": "F8_E4M3", "shape": [4], "data_offsets": [0, 4]}}
    (fault,) = problems(with_header(tmp_path, header, b"\0" * 4))
    assert fault == "a: is stored as F8_E4M3; expected one of F64, F32, F16, BF16"


def test_integer_buffers_do_not_disturb(tmp_path: Path):
    ids = {"position_ids": np.arange(3), "b": WEIGHTS["b"]}
    save_file(ids, tmp_path / "model.safetensors")
    assert open_weights(tmp_path).read("b").tolist() == [0.5, -1.25]


def test_every_fault_of_the_shards_is_reported_at_once(sharded: Path):
    second = sharded / "model-00002-of-00002.safetensors"
    second.write_bytes(second.read_bytes()[:-1])
    write_index(
        sharded,
        a="model-00001-of-00002.safetensors",
        b="model-00002-of-00002.safetensors",
        c="model-00003-of-00002.safetensors",
        d="../elsewhere.safetensors",
        e="/etc/passwd",
        f="model-00001-of-00002.safetensors",
    )
    got = problems(sharded)
    assert sorted(fault.split("; ")[0] for fault in got) == [
        "f: is not in `model-00001-of-00002.safetensors`, where model.safetensors.index.json "
        "has it",
        "model-00002-of-00002.safetensors: is truncated: it has 103 bytes",
        "model-00003-of-00002.safetensors: no such file",
        "model.safetensors.index.json: names `../elsewhere.safetensors`, which leaves the folder",
        "model.safetensors.index.json: names `/etc/passwd`, which leaves the folder",
    ]


def test_a_path_that_leaves_the_folder_is_not_opened_even_if_it_exists(sharded: Path):
    inner = sharded / "inner"
    inner.mkdir()
    write_index(inner, a="../model-00001-of-00002.safetensors")
    assert "which leaves the folder" in problems(inner)[0]
    write_index(inner, a="..\\model-00001-of-00002.safetensors")
    assert "which leaves the folder" in problems(inner)[0]


@pytest.mark.parametrize("index", ["{", '{"weight_map": []}', "{}"])
def test_a_damaged_index_is_told(tmp_path: Path, index: str):
    (tmp_path / "model.safetensors.index.json").write_text(index)
    (fault,) = problems(tmp_path)
    assert fault.startswith("model.safetensors.index.json")


def test_a_link_out_of_the_folder_is_read_as_in_the_hubs_cache(single: Path, tmp_path: Path):
    snapshot = tmp_path / "snapshot"
    snapshot.mkdir()
    (snapshot / "model.safetensors").symlink_to(single / "model.safetensors")
    assert open_weights(snapshot).shapes["b"] == (2,)


@pytest.mark.slow
def test_published_files_that_broke_are_told(shared_data: Path):
    broken = shared_data / "broken-checkpoints"
    assert "Git-LFS pointer" in problems(broken / "minilm-lfs-pointer")[0]
    (truncated,) = problems(broken / "minilm-truncated")
    assert "is truncated: it has 851,968 bytes; expected 90,868,376 bytes" in truncated
    for folder, half in (("bert-en-lfs", "is a Git-LFS pointer"), ("bert-mini-google", "no such")):
        first, second = problems(broken / folder)
        assert "has `bert_model.ckpt.index`, which is not read" in first
        assert f"bert_model.ckpt.data-00000-of-00001: {half}" in second

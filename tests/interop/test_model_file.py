"""A file of a model folder: there, itself, and JSON, or one clear fault."""

from __future__ import annotations

from pathlib import Path

import pytest

from tfft.errors import CheckpointError, collect
from tfft.interop.model_file import presence_fault, read_json

POINTER = (
    b"version https://git-lfs.github.com/spec/v1\n"
    b"oid sha256:53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db\n"
    b"size 90868376\n"
)


def test_an_object_is_read(tmp_path: Path):
    (tmp_path / "a.json").write_bytes('{"名": [1, null]}'.encode())
    assert read_json(tmp_path / "a.json") == {"名": [1, None]}


@pytest.mark.parametrize(
    ("content", "claim"),
    [
        (b'{"a": 1,}', r"a\.json:1: is damaged JSON"),
        (b'{"a":\n', r"a\.json:2: is damaged JSON \(expecting value\)"),
        (b'{"\xff": 1}', r"a\.json: is not UTF-8 \(byte 2\)"),
        (b"[1]", r"a\.json: holds a JSON list; expected an object in braces"),
        (b"", r"a\.json:1: is damaged JSON"),
        (POINTER, r"is a Git-LFS pointer.*a file of 90,868,376 bytes.*git lfs pull"),
    ],
)
def test_what_is_no_object_is_one_clear_fault(tmp_path: Path, content: bytes, claim: str):
    (tmp_path / "a.json").write_bytes(content)
    with pytest.raises(CheckpointError, match=claim):
        read_json(tmp_path / "a.json")


def test_a_missing_file_comes_with_the_callers_advice(tmp_path: Path):
    fault = presence_fault(tmp_path / "b.json", advice="Look elsewhere")
    assert str(fault).endswith("b.json: no such file. Look elsewhere")


def test_collect_keeps_faults_and_goes_on(tmp_path: Path):
    faults: list = []
    assert collect(faults, lambda: read_json(tmp_path / "a.json")) is None
    assert collect(faults, lambda: 7) == 7
    assert [fault.problem for fault in faults] == ["no such file"]

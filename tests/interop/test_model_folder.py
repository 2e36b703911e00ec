"""A model folder is written whole or not at all."""

from __future__ import annotations

from pathlib import Path

import pytest

from tfft.errors import CheckpointError
from tfft.interop.model_folder import written_whole


def test_files_appear_together_in_a_new_folder_and_its_parents(tmp_path: Path):
    with written_whole(tmp_path / "runs" / "model") as partial:
        (partial / "a.txt").write_text("1")
        assert not (tmp_path / "runs" / "model").exists()
    assert (tmp_path / "runs" / "model" / "a.txt").read_text() == "1"
    assert [path.name for path in (tmp_path / "runs").iterdir()] == ["model"]


def test_files_of_an_existing_folder_are_replaced_and_others_stay(tmp_path: Path):
    (tmp_path / "a.txt").write_text("old")
    (tmp_path / "b.txt").write_text("stays")
    with written_whole(tmp_path) as partial:
        (partial / "a.txt").write_text("new")
    assert {path.name: path.read_text() for path in tmp_path.iterdir()} == {
        "a.txt": "new",
        "b.txt": "stays",
    }


def test_a_failure_leaves_everything_as_it_was(tmp_path: Path):
    (tmp_path / "model").mkdir()
    (tmp_path / "model" / "a.txt").write_text("old")
    with pytest.raises(ZeroDivisionError), written_whole(tmp_path / "model") as partial:
        (partial / "a.txt").write_text("new")
        _ = 1 / 0
    assert [path.name for path in tmp_path.iterdir()] == ["model"]
    assert (tmp_path / "model" / "a.txt").read_text() == "old"


def test_a_file_in_the_folders_place_is_refused(tmp_path: Path):
    (tmp_path / "model").write_text("")
    with pytest.raises(CheckpointError, match="is a file"), written_whole(tmp_path / "model"):
        pass


def test_a_parent_that_is_a_file_is_refused(tmp_path: Path):
    (tmp_path / "runs").write_text("")
    writing = written_whole(tmp_path / "runs" / "model")
    with pytest.raises(CheckpointError, match="cannot be written"), writing:
        pass

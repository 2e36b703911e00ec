"""A run's directory appears whole or not at all."""

import json
import math

import pytest

from tfft.errors import RunError
from tfft.run_directory import RunDirectory, new_run, publish, write_bytes, write_json


def test_a_failing_run_leaves_nothing(tmp_path):
    with pytest.raises(ZeroDivisionError), new_run(tmp_path / "runs" / "a") as part:
        write_bytes(part.config, b"x")
        1 / 0  # noqa: B018
    assert list(tmp_path.iterdir()) == []


def test_a_failing_run_leaves_folders_that_were_there(tmp_path):
    (tmp_path / "runs").mkdir()
    with pytest.raises(ZeroDivisionError), new_run(tmp_path / "runs" / "b" / "a"):
        1 / 0  # noqa: B018
    assert [p.name for p in tmp_path.rglob("*")] == ["runs"]


@pytest.mark.parametrize("path", ["file/a", "file/b/a"])
def test_a_run_cannot_be_made_below_a_file(tmp_path, path):
    (tmp_path / "file").write_text("1")
    assert "file is a file" in str(RunDirectory(tmp_path / path).fault_if_it_exists())


def test_publishing_gives_the_whole_directory_its_name(tmp_path):
    with new_run(tmp_path / "a") as part:
        write_bytes(part.report / "x.txt", b"x")
        assert not (tmp_path / "a").exists()
        run = publish(part, tmp_path / "a")
    assert (run.report / "x.txt").read_bytes() == b"x"
    assert [p.name for p in tmp_path.iterdir()] == ["a"]


def test_a_taken_name_is_a_fault_and_stays_as_it_was(tmp_path):
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "mine").write_text("1")
    assert "exists already" in str(RunDirectory(tmp_path / "a").fault_if_it_exists())
    with new_run(tmp_path / "a") as part, pytest.raises(RunError, match="cannot be made"):
        publish(part, tmp_path / "a")
    assert (tmp_path / "a" / "mine").read_text() == "1"


@pytest.mark.parametrize(
    ("files", "problem"),
    [(None, "does not exist"), ([], "is not a run"), (["config.yaml"], "did not end")],
)
def test_what_is_no_trained_run_is_said(tmp_path, files, problem):
    if files is not None:
        (tmp_path / "a").mkdir()
        for name in files:
            (tmp_path / "a" / name).write_text("")
    with pytest.raises(RunError, match=problem):
        RunDirectory(tmp_path / "a").check_is_trained()


def test_what_json_cannot_say_is_null(tmp_path):
    write_json(tmp_path / "a.json", {"a": [math.nan, 1.5], "b": {"c": -math.inf}, "d": (2, "x")})
    text = (tmp_path / "a.json").read_text()
    assert json.loads(text) == {"a": [None, 1.5], "b": {"c": None}, "d": [2, "x"]}
    assert "NaN" not in text

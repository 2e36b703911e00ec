"""Verbs answer calmly: help, errors with status 2, no traceback unless asked."""

import subprocess
import sys

import pytest

from tests.conftest import ROOT
from tfft import __version__
from tfft.__main__ import VERBS, main


def tfft(*args, cwd=ROOT, text=None):
    return subprocess.run(
        [sys.executable, "-m", "tfft", *map(str, args)], capture_output=True, text=True, cwd=cwd,
        input=text, check=False, env={"PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin"},
    )  # fmt: skip


def test_version_and_help_are_on_standard_output(capsys):
    assert main(["--version"]) == 0
    assert capsys.readouterr().out == f"tfft {__version__}\n"
    assert main(["--help"]) == 0
    shown = capsys.readouterr().out
    assert all(verb in shown for verb in VERBS)


def test_an_unknown_verb_names_the_nearest(capsys):
    assert main(["trian"]) == 2
    assert "Did you mean `train`?" in capsys.readouterr().err


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_explains_itself(verb):
    done = tfft(verb, "--help")
    assert done.returncode == 0
    assert done.stdout.startswith(f"usage: tfft {verb}")


def test_an_error_is_two_lines_and_status_2(tmp_path):
    done = tfft("train", "--config", "gone.yaml", cwd=tmp_path)
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr.split("\n")[0] == "error: The config cannot be read:"
    assert "Traceback" not in done.stderr


def test_a_traceback_is_shown_when_asked(tmp_path):
    done = tfft("train", "--config", "gone.yaml", "--traceback", cwd=tmp_path)
    assert done.returncode == 2
    assert "Traceback" in done.stderr


def test_a_run_directory_that_exists_is_one_fault_among_others(tmp_path):
    (tmp_path / "runs" / "a").mkdir(parents=True)
    (tmp_path / "c.yaml").write_text("name: a\ndata: {train: gone.tsv}\nsed: 1\n")
    done = tfft("train", "--config", "c.yaml", cwd=tmp_path)
    assert done.returncode == 2
    assert done.stderr.count("\n  - ") == 3
    assert "runs/a exists already" in done.stderr
    assert "Did you mean `seed`?" in done.stderr
    assert "gone.tsv does not exist" in done.stderr
    assert sorted(p.name for p in tmp_path.iterdir()) == ["c.yaml", "runs"]

"""`tfft config`: checks, begins and lists, without TensorFlow."""

import json
import subprocess
import sys
import time

import pytest

from tests.conftest import ROOT
from tfft.config.__main__ import main
from tfft.config.load import load_config
from tfft.config.reference import reference


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "rows.tsv").write_text("a\t0\nb\t1\n")
    (tmp_path / "c.yaml").write_text(
        "name: mine\ndata: {train: rows.tsv, columns: {text: 0, label: 1}}\n"
    )
    return tmp_path


def test_the_check_shows_the_plan_and_the_command(capsys):
    assert main(["--check", "c.yaml", "--set", "training.epochs=5"]) == 0
    shown = capsys.readouterr().out
    assert shown.startswith("c.yaml: the run `mine` in runs/mine, seed 17\n* differs from the")
    assert "\n* epochs        5, in batches of 32 rows\n" in shown
    assert "\n  train         rows.tsv: 8 bytes\n" in shown
    assert "Needed before training" not in shown
    command = "tfft train --config c.yaml --set training.epochs=5"
    assert shown.endswith(
        f"\n\nThe config is right; what is in the rows shows when training starts: `{command}`\n"
    )


def test_the_check_trains_and_writes_nothing(folder):
    before = sorted(folder.rglob("*"))
    assert main(["--check", "c.yaml"]) == 0
    assert sorted(folder.rglob("*")) == before


def test_a_missing_file_is_no_fault_but_would_stop_training(capsys):
    assert main(["--check", "c.yaml", "--set", "data.test=row.tsv"]) == 0
    shown = capsys.readouterr().out
    assert (
        "\n\nNeeded before training\n  - data.test: row.tsv does not exist. Did you mean "
        "`rows.tsv`? A relative path starts at" in shown
    )
    assert shown.endswith("training would stop now: settle the point above first.\n")


def test_what_is_there_and_cannot_be_used_is_needed_too(folder, capsys):
    (folder / "rows.xls").write_text("a\n")
    (folder / "empty.tsv").write_text("")
    (folder / "runs" / "mine").mkdir(parents=True)
    (folder / "set").mkdir()
    override = "data.test=[rows.xls, empty.tsv, set, 'tfds:./set:test']"
    assert main(["--check", "c.yaml", "--set", override]) == 0
    shown = capsys.readouterr().out
    assert "  - --run-dir: runs/mine exists already. Give another" in shown
    assert "  - rows.xls: the suffix `.xls` names no format" in shown
    assert "  - empty.tsv: the file is empty" in shown
    assert "  - set: a folder; expected a file" in shown
    assert "  - set: holds no dataset_info.json; expected a folder that TFDS" in shown
    assert "settle 5 points above first" in shown


def test_notes_are_shown(capsys):
    assert main(["--check", "c.yaml", "--set", "training.momentum=0.5"]) == 0
    assert "\n\nNotes\n  - training.momentum is ignored: " in capsys.readouterr().out


def test_faults_are_those_of_train(capsys, folder):
    from tfft.train import main as train

    (folder / "runs" / "mine").mkdir(parents=True)
    wrong = ["--set", "training.epoch=5", "--set", "data.test=gone.tsv", "--set", "seed=x"]
    assert main(["--check", "c.yaml", *wrong]) == 2
    checked = capsys.readouterr()
    assert train(["--config", "c.yaml", *wrong]) == 2
    assert checked.err == capsys.readouterr().err
    assert checked.err.count("\n  - ") == 4
    assert checked.out == ""


def test_a_first_file_is_written_and_loads(folder, capsys):
    assert main(["--init", "my first-try.yaml"]) == 0
    assert "`tfft config --check 'my first-try.yaml'`" in capsys.readouterr().out
    config, notices = load_config(folder / "my first-try.yaml")
    assert (config.name, notices) == ("my_first_try", [])
    assert main(["--check", "my first-try.yaml"]) == 0


def test_without_a_file_it_goes_to_standard_output(capsys, folder):
    assert main(["--init"]) == 0
    assert "\nname: my_run\n" in capsys.readouterr().out
    assert sorted(path.name for path in folder.iterdir()) == ["c.yaml", "rows.tsv"]


@pytest.mark.parametrize(
    ("file", "problem"),
    [
        ("c.yaml", "c.yaml: exists already. Give another name, or delete it"),
        ("gone/c.yaml", "gone/c.yaml: there is no folder gone"),
    ],
)
def test_a_file_is_never_overwritten_nor_a_folder_made(file, problem, folder, capsys):
    before = (folder / "c.yaml").read_text()
    assert main(["--init", file]) == 2
    assert capsys.readouterr().err == f"error: No config was written:\n  - {problem}\n"
    assert (folder / "c.yaml").read_text() == before
    assert not (folder / "gone").exists()


def test_schema_and_reference_are_printed(capsys):
    assert main(["--schema"]) == 0
    assert json.loads(capsys.readouterr().out)["title"] == "tfft config"
    assert main(["--reference"]) == 0
    assert capsys.readouterr().out == reference()


def test_set_alone_is_refused(capsys):
    assert main(["--schema", "--set", "seed=1"]) == 2
    assert "--set: changes nothing here. Give it together with --check" in capsys.readouterr().err


def test_one_thing_at_a_time_is_asked_for():
    for args in ([], ["--schema", "--reference"]):
        with pytest.raises(SystemExit) as caught:
            main(args)
        assert caught.value.code == 2


def test_a_check_takes_less_than_half_a_second_without_tensorflow():
    code = (
        "import sys; from tfft.config.__main__ import main; status = main(['--check', 'c.yaml']);"
        "loaded = {'tensorflow', 'keras', 'numpy'} & set(sys.modules);"
        "sys.exit(f'loaded {loaded}' if loaded else status)"
    )
    times = []
    for _ in range(3):
        begin = time.perf_counter()
        done = subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True,
            env={"PYTHONPATH": str(ROOT)}, check=False,
        )  # fmt: skip
        times.append(time.perf_counter() - begin)
    assert done.returncode == 0, done.stderr
    assert min(times) < 0.5


def test_the_module_runs_by_its_name():
    done = subprocess.run(
        [sys.executable, "-m", "tfft.config", "--init"], capture_output=True, text=True,
        env={"PYTHONPATH": str(ROOT)}, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("# A config of tfft")

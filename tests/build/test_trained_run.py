"""A finished run is scored and exported again, with the same answers."""

import json

import numpy as np

from tests.build.tiny_run import rows
from tfft.build.trained import load_trained
from tfft.evaluate import main as evaluate
from tfft.export import main as export
from tfft.serving.saved_model import load_saved_model


def test_evaluating_again_gives_the_reports_scores(tiny_run, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tiny_run.parent)
    assert evaluate(["run", "--output", str(tmp_path / "again")]) == 0
    shown = capsys.readouterr().out
    expected = (tiny_run / "report" / "classification_report.txt").read_text()
    assert shown.startswith(expected)
    ours = json.loads((tmp_path / "again" / "metrics.json").read_text())["test"]
    theirs = json.loads((tiny_run / "report" / "metrics.json").read_text())["test"]
    assert abs(ours.pop("loss") - theirs.pop("loss")) < 1e-5
    assert ours == theirs


def test_other_rows_can_be_scored(tiny_run, tmp_path, capsys):
    path = tmp_path / "new.tsv"
    path.write_text("negative\tthe book no 1 is bad\npositive\tthe tea no 2 is bad\n")
    options = [f"data.test={path}", "data.columns={text: 1, label: 0}"]
    assert evaluate([str(tiny_run), *(a for o in options for a in ("--set", o))]) == 0
    assert capsys.readouterr().out.splitlines()[-1].split() == ["test", "0.5000", "0.3333", "2"]


def test_without_test_rows_the_scores_are_called_those_of_validation(tiny_run, tmp_path):
    options = ["data.test=null", f"data.validation={tiny_run.parent}/validation.csv"]
    arguments = [a for o in options for a in ("--set", o)]
    assert evaluate([str(tiny_run), "--output", str(tmp_path / "again"), *arguments]) == 0
    metrics = json.loads((tmp_path / "again" / "metrics.json").read_text())
    assert metrics["reported"] == "validation" and "test" not in metrics
    assert metrics["validation"]["rows"] == 13


def test_a_run_without_test_rows_says_what_to_do(tiny_run, tmp_path, capsys):
    options = ["data.test=null", "data.validation=null"]
    assert evaluate([str(tiny_run), *(a for o in options for a in ("--set", o))]) == 2
    assert "--set data.test=FILE" in capsys.readouterr().err


def test_exporting_again_gives_a_saved_model_with_equal_answers(tiny_run, tmp_path, capsys):
    assert export([str(tiny_run), "--output", str(tmp_path / "served")]) == 0
    folder = capsys.readouterr().out.strip()
    assert folder == str(tmp_path / "served" / "1")
    texts = [text for text, _ in rows(9)] + ["", "<b>bad</b>   tea"]
    expected = load_trained(tiny_run / "model").served()(texts)["probabilities"]
    for path in (folder, tiny_run / "saved_model"):
        np.testing.assert_allclose(
            load_saved_model(path)(texts)["probabilities"], expected, atol=1e-5
        )

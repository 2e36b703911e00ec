"""A finished run is scored and exported again, with the same answers."""

import json

import numpy as np
import pytest

from tests.build.tiny_run import rows
from tests.data.all_formats import write, write_tfds
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


@pytest.mark.parametrize(
    ("splits", "scored"),
    [({"test": 5, "validation": 3}, ("test", 5)), ({"validation": 3}, ("validation", 3))],
)
def test_a_tfds_data_set_is_scored_on_its_own_split(tiny_run, tmp_path, splits, scored):
    known = [{"text": text, "label": label} for text, label in rows(7)]
    folder = write_tfds(
        tmp_path, {"train": known} | {split: known[:count] for split, count in splits.items()}
    )
    options = [f"data={{train: 'tfds:{folder}', columns: {{text: text, label: label}}}}"]
    arguments = [a for o in options for a in ("--set", o)]
    assert evaluate([str(tiny_run), "--output", str(tmp_path / "again"), *arguments]) == 0
    metrics = json.loads((tmp_path / "again" / "metrics.json").read_text())
    assert (metrics["reported"], metrics[scored[0]]["rows"]) == scored


@pytest.mark.parametrize("kind", ["csv", "parquet"])
def test_texts_of_several_columns_are_scored_as_they_are_predicted(
    tiny_run, tmp_path, kind, capsys
):
    records = [dict(zip(("a", "b"), text.split(" no "), strict=True)) | {"label": label}
               for text, label in rows(7)]  # fmt: skip
    source = write(tmp_path, kind, records)
    data = f"data={{train: x, test: '{source}', columns: {{text: [a, b], label: label}}, "
    options = ["--set", data + "text_separator: ' no '}"]
    assert evaluate([str(tiny_run), "--output", str(tmp_path / "again"), *options]) == 0
    lines = (tmp_path / "again" / "predictions.jsonl").read_text().splitlines()
    assert [json.loads(line)["text"] for line in lines] == [text for text, _ in rows(7)]


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

"""Any input becomes JSON lines: order and columns kept, run and SavedModel alike."""

import gzip
import io
import json
import sys

import pytest

from tests.build.tiny_run import rows
from tfft.predict import main as predict


def lines_of(text):
    return [json.loads(line) for line in text.splitlines()]


@pytest.fixture(params=["", "/saved_model", "/saved_model/1"])
def model(request, tiny_run):
    return str(tiny_run) + request.param


def test_a_run_and_its_saved_model_answer_alike(model, tiny_run, tmp_path):
    output = tmp_path / "out.jsonl"
    source = str(tiny_run.parent / "test.jsonl")
    assert predict([model, "--input", source, "--output", str(output), "--batch-size", "4"]) == 0
    found = lines_of(output.read_text())
    expected = lines_of((tiny_run / "report" / "predictions.jsonl").read_text())
    assert [line["id"] for line in found] == list(range(11))
    assert [line["input_label"] for line in found] == [label for _, label in rows(11)]
    for line, before in zip(found, expected, strict=True):
        assert line["label"] == before["label"]
        assert line["probabilities"] == pytest.approx(before["probabilities"], abs=1e-5)
        assert line["label_names"] == ["negative", "positive"]


def test_standard_input_is_one_text_a_line(tiny_run, monkeypatch, capsys):
    stdin = io.TextIOWrapper(io.BytesIO("the film no 3 is good\nthe tea\u2028is bad\n".encode()))
    monkeypatch.setattr(sys, "stdin", stdin)
    assert predict([str(tiny_run)]) == 0
    found = lines_of(capsys.readouterr().out.replace("\u2028", "\\u2028"))
    assert [line["text"] for line in found] == ["the film no 3 is good", "the tea\u2028is bad"]
    assert [line["label"] for line in found] == ["positive", "negative"]


def test_csv_gz_with_another_column_name_keeps_all_columns(tiny_run, tmp_path, capsys):
    path = tmp_path / "in.csv.gz"
    path.write_bytes(gzip.compress(b'n,review,probabilities\r\n7,"the film no\n3 is good",x\r\n'))
    assert predict([str(tiny_run), "--input", str(path), "--text", "review"]) == 0
    (line,) = lines_of(capsys.readouterr().out)
    assert list(line) == ["n", "review", "input_probabilities", "label", "probabilities",
                          "label_names"]  # fmt: skip
    assert line["review"] == "the film no\n3 is good" and line["label"] == "positive"


def test_positions_work_where_there_is_no_header(tiny_run, tmp_path, capsys):
    path = tmp_path / "in.tsv"
    path.write_text("1\tthe book no 1 is bad\n2\tthe tea no 2 is good\n")
    assert predict([str(tiny_run), "--input", str(path), "--text", "1"]) == 0
    found = lines_of(capsys.readouterr().out)
    assert [line["label"] for line in found] == ["negative", "positive"]


def test_a_fault_leaves_no_half_written_output(tiny_run, tmp_path, capsys):
    path = tmp_path / "in.jsonl"
    path.write_text('{"text": "a"}\n{"txt": "b"}\n')
    output = tmp_path / "out.jsonl"
    arguments = [str(tiny_run), "--input", str(path), "--output", str(output)]
    assert predict(arguments) == 2
    assert "in.jsonl:2" in capsys.readouterr().err
    assert sorted(p.name for p in tmp_path.iterdir()) == ["in.jsonl"]


@pytest.mark.parametrize(("model", "problem"), [("gone", "does not exist"), (".", "neither")])
def test_what_is_no_model_is_said(tmp_path, monkeypatch, capsys, model, problem):
    monkeypatch.chdir(tmp_path)
    assert predict([model, "--input", "x.tsv"]) == 2
    assert problem in capsys.readouterr().err


def test_a_missing_input_is_said(tiny_run, capsys):
    assert predict([str(tiny_run), "--input", "gone.tsv"]) == 2
    assert "gone.tsv" in capsys.readouterr().err

"""Any input becomes JSON lines: order and columns kept, run and SavedModel alike."""

import datetime
import gzip
import io
import json
import sys

import pytest

from tests.build.tiny_run import rows, write_rows
from tests.data.all_formats import write, write_tfds
from tfft.predict import main as predict
from tfft.train import main as train


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


@pytest.mark.parametrize("kind", ["parquet", "tfrecord.gz", "tfds"])
def test_binary_formats_answer_as_json_lines_do(tiny_run, tmp_path, capsys, kind):
    records = [{"n": n, "text": text, "label": label} for n, (text, label) in enumerate(rows(7))]
    answers = []
    for source in (write(tmp_path, "jsonl", records), write(tmp_path, kind, records)):
        assert predict([str(tiny_run), "--input", source, "--batch-size", "3"]) == 0
        answers.append(lines_of(capsys.readouterr().out))
    assert answers[0] == answers[1]
    assert [line["n"] for line in answers[1]] == list(range(7))


@pytest.mark.slow
def test_a_run_on_several_columns_of_tfds_predicts_from_them(tmp_path, monkeypatch, capsys):
    write_rows(tmp_path)
    monkeypatch.chdir(tmp_path)
    records = [dict(zip(("a", "b"), text.split(" no "), strict=True)) | {"label": label}
               for text, label in rows(31)]  # fmt: skip
    write_tfds(tmp_path / "kept", {"train": records, "test": records[:7]})
    data = "data={train: 'tfds:my_rows', columns: {text: [a, b], label: label}, tfds_dir: kept}"
    options = ["--set", data, "--set", "training.epochs=1", "--set", "export.enabled=false"]
    assert train(["--config", "c.yaml", "--run-dir", "run", *options]) == 0
    (tmp_path / "joined.jsonl").write_text(
        "".join(json.dumps({"text": f"{row['a']} {row['b']}"}) + "\n" for row in records[:7])
    )
    capsys.readouterr()
    answers = []
    for arguments in (["tfds:my_rows"], ["joined.jsonl", "--text", "text"]):
        assert predict(["run", "--input", *arguments]) == 0
        answers.append(lines_of(capsys.readouterr().out))
    assert [line["probabilities"] for line in answers[0]] == [
        line["probabilities"] for line in answers[1]
    ]
    assert [(line["a"], line["b"], line["input_label"]) for line in answers[0]] == [
        (row["a"], row["b"], row["label"]) for row in records[:7]
    ]


def test_bytes_and_times_become_json_and_a_wrong_column_is_named(tiny_run, tmp_path, capsys):
    at = datetime.datetime(2024, 2, 3, 4, 5)
    source = write(tmp_path, "parquet", [{"review": "good", "at": at, "raw": b"\xff"}])
    assert predict([str(tiny_run), "--input", source, "--text", "review"]) == 0
    (line,) = lines_of(capsys.readouterr().out)
    assert (line["at"], line["raw"], line["review"]) == ("2024-02-03T04:05:00", "/w==", "good")
    assert predict([str(tiny_run), "--input", source, "--text", "reviews"]) == 2
    shown = capsys.readouterr().err
    assert "Did you mean `review`? Name the right one with --text" in shown


def test_standard_input_is_one_text_a_line(tiny_run, monkeypatch, capsys):
    stdin = io.TextIOWrapper(
        io.BytesIO("the film no 3 is good\nthe tea no 2\u2028is bad\n".encode())
    )
    monkeypatch.setattr(sys, "stdin", stdin)
    assert predict([str(tiny_run)]) == 0
    found = lines_of(capsys.readouterr().out.replace("\u2028", "\\u2028"))
    assert [line["text"] for line in found] == ["the film no 3 is good", "the tea no 2\u2028is bad"]
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


def test_the_texts_of_several_columns_are_joined(tiny_run, tmp_path, capsys):
    path = tmp_path / "in.csv"
    path.write_text("begin,n,end\nthe film,7,no 3 is good\nthe tea,8,no 2 is bad\n")
    command = ["--input", str(path), "--text", "begin", "--text", "end"]
    for model in (tiny_run, tiny_run / "saved_model"):
        assert predict([str(model), *command]) == 0
        found = lines_of(capsys.readouterr().out)
        assert [line["label"] for line in found] == ["positive", "negative"]
        assert predict([str(model), "--input", str(joined(tmp_path))]) == 0
        whole = lines_of(capsys.readouterr().out)
        assert [line["probabilities"] for line in whole] == [
            line["probabilities"] for line in found
        ]


def joined(folder):
    path = folder / "joined.jsonl"
    texts = ("the film no 3 is good", "the tea no 2 is bad")
    path.write_text("".join(json.dumps({"text": text}) + "\n" for text in texts))
    return path

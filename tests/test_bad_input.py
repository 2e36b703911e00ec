"""What a user can get wrong, through the verbs: one calm report, status 2, nothing left behind.

Here is the matrix of messages. That one bad row or file among good ones is refused, with which
exact text a reader or a room says so, stands in the tests of `build` and of the rooms.
"""

from __future__ import annotations

import gzip
import io
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.build.tiny_run import write_rows
from tests.conftest import ROOT
from tests.data.all_formats import FORMATS, PACKED, write, write_tfds
from tfft.evaluate import main as evaluate
from tfft.export import main as export
from tfft.predict import main as predict
from tfft.train import main as train

LFS_POINTER = b"version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 9\n"
TWO_ROWS = b"text\tlabel\ngood\tpositive\nbad\tnegative\n"
TOKENS = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "the", "film", "is", "good", "bad"]


def vocabulary(*, without="", end="\n"):
    return "".join(token + end for token in TOKENS if token != without).encode()


@pytest.fixture
def room(tmp_path, monkeypatch):
    """The working directory, with a good config and good rows to spoil."""
    write_rows(tmp_path)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def refused(room, capsys):
    """Runs a verb that must refuse; returns what it said."""

    def refused(verb, *arguments, files=None):
        for name, content in (files or {}).items():
            (room / name).parent.mkdir(parents=True, exist_ok=True)
            (room / name).write_bytes(content)
        before = sorted(room.rglob("*"))
        capsys.readouterr()
        assert verb([str(argument) for argument in arguments]) == 2
        shown = capsys.readouterr()
        assert shown.out == ""
        assert "Traceback" not in shown.err
        assert re.search(r"^error: \S", shown.err, re.MULTILINE)
        assert sorted(room.rglob("*")) == before, "something was left behind"
        return shown.err

    return refused


def settings(*options):
    return [each for option in options for each in ("--set", option)]


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["sed=3"], ["--set sed=3: sed: unknown key. Did you mean `seed`?"]),
        (["training.epoch=3"], ["training.epoch: unknown key. Did you mean `epochs`?"]),
        (["learning_rate=3"], ["unknown key. Did you mean `training.learning_rate`?"]),
        (["text.zzz=3"], ["text.zzz: unknown key. Known here: vocab, vocab_size, lowercase"]),
        (["training.epochs=five"], ["training.epochs: got 'five'; expected a whole number"]),
        (["text.lowercase=no"], ["text.lowercase: got 'no'; expected true or false"]),
        (["seed=true"], ["seed: got true; expected a whole number"]),
        (["name=3"], ['name: got 3; expected text. Quote it: "3"']),
        (["data.test=0.5"], ["data.test: got 0.5; expected a path, a glob or a list of these"]),
        (["data.validation=1.5"], ["or a share of the training rows, more than 0, less than 1"]),
        (["training.learning_rate=-1"], ["got -1; expected more than 0\n"]),
        (["text.clean=[htlm]"], ["text.clean.0: got 'htlm'; expected 'html', ", "mean `html`?"]),
        (["training.epochs"], ["--set training.epochs: not an assignment; expected section.key=V"]),
        (["training={epochs: "], ["--set training={epochs: : not YAML"]),
        (["seed.x=3"], ["seed: got a mapping; expected a whole number"]),
        (["name=a/b"], ["name: got 'a/b'; expected letters, digits, `_`, `-` and `.`"]),
        (["name=.."], ["name: got '..'", "no `-` or `.` at the start"]),
        (["data.train=trian.tsv"], ["trian.tsv does not exist. Did you mean `train.tsv`?"]),
        (["data.train=x*.tsv"], ["data.train: no file matches x*.tsv"]),
        ([f"data.train={'x' * 300}.tsv"], ["xxx.tsv does not exist"]),
        (["data.train=."], [".: a folder; expected a file. Name its files, as in `./*.tsv`"]),
        (["data.train=tfds:./gone/1.0.0:train"], ["data.train: ./gone/1.0.0 does not exist"]),
        (["data.train=tfds:."], [".: holds no dataset_info.json; expected a folder that TFDS has"]),
        (["data.train=c.yaml"], ["the suffix `.yaml` names no format", "set `format` to tsv"]),
        (["data={train: demo:review-en}"], ["no demo `review-en`", "mean `reviews-en`?"]),
        (["data.train=demo:reviews-en:tran"], ["there is no split `tran`", "mean `train`?"]),
        (["task.class_weights={positve: 2}"], [
            "task.class_weights.positve: unknown label. Did you mean `positive`?"]),
        (["model={checkpoint: ./bret}"], ["./bret does not exist"]),
        (["model={checkpoint: ./c.yaml}"], ["./c.yaml: is a file; expected a model folder"]),
        (["model={checkpoint: google-bert/bert-base-uncased}"], [
            "google-bert/bert-base-uncased: is no folder here",
            "Three ways out: (1) `model.checkpoint: FOLDER`"]),
    ],
)  # fmt: skip
def test_a_setting_that_cannot_be_used_is_explained(refused, options, said):
    shown = refused(train, "--config", "c.yaml", "--run-dir", "runs/new", *settings(*options))
    assert len(re.findall(r"^  - ", shown, re.MULTILINE)) == 1
    for words in said:
        assert words in shown


def test_an_unknown_label_is_told_once_a_file(refused):
    options = settings("data.labels=[negative, positve]")
    shown = refused(train, "--config", "c.yaml", "--run-dir", "new", *options)
    problem = "the label `positive` is none of the given ones; expected one of negative, positve"
    assert shown.split("\n")[1:4] == [
        f"  - {place}: {problem}. Did you mean `positve`?"
        for place in ("train.tsv:2", "validation.csv:2", "test.jsonl:1")
    ]


def test_all_faults_of_all_kinds_are_one_report(refused):
    options = settings("sed=3", "training.epochs=five", "data.test=gone.tsv", "name=a/b")
    shown = refused(train, "--config", "c.yaml", "--run-dir", "train.tsv", *options)
    assert shown.split("\n")[0] == "error: c.yaml cannot be used:"
    assert len(re.findall(r"^  - ", shown, re.MULTILINE)) == 5
    assert "--run-dir: train.tsv exists already. Give another --run-dir" in shown


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (None, ["d.yaml: no such file. Give --config the path of a YAML file"]),
        (b"", ["got an empty file; expected a mapping of keys such as `name:` and `data:`"]),
        (b"- a\n", ["got a list; expected a mapping"]),
        (b"name: [a\nb: c\n", ["d.yaml:2: not YAML"]),
        (b"name: a\n\tdata: b\n", ["d.yaml:2: not YAML", "Indent with blanks, not with tabs"]),
        (b"name: \0\n", ["d.yaml:1: not YAML: the character U+0000 may not stand in it"]),
        (b"name: \xff\n", ["d.yaml: not UTF-8 (byte 6). Save it as UTF-8"]),
        (
            b"name: a\nname: b\ndata: {train: train.tsv}\n",
            ["d.yaml:2: key `name` stands twice. Delete this one or the one on line 1"],
        ),
        (
            b"name: a\nyes: b\n3: c\ndata: {train: train.tsv}\n",
            ["d.yaml:2: yes: unknown key", "d.yaml:3: 3: unknown key"],
        ),
        (b"name: a\n", ["data: missing. This key is required"]),
    ],
)
def test_a_file_that_is_no_config_is_explained(refused, content, said):
    files = {} if content is None else {"d.yaml": content}
    shown = refused(train, "--config", "d.yaml", "--run-dir", "new", files=files)
    for words in said:
        assert words in shown


@pytest.mark.parametrize(
    ("files", "options", "said"),
    [
        ({"train.tsv": b"\n\n"}, [], ["train.tsv: there is no row; expected at least one"]),
        ({"train.tsv": b"text,label\na,x\n"}, [], [
            "train.tsv:1: the header has no column `text` for text, but `text,label`. "
            "Look at `format`"]),
        ({"train.tsv": TWO_ROWS.replace(b"\n", b"\r")}, [], [
            "`label\\rgood`", "Lines end with CR alone: convert the file with `tr '\\r' '\\n'`"]),
        ({"train.tsv": TWO_ROWS.decode().encode("utf-16")}, [], [
            "train.tsv: looks like UTF-16; expected UTF-8. Convert it with `iconv"]),
        ({"train.tsv": LFS_POINTER}, [], ["train.tsv: is a Git-LFS pointer", "git lfs pull"]),
        ({"train.tsv": TWO_ROWS + b"fine\t\n"}, [], ["train.tsv:4: the label is empty"]),
        ({"t.tsv": TWO_ROWS + b"a\tb\tc\n"}, ["data.train=t.tsv"], [
            "t.tsv:4: 3 columns; expected 2, as in the header, t.tsv:1"]),
        ({"t.tsv": TWO_ROWS}, [
            "data.train=t.tsv", "data.columns={text: 0, label: 5}"], [
            "t.tsv:1: 2 columns; expected at least 6 (label is column 5)"]),
        ({"t.tsv.gz": TWO_ROWS}, ["data.train=t.tsv.gz"], [
            "t.tsv.gz: not gzip data, or damaged", "Remove `.gz` or copy again"]),
        ({"t.tsv.gz": gzip.compress(TWO_ROWS)[:-12]}, ["data.train=t.tsv.gz"], [
            "t.tsv.gz: the gzip data ends too early. Copy or download it again"]),
        ({"test.jsonl": b'{"text": "a", "label": }\n[1]\n{"txt": "a", "label": "negative"}\n'}, [],
         ["test.jsonl:1: not JSON", "test.jsonl:2: `[1]` is no JSON object",
          "test.jsonl:3: no key `text` for text; expected one among `txt`, `label`. Did you mean"]),
        ({"test.jsonl": b'{"text": "a", "label": "neutral"}\n' * 3}, [], [
            "test.jsonl:1: the label `neutral` has no training row; expected one of"]),
        ({"validation.csv": b'label,text\npositive,"abc\n'}, [], [
            "validation.csv:2: a quote is opened here and never closed. Close it"]),
        ({"v.txt": vocabulary(end="\r\n")}, ["text.vocab=v.txt"], [
            "v.txt:1: 10 lines hold a carriage return (CRLF line ends); expected lines ended by LF",
            "Convert the file with `dos2unix`"]),
        ({"v.txt": vocabulary(without="[UNK]")}, ["text.vocab=v.txt"], ["v.txt: has no [UNK]"]),
        ({"v.txt": vocabulary().replace(b"good", b"go\xffd")}, ["text.vocab=v.txt"], [
            "v.txt:9: 1 line is not UTF-8 (line 9)"]),
        ({"v.txt": b"\xef\xbb\xbf" + vocabulary()}, ["text.vocab=v.txt"], [
            "v.txt:1: begins with a byte order mark"]),
        ({"v.txt": LFS_POINTER}, ["text.vocab=v.txt"], ["v.txt: is a Git-LFS pointer"]),
        ({"b/config.json": b"{}"}, ["model={checkpoint: ./b}"], [
            "b: has no weights; expected `model.safetensors`"]),
        ({"b/config.json": b"{}"}, ["model={checkpoint: ./b}", "text.vocab=learn"], [
            "text.vocab: a learned vocabulary has other ids than the checkpoint's embeddings"]),
    ],
)  # fmt: skip
def test_a_file_that_cannot_be_used_is_explained(refused, files, options, said):
    shown = refused(
        train, "--config", "c.yaml", "--run-dir", "new", *settings(*options), files=files
    )
    for words in said:
        assert words in shown
    assert shown.count("the label `neutral`") <= 1, "one label is told once, not on every row"


ROWS = [{"text": f"the film no {n} is {'good' if n % 2 else 'bad'}", "n": n,
         "label": "positive" if n % 2 else "negative"} for n in range(31)]  # fmt: skip


def spoiled(position, **values):
    """The rows with one that has other values."""
    return [row | values if n == position else row for n, row in enumerate(ROWS)]


def spoil_with(kind, value):
    """A text or label that JSON lines, Parquet or TFRecord can hold in one row alone."""
    return [] if value is None and kind.startswith("tfrecord") else value


@pytest.fixture
def refuses(room, refused):
    """Trains on one source and returns the faults that were told."""

    def refuses(source, *options):
        data = f"data={{train: '{source}', columns: {{text: text, label: label}}}}"
        shown = refused(train, "--config", "c.yaml", "--run-dir", "new", *settings(data, *options))
        return [line.removeprefix("  - ") for line in shown.splitlines() if line.startswith("  - ")]

    return refuses


@pytest.mark.parametrize("kind", [*FORMATS, *PACKED])
def test_a_missing_column_is_explained_in_every_format(refuses, room, kind):
    source = write(room, kind, ROWS)
    fault = refuses(source, "data.columns={text: txt, label: label}")[0]
    assert fault.startswith(source)
    assert "`txt` for text" in fault and "Did you mean `text`?" in fault
    assert "Name the right one in data.columns" in fault


@pytest.mark.parametrize("kind", [*FORMATS, *PACKED])
def test_an_empty_label_is_explained_in_every_format(refuses, room, kind):
    if kind == "tfds":
        names = ["negative", "positive"]
        folder = write_tfds(room, {"train": spoiled(6, label=-1)}, class_names=names)
        assert refuses(f"tfds:{folder}:train") == [
            f"tfds:{folder}:train:7: `label` is -1 (TFDS's mark for none); expected a row with a "
            "label. Name a split, or a slice of one, of which every row has a label"
        ]
        return
    source = write(room, kind, spoiled(6, label=""))
    line = 8 if kind.startswith(("tsv", "csv")) else 7
    assert refuses(source) == [
        f"{source}:{line}: the label is empty"
        + ("" if line == 8 else "; expected a string, a whole number, true or false")
    ]


@pytest.mark.parametrize("kind", ["jsonl", "parquet", "tfrecord", "jsonl.gz", "tfrecord.gz"])
def test_null_text_is_explained_wherever_there_is_null(refuses, room, kind):
    source = write(room, kind, spoiled(6, text=spoil_with(kind, None)))
    assert refuses(source) == [f"{source}:7: `text` is null; expected a string for text"]


@pytest.mark.parametrize("kind", ["jsonl", "tfrecord", "jsonl.gz", "tfrecord.gz"])
def test_a_text_of_another_type_is_explained_where_types_may_change(refuses, room, kind):
    source = write(room, kind, spoiled(6, text=5))
    assert refuses(source) == [f"{source}:7: `text` is the number 5; expected a string for text"]


@pytest.mark.parametrize("kind", ["parquet", "tfds"])
def test_a_column_of_another_type_is_explained_where_types_are_fixed(refuses, room, kind):
    source = write(room, kind, ROWS)
    faults = refuses(source, "data.columns.text=n")
    assert faults[0] == f"{source}:1: `n` is the number 0; expected a string for text"


@pytest.mark.parametrize("kind", PACKED)
def test_gzip_that_is_cut_off_is_explained(refuses, room, kind):
    source = write(room, kind, ROWS)
    Path(source).write_bytes(Path(source).read_bytes()[:-12])
    assert refuses(source) == [f"{source}: the gzip data ends too early. Copy or download it again"]
    Path(source).write_bytes(b"no gzip data at all")
    assert refuses(source)[0].startswith(f"{source}: not gzip data, or damaged")


@pytest.mark.parametrize(
    ("kind", "name", "said"),
    [
        ("parquet", "a.tsv", "a.tsv: is a Parquet file; expected text. Give it the suffix"),
        ("parquet", "a.csv.gz", "a.csv.gz: not gzip data, or damaged"),
        ("parquet", "a.tfrecord", "a.tfrecord: is a Parquet file; expected a TFRecord file"),
        ("tfrecord", "a.jsonl", "a.jsonl: is a TFRecord file; expected text. Give it the suffix"),
        ("tfrecord.gz", "a.csv", "a.csv: is a TFRecord file; expected text"),
        ("tfrecord", "a.parquet", "a.parquet: is a TFRecord file; expected a Parquet file"),
        ("tsv", "a.parquet", "a.parquet: is no Parquet file: it begins with `text\\tn\\tlabel"),
        ("tsv.gz", "a.parquet", "a.parquet: is gzip data; expected a Parquet file. Unpack it"),
        ("parquet", "a.parquet.gz", "a.parquet.gz: Parquet is packed inside; gzip around it"),
        ("csv", "a.tfrecord", "a.tfrecord: is no TFRecord file: it begins with `text,n,label"),
        ("jsonl", "a.tsv", "Look at `format`: this looks like JSON lines"),
    ],
)  # fmt: skip
def test_a_file_under_a_wrong_name_is_one_fault(refuses, room, kind, name, said):
    Path(write(room, kind, ROWS)).rename(room / name)
    faults = refuses(name)
    assert said in faults[0]
    # A table misses the columns of text and label both.
    assert len(faults) == (2 if name == "a.tsv" and kind == "jsonl" else 1)


def test_a_zip_archive_is_one_fault_in_every_format(refuses, room):
    for suffix in ("tsv", "csv", "jsonl", "parquet", "tfrecord"):
        (room / f"a.{suffix}").write_bytes(b"PK\x03\x04\x14\0\0\0\x08\0" * 9)
        (fault,) = refuses(f"a.{suffix}")
        assert f"a.{suffix}: is a zip archive or an Excel sheet" in fault


def test_damage_of_a_binary_file_names_its_record(refuses, room):
    source = Path(write(room, "tfrecord", ROWS))
    data = source.read_bytes()
    source.write_bytes(data[:-40] + b"?" + data[-39:])
    assert refuses(source) == [f"{source}:31: this record is damaged. Copy or download it again"]
    source.write_bytes(data[:-40])
    assert refuses(source)[0].startswith(f"{source}:31: the file ends inside this record")
    source = Path(write(room, "parquet", ROWS))
    source.write_bytes(source.read_bytes()[:-40])
    assert refuses(source)[0].startswith(f"{source}: damaged, or cut off")


def test_a_tfds_directory_that_cannot_be_used_is_one_fault(refuses, room):
    folder = Path(write_tfds(room / "kept", {"train": ROWS, "test": ROWS}, num_shards=2))
    other = shutil.copytree(folder, folder.with_name("2.0.0"))
    kept = f"data.tfds_dir={room}/kept"
    assert "2.0.0: its dataset_info.json is of version 1.0.0" in refuses(f"tfds:{other}")[0]
    assert "its dataset_info.json is of version 1.0.0" in refuses("tfds:my_rows:2.0.0", kept)[0]
    assert (
        "has no `my_rows:3.0.0`; expected one of `my_rows/1.0.0`"
        in (refuses("tfds:my_rows:3.0.0", kept)[0])
    )
    assert (
        "there is no split `tran`; expected one of train, test. Did you mean `train`?"
        in (refuses(f"tfds:{folder}:tran")[0])
    )
    (folder / "my_rows-train.tfrecord-00001-of-00002").unlink()
    assert refuses(f"tfds:{folder}") == [
        f"{folder}/my_rows-train.tfrecord-00001-of-00002: cannot be read: No such file or directory"
    ]
    (folder / "dataset_info.json").write_text(json.dumps({"name": "my_rows"})[:-4])
    (fault,) = refuses(f"tfds:{folder}")
    assert fault.startswith(f"{folder}/dataset_info.json: damaged (Failed to load JSON")


@pytest.mark.parametrize("kind", ["tsv.gz", "csv", "jsonl", "parquet"])
def test_a_hundred_thousand_labels_are_one_fault(refuses, room, kind):
    source = write(room, kind, [{"text": "a", "label": f"{n}."} for n in range(100_000)])
    line = 10_002 if kind in ("tsv.gz", "csv") else 10_001
    assert refuses(source) == [
        f"{source}:{line}: more than 10,000 different labels. Name the column with the label in "
        "`columns`"
    ]


def test_what_does_not_fit_a_checkpoint_is_explained(refused, room, tiny_run):
    shutil.copytree(tiny_run / "model", room / "bert")
    arguments = ["--config", "c.yaml", "--run-dir", "new", "--set", "model={checkpoint: ./bert}"]
    shown = refused(train, *arguments, "--set", "text.max_tokens=17")
    assert "text.max_tokens: got 17; expected at most 16, the checkpoint's positions" in shown

    config = (room / "bert" / "config.json").read_bytes()
    wider = config.replace(b'"vocab_size": 61', b'"vocab_size": 70')
    shown = refused(train, *arguments, files={"bert/config.json": wider})
    assert "bert.embeddings.word_embeddings.weight: has shape [61, 24]; expected [70, 24]" in shown

    longer = (room / "bert" / "vocab.txt").read_bytes() + b"more\n"
    shown = refused(train, *arguments, "--set", "text.vocab=v.txt",
                    files={"v.txt": longer, "bert/config.json": config})  # fmt: skip
    assert "text.vocab: has 62 tokens; expected at most 61, the checkpoint's embeddings" in shown


@pytest.mark.parametrize(
    ("run_dir", "said"),
    [
        ("train.tsv", "--run-dir: train.tsv exists already. Give another --run-dir or --set name"),
        ("train.tsv/a", "train.tsv is a file"),
        ("/proc/new", "/proc/new cannot be made"),
        ("x" * 300, "cannot be made (File name too long)"),
    ],
)
def test_a_run_directory_that_cannot_be_made_is_explained(refused, run_dir, said):
    if run_dir.startswith("/proc") and not Path("/proc/self").exists():
        pytest.skip("this system has no /proc")
    assert said in refused(train, "--config", "c.yaml", "--run-dir", run_dir)


def test_a_folder_that_may_not_be_entered_is_explained(room):
    """As another user where this one is root, whom no folder keeps out."""
    code = """
import encodings.utf_8_sig, os, sys
from tfft.errors import TfftError
from tfft.config.load import load_config
from tfft.data.faults import FaultList
from tfft.data.sources import expand_source
from tfft.run_directory import RunDirectory
os.chmod("shut", 0)
if os.geteuid() == 0:
    os.setuid(65534)
faults = FaultList()
print(expand_source("shut/a.tsv", faults, where="data.train"), len(faults))
print(RunDirectory("shut/a").fault_if_it_exists() is not None)
try:
    load_config("c.yaml", ["data.train=shut/a.tsv"])
except TfftError as error:
    print(error)
"""
    (room / "shut").mkdir()
    room.chmod(0o755)
    try:
        done = subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, check=False, cwd=room,
            env={"PYTHONPATH": str(ROOT)},
        )  # fmt: skip
    finally:
        (room / "shut").chmod(0o755)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("[] 1\nTrue\n")
    assert "data.train: shut/a.tsv may not be looked at (Permission denied)" in done.stdout


@pytest.mark.parametrize(
    ("verb", "arguments", "said"),
    [
        (predict, ["gone", "--input", "train.tsv"], ["gone: does not exist; expected the dir"]),
        (predict, ["c.yaml", "--input", "train.tsv"], ["c.yaml: is a file; expected the directo"]),
        (predict, [".", "--input", "train.tsv"], [".: holds neither config.yaml (a run) nor save"]),
        (predict, ["RUM", "--input", "train.tsv"], ["Did you mean `", "/run`?"]),
        (predict, ["RUN", "--input", "trian.tsv"], ["no such file. Did you mean `train.tsv`?"]),
        (predict, ["RUN", "--input", "."], [".: a folder; expected a file"]),
        (predict, ["RUN", "--input", "train.tsv", "--text", "txt"], ["no column `txt`", "`text`?"]),
        (predict, ["RUN", "--input", "train.tsv", "--output", "."], ["--output .: it is a folder"]),
        (predict, ["RUN", "--input", "train.tsv", "--output", "no/x"], ["there is no such folder"]),
        (evaluate, ["gone"], ["gone: does not exist; expected the directory of a run"]),
        (evaluate, ["RUN", "--set", "data.tst=a"], ["data.tst: unknown key. Did you mean `test`?"]),
        (evaluate, ["RUN", "--set", "data.test=a*"], ["data.test: `a*` matches no file"]),
        (
            evaluate,
            ["RUN", "--set", "data.test=gone.tsv"],
            ["gone.tsv: no such file. Correct data"],
        ),
        (
            evaluate,
            ["RUN", "--output", "train.tsv"],
            ["--output: train.tsv exists already. Name a"],
        ),
        (evaluate, ["RUN", "--output", "c.yaml/x"], ["c.yaml/x cannot be made (Not a directory)"]),
        (export, ["gone"], ["gone: does not exist; expected the directory of a run"]),
        (
            export,
            ["RUN", "--output", "train.tsv"],
            ["train.tsv: is a file; expected a folder, int"],
        ),
        (export, ["RUN", "--output", "c.yaml/x"], ["c.yaml/x cannot be written (Not a directory)"]),
    ],
)
def test_other_verbs_explain_what_they_cannot_use(refused, tiny_run, verb, arguments, said):
    near = {"RUN": tiny_run, "RUM": tiny_run.with_name("ran")}
    shown = refused(verb, *(near.get(argument, argument) for argument in arguments))
    for words in said:
        assert words in shown


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"good\nb\xffd\nbad\n", "<stdin>:2: invalid UTF-8: 0xff at byte 1 of the line"),
        (b"go\0d\n", "<stdin>:1: a NUL byte at byte 2 of the line. Remove it"),
        (b"", "<stdin>: there is no row; expected at least one"),
    ],
)
def test_standard_input_that_is_no_text_is_explained(
    room, tiny_run, monkeypatch, capsys, content, said
):
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(content)))
    assert predict([str(tiny_run), "--output", "out.jsonl"]) == 2
    assert said in capsys.readouterr().err
    assert not list(room.glob("out*"))


@pytest.mark.parametrize(
    ("file", "content", "said"),
    [
        ("tfft.json", b"[]", "misses takes_pairs, task, text"),
        ("tfft.json", b'{"task": [], "takes_pairs": false, "text": {}}', "unknown task []"),
        (
            "tfft.json",
            b'{"task": "single_label", "takes_pairs": false, "text": {"max_tokens": "x"}}',
            "tfft.json: damaged",
        ),
        ("vocab.txt", vocabulary(end="\n") + b"a\n" * 60, "has 70 tokens; expected at most 61"),
    ],
)
def test_a_damaged_run_is_explained(refused, room, tiny_run, file, content, said):
    shutil.copytree(tiny_run, room / "run")
    shown = refused(predict, "run", "--input", "train.tsv", files={f"run/model/{file}": content})
    assert said in shown


def test_a_damaged_saved_model_is_explained(refused):
    shown = refused(predict, "m", "--input", "train.tsv", files={"m/1/saved_model.pb": b"x"})
    assert "m/1: damaged, or no SavedModel" in shown and "tfft export RUN" in shown


@pytest.mark.parametrize("value", ["0", "-3", "many"])
def test_a_batch_size_that_is_none_is_explained(capsys, value):
    with pytest.raises(SystemExit) as caught:
        predict(["run", f"--batch-size={value}"])
    assert caught.value.code == 2
    assert f"got '{value}'; expected a whole number, at least 1" in capsys.readouterr().err


def test_control_characters_of_a_row_do_not_reach_the_terminal(refused):
    rows = TWO_ROWS + b"fine\t\x1b[31mred\n"
    options = settings("data.labels=[negative, positive]")
    shown = refused(train, "--config", "c.yaml", "--run-dir", "n", *options,
                    files={"train.tsv": rows})  # fmt: skip
    assert "\x1b" not in shown and "the label `\\x1b[31mred`" in shown


def test_a_header_among_columns_by_position_is_noticed(room, caplog):
    rows = "".join(f"the film no {n}\t{'good' if n % 2 else 'bad'}\n" for n in range(40))
    (room / "t.tsv").write_text("text\tlabel\n" + rows)
    options = settings(
        "data={train: t.tsv, columns: {text: 0, label: 1}}", "training.epochs=1",
        "export.enabled=false", "task.class_weights={lable: 1}",
    )  # fmt: skip
    assert train(["--config", "c.yaml", *options]) == 2
    said = "the label `label` stands in the first row of t.tsv alone: if that row is a header, set"
    assert said in caplog.text


def test_a_full_disk_is_no_traceback(room, capsys, monkeypatch):
    def full(*arguments, **options):
        raise OSError(28, "No space left on device", "runs/a")

    monkeypatch.setattr("tfft.train.load_config", full)
    assert train(["--config", "c.yaml"]) == 2
    assert capsys.readouterr().err == "error: runs/a: No space left on device\n"


def test_ctrl_c_ends_calmly_and_keeps_the_last_checkpoint(room):
    options = settings("training.epochs=1000", "training.checkpoint_steps=2")
    with subprocess.Popen(
        [sys.executable, "-m", "tfft.train", "--config", "c.yaml", "--run-dir", "run", *options],
        stderr=subprocess.PIPE, text=True, env=os.environ | {"PYTHONPATH": str(ROOT)},
        # What a shell starts in the background ignores Ctrl-C, and so would its children.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    ) as process:  # fmt: skip
        try:
            index = room / "run" / "checkpoints" / "checkpoints.json"
            deadline = time.monotonic() + 120
            while not index.exists() and process.poll() is None and time.monotonic() < deadline:
                time.sleep(0.1)
            process.send_signal(signal.SIGINT)
            shown = process.communicate(timeout=60)[1]
        finally:
            process.kill()
    assert process.returncode == 130, shown
    assert "Traceback" not in shown
    lines = shown.strip().split("\n")
    assert lines[-2:] == ["note: run keeps what was written so far", "interrupted"]
    assert index.exists() and not list(room.glob(".*"))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("checkpoint", "said"),
    [
        ("minilm-lfs-pointer", ["model.safetensors: is a Git-LFS pointer", "git lfs pull"]),
        ("minilm-truncated", ["is truncated: it has 851,968 bytes", "Download the file again"]),
        ("bert-mini-google", ["bert_model.ckpt.data-00000-of-00001: no such file"]),
        ("bert-en-lfs", ["bert_model.ckpt", "is a Git-LFS pointer", "git lfs pull"]),
    ],
)
def test_published_checkpoints_that_are_broken_are_explained(
    refused, shared_data, checkpoint, said
):
    folder = shared_data / "broken-checkpoints" / checkpoint
    vocab = shared_data / "vocabs" / "bert-base-uncased-vocab.txt"
    options = settings(f"model={{checkpoint: {folder}}}", f"text.vocab={vocab}")
    shown = refused(train, "--config", "c.yaml", "--run-dir", "new", *options)
    for words in said:
        assert words in shown


@pytest.mark.slow
@pytest.mark.parametrize(
    ("vocab", "said"),
    [
        ("uncased-crlf-vocab.txt", ["30,522 lines hold a carriage return", "dos2unix"]),
        ("cased-mojibake-vocab.txt", ["read as Windows-1252 and saved again", "as binary"]),
        ("uncased-blingfire-variant-vocab.txt", ["has no [UNK]"]),
    ],
)
def test_published_vocabularies_that_are_broken_are_explained(refused, shared_data, vocab, said):
    path = shared_data / "vocabs" / "broken" / vocab
    shown = refused(train, "--config", "c.yaml", "--run-dir", "new", "--set", f"text.vocab={path}")
    for words in said:
        assert words in shown

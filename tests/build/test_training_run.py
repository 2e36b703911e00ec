"""A run writes what the design promises; what cannot be used is refused and leaves nothing."""

import json
import shutil

import numpy as np
import pytest
import tensorflow as tf
import yaml
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from tensorboard.plugins.hparams.plugin_data_pb2 import HParamsPluginData
from transformers import AutoTokenizer

from tests.build.tiny_run import rows, write_rows
from tfft.build.trained import load_trained
from tfft.config.load import load_config
from tfft.train import main as train


def test_the_run_holds_what_the_design_lists(tiny_run):
    assert sorted(p.name for p in tiny_run.iterdir()) == [
        "checkpoints", "config.yaml", "model", "provenance.json", "report", "saved_model",
        "tensorboard",
    ]  # fmt: skip
    assert sorted(p.name for p in (tiny_run / "report").iterdir()) == [
        "classification_report.txt", "confusion_matrix.png", "metrics.json", "predictions.jsonl",
        "report.html",
    ]  # fmt: skip
    assert [p.name for p in tiny_run.parent.iterdir() if p.name.startswith(".")] == []


def test_the_resolved_config_is_complete_and_loads(tiny_run, monkeypatch):
    monkeypatch.chdir(tiny_run.parent)
    resolved = yaml.safe_load((tiny_run / "config.yaml").read_text())
    assert resolved["training"]["warmup_rate"] == 0.1
    assert load_config(tiny_run / "config.yaml")[0] == load_config("c.yaml")[0]


def test_metrics_keep_the_contract(tiny_run):
    metrics = json.loads((tiny_run / "report" / "metrics.json").read_text())
    assert metrics["test"]["accuracy"] == 1.0
    assert metrics["test"]["macro_f1"] == 1.0
    assert metrics["test"]["loss"] < 0.3
    assert metrics["test"]["rows"] == 11 and metrics["validation"]["rows"] == 13
    assert metrics["training"]["rows_per_second"] > 0
    assert metrics["training"]["tokens_per_second"] > metrics["training"]["rows_per_second"]
    assert 0 <= metrics["training"]["padding_share"] < 0.5
    assert 0 <= metrics["training"]["input_bound_share"] < 1
    assert metrics["training"]["steps"] == 54  # ceil(61 / 7) x 6
    assert metrics["baselines"]["bag_of_words"]["accuracy"] == 1.0


def test_predictions_are_those_of_every_test_row_in_order(tiny_run):
    lines = [
        json.loads(line)
        for line in (tiny_run / "report" / "predictions.jsonl").read_text().splitlines()
    ]
    assert [line["text"] for line in lines] == [text for text, _ in rows(11)]
    assert [line["row_id"] for line in lines] == [[0, n] for n in range(11)]
    assert lines[0].keys() == {"row_id", "text", "labels", "label", "probabilities"}
    assert all(sum(line["probabilities"]) == pytest.approx(1, abs=1e-5) for line in lines)


def test_provenance_names_versions_fingerprints_and_the_decayed_set(tiny_run):
    facts = json.loads((tiny_run / "provenance.json").read_text())
    assert facts["packages"]["tensorflow"] == tf.__version__
    assert facts["data"]["train"]["rows"] == 61
    assert facts["data"]["train"]["labels"] == {"negative": 30, "positive": 31}
    assert len(facts["data"]["test"]["fingerprint"]) == 64
    # 3 embeddings, 4 + 2 dense kernels a layer, pooler, classifier; no bias, no LayerNorm
    assert len(facts["decayed_variables"]) == 3 + 6 + 2
    assert not any("bias" in p or "LayerNorm" in p for p in facts["decayed_variables"])


def test_transformers_opens_the_models_tokenizer_with_equal_ids(tiny_run):
    trained = load_trained(tiny_run / "model")
    texts = ["the film is good", "unknown Wörds 中文!"]
    ours = trained.preprocessor(tf.constant(texts))["input_ids"].numpy()
    theirs = AutoTokenizer.from_pretrained(tiny_run / "model")(texts, padding=True)["input_ids"]
    assert ours.tolist() == theirs


def events(run, name):
    accumulator = EventAccumulator(str(run / "tensorboard" / name), size_guidance={"tensors": 0})
    accumulator.Reload()
    return accumulator


def test_tensorboard_reads_scalars_labels_and_the_confusion_matrix(tiny_run):
    train_events, validation = events(tiny_run, "train"), events(tiny_run, "validation")
    scalars = set(train_events.Tags()["tensors"])
    assert {"loss", "learning_rate", "gradient_norm", "rows_per_second"} <= scalars
    assert {"macro_f1", "confusion_matrix"} <= set(validation.Tags()["tensors"])
    labels = set(events(tiny_run, "labels").Tags()["tensors"])
    assert {"labels/negative/f1", "labels/positive/recall"} <= labels
    steps = [event.step for event in validation.Tensors("accuracy")]
    assert steps == [9 * n for n in range(1, 7)]
    png = tf.make_ndarray(validation.Tensors("confusion_matrix")[-1].tensor_proto)[2]
    assert tf.io.decode_png(png).shape[0] > 100


def test_tensorboard_compares_runs_by_their_settings(tiny_run):
    metadata = events(tiny_run, "validation").SummaryMetadata("_hparams_/session_start_info")
    started = HParamsPluginData.FromString(metadata.plugin_data.content).session_start_info
    assert started.hparams["training.learning_rate"].number_value == 0.02
    assert started.hparams["model.hidden_size"].number_value == 24
    assert started.hparams["text.max_tokens"].number_value == 16
    # Nobody chose it: it is the default.
    assert "text.truncation" not in started.hparams


@pytest.mark.slow
def test_two_mirrored_devices_give_the_losses_of_one(tmp_path, monkeypatch):
    write_rows(tmp_path)
    monkeypatch.chdir(tmp_path)
    losses = {}
    for strategy in ("one_device", "mirrored"):
        options = [f"training.strategy={strategy}", "training.epochs=2", "export.enabled=false",
                   "tensorboard.log_steps=1", "model.hidden_dropout_prob=0",
                   "model.attention_probs_dropout_prob=0"]  # fmt: skip
        arguments = [a for o in options for a in ("--set", o)]
        assert train(["--config", "c.yaml", "--run-dir", strategy, *arguments]) == 0
        tensors = events(tmp_path / strategy, "train").Tensors("loss")
        losses[strategy] = [tf.make_ndarray(tensor.tensor_proto).item() for tensor in tensors]
    assert len(losses["mirrored"]) == 18  # ceil(61 / 7) x 2, the last of each epoch with 5 rows
    np.testing.assert_allclose(losses["mirrored"], losses["one_device"], rtol=1e-5)


def test_best_and_last_checkpoint_are_kept(tiny_run):
    index = json.loads((tiny_run / "checkpoints" / "checkpoints.json").read_text())
    assert index["last"] == "step-00000054"
    assert set(index) == {"best", "last"}


@pytest.mark.slow
def test_the_same_seed_gives_the_same_model(tiny_run, tmp_path, monkeypatch):
    write_rows(tmp_path)
    monkeypatch.chdir(tmp_path)
    assert train(["--config", "c.yaml", "--run-dir", "again"]) == 0
    one, two = load_trained(tiny_run / "model"), load_trained(tmp_path / "again" / "model")
    for a, b in zip(one.model.weights, two.model.weights, strict=True):
        np.testing.assert_allclose(a.numpy(), b.numpy(), atol=1e-5)


@pytest.mark.slow
def test_bfloat16_and_class_weights_and_a_learned_split_train_too(tmp_path, monkeypatch):
    write_rows(tmp_path)
    monkeypatch.chdir(tmp_path)
    options = ["data.validation=0.2", "data.test=null", "training.precision=bfloat16",
               "task.class_weights=balanced", "training.epochs=1", "training.strategy=mirrored",
               "export.enabled=false"]  # fmt: skip
    assert train(["--config", "c.yaml", *(a for o in options for a in ("--set", o))]) == 0
    metrics = json.loads((tmp_path / "runs" / "tiny" / "report" / "metrics.json").read_text())
    assert "test" not in metrics and metrics["reported"] == "validation"
    assert 0 < metrics["validation"]["rows"] < 31
    assert not (tmp_path / "runs" / "tiny" / "saved_model").exists()


def test_a_finished_models_folder_is_a_checkpoint_for_the_next_run(tiny_run, tmp_path, monkeypatch):
    write_rows(tmp_path)
    monkeypatch.chdir(tmp_path)
    options = [f"model={{checkpoint: {tiny_run}/model}}", "training.epochs=1",
               "training.learning_rate=1.0e-6", "text.vocab_size=null"]  # fmt: skip
    assert train(["--config", "c.yaml", *(a for o in options for a in ("--set", o))]) == 0
    metrics = json.loads((tmp_path / "runs" / "tiny" / "report" / "metrics.json").read_text())
    assert metrics["test"]["accuracy"] == 1.0  # as it had learned before


@pytest.fixture
def refused(tmp_path, monkeypatch, capsys):
    """Trains with changed files or options; returns the report of faults."""
    write_rows(tmp_path)
    monkeypatch.chdir(tmp_path)
    before = None

    def refused(*options):
        nonlocal before
        before = sorted(p.name for p in tmp_path.iterdir())
        arguments = [a for o in options for a in ("--set", o)]
        capsys.readouterr()
        assert train(["--config", "c.yaml", "--run-dir", "run", *arguments]) == 2
        assert sorted(p.name for p in tmp_path.iterdir()) == before, "something was left behind"
        shown = capsys.readouterr().err
        assert "Traceback" not in shown
        return shown

    return refused


@pytest.mark.parametrize(
    ("file", "content", "problems"),
    [
        ("train.tsv", b"", ["empty"]),
        ("train.tsv", b"text\tlabel\n", ["train.tsv"]),
        ("train.tsv", b"sentence\tlabel\na\tb\n", ["text", "sentence"]),
        ("train.tsv", b"text\tlabel\na\tx\nb\n c\ty\n", ["train.tsv:3"]),
        ("train.tsv", b"text\tlabel\na\tx\nb\tx\n", ["every training row has the label `x`"]),
        ("test.jsonl", b'{"text": "a", "label": "positve"}\n', ["test.jsonl:1", "`positive`"]),
        ("train.tsv", b"text\tlabel\na\xff\tx\n", ["train.tsv:2", "UTF-8"]),
        ("train.tsv", b"text\tlabel\na\0b\tx\n", ["train.tsv:2", "NUL"]),
        ("train.tsv", b"text\tlabel\n" + b"a" * 10_000_000 + b"\tx\n", ["train.tsv:2", "bytes"]),
        ("train.tsv.gz", b"\x1f\x8b\x08", ["train.tsv.gz"]),
    ],
)
def test_bad_rows_are_one_error_and_leave_nothing(refused, tmp_path, file, content, problems):
    (tmp_path / file).write_bytes(content)
    options = [f"data.train={file}"] if file.endswith(".gz") else []
    shown = refused(*options)
    for problem in problems:
        assert problem in shown


@pytest.mark.slow
def test_a_bom_and_crlf_are_read_as_if_they_were_not_there(tmp_path, monkeypatch):
    write_rows(tmp_path)
    monkeypatch.chdir(tmp_path)
    content = (tmp_path / "train.tsv").read_bytes().replace(b"\n", b"\r\n")
    (tmp_path / "train.tsv").write_bytes(b"\xef\xbb\xbf" + content)
    assert train(["--config", "c.yaml", "--set", "training.epochs=1"]) == 0
    facts = json.loads((tmp_path / "runs" / "tiny" / "provenance.json").read_text())
    assert facts["data"]["train"]["labels"] == {"negative": 30, "positive": 31}


def test_faults_of_files_vocabulary_and_checkpoint_are_one_report(refused, tmp_path, tiny_run):
    (tmp_path / "train.tsv").write_bytes(b"text\tlabel\na\xff\tx\n")
    (tmp_path / "vocab.txt").write_bytes(b"[PAD]\r\n[UNK]\r\n")
    shutil.copytree(tiny_run / "model", tmp_path / "bert")
    pointer = "version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 9\n"
    (tmp_path / "bert" / "model.safetensors").write_text(pointer)
    shown = refused("model={checkpoint: ./bert}", "text.vocab=vocab.txt", "data.test=test.jsonl")
    assert "train.tsv:2" in shown
    assert "vocab.txt" in shown
    assert "git lfs pull" in shown


@pytest.mark.parametrize(
    ("file", "change", "problem"),
    [
        ("model.safetensors", lambda b: b[: len(b) // 2], "truncated"),
        ("model.safetensors", lambda b: b"", "no header"),
        ("config.json", lambda b: b.replace(b'"hidden_size": 24', b'"hidden_size": 48'), "48"),
        ("config.json", lambda b: b"{", "config.json"),
    ],
)
def test_a_damaged_checkpoint_is_refused(refused, tmp_path, tiny_run, file, change, problem):
    shutil.copytree(tiny_run / "model", tmp_path / "bert")
    path = tmp_path / "bert" / file
    path.write_bytes(change(path.read_bytes()))
    assert problem in refused("model={checkpoint: ./bert}", "text.vocab_size=null")


@pytest.mark.slow
def test_long_texts_are_read_in_windows_by_training_prediction_and_the_saved_model(
    tmp_path, monkeypatch
):
    write_rows(tmp_path)
    monkeypatch.chdir(tmp_path)
    filler = "the tea no 3 is " * 5
    long_row = f"{filler}good {filler}"
    (tmp_path / "test.jsonl").write_text(
        json.dumps({"text": long_row, "label": "positive"}) + "\n"
        + json.dumps({"text": "bad tea", "label": "negative"}) + "\n"
    )  # fmt: skip
    settings = ["text.max_tokens=8", "text.stride_tokens=4", "text.max_windows=20",
                "training.epochs=12", "training.learning_rate=0.01"]  # fmt: skip
    options = [option for setting in settings for option in ("--set", setting)]
    assert train(["--config", "c.yaml", "--run-dir", "run", *options]) == 0

    trained = load_trained("run/model")
    features = trained.preprocessor([long_row])
    # Words of the vocabulary are one token each: 51 of them, 6 in a window.
    assert features["input_ids"].shape == (1, 13, 8)
    one_by_one = [
        tf.nn.softmax(trained.model({k: v[:, n] for k, v in features.items()}).logits).numpy()[0]
        for n in range(13)
    ]
    mean = np.mean(one_by_one, axis=0)
    assert np.ptp(one_by_one, axis=0).max() > 0.05
    report = tmp_path / "run" / "report"
    reported = list(map(json.loads, (report / "predictions.jsonl").read_text().splitlines()))
    np.testing.assert_allclose(reported[0]["probabilities"], mean, atol=1e-6)
    served = tf.saved_model.load("run/saved_model/1").signatures["serving_default"]
    answer = served(text=tf.constant([long_row, "bad tea"]))["probabilities"].numpy()
    np.testing.assert_allclose(answer[0], mean, atol=1e-6)
    np.testing.assert_allclose(answer[1], reported[1]["probabilities"], atol=1e-6)
    assert json.loads((report / "metrics.json").read_text())["test"]["rows"] == 2


def events_of(folder):
    events = EventAccumulator(str(folder), size_guidance={"tensors": 0})
    events.Reload()
    return events


def scalars(events, tag):
    return [tf.make_ndarray(event.tensor_proto).item() for event in events.Tensors(tag)]


@pytest.mark.slow
def test_a_stalled_score_lowers_the_rate_and_then_ends_the_training(tmp_path, monkeypatch, caplog):
    write_rows(tmp_path)
    monkeypatch.chdir(tmp_path)
    settings = [
        "training.schedule=constant", "training.warmup_rate=0", "training.learning_rate=1.0e-9",
        "training.plateau_epochs=1", "training.plateau_factor=0.25", "training.patience_epochs=3",
        "training.optimizer=sgd", "tensorboard.log_steps=9", "evaluation.metric=accuracy",
        "export.enabled=false",
    ]  # fmt: skip
    options = [option for setting in settings for option in ("--set", setting)]
    assert train(["--config", "c.yaml", "--run-dir", "run", *options]) == 0
    training = json.loads((tmp_path / "run" / "report" / "metrics.json").read_text())["training"]
    # The first epoch's score is the best; three more do not better it.
    assert (training["epochs"], training["steps"], training["best_epoch"]) == (4, 36, 1)
    assert "stopped after epoch 4: no better validation accuracy since epoch 1" in caplog.text
    rates = scalars(events_of(tmp_path / "run" / "tensorboard" / "train"), "learning_rate")
    # Steps 1, 9, 18, 27 and 36: the second epoch did not improve, nor did the third.
    assert rates == pytest.approx([1e-9, 1e-9, 1e-9, 0.25e-9, 0.0625e-9])


@pytest.mark.slow
def test_augmentation_edits_training_texts_alone_and_anew_each_epoch(tmp_path, monkeypatch):
    write_rows(tmp_path)
    monkeypatch.chdir(tmp_path)
    edits = "augmentation={operations: [{type: delete_words, rate: 0.4}, {type: swap_words}]}"
    options = ["--set", edits, "--set", "training.epochs=2", "--set", "tensorboard.num_samples=3",
               "--set", "export.enabled=false"]  # fmt: skip
    assert train(["--config", "c.yaml", "--run-dir", "run", *options]) == 0
    assert train(["--config", "c.yaml", "--run-dir", "again", *options]) == 0
    tables = [
        tf.make_ndarray(event.tensor_proto).item().decode()
        for event in events_of(tmp_path / "run" / "tensorboard" / "train").Tensors(
            "augmented_samples"
        )
    ]
    assert len(tables) == 2 and tables[0] != tables[1]
    assert [table.count("\n") for table in tables] == [4, 4]
    assert tables[0].splitlines()[2].startswith("| the film no 0 is good |")
    files = ("report/predictions.jsonl", "model/model.safetensors")
    for file in files:
        assert (tmp_path / "run" / file).read_bytes() == (tmp_path / "again" / file).read_bytes()
    lines = (tmp_path / "run" / "report" / "predictions.jsonl").read_text().splitlines()
    assert [json.loads(line)["text"] for line in lines] == [text for text, _ in rows(11)]

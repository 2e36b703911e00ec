"""One sentence from a file to a served score; every stage is compared with the one before.

The sentence has HTML, entities, full-width letters and Chinese; the vocabulary has ten words, so
that every value can be written down. One small run is trained for all stages.
"""

from __future__ import annotations

import json
import subprocess
import sys

import numpy as np
import pytest
import tensorflow as tf

from tfft.build.trained import load_trained
from tfft.config.load import load_config
from tfft.data.faults import FaultList
from tfft.data.pipeline import evaluation_batches, train_batches
from tfft.data.prepare import prepare
from tfft.data.rows import Row, RowReader
from tfft.data.sources import expand_source
from tfft.predict import main as predict
from tfft.train import main as train

SPECIALS = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
WORDS = ["good", "bad", "film", "book", "##s", "&", "!", "好", "不", "the"]

RAW = "<p>The&nbsp;<b>ＧＯＯＤ</b> films &amp; bo\u200dok&#33;&lt;3</p> 不好！"
CLEANED = "The GOOD films & bo\u200dok!<3 不好!"
TOKENS = ["the", "good", "film", "##s", "&", "book", "!", "[UNK]", "[UNK]", "不", "好", "!"]
IDS = [2, 14, 5, 7, 9, 10, 8, 11, 1, 1, 13, 12, 11, 3]

ROW, LINE, LABEL = 3, 5, "positive"
OTHERS = [
    ("bad book", "negative"), ("the 好 film!", "positive"), ("", "negative"),
    ("不好 " * 40, "negative"), ("good", "positive"), ("<i>bad</i> films", "negative"),
]  # fmt: skip

CONFIG = """
name: river
data: {train: train.tsv, validation: train.tsv, test: train.tsv}
text: {vocab: vocab.txt, max_tokens: 32, clean: [html, width, whitespace]}
model: {hidden_size: 24, num_hidden_layers: 1, num_attention_heads: 3, intermediate_size: 37,
        max_position_embeddings: 32, initializer_range: 0.3}
training: {epochs: 1, batch_size: 3, learning_rate: 0.001}
evaluation: {bag_of_words_rows: 0}
"""

SERVE = """
import importlib.util, json, pathlib, sys
# TensorFlow loads Keras for `tf.keras` where it can; here it, and whoever else asks, gets an error.
sys.modules.update(dict.fromkeys(["tfft", "keras", "tf_keras", "transformers"]))
import tensorflow as tf
# The operations alone, as a server links them: tensorflow_text's Python package imports Keras.
folder = pathlib.Path(importlib.util.find_spec("tensorflow_text").submodule_search_locations[0])
for library in sorted(folder.glob("**/_*.so")):
    if "pywrap" not in library.name:
        tf.load_op_library(str(library))
signature = tf.saved_model.load(sys.argv[1]).signatures["serving_default"]
answers = [
    {key: value.numpy().tolist() for key, value in signature(text=tf.constant(texts)).items()}
    for texts in json.loads(sys.stdin.read())
]
for answer in answers:
    answer["label"] = [label.decode() for label in answer["label"]]
    answer["label_names"] = [[name.decode() for name in names] for names in answer["label_names"]]
names = ("tfft", "keras", "tf_keras", "transformers", "tensorflow_text")
foreign = [m for m, loaded in sys.modules.items() if loaded and m.split(".")[0] in names]
print(json.dumps({"answers": answers, "foreign": foreign}))
"""


@pytest.fixture(scope="module")
def river(tmp_path_factory):
    """The folder of the run and its file."""
    folder = tmp_path_factory.mktemp("river")
    rows = [*OTHERS[:ROW], (RAW, LABEL), *OTHERS[ROW:]]
    lines = ["text\tlabel", *(f"{text}\t{label}" for text, label in rows)]
    (folder / "train.tsv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    (folder / "vocab.txt").write_text("\n".join(SPECIALS + WORDS) + "\n", encoding="utf-8")
    (folder / "c.yaml").write_text(CONFIG)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        if train(["--config", "c.yaml", "--run-dir", "run"]) != 0:
            pytest.fail("the run was refused")
    return folder


@pytest.fixture(scope="module")
def trained(river):
    return load_trained(river / "run" / "model")


@pytest.fixture(scope="module")
def stores(river, trained):
    """The rows as training stores them."""

    def clean(texts):
        return list(trained.preprocessor.clean(tf.constant(texts)).numpy())

    return prepare(
        river / "rows", train=str(river / "train.tsv"), clean=clean,
        columns={"text": "text", "label": "label"},
    )  # fmt: skip


@pytest.fixture(scope="module")
def scored(trained):
    """Logits and probabilities of the sentence on its own, and the label's name."""
    features = trained.preprocessor(tf.constant([RAW]))
    logits = trained.model(features, training=False).logits
    probabilities = trained.task.probabilities(logits).numpy()[0]
    return logits.numpy()[0], probabilities, trained.task.label_names[probabilities.argmax()]


def test_the_file_gives_the_raw_row(river):
    path, faults = str(river / "train.tsv"), FaultList()
    reader = RowReader({"text": "text", "label": "label"}, faults)
    rows = list(reader.rows(expand_source(path, faults, where="data.train")))
    assert rows[ROW] == Row(file=0, record=ROW, line=LINE, text=RAW, label=LABEL)
    assert len(rows) == 7 and not faults


def test_the_raw_row_gives_the_cleaned_text(trained):
    assert trained.preprocessor.clean(tf.constant([RAW])).numpy()[0].decode() == CLEANED


def test_the_cleaned_text_gives_the_tokens(trained):
    (ids,) = trained.preprocessor.tokenize(tf.constant([CLEANED])).to_list()
    assert [(SPECIALS + WORDS)[each] for each in ids] == TOKENS


def test_the_tokens_give_the_ids(trained):
    features = trained.preprocessor(tf.constant([RAW]))
    assert features["input_ids"].numpy().tolist() == [IDS]
    assert features["attention_mask"].numpy().tolist() == [[1] * 14]
    assert features["token_type_ids"].numpy().tolist() == [[0] * 14]


def test_the_ids_are_those_of_a_training_batch_whatever_stands_beside_them(stores, trained):
    seen = set()
    for epoch in range(2):
        batches = train_batches(
            stores.train, preprocess=trained.preprocessor, batch_size=3, seed=17, epoch=epoch
        )
        for batch in batches.as_numpy_iterator():
            places = np.flatnonzero((batch["row_id"] == [0, ROW]).all(axis=-1))
            for place in places:
                length = batch["input_ids"].shape[1]
                seen.add(length)
                assert batch["input_ids"][place].tolist() == IDS + [0] * (length - 14)
                assert batch["attention_mask"][place].sum() == 14
                assert batch["labels"][place] == 1
    assert len(seen) > 1, "the padding never changed: the test shows nothing"


def test_a_batch_gives_the_logits_of_the_row_alone(stores, trained, scored):
    batches = evaluation_batches(stores.train, preprocess=trained.preprocessor, batch_size=7)
    (batch,) = batches.as_numpy_iterator()
    features = {key: batch[key] for key in ("input_ids", "attention_mask", "token_type_ids")}
    logits = trained.model(features, training=False).logits.numpy()
    np.testing.assert_allclose(logits[ROW], scored[0], atol=1e-5)
    assert np.ptp(logits, axis=0).min() > 0.01, "all rows score alike: the test shows nothing"


def test_the_logits_give_the_probabilities(scored):
    logits, probabilities, _ = scored
    powers = np.exp(logits - logits.max())
    np.testing.assert_allclose(probabilities, powers / powers.sum(), atol=1e-6)


def test_the_probabilities_are_those_of_the_report(river, scored):
    lines = (river / "run" / "report" / "predictions.jsonl").read_text("utf-8").split("\n")
    line = json.loads(lines[ROW])
    assert (line["row_id"], line["text"], line["labels"]) == ([0, ROW], RAW, LABEL)
    assert line["label"] == scored[2]
    np.testing.assert_allclose(line["probabilities"], scored[1], atol=1e-5)


@pytest.mark.parametrize("num_rows", ["2", "64"])
def test_predict_gives_the_same_answer_at_any_batch_size(river, scored, tmp_path, num_rows):
    output = tmp_path / "out.jsonl"
    arguments = ["--input", str(river / "train.tsv"), "--output", str(output)]
    assert predict([str(river / "run"), *arguments, "--batch-size", num_rows]) == 0
    line = json.loads(output.read_text("utf-8").split("\n")[ROW])
    assert (line["text"], line["input_label"], line["label"]) == (RAW, LABEL, scored[2])
    assert line["label_names"] == ["negative", "positive"]
    np.testing.assert_allclose(line["probabilities"], scored[1], atol=1e-5)


def test_the_saved_model_gives_the_same_answer_without_tfft_and_keras(river, scored, tmp_path):
    batches = [[RAW], [OTHERS[3][0], RAW], [*(text for text, _ in OTHERS), RAW]]
    done = subprocess.run(
        [sys.executable, "-c", SERVE, str(river / "run" / "saved_model" / "1")],
        input=json.dumps(batches), capture_output=True, text=True, check=False, cwd=tmp_path,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout.splitlines()[-1])
    assert found["foreign"] == []
    for answer in found["answers"]:
        assert answer["label"][-1] == scored[2]
        assert answer["label_names"][-1] == ["negative", "positive"]
        np.testing.assert_allclose(answer["probabilities"][-1], scored[1], atol=1e-5)


def test_the_resolved_config_names_the_rules_that_the_model_keeps(river, trained):
    config, _ = load_config(river / "run" / "config.yaml", check_files=False)
    assert config.text.clean == ["html", "width", "whitespace"]
    assert sorted(trained.preprocessor.settings()["clean"]) == ["html", "whitespace", "width"]

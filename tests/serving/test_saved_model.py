"""A SavedModel answers plain strings as the model does, in a process without tfft and Keras."""

import json
import subprocess
import sys

import numpy as np
import pytest
import tensorflow as tf
from transformers import BertConfig

from tfft.errors import ExportError
from tfft.interop.tf_bert import TFBertForSequenceClassification
from tfft.serving import saved_model
from tfft.serving.saved_model import (
    ServedModel,
    export_saved_model,
    is_saved_model,
    load_saved_model,
)
from tfft.tasks.single_label import SingleLabel
from tfft.text.preprocessor import Preprocessor
from tfft.text.vocab import Vocabulary

TOKENS = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "good", "bad", "film", "##s", "好", "!")
TEXTS = ["good films!", "", "a bad film", "好好 <b>good</b>", b"\xff\xfe broken", "x" * 300]


def served(takes_pairs=False):
    config = BertConfig(
        vocab_size=len(TOKENS), hidden_size=24, num_hidden_layers=2, num_attention_heads=3,
        intermediate_size=37, max_position_embeddings=16, num_labels=3, initializer_range=0.5,
    )  # fmt: skip
    return ServedModel(
        Preprocessor(Vocabulary(TOKENS), max_tokens=16, clean=["html"]),
        TFBertForSequenceClassification(config, seed=1),
        SingleLabel(["bad", "good", "差"]),
        takes_pairs=takes_pairs,
    )


@pytest.fixture(scope="module")
def exported(tmp_path_factory):
    model = served()
    folder = tmp_path_factory.mktemp("served") / "saved_model"
    return model, export_saved_model(model, folder, samples=[TEXTS])


def test_every_input_and_output_has_the_batch_first(exported):
    signature = tf.saved_model.load(str(exported[1])).signatures["serving_default"]
    inputs = signature.structured_input_signature[1]
    assert {k: (v.dtype.name, v.shape.as_list()) for k, v in inputs.items()} == {
        "text": ("string", [None])
    }
    outputs = signature.structured_outputs
    assert {k: (v.dtype.name, v.shape.rank) for k, v in outputs.items()} == {
        "label": ("string", 1),
        "probabilities": ("float32", 2),
        "label_names": ("string", 2),
    }


def test_the_saved_model_answers_as_the_model_does(exported):
    model, folder = exported
    ours, theirs = model(TEXTS), load_saved_model(folder)(TEXTS)
    np.testing.assert_allclose(ours["probabilities"], theirs["probabilities"], atol=1e-5)
    assert ours["label"].tolist() == theirs["label"].tolist()
    assert np.ptp(ours["probabilities"][:, 0]) > 0.01  # the texts do make a difference


def test_a_batch_does_not_change_its_rows_answers(exported):
    loaded = load_saved_model(exported[1])
    together = loaded(TEXTS)["probabilities"]
    alone = np.concatenate([loaded([text])["probabilities"] for text in TEXTS])
    np.testing.assert_allclose(together, alone, atol=1e-5)


def test_it_loads_without_tfft_and_keras(exported):
    model, folder = exported
    code = f"""
import json, sys
import tensorflow as tf, tensorflow_text
with tf.compat.v1.Session(graph=tf.Graph()) as session:
    meta = tf.compat.v1.saved_model.loader.load(session, ["serve"], {str(folder)!r})
    signature = meta.signature_def["serving_default"]
    out = session.run(signature.outputs["probabilities"].name,
                      {{signature.inputs["text"].name: ["good films!", "", "a bad film"]}})
# tensorflow's own lazy `tf.keras` may load Keras; nothing of ours may.
print(json.dumps([sorted(m for m in sys.modules if m.split(".")[0] == "tfft"), out.tolist()]))
"""
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, cwd="/"
    )
    assert done.returncode == 0, done.stderr
    loaded, probabilities = json.loads(done.stdout.splitlines()[-1])
    assert loaded == []
    expected = model(TEXTS[:3])["probabilities"]
    np.testing.assert_allclose(probabilities, expected, atol=1e-5)


def test_keras_is_not_needed_to_load(exported, tmp_path):
    # tensorflow_text's Python package imports Keras for layers of its own; a server links its
    # operations alone, as is done here.
    (tmp_path / "keras").mkdir()
    (tmp_path / "keras" / "__init__.py").write_text("raise ImportError('no keras here')")
    code = f"""
import importlib.util, pathlib
import tensorflow as tf
folder = pathlib.Path(importlib.util.find_spec("tensorflow_text").submodule_search_locations[0])
for library in folder.glob("**/_*.so"):
    if "pywrap" not in library.name:
        tf.load_op_library(str(library))
loaded = tf.saved_model.load({str(exported[1])!r})
print(loaded.signatures["serving_default"](text=tf.constant(["good"]))["label"].numpy()[0].decode())
"""
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, cwd=tmp_path
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.split()[-1] == exported[0](["good"])["label"][0].decode()


def test_versions_count_up_and_the_highest_is_loaded(tmp_path):
    model = served()
    assert export_saved_model(model, tmp_path, samples=[["good"]]).name == "1"
    assert export_saved_model(model, tmp_path, samples=[["good"]]).name == "2"
    assert is_saved_model(tmp_path) and is_saved_model(tmp_path / "1")
    assert not is_saved_model(tmp_path / "3")
    assert sorted(p.name for p in tmp_path.iterdir()) == ["1", "2"]


def test_an_export_that_differs_is_refused_and_leaves_nothing(tmp_path, monkeypatch):
    model = served()
    honest = saved_model.load_saved_model

    def dishonest(folder):
        loaded = honest(folder)

        def answer(*texts):
            reply = loaded(*texts)
            reply["probabilities"] = reply["probabilities"] + np.float32(1e-4)
            return reply

        return answer

    monkeypatch.setattr(saved_model, "load_saved_model", dishonest)
    with pytest.raises(ExportError, match=r"differ by 0\.0001"):
        export_saved_model(model, tmp_path / "m", samples=[["good", "bad"]])
    assert list((tmp_path / "m").iterdir()) == []


def test_pairs_take_two_texts(tmp_path):
    model = served(takes_pairs=True)
    folder = export_saved_model(model, tmp_path, samples=[["good", "bad"], ["film", ""]])
    loaded = load_saved_model(folder)
    assert loaded.takes_pairs
    one = loaded(["good"], ["bad film"])["probabilities"]
    other = loaded(["good bad"], ["film"])["probabilities"]
    assert not np.allclose(one, other)


@pytest.mark.parametrize("content", [None, b"not a saved model"])
def test_a_folder_without_a_saved_model_is_one_clear_error(tmp_path, content):
    if content is not None:
        (tmp_path / "saved_model.pb").write_bytes(content)
    with pytest.raises(ExportError, match="cannot be loaded"):
        load_saved_model(tmp_path)

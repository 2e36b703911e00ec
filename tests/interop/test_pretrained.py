"""Hugging Face folders both ways: what is loaded, what is new, what is refused."""

from __future__ import annotations

import json
import logging
from pathlib import Path

import keras
import ml_dtypes
import numpy as np
import pytest
from safetensors.numpy import load_file

from tests.interop.conftest import REFERENCES
from tests.interop.test_model_file import POINTER
from tfft.errors import CheckpointError
from tfft.interop.tf_bert import TFBertForSequenceClassification, TFBertModel


class Vocabulary:
    """A vocabulary as the room for text would give it."""

    def __init__(self, num_tokens: int):
        special = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]")
        self.tokens = (*special, *(f"t{i}" for i in range(num_tokens - len(special))))

    def save(self, path: str | Path) -> None:
        Path(path).write_text("".join(f"{token}\n" for token in self.tokens), encoding="utf-8")


def problems(error: pytest.ExceptionInfo) -> str:
    return "\n".join(str(fault) for fault in error.value.faults)


def test_what_is_saved_is_loaded_with_equal_logits(folder: Path, batch):
    first = TFBertForSequenceClassification.from_pretrained(folder)
    first.save_pretrained(folder.parent / "again")
    second = TFBertForSequenceClassification.from_pretrained(str(folder.parent / "again"))
    np.testing.assert_array_equal(second(batch).logits, first(batch).logits)
    assert np.abs(first(batch).logits).max() > 0.1
    for one, other in zip(first.weights, second.weights, strict=True):
        assert np.array(one).tobytes() == np.array(other).tobytes()


def test_a_second_save_gives_equal_bytes(folder: Path):
    model = TFBertForSequenceClassification.from_pretrained(folder)
    model.save_pretrained(folder.parent / "again")
    for name in ("model.safetensors", "config.json"):
        assert (folder.parent / "again" / name).read_bytes() == (folder / name).read_bytes()


def test_old_names_without_prefix_and_with_gamma_and_beta_are_loaded(edit_weights, batch):
    expected = TFBertForSequenceClassification.from_pretrained(edit_weights(dict))(batch).logits

    def old(name: str) -> str:
        name = name.removeprefix("bert.").replace("LayerNorm.weight", "LayerNorm.gamma")
        return name.replace("LayerNorm.bias", "LayerNorm.beta")

    folder = edit_weights(lambda weights: {old(name): value for name, value in weights.items()})
    assert "encoder.layer.0.output.LayerNorm.gamma" in load_file(folder / "model.safetensors")
    got = TFBertForSequenceClassification.from_pretrained(folder)(batch).logits
    np.testing.assert_array_equal(got, expected)


def test_a_new_heads_classes_have_the_names_that_are_given(folder: Path, tmp_path: Path, caplog):
    TFBertModel.from_pretrained(folder).save_pretrained(tmp_path / "bare")
    model = TFBertForSequenceClassification.from_pretrained(
        tmp_path / "bare", id2label=["no", "maybe", "yes", "never"]
    )
    assert "new random weights, to be trained: classifier.weight, classifier.bias" in caplog.text
    assert model.num_labels == 4
    model.save_pretrained(tmp_path / "headed")
    config = json.loads((tmp_path / "headed" / "config.json").read_text())
    assert config["id2label"] == {"0": "no", "1": "maybe", "2": "yes", "3": "never"}


def test_what_the_output_holds_may_be_asked_for_while_loading(folder: Path, batch):
    model = TFBertForSequenceClassification.from_pretrained(
        folder, output_hidden_states=True, output_attentions=True
    )
    assert list(model(batch)) == ["logits", "hidden_states", "attentions"]


def test_a_pickle_alone_is_refused_with_the_way_to_safetensors(folder: Path):
    (folder / "model.safetensors").rename(folder / "pytorch_model.bin")
    with pytest.raises(CheckpointError) as error:
        TFBertModel.from_pretrained(folder)
    assert "has `pytorch_model.bin`, which is not read" in problems(error)
    assert "`save_pretrained` it: that writes safetensors" in problems(error)


def test_saved_weights_have_hugging_faces_names_layout_and_values(tmp_path: Path):
    published = REFERENCES / "gelu"
    TFBertForSequenceClassification.from_pretrained(published).save_pretrained(tmp_path)
    ours, theirs = (load_file(f / "model.safetensors") for f in (tmp_path, published))
    assert sorted(ours) == sorted(theirs)
    for name, value in theirs.items():
        np.testing.assert_array_equal(ours[name], value)
    config = json.loads((tmp_path / "config.json").read_text())
    for name, value in json.loads((published / "config.json").read_text()).items():
        assert config[name] == value


def test_a_bare_backbone_is_saved_without_prefix_and_loaded_under_a_new_head(
    folder: Path, batch, caplog
):
    backbone = TFBertModel.from_pretrained(folder)
    backbone.save_pretrained(folder.parent / "bare")
    names = load_file(folder.parent / "bare" / "model.safetensors")
    assert not any(name.startswith(("bert.", "classifier.")) for name in names)
    with caplog.at_level(logging.WARNING, logger="tfft"):
        headed = TFBertForSequenceClassification.from_pretrained(
            folder.parent / "bare", num_labels=4, seed=5
        )
    assert "new random weights, to be trained: classifier.weight, classifier.bias" in caplog.text
    assert headed(batch).logits.shape == (2, 4)
    np.testing.assert_array_equal(headed.bert(**batch).pooler_output, backbone(batch).pooler_output)


def test_a_new_head_is_repeated_by_the_seed(folder: Path, batch):
    def load(seed: int):
        return TFBertForSequenceClassification.from_pretrained(
            folder, num_labels=5, ignore_mismatched_sizes=True, seed=seed
        )

    np.testing.assert_array_equal(load(5)(batch).logits, load(5)(batch).logits)
    assert np.abs(load(5)(batch).logits - load(6)(batch).logits).max() > 1e-3


def test_a_head_that_the_model_lacks_is_left_out_with_a_note(folder: Path, caplog):
    with caplog.at_level(logging.INFO, logger="tfft"):
        TFBertModel.from_pretrained(folder)
    (record,) = [r for r in caplog.records if "not used" in r.message]
    assert record.levelno == logging.INFO
    assert "classifier.bias, classifier.weight" in record.message


def test_a_head_of_another_size_is_refused_or_begun_anew(folder: Path, caplog):
    with pytest.raises(CheckpointError) as error:
        TFBertForSequenceClassification.from_pretrained(folder, num_labels=5)
    assert "classifier.weight: has shape [3, 6]; expected [5, 6]" in problems(error)
    model = TFBertForSequenceClassification.from_pretrained(
        folder, id2label=["a", "b", "c", "d", "e"], ignore_mismatched_sizes=True
    )
    assert model.num_labels == 5
    assert "classifier.weight" in caplog.text


@pytest.mark.parametrize("dtype", ["bfloat16", "float16"])
def test_half_types_are_loaded_as_float32(edit_weights, batch, dtype: str):
    exact = TFBertForSequenceClassification.from_pretrained(edit_weights(lambda weights: weights))
    folder = edit_weights(
        lambda w: {n: v.astype(getattr(ml_dtypes, dtype, dtype)) for n, v in w.items()}
    )
    rounded = TFBertForSequenceClassification.from_pretrained(folder)
    assert {weight.dtype for weight in rounded.weights} == {"float32"}
    difference = np.abs(rounded(batch).logits - exact(batch).logits).max()
    assert 0 < difference < 0.05


def test_shards_are_loaded_like_one_file(folder: Path, batch):
    from safetensors.numpy import save_file

    expected = TFBertForSequenceClassification.from_pretrained(folder)(batch).logits
    weights = load_file(folder / "model.safetensors")
    (folder / "model.safetensors").unlink()
    weight_map = {}
    for number in (1, 2):
        shard = f"model-0000{number}-of-00002.safetensors"
        part = dict(sorted(weights.items())[number - 1 :: 2])
        save_file(part, folder / shard, metadata={"format": "pt"})
        weight_map |= dict.fromkeys(part, shard)
    index = {"metadata": {}, "weight_map": weight_map}
    (folder / "model.safetensors.index.json").write_text(json.dumps(index))
    got = TFBertForSequenceClassification.from_pretrained(folder)(batch).logits
    np.testing.assert_array_equal(got, expected)


def test_every_weight_that_does_not_fit_is_told_before_a_model_is_built(edit_weights, monkeypatch):
    def damage(weights):
        del weights["bert.encoder.layer.1.attention.self.query.weight"]
        weights["bert.embeddings.word_embeddings.weight"] = np.zeros((5, 6), "float32")
        return weights

    folder = edit_weights(damage)
    monkeypatch.setattr(TFBertModel, "__init__", lambda *_, **__: pytest.fail("a model was built"))
    with pytest.raises(CheckpointError) as error:
        TFBertModel.from_pretrained(folder)
    assert problems(error) == (
        "bert.embeddings.word_embeddings.weight: has shape [5, 6]; expected [13, 6] "
        "(vocab_size, hidden_size)\n"
        "bert.encoder.layer.1.attention.self.query.weight: is missing; expected shape [6, 6]"
    )


def test_faults_of_config_and_weights_are_reported_together(folder: Path):
    (folder / "config.json").write_text("{")
    (folder / "model.safetensors").write_bytes(POINTER)
    with pytest.raises(CheckpointError) as error:
        TFBertModel.from_pretrained(folder)
    assert "config.json:1: is damaged JSON" in problems(error)
    assert "git lfs pull" in problems(error)


def test_an_empty_folder_lacks_config_and_weights(tmp_path: Path):
    with pytest.raises(CheckpointError) as error:
        TFBertModel.from_pretrained(tmp_path)
    assert "config.json: no such file" in problems(error)
    assert "has no weights; expected `model.safetensors`" in problems(error)


@pytest.mark.slow
def test_published_folders_that_broke_are_refused(shared_data: Path):
    broken = shared_data / "broken-checkpoints"
    for name, claim in (
        ("minilm-lfs-pointer", "git lfs pull"),
        ("minilm-truncated", "is truncated: it has 851,968 bytes; expected 90,868,376 bytes"),
        ("bert-en-lfs", "Google's original format"),
        ("bert-en-lfs", "expected a file of 166,673,648 bytes. Run `git lfs pull`"),
        ("bert-mini-google", "has `bert_model.ckpt.index`, which is not read"),
        ("bert-mini-google", "bert_model.ckpt.data-00000-of-00001: no such file"),
    ):
        with pytest.raises(CheckpointError) as error:
            TFBertForSequenceClassification.from_pretrained(broken / name)
        assert claim in problems(error)


def test_a_configuration_that_cannot_be_built_is_refused_by_its_fields(tiny_config):
    with pytest.raises(CheckpointError) as error:
        TFBertModel(tiny_config(hidden_size=7, hidden_act="gelo"))
    assert "hidden_size: got 7; expected a multiple of num_attention_heads (3)" in problems(error)
    assert "hidden_act: got 'gelo'" in problems(error)


def test_the_model_keeps_a_copy_of_its_configuration(tiny_config):
    config = tiny_config()
    model = TFBertModel(config)
    config.hidden_size = 99
    assert model.config.hidden_size == 6


def test_config_fields_may_be_replaced_while_loading(folder: Path):
    model = TFBertModel.from_pretrained(folder, hidden_dropout_prob=0.0, dtype="mixed_bfloat16")
    assert model.bert.embeddings.dropout.rate == 0.0
    assert model.compute_dtype == "bfloat16"


def test_a_model_inside_a_layer_of_the_users_own_is_saved_and_loaded(folder: Path, batch):
    class Outer(keras.layers.Layer):
        def build(self, input_shape):
            self.inner = TFBertModel.from_pretrained(folder)

    outer = Outer(name="outer")
    outer.build((None, None))
    assert outer.inner.weights[0].path.startswith("outer/")
    outer.inner.save_pretrained(folder.parent / "inner")
    again = TFBertModel.from_pretrained(folder.parent / "inner")
    np.testing.assert_array_equal(again(batch)[0], outer.inner(batch)[0])


def test_tokenizer_files_are_written_beside_the_weights(folder: Path, tmp_path: Path):
    from transformers import AutoTokenizer

    model = TFBertModel.from_pretrained(folder)
    model.save_pretrained(
        tmp_path / "with",
        vocabulary=Vocabulary(13),
        tokenizer_settings={"lowercase": False, "strip_accents": None},
    )
    assert sorted(path.name for path in (tmp_path / "with").iterdir()) == [
        "config.json",
        "model.safetensors",
        "special_tokens_map.json",
        "tokenizer.json",
        "tokenizer_config.json",
        "vocab.txt",
    ]
    tokenizer = AutoTokenizer.from_pretrained(tmp_path / "with")
    assert tokenizer("t1 T1")["input_ids"] == [2, 6, 1, 3]
    assert tokenizer.model_max_length == 7


def test_a_vocabulary_larger_than_the_embeddings_is_refused_and_nothing_is_written(
    folder: Path, tmp_path: Path
):
    model = TFBertModel.from_pretrained(folder)
    with pytest.raises(CheckpointError, match="has 14 tokens, the model 13 embeddings"):
        model.save_pretrained(tmp_path / "new", vocabulary=Vocabulary(14))
    assert not (tmp_path / "new").exists()

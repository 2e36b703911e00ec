"""`config.json` both ways, and every fault in it at once."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tfft.errors import CheckpointError
from tfft.interop.bert_config import (
    backbone_arguments,
    checked_config,
    config_file_content,
    read_config,
)


def problems(error: pytest.ExceptionInfo) -> list[str]:
    return [str(fault).split("config.json: ")[-1] for fault in error.value.faults]


def test_fields_become_the_backbones_arguments(tiny_config):
    config = tiny_config(hidden_act="gelu_new", hidden_dropout_prob=0.3, layer_norm_eps=1e-5)
    assert backbone_arguments(config) == {
        "vocab_size": 13,
        "hidden_size": 6,
        "num_hidden_layers": 2,
        "num_attention_heads": 3,
        "intermediate_size": 5,
        "max_position_embeddings": 7,
        "type_vocab_size": 2,
        "hidden_act": "gelu_new",
        "hidden_dropout_rate": 0.3,
        "attention_dropout_rate": 0.1,
        "layer_norm_epsilon": 1e-5,
        "initializer_range": 0.02,
    }


def test_what_is_written_is_read_back(tmp_path: Path, tiny_config):
    config = tiny_config(id2label={0: "坏", 1: "好", 2: "一般"}, hidden_act="relu")
    content = config_file_content(config, architecture="BertX", with_labels=True)
    (tmp_path / "config.json").write_text(content, encoding="utf-8")
    stored = json.loads(content)
    assert stored["architectures"] == ["BertX"]
    assert stored["model_type"] == "bert"
    assert stored["label2id"] == {"坏": 0, "好": 1, "一般": 2}
    again = read_config(tmp_path)
    assert again.id2label == {0: "坏", 1: "好", 2: "一般"}
    assert backbone_arguments(again) == backbone_arguments(config)


def test_labels_may_be_given_by_count_list_or_mapping(folder: Path):
    assert read_config(folder).num_labels == 3
    assert read_config(folder, num_labels=5).id2label[4] == "LABEL_4"
    assert read_config(folder, id2label=["no", "yes"]).label2id == {"no": 0, "yes": 1}
    assert read_config(folder, id2label={1: "b", 0: "a"}, num_labels=2).num_labels == 2


def test_stored_names_stay_where_the_count_is_only_repeated(edit_config):
    names = {"0": "a", "1": "b", "2": "c"}
    folder = edit_config(id2label=names)
    assert read_config(folder, num_labels=3).id2label == {0: "a", 1: "b", 2: "c"}


def test_overrides_replace_fields_and_unknown_ones_are_named(folder: Path):
    assert read_config(folder, hidden_dropout_prob=0.0).hidden_dropout_prob == 0.0
    with pytest.raises(CheckpointError, match="Did you mean `hidden_dropout_prob`"):
        read_config(folder, hidden_dropout_probs=0.0)


def test_all_faults_of_a_config_are_reported_at_once(edit_config):
    folder = edit_config(
        vocab_size="13",
        num_hidden_layers=0,
        hidden_size=7,
        hidden_act="gelo",
        hidden_dropout_prob=1.5,
        layer_norm_eps=None,
        position_embedding_type="relative_key",
        is_decoder=True,
        id2label={"0": "a", "2": "b"},
    )
    with pytest.raises(CheckpointError) as error:
        read_config(folder)
    got = problems(error)
    assert got[0] == "vocab_size: got '13'; expected a whole number, at least 1"
    assert got[1] == "num_hidden_layers: got 0; expected a whole number, at least 1"
    assert got[2] == "hidden_dropout_prob: got 1.5; expected a number from 0 to below 1"
    assert got[3] == "layer_norm_eps: got None; expected a number, at least 0"
    assert got[4].startswith("id2label: got {'0': 'a', '2': 'b'}; expected one name for each id")
    assert got[5].startswith("hidden_act: got 'gelo'; expected one of gelu,")
    assert got[5].endswith("Did you mean `gelu`?")
    assert got[6] == "position_embedding_type: got 'relative_key'; expected 'absolute'"
    assert got[7] == "is_decoder: got True; expected false: only encoders are built"
    assert got[8] == "hidden_size: got 7; expected a multiple of num_attention_heads (3)"
    assert len(got) == 9


def test_another_family_is_refused_by_its_name(edit_config):
    with pytest.raises(CheckpointError) as error:
        read_config(edit_config(model_type="roberta"))
    assert problems(error) == ["model_type: got 'roberta', not a BERT; expected 'bert'"]


def test_a_config_without_a_family_is_taken_for_a_bert(folder: Path):
    path = folder / "config.json"
    fields = json.loads(path.read_text())
    del fields["model_type"]
    path.write_text(json.dumps(fields))
    assert read_config(folder).hidden_size == 6


def test_a_type_that_only_transformers_refuses_is_a_fault_too(edit_config):
    with pytest.raises(CheckpointError, match=r"is refused by transformers.*use_cache"):
        read_config(edit_config(use_cache="sometimes"))


def test_labels_that_disagree_are_a_fault(folder: Path):
    with pytest.raises(CheckpointError, match="num_labels: is 4, but `id2label` names 2 classes"):
        read_config(folder, num_labels=4, id2label=["a", "b"])


def test_googles_config_is_named_where_it_stands_in_place(tmp_path: Path):
    (tmp_path / "bert_config.json").write_text("{}")
    with pytest.raises(CheckpointError, match="Google's original format"):
        read_config(tmp_path)


def test_a_checked_config_is_a_copy(tiny_config):
    config = tiny_config()
    copy = checked_config(config)
    copy.hidden_dropout_prob = 0.9
    assert config.hidden_dropout_prob == 0.1


def test_a_size_left_to_its_default_is_checked_with_the_rest(tmp_path: Path):
    (tmp_path / "config.json").write_text('{"num_attention_heads": 7}')
    with pytest.raises(
        CheckpointError, match=r"hidden_size: got 768; expected a multiple .* \(7\)"
    ):
        read_config(tmp_path)


def test_transformers_advice_about_pytorch_is_not_shown():
    code = "from tfft.interop.bert_config import bert_config_class; bert_config_class()"
    root = Path(__file__).parents[2]
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=True
    )
    assert "PyTorch" not in done.stdout + done.stderr

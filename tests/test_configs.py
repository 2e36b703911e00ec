"""Every config that comes with tfft can be used, and says only what differs."""

import pytest
import yaml

from tests.conftest import ROOT
from tfft.config.__main__ import main
from tfft.config.load import load_config
from tfft.config.schema import Config

CONFIGS = sorted((ROOT / "configs").glob("*.yaml"))


@pytest.mark.parametrize("path", CONFIGS, ids=lambda path: path.stem)
def test_the_config_loads_without_a_notice(path):
    config, notices = load_config(path, check_files=False)
    assert config.name == path.stem
    assert notices == []


@pytest.mark.parametrize("path", CONFIGS, ids=lambda path: path.stem)
def test_the_config_opens_with_its_purpose(path):
    assert path.read_text().startswith("# ")


@pytest.mark.parametrize("path", CONFIGS, ids=lambda path: path.stem)
def test_the_config_can_be_checked_where_its_data_is_not(path, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert main(["--check", str(path)]) == 0
    shown = capsys.readouterr().out
    assert f"the run `{path.stem}` in runs/{path.stem}, seed" in shown
    assert "\nNotes\n" not in shown


@pytest.mark.parametrize("name", ["quickstart", "quickstart_zh"])
def test_nothing_in_the_quickstart_has_to_be_taken_back(tmp_path, name):
    quickstart = ROOT / "configs" / f"{name}.yaml"
    (tmp_path / "rows.tsv").write_text("a\t0\nb\t1\n")
    (tmp_path / "vocab.txt").write_text("[PAD]\n")
    (tmp_path / "bert").mkdir()
    replaced = [
        f"data.train={tmp_path}/rows.tsv",
        "data.columns={text: 0, label: 1}",
        f"text.vocab={tmp_path}/vocab.txt",
        f"model.checkpoint={tmp_path}/bert",
    ]
    config, notices = load_config(quickstart, replaced)
    assert config.data.labels is None
    assert len(notices) == 2
    sizes = "model={hidden_size: 24, num_attention_heads: 3, num_hidden_layers: 1}"
    assert load_config(quickstart, [sizes])[0].model.hidden_size == 24


def test_the_designs_keys_are_the_schemas():
    contract = yaml.safe_load("""
        name: sst2
        seed: 17
        data:
          train: demo:reviews-en
          validation: demo:reviews-en
          test: demo:reviews-en
          columns: {text: 0, label: 1}
          labels: [negative, positive]
        text: {vocab: learn, lowercase: true, max_tokens: 128, truncation: head,
               max_bytes: 65536, clean: [html, urls, whitespace]}
        model: {checkpoint: google-bert/bert-base-uncased}
        task: {type: single_label}
        training: {epochs: 3, batch_size: 32, learning_rate: 2.0e-5, weight_decay: 0.01,
                   warmup_rate: 0.1, precision: auto, strategy: auto, checkpoint_steps: 500}
        deterministic: false
    """)
    assert Config.model_validate(contract).training.checkpoint_steps == 500

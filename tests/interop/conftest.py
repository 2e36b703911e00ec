"""What the tests of foreign formats share: a tiny BERT, its folder, and damaged copies of it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file

from tfft.interop.bert_config import bert_config_class

REFERENCES = Path(__file__).parent / "references"

SIZES = {
    "vocab_size": 13,
    "hidden_size": 6,
    "num_hidden_layers": 2,
    "num_attention_heads": 3,
    "intermediate_size": 5,
    "max_position_embeddings": 7,
    "type_vocab_size": 2,
}


@pytest.fixture
def tiny_config():
    """Makes a `BertConfig` of odd sizes; keywords replace fields."""
    return lambda **fields: bert_config_class()(**{**SIZES, **fields})


@pytest.fixture
def batch() -> dict[str, np.ndarray]:
    """Two rows of 7 and 3 tokens, the second padded."""
    return {
        "input_ids": np.array([[3, 1, 4, 1, 5, 9, 2], [6, 5, 3, 0, 0, 0, 0]]),
        "attention_mask": np.array([[1, 1, 1, 1, 1, 1, 1], [1, 1, 1, 0, 0, 0, 0]]),
        "token_type_ids": np.array([[0, 0, 0, 1, 1, 1, 1], [0, 1, 1, 0, 0, 0, 0]]),
    }


@pytest.fixture
def folder(tmp_path: Path, tiny_config) -> Path:
    """A model folder with a head of three labels."""
    from tfft.interop.tf_bert import TFBertForSequenceClassification

    model = TFBertForSequenceClassification(
        tiny_config(num_labels=3, initializer_range=0.5), seed=1
    )
    model.save_pretrained(tmp_path / "model")
    return tmp_path / "model"


@pytest.fixture
def edit_weights(folder: Path):
    """Rewrites the folder's weights by a function of all of them; its result is written."""

    def edit(change: Any) -> Path:
        path = folder / "model.safetensors"
        weights = {name: np.array(value) for name, value in load_file(path).items()}
        save_file(change(weights), path, metadata={"format": "pt"})
        return folder

    return edit


@pytest.fixture
def edit_config(folder: Path):
    """Replaces fields of the folder's `config.json`."""

    def edit(**fields: Any) -> Path:
        path = folder / "config.json"
        path.write_text(json.dumps({**json.loads(path.read_text()), **fields}))
        return folder

    return edit

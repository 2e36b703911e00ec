"""One small run, trained once for all tests that need one."""

from __future__ import annotations

from pathlib import Path

import pytest

from tfft.train import main as train

CONFIG = """
name: tiny
data:
  train: train.tsv
  validation: validation.csv
  test: test.jsonl
  columns: {text: text, label: label}
text: {vocab_size: 64, max_tokens: 16, clean: [html, whitespace]}
model: {hidden_size: 24, num_hidden_layers: 1, num_attention_heads: 3, intermediate_size: 37,
        max_position_embeddings: 16}
training: {epochs: 6, batch_size: 7, learning_rate: 0.02, checkpoint_steps: 5}
"""


def rows(count: int) -> list[tuple[str, str]]:
    """Rows whose label a word tells."""
    words = {"good": "positive", "fine": "positive", "bad": "negative", "poor": "negative"}
    pairs = list(words.items())
    return [
        (f"the {['film', 'book', 'tea'][n % 3]} no {n % 7} is {word}", label)
        for n, (word, label) in ((n, pairs[n % 4]) for n in range(count))
    ]


def write_rows(folder: Path) -> None:
    """Writes the three splits, each in a format of its own."""
    tsv = "".join(f"{text}\t{label}\n" for text, label in rows(61))
    (folder / "train.tsv").write_text("text\tlabel\n" + tsv, encoding="utf-8")
    csv = "".join(f'{label},"{text}"\r\n' for text, label in rows(13))
    (folder / "validation.csv").write_text("label,text\r\n" + csv, encoding="utf-8")
    jsonl = "".join(f'{{"id": {n}, "text": "{t}", "label": "{y}"}}\n'
                    for n, (t, y) in enumerate(rows(11)))  # fmt: skip
    (folder / "test.jsonl").write_text(jsonl, encoding="utf-8")
    (folder / "c.yaml").write_text(CONFIG)


@pytest.fixture(scope="session")
def tiny_run(tmp_path_factory) -> Path:
    """Directory of the run; its rows are beside it."""
    folder = tmp_path_factory.mktemp("tiny")
    write_rows(folder)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        if train(["--config", "c.yaml", "--run-dir", "run"]) != 0:
            pytest.fail("the tiny run was refused")
    return folder / "run"

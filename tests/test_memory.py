"""A corpus ten times as large takes no more memory: every stage holds a bounded number of rows."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import ROOT

CONFIG = """
name: large
data:
  train: {corpus}
  columns: {{text: 0, label: 1}}
  shuffle_buffer_rows: 16384
text: {{vocab: {vocabulary}, max_tokens: 8, clean: [html, whitespace]}}
model: {{hidden_size: 8, num_hidden_layers: 1, num_attention_heads: 1, intermediate_size: 8,
         max_position_embeddings: 8}}
training: {{epochs: 1, batch_size: 512}}
evaluation: {{batch_size: 512}}
export: {{enabled: false}}
"""
SYLLABLES = ("ba", "do", "fi", "gu", "ke", "lo", "ma", "ne", "pi", "ru", "sa", "to", "vu")
WORDS = [a + b + c for a in SYLLABLES for b in SYLLABLES for c in SYLLABLES]
MEGABYTE = 1 << 20


def write_corpus(path: Path, num_bytes: int) -> int:
    """Writes rows of about 1,000 bytes from 2,197 words; returns how many."""
    text = " ".join(WORDS[n * 7919 % len(WORDS)] for n in range(40_000))
    size = number = 0
    with open(path, "w", encoding="ascii") as file:
        while size < num_bytes:
            begin = number * 613 % (len(text) - 1000)
            size += file.write(f"{number} {text[begin : begin + 990]}\t{number % 2}\n")
            number += 1
    return number


def train(folder: Path, megabytes: int) -> int:
    """Trains in a process of its own; returns its peak resident memory in KiB."""
    corpus = folder / f"{megabytes}.tsv"
    num_rows = write_corpus(corpus, megabytes * MEGABYTE)
    # Learning a vocabulary from a gigabyte would take ten minutes.
    vocabulary = folder / "vocab.txt"
    vocabulary.write_text("\n".join(["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *WORDS]) + "\n")
    config = folder / "c.yaml"
    config.write_text(CONFIG.format(corpus=corpus, vocabulary=vocabulary))
    run = folder / f"run-{megabytes}"
    command = [sys.executable, "-m", "tfft.train", "--config", str(config), "--run-dir", str(run)]
    with open(folder / "log", "wb") as log:
        process = subprocess.Popen(command, cwd=ROOT, stdout=log, stderr=log)
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0, (folder / "log").read_text()[-2000:]
    with open(run / "report" / "predictions.jsonl", "rb") as predictions:
        assert 0.09 * num_rows < sum(1 for _ in predictions) < 0.11 * num_rows
    corpus.unlink()
    return usage.ru_maxrss


@pytest.mark.slow
def test_a_gigabyte_trains_in_the_memory_of_100_megabytes(tmp_path):
    small, large = train(tmp_path, 100), train(tmp_path, 1024)
    assert large <= 1.05 * small, f"{large / 1024:.0f} MiB against {small / 1024:.0f} MiB"

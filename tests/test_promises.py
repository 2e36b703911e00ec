"""What the README promises of whole runs, each in a process of its own, as a user starts it."""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.conftest import ROOT

pytestmark = pytest.mark.slow

QUICKSTART = ROOT / "configs" / "quickstart.yaml"
QUICKSTART_ZH = ROOT / "configs" / "quickstart_zh.yaml"
SEEDS = (17, 18, 19)


def train(config: Path, run: Path, *settings: str) -> tuple[dict, float]:
    """Trains as `python -m tfft.train` does; returns the report's metrics and the seconds."""
    command = [sys.executable, "-m", "tfft.train", "--config", str(config), "--run-dir", str(run)]
    for setting in settings:
        command += ["--set", setting]
    began = time.monotonic()
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    seconds = time.monotonic() - began
    return json.loads((run / "report" / "metrics.json").read_text()), seconds


@pytest.fixture(scope="module")
def quickstarts(tmp_path_factory) -> list[tuple[dict, float]]:
    """The quickstart with each of the seeds."""
    folder = tmp_path_factory.mktemp("quickstart")
    return [train(QUICKSTART, folder / str(seed), f"seed={seed}") for seed in SEEDS]


@pytest.fixture(scope="module")
def quickstart_zh(tmp_path_factory) -> tuple[dict, float]:
    """The Chinese quickstart with its own seed."""
    return train(QUICKSTART_ZH, tmp_path_factory.mktemp("quickstart_zh") / "run")


def gain_with_negation(metrics: dict) -> float:
    """By how much BERT is more accurate than the bag of words where there is a negator."""
    baseline = metrics["baselines"]["bag_of_words"]["slices"]["negation"]["accuracy"]
    return metrics["slices"]["negation"]["accuracy"] - baseline


def test_the_quickstarts_take_less_than_three_minutes_and_reach_macro_f1_of_93(
    quickstarts, quickstart_zh
):
    for metrics, seconds in [*quickstarts, quickstart_zh]:
        assert metrics["test"]["macro_f1"] >= 0.93
        assert seconds < 180


def test_with_negation_bert_beats_a_bag_of_words_by_15_points(quickstarts, quickstart_zh):
    assert statistics.median(gain_with_negation(metrics) for metrics, _ in quickstarts) >= 0.15
    assert gain_with_negation(quickstart_zh[0]) >= 0.15


def test_debug_tiny_takes_less_than_30_seconds(tmp_path):
    metrics, seconds = train(ROOT / "configs" / "debug_tiny.yaml", tmp_path / "run")
    assert metrics["test"]["rows"] == 1000
    assert seconds < 30


@pytest.mark.parametrize(
    ("corpus", "columns", "vocabulary", "accuracy"),
    [
        ("sst2-sentences", "{text: 0, label: 1}", "bert-base-uncased-vocab.txt", 0.79),
        ("chnsenticorp", "{text: text_a, label: label}", "bert-base-chinese-vocab.txt", 0.87),
    ],
)
def test_the_quickstart_learns_real_rows_from_random_weights_within_six_minutes(
    shared_data, tmp_path, corpus, columns, vocabulary, accuracy
):
    files = {
        split: shared_data / corpus / f"{name}.tsv"
        for split, name in (("train", "train"), ("validation", "dev"), ("test", "test"))
    }
    sources = ", ".join(f"{split}: {path}" for split, path in files.items())
    metrics, seconds = train(
        QUICKSTART,
        tmp_path / "run",
        f"data={{{sources}, columns: {columns}}}",
        f"text.vocab={shared_data / 'vocabs' / vocabulary}",
        "training.epochs=5",
    )
    assert metrics["test"]["accuracy"] >= accuracy
    assert seconds < 360

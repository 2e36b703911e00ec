"""Reports show the figures they are given, to a person and to a program."""

import io

import numpy as np
import pytest
from matplotlib.image import imread

from tfft.scoring.metrics import Scorer
from tfft.scoring.report import confusion_png, report_html, report_text, summary_text


@pytest.fixture
def scorer():
    scorer = Scorer(["bad", "good"])
    scorer.add(np.array([0, 1, 1]), np.array([0, 1, 0]), np.zeros(3))
    return scorer


def test_the_text_is_scikit_learns_report(scorer):
    lines = report_text(scorer).split("\n")
    assert lines[2].split() == ["bad", "0.5000", "1.0000", "0.6667", "1"]
    assert lines[3].split() == ["good", "1.0000", "0.5000", "0.6667", "2"]


@pytest.mark.parametrize("names", [["a", "b"], ["差评", "好评"], ["$1$", "<b>" * 20]])
def test_the_picture_is_dark_where_a_share_is_high(names):
    def centre_of_blue(counts):
        picture = imread(io.BytesIO(confusion_png(np.array(counts), names)))[..., :3]
        blue = np.clip(picture[..., 2] - picture[..., 0], 0, None).sum(axis=0)
        return (blue * np.arange(len(blue))).sum() / blue.sum()

    assert centre_of_blue([[7, 0], [13, 0]]) < centre_of_blue([[0, 7], [0, 13]]) - 20


def test_many_labels_make_a_picture_of_bounded_size():
    picture = imread(io.BytesIO(confusion_png(np.eye(77), [f"label {n}" for n in range(77)])))
    assert max(picture.shape) < 2000


@pytest.fixture
def metrics(scorer):
    return {
        "validation": {"accuracy": 0.94, "macro_f1": 0.93, "loss": 0.2, "rows": 70},
        "test": {"accuracy": 0.96, "macro_f1": 0.95, "loss": 0.1, "rows": 1000},
        "reported": "test",
        "slices": {"negation": {"accuracy": 0.9, "rows": 360}},
        "labels": scorer.by_class(),
        "baselines": {"bag_of_words": {"accuracy": 0.7, "macro_f1": 0.69, "rows": 1000,
                                       "slices": {"negation": {"accuracy": 0.5, "rows": 360}}}},
        "training": {"rows_per_second": 123.4, "best_epoch": None},
    }  # fmt: skip


def test_the_page_is_complete_and_escapes_names(metrics):
    metrics["slices"]["<script>"] = {"accuracy": 0.25, "rows": 1}
    page = report_html("a & b", metrics, b"PNG")
    assert "<title>a &amp; b</title>" in page
    assert "&lt;script&gt;" in page and "<script>" not in page
    row = "<td>slice negation</td><td>0.9000</td><td></td><td>0.5000</td><td>360</td>"
    assert row in page
    assert "<td>good</td><td>1.0000</td><td>0.5000</td><td>0.6667</td><td>2</td>" in page
    assert "<td>rows per second</td><td>123</td>" in page
    assert "data:image/png;base64,UE5H" in page


def test_the_summary_puts_the_baseline_beside_the_model(metrics):
    assert summary_text(metrics) == (
        "                  accuracy  macro F1  bag of words      rows\n"
        "validation          0.9400    0.9300                      70\n"
        "test                0.9600    0.9500        0.7000     1,000\n"
        "  slice negation    0.9000                  0.5000       360"
    )


def test_without_a_baseline_there_is_no_column_for_it(metrics):
    metrics["baselines"] = {}
    assert summary_text(metrics).splitlines()[0].split() == ["accuracy", "macro", "F1", "rows"]

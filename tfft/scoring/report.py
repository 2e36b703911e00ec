"""The report of a run: files that a person and a program can read.

Enters: scores and a `Scorer`. Leaves: text, a picture as PNG bytes, one HTML page.
Does not predict: `training.evaluation` does.
"""

from __future__ import annotations

import base64
import html
import io
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from sklearn.metrics import classification_report

from tfft.scoring.metrics import Scorer

MAX_NAMED_LABELS = 30
"""A picture with more labels than this has unreadable names; it shows the colours alone."""

MAX_COUNTED_LABELS = 15
"""Up to here the cells hold their counts."""

SPLITS = ("validation", "test")
LABEL_COLUMNS = ("precision", "recall", "f1", "rows")

FONTS = ("DejaVu Sans", "Noto Sans CJK SC", "Noto Sans SC", "PingFang SC", "WenQuanYi Zen Hei",
         "SimHei", "Droid Sans Fallback")  # fmt: skip
"""Families for label names; matplotlib takes the first that has the character."""


def report_text(scorer: Scorer) -> str:
    """Returns scikit-learn's classification report."""
    return str(
        classification_report(
            scorer.labels,
            scorer.predicted,
            labels=range(len(scorer.label_names)),
            target_names=list(scorer.label_names),
            digits=4,
            zero_division=0,
        )
    )


def summary_text(metrics: Mapping[str, Any]) -> str:
    """Returns the scores that a terminal shows at the end of a run.

    Args:
        metrics: contents of metrics.json.
    """
    columns, rows = score_table(metrics)
    width = max(len(name) for name in rows) + 2
    widths = [max(8, len(_heading(column))) for column in columns]
    lines = [["", *(_heading(column) for column in columns)]]
    lines += [
        [name if name in SPLITS else f"  {name}", *(_number(row.get(c)) for c in columns)]
        for name, row in rows.items()
    ]
    return "\n".join(
        f"{first:<{width}}"
        + "".join(f"  {cell:>{size}}" for cell, size in zip(cells, widths, strict=True))
        for first, *cells in lines
    )


def score_table(metrics: Mapping[str, Any]) -> tuple[list[str], dict[str, dict[str, Any]]]:
    """Puts the model beside the baselines.

    Args:
        metrics: contents of metrics.json.

    Returns:
        The columns, `accuracy`, `macro_f1`, the name of each baseline (for its accuracy) and
        `rows`; and the rows: splits and, of the reported split, `slice NAME`, with the columns
        that are known of them.
    """
    baselines = metrics.get("baselines", {})
    rows = {split: dict(metrics[split]) for split in SPLITS if split in metrics}
    rows |= {f"slice {name}": dict(values) for name, values in metrics["slices"].items()}
    for baseline, values in baselines.items():
        rows[metrics["reported"]][baseline] = values["accuracy"]
        for name, scores in values["slices"].items():
            rows[f"slice {name}"][baseline] = scores["accuracy"]
    return ["accuracy", "macro_f1", *baselines, "rows"], rows


def confusion_png(confusion: np.ndarray, label_names: Sequence[str]) -> bytes:
    """Draws a confusion matrix.

    Args:
        confusion: counts, int64 `[num_labels, num_labels]`; rows are the truth.
        label_names: name of each label.

    Returns:
        A PNG file's bytes.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    num_labels = len(label_names)
    # Few labels make a small figure, so that its text can be read where TensorBoard shrinks it.
    side = min(12.0, 2.5 + 0.35 * num_labels)
    figure = Figure(figsize=(side + 1, side), dpi=150, layout="constrained")
    axes = figure.add_subplot()
    shares = confusion / np.maximum(confusion.sum(axis=1, keepdims=True), 1)
    image = axes.imshow(shares, cmap="Blues", vmin=0, vmax=1)
    figure.colorbar(image, ax=axes, label="share of the true label's rows")
    axes.set_xlabel("predicted")
    axes.set_ylabel("true")
    if num_labels <= MAX_NAMED_LABELS:
        names = _drawable(label_names)
        axes.set_xticks(range(num_labels), names, rotation=45, ha="right", family=_installed())
        axes.set_yticks(range(num_labels), names, family=_installed())
    if num_labels <= MAX_COUNTED_LABELS:
        for (row, column), count in np.ndenumerate(confusion):
            dark = shares[row, column] > 0.5
            axes.text(column, row, f"{count:,}", ha="center", va="center",
                      color="white" if dark else "black")  # fmt: skip
    buffer = io.BytesIO()
    FigureCanvasAgg(figure).print_png(buffer)
    return buffer.getvalue()


def report_html(name: str, metrics: Mapping[str, Any], picture: bytes) -> str:
    """Returns one page, complete in itself, with the figures of `metrics.json`.

    Args:
        name: name of the run.
        metrics: contents of metrics.json.
        picture: the confusion matrix as PNG bytes.
    """
    columns, rows = score_table(metrics)
    encoded = base64.b64encode(picture).decode()
    body = [
        _table("Scores", rows, columns),
        _table(f"Labels of {metrics['reported']}", metrics["labels"], LABEL_COLUMNS),
        f"<h2>Confusion matrix of {metrics['reported']}</h2>",
        f'<img alt="confusion matrix" src="data:image/png;base64,{encoded}">',
    ]
    if "training" in metrics:
        figures = {_heading(key): {"": value} for key, value in metrics["training"].items()}
        body.append(_table("Training", figures, [""]))
    return _PAGE.replace("{title}", html.escape(name)).replace("{body}", "\n".join(body))


_PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>{title}</title>
<meta name="viewport" content="width=device-width">
<style>
body { font: 16px/1.5 system-ui, sans-serif; max-width: 56rem; margin: 2rem auto; padding: 0 1rem;
       color: #222; }
h2 { margin: 2rem 0 .5rem; font-size: 1.1rem; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; }
td { padding: .25rem 1rem .25rem 0; text-align: right; border-bottom: 1px solid #ddd;
         font-variant-numeric: tabular-nums; }
td:first-child { text-align: left; }
tr:first-child { color: #666; }
img { max-width: 100%; }
</style></head><body>
<h1>{title}</h1>
{body}
</body></html>
"""


def _table(title: str, rows: Mapping[str, Mapping[str, Any]], columns: Sequence[str]) -> str:
    lines = [["", *(_heading(column) for column in columns)]] if any(columns) else []
    lines += [[name, *(_number(values.get(c)) for c in columns)] for name, values in rows.items()]
    trs = "".join(
        "<tr>" + "".join(f"<td>{html.escape(cell)}</td>" for cell in line) + "</tr>"
        for line in lines
    )
    return f'<h2>{html.escape(title)}</h2><div class="wide"><table>{trs}</table></div>'


def _heading(column: str) -> str:
    return column.replace("_", " ").replace("f1", "F1")


def _number(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.4f}"
    return f"{value:,}" if isinstance(value, int) else str(value or "")


def _installed() -> list[str]:
    from matplotlib import font_manager

    known = {font.name for font in font_manager.fontManager.ttflist}
    return [name for name in FONTS if name in known]


def _drawable(names: Sequence[str]) -> list[str]:
    """Names as they are where a font has their characters, else numbers: boxes help nobody."""
    from matplotlib import font_manager

    fonts = [
        font_manager.get_font(font_manager.findfont(family)).get_charmap()
        for family in _installed()
    ]
    missing = [n for n in names if any(all(ord(c) not in f for f in fonts) for c in n)]
    return [str(i) for i in range(len(names))] if missing else [_short(n) for n in names]


def _short(name: str) -> str:
    # A dollar sign opens matplotlib's formulas.
    name = name.replace("$", r"\$")
    return name if len(name) <= 24 else name[:23] + "…"

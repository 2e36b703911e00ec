"""A finished run, put to use again: scored on other rows, exported again.

Enters: a `RunDirectory` whose training ended. Leaves: metrics, or a new version of a SavedModel.
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

from tfft.build.evaluation import batches_to_score, evaluation_metrics, score, write_report
from tfft.build.reading import columns_of, reading_of
from tfft.build.trained import load_trained
from tfft.config.schema import Config, Source
from tfft.data.own_splits import TEST, VALIDATION, own_splits
from tfft.data.prepare import prepare_evaluation
from tfft.errors import ConfigError, Fault
from tfft.run_directory import RunDirectory, new_run, publish
from tfft.scoring.report import report_text
from tfft.serving.saved_model import export_saved_model
from tfft.training.evaluation import Answering
from tfft.training.strategy import make_strategy

EXPORT_SAMPLES = ("a text", "", "Ünïcode 中文 ＦＵＬＬ", "x" * 500)
"""A run keeps no rows; these go through every part of the graph."""


def evaluate_run(run: RunDirectory, config: Config, output: Path | None) -> tuple[Any, str]:
    """Scores a run on the rows of `data.test`.

    Args:
        run: a trained run.
        config: its config, with `data` as wanted.
        output: a new directory for the report and the predictions, or None.

    Returns:
        The scores, in the form of metrics.json, and scikit-learn's classification report.

    Raises:
        TfftError: there are no such rows, or one of them cannot be used.
    """
    split, source = _scored_source(config)
    trained = load_trained(run.model)
    with (
        tempfile.TemporaryDirectory(prefix="tfft-") as scratch,
        new_run(output or Path(scratch) / "report") as part,
    ):
        store = prepare_evaluation(
            Path(scratch) / "rows",
            source=source,
            columns=columns_of(config.data),
            labels=trained.task.label_names,
            split=split,
            reading=reading_of(config.data),
        )
        answering = Answering(trained.row_logits, make_strategy("one_device"))
        batches = batches_to_score(trained, store, batch_size=config.evaluation.batch_size)
        file = part.path / "predictions.jsonl"
        scorer = score(trained, batches, answering, predictions=file)
        metrics = evaluation_metrics(split, scorer)
        write_report(part.path, config.name, metrics, scorer)
        if output is not None:
            publish(part, output)
    return metrics, report_text(scorer)


def export_run(run: RunDirectory, folder: Path) -> Path:
    """Writes a run's model as the next version of a SavedModel; returns its folder.

    Raises:
        ExportError: the SavedModel does not answer as the model does, or cannot be written.
    """
    trained = load_trained(run.model)
    columns = [EXPORT_SAMPLES] * (2 if trained.takes_pairs else 1)
    return export_saved_model(trained.served(), folder, samples=columns)


def _scored_source(config: Config) -> tuple[str, Source]:
    """Returns the test rows, else those of validation, with the name of the split."""
    data = config.data
    own = own_splits(data.train, data.tfds_dir) if data.test is None else ()
    for split, source in ((TEST, data.test), (VALIDATION, data.validation)):
        if isinstance(source, str | list):
            return split, source
        if source is None and split in own:
            return split, data.train
    fault = Fault("data.test", "none given", "a file", advice="Add --set data.test=FILE")
    raise ConfigError("There are no rows to score", [fault])

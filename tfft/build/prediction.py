"""Unlabelled rows to JSON lines with labels, in the order of the input, in bounded memory.

Enters: a run or a SavedModel, any file that `data` reads. Leaves: one JSON line a row.
"""

from __future__ import annotations

import json
import logging
import os
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import IO, Any

import numpy as np

from tfft import spec
from tfft.build.reading import columns_of, reading_of
from tfft.build.trained import load_trained
from tfft.config.load import load_config
from tfft.data.prediction import prediction_rows
from tfft.data.reading import Reading
from tfft.data.rows import Row
from tfft.errors import DataError, Fault, RunError
from tfft.run_directory import RunDirectory
from tfft.serving.saved_model import is_saved_model, load_saved_model

logger = logging.getLogger(__name__)

Answer = Callable[..., dict[str, np.ndarray]]
STANDARD = "-"


def predict(
    model: str,
    source: str,
    output: str,
    *,
    batch_size: int,
    format: str | None = None,
    text: Sequence[str | int] | None = None,
    text_pair: str | int | None = None,
) -> None:
    """Labels every row of a file.

    Args:
        model: a run's directory or a SavedModel's.
        source: the input; `-` is standard input.
        output: file for the JSON lines, written in one rename; `-` is standard output.
        batch_size: rows of a step.
        format: of the input; None: the suffix tells.
        text: columns of the text; None: the run's, or `text`.
        text_pair: column of the second text, for a model of pairs.

    Raises:
        TfftError: the model or the input cannot be used.
    """
    answer, columns, reading = _open_model(model)
    if text_pair is not None and not answer.takes_pairs:
        logger.warning("--text-pair is ignored: the model takes one text")
    if text is not None:
        columns[spec.TEXT], reading = list(text), replace(reading, header=None)
    if text_pair is not None:
        columns[spec.TEXT_PAIR] = text_pair
    if not answer.takes_pairs:
        columns.pop(spec.TEXT_PAIR, None)
    elif spec.TEXT_PAIR not in columns:
        columns[spec.TEXT_PAIR] = spec.TEXT_PAIR
    opened: Any = sys.stdin.buffer if source == STANDARD else source
    rows = prediction_rows(opened, columns=columns, reading=replace(reading, format=format))
    with _opened(output) as file:
        while chunk := list(islice(rows, batch_size)):
            _write(file, chunk, answer(*_texts(chunk, answer.takes_pairs)))
            file.flush()


def _open_model(model: str) -> tuple[Any, dict[str, Any], Reading]:
    """Returns the function of texts, the columns of texts, and how the run's files were read."""
    if is_saved_model(model):
        return load_saved_model(model), {spec.TEXT: spec.TEXT}, Reading()
    run = RunDirectory(model)
    if os.path.isdir(model) and not run.config.is_file():
        problem = "holds neither config.yaml (a run) nor saved_model.pb (a SavedModel)"
        fault = Fault(model, problem, advice="Give the directory of a run, such as runs/quickstart")
        raise RunError("The model cannot be used", [fault])
    run.check_is_trained()
    config, _ = load_config(run.config, check_files=False)
    columns = columns_of(config.data)
    wanted = {key: columns[key] for key in (spec.TEXT, spec.TEXT_PAIR) if key in columns}
    return load_trained(run.model).served(), wanted, reading_of(config.data)


def _texts(rows: list[Row], takes_pairs: bool) -> list[list[str]]:
    texts = [row.text for row in rows]
    return [texts, [row.text_pair or "" for row in rows]] if takes_pairs else [texts]


def _write(file: IO[str], rows: list[Row], answer: Mapping[str, np.ndarray]) -> None:
    for index, row in enumerate(rows):
        line = {_kept(str(key)): value for key, value in (row.extra or {}).items()}
        line[spec.LABEL] = answer[spec.LABEL][index].decode()
        # Seven digits are all that float32 has.
        line[spec.PROBABILITIES] = [round(float(p), 7) for p in answer[spec.PROBABILITIES][index]]
        line[spec.LABEL_NAMES] = [name.decode() for name in answer[spec.LABEL_NAMES][index]]
        file.write(json.dumps(line, ensure_ascii=False) + "\n")


def _kept(column: str) -> str:
    """The name of an input column beside the answer's."""
    is_taken = column in (spec.LABEL, spec.PROBABILITIES, spec.LABEL_NAMES)
    return f"input_{column}" if is_taken else column


def _unwritable(output: str, why: str) -> DataError:
    return DataError("The answers cannot be written", [Fault(f"--output {output}", why)])


@contextmanager
def _opened(output: str) -> Iterator[IO[str]]:
    if output == STANDARD:
        yield sys.stdout
        return
    if os.path.isdir(output):
        raise _unwritable(output, "it is a folder; name a file in it")
    if not os.path.isdir(Path(output).parent):
        raise _unwritable(output, "there is no such folder; make it first")
    part = Path(output).with_name(f"{Path(output).name}.{os.getpid()}.part")
    try:
        file = open(part, "w", encoding="utf-8")  # noqa: SIM115
    except OSError as error:
        raise _unwritable(output, str(error.strerror)) from error
    try:
        with file:
            yield file
        part.replace(output)
    finally:
        part.unlink(missing_ok=True)

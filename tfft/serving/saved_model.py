"""Preprocessor, model and task as one SavedModel; and a SavedModel as a function of texts.

Enters: a preprocessor (texts → features), a model (features → logits), a task (logits → answer).
Leaves: `DIR/N/`, complete and compared with the model it was made from, or not there at all.
Loading needs TensorFlow and tensorflow_text alone; no code of this package is in it.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import tensorflow as tf

from tfft import spec
from tfft.errors import ExportError, Fault
from tfft.models.windows import row_logits

TOLERANCE = 1e-5
"""Largest difference of a probability between the SavedModel and the model."""

Answer = dict[str, np.ndarray]


class ServedModel(tf.Module):
    """Texts to an answer: everything a server needs in one trackable object.

    Args:
        preprocessor: a `tf.Module`; `(text, text_pair) -> dict` of `spec.MODEL_INPUTS`.
        model: returns an object with `.logits`.
        task: a `tf.Module` with `served(logits) -> dict`.
        takes_pairs: whether requests have a second text, `text_pair`.
    """

    def __init__(self, preprocessor: Any, model: Any, task: Any, *, takes_pairs: bool = False):
        super().__init__(name="served_model")
        self.preprocessor = preprocessor
        self.task = task
        # A Keras model as an attribute exports each variable twice; Python's loader joins the two,
        # the C++ one that TF Serving uses restores only the copy which no operation reads. So the
        # plain variables are tracked, and the model is hidden from TensorFlow in a function.
        self.weights = [variable.value for variable in model.weights]
        self._logits = lambda features: row_logits(
            model, features, pool=task.pooled_logits, training=False
        )
        self.takes_pairs = takes_pairs
        names = (spec.TEXT, spec.TEXT_PAIR) if takes_pairs else (spec.TEXT,)
        signature = [tf.TensorSpec([None], spec.FEATURES[name].dtype, name=name) for name in names]
        self.serve = tf.function(self._serve, input_signature=signature)

    def __call__(self, *texts: Sequence[str | bytes]) -> Answer:
        """Answers texts, and their pairs where the model takes them."""
        answer = self.serve(*(tf.constant(list(column), tf.string) for column in texts))
        return {key: value.numpy() for key, value in answer.items()}

    def _serve(self, text: tf.Tensor, text_pair: tf.Tensor | None = None) -> dict[str, tf.Tensor]:
        features = self.preprocessor(text, text_pair)
        return dict(self.task.served(self._logits(features)))


def export_saved_model(
    served: ServedModel, folder: str | os.PathLike[str], *, samples: Sequence[Sequence[str]]
) -> Path:
    """Writes the next version of a SavedModel and compares it with the model.

    Args:
        served: what to export.
        folder: TF Serving's model directory; the version becomes a numbered folder in it.
        samples: columns of texts (`[texts]`, or `[texts, pairs]`) that both must answer alike.

    Returns:
        The folder of the new version.

    Raises:
        ExportError: an answer differs by more than 1e-5, or the folder cannot be written.
    """
    folder = Path(folder)
    if folder.is_file():
        problem = "is a file"
        fault = Fault(str(folder), problem, "a folder, into which numbered versions are written")
        raise ExportError("The SavedModel cannot be written", [fault])
    version = 1 + max((int(p.name) for p in folder.glob("*") if p.name.isdigit()), default=0)
    # TF Serving looks at numbers only, so it never sees the unfinished folder.
    part = folder / f"{version}.part"
    shutil.rmtree(part, ignore_errors=True)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        tf.saved_model.save(served, str(part), signatures={spec.DEFAULT_SIGNATURE: served.serve})
        _compare(served, load_saved_model(part), samples)
        part.rename(folder / str(version))
    except OSError as error:
        raise ExportError(f"{folder} cannot be written ({error.strerror})") from error
    finally:
        shutil.rmtree(part, ignore_errors=True)
    return folder / str(version)


def load_saved_model(folder: str | os.PathLike[str]) -> Callable[..., Answer]:
    """Loads a SavedModel as a function of one or two columns of texts.

    Args:
        folder: a version's folder, or one with versions in it: the highest is taken.

    Returns:
        A function with the attribute `takes_pairs`.

    Raises:
        ExportError: there is no SavedModel that takes `text`.
    """
    path = _version(Path(folder))
    try:
        loaded = tf.saved_model.load(str(path))
    except (OSError, ValueError, tf.errors.OpError) as error:
        said = " ".join(str(error).split())[:120]
        fault = Fault(
            str(path), f"damaged, or no SavedModel (TensorFlow: {said} …)",
            advice="Copy it again, or write it again with `tfft export RUN`",
        )  # fmt: skip
        raise ExportError("The SavedModel cannot be loaded", [fault]) from error
    signature = loaded.signatures.get(spec.DEFAULT_SIGNATURE)
    inputs = set(signature.structured_input_signature[1]) if signature is not None else set()
    if spec.TEXT not in inputs:
        fault = Fault(str(path), f"inputs {sorted(inputs)}", f"a signature that takes {spec.TEXT}")
        raise ExportError("The SavedModel cannot be used", [fault])
    return _Loaded(loaded, signature, spec.TEXT_PAIR in inputs)


class _Loaded:
    """Keeps the loaded object alive beside its signature."""

    def __init__(self, loaded: Any, signature: Any, takes_pairs: bool):
        self._loaded = loaded
        self._signature = signature
        self.takes_pairs = takes_pairs

    def __call__(self, *texts: Sequence[str | bytes]) -> Answer:
        names = (spec.TEXT, spec.TEXT_PAIR)[: len(texts)]
        columns = {
            name: tf.constant(list(column), tf.string)
            for name, column in zip(names, texts, strict=True)
        }
        return {key: value.numpy() for key, value in self._signature(**columns).items()}


def is_saved_model(folder: str | os.PathLike[str]) -> bool:
    """Whether a folder is a SavedModel, or has versions of one in it."""
    return (_version(Path(folder)) / "saved_model.pb").is_file()


def _version(folder: Path) -> Path:
    if (folder / "saved_model.pb").is_file() or not folder.is_dir():
        return folder
    versions = [int(p.name) for p in folder.iterdir() if p.name.isdigit() and p.is_dir()]
    return folder / str(max(versions)) if versions else folder


def _compare(
    served: ServedModel, exported: Callable[..., Answer], samples: Sequence[Sequence[str]]
) -> None:
    ours, theirs = served(*samples), exported(*samples)
    difference = np.abs(ours[spec.PROBABILITIES] - theirs[spec.PROBABILITIES])
    worst = float(difference.max(initial=0.0))
    # Written so that NaN fails.
    if not worst <= TOLERANCE:
        row = int(np.nanargmax(difference.max(axis=-1)))
        fault = Fault(f"sample {row}", f"probabilities differ by {worst:.2g}", f"≤ {TOLERANCE:g}")
        raise ExportError("The SavedModel does not answer as the model does", [fault])

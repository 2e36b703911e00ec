"""What flows through tfft: feature keys, dtypes and ranks, and the names a served model uses.

Enters: nothing. Leaves: one table that the text room, the pipeline, the models and the export
share, so that a key is spelled in one place. Dtypes are given by name: nothing is imported here.
"""

from __future__ import annotations

from typing import NamedTuple


class Feature(NamedTuple):
    """A tensor that passes from one room to the next.

    Attributes:
        dtype: name of the dtype, as in `tf.as_dtype(dtype)`.
        axes: names of the axes; the first is always `batch`.
    """

    dtype: str
    axes: tuple[str, ...]


TEXT = "text"
TEXT_PAIR = "text_pair"
INPUT_IDS = "input_ids"
ATTENTION_MASK = "attention_mask"
TOKEN_TYPE_IDS = "token_type_ids"
LABELS = "labels"
LOSS_WEIGHT = "loss_weight"
ROW_ID = "row_id"
SLICES = "slices"
LOGITS = "logits"
LABEL = "label"
PROBABILITIES = "probabilities"
LABEL_NAMES = "label_names"

MODEL_INPUTS = (INPUT_IDS, ATTENTION_MASK, TOKEN_TYPE_IDS)
"""What the preprocessor gives and the model takes."""

WINDOW_AXES = ("batch", "windows", "tokens")
"""Axes of MODEL_INPUTS where long texts are read in windows, instead of those in FEATURES."""

FEATURES = {
    TEXT: Feature("string", ("batch",)),
    TEXT_PAIR: Feature("string", ("batch",)),
    INPUT_IDS: Feature("int32", ("batch", "tokens")),
    ATTENTION_MASK: Feature("int32", ("batch", "tokens")),
    TOKEN_TYPE_IDS: Feature("int32", ("batch", "tokens")),
    LABELS: Feature("int32", ("batch",)),
    LOSS_WEIGHT: Feature("float32", ("batch",)),
    ROW_ID: Feature("int64", ("batch", "file_and_record")),
    LOGITS: Feature("float32", ("batch", "num_labels")),
    LABEL: Feature("string", ("batch",)),
    PROBABILITIES: Feature("float32", ("batch", "num_labels")),
    LABEL_NAMES: Feature("string", ("batch", "num_labels")),
}
"""Every tensor by key. `loss_weight` sums to 1 over a global batch, so that replicas add up."""

DEFAULT_SIGNATURE = "serving_default"

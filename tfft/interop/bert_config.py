"""Hugging Face's `config.json` of a BERT, both ways, and what of it a backbone is built from.

Enters: a folder, or a `transformers.BertConfig`. Leaves: a checked `BertConfig`, the keyword
arguments of `tfft.models.bert.BertBackbone`, or the content of a `config.json` to write.
Whatever this house would compute differently from transformers (another family, a decoder,
relative positions) is refused here. Builds no model; importing `transformers` loads neither
TensorFlow nor PyTorch.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tfft.errors import CheckpointError, Fault, nearest
from tfft.interop.model_file import read_json
from tfft.models.encoder import ACTIVATIONS

if TYPE_CHECKING:
    from transformers import BertConfig

CONFIG_FILE = "config.json"

SIZES = (
    "vocab_size",
    "hidden_size",
    "num_hidden_layers",
    "num_attention_heads",
    "intermediate_size",
    "max_position_embeddings",
    "type_vocab_size",
)
"""The whole numbers that fix every weight's shape, the number of labels aside."""

_RATES = ("hidden_dropout_prob", "attention_probs_dropout_prob", "classifier_dropout")
_POSITIVE = ("layer_norm_eps", "initializer_range")


def read_config(
    folder: Path,
    *,
    num_labels: int | None = None,
    id2label: Mapping[int, str] | Sequence[str] | None = None,
    **overrides: Any,
) -> BertConfig:
    """Returns the checked configuration of a model folder.

    Args:
        folder: holds `config.json`.
        num_labels: number of classes, where it is not the file's.
        id2label: the classes' names by id, or in the order of the ids; implies `num_labels`.
        **overrides: fields of `BertConfig` that replace the file's.

    Raises:
        CheckpointError: all at once, what is wrong with the file or the overrides.
    """
    path = folder / CONFIG_FILE
    content = read_json(path, advice=_advice_without_config(folder))
    labels = _label_fields(num_labels, id2label, content)
    fields = {**content, **overrides, **labels}
    faults = [
        *_unknown_overrides(overrides, content),
        *_label_conflict(num_labels, labels),
        *_config_faults(fields, str(path)),
    ]
    if faults:
        raise CheckpointError("The model's configuration cannot be used", faults)
    return checked_config(_new_config(fields, str(path)))


def checked_config(config: BertConfig) -> BertConfig:
    """Returns a copy of a configuration that a BERT can be built from.

    Raises:
        CheckpointError: all at once, the fields that do not go.
    """
    if faults := list(_config_faults(config.to_dict(), "config")):
        raise CheckpointError("The configuration cannot be used", faults)
    return type(config).from_dict(config.to_dict())


def config_from_dict(fields: Mapping[str, Any]) -> BertConfig:
    """Returns a `BertConfig` from its `to_dict()`.

    Raises:
        CheckpointError: a field has a type that `BertConfig` refuses.
    """
    return _new_config(dict(fields), "config")


def backbone_arguments(config: BertConfig) -> dict[str, Any]:
    """Returns the keyword arguments of `BertBackbone` that a configuration stands for."""
    return {
        **{name: getattr(config, name) for name in SIZES},
        "hidden_act": config.hidden_act,
        "hidden_dropout_rate": config.hidden_dropout_prob,
        "attention_dropout_rate": config.attention_probs_dropout_prob,
        "layer_norm_epsilon": config.layer_norm_eps,
        "initializer_range": config.initializer_range,
    }


def stored_sizes(config: BertConfig) -> dict[str, int]:
    """Returns the sizes that `tfft.interop.names` speaks of, by name."""
    return {**{name: getattr(config, name) for name in SIZES}, "num_labels": config.num_labels}


def config_file_content(config: BertConfig, *, architecture: str, with_labels: bool) -> str:
    """Returns what a `config.json` says of a model.

    Args:
        config: the model's configuration; it is not changed.
        architecture: the PyTorch class that transformers opens the folder with.
        with_labels: name the classes, also where they have default names.
    """
    content = {**config.to_diff_dict(), "architectures": [architecture], "dtype": "float32"}
    content["model_type"] = "bert"
    if with_labels:
        content["id2label"] = {str(index): label for index, label in config.id2label.items()}
        content["label2id"] = {label: int(index) for index, label in config.id2label.items()}
    return json.dumps(content, ensure_ascii=False, indent=2, sort_keys=True) + "\n"


@contextmanager
def _without_advice() -> Iterator[None]:
    """transformers says on import that PyTorch is missing; here nobody misses it."""
    variable = "TRANSFORMERS_NO_ADVISORY_WARNINGS"
    before = os.environ.get(variable)
    os.environ[variable] = "1"
    try:
        yield
    finally:
        if before is None:
            del os.environ[variable]
        else:
            os.environ[variable] = before


def bert_config_class() -> type[BertConfig]:
    """Returns `transformers.BertConfig`, imported at the first call."""
    with _without_advice():
        from transformers import BertConfig

    return BertConfig


def _new_config(fields: dict[str, Any], where: str) -> BertConfig:
    from huggingface_hub.errors import StrictDataclassError

    try:
        return bert_config_class().from_dict(fields)
    except (StrictDataclassError, ValueError, TypeError, AttributeError) as error:
        problem = " ".join(str(error).split())
        fault = Fault(where, f"is refused by transformers: {problem}")
        raise CheckpointError("The model's configuration cannot be used", [fault]) from error


def _advice_without_config(folder: Path) -> str:
    if not (folder / "bert_config.json").is_file():
        return "A model folder holds `config.json` and `model.safetensors`"
    return "`bert_config.json` is Google's original format: convert the checkpoint to safetensors"


def _unknown_overrides(overrides: Mapping[str, Any], content: Mapping[str, Any]) -> list[Fault]:
    known = {*bert_config_class()().to_dict(), *content, "output_hidden_states", "return_dict"}
    return [
        Fault(name, "is no field of BertConfig", nearest=nearest(name, sorted(known)))
        for name in overrides
        if name not in known
    ]


def _label_fields(
    num_labels: int | None,
    id2label: Mapping[int, str] | Sequence[str] | None,
    content: Mapping[str, Any],
) -> dict[str, Any]:
    if id2label is not None:
        pairs = id2label.items() if isinstance(id2label, Mapping) else enumerate(id2label)
        names = {int(index): label for index, label in pairs}
        return {"id2label": names, "label2id": {label: i for i, label in names.items()}}
    stored = content.get("id2label")
    # Names that fit are kept: a checkpoint's classes do not change with the count repeated.
    if num_labels is None or (isinstance(stored, Mapping) and len(stored) == num_labels):
        return {}
    return {"num_labels": num_labels, "id2label": None, "label2id": None}


def _label_conflict(num_labels: int | None, labels: Mapping[str, Any]) -> Iterable[Fault]:
    names = labels.get("id2label")
    if num_labels is not None and names is not None and len(names) != num_labels:
        yield Fault("num_labels", f"is {num_labels}, but `id2label` names {len(names)} classes")


def _config_faults(fields: Mapping[str, Any], path: str) -> Iterable[Fault]:
    family = fields.get("model_type", "bert")
    if family != "bert":
        yield Fault(f"{path}: model_type", f"got {family!r}, not a BERT", expected="'bert'")
        return
    for name in SIZES:
        if name in fields and not (type(fields[name]) is int and fields[name] > 0):
            yield _wrong(path, name, fields[name], "a whole number, at least 1")
    for name in _RATES:
        if fields.get(name) is not None and not _is_number(fields[name], 0, below=1):
            yield _wrong(path, name, fields[name], "a number from 0 to below 1")
    for name in _POSITIVE:
        if name in fields and not _is_number(fields[name], 0):
            yield _wrong(path, name, fields[name], "a number, at least 0")
    yield from _label_faults(fields, path)
    yield from _computation_faults(fields, path)


def _label_faults(fields: Mapping[str, Any], path: str) -> Iterable[Fault]:
    num_labels, names = fields.get("num_labels"), fields.get("id2label")
    if num_labels is not None and not (type(num_labels) is int and num_labels > 0):
        yield _wrong(path, "num_labels", num_labels, "a whole number, at least 1")
    if names is None:
        return
    keys = [str(key) for key in names] if isinstance(names, Mapping) else None
    if keys is None or sorted(keys) != sorted(map(str, range(len(keys)))) or not keys:
        yield _wrong(path, "id2label", names, "one name for each id from 0 on")


def _computation_faults(fields: Mapping[str, Any], path: str) -> Iterable[Fault]:
    activation = fields.get("hidden_act", "gelu")
    if activation not in ACTIVATIONS:
        known = ", ".join(ACTIVATIONS)
        near = nearest(str(activation), list(ACTIVATIONS))
        yield Fault(f"{path}: hidden_act", f"got {activation!r}", f"one of {known}", near)
    positions = fields.get("position_embedding_type", "absolute")
    if positions != "absolute":
        yield _wrong(path, "position_embedding_type", positions, "'absolute'")
    for name in ("is_decoder", "add_cross_attention"):
        if fields.get(name):
            yield _wrong(path, name, fields[name], "false: only encoders are built")
    hidden, heads = fields.get("hidden_size"), fields.get("num_attention_heads")
    if type(hidden) is int and type(heads) is int and heads > 0 and hidden % heads:
        expected = f"a multiple of num_attention_heads ({heads})"
        yield _wrong(path, "hidden_size", hidden, expected)


def _is_number(value: Any, least: float, *, below: float = float("inf")) -> bool:
    return type(value) in (int, float) and least <= value < below


def _wrong(path: str, name: str, value: Any, expected: str) -> Fault:
    return Fault(f"{path}: {name}", f"got {value!r}", expected=expected)

"""What one key of a config says about another: contradictions, and keys without an effect.

Enters: a valid `Config`. Leaves: faults for what cannot be meant, notices (sentences) for what
changes nothing. Opens no file: what only the data or a checkpoint can tell is found by its room.
"""

from __future__ import annotations

from collections.abc import Iterator

from tfft.config.files import is_local
from tfft.config.schema import MODEL_SIZES, Config, Section
from tfft.errors import Fault, nearest

_ADAM_KEYS = ("adam_beta_1", "adam_beta_2", "adam_epsilon")
_HUB_KEYS = ("revision", "cache_dir", "offline")


def contradictions(config: Config) -> list[Fault]:
    """Returns a fault for each pair of keys that cannot both be meant."""
    return [
        *_text_faults(config),
        *_size_faults(config),
        *_column_faults(config),
        *_label_faults(config),
        *_rate_faults(config),
    ]


def notices(config: Config) -> list[str]:
    """Returns a sentence for each key that was chosen and has no effect."""
    return [
        *_text_notices(config),
        *_model_notices(config),
        *_data_notices(config),
        *_training_notices(config),
        *_stall_notices(config),
    ]


def has_chosen(section: Section, key: str) -> bool:
    """Whether somebody wrote this value on purpose.

    In a file that states every key, as a finished run's does, a default is nobody's choice.
    """
    is_set = key in section.model_fields_set
    fields = type(section).model_fields
    is_default = getattr(section, key) == fields[key].default
    return is_set and not (is_default and section.model_fields_set == set(fields))


def _text_faults(config: Config) -> Iterator[Fault]:
    text = config.text
    if config.model.checkpoint is not None and text.vocab == "learn":
        problem = "a learned vocabulary has other ids than the checkpoint's embeddings"
        yield Fault("text.vocab", problem, advice="Leave it out: the checkpoint brings its own")
    if text.stride_tokens is None:
        return
    special = 2 if config.data.columns.text_pair is None else 3
    room = text.max_tokens - special
    if text.stride_tokens > room:
        yield Fault(
            "text.stride_tokens",
            f"steps of {text.stride_tokens} tokens leave gaps between windows of {room}",
            f"at most {room}: text.max_tokens ({text.max_tokens}) without {special} special tokens",
        )


def _size_faults(config: Config) -> Iterator[Fault]:
    """What a checkpoint's own config.json would answer."""
    model, text = config.model, config.text
    if model.checkpoint is not None:
        return
    if model.hidden_size % model.num_attention_heads:
        yield Fault(
            "model.hidden_size",
            f"{model.hidden_size} cannot be split over {model.num_attention_heads} heads",
            f"a multiple of model.num_attention_heads ({model.num_attention_heads})",
        )
    if text.max_tokens > model.max_position_embeddings:
        yield Fault(
            "text.max_tokens",
            f"{text.max_tokens} tokens have no position embedding",
            f"at most model.max_position_embeddings ({model.max_position_embeddings})",
        )
    if model.type_vocab_size < 2 and config.data.columns.text_pair is not None:
        yield Fault("model.type_vocab_size", "pairs have 2 token types", "at least 2")
    if isinstance(model.frozen_layers, int) and model.frozen_layers > model.num_hidden_layers:
        yield Fault(
            "model.frozen_layers",
            f"{model.frozen_layers} layers cannot be frozen",
            f"at most model.num_hidden_layers ({model.num_hidden_layers}), or all",
        )


def _column_faults(config: Config) -> Iterator[Fault]:
    columns = config.data.columns.model_dump(exclude_none=True)
    flat = [one for c in columns.values() for one in (c if isinstance(c, list) else [c])]
    if len({type(column) for column in flat}) > 1:
        yield Fault(
            "data.columns",
            f"mixes names and positions ({columns})",
            "all names or all positions",
            advice="Give text and label both",
        )
        return
    for column in sorted({column for column in flat if flat.count(column) > 1}):
        yield Fault("data.columns", f"column {column!r} stands twice ({columns})")
    if config.data.header is False and isinstance(flat[0], str):
        advice = "Set data.header to true, or give positions"
        yield Fault("data.columns", "names, but the files have no header", advice=advice)


def _label_faults(config: Config) -> Iterator[Fault]:
    labels, weights = config.data.labels, config.task.class_weights
    if labels is None:
        return
    for name in labels:
        if not name or name != name.strip():
            yield Fault("data.labels", f"got {name!r}", "a name without white space around it")
    for name in sorted({name for name in labels if labels.count(name) > 1}):
        yield Fault("data.labels", f"{name!r} stands twice")
    if len(set(labels)) < 2:
        yield Fault("data.labels", f"{len(set(labels))} label", "at least 2 labels")
    for name in weights if isinstance(weights, dict) else ():
        if name not in labels:
            expected = f"one of data.labels ({', '.join(labels[:20])})"
            close = nearest(name, labels)
            yield Fault("task.class_weights", f"there is no label {name!r}", expected, close)
    if isinstance(weights, dict) and not any(weights.get(name, 1.0) for name in labels):
        yield Fault("task.class_weights", "every label weighs 0", "one above 0")


def _rate_faults(config: Config) -> Iterator[Fault]:
    training = config.training
    if training.min_learning_rate > training.learning_rate:
        yield Fault(
            "training.min_learning_rate",
            f"{training.min_learning_rate:g} is above the peak",
            f"at most training.learning_rate ({training.learning_rate:g})",
        )


def _text_notices(config: Config) -> Iterator[str]:
    text = config.text
    has_file = text.vocab not in (None, "learn") or (
        text.vocab is None and config.model.checkpoint is not None
    )
    if has_file and has_chosen(text, "vocab_size"):
        whose = "read from a file" if text.vocab else "the checkpoint's"
        yield f"text.vocab_size is ignored: the vocabulary is {whose}"
    if text.stride_tokens is None:
        if has_chosen(text, "max_windows"):
            yield "text.max_windows is ignored: without text.stride_tokens there are no windows"
    elif has_chosen(text, "truncation"):
        yield "text.truncation is ignored: text.stride_tokens reads a longer text in windows"


def _model_notices(config: Config) -> Iterator[str]:
    model = config.model
    sizes = [name for name in MODEL_SIZES if has_chosen(model, name)]
    if model.checkpoint is not None and sizes:
        yield f"{_keys('model', sizes)}: ignored, the checkpoint's config.json says it"
    hub = [name for name in _HUB_KEYS if has_chosen(model, name)]
    if hub and (model.checkpoint is None or is_local(model.checkpoint)):
        yield f"{_keys('model', hub)}: ignored, model.checkpoint is no name on the hub"
    if model.frozen_layers is not None and model.checkpoint is None:
        yield "model.frozen_layers: without a checkpoint the frozen weights stay random"


def _data_notices(config: Config) -> Iterator[str]:
    data = config.data
    if has_chosen(data, "text_separator") and not isinstance(data.columns.text, list):
        yield "data.text_separator is ignored: data.columns.text is one column"
    sources = [data.train, data.validation, data.test]
    entries = [e for s in sources for e in (s if isinstance(s, list) else [s])]
    is_tfds = any(isinstance(entry, str) and entry.startswith("tfds:") for entry in entries)
    if data.tfds_dir is not None and not is_tfds:
        yield "data.tfds_dir is ignored: no source begins with tfds:"
    if config.augmentation is not None and not config.augmentation.operations:
        yield "augmentation has no operations: texts stay as they are"


def _training_notices(config: Config) -> Iterator[str]:
    training = config.training
    optimizer, schedule = training.optimizer, training.schedule
    if optimizer == "adam" and training.weight_decay and has_chosen(training, "weight_decay"):
        yield "training.weight_decay is ignored: adam has no weight decay, adamw has"
    if optimizer != "sgd" and has_chosen(training, "momentum"):
        yield f"training.momentum is ignored: it belongs to sgd, the optimizer is {optimizer}"
    adam = [name for name in _ADAM_KEYS if has_chosen(training, name)]
    if optimizer == "sgd" and adam:
        yield f"{_keys('training', adam)}: ignored, the optimizer is sgd"
    if schedule != "polynomial" and has_chosen(training, "schedule_power"):
        yield (
            "training.schedule_power is ignored: it belongs to polynomial, "
            f"the schedule is {schedule}"
        )
    if schedule == "constant" and training.min_learning_rate and training.plateau_epochs is None:
        yield "training.min_learning_rate is ignored: a constant schedule does not go down"


def _stall_notices(config: Config) -> Iterator[str]:
    training = config.training
    patience, plateau = training.patience_epochs, training.plateau_epochs
    if plateau is None and has_chosen(training, "plateau_factor"):
        yield "training.plateau_factor is ignored: without plateau_epochs the rate is not lowered"
    for key, epochs in (("patience_epochs", patience), ("plateau_epochs", plateau)):
        # What is found after the last epoch changes nothing any more.
        if epochs is not None and epochs >= training.epochs - 1:
            yield f"training.{key} is ignored: there are only {training.epochs} epochs in all"
    if patience is not None and plateau is not None and patience <= plateau < training.epochs:
        yield (
            "training.plateau_epochs is ignored: training stops after patience_epochs "
            f"({patience}), which is no later"
        )


def _keys(section: str, names: list[str]) -> str:
    return ", ".join(f"{section}.{name}" for name in names)

"""What a config would do, as a page to read before hours of training.

Enters: a valid `Config` and what the demos hold. Leaves: lines by section, each marked where a key
behind it differs from its default. Reads no row: of files it tells names and sizes.
"""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import get_args

from tfft.config.estimates import (
    COUNTED_SIZES,
    Demos,
    demo_split,
    entries,
    entry_rows,
    fills_every_split,
    folder_sizes,
    num_labels,
    num_parameters,
    num_tokens,
    num_training_rows,
    validation_share,
)
from tfft.config.files import is_local, matching_files
from tfft.config.keys import yaml_scalar
from tfft.config.schema import MODEL_SIZES, CleaningRule, Config, Section

MARK = "*"

_NAME_WIDTH = 13
_TEXT_WIDTH = 80


@dataclass(frozen=True)
class Line:
    """One line of the plan.

    Attributes:
        name: what it is about, a word or two.
        texts: what it says; several for a list.
        keys: the keys behind it, `section.key`.
    """

    name: str
    texts: tuple[str, ...]
    keys: tuple[str, ...]


def plan_text(config: Config, demos: Demos) -> str:
    """Returns the plan, a paragraph for each section.

    Args:
        config: the run.
        demos: the built-in corpora by name.
    """
    return "\n\n".join(
        "\n".join([heading, *(_shown(line, config) for line in write(config, demos))])
        for heading, write in _SECTIONS.items()
    )


def is_default(config: Config, key: str) -> bool:
    """Whether a key, `section.key` or `key`, has its default; one that has none always does."""
    *above, name = key.split(".")
    section: Section = getattr(config, above[0]) if above else config
    field = type(section).model_fields[name]
    return field.is_required() or getattr(section, name) == field.default


def _shown(line: Line, config: Config) -> str:
    is_changed = not all(is_default(config, key) for key in line.keys)
    name = f"{MARK if is_changed else ' '} {line.name:<{_NAME_WIDTH}} "
    texts = [part for text in line.texts for part in _wrapped(text)]
    return ("\n" + " " * len(name)).join([name + texts[0], *texts[1:]])


def _wrapped(text: str) -> list[str]:
    return textwrap.wrap(
        text, _TEXT_WIDTH, subsequent_indent="  ", break_long_words=False, break_on_hyphens=False
    )


def _line(name: str, text: str | Sequence[str], *keys: str) -> Line:
    texts = (text,) if isinstance(text, str) else tuple(text)
    return Line(name, texts, keys)


def _data(config: Config, demos: Demos) -> Iterator[Line]:
    data, columns = config.data, config.data.columns
    yield _line("train", _source(data.train, "train", demos), "data.train")
    yield _line("validation", _validation(config, demos), "data.validation")
    test = _source(data.test, "test", demos) or _own_split(config, "test", demos) or ["none"]
    yield _line("test", test, "data.test")
    named = columns.model_dump(exclude_none=True).items()
    shown = ", ".join(f"{name} = {yaml_scalar(column)}" for name, column in named)
    yield _line("columns", shown, "data.columns", "data.text_separator")
    labels = f"{len(data.labels)}: {', '.join(data.labels)}" if data.labels else "as found in train"
    yield _line("labels", labels, "data.labels")
    yield _line(
        "files",
        f"format {data.format or 'by suffix'}, header {_yes(data.header, 'by columns')}, "
        f"rows up to {data.max_row_bytes:,} bytes, {data.shuffle_buffer_rows:,} shuffled in memory",
        "data.format", "data.header", "data.max_row_bytes", "data.shuffle_buffer_rows",
    )  # fmt: skip


def _source(source: object, split: str, demos: Demos) -> list[str]:
    return [_entry(entry, split, demos) for entry in entries(source)]


def _entry(entry: str, split: str, demos: Demos) -> str:
    """One file, glob, demo or TFDS name with what is known of its size."""
    if demo := demo_split(entry, split):
        rows = entry_rows(entry, split, demos)
        return f"demo {demo[0]}, split {demo[1]}: " + (f"{rows:,} rows" if rows else "unknown")
    if entry.startswith("tfds:"):
        return f"TFDS {entry.removeprefix('tfds:')}"
    files = matching_files(entry)
    if not files:
        return f"{entry}: not there"
    count = (
        "" if [str(Path(entry).expanduser())] == list(map(str, files)) else f"{len(files)} files, "
    )
    return f"{entry}: {count}{_bytes(sum(file.stat().st_size for file in files))}"


def _validation(config: Config, demos: Demos) -> list[str]:
    share = validation_share(config)
    if share is not None:
        return [f"{share:.4g} of the training rows, chosen by hash of the cleaned text"]
    given = _source(config.data.validation, "validation", demos)
    return given or _own_split(config, "validation", demos)


def _own_split(config: Config, split: str, demos: Demos) -> list[str]:
    """What a demo or a TFDS data set brings along for a split that is not given."""
    train = config.data.train
    if not isinstance(train, str) or not fills_every_split(train):
        return []
    if train.startswith("demo:"):
        return [_entry(train, split, demos)]
    return [f"{_entry(train, split, demos)}, its own split {split} where there is one"]


def _text(config: Config, demos: Demos) -> Iterator[Line]:
    del demos
    text = config.text
    yield _line("vocabulary", _vocabulary(config), "text.vocab", "text.vocab_size")
    rules = [rule for rule in get_args(CleaningRule) if rule in text.clean]
    yield _line("cleaning", ", then ".join(rules) or "none", "text.clean")
    unsaid = "as the checkpoint" if config.model.checkpoint else "yes"
    yield _line(
        "words",
        f"lower-case: {_yes(text.lowercase, unsaid)}; "
        f"accents removed: {_yes(text.strip_accents, 'as lower-case')}; "
        f"each Chinese character a word: {_yes(text.tokenize_chinese_chars, unsaid)}",
        "text.lowercase", "text.strip_accents", "text.tokenize_chinese_chars",
    )  # fmt: skip
    yield _line(
        "length",
        f"{_length(config)}; cut at {text.max_bytes:,} bytes",
        "text.max_tokens", "text.truncation", "text.stride_tokens", "text.max_bytes",
    )  # fmt: skip


def _vocabulary(config: Config) -> str:
    vocab = config.text.vocab
    if vocab is None and config.model.checkpoint is not None:
        return "the checkpoint's"
    if vocab is None or vocab == "learn":
        return f"learned from the training rows, at most {config.text.vocab_size:,} tokens"
    tokens = num_tokens(vocab)
    return f"{vocab}: " + (f"{tokens:,} tokens" if tokens else "cannot be read")


def _length(config: Config) -> str:
    text = config.text
    if text.stride_tokens is None:
        kept = {"head": "the beginning", "tail": "the end", "head_tail": "both ends"}
        return f"{text.max_tokens} tokens, of a longer text {kept[text.truncation]}"
    return (
        f"windows of {text.max_tokens} tokens, one every {text.stride_tokens}, at most "
        f"{text.max_windows} a text, their probabilities averaged"
    )


def _augmentation(config: Config, demos: Demos) -> Iterator[Line]:
    del demos
    edits = config.augmentation
    if edits is None or not edits.operations:
        yield _line("edits", "none", "augmentation")
        return
    shown = [f"{each.type} of {each.rate:.4g} of the words" for each in edits.operations]
    yield _line("edits", shown, "augmentation")
    rows = f"{edits.row_rate:.4g} of the training rows, chosen anew in each epoch"
    yield _line("rows", rows, "augmentation.row_rate")


def _model(config: Config, demos: Demos) -> Iterator[Line]:
    model, sizes = config.model, _sizes(config)
    yield _line("weights", _weights(config), "model.checkpoint", "model.revision")
    if "hidden_size" in sizes:
        yield _line(
            "sizes",
            f"{_count(sizes['num_hidden_layers'], 'layer')} of "
            f"{_count(sizes['num_attention_heads'], 'head')}, "
            f"{sizes['hidden_size']} wide, feed-forward {sizes['intermediate_size']}, "
            f"{sizes['max_position_embeddings']} positions",
            *(() if model.checkpoint else (f"model.{name}" for name in MODEL_SIZES)),
        )
    if "vocab_size" in sizes and "hidden_size" in sizes:
        labels = num_labels(config, demos)
        at_most = "at most " if _vocabulary(config).startswith("learned") else ""
        beside = f"with {labels} labels" if labels else "without the classifier"
        yield _line("parameters", f"{at_most}{num_parameters(sizes, labels):,} {beside}")
    frozen = {
        None: "nothing",
        "all": "everything but the classifier",
        0: "the embeddings",
    }.get(
        model.frozen_layers, f"the embeddings and the lowest {_count(model.frozen_layers, 'layer')}"
    )
    yield _line("frozen", frozen, "model.frozen_layers")


def _weights(config: Config) -> str:
    checkpoint = config.model.checkpoint
    if checkpoint is None:
        return f"random, seed {config.seed}"
    if is_local(checkpoint):
        return f"the folder {checkpoint}"
    return f"{checkpoint} from the hub, revision {config.model.revision or 'main'}"


def _sizes(config: Config) -> dict[str, int]:
    """What is known of the model: all of `COUNTED_SIZES`, all but the vocabulary's, or none."""
    model = config.model
    if model.checkpoint is not None:
        return folder_sizes(model.checkpoint) if is_local(model.checkpoint) else {}
    sizes = {name: getattr(model, name) for name in COUNTED_SIZES if name != "vocab_size"}
    vocab = config.text.vocab
    is_learned = vocab is None or vocab == "learn"
    tokens = config.text.vocab_size if is_learned else num_tokens(str(vocab))
    return sizes | ({"vocab_size": tokens} if tokens else {})


def _task(config: Config, demos: Demos) -> Iterator[Line]:
    del demos
    task = config.task
    yield _line("kind", task.type, "task.type")
    given = task.class_weights or "1 each"
    each = given.items() if isinstance(given, dict) else ()
    weights = ", ".join(f"{name} {weight:g}" for name, weight in each) or given
    yield _line(
        "loss",
        f"class weights {weights}, label smoothing {task.label_smoothing:g}",
        "task.class_weights", "task.label_smoothing",
    )  # fmt: skip


def _training(config: Config, demos: Demos) -> Iterator[Line]:
    training = config.training
    steps = _steps(config, demos)
    yield _line(
        "epochs",
        f"{training.epochs}, in batches of {training.batch_size} rows{steps[0]}",
        "training.epochs", "training.batch_size",
    )  # fmt: skip
    yield _line("optimizer", *_optimizer(config))
    yield _line("rate", _rate(config, steps[1]), *_RATE_KEYS)
    yield _line("stalled score", _stalled(config), *_STALL_KEYS)
    where = "same numbers on every run" if config.deterministic else "not deterministic"
    yield _line(
        "machine",
        f"precision {training.precision}, strategy {training.strategy}, {where}",
        "training.precision", "training.strategy", "deterministic",
    )  # fmt: skip
    checkpoints = f"every {training.checkpoint_steps:,} steps"
    yield _line("checkpoints", checkpoints, "training.checkpoint_steps")


def _steps(config: Config, demos: Demos) -> tuple[str, str]:
    """The sentence about steps and that about warm-up, empty where the rows are not known."""
    rows = num_training_rows(config, demos)
    if rows is None:
        return "", ""
    an_epoch = -(-rows // config.training.batch_size)
    steps = an_epoch * config.training.epochs
    about = "about " if validation_share(config) else ""
    warm_up = round(config.training.warmup_rate * steps)
    return f": {about}{an_epoch:,} steps an epoch, {steps:,} in all", f" ({about}{warm_up:,})"


def _optimizer(config: Config) -> tuple[str, ...]:
    training = config.training
    norm = training.max_gradient_norm
    clipped = "gradients as they are" if norm is None else f"gradient norm at most {norm:g}"
    own = {
        "adamw": ("weight_decay", "adam_beta_1", "adam_beta_2", "adam_epsilon"),
        "adam": ("adam_beta_1", "adam_beta_2", "adam_epsilon"),
        "sgd": ("momentum", "weight_decay"),
    }[training.optimizer]
    shown = [f"{name}={_number(getattr(training, name))}" for name in own]
    keys = ("optimizer", "max_gradient_norm", *own)
    return ", ".join([training.optimizer, *shown, clipped]), *(f"training.{key}" for key in keys)


def _rate(config: Config, warm_up_steps: str) -> str:
    training = config.training
    peak, end = _number(training.learning_rate), _number(training.min_learning_rate)
    rise = f"from 0 to {peak} over {training.warmup_rate:.4g} of the steps{warm_up_steps}"
    if training.schedule == "constant":
        return f"{rise}, then constant"
    power = f" of power {training.schedule_power:g}" if training.schedule == "polynomial" else ""
    return f"{rise}, then {training.schedule}{power} to {end}"


def _stalled(config: Config) -> str:
    training = config.training
    does = []
    if training.plateau_epochs is not None:
        does.append(
            f"rate x {training.plateau_factor:g} after {_count(training.plateau_epochs, 'epoch')}"
        )
    if training.patience_epochs is not None:
        does.append(f"stop after {_count(training.patience_epochs, 'epoch')}")
    return ", ".join(does) or "changes nothing"


def _evaluation(config: Config, demos: Demos) -> Iterator[Line]:
    del demos
    evaluation = config.evaluation
    yield _line("best", f"by validation {evaluation.metric}", "evaluation.metric")
    baseline = f"bag of words on {evaluation.bag_of_words_rows:,} rows"
    yield _line(
        "baseline",
        baseline if evaluation.bag_of_words_rows else "none",
        "evaluation.bag_of_words_rows",
    )
    yield _line("batches", f"{evaluation.batch_size} rows", "evaluation.batch_size")
    board = config.tensorboard
    yield _line(
        "TensorBoard",
        f"scalars every {board.log_steps} steps, {board.num_samples} samples of training rows",
        "tensorboard.log_steps", "tensorboard.num_samples",
    )  # fmt: skip


def _export(config: Config, demos: Demos) -> Iterator[Line]:
    del demos
    shown = "saved_model/1 for TensorFlow Serving" if config.export.enabled else "none"
    yield _line("SavedModel", shown, "export.enabled")


def _yes(value: bool | None, unsaid: str) -> str:
    return {None: unsaid, True: "yes", False: "no"}[value]


def _count(number: object, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"


def _number(value: float) -> str:
    return yaml_scalar(value).removesuffix(".0")


def _bytes(number: int) -> str:
    for unit, size in (("GB", 10**9), ("MB", 10**6), ("kB", 10**3)):
        if number >= size:
            return f"{number / size:.1f} {unit}"
    return f"{number} bytes"


_RATE_KEYS = tuple(
    f"training.{name}"
    for name in ("learning_rate", "warmup_rate", "schedule", "schedule_power", "min_learning_rate")
)
_STALL_KEYS = ("training.patience_epochs", "training.plateau_epochs", "training.plateau_factor")
_SECTIONS: dict[str, Callable[[Config, Demos], Iterator[Line]]] = {
    "Data": _data,
    "Text": _text,
    "Augmentation": _augmentation,
    "Model": _model,
    "Task": _task,
    "Training": _training,
    "Evaluation": _evaluation,
    "Export": _export,
}

"""The schema of a config file: every key with its type, bounds, unit, default and meaning.

Enters: plain values from YAML. Leaves: a frozen `Config`. Unknown keys and wrong types are
faults. Defaults live here alone. Names of rules, tasks and strategies are literals here, so that
a typo is found without TensorFlow; a test holds them against the rooms' own registries.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

# In the order in which they run.
CleaningRule = Literal[
    "html", "control", "urls", "emails", "width", "nfc", "nfkc", "repeats", "whitespace"
]
Truncation = Literal["head", "tail", "head_tail"]
Precision = Literal["auto", "float32", "bfloat16"]
StrategyName = Literal["auto", "one_device", "mirrored"]
TaskType = Literal["single_label"]
FileFormat = Literal["tsv", "csv", "jsonl", "parquet", "tfrecord"]
OperationType = Literal["delete_words", "swap_words"]
OptimizerName = Literal["adamw", "adam", "sgd"]
ScheduleName = Literal["linear", "cosine", "polynomial", "constant"]
Activation = Literal["gelu", "gelu_new", "gelu_pytorch_tanh", "relu", "silu"]


def _as_name(value: Any) -> Any:
    """A label written as 0 or true in YAML is the name "0" or "true"."""
    if isinstance(value, bool):
        return str(value).lower()
    return str(value) if isinstance(value, int) else value


DEFAULT_VALIDATION_SHARE = 0.1
"""Share of the training rows that validates where `data.validation` is null."""

LabelName = Annotated[str, BeforeValidator(_as_name, json_schema_input_type=str | int | bool)]
Source = str | list[str]
Column = Annotated[int, Field(ge=0)] | str
Share = Annotated[float, Field(gt=0, lt=1)]


def _key(default: Any, meaning: str, *, unit: str = "", **bounds: Any) -> Any:
    """A field of the schema; `unit` is kept for the reference and the JSON schema."""
    return Field(
        default, description=meaning, json_schema_extra={"unit": unit} if unit else None, **bounds
    )


class Section(BaseModel):
    """Base of all sections: strict types, finite numbers, no unknown keys, immutable."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, allow_inf_nan=False)


class Columns(Section):
    """Where a row's fields are: names where there is a header or JSON, else positions from 0."""

    text: Column | Annotated[list[Column], Field(min_length=1)] = _key(
        "text", "column with the text; of several columns the texts are joined in this order"
    )
    text_pair: Column | None = _key(None, "column with the second text of a pair; null: none")
    label: Column = _key("label", "column with the label")
    slices: Column | None = _key(
        None, "column with space-separated names of slices that are scored apart; null: none"
    )


class DataSection(Section):
    """Which rows are read, and how."""

    train: Source = _key(
        ...,
        "training rows: a path, a glob, demo:NAME[:SPLIT], tfds:NAME_OR_DIR[:SPLIT], or a list "
        "that mixes these",
    )
    validation: Source | Share | None = _key(
        None,
        "validation rows, or a share of the training rows, chosen by hash of the cleaned text so "
        "that duplicates stay on one side; null: the demo's or the TFDS data set's own, or 0.1",
    )
    test: Source | None = _key(
        None, "test rows, scored once at the end; null: the demo's or the TFDS data set's own"
    )
    columns: Columns = _key(Columns(), "where a row's fields are")
    format: FileFormat | None = _key(None, "format of the files; null: by suffix")
    header: bool | None = _key(
        None, "whether files begin with a header; null: yes where columns are names, else no"
    )
    labels: list[LabelName] | None = _key(
        None, "label names in the order of their indices; null: found in the training rows"
    )
    text_separator: str = _key(" ", "stands between the texts of several columns")
    tfds_dir: str | None = _key(
        None, "where TFDS keeps its data sets; null: TFDS_DATA_DIR, or ~/tensorflow_datasets"
    )
    max_row_bytes: int = _key(1 << 20, "longest row that is read", unit="bytes", ge=64)
    shuffle_buffer_rows: int = _key(65536, "rows held in memory for shuffling", unit="rows", ge=1)


class TextSection(Section):
    """How text becomes tokens; the same graph trains and serves."""

    vocab: str | None = _key(
        None, "path to vocab.txt, or learn; null: the checkpoint's, or learn where there is none"
    )
    vocab_size: int = _key(
        8000, "size of a learned vocabulary; ignored beside a file", unit="tokens", ge=32
    )
    lowercase: bool | None = _key(None, "lower-case the text; null: as the checkpoint, or true")
    strip_accents: bool | None = _key(None, "remove accents; null: as lowercase says")
    tokenize_chinese_chars: bool | None = _key(
        None, "make each Chinese character a word of its own; null: as the checkpoint, or true"
    )
    max_tokens: int = _key(128, "longest row, [CLS] and [SEP] included", unit="tokens", ge=3)
    truncation: Truncation = _key("head", "which part of a longer text is kept")
    stride_tokens: int | None = _key(
        None,
        "a longer text is read in overlapping windows of max_tokens, of which each begins so many "
        "tokens after the one before; their probabilities are averaged; null: it is truncated",
        unit="tokens",
        ge=1,
    )
    max_windows: int = _key(
        16, "windows of one text at most; the rest of it is not read", unit="windows", ge=1
    )
    max_bytes: int = _key(
        65536, "texts are cut here before any other rule sees them", unit="bytes", ge=16
    )
    clean: list[CleaningRule] = _key([], "cleaning rules; the order is fixed, see docs/text.md")


class Operation(Section):
    """One edit of training texts."""

    type: OperationType = _key(
        ..., "kind of edit; a word is what stands between white space, or one CJK character"
    )
    rate: float = _key(0.1, "share of the words that are edited", unit="share", ge=0, le=1)


class AugmentationSection(Section):
    """Edits of training texts, made anew in each epoch, after cleaning."""

    operations: list[Operation] = _key([], "edits, one after the other")
    row_rate: float = _key(
        1.0, "share of the rows that are edited in an epoch", unit="share", ge=0, le=1
    )


class ModelSection(Section):
    """A published checkpoint, or the sizes of a BERT with random weights."""

    checkpoint: str | None = _key(
        None, "a folder in Hugging Face's format or a hub name; null: random weights"
    )
    revision: str | None = _key(None, "branch, tag or commit of a hub name; null: main")
    cache_dir: str | None = _key(
        None, "where hub files are kept; null: HF_HUB_CACHE, or ~/.cache/huggingface/hub"
    )
    offline: bool = _key(False, "take hub files from the cache alone, without a network")
    frozen_layers: Annotated[int, Field(ge=0)] | Literal["all"] | None = _key(
        None,
        "not trained: the embeddings and so many of the lowest layers; all: everything but the "
        "classifier; null: everything is trained",
        unit="layers",
    )
    hidden_size: int = _key(768, "width of the hidden states", unit="features", ge=1)
    num_hidden_layers: int = _key(12, "number of layers", unit="layers", ge=1)
    num_attention_heads: int = _key(12, "attention heads a layer", unit="heads", ge=1)
    intermediate_size: int = _key(3072, "width of the feed-forward part", unit="features", ge=1)
    hidden_act: Activation = _key("gelu", "activation; gelu is exact, gelu_new its tanh form")
    max_position_embeddings: int = _key(512, "positions with an embedding", unit="tokens", ge=3)
    type_vocab_size: int = _key(2, "number of token types", unit="types", ge=1)
    hidden_dropout_prob: float = _key(0.1, "dropout of hidden states", unit="share", ge=0, lt=1)
    attention_probs_dropout_prob: float = _key(
        0.1, "dropout of attention", unit="share", ge=0, lt=1
    )
    classifier_dropout: float | None = _key(
        None, "dropout before the classifier; null: hidden_dropout_prob", unit="share", ge=0, lt=1
    )
    initializer_range: float = _key(0.02, "standard deviation of random weights", gt=0)
    layer_norm_eps: float = _key(1e-12, "epsilon of LayerNorm", gt=0)


class TaskSection(Section):
    """The question that the model answers."""

    type: TaskType = _key("single_label", "kind of task")
    class_weights: Literal["balanced"] | dict[LabelName, Annotated[float, Field(ge=0)]] | None = (
        _key(
            None,
            "weight of each label in the loss: a mapping, or balanced = rows / (labels x rows "
            "of the label); null: 1 each",
        )
    )
    label_smoothing: float = _key(
        0.0,
        "share of the target that is spread evenly over all labels, in training",
        unit="share",
        ge=0,
        lt=1,
    )


class TrainingSection(Section):
    """How the weights are learned."""

    epochs: int = _key(3, "passes over the training rows", unit="epochs", ge=1)
    batch_size: int = _key(32, "rows of one step over all devices", unit="rows", ge=1)
    learning_rate: float = _key(2e-5, "peak learning rate, reached after warm-up", gt=0)
    optimizer: OptimizerName = _key(
        "adamw", "rule of the updates; adam is adamw without weight decay"
    )
    weight_decay: float = _key(0.01, "decoupled decay; LayerNorm and biases are left out", ge=0)
    schedule: ScheduleName = _key(
        "linear", "how the rate goes from its peak to min_learning_rate; constant: not at all"
    )
    schedule_power: float = _key(2.0, "power of the polynomial schedule; 1 is linear", gt=0)
    min_learning_rate: float = _key(
        0.0, "rate at the end of the schedule; a stalled score does not lower it further", ge=0
    )
    warmup_rate: float = _key(
        0.1,
        "share of all steps over which the rate rises from 0 to its peak",
        unit="share",
        ge=0,
        le=1,
    )
    max_gradient_norm: float | None = _key(
        1.0, "gradients are scaled down to this global norm; null: never", gt=0
    )
    adam_beta_1: float = _key(0.9, "decay of Adam's first moment", ge=0, lt=1)
    adam_beta_2: float = _key(0.999, "decay of Adam's second moment", ge=0, lt=1)
    adam_epsilon: float = _key(1e-6, "Adam's epsilon, added after bias correction", gt=0)
    momentum: float = _key(0.9, "momentum of sgd", ge=0, lt=1)
    patience_epochs: int | None = _key(
        None,
        "training stops after so many epochs without a better evaluation.metric; null: never",
        unit="epochs",
        ge=1,
    )
    plateau_epochs: int | None = _key(
        None,
        "the rate is lowered after so many epochs without a better evaluation.metric; null: never",
        unit="epochs",
        ge=1,
    )
    plateau_factor: float = _key(0.5, "the rate is then multiplied by this", gt=0, lt=1)
    precision: Precision = _key(
        "auto", "arithmetic; auto: bfloat16 on GPUs from compute capability 8.0, else float32"
    )
    strategy: StrategyName = _key("auto", "devices; auto: all GPUs, or the CPU where there is none")
    checkpoint_steps: int = _key(
        500, "a checkpoint is written every so many steps", unit="steps", ge=1
    )


class EvaluationSection(Section):
    """How the model is scored."""

    batch_size: int = _key(64, "rows of one step", unit="rows", ge=1)
    metric: Literal["macro_f1", "accuracy", "loss"] = _key(
        "macro_f1", "validation score by which the best checkpoint is chosen"
    )
    bag_of_words_rows: int = _key(
        20000,
        "training rows for the bag-of-words baseline; 0: no baseline",
        unit="rows",
        ge=0,
    )


class TensorboardSection(Section):
    """What TensorBoard is shown."""

    log_steps: int = _key(10, "scalars are written every so many steps", unit="steps", ge=1)
    num_samples: int = _key(
        8, "augmented training rows shown as text after each epoch", unit="rows", ge=0
    )


class ExportSection(Section):
    """The SavedModel for TensorFlow Serving."""

    enabled: bool = _key(True, "write saved_model/1 at the end of training")


class Config(Section):
    """A whole run."""

    name: str = _key(..., "name of the run; its directory is runs/NAME", pattern=r"^\w[\w.-]*$")
    seed: int = _key(17, "seed of weights, dropout, shuffling and splits", ge=0, lt=2**31)
    deterministic: bool = _key(False, "same numbers on every run of the same machine, slower")
    data: DataSection = _key(..., "the rows")
    text: TextSection = _key(TextSection(), "text to tokens")
    augmentation: AugmentationSection | None = _key(None, "edits of training texts; null: none")
    model: ModelSection = _key(ModelSection(), "the network")
    task: TaskSection = _key(TaskSection(), "the question")
    training: TrainingSection = _key(TrainingSection(), "learning")
    evaluation: EvaluationSection = _key(EvaluationSection(), "scoring")
    tensorboard: TensorboardSection = _key(TensorboardSection(), "TensorBoard")
    export: ExportSection = _key(ExportSection(), "SavedModel")


_NO_SIZES = ("checkpoint", "revision", "cache_dir", "offline", "frozen_layers")
MODEL_SIZES = tuple(name for name in ModelSection.model_fields if name not in _NO_SIZES)
"""Keys of `model` that a checkpoint answers by its own config.json."""

"""What every TFBert class has: a configuration, a backbone, and Hugging Face folders both ways.

Enters: a `transformers.BertConfig`, or a folder or hub name. Leaves: a Keras model with its
weights, or a folder that transformers opens.
A folder is checked whole, by its configuration alone, before a model is built. Knows no head but
whether there is a classifier, and computes nothing beyond the backbone.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Self

import keras

from tfft.errors import CheckpointError, Fault, collect, nearest
from tfft.interop import bert_config
from tfft.interop.checkpoint import SINGLE_FILE, StoredWeights, open_weights, save_weights
from tfft.interop.hub import resolve_folder
from tfft.interop.model_folder import written_whole
from tfft.interop.names import BACKBONE, Match, WeightName, bert_names, match_names
from tfft.interop.tokenizer_files import SavableVocabulary, write_tokenizer
from tfft.models.bert import BertBackbone, BertFeatures
from tfft.models.initialization import derived_seed, new_seed
from tfft.spec import INPUT_IDS, MODEL_INPUTS

if TYPE_CHECKING:
    from transformers import BertConfig

_logger = logging.getLogger(__name__)


class TFBertPreTrainedModel(keras.Model):
    """A backbone with a configuration that reads and writes Hugging Face folders.

    Args:
        config: a `transformers.BertConfig`; the model keeps a copy.
        seed: makes random weights and dropout reproducible; drawn from Python's generator, which
            `keras.utils.set_random_seed` seeds, where it is None.
        **kwargs: `name`, `dtype` and `trainable` of a Keras model.

    Raises:
        CheckpointError: the configuration is none that a BERT can be built from.
    """

    architecture: ClassVar[str]
    """The PyTorch class with the same weights."""

    with_classifier: ClassVar[bool] = False

    def __init__(self, config: BertConfig, *, seed: int | None = None, **kwargs: Any):
        super().__init__(**kwargs)
        self.config = bert_config.checked_config(config)
        self.seed = new_seed() if seed is None else seed
        self.bert = BertBackbone(
            seed=derived_seed(self.seed, "bert"),
            dtype=self.dtype_policy,
            **bert_config.backbone_arguments(self.config),
        )

    @classmethod
    def from_pretrained(
        cls,
        name_or_folder: str | os.PathLike[str],
        *,
        num_labels: int | None = None,
        id2label: Mapping[int, str] | Sequence[str] | None = None,
        ignore_mismatched_sizes: bool = False,
        revision: str | None = None,
        local_files_only: bool = False,
        cache_dir: str | os.PathLike[str] | None = None,
        seed: int | None = None,
        dtype: Any = None,
        name: str | None = None,
        **overrides: Any,
    ) -> Self:
        """Returns a model with the weights of a Hugging Face folder or hub name.

        A pooler or classifier that the checkpoint lacks is new, with a warning; heads that the
        model lacks are left out.

        Args:
            name_or_folder: a folder with `config.json` and safetensors, or a name on the hub.
            num_labels: number of classes, where it is not the checkpoint's.
            id2label: the classes' names by id, or in the order of the ids; implies `num_labels`.
            ignore_mismatched_sizes: begin with a new classifier where the stored one has another
                size.
            revision: branch, tag or commit on the hub.
            local_files_only: use the hub's cache and no network.
            cache_dir: where the hub's files are kept; None: `HF_HUB_CACHE`, or its default.
            seed: for dropout and for weights that the checkpoint lacks.
            dtype: dtype or dtype policy of the model; the weights are float32.
            name: the Keras model's name.
            **overrides: fields of `BertConfig` that replace the folder's, such as
                `hidden_dropout_prob`.

        Raises:
            CheckpointError: all at once, whatever is wrong with the folder, its configuration or
                its weights; nothing is left half loaded.
        """
        folder = resolve_folder(
            name_or_folder,
            revision=revision,
            local_files_only=local_files_only,
            cache_dir=cache_dir,
        )
        config, weights = _open_folder(
            folder, num_labels=num_labels, id2label=id2label, **overrides
        )
        # Matched by the configuration alone: a checkpoint that does not fit costs no model.
        match = match_names(
            cls._names(config),
            weights.shapes,
            bert_config.stored_sizes(config),
            ignore_mismatched_sizes=ignore_mismatched_sizes,
        )
        model = cls(config, seed=seed, dtype=dtype, name=name)
        model._assign(match, weights)
        _log_differences(match, str(name_or_folder))
        return model

    def save_pretrained(
        self,
        folder: str | os.PathLike[str],
        *,
        vocabulary: SavableVocabulary | None = None,
        tokenizer_settings: Mapping[str, Any] | None = None,
    ) -> None:
        """Writes a folder that transformers opens: `model.safetensors` and `config.json`.

        Args:
            folder: written whole or not at all; files of an existing folder are replaced.
            vocabulary: where given, the tokenizer's four files are written too.
            tokenizer_settings: `lowercase`, `strip_accents`, `tokenize_chinese_chars` and
                `max_tokens`; those left out are BERT's, `max_tokens` the model's positions.

        Raises:
            CheckpointError: `folder` is a file or cannot be written, or the vocabulary has more
                tokens than the model has embeddings.
        """
        if vocabulary is not None and len(vocabulary.tokens) > self.config.vocab_size:
            raise _vocabulary_too_large(len(vocabulary.tokens), self.config.vocab_size)
        content = bert_config.config_file_content(
            self.config, architecture=self.architecture, with_labels=self.with_classifier
        )
        with written_whole(folder) as partial:
            save_weights(partial / SINGLE_FILE, self._stored_arrays())
            (partial / bert_config.CONFIG_FILE).write_text(content, encoding="utf-8")
            if vocabulary is not None:
                settings = {"max_tokens": self.config.max_position_embeddings}
                write_tokenizer(partial, vocabulary, **(settings | dict(tokenizer_settings or {})))

    def get_config(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "trainable": self.trainable,
            "dtype": keras.dtype_policies.serialize(self.dtype_policy),
            "config": self.config.to_dict(),
            "seed": self.seed,
        }

    @classmethod
    def from_config(cls, config: dict[str, Any], custom_objects: Any = None) -> Self:
        config = dict(config)
        fields = config.pop("config")
        return cls(bert_config.config_from_dict(fields), **config)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        # The encoding of a Hugging Face tokenizer is a mapping, but none that Keras looks into.
        args = tuple(dict(arg) if isinstance(arg, Mapping) else arg for arg in args)
        return super().__call__(*args, **kwargs)

    def _features(
        self, inputs: dict[str, Any], output_attentions: bool | None, training: bool | None
    ) -> BertFeatures:
        if output_attentions is None:
            output_attentions = bool(self.config.output_attentions)
        return self.bert(**inputs, output_attentions=output_attentions, training=training)

    def _asked_for(
        self, output_hidden_states: bool | None, features: BertFeatures
    ) -> dict[str, Any]:
        """Returns the fields of an output that every class has on request."""
        if output_hidden_states is None:
            output_hidden_states = bool(self.config.output_hidden_states)
        return {
            "hidden_states": features.hidden_states if output_hidden_states else None,
            "attentions": features.attentions or None,
        }

    def _in_asked_form(self, output: Any, return_dict: bool | None) -> Any:
        if return_dict is None:
            return_dict = self.config.return_dict is not False
        return output if return_dict else output.to_tuple()

    @classmethod
    def _names(cls, config: BertConfig) -> tuple[WeightName, ...]:
        return bert_names(
            num_hidden_layers=config.num_hidden_layers, with_classifier=cls.with_classifier
        )

    def _variables_by_path(self) -> dict[str, Any]:
        # Inside a layer of the user's own the paths begin with that layer's.
        outside = self.bert.path.removesuffix(self.bert.name)
        return {variable.path.removeprefix(outside): variable for variable in self.weights}

    def _assign(self, match: Match, weights: StoredWeights) -> None:
        variables = self._variables_by_path()
        for row, stored in match.found:
            value = weights.read(stored)
            variables[row.path].assign(value.T if row.transposed else value)

    def _stored_arrays(self) -> dict[str, Any]:
        variables = self._variables_by_path()
        # A folder of a bare backbone has no prefix, as BertModel's has none.
        prefix = "" if self.with_classifier else BACKBONE
        arrays = {}
        for row in self._names(self.config):
            value = keras.ops.convert_to_numpy(variables[row.path])
            arrays[row.stored.removeprefix(prefix)] = value.T if row.transposed else value
        return arrays


def unpacked(**inputs: Any) -> dict[str, Any]:
    """Returns a model's inputs by name, however they were given.

    Args:
        **inputs: every input that the model takes; `input_ids` may be a mapping of all of them, or
            a list of the first three.

    Raises:
        ValueError: an input's name is unknown, or `input_ids` is missing.
    """
    given, names = inputs[INPUT_IDS], tuple(inputs)
    if isinstance(given, Mapping):
        inputs |= {INPUT_IDS: None, **given}
    elif isinstance(given, list | tuple):
        if len(given) > len(MODEL_INPUTS):
            raise ValueError(f"Got {len(given)} inputs; expected {', '.join(MODEL_INPUTS)}.")
        inputs |= {INPUT_IDS: None, **dict(zip(MODEL_INPUTS, given, strict=False))}
    for name in inputs:
        if name not in names:
            hint = nearest(name, names)
            did_you_mean = f" Did you mean `{hint}`?" if hint else ""
            raise ValueError(f"Unknown input `{name}`.{did_you_mean}")
    if inputs[INPUT_IDS] is None:
        raise ValueError("`input_ids` is missing.")
    return inputs


def _open_folder(folder: Path, **options: Any) -> tuple[BertConfig, StoredWeights]:
    """Returns configuration and weights; the faults of both at once."""
    faults: list[Fault] = []
    config = collect(faults, lambda: bert_config.read_config(folder, **options))
    weights = collect(faults, lambda: open_weights(folder))
    if config is None or weights is None:
        raise CheckpointError(f"The model in {folder} cannot be loaded", faults)
    return config, weights


def _log_differences(match: Match, name: str) -> None:
    if match.absent:
        names = ", ".join(row.stored for row in match.absent)
        _logger.warning("%s: new random weights, to be trained: %s", name, names)
    if match.unused:
        _logger.info("%s: not used: %s", name, ", ".join(match.unused))


def _vocabulary_too_large(num_tokens: int, num_embeddings: int) -> CheckpointError:
    problem = f"has {num_tokens:,} tokens, the model {num_embeddings:,} embeddings"
    return CheckpointError("The model cannot be saved", [Fault("vocabulary", problem)])

"""What a run reads, checked before anything is written: rows, vocabulary and checkpoint.

Enters: a `Config` and a folder for the stored rows. Leaves: `Inputs`, or one error with the faults
of all three. Does not build the model, but knows whether its checkpoint can be opened.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tfft.build.evaluation import cleaned_texts, cleaner
from tfft.build.reading import columns_of, reading_of
from tfft.config.schema import DEFAULT_VALIDATION_SHARE, Config
from tfft.data.prepare import Prepared, prepare
from tfft.data.store import RowStore
from tfft.errors import CheckpointError, DataError, Fault, collect
from tfft.interop.bert_config import read_config
from tfft.interop.checkpoint import open_weights
from tfft.interop.hub import resolve_folder
from tfft.interop.learn_vocabulary import learn_vocabulary
from tfft.interop.tokenizer_files import read_tokenizer_settings, read_vocabulary
from tfft.text.clean import TextCleaner
from tfft.text.preprocessor import Preprocessor, cap_bytes
from tfft.text.tokenize import repair_utf8
from tfft.text.vocab import Vocabulary

_WAYS_OUT = (
    "Three ways out: (1) `model.checkpoint: FOLDER`, a folder that holds the model; (2) fetch it "
    "once where there is a network and take it from that cache here (`model.cache_dir: FOLDER` or "
    "`HF_HOME`, with `model.offline: true`), or name a mirror in `HF_ENDPOINT`; (3) leave "
    "`model.checkpoint` out, give sizes (`model.hidden_size` and its neighbours) and begin with "
    "random weights"
)

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Inputs:
    """What was read and checked before anything is written.

    Attributes:
        rows: all splits.
        preprocessor: texts to features, with its vocabulary.
        checkpoint: folder of the pretrained model, or None for random weights.
    """

    rows: Prepared
    preprocessor: Preprocessor
    checkpoint: Path | None


def read_inputs(config: Config, rows_folder: Path) -> Inputs:
    """Reads rows, vocabulary and checkpoint; the faults of all of them are one report."""
    faults: list[Fault] = []
    folder = collect(faults, lambda: _checkpoint_folder(config))
    settings = collect(faults, lambda: _text_settings(config, folder)) or {}
    vocabulary = None
    if settings.get("vocab") is not None:
        vocabulary = collect(faults, lambda: read_vocabulary(settings["vocab"]))
    clean = cleaner(_clean_only(config))
    rows = collect(faults, lambda: _prepare_rows(config, rows_folder, clean))
    if faults or rows is None:
        raise DataError(f"{config.name} cannot be trained", faults)
    if vocabulary is None:
        vocabulary = _learned_vocabulary(config, settings, rows.train, clean)
    preprocessor = Preprocessor(
        vocabulary,
        lowercase=settings["lowercase"],
        strip_accents=settings["strip_accents"],
        tokenize_chinese_chars=settings["tokenize_chinese_chars"],
        max_tokens=config.text.max_tokens,
        truncation=config.text.truncation,
        stride_tokens=config.text.stride_tokens,
        max_windows=config.text.max_windows,
        max_bytes=config.text.max_bytes,
        clean=config.text.clean,
    )
    return Inputs(rows, preprocessor, folder)


def _checkpoint_folder(config: Config) -> Path | None:
    """Finds or downloads the checkpoint and looks at its files, before any row is read."""
    if config.model.checkpoint is None:
        return None
    folder = resolve_folder(
        config.model.checkpoint,
        revision=config.model.revision,
        local_files_only=config.model.offline,
        cache_dir=config.model.cache_dir,
        ways_out=_WAYS_OUT,
    )
    faults: list[Fault] = []
    bert = collect(faults, lambda: read_config(folder))
    collect(faults, lambda: open_weights(folder))
    if bert is not None and config.text.max_tokens > bert.max_position_embeddings:
        limit = f"at most {bert.max_position_embeddings}, the checkpoint's positions"
        faults.append(Fault("text.max_tokens", f"got {config.text.max_tokens}", limit))
    frozen = config.model.frozen_layers
    if bert is not None and isinstance(frozen, int) and frozen > bert.num_hidden_layers:
        limit = f"at most {bert.num_hidden_layers}, the checkpoint's layers, or all"
        faults.append(Fault("model.frozen_layers", f"got {frozen}", limit))
    if faults:
        raise CheckpointError(f"{config.model.checkpoint} cannot be used", faults)
    return folder


def _text_settings(config: Config, checkpoint: Path | None) -> dict[str, Any]:
    """Returns how to tokenise and the vocabulary's path: the config's, else the checkpoint's."""
    settings: dict[str, Any] = {
        "vocab": None, "lowercase": True, "strip_accents": None, "tokenize_chinese_chars": True,
    }  # fmt: skip
    if checkpoint is not None:
        settings |= read_tokenizer_settings(checkpoint)
        if settings["vocab"] is None and config.text.vocab is None:
            fault = Fault(
                "text.vocab",
                f"{checkpoint} holds neither vocab.txt nor tokenizer.json",
                advice="Give the path of the vocabulary that the checkpoint was trained with",
            )
            raise CheckpointError("The checkpoint has no vocabulary", [fault])
    for key in ("lowercase", "strip_accents", "tokenize_chinese_chars"):
        if getattr(config.text, key) is not None:
            settings[key] = getattr(config.text, key)
    if config.text.vocab is not None:
        is_learned = config.text.vocab == "learn"
        settings["vocab"] = None if is_learned else Path(config.text.vocab).expanduser()
    return settings


def _clean_only(config: Config) -> Callable[[Any], Any]:
    """The preprocessor's cleaning, for as long as there is no vocabulary to build one."""
    rules = TextCleaner(config.text.clean)
    return lambda text: rules(repair_utf8(cap_bytes(text, config.text.max_bytes)))


def _prepare_rows(
    config: Config, folder: Path, clean: Callable[[list[str]], list[str]]
) -> Prepared:
    data = config.data
    return prepare(
        folder,
        train=data.train,
        validation=data.validation,
        test=data.test,
        validation_share=DEFAULT_VALIDATION_SHARE,
        columns=columns_of(data),
        reading=reading_of(data),
        labels=data.labels,
        clean=clean,
        seed=config.seed,
    )


def _learned_vocabulary(
    config: Config,
    settings: dict[str, Any],
    train: RowStore,
    clean: Callable[[list[str]], list[str]],
) -> Vocabulary:
    vocabulary = learn_vocabulary(
        cleaned_texts(train, clean),
        size=config.text.vocab_size,
        lowercase=settings["lowercase"],
        strip_accents=settings["strip_accents"],
        tokenize_chinese_chars=settings["tokenize_chinese_chars"],
    )
    logger.info("vocabulary: %s tokens learned", f"{len(vocabulary):,}")
    return vocabulary

"""A config to a run: rows, vocabulary, model, training, scores, export, in this order.

Enters: a `Config` and the path of the new run. Leaves: the run directory, complete.
All input is checked before the directory appears: a refused run leaves nothing behind.
"""

from __future__ import annotations

import logging
import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import Any

import keras
import tensorflow as tf

from tfft.build.evaluation import (
    baseline_metrics,
    cleaned_texts,
    cleaner,
    evaluation_metrics,
    score,
    score_bag_of_words,
    write_report,
)
from tfft.build.model_card import model_card
from tfft.build.trained import Trained, save_trained
from tfft.config.load import dump_config
from tfft.config.schema import MODEL_SIZES, Config
from tfft.data.labels import class_weights
from tfft.data.pipeline import num_batches, train_batches
from tfft.data.prepare import Prepared, prepare
from tfft.data.sources import is_whole_demo
from tfft.data.store import RowStore, stored_rows
from tfft.errors import CheckpointError, DataError, Fault, collect
from tfft.interop.bert_config import config_from_dict, read_config
from tfft.interop.checkpoint import open_weights
from tfft.interop.hub import resolve_folder
from tfft.interop.learn_vocabulary import learn_vocabulary
from tfft.interop.tf_bert import TFBertForSequenceClassification
from tfft.interop.tokenizer_files import read_tokenizer_settings
from tfft.provenance import provenance
from tfft.run_directory import RunDirectory, new_run, publish, write_json, write_text
from tfft.scoring.metrics import Scorer
from tfft.serving.saved_model import export_saved_model
from tfft.tasks.single_label import TASKS
from tfft.text.clean import TextCleaner
from tfft.text.preprocessor import Preprocessor, cap_bytes
from tfft.text.tokenize import repair_utf8
from tfft.text.vocab import Vocabulary
from tfft.training.callbacks import Checkpoints, ProgressBar, TensorBoardLog
from tfft.training.checkpoint import CheckpointStore
from tfft.training.evaluation import Answering
from tfft.training.loop import TrainingLoop
from tfft.training.optimizer import AdamWeightDecay, create_optimizer
from tfft.training.strategy import make_strategy, policy_name

DEFAULT_VALIDATION_SHARE = 0.1
NUM_EXPORT_SAMPLES = 32

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


def train_run(config: Config, run_dir: Path) -> dict[str, Any]:
    """Trains, scores and exports a model.

    Args:
        config: the run.
        run_dir: the new run's directory; must not exist.

    Returns:
        The contents of `report/metrics.json`.

    Raises:
        TfftError: the data, the vocabulary, the checkpoint or the run directory cannot be used.
    """
    began = time.perf_counter()
    _seed_everything(config)
    with new_run(run_dir) as part:
        inputs = _read_inputs(config, part.rows)
        strategy = make_strategy(config.training.strategy)
        trained, optimizer = _build_model(config, inputs, strategy)
        _log_decay(optimizer, len(trained.model.trainable_variables))
        write_text(part.config, dump_config(config))
        write_json(part.provenance, _provenance(config, inputs, trained, optimizer))
        run = publish(part, run_dir)
    train, validation, test = (
        _moved(store, run.rows) if store is not None else None
        for store in (inputs.rows.train, inputs.rows.validation, inputs.rows.test)
    )
    training = _train(config, run, trained, optimizer, strategy, train, validation)
    metrics = _report(config, run, trained, strategy, train, validation, test, training)
    save_trained(trained, run.model, task_type=config.task.type)
    write_text(run.model / "README.md", model_card(config, trained.task.label_names, metrics))
    if config.export.enabled:
        samples = _samples(validation or test or train)
        export_saved_model(trained.served(), run.saved_model, samples=samples)
    shutil.rmtree(run.rows)
    logger.info("finished in %.0f seconds", time.perf_counter() - began)
    return metrics


def _moved(store: RowStore, folder: Path) -> RowStore:
    """The store after the run's directory got its name."""
    return replace(store, paths=tuple(str(folder / Path(path).name) for path in store.paths))


def _seed_everything(config: Config) -> None:
    keras.utils.set_random_seed(config.seed)
    if config.deterministic:
        tf.config.experimental.enable_op_determinism()


def _read_inputs(config: Config, rows_folder: Path) -> Inputs:
    """Reads rows, vocabulary and checkpoint; the faults of all of them are one report."""
    faults: list[Fault] = []
    folder = collect(faults, lambda: _checkpoint_folder(config))
    settings = collect(faults, lambda: _text_settings(config, folder)) or {}
    vocabulary = None
    if settings.get("vocab") is not None:
        vocabulary = collect(faults, lambda: Vocabulary.from_file(settings["vocab"]))
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
        max_bytes=config.text.max_bytes,
        clean=config.text.clean,
    )
    return Inputs(rows, preprocessor, folder)


def _checkpoint_folder(config: Config) -> Path | None:
    """Finds or downloads the checkpoint and looks at its files, before any row is read."""
    if config.model.checkpoint is None:
        return None
    folder = resolve_folder(config.model.checkpoint)
    faults: list[Fault] = []
    bert = collect(faults, lambda: read_config(folder))
    collect(faults, lambda: open_weights(folder))
    if bert is not None and config.text.max_tokens > bert.max_position_embeddings:
        limit = f"at most {bert.max_position_embeddings}, the checkpoint's positions"
        faults.append(Fault("text.max_tokens", f"got {config.text.max_tokens}", limit))
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
                f"{checkpoint} holds no vocab.txt",
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
    validation = data.validation
    if validation is None and not is_whole_demo(data.train):
        validation = DEFAULT_VALIDATION_SHARE
    columns = {k: v for k, v in data.columns.model_dump().items() if v is not None}
    return prepare(
        folder,
        train=data.train,
        validation=validation,
        test=data.test,
        columns=columns,
        labels=data.labels,
        format=data.format,
        header=data.header,
        clean=clean,
        seed=config.seed,
        max_row_bytes=data.max_row_bytes,
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


def _build_model(
    config: Config, inputs: Inputs, strategy: tf.distribute.Strategy
) -> tuple[Trained, AdamWeightDecay]:
    rows, training = inputs.rows, config.training
    names = rows.labels.names
    steps = training.epochs * num_batches(rows.train, training.batch_size)
    with strategy.scope():
        model = _network(config, inputs, names)
        optimizer, _ = create_optimizer(
            training.learning_rate,
            steps,
            round(training.warmup_rate * steps),
            adam_beta1=training.adam_beta_1,
            adam_beta2=training.adam_beta_2,
            adam_epsilon=training.adam_epsilon,
            weight_decay_rate=training.weight_decay,
        )
        optimizer.build(model.trainable_variables)
        model.compile(optimizer=optimizer)
    task = TASKS[config.task.type](names)
    return Trained(inputs.preprocessor, model, task, rows.train.has_pairs), optimizer


def _network(
    config: Config, inputs: Inputs, names: tuple[str, ...]
) -> TFBertForSequenceClassification:
    labels = dict(enumerate(names))
    num_tokens = len(inputs.preprocessor.vocabulary)
    dtype = policy_name(config.training.precision)
    if inputs.checkpoint is None:
        sizes = {name: getattr(config.model, name) for name in MODEL_SIZES}
        bert = config_from_dict(
            sizes | {"vocab_size": num_tokens, "id2label": labels,
                     "label2id": {name: index for index, name in labels.items()},
                     "pad_token_id": inputs.preprocessor.vocabulary.pad_id}
        )  # fmt: skip
        return TFBertForSequenceClassification(bert, seed=config.seed, dtype=dtype)
    model = TFBertForSequenceClassification.from_pretrained(
        inputs.checkpoint, id2label=labels, seed=config.seed, dtype=dtype
    )
    if num_tokens > model.config.vocab_size:
        problem = f"has {num_tokens:,} tokens"
        expected = f"at most {model.config.vocab_size:,}, the checkpoint's embeddings"
        raise CheckpointError(
            "Vocabulary and checkpoint do not fit", [Fault("text.vocab", problem, expected)]
        )
    return model


def _log_decay(optimizer: AdamWeightDecay, num_variables: int) -> None:
    logger.info(
        "weight decay %g on %d of %d variables: see provenance.json",
        optimizer.weight_decay_rate,
        len(optimizer.decayed_paths),
        num_variables,
    )


def _provenance(
    config: Config, inputs: Inputs, trained: Trained, optimizer: AdamWeightDecay
) -> dict[str, Any]:
    rows = inputs.rows
    splits = {"train": rows.train, "validation": rows.validation, "test": rows.test}
    return provenance(
        seed=config.seed,
        data={
            name: {
                "rows": store.num_rows,
                "labels": store.label_counts,
                "sources": list(store.sources),
                "fingerprint": store.fingerprint,
            }
            for name, store in splits.items()
            if store is not None
        },
        vocabulary={
            "tokens": len(inputs.preprocessor.vocabulary),
            "fingerprint": inputs.preprocessor.vocabulary.fingerprint,
        },
        num_parameters=trained.model.count_params(),
        decayed_variables=list(optimizer.decayed_paths),
    )


def _train(
    config: Config,
    run: RunDirectory,
    trained: Trained,
    optimizer: AdamWeightDecay,
    strategy: tf.distribute.Strategy,
    train: RowStore,
    validation: RowStore | None,
) -> dict[str, Any]:
    """Trains, leaves the best weights in the model and returns metrics.json's `training`."""
    settings = config.training
    store = CheckpointStore(run.checkpoints, model=trained.model, optimizer=optimizer)
    answering = Answering(trained.model, strategy)
    weights = class_weights(train.label_counts, config.task.class_weights)
    newest: list[Scorer] = []

    def batches(epoch: int) -> tf.data.Dataset:
        return train_batches(
            train,
            preprocess=trained.preprocessor,
            batch_size=settings.batch_size,
            seed=config.seed,
            epoch=epoch,
            shuffle_buffer_rows=config.data.shuffle_buffer_rows,
            class_weights=weights,
            pad_token_id=trained.preprocessor.vocabulary.pad_id,
        )

    def evaluate(callbacks: keras.callbacks.CallbackList) -> dict[str, float]:
        scorer = score(
            trained, validation, answering, batch_size=config.evaluation.batch_size,
            callbacks=callbacks,
        )  # fmt: skip
        newest[:] = [scorer]
        return {key: value for key, value in scorer.scores().items() if key != "rows"}

    loop = TrainingLoop(
        trained.model,
        optimizer,
        strategy=strategy,
        row_losses=trained.task.row_losses,
        max_gradient_norm=settings.max_gradient_norm,
    )
    checkpoints = Checkpoints(
        store, every_steps=settings.checkpoint_steps, metric=config.evaluation.metric
    )
    steps_per_epoch = num_batches(train, settings.batch_size)
    loop.run(
        batches,
        epochs=settings.epochs,
        steps_per_epoch=steps_per_epoch,
        callbacks=[
            TensorBoardLog(
                run.tensorboard,
                lambda: loop.throughput,
                log_steps=config.tensorboard.log_steps,
                validation=(lambda: newest[0]) if validation is not None else None,
            ),
            checkpoints,
            ProgressBar(num_rows=train.num_rows, epochs=settings.epochs,
                        batch_size=settings.batch_size),
        ],
        evaluate=evaluate if validation is not None else None,
    )  # fmt: skip
    store.restore("best")
    best_epoch = None if checkpoints.best_epoch is None else checkpoints.best_epoch + 1
    return {
        **loop.throughput.metrics(),
        "epochs": settings.epochs,
        "steps": settings.epochs * steps_per_epoch,
        "best_epoch": best_epoch,
        "rows": train.num_rows,
    }


def _report(
    config: Config,
    run: RunDirectory,
    trained: Trained,
    strategy: tf.distribute.Strategy,
    train: RowStore,
    validation: RowStore | None,
    test: RowStore | None,
    training: dict[str, Any],
) -> dict[str, Any]:
    """Scores the best weights and writes `report/`; returns metrics.json's content."""
    answering = Answering(trained.model, strategy)
    predictions = run.report / "predictions.jsonl"
    splits = {"validation": validation, "test": test}
    # The last of them is what the report is about.
    reported = [name for name, store in splits.items() if store is not None][-1]
    metrics: dict[str, Any] = {}
    for name, store in splits.items():
        if store is None:
            continue
        scorer = score(
            trained, store, answering, batch_size=config.evaluation.batch_size,
            predictions=predictions if name == reported else None,
        )  # fmt: skip
        metrics[name] = scorer.scores()
    metrics |= evaluation_metrics(reported, scorer) | {"training": training}
    baseline = score_bag_of_words(
        train, splits[reported], cleaner(trained.preprocessor.clean),
        num_rows=config.evaluation.bag_of_words_rows,
    )  # fmt: skip
    if baseline is not None:
        metrics["baselines"]["bag_of_words"] = baseline_metrics(baseline)
    write_report(run.report, config.name, metrics, scorer)
    return metrics


def _samples(store: RowStore) -> list[list[str]]:
    """Returns some texts of a store, in as many columns as the model takes."""
    rows = list(islice(stored_rows(store), NUM_EXPORT_SAMPLES))
    columns = [[row.text for row in rows]]
    return [*columns, [row.text_pair or "" for row in rows]] if store.has_pairs else columns

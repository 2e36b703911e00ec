"""A config to a run: inputs, model, training, scores, export, in this order.

Enters: a `Config` and the path of the new run. Leaves: the run directory, complete.
All input is checked before the directory appears: a refused run leaves nothing behind.
"""

from __future__ import annotations

import logging
import shutil
import time
from contextlib import closing
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any

import keras
import tensorflow as tf

from tfft.build.evaluation import (
    baseline_metrics,
    cleaner,
    evaluation_metrics,
    score,
    score_bag_of_words,
    write_report,
)
from tfft.build.inputs import Inputs, read_inputs
from tfft.build.model_card import model_card
from tfft.build.trained import Trained, save_trained
from tfft.config.load import dump_config
from tfft.config.schema import MODEL_SIZES, Config
from tfft.data.labels import class_weights
from tfft.data.pipeline import num_batches, train_batches
from tfft.data.prepare import Prepared
from tfft.data.store import RowStore, stored_rows
from tfft.errors import CheckpointError, Fault
from tfft.interop.bert_config import config_from_dict
from tfft.interop.tf_bert import TFBertForSequenceClassification
from tfft.provenance import provenance
from tfft.run_directory import RunDirectory, new_run, publish, write_json, write_text
from tfft.scoring.metrics import Scorer
from tfft.serving.saved_model import export_saved_model
from tfft.tasks.single_label import TASKS
from tfft.training.callbacks import Checkpoints, ProgressBar, TensorBoardLog
from tfft.training.checkpoint import CheckpointStore
from tfft.training.evaluation import Answering
from tfft.training.loop import TrainingLoop
from tfft.training.optimizer import AdamWeightDecay, create_optimizer
from tfft.training.strategy import make_strategy, policy_name

NUM_EXPORT_SAMPLES = 32

logger = logging.getLogger(__name__)


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
        inputs = read_inputs(config, part.rows)
        strategy = make_strategy(config.training.strategy)
        trained, optimizer = _build_model(config, inputs, strategy)
        _log_decay(optimizer, len(trained.model.trainable_variables))
        # Names of labels that do not exist are found here, before the directory appears.
        weights = class_weights(inputs.rows.train.label_counts, config.task.class_weights)
        write_text(part.config, dump_config(config))
        write_json(part.provenance, _provenance(config, inputs, trained, optimizer))
        run = publish(part, run_dir)
    rows = inputs.rows.moved_to(run.rows)
    try:
        training = _train(config, run, trained, optimizer, strategy, rows, weights)
        # First of all: whatever fails afterwards, the trained model is there.
        save_trained(trained, run.model, task_type=config.task.type)
        metrics = _report(config, run, trained, strategy, rows, training)
        write_text(run.model / "README.md", model_card(config, trained.task.label_names, metrics))
        if config.export.enabled:
            samples = _samples(rows.validation or rows.test or rows.train)
            export_saved_model(trained.served(), run.saved_model, samples=samples)
    finally:
        shutil.rmtree(run.rows)
    logger.info("finished in %.0f seconds", time.perf_counter() - began)
    return metrics


def _seed_everything(config: Config) -> None:
    keras.utils.set_random_seed(config.seed)
    if config.deterministic:
        tf.config.experimental.enable_op_determinism()


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
    rows: Prepared,
    weights: tuple[float, ...],
) -> dict[str, Any]:
    """Trains, leaves the best weights in the model and returns metrics.json's `training`."""
    settings = config.training
    store = CheckpointStore(run.checkpoints, model=trained.model, optimizer=optimizer)
    validation = None
    if rows.validation is not None:
        validation = _Validation(config, trained, strategy, rows.validation)
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
    steps_per_epoch = num_batches(rows.train, settings.batch_size)
    log = TensorBoardLog(
        run.tensorboard,
        lambda: loop.throughput,
        log_steps=config.tensorboard.log_steps,
        validation=(lambda: validation.newest) if validation else None,
        settings=_settings_by_name(config),
    )
    bar = ProgressBar(
        num_rows=rows.train.num_rows, epochs=settings.epochs, batch_size=settings.batch_size
    )
    # Ctrl-C leaves the loop without `on_train_end`, and the next line would land on the bar.
    with closing(bar):
        loop.run(
            partial(_epoch_batches, config, trained, rows.train, weights),
            epochs=settings.epochs,
            steps_per_epoch=steps_per_epoch,
            callbacks=[log, checkpoints, bar],
            evaluate=validation,
        )
    store.restore("best")
    best_epoch = None if checkpoints.best_epoch is None else checkpoints.best_epoch + 1
    return {
        **loop.throughput.metrics(),
        "epochs": settings.epochs,
        "steps": settings.epochs * steps_per_epoch,
        "best_epoch": best_epoch,
        "rows": rows.train.num_rows,
    }


def _epoch_batches(
    config: Config, trained: Trained, train: RowStore, weights: tuple[float, ...], epoch: int
) -> tf.data.Dataset:
    return train_batches(
        train,
        preprocess=trained.preprocessor,
        batch_size=config.training.batch_size,
        seed=config.seed,
        epoch=epoch,
        shuffle_buffer_rows=config.data.shuffle_buffer_rows,
        class_weights=weights,
        pad_token_id=trained.preprocessor.vocabulary.pad_id,
    )


class _Validation:
    """Scores the model as it is after an epoch; `newest` is for those who want more of it."""

    def __init__(
        self, config: Config, trained: Trained, strategy: tf.distribute.Strategy, rows: RowStore
    ):
        answering = Answering(trained.model, strategy)
        self.newest = Scorer(trained.task.label_names)
        self._score = partial(
            score, trained, rows, answering, batch_size=config.evaluation.batch_size
        )

    def __call__(self, callbacks: keras.callbacks.CallbackList) -> dict[str, float]:
        self.newest = self._score(callbacks=callbacks)
        return {key: value for key, value in self.newest.scores().items() if key != "rows"}


def _settings_by_name(config: Config) -> dict[str, Any]:
    """What runs are compared by, under the keys of the config."""
    sections = config.model_dump(include={"text", "model", "task", "training"})
    return {"seed": config.seed} | {
        f"{section}.{key}": value
        for section, values in sections.items()
        for key, value in values.items()
    }


def _report(
    config: Config,
    run: RunDirectory,
    trained: Trained,
    strategy: tf.distribute.Strategy,
    rows: Prepared,
    training: dict[str, Any],
) -> dict[str, Any]:
    """Scores the best weights and writes `report/`; returns metrics.json's content."""
    answering = Answering(trained.model, strategy)
    predictions = run.report / "predictions.jsonl"
    splits = {"validation": rows.validation, "test": rows.test}
    held_out = {name: store for name, store in splits.items() if store is not None}
    # The last of them is what the report is about.
    reported = list(held_out)[-1]
    metrics: dict[str, Any] = {}
    for name, store in held_out.items():
        scorer = score(
            trained, store, answering, batch_size=config.evaluation.batch_size,
            predictions=predictions if name == reported else None,
        )  # fmt: skip
        metrics[name] = scorer.scores()
    metrics |= evaluation_metrics(reported, scorer) | {"training": training}
    baseline = score_bag_of_words(
        rows.train, held_out[reported], cleaner(trained.preprocessor.clean),
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

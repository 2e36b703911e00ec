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

from tfft.augmentation.augmenter import Augmenter
from tfft.build.evaluation import (
    baseline_metrics,
    batches_to_score,
    cleaner,
    evaluation_metrics,
    score,
    score_bag_of_words,
    write_report,
)
from tfft.build.inputs import Inputs, read_inputs
from tfft.build.model_card import model_card
from tfft.build.new_model import NewModel, new_model
from tfft.build.trained import Trained, save_trained
from tfft.config.load import dump_config
from tfft.config.schema import Config
from tfft.data.batching import Augment
from tfft.data.labels import class_weights
from tfft.data.pipeline import augmented_samples, num_batches, train_batches
from tfft.data.prepare import Prepared
from tfft.data.store import RowStore, stored_rows
from tfft.provenance import provenance
from tfft.run_directory import RunDirectory, new_run, publish, write_json, write_text
from tfft.scoring.metrics import Scorer
from tfft.serving.saved_model import export_saved_model
from tfft.training.callbacks import Checkpoints, ProgressBar, stalling_callbacks
from tfft.training.checkpoint import CheckpointStore
from tfft.training.evaluation import Answering
from tfft.training.loop import TrainingLoop
from tfft.training.strategy import make_strategy
from tfft.training.tensorboard_log import TensorBoardLog

NUM_EXPORT_SAMPLES = 32

_ALWAYS_COMPARED = (
    "text.max_tokens",
    "training.batch_size",
    "training.epochs",
    "training.learning_rate",
    "training.optimizer",
    "training.schedule",
    "training.warmup_rate",
    "training.weight_decay",
)

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
        # Names of labels that do not exist are found here, before weights are loaded.
        weights = class_weights(inputs.rows.train.label_counts, config.task.class_weights)
        strategy = make_strategy(config.training.strategy)
        model = new_model(config, inputs, strategy)
        _log_decay(model)
        write_text(part.config, dump_config(config))
        write_json(part.provenance, _provenance(config, inputs, model))
        run = publish(part, run_dir)
    rows, trained = inputs.rows.moved_to(run.rows), model.trained
    try:
        training = _train(config, run, model, strategy, rows, weights)
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


def _log_decay(model: NewModel) -> None:
    logger.info(
        "weight decay %g on %d of %d variables: see provenance.json",
        model.optimizer.weight_decay_rate,
        len(model.optimizer.decayed_paths),
        len(model.trained.model.trainable_variables),
    )


def _provenance(config: Config, inputs: Inputs, model: NewModel) -> dict[str, Any]:
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
        num_parameters=model.trained.model.count_params(),
        decayed_variables=list(model.optimizer.decayed_paths),
    )


def _train(
    config: Config,
    run: RunDirectory,
    model: NewModel,
    strategy: tf.distribute.Strategy,
    rows: Prepared,
    weights: tuple[float, ...],
) -> dict[str, Any]:
    """Trains, leaves the best weights in the model and returns metrics.json's `training`."""
    settings, trained = config.training, model.trained
    validation = None
    if rows.validation is not None:
        validation = _Validation(config, trained, strategy, rows.validation)
    loop = TrainingLoop(
        trained.model,
        model.optimizer,
        strategy=strategy,
        row_losses=trained.task.training_losses,
        row_logits=partial(trained.row_logits, training=True),
        max_gradient_norm=settings.max_gradient_norm,
        schedule=model.schedule,
        minimum_rate=settings.min_learning_rate,
    )
    store = CheckpointStore(
        run.checkpoints,
        model=trained.model,
        optimizer=model.optimizer,
        learning_rate=loop.learning_rate,
    )
    batches = _EpochBatches(config, trained, rows.train, weights)
    checkpoints = Checkpoints(
        store, every_steps=settings.checkpoint_steps, metric=config.evaluation.metric
    )
    stalling = stalling_callbacks(
        config.evaluation.metric,
        patience_epochs=settings.patience_epochs,
        plateau_epochs=settings.plateau_epochs,
        plateau_factor=settings.plateau_factor,
        minimum_rate=settings.min_learning_rate,
    )
    log = TensorBoardLog(
        run.tensorboard,
        lambda: loop.throughput,
        log_steps=config.tensorboard.log_steps,
        validation=(lambda: validation.newest) if validation else None,
        settings=_settings_by_name(config),
        samples=batches.samples
        if batches.is_augmented and config.tensorboard.num_samples
        else None,
    )
    bar = ProgressBar(
        num_rows=rows.train.num_rows, epochs=settings.epochs, batch_size=settings.batch_size
    )
    # Ctrl-C leaves the loop without `on_train_end`, and the next line would land on the bar.
    with closing(bar):
        history = loop.run(
            batches,
            epochs=settings.epochs,
            steps_per_epoch=num_batches(rows.train, settings.batch_size),
            # What lowers the rate comes before what saves it.
            callbacks=[*stalling, log, checkpoints, bar],
            evaluate=validation,
        )
    steps, epochs = int(model.optimizer.iterations.numpy()), len(history["loss"])
    if epochs < settings.epochs:
        logger.info(
            "stopped after epoch %d: no better validation %s since epoch %d",
            epochs, config.evaluation.metric, (checkpoints.best_epoch or 0) + 1,
        )  # fmt: skip
    store.restore("best")
    best_epoch = None if checkpoints.best_epoch is None else checkpoints.best_epoch + 1
    return {
        **loop.throughput.metrics(),
        "epochs": epochs,
        "steps": steps,
        "best_epoch": best_epoch,
        "rows": rows.train.num_rows,
    }


class _EpochBatches:
    """Gives the training batches of a 0-based epoch, and shows how its texts were edited."""

    def __init__(
        self, config: Config, trained: Trained, train: RowStore, weights: tuple[float, ...]
    ):
        self._config, self._trained, self._train = config, trained, train
        self._weights = weights
        edits = config.augmentation
        self._augmenter: Augmenter | None = None
        if edits is not None and edits.operations:
            operations = [each.model_dump() for each in edits.operations]
            self._augmenter = Augmenter(operations, row_rate=edits.row_rate, seed=config.seed)

    def __call__(self, epoch: int) -> tf.data.Dataset:
        return train_batches(
            self._train,
            preprocess=self._trained.preprocessor,
            augment=self._augment(epoch),
            batch_size=self._config.training.batch_size,
            seed=self._config.seed,
            epoch=epoch,
            shuffle_buffer_rows=self._config.data.shuffle_buffer_rows,
            class_weights=self._weights,
            pad_token_id=self._trained.preprocessor.vocabulary.pad_id,
        )

    @property
    def is_augmented(self) -> bool:
        return self._augmenter is not None

    def samples(self, epoch: int) -> list[tuple[str, str]]:
        """Returns cleaned texts beside what the epoch made of them."""
        augment = self._augment(epoch)
        if augment is None:
            return []
        return augmented_samples(
            self._train,
            clean=self._trained.preprocessor.clean,
            augment=augment,
            num_rows=self._config.tensorboard.num_samples,
        )

    def _augment(self, epoch: int) -> Augment | None:
        return None if self._augmenter is None else partial(self._augmenter, epoch=epoch)


class _Validation:
    """Scores the model as it is after an epoch; `newest` is for those who want more of it."""

    def __init__(
        self, config: Config, trained: Trained, strategy: tf.distribute.Strategy, rows: RowStore
    ):
        answering = Answering(trained.row_logits, strategy)
        self.newest = Scorer(trained.task.label_names)
        # Made once: to trace its functions takes half a second.
        batches = batches_to_score(trained, rows, batch_size=config.evaluation.batch_size)
        self._score = partial(score, trained, batches, answering)

    def __call__(self, callbacks: keras.callbacks.CallbackList) -> dict[str, float]:
        self.newest = self._score(callbacks=callbacks)
        return {key: value for key, value in self.newest.scores().items() if key != "rows"}


def _settings_by_name(config: Config) -> dict[str, Any]:
    """What runs are compared by, under the keys of the config: the usual, and what was chosen."""
    sections = ("text", "model", "task", "training")
    values = {
        f"{section}.{key}": (value, defaults[key])
        for section in sections
        for defaults in [type(getattr(config, section))().model_dump()]
        for key, value in getattr(config, section).model_dump().items()
    }
    edits = config.augmentation.operations if config.augmentation else []
    shown = ", ".join(f"{each.type} {each.rate:g}" for each in edits) or "none"
    if config.augmentation is not None and config.augmentation.row_rate < 1:
        shown += f", on {config.augmentation.row_rate:g} of the rows"
    return {"seed": config.seed, "augmentation": shown} | {
        key: value if isinstance(value, bool | int | float | str) else str(value)
        for key, (value, default) in values.items()
        if key in _ALWAYS_COMPARED or value != default
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
    answering = Answering(trained.row_logits, strategy)
    predictions = run.report / "predictions.jsonl"
    splits = {"validation": rows.validation, "test": rows.test}
    held_out = {name: store for name, store in splits.items() if store is not None}
    # The last of them is what the report is about.
    reported = list(held_out)[-1]
    metrics: dict[str, Any] = {}
    for name, store in held_out.items():
        batches = batches_to_score(trained, store, batch_size=config.evaluation.batch_size)
        file = predictions if name == reported else None
        scorer = score(trained, batches, answering, predictions=file)
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

"""A config and its inputs to a model that is ready to be trained.

Enters: a `Config`, checked `Inputs`, a strategy. Leaves: a `Trained` (by name: as it will be), its
optimizer, and the schedule that the loop follows. Trains nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import tensorflow as tf

from tfft.build.inputs import Inputs
from tfft.build.trained import Trained
from tfft.config.schema import MODEL_SIZES, Config
from tfft.data.pipeline import num_batches
from tfft.errors import CheckpointError, Fault
from tfft.interop.bert_config import config_from_dict
from tfft.interop.tf_bert import TFBertForSequenceClassification
from tfft.tasks.single_label import TASKS
from tfft.training.freezing import freeze
from tfft.training.optimizer import DecayedOptimizer, make_optimizer
from tfft.training.schedule import make_schedule
from tfft.training.strategy import policy_name


@dataclass(frozen=True)
class NewModel:
    """What training needs besides rows.

    Attributes:
        trained: preprocessor, model and task, wired.
        optimizer: built for what is not frozen.
        schedule: the rate of a 0-based step.
    """

    trained: Trained
    optimizer: DecayedOptimizer
    schedule: Callable[[int], float]


def new_model(config: Config, inputs: Inputs, strategy: tf.distribute.Strategy) -> NewModel:
    """Makes the model with its first weights.

    Raises:
        CheckpointError: the vocabulary has more tokens than the checkpoint's embeddings.
        ConfigError: more layers are to be frozen than there are.
    """
    names = inputs.rows.labels.names
    with strategy.scope():
        model = _network(config, inputs, names)
        freeze(model, config.model.frozen_layers)
        optimizer = _optimizer(config)
        optimizer.build(model.trainable_variables)
        model.compile(optimizer=optimizer)
    task = TASKS[config.task.type](names, label_smoothing=config.task.label_smoothing)
    trained = Trained(inputs.preprocessor, model, task, inputs.rows.train.has_pairs)
    steps_per_epoch = num_batches(inputs.rows.train, config.training.batch_size)
    return NewModel(trained, optimizer, _schedule(config, steps_per_epoch))


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


def _optimizer(config: Config) -> DecayedOptimizer:
    training = config.training
    return make_optimizer(
        training.optimizer,
        learning_rate=training.learning_rate,
        weight_decay=training.weight_decay,
        adam_beta_1=training.adam_beta_1,
        adam_beta_2=training.adam_beta_2,
        adam_epsilon=training.adam_epsilon,
        momentum=training.momentum,
    )


def _schedule(config: Config, steps_per_epoch: int) -> Callable[[int], float]:
    training = config.training
    num_steps = training.epochs * steps_per_epoch
    return make_schedule(
        training.schedule,
        peak=training.learning_rate,
        num_steps=num_steps,
        warmup_steps=round(training.warmup_rate * num_steps),
        minimum=training.min_learning_rate,
        power=training.schedule_power,
    )

"""The training loop: batches in, trained weights and a history out.

Runs on public `tf.distribute` and Keras API, because `keras.Model.fit` fails under multi-worker
strategies (keras#20585); callbacks are called in `fit`'s order, so that stock ones work.
A batch is a dict of `spec`'s keys; its `loss_weight` sums to 1 over all replicas, so that sums of
losses and of gradients over replicas are those of the whole batch, the last partial one included.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import keras
import tensorflow as tf

from tfft import spec
from tfft.models.windows import sequences
from tfft.training.learning_rate import LearningRate

RowLosses = Callable[[Any, Any], Any]
"""(labels int32 [batch], logits float32 [batch, num_labels]) -> losses float32 [batch]."""

RowLogits = Callable[[Mapping[str, Any]], Any]
"""Features -> logits [batch, num_labels], with dropout."""


@dataclass
class Throughput:
    """How fast training was; the first step of every traced shape counts in the totals only.

    Attributes:
        rows, tokens, slots: what the timed steps saw; tokens are real, slots include padding.
        seconds: wall time of the timed steps, waiting for input included.
        input_seconds: the part of `seconds` that was spent waiting for input.
        total_rows: rows of all steps.
    """

    rows: int = 0
    tokens: int = 0
    slots: int = 0
    seconds: float = 0.0
    input_seconds: float = 0.0
    total_rows: int = 0
    started: float = field(default_factory=time.perf_counter)

    def add(
        self, *, rows: int, tokens: int, slots: int, seconds: float, input_seconds: float
    ) -> None:
        """Counts one timed step."""
        self.rows += rows
        self.tokens += tokens
        self.slots += slots
        self.seconds += seconds
        self.input_seconds += input_seconds

    def metrics(self) -> dict[str, float]:
        """Returns the figures of the report's `training` section."""
        seconds = self.seconds or math.nan
        total_seconds = time.perf_counter() - self.started
        return {
            "rows_per_second": self.rows / seconds,
            "rows_per_second_total": self.total_rows / total_seconds,
            "tokens_per_second": self.tokens / seconds,
            "padding_share": 1 - self.tokens / self.slots if self.slots else math.nan,
            "input_bound_share": self.input_seconds / seconds,
        }


class TrainingLoop:
    """Trains a model that takes `spec.MODEL_INPUTS` and returns an object with `.logits`.

    Args:
        model: compiled with `optimizer`, both made under `strategy.scope()`.
        optimizer: a Keras optimizer.
        strategy: where the step runs.
        row_losses: losses of single rows, see `RowLosses`.
        row_logits: logits of rows, see `RowLogits`; by default the model's own.
        max_gradient_norm: gradients are scaled down to this global norm; None: never.
        schedule: rate of a 0-based step; the loop then sets `optimizer.learning_rate` before every
            step and keeps what callbacks change in it, see `LearningRate`. None: the optimizer's
            own rate, a number or a Keras schedule, is left alone.
        minimum_rate: callbacks do not lower the rate of a `schedule` below this.

    Attributes:
        learning_rate: belongs into a checkpoint where there is a `schedule`.

    Raises:
        ValueError: there is a `schedule`, and another one inside the optimizer.
    """

    def __init__(
        self,
        model: keras.Model,
        optimizer: keras.optimizers.Optimizer,
        *,
        strategy: tf.distribute.Strategy,
        row_losses: RowLosses,
        row_logits: RowLogits | None = None,
        max_gradient_norm: float | None = 1.0,
        schedule: Callable[[int], float] | None = None,
        minimum_rate: float = 0.0,
    ):
        self.model = model
        self.optimizer = optimizer
        self.strategy = strategy
        self.row_losses = row_losses
        self.row_logits = row_logits or (lambda features: _logits(model, features))
        self.max_gradient_norm = max_gradient_norm
        self.learning_rate = LearningRate(optimizer, schedule, minimum_rate=minimum_rate)
        self.throughput = Throughput()
        self._step: Any = None
        with strategy.scope():
            # Within a traced step variables cannot be made on mirrored devices.
            optimizer.build(model.trainable_variables)

    def run(
        self,
        batches: Callable[[int], tf.data.Dataset],
        *,
        epochs: int,
        steps_per_epoch: int,
        callbacks: Sequence[keras.callbacks.Callback] = (),
        evaluate: Callable[[keras.callbacks.CallbackList], Mapping[str, float]] | None = None,
    ) -> dict[str, list[float]]:
        """Trains, and evaluates after every epoch.

        Args:
            batches: gives the batches of a 0-based epoch, at the global batch size.
            epochs: passes over the rows.
            steps_per_epoch: batches in an epoch.
            callbacks: Keras callbacks; `model.stop_training` is honoured after each step and epoch.
            evaluate: returns validation scores, logged as `val_NAME`; calls the `on_test_batch_*`
                hooks of the callback list that it is given.

        Returns:
            The logs by name, one value an epoch.
        """
        callback_list = keras.callbacks.CallbackList(
            list(callbacks), add_history=True, model=self.model, epochs=epochs,
            steps=steps_per_epoch, verbose=0,
        )  # fmt: skip
        self.model.stop_training = False
        self.throughput = Throughput()
        callback_list.on_train_begin()
        logs: dict[str, float] = {}
        for epoch in range(epochs):
            callback_list.on_epoch_begin(epoch)
            logs = self._run_epoch(batches(epoch), callback_list)
            if evaluate is not None:
                callback_list.on_test_begin()
                scores = dict(evaluate(callback_list))
                callback_list.on_test_end(scores)
                logs |= {f"val_{name}": value for name, value in scores.items()}
            callback_list.on_epoch_end(epoch, logs)
            if self.model.stop_training:
                break
        callback_list.on_train_end(logs)
        return dict(self.model.history.history)

    def _run_epoch(
        self, batches: tf.data.Dataset, callback_list: keras.callbacks.CallbackList
    ) -> dict[str, float]:
        distributed = self.strategy.experimental_distribute_dataset(batches)
        if self._step is None:
            self._step = self._make_step(distributed.element_spec)
        totals = {"loss": 0.0, "rows": 0}
        logs: dict[str, float] = {}
        iterator, number = iter(distributed), 0
        while True:
            begin = time.perf_counter()
            batch = next(iterator, None)
            if batch is None or self.model.stop_training:
                return logs
            callback_list.on_train_batch_begin(number)
            logs = self._run_step(batch, totals, begin, time.perf_counter() - begin)
            callback_list.on_train_batch_end(number, logs)
            number += 1

    def _run_step(
        self, batch: Any, totals: dict[str, Any], begin: float, input_seconds: float
    ) -> dict[str, float]:
        num_traces = self._step.experimental_get_tracing_count()
        rate = self.learning_rate.set()
        result = {name: value.numpy().item() for name, value in self._step(batch).items()}
        seconds = time.perf_counter() - begin
        rows = result["rows"]
        self.throughput.total_rows += rows
        if self._step.experimental_get_tracing_count() == num_traces:
            self.throughput.add(
                rows=rows, tokens=result["tokens"], slots=result["slots"], seconds=seconds,
                input_seconds=input_seconds,
            )  # fmt: skip
        totals["loss"] += result["loss"] * rows
        totals["rows"] += rows
        return {
            "loss": totals["loss"] / totals["rows"],
            "step_loss": result["loss"],
            "gradient_norm": result["gradient_norm"],
            "learning_rate": rate,
        }

    def _make_step(self, element_spec: Any) -> Any:
        """One traced function for all shapes of a batch."""

        @tf.function(input_signature=[element_spec])
        def step(batch: Any) -> dict[str, Any]:
            result = self.strategy.run(self._replica_step, args=(batch,))
            norm = self.strategy.experimental_local_results(result.pop("gradient_norm"))[0]
            sums = {
                name: self.strategy.reduce(tf.distribute.ReduceOp.SUM, value, axis=None)
                for name, value in result.items()
            }
            return sums | {"gradient_norm": norm}

        return step

    def _replica_step(self, batch: Mapping[str, Any]) -> dict[str, Any]:
        variables = self.model.trainable_variables
        with tf.GradientTape() as tape:
            logits = self.row_logits(batch)
            losses = self.row_losses(batch[spec.LABELS], logits)
            loss = tf.reduce_sum(losses * batch[spec.LOSS_WEIGHT])
        tensors = [variable.value for variable in variables]
        gradients = tape.gradient(loss, tensors)
        gradients, norm = self._clipped(gradients)
        # Keras sums the gradients over the replicas.
        self.optimizer.apply(gradients, variables)
        mask = sequences(batch)[spec.ATTENTION_MASK]
        return {
            "loss": loss,
            "gradient_norm": norm,
            "rows": tf.shape(batch[spec.LABELS])[0],
            "tokens": tf.reduce_sum(mask),
            "slots": tf.size(mask),
        }

    def _clipped(self, gradients: Sequence[Any]) -> tuple[list[Any], Any]:
        """Scales this replica's gradients by the norm of their sum over all replicas."""
        # Dense first: the norm of IndexedSlices counts a repeated row as if it were several.
        dense = [tf.convert_to_tensor(g) if g is not None else None for g in gradients]
        present = [g for g in dense if g is not None]
        replica = tf.distribute.get_replica_context()
        norm = tf.linalg.global_norm(replica.all_reduce(tf.distribute.ReduceOp.SUM, present))
        if self.max_gradient_norm is None:
            return dense, norm
        scale = self.max_gradient_norm / tf.maximum(norm, self.max_gradient_norm)
        return [g * scale if g is not None else None for g in dense], norm


def _logits(model: keras.Model, features: Mapping[str, Any]) -> Any:
    return model({key: features[key] for key in spec.MODEL_INPUTS}, training=True).logits

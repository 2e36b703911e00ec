"""Where a training step's time goes: a model and batches in, callables to be timed out.

The parts of a step are told apart by graphs that grow: forward; forward and backward; these and
the gradients' norm and clipping; the whole step. Each gives back what it computed, so that nothing
is left out of the graph, and a part costs what the time grows by when it is added. The last two
run the training loop's own code. Also counts the arithmetic of a step and times a matrix product.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import keras
import tensorflow as tf
from input_stages import training_batches
from workload import Workload

from tfft import spec
from tfft.config.schema import MODEL_SIZES
from tfft.interop.bert_config import config_from_dict
from tfft.interop.tf_bert import TFBertForSequenceClassification
from tfft.tasks.single_label import TASKS
from tfft.training.loop import Throughput, TrainingLoop
from tfft.training.optimizer import create_optimizer
from tfft.training.strategy import make_strategy, policy_name

MATRIX_SIZE, NUM_PRODUCTS = 2048, 8

PREFIXES = ("forward", "backward", "gradient_norm_and_clipping", "optimizer_update")
"""What each graph has that the one before it has not."""

Prefix = Callable[[Mapping[str, Any]], Any]


def make_loop(workload: Workload, *, num_steps: int) -> TrainingLoop:
    """Wires model, optimizer and loop as `tfft train` does, with random weights."""
    config, names = workload.config, workload.store.label_names
    training = config.training
    strategy = make_strategy("one_device")
    sizes = {name: getattr(config.model, name) for name in MODEL_SIZES} | {
        "vocab_size": len(workload.preprocessor.vocabulary),
        "id2label": dict(enumerate(names)),
        "label2id": {name: index for index, name in enumerate(names)},
    }
    with strategy.scope():
        model = TFBertForSequenceClassification(
            config_from_dict(sizes), seed=config.seed, dtype=policy_name(training.precision)
        )
        optimizer, _ = create_optimizer(
            training.learning_rate,
            num_steps,
            round(training.warmup_rate * num_steps),
            weight_decay_rate=training.weight_decay,
        )
        optimizer.build(model.trainable_variables)
        model.compile(optimizer=optimizer)
    return TrainingLoop(
        model,
        optimizer,
        strategy=strategy,
        row_losses=TASKS[config.task.type](names).row_losses,
        max_gradient_norm=training.max_gradient_norm,
    )


def whole_steps(
    loop: TrainingLoop, workload: Workload, num_steps: int
) -> Callable[[], tuple[Throughput, float]]:
    """Runs the loop on the first batches of an epoch.

    Returns:
        A callable for one step and `num_steps` more, which gives the throughput of the latter and
        the seconds for which the former waited for its batch.
    """

    def run() -> tuple[Throughput, float]:
        first = _AfterFirstStep(loop)
        loop.run(
            lambda epoch: training_batches(workload).take(num_steps + 1),
            epochs=1,
            steps_per_epoch=num_steps + 1,
            callbacks=[first],
        )
        return without(loop.throughput, first.throughput), first.throughput.input_seconds

    return run


def without(all_steps: Throughput, some: Throughput) -> Throughput:
    """Returns the throughput of the other steps."""
    return replace(
        all_steps,
        rows=all_steps.rows - some.rows,
        tokens=all_steps.tokens - some.tokens,
        slots=all_steps.slots - some.slots,
        seconds=all_steps.seconds - some.seconds,
        input_seconds=all_steps.input_seconds - some.input_seconds,
        total_rows=all_steps.total_rows - some.total_rows,
    )


def prefixes(loop: TrainingLoop, element_spec: Any) -> dict[str, Prefix]:
    """Returns graphs that grow, by the part that each adds; see the module."""

    def forward(batch: Mapping[str, Any]) -> Any:
        outputs = loop.model({key: batch[key] for key in spec.MODEL_INPUTS}, training=True)
        losses = loop.row_losses(batch[spec.LABELS], outputs.logits)
        return tf.reduce_sum(losses * batch[spec.LOSS_WEIGHT])

    def backward(batch: Mapping[str, Any]) -> Any:
        with tf.GradientTape() as tape:
            loss = forward(batch)
        return loss, tape.gradient(loss, [v.value for v in loop.model.trainable_variables])

    def clipped(batch: Mapping[str, Any]) -> Any:
        loss, gradients = backward(batch)
        return loss, *loop._clipped(gradients)

    graphs = (forward, backward, clipped, loop._replica_step)
    return {
        name: _traced(loop.strategy, graph, element_spec)
        for name, graph in zip(PREFIXES, graphs, strict=True)
    }


def over_batches(prefix: Prefix, batches: Sequence[Mapping[str, Any]]) -> Callable[[], None]:
    """Runs a graph on batches that are there already, one after the other."""

    def run() -> None:
        for batch in batches:
            prefix(batch)

    return run


def matrix_product(precision: str) -> Callable[[], None]:
    """Returns some products of two square matrices in the arithmetic that a precision means."""
    dtype = keras.DTypePolicy(policy_name(precision)).compute_dtype
    shape = (MATRIX_SIZE, MATRIX_SIZE)
    a, b = (tf.cast(tf.random.stateless_normal(shape, (seed, 0)), dtype) for seed in (1, 2))
    product = tf.function(tf.linalg.matmul)

    def run() -> None:
        for _ in range(NUM_PRODUCTS):
            product(a, b)

    return run


def matrix_product_flop() -> int:
    """Returns the operations of `matrix_product`, multiplications and additions."""
    return NUM_PRODUCTS * 2 * MATRIX_SIZE**3


def step_flop(sizes: Mapping[str, int], *, rows: int, tokens: int, num_labels: int) -> int:
    """Counts multiplications and additions of the matrix products of a training step.

    Backward does each product twice, for the inputs' gradient and for the weights'. What is left
    out (embeddings, softmax, GELU, LayerNorm, dropout, optimizer) is little arithmetic, though it
    may be much time.

    Args:
        sizes: `hidden_size`, `num_hidden_layers` and `intermediate_size`.
        rows: rows of the batch.
        tokens: tokens of a row, padding included: it is multiplied all the same.
        num_labels: classes.
    """
    hidden = sizes["hidden_size"]
    projections = 4 * hidden * hidden + 2 * hidden * sizes["intermediate_size"]
    attention = 2 * tokens * hidden
    encoder = sizes["num_hidden_layers"] * tokens * (projections + attention)
    head = hidden * hidden + hidden * num_labels
    forward = 2 * rows * (encoder + head)
    return 3 * forward


class _AfterFirstStep(keras.callbacks.Callback):
    """Keeps the throughput as it is after the first step."""

    def __init__(self, loop: TrainingLoop):
        super().__init__()
        self._loop = loop
        self.throughput = Throughput()

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        if batch == 0:
            self.throughput = replace(self._loop.throughput)


def _traced(strategy: tf.distribute.Strategy, graph: Prefix, element_spec: Any) -> Prefix:
    @tf.function(input_signature=[element_spec])
    def prefix(batch: Any) -> Any:
        return strategy.run(graph, args=(batch,))

    return prefix

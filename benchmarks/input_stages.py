"""The stages of the input pipeline, each as a callable that does all rows once.

Enters: a `Workload`. Leaves: callables for `measure.alternate` that return a `Run`. Stages in the
graph run as training runs them, several batches at once, but from texts in memory, and give a
number that hangs on all they made, so that no graph can leave the work undone. `tokenizers` gets
all texts in one call.
"""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Sequence
from functools import partial
from itertools import count
from typing import Any, NamedTuple

import numpy as np
import tensorflow as tf
from tokenizers.implementations import BertWordPieceTokenizer
from workload import Workload

from tfft import spec
from tfft.augmentation.augmenter import OPERATIONS, Augmenter
from tfft.build.evaluation import cleaner
from tfft.data.pipeline import train_batches
from tfft.data.prepare import prepare
from tfft.text.preprocessor import Preprocessor
from tfft.training.strategy import make_strategy

PEER = "tokenizers: encode_batch"
TOKENIZE = "tokenize"
WHOLE, LATER = "train_batches", "train_batches, later batches"
AUGMENT, LATER_AUGMENTED = "augment: {}", "train_batches, later batches, augmented"

LARGE_BATCH_ROWS = 1024
"""Batches of this size show what a stage does when the overhead of a batch is spread thin."""

AUGMENTED_RATE = 0.1
"""Share of the words that each operation edits, in all rows: EDA's, and the schema's default."""

LARGE = f"{TOKENIZE}, batches of {LARGE_BATCH_ROWS:,}"

DRAINED_BATCHES = 16
"""Batches that are taken before the clock starts: more than tf.data keeps ready."""

MIN_TIMED_BATCHES = 64
"""Fewer would leave the end of a pass, where cores run out of work, a share in the figure."""


class Run(NamedTuple):
    """What one run of a stage says of itself.

    Attributes:
        rows: rows done in `seconds`.
        seconds: wall time.
        first_batch_seconds: wait for the first batch, for stages that have batches.
        build_seconds: time to make the dataset, which traces its graph; `train_batches` only.
    """

    rows: int
    seconds: float
    first_batch_seconds: float | None = None
    build_seconds: float | None = None

    @property
    def rows_per_second(self) -> float:
        """Speed of the stage."""
        return self.rows / self.seconds


Stage = Callable[[], Run]


class UnequalIdsError(ValueError):
    """Two tokenizers disagree; their speeds are not comparable."""


def stages(workload: Workload) -> dict[str, Stage]:
    """Returns all stages by name, and the peer beside `tokenize`.

    Raises:
        UnequalIdsError: the ids of the peer are not those of the preprocessor.
    """
    preprocessor, batch_size = workload.preprocessor, workload.config.training.batch_size
    cleaned = cleaner(preprocessor.clean)(workload.texts)
    peer = peer_tokenizer(preprocessor)
    tokenize = tf.function(preprocessor.tokenize, input_signature=[tf.TensorSpec([None], "string")])
    check_equal_ids(cleaned, tokenize(tf.constant(cleaned)).to_list(), peer_ids(peer, cleaned))

    def sum_of_bytes(text: tf.Tensor) -> tf.Tensor:
        return tf.reduce_sum(tf.strings.length(preprocessor.clean(text)))

    def sum_of_ids(text: tf.Tensor) -> tf.Tensor:
        ids = preprocessor.tokenize(text)
        return tf.reduce_sum(ids.flat_values) + tf.cast(ids.row_splits[-1], tf.int32)

    def sum_of_features(text: tf.Tensor) -> tf.Tensor:
        return tf.add_n([tf.reduce_sum(each) for each in preprocessor(text).values()])

    raw = workload.texts
    augmenting = {
        AUGMENT.format(name): in_graph(cleaned, batch_size, sum_of_augmented_bytes(name))
        for name in OPERATIONS
    }
    return {
        "prepare": reading(workload),
        "clean": in_graph(raw, batch_size, sum_of_bytes),
        TOKENIZE: in_graph(cleaned, batch_size, sum_of_ids),
        LARGE: in_graph(cleaned, LARGE_BATCH_ROWS, sum_of_ids),
        PEER: encoding(peer, cleaned),
        "preprocess": in_graph(raw, batch_size, sum_of_features),
        **augmenting,
        WHOLE: whole_pipeline(workload),
        LATER: whole_pipeline(workload, after_batches=DRAINED_BATCHES),
        LATER_AUGMENTED: whole_pipeline(
            workload, after_batches=DRAINED_BATCHES, augmenter=augmenter(*OPERATIONS)
        ),
    }


def augmenter(*names: str) -> Augmenter:
    """Returns what applies these operations, one after the other."""
    return Augmenter([{"type": name, "rate": AUGMENTED_RATE} for name in names])


def sum_of_augmented_bytes(name: str) -> Callable[[tf.Tensor], tf.Tensor]:
    """Returns the work of one operation; texts in memory have no ids, so all get the same."""
    augment = augmenter(name)

    def work(text: tf.Tensor) -> tf.Tensor:
        row_id = tf.zeros([tf.size(text), 2], tf.int64)
        return tf.reduce_sum(tf.strings.length(augment(text, row_id, 0)))

    return work


def reading(workload: Workload) -> Stage:
    """Reads the file, checks every row and stores it, in a new folder each time."""
    numbers = count()

    def read() -> Run:
        folder = workload.folder / f"prepared-{next(numbers)}"
        begin = time.perf_counter()
        rows = prepare(folder, train=str(workload.file), columns=workload.columns).train.num_rows
        run = Run(rows, time.perf_counter() - begin)
        shutil.rmtree(folder)
        return run

    return read


def encoding(peer: BertWordPieceTokenizer, texts: list[str]) -> Stage:
    """Gives the peer all texts at once; getting the ids out of its answer is not counted."""

    def run() -> Run:
        begin = time.perf_counter()
        encoded = peer.encode_batch(texts, add_special_tokens=False)
        return Run(len(encoded), time.perf_counter() - begin)

    return run


def in_graph(
    texts: Sequence[str], batch_size: int, work: Callable[[tf.Tensor], tf.Tensor]
) -> Stage:
    """Maps `work`, string `[batch]` to a number, over batches that are in memory.

    Every run starts an iterator and ends it: one that lived on would work ahead while another
    stage is timed. What starting costs, compiling regular expressions above all, is told apart.
    """
    batches = tf.data.Dataset.from_tensor_slices(np.array(texts, object)).batch(batch_size)
    numbers = batches.cache().repeat().map(work, num_parallel_calls=tf.data.AUTOTUNE)
    num_batches = -(-len(texts) // batch_size)
    passes = -(-MIN_TIMED_BATCHES // num_batches)

    @tf.function
    def take(iterator: Any, number: tf.Tensor) -> tf.Tensor:
        total = 0
        for _ in tf.range(number):
            total += next(iterator)
        return total

    def run() -> Run:
        begin = time.perf_counter()
        iterator = iter(numbers)
        next(iterator)
        first = time.perf_counter() - begin
        int(take(iterator, tf.constant(DRAINED_BATCHES)))
        begin = time.perf_counter()
        int(take(iterator, tf.constant(passes * num_batches)))
        return Run(passes * len(texts), time.perf_counter() - begin, first)

    return run


def whole_pipeline(
    workload: Workload, *, after_batches: int = 0, augmenter: Augmenter | None = None
) -> Stage:
    """Takes one epoch of `train_batches` as the training loop takes it.

    Args:
        workload: the rows.
        after_batches: batches that come before the clock starts; 0: it starts with the iterator.
            A shorter epoch leaves out half its batches.
        augmenter: edits the texts.
    """
    strategy = make_strategy("one_device")
    num_batches = -(-workload.store.num_rows // workload.config.training.batch_size)
    after_batches = min(after_batches, num_batches // 2)

    def run() -> Run:
        begin = time.perf_counter()
        batches = strategy.experimental_distribute_dataset(training_batches(workload, augmenter))
        built = start = time.perf_counter()
        rows, first = 0, 0.0
        for number, batch in enumerate(batches, 1):
            rows += batch[spec.LABELS].shape[0]
            if number == 1:
                first = time.perf_counter() - built
            if number == after_batches:
                rows, start = 0, time.perf_counter()
        return Run(rows, time.perf_counter() - start, first, built - begin)

    return run


def training_batches(workload: Workload, augmenter: Augmenter | None = None) -> tf.data.Dataset:
    """Returns the batches of the first epoch, as `tfft train` makes them."""
    config, preprocessor = workload.config, workload.preprocessor
    return train_batches(
        workload.store,
        preprocess=preprocessor,
        batch_size=config.training.batch_size,
        seed=config.seed,
        epoch=0,
        augment=None if augmenter is None else partial(augmenter, epoch=0),
        shuffle_buffer_rows=config.data.shuffle_buffer_rows,
        pad_token_id=preprocessor.vocabulary.pad_id,
    )


def peer_tokenizer(preprocessor: Preprocessor) -> BertWordPieceTokenizer:
    """Returns Hugging Face's tokenizer with the same vocabulary and settings."""
    settings = preprocessor.settings()
    return BertWordPieceTokenizer(
        {token: index for index, token in enumerate(preprocessor.vocabulary.tokens)},
        lowercase=settings["lowercase"],
        strip_accents=settings["strip_accents"],
        handle_chinese_chars=settings["tokenize_chinese_chars"],
    )


def peer_ids(peer: BertWordPieceTokenizer, texts: Sequence[str]) -> list[list[int]]:
    """Returns the ids of every text, without `[CLS]` and `[SEP]`."""
    return [row.ids for row in peer.encode_batch(list(texts), add_special_tokens=False)]


def check_equal_ids(
    texts: Sequence[str], ours: Sequence[Sequence[int]], theirs: Sequence[Sequence[int]]
) -> None:
    """Compares the ids of all rows.

    Raises:
        UnequalIdsError: names how many rows differ, and the first of them.
    """
    if not len(texts) == len(ours) == len(theirs):
        raise UnequalIdsError(f"{len(texts)} texts, but ids of {len(ours)} and of {len(theirs)}")
    rows = zip(texts, ours, theirs, strict=True)
    unequal = [(text, list(a), list(b)) for text, a, b in rows if list(a) != list(b)]
    if unequal:
        text, a, b = unequal[0]
        raise UnequalIdsError(
            f"the ids of {len(unequal)} of {len(texts)} rows differ from those of tokenizers; "
            f"the first is {text[:80]!r}: {a[:20]} against {b[:20]}"
        )

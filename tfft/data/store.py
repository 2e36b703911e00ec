"""Checked rows on disk, from which tf.data reads at full speed.

Enters: rows with the code of their label. Leaves: TFRecord files of `tf.train.Example`, in row
order and cut every few thousand rows, and a `RowStore` that tells what is in them.
Both directions of the record's layout are here. Does not choose rows: `prepare` does.
"""

from __future__ import annotations

import hashlib
import os
import shutil
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import tensorflow as tf

from tfft import spec
from tfft.data.labels import LabelSet
from tfft.data.rows import Row
from tfft.errors import DataError, Fault

ROWS_PER_FILE = 16_384
"""Rows of a file: shuffling reads many files at once, so that sorted rows are mixed well."""

LABEL_CODE = "label_code"
"""Key of the label in a stored row: its number at first sight, see `labels.LabelCodes`."""


@dataclass(frozen=True)
class RowStore:
    """The rows of one split.

    Attributes:
        paths: the files, in row order.
        num_rows: rows in all files.
        label_counts: rows of each label, in the order of the labels' indices.
        label_indices: index of the label behind each stored code.
        has_pairs: whether rows have a second text.
        sources: where the rows came from; a row's file index counts along this.
        fingerprint: SHA-256, in hexadecimal, over texts, labels and slices in row order; the
            same rows have the same one, whatever format they came in.
    """

    paths: tuple[str, ...]
    num_rows: int
    label_counts: dict[str, int]
    label_indices: tuple[int, ...]
    has_pairs: bool
    sources: tuple[str, ...]
    fingerprint: str

    def moved_to(self, folder: Path) -> RowStore:
        """Returns the store for files that stand in `folder` by now."""
        return replace(self, paths=tuple(str(folder / Path(path).name) for path in self.paths))

    @property
    def label_names(self) -> tuple[str, ...]:
        """Names of the labels by index."""
        return tuple(self.label_counts)


class RowWriter:
    """Writes the rows of one split; close it before its store is used."""

    def __init__(self, folder: Path, split: str):
        self._folder, self._split = folder, split
        self._names: list[str] = []
        self._file: Any = None
        self._counts: Counter[int] = Counter()
        self._hash = hashlib.sha256()
        self._has_pairs = False
        self.num_rows = 0

    @property
    def label_codes(self) -> tuple[int, ...]:
        """Codes of the labels written so far, each once."""
        return tuple(self._counts)

    def add(self, row: Row, code: int) -> None:
        """Appends a row whose label has this code."""
        if self.num_rows % ROWS_PER_FILE == 0:
            self.close()
            self._names.append(f"{self._split}-{len(self._names):05d}.tfrecord")
            self._file = tf.io.TFRecordWriter(str(self._folder / self._names[-1]))
        self._file.write(_serialized(row, code))
        self._hash.update(repr((row.text, row.text_pair, row.label, row.slices)).encode())
        self._counts[code] += 1
        self._has_pairs = self._has_pairs or row.text_pair is not None
        self.num_rows += 1

    def close(self) -> None:
        """Flushes and closes the file that is open."""
        if self._file is not None:
            self._file.close()
            self._file = None

    def store(
        self, folder: Path, labels: LabelSet, indices: tuple[int, ...], sources: tuple[str, ...]
    ) -> RowStore:
        """Returns what was written, for files that stand in `folder` by now."""
        code_of = {index: code for code, index in enumerate(indices)}
        counts = {name: self._counts[code_of[index]] for index, name in enumerate(labels.names)}
        return RowStore(
            paths=tuple(str(folder / name) for name in self._names),
            num_rows=self.num_rows,
            label_counts=counts,
            label_indices=indices,
            has_pairs=self._has_pairs,
            sources=sources,
            fingerprint=self._hash.hexdigest(),
        )


@contextmanager
def new_folder(folder: Path) -> Iterator[Path]:
    """Gives a folder to write into, which gets its name only when all went well.

    Raises:
        DataError: there is such a folder or file already.
    """
    if folder.exists():
        fault = Fault(str(folder), "exists already", advice="Remove it or name another")
        raise DataError("cannot store the rows", [fault])
    partial = folder.with_name(f".{folder.name}.partial-{os.getpid()}")
    partial.mkdir(parents=True)
    try:
        yield partial
        partial.rename(folder)
    finally:
        shutil.rmtree(partial, ignore_errors=True)


def parse_rows(serialized: tf.Tensor, *, has_pairs: bool) -> dict[str, tf.Tensor]:
    """Reads stored rows back, inside a graph.

    Args:
        serialized: string `[batch]`, records of a store.
        has_pairs: whether they have a second text.

    Returns:
        `text`, `slices` and, of pairs, `text_pair`, string `[batch]`; `row_id` int64 `[batch, 2]`;
        `label_code` int64 `[batch]`.
    """
    layout = {
        spec.TEXT: tf.io.FixedLenFeature([], tf.string),
        spec.SLICES: tf.io.FixedLenFeature([], tf.string),
        spec.ROW_ID: tf.io.FixedLenFeature([2], tf.int64),
        LABEL_CODE: tf.io.FixedLenFeature([], tf.int64),
    }
    if has_pairs:
        # A demo in a mixed list has no second text.
        layout[spec.TEXT_PAIR] = tf.io.FixedLenFeature([], tf.string, default_value="")
    return tf.io.parse_example(serialized, layout)


def stored_rows(store: RowStore) -> Iterator[Row]:
    """Yields the rows of a store in order, for what is learned from text outside the graph.

    `line` is 0: it is not stored.
    """
    records = tf.data.TFRecordDataset(list(store.paths), buffer_size=_BUFFER_BYTES)
    batches = records.batch(1024).map(lambda batch: parse_rows(batch, has_pairs=store.has_pairs))
    for batch in batches.as_numpy_iterator():
        for number, (file, record) in enumerate(batch[spec.ROW_ID].tolist()):
            code = int(batch[LABEL_CODE][number])
            yield Row(
                file,
                record,
                0,
                batch[spec.TEXT][number].decode(),
                batch[spec.TEXT_PAIR][number].decode() if store.has_pairs else None,
                store.label_names[store.label_indices[code]],
                batch[spec.SLICES][number].decode(),
            )


_BUFFER_BYTES = 1 << 18


def _serialized(row: Row, code: int) -> bytes:
    feature = {
        spec.TEXT: _bytes(row.text),
        spec.SLICES: _bytes(row.slices),
        spec.ROW_ID: _ints(row.file, row.record),
        LABEL_CODE: _ints(code),
    }
    if row.text_pair is not None:
        feature[spec.TEXT_PAIR] = _bytes(row.text_pair)
    return tf.train.Example(features=tf.train.Features(feature=feature)).SerializeToString()


def _bytes(value: str) -> Any:
    return tf.train.Feature(bytes_list=tf.train.BytesList(value=[value.encode()]))


def _ints(*values: int) -> Any:
    return tf.train.Feature(int64_list=tf.train.Int64List(value=values))

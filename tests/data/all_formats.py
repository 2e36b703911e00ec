"""Writes the same rows in every format that tfft reads, TFDS's by TFDS itself."""

from __future__ import annotations

import contextlib
import csv
import gzip
import io
import json
import os
from pathlib import Path

import numpy as np

FORMATS = ("tsv", "csv", "jsonl", "parquet", "tfrecord", "tfds")
PACKED = ("tsv.gz", "csv.gz", "jsonl.gz", "tfrecord.gz")


def write(folder: Path, kind: str, rows: list[dict]) -> str:
    """Writes rows of equal keys; returns the source that names them.

    Args:
        folder: for the file, `rows.KIND`, or the data set.
        kind: one of `FORMATS` or `PACKED`.
        rows: strings or whole numbers by column.
    """
    if kind == "tfds":
        return f"tfds:{write_tfds(folder, {'train': rows})}:train"
    path = folder / f"rows.{kind}"
    if kind == "parquet":
        import pyarrow as pa
        import pyarrow.parquet as pq

        pq.write_table(pa.Table.from_pylist(rows), path, row_group_size=3)
        return str(path)
    data = tfrecord(rows) if kind.startswith("tfrecord") else _lines(kind, rows).encode()
    path.write_bytes(gzip.compress(data) if kind.endswith(".gz") else data)
    return str(path)


def _lines(kind: str, rows: list[dict]) -> str:
    if kind.startswith("jsonl"):
        return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
    table = [list(rows[0]), *([str(value) for value in row.values()] for row in rows)]
    if kind.startswith("tsv"):
        return "".join("\t".join(values) + "\n" for values in table)
    written = io.StringIO(newline="")
    csv.writer(written).writerows(table)
    return written.getvalue()


def example(row: dict) -> bytes:
    """A serialized tf.train.Example of strings, bytes, numbers or lists of these."""
    import tensorflow as tf

    def feature(value):
        values = value if isinstance(value, list) else [value]
        if all(isinstance(each, int) for each in values):
            return tf.train.Feature(int64_list=tf.train.Int64List(value=values))
        if all(isinstance(each, float) for each in values):
            return tf.train.Feature(float_list=tf.train.FloatList(value=values))
        data = [each.encode() if isinstance(each, str) else each for each in values]
        return tf.train.Feature(bytes_list=tf.train.BytesList(value=data))

    features = tf.train.Features(feature={key: feature(value) for key, value in row.items()})
    return tf.train.Example(features=features).SerializeToString()


def tfrecord(rows: list[dict | bytes]) -> bytes:
    """The bytes of a TFRecord file, as TensorFlow writes them."""
    import tempfile

    import tensorflow as tf

    with tempfile.TemporaryDirectory() as folder:
        with tf.io.TFRecordWriter(f"{folder}/x") as writer:
            for row in rows:
                writer.write(row if isinstance(row, bytes) else example(row))
        return Path(folder, "x").read_bytes()


def write_tfds(
    folder: Path,
    splits: dict[str, list[dict]],
    *,
    name: str = "my_rows",
    config: str | None = None,
    version: str = "1.0.0",
    class_names: list[str] | None = None,
    features: dict | None = None,
    num_shards: int = 1,
) -> str:
    """Prepares a data set with TFDS, in row order; returns its directory.

    `label` is a `ClassLabel`, other strings are `Text` and numbers `int64`.
    """
    import tensorflow_datasets as tfds

    first = next(iter(splits.values()))[0]
    names = class_names or sorted({row["label"] for rows in splits.values() for row in rows})
    kinds = {
        key: tfds.features.Text() if isinstance(value, str) else np.int64
        for key, value in first.items()
    } | {"label": tfds.features.ClassLabel(names=names)}

    class Rows(tfds.core.GeneratorBasedBuilder, skip_registration=True):
        VERSION = tfds.core.Version(version)
        BUILDER_CONFIGS = [tfds.core.BuilderConfig(name=config)] if config else []

        def _info(self):
            return tfds.core.DatasetInfo(
                builder=self, features=tfds.features.FeaturesDict(features or kinds),
                disable_shuffling=True,
            )  # fmt: skip

        def _split_generators(self, dl_manager):
            return {split: enumerate(rows) for split, rows in splits.items()}

        def _generate_examples(self):
            raise NotImplementedError

    Rows.name = name
    tfds.disable_progress_bar()
    options = tfds.download.DownloadConfig(num_shards=num_shards)
    with open(os.devnull, "w") as nowhere, contextlib.redirect_stdout(nowhere):
        builder = Rows(data_dir=folder)
        builder.download_and_prepare(download_config=options)
    return str(builder.data_path)

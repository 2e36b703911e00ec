"""Splits of TFDS data sets to records.

Enters: `tfds:NAME[/CONFIG][:VERSION]:SPLIT` or `tfds:DIRECTORY:SPLIT`. Leaves: records by the name
of the feature, nested ones as `a/b`, in the order of the shards; a `ClassLabel` is its name.
TFDS says what is in the files and which of them make a split; they are read as any other TFRecord,
so that order hangs on no thread, and a damaged record has a file and a number.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from tfft.data.faults import FaultList
from tfft.data.records import Record, Records
from tfft.data.tfds_address import INFO_FILE, TfdsAddress, parse_address
from tfft.data.tfds_builder import HEADLINE, first_line, open_builder, tfds_error
from tfft.data.tfrecord import example_parser, payloads
from tfft.errors import DataError, Fault, nearest


def open_tfds(
    location: str, faults: FaultList, max_row_bytes: int, tfds_dir: str | None
) -> Records | None:
    """Finds the files of one split, or of a slice or sum of splits; None after adding a fault.

    Args:
        location: an entry with a split.
        faults: takes what is wrong; rows count from 1 along the split.
        max_row_bytes: a longer record is a fault.
        tfds_dir: where TFDS keeps its data sets; None: where it does by default.
    """
    address = parse_address(location)
    try:
        info = open_builder(address, tfds_dir).info
        shards = _shards(info, address, location)
        features = _flat_features(info.features)
    except DataError as error:
        faults.include(error)
        return None

    def read(wanted: Sequence[str] | None) -> Iterator[Record]:
        parse, decode = example_parser(), _decoder(features)
        for number, data in _shard_payloads(shards, faults, max_row_bytes):
            where = f"{location}:{number + 1}"
            values = parse(data, wanted)
            if not values:
                faults.add(where, "the record is no tf.train.Example, or has no feature")
                continue
            problem = decode(values, wanted)
            if problem:
                advice = "Name a split, or a slice of one, of which every row has a label"
                faults.add(where, problem, "a row with a label", advice=advice)
            else:
                yield Record(number, number + 1, values)

    return Records(read, tuple(features))


@dataclass(frozen=True)
class _Shard:
    """A file and which of its records are read."""

    path: str
    skip: int
    take: int
    num_records: int


def _shards(info: Any, address: TfdsAddress, location: str) -> list[_Shard]:
    kind = getattr(info.file_format, "value", "tfrecord")
    if kind != "tfrecord":
        advice = "Prepare it again with `file_format='tfrecord'`, TFDS's own default"
        fault = Fault(location, f"its files are {kind}", "tfrecord", advice=advice)
        raise DataError(HEADLINE, [fault])
    splits = tuple(info.splits)
    try:
        found = info.splits[address.split].file_instructions
    except (ValueError, KeyError, AssertionError) as error:
        raise _wrong_split(location, address.split or "", splits, error) from error
    return [_Shard(str(f.filename), f.skip, f.take, f.examples_in_shard) for f in found]


def _wrong_split(location: str, split: str, splits: Sequence[str], error: Exception) -> DataError:
    plain = re.split(r"[\[+]", split)[0]
    if plain in splits:
        form = f"a split, a slice such as `{plain}[:10%]`, or a sum such as `{plain}+{splits[-1]}`"
        return tfds_error(location, f"`{split}` cannot be read ({first_line(error)})", form)
    known = f"one of {', '.join(splits)}"
    fault = Fault(location, f"there is no split `{split}`", known, nearest(plain, splits))
    return DataError(HEADLINE, [fault])


def _shard_payloads(
    shards: Sequence[_Shard], faults: FaultList, max_row_bytes: int
) -> Iterator[tuple[int, bytes]]:
    """Yields the number of each row of the split, and its bytes."""
    num_before = 0
    for shard in shards:
        num_faults, number, end = len(faults), -1, shard.skip + shard.take
        for number, data in payloads(shard.path, shard.path, faults, max_row_bytes):
            if shard.skip <= number < end:
                yield num_before + number - shard.skip, data
            # To the end of a shard one reads on, to see whether that is all.
            if number + 1 >= end and end < shard.num_records:
                break
        num_before += shard.take
        is_short = number + 1 < end and len(faults) == num_faults
        if is_short or number >= shard.num_records:
            problem = f"holds {number + 1:,} records"
            expected = f"{shard.num_records:,}, as {INFO_FILE} beside it says"
            faults.add(shard.path, problem, expected, advice="Prepare the data set again")


def _flat_features(features: Any) -> dict[str, Any]:
    """Returns the features by the names that they have in the files."""
    import tensorflow_datasets as tfds

    flat: dict[str, Any] = {}
    for name, feature in features.items():
        inner = getattr(feature, "feature", feature)
        if isinstance(inner, tfds.features.FeaturesDict):
            flat |= {f"{name}/{key}": each for key, each in _flat_features(inner).items()}
        else:
            flat[name] = feature
    return flat


def _decoder(
    features: dict[str, Any],
) -> Callable[[dict[str, Any], Sequence[str] | None], str | None]:
    """Returns a function that names classes and truth values in place, or says what is wrong."""
    import tensorflow_datasets as tfds

    classes = {
        key: tuple(feature.int2str(index) for index in range(feature.num_classes))
        for key, feature in features.items()
        if isinstance(feature, tfds.features.ClassLabel) and feature.num_classes
    }
    truths = {
        key
        for key, feature in features.items()
        if isinstance(feature, tfds.features.Scalar) and feature.np_dtype is np.bool_
    }

    def decode(values: dict[str, Any], wanted: Sequence[str] | None) -> str | None:
        for key, names in classes.items():
            value = values.get(key)
            if isinstance(value, int) and 0 <= value < len(names):
                values[key] = names[value]
            elif value is not None:
                if wanted is not None and key in wanted:
                    is_mark = " (TFDS's mark for none)" if value == -1 else ""
                    return f"`{key}` is {value}{is_mark}"
                values[key] = None
        for key in truths:
            if isinstance(values.get(key), int):
                values[key] = bool(values[key])
        return None

    return decode

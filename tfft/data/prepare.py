"""Sources to stores: every file is read once, every row checked, before anything is trained.

Enters: what the config says of training, validation and test rows. Leaves: a `RowStore` for each
split, the labels, and notices; or one `DataError` with the faults of all files and no folder.
Memory does not depend on the number of rows. Does not clean text: it takes a callable that does,
in order to hold out rows by their cleaned text.
"""

from __future__ import annotations

import logging
import math
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path

from tfft.data.columns import LABEL, TEXT, Columns, are_names, check_columns
from tfft.data.faults import FaultList
from tfft.data.labels import LabelCodes, LabelSet, check_given_labels
from tfft.data.own_splits import TEST, TRAIN, VALIDATION, own_splits
from tfft.data.reading import Reading
from tfft.data.rows import Row, RowReader
from tfft.data.sources import Source, expand_source
from tfft.data.split import split_of
from tfft.data.store import RowStore, RowWriter, new_folder
from tfft.errors import DataError

Spec = str | Sequence[str]
Clean = Callable[[list[str]], Sequence[str | bytes]]

_HEADLINE = "The data cannot be used"
_CHUNK_ROWS = 256
_FEW_ROWS = 20  # in so few rows a label may well stand once

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Prepared:
    """All rows of a run.

    Attributes:
        train: training rows, without those held out.
        validation: validation rows, or None.
        test: test rows, or None.
        labels: the labels, in the order of their indices.
        notices: what a user should know and need not correct; logged as warnings already.
    """

    train: RowStore
    validation: RowStore | None
    test: RowStore | None
    labels: LabelSet
    notices: tuple[str, ...]

    def moved_to(self, folder: Path) -> Prepared:
        """Returns the same rows for files that stand in `folder` by now."""
        return replace(
            self,
            train=self.train.moved_to(folder),
            validation=self.validation and self.validation.moved_to(folder),
            test=self.test and self.test.moved_to(folder),
        )


def prepare(
    folder: str | Path,
    *,
    train: Spec,
    validation: Spec | float | None = None,
    test: Spec | float | None = None,
    validation_share: float | None = None,
    columns: Columns,
    reading: Reading | None = None,
    labels: Sequence[str] | None = None,
    clean: Clean | None = None,
    seed: int = 0,
) -> Prepared:
    """Reads and checks all rows and writes them where tf.data can stream them.

    Args:
        folder: is made for the stores; must not exist yet.
        train: a path, a glob, `demo:NAME[:SPLIT]`, `tfds:NAME_OR_DIR[:SPLIT]`, or a list that
            mixes them. A demo or a TFDS data set without a split also fills `validation` and
            `test` where they are None and it has such splits.
        validation: a source too, or a share of the training rows, or None.
        test: as `validation`.
        validation_share: share of the training rows where `validation` is None and `train` does
            not fill it; None: there is no validation then.
        columns: column of `text`, `label` and, where wanted, `text_pair` and `slices`.
        reading: how all files are read.
        labels: names of the labels in the order of their indices; None: found in `train`.
        clean: cleans a list of texts, for shares; None: texts are taken as they are.
        seed: chooses which rows a share holds out.

    Raises:
        DataError: a file or a row cannot be used; lists the faults of all files. Nothing is left
            on disk then.
    """
    faults, notices, reading = FaultList(), _Notices(), reading or Reading()
    check_columns(columns, faults, header=reading.header, required=(TEXT, LABEL))
    check_given_labels(labels, faults)
    held_out = {VALIDATION: validation, TEST: test}
    own: tuple[str, ...] = ()
    if None in held_out.values():
        try:
            own = own_splits(train, reading.tfds_dir)
        except DataError as error:
            faults.include(error)
    held_out = {
        split: train if each is None and split in own else each for split, each in held_out.items()
    }
    if held_out[VALIDATION] is None:
        held_out[VALIDATION] = validation_share
    shares = {split: each for split, each in held_out.items() if isinstance(each, float)}
    _check_shares(shares, faults)
    faults.raise_if_any(_HEADLINE)

    specs = {TRAIN: train} | {
        split: each
        for split, each in held_out.items()
        if each is not None and not isinstance(each, float)
    }
    sources = {
        split: expand_source(
            each, faults, where=f"data.{split}", format=reading.format, default_split=split
        )
        for split, each in specs.items()
    }
    codes = LabelCodes(labels)
    reader = RowReader(columns, faults, reading)
    with new_folder(Path(folder)) as partial:
        writers = {split: RowWriter(partial, split) for split in (*specs, *shares)}
        for split in specs:
            rows = notices.watched(reader.rows(sources[split]), split)
            shares_here = shares if split == TRAIN else {}
            destinations = _with_split(rows, split, shares_here, clean, seed)
            _write(destinations, writers, codes, sources[split], faults)
            codes.close()
            if split == TRAIN and not faults:
                _check_labels(writers[TRAIN], codes, faults)
        if not faults:
            _check_written(writers, shares, faults)
        faults.raise_if_any(_HEADLINE)

    label_set, stores = codes.label_set(), {}
    for split, writer in writers.items():
        files = tuple(each.location for each in sources.get(split, sources[TRAIN]))
        stores[split] = writer.store(Path(folder), label_set, codes.indices(), files)
    notices.add_unused_labels(stores[TRAIN])
    if labels is None and not reading.header and not are_names(columns):
        notices.add_headers(stores[TRAIN])
    return Prepared(
        stores[TRAIN], stores.get(VALIDATION), stores.get(TEST), label_set, notices.told()
    )


def prepare_evaluation(
    folder: str | Path,
    *,
    source: Spec,
    columns: Columns,
    labels: Sequence[str],
    split: str = TEST,
    reading: Reading | None = None,
) -> RowStore:
    """Stores the rows of one source, to score a model whose labels are known.

    Args:
        folder: is made for the store; must not exist yet.
        source: as `train` of `prepare`; a demo or a TFDS data set without a split gives `split`.
        columns: as for `prepare`.
        labels: the model's labels in the order of their indices.
        split: what is scored, `test` or `validation`.
        reading: as for `prepare`.

    Raises:
        DataError: as for `prepare`.
    """
    faults, notices, reading = FaultList(), _Notices(), reading or Reading()
    check_columns(columns, faults, header=reading.header, required=(TEXT, LABEL))
    faults.raise_if_any(_HEADLINE)
    sources = expand_source(
        source, faults, where=f"data.{split}", format=reading.format, default_split=split
    )
    codes = LabelCodes(labels)
    reader = RowReader(columns, faults, reading)
    with new_folder(Path(folder)) as partial:
        writers = {split: RowWriter(partial, split)}
        rows = notices.watched(reader.rows(sources), split)
        _write(((row, split) for row in rows), writers, codes, sources, faults)
        faults.raise_if_any(_HEADLINE)
    notices.told()
    locations = tuple(each.location for each in sources)
    return writers[split].store(Path(folder), codes.label_set(), codes.indices(), locations)


def _check_shares(shares: Mapping[str, float], faults: FaultList) -> None:
    for split, share in shares.items():
        if not (math.isfinite(share) and 0 < share < 1):
            faults.add(f"data.{split}", f"a share of {share}", "more than 0 and less than 1")
    if sum(shares.values()) >= 1:
        faults.add("data", f"the shares sum to {sum(shares.values()):g}", "less than 1")


def _with_split(
    rows: Iterable[Row], split: str, shares: Mapping[str, float], clean: Clean | None, seed: int
) -> Iterator[tuple[Row, str]]:
    """Gives each row the split it belongs to; cleans many texts at once."""
    if not shares:
        for row in rows:
            yield row, split
        return
    rows = iter(rows)
    while chunk := list(islice(rows, _CHUNK_ROWS)):
        texts = [row.text for row in chunk]
        for row, cleaned in zip(chunk, clean(texts) if clean else texts, strict=True):
            yield row, split_of(cleaned, shares, seed=seed)


def _write(
    rows: Iterable[tuple[Row, str]],
    writers: Mapping[str, RowWriter],
    codes: LabelCodes,
    sources: Sequence[Source],
    faults: FaultList,
) -> None:
    """Writes rows while all is well; after a fault only looks for more faults."""
    for row, split in rows:
        code = codes.code(row.label or "", f"{sources[row.file].location}:{row.line}", faults)
        if code is not None and not faults:
            writers[split].add(row, code)
        if codes.is_wrong_column:
            break
    for writer in writers.values():
        writer.close()


def _check_labels(train: RowWriter, codes: LabelCodes, faults: FaultList) -> None:
    if len(train.label_codes) == 1:
        problem = f"every training row has the label `{codes.name(train.label_codes[0])}`"
        advice = "Look at `columns` and at the column of the label"
        faults.add("data.train", problem, "at least two labels", advice=advice)


def _check_written(
    writers: Mapping[str, RowWriter], shares: Mapping[str, float], faults: FaultList
) -> None:
    for split, writer in writers.items():
        if writer.num_rows == 0 and (split in shares or split == TRAIN):
            problem = f"the shares leave no row for {split}"
            faults.add(f"data.{split}", problem, advice="Give another share, or a file")


class _Notices:
    """Counts what is unusual but right."""

    def __init__(self) -> None:
        self._num_empty: dict[str, int] = {}
        self._first_labels: Counter[str] = Counter()
        self._told: list[str] = []

    def watched(self, rows: Iterable[Row], split: str) -> Iterator[Row]:
        """Passes rows on and counts those without text, and labels of files' first rows."""
        for row in rows:
            if row.record == 0 and split == TRAIN:
                self._first_labels[row.label or ""] += 1
            if not row.text or row.text.isspace():
                self._num_empty[split] = self._num_empty.get(split, 0) + 1
            yield row

    def add_unused_labels(self, train: RowStore) -> None:
        unused = [name for name, count in train.label_counts.items() if count == 0]
        if unused:
            names = ", ".join(f"`{name}`" for name in unused[:20])
            self._told.append(f"no training row has the label {names}")

    def add_headers(self, train: RowStore) -> None:
        """Finds labels that stand in first rows alone: names of columns, most likely."""
        for name, count in self._first_labels.items():
            if train.label_counts.get(name, 0) <= count and train.num_rows > _FEW_ROWS:
                self._told.append(
                    f"the label `{name}` stands in the first row of {train.sources[0]} alone: if "
                    "that row is a header, set data.header to true"
                )

    def told(self) -> tuple[str, ...]:
        """Logs and returns all notices."""
        for split, number in self._num_empty.items():
            self._told.append(f"rows of {split} without any text, kept: {number:,}")
        for notice in self._told:
            logger.warning(notice)
        return tuple(self._told)

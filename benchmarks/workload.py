"""The rows that a benchmark uses, read, checked and wired by the code that trains.

Enters: a config and a file, or the demo. Leaves: a `Workload`. A demo is first written to a file,
because writing it is no part of reading. Nothing here is timed.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from tfft.build.inputs import read_inputs
from tfft.config.schema import Config
from tfft.data.demo import demo_rows
from tfft.data.store import RowStore, stored_rows
from tfft.text.preprocessor import Preprocessor


@dataclass(frozen=True)
class Workload:
    """Rows and what turns them into batches.

    Attributes:
        config: the quickstart's, with the sizes asked for.
        name: what to call the rows; never a path.
        file: where they are.
        columns: the columns of text and label.
        store: all of them, checked and stored as for training.
        texts: their texts, as read.
        preprocessor: texts to features.
        folder: free to be written to.
    """

    config: Config
    name: str
    file: Path
    columns: Mapping[str, int | str]
    store: RowStore
    texts: list[str]
    preprocessor: Preprocessor
    folder: Path

    def record(self) -> dict[str, Any]:
        """Returns what a report says of the rows."""
        return {
            "rows": {
                "name": self.name,
                "number": self.store.num_rows,
                "characters_per_row": sum(map(len, self.texts)) / self.store.num_rows,
                "fingerprint": self.store.fingerprint,
            },
            "text": self.preprocessor.settings()
            | {"vocabulary_tokens": len(self.preprocessor.vocabulary)},
            "batch_size": self.config.training.batch_size,
        }

    def summary(self) -> str:
        """Returns the same in a line."""
        record = self.record()
        return (
            f"{self.name}: {self.store.num_rows:,} rows of "
            f"{record['rows']['characters_per_row']:.0f} characters, "
            f"{len(self.preprocessor.vocabulary):,} tokens in the vocabulary, "
            f"batches of {self.config.training.batch_size}"
        )


def load_workload(
    config: Config,
    folder: Path,
    *,
    source: str,
    columns: Mapping[str, int | str],
    max_demo_rows: int | None = None,
) -> Workload:
    """Reads rows as training does.

    Args:
        config: sizes and cleaning; its `data` is replaced.
        folder: an empty one.
        source: a file, or `demo:NAME`.
        columns: column of `text` and of `label`; a demo's are 0 and 1.
        max_demo_rows: rows of a demo at most.

    Raises:
        TfftError: the file or the vocabulary cannot be used.
    """
    file = Path(source)
    if source.startswith("demo:"):
        file = folder / "demo.tsv"
        _write_demo(file, source.removeprefix("demo:"), max_demo_rows)
        columns = {"text": 0, "label": 1}
    # Validation takes rows of its own, so that all rows stay in the training split.
    data = {"train": str(file), "validation": str(file), "columns": dict(columns)}
    config = Config.model_validate(config.model_dump() | {"data": data})
    inputs = read_inputs(config, folder / "rows")
    train = inputs.rows.train
    return Workload(
        config=config,
        name=source if source.startswith("demo:") else file.name,
        file=file,
        columns=columns,
        store=train,
        texts=[row.text for row in stored_rows(train)],
        preprocessor=inputs.preprocessor,
        folder=folder,
    )


def _write_demo(path: Path, name: str, max_rows: int | None) -> None:
    with open(path, "w", encoding="utf-8", newline="\n") as file:
        for row in islice(demo_rows(name, "train"), max_rows):
            fields = (row["text"], row["label"])
            if any(mark in field for field in fields for mark in "\t\r\n"):
                raise ValueError(f"no row of a TSV file: {json.dumps(fields)}")
            file.write("\t".join(fields) + "\n")

"""How files are read, whatever stands in them: one object from the config to the reader of rows.

Enters and leaves: plain settings, each with the default of somebody who gives none. Which columns
hold the text and the label is not part of it, and nothing is opened here.
"""

from __future__ import annotations

from dataclasses import dataclass

from tfft.data.lines import MAX_ROW_BYTES


@dataclass(frozen=True, kw_only=True)
class Reading:
    """How the files of a source are read.

    Attributes:
        text_separator: stands between the texts where several columns hold the text.
        tfds_dir: where TFDS keeps its data sets; None: where it does by default.
        format: format of all files, such as `tsv` or `parquet`; None: by suffix.
        header: whether tables begin with a header; None: where columns are names.
        max_row_bytes: a longer row is a fault.
    """

    text_separator: str = " "
    tfds_dir: str | None = None
    format: str | None = None
    header: bool | None = None
    max_row_bytes: int = MAX_ROW_BYTES

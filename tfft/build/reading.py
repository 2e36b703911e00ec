"""How a config says that files are read, in the data room's words.

Enters: the section `data`. Leaves: the columns by what they hold, and a `Reading`. Training,
evaluation and prediction read a file alike because they all ask here.
"""

from __future__ import annotations

from typing import Any

from tfft.config.schema import DataSection
from tfft.data.reading import Reading


def columns_of(data: DataSection) -> dict[str, Any]:
    """Returns the columns that the config names, by `text`, `text_pair`, `label` and `slices`."""
    return data.columns.model_dump(exclude_none=True)


def reading_of(data: DataSection) -> Reading:
    """Returns how the config's own files are read."""
    return Reading(
        text_separator=data.text_separator,
        tfds_dir=data.tfds_dir,
        format=data.format,
        header=data.header,
        max_row_bytes=data.max_row_bytes,
    )

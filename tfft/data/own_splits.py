"""Which splits a source fills by itself: a demo or a TFDS data set that names none.

Enters: a source as a config has it. Leaves: names of splits. A demo has all three; a TFDS data set
those of them that it was prepared with, and is downloaded where it is not prepared yet.
"""

from __future__ import annotations

from collections.abc import Sequence

from tfft.data.faults import FaultList
from tfft.data.sources import expand_source, names_no_split
from tfft.data.split import TRAIN
from tfft.data.tfds_address import PREFIX
from tfft.data.tfds_builder import tfds_splits

VALIDATION, TEST = "validation", "test"
SPLITS = (TRAIN, VALIDATION, TEST)


def own_splits(spec: str | Sequence[str] | float | None, tfds_dir: str | None) -> tuple[str, ...]:
    """Returns the splits that a source fills where the config gives nothing else for them.

    Args:
        spec: a source; a list, a file or a named split fills none.
        tfds_dir: where TFDS keeps its data sets; None: where it does by default.

    Raises:
        DataError: a TFDS data set cannot be opened.
    """
    if not isinstance(spec, str) or not names_no_split(spec):
        return ()
    if not spec.startswith(PREFIX):
        return SPLITS
    faults = FaultList()
    expand_source(spec, faults, where="data.train")
    faults.raise_if_any("The TFDS data set cannot be used")
    found = tfds_splits(spec, tfds_dir)
    return tuple(split for split in SPLITS if split in found)

"""Which rows of the training files are held out, by a hash of their cleaned text.

Enters: cleaned texts, a seed and the share of each held-out split. Leaves: a split's name for
each text. Equal cleaned texts go to one side, so that no duplicate leaks; of pairs, those with an
equal first text. A row's side depends on its text and the seed alone: not on other rows, their
order, or the machine. The shares are met in expectation, not exactly.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

TRAIN = "train"


def position(cleaned: str | bytes, *, seed: int) -> float:
    """Returns where a text falls in [0, 1), uniformly over texts."""
    data = cleaned.encode() if isinstance(cleaned, str) else cleaned
    digest = hashlib.blake2b(data, digest_size=8, key=str(seed).encode()).digest()
    return (int.from_bytes(digest, "big") >> 11) / 2**53


def split_of(cleaned: str | bytes, shares: Mapping[str, float], *, seed: int) -> str:
    """Returns the split of a text.

    Args:
        cleaned: the text as the model will see it, before tokenising.
        shares: share of each held-out split; their sum is below 1.
        seed: another seed holds out other texts.

    Returns:
        A key of `shares`, or `train`.
    """
    at, bound = position(cleaned, seed=seed), 0.0
    for split, share in shares.items():
        bound += share
        if at < bound:
            return split
    return TRAIN

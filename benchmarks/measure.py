"""Timing: callables in, samples, medians and ratios out; and where they were measured.

What is compared is run in turn within one process, in the reverse order every second round, so
that a machine that slows down does not slow one side alone. Rounds before the first count warm up
caches, threads and traced graphs. Does not know what it measures, nor whether answers are equal.
"""

from __future__ import annotations

import os
import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple


class Sample(NamedTuple):
    """One run.

    Attributes:
        seconds: wall time.
        result: what the callable returned.
    """

    seconds: float
    result: Any


def alternate(
    sides: Mapping[str, Callable[[], Any]], *, rounds: int, warm_up_rounds: int = 1
) -> dict[str, list[Sample]]:
    """Runs all sides once a round.

    Args:
        sides: callables by name.
        rounds: rounds that count.
        warm_up_rounds: rounds before them that do not.

    Returns:
        For each name one sample a round, in the order of the rounds.
    """
    samples: dict[str, list[Sample]] = {name: [] for name in sides}
    for number in range(-warm_up_rounds, rounds):
        for name in list(sides) if number % 2 == 0 else reversed(sides):
            begin = time.perf_counter()
            result = sides[name]()
            sample = Sample(time.perf_counter() - begin, result)
            if number >= 0:
                samples[name].append(sample)
    return samples


def seconds(samples: Sequence[Sample]) -> list[float]:
    """Returns the wall times."""
    return [sample.seconds for sample in samples]


def spread(values: Sequence[float]) -> dict[str, float]:
    """Returns median, least and greatest."""
    return {"median": statistics.median(values), "min": min(values), "max": max(values)}


def median_ratio(above: Sequence[float], below: Sequence[float]) -> float:
    """Returns the median of the ratios within the rounds."""
    return statistics.median(a / b for a, b in zip(above, below, strict=True))


def environment() -> dict[str, Any]:
    """Returns what figures depend on: versions, platform, usable cores."""
    from tfft.provenance import provenance

    facts = provenance()
    has_affinity = hasattr(os, "sched_getaffinity")
    cores = len(os.sched_getaffinity(0)) if has_affinity else os.cpu_count()
    return {name: facts[name] for name in ("tfft", "python", "packages", "platform")} | {
        "cores": cores
    }


def table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Lays out a Markdown table: the first column to the left, the others to the right."""
    lines = [list(header), *map(list, rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(header))]
    rule = ["-" * widths[0], *("-" * (width - 1) + ":" for width in widths[1:])]

    def laid_out(cells: Sequence[str]) -> str:
        first = cells[0].ljust(widths[0])
        rest = [cell.rjust(width) for cell, width in zip(cells[1:], widths[1:], strict=True)]
        return f"| {' | '.join([first, *rest])} |"

    return "\n".join(map(laid_out, [lines[0], rule, *lines[1:]]))

"""Rows a second of each stage of the input pipeline, beside Hugging Face's `tokenizers`.

Enters: a file of rows, or the demo. Leaves: a table on standard output, and JSON on request.
The ids of all rows are compared with those of `tokenizers` before anything is timed.
"""

from __future__ import annotations

import argparse
import statistics
import sys
from typing import TYPE_CHECKING, Any

from measure import alternate, median_ratio, spread, table
from options import new_parser, run

if TYPE_CHECKING:
    from workload import Workload

DESCRIPTION = "Measures how many rows a second each stage of the input pipeline does."

EPILOG = """stages:
  prepare        reads the file, checks every row, stores it
  clean          the quickstart's cleaning rules
  tokenize       cleaned text to ids; tokenizers does the same in one call of encode_batch
  preprocess     cleaning, tokenising, truncating and packing
  augment        edits a tenth of the words of every cleaned text, one operation at a time
  train_batches  all that training waits for: stored rows, shuffled, to batches; a whole epoch,
                 and its later batches alone, also with all operations of augment in between

For each stage in the graph the wait for its first batch is timed apart, because regular
expressions are compiled then; only in the whole epoch of train_batches it counts.

examples:
  python benchmarks/input_pipeline.py
  python benchmarks/input_pipeline.py --input sst2/train.tsv --vocab bert-base-uncased/vocab.txt
  python benchmarks/input_pipeline.py --input reviews.csv --text-column review \\
      --label-column stars --output figures.json
"""


def main(argv: list[str] | None = None) -> int:
    """Runs the benchmark; returns the exit status."""
    return run(new_parser("input_pipeline", DESCRIPTION, EPILOG, rounds=7), _measure, argv)


def _measure(args: argparse.Namespace, workload: Workload) -> tuple[dict[str, Any], str]:
    from input_stages import PEER, TOKENIZE, WHOLE, stages

    samples = alternate(stages(workload), rounds=args.rounds)
    runs = {name: [sample.result for sample in each] for name, each in samples.items()}
    rates = {name: [run.rows_per_second for run in each] for name, each in runs.items()}
    report: dict[str, Any] = {
        "rows_per_second": {name: spread(each) for name, each in rates.items()},
        "first_batch_seconds": {
            name: statistics.median(run.first_batch_seconds for run in each)
            for name, each in runs.items()
            if each[0].first_batch_seconds is not None
        },
        "build_seconds": statistics.median(run.build_seconds for run in runs[WHOLE]),
        "rows_with_equal_ids": workload.store.num_rows,
        "speed_over_tokenizers": {
            name: median_ratio(each, rates[PEER])
            for name, each in rates.items()
            if name.startswith(TOKENIZE) and name != PEER
        },
    }
    return report, _text(report)


def _text(report: dict[str, Any]) -> str:
    ratios, starts = report["speed_over_tokenizers"], report["first_batch_seconds"]
    lines = [
        [
            name,
            *(f"{rate[key]:,.0f}" for key in ("median", "min", "max")),
            f"{ratios[name]:.2f}" if name in ratios else "",
            f"{starts[name]:.3f}" if name in starts else "",
        ]
        for name, rate in report["rows_per_second"].items()
    ]
    header = ["stage", "rows/s, median", "min", "max", "over tokenizers", "first batch, s"]
    return (
        table(header, lines)
        + f"\n\nids equal to those of tokenizers: all {report['rows_with_equal_ids']:,} rows\n"
        + f"before each epoch, making the dataset: {report['build_seconds']:.2f} s"
    )


if __name__ == "__main__":
    sys.exit(main())

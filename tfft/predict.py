"""`tfft predict`: texts to labels, with a run or with a SavedModel."""

from __future__ import annotations

import argparse
import sys

from tfft.command_line import load_tensorflow, new_parser, run_verb

EXAMPLES = """The output is one JSON line a row, in the order of the input: the input's columns,
then `label`, `probabilities` and `label_names`, as a server answers. An input column with one of
these names is kept as `input_label` and so on.

examples:
  echo "works, but the lid leaks" | tfft predict runs/quickstart
  tfft predict runs/quickstart --input reviews.csv --text review --output labelled.jsonl
  tfft predict runs/quickstart/saved_model --input reviews.jsonl.gz
"""


def main(argv: list[str] | None = None) -> int:
    """Runs the verb; returns the exit status."""
    parser = new_parser("predict", "Label texts with a run or a SavedModel.", EXAMPLES)
    parser.add_argument("model", metavar="RUN_OR_SAVED_MODEL", help="a run, or a SavedModel")
    parser.add_argument(
        "--input",
        default="-",
        metavar="FILE",
        help="texts: a path, a glob or tfds:NAME_OR_DIR[:SPLIT]; - is standard input (default)",
    )
    parser.add_argument(
        "--output", default="-", metavar="FILE", help="JSON lines; - is standard output (default)"
    )
    parser.add_argument(
        "--batch-size", type=_positive, default=64, metavar="N", help="rows of a step (64)"
    )
    parser.add_argument(
        "--format", choices=("tsv", "csv", "jsonl", "parquet", "tfrecord", "text"),
        help="format of the input; by default the suffix tells, and standard input is one text "
        "a line",
    )  # fmt: skip
    parser.add_argument(
        "--text", metavar="COLUMN", action="append",
        help="name, or position from 0, of the column with the text; several are joined with a "
        "blank, or as the run joined them (repeatable; default: the run's, or text)",
    )  # fmt: skip
    parser.add_argument("--text-pair", metavar="COLUMN", help="the same for the second text")
    return run_verb(parser, _predict, argv)


def _predict(args: argparse.Namespace) -> None:
    load_tensorflow()
    from tfft.build.prediction import predict

    predict(
        args.model,
        args.input,
        args.output,
        batch_size=args.batch_size,
        format=args.format,
        text=args.text and [_column(each) for each in args.text],
        text_pair=args.text_pair and _column(args.text_pair),
    )


def _column(value: str) -> str | int:
    return int(value) if value.isascii() and value.isdigit() else value


def _positive(value: str) -> int:
    if not (value.isascii() and value.isdigit() and int(value)):
        raise argparse.ArgumentTypeError(f"got {value!r}; expected a whole number, at least 1")
    return int(value)


if __name__ == "__main__":
    sys.exit(main())

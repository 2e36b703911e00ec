"""`tfft evaluate`: a trained run's scores on labelled rows."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from tfft.command_line import load_tensorflow, new_parser, run_verb
from tfft.config.load import load_config
from tfft.errors import RunError
from tfft.run_directory import RunDirectory

EXAMPLES = """examples:
  tfft evaluate runs/quickstart
  tfft evaluate runs/quickstart --set data.test=new.tsv --set data.columns='{text: 0, label: 1}'
"""


def main(argv: list[str] | None = None) -> int:
    """Runs the verb; returns the exit status."""
    parser = new_parser("evaluate", "Score a trained run on labelled rows.", EXAMPLES)
    parser.add_argument("run", metavar="RUN", help="directory of a trained run")
    parser.add_argument(
        "--set", action="append", default=[], metavar="KEY=VALUE", dest="overrides",
        help="set a key of the run's config, as in data.test=FILE (repeatable)",
    )  # fmt: skip
    parser.add_argument(
        "--output", metavar="DIR", help="also write the report and predictions there; must be new"
    )
    return run_verb(parser, _evaluate, argv)


def _evaluate(args: argparse.Namespace) -> None:
    run = RunDirectory(args.run)
    run.check_is_trained()
    output = Path(args.output) if args.output else None
    if output is not None and output.exists():
        raise RunError(f"--output: {output} exists already. Name a new directory")
    config, _ = load_config(run.config, args.overrides, check_files=False)
    load_tensorflow()
    from tfft.build.trained_run import evaluate_run
    from tfft.scoring.report import summary_text

    metrics, report = evaluate_run(run, config, output)
    print(f"{report}\n{summary_text(metrics)}")


if __name__ == "__main__":
    sys.exit(main())

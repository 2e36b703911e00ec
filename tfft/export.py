"""`tfft export`: a run's model to a SavedModel for TensorFlow Serving."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from tfft.command_line import load_tensorflow, new_parser, run_verb
from tfft.run_directory import RunDirectory


def main(argv: list[str] | None = None) -> int:
    """Runs the verb; returns the exit status."""
    parser = new_parser("export", "Write a run's model as the next version of a SavedModel.")
    parser.add_argument("run", metavar="RUN", help="directory of a trained run")
    parser.add_argument(
        "--output", metavar="DIR", help="TF Serving's model directory (RUN/saved_model)"
    )
    return run_verb(parser, _export, argv)


def _export(args: argparse.Namespace) -> None:
    run = RunDirectory(args.run)
    run.check_is_trained()
    load_tensorflow()
    from tfft.build.trained_run import export_run

    print(export_run(run, Path(args.output) if args.output else run.saved_model))


if __name__ == "__main__":
    sys.exit(main())

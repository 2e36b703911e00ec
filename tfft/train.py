"""`tfft train`: raw text to a trained, scored and exported model, from one YAML file."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tfft.command_line import load_tensorflow, new_parser, run_verb
from tfft.config.load import load_config
from tfft.errors import Fault
from tfft.run_directory import RunDirectory

EXAMPLES = """examples:
  tfft train --config configs/quickstart.yaml
  tfft train --config configs/quickstart.yaml --run-dir runs/mine \\
      --set data='{train: my/train.tsv, columns: {text: 0, label: 1}}' --set training.epochs=5
"""


def main(argv: list[str] | None = None) -> int:
    """Runs the verb; returns the exit status."""
    parser = new_parser("train", "Train a model from raw text and export it.", EXAMPLES)
    parser.add_argument("--config", required=True, metavar="FILE", help="the run's YAML file")
    parser.add_argument(
        "--set", action="append", default=[], metavar="KEY=VALUE", dest="overrides",
        help="set a key, as in training.epochs=5; null resets it to the default (repeatable)",
    )  # fmt: skip
    parser.add_argument("--run-dir", metavar="DIR", help="what the run writes (runs/NAME)")
    return run_verb(parser, _train, argv)


def _train(args: argparse.Namespace) -> None:
    def run_dir(name: Any) -> Path:
        return Path(args.run_dir or Path("runs") / str(name))

    def is_taken(raw: Mapping[str, Any]) -> list[Fault]:
        fault = RunDirectory(run_dir(raw.get("name", ""))).fault_if_it_exists()
        return [fault] if fault and (args.run_dir or raw.get("name")) else []

    config, notices = load_config(args.config, args.overrides, more_checks=is_taken)
    for notice in notices:
        print(f"note: {notice}", file=sys.stderr)
    load_tensorflow()
    from tfft.build.training_run import train_run
    from tfft.scoring.report import summary_text

    try:
        metrics = train_run(config, run_dir(config.name))
    except KeyboardInterrupt:
        if run_dir(config.name).exists():
            print(f"note: {run_dir(config.name)} keeps what was written so far", file=sys.stderr)
        raise
    print(
        f"\n{summary_text(metrics)}\n\n{_next_steps(run_dir(config.name), config.export.enabled)}"
    )


def _next_steps(run_dir: Path, is_exported: bool) -> str:
    served = f"{run_dir.absolute()}/saved_model"
    return f"""{run_dir}/report/report.html holds the whole report. What comes next:
  tensorboard --logdir {run_dir}/tensorboard
  echo "a text" | tfft predict {run_dir}""" + (
        f"\n  tensorflow_model_server --model_name={run_dir.name} --model_base_path={served} "
        "--rest_api_port=8501"
        if is_exported
        else ""
    )


if __name__ == "__main__":
    sys.exit(main())

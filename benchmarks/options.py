"""The command line that all benchmarks share: which rows, which sizes, where the figures go.

Enters: a parser. Leaves: arguments, and from them `--set` overrides of `configs/quickstart.yaml`,
whose values are the defaults of all sizes. Imports nothing heavy: `--help` is quick.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from measure import environment

from tfft.command_line import load_tensorflow, run_verb
from tfft.config.load import load_config
from tfft.run_directory import write_json

if TYPE_CHECKING:
    from workload import Workload

CONFIG = Path(__file__).parents[1] / "configs" / "quickstart.yaml"
DEMO = "demo:reviews-en"

QUICK_ROWS, QUICK_ROUNDS = 300, 2

SIZES = {
    "hidden_size": "model.hidden_size",
    "layers": "model.num_hidden_layers",
    "heads": "model.num_attention_heads",
    "intermediate_size": "model.intermediate_size",
    "vocab_size": "text.vocab_size",
    "max_tokens": "text.max_tokens",
    "batch_size": "training.batch_size",
}
"""Arguments that are whole numbers, by the key of the config that they set."""

NAMES = {"vocab": "text.vocab", "precision": "training.precision"}
"""Arguments that are text, likewise."""

Measure = Callable[[argparse.Namespace, "Workload"], tuple[dict[str, Any], str]]
"""Returns a report and its text."""


def new_parser(name: str, description: str, epilog: str, rounds: int) -> argparse.ArgumentParser:
    """Makes a parser with the options of all benchmarks."""
    parser = argparse.ArgumentParser(
        prog=f"python benchmarks/{name}.py",
        description=description,
        epilog=epilog,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "--input", default=DEMO, metavar="FILE",
        help=f"rows to use: TSV, CSV or JSON lines ({DEMO}, written to a TSV file first)",
    )  # fmt: skip
    parser.add_argument(
        "--text-column", type=_column, default=0, metavar="COLUMN",
        help="name of the column with the text, or its position from 0 (0)",
    )  # fmt: skip
    parser.add_argument(
        "--label-column", type=_column, default=1, metavar="COLUMN",
        help="name of the column with the label, or its position from 0 (1)",
    )  # fmt: skip
    parser.add_argument(
        "--vocab", metavar="FILE", help="vocab.txt (learned from the rows, as in the quickstart)"
    )
    for option, meaning in (
        ("vocab-size", "tokens of a learned vocabulary"),
        ("max-tokens", "longest row, [CLS] and [SEP] included"),
        ("batch-size", "rows of a step"),
    ):
        add_size(parser, option, meaning)
    parser.add_argument(
        "--rounds", type=int, default=rounds, metavar="N",
        help=f"rounds that count, after one to warm up; medians are of these ({rounds})",
    )  # fmt: skip
    parser.add_argument(
        "--quick", action="store_true",
        help=f"some seconds, to see that it works: {QUICK_ROUNDS} rounds, {QUICK_ROWS} rows of the "
             "demo; the figures mean little",
    )  # fmt: skip
    parser.add_argument("--output", metavar="FILE.json", help="write the figures there, too")
    parser.add_argument("--traceback", action="store_true", help="show the traceback of an error")
    return parser


def add_size(parser: argparse.ArgumentParser, option: str, meaning: str) -> None:
    """Adds an option of `SIZES`."""
    parser.add_argument(f"--{option}", type=int, metavar="N", help=f"{meaning} (the quickstart's)")


def run(
    parser: argparse.ArgumentParser, measure: Measure, argv: Sequence[str] | None = None
) -> int:
    """Parses, loads the rows, measures, prints, and writes the figures; returns the exit status."""

    def work(args: argparse.Namespace) -> None:
        config, _ = load_config(CONFIG, overrides(vars(args)))
        if args.quick:
            args.rounds = min(args.rounds, QUICK_ROUNDS)
        load_tensorflow()
        from workload import load_workload

        with tempfile.TemporaryDirectory() as folder:
            workload = load_workload(
                config,
                Path(folder),
                source=args.input,
                columns={"text": args.text_column, "label": args.label_column},
                max_demo_rows=QUICK_ROWS if args.quick else None,
            )
            report, text = measure(args, workload)
        facts = environment()
        print(f"{workload.summary()}\n\n{text}\n\n{_where(facts)}")
        if args.output:
            report = {"environment": facts, "rounds": args.rounds} | workload.record() | report
            write_json(Path(args.output), report)

    return run_verb(parser, work, argv)


def overrides(arguments: Mapping[str, Any]) -> list[str]:
    """Returns the `--set` values that say what the arguments say."""
    known = SIZES | NAMES
    return [
        f"{key}={json.dumps(arguments[name])}"
        for name, key in known.items()
        if arguments.get(name) is not None
    ]


def _column(text: str) -> int | str:
    return int(text) if text.isdecimal() else text


def _where(facts: Mapping[str, Any]) -> str:
    versions = ", ".join(f"{name} {version}" for name, version in facts["packages"].items())
    return f"{facts['cores']} cores, Python {facts['python']}, {versions}, {facts['platform']}"

"""`tfft config`: look at a config before it runs, begin one, or see which keys there are."""

from __future__ import annotations

import argparse
import json
import os
import re
import shlex
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tfft.command_line import new_parser, run_verb
from tfft.config.estimates import entries
from tfft.config.files import matching_files
from tfft.config.json_schema import json_schema
from tfft.config.load import load_config
from tfft.config.needs import SPLITS, Need, needs
from tfft.config.plan import MARK, plan_text
from tfft.config.reference import reference
from tfft.config.schema import Config
from tfft.config.template import template
from tfft.data.faults import FaultList
from tfft.data.sources import expand_source
from tfft.errors import ConfigError, Fault, collect, nearest_path
from tfft.run_directory import RunDirectory, write_text

EXAMPLES = """examples:
  tfft config --init my.yaml
  tfft config --check configs/quickstart.yaml --set training.epochs=5
  tfft config --schema > tfft-schema.json
"""
_NAME = "my_run"


def main(argv: list[str] | None = None) -> int:
    """Runs the verb; returns the exit status."""
    parser = new_parser("config", "Check a config, begin one, or list its keys.", EXAMPLES)
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument(
        "--check", metavar="FILE", help="show what would run and what is missing; trains nothing"
    )
    what.add_argument(
        "--init", metavar="FILE", nargs="?", const="-",
        help="write a file with every key, its default and its meaning (standard output)",
    )  # fmt: skip
    what.add_argument("--schema", action="store_true", help="print the JSON Schema, for editors")
    what.add_argument("--reference", action="store_true", help="print docs/config.md")
    parser.add_argument(
        "--set", action="append", default=[], metavar="KEY=VALUE", dest="overrides",
        help="with --check: set a key, as `tfft train` does (repeatable)",
    )  # fmt: skip
    return run_verb(parser, _config, argv)


def _config(args: argparse.Namespace) -> None:
    if args.overrides and args.check is None:
        fault = Fault("--set", "changes nothing here", advice="Give it together with --check")
        raise ConfigError("The command cannot be run", [fault])
    if args.check is not None:
        print(_checked(args.check, args.overrides))
    elif args.init is not None:
        _begin(args.init)
    elif args.schema:
        print(json.dumps(json_schema(), ensure_ascii=False, indent=2))
    else:
        print(reference(), end="")


def _begin(file: str) -> None:
    if file == "-":
        print(template(_NAME), end="")
        return
    path = Path(file)
    fault = None
    if os.path.lexists(path):
        fault = Fault(file, "exists already", advice="Give another name, or delete it")
    elif not path.parent.is_dir():
        found = nearest_path(path.parent)
        fault = Fault(file, f"there is no folder {path.parent}", nearest=found)
    if fault:
        raise ConfigError("No config was written", [fault])
    write_text(path, template(re.sub(r"[^0-9A-Za-z]+", "_", path.stem).strip("_") or _NAME))
    command = shlex.join(["tfft", "config", "--check", file])
    print(f"{file} holds every key. `{command}` shows what it would run.")


def _checked(file: str, overrides: list[str]) -> str:
    try:
        config, notices = load_config(file, overrides, check_files=False)
    except ConfigError:
        # Training reports what is missing beside what is wrong, in the same list.
        load_config(file, overrides, more_checks=_taken_run_directory)
        raise
    from tfft.data.demo import DEMOS

    run_dir = Path("runs") / config.name
    paragraphs = [
        f"{file}: the run `{config.name}` in {run_dir}, seed {config.seed}\n"
        f"{MARK} differs from the default",
        plan_text(config, DEMOS),
    ]
    if notices:
        paragraphs.append(_listed("Notes", notices))
    needed = needs(config, DEMOS) + _unusable(config)
    if needed:
        paragraphs.append(_listed("Needed before training", [each.text for each in needed]))
    return "\n\n".join([*paragraphs, _verdict(file, overrides, needed)])


def _listed(heading: str, items: list[str]) -> str:
    return "\n".join([heading, *(f"  - {item}" for item in items)])


def _verdict(file: str, overrides: list[str], needed: list[Need]) -> str:
    num_missing = sum(each.is_missing for each in needed)
    if num_missing:
        points = "the point" if num_missing == 1 else f"{num_missing} points"
        return f"The config is right, but training would stop now: settle {points} above first."
    options = [option for each in overrides for option in ("--set", each)]
    command = shlex.join(["tfft", "train", "--config", file, *options])
    return f"The config is right; what is in the rows shows when training starts: `{command}`"


def _taken_run_directory(raw: Mapping[str, Any]) -> list[Fault]:
    fault = RunDirectory(Path("runs") / str(raw.get("name"))).fault_if_it_exists()
    return [fault] if fault and raw.get("name") else []


def _unusable(config: Config) -> list[Need]:
    """What is there but cannot be used: a taken run directory, files of no known format."""
    faults = _taken_run_directory({"name": config.name})
    found = FaultList()
    for split in SPLITS:
        for entry in entries(getattr(config.data, split)):
            place = Path(entry.removeprefix("tfds:").partition(":")[0]).expanduser()
            # What is not there at all is told by `needs`; a TFDS name may be fetched.
            if matching_files(entry) or place.is_dir():
                expand_source(entry, found, where=f"data.{split}", format=config.data.format)
    collect(faults, lambda: found.raise_if_any("The data cannot be used"))
    return [Need(str(fault), True) for fault in faults]


if __name__ == "__main__":
    sys.exit(main())

"""What all verbs share: quiet TensorFlow, calm errors, exit status 2.

Enters: a parser and the function that does the work. Leaves: an exit status.
"""

from __future__ import annotations

import argparse
import logging
import os
import sys
from collections.abc import Callable, Sequence

from tfft.errors import EXIT_STATUS, TfftError

INTERRUPTED = 130
"""Exit status after Ctrl-C, as shells have it."""


def new_parser(verb: str, description: str, epilog: str = "") -> argparse.ArgumentParser:
    """Makes the parser of a verb, with the options that all verbs have."""
    parser = argparse.ArgumentParser(
        prog=f"tfft {verb}",
        description=description,
        epilog=epilog,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "--traceback", action="store_true", help="show Python's traceback of an error"
    )
    return parser


def run_verb(
    parser: argparse.ArgumentParser,
    work: Callable[[argparse.Namespace], None],
    argv: Sequence[str] | None = None,
) -> int:
    """Parses the command line, does the work and turns a user's errors into exit status 2."""
    args = parser.parse_args(argv)
    # 2 hides TensorFlow's notes about CPU features and missing GPUs; a user's own value stays.
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    os.environ.setdefault("KERAS_BACKEND", "tensorflow")
    logging.basicConfig(level=logging.WARNING, format="%(message)s", stream=sys.stderr)
    logging.getLogger("tfft").setLevel(logging.INFO)
    try:
        work(args)
    except TfftError as error:
        if args.traceback:
            raise
        print(f"error: {error}", file=sys.stderr)
        return EXIT_STATUS
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        return INTERRUPTED
    except BrokenPipeError:
        # The reader of a pipe, such as head, has had enough; nothing is left to flush into it.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 0

"""What all verbs share: quiet TensorFlow, calm errors, exit status 2.

Enters: a parser and the function that does the work. Leaves: an exit status.
"""

from __future__ import annotations

import argparse
import logging
import os
import re
import sys
import tempfile
import traceback
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
    # transformers is used for its configs alone; it would lament that PyTorch is missing.
    os.environ.setdefault("TRANSFORMERS_NO_ADVISORY_WARNINGS", "1")
    logging.basicConfig(level=logging.WARNING, format="%(message)s", stream=sys.stderr)
    logging.getLogger("tfft").setLevel(logging.INFO)
    try:
        work(args)
    except TfftError as error:
        if args.traceback:
            traceback.print_exc()
        print(f"error: {error}", file=sys.stderr)
        return EXIT_STATUS
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        return INTERRUPTED
    except BrokenPipeError:
        # The reader of a pipe, such as head, has had enough; nothing is left to flush into it.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except OSError as error:
        # A disk that is full, a file that vanished: the system's doing, not a fault of the code.
        if args.traceback:
            traceback.print_exc()
        where = f"{error.filename}: " if error.filename else ""
        print(f"error: {where}{error.strerror or error}", file=sys.stderr)
        return EXIT_STATUS
    return 0


def load_tensorflow() -> None:
    """Imports TensorFlow and finds the devices without a dozen lines of C++ log.

    What TensorFlow 2.21 logs while it is loaded ignores TF_CPP_MIN_LOG_LEVEL (tensorflow#100442),
    so the process's standard error is held back meanwhile, and all but those lines given back.
    With TF_CPP_MIN_LOG_LEVEL=0 or 1 everything is shown.
    """
    if os.environ.get("TF_CPP_MIN_LOG_LEVEL", "0") in ("0", "1"):
        return
    sys.stderr.flush()
    shown = os.dup(2)
    with tempfile.TemporaryFile() as held_back:
        os.dup2(held_back.fileno(), 2)
        try:
            import tensorflow as tf

            tf.config.list_logical_devices()
        finally:
            sys.stderr.flush()
            os.dup2(shown, 2)
            os.close(shown)
            held_back.seek(0)
            for line in held_back.read().splitlines(keepends=True):
                if not _LOADING.match(line):
                    os.write(2, line)


_LOADING = re.compile(
    rb"[IWE]\d{4} \d\d:\d\d:|WARNING: All log messages before absl|\d{4}-.*: [IWE] "
)

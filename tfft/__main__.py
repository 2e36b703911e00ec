"""`tfft VERB …`, the same as `python -m tfft.VERB …`."""

from __future__ import annotations

import importlib
import sys

from tfft import __version__
from tfft.errors import EXIT_STATUS, nearest

VERBS = {
    "train": "train a model from raw text and export it",
    "evaluate": "score a trained run on labelled rows",
    "predict": "label texts with a run or a SavedModel",
    "export": "write a run's model as a SavedModel for TensorFlow Serving",
    "config": "check a config before it runs, begin one, list every key",
}
_MODULES = {"config": "tfft.config.__main__"}
"""Verbs whose name is a room's."""


def main(argv: list[str] | None = None) -> int:
    """Hands the command line over to the verb's module."""
    args = sys.argv[1:] if argv is None else argv
    if args and args[0] in VERBS:
        module = importlib.import_module(_MODULES.get(args[0], f"tfft.{args[0]}"))
        return int(module.main(args[1:]))
    if args and args[0] in ("--version", "-V"):
        print(f"tfft {__version__}")
        return 0
    usage = "usage: tfft VERB [options]\n\n" + "".join(
        f"  {verb:<10}{meaning}\n" for verb, meaning in VERBS.items()
    )
    usage += "\n`tfft VERB --help` lists a verb's options.\n"
    if not args or args[0] in ("--help", "-h"):
        print(usage, end="")
        return 0 if args else EXIT_STATUS
    found = nearest(args[0], list(VERBS))
    hint = f" Did you mean `{found}`?" if found else ""
    print(f"error: there is no verb `{args[0]}`.{hint}\n\n{usage}", end="", file=sys.stderr)
    return EXIT_STATUS


if __name__ == "__main__":
    sys.exit(main())

"""Where a run comes from: versions, machine, git state, fingerprints of its data.

Enters: what only the run knows. Leaves: plain JSON values for `provenance.json`.
"""

from __future__ import annotations

import datetime
import platform
import subprocess
import sys
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from tfft import __version__

PACKAGES = (
    "tensorflow",
    "tensorflow-text",
    "keras",
    "transformers",
    "tokenizers",
    "scikit-learn",
    "numpy",
)


def provenance(**facts: Any) -> dict[str, Any]:
    """Returns the given facts after those that are the same for every run of this process."""
    return {
        "tfft": __version__,
        "python": platform.python_version(),
        "packages": {name: _version(name) for name in PACKAGES},
        "platform": platform.platform(),
        "command": sys.argv,
        "started": datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
        "git": _git_state(),
        **facts,
    }


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None


def _git_state() -> dict[str, Any] | None:
    """Commit of the working directory and whether it has changes; None outside a checkout."""
    commit = _git("rev-parse", "HEAD")
    if commit is None:
        return None
    return {"commit": commit, "has_changes": bool(_git("status", "--porcelain"))}


def _git(*arguments: str) -> str | None:
    try:
        done = subprocess.run(
            ["git", *arguments], capture_output=True, text=True, timeout=10, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.strip() if done.returncode == 0 else None

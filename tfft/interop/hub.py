"""Where a model is: a local folder as it stands, or a snapshot of a Hugging Face repository.

Enters: a path or a name such as `google-bert/bert-base-uncased`. Leaves: a local folder.
What looks like a path is never sent anywhere. Only weights in safetensors, the configuration and
tokenizer files are downloaded; nothing is opened here.
"""

from __future__ import annotations

import os
from pathlib import Path

from tfft.errors import CheckpointError, Fault

DOWNLOADED_FILES = (
    "config.json",
    "model.safetensors",
    "model.safetensors.index.json",
    "model-*-of-*.safetensors",
    "vocab.txt",
    "tokenizer.json",
    "tokenizer_config.json",
    "special_tokens_map.json",
    "added_tokens.json",
)
"""All that a snapshot is asked for."""

_WAYS_OUT = (
    "Three ways out: (1) give a local folder that holds the model; (2) fetch it once where there "
    "is a network and use that cache here (`HF_HOME`, `local_files_only=True` or "
    "`HF_HUB_OFFLINE=1`), or name a mirror in `HF_ENDPOINT`; (3) give sizes instead of a "
    "checkpoint and begin with random weights"
)


def resolve_folder(
    name_or_folder: str | os.PathLike[str],
    *,
    revision: str | None = None,
    local_files_only: bool = False,
) -> Path:
    """Returns the local folder of a model, downloading it where a hub name is given.

    Args:
        name_or_folder: a folder, or `owner/name` or `name` on the hub. What exists on disk, begins
            with `.`, `~` or a separator, or is a `Path` is a folder.
        revision: branch, tag or commit on the hub; ignored for a folder.
        local_files_only: use the hub's cache and no network.

    Raises:
        CheckpointError: there is no such folder, no such model or revision, or no network.
    """
    if _is_local(name_or_folder):
        folder = Path(name_or_folder).expanduser()
        if not folder.is_dir():
            what = "is a file" if folder.exists() else "no such folder"
            raise _not_found(Fault(str(name_or_folder), what, expected="a model folder"))
        return folder
    return _snapshot(str(name_or_folder), revision, local_files_only)


def _is_local(name_or_folder: str | os.PathLike[str]) -> bool:
    if not isinstance(name_or_folder, str):
        return True
    begins_like_path = name_or_folder.startswith((".", "~", "/", os.sep))
    return begins_like_path or os.path.exists(name_or_folder)


def _snapshot(name: str, revision: str | None, local_files_only: bool) -> Path:
    from huggingface_hub import errors, snapshot_download

    try:
        folder = snapshot_download(
            name,
            revision=revision,
            local_files_only=local_files_only,
            allow_patterns=list(DOWNLOADED_FILES),
        )
    except errors.HFValidationError as error:
        problem = "is neither a folder here nor a name on the hub"
        raise _not_found(Fault(name, problem, expected="`owner/name` or a folder")) from error
    except errors.GatedRepoError as error:
        problem = "asks for permission on the hub"
        advice = "Ask for access there, then log in with `hf auth login`"
        raise _not_found(Fault(name, problem, advice=advice)) from error
    except errors.RevisionNotFoundError as error:
        problem = f"has no revision `{revision}` on the hub"
        raise _not_found(Fault(name, problem)) from error
    except errors.RepositoryNotFoundError as error:
        problem = "is neither a folder here nor a public model on the hub"
        raise _not_found(Fault(name, problem)) from error
    # HTTPError is the base of whatever HTTP library this version of the hub's client uses.
    except (errors.HTTPError, OSError) as error:
        problem = "is not in the hub's cache, and the hub was not asked"
        if not local_files_only:
            problem = "is no folder here, and the hub cannot be reached"
        raise _not_found(Fault(name, problem, advice=_WAYS_OUT)) from error
    return Path(folder)


def _not_found(fault: Fault) -> CheckpointError:
    return CheckpointError("The model cannot be found", [fault])

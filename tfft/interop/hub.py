"""Where a model is: a local folder as it stands, or a snapshot of a Hugging Face repository.

Enters: a path or a name such as `google-bert/bert-base-uncased`. Leaves: a local folder.
What looks like a path is never sent anywhere. The hub is asked once, briefly, before anything is
fetched: without a network the answer comes in seconds, and a copy in the cache goes before an
error. Only weights in safetensors, the configuration and tokenizer files are downloaded; nothing
is opened here.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tfft.errors import CheckpointError, Fault, nearest

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

ANSWER_SECONDS = 10.0
"""A hub that has not answered by then counts as out of reach; packets may be dropped silently."""

WAYS_OUT = (
    "Three ways out: (1) give a local folder that holds the model; (2) fetch it once where there "
    "is a network and use that cache here (`cache_dir` or `HF_HOME`, with `local_files_only=True` "
    "or `HF_HUB_OFFLINE=1`), or name a mirror in `HF_ENDPOINT`; (3) build the model from a "
    "`BertConfig` with sizes of your own and begin with random weights"
)
"""What to do without a network, in the words of Python."""

_FOREIGN_WEIGHTS = ("pytorch_model.bin", "tf_model.h5", "flax_model.msgpack", "bert_model.ckpt")

logger = logging.getLogger(__name__)


def resolve_folder(
    name_or_folder: str | os.PathLike[str],
    *,
    revision: str | None = None,
    local_files_only: bool = False,
    cache_dir: str | os.PathLike[str] | None = None,
    ways_out: str = WAYS_OUT,
) -> Path:
    """Returns the local folder of a model, downloading it where a hub name is given.

    Args:
        name_or_folder: a folder, or `owner/name` or `name` on the hub. What exists on disk, begins
            with `.`, `~` or a separator, or is a `Path` is a folder.
        revision: branch, tag or commit on the hub; ignored for a folder.
        local_files_only: use the hub's cache and no network.
        cache_dir: where the hub's files are kept; None: `HF_HUB_CACHE`, or its default.
        ways_out: the advice of the error where there is neither a network nor a copy.

    Raises:
        CheckpointError: there is no such folder, no such model or revision, it is not open to
            this user, it has no safetensors, there is no network, or the cache cannot be written.
    """
    if _is_local(name_or_folder):
        folder = Path(name_or_folder).expanduser()
        if not folder.is_dir():
            what = "is a file" if folder.exists() else "no such folder"
            raise _not_found(Fault(str(name_or_folder), what, expected="a model folder"))
        return folder
    wanted = _Wanted(str(name_or_folder), revision, cache_dir)
    silence = "" if local_files_only else _ask(wanted)
    if local_files_only or silence:
        return _cached(wanted, silence, ways_out)
    return _download(wanted)


def _is_local(name_or_folder: str | os.PathLike[str]) -> bool:
    if not isinstance(name_or_folder, str):
        return True
    begins_like_path = name_or_folder.startswith((".", "~", "/", os.sep))
    return begins_like_path or os.path.exists(name_or_folder)


@dataclass(frozen=True)
class _Wanted:
    """A model on the hub, and where its files are kept."""

    name: str
    revision: str | None
    cache_dir: str | os.PathLike[str] | None

    @property
    def cache(self) -> str:
        """The cache's folder, for messages."""
        from huggingface_hub import constants

        return str(self.cache_dir or constants.HF_HUB_CACHE)

    def snapshot(self, *, local_files_only: bool) -> Path:
        """Returns the snapshot's folder; raises what the hub's client raises."""
        from huggingface_hub import snapshot_download

        folder = snapshot_download(
            self.name,
            revision=self.revision,
            cache_dir=self.cache_dir,
            local_files_only=local_files_only,
            allow_patterns=list(DOWNLOADED_FILES),
        )
        return Path(folder)


def _ask(wanted: _Wanted) -> str:
    """Asks the hub for the model; returns why there was no answer, or nothing if there was one.

    `snapshot_download` asks the same, but without a time limit, and six times over half a minute
    where the revision is a commit.
    """
    from huggingface_hub import HfApi, constants, errors

    try:
        with _refusals(wanted):
            info = HfApi().model_info(wanted.name, revision=wanted.revision, timeout=ANSWER_SECONDS)
    except errors.OfflineModeIsEnabled:
        return "the hub was not asked, because `HF_HUB_OFFLINE` is set"
    # HTTPError is the base of whatever HTTP library this version of the hub's client uses. The
    # last three are an answer that is no hub's: a network's log-in page, a mirror of other things.
    except (errors.HTTPError, OSError, ValueError, KeyError, TypeError) as error:
        return f"the hub at {constants.ENDPOINT} cannot be reached ({_brief(error)})"
    files = [each.rfilename for each in info.siblings or ()]
    if not any("/" not in each and each.endswith(".safetensors") for each in files):
        raise _not_found(_without_safetensors(wanted.name, files))
    return ""


def _cached(wanted: _Wanted, silence: str, ways_out: str) -> Path:
    from huggingface_hub import errors

    try:
        with _refusals(wanted):
            folder = wanted.snapshot(local_files_only=True)
    except OSError as error:
        problem = f"is no folder here, not (or not wholly) in the cache {wanted.cache}"
        if wanted.revision:
            problem += f" as revision `{wanted.revision}`"
        if not isinstance(error, errors.LocalEntryNotFoundError):
            problem += f" ({_brief(error)})"
        problem += f", and {silence or 'the hub was not to be asked'}"
        raise _not_found(Fault(wanted.name, problem, advice=ways_out)) from error
    if silence:
        logger.warning("%s: %s; the copy in the cache is used", wanted.name, silence)
    return folder


def _download(wanted: _Wanted) -> Path:
    from huggingface_hub import errors

    try:
        with _refusals(wanted):
            return wanted.snapshot(local_files_only=False)
    # RuntimeError is what hf_xet raises, by which the hub's client fetches large files.
    except (errors.HTTPError, OSError, RuntimeError) as error:
        problem = f"is on the hub, but cannot be fetched into {wanted.cache}: {_brief(error)}"
        advice = "Try again: the files that are there already are not fetched twice"
        raise _not_found(Fault(wanted.name, problem, advice=advice)) from error


@contextmanager
def _refusals(wanted: _Wanted) -> Iterator[None]:
    """Turns what the hub says against a name into one clear error; other errors pass."""
    from huggingface_hub import errors

    try:
        yield
    except errors.HFValidationError as error:
        problem = "is neither a folder here nor a name on the hub"
        fault = Fault(wanted.name, problem, expected="`owner/name` or a folder")
        raise _not_found(fault) from error
    except errors.RevisionNotFoundError as error:
        raise _not_found(_unknown_revision(wanted)) from error
    except (errors.HTTPError, OSError) as error:
        is_gated = isinstance(error, errors.GatedRepoError) or _status(error) == 403
        # Strangers hear 401 of what does not exist, so that they cannot tell what is private.
        is_unknown = isinstance(error, errors.RepositoryNotFoundError) or _status(error) == 401
        if not (is_gated or is_unknown):
            raise
        raise _not_found(_no_access(wanted.name) if is_gated else _unknown(wanted.name)) from error


def _no_access(name: str) -> Fault:
    problem = "is not open to everyone: the hub refuses its files"
    advice = (
        "Ask for access on the model's page, then log in with `hf auth login` or set `HF_TOKEN`"
    )
    return Fault(name, problem, advice=advice)


def _unknown(name: str) -> Fault:
    problem = "is neither a folder here nor a public model on the hub"
    advice = "Check the spelling; a private model needs `hf auth login` or `HF_TOKEN`"
    return Fault(name, problem, expected="`owner/name` or a folder", advice=advice)


def _unknown_revision(wanted: _Wanted) -> Fault:
    """Names the revision that is closest; a hub that does not list them gives none."""
    from huggingface_hub import HfApi, errors

    try:
        refs = HfApi().list_repo_refs(wanted.name)
        names = [each.name for each in (*refs.branches, *refs.tags)]
    except (errors.HTTPError, OSError, ValueError, KeyError):
        names = []
    problem = f"has no revision `{wanted.revision}` on the hub"
    expected = "a branch, a tag or a whole commit"
    closest = nearest(wanted.revision or "", names)
    return Fault(wanted.name, problem, expected=expected, nearest=closest)


def _without_safetensors(name: str, files: list[str]) -> Fault:
    foreign = [each for each in files if each.startswith(_FOREIGN_WEIGHTS)]
    held = f", only {', '.join(foreign)}" if foreign else ""
    advice = (
        "Open it with transformers and PyTorch and give the folder that `save_pretrained` writes, "
        "or name a revision that has them: many models have one such as `refs/pr/1`"
    )
    problem = f"has no weights in safetensors on the hub{held}"
    return Fault(name, problem, advice=advice if foreign else "")


def _status(error: BaseException | None) -> int | None:
    """The HTTP status of an answer, which may be the cause of a later error."""
    while error is not None:
        response = getattr(error, "response", None)
        if response is not None:
            return getattr(response, "status_code", None)
        error = error.__cause__
    return None


def _brief(error: BaseException) -> str:
    text = str(error).strip().partition("\n")[0].rstrip(".")
    return f"{type(error).__name__}: {text}" if text else type(error).__name__


def _not_found(fault: Fault) -> CheckpointError:
    return CheckpointError("The model cannot be found", [fault])

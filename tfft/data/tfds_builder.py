"""TFDS data sets opened: by name, or from a prepared directory.

Enters: a `TfdsAddress`. Leaves: TFDS's builder, which knows the splits, their files and features.
Only a data set that is asked for by name and is not prepared yet is downloaded. A directory is
data: code that its files name is refused, since TFDS would import it.
"""

from __future__ import annotations

import contextlib
import json
import logging
import os
import re
import socket
import sys
import urllib.parse
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tfft.data.tfds_address import INFO_FILE, PREFIX, TfdsAddress, parse_address
from tfft.errors import DataError, Fault, nearest

HEADLINE = "The TFDS data set cannot be used"

_OWN_FEATURES = "tensorflow_datasets."
_MAX_VERSIONS_SHOWN = 5
_CONSTRUCTING = re.compile(r'Failed to construct dataset [^{]*\{.*?\}": ')


def open_builder(address: TfdsAddress, tfds_dir: str | None) -> Any:
    """Opens a prepared data set, or prepares it where it is asked for by name.

    Args:
        address: the data set; its split does not matter here.
        tfds_dir: where TFDS keeps its data sets; None: where it does by default.

    Raises:
        DataError: it is damaged, of another version, unknown, or cannot be downloaded.
    """
    with _quiet():
        if address.is_folder:
            return _from_folder(Path(address.name).expanduser())
        return _by_name(address, tfds_dir)


def tfds_splits(entry: str, tfds_dir: str | None) -> tuple[str, ...]:
    """Returns the names of a data set's splits; downloads it where it is not prepared yet.

    Raises:
        DataError: it cannot be opened.
    """
    return tuple(open_builder(parse_address(entry), tfds_dir).info.splits)


def first_line(error: Exception) -> str:
    """Returns what TFDS says, on one line."""
    # A KeyError's text is the repr of its message.
    text = str(error.args[0] if isinstance(error, KeyError) and error.args else error)
    text = _CONSTRUCTING.sub("", text.strip()).split("\n")[0].rstrip(".")
    return (text or type(error).__name__)[:200]


def tfds_error(where: str, problem: str, expected: str = "", advice: str = "") -> DataError:
    """Makes an error of one fault."""
    return DataError(HEADLINE, [Fault(where, problem, expected, advice=advice)])


def _from_folder(folder: Path) -> Any:
    import tensorflow_datasets as tfds
    from google.protobuf.json_format import ParseError

    _check_features_file(folder / "features.json")
    try:
        builder = tfds.builder_from_directory(folder)
    except (ParseError, ValueError, KeyError, TypeError, AttributeError, OSError) as error:
        raise _damaged(folder / INFO_FILE, error) from error
    version = str(builder.info.version)
    if re.fullmatch(r"\d+\.\d+\.\d+", folder.name) and folder.name != version:
        problem = f"its {INFO_FILE} is of version {version}"
        advice = "Give the folder its right name, or prepare the data set again"
        raise tfds_error(str(folder), problem, f"version {folder.name}, as the folder says", advice)
    return builder


def _check_features_file(path: Path) -> None:
    """TFDS imports the modules that this file names; only its own may be named."""
    try:
        features = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        advice = "Prepare the data set again: TFDS writes this file from version 4 on"
        raise tfds_error(str(path), "no such file", advice=advice) from error
    except (ValueError, OSError, RecursionError) as error:
        raise _damaged(path, error) from error
    foreign = [name for name in _class_names(features) if not name.startswith(_OWN_FEATURES)]
    if foreign:
        problem = f"a feature is made by `{foreign[0]}`"
        raise tfds_error(str(path), problem, "features of tensorflow_datasets alone")


def _class_names(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for key, each in value.items():
            if key in ("pythonClassName", "python_class_name", "type") and isinstance(each, str):
                yield each
            yield from _class_names(each)
    elif isinstance(value, list):
        for each in value:
            yield from _class_names(each)


def _by_name(address: TfdsAddress, tfds_dir: str | None) -> Any:
    import tensorflow_datasets as tfds
    from google.protobuf.json_format import ParseError

    root = Path(tfds_dir or os.environ.get("TFDS_DATA_DIR", "~/tensorflow_datasets")).expanduser()
    name = f"{address.name}:{address.version}" if address.version else address.name
    exact = root / address.name / (address.version or "")
    if address.version and (exact / INFO_FILE).is_file():
        return _from_folder(exact)
    for version in _prepared(root, address):
        # TFDS opens the newest of these, and of a name without a config those of every config.
        if version.parent == root / address.name or "/" not in address.name:
            _check_features_file(version / "features.json")
    try:
        builder = tfds.builder(name, data_dir=root)
    except tfds.core.DatasetNotFoundError as error:
        raise _not_found(root, address) from error
    except (
        ParseError, ValueError, AssertionError, KeyError, TypeError, OSError, ImportError
    ) as error:  # fmt: skip
        form = "tfds:NAME[/CONFIG][:VERSION][:SPLIT]"
        raise tfds_error(address.entry, first_line(error), form) from error
    if not builder.is_prepared():
        _prepare(builder, address.entry)
    # From here on its files are all that counts, whatever code prepared them.
    return _from_folder(Path(builder.data_dir))


def _prepared(root: Path, address: TfdsAddress) -> list[Path]:
    """Returns the folders of all versions of a data set that are on disk."""
    own = root / address.name.split("/")[0]
    return sorted(
        path.parent for depth in ("*", "*/*") for path in own.glob(f"{depth}/{INFO_FILE}")
    )


def _not_found(root: Path, address: TfdsAddress) -> DataError:
    import tensorflow_datasets as tfds

    found = [str(folder.relative_to(root)) for folder in _prepared(root, address)]
    if found:
        wanted = address.entry.removeprefix(PREFIX)
        shown = ", ".join(f"`{each}`" for each in found[-_MAX_VERSIONS_SHOWN:])
        advice = "Write a version as in `NAME:1.0.0`; data.tfds_dir names another place"
        return tfds_error(address.entry, f"{root} has no `{wanted}`", f"one of {shown}", advice)
    name = address.name.split("/")[0]
    own = [folder.name for folder in root.glob("*") if folder.is_dir()]
    close = nearest(name, own + tfds.list_builders(with_community_datasets=False), cutoff=0.7)
    advice = f"A data set of your own is looked for in {root}; data.tfds_dir names another place"
    fault = Fault(address.entry, f"TFDS has no data set `{name}`", "", close, advice)
    return DataError(HEADLINE, [fault])


def _prepare(builder: Any, where: str) -> None:
    """Downloads; its progress goes to standard error."""
    import tensorflow_datasets as tfds

    ways_out = (
        "Three ways out: (1) connect to the network, or set HTTPS_PROXY; (2) prepare it elsewhere "
        f"with `tfds build {builder.name}`, copy its folder here and name that, as in "
        "tfds:path/to/1.0.0; (3) export its rows to Parquet or another file"
    )
    hosts = {urllib.parse.urlsplit(url).hostname for url in builder.url_infos or ()} - {None}
    # TFDS itself would try for minutes.
    if hosts and not urllib.request.getproxies() and not any(map(_is_known, hosts)):
        shown = ", ".join(sorted(map(str, hosts))[:3])
        problem = f"not prepared in {builder.data_dir}, and {shown} cannot be reached"
        raise tfds_error(where, problem, advice=ways_out)
    tfds.display_progress_bar(sys.stderr.isatty())
    try:
        with contextlib.redirect_stdout(sys.stderr):
            builder.download_and_prepare()
    except ImportError as error:
        advice = f"Install it: pip install {error.name}" if error.name else ""
        raise tfds_error(
            where, f"its preparation needs a package ({error})", advice=advice
        ) from error
    except (OSError, ValueError, AssertionError, RuntimeError, KeyError) as error:
        problem = f"cannot be prepared ({first_line(error)})"
        raise tfds_error(where, problem, advice=ways_out) from error
    finally:
        tfds.display_progress_bar(False)


def _is_known(host: Any) -> bool:
    try:
        return bool(socket.getaddrinfo(host, 443))
    except OSError:
        return False


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Holds back TFDS's remarks on folders it does not find yet."""
    logger = logging.getLogger("absl")
    level = logger.level
    logger.setLevel(logging.ERROR)
    try:
        yield
    finally:
        logger.setLevel(level)


def _damaged(path: Path, error: Exception) -> DataError:
    if isinstance(error, FileNotFoundError) or not path.exists():
        return tfds_error(str(path), "no such file", advice="Prepare the data set again")
    problem = f"damaged ({first_line(error)})"
    return tfds_error(str(path), problem, advice="Copy it again, or prepare the data set again")

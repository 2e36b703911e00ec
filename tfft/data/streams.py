"""A path or an open binary stream to a stream of plain bytes.

Enters: a path, or a stream, which is left open; plain or gzip. Leaves: what a callable makes of the
unpacked stream. What cannot be opened or unpacked, or is of another kind, goes to a fault list.
"""

from __future__ import annotations

import contextlib
import gzip
import zlib
from collections.abc import Callable, Generator, Iterator
from typing import Any, BinaryIO, TypeVar

from tfft.data.faults import FaultList
from tfft.data.file_kinds import GZIP_MAGIC, HEAD_BYTES, is_foreign, is_tfrecord

T = TypeVar("T")


def read_stream(
    source: str | BinaryIO,
    name: str,
    faults: FaultList,
    *,
    kind: str,
    read: Callable[[Any], Iterator[T]],
) -> Generator[T]:
    """Opens a file or stream, unpacks it and yields what `read` makes of it.

    Gzip is known by its first bytes or by the suffix.

    Args:
        source: a path, or a binary stream, which is left open.
        name: name of the source in faults.
        faults: takes what is wrong, also what goes wrong while `read` is at work.
        kind: what is expected, a kind of `file_kinds`; another one is a fault and not read.
        read: takes the stream of plain bytes.
    """
    try:
        with _opened(source) as stream:
            plain = _unpacked(stream, is_packed=name.lower().endswith(".gz"))
            if not is_foreign(_head(plain), kind, name, faults):
                yield from read(plain)
    except EOFError:
        faults.add(name, "the gzip data ends too early", advice="Copy or download it again")
    except (gzip.BadGzipFile, zlib.error) as error:
        faults.add(
            name, f"not gzip data, or damaged ({error})", advice="Remove `.gz` or copy again"
        )
    except OSError as error:
        faults.add(name, f"cannot be read: {error.strerror or error}")


def _opened(source: str | BinaryIO) -> contextlib.AbstractContextManager[Any]:
    """The stream, which is closed afterwards only if it was opened here."""
    return open(source, "rb") if isinstance(source, str) else contextlib.nullcontext(source)


def _unpacked(stream: Any, *, is_packed: bool) -> Any:
    """The stream of plain bytes."""
    # No UTF-8 text begins with gzip's bytes, and a TFRecord file that does has a right checksum.
    head = _head(stream)
    if is_packed or (head.startswith(GZIP_MAGIC) and not is_tfrecord(head)):
        return gzip.GzipFile(fileobj=stream, mode="rb")
    return stream


def _head(stream: Any) -> bytes:
    """The first bytes, where the stream can look ahead; no more than one read is waited for."""
    if hasattr(stream, "peek"):
        return stream.peek(HEAD_BYTES)[:HEAD_BYTES]
    if not stream.seekable():
        return b""
    at = stream.tell()
    head = stream.read(HEAD_BYTES)
    stream.seek(at)
    return head

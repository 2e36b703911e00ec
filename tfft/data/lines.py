r"""Bytes to physical lines of text, checked, with bounded memory.

Enters: a path or an open binary stream, plain or gzip. Leaves: `(number, text)` with the 1-based
number of the line and its text, line end included. Only LF ends a line: U+2028, NEL, VT and FF
are characters like any other. A byte order mark at the start is dropped.
What is not UTF-8, holds NUL or is longer than allowed becomes a fault.
Does not know formats: a CSV record may need several of these lines.
"""

from __future__ import annotations

import codecs
import contextlib
import re
from collections.abc import Generator
from typing import Any, BinaryIO

from tfft.data.faults import FaultList
from tfft.data.file_kinds import TEXT
from tfft.data.streams import read_stream

MAX_ROW_BYTES = 1 << 20
"""Longest row that is read where the caller names no other."""

_SKIP_BYTES = 1 << 16
_HIGH_BYTES = re.compile(rb"[\x80-\xff]+")


def read_lines(
    source: str | BinaryIO,
    faults: FaultList,
    *,
    name: str | None = None,
    max_row_bytes: int = MAX_ROW_BYTES,
) -> Generator[tuple[int, str]]:
    """Reads a file line by line.

    Args:
        source: a path, or a binary stream, which is left open.
        faults: takes what is wrong.
        name: name of the source in faults, where it is not its path.
        max_row_bytes: a longer line is a fault and left out; no more of it is held in memory.

    Returns:
        Number and text of each line, one at a time. A faulty one is given too where it can be,
        so that the lines of a CSV record stay together.
    """
    name = name or str(source)
    return read_stream(
        source,
        name,
        faults,
        kind=TEXT,
        read=lambda stream: _decoded_lines(stream, name, max_row_bytes, faults),
    )


def without_end(line: str) -> str:
    """Returns the line without its LF or CRLF."""
    if line.endswith("\n"):
        return line[:-2] if line.endswith("\r\n") else line[:-1]
    return line


def _decoded_lines(
    stream: Any, name: str, max_row_bytes: int, faults: FaultList
) -> Generator[tuple[int, str]]:
    number = 0
    while line := stream.readline(max_row_bytes + 2):
        number += 1
        if number == 1:
            line = line.removeprefix(codecs.BOM_UTF8)
        if len(line) > max_row_bytes:
            num_bytes = _num_bytes_without_end(line, stream)
            if num_bytes > max_row_bytes:
                advice = "Shorten the row, correct the line ends, or raise `max_row_bytes`"
                problem = f"a line of {num_bytes:,} bytes"
                expected = f"at most {max_row_bytes:,}"
                faults.add(f"{name}:{number}", problem, expected, advice=advice)
                continue
        if b"\0" in line:
            problem = f"a NUL byte at byte {line.index(0)} of the line"
            faults.add(f"{name}:{number}", problem, advice="Remove it")
        try:
            yield number, line.decode("utf-8")
        except UnicodeDecodeError as error:
            problem = f"invalid UTF-8: 0x{line[error.start]:02x} at byte {error.start} of the line"
            faults.add(f"{name}:{number}", problem, "UTF-8", advice=_encoding_hint(line))
            yield number, line.decode("utf-8", "replace")


def _num_bytes_without_end(line: bytes, stream: Any) -> int:
    """Reads to the end of a long line; returns its size without the line end."""
    size, last = len(line), line
    while not last.endswith(b"\n") and (part := stream.readline(_SKIP_BYTES)):
        size += len(part)
        last = last[-1:] + part
    return size - (2 if last.endswith(b"\r\n") else 1 if last.endswith(b"\n") else 0)


def _encoding_hint(line: bytes) -> str:
    """Guesses the encoding of a line that is not UTF-8.

    Chinese in GB18030 comes in runs of high bytes, accented letters of Latin-1 stand alone, and
    a line of which most high bytes are good UTF-8 is a damaged one.
    """
    num_high = len(line) - len(line.decode("ascii", "ignore"))
    good = line.decode("utf-8", "ignore").encode()
    if len(good) - len(good.decode("ascii", "ignore")) > num_high / 2:
        return "Repair the row: the rest of it is UTF-8"
    if max(map(len, _HIGH_BYTES.findall(line))) >= 4 and _is_gb18030(line):
        return f"It looks like GB18030; {_convert_from('GB18030')}"
    return f"It may be Latin-1 or Windows-1252; {_convert_from('WINDOWS-1252')}"


def _is_gb18030(line: bytes) -> bool:
    with contextlib.suppress(UnicodeDecodeError):
        return bool(line.decode("gb18030"))
    return False


def _convert_from(encoding: str) -> str:
    return f"convert with `iconv -f {encoding} -t UTF-8`"

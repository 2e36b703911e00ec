"""What a file is, by its first bytes: a wrong suffix is said in one fault, not on every line.

Enters: the first bytes of a file. Leaves: the name of a kind, or a fault.
Text has no mark of its own: what is none of the known kinds may be text.
"""

from __future__ import annotations

from tfft.data.crc32c import masked_crc
from tfft.data.faults import FaultList

HEAD_BYTES = 64
"""As many bytes are looked at."""

TEXT, PARQUET, TFRECORD, GZIP = "text", "parquet", "tfrecord", "gzip"

GZIP_MAGIC = b"\x1f\x8b"
_LFS_POINTER = b"version https://git-lfs.github.com/spec/"
_UNPACK = "Unpack it and name the file inside"
_PLAIN_MARKS = {
    GZIP_MAGIC: (GZIP, "gzip data", "Unpack it with `gunzip`"),
    b"PK\x03\x04": ("zip", "a zip archive or an Excel sheet", _UNPACK),
    b"\xfd7zXZ\0": ("xz", "xz data", "Unpack it with `unxz`"),
    b"\x28\xb5\x2f\xfd": ("zstd", "zstd data", "Unpack it with `unzstd`"),
    b"BZh91AY&SY": ("bzip2", "bzip2 data", "Unpack it with `bunzip2`"),
    b"7z\xbc\xaf\x27\x1c": ("7z", "a 7z archive", _UNPACK),
    b"\xd0\xcf\x11\xe0": ("office", "an old Office file", "Save the sheet as CSV in UTF-8"),
    b"ARROW1\0\0": ("arrow", "an Arrow file", "Convert it to Parquet"),
    b"Obj\x01": ("avro", "an Avro file", "Convert it to Parquet"),
}
_NOUNS = {TEXT: "text", PARQUET: "a Parquet file", TFRECORD: "a TFRecord file"}
_UTF_16_MARKS = (b"\xff\xfe", b"\xfe\xff")


def kind_of(head: bytes) -> str | None:
    """Returns the kind of a file that begins with `head`, or None where no mark tells."""
    if is_tfrecord(head):
        return TFRECORD
    # `PAR1` alone may well begin a text; what follows in a Parquet file holds control characters.
    if head.startswith(b"PAR1") and any(byte < 9 for byte in head[4:]):
        return PARQUET
    return next((kind for mark, (kind, *_) in _PLAIN_MARKS.items() if head.startswith(mark)), None)


def is_tfrecord(head: bytes) -> bool:
    """Tells whether the checksum of a first record's length is right."""
    return len(head) >= 12 and masked_crc(head[:8]) == int.from_bytes(head[8:12], "little")


def is_foreign(head: bytes, expected: str, name: str, faults: FaultList) -> bool:
    """Adds a fault where a file is known to be of another kind than `expected`."""
    kind = kind_of(head)
    if kind == expected or not head:
        return False
    noun = _NOUNS[expected]
    if head.startswith(_LFS_POINTER):
        advice = "Run `git lfs pull` where the file came from, or download the file itself"
        faults.add(name, "is a Git-LFS pointer, not the file it stands for", advice=advice)
    elif head.startswith(_UTF_16_MARKS) and expected == TEXT:
        advice = "Convert it with `iconv -f UTF-16 -t UTF-8`"
        faults.add(name, "looks like UTF-16", "UTF-8", advice=advice)
    elif kind in _NOUNS:
        advice = f"Give it the suffix `.{kind}`, or set `format` to {kind}"
        faults.add(name, f"is {_NOUNS[kind]}", noun, advice=advice)
    elif kind is not None:
        came, advice = next(says for mark, (each, *says) in _PLAIN_MARKS.items() if each == kind)
        faults.add(name, f"is {came}", noun, advice=advice)
    elif expected != TEXT:
        shown = head[:16].decode("ascii", "backslashreplace")
        advice = "Correct its suffix or `format`, or copy it again"
        faults.add(name, f"is no {noun.removeprefix('a ')}: it begins with `{shown}`",
                   advice=advice)  # fmt: skip
    else:
        return False
    return True

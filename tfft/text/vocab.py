"""WordPiece vocabulary: a `vocab.txt` in, an immutable table of tokens out.

Enters: a file with one token a line, UTF-8, lines ended by LF alone; a token's id is its line.
Leaves: `Vocabulary`, with the ids of the special tokens, or one `DataError` that lists every fault.
Assumes that a vocabulary belongs to a checkpoint: a file that is nearly right would shift or lose
ids without a word, so it is refused and never repaired. Learns nothing and tokenises nothing.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Iterable, Iterator
from pathlib import Path

from tfft.errors import DataError, Fault, nearest

PAD, UNK, CLS, SEP, MASK = "[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"

SPECIAL_TOKENS = (PAD, UNK, CLS, SEP, MASK)
"""Special tokens in the order in which a learned vocabulary holds them."""

REQUIRED_TOKENS = (PAD, UNK, CLS, SEP)
"""Without these no text can be packed; `[MASK]` is needed only to pre-train."""

CONTINUATION = "##"
"""Prefix of a token that continues a word."""

MAX_WORD_CHARACTERS = 100
"""A longer word is `[UNK]`, as in Hugging Face. Characters, not bytes."""

_LFS_POINTER = b"version https://git-lfs.github.com/spec"
_BOM = b"\xef\xbb\xbf"

# The published vocabularies have no such token at all, a really damaged one has 1,963 in 1,987.
_MOJIBAKE_SHARE = 0.5
_MOJIBAKE_MINIMUM = 10

_logger = logging.getLogger(__name__)


class Vocabulary:
    """Immutable list of tokens; the id of a token is its position.

    A token may stand twice: as in Hugging Face, text gets the last of its ids.

    Args:
        tokens: every token, in the order of the ids.
        name: what the tokens are called in an error, normally a file's path.

    Raises:
        DataError: `[PAD]`, `[UNK]`, `[CLS]` or `[SEP]` is missing, or a token holds a line end.
    """

    def __init__(self, tokens: Iterable[str], *, name: str = "vocabulary"):
        self._tokens = tuple(tokens)
        self._ids = {token: i for i, token in enumerate(self._tokens)}
        faults = [*_missing_specials(self._tokens, name), *_line_ends(self._tokens, name)]
        if faults:
            raise DataError("The vocabulary cannot be used", faults)

    @classmethod
    def from_file(cls, path: str | Path) -> Vocabulary:
        """Reads a `vocab.txt`.

        Args:
            path: a UTF-8 file with one token a line; the last line end may be missing.

        Returns:
            The vocabulary. Tokens that stand twice are allowed, with a warning in the log.

        Raises:
            DataError: all at once, what makes the file unusable: it is missing, empty, a Git-LFS
                pointer, begins with a BOM, ends its lines with CRLF, is not UTF-8, is UTF-8 that
                was decoded as Windows-1252 and encoded again, or lacks a required token.
        """
        content = _read_bytes(Path(path))
        tokens = _split_lines(content)
        faults = [
            *_byte_faults(content, str(path)),
            *_mojibake(tokens, str(path)),
            *_missing_specials(tokens, str(path)),
        ]
        if faults:
            raise DataError("The vocabulary cannot be used", faults)
        vocabulary = cls(tokens, name=str(path))
        if repeated := len(tokens) - len(vocabulary._ids):
            _logger.warning("%s: %d tokens stand twice; the last id counts", path, repeated)
        return vocabulary

    def save(self, path: str | Path) -> None:
        """Writes the tokens, one a line, each line ended by LF, in UTF-8."""
        Path(path).write_bytes(self._content)

    def id_of(self, token: str) -> int | None:
        """Returns the id that text gets for `token`, or None where the vocabulary lacks it."""
        return self._ids.get(token)

    @property
    def tokens(self) -> tuple[str, ...]:
        """Every token, in the order of the ids."""
        return self._tokens

    def __len__(self) -> int:
        return len(self._tokens)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Vocabulary) and self._tokens == other._tokens

    def __hash__(self) -> int:
        return hash(self._tokens)

    def __repr__(self) -> str:
        return f"Vocabulary({len(self):,} tokens, {self.fingerprint[:8]})"

    @property
    def pad_id(self) -> int:
        """Id of `[PAD]`."""
        return self._ids[PAD]

    @property
    def unk_id(self) -> int:
        """Id of `[UNK]`."""
        return self._ids[UNK]

    @property
    def cls_id(self) -> int:
        """Id of `[CLS]`."""
        return self._ids[CLS]

    @property
    def sep_id(self) -> int:
        """Id of `[SEP]`."""
        return self._ids[SEP]

    @property
    def mask_id(self) -> int | None:
        """Id of `[MASK]`, or None where the vocabulary has none."""
        return self._ids.get(MASK)

    @property
    def fingerprint(self) -> str:
        """SHA-256, in hex, of the bytes that `save` writes."""
        return hashlib.sha256(self._content).hexdigest()

    @property
    def _content(self) -> bytes:
        return "".join(f"{token}\n" for token in self._tokens).encode("utf-8")


def _split_lines(content: bytes) -> tuple[str, ...]:
    # Lenient, so that one report holds the faults of the bytes and of the tokens.
    lines = content.removeprefix(_BOM).decode("utf-8", errors="replace").split("\n")
    if lines[-1] == "":
        lines.pop()
    return tuple(line.removesuffix("\r") for line in lines)


def _read_bytes(path: Path) -> bytes:
    advice = "Give the path of a `vocab.txt`, or learn one from the training text"
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        fault = Fault(str(path), "no such file", advice=advice)
        raise DataError("The vocabulary cannot be read", [fault]) from None
    except IsADirectoryError:
        found = path / "vocab.txt"
        advice = f"Give `{found}`" if found.is_file() else advice
        fault = Fault(str(path), "is a folder", "a file", advice=advice)
        raise DataError("The vocabulary cannot be read", [fault]) from None
    except OSError as error:
        fault = Fault(str(path), error.strerror or str(error), "a readable file", advice=advice)
        raise DataError("The vocabulary cannot be read", [fault]) from error
    if not content.strip():
        fault = Fault(str(path), "the file is empty", "one token a line", advice=advice)
        raise DataError("The vocabulary cannot be read", [fault])
    if content.startswith(_LFS_POINTER):
        advice = "Run `git lfs pull` where the file came from, or download the file itself"
        fault = Fault(str(path), "is a Git-LFS pointer, not the file it stands for", advice=advice)
        raise DataError("The vocabulary cannot be read", [fault])
    return content


def _byte_faults(content: bytes, where: str) -> Iterator[Fault]:
    if content.startswith(_BOM):
        yield Fault(
            f"{where}:1",
            "begins with a byte order mark",
            "UTF-8 without one",
            advice="Save the file as plain UTF-8, or download it again",
        )
    lines = content.split(b"\n")
    with_return = [number for number, line in enumerate(lines, 1) if b"\r" in line]
    if with_return:
        yield Fault(
            f"{where}:{with_return[0]}",
            f"{_lines(with_return, 'hold')} a carriage return (CRLF line ends)",
            "lines ended by LF alone",
            advice="Convert the file with `dos2unix`, or download it again as binary",
        )
    undecodable = [number for number, line in enumerate(lines, 1) if not _is_utf8(line)]
    if undecodable:
        shown = ", ".join(map(str, undecodable[:5])) + (" …" if len(undecodable) > 5 else "")
        yield Fault(
            f"{where}:{undecodable[0]}",
            f"{_lines(undecodable, 'are')} not UTF-8 (line{'s' * (len(undecodable) > 1)} {shown})",
            "UTF-8",
            advice="Download the file again; it was damaged or is no vocabulary",
        )


def _lines(numbers: list[int], verb: str) -> str:
    """Returns `1 line holds` or `7 lines hold`."""
    if len(numbers) > 1:
        return f"{len(numbers):,} lines {verb}"
    return f"1 line {'is' if verb == 'are' else verb + 's'}"


def _is_utf8(line: bytes) -> bool:
    try:
        line.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _missing_specials(tokens: tuple[str, ...], where: str) -> Iterator[Fault]:
    present = set(tokens)
    bracketed = [token for token in tokens if token.startswith("[") and token.endswith("]")]
    for special in REQUIRED_TOKENS:
        if special not in present:
            near = nearest(special, bracketed)
            is_case = near.upper() == special
            yield Fault(
                where,
                f"has no {special}",
                nearest=near if is_case else "",
                advice="Special tokens are written in capitals, as in BERT's own vocabularies"
                if is_case
                else "Use the vocabulary that belongs to the checkpoint, or learn one",
            )


def _line_ends(tokens: tuple[str, ...], where: str) -> Iterator[Fault]:
    for i, token in enumerate(tokens):
        if "\n" in token or "\r" in token:
            yield Fault(f"{where}:{i + 1}", f"the token {token!r} holds a line end")


def _mojibake(tokens: tuple[str, ...], where: str) -> Iterator[Fault]:
    foreign = [token for token in tokens if not token.isascii()]
    damaged = [(token, undone) for token in foreign if (undone := _undo_mojibake(token))]
    if len(damaged) >= max(_MOJIBAKE_MINIMUM, _MOJIBAKE_SHARE * len(foreign)):
        token, undone = damaged[0]
        yield Fault(
            f"{where}:{tokens.index(token) + 1}",
            f"{len(damaged):,} of {len(foreign):,} tokens beyond ASCII are UTF-8 that was read as "
            f"Windows-1252 and saved again, such as {token!r} for {undone!r}",
            advice="Download the file again, as binary",
        )


def _undo_mojibake(token: str) -> str:
    # Windows-1252 leaves five bytes undefined; editors pass them through as C1 controls.
    try:
        raw = b"".join(
            bytes([ord(c)]) if "\x80" <= c <= "\x9f" else c.encode("cp1252") for c in token
        )
        return raw.decode("utf-8")
    except UnicodeError:
        return ""

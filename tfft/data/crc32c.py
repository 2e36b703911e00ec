"""The checksum that TFRecord files carry: CRC-32C, masked.

Enters: bytes. Leaves: the masked checksum, as it stands behind a record's length and its bytes.
"""

from __future__ import annotations

_MASK_DELTA = 0xA282EAD8
_ONES = 0xFFFFFFFF


def masked_crc(data: bytes) -> int:
    """Returns the masked checksum of a byte string."""
    import google_crc32c

    crc = google_crc32c.value(data)
    return (((crc >> 15) | (crc << 17)) + _MASK_DELTA) & _ONES

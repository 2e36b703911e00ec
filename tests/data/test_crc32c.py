"""Checksums are those of the Castagnoli polynomial, masked as TFRecord masks them."""

from __future__ import annotations

import pytest

from tests.data.all_formats import tfrecord
from tfft.data.crc32c import masked_crc


def masked(crc):
    return (((crc >> 15) | (crc << 17)) + 0xA282EAD8) & 0xFFFFFFFF


# Values of RFC 3720, appendix B.4, and the check value of the CRC catalogue.
PUBLISHED = [
    (bytes(32), 0x8A9136AA),
    (b"\xff" * 32, 0x62A8AB43),
    (bytes(range(32)), 0x46DD794E),
    (bytes(range(31, -1, -1)), 0x113FDB5C),
    (b"123456789", 0xE3069283),
    (b"", 0),
]


@pytest.mark.parametrize(("data", "crc"), PUBLISHED)
def test_published_values(data, crc):
    assert masked_crc(data) == masked(crc)


def test_tensorflow_writes_the_same_checksum_of_a_long_record():
    record = bytes(n * n % 251 for n in range(100_003))
    written = tfrecord([record])
    assert masked_crc(record) == int.from_bytes(written[-4:], "little")
    assert masked_crc(written[:8]) == int.from_bytes(written[8:12], "little")

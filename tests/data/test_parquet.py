"""Parquet files: columns by name, few rows at a time, and damage found."""

from __future__ import annotations

import datetime
import gzip
import io

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tfft.data.faults import FaultList
from tfft.data.parquet import open_parquet
from tfft.errors import DataError


@pytest.fixture
def written(tmp_path):
    def written(columns, **options):
        path = tmp_path / "a.parquet"
        pq.write_table(pa.table(columns), path, **options)
        return str(path)

    return written


def records(path, wanted=None, max_row_bytes=1000):
    faults = FaultList()
    opened = open_parquet(path, "f", faults, max_row_bytes)
    found = [] if opened is None else [tuple(each) for each in opened.read(wanted)]
    faults.raise_if_any("cannot read")
    return found


def test_rows_are_numbered_over_row_groups_and_batches(written):
    path = written({"text": [str(n) for n in range(1003)], "n": range(1003)}, row_group_size=301)
    assert records(path) == [
        (n, n + 1, {"text": str(n).encode(), "n": n}) for n in range(1003)
    ]  # fmt: skip


def test_only_the_wanted_columns_are_read_and_all_names_are_known(written):
    path = written({"c": [1], "a": ["x"], "b": [None]})
    assert records(path, ["a"]) == [(0, 1, {"a": b"x"})]
    opened = open_parquet(path, "f", FaultList(), 1000)
    assert (opened.names, opened.are_ordered) == (("c", "a", "b"), True)


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        (pa.string(), b"\xe4\xb8\xad"),
        (pa.large_string(), b"\xe4\xb8\xad"),
        (pa.string_view(), b"\xe4\xb8\xad"),
        (pa.binary(), b"\xe4\xb8\xad"),
        (pa.dictionary(pa.int8(), pa.string()), b"\xe4\xb8\xad"),
    ],
)
def test_all_kinds_of_strings_are_bytes(written, kind, value):
    column = pa.array(["中", None]).cast(pa.string() if pa.types.is_binary(kind) else kind)
    path = written({"text": column.cast(kind)})
    assert [values["text"] for _, _, values in records(path)] == [value, None]


def test_times_are_cut_to_microseconds_wherever_they_stand(written):
    second = 10**9
    times = pa.array([second + 7], pa.timestamp("ns"))
    path = written({
        "at": times,
        "zoned": pa.array([second + 7], pa.timestamp("ns", "UTC")),
        "took": pa.array([second + 7], pa.duration("ns")),
        "clock": pa.array([second + 7], pa.time64("ns")),
        "inside": pa.StructArray.from_arrays([times], ["at"]),
        "several": pa.ListArray.from_arrays([0, 1], times),
    })  # fmt: skip
    ((_, _, values),) = records(path)
    at = datetime.datetime(1970, 1, 1, 0, 0, 1)
    assert values["at"] == values["inside"]["at"] == values["several"][0] == at
    assert values["zoned"].isoformat() == "1970-01-01T00:00:01+00:00"
    assert values["took"] == datetime.timedelta(seconds=1)
    assert values["clock"] == datetime.time(0, 0, 1)


def test_a_row_that_is_too_long_is_a_fault(written):
    with pytest.raises(DataError, match="f:2: a row of 1,002 bytes; expected at most 1,000"):
        records(written({"text": ["a", "b" * 1001, "c"], "label": ["x", "y", "z"]}))


def test_a_file_that_is_cut_off_is_a_fault(written, tmp_path):
    path = tmp_path / "b.parquet"
    with open(written({"text": ["a"] * 700}), "rb") as file:
        path.write_bytes(file.read()[:-20])
    with pytest.raises(DataError, match=r"f: damaged, or cut off \(Parquet magic bytes not found"):
        records(str(path))


def test_a_page_that_is_damaged_names_a_row(written, tmp_path):
    texts = [f"{n} {n * n}" for n in range(2000)]
    path = written({"text": texts}, row_group_size=1000, compression="gzip", use_dictionary=False)
    start = pq.ParquetFile(path).metadata.row_group(1).column(0).data_page_offset
    with open(path, "r+b") as file:
        file.seek(start + 60)
        file.write(bytes(400))
    # Rows are read by 256: the batch that holds the damage begins with row 769.
    with pytest.raises(DataError, match="f:769: damaged at this row or soon after it"):
        records(path)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"text\tlabel\n", "f: is no Parquet file: it begins with `text"),
        (gzip.compress(b"PAR1"), "f: is gzip data; expected a Parquet file. Unpack it with"),
        (b"PAR1\x15\x04", "f: damaged, or cut off"),
    ],
)  # fmt: skip
def test_other_files_are_one_fault(tmp_path, content, message):
    path = tmp_path / "a.parquet"
    path.write_bytes(content)
    with pytest.raises(DataError, match=message):
        records(str(path))


def test_a_stream_and_a_missing_file_are_faults(tmp_path):
    with pytest.raises(DataError, match="Parquet cannot be read from a stream"):
        records(io.BytesIO(b"PAR1"))
    with pytest.raises(DataError, match="f: cannot be read: No such file"):
        records(str(tmp_path / "gone"))

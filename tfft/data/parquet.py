"""Parquet files to records, a few hundred rows at a time.

Enters: the path of a file. Leaves: records with the file's columns by name and in order; strings
are bytes, to be decoded where a row can be named. Only the wanted columns are read.
Refuses a file inside gzip, and a stream: the table of contents stands at a Parquet file's end.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, BinaryIO

from tfft.data.faults import FaultList
from tfft.data.file_kinds import HEAD_BYTES, PARQUET, is_foreign
from tfft.data.records import Record, Records

_BATCH_ROWS = 256
_BUFFER_BYTES = 1 << 20
_COPY = "Copy or download it again"


def open_parquet(
    opened: str | BinaryIO, name: str, faults: FaultList, max_row_bytes: int
) -> Records | None:
    """Reads what a file says of itself; None where it cannot be read."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    if not isinstance(opened, str):
        faults.add(name, "Parquet cannot be read from a stream", "the path of a file")
        return None
    try:
        with open(opened, "rb") as file:
            if is_foreign(file.read(HEAD_BYTES), PARQUET, name, faults):
                return None
        # Without a buffer size, whole column chunks of a row group would be held.
        table = pq.ParquetFile(opened, buffer_size=_BUFFER_BYTES, pre_buffer=False)
        schema = table.schema_arrow
    except pa.ArrowException as error:
        faults.add(name, f"damaged, or cut off ({_reason(error)})", advice=_COPY)
        return None
    except OSError as error:
        faults.add(name, f"cannot be read: {error.strerror or _reason(error)}")
        return None

    def read(wanted: Sequence[str] | None) -> Iterator[Record]:
        number = 0
        try:
            for batch in table.iter_batches(_BATCH_ROWS, columns=wanted and list(wanted)):
                names = batch.schema.names
                for values in zip(*map(_values, batch.columns), strict=True):
                    size = sum(len(value) for value in values if isinstance(value, bytes))
                    if size > max_row_bytes:
                        advice = "Shorten the row, or raise `max_row_bytes`"
                        problem, expected = f"a row of {size:,} bytes", f"at most {max_row_bytes:,}"
                        faults.add(f"{name}:{number + 1}", problem, expected, advice=advice)
                    else:
                        yield Record(number, number + 1, dict(zip(names, values, strict=True)))
                    number += 1
        except (pa.ArrowException, ValueError, OSError) as error:
            problem = f"damaged at this row or soon after it ({_reason(error)})"
            faults.add(f"{name}:{number + 1}", problem, advice=_COPY)
        finally:
            table.close()

    return Records(read, tuple(schema.names), are_ordered=True)


def _values(column: Any) -> list[Any]:
    """The values of a column; what Python cannot hold to the nanosecond is cut to microseconds."""
    import pyarrow as pa

    if pa.types.is_dictionary(column.type):
        column = column.dictionary_decode()
    kind = column.type
    is_text = pa.types.is_string(kind) or pa.types.is_large_string(kind)
    if is_text or pa.types.is_string_view(kind):
        return column.cast(pa.large_binary()).to_pylist()
    plainer = _in_microseconds(kind)
    return (column if plainer == kind else column.cast(plainer, safe=False)).to_pylist()


def _in_microseconds(kind: Any) -> Any:
    import pyarrow as pa

    if pa.types.is_timestamp(kind) and kind.unit == "ns":
        return pa.timestamp("us", kind.tz)
    if pa.types.is_duration(kind) and kind.unit == "ns":
        return pa.duration("us")
    if pa.types.is_time64(kind) and kind.unit == "ns":
        return pa.time64("us")
    if pa.types.is_list(kind):
        return pa.list_(_in_microseconds(kind.value_type))
    if pa.types.is_struct(kind):
        return pa.struct([field.with_type(_in_microseconds(field.type)) for field in kind])
    return kind


def _reason(error: Exception) -> str:
    return str(error).split("\n")[0].strip().rstrip(".")[:160]

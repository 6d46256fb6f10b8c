"""Rows to the bytes of a parquet file and back; knows no types of ours and touches no file."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pyarrow as pa


def to_parquet(rows: Sequence[Mapping[str, Any]], columns: Mapping[str, str] | None = None) -> bytes:
    """`columns` names each column's type, such as list<int32>; without it the types are found in the rows."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    table = pa.Table.from_pylist(list(rows), schema=columns and pa.schema(_fields(columns)))
    content = pa.BufferOutputStream()
    pq.write_table(table, content, compression="zstd")
    return content.getvalue().to_pybytes()


def from_parquet(content: bytes) -> list[dict[str, Any]]:
    """The rows, with lists as tuples."""
    import pyarrow.parquet as pq

    table = pq.read_table(io.BytesIO(content))
    columns = [_values(table[name]) for name in table.column_names]
    return [dict(zip(table.column_names, row, strict=True)) for row in zip(*columns, strict=True)]


def _fields(columns: Mapping[str, str]) -> list[tuple[str, pa.DataType]]:
    import pyarrow as pa

    def typed(name: str) -> pa.DataType:
        return pa.list_(typed(name[5:-1])) if name.startswith("list<") else pa.type_for_alias(name)

    return [(name, typed(kind)) for name, kind in columns.items()]


def _values(column: pa.ChunkedArray) -> list[Any]:
    import pyarrow as pa

    if not pa.types.is_list(column.type):
        return column.to_pylist()
    values: list[Any] = []
    for chunk in column.chunks:  # whole chunks at once: row by row is forty times slower for token ids
        flat = chunk.flatten()
        flat = flat.to_pylist() if flat.null_count or not _number(flat.type) else flat.to_numpy(False).tolist()
        start = 0
        for length in chunk.value_lengths().to_pylist():
            values.append(None if length is None else tuple(flat[start : start + length]))
            start += length or 0
    return values


def _number(kind: pa.DataType) -> bool:
    import pyarrow as pa

    return pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_boolean(kind)

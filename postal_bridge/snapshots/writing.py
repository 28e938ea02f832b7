"""A snapshot as it is written: one Parquet file, digests first, then the dossiers as they are.

Columns: `key` and `row` (see `digests.py`), `number` (the place in the order in which the dossiers
were added, from 0), `fee` (what is compared of fees, empty where none are), then every field of
the record under its own name; moments are microseconds since 1970 in UTC.

The digests stand uncompressed, because every comparison reads them all and nothing of them can be
saved; the rest is compressed lightly. Rows stand as they came: what a night
reads of them afterwards is little, so nothing is sorted for it. The marks of all buckets stand in
the file's metadata (see `marks.py`).
"""

import contextlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from operator import attrgetter
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from postal_bridge.reconciliation.ports import Side
from postal_bridge.reconciliation.records import OneStopDossier, OurDossier
from postal_bridge.snapshots.digests import (
    Digest,
    local_days,
    microseconds,
    one_text,
    row_digests,
    signed,
    text_values,
)
from postal_bridge.snapshots.marks import Marking

RECORDS: dict[Side, type[OurDossier] | type[OneStopDossier]] = {
    Side.OURS: OurDossier,
    Side.THEIRS: OneStopDossier,
}
DEPARTMENTS = {Side.OURS: "department", Side.THEIRS: "department_code"}
DIGESTS = ("key", "row", "number", "fee")
_NUMBERS = frozenset({"status", "channel", "return_mode", "fee_vnd"})
_FEW_WORDS = ("procedure_code", "department", "department_code", "raw_status", "strange")

LARGEST = 2**63 - 1
"""What a column of numbers can hold; whatever is beyond is written as this."""

BATCH = 8_192
"""Dossiers that are turned into columns at once; as many are held as objects."""
GROUP = 16 * BATCH
"""Dossiers in a row group; as many are held as columns."""


def fields_of(side: Side) -> tuple[str, ...]:
    """The names of the record's fields, in its order."""
    return RECORDS[side].__struct_fields__


def is_moment(field: str) -> bool:
    """Whether a field is kept as microseconds."""
    return field.endswith("_at")


def schema_of(side: Side) -> pa.Schema:
    """The columns of a side's file."""
    digests = [pa.field(name, pa.int64(), nullable=name == "fee") for name in DIGESTS]
    return pa.schema([*digests, *(pa.field(name, _type(name)) for name in fields_of(side))])


def _type(field: str) -> pa.DataType:
    return pa.int64() if is_moment(field) or field in _NUMBERS else pa.string()


@dataclass(frozen=True)
class Rules:
    """What decides the digests.

    Attributes:
        agencies: a department that is a key here is compared as its agency.
        with_fees: whether fees are compared.
        digest: of the codes.
    """

    agencies: Mapping[str, str]
    with_fees: bool
    digest: Digest


class ParquetWriter:
    """Writes one side's dossiers into a file, holding only the latest ones and all key digests."""

    def __init__(self, path: Path, side: Side, rules: Rules) -> None:
        """Begin the file."""
        self.rows = 0
        self._path, self._side, self._rules = path, side, rules
        self._schema = schema_of(side)
        self._waiting: list[OurDossier | OneStopDossier] = []
        self._batches: list[pa.RecordBatch] = []
        self._marking = Marking()
        few = [name for name in _FEW_WORDS if name in self._schema.names]
        plain = dict.fromkeys(DIGESTS[:2], "NONE")
        self._file = pq.ParquetWriter(
            path,
            self._schema,
            compression={name: plain.get(name, "ZSTD") for name in self._schema.names},
            compression_level={n: 1 for n in self._schema.names if n not in plain},
            use_dictionary=[*few, *sorted(_NUMBERS & set(self._schema.names))],
            write_statistics=False,
            store_schema=False,
        )

    def add(self, rows: Sequence[OurDossier] | Sequence[OneStopDossier]) -> None:
        """Take some more dossiers."""
        self._waiting += rows
        while len(self._waiting) >= BATCH:
            self._make_batch(self._waiting[:BATCH])
            del self._waiting[:BATCH]

    def close(self) -> None:
        """Write what is left."""
        if self._waiting:
            self._make_batch(self._waiting)
            self._waiting = []
        self._write_group()
        self._file.add_key_value_metadata(self._marking.finished().metadata())
        self._file.close()

    def drop(self) -> None:
        """Close the file and take it away."""
        self._waiting, self._batches = [], []
        with contextlib.suppress(OSError):  # of a full disk, which is why it is dropped
            self._file.close()
        self._path.unlink(missing_ok=True)

    def _make_batch(self, rows: Sequence[OurDossier | OneStopDossier]) -> None:
        columns = columns_of(rows, self._side, self._rules, first=self.rows)
        key, row, _, fee = columns[: len(DIGESTS)]
        self._marking.add(key, row, fee)
        self._batches.append(pa.RecordBatch.from_arrays(columns, schema=self._schema))
        self.rows += len(rows)
        if sum(batch.num_rows for batch in self._batches) >= GROUP:
            self._write_group()

    def _write_group(self) -> None:
        if self._batches:
            self._file.write_table(pa.Table.from_batches(self._batches), row_group_size=GROUP)
        self._batches = []


def columns_of(
    rows: Sequence[OurDossier | OneStopDossier], side: Side, rules: Rules, *, first: int
) -> list[pa.Array]:
    """The columns of some dossiers, digests and all; `first` is the number of the first one."""
    names = fields_of(side)
    columns = {name: _column(name, list(map(attrgetter(name), rows))) for name in names}
    codes = [row.code.encode() for row in rows]
    department = columns[DEPARTMENTS[side]].dictionary_encode()
    fields = {
        **{name: columns[name].to_numpy() for name in ("status", "channel", "return_mode")},
        "agency": text_values(department, rules.agencies),
        "procedure_code": text_values(columns["procedure_code"].dictionary_encode(), {}),
        "received_day": local_days(columns["received_at"]),
        "promised_day": local_days(columns["promised_at"]),
        "strange": text_values(columns["strange"].dictionary_encode(), {})
        if "strange" in columns
        else one_text("", len(rows)),
    }
    fee = columns["fee_vnd"] if rules.with_fees else pa.nulls(len(rows), pa.int64())
    digests = [
        pa.array(signed(map(rules.digest, codes))),
        pa.array(row_digests(codes, fields)),
        pa.array(np.arange(first, first + len(rows))),
        fee,
    ]
    return [*digests, *(columns[name] for name in names)]


def _column(name: str, values: list[Any]) -> pa.Array:
    if is_moment(name):
        return microseconds(values)
    if name not in _NUMBERS:
        return pa.array(values, type=pa.string())
    try:
        if None in values:
            return pa.array(values, type=pa.int64())
        return pa.array(np.fromiter(values, np.int64, len(values)))
    except OverflowError:
        # No fee of ours is as great: the row stays a difference, and the night goes on.
        kept = [value if value is None else max(-LARGEST, min(LARGEST, value)) for value in values]
        return pa.array(kept, type=pa.int64())

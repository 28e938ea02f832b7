"""Rows read one by one, so that one that nobody of us wrote does not spoil the reading of others.

The check of the ledger reads what somebody may have written behind the program's back: acts that
do not exist, moments that are none, texts that are not even UTF-8. It wants to name such a row.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import Any, Generic, TypeVar

from sqlalchemy import (
    ColumnElement,
    Executable,
    Float,
    Row,
    Table,
    literal_column,
    select,
    type_coerce,
)
from sqlalchemy.engine import Dialect
from sqlalchemy.exc import DBAPIError
from sqlalchemy.types import NullType
from sqlmodel import SQLModel

from postal_bridge.storage.rows import Rows
from postal_bridge.storage.types import EnumText

R = TypeVar("R", bound=SQLModel)
Read = Callable[[Any], Any]
_UNREADABLE = (ValueError, LookupError, TypeError, AttributeError)
"""What a column's type raises for a value that none of us wrote."""
_set = object.__setattr__


class PlainRows(Generic[R]):
    """Reads a table's rows as records of one kind.

    The columns come as the driver gives them and are made moments, identifiers and enumerations
    here, which is also quicker: a million rows at a time are read this way only.
    """

    def __init__(
        self,
        record: type[R],
        rows: Rows,
        table: Table,
        *,
        order: Iterable[str],
        bare: Iterable[str],
        first: str | None = None,
    ) -> None:
        """Prepare the reading.

        Args:
            record: what the rows become; columns that it does not have are not read.
            rows: the transaction.
            table: the table or view.
            order: the columns that the rows are sorted by.
            bare: the columns that an unreadable row is named by, given as they are.
            first: a column outside the record, given beside it.
        """
        dialect = rows.connection.dialect
        self._record = record
        self._rows = rows
        self._names = [c.name for c in table.c if c.name in record.model_fields]
        plain = [type_coerce(table.c[name], NullType()) for name in self._names]
        beside = literal_column("NULL") if first is None else table.c[first]
        self._statement = select(beside, *plain).order_by(*(table.c[name] for name in order))
        self._reads = [
            (index, read)
            for index, name in enumerate(self._names)
            if (read := _read_of(table.c[name], dialect)) is not None
        ]
        self._bare = [(name, self._names.index(name)) for name in bare]

    async def where(self, condition: ColumnElement[bool]) -> list[tuple[Any, R, bool]]:
        """What stands beside the record, the record, and whether it could be read.

        One that could not be read has its bare columns only.
        """
        found = await fetched(self._rows, self._statement.where(condition))
        return [self._made(row) for row in found]

    def _made(self, row: Sequence[Any]) -> tuple[Any, R, bool]:
        beside, *values = row
        try:
            for index, read in self._reads:
                values[index] = read(values[index])
        except _UNREADABLE:
            bare: dict[str, Any] = {name: row[index + 1] for name, index in self._bare}
            unread: Any = self._record.model_construct(**bare)
            return beside, unread, False
        record: R = object.__new__(self._record)
        _set(record, "__dict__", dict(zip(self._names, values, strict=True)))
        _set(record, "__pydantic_fields_set__", set())
        _set(record, "__pydantic_extra__", None)
        _set(record, "__pydantic_private__", None)
        return beside, record, True


def _read_of(column: ColumnElement[Any], dialect: Dialect) -> Read | None:
    if isinstance(column.type, EnumText):
        members: dict[str | None, object] = {one.value: one for one in column.type.kind}
        return {**members, None: None}.__getitem__
    if isinstance(column.type, Float):  # comes as it is; the processor wants the driver's own code
        return None
    return column.type.dialect_impl(dialect).result_processor(dialect, None)


async def fetched(rows: Rows, statement: Executable) -> Sequence[Row[Any]]:
    """The rows of a statement, also where SQLite holds texts that are not UTF-8."""
    await rows.flush()  # outside: what cannot be written is no trouble with reading
    try:
        return (await rows.execute(statement)).all()
    except DBAPIError:
        if not rows.is_sqlite:
            raise
        driver: Any = (await rows.connection.get_raw_connection()).driver_connection
        driver.text_factory = _lenient
        try:
            return (await rows.execute(statement)).all()
        finally:
            driver.text_factory = str


def _lenient(text: bytes) -> str:
    return text.decode(errors="replace")

"""The few statements that every store repeats: read rows as records, insert, change."""

from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any, TypeVar

from sqlalchemy import (
    ColumnElement,
    Executable,
    Insert,
    Select,
    Table,
    and_,
    insert,
    select,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import CursorResult, Result
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlmodel import SQLModel

from postal_bridge.storage.tables import LEDGER, table_of

R = TypeVar("R", bound=SQLModel)
T = TypeVar("T")
Values = Mapping[str, object]
_set = object.__setattr__


class Rows:
    """Statements on the tables of one province, in one transaction."""

    def __init__(self, connection: AsyncConnection, *, province: str) -> None:
        self.connection = connection
        self.province = province
        self.is_sqlite = connection.dialect.name == "sqlite"
        self._waiting: dict[Insert, list[dict[str, object]]] = {}

    def table(self, row: type[SQLModel]) -> Table:
        """The table behind a row class."""
        return table_of(row)

    @property
    def ledger(self) -> Table:
        """All custody events for reading, archived months too; written is `CustodyEventRow`."""
        return LEDGER

    def own(self, table: Table, **equals: object) -> ColumnElement[bool]:
        """The condition "ours, and these columns equal these values"."""
        conditions = [table.c[name] == value for name, value in equals.items()]
        if "province" in table.c:
            conditions.insert(0, table.c.province == self.province)
        return and_(True, *conditions)  # noqa: FBT003 - SQL's TRUE, for a table without conditions

    async def execute(
        self, statement: Executable, values: Values | Sequence[Values] = ()
    ) -> CursorResult[*tuple[Any, ...]]:
        """Run a statement, once for each of the values where there are any."""
        await self.flush()
        return await self.connection.execute(statement, values or None)

    async def flush(self) -> None:
        """Write what waits to be written: before each statement, and before the commit."""
        while self._waiting:
            waiting, self._waiting = self._waiting, {}
            for statement, values in waiting.items():
                await self.connection.execute(statement, values)

    async def fetch(self, statement: str, values: Sequence[object]) -> Sequence[Any]:
        """The rows of a statement in the driver's own words, as the driver gives them."""
        await self.flush()
        return (await self.connection.exec_driver_sql(statement, tuple(values))).all()

    async def all(self, record: type[R], statement: Select[Any]) -> list[R]:
        """Every row of a statement as a record."""
        return records(record, await self.execute(statement))

    async def one(self, record: type[R], row: type[SQLModel], **equals: object) -> R | None:
        """The one row with these values as a record."""
        table = table_of(row)
        found = await self.all(record, select(table).where(self.own(table, **equals)).limit(1))
        return found[0] if found else None

    async def locked(self, record: type[R], row: type[SQLModel], **equals: object) -> R | None:
        """The same, held until the transaction ends (SQLite: the one writer holds everything)."""
        table = table_of(row)
        statement = select(table).where(self.own(table, **equals)).with_for_update()
        found = await self.all(record, statement)
        return found[0] if found else None

    async def add(self, row: type[SQLModel], records: Iterable[SQLModel]) -> None:
        """Insert records; nothing happens for none."""
        table = table_of(row)
        values = [self._values(table, record) for record in records]
        if values:
            await self.execute(_insert(table), values)

    def add_later(self, row: type[SQLModel], record: SQLModel) -> None:
        """Insert a record together with others like it, before anything reads.

        A batch of scans so costs a few statements instead of a few for each scan.
        """
        table = table_of(row)
        self._waiting.setdefault(_insert(table), []).append(self._values(table, record))

    async def put(self, row: type[SQLModel], *records: SQLModel) -> None:
        """Insert records, or replace those with the same keys; nothing happens for none."""
        table = table_of(row)
        values = [self._values(table, record) for record in records]
        if values:
            await self.execute(_upsert(table, self.is_sqlite, tuple(values[0])), values)

    def put_later(self, row: type[SQLModel], record: SQLModel) -> None:
        """The same together with others like it, before anything reads; the last one stays."""
        table = table_of(row)
        values = self._values(table, record)
        statement = _upsert(table, self.is_sqlite, tuple(values))
        self._waiting.setdefault(statement, []).append(values)

    async def add_new(self, row: type[SQLModel], values: Mapping[str, object]) -> bool:
        """Insert unless one with the same unique values is there; says whether it was new."""
        table = table_of(row)
        own = {"province": self.province} if "province" in table.c else {}
        statement = self.insert(table).values({**own, **values}).on_conflict_do_nothing()
        result = await self.execute(statement)
        return bool(result.rowcount == 1)

    def add_new_later(self, row: type[SQLModel], values: Mapping[str, object]) -> None:
        """The same together with others like it, before anything reads."""
        table = table_of(row)
        own = {"province": self.province} if "province" in table.c else {}
        statement = _insert_new(table, self.is_sqlite)
        self._waiting.setdefault(statement, []).append({**own, **values})

    def insert(self, table: Table) -> sqlite.Insert | postgresql.Insert:
        """An insert that can say what happens on a conflict, in this database's words."""
        return sqlite.insert(table) if self.is_sqlite else postgresql.insert(table)

    async def change(
        self, row: type[SQLModel], where: Mapping[str, object], **values: object
    ) -> int:
        """Set columns where others have these values; says how many rows changed."""
        table = table_of(row)
        result = await self.execute(update(table).where(self.own(table, **where)).values(**values))
        return int(result.rowcount)

    def _values(self, table: Table, record: SQLModel) -> dict[str, object]:
        fields = record.__dict__
        values = {name: fields[name] for name in _stored(table, type(record))}
        if "province" in table.c:
            values["province"] = self.province
        return values


def records(record: type[R], result: Result[*tuple[Any, ...]]) -> list[R]:
    """Rows as records.

    The columns' types have made them moments, dates and enumerations already, and what is in the
    database was checked on its way in: so nothing is checked again, which is four times as quick.
    """
    named = [(i, name) for i, name in enumerate(result.keys()) if name in record.model_fields]
    names = {name for _, name in named}
    defaults = {
        name: field.get_default(call_default_factory=True)
        for name, field in record.model_fields.items()
        if name not in names and not field.is_required()
    }
    made: list[R] = []
    for row in result:
        one = record.__new__(record)
        _set(one, "__dict__", {**defaults, **{name: row[i] for i, name in named}})
        _set(one, "__pydantic_fields_set__", set(names))
        _set(one, "__pydantic_extra__", None)
        _set(one, "__pydantic_private__", None)
        made.append(one)
    return made


@lru_cache(maxsize=256)
def _stored(table: Table, record: type[SQLModel]) -> tuple[str, ...]:
    return tuple(column.name for column in table.c if column.name in record.model_fields)


@lru_cache(maxsize=256)
def _insert(table: Table) -> Insert:
    return insert(table)


@lru_cache(maxsize=256)
def _insert_new(table: Table, is_sqlite: bool) -> Insert:  # noqa: FBT001
    statement = sqlite.insert(table) if is_sqlite else postgresql.insert(table)
    return statement.on_conflict_do_nothing()


@lru_cache(maxsize=256)
def _upsert(table: Table, is_sqlite: bool, names: tuple[str, ...]) -> Insert:  # noqa: FBT001
    keys = [column.name for column in table.primary_key.columns]
    statement = sqlite.insert(table) if is_sqlite else postgresql.insert(table)
    rest = {name: statement.excluded[name] for name in names if name not in keys}
    if not rest:
        return statement.on_conflict_do_nothing(index_elements=keys)
    return statement.on_conflict_do_update(index_elements=keys, set_=rest)


def chunks(values: Sequence[T], *, size: int = 500) -> Iterable[Sequence[T]]:
    """Parts that fit into one IN list on both databases."""
    for start in range(0, len(values), size):
        yield values[start : start + size]

"""How the records' types become columns.

Moments need nothing of ours: SQLModel's own column type refuses naive times going in and gives
aware UTC coming out, on both databases (tests/doors/storage proves it). Enumerations are stored
as their values in plain columns, so that renaming a member or adding one needs no migration of a
database type.
"""

from enum import Enum
from typing import Any

from sqlalchemy import BigInteger, Integer, MetaData, PrimaryKeyConstraint, String, Table
from sqlalchemy import Enum as SqlEnum
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator
from typing_extensions import override

_LENGTH = 40
_OUTGROWS_32_BITS = ("_vnd", "_bytes", "_entry")


class EnumText(TypeDecorator[Enum]):
    """An enumeration of words, stored as the word."""

    impl = String
    cache_ok = True

    def __init__(self, kind: type[Enum]) -> None:
        super().__init__(length=_LENGTH)
        self.kind = kind

    @override
    def process_bind_param(self, value: Any, dialect: Dialect) -> Any:
        return None if value is None else self.kind(value).value

    @override
    def process_result_value(self, value: Any, dialect: Dialect) -> Enum | None:
        return None if value is None else self.kind(value)


class EnumNumber(TypeDecorator[Enum]):
    """An enumeration of numbers, stored as the number."""

    impl = Integer
    cache_ok = True

    def __init__(self, kind: type[Enum]) -> None:
        super().__init__()
        self.kind = kind

    @override
    def process_bind_param(self, value: Any, dialect: Dialect) -> Any:
        return None if value is None else self.kind(value).value

    @override
    def process_result_value(self, value: Any, dialect: Dialect) -> Enum | None:
        return None if value is None else self.kind(value)


def adopt(metadata: MetaData) -> None:
    """Give every table the house's column types, and keys that lead with the province.

    The records in the stages name no database type, since stages know of no database; and the
    columns that a table inherits from its record come before its own. So both are put right
    here, once for all tables.
    """
    for table in metadata.tables.values():
        for column in table.columns:
            if isinstance(column.type, SqlEnum) and column.type.enum_class is not None:
                kind = column.type.enum_class
                numbers = issubclass(kind, int)
                column.type = EnumNumber(kind) if numbers else EnumText(kind)
            elif column.name.endswith(_OUTGROWS_32_BITS):
                column.type = BigInteger()
        _lead_with_province(table)


def _lead_with_province(table: Table) -> None:
    columns = list(table.primary_key.columns)
    columns.sort(key=lambda column: column.name != "province")
    table.append_constraint(PrimaryKeyConstraint(*columns))

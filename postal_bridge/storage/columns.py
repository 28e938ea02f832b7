"""What all tables share: how their keys and indexes are named, and the columns they have in common."""

from sqlalchemy import BigInteger, Index, Integer, text
from sqlmodel import Field, SQLModel

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}
SQLModel.metadata.naming_convention = NAMING
PROVINCE_LENGTH = 10
LONG = BigInteger().with_variant(Integer, "sqlite")  # only INTEGER counts up by itself there


def province_key() -> str:
    """The column that leads the key of everything that is a province's own."""
    return Field(primary_key=True, max_length=PROVINCE_LENGTH)  # type: ignore[no-any-return]


def partial_index(name: str, *columns: str, where: str) -> Index:
    """An index of some rows only; a statement uses it where it says the very same words."""
    words = text(where)
    return Index(name, *columns, postgresql_where=words, sqlite_where=words)

"""Which of a driver's errors pass by themselves, and which say that something is missing."""

import asyncpg
from sqlalchemy.exc import DBAPIError, OperationalError

# SQLSTATE classes and codes of PostgreSQL that say nothing about what we asked: connection, out of
# resources, shutting down; deadlock, serialization; lock or statement timeout.
_PASSING_CLASSES = ("08", "53", "57P")
_PASSING_CODES = frozenset({"40001", "40P01", "55P03", "57014"})
_NO_SUCH_TABLE = "42P01"


def passing_trouble(error: DBAPIError) -> bool:
    """Whether the same transaction may succeed when it is tried again later."""
    if error.connection_invalidated:
        return True
    if state := _state(error):
        return state.startswith(_PASSING_CLASSES) or state in _PASSING_CODES
    return isinstance(error, OperationalError) and not tables_missing(error)


def tables_missing(error: DBAPIError) -> bool:
    """Whether a table was asked for that is not there."""
    return _state(error) == _NO_SUCH_TABLE or "no such table" in str(error.orig)


def connection_failed(error: Exception) -> bool:
    """Whether an error while connecting came from the network or from the server."""
    return isinstance(error, OSError | asyncpg.PostgresError | asyncpg.InterfaceError)


def _state(error: DBAPIError) -> str | None:
    found = getattr(error.orig, "sqlstate", None)
    return found if isinstance(found, str) else None

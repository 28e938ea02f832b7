"""Which of a driver's errors are the database's own trouble, and which say what is missing."""

import sqlite3

import asyncpg
from sqlalchemy.engine import URL
from sqlalchemy.exc import DatabaseError, DBAPIError, OperationalError, SQLAlchemyError

from postal_bridge.errors import Accident

# SQLSTATE classes and codes of PostgreSQL that say nothing about what we asked: connection, out of
# resources, shutting down; deadlock, serialization; lock or statement timeout.
_PASSING_CLASSES = ("08", "53", "57P")
_PASSING_CODES = frozenset({"40001", "40P01", "55P03", "57014"})
_NO_SUCH_TABLE = "42P01"


class DatabaseUnavailable(Accident):
    """The database is not there, or does not answer, or is too busy to."""

    retryable = True


def unavailable(url: URL, error: Exception) -> DatabaseUnavailable:
    """What went wrong, with the address but without its password, and what to do about it."""
    reason = error.orig if isinstance(error, DBAPIError) else error
    address = url.render_as_string(hide_password=True)
    said = str(reason) or type(reason).__name__
    return DatabaseUnavailable(
        f"the database {address} does not answer: {said}. Check that it runs and that [database] "
        "url names it, then run `postal-bridge doctor`"
    )


def could_not_connect(error: Exception) -> bool:
    """Whether an error while opening a connection or a transaction is the database's."""
    return isinstance(error, SQLAlchemyError) or connection_failed(error)


def database_failed(error: DBAPIError) -> bool:
    """Whether the database is in trouble, and not what we asked of it."""
    if error.connection_invalidated:
        return True
    if state := _state(error):
        return state.startswith(_PASSING_CLASSES) or state in _PASSING_CODES
    if isinstance(error, OperationalError):
        return not tables_missing(error)
    return type(error) is DatabaseError  # SQLite: the file is damaged, or no database at all


def driver_failed(error: Exception) -> bool:
    """The same of an error that a driver raised itself, with no SQLAlchemy in between."""
    if isinstance(error, asyncpg.PostgresError):
        state = error.sqlstate or ""
        return state.startswith(_PASSING_CLASSES) or state in _PASSING_CODES
    if isinstance(error, sqlite3.OperationalError):
        return "no such table" not in str(error)
    return type(error) is sqlite3.DatabaseError or connection_failed(error)


def tables_missing(error: DBAPIError) -> bool:
    """Whether a table was asked for that is not there."""
    return _state(error) == _NO_SUCH_TABLE or "no such table" in str(error.orig)


def connection_failed(error: Exception) -> bool:
    """Whether an error while connecting came from the network or from the server."""
    return isinstance(error, OSError | asyncpg.PostgresError | asyncpg.InterfaceError)


def _state(error: DBAPIError) -> str | None:
    found = getattr(error.orig, "sqlstate", None)
    return found if isinstance(found, str) else None

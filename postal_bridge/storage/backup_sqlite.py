"""An SQLite database to a file and back."""

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

from postal_bridge.errors import Misuse
from postal_bridge.storage.journey_table import journey_table

FILE = "journey.db"
_VERSION = "alembic_version"
_OF_THE_PROGRAMME = {_VERSION, journey_table.name}  # written by migrating, not by working
_TABLES = """
    SELECT name FROM sqlite_master
    WHERE type = 'table' AND name NOT LIKE 'sqlite@_%' ESCAPE '@' ORDER BY name
"""


def save(database: Path, folder: Path) -> str:
    """Write the database as of one moment into the folder; gives the revision of its tables.

    VACUUM INTO reads in one transaction while others go on writing.

    Raises:
        Misuse: there is no database, or no tables in it.
    """
    if not database.is_file():
        msg = f"there is no database {database}"
        raise Misuse(msg)
    with closing(
        sqlite3.connect(f"{database.absolute().as_uri()}?mode=ro", uri=True)
    ) as connection:
        revision = _revision(connection)
        if revision is None:
            msg = f"the database {database} has no tables"
            raise Misuse(msg)
        connection.execute("VACUUM INTO ?", (str(folder / FILE),))
    return revision


def refuse_filled(database: Path) -> None:
    """Raise Misuse where the database already holds something."""
    if not database.exists():
        return
    with closing(
        sqlite3.connect(f"{database.absolute().as_uri()}?mode=ro", uri=True)
    ) as connection:
        for table in _tables(connection):
            if table in _OF_THE_PROGRAMME:
                continue
            if connection.execute(f'SELECT 1 FROM "{table}" LIMIT 1').fetchone():  # noqa: S608
                msg = f"the database {database} is not empty: {table} has rows"
                raise Misuse(msg)


def load(folder: Path, database: Path) -> None:
    """Put the file of a backup where the database is to be, at once or not at all."""
    database.parent.mkdir(parents=True, exist_ok=True)
    draft = database.with_name(f"{database.name}.restoring")
    shutil.copyfile(folder / FILE, draft)
    for leftover in ("-wal", "-shm"):  # of the empty one that is replaced
        database.with_name(f"{database.name}{leftover}").unlink(missing_ok=True)
    draft.replace(database)


def _revision(connection: sqlite3.Connection) -> str | None:
    if _VERSION not in _tables(connection):
        return None
    row = connection.execute("SELECT version_num FROM alembic_version").fetchone()
    return str(row[0]) if row else None


def _tables(connection: sqlite3.Connection) -> list[str]:
    return [str(name) for (name,) in connection.execute(_TABLES)]

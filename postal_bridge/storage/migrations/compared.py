"""What is compared when the tables of a database are held against the records.

The months of the ledger come and go while the service runs, so no migration knows of them; the
archive is the ledger's twin and has no record of its own; and a few constraints exist on one engine
only, because the other keeps the same promise in another way.
"""

from collections.abc import Callable

from sqlalchemy.schema import SchemaItem

from postal_bridge.storage.tables import ONLY

_LEDGER_PARTS = ("custody_event_", "custody_archive")

Include = Callable[[SchemaItem, str | None, str, bool, SchemaItem | None], bool]


def is_named(name: str | None, kind: str, _parents: object) -> bool:
    """Whether a thing found in the database is compared: not a month of the ledger."""
    return not (kind == "table" and name is not None and name.startswith(_LEDGER_PARTS))


def compared_on(engine: str) -> Include:
    """Tells whether a thing is compared on this engine: not what only the other engine has."""

    def include(
        item: SchemaItem,
        _name: str | None,
        _kind: str,
        _reflected: bool,  # noqa: FBT001 - Alembic calls it so
        _other: SchemaItem | None,
    ) -> bool:
        return bool(item.info.get(ONLY, engine) == engine)

    return include

"""The journey as a table, generated from `journey.py`: what the statement that takes scans reads.

`migrate` writes it; a service whose own journey is another one does not start, because the same
scan would then go differently on its two ways.
"""

from sqlalchemy import Boolean, Column, Connection, String, Table, delete, insert, select
from sqlmodel import SQLModel

from postal_bridge.tracking.plain_scans import JOURNEY

journey_table = Table(
    "journey_move",
    SQLModel.metadata,
    Column("direction", String(40), primary_key=True),
    Column("act", String(40), primary_key=True),
    Column("stage_after", String(40), nullable=False),
    Column("holder", String(40), nullable=False),
    Column("roles", String(200), nullable=False),
    Column("plain", Boolean, nullable=False),
)

in_order = select(journey_table).order_by(journey_table.c.direction, journey_table.c.act)
"""Reads the table in the order of `journey_rows`."""


def journey_rows() -> list[tuple[str, str, str, str, str, bool]]:
    """The rows that the table has to hold."""
    rows = (
        (
            move.direction.value,
            move.act.value,
            move.stage_after.value,
            move.holder.value,
            move.roles,
            move.plain,
        )
        for move in JOURNEY
    )
    return sorted(rows)


def write_journey(connection: Connection) -> None:
    """Make the table say what this release's journey says; one that does is left alone."""
    wanted = journey_rows()
    if [tuple(row) for row in connection.execute(in_order)] == wanted:
        return
    names = [column.name for column in journey_table.c]
    connection.execute(delete(journey_table))
    connection.execute(
        insert(journey_table), [dict(zip(names, row, strict=True)) for row in wanted]
    )

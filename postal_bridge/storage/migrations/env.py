"""How Alembic reaches the database: through the same asynchronous drivers as the service."""

import asyncio
from typing import Literal

from alembic import context
from alembic.autogenerate.api import AutogenContext
from sqlalchemy.engine import Connection
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool
from sqlalchemy.types import TypeDecorator

from postal_bridge.storage.migrations.compared import compared_on, is_named
from postal_bridge.storage.tables import metadata


def _plain(kind: str, item: object, _context: AutogenContext) -> str | Literal[False]:
    """Write plain column types into migrations, so that they outlive the classes of today."""
    if kind == "type" and isinstance(item, TypeDecorator):
        return f"sa.{item.impl_instance!r}"
    return False


def _migrate(connection: Connection) -> None:
    context.configure(
        connection=connection,
        target_metadata=metadata,
        render_as_batch=True,
        compare_type=True,
        render_item=_plain,
        include_name=is_named,
        include_object=compared_on(connection.dialect.name),
        transaction_per_migration=True,
    )
    with context.begin_transaction():
        context.run_migrations()


async def _run(url: str) -> None:
    engine = create_async_engine(url, poolclass=NullPool)
    try:
        async with engine.connect() as connection:
            await connection.run_sync(_migrate)
            await connection.commit()
    finally:
        await engine.dispose()


asyncio.run(_run(context.config.attributes["url"]))

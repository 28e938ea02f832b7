"""Records in and out of rows: few statements, right types, nothing checked twice."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import event, select
from sqlalchemy.exc import IntegrityError

from postal_bridge.dossiers.records import Dossier
from postal_bridge.journey import Status
from postal_bridge.storage.engine import Storage
from postal_bridge.storage.rows import Rows, records
from postal_bridge.storage.tables import DossierRow, StaffRow, table_of
from postal_bridge.storage.unit_of_work import UnitOfWork
from tests.stores import NOW, PROVINCE, a_dossier, a_position, an_event, an_item


@contextmanager
def counted(work: UnitOfWork) -> Iterator[list[str]]:
    """What is sent to the database inside the block, one entry for each sending."""
    sent: list[str] = []

    def keep(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        sent.append(statement)

    connection = work.connection.sync_connection
    assert connection is not None
    event.listen(connection, "before_cursor_execute", keep)
    yield sent
    event.remove(connection, "before_cursor_execute", keep)


async def test_a_batch_of_scans_costs_a_few_statements(storage: Storage) -> None:
    items = [f"D{number}/H1" for number in range(300)]
    async with storage.begin() as work:
        for item in items:
            await work.custody.add_item(an_item(item))

    async with storage.begin() as work:
        with counted(work) as sent:
            assert len(await work.custody.hold(items)) == 300
            for item in items:
                await work.custody.record(an_event(1, item=item), a_position(item=item))
                await work.outbox.put("notice", key=item, payload={})
            await work.flush()

    holds_dossiers = work.connection.dialect.name == "postgresql"  # SQLite's writer holds all
    assert len(sent) == 5 + holds_dossiers
    async with storage.begin() as work:
        assert await work.ledger.count() == 300
        assert await work.outbox.waiting() == 300


async def test_what_waits_to_be_written_is_seen_by_the_next_read(storage: Storage) -> None:
    async with storage.begin() as work:
        for seq in (1, 2, 3):
            await work.custody.record(an_event(seq), a_position(seq))
        assert len(await work.custody.history(an_event(1).item_code)) == 3


async def test_what_cannot_be_written_undoes_the_transaction_at_its_end(storage: Storage) -> None:
    async def write_an_item_twice() -> None:
        async with storage.begin() as work:
            await work.dossiers.add(a_dossier(), [])
            for _ in range(2):
                await work.custody.add_item(an_item())

    with pytest.raises(IntegrityError):
        await write_an_item_twice()

    async with storage.begin() as work:
        assert await work.custody.find(an_item().code) is None
        assert await work.dossiers.find(a_dossier().code) is None


async def test_a_read_record_is_like_one_that_was_made(storage: Storage) -> None:
    async with storage.begin() as work:
        await work.dossiers.add(a_dossier(), [])
        found = await work.dossiers.find(a_dossier().code)

    assert found is not None
    assert found == Dossier.model_validate(a_dossier().model_dump())
    assert found.model_dump() == a_dossier().model_dump()
    assert {name: type(value) for name, value in found} == {
        name: type(value) for name, value in a_dossier()
    }
    found.status = Status.PROCESSING
    assert found.status is Status.PROCESSING


async def test_columns_that_were_not_asked_for_have_their_defaults(storage: Storage) -> None:
    async with storage.begin() as work:
        await work.dossiers.add(a_dossier(), [])
        table = table_of(DossierRow)
        found = await work.connection.execute(select(table.c.code, table.c.received_at))

        (partial,) = records(Dossier, found)
        assert (partial.received_at, partial.refusal) == (NOW, None)


async def test_a_table_of_no_province_is_read_without_one(storage: Storage) -> None:
    async with storage.begin() as work:
        rows = Rows(work.connection, province=PROVINCE)
        staff = rows.table(StaffRow)
        assert (await rows.execute(select(staff).where(rows.own(staff)))).all() == []

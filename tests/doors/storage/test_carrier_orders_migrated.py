"""Consignments of earlier releases have their orders: what a carrier has is not asked for again."""

import asyncio
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine

from postal_bridge.storage import migrate
from postal_bridge.tracking.carrier_records import CarrierOrder, OrderState
from postal_bridge.tracking.records import ConsignmentState
from tests.stores import HOUR, NOW, PROVINCE, opened

_INSERT = """
    INSERT INTO consignment (province, number, item_code, dossier_code, carrier, state,
                             consignee_name, consignee_phone, consignee_address, attempts,
                             booked_at, booked_by, carrier_reference, confirmed_at, closed_at)
    VALUES (:province, :number, 'D1/K1', 'D1', 'own_fleet', :state, 'Nông Thị Hồng Đào',
            '0912345678', 'Thôn Nà Sầm', 0, :at, 'lan', :reference, :confirmed_at, NULL)
"""
_EARLIER = (
    ("C1", ConsignmentState.BOOKED, None),
    ("C2", ConsignmentState.COLLECTED, "OF-2"),
    ("C3", ConsignmentState.DELIVERED, "OF-3"),
    ("C4", ConsignmentState.CANCELLED, "OF-4"),
    ("C5", ConsignmentState.CANCELLED, None),
)


@pytest.fixture
async def upgraded(engine_name: str, request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A database with consignments of the release before, brought to this one."""
    url = (
        f"sqlite+aiosqlite:///{tmp_path}/old.db"
        if engine_name == "sqlite"
        else str(request.getfixturevalue("make_database")())
    )
    await asyncio.to_thread(lambda: migrate.upgrade(url, revision="0006"))
    sqlite = engine_name == "sqlite"
    at, later = (
        moment.strftime("%Y-%m-%d %H:%M:%S.%f") if sqlite else moment
        for moment in (NOW, NOW + HOUR)
    )
    engine = create_async_engine(url)
    async with engine.begin() as connection:
        for number, state, reference in _EARLIER:
            values = {"number": number, "state": state.value, "reference": reference, "at": at}
            confirmed = {"confirmed_at": later if reference else None, "province": PROVINCE}
            await connection.execute(text(_INSERT), {**values, **confirmed})
    await engine.dispose()
    await migrate.upgrade_async(url)
    return url


async def test_each_consignment_has_the_order_that_it_had(upgraded: str) -> None:
    async with opened(upgraded) as storage, storage.begin(write=False) as work:
        orders = await work.carrier_desk.orders(number for number, _, _ in _EARLIER)
        still = await work.carrier_desk.open_orders("own_fleet", limit=9, after="")
    assert {number: order.state for number, order in orders.items()} == {
        "C1": OrderState.WAITING,
        "C2": OrderState.PLACED,
        "C3": OrderState.PLACED,
        "C4": OrderState.CANCELLED,
        "C5": OrderState.CANCELLED,
    }
    assert still == [
        CarrierOrder(
            number="C2",
            carrier="own_fleet",
            reference="C2",
            state=OrderState.PLACED,
            carrier_number="OF-2",
            settled_at=NOW + HOUR,
        )
    ]

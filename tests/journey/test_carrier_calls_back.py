"""A carrier that reports by itself: kept as it came, answered in its own way, applied once."""

import json
from collections.abc import AsyncIterator, Sequence
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from postal_bridge.sandbox.carrier_memory import CarrierMemory
from postal_bridge.tracking.carrier_values import (
    Callback,
    CarrierMisread,
    CarrierScan,
    Reply,
)
from tests.journey.house import Town, open_town
from tests.journey.vnpost import STATUSES

SECRET = "khoa-chung"
PATH = "/api/v1/callbacks/goi_lai"


class CallingCarrier(CarrierMemory):
    """Calls back with a secret in a header, and wants to hear a word of its own."""

    def __init__(self, name: str, begins: datetime) -> None:
        super().__init__(name)
        self.begins = begins

    def is_genuine(self, callback: Callback) -> bool:
        return callback.headers.get("X-Khoa", callback.headers.get("x-khoa")) == SECRET

    def understand(self, callback: Callback) -> Sequence[CarrierScan]:
        try:
            told = json.loads(callback.body)
            at = self.begins + timedelta(minutes=int(told["minute"]))
            code, reference = str(told["code"]), str(told["order"])
        except (ValueError, KeyError) as wrong:
            raise CarrierMisread(self.name) from wrong
        return [
            CarrierScan(
                vocabulary="vnpost_ngsp", raw_code=code, occurred_at=at, reference=reference
            )
        ]

    def answer(self, *, kept: bool) -> Reply:
        return Reply(body=b'{"code":"1"}') if kept else Reply(status=503)


@pytest.fixture
async def town(database_url: str, tmp_path: Path) -> AsyncIterator[Town]:
    overlay = tmp_path / "hang.toml"
    settings = f'[carriers.goi_lai]\nkind = "own_fleet"\nstatus_map = "{STATUSES}"\n'
    overlay.write_text(settings, encoding="utf-8")
    async with open_town(database_url, tmp_path, PB_CONFIG=str(overlay)) as town:
        town.hires(CallingCarrier("goi_lai", town.now()))
        yield town


async def calls(town: Town, secret: str = SECRET, **told: object) -> int:
    answer = await town.sends(
        "POST",
        PATH,
        content=json.dumps(told).encode(),
        headers={"X-Khoa": secret, "Content-Type": "application/json"},
        params={"ver": "2"},
    )
    if answer.status == 200:
        assert answer.body == {"code": "1"}
    return answer.status


async def applied(town: Town) -> int:
    inbox = town.house.jobs()._inbox
    assert inbox is not None
    return await inbox.dispatch()


async def sent(town: Town) -> tuple[str, str]:
    """A result that waits for the carrier, as the own fleet's does not: nobody has it yet."""
    _, result = await town.at_return_desk(return_mode=1)
    said = {
        "item": result,
        "carrier": "goi_lai",
        "place": town.desk.place,
        "courier": town.courier.username,
    }
    number = str((await town.desk.posts("/consignments", said))["number"])
    await town.dispatches()
    return result, number


async def test_a_callback_is_kept_answered_and_applied_once(town: Town) -> None:
    result, number = await sent(town)
    for _ in range(3):
        assert await calls(town, order=number, code="4", minute=600) == 200
    assert await town.rows("SELECT count(*) FROM inbox") == [(1,)]
    assert (await town.desk.where(result))[0] == "delivery"
    assert await applied(town) == 1
    assert (await town.desk.where(result))[0] == "returned"
    shown = await town.desk.reads(f"/consignments/{number}")
    assert [one["source"] for one in shown["reports"]] == ["webhook"]
    assert await calls(town, order=number, code="4", minute=600) == 200
    assert await applied(town) == 0


async def test_who_does_not_know_the_secret_is_not_heard(town: Town) -> None:
    assert await calls(town, "doan-mo", order="VD-1", code="4", minute=1) == 401
    assert await town.rows("SELECT count(*) FROM inbox") == [(0,)]


async def test_a_callback_that_cannot_be_read_is_kept_for_a_person(town: Town) -> None:
    assert await calls(town, khac=1) == 200
    assert await applied(town) == 0
    ((error,),) = await town.rows("SELECT error FROM inbox WHERE done_at IS NULL")
    assert "goi_lai" in str(error)


async def test_nobody_is_called_at_a_connection_that_is_not_there(town: Town) -> None:
    answer = await town.sends("POST", "/api/v1/callbacks/la", content=b"{}")
    assert answer.status == 422
    fleet = await town.sends("POST", "/api/v1/callbacks/own_fleet", content=b"{}")
    assert fleet.status == 422


async def test_an_order_in_doubt_is_settled_by_a_supervisor(town: Town) -> None:
    _, number = await sent(town)
    await town.tampers("UPDATE carrier_order SET state = 'unknown', carrier_number = NULL")
    said = {"has_it": True, "note": "Chị Hoa ở bưu cục xác nhận"}
    path = f"/consignments/{number}/settlement"
    assert (await town.clerk.asks("POST", path, said)).status == 403
    settled = await town.supervisor.posts(path, said)
    assert settled["order"]["state"] == "placed"
    unknown = await town.supervisor.asks("POST", "/consignments/VD-1/settlement", said)
    assert unknown.status == 404

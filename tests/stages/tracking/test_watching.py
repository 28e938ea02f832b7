"""Feeds are read to their end, once, and silence is noticed."""

from datetime import timedelta

import pytest

from postal_bridge.clock import ReplayClock
from postal_bridge.sandbox.carrier_memory import CarrierMemory
from postal_bridge.tracking.carrier_values import Callback, Party
from postal_bridge.tracking.orders import Connection, UnknownConnection
from postal_bridge.tracking.records import IncidentKind
from postal_bridge.tracking.watching import Watch, Watched
from tests.stages.memory import CENTRE, MemoryWork
from tests.stages.tracking.carriers import Map, a_travelling_result, at, scan

SILENCE = timedelta(hours=72)


@pytest.fixture
def carrier() -> CarrierMemory:
    return CarrierMemory("hang")


@pytest.fixture
async def number(work: MemoryWork) -> str:
    return await a_travelling_result(work)


@pytest.fixture
def clock(work: MemoryWork, number: str) -> ReplayClock:
    return ReplayClock(at(work, 60))


@pytest.fixture
def watch(work: MemoryWork, carrier: CarrierMemory, clock: ReplayClock) -> Watch:
    sender = Party(name="Trung tâm", phone="0205", address="Lạng Sơn", province="20")
    connection = Connection(
        carrier=carrier, sender=sender, place=CENTRE, quiet=timedelta(minutes=2)
    )
    watched = Watched(connection=connection, meanings=Map(), silence=SILENCE)
    return Watch(
        transactions=work,
        carriers={"hang": watched},
        clock=clock,
        identifiers=work.identifiers,
    )


async def test_a_feed_is_read_to_its_end_and_goes_on_there(
    work: MemoryWork, watch: Watch, carrier: CarrierMemory, number: str
) -> None:
    carrier.reports += [
        scan(code, at(work, n), reference=number) for n, code in enumerate(("announced", "777"))
    ]
    assert await watch.look("hang") == 2
    assert await watch.look("hang") == 0
    carrier.reports.append(scan("collected", at(work, 30), reference=number))
    assert await watch.look("hang") == 1
    cursor = await work.carrier_desk.cursor("hang")
    assert cursor is not None
    assert cursor.cursor == "3"


async def test_a_feed_that_begins_anew_loses_and_doubles_nothing(
    work: MemoryWork, watch: Watch, carrier: CarrierMemory, number: str
) -> None:
    carrier.reports.append(scan("announced", at(work, 1), reference=number))
    await watch.look("hang")
    cursor = await work.carrier_desk.cursor("hang")
    assert cursor is not None
    await work.carrier_desk.move_cursor(cursor.model_copy(update={"cursor": ""}))
    carrier.reports.append(scan("collected", at(work, 2), reference=number))
    assert await watch.look("hang") == 1
    assert len(await work.carrier_desk.events(number)) == 2


async def test_silence_beyond_the_expected_time_is_an_incident_once(
    work: MemoryWork, watch: Watch, clock: ReplayClock, carrier: CarrierMemory, number: str
) -> None:
    await watch.look("hang")
    assert await work.incidents.about(number) == []
    clock.advance_to(clock.now() + SILENCE + timedelta(hours=1))
    for _ in range(3):
        await watch.look("hang")
    (incident,) = await work.incidents.about(number)
    assert incident.kind is IncidentKind.SILENCE

    carrier.reports.append(scan("collected", clock.now(), reference=number))
    await watch.look("hang")
    clock.advance_to(clock.now() + SILENCE + timedelta(hours=1))
    await watch.look("hang")
    assert len(await work.incidents.about(number)) == 2


async def test_who_never_calls_back_is_not_listened_to(watch: Watch) -> None:
    callback = Callback(headers={}, query={}, content_type="application/json", body=b"{}")
    for name in ("hang", "la"):
        with pytest.raises(UnknownConnection):
            await watch.take_callback(name, callback)
    assert watch.names == ["hang"]

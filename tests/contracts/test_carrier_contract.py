"""What tracking may expect of every carrier: typed answers, one order, events as they were said."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from datetime import timedelta

import pytest

from postal_bridge.carriers.catalogue import ADAPTERS
from postal_bridge.carriers.own_fleet import OwnFleet
from postal_bridge.carriers.statuses import load_statuses
from postal_bridge.connections import STATUSES
from postal_bridge.sandbox.faults import FaultKind
from postal_bridge.sections import CarrierSettings
from postal_bridge.tracking.carrier_ports import (
    Books,
    CallsBack,
    Cancels,
    CollectsMoney,
    Feeds,
    Finds,
    Tracks,
    Verifies,
    capabilities_of,
)
from postal_bridge.tracking.carrier_records import CodMove, Milestone
from postal_bridge.tracking.carrier_values import (
    Booked,
    Callback,
    Cancelled,
    Capability,
    CarrierScan,
    CarrierUnavailable,
    NotThere,
    Placed,
    Refused,
    Unknown,
)
from postal_bridge.tracking.references import reference_for
from tests.carrier_stands import Stand
from tests.doors.carriers.stand_ghn import opened_ghn
from tests.doors.carriers.stand_ghtk import opened_ghtk
from tests.doors.carriers.stand_jt import opened_jt
from tests.doors.carriers.stand_memory import opened_memory
from tests.doors.carriers.stand_myvnpost import opened_myvnpost
from tests.doors.carriers.stand_viettel_post import opened_viettel_post
from tests.doors.carriers.stand_vnpost_hcc import opened_vnpost_hcc
from tests.doors.carriers.stand_vnpost_ngsp import opened_vnpost_ngsp
from tests.doors.carriers.stand_vnpost_soap import opened_vnpost_soap
from tests.doors.carriers.wires import NOW, REFERENCE, a_clock, an_order

PORTS = (
    "tracking.carrier_ports.Carrier",
    "tracking.carrier_ports.Books",
    "tracking.carrier_ports.Finds",
    "tracking.carrier_ports.Cancels",
    "tracking.carrier_ports.Quotes",
    "tracking.carrier_ports.Labels",
    "tracking.carrier_ports.Tracks",
    "tracking.carrier_ports.Feeds",
    "tracking.carrier_ports.Fetches",
    "tracking.carrier_ports.Proves",
    "tracking.carrier_ports.CollectsMoney",
    "tracking.carrier_ports.CallsBack",
    "tracking.carrier_ports.Verifies",
)
IMPLEMENTATIONS: dict[str, Callable[[], AbstractAsyncContextManager[Stand]]] = {
    "jt": opened_jt,
    "memory": opened_memory,
    "myvnpost": opened_myvnpost,
    "ghn": opened_ghn,
    "ghtk": opened_ghtk,
    "viettel_post": opened_viettel_post,
    "vnpost_hcc": opened_vnpost_hcc,
    "vnpost_ngsp": opened_vnpost_ngsp,
    "vnpost_soap": opened_vnpost_soap,
}
BOOKING_FAULTS = (
    FaultKind.REPLY_LOST,
    FaultKind.TRUNCATED,
    FaultKind.LOGIN_PAGE,
    FaultKind.SERVER_ERROR,
    FaultKind.TIMEOUT,
    FaultKind.CONNECTION_LOST,
    FaultKind.TOO_MANY,
    FaultKind.UNAUTHORIZED,
)


@pytest.fixture(params=IMPLEMENTATIONS)
async def stand(request: pytest.FixtureRequest) -> AsyncIterator[Stand]:
    async with IMPLEMENTATIONS[str(request.param)]() as opened:
        yield opened


def reference_of(stand: Stand) -> str:
    return reference_for(REFERENCE, limit=stand.carrier.reference_limit)


def skip_unless(stand: Stand, capability: Capability) -> None:
    """What a carrier cannot do is no skipped test: there is nothing to test."""
    assert capability not in stand.CAN


async def a_booked(stand: Stand) -> Placed | None:
    """An order over there; None where the carrier takes none from us."""
    carrier = stand.carrier
    if not isinstance(carrier, Books):
        return None
    reference = reference_of(stand)
    booked = await carrier.book(an_order(reference=reference))
    assert isinstance(booked, Booked)
    return Placed(reference=reference, carrier_number=booked.carrier_number, waybill=booked.waybill)


async def test_it_can_do_what_it_says_and_nothing_else(stand: Stand) -> None:
    assert capabilities_of(stand.carrier) == stand.CAN
    assert stand.carrier.name
    assert stand.KIND in {*ADAPTERS, "memory"}


async def test_an_order_is_stored_once_under_our_reference(stand: Stand) -> None:
    placed = await a_booked(stand)
    if placed is None:
        return skip_unless(stand, Capability.BOOK)
    assert await stand.stored() == [placed.reference]
    assert 0 < len(placed.carrier_number) <= 60
    return None


async def test_a_repeat_is_the_same_order_where_the_carrier_promises_that(stand: Stand) -> None:
    placed = await a_booked(stand)
    carrier = stand.carrier
    if placed is None or not carrier.repeatable:
        return
    assert isinstance(carrier, Books)
    again = await carrier.book(an_order(reference=placed.reference))
    assert isinstance(again, Booked)
    assert again.already
    assert await stand.stored() == [placed.reference]


@pytest.mark.parametrize("fault", BOOKING_FAULTS)
async def test_whatever_goes_wrong_there_is_one_order_in_the_end(
    stand: Stand, fault: FaultKind
) -> None:
    carrier, reference = stand.carrier, reference_of(stand)
    if not isinstance(carrier, Books):
        return
    stand.fails(Capability.BOOK, fault)
    try:
        outcome = await carrier.book(an_order(reference=reference))
    except CarrierUnavailable:
        assert await stand.stored() == []
        outcome = await carrier.book(an_order(reference=reference))
    if isinstance(outcome, Unknown) and isinstance(carrier, Finds):
        found = await carrier.find(reference)
        assert isinstance(found, Booked | NotThere)
        outcome = outcome if isinstance(found, NotThere) else found
    if isinstance(outcome, Unknown) and (carrier.repeatable or isinstance(carrier, Finds)):
        outcome = await carrier.book(an_order(reference=reference))
    if isinstance(outcome, Unknown):
        # It cannot be settled from here: it stays unknown, and nobody asks again.
        assert len(await stand.stored()) <= 1
        return
    assert isinstance(outcome, Booked)
    assert await stand.stored() == [reference]


async def test_an_order_that_is_not_there_is_not_found(stand: Stand) -> None:
    if not isinstance(stand.carrier, Finds):
        return skip_unless(stand, Capability.FIND)
    assert await stand.carrier.find(reference_of(stand)) == NotThere()
    placed = await a_booked(stand)
    assert placed is not None
    found = await stand.carrier.find(placed.reference)
    assert isinstance(found, Booked)
    assert found.carrier_number == placed.carrier_number
    return None


async def test_an_order_is_called_off_and_calling_it_off_again_is_no_harm(stand: Stand) -> None:
    placed = await a_booked(stand)
    if placed is None or not isinstance(stand.carrier, Cancels):
        return skip_unless(stand, Capability.CANCEL)
    first = await stand.carrier.cancel(placed)
    assert isinstance(first, Cancelled)
    assert await stand.stored() == []
    again = await stand.carrier.cancel(placed)
    assert isinstance(again, Cancelled | Refused)
    assert await stand.stored() == []
    return None


async def reports_of(stand: Stand, placed: Placed) -> list[CarrierScan]:
    """All that the carrier tells when it is asked."""
    carrier = stand.carrier
    if isinstance(carrier, Feeds):
        scans: list[CarrierScan] = []
        cursor, more = "", True
        while more:
            page = await carrier.page(cursor)
            scans += page.scans
            cursor, more = page.cursor, page.more
        return scans
    assert isinstance(carrier, Tracks)
    return list(await carrier.scans(placed))


async def test_what_happened_is_told_in_the_carriers_own_words(stand: Stand) -> None:
    carrier = stand.carrier
    if not isinstance(carrier, Feeds | Tracks):
        return
    placed = await a_booked(stand)
    if placed is None:
        placed = Placed(
            reference=REFERENCE, carrier_number="CH167101882VN", waybill="CH167101882VN"
        )
    told: dict[str, CarrierScan] = {}
    for hours, code in enumerate((stand.COLLECTED, stand.UNHEARD_OF, stand.DELIVERED)):
        await stand.happens(placed.reference, code, NOW + timedelta(hours=hours))
        # Some tell all that has happened, others only how it stands.
        told |= {one.raw_code: one for one in await reports_of(stand, placed)}
    assert {stand.COLLECTED, stand.UNHEARD_OF, stand.DELIVERED} <= set(told)
    delivered = told[stand.DELIVERED]
    assert delivered.occurred_at == NOW + timedelta(hours=2)
    assert placed.reference == delivered.reference or placed.waybill == delivered.waybill
    assert delivered.vocabulary


@pytest.mark.parametrize(
    "fault",
    [FaultKind.SERVER_ERROR, FaultKind.TOO_MANY, FaultKind.TRUNCATED, FaultKind.UNAUTHORIZED],
)
async def test_asking_what_happened_is_asked_again_where_that_helps(
    stand: Stand, fault: FaultKind
) -> None:
    carrier = stand.carrier
    if not isinstance(carrier, Feeds | Tracks) or stand.KIND == "memory":
        return
    placed = await a_booked(stand)
    if placed is None:
        return
    await stand.happens(placed.reference, stand.DELIVERED, NOW)
    capability = Capability.FEED if isinstance(carrier, Feeds) else Capability.TRACK
    stand.fails(capability, fault, retry_after="1")
    assert stand.DELIVERED in {one.raw_code for one in await reports_of(stand, placed)}


async def test_the_status_map_knows_its_words(stand: Stand) -> None:
    if stand.KIND == "memory":
        return
    statuses = load_statuses(STATUSES)
    vocabulary = str(getattr(stand.carrier, "VOCABULARY", ""))
    meaning = statuses.meaning(vocabulary, stand.DELIVERED)
    assert meaning is not None
    assert meaning[0] is Milestone.DELIVERED
    assert statuses.meaning(vocabulary, stand.UNHEARD_OF) is None


async def test_who_collects_money_says_what_is_told_of_it(stand: Stand) -> None:
    if not isinstance(stand.carrier, CollectsMoney):
        return skip_unless(stand, Capability.COD)
    assert stand.carrier.tells_of_money
    assert stand.carrier.tells_of_money <= frozenset(CodMove)
    return None


async def test_credentials_are_asked_about_without_an_accident(stand: Stand) -> None:
    if not isinstance(stand.carrier, Verifies):
        return skip_unless(stand, Capability.VERIFY)
    assert (await stand.carrier.verify()).well
    return None


async def test_a_callback_that_is_not_genuine_is_known_as_such(stand: Stand) -> None:
    carrier = stand.carrier
    if not isinstance(carrier, CallsBack):
        return skip_unless(stand, Capability.WEBHOOK)
    nonsense = Callback(headers={}, query={}, content_type="application/json", body=b"{}")
    assert not carrier.is_genuine(nonsense)
    assert carrier.answer(kept=True).status == 200
    return None


async def test_the_own_fleet_needs_no_wire() -> None:
    fleet = OwnFleet(
        "doi_xe", settings=CarrierSettings(kind="own_fleet"), wire=None, clock=a_clock()
    )
    booked = await fleet.book(an_order())
    assert booked.carrier_number == f"NB-{REFERENCE}"
    assert await fleet.find(REFERENCE) == Booked(carrier_number=f"NB-{REFERENCE}", already=True)
    placed = Placed(reference=REFERENCE, carrier_number=booked.carrier_number)
    assert await fleet.cancel(placed) == Cancelled()

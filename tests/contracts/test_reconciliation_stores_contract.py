"""What the store of nights and cases must do on every database."""

from datetime import date

import pytest
from sqlalchemy.exc import IntegrityError

from postal_bridge.journey import Status
from postal_bridge.reconciliation.ports import Nights, NightWork
from postal_bridge.reconciliation.records import DifferenceKind, Discrepancy, Night, NightState
from postal_bridge.storage.engine import Storage
from tests.stores import DOSSIER, HOUR, NOW, a_dossier

PORTS = ("reconciliation.ports.Nights", "reconciliation.ports.NightWork")
IMPLEMENTATIONS = ("sqlite", "postgresql")
DAY = date(2019, 1, 10)
CASE = Discrepancy(
    id="c1",
    kind=DifferenceKind.STATE,
    dossier_code=DOSSIER,
    ours="4 đang xử lý",
    theirs="9 đã xử lý xong",
    received_on=DAY,
    opened_on=DAY,
    last_seen_on=DAY,
)


@pytest.fixture(params=IMPLEMENTATIONS)
def engine_name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def a_night(day: date, **values: object) -> Night:
    night = Night(
        day=day,
        source="opencps",
        state=NightState.DONE,
        window_from=date(2018, 12, 1),
        started_at=NOW,
        finished_at=NOW + HOUR,
        ours=596,
        theirs=595,
        evidence=" ".join(["a" * 64] * 200),
    )
    return night.model_copy(update=values)


async def test_our_side_is_what_was_received_and_not_refused(storage: Storage) -> None:
    async with storage.begin() as work:
        for code, status, hours in (
            ("D2", Status.PROCESSING, 0),
            ("D1", Status.RECEIVED, 1),
            ("D3", Status.REFUSED, 1),
            ("D4", Status.RECEIVED, 2),
        ):
            received = {"received_at": NOW + hours * HOUR}
            dossier = a_dossier(code, status=status).model_copy(update=received)
            await work.dossiers.add(dossier, [])

        nights: Nights = work.nights
        ours = await nights.our_side(NOW, NOW + 2 * HOUR)
        assert [(one.code, one.status) for one in ours] == [("D1", 2), ("D2", 4)]
        assert ours[0].received_at == NOW + HOUR
        assert ours[0].promised_at == NOW + 8 * HOUR


async def test_a_case_is_written_renewed_and_closed(storage: Storage) -> None:
    closed = CASE.model_copy(update={"closed_on": date(2019, 1, 12), "owner": "hoa"})
    other = CASE.model_copy(update={"id": "c2", "kind": DifferenceKind.CHANNEL})
    async with storage.begin() as work:
        await work.nights.put_case(CASE)
        await work.nights.put_case(other)
        assert await work.nights.cases(open_only=True) == [other, CASE]
        await work.nights.put_case(closed)

    async with storage.begin() as work:
        found = await work.nights.case("c1")
        assert found == closed
        assert found is not None
        assert found.kind is DifferenceKind.STATE
        assert await work.nights.cases(open_only=True) == [other]
        assert await work.nights.cases(open_only=False) == [other, closed]
        assert await work.nights.case("unknown") is None


async def test_the_same_difference_is_one_case(storage: Storage) -> None:
    async with storage.begin() as work:
        await work.nights.put_case(CASE)
    with pytest.raises(IntegrityError):
        async with storage.begin() as work:
            await work.nights.put_case(CASE.model_copy(update={"id": "c2"}))


async def test_a_night_is_written_renewed_and_listed_newest_first(storage: Storage) -> None:
    failed = a_night(DAY, state=NightState.FAILED, error="một cửa trả về HTML")
    later = a_night(date(2019, 1, 11))
    async with storage.begin() as unit:
        work: NightWork = unit
        await work.nights.put_night(failed)
        assert await work.nights.night(DAY) == failed
        await work.nights.put_night(a_night(DAY))
        await work.nights.put_night(later)

        assert await work.nights.night(DAY) == a_night(DAY)
        assert await work.nights.night(date(2019, 1, 9)) is None
        assert await work.nights.nights(limit=5) == [later, a_night(DAY)]
        assert await work.nights.nights(limit=1) == [later]

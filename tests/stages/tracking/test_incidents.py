"""Incidents: opened once, closed with an explanation, and open as long as a paper is missing."""

from datetime import timedelta

import pytest

from postal_bridge.errors import Reason, Refusal
from postal_bridge.journey import Act, ItemKind, Stage
from postal_bridge.tracking.incidents import (
    close_incident,
    miss_again,
    open_incident,
    report_found,
    report_lost,
)
from postal_bridge.tracking.records import Incident, IncidentKind
from tests.stages.memory import CENTRE, DEPARTMENT, LAN, MemoryWork
from tests.stores import ITEM


@pytest.fixture(autouse=True)
async def _an_application(work: MemoryWork) -> None:
    await work.an_item_at(Stage.COUNTER, code=ITEM, kind=ItemKind.APPLICATION)


async def lost(work: MemoryWork, *, code: str = ITEM, place: str = CENTRE) -> Incident:
    incident = await report_lost(work.by(LAN), code=code, place=place, note=None)
    assert isinstance(incident, Incident)
    return incident


async def test_what_is_missed_twice_is_one_trouble(work: MemoryWork) -> None:
    first, second = await lost(work), await lost(work)
    assert first == second
    position = (await work.at(ITEM)).position
    assert position is not None
    assert (position.stage, position.custodian) == (Stage.MISSING, CENTRE)
    assert [event.act for event in work.custody.events] == [Act.RECEIVE, Act.MISS]


async def test_what_is_found_and_lost_again_is_another_trouble(work: MemoryWork) -> None:
    """Also where a replayed clock stands still."""
    first = await lost(work)
    closed = await report_found(work.by(LAN), code=ITEM, place=CENTRE, note=None)
    work.now -= timedelta(minutes=2)
    second = await lost(work)

    assert not isinstance(closed, Refusal)
    assert [one.id for one in closed] == [first.id]
    assert closed[0].explanation == "Đã tìm thấy."
    assert second.id != first.id
    assert second.closed_at is None


async def test_a_paper_that_nobody_knows_may_be_found(work: MemoryWork) -> None:
    found = await report_found(work.by(LAN), code="GIAY-LA", place=CENTRE, note="dưới bàn")
    assert not isinstance(found, Refusal)
    assert [(one.kind, one.code) for one in found] == [(IncidentKind.FOUND, "GIAY-LA")]


async def test_an_incident_stays_open_while_the_paper_is_missing(work: MemoryWork) -> None:
    incident = await lost(work)
    early = await close_incident(work.by(LAN), incident_id=incident.id, explanation="đếm lại")
    assert isinstance(early, Refusal)
    assert early.reason is Reason.ACT_NOT_POSSIBLE

    await work.does(LAN, ITEM, Act.LOAD)
    closed = await close_incident(work.by(LAN), incident_id=incident.id, explanation="đếm lại")
    again = await close_incident(work.by(LAN), incident_id=incident.id, explanation="đếm lại")
    assert isinstance(closed, Incident)
    assert (closed.closed_by, closed.explanation) == ("lan", "đếm lại")
    assert isinstance(again, Refusal)
    assert again.reason is Reason.INCIDENT_CLOSED


async def test_a_corrected_scan_leaves_no_missing_paper_without_an_incident(
    work: MemoryWork,
) -> None:
    incident = await lost(work)
    correction = work.identifiers.new(work.now)
    position = (await work.at(ITEM)).position
    assert position is not None
    assert await miss_again(work.by(LAN), position, correction=correction) == incident

    incident.closed_at = work.now
    await work.incidents.put(incident)
    reopened = await miss_again(work.by(LAN), position, correction=correction)
    assert reopened is not None
    assert (reopened.kind, reopened.closed_at) == (IncidentKind.LOST, None)

    position.stage = Stage.TRANSFER
    assert await miss_again(work.by(LAN), position, correction=correction) is None


async def test_what_cannot_be_reported_is_refused(work: MemoryWork) -> None:
    by = work.by
    for refused, reason in (
        (await report_lost(by(LAN), code="?", place=CENTRE, note=None), Reason.ITEM_UNKNOWN),
        (await report_lost(by(LAN), code=ITEM, place=DEPARTMENT, note=None), Reason.OTHER_PLACE),
        (await report_found(by(LAN), code=ITEM, place=CENTRE, note=None), Reason.ACT_NOT_POSSIBLE),
        (await close_incident(by(LAN), incident_id="?", explanation="x"), Reason.INCIDENT_UNKNOWN),
    ):
        assert isinstance(refused, Refusal)
        assert refused.reason is reason
    await work.does(LAN, ITEM, Act.TAKE_UP)
    await work.does(LAN, ITEM, Act.RETAIN)
    kept = await report_lost(work.by(LAN), code=ITEM, place=CENTRE, note=None)
    assert isinstance(kept, Refusal)
    assert kept.reason is Reason.ITEM_CLOSED


async def test_the_same_trouble_of_the_same_minutes_opens_once(work: MemoryWork) -> None:
    for _ in range(2):
        await open_incident(work.by(LAN), IncidentKind.SHORT, ITEM, place=CENTRE, handover="BG-1")
    assert len(work.incidents.kept) == 1

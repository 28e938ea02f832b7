"""The last step: cases and remedies, and a report that is kept and sent once for what it says."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from postal_bridge.journey import Act, Stage
from postal_bridge.reconciliation.records import EntryKind, Night
from postal_bridge.reconciliation.remedies import RemedyPolicy
from postal_bridge.reconciliation.settling import REPORT_TOPIC
from tests.stages.reconciliation.nights import EVENING, K, Sides, two_sides
from tests.stages.reconciliation.two_sides import DAY, number
from tests.stages.reconciliation.under_way import UnderWay

FOLLOW = RemedyPolicy(follow_return_mode=True)


@pytest.fixture
async def sides(database_url: str, tmp_path: Path) -> AsyncIterator[Sides]:
    async with two_sides(database_url, tmp_path) as both:
        yield both


async def letters(sides: Sides) -> list[str]:
    async with sides.storage.begin() as work:
        now = sides.clock.now() + timedelta(days=400)
        waiting = await work.outbox.claim(
            topics=[REPORT_TOPIC], owner="t", now=now, until=now, limit=50
        )
    return [message.key for message in waiting]


async def history(sides: Sides) -> list[tuple[EntryKind, str]]:
    (case,) = await sides.cases()
    async with sides.storage.begin(write=False) as work:
        return [(one.kind, one.author) for one in await work.nights.entries(case.id)]


async def test_a_night_leaves_one_report_and_one_letter(sides: Sides) -> None:
    await sides.ours(1)
    night = await sides.night()
    assert night.report is not None
    assert await letters(sides) == [f"{REPORT_TOPIC}:2019-01-10:{night.report}"]


async def test_a_night_that_finds_the_same_again_keeps_its_report_and_sends_nothing(
    sides: Sides,
) -> None:
    await sides.ours(1)
    first = await sides.night()
    sides.clock.advance_to(EVENING + timedelta(minutes=10))
    second = await sides.night()
    assert second.report == first.report
    assert len(await letters(sides)) == 1


async def test_a_night_that_finds_something_else_has_another_report(sides: Sides) -> None:
    await sides.ours(1)
    first = await sides.night()
    sides.theirs(1)
    second = await sides.night()
    assert second.report != first.report
    assert len(await letters(sides)) == 2
    assert (second.closed, second.open_cases) == (1, 0)


async def test_a_report_that_the_vault_has_lost_is_written_again(sides: Sides) -> None:
    await sides.ours(1)
    first = await sides.night()
    lost = await sides.night()
    assert lost.report == first.report
    async with sides.storage.begin() as work:
        night = await work.nights.night(DAY)
        assert night is not None
        await work.nights.put_night(night.model_copy(update={"report": "0" * 64}))
    again = await sides.night()
    assert again.report not in {None, "0" * 64}


async def mended_night(sides: Sides) -> Night:
    way = UnderWay(sides.storage, identifiers=sides.identifiers)
    await way.bring_to(Stage.COUNTER, status=4)
    sides.theirs(1, viaPostal=2)
    return await sides.night(remedies=FOLLOW)


async def test_what_the_night_mends_opens_and_closes_its_case_with_history_and_event(
    sides: Sides,
) -> None:
    night = await mended_night(sides)
    (case,) = await sides.cases()
    assert (case.kind, case.dossier_code) == (K.RETURN_MODE, number(1))
    assert (case.closed_on, night.remedied, night.open_cases) == (DAY, 1, 0)
    assert case.remedy.startswith("Theo hệ thống một cửa, hình thức trả")
    async with sides.storage.begin(write=False) as work:
        events = [event for _, event in await work.custody.dossier_events(number(1))]
    assert (events[-1].act, events[-1].note) == (Act.AMEND, case.remedy)
    assert (EntryKind.REMEDIED, "night") in await history(sides)

    again = await sides.night(DAY + timedelta(days=1), remedies=FOLLOW)
    assert (again.found, again.remedied) == (0, 0)
    async with sides.storage.begin(write=False) as work:
        assert len(await work.custody.dossier_events(number(1))) == len(events)


async def test_a_night_of_an_earlier_date_mends_a_case_no_earlier_than_it_was_seen(
    sides: Sides,
) -> None:
    way = UnderWay(sides.storage, identifiers=sides.identifiers)
    await way.bring_to(Stage.COUNTER, status=4)
    sides.theirs(1, viaPostal=2)
    evening = DAY + timedelta(days=3)
    await sides.night(evening)
    assert isinstance(await sides.any_night(DAY, remedies=FOLLOW), Night)
    (case,) = await sides.cases()
    assert (case.opened_on, case.closed_on, case.age_days(evening)) == (evening, evening, 0)


async def test_a_case_has_its_history_written_by_the_night(sides: Sides) -> None:
    await sides.both(1)
    sides.theirs(1, fromViaPostal=1)
    await sides.night()
    sides.theirs(1, fromViaPostal=0)
    await sides.night(DAY + timedelta(days=1))
    sides.theirs(1, fromViaPostal=1)
    await sides.night(DAY + timedelta(days=2))
    assert await history(sides) == [
        (EntryKind.OPENED, "night"),
        (EntryKind.CLOSED, "night"),
        (EntryKind.REOPENED, "night"),
    ]

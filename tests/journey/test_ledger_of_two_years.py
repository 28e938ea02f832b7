"""Old months have gone to the archive: they are told, recognised and verified as ever.

Where the database keeps the ledger in one table nothing is moved, and the story is the same.
"""

from datetime import date

import pytest

from postal_bridge.commands.doctor import examine
from postal_bridge.storage.months import LedgerMonths
from tests.journey.house import Town
from tests.journey.people import Person
from tests.journey.province import COUNTER, JUSTICE, Json

ARCHIVED = date(2020, 12, 1)


class TwoYears:
    """What was scanned in January 2019, and is archived in February 2021."""

    def __init__(self, town: Town) -> None:
        self.town = town
        self.months = LedgerMonths(town.house.storage)
        self.item = ""
        self.sent: list[Json] = []

    @property
    def courier(self) -> Person:
        return self.town.courier

    async def go_by(self) -> None:
        await self.months.ensure(now=self.town.now())
        self.item = f"{await self.town.clerk.receives()}/H1"
        papers = [self.item, f"{await self.town.clerk.receives()}/H1"]
        pouch = await self.town.clerk.bags(*papers, to=JUSTICE)
        self.sent.append(await self.courier.at(COUNTER).scans("load", pouch))
        self.sent.append(await self.courier.at(JUSTICE).scans("arrive", pouch))
        await self.town.seals_day(date(2019, 1, 10))
        for day in ("20/06/2019", "06/02/2020", "04/02/2021"):
            self.town.wait_until(f"{day} 08:00")
            self.town.tick()
            await self.months.ensure(now=self.town.now())
            loose = f"{await self.town.clerk.receives()}/H1"
            self.sent.append(await self.courier.at(COUNTER).scans("load", loose))
        await self.town.seals_day(date(2021, 2, 4))
        await self.months.archive(before=ARCHIVED)


@pytest.fixture
async def years(town: Town) -> TwoYears:
    made = TwoYears(town)
    await made.go_by()
    return made


def is_divided(years: TwoYears) -> bool:
    return not years.town.house.storage.is_sqlite


async def test_the_archive_holds_what_is_old(years: TwoYears) -> None:
    listed = await years.months.listed()
    archived = {one.first for one in listed if one.archived and one.rows}
    live = {one.first for one in listed if not one.archived and one.rows}
    if is_divided(years):
        assert archived == {date(2019, 1, 1), date(2019, 6, 1), date(2020, 2, 1)}
        assert live == {date(2021, 2, 1)}
    assert await years.town.findings() == set()


async def test_an_archived_way_is_told_and_goes_on(years: TwoYears) -> None:
    acts = ["receive", "pack", "seal", "load", "arrive"]
    trace = await years.courier.trace(years.item)
    assert [step["event"]["act"] for step in trace["steps"]] == acts
    pouch = trace["position"]["holder_code"]
    arrived = await years.courier.at(JUSTICE).scans("load", pouch)
    trace = await years.courier.trace(years.item)
    assert [step["event"]["act"] for step in trace["steps"]] == [*acts, "load"]
    assert trace["steps"][-1]["event"]["event_id"] == arrived["scan_id"]
    assert await years.town.findings() == set()


async def test_an_archived_scan_sent_again_is_a_duplicate(years: TwoYears) -> None:
    before = await years.town.rows("SELECT count(*) FROM custody_ledger")
    outcome = await years.courier.uploads(*years.sent)
    assert (outcome["accepted"], outcome["duplicates"]) == (0, len(years.sent))
    other = {**years.sent[0], "act": "arrive"}
    outcome = await years.courier.uploads(other)
    assert [one["reason"] for one in outcome["refused"]] == ["scan-id-reused"]
    assert await years.town.rows("SELECT count(*) FROM custody_ledger") == before


async def test_an_archived_scan_is_corrected(years: TwoYears) -> None:
    wrong = years.sent[3]
    correction = await years.town.supervisor.scans(
        "correct", wrong["code"], corrects=wrong["scan_id"], note="Quét nhầm"
    )
    trace = await years.courier.trace(wrong["code"])
    assert trace["position"]["stage"] == "counter"
    assert correction["scan_id"] != wrong["scan_id"]
    assert await years.town.findings() == set()


async def test_the_doctor_says_when_the_next_month_is_not_made(years: TwoYears) -> None:
    years.town.wait_until("01/10/2033 08:00")
    years.town.tick()
    for well in (not is_divided(years), True):
        checks = {check.name: check for check in await examine(years.town.house)}
        said = checks["sổ theo tháng / ledger months"]
        assert said.well is well
        assert well or ("10/2033, 11/2033" in said.detail and "postal-bridge migrate" in said.mend)
        await years.months.ensure(now=years.town.now())


@pytest.mark.parametrize(
    ("change", "finding"),
    [
        ("UPDATE {} SET place = 'BDT' WHERE item_code = :item AND seq = 4", "edited"),
        ("DELETE FROM {} WHERE item_code = :item AND seq = 4", "removed"),
        ("DELETE FROM {} WHERE item_code = :item AND seq = 5", "removed"),
    ],
)
async def test_who_changes_an_archived_row_is_found(
    years: TwoYears, change: str, finding: str
) -> None:
    table = "custody_archive" if is_divided(years) else "custody_event"
    assert await years.town.tampers(change.format(table), item=years.item) == 1
    found = await years.town.findings()
    assert finding in {what for what, where in found if where.startswith(years.item)}
    assert (("root", "2019-01-10") in found) is (finding == "removed")


async def test_whoever_takes_an_archived_month_away_is_found(years: TwoYears) -> None:
    if is_divided(years):
        await years.town.tampers("DROP TABLE custody_archive_2019_01")
    else:
        await years.town.tampers("DELETE FROM custody_event WHERE recorded_at < '2019-02-01'")
    found = await years.town.findings()
    assert ("root", "2019-01-10") in found
    assert ("removed", f"{years.item} #1") in found

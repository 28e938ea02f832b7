"""The report says what the night found: figures, departments, ages, cases, and nothing else."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from postal_bridge.reconciliation.reporting import ALL_TOGETHER
from tests.stages.reconciliation.nights import (
    EVENING,
    Sides,
    plant_one_of_every_class,
    two_sides,
)
from tests.stages.reconciliation.two_sides import AGENCY, DAY, number


@pytest.fixture
async def sides(database_url: str, tmp_path: Path) -> AsyncIterator[Sides]:
    async with two_sides(database_url, tmp_path) as both:
        yield both


async def test_the_figures_of_night_and_report_are_the_same(sides: Sides) -> None:
    planted = await plant_one_of_every_class(sides)
    night = await sides.night()
    report = await sides.report(night)
    for name in ("ours", "theirs", "found", "opened", "closed", "open_cases", "remedied"):
        assert getattr(report, name) == getattr(night, name), name
    assert report.found == len(planted) == len(report.cases)
    assert {(case.kind, case.dossier_code) for case in report.cases} == planted
    assert (report.ledger_root, report.written_at) == (night.ledger_root, EVENING)
    assert report.evidence == night.evidence.split()
    assert report.province == ("H37", "Lạng Sơn")


async def test_departments_are_counted_on_both_sides_and_summed_up(sides: Sides) -> None:
    await plant_one_of_every_class(sides)
    report = await sides.report(await sides.night())
    lines = {line.agency: line for line in report.departments}
    assert [line.agency for line in report.departments][-1] == ""
    assert (lines[AGENCY].name, lines[""].name) == ("Sở Ngoại vụ", ALL_TOGETHER)
    assert lines[""].received_here == report.ours
    assert lines[""].differences == report.found
    unknown = lines["000.00.09.H37"]
    assert (unknown.name, unknown.received_here, unknown.received_there) == (
        "000.00.09.H37",
        0,
        1,
    )
    others = [line for line in report.departments if line.agency]
    assert sum(line.received_there for line in others) == lines[""].received_there


async def test_open_cases_are_told_by_age_and_closed_ones_once(sides: Sides) -> None:
    await sides.both(1)
    await sides.ours(2)
    sides.theirs(1, fromViaPostal=1)
    await sides.night()
    sides.theirs(1, fromViaPostal=0)
    later = DAY + timedelta(days=5)
    report = await sides.report(await sides.night(later))
    assert {band.name: band.cases for band in report.ages}["4–7 ngày"] == 1
    assert [(case.dossier_code, case.state, case.age_days) for case in report.cases] == [
        (number(1), "closed", 5),
        (number(2), "open", 5),
    ]
    report = await sides.report(await sides.night(later + timedelta(days=1)))
    assert [case.dossier_code for case in report.cases] == [number(2)]

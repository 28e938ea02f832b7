"""The department's officer sits in the centre and decides there: nothing is carried."""

from postal_bridge.journey import Status
from tests.journey.house import Town
from tests.journey.province import JUSTICE_DESK, RETURN_DESK


async def test_a_dossier_is_decided_at_the_departments_desk_in_the_centre(town: Town) -> None:
    code = await town.clerk.receives()
    papers = f"{code}/H1"
    await town.clerk.digitises(code)
    officer = town.justice.at(JUSTICE_DESK)
    await officer.scans("take_up", papers)
    assert await officer.where(papers) == ("department", JUSTICE_DESK, JUSTICE_DESK)
    assert (await officer.dossier(code))["status"] == Status.PROCESSING

    result = await officer.issues(code)
    assert await officer.where(papers) == ("retained", JUSTICE_DESK, JUSTICE_DESK)
    await town.desk.scans("hand_back", result)
    assert await town.desk.where(result) == ("desk", RETURN_DESK, RETURN_DESK)
    assert (await town.desk.dossier(code))["status"] == Status.RESOLVED
    await town.desk.returns(code)
    assert (await town.desk.dossier(code))["status"] == Status.RETURNED
    assert await town.findings() == set()


async def test_nothing_decided_on_the_spot_counts_as_carried(town: Town) -> None:
    code = await town.clerk.receives()
    await town.justice.at(JUSTICE_DESK).scans("take_up", f"{code}/H1")
    await town.desk.scans("hand_back", await town.justice.issues(code))
    table = await town.supervisor.table("2019-01-10", "2019-01-10")
    assert (table["carried_out"], table["carried_back"], table["outstanding"]) == (0, 0, 0)
    assert table["total"]["resolved"] == 1


async def test_only_the_department_takes_up(town: Town) -> None:
    code = await town.clerk.receives()
    outcome = await town.clerk.uploads(town.clerk.scan("take_up", f"{code}/H1"))
    (refused,) = outcome["refused"]
    assert refused["reason"] == "role-not-allowed"
    assert "cán bộ sở, ngành" in refused["detail"]
    assert await town.clerk.where(f"{code}/H1") == ("counter", "HCC-TN", "HCC-TN")

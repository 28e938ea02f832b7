"""Filed in law when the agency signs for the papers (Decision 45/2016/QĐ-TTg), not before."""

from tests.journey.house import Town
from tests.journey.province import JUSTICE, JUSTICE_DESK, moment, read


async def test_the_filing_time_is_the_acceptance_and_the_clerks_scan_is_kept_beside_it(
    town: Town,
) -> None:
    town.wait_until("10/01/2019 16:30")
    code = await town.clerk.receives(channel=3)
    item = f"{code}/H1"
    pouch = await town.clerk.bags(item, to=JUSTICE)
    await town.handover(town.clerk, town.courier, pouch, count=1)
    number = await town.courier.at(JUSTICE).offers(pouch, to=JUSTICE)
    assert "filed_at" not in await town.clerk.dossier(code)
    town.wait_until("11/01/2019 07:45")
    await town.justice.accepts(number, 1)

    case = await town.clerk.dossier(code)
    assert read(case["received_at"]) == moment("10/01/2019 16:30")
    assert read(case["filed_at"]) == moment("11/01/2019 07:45")
    # What was promised to the citizen at the counter is not moved by it.
    assert read(case["promised_at"]) == moment("17/01/2019 16:30")

    town.wait_until("14/01/2019 08:00")
    await town.justice.asks_supplement(code)
    more = (await town.clerk.brings_supplement(code))["item"]["code"]
    await town.carries(more, giver=town.clerk, receiver=town.justice)
    assert read((await town.clerk.dossier(code))["filed_at"]) == moment("11/01/2019 07:45")


async def test_papers_taken_up_in_the_centre_are_filed_when_the_officer_takes_them(
    town: Town,
) -> None:
    code = await town.clerk.receives()
    taken = await town.justice.at(JUSTICE_DESK).scans("take_up", f"{code}/H1")
    assert read((await town.clerk.dossier(code))["filed_at"]) == read(taken["at"])

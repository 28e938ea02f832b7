"""On time to the minute: the result is at the desk no later than promised, or it is late."""

import pytest

from tests.journey.house import Town
from tests.journey.province import BUILDING_PERMIT, moment, read


@pytest.mark.parametrize(
    ("counted_at", "on_time"), [("17/01/2019 08:00", 1), ("17/01/2019 08:01", 0)]
)
async def test_the_minute_of_the_acceptance_at_the_desk_decides(
    town: Town, counted_at: str, *, on_time: int
) -> None:
    town.wait_until("10/01/2019 08:00")
    code = await town.at_department()
    assert read((await town.clerk.dossier(code))["promised_at"]) == moment("17/01/2019 08:00")
    town.wait_until("16/01/2019 15:00")
    result = await town.justice.issues(code)
    pouch = await town.justice.bags(result, to=town.desk.place)
    await town.handover(town.justice, town.courier, pouch, count=1)
    number = await town.courier.at(town.desk.place).offers(pouch, to=town.desk.place)
    town.wait_until(counted_at)
    await town.desk.accepts(number, 1)

    assert read((await town.desk.dossier(code))["resolved_at"]) == moment(counted_at)
    table = await town.supervisor.table("2019-01-10", "2019-01-17")
    assert (table["total"]["resolved"], table["total"]["on_time"]) == (1, on_time)
    assert "không muộn hơn" in table["on_time_rule"]


async def test_after_three_in_the_afternoon_the_limit_of_some_procedures_begins_the_next_day(
    town: Town,
) -> None:
    promised = []
    for shown in ("11/01/2019 15:00", "11/01/2019 15:01"):
        town.wait_until(shown)
        code = await town.clerk.receives(BUILDING_PERMIT)
        promised.append(read((await town.clerk.dossier(code))["promised_at"]))
    # Three working days: from Friday at three, and from Monday when the doors open.
    assert promised == [moment("16/01/2019 15:00"), moment("16/01/2019 17:30")]
    town.wait_until("11/01/2019 15:02")
    code = await town.clerk.receives()
    assert read((await town.clerk.dossier(code))["promised_at"]) == moment("18/01/2019 15:02")

"""A paper is missing: it is asked for, the limit stands still, it is brought, the limit goes on."""

from postal_bridge.journey import Status
from tests.journey.house import Town
from tests.journey.province import JUSTICE, RETURN_DESK, moment, read


async def test_the_limit_stands_still_over_tet_and_goes_on_where_it_stood(town: Town) -> None:
    town.wait_until("24/01/2019 08:00")
    code = await town.clerk.receives()
    await town.carries(f"{code}/H1", giver=town.clerk, receiver=town.justice)
    case = await town.clerk.dossier(code)
    # Five working days of eight hours, begun half an hour after the doors opened.
    assert read(case["promised_at"]) == moment("31/01/2019 08:00")

    town.wait_until("29/01/2019 10:00")
    asked = await town.justice.asks_supplement(code)
    slip = asked["item"]["code"]
    case = await town.clerk.dossier(code)
    assert case["status"] == Status.SUPPLEMENT
    assert read(case["paused_at"]) == moment("29/01/2019 10:00")
    assert read(case["supplements"][0]["promised_before"]) == moment("31/01/2019 08:00")

    await town.carries(slip, giver=town.justice, receiver=town.desk)
    # Offices are closed from Saturday 02/02 to Sunday 10/02: Tết of the year of the pig.
    town.wait_until("11/02/2019 10:00")
    brought = await town.clerk.brings_supplement(code)
    # Left on 29/01 at ten: 1.5 + 4 hours that day, 8 on the 30th, half an hour on the 31st. From
    # ten o'clock on 11/02 these end at eight on 13/02.
    assert read(brought["promised_at"]) == moment("13/02/2019 08:00")
    case = await town.clerk.dossier(code)
    assert case["status"] == Status.PROCESSING
    assert "paused_at" not in case
    assert await town.clerk.where(slip) == ("returned", "HCC-TN", "citizen")

    more = brought["item"]["code"]
    await town.carries(more, giver=town.clerk, receiver=town.justice)
    assert await town.justice.where(more) == ("department", JUSTICE, JUSTICE)
    town.wait_until("13/02/2019 07:31")
    result = await town.justice.issues(code)
    assert await town.justice.where(more) == ("retained", JUSTICE, JUSTICE)
    await town.carries(result, giver=town.justice, receiver=town.desk)
    table = await town.supervisor.table("2019-01-24", "2019-02-13")
    assert (table["total"]["resolved"], table["total"]["on_time"]) == (1, 1)
    assert await town.findings() == set()


async def test_a_slip_on_the_desk_does_not_tell_the_citizen_that_the_result_is_there(
    town: Town,
) -> None:
    code = await town.at_department()
    asked = await town.justice.asks_supplement(code)
    await town.carries(asked["item"]["code"], giver=town.justice, receiver=town.desk)
    await town.clerk.brings_supplement(code)
    told = await town.rows("SELECT payload FROM outbox WHERE topic = 'notice' ORDER BY id")
    notices = [str(payload).partition('"notice"')[2].split('"')[1] for (payload,) in told]
    assert notices == ["dossier-received", "supplement-wanted"]


async def test_a_slip_that_is_still_on_its_way_stays_open(town: Town) -> None:
    code = await town.at_department()
    slip = (await town.justice.asks_supplement(code))["item"]["code"]
    await town.clerk.brings_supplement(code)
    assert await town.justice.where(slip) == ("issued", JUSTICE, JUSTICE)
    await town.carries(slip, giver=town.justice, receiver=town.desk)
    assert await town.desk.where(slip) == ("desk", RETURN_DESK, RETURN_DESK)


async def test_papers_are_asked_for_one_request_at_a_time(town: Town) -> None:
    code = await town.at_department()
    await town.justice.asks_supplement(code)
    said = {"reason": "Thiếu ảnh", "papers": "Ảnh 4x6", "place": JUSTICE}
    again = await town.justice.asks("POST", f"/dossiers/{code}/supplements", said)
    assert "số 1" in again.refuses(409, "supplement-open")
    await town.clerk.brings_supplement(code)
    second = await town.justice.asks_supplement(code)
    assert (second["supplement"]["number"], second["item"]["code"]) == (2, f"{code}/P2")


async def test_nothing_is_brought_that_nobody_asked_for(town: Town) -> None:
    code = await town.at_department()
    said = {"place": "HCC-TN", "pages": 1}
    answer = await town.clerk.asks("POST", f"/dossiers/{code}/supplements/answer", said)
    answer.refuses(409, "supplement-not-open")


async def test_while_papers_are_awaited_no_result_is_issued(town: Town) -> None:
    code = await town.at_department()
    await town.justice.asks_supplement(code)
    answer = await town.justice.asks("POST", f"/dossiers/{code}/results", {"place": JUSTICE})
    assert "yêu cầu bổ sung giấy tờ" in answer.refuses(409, "dossier-wrong-status")

"""More papers are counted than were given: each is taken, and somebody explains it."""

from tests.journey.house import Town
from tests.journey.province import COUNTER, JUSTICE


async def test_a_known_paper_that_nobody_gave_is_taken_and_explained(town: Town) -> None:
    given, forgotten = [f"{await town.clerk.receives()}/H1" for _ in range(2)]
    pouch = await town.clerk.bags(given, to=JUSTICE)
    await town.handover(town.clerk, town.courier, pouch, count=1)
    number = await town.courier.at(JUSTICE).offers(pouch, to=JUSTICE)
    assert await town.clerk.where(forgotten) == ("counter", COUNTER, COUNTER)
    minutes = await town.justice.accepts(
        number, 2, items=[given, forgotten], confirm_difference=True
    )
    assert (minutes["given_count"], minutes["accepted_count"]) == (1, 2)
    assert [line["item_code"] for line in minutes["lines"]] == [given]
    assert await town.justice.where(forgotten) == ("department", JUSTICE, JUSTICE)
    (incident,) = await town.supervisor.incidents()
    assert (incident["kind"], incident["code"]) == ("surplus", forgotten)
    case = await town.justice.dossier(forgotten.partition("/")[0])
    assert case["filed_at"] == minutes["accepted_at"]

    why = "Nhân viên quầy quên quét khi xếp túi"
    closing = f"/incidents/{incident['id']}/closing"
    closed = await town.supervisor.posts(closing, {"explanation": why})
    assert (closed["explanation"], closed["closed_by"]) == (why, town.supervisor.username)
    again = await town.supervisor.asks("POST", closing, {"explanation": "Lần nữa"})
    again.refuses(409, "incident-closed")
    assert await town.findings() == set()


async def test_a_paper_that_nobody_knows_is_written_down_as_it_reads(town: Town) -> None:
    given = f"{await town.clerk.receives()}/H1"
    pouch = await town.clerk.bags(given, to=JUSTICE)
    await town.handover(town.clerk, town.courier, pouch, count=1)
    number = await town.courier.at(JUSTICE).offers(pouch, to=JUSTICE)
    stray = "Đơn viết tay, không mã"
    await town.justice.accepts(number, 2, items=[given, stray], confirm_difference=True)
    (incident,) = await town.supervisor.incidents()
    assert (incident["kind"], incident["code"], incident["handover"]) == ("surplus", stray, number)
    assert await town.rows("SELECT count(*) FROM item") == [(1,)]
    assert await town.findings() == set()

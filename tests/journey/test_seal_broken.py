"""The seal is broken: the papers are counted all the same, and the pouch has its incident."""

from tests.journey.house import Town
from tests.journey.province import COUNTER, JUSTICE


async def test_a_broken_seal_is_an_incident_of_the_pouch_and_nothing_is_missing(town: Town) -> None:
    item = f"{await town.clerk.receives()}/H1"
    pouch = await town.clerk.bags(item, to=JUSTICE)
    await town.handover(town.clerk, town.courier, pouch, count=1)
    number = await town.courier.at(JUSTICE).offers(pouch, to=JUSTICE)
    minutes = await town.justice.accepts(number, 1, seals_intact=False, note="Niêm phong rách")
    assert (minutes["seals_intact"], minutes["note"]) == (False, "Niêm phong rách")
    (incident,) = await town.supervisor.incidents()
    assert (incident["kind"], incident["code"], incident["handover"]) == (
        "seal_broken", pouch, number,
    )  # fmt: skip
    assert await town.justice.where(item) == ("department", JUSTICE, JUSTICE)
    said = {"explanation": "Rách do mưa, đủ giấy tờ"}
    await town.supervisor.posts(f"/incidents/{incident['id']}/closing", said)
    assert await town.supervisor.incidents() == []


async def test_a_pouch_that_is_opened_on_the_way_needs_a_reason_and_is_used_no_more(
    town: Town,
) -> None:
    item = f"{await town.clerk.receives()}/H1"
    pouch = await town.clerk.bags(item, to=JUSTICE)
    opening = f"/pouches/{pouch}/open"
    silent = await town.clerk.asks("POST", opening, {"place": COUNTER, "note": ""})
    silent.refuses(422, "invalid-field")
    opened = await town.clerk.posts(opening, {"place": COUNTER, "note": "Xếp nhầm sở"})
    assert (opened["state"], opened["items"]) == ("opened", [item])
    assert await town.clerk.where(item) == ("digitised", COUNTER, COUNTER)
    again = await town.clerk.asks("POST", opening, {"place": COUNTER, "note": "Lần nữa"})
    again.refuses(409, "pouch-opened")
    seal = {"seal": town.next_seal()}
    sealed = await town.clerk.asks("POST", f"/pouches/{pouch}/seal", seal)
    sealed.refuses(409, "pouch-opened")
    late = await town.courier.at(COUNTER).uploads(town.courier.scan("load", pouch))
    assert [one["reason"] for one in late["refused"]] == ["pouch-opened"]
    trace = await town.clerk.trace(item)
    assert trace["steps"][-1]["event"]["note"] == "Xếp nhầm sở"


async def test_while_minutes_wait_for_a_signature_the_pouch_stays_closed(town: Town) -> None:
    item = f"{await town.clerk.receives()}/H1"
    pouch = await town.clerk.bags(item, to=JUSTICE)
    number = await town.clerk.offers(pouch, to=town.courier)
    said = {"place": COUNTER, "note": "Muốn xem lại"}
    answer = await town.clerk.asks("POST", f"/pouches/{pouch}/open", said)
    assert number in answer.refuses(409, "handover-pending")

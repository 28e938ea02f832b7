"""The courier does not come: the clerk takes the offer back, and another courier carries."""

from tests.journey.house import Town
from tests.journey.province import JUSTICE


async def test_papers_of_a_withdrawn_offer_are_free_again(town: Town) -> None:
    item = f"{await town.clerk.receives()}/H1"
    pouch = await town.clerk.bags(item, to=JUSTICE)
    number = await town.clerk.offers(pouch, to=town.courier, count=1)
    again = {"place": town.clerk.place, "receiver": town.courier.username, "pouches": [pouch]}
    (await town.clerk.asks("POST", "/handovers", again)).refuses(409, "handover-pending")

    path = f"/handovers/{number}/withdrawal"
    why = {"note": "Bưu tá không đến"}
    (await town.justice.asks("POST", path, why)).refuses(403, "not-the-giver")
    assert (await town.clerk.posts(path, why))["state"] == "withdrawn"

    accepting = {"count": 1}
    answer = await town.courier.asks("POST", f"/handovers/{number}/acceptance", accepting)
    answer.refuses(409, "handover-withdrawn")
    (await town.clerk.asks("POST", path, why)).refuses(409, "handover-withdrawn")
    await town.handover(town.clerk, town.courier, pouch, count=1)
    assert await town.courier.where(item) == ("transfer", town.clerk.place, pouch)
    assert await town.findings() == set()


async def test_accepted_minutes_are_withdrawn_by_nobody(town: Town) -> None:
    item = f"{await town.clerk.receives()}/H1"
    pouch = await town.clerk.bags(item, to=JUSTICE)
    number = await town.clerk.offers(pouch, to=town.courier, count=1)
    await town.courier.accepts(number, 1)
    answer = await town.clerk.asks("POST", f"/handovers/{number}/withdrawal", {"note": "nhầm"})
    answer.refuses(409, "handover-closed")

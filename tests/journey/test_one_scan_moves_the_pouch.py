"""A sealed pouch is scanned once and everything in it moves; nothing in it moves alone."""

from tests.journey.house import Town
from tests.journey.province import COUNTER, JUSTICE


async def test_one_scan_of_the_pouch_moves_all_that_is_in_it(town: Town) -> None:
    items = [f"{await town.clerk.receives()}/H1" for _ in range(3)]
    pouch = await town.clerk.bags(*items, to=JUSTICE)
    courier = town.courier
    loaded = await courier.at(COUNTER).scans("load", pouch)
    arrived = await courier.at(JUSTICE).scans("arrive", pouch)
    for item in items:
        trace = await courier.trace(item)
        position = trace["position"]
        assert (position["stage"], position["place"]) == ("transfer", JUSTICE)
        assert (position["holder_code"], position["custodian"]) == (pouch, courier.username)
        made = [step["event"] for step in trace["steps"]][-2:]
        assert [event["event_id"] for event in made] == [loaded["scan_id"], arrived["scan_id"]]
    again = await courier.uploads(loaded, arrived)
    assert (again["accepted"], again["duplicates"]) == (0, 2)
    assert await town.rows("SELECT count(*) FROM custody_event WHERE act = 'arrive'") == [(3,)]
    assert await town.findings() == set()


async def test_a_paper_in_a_sealed_pouch_is_not_scanned_by_itself(town: Town) -> None:
    item = f"{await town.clerk.receives()}/H1"
    pouch = await town.clerk.bags(item, to=JUSTICE)
    outcome = await town.courier.at(COUNTER).uploads(town.courier.scan("load", item))
    (refused,) = outcome["refused"]
    assert (refused["reason"], refused["holder"]) == ("item-in-pouch", pouch)
    assert await town.courier.where(item) == ("pouch", COUNTER, pouch)
    offer = {"place": COUNTER, "receiver": town.courier.username, "items": [item]}
    (await town.clerk.asks("POST", "/handovers", offer)).refuses(409, "item-in-pouch")


async def test_the_manifest_is_what_was_sealed_whatever_happens_later(town: Town) -> None:
    items = [f"{await town.clerk.receives()}/H1" for _ in range(2)]
    pouch = await town.clerk.bags(*items, to=JUSTICE)
    sealed = await town.clerk.reads(f"/pouches/{pouch}")
    await town.handover(town.clerk, town.courier, pouch, count=2)
    await town.delivery(town.courier, town.justice, pouch, count=2)
    opened = await town.clerk.reads(f"/pouches/{pouch}")
    assert (sealed["state"], opened["state"]) == ("sealed", "opened")
    assert sealed["items"] == opened["items"] == items
    assert sealed["manifest_hash"] == opened["manifest_hash"]


async def test_a_seal_is_used_once(town: Town) -> None:
    first, second = [
        await town.clerk.packs(f"{await town.clerk.receives()}/H1", to=JUSTICE) for _ in range(2)
    ]
    seal = {"seal": town.next_seal()}
    await town.clerk.posts(f"/pouches/{first}/seal", seal)
    again = await town.clerk.asks("POST", f"/pouches/{second}/seal", seal)
    assert first in again.refuses(409, "seal-used")

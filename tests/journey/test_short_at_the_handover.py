"""Two papers are carried, one is counted: both counts stay, somebody answers for the difference."""

from postal_bridge.journey import Status
from tests.journey.house import Town
from tests.journey.province import COUNTER, JUSTICE, RETURN_DESK


async def two_papers_in_a_pouch(town: Town) -> tuple[str, str, str]:
    """Given to the courier, who stands at the department with the minutes offered."""
    items = [f"{await town.clerk.receives()}/H1" for _ in range(2)]
    pouch = await town.clerk.bags(*items, to=JUSTICE)
    await town.handover(town.clerk, town.courier, pouch, count=2)
    number = await town.courier.at(JUSTICE).offers(pouch, to=JUSTICE, count=2)
    return items[0], items[1], number


async def test_nothing_happens_until_the_receiver_has_named_what_is_there(town: Town) -> None:
    here, _, number = await two_papers_in_a_pouch(town)
    before = await town.dump(without=["refused_request", "sign_in"])
    path = f"/handovers/{number}/acceptance"
    for said, status, slug in (
        ({"count": 1}, 409, "count-differs"),
        ({"count": 1, "items": [here]}, 409, "count-differs"),
        ({"count": 2, "items": [here], "confirm_difference": True}, 422, "count-contradicts-codes"),
    ):
        (await town.justice.asks("POST", path, said)).refuses(status, slug)
    assert await town.dump(without=["refused_request", "sign_in"]) == before


async def test_the_short_paper_stays_with_the_courier_until_it_is_found(town: Town) -> None:
    here, missing, number = await two_papers_in_a_pouch(town)
    minutes = await town.justice.accepts(number, 1, items=[here], confirm_difference=True)
    assert (minutes["given_count"], minutes["accepted_count"]) == (2, 1)
    assert {line["item_code"]: line["outcome"] for line in minutes["lines"]} == {
        here: "present",
        missing: "short",
    }
    courier = town.courier
    assert await courier.where(here) == ("department", JUSTICE, JUSTICE)
    assert await courier.where(missing) == ("missing", JUSTICE, courier.username)
    (incident,) = await town.supervisor.incidents()
    assert (incident["kind"], incident["code"], incident["handover"]) == ("short", missing, number)
    outstanding = (await town.officer.reads("/transfers/outstanding"))["transfers"]
    assert {one["item_code"]: one["holder_name"] for one in outstanding}[missing] == courier.name

    closing = f"/incidents/{incident['id']}/closing"
    too_early = await town.supervisor.asks("POST", closing, {"explanation": "Không quan trọng"})
    too_early.refuses(409, "act-not-possible")

    (closed,) = await courier.at("BDT").reports("found", missing, note="Rơi dưới đáy thùng xe")
    assert closed["explanation"] == "Rơi dưới đáy thùng xe"
    assert await courier.where(missing) == ("digitised", "BDT", "BDT")
    assert await town.supervisor.incidents() == []
    await courier.scans("load", missing)
    await town.delivery(courier, town.justice, missing, count=1)
    assert await courier.where(missing) == ("department", JUSTICE, JUSTICE)
    case = await town.justice.dossier(missing.partition("/")[0])
    assert case["status"] == Status.PROCESSING
    minutes = await town.justice.reads(f"/handovers/{number}")
    assert (minutes["given_count"], minutes["accepted_count"]) == (2, 1)
    assert await town.findings() == set()


async def test_a_result_that_was_short_and_is_found_still_reaches_the_citizen(town: Town) -> None:
    code = await town.at_department()
    result = await town.justice.issues(code)
    pouch = await town.justice.bags(result, to=RETURN_DESK)
    await town.handover(town.justice, town.courier, pouch, count=1)
    number = await town.courier.at(RETURN_DESK).offers(pouch, to=RETURN_DESK)
    await town.desk.accepts(number, 0, items=[], confirm_difference=True)
    assert (await town.desk.dossier(code))["status"] == Status.PROCESSING
    await town.desk.reports("found", result)
    await town.desk.scans("hand_back", result)
    assert (await town.desk.dossier(code))["status"] == Status.RESOLVED
    await town.desk.returns(code)
    assert (await town.desk.dossier(code))["status"] == Status.RETURNED
    assert await town.findings() == set()


async def test_what_turns_up_with_the_next_pouch_is_taken_as_surplus(town: Town) -> None:
    here, missing, number = await two_papers_in_a_pouch(town)
    await town.justice.accepts(number, 1, items=[here], confirm_difference=True)
    third = f"{await town.clerk.receives()}/H1"
    pouch = await town.clerk.bags(third, to=JUSTICE)
    await town.handover(town.clerk, town.courier, pouch, count=1)
    next_number = await town.courier.at(JUSTICE).offers(pouch, to=JUSTICE)
    await town.justice.accepts(next_number, 2, items=[third, missing], confirm_difference=True)
    assert await town.justice.where(missing) == ("department", JUSTICE, JUSTICE)
    kinds = {incident["kind"]: incident for incident in await town.supervisor.incidents()}
    assert set(kinds) == {"short", "surplus"}
    for incident in kinds.values():
        said = {"explanation": "Kẹp nhầm vào hồ sơ khác, đã đủ"}
        await town.supervisor.posts(f"/incidents/{incident['id']}/closing", said)
    assert await town.supervisor.incidents() == []
    assert await town.findings() == set()


async def test_a_surplus_paper_in_the_hand_lies_in_no_sealed_pouch_any_more(town: Town) -> None:
    """Else half of a pouch would travel, and the rest of it could be offered by nobody."""
    first, stray, third = [f"{await town.clerk.receives()}/H1" for _ in range(3)]
    pouch = await town.clerk.bags(first, to=JUSTICE)
    other = await town.clerk.bags(stray, third, to=JUSTICE)
    number = await town.clerk.offers(pouch, to=town.courier)
    await town.courier.accepts(number, 2, items=[first, stray], confirm_difference=True)
    courier = town.courier
    assert await courier.where(stray) == ("transfer", COUNTER, courier.username)
    assert await courier.where(third) == ("pouch", COUNTER, other)

    await town.handover(town.clerk, courier, other, count=1)
    courier.at(JUSTICE)
    number = await courier.offers(pouch, other, stray, to=JUSTICE)
    await town.justice.accepts(number, 3)
    for item in (first, stray, third):
        assert await courier.where(item) == ("department", JUSTICE, JUSTICE)
    assert await town.findings() == set()

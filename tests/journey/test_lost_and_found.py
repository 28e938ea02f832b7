"""A paper cannot be found; it is reported, it stays somebody's, and it turns up again."""

from postal_bridge.journey import Status
from tests.journey.house import Town
from tests.journey.province import COUNTER, JUSTICE, JUSTICE_DESK, RETURN_DESK


async def test_a_lost_paper_stays_with_who_had_it_last_until_it_is_found(town: Town) -> None:
    code = await town.clerk.receives()
    item = f"{code}/H1"
    (lost,) = await town.clerk.reports("lost", item, note="Không thấy trong khay")
    assert await town.clerk.where(item) == ("missing", COUNTER, COUNTER)
    (again,) = await town.officer.at(COUNTER).reports("lost", item)
    assert again["id"] == lost["id"]
    packing = {"origin": COUNTER, "destination": JUSTICE, "items": [item]}
    (await town.clerk.asks("POST", "/pouches", packing)).refuses(409, "act-not-possible")
    offer = {"place": COUNTER, "receiver": town.courier.username, "items": [item]}
    (await town.clerk.asks("POST", "/handovers", offer)).refuses(409, "act-not-possible")

    (found,) = await town.clerk.reports("found", item, note="Kẹp trong hồ sơ khác")
    assert (found["id"], found["explanation"]) == (lost["id"], "Kẹp trong hồ sơ khác")
    assert await town.clerk.where(item) == ("digitised", COUNTER, COUNTER)
    await town.carries(item, giver=town.clerk, receiver=town.justice)
    trace = await town.justice.trace(item)
    assert [step["event"]["act"] for step in trace["steps"]][:3] == ["receive", "miss", "find"]
    assert [incident["kind"] for incident in trace["incidents"]] in ([], ["lost"])
    assert await town.findings() == set()


async def test_a_paper_lost_out_of_a_sealed_pouch_leaves_the_others_in_it(town: Town) -> None:
    kept, lost = [f"{await town.clerk.receives()}/H1" for _ in range(2)]
    pouch = await town.clerk.bags(kept, lost, to=JUSTICE)
    await town.handover(town.clerk, town.courier, pouch, count=2)
    await town.courier.at(COUNTER).reports("lost", lost, note="Túi bị rách")
    assert await town.courier.where(lost) == ("missing", COUNTER, town.courier.username)
    assert await town.courier.where(kept) == ("transfer", COUNTER, pouch)
    await town.delivery(town.courier, town.justice, pouch, count=1)
    assert await town.justice.where(kept) == ("department", JUSTICE, JUSTICE)
    await town.justice.reports("found", lost)
    await town.justice.scans("take_up", lost)
    case = await town.justice.dossier(lost.partition("/")[0])
    assert case["status"] == Status.PROCESSING
    assert await town.findings() == set()


async def test_a_lost_result_found_in_the_departments_drawer_is_not_called_resolved(
    town: Town,
) -> None:
    code = await town.clerk.receives()
    await town.justice.at(JUSTICE_DESK).scans("take_up", f"{code}/H1")
    result = await town.justice.issues(code)
    await town.justice.reports("lost", result)
    await town.justice.at(JUSTICE).reports("found", result)
    assert await town.justice.where(result) == ("issued", JUSTICE, JUSTICE)
    assert (await town.justice.dossier(code))["status"] == Status.PROCESSING
    await town.carries(result, giver=town.justice, receiver=town.desk)
    assert (await town.desk.dossier(code))["status"] == Status.RESOLVED


async def test_a_paper_that_nobody_misses_turns_up(town: Town) -> None:
    (stray,) = await town.desk.reports("found", "Giấy khai sinh không mã", note="Trên ghế chờ")
    assert (stray["kind"], stray["place"]) == ("found", RETURN_DESK)
    assert [one["id"] for one in await town.supervisor.incidents()] == [stray["id"]]


async def test_lost_and_found_are_reported_from_where_one_works(town: Town) -> None:
    item = f"{await town.clerk.receives()}/H1"
    await town.clerk.reports("lost", item)
    before = await town.dump(without=["refused_request", "sign_in"])
    for kind, place, status, slug in (
        ("lost", JUSTICE, 403, "other-place"),
        ("found", JUSTICE, 403, "other-place"),
        ("stolen", COUNTER, 422, "invalid-field"),
    ):
        said = {"kind": kind, "code": item, "place": place}
        (await town.clerk.asks("POST", "/incidents", said)).refuses(status, slug)
    nowhere = {"kind": "found", "code": item, "place": "KHONG-CO"}
    (await town.supervisor.asks("POST", "/incidents", nowhere)).refuses(422, "place-unknown")
    assert await town.dump(without=["refused_request", "sign_in"]) == before


async def test_a_paper_that_is_with_the_citizen_cannot_be_lost(town: Town) -> None:
    code, result = await town.at_return_desk()
    await town.desk.returns(code)
    said = {"kind": "lost", "code": result, "place": RETURN_DESK}
    (await town.desk.asks("POST", "/incidents", said)).refuses(409, "item-closed")

"""Refused scans in a supervisor's hands: listed, looked at, explained, applied again, dismissed."""

import asyncio
from datetime import timedelta

from postal_bridge.identity import Role
from postal_bridge.inbound import Staff
from tests.journey.house import Town
from tests.journey.people import Person
from tests.journey.province import COUNTER, JUSTICE, MINUTE, POST_OFFICE, Json

CODE = "000.00.06.H37-190110-0777"


async def waiting(town: Town, **params: str) -> list[Json]:
    return list((await town.supervisor.reads("/scans/refused", **params))["scans"])


async def decides(town: Town, scan: Json, what: str, **body: str) -> Json:
    """What the supervisor does about a refused scan; it must be done."""
    return await town.supervisor.posts(f"/scans/refused/{scan['scan_id']}/{what}", body)


async def looked_at(town: Town, scan: Json, by: Person | None = None) -> list[Json]:
    found = await (by or town.supervisor).reads(f"/scans/refused/{scan['scan_id']}")
    return list(found["scans"])


async def moved_to(town: Town, person: Person, *places: str) -> None:
    """Assign somebody to other places."""
    async with town.house.storage.begin() as work:
        staff = await work.inbound.staff(person.username)
        assert staff is not None
        await work.inbound.save_staff(Staff(**{**staff.model_dump(), "places": " ".join(places)}))


async def test_an_item_that_is_registered_after_it_was_scanned(town: Town) -> None:
    """A courier takes papers along in the morning; the counter types them in at noon."""
    courier = town.courier.at(COUNTER)
    scan = courier.scan("load", f"{CODE}/H1", geo={"latitude": 21.85, "longitude": 106.76})
    (refused,) = (await courier.uploads(scan))["refused"]
    assert refused["reason"] == "item-unknown"

    (kept,) = await waiting(town)
    assert (kept["scan_id"], kept["state"], kept["code"]) == (
        scan["scan_id"],
        "waiting",
        f"{CODE}/H1",
    )
    assert (kept["actor_name"], kept["latitude"]) == ("Vi Văn Tuấn", 21.85)
    assert kept["detail"] == refused["detail"]
    assert "áp dụng lại" in kept["advice"]
    assert "holder_code" not in kept
    (known,) = await looked_at(town, scan)
    assert (known["if_reapplied"]["taken"], known["steps"]) == (False, [])
    before = await town.dump(without=["sign_in"])
    path = f"/scans/refused/{scan['scan_id']}/reapplication"
    answer = await town.supervisor.asks("POST", path, {"note": "thử"}, language="en")
    assert "There is no item" in answer.refuses(409, "refused-scan-stays")
    apart = ["sign_in", "refused_scan_step", "refused_request"]
    assert await town.dump(without=apart) == {
        name: rows for name, rows in before.items() if name not in apart
    }

    await town.clerk.receives(code=CODE)
    loaded_at = town.now() + MINUTE
    later = courier.scan("load", f"{CODE}/H1", at=loaded_at)
    town.tick()
    assert (await courier.uploads(later))["accepted"] == 1
    (known,) = await looked_at(town, scan)
    assert known["if_reapplied"] == {"taken": True}
    assert known["holder_code"] == "tuan"
    assert known["item"]["stage"] == "transfer"

    became = await decides(town, scan, "reapplication", note="nhập sau")
    assert (became["state"], became["settled_by"]) == ("reapplied", "sang")
    steps = (await looked_at(town, scan))[0]["steps"]
    assert [(one["step"], one.get("text")) for one in steps] == [
        ("refused_again", "thử"),
        ("reapplied", "nhập sau"),
    ]
    assert "không có bưu gửi" in steps[0]["detail"].lower()
    events = [step["event"] for step in (await courier.trace(f"{CODE}/H1"))["steps"]]
    (mine,) = [event for event in events if event["event_id"] == scan["scan_id"]]
    assert (mine["actor"], mine["latitude"]) == ("tuan", 21.85)
    assert await waiting(town) == []
    assert (await courier.uploads(scan))["duplicates"] == 1
    assert await town.findings() == set()


async def test_asking_what_would_be_said_does_nothing(town: Town) -> None:
    item = f"{await town.clerk.receives()}/H1"
    colleague = town.colleague.at(COUNTER)
    scan = colleague.scan("load", item)
    await colleague.uploads(scan)
    await moved_to(town, colleague, COUNTER)
    await looked_at(town, scan)
    before = await town.dump()
    (known,) = await looked_at(town, scan)
    assert known["if_reapplied"]["taken"] is True
    assert await town.dump() == before


async def test_somebody_who_was_not_assigned_yet(town: Town) -> None:
    """The custody is the courier's who scanned, at the moment of the scan; not the supervisor's."""
    item = f"{await town.clerk.receives()}/H1"
    colleague = town.colleague.at(COUNTER)
    scan = colleague.scan("load", item)
    await colleague.uploads(scan)
    (kept,) = await waiting(town, reason="other-place", actor="minh", place=COUNTER)
    assert (kept["holder_code"], kept["place_name"]) == (COUNTER, "Quầy tiếp nhận")
    path = f"/scans/refused/{scan['scan_id']}/reapplication"
    (await town.supervisor.asks("POST", path, {})).refuses(409, "refused-scan-stays")

    await moved_to(town, colleague, POST_OFFICE, COUNTER)
    await decides(town, scan, "reapplication")
    assert await colleague.where(item) == ("transfer", COUNTER, "minh")
    event = (await colleague.trace(item))["steps"][-1]["event"]
    assert (event["actor"], event["occurred_at"][:16]) == ("minh", kept["occurred_at"][:16])


async def test_an_id_that_was_used_for_something_else_is_never_taken(town: Town) -> None:
    item = f"{await town.clerk.receives()}/H1"
    courier = town.courier.at(COUNTER)
    loaded = await courier.scans("load", item)
    await courier.uploads({**loaded, "act": "arrive"}, {**loaded, "place": JUSTICE})
    contents = await looked_at(town, loaded)
    assert [one["reason"] for one in contents] == ["scan-id-reused"] * 2
    assert "Không thể áp dụng lại" in contents[0]["advice"]

    path = f"/scans/refused/{loaded['scan_id']}"
    unnamed = await town.supervisor.asks("POST", f"{path}/dismissal", {"explanation": "máy lỗi"})
    assert contents[0]["fingerprint"] in unnamed.refuses(422, "invalid-field")
    mark = {"fingerprint": contents[0]["fingerprint"]}
    again = await town.supervisor.asks("POST", f"{path}/reapplication", mark)
    assert "nội dung khác" in again.refuses(409, "refused-scan-stays")
    await decides(town, loaded, "dismissal", explanation="máy lỗi", **mark)
    assert [one["fingerprint"] for one in await waiting(town)] == [contents[1]["fingerprint"]]
    assert (await courier.uploads(loaded))["duplicates"] == 1
    assert len((await courier.trace(item))["steps"]) == 2


async def test_a_dismissal_is_explained_and_holds(town: Town) -> None:
    courier = town.courier.at(COUNTER)
    scan = courier.scan("load", f"{CODE}/H1")
    first = await courier.uploads(scan)
    path = f"/scans/refused/{scan['scan_id']}"
    bare = await town.supervisor.asks("POST", f"{path}/dismissal", {})
    bare.refuses(422, "invalid-field")
    await decides(town, scan, "explanation", text="đang hỏi bưu tá")
    (kept,) = await waiting(town)
    assert (kept["explanation"], kept["explained_by"]) == ("đang hỏi bưu tá", "sang")

    await decides(town, scan, "dismissal", explanation="đọc nhầm mã vạch cũ")
    assert await waiting(town) == []
    (settled,) = await waiting(town, state="settled")
    assert (settled["state"], settled["explanation"]) == ("dismissed", "đọc nhầm mã vạch cũ")
    assert (await courier.uploads(scan))["refused"] == first["refused"]
    assert await waiting(town) == []
    twice = await town.supervisor.asks("POST", f"{path}/dismissal", {"explanation": "lần nữa"})
    assert "đã bị bác bỏ" in twice.refuses(409, "refused-scan-stays")
    repeat = {"explanation": "vẫn vậy", "fingerprint": "0" * 16}
    (await town.supervisor.asks("POST", f"{path}/dismissal", repeat)).refuses(
        404, "refused-scan-unknown"
    )


async def test_a_dismissal_that_was_a_mistake(town: Town) -> None:
    courier = town.courier.at(COUNTER)
    scan = courier.scan("load", f"{CODE}/H1", at=town.now() + 3 * MINUTE)
    town.tick()
    await courier.uploads(scan)
    await decides(town, scan, "dismissal", explanation="tưởng đọc nhầm")
    await town.clerk.receives(code=CODE)
    became = await decides(town, scan, "reapplication", note="bưu tá nói đúng")
    assert became["state"] == "reapplied"
    (known,) = await looked_at(town, scan)
    assert [one["step"] for one in known["steps"]] == ["dismissed", "reapplied"]
    assert "if_reapplied" not in known
    repeated = await decides(town, scan, "reapplication")
    assert repeated["settled_at"] == became["settled_at"]


async def test_what_was_dismissed_comes_again_and_fits_by_then(town: Town) -> None:
    """A dismissal settles what waits; it forbids no handheld to tell what happened."""
    courier = town.courier.at(COUNTER)
    scan = courier.scan("load", f"{CODE}/H1", at=town.now() + 3 * MINUTE)
    town.tick()
    await courier.uploads(scan)
    await decides(town, scan, "dismissal", explanation="tưởng đọc nhầm")
    assert (await looked_at(town, scan))[0]["in_ledger"] is False
    await town.clerk.receives(code=CODE)
    assert (await courier.uploads(scan))["accepted"] == 1
    (known,) = await looked_at(town, scan)
    assert (known["state"], known["in_ledger"]) == ("dismissed", True)
    assert "if_reapplied" not in known
    assert (await decides(town, scan, "reapplication"))["state"] == "taken"
    assert len((await courier.trace(f"{CODE}/H1"))["steps"]) == 2


async def test_a_clerk_without_network_whose_item_was_sealed_meanwhile(town: Town) -> None:
    """Packed at noon without a network; by then a colleague had sealed it into another pouch."""
    item = f"{await town.clerk.receives()}/H1"
    other = f"{await town.clerk.receives()}/H1"
    await town.clerk.digitises(item.partition("/")[0])
    mine = await town.clerk.packs(other, to=JUSTICE)
    town.wait_until("10/01/2019 11:00")
    town.tick()
    theirs = await town.clerk.bags(item, to=JUSTICE)
    offline = town.clerk.scan("pack", item, pouch=mine, at=town.now() + timedelta(minutes=1))
    town.wait_until("10/01/2019 14:00")
    town.tick()
    (refused,) = (await town.clerk.uploads(offline))["refused"]
    assert refused["reason"] == "item-in-pouch"
    (known,) = await looked_at(town, offline)
    assert (known["holder_code"], known["pouch_now"]["code"]) == (theirs, mine)
    assert known["if_reapplied"]["reason"] == "item-in-pouch"
    assert theirs in known["detail"]

    await town.clerk.posts(f"/pouches/{theirs}/open", {"place": COUNTER, "note": "xếp nhầm túi"})
    became = await decides(town, offline, "reapplication")
    assert became["state"] == "reapplied"


async def test_who_may_read_and_who_may_act(town: Town) -> None:
    courier = town.courier.at(COUNTER)
    scan = courier.scan("load", f"{CODE}/H1")
    await courier.uploads(scan)
    path = f"/scans/refused/{scan['scan_id']}"
    assert len(await looked_at(town, scan, by=town.officer)) == 1
    acts: dict[str, Json] = {
        "explanation": {"text": "của tôi"},
        "reapplication": {},
        "dismissal": {"explanation": "của tôi"},
    }
    for act, body in acts.items():
        for person in (town.officer, town.clerk, town.courier):
            assert person.role is not Role.SUPERVISOR
            answer = await person.asks("POST", f"{path}/{act}", body)
            answer.refuses(403, "role-not-allowed")
        (await town.supervisor.asks("POST", f"{path}/{act}", body, key=None)).refuses(
            400, "idempotency-key-missing"
        )
    (await town.clerk.asks("GET", path)).refuses(403, "role-not-allowed")
    for unknown in ("khong-co", "0197f3c0-0000-7000-8000-000000000002"):
        answer = await town.supervisor.asks("GET", f"/scans/refused/{unknown}")
        answer.refuses(404, "refused-scan-unknown")


async def test_a_long_list_is_read_in_pages(town: Town) -> None:
    courier = town.courier.at(COUNTER)
    scans = [courier.scan("load", f"{CODE}/H{number}") for number in range(1, 8)]
    await courier.uploads(*scans)
    seen: list[str] = []
    params = {"limit": "3", "state": "all", "device": "HH-tuan"}
    while True:
        page = await town.supervisor.reads("/scans/refused", **params)
        seen += [scan["scan_id"] for scan in page["scans"]]
        if "next" not in page:
            break
        params["after"] = page["next"]
    assert sorted(seen) == sorted(scan["scan_id"] for scan in scans)
    bad = await town.supervisor.asks("GET", "/scans/refused", params={"after": "x"})
    bad.refuses(422, "invalid-field")


async def test_two_supervisors_and_the_handheld_at_the_same_moment(town: Town) -> None:
    """However they interleave, the scan is in the ledger once and nobody waits forever."""
    courier = town.courier.at(COUNTER)
    dossiers = [CODE[:-1] + str(number) for number in range(3)]
    at = town.now() + 10 * MINUTE
    scans = [courier.scan("load", f"{code}/H1", at=at) for code in dossiers]
    await courier.uploads(*scans)
    for code in dossiers:
        await town.clerk.receives(code=code)
    town.wait_until("10/01/2019 08:30")
    town.tick()
    await courier.signs_in()
    await town.supervisor.signs_in()

    async def decided(scan: Json) -> None:
        path = f"/scans/refused/{scan['scan_id']}/reapplication"
        answer = await town.supervisor.asks("POST", path, {})
        assert answer.status == 201, answer.body

    async with asyncio.TaskGroup() as tasks:
        for scan in scans:
            tasks.create_task(decided(scan))
            tasks.create_task(courier.uploads(*scans))
            tasks.create_task(decided(scan))
    assert await waiting(town) == []
    for code in dossiers:
        assert len((await courier.trace(f"{code}/H1"))["steps"]) == 2
    assert await town.findings() == set()

"""Collections at home: asked for, planned, driven; a door that stays shut is tried again."""

from typing import Any

from tests.journey.house import Town
from tests.journey.people import Person
from tests.journey.province import POST_OFFICE, Json

THURSDAY, FRIDAY, MONDAY = "2019-01-10", "2019-01-11", "2019-01-14"
HOMES = (
    ("Nông Thị Hoa", "số 5 đường Trần Đăng Ninh, phường Tam Thanh, tỉnh Lạng Sơn"),
    ("Hoàng Văn Bảo", "12/5 p. Đông Kinh, tỉnh Lạng Sơn"),
    ("Lý Thị Mai", "phường Lương Văn Tri, tỉnh Lạng Sơn"),
    ("Vi Văn Long", "xã Cao Lộc, huyện Cao Lộc, Lạng Sơn"),
)


async def asks_for(person: Person, home: tuple[str, str], **other: Any) -> Json:
    name, address = home
    body: Json = {
        "office": POST_OFFICE,
        "day": THURSDAY,
        "half": "afternoon",
        "name": name,
        "phone": "0912000123",
        "address": address,
        "items": 2,
        **other,
    }
    return await person.posts("/pickups", body)


async def planned(town: Town, *, day: str = THURSDAY) -> Json:
    body = {"office": POST_OFFICE, "date": day}
    return await town.supervisor.posts("/rounds", body)


async def collected(town: Town, stop: Json, **other: Any) -> Json:
    driver = town.courier if stop["courier"] == "tuan" else town.colleague
    return await driver.posts(f"/pickups/{stop['number']}/outcome", other)


async def stops_of(town: Town, plan: Json) -> list[Json]:
    found = []
    for one in plan["rounds"]:
        shown = await town.supervisor.reads(f"/rounds/{one['number']}")
        found += [
            {**stop, "round": one["number"], "courier": one["courier"]} for stop in shown["stops"]
        ]
    return found


async def test_an_afternoon_of_collections(town: Town) -> None:
    asked = [await asks_for(town.clerk, home) for home in HOMES]
    assert [one["request"]["state"] for one in asked] == ["confirmed"] * 4
    plan = await planned(town)
    stops = await stops_of(town, plan)
    assert sorted(stop["number"] for stop in stops) == sorted(
        one["request"]["number"] for one in asked
    )
    assert plan["plans"][0]["unserved"] == []
    for stop in stops:
        assert stop["opens_at"] <= stop["arrive_at"] <= stop["closes_at"]

    town.wait_until("10/01/2019 13:30")
    for stop in stops[:-1]:
        done = await collected(town, stop, counted=2)
        assert done["request"]["state"] == "done"
    missed = await collected(town, stops[-1], reason="nobody_home", note="gọi không nghe máy")
    assert missed["request"]["state"] == "confirmed"
    assert missed["request"]["day"] == FRIDAY
    assert missed["request"]["attempts"] == 1

    for one in plan["rounds"]:
        driver = town.courier if one["courier"] == "tuan" else town.colleague
        mine = [stop for stop in stops[:-1] if stop["round"] == one["number"]]
        closed = await driver.posts(
            f"/rounds/{one['number']}/closing", {"counted": 2 * len(mine), "metres_driven": 21_000}
        )
        assert closed["round"]["state"] == "closed"
        assert closed["round"]["expected"] == closed["round"]["counted"] == 2 * len(mine)
        assert closed["round"]["signed_by"] == one["courier"]

    again = await planned(town, day=FRIDAY)
    second = await stops_of(town, again)
    assert [stop["number"] for stop in second] == [stops[-1]["number"]]
    town.wait_until("11/01/2019 14:00")
    failed = await collected(town, second[0], reason="nobody_home")
    assert failed["request"]["state"] == "failed"
    assert [step["deed"] for step in failed["history"]] == [
        "asked", "planned", "tried", "planned", "failed",
    ]  # fmt: skip


async def test_a_count_that_differs_is_explained(town: Town) -> None:
    await asks_for(town.clerk, HOMES[0])
    plan = await planned(town)
    (stop,) = await stops_of(town, plan)
    number, driver = stop["round"], town.courier if stop["courier"] == "tuan" else town.colleague
    early = await driver.asks("POST", f"/rounds/{number}/closing", {"counted": 0})
    assert "1 điểm" in early.refuses(409, "stops-open")
    town.wait_until("10/01/2019 14:00")
    await collected(town, stop, counted=2, codes=["A1", "A2"])
    silent = await driver.asks("POST", f"/rounds/{number}/closing", {"counted": 1})
    silent.refuses(422, "words-missing")
    said = {"counted": 1, "remark": "một bì thư rơi trên đường"}
    closed = await driver.posts(f"/rounds/{number}/closing", said)
    assert (closed["round"]["expected"], closed["round"]["counted"]) == (2, 1)
    late = await driver.asks("POST", f"/rounds/{number}/closing", {"counted": 1})
    late.refuses(409, "round-state")


async def test_who_calls_off_is_in_no_round(town: Town) -> None:
    first = await asks_for(town.clerk, HOMES[0])
    second = await asks_for(town.clerk, HOMES[1])
    await planned(town)
    gone = first["request"]["number"]
    called = await town.clerk.posts(f"/pickups/{gone}/cancel", {"reason": "đi vắng"})
    assert called["request"]["state"] == "cancelled"
    stops = await stops_of(town, await town.supervisor.reads("/rounds", date=THURSDAY))
    assert [stop["number"] for stop in stops] == [second["request"]["number"]]
    answer = await town.courier.asks("POST", f"/pickups/{gone}/outcome", {"counted": 1})
    answer.refuses(409, "pickup-state")
    stops = await stops_of(town, await planned(town))
    assert [stop["number"] for stop in stops] == [second["request"]["number"]]


async def test_a_doubtful_address_waits_for_a_person_whose_word_counts_from_then_on(
    town: Town,
) -> None:
    home = ("Lương Thị Sen", "thôn Nà Pàn, gần chợ")
    asked = await asks_for(town.clerk, home)
    number = asked["request"]["number"]
    assert asked["request"]["state"] == "asked"
    assert asked["request"]["address"] == home[1]
    doubtful = await town.clerk.reads("/pickups", doubtful="true")
    assert [one["number"] for one in doubtful["pickups"]] == [number]
    assert doubtful["pickups"][0]["phone"] != "0912000123"
    assert (await planned(town))["rounds"] == []
    wrong = await town.clerk.asks("POST", f"/pickups/{number}/place", {"ward_code": "99999"})
    wrong.refuses(422, "ward-unknown")
    said = {"ward_code": "05986", "latitude": 21.8801, "longitude": 106.7402}
    settled = await town.clerk.posts(f"/pickups/{number}/place", said)
    assert settled["request"]["state"] == "confirmed"
    assert settled["request"]["latitude"] == 21.8801
    assert len((await planned(town))["rounds"]) == 1
    again = await asks_for(town.clerk, ("Người khác", "Thon Na Pan, gan cho"))
    assert again["request"]["state"] == "confirmed"
    assert again["request"]["ward_code"] == "05986"


async def test_a_half_day_that_is_full_names_the_next_one(town: Town) -> None:
    limit = {"office": POST_OFFICE, "day": THURSDAY, "half": "afternoon", "capacity": 1}
    await town.supervisor.posts("/pickups/slots", limit)
    first = await asks_for(town.clerk, HOMES[0])
    body = {
        "office": POST_OFFICE, "day": THURSDAY, "half": "afternoon", "name": "Vi Thị Thu",
        "phone": "0912000124", "address": HOMES[1][1],
    }  # fmt: skip
    answer = await town.clerk.asks("POST", "/pickups", body)
    assert "buổi sáng 11/01/2019" in answer.refuses(409, "slot-full")
    moved = await town.clerk.asks(
        "PATCH", f"/pickups/{first['request']['number']}", {"day": FRIDAY, "half": "morning"}
    )
    assert moved.body["request"]["day"] == FRIDAY
    assert (await town.clerk.posts("/pickups", body))["request"]["state"] == "confirmed"
    past = await town.clerk.asks("POST", "/pickups", {**body, "day": "2019-01-12"})
    past.refuses(422, "pickup-day")


async def test_a_courier_sees_his_own_rounds_only(town: Town) -> None:
    await asks_for(town.clerk, HOMES[0])
    plan = await planned(town)
    number, courier = plan["rounds"][0]["number"], plan["rounds"][0]["courier"]
    other = town.colleague if courier == "tuan" else town.courier
    (await other.asks("GET", f"/rounds/{number}")).refuses(404, "round-unknown")
    assert (await other.reads("/rounds", date=THURSDAY))["rounds"] == []
    for way in ("departure", "closing"):
        body = {"counted": 0} if way == "closing" else None
        answer = await other.asks("POST", f"/rounds/{number}/{way}", body)
        answer.refuses(404, "round-unknown")


async def test_a_round_on_paper_in_a_calendar_and_on_a_map(town: Town) -> None:
    await asks_for(town.clerk, HOMES[0], note="gọi trước")
    number = (await planned(town))["rounds"][0]["number"]
    kinds = {
        "pdf": ("application/pdf", b"%PDF-"),
        "ics": ("text/calendar", b"BEGIN:VCALENDAR\r\n"),
        "geojson": ("application/geo+json", b'{"type": "FeatureCollection"'),
    }
    for ending, (media_type, begins) in kinds.items():
        answer = await town.supervisor.asks("GET", f"/rounds/{number}.{ending}")
        assert answer.media_type == media_type
        assert answer.content.startswith(begins)
        gone = await town.supervisor.asks("GET", f"/rounds/TX-0.{ending}")
        gone.refuses(404, "round-unknown")
    found = await town.rows(f"SELECT purpose FROM look WHERE subject='{number}'")
    looks = {purpose for (purpose,) in found}
    assert looks >= {"round-sheet", "round-calendar", "round-map"}


async def test_requests_and_their_looks_by_number(town: Town) -> None:
    asked = await asks_for(town.clerk, HOMES[0])
    number = asked["request"]["number"]
    shown = await town.officer.reads(f"/pickups/{number}")
    assert shown["request"]["phone"] == "0912000123"
    (await town.officer.asks("GET", "/pickups/LH-0")).refuses(404, "pickup-unknown")
    slots = await town.clerk.reads("/pickups/slots", office=POST_OFFICE)
    first = next(one for one in slots["slots"] if one["day"] == THURSDAY)
    assert (first["half"], first["free"]) == ("afternoon", 39)
    past = {"office": POST_OFFICE, "date": "2019-01-09"}
    (await town.supervisor.asks("POST", "/rounds", past)).refuses(422, "due-in-past")
    nobody = {"office": "HCC", "date": THURSDAY}
    (await town.supervisor.asks("POST", "/rounds", nobody)).refuses(422, "no-shifts")


async def test_the_jobs_plan_by_themselves_and_carry_the_forgotten_on(town: Town) -> None:
    asked = await asks_for(town.clerk, HOMES[0], day=FRIDAY, half="morning")
    number = asked["request"]["number"]
    jobs = town.house.jobs()
    town.wait_until("11/01/2019 06:50")
    town.tick()
    assert await jobs._besides["pickups"][0]() == [POST_OFFICE]
    assert await jobs._besides["pickups"][0]() == []
    shown = await town.clerk.reads(f"/pickups/{number}")
    assert shown["request"]["state"] == "planned"
    town.wait_until("12/01/2019 00:10")
    town.tick()
    await jobs._besides["pickups"][0]()
    shown = await town.clerk.reads(f"/pickups/{number}")
    assert (shown["request"]["state"], shown["request"]["day"]) == ("confirmed", MONDAY)

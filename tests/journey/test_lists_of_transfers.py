"""A supervisor looks through the lists: what is where, with whom, for how long, and what is late."""

import json
from typing import Any

from postal_bridge.api.transfers import Summary, Transfers
from postal_bridge.journey import Stage
from tests.journey.house import Town
from tests.journey.province import BUILDING_PERMIT, COUNTER, JUSTICE, RETURN_DESK


async def listed(town: Town, **asked: str) -> list[str]:
    """The codes of a list, in its order."""
    page = await town.supervisor.reads("/transfers", **asked)
    Transfers.model_validate_json(json.dumps(page))  # as the API's description says
    return [one["item_code"] for one in page["transfers"]]


async def counted(town: Town, **asked: str) -> dict[str, Any]:
    summary = await town.supervisor.reads("/transfers/summary", **asked)
    Summary.model_validate_json(json.dumps(summary))
    return summary


async def test_each_filter_finds_its_own(town: Town) -> None:
    at_counter = f"{await town.clerk.receives()}/H1"
    for_building = f"{await town.clerk.receives(BUILDING_PERMIT)}/H1"
    in_pouch = f"{await town.clerk.receives()}/H1"
    pouch = await town.clerk.bags(in_pouch, to=JUSTICE)
    at_department = f"{await town.at_department()}/H1"
    _, result = await town.at_return_desk(
        return_mode=1, applicant_address="Thôn Nà Sầm", applicant_phone="0912345678"
    )
    number = await town.desk.sends_home(result, by=town.courier)
    every = sorted([at_counter, for_building, in_pouch, at_department, result])

    assert await listed(town) == every
    assert await listed(town, direction="back") == [result]
    assert await listed(town, department="SXD") == [for_building]
    assert await listed(town, state="counter") == sorted([at_counter, for_building])
    assert await listed(town, state="pouch,delivery") == sorted([in_pouch, result])
    assert await listed(town, holder=pouch) == [in_pouch]
    assert await listed(town, holder=town.courier.username) == [result]
    assert await listed(town, holder=JUSTICE) == [at_department]
    assert await listed(town, place=COUNTER, state="counter", direction="back") == []

    page = await town.supervisor.reads("/transfers", state="delivery")
    (line,) = page["transfers"]
    assert await listed(town, carrier=line["carrier"]) == [result]
    assert await listed(town, carrier="khong-co") == []
    assert (line["consignment"], line["holder_name"]) == (number, town.courier.name)
    assert (line["stage_name"], line["place_name"]) == (
        "đang phát đến công dân",
        "Quầy trả kết quả",
    )
    assert "pouch" not in line


async def test_what_is_promised_for_today_is_overdue_tomorrow(town: Town) -> None:
    late = f"{await town.clerk.receives(BUILDING_PERMIT)}/H1"
    promised = (await town.supervisor.reads("/transfers"))["transfers"][0]["promised_at"]
    town.wait_until("18/01/2019 08:00")
    fresh = f"{await town.clerk.receives(BUILDING_PERMIT)}/H1"
    (line,) = (await town.supervisor.reads("/transfers", overdue="true"))["transfers"]
    assert (line["item_code"], line["promised_at"], line["overdue"]) == (late, promised, True)
    assert line["hours_held"] == 8 * 24 - 1
    assert await listed(town, overdue="false") == [fresh]
    assert await listed(town, age="P7D") == [late]
    assert await listed(town, age="P7DT12H", department="SXD") == [late]
    assert await listed(town, age="PT200H") == []
    assert await listed(town, older_than_hours="0") == [late]  # the other came in this very moment
    total = (await counted(town))["total"]
    assert (total["count"], total["overdue"], total["oldest"]) == (2, 1, line["since"])
    assert (await counted(town, overdue="false"))["total"]["overdue"] == 0


async def test_closed_items_are_shown_where_they_are_asked_for(town: Town) -> None:
    code, result = await town.at_return_desk()
    await town.desk.returns(code)
    fresh = f"{await town.clerk.receives()}/H1"
    assert await listed(town) == [fresh]
    assert await listed(town, state="returned") == [result]
    assert await listed(town, state="retained,counter") == [f"{code}/H1", fresh]
    assert await listed(town, state=",".join(Stage)) == [f"{code}/H1", result, fresh]
    lines = (await counted(town, state="returned,retained"))["lines"]
    assert [(one["direction"], one["stage"], one["count"]) for one in lines] == [
        ("back", "returned", 1),
        ("out", "retained", 1),
    ]
    assert (await counted(town, state="missing")) == {
        "lines": [],
        "total": {"count": 0, "overdue": 0},
    }


async def test_pages_are_complete_while_others_move_items(town: Town) -> None:
    """No item that stays comes twice or is left out, whatever happens to the others."""
    items = sorted([f"{await town.clerk.receives()}/H1" for _ in range(9)])
    movers, stay = items[1::3], [item for item in items if item not in items[1::3]]
    seen: list[str] = []
    asked = {"limit": "2"}
    while True:
        page = await town.supervisor.reads("/transfers", **asked)
        seen += [one["item_code"] for one in page["transfers"]]
        if movers:
            mover = movers.pop()
            await town.justice.at("HCC-STP").scans("take_up", mover)
            await town.clerk.receives()
        if "next" not in page:
            break
        asked["after"] = page["next"]
    assert len(seen) == len(set(seen))
    assert [item for item in seen if item in stay] == stay
    assert seen == sorted(seen)


async def test_a_list_that_did_not_change_is_not_sent_again(town: Town) -> None:
    await town.clerk.receives()
    first = await town.supervisor.asks("GET", "/transfers")
    headers = {
        "Authorization": f"Bearer {town.supervisor.token}",
        "If-None-Match": first.headers["ETag"],
    }
    again = await town.sends("GET", "/api/v1/transfers", headers=headers)
    assert (again.status, first.media_type) == (304, "application/json")


async def test_the_list_speaks_the_language_that_is_asked_for(town: Town) -> None:
    await town.clerk.receives()
    for language, name in (("vi", "tại quầy tiếp nhận"), ("en", "at the counter")):
        answer = await town.supervisor.asks("GET", "/transfers", language=language)
        assert answer.body["transfers"][0]["stage_name"] == name
        answer = await town.supervisor.asks("GET", "/transfers/summary", language=language)
        assert answer.body["lines"][0]["stage_name"] == name


async def test_wrong_words_are_refused_with_a_reason(town: Town) -> None:
    for query, vietnamese, english in (
        ({"state": "counter,bay"}, "không có trạng thái bay", "there is no stage bay"),
        ({"age": "2 days"}, "ví dụ P2D", "such as P2D"),
        ({"age": "P"}, "ví dụ P2D", "such as P2D"),
        ({"age": "P2D", "older_than_hours": "3"}, "một trong hai", "either"),
        ({"overdue": "maybe"}, "true hoặc false", "true or false"),
        ({"direction": "up"}, "'out' hoặc 'back'", "'out' or 'back'"),
        ({"limit": "501"}, "lớn hơn 500", "at most 500"),
        ({"sort": "age"}, "không có trường", "no field"),
    ):
        for language, words in (("vi", vietnamese), ("en", english)):
            answer = await town.supervisor.asks(
                "GET", "/transfers", params=query, language=language
            )
            assert words in answer.refuses(422, "invalid-field")
    answer = await town.supervisor.asks("GET", "/transfers/summary", params={"limit": "5"})
    answer.refuses(422, "invalid-field")


async def test_the_trace_and_what_is_outstanding_say_the_same_as_the_list(town: Town) -> None:
    code = await town.at_department()
    (line,) = (await town.supervisor.reads("/transfers"))["transfers"]
    assert (await town.supervisor.trace(f"{code}/H1"))["position"] == line
    assert (await town.supervisor.reads("/transfers/outstanding"))["transfers"] == [line]
    assert line["place"] == JUSTICE
    assert RETURN_DESK not in line.values()

"""A citizen asks for a visit without an account, and learns no more than he knew."""

import json

from tests.journey.house import Town
from tests.journey.people import Answer
from tests.journey.province import POST_OFFICE, PREFIX, Json

WISH: Json = {"office": POST_OFFICE, "day": "2019-01-11", "half": "morning"}


async def wishes(town: Town, code: str, phone: str = "5678", **other: object) -> Answer:
    said = json.dumps({**WISH, **other}).encode()
    path = f"{PREFIX}/track/{code}/pickups"
    return await town.sends("POST", path, content=said, params={"phone": phone})


async def test_asking_twice_makes_one_visit(town: Town) -> None:
    code = await town.clerk.receives()
    first = await wishes(town, code, address="12/5 p. Tam Thanh, tỉnh Lạng Sơn")
    assert first.status == 200, first.body
    assert first.body["state"] == "confirmed"
    again = await wishes(town, code, address="nơi khác")
    assert again.body == first.body
    shown = await town.clerk.reads(f"/pickups/{first.body['number']}")
    assert shown["request"]["address"] == "12/5 p. Tam Thanh, tỉnh Lạng Sơn"
    assert shown["request"]["dossier_code"] == code
    assert shown["history"][0]["by"] == "citizen"
    assert "Nông" not in str(first.body)


async def test_a_result_goes_to_the_applicant_s_own_address_only(town: Town) -> None:
    code = await town.clerk.receives()
    answer = await wishes(town, code, kind="return", address="nhà của người khác, p. Kỳ Lừa")
    shown = await town.clerk.reads(f"/pickups/{answer.body['number']}")
    assert shown["request"]["address"] == "Số 12 đường Trần Phú, phường Lương Văn Tri"
    assert shown["request"]["kind"] == "return"


async def test_who_does_not_know_the_telephone_learns_nothing(town: Town) -> None:
    code = await town.clerk.receives()
    wrong, unknown = await wishes(town, code, phone="0000"), await wishes(town, "H37-1")
    assert wrong.refuses(404, "dossier-unknown").replace(code, "…") == unknown.refuses(
        404, "dossier-unknown"
    ).replace("H37-1", "…")
    late = await wishes(town, code, day="2019-01-10")
    late.refuses(422, "pickup-day")
    assert await town.rows("SELECT count(*) FROM pickup") == [(0,)]

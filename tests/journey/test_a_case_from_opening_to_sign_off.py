"""A case from the night that opens it to the signatures of both sides, over HTTP."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pytest
from aiohttp.test_utils import TestServer

from postal_bridge.clock import ReplayClock
from postal_bridge.identity import Role
from postal_bridge.sandbox.onestop import STAND, Credentials, OneStopStand, make_onestop
from postal_bridge.sandbox.onestop_state import moment_text
from tests.journey.house import Town, open_town
from tests.journey.people import Person
from tests.journey.province import Json, moment, read

DAY = date(2019, 1, 10)
NIGHT = f"/reconciliations/{DAY.isoformat()}"


@dataclass
class Sides:
    """A town, and the one-stop system that it is compared with."""

    town: Town
    stand: OneStopStand
    codes: list[str]

    async def runs_night(self) -> Json:
        return await self.town.supervisor.posts("/reconciliations", {"date": DAY.isoformat()})

    async def cases(self, **asked: str) -> list[Json]:
        return list((await self.town.officer.reads("/discrepancies", **asked))["discrepancies"])

    async def case_of(self, serial: int) -> Json:
        (found,) = [
            one
            for one in await self.cases(state="all")
            if one["dossier_code"] == self.codes[serial]
        ]
        return found

    async def history(self, case_id: str) -> list[tuple[str, str]]:
        case = await self.town.officer.reads(f"/discrepancies/{case_id}")
        return [(line["kind"], line["author"]) for line in case["history"]]

    async def now_known_there(self, serial: int) -> None:
        """The one-stop system has the dossier after all."""
        dossier = await self.town.clerk.dossier(self.codes[serial])
        self.stand.sandbox.put(
            {
                "dossierNo": dossier["code"],
                "serviceCode": dossier["procedure_code"],
                "govAgencyCode": "000.00.06.H37",
                "dossierStatus": "new",
                "fromViaPostal": 0,
                "viaPostal": 0,
                "receiveDate": moment_text(read(dossier["received_at"])),
                "dueDate": moment_text(read(dossier["promised_at"])),
            }
        )


@asynccontextmanager
async def both_sides(database_url: str, folder: Path) -> AsyncIterator[Sides]:
    login = Credentials()
    app = make_onestop(clock=ReplayClock(moment("10/01/2019 07:00")))
    async with TestServer(app) as other_side:
        variables = {
            "PB_ONESTOP__BASE_URL": str(other_side.make_url("/")),
            "PB_ONESTOP__GROUP_ID": login.group_id,
            "PB_ONESTOP__USERNAME": login.username,
            "PB_ONESTOP__PASSWORD": login.password,
        }
        async with open_town(database_url, folder, **variables) as town:
            codes = [await town.clerk.receives() for _ in range(2)]
            yield Sides(town, app[STAND], codes)


@pytest.fixture
async def sides(database_url: str, tmp_path: Path) -> AsyncIterator[Sides]:
    async with both_sides(database_url, tmp_path) as found:
        yield found


async def signs(person: Person, **said: str) -> Json:
    return await person.posts(f"{NIGHT}/sign-off", said)


async def test_from_opening_to_both_signatures(sides: Sides) -> None:
    town = sides.town
    night = await sides.runs_night()
    assert (night["cases"], night["left_lying"]) == ({"missing_there": 2}, 2)
    assert (night["ages"]["trong ngày"], night["signed"]) == (2, False)
    case = await sides.case_of(0)
    assert await sides.history(case["id"]) == [("opened", "night")]

    # Nobody answers for the cases yet, so nobody signs without a word about it.
    answer = await town.supervisor.asks("POST", f"{NIGHT}/sign-off", {})
    assert "Còn 2 chênh lệch" in answer.refuses(422, "note-needed")

    path = f"/discrepancies/{case['id']}"
    taken = await town.supervisor.asks("PATCH", path, {"owner": "mai", "due_on": "2019-01-15"})
    assert (taken.body["owner_name"], taken.body["due_on"]) == ("Lê Thị Mai", "2019-01-15")
    await town.officer.posts(f"{path}/comments", {"text": "Đã gọi phòng Một cửa"})
    said = {"explanation": "Một cửa chưa nhập hồ sơ"}
    explained = await town.officer.asks("PATCH", path, said)
    assert explained.body["explanation"] == said["explanation"]
    assert await sides.history(case["id"]) == [
        ("opened", "night"),
        ("owner", "sang"),
        ("due", "sang"),
        ("comment", "mai"),
        ("explanation", "mai"),
    ]

    post = await signs(town.supervisor, note="Còn một hồ sơ chờ xác minh")
    assert [one["side"] for one in post["sign_offs"]] == ["post"]
    other = (await sides.case_of(1))["id"]
    answer = await town.officer.asks("PATCH", f"/discrepancies/{other}", {"owner": "sang"})
    assert answer.status == 200
    both = await signs(town.officer, report=str(post["night"]["report"]))
    assert (both["signed"], both["left_lying"]) == (True, 0)
    assert [one["side_name"] for one in both["sign_offs"]] == ["bưu điện", "Trung tâm"]
    (line,) = (await town.supervisor.reads("/reconciliations"))["nights"]
    assert (line["signed"], line["signed_by"]) == (True, ["centre", "post"])
    assert "evidence" not in line


async def test_another_report_makes_the_signatures_history(sides: Sides) -> None:
    town = sides.town
    first = (await sides.runs_night())["night"]["report"]
    await signs(town.supervisor, note="Đã xem")
    await signs(town.officer, note="Đã xem")
    assert (await town.officer.reads(NIGHT))["signed"]

    again = await sides.runs_night()
    assert (again["night"]["report"], again["signed"]) == (first, True)

    await sides.now_known_there(0)
    third = await sides.runs_night()
    assert third["night"]["report"] != first
    assert (third["signed"], third["cases"]["missing_there"]) == (False, 1)
    assert [one["counts"] for one in third["sign_offs"]] == [False, False]
    said = {"report": first, "note": "Đã xem"}
    stale = await town.officer.asks("POST", f"{NIGHT}/sign-off", said)
    stale.refuses(409, "report-changed")
    await signs(town.officer, note="Đã xem lại")
    twice = await town.officer.asks("POST", f"{NIGHT}/sign-off", {"note": "Đã xem lại"})
    assert "Lê Thị Mai" in twice.refuses(409, "signed-already")


async def test_a_closed_case_is_opened_again_and_only_a_night_closes_it(sides: Sides) -> None:
    town = sides.town
    await sides.runs_night()
    await sides.now_known_there(0)
    await sides.runs_night()
    case = await sides.case_of(0)
    assert case["closed_on"] == DAY.isoformat()
    path = f"/discrepancies/{case['id']}"
    refused = await town.officer.asks("PATCH", path, {"owner": "mai"})
    refused.refuses(409, "case-closed")
    again = await town.officer.posts(f"{path}/reopening", {"reason": "Hai bản giấy khác nhau"})
    assert again["reopened"] == 1
    assert "closed_on" not in again
    twice = await town.officer.asks("POST", f"{path}/reopening", {"reason": "Vẫn khác nhau"})
    twice.refuses(409, "case-open")
    await sides.runs_night()
    assert (await sides.case_of(0))["closed_on"] == DAY.isoformat()
    assert [kind for kind, _ in await sides.history(case["id"])] == [
        "opened",
        "closed",
        "reopened",
        "closed",
    ]


async def test_many_cases_are_changed_at_once_or_not_at_all(sides: Sides) -> None:
    town = sides.town
    await sides.runs_night()
    ids = [str(one["id"]) for one in await sides.cases()]
    said = {"owner": "sang", "comment": "Đã gửi Sở Tư pháp"}
    one_unknown = {"ids": [*ids, "x"], **said}
    answer = await town.supervisor.asks("POST", "/discrepancies/bulk", one_unknown)
    answer.refuses(404, "discrepancy-unknown")
    assert await sides.cases(owner="sang") == []
    assert len(await sides.cases(owner="")) == 2
    done = await town.supervisor.posts("/discrepancies/bulk", {"ids": ids, **said}, key="k1")
    assert done == {"changed": 2, "unchanged": 0}
    repeated = await town.supervisor.posts("/discrepancies/bulk", {"ids": ids, **said}, key="k1")
    assert repeated == done
    for case_id in ids:
        lines = [("opened", "night"), ("owner", "sang"), ("comment", "sang")]
        assert await sides.history(case_id) == lines
    too_many = {"ids": [f"c{n}" for n in range(501)], "owner": "sang"}
    answer = await town.supervisor.asks("POST", "/discrepancies/bulk", too_many)
    answer.refuses(422, "invalid-field")


async def test_cases_are_found_by_what_is_known_of_them(sides: Sides) -> None:
    town = sides.town
    await sides.runs_night()
    first, second = [str(one["id"]) for one in await sides.cases()]
    for asked, found in (
        ({"kind": "missing_there"}, 2),
        ({"kind": "state"}, 0),
        ({"department": "STP"}, 2),
        ({"department": "SXD"}, 0),
        ({"night": "2019-01-10"}, 2),
        ({"night": "2019-01-09"}, 0),
        ({"state": "closed"}, 0),
        ({"overdue": "true"}, 0),
    ):
        assert len(await sides.cases(**asked)) == found, asked
    page = await town.officer.reads("/discrepancies", limit="1")
    assert [one["id"] for one in page["discrepancies"]] == [first]
    rest = await town.officer.reads("/discrepancies", limit="1", after=page["next"])
    assert [one["id"] for one in rest["discrepancies"]] == [second]
    last = await town.officer.reads("/discrepancies", limit="1", after=rest["next"])
    assert last == {"discrepancies": []}
    for asked, slug in (
        ({"department": "NOWHERE"}, "place-unknown"),
        ({"kind": "unknown"}, "invalid-field"),
        ({"after": "unknown:x"}, "invalid-field"),
    ):
        (await town.officer.asks("GET", "/discrepancies", params=asked)).refuses(422, slug)

    town.wait_until("14/01/2019 08:00")
    town.tick()
    late = await sides.cases(overdue="true")
    assert [one["overdue"] for one in late] == [True, True]


async def test_pages_go_on_behind_a_case_about_rows_without_a_code(sides: Sides) -> None:
    row = sides.stand.sandbox.put({"dossierNo": "?", "receiveDate": "10/01/2019 07:10:00"})
    sides.stand.sandbox.spoil(int(row["dossierId"]), dossierNo="")
    await sides.runs_night()
    page = await sides.town.officer.reads("/discrepancies", limit="1", kind="unexpected")
    assert page["next"] == "unexpected:"
    asked = {"limit": "1", "kind": "unexpected", "after": page["next"]}
    assert await sides.town.officer.reads("/discrepancies", **asked) == {"discrepancies": []}


async def test_who_looked_into_a_case_is_written_down(sides: Sides) -> None:
    await sides.runs_night()
    case = await sides.case_of(0)
    await sides.town.officer.reads(f"/discrepancies/{case['id']}")
    looks = await sides.town.rows("SELECT username, subject FROM look WHERE purpose='discrepancy'")
    assert looks == [("mai", sides.codes[0])]


async def test_whoever_answers_for_no_side_does_not_sign(sides: Sides) -> None:
    town = sides.town
    await sides.runs_night()
    for person in (town.clerk, town.justice, town.courier):
        answer = await person.asks("POST", f"{NIGHT}/sign-off", {"note": "Đã xem"})
        answer.refuses(403, "role-not-allowed")
        assert (await person.asks("GET", "/discrepancies")).status == 403
    await signs(town.supervisor, note="Đã xem")
    async with town.house.storage.begin() as work:
        staff = await work.inbound.staff("sang")
        assert staff is not None
        await work.inbound.save_staff(staff.model_copy(update={"role": Role.OFFICER}))
    answer = await town.supervisor.asks("POST", f"{NIGHT}/sign-off", {"note": "Đã xem"})
    answer.refuses(403, "same-signer")


@pytest.mark.parametrize(
    ("day", "status", "slug"),
    [("2019-01-08", 404, "night-unknown"), ("hom-qua", 404, "night-unknown")],
)
async def test_a_night_that_is_not_there_is_not_signed(
    town: Town, day: str, status: int, slug: str
) -> None:
    answer = await town.officer.asks("POST", f"/reconciliations/{day}/sign-off", {})
    answer.refuses(status, slug)


async def test_an_owner_must_be_able_to_see_the_case(sides: Sides) -> None:
    town = sides.town
    await sides.runs_night()
    path = f"/discrepancies/{(await sides.case_of(0))['id']}"
    for said, status, slug in (
        ({"owner": "tuan"}, 422, "case-owner-sees-nothing"),
        ({"owner": "nobody"}, 422, "staff-unknown"),
        ({"due_on": "2019-01-09"}, 422, "due-in-past"),
        ({"due_on": "mai"}, 422, "invalid-field"),
    ):
        (await town.officer.asks("PATCH", path, said)).refuses(status, slug)
    wordless = await town.officer.asks("POST", f"{path}/comments", {"text": "   "})
    wordless.refuses(422, "words-missing")
